//! `spec.hints`: what only a person knows.
use crate::{ManagedBy, limits, schema};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// What only a person knows of the application.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hints {
    /// Path on which the application answers a health check (row 2c.1).
    #[schemars(length(min = 1, max = limits::PATH))]
    #[x_kube(validation = schema::path())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_path: Option<String>,
    /// Whether the application is known to start slowly (row 2c-1.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_to_start: Option<bool>,
    /// Root certificate of a private CA that signs the back ends (row 2d.4, resolution F). From the same namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_ca: Option<PrivateCa>,
    /// App Service behind the gateway, where the host name does not lead to it (step 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_app: Option<ResourceRef>,
    /// Host name of an API Management behind the gateway (row map.3).
    #[schemars(length(min = 1, max = limits::NAME))]
    #[x_kube(validation = schema::host())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_management_host: Option<String>,
    /// Who keeps the gateway's configuration: Nobody, AGIC, Terraform, Bicep or ASO. Without it what the marks on the gateway say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<ManagedBy>,
    /// Whether a stopped gateway was stopped on purpose. A start is offered only after an explicit false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_on_purpose: Option<bool>,
}

/// Where a private root certificate is kept: exactly one place.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[x_kube(validation = Rule::new("has(self.configMapRef) != has(self.secretRef)").message("exactly one of configMapRef and secretRef"))]
#[serde(rename_all = "camelCase")]
pub struct PrivateCa {
    /// Key of a ConfigMap. A root certificate is public, so prefer this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<KeyRef>,
    /// Key of a Secret. The operator needs a Role for this one name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<KeyRef>,
}

/// One key of an object in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRef {
    /// Name of the object.
    #[schemars(length(min = 1, max = limits::NAME), regex(pattern = schema::NAME))]
    pub name: String,
    /// Key in its data.
    #[schemars(length(min = 1, max = limits::NAME), regex(pattern = schema::KEY))]
    pub key: String,
}

/// Something in Azure.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRef {
    /// Azure resource id, in any case.
    #[schemars(length(min = 1, max = limits::ARM_ID))]
    #[x_kube(validation = schema::arm_id())]
    pub resource_id: String,
}
