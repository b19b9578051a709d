//! The API: the custom resource `AppGatewayDiagnosis`, its schema rules, and the CRD made of both.
//!
//! A person writes `spec`, the operator writes `status`, and neither ever writes the other's half.
//! The YAML beside these sources is generated: `cargo run -p appgw-crds --bin crdgen -- --write`.
#![expect(
    clippy::doc_markdown,
    reason = "the sentences of fields are what kubectl explain prints, and it knows no backticks"
)]
#![expect(
    unreachable_pub,
    reason = "KubeSchema copies each struct into a function, its pub included"
)]
pub mod durations;
pub mod limits;
mod schema;
mod spec;
mod status;
mod words;

pub use durations::duration;
pub use schema::{SchemaError, yaml};
pub use spec::{
    AppGatewayDiagnosis, AppGatewayDiagnosisSpec, Approval, Gateway, Onset, Request, Schedule,
    hints::{Hints, KeyRef, PrivateCa, ResourceRef},
    identity::{Account, Identity, NameRef},
    inputs::{
        Inputs, InputsA, InputsB, InputsC, InputsD, InputsE, InputsF, InputsH, InputsI, PathRule,
    },
};
pub use status::{
    AppGatewayDiagnosisStatus, Counts, GatewaySeen, LastRun,
    finding::Finding,
    ledger::{Decided, Entry, EntryPlan, Ledger, Pending, Sending},
    plan::{Plan, Withheld},
};
pub use words::{
    spec::{AllowFrom, Caution, Letter, ManagedBy, Mode, Rollback, Scheme},
    status::{
        Act, Confidence, Decision, Effect, Fix, Outcome, Phase, PlanState, Risk, StepWord, Trigger,
        Verdict, WithheldReason,
    },
};

/// The API group; also the prefix of the annotations.
pub const GROUP: &str = "appgwdiag.dev";
/// The version served and stored.
pub const VERSION: &str = "v1alpha1";
/// The kind.
pub const KIND: &str = "AppGatewayDiagnosis";

/// Whether a part says nothing, and so is left out of the object.
fn is_empty<T: Default + PartialEq>(part: &T) -> bool {
    *part == T::default()
}

#[cfg(test)]
mod tests;
