//! What a visit saw, as a status.
use super::{
    room::{MOST, ROOMS, Room, SUMMARY, WORD},
    said,
    text::{fit, fit_lines},
};
use crate::{
    conditions::{self, Heard, Reach, Told, Truth},
    consult::Looked,
    unbuilt,
};
use appgw_crds::{
    AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus, Confidence, Counts, Finding, Fix, GROUP,
    GatewaySeen, KIND, LastRun, Letter, StepWord, Trigger, VERSION, Verdict, limits,
};
use appgw_runbook::{
    facts::Gap,
    id,
    report::{self, Backends, GatewaySeen as Seen, Report, Word},
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
    };
    whole(spec, &status(place, looked))
}

/// The same for a spec with a field that is not obeyed in this release; none if there is no such.
pub fn refusal(spec: &AppGatewayDiagnosisSpec, taken_at: Timestamp) -> Option<Value> {
    let field = unbuilt::field(spec)?;
    let run = Run::of_the_command_line(taken_at);
    let before = AppGatewayDiagnosisStatus::default();
    let place = Place {
        before: &before,
        generation: None,
        run: &run,
    };
    Some(whole(spec, &refused(place, spec, &unbuilt::says(field))))
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
        counts,
        backends,
        summary,
    } = &looked.visit.report;
    let verdict = self::verdict(*verdict);
    let conclusion = fit(conclusion, room.sentence.min(limits::TEXT));
    let counts = counts.map_or_else(Counts::default, |seen| Counts {
        bad_gateway: None,
        servers: Some(count(seen.servers)),
        unhealthy: format!("{}/{}", seen.unhealthy, seen.servers),
    });
    let reach = reach(looked.visit.unreachable.as_ref(), room);
    let told = conditions::diagnosed(&Heard {
        verdict,
        conclusion: &conclusion,
        backends: backends.map(|word| (healthy(word), word.as_str())),
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
            .map(|it| finding(it, room))
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
            .map(|(id, it)| (id.as_str().to_owned(), word(*it)))
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

fn finding(finding: &report::Finding, room: &Room) -> Finding {
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
        letter: letter.map(self::letter),
        confidence: match confidence {
            report::Confidence::Confirmed => Confidence::Confirmed,
            report::Confidence::Likely => Confidence::Likely,
            report::Confidence::Inconclusive => Confidence::Inconclusive,
        },
        subject: fit(subject, room.line),
        says: fit(says, room.sentence),
        because: facts(because),
        against: facts(against),
        correction: fit(correction, room.sentence),
        target: fit(target, room.id),
        more: String::new(),
    }
}

fn seen(gateway: &Seen) -> GatewaySeen {
    let Seen {
        name,
        tier,
        region,
        provisioning_state,
        operational_state,
    } = gateway;
    GatewaySeen {
        name: fit(name, limits::PART),
        tier: fit(tier, WORD),
        region: fit(region, WORD),
        provisioning_state: fit(provisioning_state, WORD),
        operational_state: fit(operational_state, WORD),
        owner: None,
    }
}

fn reach(unreachable: Option<&Gap>, room: &Room) -> Reach {
    let Some(gap) = unreachable else {
        return Reach::Ok;
    };
    let why = fit(&gap.to_string(), room.sentence);
    match gap {
        // Azure answered: there is no such gateway.
        Gap::NotFound => Reach::Ok,
        Gap::Credential { .. } => Reach::AuthFailed(why),
        Gap::Throttled { .. } => Reach::Throttled(why),
        Gap::Denied { .. } | Gap::Locked => Reach::Denied(why),
        Gap::TimedOut | Gap::Unreadable { .. } | Gap::Unreachable { .. } | Gap::NotInBundle => {
            Reach::Unreachable(why)
        }
    }
}

const fn healthy(backends: Backends) -> Truth {
    match backends {
        Backends::AllHealthy => Truth::True,
        Backends::SomeUnhealthy | Backends::NoneHealthy | Backends::EmptyPool => Truth::False,
        Backends::HealthUnknown => Truth::Unknown,
    }
}

const fn verdict(verdict: report::Verdict) -> Verdict {
    match verdict {
        report::Verdict::CannotDiagnose => Verdict::CannotDiagnose,
        report::Verdict::RootCauseFound => Verdict::RootCauseFound,
        report::Verdict::WaitingForAzure => Verdict::WaitingForAzure,
        report::Verdict::NeedsInput => Verdict::NeedsInput,
        report::Verdict::Inconclusive => Verdict::Inconclusive,
        report::Verdict::NoFaultFound => Verdict::NoFaultFound,
        report::Verdict::Healthy => Verdict::Healthy,
    }
}

const fn word(word: Word) -> StepWord {
    match word {
        Word::Pass => StepWord::Pass,
        Word::Fail => StepWord::Fail,
        Word::Info => StepWord::Info,
        Word::Wait => StepWord::Wait,
        Word::Ask => StepWord::Ask,
        Word::Gap => StepWord::Gap,
        Word::Skip => StepWord::Skip,
    }
}

const fn letter(letter: id::Letter) -> Letter {
    match letter {
        id::Letter::A => Letter::A,
        id::Letter::B => Letter::B,
        id::Letter::C => Letter::C,
        id::Letter::D => Letter::D,
        id::Letter::E => Letter::E,
        id::Letter::F => Letter::F,
        id::Letter::G => Letter::G,
        id::Letter::H => Letter::H,
        id::Letter::I => Letter::I,
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Kubernetes keeps whole seconds; fractions would only make times differ that are equal.
fn seconds(at: Timestamp) -> Time {
    Time(Timestamp::from_second(at.as_second()).unwrap_or(at))
}
