//! The findings of step 2c-1.
use super::path_look::{Look, failing, sources};
use crate::{
    facts::health::{Server, few},
    id::{
        Letter::{A, B},
        Subject,
    },
    nsg::Deciding,
    path::{Hop, Path},
    report::{Confidence, Finding},
    step::Sighting,
    view::View,
};

/// A server, its path, and the hop that drops its probe.
pub(super) type Met<'l> = (&'l Server, &'l Path, &'l Hop);

pub(super) fn deny(
    view: &View<'_>,
    look: &Look<'_>,
    by: &Deciding,
    met: &[Met<'_>],
    explained: usize,
) -> Sighting {
    let pair = look.pair;
    let first = met.first();
    let id = first.and_then(|(_, _, hop)| hop.nsg.clone());
    let name = id.as_ref().map_or("", |id| id.name());
    let outbound = first.is_some_and(|(_, _, hop)| hop.at == "gateway subnet out");
    let direction = if outbound { "Outbound" } else { "Inbound" };
    let source = sources(view);
    let addresses: Vec<&str> = met
        .iter()
        .map(|(server, _, _)| server.address.as_str())
        .collect();
    let by_name = met.iter().any(|(_, path, _)| path.by_name);
    // Not every server was looked at, or some fail in another way.
    let down = pair.down().count();
    let confidence = match (pair.is_dead(), explained == down, by_name) {
        (false, _, _) => Confidence::Inconclusive,
        (true, true, false) => Confidence::Confirmed,
        (true, _, _) => Confidence::Likely,
    };
    let priority = by.priority;
    let groups: usize = first.map_or(0, |(_, path, _)| {
        path.hops.iter().filter(|hop| hop.nsg.is_some()).count()
    });
    let mut because = vec![
        format!(
            "1b: {} {} (Gateway)",
            few(&addresses),
            failing(met.iter().map(|(server, _, _)| *server))
        ),
        format!("first match over the NSGs on the path, {groups} in all (ControlPlane)"),
    ];
    because.extend(
        first
            .into_iter()
            .flat_map(|(_, path, _)| path.hops.iter().map(Hop::words)),
    );
    if by_name {
        because.push(
            "the address was looked up by name from where the operator runs (Operator)".into(),
        );
    }
    if explained < down {
        because.push(format!(
            "{explained} of the {down} servers that are down were seen behind such a rule (ControlPlane)"
        ));
    }
    let state = pair.state();
    let finding = Finding {
        id: "nsg-deny-probe",
        row: Some("2c-1.1"),
        letter: Some(A),
        confidence,
        subject: pair.subject().to_string(),
        says: format!(
            "NSG rule {name}/{} (priority {priority}, {direction}) drops {source} -> {} on probe port {}: {state}",
            by.rule,
            few(&addresses),
            look.port
        ),
        because,
        against: pair.serves_all_the_same(),
        correction: String::new(),
        target: id.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let subject = Subject::NsgRule {
        nsg: name.to_owned(),
        rule: by.rule.clone(),
    };
    let evidence = format!(
        "Deny {name}/{} prio {priority} covers {source}:{}",
        by.rule, look.port
    );
    Sighting::new(&subject, evidence).finding(finding)
}

/// A Deny for a part of the gateway's subnet: which instances it meets is not to be read anywhere.
pub(super) fn partial(
    view: &View<'_>,
    look: &Look<'_>,
    servers: &[&Server],
    path: &Path,
    hop: &Hop,
    by: &Deciding,
) -> Finding {
    let name = hop.nsg.as_ref().map_or("", |id| id.name());
    let addresses: Vec<&str> = servers
        .iter()
        .map(|server| server.address.as_str())
        .collect();
    let addresses = few(&addresses);
    let mut because = vec![format!(
        "1b: {addresses} {} (Gateway)",
        failing(servers.iter().copied())
    )];
    because.extend(path.hops.iter().map(Hop::words));
    Finding {
        id: "nsg-deny-partial",
        row: Some("2c-1.1"),
        letter: Some(A),
        confidence: Confidence::Inconclusive,
        subject: look.pair.subject().to_string(),
        says: format!(
            "{name}/{} (priority {}) drops a part of what {} may send to {addresses} on port {}; which instances it meets cannot be seen",
            by.rule, by.priority, sources(view), look.port
        ),
        because,
        against: look.pair.serves_all_the_same(),
        correction: "The article looks for a source that covers the whole subnet, or takes any overlap for it; a rule for single instance addresses breaks as soon as the platform replaces an instance".into(),
        target: hop.nsg.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// A cause found by exclusion: never more than likely.
pub(super) fn quiet(
    look: &Look<'_>,
    id: &'static str,
    row: &'static str,
    says: String,
    why: &str,
) -> Finding {
    let first = look.servers.first();
    let servers = || look.servers.iter().map(|(server, _)| *server);
    let addresses: Vec<&str> = servers().map(|server| server.address.as_str()).collect();
    let mut because = vec![
        format!("1b: {} {} (Gateway)", few(&addresses), failing(servers())),
        why.to_owned(),
    ];
    because.extend(
        first
            .into_iter()
            .flat_map(|(_, path)| path.hops.iter().map(Hop::words)),
    );
    Finding {
        id,
        row: Some(row),
        letter: Some(if row == "2c-1.2" { B } else { A }),
        confidence: if look.pair.is_dead() {
            Confidence::Likely
        } else {
            Confidence::Inconclusive
        },
        subject: look.pair.subject().to_string(),
        says,
        because,
        against: look.pair.serves_all_the_same(),
        correction:
            "NSGs that let the probe pass say nothing of routes, firewalls and the host itself"
                .into(),
        target: String::new(),
    }
}
