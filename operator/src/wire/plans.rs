//! Plans as the status shows them.
use super::{
    shown::seconds,
    text::{fit, fit_lines},
    words,
};
use appgw_crds::{Fix, Plan, PlanState, Risk, Withheld, limits};
use appgw_runbook::{
    approval::{Deciding, Outcome},
    draft::{Reason, Risk as Danger},
    effect::Effect,
    offer::Offer,
    resolutions::Reach,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How long each plan can be approved: rewritten when half of the time is over.
pub(super) struct Ends<'a> {
    pub(super) before: &'a BTreeMap<String, Timestamp>,
    pub(super) now: Timestamp,
    pub(super) fresh: Timestamp,
}

impl Ends<'_> {
    fn of(&self, id: &str) -> Timestamp {
        let half = self.fresh.duration_since(self.now) / 2;
        let known = self.before.get(id).copied();
        let lasts = known.filter(|end| end.duration_since(self.now) > half);
        lasts.unwrap_or(self.fresh)
    }
}

pub(super) fn plans(offers: &[Offer], deciding: Option<&Deciding>, ends: &Ends<'_>) -> Vec<Plan> {
    let under_way = deciding.and_then(|it| it.record.ledger.under_way());
    let mut all = Vec::new();
    let mut room = CONTENTS;
    // What is under way is shown by what is on record of it.
    for offer in offers.iter().take(limits::PLANS) {
        let rejected = deciding.is_some_and(|it| {
            let said = it.record.approvals.iter().find(|past| past.id == offer.id);
            said.is_some_and(|past| past.outcome == Some(Outcome::Rejected))
        });
        let applying = under_way.is_some_and(|it| it.plans.iter().any(|p| p.id == offer.id));
        let state = match (offer.reach, &offer.withheld) {
            (Reach::Guided, _) => PlanState::AdviceOnly,
            _ if applying => PlanState::Applying,
            (Reach::Executable, Some(_)) => PlanState::Withheld,
            (Reach::Executable, None) if rejected => PlanState::Rejected,
            (Reach::Executable, None) => PlanState::AwaitingApproval,
        };
        // What only the mode holds back is shown whole as well, as far as there is room.
        let open = match state {
            PlanState::AwaitingApproval | PlanState::Rejected | PlanState::Applying => true,
            PlanState::Withheld => is_by_mode(offer) && offer.content.text().len() <= room,
            PlanState::AdviceOnly | PlanState::Verifying => false,
        };
        if open {
            room = room.saturating_sub(offer.content.text().len());
        }
        all.push(plan(offer, state, open, ends));
    }
    all
}

/// Bytes of all contents that are shown.
const CONTENTS: usize = 10_240;

/// Held back by what may be done here, and not by what it is.
fn is_by_mode(offer: &Offer) -> bool {
    use Reason::{
        GuardMissing, LetterNotAllowed, OtherChangeUnderWay, Paused, ReadOnlyMode, WritesOff,
    };
    let modes = [
        GuardMissing,
        LetterNotAllowed,
        OtherChangeUnderWay,
        Paused,
        ReadOnlyMode,
        WritesOff,
    ];
    offer
        .withheld
        .as_ref()
        .is_some_and(|(it, _)| modes.contains(it))
}

fn plan(offer: &Offer, state: PlanState, open: bool, ends: &Ends<'_>) -> Plan {
    // In full, so that a new part cannot be forgotten here.
    let Offer {
        id,
        content,
        letter: _,
        reach: _,
        title,
        withheld,
        changes,
        effects,
        checks,
        verify,
        undo,
        risk,
        az,
    } = offer;
    // What can be approved was measured before it was offered, so that nothing of it is cut here.
    let (long, many) = if open {
        (limits::TEXT, limits::SHORT_LIST)
    } else {
        (200, 5)
    };
    let lines = |texts: &[String]| fit_lines(texts, many, long.min(limits::LINE));
    let wide = |texts: &[String]| fit_lines(texts, many, long);
    let text = content.text();
    Plan {
        id: id.to_string(),
        state,
        title: fit(title, limits::LINE),
        withheld: withheld
            .as_ref()
            .filter(|_| state == PlanState::Withheld)
            .map(|(reason, message)| Withheld {
                reason: words::reason(*reason),
                message: fit(message, 400),
            }),
        changes: wide(changes),
        effects: lines(effects),
        checks: lines(checks),
        verify: if content.changes.is_empty() {
            vec![]
        } else {
            lines(verify)
        },
        undo: wide(undo),
        risk: (!content.changes.is_empty()).then_some(match risk {
            Danger::Low => Risk::Low,
            Danger::Medium => Risk::Medium,
            Danger::High => Risk::High,
        }),
        // Nobody approves what is withheld by its content, so that need not take the room.
        content: if open { text } else { String::new() },
        az: if content.changes.is_empty() {
            vec![]
        } else {
            fit_lines(az, many, if open { 2_000 } else { 400 })
        },
        expires_at: (state == PlanState::AwaitingApproval || state == PlanState::Rejected)
            .then(|| seconds(ends.of(id.as_str()))),
    }
}

