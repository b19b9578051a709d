//! Decisions as the API shows them, and back: annotations, `status.pending[]`, `status.approvals[]`.
use super::{ledger, text::fit};
use appgw_crds::{
    AppGatewayDiagnosis, AppGatewayDiagnosisStatus, Decided, Decision as Word, Effect as Did,
    Outcome as End, Pending as Open, Phase, PlanState, limits,
};
use appgw_runbook::{
    approval::{Decision, Outcome, Past, Pending, Record},
    effect::Effect,
    gate::Decisions,
    plan::PlanId,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt as _;
use std::collections::BTreeMap;

/// Annotation: ids of plans, separated by commas.
pub const APPROVE: &str = "appgwdiag.dev/approve";
/// Annotation: who approved; the admission policy sees to it that it is the caller.
pub const APPROVED_BY: &str = "appgwdiag.dev/approved-by";
/// Annotation: ids of plans that are not to be carried out.
pub const REJECT: &str = "appgwdiag.dev/reject";
/// Annotation: who rejected.
pub const REJECTED_BY: &str = "appgwdiag.dev/rejected-by";
/// Annotation: why.
pub const REASON: &str = "appgwdiag.dev/reason";
/// Annotation: the id of the plan whose way back is asked for.
pub const ROLLBACK: &str = "appgwdiag.dev/rollback";
/// How long a plan can be approved where `spec.approval.expiresAfter` does not say.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What the annotations say.
pub fn decisions(cr: &AppGatewayDiagnosis) -> Decisions {
    let said = |name: &str| cr.annotations().get(name).map_or("", String::as_str);
    let mut malformed = Vec::new();
    let mut ids = |name: &str| {
        let all = said(name)
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty());
        let mut ids = Vec::new();
        for id in all {
            if is_plan_id(id) && ids.len() < limits::PENDING {
                ids.push(PlanId::typed(id));
            } else {
                malformed.push(fit(id, limits::ID));
            }
        }
        ids
    };
    let (approve, reject) = (ids(APPROVE), ids(REJECT));
    malformed.truncate(3);
    Decisions {
        approve,
        reject,
        approved_by: fit(said(APPROVED_BY), limits::USER),
        rejected_by: fit(said(REJECTED_BY), limits::USER),
        reason: fit(said(REASON), limits::REASON),
        rollback: Some(said(ROLLBACK).trim())
            .filter(|it| is_plan_id(it))
            .map(PlanId::typed),
        malformed,
    }
}

/// Method and 32 digits of lower-case hex, and nothing else.
fn is_plan_id(text: &str) -> bool {
    let Some((method, hex)) = text.rsplit_once('-') else {
        return false;
    };
    let known = appgw_runbook::resolutions::find(method.strip_suffix(".undo").unwrap_or(method));
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    hex.len() == 32 && hex.chars().all(digit) && known.is_some_and(|it| method.starts_with(it.id))
}

/// When a plan that is drafted now can be approved until.
pub fn expiry(cr: &AppGatewayDiagnosis, now: Timestamp) -> Timestamp {
    let after = cr.spec.approval.expires_after.as_deref();
    let after = after.and_then(appgw_crds::duration);
    let after = after.and_then(|it| SignedDuration::try_from(it).ok());
    let end = now.saturating_add(after.unwrap_or(EXPIRES_AFTER));
    end.unwrap_or(Timestamp::MAX)
}

/// What the status holds of decisions.
pub fn record(status: &AppGatewayDiagnosisStatus) -> Record {
    let shown = status.plans.iter().filter(|it| {
        matches!(
            it.state,
            PlanState::AwaitingApproval | PlanState::Rejected | PlanState::Applying
        )
    });
    let shown: BTreeMap<PlanId, Option<Timestamp>> = shown
        .map(|it| (PlanId::typed(&it.id), it.expires_at.as_ref().map(|at| at.0)))
        .collect();
    Record {
        ledger: ledger::read(&status.ledger),
        approvals: status.approvals.iter().map(past).collect(),
        pending: status.pending.iter().map(pending).collect(),
        shown,
    }
}

/// The status with this record, and nothing else of it changed.
pub fn with_record(
    before: &AppGatewayDiagnosisStatus,
    record: &Record,
) -> AppGatewayDiagnosisStatus {
    let mut next = before.clone();
    show(record, &mut next);
    next
}

