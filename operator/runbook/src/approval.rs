//! What a visit does about decisions: which begin, which are void, what is under way, and what is on record.
mod answered;
mod consent;
mod history;
mod last_look;
mod others;
mod review;

pub use history::{Decision, Outcome, Past, Pending, done};
pub use last_look::last_look;
pub use others::others;

use crate::{
    effect,
    facts::{Blocked, Query},
    gate::{self, Decisions},
    ledger::{Entry, Ledger, Move, Phase},
    offer::{Offer, Terms},
    plan::{Content, PlanId},
    report::Report,
    view::View,
};
use consent::consent;
use jiff::Timestamp;
use review::{pending, reject, void};
use std::collections::{BTreeMap, BTreeSet};

/// What the object holds of decisions when a visit begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `status.ledger`.
    pub ledger: Ledger,
    /// `status.approvals`, newest first.
    pub approvals: Vec<Past>,
    /// `status.pending`.
    pub pending: Vec<Pending>,
    /// Plans that the status offered before this visit, with their end.
    pub shown: BTreeMap<PlanId, Option<Timestamp>>,
}

/// Who decides about what, under which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// What the annotations say.
    pub said: Decisions,
    /// What is on record.
    pub record: Record,
    /// Under which terms plans are offered.
    pub terms: Terms,
    /// Seconds until what a change did can be seen in logs.
    pub log_lag: i64,
}

/// What a visit comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Deciding {
    /// The record afterwards; a claim has to be won before what stands in it is sent.
    pub record: Record,
    /// What to do.
    pub to_do: Move,
    /// What is to be said beside the record, one line each.
    pub words: Vec<String>,
    /// A change is there, and its effect is being looked at.
    pub verifying: bool,
    /// Why the entry under way rests, if something of ours keeps it.
    pub held: Option<String>,
    /// Seconds until the next look at any of it; none where nothing is under way.
    pub again: Option<u32>,
}

/// Decide. `complete`: the draft of this visit had no gap, so what is not offered is void.
pub(crate) fn decide(
    hand: &Hand,
    offers: &[Offer],
    complete: bool,
    view: &View<'_>,
    report: &Report,
) -> Result<Deciding, BTreeSet<Query>> {
    let mut next = Deciding::of(hand);
    let now = view.facts.taken_at();
    if let Some(entry) = hand.record.ledger.under_way() {
        carry_on(hand, entry, view, &mut next)?;
        return Ok(next);
    }
    effects(hand, view, report, &mut next)?;
    reject(hand, offers, complete, now, &mut next);
    void(hand, offers, complete, now, &mut next);
    next.record.pending = pending(hand, &next.record, now);
    if !next.record.pending.is_empty() {
        next.again.get_or_insert(10);
    }
    if next.verifying || next.record.ledger.epoch != hand.record.ledger.epoch {
        return Ok(next);
    }
    let approved = offers
        .iter()
        .filter(|it| it.is_open() && hand.said.stands(&it.id))
        .filter(|it| hand.record.shown.contains_key(&it.id));
    if approved.clone().next().is_none() {
        return Ok(next);
    }
    let Some(intent) = gate::open(approved.clone()) else {
        let ids: Vec<&str> = approved.map(|it| it.id.as_str()).collect();
        next.words.push(format!(
            "{} touch the same place, so none is begun: take all but one away",
            ids.join(", ")
        ));
        return Ok(next);
    };
    // By the end that each was first seen with, whatever it was put off to since.
    let ends = approved.clone().filter_map(|it| {
        let seen = next.record.pending.iter().find(|known| known.id == it.id);
        seen.and_then(|known| known.expires_at)
    });
    let ends = ends.min();
    let live = approved
        .clone()
        .next()
        .and_then(|it| effect::live(&it.content.verify, view));
    let entry = Entry::begin(intent, ends, live);
    for planned in &entry.plans {
        let known = next.record.pending.iter().find(|it| it.id == planned.id);
        let past = Past::approved(&planned.id, known, &hand.said, now);
        history::push(&mut next.record.approvals, past, &hand.said);
    }
    let begun = |it: &Pending| entry.plans.iter().all(|planned| planned.id != it.id);
    next.record.pending.retain(begun);
    let begun = Ledger {
        entry: Some(entry.clone()),
        ..next.record.ledger.clone()
    };
    next.record.ledger = begun;
    carry_on(hand, &entry, view, &mut next)?;
    Ok(next)
}

/// What is under way, one move on, and nothing else.
pub(crate) fn carried_on(hand: &Hand, view: &View<'_>) -> Result<Deciding, BTreeSet<Query>> {
    let mut next = Deciding::of(hand);
    if let Some(entry) = hand.record.ledger.under_way() {
        carry_on(hand, entry, view, &mut next)?;
    }
    Ok(next)
}

impl Deciding {
    fn of(hand: &Hand) -> Self {
        let odd = |text: &String| format!("{text:?} is no plan id: copy it from status");
        Self {
            record: hand.record.clone(),
            to_do: Move::Rest(u32::MAX),
            words: hand.said.malformed.iter().map(odd).collect(),
            verifying: false,
            held: None,
            again: None,
        }
    }
}

