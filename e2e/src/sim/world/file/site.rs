//! The shorthand for App Service.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Named, responds};

/// An App Service site; words of ARM are taken as they are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(in crate::sim::world) struct Site {
    pub(in crate::sim::world) group: Option<String>,
    /// `Running` if left out.
    pub(in crate::sim::world) state: Option<String>,
    pub(in crate::sim::world) https_only: bool,
    /// Host names beside the default one, each with its `sslState`: `SniEnabled` if it has a certificate, `Disabled`.
    pub(in crate::sim::world) hosts: Named<String>,
    pub(in crate::sim::world) public_network_access: Option<String>,
    /// Name to `PRIORITY ACTION SOURCE [HEADER=VALUE …]`; the source is `Any`, prefixes, `subnet:NETWORK/SUBNET`,
    /// `tag:SERVICE-TAG` or `xff:PREFIXES`.
    pub(in crate::sim::world) access: Named<String>,
    pub(in crate::sim::world) default_action: Option<String>,
    /// As `access`, for the deployment host.
    pub(in crate::sim::world) scm_access: Named<String>,
    pub(in crate::sim::world) scm_default_action: Option<String>,
    /// Name to its address.
    pub(in crate::sim::world) private_endpoints: Named<String>,
    /// The public address of its front end.
    pub(in crate::sim::world) address: Option<String>,
    /// What the application answers, as a back end does.
    pub(in crate::sim::world) answers: Vec<Answer>,
    #[serde(deserialize_with = "responds::read")]
    pub(in crate::sim::world) responds: Vec<Answer>,
    pub(in crate::sim::world) raw: Option<Value>,
    /// Over `config/web`.
    pub(in crate::sim::world) raw_config: Option<Value>,
}
