//! Row 1b.3: health is Unknown. Waiting mends a gateway that was just made and nothing else, so what
//! makes health Unknown is looked at right away (azure-facts §2.2): the management ports, the route out.
use super::s1b_backend_health::odd_word;
use crate::{
    facts::{
        Blocked,
        gateway::Generation,
        health::{Health, PairHealth},
        json::{list, text},
        network::{Subnet, Vnet},
    },
    id::{Letter::C, Subject},
    nsg::{self, Direction, End, Flow, Outcome},
    report::{Confidence, Finding},
    step::{Next, Seen, Sighting},
    view::View,
    visit::LOOKS,
};

pub(super) fn all_unknown(view: &View<'_>, of: &Subject) -> Seen {
    let pairs: Vec<&PairHealth> = view
        .health()?
        .iter()
        .filter(|p| !p.servers.is_empty())
        .collect();
    let is_unknown = |pair: &&PairHealth| {
        pair.servers
            .iter()
            .all(|s| matches!(s.health, Health::Unknown | Health::Odd))
    };
    let unknown: Vec<&PairHealth> = pairs.iter().copied().filter(is_unknown).collect();
    if unknown.is_empty() {
        return Ok(vec![]);
    }
    if let Some(odd) = unknown
        .iter()
        .flat_map(|p| &p.servers)
        .find(|s| s.health == Health::Odd)
    {
        return Err(odd_word(&odd.address, &odd.word));
    }
    let subjects: Vec<Subject> = if unknown.len() == pairs.len() {
        vec![of.clone()]
    } else {
        unknown.iter().map(|pair| pair.subject()).collect()
    };
    let evidence = match unknown.as_slice() {
        [one] => format!("{} Unknown", one.subject()),
        many => format!("{} pairs of pool and settings Unknown", many.len()),
    };
    let mut causes = Vec::new();
    let mut open = None;
    for look in [management, default_route] {
        match look(view, of) {
            Ok(found) => causes.extend(found),
            Err(blocked @ Blocked::Ask(_)) => {
                open = Some(match open.take() {
                    Some(Blocked::Ask(asked)) => Blocked::Ask(asked).and(blocked),
                    _ => blocked,
                });
            }
            Err(blocked) => open = open.or(Some(blocked)),
        }
    }
    match open {
        Some(ask @ Blocked::Ask(_)) => return Err(ask),
        _ if !causes.is_empty() => return Ok(causes),
        _ => {}
    }
    if view.visitor.look < LOOKS {
        let look = view.visitor.look;
        return Err(Blocked::Wait(format!("{evidence}, look {look} of {LOOKS}")));
    }
    // The wait is over; a part that could not be looked at stays the reason.
    if let Some(gap) = open {
        return Err(gap);
    }
    let finding = |subject: &Subject| {
        Finding {
        id: "health-unknown",
        row: Some("1b.3"),
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: subject.to_string(),
        says: format!("Health is still Unknown after {LOOKS} looks, and neither management ports nor the default route explain it"),
        because: vec![format!("1b: {evidence} (Gateway)")],
        against: vec![],
        correction: "The article goes on waiting; what is left to look at are DNS, a route learnt over BGP and the platform itself".into(),
        target: view.id().to_string(),
    }
    };
    Ok(subjects
        .iter()
        .map(|subject| {
            Sighting::new(subject, evidence.clone())
                .to(Next::Stop)
                .finding(finding(subject))
        })
        .collect())
}

