//! What a visit saw, as a status.
use super::{
    decided,
    plans::{self, Ends},
    room::{MOST, ROOMS, Room, SUMMARY, WORD},
    said,
    text::{fit, fit_lines},
    words,
};
use crate::{
    conditions::{
        self, Heard, Told,
        fixes::{self, Fixes},
    },
    consult::Looked,
    guard::Stand,
    refusals,
};
use appgw_crds::{
    AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus, Counts, Finding, Fix, GROUP, GatewaySeen,
    KIND, LastRun, Plan, PlanState, Trigger, VERSION, Verdict, limits,
};
use appgw_runbook::{
    approval::{Deciding, Outcome},
    catalogue,
    report::{self, GatewaySeen as Seen, Report},
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One visit, from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Why it took place.
    pub trigger: Trigger,
    /// The run-now it deals with, or dealt with last.
    pub run_now: String,
    /// When it began, by the wall clock.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
}

impl Run {
    /// Without a cluster every time is that of the facts, so that a replay says the same.
    fn of_the_command_line(taken_at: Timestamp) -> Self {
        Self {
            trigger: Trigger::CommandLine,
            run_now: String::new(),
            started_at: taken_at,
            finished_at: taken_at,
        }
    }

    fn shown(&self, azure_calls: usize, looks: u32) -> LastRun {
        let Self {
            trigger,
            run_now,
            started_at,
            finished_at,
        } = self;
        LastRun {
            started_at: seconds(*started_at),
            finished_at: seconds(*finished_at),
            trigger: *trigger,
            run_now: run_now.clone(),
            azure_calls: count(azure_calls),
            looks: i32::try_from(looks).unwrap_or(i32::MAX),
        }
    }
}

/// Where a status belongs: to which generation, and after what.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The status whose place it takes. Of it only times and decisions are kept.
    pub before: &'a AppGatewayDiagnosisStatus,
    /// Generation of the spec; none without a cluster.
    pub generation: Option<i64>,
    /// The visit.
    pub run: &'a Run,
    /// Namespace and name; none without a cluster.
    pub object: Option<(&'a str, &'a str)>,
    /// When a plan that is drafted now can be approved until.
    pub expires: Timestamp,
    /// How the guard of approvals stands, where approvals are possible at all.
    pub guard: Option<&'a Stand>,
    /// Where the pages of `docs` are served, without a slash at the end; none where nobody said.
    pub docs: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn without_a_cluster(before: &'a AppGatewayDiagnosisStatus, run: &'a Run) -> Self {
        Self {
            before,
            generation: None,
            run,
            object: None,
            expires: run.finished_at,
            guard: None,
            docs: None,
        }
    }
    fn settled(&self, told: Vec<Told>) -> Vec<Condition> {
        let now = seconds(self.run.finished_at).0;
        conditions::settled(&self.before.conditions, told, self.generation, now)
    }
}

/// The whole status after a diagnosis, of at most 32 KiB. Nothing is carried over by accident.
pub fn status(place: Place<'_>, looked: &Looked) -> AppGatewayDiagnosisStatus {
    let [ample, tighter @ ..] = &ROOMS;
    let mut status = shown(place, looked, ample);
    for room in tighter {
        if serde_json::to_vec(&status).is_ok_and(|bytes| bytes.len() <= MOST) {
            break;
        }
        status = shown(place, looked, room);
    }
    status
}

/// The status while a change is under way, or just ended: the diagnosis of before, and what is on record now.
pub fn carried(place: Place<'_>, deciding: &Deciding) -> AppGatewayDiagnosisStatus {
    let mut next = place.before.clone();
    decided::show(&deciding.record, &mut next);
    let ended = deciding.record.ledger.under_way().is_none();
    if ended {
        // Ids of the epoch that is over are no plans any more; the next visit drafts new ones.
        let shown = |it: &Plan| {
            !matches!(
                it.state,
                PlanState::Applying | PlanState::AwaitingApproval | PlanState::Rejected
            )
        };
        next.plans.retain(shown);
    }
    let verifying = ended
        && deciding
            .record
            .approvals
            .first()
            .is_some_and(|it| it.outcome == Some(Outcome::Settled) && it.effect.is_none());
    let fix = if verifying {
        Fix::Verifying
    } else {
        plans::fix(&next.plans, Some(deciding))
    };
    next.fix = Some(fix);
    let words = told_beside(Some(deciding));
    let told = fixes::told(&Fixes {
        plans: &next.plans,
        entry: next.ledger.entry.as_ref(),
        fix,
        words: &words,
        guard: place.guard,
    });
    let now = seconds(place.run.finished_at).0;
    next.conditions = conditions::with(&place.before.conditions, told, place.generation, now);
    next
}

