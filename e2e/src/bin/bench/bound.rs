//! How fast a diagnosis could be at best, computed from the world and the options of the simulated Azure. The order in
//! which the operator asked does not enter, only what it asked for.
//!
//! A document can be asked for once an answer is there that names it: that chain is the floor. The groups and
//! interfaces on the way to a server that fails concern nobody until health has named that server, and the gateway's
//! public address until a site's restrictions ask who comes: with this, the chain is the bound.
use appgw_e2e::sim::{LoggedRequest, Options, World};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// The longest chain, without and with what is decided on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Whatever an answer names is asked for at once.
    pub(crate) floor: Duration,
    /// The path to a failing server is asked for once health has named the server, a public address once a site's
    /// restrictions are known.
    pub(crate) chain: Duration,
    /// That chain, in words.
    pub(crate) way: String,
}

impl Bound {
    /// How much longer is still near enough: the larger of 5 % and 50 ms.
    pub(crate) fn allowance(&self) -> Duration {
        (self.chain / 20).max(Duration::from_millis(50))
    }

    /// Whether a diagnosis that took so long is near enough.
    pub(crate) fn holds(&self, took: Duration) -> bool {
        took <= self.chain + self.allowance()
    }
}

const HEALTH: &str = "health";
const SITES: &str = "/microsoft.web/sites";
const RESTRICTIONS: &str = "/config/web";

/// For a diagnosis of `gateway` that asked for this.
pub(crate) fn bound(
    world: &World,
    gateway: &str,
    requests: &[LoggedRequest],
    options: &Options,
) -> Bound {
    let gateway = gateway.to_lowercase();
    let document = world.get(&gateway).unwrap_or_default();
    let mut asked: Vec<String> = requests
        .iter()
        .map(|request| request.path.to_lowercase())
        .filter(|path| !path.contains("/locations/") && !path.ends_with("/backendhealth"))
        .collect();
    asked.sort();
    asked.dedup();
    let mut known = BTreeMap::from([(gateway.clone(), document.clone())]);
    let mut health = None;
    // What a stopped gateway says of itself is all there is to know.
    if document["properties"]["operationalState"] == "Stopped" {
        asked.retain(|id| *id == gateway);
    } else {
        health = Some(operation(options));
        let body = world.back_end_health(&gateway).unwrap_or_default();
        known.insert(HEALTH.to_owned(), body);
        for id in &asked {
            let body = world.get(id).unwrap_or_else(|| world.list(id).into());
            known.insert(id.clone(), body);
        }
    }
    let own = own_network(world, &document);
    let along = |held: bool| {
        let waits = |id: &str| {
            let kind = id.rsplit("/providers/").next().unwrap_or_default();
            let is_network = kind.starts_with("microsoft.network/") && id != gateway;
            if !held || !is_network || own.iter().any(|own| own == id) {
                return None;
            }
            let site = asked.iter().find(|id| id.ends_with(RESTRICTIONS));
            let site = site.filter(|_| id.contains("/publicipaddresses/"));
            Some(site.map_or(HEALTH, String::as_str))
        };
        longest(&asked, &known, &gateway, health, options.rtt, waits)
    };
    let (floor, _) = along(false);
    let (chain, way) = along(true);
    Bound { floor, chain, way }
}

/// The POST and its polls, with every wait that is asked for in between.
fn operation(options: &Options) -> Duration {
    let scaled = |wait: Duration| wait.mul_f64(options.time_scale);
    let health = &options.health;
    let takes = scaled(health.takes);
    let (mut since, mut polls) = (Duration::ZERO, 0);
    loop {
        let waits = &health.retry_after;
        let wait = waits.get(polls).or(waits.last()).copied();
        since += scaled(wait.unwrap_or_default()) + options.rtt;
        polls += 1;
        if since >= takes || polls == 1_000 {
            return options.rtt + since;
        }
    }
}

/// The gateway's own network, subnet and its group: of use whatever health says.
fn own_network(world: &World, gateway: &Value) -> Vec<String> {
    let id = |value: &Value| value["id"].as_str().map(str::to_lowercase);
    let configuration = &gateway["properties"]["gatewayIPConfigurations"][0];
    let Some(subnet) = id(&configuration["properties"]["subnet"]) else {
        return Vec::new();
    };
    let document = world.get(&subnet).unwrap_or_default();
    let group = id(&document["properties"]["networkSecurityGroup"]);
    let network = subnet.split("/subnets/").next().map(str::to_owned);
    let all = [network, Some(subnet.clone()), group];
    all.into_iter().flatten().collect()
}

