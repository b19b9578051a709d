//! What an operator does around the pure code, one step at a time: the contract of the real one.
//!
//! claim by a fenced write of status -> last look at target and object -> send with the revision that was read
//! -> the answer by a fenced write. What is in a [`Mind`] is lost in a crash.
mod reads;

use crate::{
    azure::{Request, edited},
    kinds::gateway,
    store::Object,
    world::{World, second},
};
use appgw_runbook::{
    approval::{Record, last_look},
    facts::Facts,
    ledger::{CLAIM_AGE, Move, Reply, Ticket},
    offer::{Offer, Terms},
    plan::{Standing, standing},
    view::View,
    visit::decided,
};
use std::collections::BTreeMap;

/// Moments of the pipeline (reliability-and-security §2).
pub(crate) const MOMENTS: [&str; 12] = [
    "K0", "K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K9", "K10", "K11",
];

/// Where an operator stands; the moment of what it does next goes along where that is not plain.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Idle,
    Noticed,
    Read(Box<Object>),
    Turn(Box<Object>),
    Decided(Box<Object>, Record, Move, u8),
    Won {
        version: u64,
        record: Record,
        ticket: Box<Ticket>,
        at: i64,
    },
    Looked {
        version: u64,
        record: Record,
        request: Box<Request>,
        at: i64,
    },
    Heard {
        version: u64,
        claimed: Record,
        reply: Reply,
    },
    Ended,
}

/// One replica.
#[derive(Clone, Debug)]
pub(crate) struct Mind {
    pub(crate) stage: Stage,
    /// Which object it is at.
    pub(crate) at: usize,
    /// When the last visit wanted to come again.
    pub(crate) wake: i64,
}

impl Mind {
    pub(crate) fn new(at: usize) -> Self {
        Self {
            stage: Stage::Idle,
            at,
            wake: 0,
        }
    }
}

impl World {
    /// One step of one operator. `dies`: it is killed once the step has done what others can see. The moment.
    pub(crate) fn step(&mut self, who: usize, dies: bool) -> usize {
        let stage = std::mem::replace(&mut self.minds[who].stage, Stage::Idle);
        let at = self.minds[who].at;
        let (next, moment) = match stage {
            Stage::Idle => (Stage::Noticed, 0),
            Stage::Noticed => {
                let seen = if self.reads_stale() {
                    self.store.stale(at)
                } else {
                    self.store.get(at)
                };
                (Stage::Read(Box::new(seen.clone())), 1)
            }
            Stage::Read(seen) => (Stage::Turn(seen), 2),
            Stage::Turn(seen) => self.decide(who, seen),
            Stage::Decided(seen, next, to_do, moment) => self.act(at, &seen, next, to_do, moment),
            Stage::Won {
                version,
                record,
                ticket,
                at: since,
            } => (self.look(at, version, record, &ticket, since), 5),
            Stage::Looked {
                version,
                record,
                request,
                at: since,
            } => {
                let reply = if self.now - since > CLAIM_AGE {
                    Reply::NotSent {
                        said: "the claim is too old".into(),
                    }
                } else {
                    self.send(*request)
                };
                (
                    Stage::Heard {
                        version,
                        claimed: record,
                        reply,
                    },
                    5,
                )
            }
            Stage::Heard {
                version,
                claimed,
                reply,
            } => (self.told(at, version, &claimed, &reply), 6),
            Stage::Ended => (Stage::Idle, 11),
        };
        if !dies {
            self.minds[who].stage = next;
        }
        moment
    }

