//! `spec`: what a person asks for and allows.
#![expect(
    clippy::duplicated_attributes,
    reason = "it takes two columns of one type for one column said twice"
)]
pub(crate) mod hints;
pub(crate) mod identity;
pub(crate) mod inputs;

use crate::{
    AppGatewayDiagnosisStatus, Caution, Letter, Mode, Rollback, Scheme, durations, is_empty,
    limits, schema,
};
use hints::Hints;
use identity::Identity;
use inputs::Inputs;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// What to diagnose, what only a person can say about it, and what may be done.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, kube(cel))]
#[kube(
    group = "appgwdiag.dev",
    version = "v1alpha1",
    kind = "AppGatewayDiagnosis",
    plural = "appgatewaydiagnoses",
    shortname = "agd",
    category = "azure",
    namespaced,
    status = "AppGatewayDiagnosisStatus",
    derive = "PartialEq",
    doc = "Why an Azure Application Gateway answers 502, found by walking Microsoft's article on it.",
    selectable = ".spec.gateway.resourceId",
    selectable = ".status.verdict",
    selectable = ".status.ledger.entry.phase",
    printcolumn(
        name = "Gateway",
        type_ = "string",
        json_path = ".status.gateway.name",
        description = "Name of the gateway."
    ),
    printcolumn(
        name = "Verdict",
        type_ = "string",
        json_path = ".status.verdict",
        description = "Outcome of the last diagnosis."
    ),
    printcolumn(
        name = "Cause",
        type_ = "string",
        json_path = ".status.findings[0].letter",
        description = "Resolution that the surest finding leads to."
    ),
    printcolumn(
        name = "Unhealthy",
        type_ = "string",
        json_path = ".status.counts.unhealthy",
        description = "Servers down, of all servers."
    ),
    printcolumn(
        name = "Fix",
        type_ = "string",
        json_path = ".status.fix",
        description = "Where the repair stands."
    ),
    printcolumn(
        name = "Last Run",
        type_ = "date",
        json_path = ".status.lastRun.finishedAt",
        description = "When the last diagnosis ended."
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp",
        description = "When the object was created."
    ),
    printcolumn(
        name = "Plan",
        type_ = "string",
        json_path = ".status.plans[0].id",
        description = "Id of the first plan.",
        priority = 1
    ),
    printcolumn(
        name = "Conclusion",
        type_ = "string",
        json_path = ".status.conclusion",
        description = "The outcome in one sentence.",
        priority = 1
    )
)]
#[x_kube(
    validation = Rule::new("!(has(self.interval) && has(self.schedule))").message("interval or schedule, not both"),
    validation = Rule::new("!has(self.allowedResolutions) || self.allowedResolutions.size() == 0 || self.mode == 'Review'")
        .message("allowedResolutions needs mode Review"),
    validation = Rule::new("!(has(oldSelf.approval) && has(oldSelf.approval.forbidSelfApproval) && oldSelf.approval.forbidSelfApproval) \
        || (has(self.approval) && has(self.approval.forbidSelfApproval) && self.approval.forbidSelfApproval)")
        .message("approval.forbidSelfApproval can be switched on, not off")
)]
#[schemars(transform = schema::absent_not_null)]
#[serde(rename_all = "camelCase")]
pub struct AppGatewayDiagnosisSpec {
    /// The gateway to diagnose. It cannot be changed: another gateway is another diagnosis.
    pub gateway: Gateway,
    /// What clients asked for when they saw 502.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub request: Request,
    /// How far to look back, or around onset.at: 5m to 24h. Without it 1h.
    #[schemars(length(max = durations::LONGEST))]
    #[x_kube(validation = schema::between("5m", "24h"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// How often to diagnose: 1m to 24h, or 0s for only on a change, a run-now or a wait. Without it the operator's own interval.
    #[schemars(length(max = durations::LONGEST))]
    #[x_kube(validation = schema::interval())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// When to diagnose, instead of interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// When the 502s began.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub onset: Onset,
    /// What only a person knows of the application. Each hint answers a row that would otherwise ask.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub hints: Hints,
    /// Values that the article's commands ask the reader for, by letter of the resolution. A missing one becomes a question, never a guess.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub inputs: Inputs,
    /// Cautions set aside: DnsBroken, OwnedByOther, PolicyDenies, SharedTarget. Nothing else can be set aside.
    #[schemars(length(max = 4))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Caution>,
    /// ReadOnly: plans are shown and none can be approved. Review: those of the allowed resolutions can.
    #[serde(default)]
    pub mode: Mode,
    /// Letters of the resolutions that may be approved here, A to I. Empty: none. Needs mode Review.
    #[schemars(length(max = 9))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_resolutions: Vec<Letter>,
    /// What an approval must satisfy.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub approval: Approval,
    /// What happens to a change that made things worse: Offer, Automatic or Never. Part of the plan that is approved.
    #[serde(default)]
    pub rollback: Rollback,
    /// Service accounts to look and to write with. Without them the operator's own, where the namespace has a grant.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub identity: Identity,
    /// Nothing new is begun and nothing more is sent while this is true.
    #[serde(default)]
    pub suspend: bool,
}

/// Which gateway.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Azure resource id of the gateway, /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Network/applicationGateways/NAME, in any case.
    #[schemars(length(min = 1, max = limits::ARM_ID))]
    #[x_kube(validation = schema::arm_id())]
    #[x_kube(validation = Rule::new("self.lowerAscii() == oldSelf.lowerAscii()")
        .message("gateway.resourceId cannot be changed: another gateway is another diagnosis"))]
    pub resource_id: String,
}

/// A request that was answered with 502. Each part is optional.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Http or Https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Host name, without port.
    #[schemars(length(min = 1, max = limits::NAME))]
    #[x_kube(validation = schema::host())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Path, starting with a slash.
    #[schemars(length(min = 1, max = limits::PATH))]
    #[x_kube(validation = schema::path())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Port of the gateway that clients connect to.
    #[schemars(range(min = 1, max = 65535))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
}

/// Diagnosing by the clock.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Minute, hour, day of month, month and day of week as in crontab, such as */15 6-20 * * 1-5.
    #[schemars(length(max = 128))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9A-Za-z*/,?#-]+( +[0-9A-Za-z*/,?#-]+){4}$')")
        .message("five fields as in crontab: minute, hour, day of month, month, day of week"))]
    pub cron: String,
    /// IANA name of the time zone, such as Europe/Berlin. Without it UTC.
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$')")
        .message("a time zone such as Europe/Berlin"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// How it began.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Onset {
    /// When the 502s began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Whether they began after an upgrade of the platform, which only a person can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_platform_upgrade: Option<bool>,
}

/// What an approval must satisfy.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// How long a plan can be approved after it was last drafted from fresh facts: 5m to 720h. Without it 24h.
    #[schemars(length(max = durations::LONGEST))]
    #[x_kube(validation = schema::between("5m", "720h"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<String>,
    /// Whoever changed the spec may not approve. It can be switched on, not off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbid_self_approval: Option<bool>,
}