/// Does the gateway subnet's NSG keep the platform away from the instances?
fn management(view: &View<'_>, of: &Subject) -> Seen {
    let gateway = view.gateway()?;
    let (subnet, vnet) = view.gateway_subnet()?;
    let Some(id) = &subnet.nsg else {
        return Ok(vec![]);
    };
    let group = view.facts.document(id)?;
    let ports = gateway.generation().management_ports();
    let mut unclear = None;
    for (source, name) in [
        (End::GatewayManager, "GatewayManager"),
        (End::AzureLoadBalancer, "AzureLoadBalancer"),
    ] {
        let flow = Flow {
            source,
            destination: subnet.prefixes.clone(),
            destination_asgs: Some(vec![]),
            ports,
            space: space(&subnet, vnet.as_ref()),
        };
        let (by, all) = match nsg::evaluate(group, Direction::Inbound, &flow) {
            Outcome::Denied(by) => (by, true),
            Outcome::Partly(by) => (by, false),
            Outcome::Allowed(_) => continue,
            Outcome::Unclear(why) => {
                unclear = unclear.or(Some(Blocked::Unclear(format!("{}: {why}", id.name()))));
                continue;
            }
        };
        let (low, high) = ports;
        let rule = format!("{}/{}", id.name(), by.rule);
        let private = !gateway.is_public();
        let finding = Finding {
            id: "nsg-blocks-management",
            row: Some("1b.3"),
            letter: Some(C),
            confidence: match (private, all) {
                (true, _) => Confidence::Inconclusive,
                (false, true) => Confidence::Confirmed,
                (false, false) => Confidence::Likely,
            },
            subject: of.to_string(),
            says: format!(
                "NSG rule {rule} (priority {}) keeps {name} from ports {low}-{high} of the gateway's subnet, so health is Unknown",
                by.priority
            ),
            because: vec![
                "1b: no probe result came back (Gateway)".into(),
                format!("first match for {name} in {} is {} (ControlPlane)", id.name(), by.rule),
            ],
            against: if private {
                vec!["no public front end: an isolated private gateway needs no such rule (ControlPlane)".into()]
            } else {
                vec![]
            },
            correction: match gateway.generation() {
                Generation::V1 => "The article looks for this behind a 2xx answer; blocked management ports show as Unknown. The v1 platform was retired on 2026-04-28: migrate".into(),
                _ => "The article holds this for impossible on v2. Azure refuses such a rule when it is written, but a subnet that moved, a policy or an isolation switched back can leave it in place".into(),
            },
            target: id.to_string(),
        };
        let subject = Subject::NsgRule {
            nsg: id.name().to_owned(),
            rule: by.rule,
        };
        let evidence = format!("{rule} blocks {name}");
        return Ok(vec![
            Sighting::new(&subject, evidence)
                .to(Next::Letter(C))
                .finding(finding),
        ]);
    }
    unclear.map_or(Ok(vec![]), Err)
}

/// Own and peered space where the network could be read; at least the subnet itself.
pub(crate) fn space(subnet: &Subnet, vnet: Option<&Vnet>) -> Vec<ipnet::IpNet> {
    let known = vnet.map(Vnet::known_space).unwrap_or_default();
    known
        .into_iter()
        .chain(subnet.prefixes.iter().copied())
        .collect()
}

/// Does a route table of the gateway subnet lead the default route away from the Internet?
fn default_route(view: &View<'_>, of: &Subject) -> Seen {
    let gateway = view.gateway()?;
    let (subnet, _) = view.gateway_subnet()?;
    let Some(id) = &subnet.route_table else {
        return Ok(vec![]);
    };
    let table = view.facts.document(id)?;
    let astray = list(table, &["properties", "routes"]).find(|route| {
        let hop = text(route, &["properties", "nextHopType"]).unwrap_or_default();
        text(route, &["properties", "addressPrefix"]) == Some("0.0.0.0/0")
            && !hop.eq_ignore_ascii_case("Internet")
    });
    let Some(route) = astray else {
        return Ok(vec![]);
    };
    let name = text(route, &["name"]).unwrap_or("(unnamed)");
    let hop = text(route, &["properties", "nextHopType"]).unwrap_or("(none)");
    let public = gateway.is_public() && gateway.generation() != Generation::V1;
    let finding = Finding {
        id: "default-route-astray",
        row: Some("1b.3"),
        letter: None,
        confidence: if public { Confidence::Confirmed } else { Confidence::Inconclusive },
        subject: of.to_string(),
        says: format!(
            "Route {}/{name} sends 0.0.0.0/0 of the gateway's subnet to {hop}: the platform cannot reach the instances, so health is Unknown",
            id.name()
        ),
        because: vec![
            "1b: no probe result came back (Gateway)".into(),
            format!("{}: 0.0.0.0/0 to {hop} (ControlPlane)", id.name()),
        ],
        against: if public {
            vec![]
        } else {
            vec!["not a public v2 gateway: such a route may be right here (ControlPlane)".into()]
        },
        correction: "The article waits, then blames the NSG; no letter of it mends a route: point 0.0.0.0/0 at Internet, with explicit routes to the back ends".into(),
        target: id.to_string(),
    };
    let subject = Subject::Route {
        table: id.name().to_owned(),
        route: name.to_owned(),
    };
    Ok(vec![
        Sighting::new(&subject, format!("0.0.0.0/0 to {hop}"))
            .to(Next::Stop)
            .finding(finding),
    ])
}
