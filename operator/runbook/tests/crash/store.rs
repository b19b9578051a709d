//! The API server's copy of the objects, with `resourceVersion` as the fence, and what people do to them.
use crate::kinds::Kind;
use appgw_runbook::{approval::Record, gate::Decisions, plan::PlanId};
use std::collections::BTreeSet;

/// One diagnosis.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) uid: String,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) version: u64,
    pub(crate) said: Decisions,
    pub(crate) paused: Option<String>,
    /// Ledger, decisions, and the plans on offer with their ends.
    pub(crate) record: Record,
}

impl Object {
    pub(crate) fn new(uid: &str, kinds: &[Kind]) -> Self {
        Self {
            uid: uid.into(),
            kinds: kinds.to_vec(),
            version: 1,
            said: Decisions::default(),
            paused: None,
            record: Record::default(),
        }
    }
    /// Nothing under way, and every approval that stands has come to an end.
    pub(crate) fn is_at_rest(&self) -> bool {
        let over = |id: &PlanId| appgw_runbook::approval::done(&self.record.approvals, id);
        let open = |id: &&PlanId| self.said.stands(id) && !over(id);
        self.record.ledger.under_way().is_none() && !self.said.approve.iter().any(|it| open(&it))
    }
    /// Settled changes whose effect nobody told yet.
    pub(crate) fn is_verifying(&self) -> bool {
        use appgw_runbook::approval::Outcome::{RolledBack, Settled};
        let entry = self.record.ledger.entry.as_ref();
        let ids: BTreeSet<&PlanId> = entry
            .iter()
            .flat_map(|it| &it.plans)
            .map(|it| &it.id)
            .collect();
        self.record.approvals.iter().any(|it| {
            ids.contains(&it.id)
                && matches!(it.outcome, Some(Settled | RolledBack))
                && it.effect.is_none()
        })
    }
}

#[derive(Clone, Default)]
pub(crate) struct Store {
    objects: Vec<Object>,
    /// As each was before its last change: what a copy that lags behind still shows.
    before: Vec<Object>,
}

impl Store {
    pub(crate) fn new(objects: Vec<Object>) -> Self {
        let before = objects.clone();
        Self { objects, before }
    }
    pub(crate) fn all(&self) -> &[Object] {
        &self.objects
    }
    pub(crate) fn get(&self, at: usize) -> &Object {
        &self.objects[at]
    }
    pub(crate) fn stale(&self, at: usize) -> &Object {
        &self.before[at]
    }
    /// A write of status; refused where the object is no longer the one that was read.
    pub(crate) fn save(&mut self, at: usize, version: u64, record: &Record) -> Option<u64> {
        (self.objects[at].version == version).then(|| {
            self.touch(at, |it| it.record = record.clone());
            self.objects[at].version
        })
    }
    /// Anybody's change.
    pub(crate) fn touch(&mut self, at: usize, change: impl FnOnce(&mut Object)) {
        self.before[at] = self.objects[at].clone();
        change(&mut self.objects[at]);
        self.objects[at].version += 1;
    }
}
