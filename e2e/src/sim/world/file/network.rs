//! The shorthand for networks and what belongs to them.

use serde::Deserialize;
use serde_json::Value;

use super::Named;

/// A virtual network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Network {
    pub(in crate::sim::world) group: Option<String>,
    pub(in crate::sim::world) space: Vec<String>,
    #[serde(default)]
    pub(in crate::sim::world) subnets: Named<Subnet>,
    /// Name of the peering to the other side.
    #[serde(default)]
    pub(in crate::sim::world) peerings: Named<Peering>,
    /// Custom DNS servers.
    #[serde(default)]
    pub(in crate::sim::world) dns: Vec<String>,
    /// Prefixes learnt over BGP from a VPN or `ExpressRoute` gateway.
    #[serde(default)]
    pub(in crate::sim::world) learnt: Vec<String>,
    pub(in crate::sim::world) raw: Option<Value>,
}

/// A subnet; several prefixes go into the plural field, as in ARM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Subnet {
    pub(in crate::sim::world) prefix: Option<String>,
    #[serde(default)]
    pub(in crate::sim::world) prefixes: Vec<String>,
    pub(in crate::sim::world) nsg: Option<String>,
    pub(in crate::sim::world) route_table: Option<String>,
    /// Service endpoints: `Microsoft.Web`.
    #[serde(default)]
    pub(in crate::sim::world) endpoints: Vec<String>,
}

/// One side of a peering.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct Peering {
    pub(in crate::sim::world) network: String,
    #[serde(default = "connected")]
    pub(in crate::sim::world) state: String,
    #[serde(default)]
    pub(in crate::sim::world) remote_gateways: bool,
}

fn connected() -> String {
    "Connected".to_owned()
}

/// A network security group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct Nsg {
    pub(in crate::sim::world) group: Option<String>,
    /// Name to `PRIORITY ACCESS DIRECTION [PROTOCOL] [from …] [to …] [ports …] [sourcePorts …]`.
    #[serde(default)]
    pub(in crate::sim::world) rules: Named<String>,
    pub(in crate::sim::world) raw: Option<Value>,
}

/// A route table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::sim::world) struct RouteTable {
    pub(in crate::sim::world) group: Option<String>,
    /// Name to `PREFIX HOP-TYPE [ADDRESS]`.
    #[serde(default)]
    pub(in crate::sim::world) routes: Named<String>,
    #[serde(default)]
    pub(in crate::sim::world) disable_bgp: bool,
    pub(in crate::sim::world) raw: Option<Value>,
}

/// A network interface with one address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct NetworkInterface {
    pub(in crate::sim::world) group: Option<String>,
    pub(in crate::sim::world) address: String,
    pub(in crate::sim::world) subnet: String,
    pub(in crate::sim::world) nsg: Option<String>,
    /// Application security groups; they come into being by being named.
    #[serde(default)]
    pub(in crate::sim::world) asgs: Vec<String>,
    pub(in crate::sim::world) vm: Option<String>,
    pub(in crate::sim::world) raw: Option<Value>,
}

/// A public IP address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::world) struct PublicIp {
    pub(in crate::sim::world) group: Option<String>,
    pub(in crate::sim::world) address: String,
    pub(in crate::sim::world) raw: Option<Value>,
}
