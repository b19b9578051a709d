//! What outlives every operator, and what happens to it from outside.
use crate::{
    azure::{Azure, Fate, How, Request},
    kinds::{Kind, document, documents, gateway, path, rule, site},
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
    plan::{Act, PlanId},
    report::Report,
    visit::{Thought, Visitor, think},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
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
        self.law.accepted(&self.azure, self.azure.reverted);
    }

    /// A person approves everything that waits.
    pub(crate) fn approve_all(&mut self, at: usize) {
        let open: Vec<PlanId> = self.store.get(at).record.shown.keys().cloned().collect();
        for id in open {
            self.approve(at, id);
        }
    }
    pub(crate) fn approve(&mut self, at: usize, id: PlanId) {
        if self.store.get(at).said.stands(&id) {
            return;
        }
        self.tell(|_| format!("approve {id}"));
        self.law.approved.insert(id.clone());
        self.law.ends.remove(&id);
        self.store.touch(at, |it| {
            it.said.reject.retain(|other| *other != id);
            it.said.approve.retain(|other| *other != id);
            it.said.approve.push(id);
            it.said.approved_by = "bob".into();
        });
    }
    /// A person does something.
    pub(crate) fn person(&mut self, at: usize) {
        let object = self.store.get(at).clone();
        let shown: Vec<PlanId> = object.record.shown.keys().cloned().collect();
        let said = object.said.approve.clone();
        self.tell(|_| "person".into());
        match self.rng.below(20) {
            0..=9 if !shown.is_empty() => {
                let id = self.rng.pick(&shown).clone();
                self.approve(at, id);
            }
            10 if !said.is_empty() => {
                let id = self.rng.pick(&said).clone();
                self.store
                    .touch(at, |it| it.said.approve.retain(|other| *other != id));
            }
            11 if !shown.is_empty() => {
                let id = self.rng.pick(&shown).clone();
                self.store.touch(at, |it| it.said.reject.push(id));
            }
            12 if !said.is_empty() => {
                let id = self.rng.pick(&said).clone();
                self.store.touch(at, |it| it.said.reject.push(id));
            }
            13 => self.store.touch(at, |it| it.said.reject.clear()),
            14 => self.store.touch(at, |it| {
                it.paused = if it.paused.is_some() {
                    None
                } else {
                    Some("a person".into())
                };
            }),
            15 | 16 => {
                let entry = object.record.ledger.entry.as_ref();
                let last = entry.and_then(|it| it.plans.last()).map(|it| it.id.clone());
                self.store.touch(at, |it| it.said.rollback = last);
            }
            17 => {
                let nothing = PlanId::typed("B.2-00000000000000000000000000000000");
                self.approve(at, nothing);
            }
            // Something that decides nothing moves the version all the same.
            _ => self.store.touch(at, |_| ()),
        }
    }
    /// Somebody else writes to Azure.
    pub(crate) fn outside(&mut self) {
        let takes = *self.rng.pick(&[0, 6, 30]);
        let on = self
            .rng
            .pick(&[
                gateway(),
                rule("moved"),
                rule("deny"),
                rule("allow"),
                site(),
            ])
            .clone();
        let note = i64::try_from(self.rng.below(1_000)).unwrap();
        let which = self.rng.below(12);
        self.tell(|_| format!("outside {which} {on} {takes}"));
        let now = self.now;
        match which {
            0..=4 if on == gateway() || on == rule("moved") || on == site() => {
                self.azure.outside(&on, now, takes, |it| {
                    it["properties"]["notes"] = json!(note)
                });
            }
            5 => self.elsewhere(&on, now, takes),
            6 => self.revert(),
            7 if self.rng.chance(20) => self.azure.outside(&gateway(), now, takes, |it| {
                it["properties"]["operationalState"] = json!("Stopped");
            }),
            8 if on == rule("allow") => self
                .azure
                .replace(&on, Some(document("allow", 199, "Allow"))),
            9 if self.rng.chance(10) => self.azure.replace(&gateway(), None),
            10 => self.azure.outside(&gateway(), now, takes, |it| {
                assert!(path().set(it, &json!("/healthz")))
            }),
            _ => {}
        }
    }
    fn elsewhere(&mut self, on: &ArmId, now: i64, takes: i64) {
        let set = |it: &mut Value| {
            it["properties"]["priority"] = json!(777);
        };
        if *on == gateway() {
            let set = |it: &mut Value| assert!(path().set(it, &json!("/elsewhere")));
            self.azure.outside(on, now, takes, set);
        } else {
            self.azure.outside(on, now, takes, set);
        }
    }
    /// Somebody puts everything back as it was.
    fn revert(&mut self) {
        self.azure.reverted += 1;
        for (id, doc) in documents(&[]) {
            if id != gateway()
                || self
                    .azure
                    .now(&id)
                    .is_some_and(|it| it["properties"]["operationalState"] == "Running")
            {
                self.azure.replace(&id, Some(doc));
            }
        }
        self.azure.replace(&rule("allow"), None);
    }
    /// Somebody writes a plan of their own into the record, under an id that was approved.
    pub(crate) fn forge(&mut self, at: usize) {
        self.tell(|_| "forge".into());
        let entry = self.store.get(at).record.ledger.under_way();
        self.azure.unwatched |= entry.is_some_and(|it| !it.sends.is_empty());
        self.store.touch(at, |it| {
            for planned in it
                .record
                .ledger
                .entry
                .iter_mut()
                .flat_map(|it| &mut it.plans)
            {
                planned.content = planned
                    .content
                    .replace("/healthz", "/forged")
                    .replace(":199", ":99")
                    .replace(":400", ":88");
            }
        });
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
