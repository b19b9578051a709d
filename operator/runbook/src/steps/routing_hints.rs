//! What is odd about the routing whoever asks: rules and paths that nothing reaches, rules to nobody, circles.
//! Hints, all of them: whether clients ever go there is not in the document.
use super::routing_look::reported;
use crate::{
    facts::{
        Blocked, Request,
        gateway::Gateway,
        gather,
        health::few,
        routing::{Entry, Listener, Outcome, Rule, To, path_covers},
    },
    id::{
        Letter::{self, D, E},
        Subject,
    },
    report::{Confidence, Finding},
    view::View,
};
use std::collections::BTreeSet;

/// At most one hint of each kind, each about all that is so.
pub(super) fn hints(view: &View<'_>) -> Result<Vec<(Subject, Finding)>, Blocked> {
    let gateway = view.gateway()?;
    let rules = gateway.rules();
    let empty = to_nobody(view, gateway, &rules)?;
    Ok([
        hint(view, "rule-shadowed", E, &shadowed(&rules)),
        hint(view, "path-rule-swallowed", E, &swallowed(&rules)),
        hint(view, "rule-to-empty-pool", D, &empty),
        hint(view, "redirect-loop", E, &circles(gateway, &rules)),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// The rule it is about, and what is so.
type Odd = (String, String);

fn hint(
    view: &View<'_>,
    id: &'static str,
    letter: Letter,
    odd: &[Odd],
) -> Option<(Subject, Finding)> {
    let (rule, first) = odd.first()?;
    let more = match odd.len() - 1 {
        0 => String::new(),
        more => format!("; so {more} more"),
    };
    let lines: Vec<&str> = odd.iter().map(|(_, line)| line.as_str()).collect();
    let subject = Subject::Rule(rule.clone());
    let against = if id == "redirect-loop" {
        "a circle ends as an error of the browser, not as a 502 (ControlPlane)"
    } else {
        "that clients go this way is not known (ControlPlane)"
    };
    let finding = Finding {
        id,
        row: Some("3.3"),
        letter: Some(letter),
        confidence: Confidence::Inconclusive,
        subject: subject.to_string(),
        says: format!("{first}{more}"),
        because: vec![format!("3: {} (ControlPlane)", few(&lines))],
        against: vec![against.into()],
        correction: String::new(),
        target: view.id().to_string(),
    };
    Some((subject, finding))
}

/// Hosts of a rule that an earlier rule takes, and leads elsewhere.
fn shadowed(rules: &[Rule]) -> Vec<Odd> {
    let mut all = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let Some(listener) = &rule.listener else {
            continue;
        };
        let first_to_take = |host: &String| {
            let hides = |it: &Listener| it.meets(listener) && it.takes(host);
            let mut earlier = rules.iter().take(at);
            let taker = earlier.find(|it| it.listener.as_ref().is_some_and(hides))?;
            (!leads_alike(taker, rule)).then(|| {
                format!(
                    "requests for {host} never reach rule {}: rule {} takes them first",
                    rule.words(),
                    taker.words()
                )
            })
        };
        let name = |line| (rule.name.clone(), line);
        all.extend(listener.hosts.iter().filter_map(first_to_take).map(name));
    }
    all
}

fn leads_alike(one: &Rule, other: &Rule) -> bool {
    let ways = |rule: &Rule| -> Vec<(Vec<String>, To)> {
        let all = rule.entries.iter();
        all.map(|it| (it.paths.clone(), it.to.clone())).collect()
    };
    ways(one) == ways(other)
}

/// Paths that a path rule above takes, and leads elsewhere; once a map, however many rules use it.
fn swallowed(rules: &[Rule]) -> Vec<Odd> {
    let (mut all, mut maps) = (Vec::new(), BTreeSet::new());
    for rule in rules {
        let map = rule.entries.first().and_then(|entry| entry.map.clone());
        let Some(map) = map.filter(|map| maps.insert(map.clone())) else {
            continue;
        };
        for (at, entry) in rule.entries.iter().enumerate() {
            let first_to_take = |path: &String| {
                let hides = |it: &&Entry| it.paths.iter().any(|own| path_covers(own, path));
                let taker = rule.entries.iter().take(at).find(hides)?;
                let name = |it: &Entry| it.path_rule.clone().unwrap_or_default();
                (taker.to != entry.to).then(|| {
                    format!("path {path} of {map}/{} is never reached: {map}/{} above it takes it first", name(entry), name(taker))
                })
            };
            let name = |line| (rule.name.clone(), line);
            all.extend(entry.paths.iter().filter_map(first_to_take).map(name));
        }
    }
    all
}

/// Rules to pools without members, where back-end health did not say so already (row 1b.4).
fn to_nobody(view: &View<'_>, gateway: Gateway<'_>, rules: &[Rule]) -> Result<Vec<Odd>, Blocked> {
    let mut found = BTreeSet::new();
    for (rule, entry) in rules
        .iter()
        .flat_map(|rule| rule.entries.iter().map(move |it| (rule, it)))
    {
        let To::Pairs(pairs) = &entry.to else {
            continue;
        };
        for pair in pairs {
            let Subject::Pair { pool, .. } = pair else {
                continue;
            };
            let by_design = gateway.is_ingress_controlled()
                && pool.to_ascii_lowercase().ends_with("defaultaddresspool");
            if gateway.members(pool) == Some(0) && !by_design {
                found.insert((rule.name.clone(), pair));
            }
        }
    }
    let odd = gather(found.into_iter().map(|(rule, pair)| {
        let said = match reported(view, pair) {
            Err(ask @ Blocked::Ask(_)) => return Err(ask),
            seen => seen.is_ok_and(|health| health.is_some()),
        };
        let line = format!("rule {rule} leads to {pair}, whose pool has no members");
        Ok((!said).then_some((rule, line)))
    }))?;
    Ok(odd.into_iter().flatten().collect())
}

/// Rules whose redirects lead back to themselves, each circle once.
fn circles(gateway: Gateway<'_>, rules: &[Rule]) -> Vec<Odd> {
    let mut seen = BTreeSet::new();
    let redirecting = rules.iter().filter(|rule| {
        rule.entries
            .iter()
            .any(|it| matches!(it.to, To::Redirect(_)))
    });
    let mut all = Vec::new();
    for listener in redirecting.filter_map(|rule| rule.listener.as_ref()) {
        let plain = |host: &&String| !host.contains(['*', '?']);
        let request = Request {
            https: Some(listener.https),
            host: listener.hosts.iter().find(plain).cloned(),
            path: None,
            port: listener.port,
        };
        for outcome in gateway.ways(&request).outcomes {
            let Outcome::Loop(legs) = outcome else {
                continue;
            };
            let Some(back) = legs.last().map(|leg| leg.rule.clone()) else {
                continue;
            };
            let circle = legs
                .iter()
                .skip_while(|leg| leg.rule != back)
                .map(|leg| leg.rule.clone());
            let circle: BTreeSet<String> = circle.collect();
            let names: Vec<&str> = circle.iter().map(String::as_str).collect();
            let line = format!("redirects go in a circle: {}", few(&names));
            if seen.insert(circle.clone()) {
                all.push((back, line));
            }
        }
    }
    all
}