/// When the last answer could be there, and by way of what.
fn longest<'a>(
    asked: &[String],
    known: &BTreeMap<String, Value>,
    gateway: &str,
    health: Option<Duration>,
    rtt: Duration,
    waits: impl Fn(&str) -> Option<&'a str>,
) -> (Duration, String) {
    let name = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let mut done = BTreeMap::from([(gateway.to_owned(), (rtt, name(gateway)))]);
    if let Some(health) = health {
        done.insert(HEALTH.to_owned(), (health, HEALTH.to_owned()));
    }
    // Each pass settles at least one more link of every chain.
    for _ in asked {
        for id in asked.iter().filter(|id| *id != gateway) {
            let naming = done
                .iter()
                .filter(|(from, _)| *from != id)
                .filter(|(from, _)| known.get(*from).is_some_and(|body| mentions(body, id)))
                .map(|(_, reached)| reached.clone())
                .min();
            let Some(mut from) = beside(id, gateway, asked, known, &done).or(naming) else {
                continue;
            };
            if let Some(for_this) = waits(id) {
                let Some(held) = done.get(for_this) else {
                    continue;
                };
                from = from.max(held.clone());
            }
            let reached = (from.0 + rtt, format!("{}, {}", from.1, name(id)));
            let better = done.get(id).is_none_or(|before| reached < *before);
            if better {
                done.insert(id.clone(), reached);
            }
        }
    }
    done.into_values().max().unwrap_or_default()
}

/// When a question that no document names can be asked, and after what: the settings at once, metrics with the tier,
/// sites with the host names of the pools, restrictions with their site, a log with its workspace, and what happened
/// around a fault once something tells of one: health, or where all is green a site that keeps the gateway out.
fn beside(
    id: &str,
    gateway: &str,
    asked: &[String],
    known: &BTreeMap<String, Value>,
    done: &BTreeMap<String, (Duration, String)>,
) -> Option<(Duration, String)> {
    let after = |wanted: &dyn Fn(&str) -> bool| {
        let mut all = done.iter().filter(|(id, _)| wanted(id));
        all.next().map(|(_, reached)| reached.clone())
    };
    if id.ends_with("/diagnosticsettings") {
        Some((Duration::ZERO, "at once".to_owned()))
    } else if id.ends_with("/microsoft.insights/metrics") || id.ends_with(SITES) {
        after(&|id| id == gateway)
    } else if let Some(site) = id.strip_suffix(RESTRICTIONS) {
        after(&|id| id.ends_with(SITES) || id == site)
    } else if id.starts_with("/v1/workspaces/") {
        after(&|id| id.contains("/microsoft.operationalinsights/workspaces/"))
    } else if id.contains("/microsoft.resourcehealth/") || id.contains("/eventtypes/") {
        let told = known.get(HEALTH).is_some_and(is_amiss);
        let by_site = asked.iter().any(|id| id.ends_with(RESTRICTIONS));
        let wanted = if told || !by_site {
            HEALTH
        } else {
            RESTRICTIONS
        };
        after(&|id| id.ends_with(wanted))
    } else {
        None
    }
}

/// Some server is not known to be well.
fn is_amiss(health: &Value) -> bool {
    match health {
        Value::Object(all) => all.iter().any(|(key, value)| {
            let word = value.as_str().filter(|_| key == "health");
            word.is_some_and(|it| !["Healthy", "Up"].contains(&it)) || is_amiss(value)
        }),
        Value::Array(all) => all.iter().any(is_amiss),
        _ => false,
    }
}

