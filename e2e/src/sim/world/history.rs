//! What writes leave behind: entries of the activity log, and the time before them as it was.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{World, lenient};

/// What writes have left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Oldest first.
    written: Vec<Written>,
    /// The documents that were in force until then, oldest first.
    past: Vec<(Timestamp, BTreeMap<String, Value>)>,
}

/// One entry of the activity log.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) at: Timestamp,
    /// The id of what was written.
    pub(crate) on: String,
    pub(crate) action: String,
    /// The object id of who wrote.
    pub(crate) caller: String,
    /// The same for all entries about one write.
    pub(crate) correlation: String,
    pub(crate) status: &'static str,
}

impl World {
    /// Notes in the activity log what became of a write.
    pub(crate) fn note(&mut self, written: Written) {
        self.facts.history.written.push(written);
    }

    /// Keeps what is in force as the past, since it changes now.
    pub(super) fn remember(&mut self) {
        // Only metrics and logs look back.
        if !self.facts.watched.streams.is_empty() {
            let now = (Timestamp::now(), self.documents.clone());
            self.facts.history.past.push(now);
        }
    }

    /// Lets so many minutes pass, for metrics, logs and the activity log: what writes have done lies so much further
    /// back.
    pub fn pass(&mut self, minutes: u32) {
        let by = SignedDuration::from_mins(i64::from(minutes));
        let history = &mut self.facts.history;
        let past = history.past.iter_mut().map(|(at, _)| at);
        let written = history.written.iter_mut().map(|own| &mut own.at);
        for at in past.chain(written) {
            *at = at.checked_sub(by).unwrap_or(Timestamp::MIN);
        }
    }

    /// Which time before a write was so many minutes ago; none if nothing was written since.
    pub(super) fn time_of(&self, ago: u32, now: Timestamp) -> Option<usize> {
        let then = now - SignedDuration::from_mins(i64::from(ago));
        self.facts
            .history
            .past
            .iter()
            .position(|(until, _)| then < *until)
    }

    /// The world as it was in a time before a write.
    pub(super) fn in_time(&self, time: usize) -> Self {
        let mut world = self.clone();
        if let Some((_, documents)) = self.facts.history.past.get(time) {
            world.documents.clone_from(documents);
            // It knows nothing of what came after it.
            let until = self.facts.history.past[time].0;
            world.facts.history.written.retain(|own| own.at < until);
        }
        world
    }

    /// The writes of an action that ended well: so many minutes ago, and on which resource.
    pub(super) fn written(&self, now: Timestamp) -> impl Iterator<Item = (u32, &Written)> {
        self.facts.history.written.iter().map(move |own| {
            let minutes = (now.as_second() - own.at.as_second()) / 60;
            (u32::try_from(minutes).unwrap_or_default(), own)
        })
    }

    /// The entries of the activity log that writes have left on a resource.
    pub(super) fn entries(&self, on: &str, from: Timestamp, to: Timestamp) -> Vec<Value> {
        let all = self.facts.history.written.iter();
        all.filter(|own| lenient::same_id(&own.on, on) && from <= own.at && own.at <= to)
            .map(|own| {
                json!({
                    "caller": own.caller,
                    "correlationId": own.correlation,
                    "eventTimestamp": own.at.to_string(),
                    "operationName": {"value": own.action, "localizedValue": own.action},
                    "status": {"value": own.status, "localizedValue": own.status},
                    "resourceId": own.on,
                    "category": {"value": "Administrative", "localizedValue": "Administrative"},
                    "level": "Informational",
                })
            })
            .collect()
    }
}
