//! The shape of a world file. The reference for people who write one is `file.md`, the documentation of `world`.

mod behaviour;
mod gateway;
mod named;
mod network;
mod responds;
mod site;
mod watched;

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::Value;

pub use self::behaviour::{Answer, BackEnd, Certificate, Link, Listens, Problem, Protocol};
pub(super) use self::watched::{Availability, Before, Change, Shipped, Traffic, Workspace};
pub(super) use self::{
    gateway::{Gateway, Listener, Probe, Setting, Target},
    named::Named,
    network::{Network, NetworkInterface, Nsg, PublicIp, RouteTable, Subnet},
    site::Site,
};
use super::switches::Switches;

/// A whole world file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct File {
    pub(super) tenant: Option<String>,
    pub(super) location: Option<String>,
    pub(super) group: Option<String>,
    pub(super) subscriptions: Vec<String>,
    /// Group to subscription.
    pub(super) groups: Named<String>,
    pub(super) gateways: Named<Gateway>,
    pub(super) networks: Named<Network>,
    pub(super) nsgs: Named<Nsg>,
    pub(super) route_tables: Named<RouteTable>,
    pub(super) nics: Named<NetworkInterface>,
    pub(super) public_ips: Named<PublicIp>,
    pub(super) documents: Vec<Value>,
    /// By `ADDRESS:PORT`.
    pub(super) back_ends: Named<BackEnd>,
    pub(super) names: Named<Vec<String>>,
    pub(super) hidden_names: Named<Vec<String>>,
    /// What gateways remember of names that do not resolve any more.
    pub(super) cached_names: Named<Vec<String>>,
    /// What DNS servers of somebody's own know, by their address; those not named here know what Azure does.
    pub(super) dns_servers: Named<Named<Vec<String>>>,
    pub(super) sites: Named<Site>,
    pub(super) tags: Named<Vec<String>>,
    pub(super) denied: Vec<String>,
    pub(super) locks: Named<Lock>,
    pub(super) policies: Named<Policy>,
    pub(super) unreadable_secrets: Vec<String>,
    pub(super) health: Switches,
    pub(super) traffic: Vec<Traffic>,
    pub(super) before: Vec<Before>,
    pub(super) workspaces: Named<Workspace>,
    pub(super) logs: Vec<Shipped>,
    pub(super) changes: Vec<Change>,
    pub(super) availability: Option<Availability>,
    /// Metrics have no values.
    pub(super) unmeasured: bool,
}

/// A management lock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    pub(super) on: String,
    pub(super) level: String,
}

/// A policy that forbids what it says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) on: String,
    pub(super) action: Option<String>,
}
