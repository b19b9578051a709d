//! `spec.identity`: in whose name Azure is asked and changed.
use crate::{limits, schema};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// In whose name Azure is asked and changed. Looking and writing are two identities.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Who looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Account>,
    /// Who writes, once a plan is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<Account>,
}

/// An identity in Azure, by way of a service account.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Service account of the same namespace whose token is traded for one of Azure.
    pub service_account_ref: NameRef,
}

/// An object in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NameRef {
    /// Name of the object.
    #[schemars(length(min = 1, max = limits::NAME), regex(pattern = schema::NAME))]
    pub name: String,
}
