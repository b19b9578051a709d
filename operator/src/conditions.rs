//! The standard conditions: which there are, when each is true, and what else it may say. Reasons
//! are a closed list, never text.
pub mod fixes;

use appgw_crds::Verdict;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// Type of the condition that says whether this generation was dealt with.
pub const READY: &str = "Ready";
/// Present only while a new generation or a run-now is being worked on.
pub const RECONCILING: &str = "Reconciling";
/// Present only while nothing will happen before the spec changes.
pub const STALLED: &str = "Stalled";
/// Whether the diagnosis came to an end, and to which.
pub const DIAGNOSED: &str = "Diagnosed";
/// Whether the back ends are healthy, where that was heard.
pub const BACKENDS_HEALTHY: &str = "BackendsHealthy";
/// Whether the gateway could be read.
pub const AZURE_REACHABLE: &str = "AzureReachable";

/// Whether a plan waits for approval.
pub const FIX_READY: &str = "FixReady";
/// Whether what was approved last is there.
pub const APPLIED: &str = "Applied";
/// Whether it helped.
pub const RESOLVED: &str = "Resolved";
/// Whether the admission policies that guard approvals are in force.
pub const APPROVAL_GUARD: &str = "ApprovalGuard";

/// Value of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// It cannot be told, or not yet.
    Unknown,
}

impl Truth {
    const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// How the gateway could be read, for `AzureReachable`. Each carries the whole chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Azure answered.
    Ok,
    /// The credential was refused, or none could be had.
    AuthFailed(String),
    /// Azure asked to be left alone.
    Throttled(String),
    /// The identity may not read the gateway; names the action.
    Denied(String),
    /// No answer, or none that can be read.
    Unreachable(String),
}

/// One condition as it is to be, but for its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    kind: &'static str,
    truth: Truth,
    reason: &'static str,
    message: String,
}

impl Told {
    /// One condition.
    pub fn new(kind: &'static str, truth: Truth, reason: &'static str, message: &str) -> Self {
        let message = message.to_owned();
        Self {
            kind,
            truth,
            reason,
            message,
        }
    }
}

/// What a finished diagnosis has to tell.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    /// Its verdict.
    pub verdict: Verdict,
    /// The one sentence.
    pub conclusion: &'a str,
    /// How the back ends do and the word for it, where that was heard.
    pub backends: Option<(Truth, &'static str)>,
    /// Servers down of all, such as `3/3`; empty if not counted.
    pub unhealthy: &'a str,
    /// How the gateway could be read.
    pub reach: &'a Reach,
    /// Nothing was asked, for what the spec names is nothing this operator diagnoses.
    pub user_error: bool,
}

/// The conditions after a diagnosis.
pub fn diagnosed(heard: &Heard<'_>) -> Vec<Told> {
    let Heard {
        verdict,
        conclusion,
        backends,
        unhealthy,
        reach,
        user_error,
    } = heard;
    let mut told = Vec::new();
    let reached = match reach {
        Reach::Ok => Told::new(AZURE_REACHABLE, Truth::True, "Ok", ""),
        Reach::AuthFailed(why) => unreachable("AuthFailed", why),
        Reach::Throttled(why) => unreachable("Throttled", why),
        Reach::Denied(why) => unreachable("Denied", why),
        Reach::Unreachable(why) => unreachable("Unreachable", why),
    };
    if *user_error {
        told.extend(stalled(conclusion));
    } else if reached.truth == Truth::True {
        told.push(Told::new(READY, Truth::True, "Diagnosed", conclusion));
        told.push(reached);
    } else {
        told.push(Told::new(
            READY,
            Truth::False,
            "AzureUnreachable",
            &reached.message,
        ));
        told.push(reached);
    }
    told.push(outcome(*verdict, conclusion));
    if let Some((truth, word)) = backends {
        let message = match *unhealthy {
            "" => String::new(),
            unhealthy => format!("{unhealthy} servers down"),
        };
        told.push(Told::new(BACKENDS_HEALTHY, *truth, word, &message));
    }
    told
}

