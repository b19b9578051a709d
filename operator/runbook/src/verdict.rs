//! From what the walk saw to the one word, the one sentence and what stands in `status`.
use crate::{
    decision_map::{MAP, MapRow},
    facts::{Blocked, Gap, Query, health::Health},
    id::{ArmId, StepId, Subject},
    path::words,
    report::{Backends, Confidence, Counts, Finding, GatewaySeen, Report, Verdict, Word},
    step::{Next, Row, RowId, Seen, Step},
    steps, summary,
    view::View,
    walk::{Thread, Walk},
};
use std::collections::{BTreeMap, BTreeSet};

/// Findings kept: the surest.
const FINDINGS: usize = 20;

/// The finished report.
pub(crate) fn report(view: &View<'_>, walk: &Walk) -> Report {
    let mut findings = walk.findings.clone();
    findings.sort_by_key(|finding| finding.confidence);
    findings.truncate(FINDINGS);
    let unreachable = view.unreachable();
    let verdict = verdict(walk, &findings, unreachable.as_ref());
    let mut report = Report {
        verdict,
        conclusion: conclusion(view, verdict, &findings, walk, unreachable.as_ref()),
        rows: rows(walk),
        steps: StepId::ALL
            .into_iter()
            .map(|id| (id, word(walk, steps::get(id))))
            .collect(),
        path: path(walk),
        questions: questions(walk),
        gaps: gaps(walk),
        gateway: gateway(view),
        counts: counts(view),
        backends: backends(view),
        findings,
        summary: vec![],
    };
    report.summary = summary::lines(&report, walk);
    report
}

/// The report on something that is no Application Gateway: nothing was asked.
pub(crate) fn refused(id: &ArmId, why: &str) -> Report {
    let gap = format!("gap: {why}");
    let of_steps = steps::rows().map(|(step, row)| match step.id {
        StepId::S1a => (row.id, gap.clone()),
        _ => (row.id, value(step, row, None)),
    });
    let of_map = MAP
        .iter()
        .map(|row| (row.id, map_value(&Walk::default(), row)));
    let word = |id| match id {
        StepId::S1a => Word::Gap,
        id => word(&Walk::default(), steps::get(id)),
    };
    let mut report = Report {
        verdict: Verdict::CannotDiagnose,
        conclusion: format!("{} cannot be diagnosed: {why}.", id.name()),
        findings: vec![],
        rows: of_steps.chain(of_map).collect(),
        steps: StepId::ALL.into_iter().map(|id| (id, word(id))).collect(),
        path: vec![],
        questions: vec![],
        gaps: vec![format!("1a: {why}")],
        gateway: GatewaySeen {
            name: id.name().to_owned(),
            ..GatewaySeen::default()
        },
        counts: None,
        backends: None,
        summary: vec![],
    };
    report.summary = summary::lines(&report, &Walk::default());
    report
}

/// A gap that leaves nothing to diagnose, other than time-outs and throttling, which pass.
fn is_final(gap: &Gap) -> bool {
    matches!(
        gap,
        Gap::NotFound | Gap::Denied { .. } | Gap::Unreachable { .. } | Gap::Credential { .. }
    )
}

fn verdict(walk: &Walk, findings: &[Finding], unreachable: Option<&Gap>) -> Verdict {
    let blocked = |wanted: fn(&Blocked) -> bool| walk.obstacles().any(|(_, b)| wanted(b));
    let explains = |f: &Finding| f.confidence != Confidence::Inconclusive;
    if unreachable.is_some_and(is_final) {
        Verdict::CannotDiagnose
    } else if findings.iter().any(explains) {
        Verdict::RootCauseFound
    } else if blocked(|b| matches!(b, Blocked::Wait(_))) {
        Verdict::WaitingForAzure
    } else if blocked(|b| matches!(b, Blocked::Tell(_))) {
        Verdict::NeedsInput
    } else {
        // NoFaultFound and Healthy need every row that could matter, and steps 2a to 6b are not built yet.
        Verdict::Inconclusive
    }
}

