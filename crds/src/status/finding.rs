//! `status.findings[]`.
use crate::{Confidence, Letter, limits};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// One cause, or a competing one, with what speaks for and against it.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable id; in CamelCase it is the reason of the event. Checks beyond the article start with x.
    #[schemars(length(min = 1, max = limits::ID))]
    pub id: String,
    /// Row of the article it rests on.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub row: String,
    /// Resolution it leads to. Absent where no letter of the article mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Letter>,
    /// How sure it is: Confirmed, Likely or Inconclusive. Only the first two make a root cause.
    pub confidence: Confidence,
    /// What it is about: pool/setting, listener, gateway.
    #[schemars(length(max = limits::LINE))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The finding in one sentence.
    #[schemars(length(max = limits::TEXT))]
    pub says: String,
    /// Facts for it, each with where it was seen from: Gateway, ControlPlane, Operator or Person.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// Facts against it, likewise.
    #[schemars(length(max = limits::SHORT_LIST), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<String>,
    /// What the article would do here, and why we do not.
    #[schemars(length(max = limits::TEXT))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub correction: String,
    /// Azure resource id of what is at fault.
    #[schemars(length(max = limits::ARM_ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Where to read more.
    #[schemars(length(max = limits::ARM_ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub more: String,
}