/// The conditions of a spec that cannot be dealt with before it changes.
pub fn refused(why: &str) -> Vec<Told> {
    let mut told = stalled(why).to_vec();
    told.push(outcome(Verdict::CannotDiagnose, why));
    told
}

fn unreachable(reason: &'static str, why: &str) -> Told {
    Told::new(AZURE_REACHABLE, Truth::False, reason, why)
}

fn stalled(why: &str) -> [Told; 2] {
    [
        Told::new(READY, Truth::False, "InvalidSpec", why),
        Told::new(STALLED, Truth::True, "UserErrorUntilSpecChanges", why),
    ]
}

/// `Unknown` stands for a wait and for nothing else, so that the time of the last transition tells
/// since when Azure is waited for.
fn outcome(verdict: Verdict, conclusion: &str) -> Told {
    let truth = match verdict {
        Verdict::RootCauseFound | Verdict::NoFaultFound | Verdict::Healthy => Truth::True,
        Verdict::CannotDiagnose | Verdict::NeedsInput | Verdict::Inconclusive => Truth::False,
        Verdict::WaitingForAzure => Truth::Unknown,
    };
    Told::new(DIAGNOSED, truth, verdict.as_str(), conclusion)
}

/// Why nothing is begun, though nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// `spec.suspend`.
    Suspended,
    /// The annotation `paused`, and what it says.
    Paused(String),
}

impl Hold {
    fn told(&self) -> Told {
        match self {
            Self::Suspended => Told::new(READY, Truth::False, "Suspended", "spec.suspend is true"),
            Self::Paused(why) => Told::new(READY, Truth::False, "Paused", why),
        }
    }
}

/// The conditions while nothing is begun: what was seen before stands, only `Ready` speaks anew.
pub fn held(
    before: &[Condition],
    hold: &Hold,
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    let mut next = settled(before, vec![hold.told()], generation, now);
    let stands = |it: &&Condition| ![READY, RECONCILING, STALLED].contains(&it.type_.as_str());
    next.extend(before.iter().filter(stands).cloned());
    in_order(next)
}

/// The conditions while a new generation or a run-now is worked on: those of before, and that.
pub fn visiting(before: &[Condition], generation: Option<i64>, now: Timestamp) -> Vec<Condition> {
    let told = Told::new(RECONCILING, Truth::True, "Visiting", "");
    let mut next = settled(before, vec![told], generation, now);
    let stands = |it: &&Condition| ![RECONCILING, STALLED].contains(&it.type_.as_str());
    next.extend(before.iter().filter(stands).cloned());
    in_order(next)
}

/// What is told, with its times: the last transition is that of `before` unless the value changed.
pub fn settled(
    before: &[Condition],
    told: Vec<Told>,
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    let conditions = told.into_iter().map(|told| {
        let status = told.truth.as_str();
        let since = find(before, told.kind)
            .filter(|old| old.status == status)
            .map_or(Time(now), |old| old.last_transition_time.clone());
        Condition {
            type_: told.kind.into(),
            status: status.into(),
            reason: told.reason.into(),
            message: told.message,
            last_transition_time: since,
            observed_generation: generation,
        }
    });
    in_order(conditions.collect())
}

/// The conditions of before with these in place of those of their types.
pub fn with(
    before: &[Condition],
    told: Vec<Told>,
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    let mut next = settled(before, told, generation, now);
    let gone = |it: &&Condition| find(&next, &it.type_).is_none();
    let kept: Vec<Condition> = before.iter().filter(gone).cloned().collect();
    next.extend(kept);
    in_order(next)
}

/// The condition of that type, if it has come up.
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|it| it.type_ == kind)
}

/// One order always, so that equal conditions compare as equal.
fn in_order(mut conditions: Vec<Condition>) -> Vec<Condition> {
    conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
    conditions
}

#[cfg(test)]
mod tests;
