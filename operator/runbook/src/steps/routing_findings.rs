//! The findings of step 3 about the request that a person named.
use super::routing_look::{Stand, asked_for, reported, stands};
use crate::{
    facts::{
        Blocked,
        gateway::Gateway,
        health::{PairHealth, few},
        json::one_line,
        routing::{Entry, Leg, Listener, Rule, To, clean_host, clean_path},
    },
    id::{Letter::E, Subject},
    report::{Confidence, Finding},
    step::Sighting,
    view::View,
};

fn finding(view: &View<'_>, id: &'static str, row: &'static str, says: String) -> Finding {
    Finding {
        id,
        row: Some(row),
        letter: Some(E),
        confidence: Confidence::Inconclusive,
        subject: Subject::Gateway.to_string(),
        says,
        because: vec![format!("spec.request: {} (Person)", asked_for(view))],
        against: vec![],
        correction: String::new(),
        target: view.id().to_string(),
    }
}

fn scheme(https: bool) -> &'static str {
    if https { "HTTPS" } else { "HTTP" }
}

/// Nobody listens where clients are said to knock.
pub(super) fn no_port(view: &View<'_>, gateway: Gateway<'_>, port: u16) -> Finding {
    let listeners = gateway.http_listeners();
    let place = |it: &Listener| {
        let port = it.port.map_or("?".to_owned(), |port| port.to_string());
        format!("{} on {port} ({})", it.name, scheme(it.https))
    };
    let all: Vec<String> = listeners.iter().map(place).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    // Somebody is there, and speaks the other scheme.
    let other = listeners.iter().find(|it| it.port == Some(port));
    let says = match other {
        Some(other) => format!(
            "Port {port} speaks {} (listener {}), and clients are said to speak {}",
            scheme(other.https),
            other.name,
            scheme(!other.https)
        ),
        None => format!("No listener is on port {port}, which clients are said to use"),
    };
    let mut finding = finding(view, "no-listener-on-port", "3.1", says);
    finding
        .because
        .push(format!("3: listeners: {} (ControlPlane)", few(&all)));
    finding.against = vec![if other.is_some() {
        "the wrong scheme ends in a failed handshake or a 400, not in a 502 (ControlPlane)".into()
    } else {
        "a port without a listener refuses connections or times out, it answers no 502 (ControlPlane)".into()
    }];
    finding.correction = "The article takes this for the cause of the 502s; whoever gets one has met another listener, or something else in front of the gateway".into();
    finding
}

/// Listeners are there, and none of them takes the host.
pub(super) fn no_host(view: &View<'_>, gateway: Gateway<'_>) -> Finding {
    let host = view
        .facts
        .said()
        .request
        .host
        .as_deref()
        .unwrap_or_default();
    let says = format!(
        "No listener on the port asked for takes the host {}",
        clean_host(host)
    );
    let hosts: Vec<String> = gateway
        .http_listeners()
        .into_iter()
        .flat_map(|it| it.hosts)
        .collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let mut finding = finding(view, "no-listener-for-host", "3.1", one_line(&says));
    finding.because.push(format!(
        "3: hosts of the listeners: {} (ControlPlane)",
        few(&hosts)
    ));
    finding.against = vec![
        "a host that no listener takes is answered with 404, not with 502 (ControlPlane)".into(),
    ];
    finding.correction =
        "The article has no row for it, and its mend is the same: the listener".into();
    finding
}

fn way(leg: &Leg) -> String {
    format!("3: {leg} (ControlPlane)")
}

/// Each pair without a live member, as its vantage has it.
fn of_pairs(view: &View<'_>, stands: &[(Subject, Stand)]) -> Vec<String> {
    let lines = stands.iter().filter_map(|(pair, stand)| match stand {
        Stand::Live => None,
        Stand::Dead => {
            let health = reported(view, pair).ok().flatten();
            Some(format!(
                "1b: {pair} {} (Gateway)",
                health.map(PairHealth::words).unwrap_or_default()
            ))
        }
        Stand::Empty => Some(format!("the pool of {pair} has no members (ControlPlane)")),
    });
    lines.collect()
}

/// The path falls to the default of its map, and who gets it there does not serve.
pub(super) fn dead_default(view: &View<'_>, leg: &Leg) -> Result<Option<Sighting>, Blocked> {
    let (Some(map), None) = (&leg.entry.map, &leg.entry.path_rule) else {
        return Ok(None);
    };
    let stands = stands(view, leg)?;
    let Some((first, _)) = stands.iter().find(|(_, stand)| *stand != Stand::Live) else {
        return Ok(None);
    };
    let all = |wanted: fn(Stand) -> bool| stands.iter().all(|(_, stand)| wanted(*stand));
    let says = format!(
        "The request takes the default pair {first} of path map {map}, which has no live member"
    );
    let mut finding = finding(view, "default-pair-dead", "3.2", says);
    // A member that is down may come back; a pool without one needs no second witness.
    finding.confidence = match (all(|it| it == Stand::Empty), all(|it| it != Stand::Live)) {
        (true, _) => Confidence::Confirmed,
        (_, true) => Confidence::Likely,
        (_, false) => Confidence::Inconclusive,
    };
    finding.subject = first.to_string();
    finding.because.push(way(leg));
    finding.because.extend(of_pairs(view, &stands));
    if finding.confidence == Confidence::Inconclusive {
        finding
            .against
            .push("a policy spreads the requests, and other pairs of it serve (Gateway)".into());
    }
    if view.gateway()?.is_ingress_controlled() {
        finding.against.push("an ingress controller writes this path map: the path belongs into its Ingress (ControlPlane)".into());
    }
    finding.correction = "The article supposes that there may be no default; there is one, and the pair it leads to does not serve".into();
    Ok(Some(
        Sighting::new(first, finding.says.clone()).finding(finding),
    ))
}