/// What is under way, one move on.
fn carry_on(
    hand: &Hand,
    entry: &Entry,
    view: &View<'_>,
    next: &mut Deciding,
) -> Result<(), BTreeSet<Query>> {
    let now = view.facts.taken_at();
    let (owner, epoch) = (&hand.terms.owner, hand.record.ledger.epoch);
    let Some(contents) = entry.contents(owner, epoch) else {
        let why = "the record is not what its ids say: nothing is done on its word";
        let entry = Entry {
            phase: Phase::Withdrawn,
            ..entry.clone()
        };
        next.words.push(why.into());
        end(next, &entry, &[], view, now);
        return Ok(());
    };
    let consent = consent(hand, entry, &contents, now);
    match entry.advance(&contents, view.facts, &consent) {
        Err(Blocked::Ask(needs)) => return Err(needs),
        // What cannot be looked at now is looked at later.
        Err(_) => {
            next.to_do = Move::Rest(10);
            next.again = Some(10);
        }
        Ok(Move::Record(entry, why)) => {
            if !why.is_empty() {
                next.words.push(why.clone());
            }
            if entry.ended() {
                end(next, &entry, &contents, view, now);
            } else {
                next.record.ledger.entry = Some((*entry).clone());
            }
            next.again = Some(0);
            next.to_do = Move::Record(entry, why);
        }
        Ok(Move::Send(entry, ticket)) => {
            next.record.ledger.entry = Some((*entry).clone());
            next.to_do = Move::Send(entry, ticket);
        }
        Ok(rest) => {
            if let consent::Consent::Held(why) = consent {
                next.held = Some(why);
            }
            if let Move::Rest(seconds) = rest {
                next.again = Some(seconds);
            }
            next.to_do = rest;
        }
    }
    Ok(())
}

/// The entry is over: outcome by id, and the epoch, in one write.
fn end(next: &mut Deciding, entry: &Entry, contents: &[Content], view: &View<'_>, now: Timestamp) {
    let correlation_id = entry.correlation_id();
    for planned in &entry.plans {
        let own = contents.iter().find(|it| it.id() == planned.id);
        let outcome = match (entry.phase, own) {
            (Phase::Settled, Some(own)) if own.is_undo() => Outcome::RolledBack,
            (Phase::Settled, _) => Outcome::Settled,
            // What is there is there, whatever became of the rest.
            (Phase::Drifted | Phase::Withdrawn | Phase::Expired, Some(own))
                if entry.may_be_accepted() && is_there(own, view) =>
            {
                Outcome::Settled
            }
            (Phase::Failed, Some(own)) if is_there(own, view) => {
                answered::of_failed(entry, contents, own)
            }
            (phase, _) => Outcome::of(phase),
        };
        history::finish(
            &mut next.record.approvals,
            planned,
            outcome,
            &correlation_id,
            now,
        );
    }
    let phase = match (entry.phase, contents.iter().all(Content::is_undo)) {
        (Phase::Settled, true) if !contents.is_empty() => Phase::RolledBack,
        (phase, _) => phase,
    };
    next.record.ledger = Ledger {
        epoch: next.record.ledger.epoch + 1,
        entry: Some(Entry {
            phase,
            ..entry.clone()
        }),
    };
    history::chain(&mut next.record.approvals);
    if matches!(next.to_do, Move::Rest(_)) {
        next.to_do = Move::Record(Box::new(entry.clone()), String::new());
    }
}

fn is_there(content: &Content, view: &View<'_>) -> bool {
    use crate::plan::{Standing, standing};
    content
        .changes
        .iter()
        .all(|it| standing(it, view.facts) == Ok(Standing::After))
}

/// Whether what was changed last helped.
fn effects(
    hand: &Hand,
    view: &View<'_>,
    report: &Report,
    next: &mut Deciding,
) -> Result<(), BTreeSet<Query>> {
    let Some(entry) = &hand.record.ledger.entry else {
        return Ok(());
    };
    for planned in &entry.plans {
        let past = next.record.approvals.iter_mut().find(|it| {
            it.id == planned.id
                && it.effect.is_none()
                && matches!(it.outcome, Some(Outcome::Settled | Outcome::RolledBack))
        });
        let Some((past, content)) = past.zip(Content::read(&planned.content)) else {
            continue;
        };
        let seen = effect::judge(&content, entry, past.ended_at, hand.log_lag, view, report);
        match seen {
            Err(Blocked::Ask(needs)) => return Err(needs),
            Ok(Some(effect)) => past.effect = Some(effect),
            Err(_) | Ok(None) => {
                let soon = effect::earliest(&content.verify, past.ended_at, view.facts.taken_at());
                next.again = Some(next.again.map_or(soon, |known| known.min(soon)));
                next.verifying = true;
            }
        }
    }
    Ok(())
}
