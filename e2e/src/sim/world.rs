//! The world behind the simulated Azure: what is there, and what follows from it.
//!
#![doc = include_str!("world/file.md")]

mod access;
mod back_end;
mod client;
mod complete;
mod documents;
mod error;
mod expand;
mod file;
mod gateway;
mod guid;
mod handshakes;
mod health;
mod history;
mod lenient;
mod management;
mod network;
mod nsg;
mod path;
mod pending;
mod probe;
mod relink;
mod routing;
mod sites;
mod stops;
mod switches;
mod tags;
mod texts;
mod tls;
mod traffic;
mod watched;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::IpAddr,
    path::Path,
};

use ipnet::IpNet;
use serde_json::{Value, json};

pub(crate) use self::access::like;
use self::access::{Denial, Lock, Policy};
pub(crate) use self::history::Written;
pub(crate) use self::traffic::{Minute, Served, Workspace};
pub use self::{
    client::{Client, ClientSees, Got},
    error::WorldError,
    file::{Answer, BackEnd, Certificate, Link, Listens, Problem, Protocol},
    nsg::{Decision, Direction, Packet, Transport, nsg_decides},
    path::{Hop, Place},
    switches::{Ids, Log, Lost, Split, Switches, Texts, Unknown, Words},
    tags::Tags,
};

/// A simulated Azure without its front door: documents by id, and facts that no document shows.
#[derive(Clone, Debug)]
pub struct World {
    tenant: String,
    subscriptions: Vec<String>,
    groups: Vec<Group>,
    /// By id in lower case.
    documents: BTreeMap<String, Value>,
    /// What is shown in their place while a change of them is not in force yet, or has failed.
    shown: BTreeMap<String, Value>,
    denied: Vec<Denial>,
    locks: Vec<Lock>,
    policies: Vec<Policy>,
    facts: Facts,
    switches: Switches,
    /// How many changes there were.
    revision: u64,
}

/// What no document shows.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// By address or name, and port.
    back_ends: Vec<(String, u16, BackEnd)>,
    names: BTreeMap<String, Vec<IpAddr>>,
    hidden_names: BTreeMap<String, Vec<IpAddr>>,
    /// What DNS servers know that are not Azure's own.
    dns_servers: BTreeMap<IpAddr, BTreeMap<String, Vec<IpAddr>>>,
    /// What the applications on App Service answer, by the key of the site.
    apps: BTreeMap<String, BackEnd>,
    tags: BTreeMap<String, Vec<IpNet>>,
    /// By the key of the network.
    learnt: BTreeMap<String, Vec<IpNet>>,
    /// By the key of the gateway.
    instances: BTreeMap<String, Vec<IpAddr>>,
    watched: traffic::Watched,
    history: history::History,
    /// What gateways remember of names that do not resolve any more.
    cached_names: BTreeMap<String, Vec<IpAddr>>,
    /// The keys of the gateways that have forgotten them.
    forgetful: BTreeSet<String>,
    /// The secrets that no gateway can read.
    unreadable_secrets: Vec<String>,
    /// The text for each real root that documents were given in its place.
    roots: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Group {
    name: String,
    subscription: String,
    location: String,
}

impl Group {
    fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.subscription, self.name
        )
    }
}

impl World {
    /// The world that a text describes.
    ///
    /// # Errors
    /// If it is no YAML of that shape, or something in it does not fit; the error names the place.
    pub fn from_yaml(text: &str) -> Result<Self, WorldError> {
        let file = serde_saphyr::from_str(text)
            .map_err(|error| WorldError::Malformed(error.to_string()))?;
        expand::world(file)
    }

    /// The world that a file describes.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`World::from_yaml`].
    pub fn load(file: &Path) -> Result<Self, WorldError> {
        let text = fs::read_to_string(file).map_err(|error| WorldError::Unreadable {
            file: file.to_owned(),
            error,
        })?;
        Self::from_yaml(&text)
    }

    /// The id of the tenant.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The documents of all subscriptions.
    pub fn subscriptions(&self) -> Vec<Value> {
        let document = |id: &String| {
            json!({
                "id": format!("/subscriptions/{id}"),
                "subscriptionId": id,
                "tenantId": self.tenant,
                "displayName": "Simulated",
                "state": "Enabled",
            })
        };
        self.subscriptions.iter().map(document).collect()
    }

    /// The document of a subscription.
    pub fn subscription(&self, id: &str) -> Option<Value> {
        let mut all = self.subscriptions().into_iter();
        all.find(|known| lenient::is_word(&known["subscriptionId"], id))
    }

    /// The documents of the resource groups of a subscription.
    pub fn groups(&self, subscription: &str) -> Vec<Value> {
        let own = |group: &&Group| group.subscription.eq_ignore_ascii_case(subscription);
        let document = |group: &Group| {
            json!({
                "id": group.id(),
                "name": group.name,
                "type": "Microsoft.Resources/resourceGroups",
                "location": group.location,
                "properties": {"provisioningState": "Succeeded"},
            })
        };
        self.groups.iter().filter(own).map(document).collect()
    }

    /// The document of a resource group.
    pub fn group(&self, subscription: &str, name: &str) -> Option<Value> {
        let mut all = self.groups(subscription).into_iter();
        all.find(|group| lenient::is_word(&group["name"], name))
    }

    /// The addresses that everybody but the gateways gets for a name: names that gateways do not see are seen here.
    pub fn lookup(&self, name: &str) -> Vec<IpAddr> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let hidden = self.facts.hidden_names.get(&name).cloned();
        hidden.unwrap_or_else(|| self.resolve(&name))
    }

    /// Makes a name resolve to these addresses for everybody, gateways included.
    pub fn set_name(&mut self, name: &str, addresses: Vec<IpAddr>) {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.facts.hidden_names.remove(&name);
        self.facts.names.insert(name, addresses);
    }

    /// Whether metrics have values at all.
    pub(crate) const fn is_measured(&self) -> bool {
        !self.facts.watched.unmeasured
    }

    /// Gives a gateway other instances, as a platform upgrade does.
    pub fn set_instances(&mut self, gateway: &str, addresses: Vec<IpAddr>) {
        self.facts
            .instances
            .insert(lenient::key(gateway), addresses);
    }
}
