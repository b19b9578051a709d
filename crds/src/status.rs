//! `status`: what the operator saw, what it offers, and what it did. A text that says nothing is empty and left out.
pub(crate) mod finding;
pub(crate) mod ledger;
pub(crate) mod plan;

use crate::{Fix, ManagedBy, StepWord, Trigger, Verdict, is_empty, limits, schema};
use finding::Finding;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use ledger::{Decided, Ledger, Pending};
use plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was seen, what is offered, and what was done. Written by the operator alone.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[schemars(transform = schema::absent_not_null)]
#[serde(rename_all = "camelCase")]
pub struct AppGatewayDiagnosisStatus {
    /// The last decisions, newest first, each with how it ended.
    #[schemars(length(max = limits::APPROVALS))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Decided>,
    /// The outcome in one sentence.
    #[schemars(length(max = limits::TEXT))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub conclusion: String,
    /// Standard conditions: Ready, Diagnosed, BackendsHealthy, FixReady and others. One that is absent has not come up.
    #[schemars(schema_with = "schema::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// How many of what.
    #[x_kube(merge_strategy = MapMerge::Atomic)]
    #[serde(default, skip_serializing_if = "is_empty")]
    pub counts: Counts,
    /// What was found, surest first. Competing causes stay beside each other.
    #[schemars(length(max = limits::FINDINGS))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Where the repair stands, in one word: of the plan under way, else of the last one that ended in this fault, else of the first offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What could not be looked at and why, and what the published model of Azure does not know.
    #[schemars(length(max = limits::LINES), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
    /// The gateway as it was seen.
    #[x_kube(merge_strategy = MapMerge::Atomic)]
    #[serde(default, skip_serializing_if = "is_empty")]
    pub gateway: GatewaySeen,
    /// The last visit.
    #[x_kube(merge_strategy = MapMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// What was approved and is being done.
    #[x_kube(merge_strategy = MapMerge::Atomic)]
    #[serde(default, skip_serializing_if = "is_empty")]
    pub ledger: Ledger,
    /// Generation of the spec that this status speaks of.
    #[schemars(range(min = 0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The walk through the article, one line a subject. A step left undecided is marked with a question mark.
    #[schemars(length(max = limits::LINES), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Approvals seen and not yet begun.
    #[schemars(length(max = limits::PENDING))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// What would help, those that can be approved first.
    #[schemars(length(max = limits::PLANS))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// Fields of the spec that a person should fill in, and why.
    #[schemars(length(max = limits::LINES), inner(length(max = limits::LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// All 60 rows of the article by id: yes, no, ask, gap, wait or skip, where that led, and about what.
    #[schemars(schema_with = "schema::rows", transform = schema::no_default)]
    #[x_kube(merge_strategy = MapMerge::Atomic)]
    #[serde(default)]
    pub rows: BTreeMap<String, String>,
    /// The steps of the article, each in one word: Pass, Fail, Info, Wait, Ask, Gap or Skip.
    #[schemars(schema_with = "schema::steps")]
    #[x_kube(merge_strategy = MapMerge::Atomic)]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, StepWord>,
    /// The diagnosis as text: at most 40 lines of 100 columns.
    #[schemars(length(max = limits::SUMMARY_LINES), inner(length(max = limits::SUMMARY_LINE)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary: Vec<String>,
    /// The outcome in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// How many of what.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Requests in the window answered with 502, where they are counted.
    #[schemars(range(min = 0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_gateway: Option<i64>,
    /// Distinct addresses in pools that a rule uses.
    #[schemars(range(min = 0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub servers: Option<i64>,
    /// Those down in every pair they are used in, of all: 3/3.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unhealthy: String,
}

/// The gateway as it was seen.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySeen {
    /// Its name.
    #[schemars(length(max = limits::NAME))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its tier, such as Standard_v2.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tier: String,
    /// Where it is.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// How its last update went, in Azure's word.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provisioning_state: String,
    /// Whether it runs, in Azure's word.
    #[schemars(length(max = limits::ID))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operational_state: String,
    /// Who keeps its configuration: Nobody, AGIC, Terraform, Bicep or ASO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ManagedBy>,
}

/// One visit.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Time,
    /// Why it took place: Change, Interval, Schedule, RunNow, Wait, Approval, Retry or CommandLine.
    pub trigger: Trigger,
    /// Value of the annotation run-now that has been dealt with.
    #[schemars(length(max = limits::REASON))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run_now: String,
    /// Questions put to Azure.
    #[schemars(range(min = 0))]
    pub azure_calls: i64,
    /// How often back-end health was asked in the wait of row 1b.3.
    #[schemars(range(min = 0))]
    pub looks: i32,
}