/// What is to be said beside the record, in one line.
fn told_beside(deciding: Option<&Deciding>) -> String {
    deciding.map_or(String::new(), |it| {
        let held = it.held.iter().cloned();
        let all: Vec<String> = it.words.iter().cloned().chain(held).collect();
        fit(&all.join("; "), limits::LINE)
    })
}

/// The status of a spec that cannot be dealt with before it changes: `what` is the field and what
/// is wrong with it.
pub fn refused(
    place: Place<'_>,
    spec: &AppGatewayDiagnosisSpec,
    what: &str,
) -> AppGatewayDiagnosisStatus {
    let what = fit(what, limits::LINE);
    AppGatewayDiagnosisStatus {
        approvals: place.before.approvals.clone(),
        pending: place.before.pending.clone(),
        ledger: place.before.ledger.clone(),
        conditions: place.settled(conditions::refused(&what)),
        conclusion: what,
        fix: Some(Fix::None),
        gateway: GatewaySeen {
            name: fit(said(spec).gateway.name(), limits::NAME),
            ..GatewaySeen::default()
        },
        last_run: Some(place.run.shown(0, 1)),
        observed_generation: place.generation,
        rows: catalogue::entries()
            .iter()
            .map(|row| (row.id.to_owned(), "skip: the spec was refused".to_owned()))
            .collect(),
        verdict: Some(Verdict::CannotDiagnose),
        ..AppGatewayDiagnosisStatus::default()
    }
}

/// The object as the API server would hold it, of a diagnosis without a cluster: every time in it is
/// that of the facts, and there is no metadata.
pub fn object(spec: &AppGatewayDiagnosisSpec, looked: &Looked) -> Value {
    let run = Run::of_the_command_line(looked.taken_at);
    let before = AppGatewayDiagnosisStatus::default();
    let place = Place::without_a_cluster(&before, &run);
    whole(spec, &status(place, looked))
}

/// The same for a spec that is refused; none if it is not.
pub fn refusal(spec: &AppGatewayDiagnosisSpec, taken_at: Timestamp) -> Option<Value> {
    let why = refusals::refusal(spec)?;
    let run = Run::of_the_command_line(taken_at);
    let before = AppGatewayDiagnosisStatus::default();
    let place = Place::without_a_cluster(&before, &run);
    Some(whole(spec, &refused(place, spec, &why)))
}

fn whole(spec: &AppGatewayDiagnosisSpec, status: &AppGatewayDiagnosisStatus) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": KIND,
        "spec": spec,
        "status": status,
    })
}

