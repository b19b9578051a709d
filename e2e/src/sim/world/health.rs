//! The back-end health document, computed from all that the world has.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{
    World,
    gateway::{Gateway, Member, Pair},
    lenient,
    switches::{Ids, Log, Split, Switches, Unknown, Words},
    texts::{self, Fault},
};

/// What an instance, or all of them together, see of a member: the status of its probe, or what is wrong.
type Sight = Result<u16, Fault>;

/// What a candidate probe is called while it is tried.
const CANDIDATE: &str = "candidate of a rehearsal";

/// A member as an instance has it for its traffic.
pub(super) struct Live {
    pub(super) member: Member,
    pub(super) alive: bool,
}

/// What is said of a member.
struct Said {
    word: &'static str,
    log: String,
    /// What the service calls it.
    error: Option<&'static str>,
}

impl World {
    /// The health document of a gateway, as `backendhealth` finally gives it without `$expand`; `None` if there is no
    /// such gateway. A stopped gateway has no pools.
    pub fn back_end_health(&self, gateway: &str) -> Option<Value> {
        let gateway = Gateway::find(self, gateway).ok()?;
        let mut pools: Vec<Value> = Vec::new();
        if gateway.state_is(&["Stopped"]) {
            return Some(json!({"backendAddressPools": pools}));
        }
        let pairs = gateway.pairs();
        for pool in lenient::items(&gateway.properties()["backendAddressPools"]) {
            let own = pairs.iter().filter(|pair| pair.pool["id"] == pool["id"]);
            let settings: Vec<Value> = own.map(|pair| of_pair(&gateway, pair)).collect();
            if !settings.is_empty() {
                pools.push(json!({
                    "backendAddressPool": {"id": pool["id"]},
                    "backendHttpSettingsCollection": settings,
                }));
            }
        }
        let mut document = json!({"backendAddressPools": pools});
        if self.switches.ids == Ids::Mixed {
            mix_ids(&mut document);
        }
        Some(document)
    }

    /// How the members of one pool would be by settings and a candidate probe, as `getBackendHealthOnDemand` gives it;
    /// `None` if the gateway or one of the two is not there.
    pub(crate) fn rehearse(&self, gateway: &str, probe: &Value) -> Option<Value> {
        let mut world = self.clone();
        let settings_id = lenient::id(&probe["backendHttpSettings"])?.to_owned();
        let own = lenient::id(Gateway::find(&world, gateway).ok()?.document)?.to_owned();
        let candidate = format!("{own}/probes/{CANDIDATE}");
        let document = world.documents.get_mut(&lenient::key(gateway))?;
        let properties = document.get_mut("properties")?;
        if let Some(probes) = properties.get_mut("probes").and_then(Value::as_array_mut) {
            probes.push(json!({"id": candidate, "name": CANDIDATE, "properties": probe}));
        }
        for own in lenient::items_mut(properties, "backendHttpSettingsCollection") {
            if lenient::is_word(&own["id"], &settings_id) {
                own["properties"]["probe"] = json!({"id": candidate});
            }
        }
        let gateway = Gateway::find(&world, gateway).ok()?;
        let pool = gateway.referred(&probe["backendAddressPool"])?;
        let settings = gateway.referred(&probe["backendHttpSettings"])?;
        let health = of_pair(&gateway, &Pair { pool, settings });
        Some(json!({
            "backendAddressPool": {"id": pool["id"]},
            "backendHealthHttpSettings": health,
        }))
    }

    /// How health documents are worded, to change it.
    pub const fn switches_mut(&mut self) -> &mut Switches {
        &mut self.switches
    }
}

fn of_pair(gateway: &Gateway, pair: &Pair) -> Value {
    let switches = &gateway.world.switches;
    let out_of_reach = gateway.is_out_of_reach();
    let members = gateway.members(pair.pool);
    let sights: Vec<Vec<Sight>> = members
        .iter()
        .map(|member| {
            if out_of_reach {
                return vec![Err(Fault::Unretrievable)];
            }
            let instances = gateway.instances().into_iter();
            instances
                .map(|own| gateway.sight(own, pair, member))
                .collect()
        })
        .collect();
    let mut spared = gateway.min_servers(pair.settings);
    spared = spared.saturating_sub(
        sights
            .iter()
            .filter(|all| all.iter().all(Result::is_ok))
            .count(),
    );
    let servers: Vec<Value> = members
        .iter()
        .zip(sights)
        .map(|(member, sights)| {
            let mut said = said(&sights, switches);
            if said.word == "Unhealthy" && spared > 0 {
                spared -= 1;
                said.word = "Healthy";
            }
            if is_draining(member, switches) {
                said.word = "Draining";
            }
            server(member, said, switches)
        })
        .collect();
    json!({
        "backendHttpSettings": {"id": pair.settings["id"]},
        "servers": servers,
    })
}

