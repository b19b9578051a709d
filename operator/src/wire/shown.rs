//! What a visit saw, as a status.
use super::{
    room::{MOST, ROOMS, Room, SUMMARY, WORD},
    said,
    text::{fit, fit_lines},
    words,
};
use crate::{
    conditions::{self, Heard, Told},
    consult::Looked,
    refusals,
};
use appgw_crds::{
    AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus, Counts, Finding, Fix, GROUP, GatewaySeen,
    KIND, LastRun, Trigger, VERSION, Verdict, limits,
};
use appgw_runbook::{
    catalogue,
    report::{self, GatewaySeen as Seen, Report},
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::{Value, json};

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
    /// Where the pages of `docs` are served, without a slash at the end; none where nobody said.
    pub docs: Option<&'a str>,
}

impl Place<'_> {
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
    let place = Place {
        before: &before,
        generation: None,
        run: &run,
        docs: None,
    };
    whole(spec, &status(place, looked))
}

/// The same for a spec that is refused; none if it is not.
pub fn refusal(spec: &AppGatewayDiagnosisSpec, taken_at: Timestamp) -> Option<Value> {
    let why = refusals::refusal(spec)?;
    let run = Run::of_the_command_line(taken_at);
    let before = AppGatewayDiagnosisStatus::default();
    let place = Place {
        before: &before,
        generation: None,
        run: &run,
        docs: None,
    };
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
    let told = conditions::diagnosed(&Heard {
        verdict,
        conclusion: &conclusion,
        backends: backends.map(|word| (words::healthy(word), word.as_str())),
        unhealthy: &counts.unhealthy,
        reach: &reach,
        user_error: is_user_error(verdict, looked),
    });
    let mut missing: Vec<String> = gaps.iter().chain(&looked.remarks).cloned().collect();
    if let Some(more) = findings.len().checked_sub(room.findings).filter(|n| *n > 0) {
        missing.insert(0, format!("findings: {more} more are not shown"));
    }
    let lines = |texts: &[String]| fit_lines(texts, room.lines, room.line);
    AppGatewayDiagnosisStatus {
        approvals: place.before.approvals.clone(),
        conditions: place.settled(told),
        conclusion,
        counts,
        findings: findings
            .iter()
            .take(room.findings)
            .map(|it| finding(it, room, place.docs))
            .collect(),
        fix: Some(Fix::None),
        gaps: lines(&missing),
        gateway: seen(gateway),
        last_run: Some(place.run.shown(looked.azure_calls, looked.visit.looks)),
        ledger: place.before.ledger.clone(),
        observed_generation: place.generation,
        path: lines(path),
        pending: vec![],
        plans: vec![],
        questions: lines(questions),
        rows: rows
            .iter()
            .map(|(id, value)| ((*id).to_owned(), fit(value, room.row)))
            .collect(),
        steps: steps
            .iter()
            .map(|(id, it)| (id.as_str().to_owned(), words::word(*it)))
            .collect(),
        summary: fit_lines(summary, limits::SUMMARY_LINES, SUMMARY),
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
fn seconds(at: Timestamp) -> Time {
    Time(Timestamp::from_second(at.as_second()).unwrap_or(at))
}
