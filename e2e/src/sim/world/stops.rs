//! When a gateway was stopped: as its document has it now, and as the activity log has it before.

use jiff::Timestamp;
use serde_json::json;

use super::{World, gateway::Gateway, lenient};

/// Ends of the operations that stop and start a gateway.
const STOP: &str = "/applicationgateways/stop/action";
const START: &str = "/applicationgateways/start/action";

impl World {
    /// Whether a gateway is stopped now.
    pub(super) fn is_stopped(&self, gateway: &str) -> bool {
        Gateway::find(self, gateway).is_ok_and(|own| own.state_is(&["Stopped"]))
    }

    /// Whether it was, so many minutes ago. Without a word in the activity log it has always been as it is.
    pub(super) fn was_stopped(&self, gateway: &str, ago: u32) -> bool {
        let now = self.is_stopped(gateway);
        let changes = self.facts.watched.changes.iter();
        let done = changes.filter(|(on, own)| {
            lenient::same_id(on, gateway) && own.status.eq_ignore_ascii_case("Succeeded")
        });
        let of_file = done.map(|(_, own)| (own.ago, own.operation.as_str()));
        let of_writes = self
            .written(Timestamp::now())
            .filter(|(_, own)| lenient::same_id(&own.on, gateway) && own.status == "Succeeded")
            .map(|(ago, own)| (ago, own.action.as_str()));
        let mut acts: Vec<(u32, bool)> = of_file
            .chain(of_writes)
            .filter_map(|(ago, operation)| {
                let operation = operation.to_ascii_lowercase();
                let stops = operation.ends_with(STOP);
                (stops || operation.ends_with(START)).then_some((ago, stops))
            })
            .collect();
        // Latest first.
        acts.sort_unstable();
        // The document has the last word: something else has started or stopped it since.
        if acts.first().is_some_and(|(_, stops)| *stops != now) {
            return now;
        }
        let before = acts.iter().find(|(at, _)| *at > ago);
        let after = acts.iter().rfind(|(at, _)| *at <= ago);
        match (before, after) {
            (Some((_, stops)), _) => *stops,
            (None, Some((_, stops))) => !stops,
            (None, None) => now,
        }
    }

    /// Runs a gateway, and changes nothing else.
    pub(super) fn set_running(&mut self, gateway: &str) {
        if let Some(document) = self.documents.get_mut(&lenient::key(gateway)) {
            document["properties"]["operationalState"] = json!("Running");
        }
    }
}
