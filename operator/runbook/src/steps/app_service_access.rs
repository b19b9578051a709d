//! Row 5.4: what keeps the gateway out of a site. Each of these shows as status 403, at the probe as well.
use super::app_service::{Back, Member, restrictions};
use crate::{
    facts::{
        Blocked, gather,
        health::few,
        json::{list, one_line, text},
        probe_log::LogClass,
        site::{Access, Origin, Site, access, asks_nobody, is_private_only},
    },
    id::{ArmId, Letter::I},
    report::{Confidence, Finding},
    step::{Next, Seen, Sighting},
    view::View,
};
use serde_json::Value;
use std::net::IpAddr;

/// Why a site answers 403.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shut {
    Stopped,
    PrivateOnly,
    Restricted { by: String, origin: String },
}

/// Where the gateway's requests come from; more than one where that is not sure.
pub(crate) fn origins(view: &View<'_>) -> Result<(Vec<Origin>, Option<Blocked>), Blocked> {
    let gateway = view.gateway()?;
    let subnet = gateway.subnet();
    let endpoint = subnet
        .as_ref()
        .map_or(Ok(false), |id| view.facts.has_web_endpoint(id));
    let fronts = list(gateway.0, &["properties", "frontendIPConfigurations"])
        .filter_map(|front| text(front, &["properties", "publicIPAddress", "id"]));
    let addresses = gather(fronts.map(|id| {
        let document = view.facts.document(&ArmId::new(id))?;
        let address = text(document, &["properties", "ipAddress"]);
        Ok(address.and_then(|ip| ip.parse::<IpAddr>().ok()))
    }));
    let over_endpoint = subnet.into_iter().map(Origin::Subnet);
    if endpoint == Ok(true) {
        return Ok((over_endpoint.collect(), None));
    }
    let addresses = match (addresses, &endpoint) {
        (Err(one), Err(other)) => return Err(one.and(other.clone())),
        (Err(one), Ok(_)) => return Err(one),
        (Ok(_), Err(ask @ Blocked::Ask(_))) => return Err(ask.clone()),
        (Ok(addresses), _) => addresses,
    };
    let addresses: Vec<IpAddr> = addresses.into_iter().flatten().collect();
    let v4 = addresses.iter().any(IpAddr::is_ipv4);
    let public = addresses
        .into_iter()
        .filter(|ip| ip.is_ipv4() || !v4)
        .map(Origin::Public);
    let public: Vec<Origin> = public.collect();
    if public.is_empty() {
        let why = "the address that the gateway's requests come from is not known here";
        return Err(Blocked::Unclear(why.into()));
    }
    Ok(match endpoint {
        Err(gap) => (over_endpoint.chain(public).collect(), Some(gap)),
        Ok(_) => (public, None),
    })
}

fn origin_words(origin: &Origin) -> String {
    match origin {
        Origin::Public(ip) => format!("the gateway's address {ip}"),
        Origin::Subnet(id) => format!(
            "the gateway's subnet {}, by its service endpoint",
            id.name()
        ),
    }
}

fn restricted(view: &View<'_>, config: &Value) -> Result<Option<Shut>, Blocked> {
    let (origins, unsure) = if asks_nobody(config) {
        (vec![Origin::Subnet(ArmId::new("/any"))], None)
    } else {
        origins(view)?
    };
    let mut all = Vec::new();
    for origin in &origins {
        all.push(match access(config, origin) {
            Access::Open => None,
            Access::Shut(by) => Some((by, origin)),
            Access::Unsure(why) => return Err(Blocked::Unclear(why)),
        });
    }
    let shut = all.iter().flatten().count();
    match all.into_iter().next().flatten() {
        Some((by, origin)) if shut == origins.len() => Ok(Some(Shut::Restricted {
            by,
            origin: if asks_nobody(config) {
                "everybody".into()
            } else {
                origin_words(origin)
            },
        })),
        None if shut == 0 => Ok(None),
        _ => Err(unsure.unwrap_or_else(|| {
            Blocked::Unclear("the restrictions treat the gateway's front ends differently".into())
        })),
    }
}

fn shut(view: &View<'_>, member: &Member<'_>) -> Result<Option<(Shut, ArmId)>, Blocked> {
    let site = member.site.clone()?;
    let address = one_line(member.address);
    let Some(id) = site.id() else {
        return Err(Blocked::Unclear(format!("the site of {address} has no id")));
    };
    if site.is_stopped() {
        return Ok(Some((Shut::Stopped, id)));
    }
    let config = restrictions(view, site)?;
    let found = if is_private_only(site, config) {
        Ok(Some(Shut::PrivateOnly))
    } else if let Some(why) = elsewhere(site, &address).filter(|_| !asks_nobody(config)) {
        Err(Blocked::Unclear(why))
    } else {
        restricted(view, config)
    };
    // Through a private endpoint there are no restrictions; a probe that is answered may well come that way.
    if member.is_live() && site.has_private_endpoints() {
        return match found {
            Err(ask @ Blocked::Ask(_)) => Err(ask),
            _ => Ok(None),
        };
    }
    Ok(found?.map(|shut| (shut, id)))
}