/// A rule of a higher number names the host and would have served, were it not for the one that takes it.
pub(super) fn eclipsed_rule(view: &View<'_>, leg: &Leg) -> Result<Option<Sighting>, Blocked> {
    let Some(host) = leg.request.host.as_deref().map(clean_host) else {
        return Ok(None);
    };
    let rules = view.gateway()?.rules();
    let names_it = |rule: &&Rule| {
        let listener = rule.listener.as_ref();
        listener
            .is_some_and(|it| it.meets(&leg.listener) && !it.hosts.is_empty() && it.takes(&host))
    };
    let mut later = rules
        .iter()
        .skip_while(|rule| rule.name != leg.rule)
        .skip(1);
    let Some(meant) = later.find(names_it) else {
        return Ok(None);
    };
    let path = leg.request.path.as_deref().map(clean_path);
    let mut entries = meant.entries.iter();
    let Some(entry) = entries.find(|it| path.as_ref().is_none_or(|path| it.takes(path))) else {
        return Ok(None);
    };
    let says = format!(
        "Rule {} takes the request before rule {}, whose listener names the host",
        taker(&rules, leg),
        meant.words()
    );
    eclipsed(view, leg, entry, "rule-shadowed", "3.1", &says)
}

fn taker(rules: &[Rule], leg: &Leg) -> String {
    let rule = rules.iter().find(|rule| rule.name == leg.rule);
    rule.map_or(leg.rule.clone(), Rule::words)
}

/// A path rule further down covers the path and would have served, were it not for the one above it.
pub(super) fn eclipsed_path(view: &View<'_>, leg: &Leg) -> Result<Option<Sighting>, Blocked> {
    let (Some(map), Some(own), Some(path)) =
        (&leg.entry.map, &leg.entry.path_rule, &leg.request.path)
    else {
        return Ok(None);
    };
    let path = clean_path(path);
    let rules = view.gateway()?.rules();
    let rule = rules.iter().find(|rule| rule.name == leg.rule);
    let mut later = rule
        .into_iter()
        .flat_map(|rule| &rule.entries)
        .skip_while(|entry| **entry != leg.entry)
        .skip(1);
    let Some(meant) = later.find(|entry| entry.path_rule.is_some() && entry.takes(&path)) else {
        return Ok(None);
    };
    let says = format!(
        "Path rule {own} of map {map} takes the request before path rule {}, which is listed below it",
        meant.path_rule.as_deref().unwrap_or_default()
    );
    eclipsed(view, leg, meant, "path-rule-swallowed", "3.2", &says)
}

/// It matters only where the pair that gets the request is dead and the one it was meant for is not.
fn eclipsed(
    view: &View<'_>,
    leg: &Leg,
    meant: &Entry,
    id: &'static str,
    row: &'static str,
    says: &str,
) -> Result<Option<Sighting>, Blocked> {
    if meant.to == leg.entry.to || !matches!(meant.to, To::Pairs(_)) {
        return Ok(None);
    }
    let taken = stands(view, leg)?;
    let dead = !taken.is_empty() && taken.iter().all(|(_, stand)| *stand != Stand::Live);
    let Some((first, _)) = taken.first().filter(|_| dead) else {
        return Ok(None);
    };
    let meant = Leg {
        entry: meant.clone(),
        ..leg.clone()
    };
    let others = stands(view, &meant)?;
    if !others.iter().all(|(_, stand)| *stand == Stand::Live) {
        return Ok(None);
    }
    let names: Vec<String> = others.iter().map(|(pair, _)| pair.to_string()).collect();
    let mut finding = finding(
        view,
        id,
        row,
        format!("{says}; it leads to {first}, which has no live member"),
    );
    finding.confidence = Confidence::Likely;
    finding.subject = Subject::Rule(leg.rule.clone()).to_string();
    finding.because.push(way(leg));
    finding.because.extend(of_pairs(view, &taken));
    finding
        .because
        .push(format!("1b: {} serves (Gateway)", names.join(", ")));
    finding.correction = "The article compares ports and paths; the order in which rules and paths are tried is not looked at".into();
    let subject = Subject::Rule(leg.rule.clone());
    Ok(Some(
        Sighting::new(&subject, finding.says.clone()).finding(finding),
    ))
}
