//! A claim, and what Azure's answer does to the record: an end, its outcome and the next epoch are one write.
use super::{Outcome, Record, history};
use crate::{
    ledger::{Entry, Reply},
    plan::Content,
};
use jiff::Timestamp;

impl Record {
    /// The claim of [`crate::ledger::Move::Send`], as it is written: it is as old as its write and not as the
    /// facts behind it, so that whoever reads it waits long enough. Its age counts from before the write.
    #[must_use]
    pub fn claimed(&self, now: Timestamp) -> Self {
        let mut next = self.clone();
        if let Some(entry) = &mut next.ledger.entry {
            entry.claimed_at = Some(now);
            if let Some(last) = entry.sends.last_mut() {
                last.at = now;
                last.etag_seen_at = now;
            }
        }
        next
    }
    /// What came of the try that was claimed last.
    #[must_use]
    pub fn answered(&self, reply: &Reply, now: Timestamp) -> Self {
        let mut next = self.clone();
        let Some(entry) = self.ledger.under_way() else {
            return next;
        };
        let entry = entry.answered(reply);
        if entry.ended() {
            let read = |it: &crate::ledger::Planned| Content::read(&it.content);
            let contents: Vec<Content> = entry.plans.iter().filter_map(read).collect();
            for planned in &entry.plans {
                let own = contents.iter().find(|it| it.id() == planned.id);
                let outcome = own.map_or(Outcome::Failed, |it| of_failed(&entry, &contents, it));
                let correlation_id = entry.correlation_id();
                history::finish(&mut next.approvals, planned, outcome, &correlation_id, now);
            }
            next.ledger.epoch = next.ledger.epoch.saturating_add(1);
            history::chain(&mut next.approvals);
        }
        next.ledger.entry = Some(entry);
        next
    }
}

/// The outcome of one plan of an entry that failed. Changes leave in order, each only once those before it
/// were seen done: so a plan whose changes all come before the one that failed is carried out.
pub(super) fn of_failed(entry: &Entry, contents: &[Content], own: &Content) -> Outcome {
    let changes = Entry::changes(contents).unwrap_or_default();
    let failed = entry.sends.last().map(|it| &it.on);
    let place = |on| changes.iter().position(|it| Some(&it.on) == on);
    let done = place(failed).is_some_and(|end| {
        let mut own = own.changes.iter().map(|it| place(Some(&it.on)));
        own.all(|at| at.is_some_and(|at| at < end))
    });
    if done {
        Outcome::Settled
    } else {
        Outcome::Failed
    }
}
