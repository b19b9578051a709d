//! One visit, thought through: everything the operator decides, it decides here.
use crate::{
    approval::{Deciding, Hand, Outcome, carried_on, decide},
    effect::Effect,
    facts::{Blocked, Facts, Gap, Query},
    id::GATEWAY_KIND,
    offer::{Offer, Terms, offers, undo_of},
    plan::{Content, PlanId},
    report::{Report, Verdict},
    steps,
    verdict::report,
    view::View,
    walk::{Walk, walk},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Who comes: what is remembered from earlier visits, and the limits this one obeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Which look at back-end health this is, from 1. More than one only within the wait of row 1b.3.
    pub look: u32,
    /// Since when the verdict has been `WaitingForAzure`, if it is.
    pub waiting_since: Option<Timestamp>,
    /// How long Starting, Stopping or a creation may go on before that is a finding (row 1a.3).
    pub transition_limit: SignedDuration,
    /// What was decided by people, and under which terms; none without a cluster.
    pub hand: Option<Box<Hand>>,
}

/// How often back-end health may be Unknown before that is a finding: the article's wait, with an end.
pub const LOOKS: u32 = 3;

/// Where thinking stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Thought {
    /// Find these out and think again; what is under way and no longer listed is not needed any more.
    Needs(BTreeSet<Query>),
    /// Nothing left to decide.
    Decided(Box<Visit>),
}

/// When to come again if nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At the usual interval.
    Interval,
    /// Soon: the gateway is starting, stopping or being created (the article says one to two minutes).
    Transition,
    /// Soon: back-end health is Unknown (two looks more, three minutes apart).
    Unknown,
    /// After what Azure asked for, in seconds, or a short while.
    Throttled(Option<u64>),
}

/// The outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// What we found.
    pub report: Report,
    /// How often back-end health was asked in the wait of 1b.3; 1 where health is known.
    pub looks: u32,
    /// When to come again.
    pub again: Again,
    /// Why the gateway could not be read at all, if it could not: for the condition `AzureReachable`.
    pub unreachable: Option<Gap>,
    /// Plans, those that can be approved first.
    pub offers: Vec<Offer>,
    /// What is done about decisions; none without a cluster, and where nothing was looked at.
    pub deciding: Option<Box<Deciding>>,
}

/// Pure: same visitor, same facts, same thought.
pub fn think(visitor: &Visitor, facts: &Facts) -> Thought {
    if let Some(refused) = refuse(facts) {
        return Thought::Decided(Box::new(refused));
    }
    let view = View::new(facts, visitor);
    let walk = walk(&view);
    let mut needs = walk.needs.clone();
    needs.extend(early(&view));
    if !needs.is_empty() {
        return Thought::Needs(needs);
    }
    let report = report(&view, &walk);
    let (offers, deciding) = match resolve(visitor, &view, &walk, &report) {
        Ok(resolved) => resolved,
        Err(needs) => return Thought::Needs(needs),
    };
    let unknown = walk
        .obstacles()
        .any(|(row, b)| row == "1b.3" && matches!(b, Blocked::Wait(_)));
    let looking = walk.seen.get("1b.3").into_iter().flatten();
    let counts = looking.into_iter().any(|(_, seen)| *seen != Ok(vec![]));
    let unreachable = view.unreachable();
    let again = match (&unreachable, report.verdict, passing(&walk)) {
        (Some(Gap::Throttled { retry_after }), ..) => Again::Throttled(*retry_after),
        (None, _, Some(throttled)) => throttled,
        _ if unknown => Again::Unknown,
        (_, Verdict::WaitingForAzure, _) => Again::Transition,
        _ => Again::Interval,
    };
    Thought::Decided(Box::new(Visit {
        looks: if counts { visitor.look } else { 1 },
        report,
        again,
        unreachable,
        offers,
        deciding,
    }))
}

/// What is under way, one move on, without a diagnosis: the documents and the operation of the change are
/// looked at and nothing else. `Err`: find these out and follow again.
pub fn follow(visitor: &Visitor, facts: &Facts) -> Result<Option<Deciding>, BTreeSet<Query>> {
    let view = View::new(facts, visitor);
    let under_way = visitor.hand.as_deref();
    let under_way = under_way.filter(|hand| hand.record.ledger.under_way().is_some());
    under_way.map(|hand| carried_on(hand, &view)).transpose()
}

type Resolved = (Vec<Offer>, Option<Box<Deciding>>);

/// Plans for what was found, and what is done about those that people decided on.
fn resolve(
    visitor: &Visitor,
    view: &View<'_>,
    walk: &Walk,
    report: &Report,
) -> Result<Resolved, BTreeSet<Query>> {
    let drafted = |terms: &Terms| offers(view, &report.findings, terms);
    let Some(hand) = &visitor.hand else {
        return Ok((drafted(&Terms::shown())?, None));
    };
    // Where an answer is missing for now, what is not on offer may be so at the next look.
    let passes = |blocked: &Blocked| {
        let Blocked::Gap(_, gap) = blocked else {
            return matches!(blocked, Blocked::Wait(_));
        };
        !matches!(
            gap,
            Gap::Denied { .. } | Gap::NotFound | Gap::Locked | Gap::NotInBundle
        )
    };
    let gone = view.unreachable() == Some(Gap::NotFound);
    let known = gone || view.gateway().is_ok();
    let complete = known && !walk.obstacles().any(|(_, it)| passes(it));
    let (offers, deciding) = decided(hand, view, report, complete, drafted)?;
    Ok((offers, Some(deciding)))
}

