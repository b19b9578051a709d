//! From what the walk saw to the one word, the one sentence and what stands in `status`.
mod seen;
mod table;

use crate::{
    decision_map::MAP,
    facts::{Blocked, Gap, access_log::thousands},
    id::{ArmId, StepId},
    report::{Confidence, Finding, GatewaySeen, Report, Verdict, Word},
    steps, summary, support,
    view::View,
    walk::Walk,
};
use seen::{backends, counts, gaps, gateway, questions};
pub(crate) use table::value;
use table::{map_value, path, rows, word};

/// Findings kept: the surest.
const FINDINGS: usize = 20;

/// The finished report.
pub(crate) fn report(view: &View<'_>, walk: &Walk) -> Report {
    let mut findings = walk.findings.clone();
    findings.sort_by_key(|finding| finding.confidence);
    findings.truncate(FINDINGS);
    let unreachable = view.unreachable();
    let verdict = verdict(view, walk, &findings, unreachable.as_ref());
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
        gaps: gaps(view, walk),
        gateway: gateway(view),
        bad_gateway: view.failures().and_then(|counted| counted.bad_gateway),
        counts: counts(view),
        backends: backends(view),
        findings,
        summary: vec![],
    };
    let file = (verdict == Verdict::NoFaultFound).then(|| support::request(view, &report, walk));
    report.summary = summary::lines(&report, walk, &file.unwrap_or_default());
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
        bad_gateway: None,
        counts: None,
        backends: None,
        summary: vec![],
    };
    report.summary = summary::lines(&report, &Walk::default(), &[]);
    report
}

/// A gap that leaves nothing to diagnose, other than time-outs and throttling, which pass.
fn is_final(gap: &Gap) -> bool {
    matches!(
        gap,
        Gap::NotFound | Gap::Denied { .. } | Gap::Unreachable { .. } | Gap::Credential { .. }
    )
}

fn verdict(
    view: &View<'_>,
    walk: &Walk,
    findings: &[Finding],
    unreachable: Option<&Gap>,
) -> Verdict {
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
    } else if walk.obstacles().any(|(id, _)| !id.starts_with("x.")) || !walk.uncharted.is_empty() {
        // The checks beyond the article explain what is there; they decide no row.
        Verdict::Inconclusive
    } else {
        // Every row that anybody came to is decided. What the documents alone show explains nothing
        // where nothing fails.
        let is_lint = |finding: &Finding| finding.row.is_none_or(|row| row == "3.3");
        match view.failures() {
            Some(counted) if counted.failed > 0 && findings.is_empty() => Verdict::NoFaultFound,
            Some(counted) if counted.failed == 0 && findings.iter().all(is_lint) => {
                Verdict::Healthy
            }
            _ => Verdict::Inconclusive,
        }
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
        Verdict::Healthy => {
            let hints = match findings.len() {
                0 => String::new(),
                1 => "; one finding is worth a look all the same".to_owned(),
                n => format!("; {n} findings are worth a look all the same"),
            };
            format!(
                "Gateway {name} is healthy: every row is decided, none holds against it, and no request failed{hints}."
            )
        }
        Verdict::NoFaultFound => {
            let failed = view.failures().map_or(0, |counted| counted.failed);
            let failed = thousands(failed);
            format!(
                "{failed} requests to gateway {name} failed, and every row is decided without a cause: this is what a support request is for (map.12)."
            )
        }
        Verdict::RootCauseFound | Verdict::Inconclusive => match findings.first() {
            Some(first) => format!("{}.", first.says),
            None => undecided_so_far(view, walk),
        },
    }
}

/// Nothing to name: what fails all the same, and what kept us from saying why.
fn undecided_so_far(view: &View<'_>, walk: &Walk) -> String {
    let name = view.id().name();
    let failing = walk.sightings("1b.2").next();
    match (failing, gaps(view, walk).first()) {
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
