//! What a write changes once its operation has succeeded.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sim::World;

/// What an operation is about.
#[derive(Debug)]
pub(super) struct What {
    /// As the service calls it.
    pub(super) name: &'static str,
    /// The id of what is changed.
    pub(super) target: String,
    /// The permission that it took, and the object id of who has it.
    pub(super) by: (String, String),
    /// The id of the resource that it is, or is a part of.
    pub(super) resource: String,
    pub(super) change: Change,
    pub(super) takes: Duration,
    /// What the results answer in the end.
    pub(super) results: Results,
}

/// What comes in force when an operation succeeds.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// This document; a gateway runs then.
    Put(Value),
    /// There is nothing any more.
    Delete,
    /// This operational state.
    Power(&'static str),
    /// Nothing.
    Nothing,
}

/// What `operationResults` answers in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Results {
    /// 200 and the document.
    Document,
    /// 200 without a body, again with both headers.
    Empty,
    /// 204.
    Nothing,
    /// 202 for ever.
    Endless,
}

impl Change {
    /// Brings it in force.
    pub(super) fn in_force(&self, world: &mut World, target: &str) {
        let done = match self {
            Change::Put(document) => world.enforce(target, running(document.clone())),
            Change::Power(state) => {
                let mut document = world.get(target).unwrap_or_default();
                document["properties"]["operationalState"] = json!(state);
                world.enforce(target, document)
            }
            Change::Delete => {
                world.repeal(target);
                return;
            }
            Change::Nothing => return,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a write whose resource has gone");
        }
    }
}

/// A gateway that was put runs, whatever it did before.
fn running(mut document: Value) -> Value {
    if let Some(state) = document["properties"].get_mut("operationalState") {
        *state = json!("Running");
    }
    document
}