/// Where the repair stands: of what is under way, else of what ended last in this fault, else of what is offered.
pub(super) fn fix(plans: &[Plan], deciding: Option<&Deciding>) -> Fix {
    let first = plans.first().map(|it| it.state);
    let offered = match first {
        None => Fix::None,
        Some(PlanState::AwaitingApproval) => Fix::AwaitingApproval,
        Some(PlanState::Rejected) => Fix::Rejected,
        Some(PlanState::Applying) => Fix::Applying,
        Some(PlanState::Verifying) => Fix::Verifying,
        Some(PlanState::AdviceOnly) => Fix::AdviceOnly,
        Some(PlanState::Withheld) => Fix::Withheld,
    };
    let Some(deciding) = deciding else {
        return offered;
    };
    if deciding.record.ledger.under_way().is_some() {
        return Fix::Applying;
    }
    if deciding.verifying {
        return Fix::Verifying;
    }
    let Some(last) = deciding.record.approvals.first() else {
        return offered;
    };
    match (last.outcome, last.effect) {
        (Some(Outcome::RolledBack), _) => Fix::RolledBack,
        // A fault that is there after one was resolved is another fault.
        (_, Some(Effect::Resolved | Effect::CannotTell)) if offered == Fix::AwaitingApproval => {
            offered
        }
        (_, Some(Effect::Resolved)) => Fix::Resolved,
        (_, Some(Effect::NotEffective)) => Fix::NotEffective,
        (_, Some(Effect::Worse)) => Fix::Worse,
        (_, Some(Effect::CannotTell)) => Fix::CannotTell,
        (Some(Outcome::Drifted), None) if offered != Fix::AwaitingApproval => Fix::Drifted,
        (Some(Outcome::Failed), None) if offered != Fix::AwaitingApproval => Fix::Failed,
        _ => offered,
    }
}

/// Lines of the summary: the first plans, with what to type next.
pub(super) fn summary(plans: &[Plan], object: Option<(&str, &str)>) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = |it: &&Plan| it.state != PlanState::Withheld || !it.content.is_empty();
    for plan in plans.iter().filter(shown).take(3) {
        lines.push(String::new());
        let risk = plan
            .risk
            .map_or(String::new(), |it| format!("  {} risk", it.as_str()));
        let undo = if plan.undo.is_empty() {
            ""
        } else {
            ", can be undone"
        };
        let (head, tail) = match plan.state {
            PlanState::AdviceOnly => ("ADVICE", format!("{}: {}", method(&plan.id), plan.title)),
            PlanState::Applying => ("APPLYING", plan.id.clone()),
            _ => {
                let held = plan.withheld.as_ref();
                let held = held.map_or(String::new(), |it| format!("  ({})", it.reason.as_str()));
                ("PLAN", format!("{}{risk}{undo}{held}", plan.id))
            }
        };
        lines.push(format!("{head:<5} {tail}"));
        lines.extend(plan.changes.iter().take(6).map(|it| format!("      {it}")));
        if plan.changes.len() > 6 {
            lines.push(format!("      … and {} more", plan.changes.len() - 6));
        }
        if plan.state == PlanState::AdviceOnly {
            lines.extend(plan.effects.iter().take(4).map(|it| format!("      {it}")));
        }
        if let (PlanState::AwaitingApproval, Some((namespace, name))) = (plan.state, object) {
            let short = plan
                .id
                .get(..plan.id.len().saturating_sub(24))
                .unwrap_or(&plan.id);
            lines.push(format!(
                "      review   kubectl appgw plan {name} -n {namespace}"
            ));
            lines.push(format!(
                "      approve  kubectl appgw approve {name} {short} -n {namespace}"
            ));
        }
    }
    let held: Vec<String> = plans
        .iter()
        .filter(|it| it.state == PlanState::Withheld && it.content.is_empty())
        .filter_map(|it| {
            let reason = it.withheld.as_ref()?.reason;
            Some(format!("{} {}", method(&it.id), reason.as_str()))
        })
        .collect();
    if !held.is_empty() {
        lines.push(String::new());
        lines.push(format!("WITHHELD {}", held.join(", ")));
    }
    lines
}

fn method(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(method, _)| method)
}