/// Whether a document names a resource, or something in it.
fn mentions(body: &Value, id: &str) -> bool {
    match body {
        Value::String(text) => {
            let text = text.to_lowercase();
            let rest = text.strip_prefix(id);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        Value::Array(all) => all.iter().any(|one| mentions(one, id)),
        Value::Object(all) => all.values().any(|one| mentions(one, id)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use appgw_e2e::sim::{AzureSim, Health};
    use std::path::Path;

    const SECOND: Duration = Duration::from_secs(1);

    fn options(rtt: u64, takes: u64) -> Options {
        Options {
            rtt: Duration::from_millis(rtt),
            health: Health {
                takes: SECOND * u32::try_from(takes).unwrap(),
                retry_after: vec![Duration::from_secs(takes.min(10))],
                ..Health::default()
            },
            ..Options::default()
        }
    }

    #[test]
    fn an_operation_is_a_post_and_as_many_polls_as_its_waits_leave_room_for() {
        let millis = Duration::from_millis;
        assert_eq!(operation(&options(100, 0)), millis(200));
        assert_eq!(operation(&options(100, 10)), millis(10_200));
        assert_eq!(operation(&options(300, 30)), millis(31_200));
        assert_eq!(operation(&options(0, 30)), millis(30_000));
    }

    /// The requests of a world's documents, as the log has them: by really asking for them, without a token.
    async fn asked(world: &World, ids: &[&str]) -> Vec<LoggedRequest> {
        appgw_e2e::control_plane::install_crypto();
        let sim = AzureSim::start(world.clone(), Options::default())
            .await
            .unwrap();
        let ca = reqwest::Certificate::from_pem(sim.ca_pem().as_bytes()).unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([ca])
            .build()
            .unwrap();
        for id in ids {
            let url = format!("{}{id}?api-version=2024-03-01", sim.origin());
            client.get(url).send().await.unwrap();
        }
        sim.requests()
    }

    #[tokio::test]
    async fn the_way_to_an_interface_is_held_up_by_health_and_the_gateways_own_network_is_not() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/worlds/deny-on-nic.yaml");
        let world = World::load(Path::new(file)).unwrap();
        let gateway = world.gateway_ids().remove(0);
        let of = |kind: &str, name: &str| {
            gateway.replace("applicationGateways/shop", &format!("{kind}/{name}"))
        };
        let ids = [
            gateway.clone(),
            of("virtualNetworks", "vnet-edge"),
            of("networkInterfaces", "nic-api-0"),
            of("networkSecurityGroups", "nsg-nic"),
        ];
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let requests = asked(&world, &ids).await;
        assert_eq!(requests.len(), 4);
        let found = bound(&world, &gateway, &requests, &options(100, 10));
        let millis = Duration::from_millis;
        assert_eq!(found.floor, millis(10_200));
        assert_eq!(found.chain, millis(10_400));
        assert_eq!(found.way, "health, nic-api-0, nsg-nic");
        assert_eq!(found.allowance(), millis(520));
        let found = bound(&world, &gateway, &requests, &options(100, 0));
        assert_eq!((found.floor, found.chain), (millis(400), millis(400)));
        assert!(found.holds(millis(450)) && !found.holds(millis(451)));
        let without = bound(&world, &gateway, &requests[..2], &options(100, 0));
        assert_eq!(without.chain, millis(200));
    }

    #[tokio::test]
    async fn sites_do_not_wait_for_health_and_the_public_address_waits_for_their_restrictions() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/worlds/app-restricted-address.yaml"
        );
        let world = World::load(Path::new(file)).unwrap();
        let gateway = world.gateway_ids().remove(0);
        let sites = gateway.split("/resourceGroups/").next().unwrap();
        let sites = format!("{sites}/providers/Microsoft.Web/sites");
        let site = world.list(&sites)[0]["id"].as_str().unwrap().to_owned();
        let address = gateway.replace("applicationGateways/", "publicIPAddresses/pip-");
        let metrics = format!("{gateway}/providers/Microsoft.Insights/metrics");
        let config = format!("{site}/config/web");
        let ids: Vec<&str> = [&gateway, &metrics, &sites, &config, &address]
            .map(String::as_str)
            .into();
        let requests = asked(&world, &ids).await;
        let found = bound(&world, &gateway, &requests, &options(100, 0));
        let millis = Duration::from_millis;
        assert_eq!((found.floor, found.chain), (millis(300), millis(400)));
        assert_eq!(found.way, "shop, sites, web, pip-shop");
        let found = bound(&world, &gateway, &requests, &options(100, 10));
        assert_eq!(found.chain, millis(10_200));
        let found = bound(&world, &gateway, &requests[..4], &options(100, 10));
        assert_eq!(found.chain, millis(10_200));
    }

    #[test]
    fn amiss_is_whatever_is_not_known_to_be_well() {
        let health = |words: &[&str]| {
            let all = words.iter().map(|word| serde_json::json!({"health": word}));
            serde_json::json!({"backendAddressPools": [{"servers": all.collect::<Vec<_>>()}]})
        };
        assert!(!is_amiss(&health(&["Healthy", "Up"])));
        assert!(is_amiss(&health(&["Healthy", "Unknown"])));
    }
}