/// Whether something is approved and not over.
pub fn is_under_way(status: &AppGatewayDiagnosisStatus) -> bool {
    let open = |it: &appgw_crds::Entry| matches!(it.phase, Phase::Intended | Phase::Sent);
    status.ledger.entry.as_ref().is_some_and(open)
}

/// The record as the status shows it.
pub(super) fn show(record: &Record, status: &mut AppGatewayDiagnosisStatus) {
    status.approvals = record.approvals.iter().map(decided).collect();
    status.pending = record.pending.iter().map(open).collect();
    status.ledger = ledger::show(&record.ledger);
}

fn time(at: Option<Timestamp>) -> Option<Time> {
    at.map(super::shown::seconds)
}

fn past(it: &Decided) -> Past {
    // In full, so that a new part cannot be forgotten here.
    let Decided {
        id,
        decision,
        by,
        at,
        reason,
        outcome,
        effect,
        ended_at,
        correlation_id,
        prev,
    } = it;
    Past {
        id: PlanId::typed(id),
        decision: match decision {
            Word::Approved => Decision::Approved,
            Word::Rejected => Decision::Rejected,
        },
        by: by.clone(),
        at: at.as_ref().map(|at| at.0),
        reason: reason.clone(),
        outcome: outcome.map(|it| match it {
            End::Settled => Outcome::Settled,
            End::Drifted => Outcome::Drifted,
            End::Failed => Outcome::Failed,
            End::Expired => Outcome::Expired,
            End::Rejected => Outcome::Rejected,
            End::Withdrawn => Outcome::Withdrawn,
            End::Stale => Outcome::Stale,
            End::RolledBack => Outcome::RolledBack,
        }),
        effect: effect.map(|it| match it {
            Did::Resolved => Effect::Resolved,
            Did::NotEffective => Effect::NotEffective,
            Did::Worse => Effect::Worse,
            Did::CannotTell => Effect::CannotTell,
        }),
        ended_at: ended_at.as_ref().map(|at| at.0),
        correlation_id: correlation_id.clone(),
        prev: prev.clone(),
    }
}

fn decided(it: &Past) -> Decided {
    let Past {
        id,
        decision,
        by,
        at,
        reason,
        outcome,
        effect,
        ended_at,
        correlation_id,
        prev,
    } = it;
    Decided {
        id: id.to_string(),
        decision: match decision {
            Decision::Approved => Word::Approved,
            Decision::Rejected => Word::Rejected,
        },
        by: fit(by, limits::USER),
        at: time(*at),
        reason: fit(reason, limits::REASON),
        outcome: outcome.map(self::outcome),
        effect: effect.map(self::effect),
        ended_at: time(*ended_at),
        correlation_id: fit(correlation_id, limits::ID),
        prev: fit(prev, limits::ID),
    }
}

pub(super) const fn outcome(it: Outcome) -> End {
    match it {
        Outcome::Settled => End::Settled,
        Outcome::Drifted => End::Drifted,
        Outcome::Failed => End::Failed,
        Outcome::Expired => End::Expired,
        Outcome::Rejected => End::Rejected,
        Outcome::Withdrawn => End::Withdrawn,
        Outcome::Stale => End::Stale,
        Outcome::RolledBack => End::RolledBack,
    }
}

pub(super) const fn effect(it: Effect) -> Did {
    match it {
        Effect::Resolved => Did::Resolved,
        Effect::NotEffective => Did::NotEffective,
        Effect::Worse => Did::Worse,
        Effect::CannotTell => Did::CannotTell,
    }
}

fn pending(it: &Open) -> Pending {
    let Open {
        id,
        by,
        at,
        reason,
        expires_at,
    } = it;
    Pending {
        id: PlanId::typed(id),
        by: by.clone(),
        at: at.as_ref().map(|at| at.0),
        reason: reason.clone(),
        expires_at: expires_at.as_ref().map(|at| at.0),
    }
}

fn open(it: &Pending) -> Open {
    let Pending {
        id,
        by,
        at,
        reason,
        expires_at,
    } = it;
    Open {
        id: id.to_string(),
        by: fit(by, limits::USER),
        at: time(*at),
        reason: fit(reason, limits::REASON),
        expires_at: time(*expires_at),
    }
}
