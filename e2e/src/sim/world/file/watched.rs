//! What comes to a gateway, and what Azure keeps of it: none of it shows in a document of the gateway.

use serde::Deserialize;

use super::{BackEnd, Named};

/// Requests that come again and again. Times are minutes before now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Traffic {
    /// The first gateway of the file, if left out.
    pub(in crate::sim::world) gateway: Option<String>,
    /// What is asked for.
    pub(in crate::sim::world) url: String,
    /// How often.
    #[serde(default = "ten")]
    pub(in crate::sim::world) per_minute: u32,
    /// Connections that clients keep open meanwhile.
    #[serde(default)]
    pub(in crate::sim::world) connections: u32,
    /// Since when.
    #[serde(default = "two_days")]
    pub(in crate::sim::world) from: u32,
    /// Until when; now, if left out.
    #[serde(default)]
    pub(in crate::sim::world) until: u32,
}

/// A time in which back ends behaved otherwise, in minutes before now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Before {
    pub(in crate::sim::world) from: u32,
    pub(in crate::sim::world) until: u32,
    /// By `ADDRESS:PORT`; those left out behaved as they do now.
    pub(in crate::sim::world) back_ends: Named<BackEnd>,
}

/// A workspace of Log Analytics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(in crate::sim::world) struct Workspace {
    pub(in crate::sim::world) group: Option<String>,
    /// The tables that have come into being: `AGWAccessLogs`, `AzureDiagnostics`. Left out: those that are filled.
    pub(in crate::sim::world) tables: Option<Vec<String>>,
    /// Answers with what it has and an error, as it does when it is overloaded.
    pub(in crate::sim::world) partial: bool,
    /// Minutes until a request is to be found in it.
    pub(in crate::sim::world) delay: u32,
    /// Whether `AGWAccessLogs` has the column `ErrorInfo`, which its published schema lacks.
    pub(in crate::sim::world) error_info: bool,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            group: None,
            tables: None,
            partial: false,
            delay: 3,
            error_info: true,
        }
    }
}

/// A diagnostic setting of a gateway.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Shipped {
    /// The first gateway of the file, if left out.
    pub(in crate::sim::world) gateway: Option<String>,
    /// Where to: a workspace of the file, or an id; nowhere of use, if left out.
    pub(in crate::sim::world) workspace: Option<String>,
    /// Into tables of its own, or into `AzureDiagnostics`.
    #[serde(default = "yes")]
    pub(in crate::sim::world) dedicated: bool,
    /// Categories, or `allLogs` for the group.
    #[serde(default = "access_log")]
    pub(in crate::sim::world) categories: Vec<String>,
    #[serde(default = "yes")]
    pub(in crate::sim::world) enabled: bool,
}

/// What somebody did, as the activity log has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Change {
    /// Minutes before now.
    pub(in crate::sim::world) ago: u32,
    /// The first gateway of the file, if left out; else an id.
    pub(in crate::sim::world) on: Option<String>,
    /// Such as `Microsoft.Network/applicationGateways/write`.
    pub(in crate::sim::world) operation: String,
    pub(in crate::sim::world) caller: String,
    #[serde(default = "succeeded")]
    pub(in crate::sim::world) status: String,
}

/// What the platform says of the gateways; nothing but `Available` if left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Availability {
    pub(in crate::sim::world) state: String,
    pub(in crate::sim::world) title: String,
    pub(in crate::sim::world) summary: String,
    #[serde(default = "unplanned")]
    pub(in crate::sim::world) reason_type: String,
}

fn ten() -> u32 {
    10
}

fn two_days() -> u32 {
    2 * 24 * 60
}

fn yes() -> bool {
    true
}

fn access_log() -> Vec<String> {
    vec!["ApplicationGatewayAccessLog".to_owned()]
}

fn succeeded() -> String {
    "Succeeded".to_owned()
}

fn unplanned() -> String {
    "Unplanned".to_owned()
}
