//! Row 1b.3: health is Unknown. Waiting mends a gateway that was just made and nothing else, so what
//! makes health Unknown is looked at right away (azure-facts §2.2): the management ports, the route out.
use crate::{
    facts::{
        Blocked,
        gateway::{Gateway, Generation},
        health::{Health, PairHealth, Server},
        json::{list, one_line, text},
    },
    id::{Letter::C, Subject},
    nsg::{Direction, End, Flow, Outcome},
    report::{Confidence, Finding},
    step::{Next, Seen, Sighting},
    view::View,
    visit::LOOKS,
};
use serde_json::Value;

pub(super) fn all_unknown(view: &View<'_>, of: &Subject) -> Seen {
    let health = view.health()?;
    let pairs = || health.iter().filter(|pair| pair.counted().next().is_some());
    let unknown: Vec<&PairHealth> = pairs().filter(|pair| is_unknown(pair)).collect();
    if unknown.is_empty() {
        return Ok(vec![]);
    }
    let servers = unknown.iter().flat_map(|pair| &pair.servers);
    if let Some(odd) = servers.into_iter().find_map(Server::odd) {
        return Err(Blocked::Unclear(odd));
    }
    let of_all = unknown.len() == pairs().count();
    let evidence = match unknown.as_slice() {
        [one] => format!("{} Unknown", one.subject()),
        many => format!("{} pairs of pool and settings Unknown", many.len()),
    };
    // What keeps the platform away from the instances hides every pair; where one is known, it is not that.
    let open = if of_all {
        match causes(view, of) {
            Ok(causes) if causes.is_empty() => None,
            Err(blocked) if !matches!(blocked, Blocked::Ask(_)) => Some(blocked),
            causes => return causes,
        }
    } else {
        None
    };
    if view.visitor.look < LOOKS {
        let look = view.visitor.look;
        return Err(Blocked::Wait(format!("{evidence}, look {look} of {LOOKS}")));
    }
    // The wait is over; a part that could not be looked at stays the reason.
    if let Some(gap) = open {
        return Err(gap);
    }
    let subjects = if of_all {
        vec![of.clone()]
    } else {
        unknown.iter().map(|pair| pair.subject()).collect()
    };
    let sighting = |subject: &Subject| {
        Sighting::new(subject, evidence.clone())
            .to(Next::Stop)
            .finding(still_unknown(view, subject, &evidence, of_all))
    };
    Ok(subjects.iter().map(sighting).collect())
}

fn is_unknown(pair: &PairHealth) -> bool {
    let mut counted = pair.counted();
    counted.all(|server| matches!(server.health, Health::Unknown | Health::Odd))
}

/// Both looked at, their questions leaving together; a cause seen is a cause, whatever the other part hides.
fn causes(view: &View<'_>, of: &Subject) -> Seen {
    let (mut seen, mut open) = (Vec::new(), None::<Blocked>);
    for look in [management(view, of), default_route(view, of)] {
        match look {
            Ok(found) => seen.extend(found),
            Err(blocked) => {
                open = Some(match open {
                    None => blocked,
                    Some(first) => first.and(blocked),
                });
            }
        }
    }
    match open {
        Some(ask @ Blocked::Ask(_)) => Err(ask),
        Some(gap) if seen.is_empty() => Err(gap),
        _ => Ok(seen),
    }
}

fn still_unknown(view: &View<'_>, subject: &Subject, evidence: &str, of_all: bool) -> Finding {
    let says = if of_all {
        format!(
            "Health is still Unknown after {LOOKS} looks, and neither management ports nor the default route explain it"
        )
    } else {
        format!(
            "Health of {subject} is still Unknown after {LOOKS} looks, while that of other pairs is known"
        )
    };
    let left = if of_all {
        "DNS, a route learnt over BGP and the platform itself"
    } else {
        "the names of these servers in DNS and the settings of their probe"
    };
    Finding {
        id: "health-unknown",
        row: Some("1b.3"),
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: subject.to_string(),
        says,
        because: vec![format!("1b: {evidence} (Gateway)")],
        against: vec![],
        correction: format!("The article goes on waiting; what is left to look at are {left}"),
        target: view.id().to_string(),
    }
}

