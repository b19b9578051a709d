//! The value of each row, the word of each step and the way of each subject.
use super::FINDINGS;
use crate::{
    decision_map::{MAP, MapRow},
    facts::{Blocked, health::few},
    id::{StepId, Subject},
    path::words,
    report::{Confidence, Word},
    step::{Next, Row, RowId, Seen, Step},
    steps,
    walk::{Thread, Walk},
};
use std::collections::BTreeMap;

/// What one row says over all subjects: yes if any, else undecided if any (a gap before a question before a
/// wait), else no; skip only if nobody came there.
pub(crate) fn value(step: &Step, row: &Row, seen: Option<&Vec<(Subject, Seen)>>) -> String {
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
        names => format!(" ({})", few(names)),
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

pub(super) fn rows(walk: &Walk) -> Vec<(RowId, String)> {
    let of_steps =
        steps::rows().map(|(step, row)| (row.id, value(step, row, walk.seen.get(row.id))));
    of_steps
        .chain(MAP.iter().map(|row| (row.id, map_value(walk, row))))
        .collect()
}

pub(super) fn map_value(walk: &Walk, map: &MapRow) -> String {
    if map.when.is_some() {
        return own_value(walk, map);
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

/// The value of a row that looks for itself.
fn own_value(walk: &Walk, map: &MapRow) -> String {
    match walk.seen.get(map.id).and_then(|seen| seen.first()) {
        None => "skip: there was nothing to look at".into(),
        Some((_, Ok(seen))) if seen.is_empty() => "no".into(),
        Some((_, Ok(seen))) => yes(map.next, seen.iter().map(|it| (it.next, &it.subject))),
        Some((_, Err(blocked))) => undecided(blocked),
    }
}

/// The word of a step.
pub(super) fn word(walk: &Walk, step: &Step) -> Word {
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
    let holds = |row: RowId| walk.sightings(row).next().is_some();
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
    } else if step.routes || step.rows.iter().any(|row| fails(row.id) && holds(row.id)) {
        // Neither a cause nor nothing.
        Word::Info
    } else {
        Word::Pass
    }
}

/// One line a subject: the longest way of each.
pub(super) fn path(walk: &Walk) -> Vec<String> {
    let mut lines: BTreeMap<&Subject, Vec<String>> = BTreeMap::new();
    for thread in &walk.threads {
        // A cause on the way, such as a failed write: the way goes on, and its own end is a line.
        let on_the_way = thread.end.is_none() && thread.finding.is_some();
        // The log was asked beside the walk: of interest if it has something to say.
        let begins_at = thread.legs.first().map(|leg| leg.step);
        let beside = begins_at == Some(StepId::S6a) && thread.finding.is_none();
        if on_the_way || beside {
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