fn conclusion(
    view: &View<'_>,
    verdict: Verdict,
    findings: &[Finding],
    walk: &Walk,
    unreachable: Option<&Gap>,
) -> String {
    let name = view.id().name();
    match verdict {
        Verdict::CannotDiagnose => match unreachable {
            Some(Gap::NotFound) => {
                format!("There is no gateway {name}: check subscription, resource group and name.")
            }
            Some(gap) => format!("Gateway {name} cannot be looked at: {gap}."),
            None => format!("Gateway {name} cannot be looked at."),
        },
        Verdict::WaitingForAzure => {
            let wait = walk.obstacles().find_map(|(_, blocked)| match blocked {
                Blocked::Wait(what) => Some(what.as_str()),
                _ => None,
            });
            format!("Waiting for Azure: {}.", wait.unwrap_or_default())
        }
        Verdict::NeedsInput => {
            let asked = questions(walk);
            format!("One answer is missing: {}.", asked.join("; "))
        }
        Verdict::RootCauseFound
        | Verdict::Inconclusive
        | Verdict::NoFaultFound
        | Verdict::Healthy => match findings.first() {
            Some(first) => format!("{}.", first.says),
            None => undecided_so_far(name, walk),
        },
    }
}

/// Nothing to name: what fails all the same, and what kept us from saying why.
fn undecided_so_far(name: &str, walk: &Walk) -> String {
    let failing = walk.sightings("1b.2").next();
    match (failing, gaps(walk).first()) {
        (Some(pair), Some(gap)) => format!(
            "{} {}; why cannot be said: {gap}.",
            pair.subject, pair.evidence
        ),
        (None, Some(gap)) => format!("Gateway {name} is undecided: {gap}."),
        (_, None) => format!(
            "Nothing was found at fault with gateway {name} so far, and not everything could be looked at."
        ),
    }
}

/// What one row says over all subjects: yes if any, else undecided if any (a gap before a question before a
/// wait), else no; skip only if nobody came there.
pub(crate) fn value(step: &Step, row: &Row, seen: Option<&Vec<(Subject, Seen)>>) -> String {
    if !step.is_built() {
        return "gap: not built yet".into();
    }
    let Some(seen) = seen else {
        return format!("skip: {}", step.skipped);
    };
    let held: Vec<_> = seen
        .iter()
        .filter_map(|(_, s)| s.as_ref().ok())
        .flatten()
        .collect();
    if !held.is_empty() {
        return yes(row.next, held.into_iter().map(|s| (s.next, &s.subject)));
    }
    let blocked = seen
        .iter()
        .filter_map(|(_, s)| s.as_ref().err())
        .cloned()
        .reduce(Blocked::and);
    blocked.map_or("no".into(), |blocked| undecided(&blocked))
}