    /// Reads Azure and thinks, until nothing is asked any more.
    fn decide(&mut self, who: usize, seen: Box<Object>) -> (Stage, usize) {
        let hand = self.hand(&seen, false);
        let mut facts = self.facts(&seen);
        let stands = |facts: &Facts| -> Vec<Standing> {
            seen.kinds
                .iter()
                .map(|it| standing(&it.change(), facts).unwrap())
                .collect()
        };
        let stand = stands(&facts);
        let complete = !stand.contains(&Standing::Busy);
        let gone = self.azure.now(&gateway()).is_none();
        let drafted = |terms: &Terms| -> Result<Vec<Offer>, _> {
            let open = seen
                .kinds
                .iter()
                .zip(&stand)
                .filter(|(_, it)| !gone && **it == Standing::Before);
            Ok(open.map(|(kind, _)| self.offer(*kind, terms)).collect())
        };
        let (offers, deciding) = loop {
            let view = View::new(&facts, &self.visitor);
            match decided(&hand, &view, &self.report, complete, drafted) {
                Ok(decided) => break decided,
                Err(needs) => {
                    for query in needs {
                        let answer = self.azure.answer(&query, self.now);
                        facts.learn(query, answer);
                    }
                }
            }
        };
        let mut next = deciding.record;
        let open = offers.iter().filter(|it| it.is_open());
        next.shown = open
            .map(|it| (it.id.clone(), self.until(&seen, it)))
            .collect::<BTreeMap<_, _>>();
        let sent = seen
            .record
            .ledger
            .under_way()
            .is_some_and(|it| !it.sends.is_empty());
        let moment = match &deciding.to_do {
            Move::Send(..) => 3,
            Move::Record(entry, _) if entry.ended() => 8,
            _ if sent => 7,
            _ if deciding.verifying || next.approvals != seen.record.approvals => 9,
            _ => 3,
        };
        let pause = if let Move::Rest(seconds) = deciding.to_do {
            i64::from(seconds).min(600)
        } else {
            5
        };
        self.minds[who].wake = self.now + pause;
        self.law.decided(&seen, &next, Some(&self.azure), self.now);
        let label = u8::try_from(moment).unwrap();
        (Stage::Decided(seen, next, deciding.to_do, label), moment)
    }

    /// Writes down what was decided, fenced by what was read.
    fn act(
        &mut self,
        at: usize,
        seen: &Object,
        next: Record,
        to_do: Move,
        was: u8,
    ) -> (Stage, usize) {
        let ends = seen.record.ledger.under_way().is_some() && next.ledger.under_way().is_none();
        let moment = match to_do {
            Move::Send(..) => 4,
            _ if ends => 10,
            _ => usize::from(was),
        };
        let next = match to_do {
            Move::Send(..) => next.claimed(second(self.now)),
            _ => next,
        };
        if next == seen.record {
            return (Stage::Idle, moment);
        }
        let Some(version) = self.save(at, seen.version, &next) else {
            return (Stage::Idle, moment);
        };
        let stage = match to_do {
            Move::Send(_, ticket) => Stage::Won {
                version,
                record: next,
                ticket,
                at: self.now,
            },
            _ if ends => Stage::Ended,
            _ => Stage::Idle,
        };
        (stage, moment)
    }

    /// The last look: object and target once more, right before the bytes leave.
    fn look(
        &mut self,
        at: usize,
        version: u64,
        record: Record,
        ticket: &Ticket,
        since: i64,
    ) -> Stage {
        let claimed = record.clone();
        let held = |said: String| Stage::Heard {
            version,
            claimed,
            reply: Reply::NotSent { said },
        };
        let live = self.store.get(at);
        if live.version != version {
            return held("the object moved since the claim".into());
        }
        if self.now - since > CLAIM_AGE {
            return held("the claim is too old".into());
        }
        let facts = self.facts(live);
        match last_look(&self.hand(live, true), ticket, &facts) {
            Ok(None) => {}
            Ok(Some(why)) => return held(why),
            Err(needs) => panic!("a last look asks for {needs:?}"),
        }
        let document = facts.document(&ticket.change.on).ok().cloned();
        let request = Request {
            etag: document
                .as_ref()
                .and_then(|it| it["etag"].as_str())
                .unwrap_or_default()
                .into(),
            body: document.map(|it| edited(it, &ticket.change.act)),
            change: ticket.change.clone(),
            object: live.uid.clone(),
            plans: record
                .ledger
                .under_way()
                .unwrap()
                .plans
                .iter()
                .map(|it| it.id.clone())
                .collect(),
            looked_at: self.now,
        };
        self.law
            .leaves(live, &request, &self.azure, &self.guard, self.now);
        Stage::Looked {
            version,
            record,
            request: Box::new(request),
            at: since,
        }
    }

    /// The answer on record; read again where only something else moved, dropped where the entry did.
    fn told(&mut self, at: usize, version: u64, claimed: &Record, reply: &Reply) -> Stage {
        let live = self.store.get(at).clone();
        if live.version != version && live.record.ledger != claimed.ledger {
            return Stage::Idle;
        }
        let next = live.record.answered(reply, second(self.now));
        self.law.decided(&live, &next, None, self.now);
        self.save(at, live.version, &next);
        if next.ledger.under_way().is_none() {
            Stage::Ended
        } else {
            Stage::Idle
        }
    }
}
