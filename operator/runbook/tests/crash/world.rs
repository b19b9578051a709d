//! What outlives every operator, and what happens to it from outside.
use crate::{
    azure::{Azure, Fate, How, Request},
    kinds::{Kind, documents, site},
    law::Law,
    operator::Mind,
    rng::Rng,
    store::{Object, Store},
};
use appgw_runbook::{
    approval::Record,
    facts::{Facts, Said},
    id::ArmId,
    ledger::Reply,
    offer::{Offer, Terms},
    plan::Act,
    report::Report,
    visit::{Thought, Visitor, think},
};
use jiff::{SignedDuration, Timestamp};
use std::cell::RefCell;

/// `expiresAfter`, in seconds.
pub(crate) const EXPIRES: i64 = 86_400;

pub(crate) fn second(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}

/// A report and a visitor, neither of which matters here.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) visitor: Visitor,
    pub(crate) report: Report,
}

impl Frame {
    pub(crate) fn new() -> Self {
        let visitor = Visitor {
            look: 1,
            waiting_since: None,
            transition_limit: SignedDuration::from_mins(60),
            hand: None,
        };
        let facts = Facts::about(Said::about(ArmId::new("/nothing")), second(0));
        let Thought::Decided(visit) = think(&visitor, &facts) else {
            panic!("asks about nothing")
        };
        Self {
            visitor,
            report: visit.report,
        }
    }
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) now: i64,
    pub(crate) azure: Azure,
    pub(crate) store: Store,
    pub(crate) minds: [Mind; 2],
    pub(crate) guard: Result<String, String>,
    pub(crate) writes: Result<(), String>,
    pub(crate) law: Law,
    pub(crate) visitor: Visitor,
    pub(crate) report: Report,
    pub(crate) rng: Rng,
    /// How the next send goes; those after it are taken.
    pub(crate) next: Option<How>,
    /// Everything that can go wrong may.
    pub(crate) faulty: bool,
    pub(crate) saves: u32,
    pub(crate) told: Option<Vec<String>>,
    pub(crate) offers: RefCell<Vec<(Kind, Terms, Offer)>>,
}

impl World {
    pub(crate) fn new(frame: &Frame, objects: &[&[Kind]], honours: bool, seed: u64) -> Self {
        let kinds = objects.concat();
        let named = |(at, kinds): (usize, &&[Kind])| Object::new(&format!("uid-{at}"), kinds);
        Self {
            now: 1_800_000_000,
            azure: Azure::new(documents(&kinds), honours),
            store: Store::new(objects.iter().enumerate().map(named).collect()),
            minds: [Mind::new(0), Mind::new(0)],
            guard: Ok("guard-1".into()),
            writes: Ok(()),
            law: Law::default(),
            visitor: frame.visitor.clone(),
            report: frame.report.clone(),
            rng: Rng::new(seed),
            next: None,
            faulty: false,
            saves: 0,
            told: None,
            offers: RefCell::default(),
        }
    }
    pub(crate) fn tell(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.told.is_some() {
            let line = format!("{} {}", self.now - 1_800_000_000, what(self));
            self.told.iter_mut().for_each(|it| it.push(line.clone()));
        }
    }
    pub(crate) fn reads_stale(&mut self) -> bool {
        self.faulty && self.rng.chance(15)
    }
    pub(crate) fn save(&mut self, at: usize, version: u64, next: &Record) -> Option<u64> {
        let old = self.store.get(at).clone();
        let saved = self.store.save(at, version, next);
        if saved.is_some() {
            self.saves += 1;
            self.law.saved(&old, next);
            self.tell(|_| format!("{}: {:?} {:?}", old.uid, next.ledger, next.approvals));
        }
        saved
    }
    pub(crate) fn send(&mut self, request: Request) -> Reply {
        let how = self.next.take().unwrap_or_else(|| {
            if self.faulty {
                self.any_way(&request)
            } else {
                GOOD
            }
        });
        self.tell(|_| {
            format!(
                "send {how:?} {:?} {:?} {}",
                request.plans, request.change, request.etag
            )
        });
        let reply = self.azure.send(request, how, self.now);
        self.tell(|_| format!("{reply:?}"));
        self.check();
        reply
    }
    fn any_way(&mut self, request: &Request) -> How {
        let takes = *self.rng.pick(&[0, 4, 40]);
        // An App Service answers when it is done.
        let takes = if request.change.on == site() {
            0
        } else {
            takes
        };
        let lag = *self.rng.pick(&[0, 0, 8, 70]);
        // Only a condition can stop what comes too late, and a start is harmless.
        let held = self.azure.honours
            && !matches!(request.change.act, Act::Start)
            && request.change.on != site();
        match self.rng.below(16) {
            0..=5 => How::Taken {
                takes,
                fate: Fate::Succeeds,
                lag,
            },
            6 => How::Taken {
                takes,
                fate: Fate::Fails,
                lag,
            },
            7 if request.change.on != site() => How::Taken {
                takes: takes.max(1),
                fate: Fate::NeverTells,
                lag,
            },
            8 => How::Taken {
                takes,
                fate: Fate::Forgotten,
                lag,
            },
            9 | 10 => How::LostAfter {
                takes,
                lag: if held { lag } else { lag.min(8) },
            },
            11 => How::LostBefore,
            12 if held => How::Late(*self.rng.pick(&[2, 45, 120])),
            12 | 13 => How::Busy,
            14 => How::Refused,
            _ => How::Failing,
        }
    }
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        self.azure.pass(self.now);
        self.check();
    }
    pub(crate) fn check(&self) {
        Law::accepted(&self.azure, self.azure.reverted);
    }
}

/// Taken, and done in a while.
pub(crate) const GOOD: How = How::Taken {
    takes: 12,
    fate: Fate::Succeeds,
    lag: 0,
};

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for line in self.told.iter().flatten() {
                eprintln!("{line}");
            }
        }
    }
}
