//! What must hold after every step (reliability-and-security §1).
use crate::{
    azure::{Azure, Request},
    kinds::{GUID, Kind, gateway, site},
    store::Object,
    world::EXPIRES,
};
use appgw_runbook::{
    approval::{Outcome, Record},
    ledger::{CLAIM_AGE, Entry, TRIES},
    plan::{Act, Change, Content, PlanId, fold},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Default)]
pub(crate) struct Law {
    /// Ids that a person approved, and the end that was on record when an operator first wrote of it.
    pub(crate) approved: BTreeSet<PlanId>,
    pub(crate) ends: BTreeMap<PlanId, i64>,
    pub(crate) begun: BTreeSet<PlanId>,
    pub(crate) settled: u32,
}

impl Law {
    /// S7, S8: what may become of a record, given what Azure shows where it was looked at just now.
    pub(crate) fn decided(&mut self, old: &Object, new: &Record, azure: Option<&Azure>, now: i64) {
        let (before, after) = (&old.record.ledger, &new.ledger);
        assert!(after.epoch >= before.epoch, "S8: the epoch falls");
        if before.under_way().is_some() && after.under_way().is_none() {
            assert!(after.epoch > before.epoch, "S8: an end without a new epoch");
        }
        let ended = before.entry.as_ref().filter(|it| it.ended());
        if let (Some(old), Some(new)) = (ended, &after.entry) {
            assert!(
                old == new || ids(old) != ids(new),
                "S8: an ended record is rewritten"
            );
        }
        for past in old
            .record
            .approvals
            .iter()
            .filter(|it| it.outcome.is_some())
        {
            let same = new.approvals.iter().find(|it| {
                it.id == past.id && it.decision == past.decision && it.outcome == past.outcome
            });
            let kept = same.is_some() || new.approvals.len() >= 20;
            assert!(kept, "S8: the outcome of {} is rewritten", past.id);
        }
        for past in &new.approvals {
            let known = old
                .record
                .approvals
                .iter()
                .any(|it| it.id == past.id && it.outcome == past.outcome);
            if !known && matches!(past.outcome, Some(Outcome::Settled | Outcome::RolledBack)) {
                let plans = old.record.ledger.entry.iter().flat_map(|it| &it.plans);
                let plans = plans.chain(after.entry.iter().flat_map(|it| &it.plans));
                let own = plans
                    .filter(|it| it.id == past.id)
                    .find_map(|it| Content::read(&it.content))
                    .unwrap();
                for (change, azure) in own.changes.iter().zip(azure.iter().cycle()) {
                    assert!(
                        is_planned(change, azure, now),
                        "S7: {} is said to be settled",
                        past.id
                    );
                }
                self.settled += 1;
            }
        }
    }

    /// What is on record for good: a plan begins once.
    pub(crate) fn saved(&mut self, old: &Object, new: &Record) {
        for pending in &new.pending {
            if let Some(end) = old.record.shown.get(&pending.id).copied().flatten() {
                self.ends
                    .entry(pending.id.clone())
                    .or_insert(end.as_second());
            }
        }
        let known = old.record.ledger.entry.as_ref().map(ids);
        let new_one = new
            .ledger
            .entry
            .as_ref()
            .filter(|it| Some(ids(it)) != known);
        if let Some(entry) = new_one {
            for planned in &entry.plans {
                assert!(
                    self.begun.insert(planned.id.clone()),
                    "S1: {} begins again",
                    planned.id
                );
                let end = old.record.shown.get(&planned.id).copied().flatten();
                let end = end.unwrap_or_else(|| panic!("S1: {} was never shown", planned.id));
                self.ends
                    .entry(planned.id.clone())
                    .or_insert(end.as_second());
            }
        }
    }