fn is_draining(member: &Member, switches: &Switches) -> bool {
    switches.draining.contains(&member.shown)
}

/// What is said of a member that instances see like this.
fn said(sights: &[Sight], switches: &Switches) -> Said {
    let faults = || sights.iter().filter_map(|sight| sight.as_ref().err());
    let Some(worst) = faults()
        .find(|fault| fault.is_unknown(switches))
        .or(faults().next())
    else {
        let status = sights.first().and_then(|sight| sight.as_ref().ok());
        return Said {
            word: "Healthy",
            log: texts::success(status.copied().unwrap_or_default()),
            error: None,
        };
    };
    let word = if worst.is_unknown(switches) && switches.unknown == Unknown::Unknown {
        "Unknown"
    } else if faults().count() < sights.len() && switches.split == Split::Partial {
        "Partial"
    } else {
        "Unhealthy"
    };
    match sights.first() {
        Some(Ok(status)) if switches.split == Split::FirstLog => Said {
            word,
            log: texts::success(*status),
            error: None,
        },
        _ => Said {
            word,
            log: worst.text(switches),
            error: worst.error_name(),
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what was said is used up")]
fn server(member: &Member, said: Said, switches: &Switches) -> Value {
    let word = match (switches.words, said.word) {
        (Words::Specified, "Healthy") => "Up",
        (Words::Specified, "Unhealthy") => "Down",
        (_, word) => word,
    };
    let mut server = Map::new();
    server.insert("address".to_owned(), json!(member.shown));
    if let Some(id) = &member.ip_configuration {
        server.insert("ipConfiguration".to_owned(), json!({"id": id}));
    }
    server.insert("health".to_owned(), json!(word));
    if let Some(name) = said.error.filter(|_| switches.error_names) {
        server.insert("healthProbeErrorName".to_owned(), json!(name));
    }
    let log = match switches.log {
        Log::Present => json!(said.log),
        Log::Null => Value::Null,
        Log::Empty => json!(""),
        Log::Stale => json!(texts::success(200)),
        Log::Missing => return Value::Object(server),
    };
    server.insert("healthProbeLog".to_owned(), log);
    Value::Object(server)
}

fn mix_ids(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => {
            *text = text
                .replace("/resourceGroups/", "/resourcegroups/")
                .replace("/backendAddressPools/", "/backendaddressPools/");
        }
        Value::Array(all) => all.iter_mut().for_each(mix_ids),
        Value::Object(fields) => fields.values_mut().for_each(mix_ids),
        _ => {}
    }
}

impl Gateway<'_> {
    /// What an instance sees of a member: well only if all its addresses are.
    fn sight(&self, instance: IpAddr, pair: &Pair, member: &Member) -> Sight {
        let mut seen = Err(Fault::Unresolved);
        for address in &member.addresses {
            seen = self.sight_at(instance, pair, member, *address);
            if seen.is_err() {
                break;
            }
        }
        seen
    }

    fn sight_at(&self, instance: IpAddr, pair: &Pair, member: &Member, address: IpAddr) -> Sight {
        let ask = self.probe(pair.settings, member);
        let outcome = self.attempt(instance, member, address, &ask);
        self.verdict(pair.settings, &outcome)
    }

    /// The members of a pair, and which of them an instance sends traffic to.
    pub(super) fn live(&self, instance: IpAddr, pair: &Pair) -> Vec<Live> {
        let switches = &self.world.switches;
        let dark = self.is_out_of_reach() && !switches.unknown_serves;
        let mut all: Vec<Live> = self
            .members(pair.pool)
            .into_iter()
            .map(|mut member| {
                // A name with several addresses is used at those that are well.
                let well = |own: &IpAddr| self.sight_at(instance, pair, &member, *own).is_ok();
                let good: Vec<IpAddr> = member.addresses.iter().copied().filter(well).collect();
                let alive = !dark && !good.is_empty();
                if alive {
                    member.addresses = good;
                }
                Live { member, alive }
            })
            .collect();
        let alive = all.iter().filter(|own| own.alive).count();
        let spared = self.min_servers(pair.settings).saturating_sub(alive);
        let down = all.iter_mut().filter(|own| !own.alive && !dark);
        down.take(spared).for_each(|own| own.alive = true);
        for own in &mut all {
            own.alive &= !is_draining(&own.member, switches);
        }
        all
    }
}