/// How sure a fault of the platform's own ways can be: an isolated private gateway may be meant so, and of a
/// tier nobody here knows it is not known which ways it needs.
fn surest(gateway: Gateway<'_>, known: bool) -> (Confidence, Vec<String>) {
    let against = if gateway.is_isolated() {
        "tag EnhancedNetworkControl: an isolated gateway needs no such way (ControlPlane)"
    } else if !gateway.is_public() {
        "no public front end: an isolated private gateway needs no such way (ControlPlane)"
    } else if !known {
        "a tier nobody here knows (ControlPlane)"
    } else {
        return (Confidence::Confirmed, vec![]);
    };
    (Confidence::Inconclusive, vec![against.to_owned()])
}

/// Does the gateway subnet's NSG keep the platform away from the instances?
fn management(view: &View<'_>, of: &Subject) -> Seen {
    let gateway = view.gateway()?;
    let home = view.home()?;
    let Some(id) = &home.subnet.nsg else {
        return Ok(vec![]);
    };
    let group = view.group(id, Direction::Inbound)?;
    let ports = gateway.generation().management_ports();
    // The platform comes over IPv4, also where the subnet has both.
    let prefixes = home.subnet.prefixes.iter();
    let v4: Vec<_> = prefixes
        .filter(|net| net.addr().is_ipv4())
        .copied()
        .collect();
    let mut unclear = None;
    for (source, name) in [
        (End::GatewayManager, "GatewayManager"),
        (End::AzureLoadBalancer, "AzureLoadBalancer"),
    ] {
        let flow = Flow {
            source,
            destination: v4.clone(),
            destination_asgs: Some(vec![]),
            ports,
            space: home.space(),
        };
        let (by, all) = match group.decide(&flow).outcome {
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
        let known = gateway.generation() != Generation::Unknown;
        let (mut confidence, mut against) = surest(gateway, known);
        if !all {
            confidence = Confidence::Inconclusive;
            against.push(format!("a part of what {name} sends passes (ControlPlane)"));
        }
        let finding = Finding {
            id: "nsg-blocks-management",
            row: Some("1b.3"),
            letter: Some(C),
            confidence,
            subject: of.to_string(),
            says: format!(
                "NSG rule {rule} (priority {}) keeps {name} from ports {low}-{high} of the gateway's subnet, so health is Unknown",
                by.priority
            ),
            because: vec![
                "1b: no probe result came back (Gateway)".into(),
                format!("first match for {name} in {} is {} (ControlPlane)", id.name(), by.rule),
            ],
            against,
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

/// Does a route table of the gateway subnet lead the default route away from the Internet?
fn default_route(view: &View<'_>, of: &Subject) -> Seen {
    let gateway = view.gateway()?;
    let home = view.home()?;
    let Some(id) = &home.subnet.route_table else {
        return Ok(vec![]);
    };
    let table = view.facts.document(id)?;
    let to_all =
        |route: &&Value| text(route, &["properties", "addressPrefix"]) == Some("0.0.0.0/0");
    let Some(route) = list(table, &["properties", "routes"]).find(to_all) else {
        return Ok(vec![]);
    };
    let name = one_line(text(route, &["name"]).unwrap_or("(unnamed)"));
    let Some(hop) = text(route, &["properties", "nextHopType"]) else {
        let why = format!("route {}/{name} does not say where it leads", id.name());
        return Err(Blocked::Unclear(why));
    };
    if hop.eq_ignore_ascii_case("Internet") {
        return Ok(vec![]);
    }
    let hop = one_line(hop);
    // A v1 gateway may have such a route.
    let (confidence, against) = surest(gateway, gateway.generation() == Generation::V2);
    let finding = Finding {
        id: "default-route-astray",
        row: Some("1b.3"),
        letter: None,
        confidence,
        subject: of.to_string(),
        says: format!(
            "Route {}/{name} sends 0.0.0.0/0 of the gateway's subnet to {hop}: the platform cannot reach the instances, so health is Unknown",
            id.name()
        ),
        because: vec![
            "1b: no probe result came back (Gateway)".into(),
            format!("{}: 0.0.0.0/0 to {hop} (ControlPlane)", id.name()),
        ],
        against,
        correction: "The article waits, then blames the NSG; no letter of it mends a route: point 0.0.0.0/0 at Internet, with explicit routes to the back ends".into(),
        target: id.to_string(),
    };
    let subject = Subject::Route {
        table: id.name().to_owned(),
        route: name.clone(),
    };
    Ok(vec![
        Sighting::new(&subject, format!("0.0.0.0/0 to {hop}"))
            .to(Next::Stop)
            .finding(finding),
    ])
}