/// `yes > A (nsg:nsg-backend/deny-all-in, +2)`.
fn yes<'s>(way: Next, held: impl Iterator<Item = (Option<Next>, &'s Subject)>) -> String {
    let (mut ways, mut subjects) = (Vec::new(), Vec::new());
    for (next, subject) in held {
        let way = next.unwrap_or(way).to_string();
        if !ways.contains(&way) {
            ways.push(way);
        }
        let subject = subject.to_string();
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let names: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let of = match names.as_slice() {
        ["gateway"] => String::new(),
        names => format!(" ({})", crate::facts::health::few(names)),
    };
    format!("yes > {}{of}", ways.join(", "))
}

fn undecided(blocked: &Blocked) -> String {
    match blocked {
        Blocked::Tell(field) => format!("ask: {field}"),
        Blocked::Wait(what) => format!("wait: {what}"),
        other => format!("gap: {}", words(other)),
    }
}

fn rows(walk: &Walk) -> Vec<(RowId, String)> {
    let of_steps =
        steps::rows().map(|(step, row)| (row.id, value(step, row, walk.seen.get(row.id))));
    of_steps
        .chain(MAP.iter().map(|row| (row.id, map_value(walk, row))))
        .collect()
}

fn map_value(walk: &Walk, map: &MapRow) -> String {
    if map.from.is_empty() {
        return "gap: not built yet".into();
    }
    let sources = || steps::rows().filter(|(_, row)| map.from.contains(&row.id));
    let held: Vec<(Option<Next>, &Subject)> = sources()
        .flat_map(|(_, row)| walk.sightings(row.id).map(move |s| (row, s)))
        .filter(|(row, s)| {
            map.only
                .is_none_or(|l| s.next.unwrap_or(row.next) == Next::Letter(l))
        })
        .map(|(row, s)| (Some(s.next.unwrap_or(row.next)), &s.subject))
        .collect();
    if !held.is_empty() {
        return yes(map.next, held.into_iter());
    }
    let blocked = walk
        .obstacles()
        .filter(|(row, _)| map.from.contains(row))
        .map(|(_, b)| b.clone());
    match blocked.reduce(Blocked::and) {
        Some(blocked) => undecided(&blocked),
        None if sources().all(|(_, row)| !walk.seen.contains_key(row.id)) => {
            let step = sources().next().map_or("", |(step, _)| step.skipped);
            format!("skip: {step}")
        }
        None => "no".into(),
    }
}

/// The word of a step.
fn word(walk: &Walk, step: &Step) -> Word {
    if !step.is_built() {
        return Word::Gap;
    }
    let leads_to_cause = |thread: &&Thread| {
        let finding = thread.finding.and_then(|at| walk.findings.get(at));
        finding.is_some_and(|f| f.confidence != Confidence::Inconclusive)
    };
    let on_the_way = walk
        .threads
        .iter()
        .filter(leads_to_cause)
        .flat_map(|thread| &thread.legs);
    let fails = |row: RowId| Some(row) != step.all_clear && !step.routes;
    if on_the_way
        .filter(|leg| leg.step == step.id)
        .any(|leg| leg.row.is_some_and(fails))
    {
        return Word::Fail;
    }
    if !step.rows.iter().any(|row| walk.seen.contains_key(row.id)) {
        return Word::Skip;
    }
    let values = step
        .rows
        .iter()
        .map(|row| value(step, row, walk.seen.get(row.id)));
    let values: Vec<String> = values.collect();
    let any = |mark: &str| values.iter().any(|value| value.starts_with(mark));
    if any("gap") || walk.uncharted.iter().any(|(id, _)| *id == step.id) {
        Word::Gap
    } else if any("ask") {
        Word::Ask
    } else if any("wait") {
        Word::Wait
    } else if step.routes {
        Word::Info
    } else {
        Word::Pass
    }
}

/// One line a subject: the longest way of each.
fn path(walk: &Walk) -> Vec<String> {
    let mut lines: BTreeMap<&Subject, Vec<String>> = BTreeMap::new();
    for thread in &walk.threads {
        // A cause on the way, such as a failed write: the way goes on, and its own end is a line.
        let on_the_way = thread.end.is_none() && thread.finding.is_some();
        if on_the_way {
            continue;
        }
        let mut parts: Vec<String> = thread
            .legs
            .iter()
            .map(|leg| match leg.row {
                Some(_) => leg.step.to_string(),
                None => format!("{}?", leg.step),
            })
            .collect();
        parts.extend(thread.end.map(|end| end.to_string()));
        let line = format!("{}: {}", thread.subject, parts.join(" > "));
        let of_subject = lines.entry(&thread.subject).or_default();
        if !of_subject.contains(&line) {
            of_subject.push(line);
        }
    }
    lines.into_values().flatten().take(FINDINGS).collect()
}

fn questions(walk: &Walk) -> Vec<String> {
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
        "spec.hints.slowToStart" => "is the application known to start slowly?",
        _ => "please say",
    }
}

/// One line a question that has no answer, and a step without a fitting row.
fn gaps(walk: &Walk) -> Vec<String> {
    let mut lines = BTreeSet::new();
    for (row, blocked) in walk.obstacles() {
        let step = row.split_once('.').map_or(row, |(step, _)| step);
        match blocked {
            Blocked::Gap(Query::Document(id), gap) => {
                lines.insert(format!("{step}: {}: {gap}", id.name()));
            }
            Blocked::Gap(..) | Blocked::Unclear(_) | Blocked::Hint(_) => {
                lines.insert(format!("{step}: {}", words(blocked)));
            }
            Blocked::Ask(_) | Blocked::Tell(_) | Blocked::Wait(_) | Blocked::NotBuilt => {}
        }
    }
    for (step, subject) in &walk.uncharted {
        lines.insert(format!(
            "{step}: no row of the article fits what was seen of {subject}"
        ));
    }
    lines.into_iter().collect()
}

fn gateway(view: &View<'_>) -> GatewaySeen {
    let mut seen = GatewaySeen {
        name: view.id().name().to_owned(),
        ..GatewaySeen::default()
    };
    if let Ok(gateway) = view.gateway() {
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
fn counts(view: &View<'_>) -> Option<Counts> {
    let used = view.pairs_in_use();
    let pairs = view.health().ok()?.iter();
    let mut live: BTreeMap<&str, bool> = BTreeMap::new();
    for pair in pairs.filter(|p| {
        used.as_ref()
            .is_none_or(|u| u.contains(&p.subject().to_string().to_lowercase()))
    }) {
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

fn backends(view: &View<'_>) -> Option<Backends> {
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
