//! `status.plans[]`.
use crate::{PlanState, Risk, WithheldReason, limits, schema};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A change that would help, told in full before anybody is asked to agree.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Method and digest of the content. An approval quotes exactly this.
    #[schemars(length(min = 1, max = limits::ID), regex(pattern = schema::PLAN_ID))]
    pub id: String,
    /// Where it stands: Withheld, AdviceOnly, AwaitingApproval, Rejected, Applying or Verifying.
    pub state: PlanState,
    /// What it does, in a few words.
    #[schemars(length(max = limits::LINE))]
    pub title: String,
    /// Why it cannot be approved, while that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// What changes: a plus for what comes, a minus for what goes.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::TEXT)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// What else comes of it: cost, ended connections, a gateway that starts.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// What was tried beforehand, and how it went.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// How it will be seen whether it helped.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<String>,
    /// How it is taken back.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::TEXT)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<String>,
    /// What can go wrong: Low, Medium or High.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The plan itself as canonical JSON: what the id is the digest of.
    #[schemars(length(max = limits::CONTENT))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// The same as commands of the Azure CLI.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::URL)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub az: Vec<String>,
    /// Until when it can be approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}

/// Why a plan cannot be approved.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Withheld {
    /// The reason, one of a closed list.
    pub reason: WithheldReason,
    /// The reason in a sentence.
    #[schemars(length(max = limits::TEXT))]
    pub message: String,
}