#[expect(clippy::too_many_lines, reason = "each part of a status once")]
fn shown(place: Place<'_>, looked: &Looked, room: &Room) -> AppGatewayDiagnosisStatus {
    // In full, so that a new part cannot be forgotten here.
    let Report {
        verdict,
        conclusion,
        findings,
        rows,
        steps,
        path,
        questions,
        gaps,
        gateway,
        bad_gateway,
        counts,
        backends,
        summary,
    } = &looked.visit.report;
    let verdict = words::verdict(*verdict);
    let conclusion = fit(conclusion, room.sentence.min(limits::TEXT));
    let counts = Counts {
        bad_gateway: bad_gateway.map(count),
        servers: counts.map(|seen| count(seen.servers)),
        unhealthy: counts.map_or_else(String::new, |seen| {
            format!("{}/{}", seen.unhealthy, seen.servers)
        }),
    };
    let reach = words::reach(looked.visit.unreachable.as_ref(), room.sentence);
    let mut told = conditions::diagnosed(&Heard {
        verdict,
        conclusion: &conclusion,
        backends: backends.map(|word| (words::healthy(word), word.as_str())),
        unhealthy: &counts.unhealthy,
        reach: &reach,
        user_error: is_user_error(verdict, looked),
    });
    let deciding = looked.visit.deciding.as_deref();
    let before: BTreeMap<String, Timestamp> = place
        .before
        .plans
        .iter()
        .filter_map(|it| Some((it.id.clone(), it.expires_at.as_ref()?.0)))
        .collect();
    let ends = Ends {
        before: &before,
        now: place.run.finished_at,
        fresh: place.expires,
    };
    let plans = plans::plans(&looked.visit.offers, deciding, &ends);
    let fix = plans::fix(&plans, deciding);
    let mut decided = AppGatewayDiagnosisStatus {
        approvals: place.before.approvals.clone(),
        pending: place.before.pending.clone(),
        ledger: place.before.ledger.clone(),
        ..AppGatewayDiagnosisStatus::default()
    };
    if let Some(deciding) = deciding {
        decided::show(&deciding.record, &mut decided);
    }
    let words = told_beside(deciding);
    if place.generation.is_some() {
        told.extend(fixes::told(&Fixes {
            plans: &plans,
            entry: decided.ledger.entry.as_ref(),
            fix,
            words: &words,
            guard: place.guard,
        }));
    }
    let mut summary = summary.clone();
    summary.extend(plans::summary(&plans, place.object));
    let mut missing: Vec<String> = gaps.iter().chain(&looked.remarks).cloned().collect();
    if let Some(more) = findings.len().checked_sub(room.findings).filter(|n| *n > 0) {
        missing.insert(0, format!("findings: {more} more are not shown"));
    }
    let lines = |texts: &[String]| fit_lines(texts, room.lines, room.line);
    AppGatewayDiagnosisStatus {
        approvals: decided.approvals,
        conditions: place.settled(told),
        conclusion,
        counts,
        findings: findings
            .iter()
            .take(room.findings)
            .map(|it| finding(it, room, place.docs))
            .collect(),
        fix: Some(fix),
        gaps: lines(&missing),
        gateway: seen(gateway),
        last_run: Some(place.run.shown(looked.azure_calls, looked.visit.looks)),
        ledger: decided.ledger,
        observed_generation: place.generation,
        path: lines(path),
        pending: decided.pending,
        plans,
        questions: lines(questions),
        rows: rows
            .iter()
            .map(|(id, value)| ((*id).to_owned(), fit(value, room.row)))
            .collect(),
        steps: steps
            .iter()
            .map(|(id, it)| (id.as_str().to_owned(), words::word(*it)))
            .collect(),
        summary: fit_lines(&summary, limits::SUMMARY_LINES, SUMMARY),
        verdict: Some(verdict),
    }
}

/// Nothing was asked and nothing stood in the way: what the spec names is none of ours.
fn is_user_error(verdict: Verdict, looked: &Looked) -> bool {
    verdict == Verdict::CannotDiagnose
        && looked.visit.unreachable.is_none()
        && looked.azure_calls == 0
}

fn finding(finding: &report::Finding, room: &Room, docs: Option<&str>) -> Finding {
    let report::Finding {
        id,
        row,
        letter,
        confidence,
        subject,
        says,
        because,
        against,
        correction,
        target,
    } = finding;
    let facts = |texts: &[String]| fit_lines(texts, room.facts, room.line);
    Finding {
        id: fit(id, limits::ID),
        row: row.unwrap_or_default().to_owned(),
        letter: letter.map(words::letter),
        confidence: words::confidence(*confidence),
        subject: fit(subject, room.line),
        says: fit(says, room.sentence),
        because: facts(because),
        against: facts(against),
        correction: fit(correction, room.sentence),
        target: fit(target, room.id),
        more: docs.map_or_else(String::new, |docs| format!("{docs}/findings/{id}")),
    }
}

fn seen(gateway: &Seen) -> GatewaySeen {
    let Seen {
        name,
        tier,
        region,
        provisioning_state,
        operational_state,
        owner,
    } = gateway;
    GatewaySeen {
        name: fit(name, limits::PART),
        tier: fit(tier, WORD),
        region: fit(region, WORD),
        provisioning_state: fit(provisioning_state, WORD),
        operational_state: fit(operational_state, WORD),
        owner: owner.map(words::owner),
    }
}

fn count(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

/// Kubernetes keeps whole seconds; fractions would only make times differ that are equal.
pub(super) fn seconds(at: Timestamp) -> Time {
    Time(Timestamp::from_second(at.as_second()).unwrap_or(at))
}