/// Restrictions of another list, or with other addresses, than those read here.
fn elsewhere(site: Site<'_>, address: &str) -> Option<String> {
    if site.is_in_environment() {
        return Some(format!(
            "site {} is in an environment of its own, where private addresses count",
            site.name()
        ));
    }
    let is_scm = address.to_ascii_lowercase().contains(".scm.");
    is_scm.then(|| format!("{address} is the site's deployment host, with restrictions of its own"))
}

/// Of the members that were refused, else of those that are served against the rules.
pub(super) fn kept_out(view: &View<'_>, back: &Back<'_>) -> Seen {
    let concerned = || {
        back.members
            .iter()
            .filter(|it| it.is_live() || it.may_be_refused())
    };
    let judged = gather(concerned().map(|member| Ok((member, shut(view, member)?))))?;
    let shut: Vec<(&Member<'_>, Shut, ArmId)> = judged
        .into_iter()
        .filter_map(|(member, shut)| shut.map(|(shut, site)| (member, shut, site)))
        .collect();
    let refused = shut.iter().filter(|(member, ..)| member.may_be_refused());
    let Some((_, why, site)) = refused.clone().next().or(shut.first()) else {
        return Ok(vec![]);
    };
    let refused: Vec<&Member<'_>> = refused.map(|(member, ..)| *member).collect();
    Ok(vec![sighting(back, why, site, &refused)])
}

fn sighting(back: &Back<'_>, why: &Shut, site: &ArmId, refused: &[&Member<'_>]) -> Sighting {
    let name = site.name();
    let (id, letter, says, document) = match why {
        Shut::Stopped => (
            "app-stopped",
            None,
            format!("App Service {name} is stopped, and answers 403 to everybody"),
            format!("site {name}: state Stopped (ControlPlane)"),
        ),
        Shut::PrivateOnly => (
            "app-private-only",
            None,
            format!(
                "App Service {name} takes no requests from public addresses: the gateway needs a private endpoint and its name"
            ),
            format!("site {name}: publicNetworkAccess Disabled (ControlPlane)"),
        ),
        Shut::Restricted { by, origin } => (
            "app-access-denied",
            Some(I),
            format!("App Service {name} refuses the gateway: {by} denies {origin}"),
            format!("site {name}: {by} denies {origin} (ControlPlane)"),
        ),
    };
    let mut finding = Finding {
        id,
        row: Some("5.4"),
        letter,
        confidence: Confidence::Inconclusive,
        subject: back.pair.to_string(),
        says,
        because: vec![document],
        against: vec![],
        correction: String::new(),
        target: site.to_string(),
    };
    if refused.is_empty() {
        finding.against.push(
            "the probe is answered, and would be refused like everything else (Gateway)".into(),
        );
        finding.correction = "The article looks for a restriction behind a back end that is Healthy; one that denies the gateway denies its probe too".into();
    } else {
        weigh(back, refused, &mut finding);
    }
    let evidence = finding.says.clone();
    let sighting = Sighting::new(&back.pair, evidence).finding(finding);
    if letter.is_none() {
        sighting.to(Next::Stop)
    } else {
        sighting
    }
}

/// The gateway's own word beside the document's.
fn weigh(back: &Back<'_>, refused: &[&Member<'_>], finding: &mut Finding) {
    let names: Vec<String> = refused.iter().map(|it| one_line(it.address)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let classes = refused.iter().filter_map(|it| it.fails_with());
    let mut words: Vec<String> = classes.map(LogClass::words).collect();
    words.sort();
    words.dedup();
    finding.because.push(format!(
        "1b: {} {} (Gateway)",
        few(&names),
        words.join(", ")
    ));
    let is_403 = words == ["status 403"];
    if let Some(health) = back.health {
        finding.confidence = match (
            health.is_dead(),
            health.down().count() == refused.len(),
            is_403,
        ) {
            (true, true, true) => Confidence::Confirmed,
            (true, _, _) => Confidence::Likely,
            (false, ..) => Confidence::Inconclusive,
        };
        finding
            .because
            .push(format!("1b: {} (Gateway)", health.state()));
        finding.against = health.serves_all_the_same();
    }
    finding.correction = "The article sends an App Service that is Unhealthy to certificates (2d, F). A status code is an answer over a connection that stands: no certificate mends it".into();
}