    /// S1, S3: the last moment before a write leaves.
    pub(crate) fn leaves(
        &self,
        live: &Object,
        request: &Request,
        azure: &Azure,
        guard: &Result<String, String>,
        now: i64,
    ) {
        let entry = live
            .record
            .ledger
            .under_way()
            .unwrap_or_else(|| panic!("S1: nothing is under way"));
        let contents: Vec<Content> = entry
            .plans
            .iter()
            .map(|it| Content::read(&it.content).unwrap())
            .collect();
        let sent: BTreeSet<&PlanId> = request.plans.iter().collect();
        for (content, planned) in contents.iter().zip(&entry.plans) {
            let id = &planned.id;
            assert_eq!(content.id(), *id, "S1: the content is not what its id says");
            assert!(
                sent.contains(id) && self.approved.contains(id),
                "S1: {id} was approved by nobody"
            );
            assert!(
                live.said.approve.contains(id) && !live.said.reject.contains(id),
                "S1: {id} does not stand"
            );
            assert_eq!(
                (content.owner.as_str(), content.epoch),
                (live.uid.as_str(), live.record.ledger.epoch),
                "S1: another occasion"
            );
            assert_eq!(guard.as_ref(), Ok(&content.guard), "S1: another guard");
            assert!(live.paused.is_none(), "S1: paused");
            let first = !entry.is_accepted();
            let end = self.ends.get(id).copied().unwrap_or(i64::MAX);
            assert!(!first || now <= end + CLAIM_AGE, "S1: {id} came too late");
            assert!(end <= now + EXPIRES, "an end is within reach");
        }
        // The very change that these plans name, made from what the kinds say and not from the record.
        let kinds = contents.iter().map(planned);
        let whole: Vec<Content> = kinds.collect();
        let all = fold(&whole).unwrap_or_else(|| panic!("S1: two plans of one place"));
        assert!(
            all.contains(&request.change),
            "S1: {:?} is in no plan",
            request.change
        );
        if request.change.on == gateway() && !matches!(request.change.act, Act::Start) {
            let found = azure
                .now(&gateway())
                .map(|it| &it["properties"]["resourceGuid"]);
            assert!(
                !azure.honours || found.is_none_or(|it| it == GUID),
                "S1: another gateway"
            );
        }
    }

    /// S2, S4: what Azure took.
    pub(crate) fn accepted(azure: &Azure, reverted: u32) {
        let mut times: BTreeMap<_, u32> = BTreeMap::new();
        for (object, plans, on) in &azure.accepted {
            *times.entry((object, plans, on)).or_default() += 1;
        }
        for ((_, plans, on), times) in times {
            let methods: Vec<&str> = plans.iter().map(PlanId::method).collect();
            let most = match methods.first() {
                Some(&"G.2") => 1,
                Some(&"G.1") => u32::try_from(TRIES).unwrap(),
                // What was made, and taken away again by somebody, looks as if it had never been made.
                Some(&("A.3" | "A.1.undo")) if azure.honours => 1 + reverted,
                _ if azure.honours && *on != site() => 1,
                _ => u32::try_from(TRIES).unwrap() + reverted,
            };
            assert!(
                times <= most,
                "S2: {methods:?} was taken {times} times, {most} at most"
            );
        }
    }
}

fn ids(entry: &Entry) -> Vec<PlanId> {
    entry.plans.iter().map(|it| it.id.clone()).collect()
}

/// A content as its kind has it, whatever stands in the record.
fn planned(content: &Content) -> Content {
    let own = |kind: &Kind| kind.method() == content.method.trim_end_matches(".undo");
    let all = [Kind::SINGLE.as_slice(), &[Kind::Count, Kind::Clash]].concat();
    let change = all
        .into_iter()
        .find(own)
        .unwrap_or_else(|| panic!("S1: no such kind"))
        .change();
    let change = if content.is_undo() {
        change.reversed().unwrap()
    } else {
        change
    };
    Content {
        changes: vec![change],
        ..content.clone()
    }
}

/// By looking at the documents, without the code under test.
fn is_planned(change: &Change, azure: &Azure, now: i64) -> bool {
    let seen = azure
        .answer(
            &appgw_runbook::facts::Query::Document(change.on.clone()),
            now,
        )
        .ok();
    let word = |name: &str| seen.as_ref().map(|it| it["properties"][name].clone());
    match &change.act {
        Act::Start => word("operationalState") == Some("Running".into()),
        Act::Touch => word("provisioningState") == Some("Succeeded".into()),
        Act::Edit(edits) => edits.iter().all(|it| {
            let found = seen.as_ref().map_or(&Value::Null, |doc| it.at.find(doc));
            *found == it.after
        }),
        Act::Create(document) => {
            word("priority").as_ref() == Some(&document["properties"]["priority"])
        }
        Act::Delete(_) => seen.is_none(),
    }
}
