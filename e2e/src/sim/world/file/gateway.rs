//! The shorthand for an application gateway.

use serde::Deserialize;
use serde_json::Value;

use super::Named;

/// An application gateway; words of ARM are taken as they are, so that unknown ones can be written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Gateway {
    pub(in crate::sim::world) group: Option<String>,
    #[serde(default = "standard_v2")]
    pub(in crate::sim::world) tier: String,
    pub(in crate::sim::world) capacity: Option<u32>,
    /// Least and most instances.
    pub(in crate::sim::world) autoscale: Option<(u32, u32)>,
    #[serde(default)]
    pub(in crate::sim::world) zones: Vec<String>,
    /// Read only by Azure: `NETWORK/SUBNET` or an id.
    pub(in crate::sim::world) subnet: String,
    #[serde(default = "running")]
    pub(in crate::sim::world) state: String,
    #[serde(default = "succeeded")]
    pub(in crate::sim::world) provisioning: String,
    /// The addresses of the instances, which no document shows.
    #[serde(default)]
    pub(in crate::sim::world) instances: Vec<String>,
    /// Name to `public PUBLIC-IP` or `private ADDRESS`.
    #[serde(default)]
    pub(in crate::sim::world) frontends: Named<String>,
    #[serde(default)]
    pub(in crate::sim::world) listeners: Named<Listener>,
    /// Each member an address, a name, or `nic:NAME`.
    #[serde(default)]
    pub(in crate::sim::world) pools: Named<Vec<String>>,
    #[serde(default)]
    pub(in crate::sim::world) probes: Named<Probe>,
    #[serde(default)]
    pub(in crate::sim::world) settings: Named<Setting>,
    #[serde(default)]
    pub(in crate::sim::world) redirects: Named<Redirect>,
    #[serde(default)]
    pub(in crate::sim::world) path_maps: Named<PathMap>,
    #[serde(default)]
    pub(in crate::sim::world) rules: Named<Rule>,
    /// Name to the request headers that are set, whatever the request.
    #[serde(default)]
    pub(in crate::sim::world) rewrites: Named<Named<String>>,
    /// Name to the certificate, of a root (v2) or of the back end (v1).
    #[serde(default)]
    pub(in crate::sim::world) roots: Named<String>,
    #[serde(default)]
    pub(in crate::sim::world) tags: Named<String>,
    pub(in crate::sim::world) raw: Option<Value>,
}

/// A listener.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Listener {
    pub(in crate::sim::world) port: u16,
    #[serde(default = "http")]
    pub(in crate::sim::world) protocol: String,
    pub(in crate::sim::world) host: Option<String>,
    #[serde(default)]
    pub(in crate::sim::world) hosts: Vec<String>,
    pub(in crate::sim::world) frontend: Option<String>,
}

/// A probe; times in seconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Probe {
    #[serde(default = "http")]
    pub(in crate::sim::world) protocol: String,
    pub(in crate::sim::world) host: Option<String>,
    #[serde(default)]
    pub(in crate::sim::world) pick_host: bool,
    #[serde(default = "root")]
    pub(in crate::sim::world) path: String,
    pub(in crate::sim::world) port: Option<u16>,
    #[serde(default = "thirty")]
    pub(in crate::sim::world) interval: u32,
    #[serde(default = "thirty")]
    pub(in crate::sim::world) timeout: u32,
    #[serde(default = "three")]
    pub(in crate::sim::world) threshold: u32,
    #[serde(default)]
    pub(in crate::sim::world) min_servers: u32,
    #[serde(default)]
    pub(in crate::sim::world) codes: Vec<String>,
    pub(in crate::sim::world) body: Option<String>,
}

/// Back-end HTTP settings; the time-out in seconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Setting {
    pub(in crate::sim::world) port: u16,
    #[serde(default = "http")]
    pub(in crate::sim::world) protocol: String,
    pub(in crate::sim::world) host: Option<String>,
    #[serde(default)]
    pub(in crate::sim::world) pick_host: bool,
    pub(in crate::sim::world) probe: Option<String>,
    #[serde(default = "twenty")]
    pub(in crate::sim::world) timeout: u32,
    pub(in crate::sim::world) path: Option<String>,
    #[serde(default)]
    pub(in crate::sim::world) roots: Vec<String>,
    pub(in crate::sim::world) sni_name: Option<String>,
    #[serde(rename = "validateSNI")]
    pub(in crate::sim::world) validate_sni: Option<bool>,
    pub(in crate::sim::world) validate_cert_chain_and_expiry: Option<bool>,
}

/// A redirect, to a listener or a URL.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Redirect {
    #[serde(default = "permanent", rename = "type")]
    pub(in crate::sim::world) kind: String,
    pub(in crate::sim::world) listener: Option<String>,
    pub(in crate::sim::world) url: Option<String>,
}

/// A path map.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct PathMap {
    pub(in crate::sim::world) default: Target,
    #[serde(default)]
    pub(in crate::sim::world) rules: Named<Target>,
}

/// Where a path rule or the default of a path map leads; the default has no paths.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Target {
    #[serde(default)]
    pub(in crate::sim::world) paths: Vec<String>,
    pub(in crate::sim::world) pool: Option<String>,
    pub(in crate::sim::world) settings: Option<String>,
    pub(in crate::sim::world) redirect: Option<String>,
    pub(in crate::sim::world) rewrite: Option<String>,
}

/// A request routing rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Rule {
    pub(in crate::sim::world) listener: String,
    pub(in crate::sim::world) priority: Option<u32>,
    pub(in crate::sim::world) pool: Option<String>,
    pub(in crate::sim::world) settings: Option<String>,
    pub(in crate::sim::world) path_map: Option<String>,
    pub(in crate::sim::world) redirect: Option<String>,
    pub(in crate::sim::world) rewrite: Option<String>,
}

fn standard_v2() -> String {
    "Standard_v2".to_owned()
}

fn running() -> String {
    "Running".to_owned()
}

fn succeeded() -> String {
    "Succeeded".to_owned()
}

fn http() -> String {
    "Http".to_owned()
}

fn permanent() -> String {
    "Permanent".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

const fn thirty() -> u32 {
    30
}

const fn twenty() -> u32 {
    20
}

const fn three() -> u32 {
    3
}
