//! What people do: approve, take back, reject, pause; write to Azure themselves; forge a record.
use crate::{
    kinds::{document, documents, gateway, path, rule, site},
    world::World,
};
use appgw_runbook::{id::ArmId, plan::PlanId};
use serde_json::{Value, json};

impl World {
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
        if !self.law.begun.contains(&id) {
            self.law.ends.remove(&id);
        }
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
            // A no taken back is a new decision on what stands approved.
            13 => {
                let waits = |it: &&PlanId| !self.law.begun.contains(*it);
                let again: Vec<&PlanId> = object.said.reject.iter().filter(waits).collect();
                for id in again {
                    self.law.ends.remove(id);
                }
                self.store.touch(at, |it| it.said.reject.clear());
            }
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
                    it["properties"]["notes"] = json!(note);
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
                assert!(path().set(it, &json!("/healthz")));
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