/// The part of a visit that follows the diagnosis, for plans from anywhere: `drafted` says what is on offer
/// under given terms; `complete`: without a gap, so that what it does not name is on offer no more.
pub fn decided(
    hand: &Hand,
    view: &View<'_>,
    report: &Report,
    complete: bool,
    drafted: impl Fn(&Terms) -> Result<Vec<Offer>, BTreeSet<Query>>,
) -> Result<(Vec<Offer>, Box<Deciding>), BTreeSet<Query>> {
    let mut terms = hand.terms.clone();
    let drafted = |terms: &Terms| -> Result<Vec<Offer>, BTreeSet<Query>> {
        let mut all = drafted(terms)?;
        all.extend(ways_back(hand, terms));
        Ok(all)
    };
    let first = drafted(&terms)?;
    let deciding = decide(hand, &first, complete, view, report)?;
    let ledger = &deciding.record.ledger;
    let busy = match (ledger.under_way(), deciding.verifying) {
        (Some(entry), _) => entry.plans.first().map(|it| it.id.to_string()),
        (None, true) => Some("the look at what the last change did".to_owned()),
        (None, false) => None,
    };
    if let Some(who) = busy {
        terms.others.push((view.id().key().to_owned(), who));
    } else if ledger.epoch == terms.epoch {
        return Ok((first, Box::new(deciding)));
    }
    terms.epoch = ledger.epoch;
    Ok((drafted(&terms)?, Box::new(deciding)))
}

/// The way back of what was carried out last: where it did not help, and where a person asks for it.
fn ways_back(hand: &Hand, terms: &Terms) -> Vec<Offer> {
    let record = &hand.record;
    let Some(entry) = record.ledger.entry.as_ref().filter(|it| it.ended()) else {
        return vec![];
    };
    let settled = |id: &PlanId| {
        let past = record.approvals.iter().find(|it| it.id == *id)?;
        (past.outcome == Some(Outcome::Settled)).then_some(past.effect)
    };
    let wanted = |id: &PlanId| {
        let asked = hand.said.rollback.as_ref() == Some(id);
        settled(id).is_some_and(|effect| {
            asked || matches!(effect, Some(Effect::NotEffective | Effect::Worse))
        })
    };
    let plans = entry.plans.iter().filter(|it| wanted(&it.id));
    plans
        .filter_map(|it| undo_of(&Content::read(&it.content)?, terms))
        .collect()
}

/// Trouble that passes and kept a row from being decided: look again soon, as late as the latest asks for.
fn passing(walk: &Walk) -> Option<Again> {
    let waits = walk.obstacles().filter_map(|(_, blocked)| match blocked {
        Blocked::Gap(_, Gap::Throttled { retry_after }) => Some(*retry_after),
        // A name that is not answered for is so for long.
        Blocked::Gap(
            Query::Document(_) | Query::BackendHealth(_),
            Gap::TimedOut | Gap::Unreachable { .. },
        ) => Some(None),
        _ => None,
    });
    waits.max().map(Again::Throttled)
}

/// States in which 1a ends the walk, so that nobody needs to know how the back ends do.
const ENDS: [&str; 3] = ["Stopped", "Starting", "Stopping"];

/// What leaves as soon as its id is known, whatever the rows have come to: the time to a diagnosis is the
/// longest chain of round trips and not their sum. Nothing more once the gateway has ended the walk.
fn early(view: &View<'_>) -> BTreeSet<Query> {
    let mut early = BTreeSet::new();
    let mut open = |seen: Result<(), Blocked>| {
        if let Err(Blocked::Ask(queries)) = seen {
            early.extend(queries);
        }
    };
    let serving = match view.gateway() {
        Ok(gateway) => gateway
            .operational()
            .is_none_or(|state| !ENDS.iter().any(|end| state.eq_ignore_ascii_case(end))),
        Err(Blocked::Ask(_)) => true,
        Err(_) => false,
    };
    if !serving {
        return early;
    }
    open(view.health().map(|_| ()));
    open(
        view.facts
            .ask(Query::BackendHealth(view.id().clone()))
            .map(|_| ()),
    );
    open(view.metrics().map(|_| ()));
    open(view.access_log().map(|_| ()));
    if let Ok(home) = view.home().map_err(|blocked| open(Err(blocked)))
        && let Some(nsg) = &home.subnet.nsg
    {
        open(view.facts.document(nsg).map(|_| ()));
    }
    open(steps::sites_ahead(view));
    early
}

/// Another product, or no resource at all: said before anything is asked.
fn refuse(facts: &Facts) -> Option<Visit> {
    let id = &facts.said().gateway;
    let kind = id.kind();
    if kind == GATEWAY_KIND {
        return None;
    }
    let why = match kind.as_str() {
        "microsoft.servicenetworking/trafficcontrollers" => {
            "Application Gateway for Containers has no back-end health, pools or probes in Azure: this diagnosis does not apply to it".to_owned()
        }
        "" => "the id names no resource".to_owned(),
        other => format!("{other} is not an Application Gateway"),
    };
    Some(Visit {
        report: crate::verdict::refused(id, &why),
        looks: 1,
        again: Again::Interval,
        unreachable: None,
        offers: vec![],
        deciding: None,
    })
}
