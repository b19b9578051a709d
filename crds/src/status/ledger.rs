//! Decisions and what became of them: `status.approvals[]`, `status.pending[]`, `status.ledger`.
use crate::{Act, Decision, Effect, Outcome, Phase, limits};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A decision, and what became of it.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// Id of the plan.
    #[schemars(length(min = 1, max = limits::ID))]
    pub id: String,
    /// Approved or Rejected.
    pub decision: Decision,
    /// Name of the user who decided.
    #[schemars(length(max = limits::USER))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// When the decision was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// The reason given.
    #[schemars(length(max = limits::REASON))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How it ended. Absent while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What the change did to the fault. Absent until that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// Client request id of the change, as found in Azure's Activity Log.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub correlation_id: String,
    /// SHA-256 of the decision before this one.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prev: String,
}

/// An approval that was seen and has not been begun.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// Id of the plan.
    #[schemars(length(min = 1, max = limits::ID))]
    pub id: String,
    /// Name of the user who approved.
    #[schemars(length(max = limits::USER))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// When the approval was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// The reason given.
    #[schemars(length(max = limits::REASON))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Until when it must be begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}

/// What was approved and is being done.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Occasions that are over. Part of every plan id, so an approval is good once.
    #[schemars(range(min = 0))]
    pub epoch: i64,
    /// What is under way, or the last that was: enough to carry on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

/// One occasion: plans approved together, and how far they got.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Where it stands: Intended, Sent, Settled, Drifted, Failed, Withdrawn, Expired or RolledBack.
    pub phase: Phase,
    /// The plans, whole.
    #[schemars(length(max = limits::PENDING))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<EntryPlan>,
    /// What was sent to Azure.
    #[schemars(length(max = limits::SENDS))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<Sending>,
    /// How often sending was begun.
    #[schemars(range(min = 0))]
    pub tries: i32,
    /// When it was last claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Time>,
    /// Until when a first send must have been accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Members that served when it began, of the pairs it is verified by.
    #[schemars(range(min = 0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_before: Option<i32>,
}

/// A plan of an entry.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryPlan {
    /// Its id.
    #[schemars(length(min = 1, max = limits::ID))]
    pub id: String,
    /// The plan itself as canonical JSON: what the id is the digest of.
    #[schemars(length(max = limits::CONTENT))]
    pub content: String,
}

/// One change sent to Azure.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sending {
    /// Azure resource id of what is changed.
    #[schemars(length(max = limits::ARM_ID))]
    pub on: String,
    /// What is done to it: Create, Update, Delete or Start.
    pub act: Act,
    /// Revision it was changed from. Empty where it did not exist.
    #[schemars(length(max = limits::REASON))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub etag: String,
    /// When that revision was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag_seen_at: Option<Time>,
    /// When the change was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Where Azure tells how the change goes.
    #[schemars(length(max = limits::URL))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// HTTP status of the answer.
    #[schemars(range(min = 100, max = 599))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<i32>,
    /// Azure's message, where it refused.
    #[schemars(length(max = limits::TEXT))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
}
