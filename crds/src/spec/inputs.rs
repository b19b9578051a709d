//! `spec.inputs`: what the article's commands ask their reader for. G asks for nothing.
use crate::{AllowFrom, is_empty, limits, schema};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Values by letter of the resolution.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// For resolution A: a way through the network security groups.
    #[serde(rename = "A", default, skip_serializing_if = "is_empty")]
    pub a: InputsA,
    /// For resolution B: a probe the application answers.
    #[serde(rename = "B", default, skip_serializing_if = "is_empty")]
    pub b: InputsB,
    /// For resolution C: the platform's own traffic.
    #[serde(rename = "C", default, skip_serializing_if = "is_empty")]
    pub c: InputsC,
    /// For resolution D: members of an empty pool.
    #[serde(rename = "D", default, skip_serializing_if = "is_empty")]
    pub d: InputsD,
    /// For resolution E: a listener's port, or a path rule.
    #[serde(rename = "E", default, skip_serializing_if = "Option::is_none")]
    pub e: Option<InputsE>,
    /// For resolution F: the name on the back end's certificate.
    #[serde(rename = "F", default, skip_serializing_if = "is_empty")]
    pub f: InputsF,
    /// For resolution H: a higher limit.
    #[serde(rename = "H", default, skip_serializing_if = "is_empty")]
    pub h: InputsH,
    /// For resolution I: how the gateway meets an App Service.
    #[serde(rename = "I", default, skip_serializing_if = "is_empty")]
    pub i: InputsI,
}

/// A way through the network security groups.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsA {
    /// Whether a plan may delete the Deny rule. The installation must allow deletes as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_delete: Option<bool>,
    /// Number of the Allow rule, below that of the Deny rule.
    #[schemars(range(min = 100, max = 4096))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_priority: Option<i32>,
    /// New, higher number of the Deny rule.
    #[schemars(range(min = 100, max = 4096))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deny_priority: Option<i32>,
}

/// A probe the application answers.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsB {
    /// Host name the probe sends.
    #[schemars(length(min = 1, max = limits::NAME))]
    #[x_kube(validation = schema::host())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Path the probe asks for.
    #[schemars(length(min = 1, max = limits::PATH))]
    #[x_kube(validation = schema::path())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Status codes that count as healthy, such as 200-399 or 401.
    #[schemars(length(max = 20), inner(length(max = 7), regex(pattern = schema::STATUS_CODES)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status_codes: Vec<String>,
    /// How long the probe waits for an answer.
    #[schemars(range(min = 1, max = 86400))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i32>,
}

/// The platform's own traffic.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsC {
    /// Number of the rule that admits it.
    #[schemars(range(min = 100, max = 4096))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_priority: Option<i32>,
}

/// Members of an empty pool.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsD {
    /// Name of the pool.
    #[schemars(length(min = 1, max = limits::PART), regex(pattern = schema::PART))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Addresses or host names to add.
    #[schemars(length(max = 100), inner(length(max = limits::NAME), regex(pattern = schema::HOST)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// A listener's port, or a path rule.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[x_kube(validation = Rule::new("has(self.pathRule) ? !has(self.listener) && !has(self.port) : has(self.listener) && has(self.port)")
    .message("listener and port, or pathRule"))]
#[serde(rename_all = "camelCase")]
pub struct InputsE {
    /// Name of the listener.
    #[schemars(length(min = 1, max = limits::PART), regex(pattern = schema::PART))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listener: Option<String>,
    /// Port it shall listen on.
    #[schemars(range(min = 1, max = 65535))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
    /// Path rule to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_rule: Option<PathRule>,
}

/// A path rule to add.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathRule {
    /// Name of the URL path map it is added to.
    #[schemars(length(min = 1, max = limits::PART), regex(pattern = schema::PART))]
    pub map: String,
    /// Its name.
    #[schemars(length(min = 1, max = limits::PART), regex(pattern = schema::PART))]
    pub name: String,
    /// Paths it takes, such as /cart/*.
    #[schemars(length(min = 1, max = 20), inner(length(max = 256), regex(pattern = schema::PATH)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub paths: Vec<String>,
    /// Name of the pool they go to.
    #[schemars(length(min = 1, max = limits::PART), regex(pattern = schema::PART))]
    pub pool: String,
    /// Name of the HTTP settings they use.
    #[schemars(length(min = 1, max = limits::PART), regex(pattern = schema::PART))]
    pub settings: String,
}

/// The name on the back end's certificate.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsF {
    /// Host name that probe and requests shall send.
    #[schemars(length(min = 1, max = limits::NAME))]
    #[x_kube(validation = schema::host())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
}

/// A higher limit.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsH {
    /// Most instances of a gateway that scales by itself.
    #[schemars(range(min = 2, max = 125))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<i32>,
    /// Instances of a gateway that does not.
    #[schemars(range(min = 1, max = 125))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_count: Option<i32>,
}

/// How the gateway meets an App Service.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputsI {
    /// Host name that the App Service knows.
    #[schemars(length(min = 1, max = limits::NAME))]
    #[x_kube(validation = schema::host())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// Whom its access restrictions shall let in: Subnet or PublicIp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_from: Option<AllowFrom>,
}
