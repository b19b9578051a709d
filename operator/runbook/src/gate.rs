//! Only what a person approved, exactly as it stands now.
use crate::{
    ledger::{Entry, Phase, Planned},
    offer::Offer,
    plan::{PlanId, fold},
};
use jiff::Timestamp;

/// What the annotations of the object say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// `approve`.
    pub approve: Vec<PlanId>,
    /// `approved-by`.
    pub approved_by: String,
    /// `reject`.
    pub reject: Vec<PlanId>,
    /// `rejected-by`.
    pub rejected_by: String,
    /// `reason`.
    pub reason: String,
    /// `rollback`: the way back of this plan is asked for.
    pub rollback: Option<PlanId>,
    /// What stands among the ids and is none.
    pub malformed: Vec<String>,
}

impl Decisions {
    /// Approved and not rejected: rejecting wins.
    pub fn stands(&self, id: &PlanId) -> bool {
        self.approve.contains(id) && !self.reject.contains(id)
    }
}

/// Approved plans. Made nowhere but here, and an entry begins with nothing else.
#[derive(Debug)]
pub struct Intent {
    plans: Vec<Planned>,
}

/// Approved plans that may begin together, or `None` where two of them touch the same place.
pub fn open<'o>(approved: impl Iterator<Item = &'o Offer> + Clone) -> Option<Intent> {
    fold(approved.clone().map(|offer| &offer.content))?;
    let planned = |offer: &Offer| Planned {
        id: offer.id.clone(),
        content: offer.content.text(),
    };
    Some(Intent {
        plans: approved.map(planned).collect(),
    })
}

impl Entry {
    /// The one way plans get into the ledger.
    pub fn begin(intent: Intent, expires_at: Option<Timestamp>, live_before: Option<u32>) -> Self {
        Self {
            phase: Phase::Intended,
            plans: intent.plans,
            sends: vec![],
            tries: 0,
            claimed_at: None,
            expires_at,
            live_before,
        }
    }
}
