//! What people said that begins nothing: a no, and approvals that are void or wait.
use super::{Deciding, Hand, Outcome, Past, Pending, Record, done, history};
use crate::{gate::Decisions, offer::Offer};
use jiff::Timestamp;

/// Plans that a person said no to.
pub(super) fn reject(
    hand: &Hand,
    offers: &[Offer],
    complete: bool,
    now: Timestamp,
    next: &mut Deciding,
) {
    for id in &hand.said.reject {
        if next.record.approvals.iter().any(|it| it.id == *id) {
            continue;
        }
        let offered = offers.iter().any(|it| it.id == *id);
        if offered || hand.record.shown.contains_key(id) {
            let past = Past::rejected(id, &hand.said, now);
            history::push(&mut next.record.approvals, past, &hand.said);
        } else if complete {
            let past = Past::rejected(id, &hand.said, now);
            stale(next, past, &hand.said, now, Outcome::Stale);
        }
    }
}

/// Approvals that name nothing that is on offer, came too late, or came while nobody guarded them.
pub(super) fn void(
    hand: &Hand,
    offers: &[Offer],
    complete: bool,
    now: Timestamp,
    next: &mut Deciding,
) {
    for id in &hand.said.approve {
        if !hand.said.stands(id) || done(&next.record.approvals, id) {
            continue;
        }
        let offer = offers.iter().find(|it| it.id == *id);
        let unguarded = hand.terms.guard.is_err();
        let known = next.record.pending.iter().find(|it| it.id == *id);
        let end = known
            .and_then(|it| it.expires_at)
            .or_else(|| *hand.record.shown.get(id)?);
        let late = end.is_some_and(|end| end <= now);
        let outcome = match offer {
            _ if late => Outcome::Expired,
            _ if unguarded => Outcome::Stale,
            None if complete && !next.verifying => Outcome::Stale,
            _ => continue,
        };
        let known = next.record.pending.iter().find(|it| it.id == *id);
        let past = Past::approved(id, known, &hand.said, now);
        stale(next, past, &hand.said, now, outcome);
    }
}

/// A decision that comes to nothing.
fn stale(next: &mut Deciding, past: Past, said: &Decisions, now: Timestamp, outcome: Outcome) {
    next.words.push(format!("{}: {}", past.id, outcome.words()));
    let past = Past {
        outcome: Some(outcome),
        ended_at: Some(now),
        ..past
    };
    history::push(&mut next.record.approvals, past, said);
    // A new offer gets a new id: no dead approval comes alive when facts come back.
    next.record.ledger.epoch = next.record.ledger.epoch.saturating_add(1);
}

/// Approvals seen, and neither begun nor over.
pub(super) fn pending(hand: &Hand, record: &Record, now: Timestamp) -> Vec<Pending> {
    let open = hand
        .said
        .approve
        .iter()
        .filter(|id| hand.said.stands(id) && !done(&record.approvals, id));
    open.map(|id| {
        let known = hand.record.pending.iter().find(|it| it.id == *id);
        let end = hand.record.shown.get(id).copied().flatten();
        match known {
            Some(known) => Pending {
                expires_at: known.expires_at.or(end),
                ..known.clone()
            },
            None => Pending {
                id: id.clone(),
                by: hand.said.approved_by.clone(),
                at: Some(now),
                reason: hand.said.reason.clone(),
                expires_at: end,
            },
        }
    })
    .collect()
}
