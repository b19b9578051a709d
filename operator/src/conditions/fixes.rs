//! The conditions of plans and of what became of them.
use super::{APPLIED, APPROVAL_GUARD, FIX_READY, RESOLVED, Told, Truth};
use crate::guard::Stand;
use appgw_crds::{Entry, Fix, Phase, Plan, PlanState};

/// What there is to tell of plans.
pub struct Fixes<'a> {
    /// The plans as shown.
    pub plans: &'a [Plan],
    /// The entry under way, or the last.
    pub entry: Option<&'a Entry>,
    /// Where the repair stands.
    pub fix: Fix,
    /// What is to be said beside it, one line.
    pub words: &'a str,
    /// How the guard stands, where approvals are possible at all.
    pub guard: Option<&'a Stand>,
}

/// One condition each, where it has come up.
pub fn told(fixes: &Fixes<'_>) -> Vec<Told> {
    let mut told = vec![ready(fixes)];
    told.extend(applied(fixes));
    told.extend(resolved(fixes));
    told.extend(fixes.guard.map(guarded));
    told
}

fn ready(fixes: &Fixes<'_>) -> Told {
    let first = fixes.plans.first();
    let of = |it: &Plan| match &it.withheld {
        Some(withheld) => format!("{}: {}", it.title, withheld.message),
        None => it.title.clone(),
    };
    let message = match fixes.words {
        "" => first.map_or(String::new(), of),
        words => words.to_owned(),
    };
    let (truth, reason) = match first.map(|it| it.state) {
        Some(PlanState::AwaitingApproval) => (Truth::True, "AwaitingApproval"),
        Some(PlanState::Rejected) => (Truth::False, "Rejected"),
        Some(PlanState::AdviceOnly) => (Truth::False, "AdviceOnly"),
        Some(PlanState::Applying | PlanState::Verifying) => (Truth::False, "UnderWay"),
        Some(PlanState::Withheld) => (Truth::False, "AllWithheld"),
        None => (Truth::False, "NothingToFix"),
    };
    Told::new(FIX_READY, truth, reason, &message)
}

fn applied(fixes: &Fixes<'_>) -> Option<Told> {
    let entry = fixes.entry?;
    let ids: Vec<&str> = entry.plans.iter().map(|it| it.id.as_str()).collect();
    let said = entry.sends.last().map_or("", |it| it.said.as_str());
    let why = match (fixes.words, said) {
        ("", said) => said,
        (words, _) => words,
    };
    let message = match why {
        "" => ids.join(", "),
        why => format!("{}: {why}", ids.join(", ")),
    };
    let (truth, reason) = match entry.phase {
        Phase::Intended | Phase::Sent => (Truth::Unknown, "InProgress"),
        Phase::Settled => (Truth::True, "Settled"),
        Phase::RolledBack => (Truth::True, "RolledBack"),
        Phase::Drifted => (Truth::False, "Drifted"),
        Phase::Failed => (Truth::False, "Failed"),
        Phase::Withdrawn => (Truth::False, "Withdrawn"),
        Phase::Expired => (Truth::False, "Expired"),
    };
    Some(Told::new(APPLIED, truth, reason, &message))
}

fn resolved(fixes: &Fixes<'_>) -> Option<Told> {
    let (truth, reason) = match fixes.fix {
        Fix::Verifying => (Truth::Unknown, "Verifying"),
        Fix::Resolved => (Truth::True, "Verified"),
        Fix::NotEffective => (Truth::False, "NotEffective"),
        Fix::Worse => (Truth::False, "Worse"),
        Fix::CannotTell => (Truth::Unknown, "CannotTell"),
        _ => return None,
    };
    Some(Told::new(RESOLVED, truth, reason, ""))
}

fn guarded(stand: &Stand) -> Told {
    let (truth, reason, message) = match stand {
        Stand::Enforced(_) => (Truth::True, "PolicyEnforced", ""),
        Stand::NotRequired => (
            Truth::Unknown,
            "NotRequired",
            "the installation writes without a guard (writes.requireGuard is off)",
        ),
        Stand::Settling(_, why) => (Truth::Unknown, "NotEnforced", why.as_str()),
        Stand::Missing(why) => (Truth::False, "PolicyMissing", why.as_str()),
        Stand::Changed(why) => (Truth::False, "PolicyChanged", why.as_str()),
        Stand::NotEnforced(why) => (Truth::False, "NotEnforced", why.as_str()),
    };
    Told::new(APPROVAL_GUARD, truth, reason, message)
}
