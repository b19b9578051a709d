//! Decisions and what became of them, chained by hash.
use crate::{
    effect::Effect,
    gate::Decisions,
    ledger::{Phase, Planned},
    plan::{PlanId, digest},
};
use jiff::Timestamp;

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Decision {
    Approved,
    Rejected,
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Outcome {
    Settled,
    Drifted,
    Failed,
    Expired,
    Rejected,
    Withdrawn,
    Stale,
    RolledBack,
}

impl Outcome {
    /// Of an entry that ended.
    pub(super) fn of(phase: Phase) -> Self {
        match phase {
            Phase::Settled => Self::Settled,
            Phase::Drifted => Self::Drifted,
            Phase::Failed => Self::Failed,
            Phase::Expired => Self::Expired,
            Phase::RolledBack => Self::RolledBack,
            Phase::Withdrawn | Phase::Intended | Phase::Sent => Self::Withdrawn,
        }
    }
    /// As in `status.approvals[].outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "Settled",
            Self::Drifted => "Drifted",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
            Self::Rejected => "Rejected",
            Self::Withdrawn => "Withdrawn",
            Self::Stale => "Stale",
            Self::RolledBack => "RolledBack",
        }
    }
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Expired => "the approval came, or was begun, too late",
            _ => "no plan with this id is on offer",
        }
    }
}

/// A decision on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The plan.
    pub id: PlanId,
    /// Yes or no.
    pub decision: Decision,
    /// Whose.
    pub by: String,
    /// When it was first seen.
    pub at: Option<Timestamp>,
    /// The reason given.
    pub reason: String,
    /// How it ended; none while it has not.
    pub outcome: Option<Outcome>,
    /// What the change did to the fault.
    pub effect: Option<Effect>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Client request id of the change.
    pub correlation_id: String,
    /// SHA-256 of the decision before this one.
    pub prev: String,
}

/// An approval seen, and neither begun nor over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The plan.
    pub id: PlanId,
    /// Whose.
    pub by: String,
    /// When it was first seen.
    pub at: Option<Timestamp>,
    /// The reason given.
    pub reason: String,
    /// Until when it must be begun.
    pub expires_at: Option<Timestamp>,
}

impl Past {
    pub(super) fn approved(
        id: &PlanId,
        known: Option<&Pending>,
        said: &Decisions,
        now: Timestamp,
    ) -> Self {
        Self {
            id: id.clone(),
            decision: Decision::Approved,
            by: known.map_or_else(|| said.approved_by.clone(), |it| it.by.clone()),
            at: known.map_or(Some(now), |it| it.at),
            reason: known.map_or_else(|| said.reason.clone(), |it| it.reason.clone()),
            outcome: None,
            effect: None,
            ended_at: None,
            correlation_id: String::new(),
            prev: String::new(),
        }
    }
    pub(super) fn rejected(id: &PlanId, said: &Decisions, now: Timestamp) -> Self {
        Self {
            decision: Decision::Rejected,
            by: said.rejected_by.clone(),
            outcome: Some(Outcome::Rejected),
            ended_at: Some(now),
            ..Self::approved(id, None, said, now)
        }
    }
    /// What the next decision is chained to.
    fn digest(&self) -> String {
        let outcome = self.outcome.map_or("", Outcome::as_str);
        let at = self.at.map_or(String::new(), |at| at.to_string());
        let decision = format!("{:?}", self.decision);
        let parts: [&str; 7] = [
            self.id.as_str(),
            &decision,
            &self.by,
            &at,
            &self.reason,
            outcome,
            &self.prev,
        ];
        // Lengths in front: no two decisions read alike.
        let text: Vec<String> = parts
            .iter()
            .map(|it| format!("{}:{it}", it.len()))
            .collect();
        digest(&text.join(""))
    }
}

/// The decision on this id is over for good: it can neither begin nor block another.
pub fn done(approvals: &[Past], id: &PlanId) -> bool {
    let over = |it: &Past| it.outcome.is_some_and(|it| it != Outcome::Rejected);
    approvals.iter().any(|it| it.id == *id && over(it))
}

/// One more decision in front of the others.
pub(super) fn push(approvals: &mut Vec<Past>, past: Past, said: &Decisions) {
    approvals.insert(0, past);
    tidy(approvals, said);
}

/// The end of an approval that is on record, or put there now.
pub(super) fn finish(
    approvals: &mut Vec<Past>,
    planned: &Planned,
    outcome: Outcome,
    correlation_id: &str,
    now: Timestamp,
) {
    let open = approvals.iter().position(|it| {
        it.id == planned.id && it.decision == Decision::Approved && it.outcome.is_none()
    });
    let at = open.unwrap_or_else(|| {
        let said = Decisions::default();
        approvals.insert(0, Past::approved(&planned.id, None, &said, now));
        0
    });
    if let Some(past) = approvals.get_mut(at) {
        past.outcome = Some(outcome);
        past.ended_at = Some(now);
        correlation_id.clone_into(&mut past.correlation_id);
    }
}

/// Decisions kept.
const KEPT: usize = 20;

/// The oldest beyond the number kept are dropped, but none that an annotation still names: dropped, it would be
/// taken for a new one.
pub(super) fn tidy(approvals: &mut Vec<Past>, said: &Decisions) {
    let named = |it: &Past| said.approve.contains(&it.id) || said.reject.contains(&it.id);
    while approvals.len() > KEPT {
        let Some(oldest) = approvals.iter().rposition(|it| !named(it)) else {
            break;
        };
        approvals.remove(oldest);
    }
    chain(approvals);
}

/// Each is chained to the one before it, from the oldest on.
pub(super) fn chain(approvals: &mut [Past]) {
    let mut prev = approvals.last().map_or(String::new(), |it| it.prev.clone());
    for past in approvals.iter_mut().rev() {
        past.prev.clone_from(&prev);
        prev = past.digest();
    }
}
