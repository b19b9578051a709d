//! What else stands in the status: questions, gaps, and how gateway and back ends are.
use crate::{
    facts::{Blocked, Query, gateway::Gateway, health::Health},
    path::{asked, words},
    report::{Backends, Counts, GatewaySeen},
    step::RowId,
    view::View,
    walk::Walk,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn questions(walk: &Walk) -> Vec<String> {
    let mut asked: BTreeMap<&'static str, BTreeSet<RowId>> = BTreeMap::new();
    for (row, blocked) in walk.obstacles() {
        if let Blocked::Tell(field) = blocked {
            asked.entry(field).or_default().insert(row);
        }
    }
    asked
        .into_iter()
        .map(|(field, rows)| {
            let rows: Vec<&str> = rows.into_iter().collect();
            format!("{field}: {} (row {})", question(field), rows.join(", "))
        })
        .collect()
}

fn question(field: &str) -> &'static str {
    match field {
        "spec.onset.afterPlatformUpgrade" => "did the 502s begin after an upgrade of the platform?",
        "spec.hints.slowToStart" => "is the application known to start slowly?",
        _ => "please say",
    }
}

/// One line a question that has no answer, and a step without a fitting row.
pub(super) fn gaps(view: &View<'_>, walk: &Walk) -> Vec<String> {
    let mut lines = BTreeSet::new();
    // A word nobody knows is said even where other servers decide the row; once a word.
    let mut words_seen = BTreeSet::new();
    for server in view
        .health()
        .into_iter()
        .flatten()
        .flat_map(|pair| &pair.servers)
    {
        if let Some(odd) = server.odd().filter(|_| words_seen.insert(&server.word)) {
            lines.insert(format!("1b: {odd}"));
        }
    }
    let said = view.facts.said().managed_by;
    let marks = view.gateway().ok().and_then(Gateway::owner_by_marks);
    if let (Some(said), Some((owner, mark))) = (said, marks)
        && said != owner
    {
        lines.insert(format!(
            "spec.hints.managedBy says {}, and {mark} speaks of {}: taken for the latter",
            said.as_str(),
            owner.as_str()
        ));
    }
    // What stands in the way of several steps is said once.
    let mut obstacles: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (row, blocked) in walk.obstacles() {
        // A row by its step; what is no row of a step by its whole id.
        let step = match row.split_once('.') {
            Some((step, _)) if step != "x" && step != "map" => step,
            _ => row,
        };
        let what = match blocked {
            Blocked::Gap(query @ Query::Document(_), gap) => format!("{}: {gap}", asked(query)),
            Blocked::Gap(..) | Blocked::Unclear(_) | Blocked::Hint(_) => words(blocked),
            Blocked::Ask(_) | Blocked::Tell(_) | Blocked::Wait(_) => continue,
        };
        obstacles.entry(what).or_default().insert(step);
    }
    for (what, steps) in obstacles {
        let steps: Vec<&str> = steps.into_iter().collect();
        lines.insert(format!("{}: {what}", steps.join(", ")));
    }
    for (step, subject) in &walk.uncharted {
        lines.insert(format!(
            "{step}: no row of the article fits what was seen of {subject}"
        ));
    }
    lines.into_iter().collect()
}

pub(super) fn gateway(view: &View<'_>) -> GatewaySeen {
    let mut seen = GatewaySeen {
        name: view.id().name().to_owned(),
        ..GatewaySeen::default()
    };
    seen.owner = view.facts.said().managed_by;
    if let Ok(gateway) = view.gateway() {
        if let Some((owner, _)) = gateway.owner_by_marks() {
            seen.owner = Some(owner);
        }
        gateway.tier().clone_into(&mut seen.tier);
        gateway.region().clone_into(&mut seen.region);
        gateway
            .provisioning()
            .unwrap_or_default()
            .clone_into(&mut seen.provisioning_state);
        gateway
            .operational()
            .unwrap_or_default()
            .clone_into(&mut seen.operational_state);
    }
    seen
}

/// Distinct addresses of pairs in use, and those that are live in none of their pairs.
pub(super) fn counts(view: &View<'_>) -> Option<Counts> {
    let pairs = view.health().ok()?.iter();
    let mut live: BTreeMap<&str, bool> = BTreeMap::new();
    for pair in pairs.filter(|pair| !view.is_unused(&pair.subject())) {
        for server in &pair.servers {
            let down = server.is_down() && !server.is_live();
            let entry = live.entry(&server.address).or_insert(false);
            *entry |= !down;
        }
    }
    let unhealthy = live.values().filter(|live| !**live).count();
    Some(Counts {
        servers: live.len(),
        unhealthy,
    })
}

pub(super) fn backends(view: &View<'_>) -> Option<Backends> {
    let pairs = view.health().ok()?;
    if pairs.iter().any(|pair| pair.servers.is_empty()) || pairs.is_empty() {
        return Some(Backends::EmptyPool);
    }
    // What is being drained speaks neither for nor against, as in row 1b.1.
    let servers = || {
        let all = pairs.iter().flat_map(|pair| &pair.servers);
        all.filter(|server| server.health != Health::Draining)
    };
    let down = servers().filter(|server| server.is_down()).count();
    let live = servers().filter(|server| server.is_live()).count();
    Some(match (live, down) {
        (0, 0) => Backends::HealthUnknown,
        (0, _) => Backends::NoneHealthy,
        (_, 0) if live == servers().count() => Backends::AllHealthy,
        (_, 0) => Backends::HealthUnknown,
        _ => Backends::SomeUnhealthy,
    })
}
