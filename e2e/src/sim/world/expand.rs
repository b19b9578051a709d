//! From the shorthand of a world file to full documents.

mod dns;
mod gateway;
mod network;
mod overlay;
mod site;
mod watched;
mod words;

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

use ipnet::IpNet;
use serde_json::{Value, json};

use super::{
    Facts, Group, World, WorldError,
    access::{Denial, Lock, Policy},
    back_end::address_and_port,
    complete,
    file::{File, Named},
    guid, lenient, relink,
};

/// The subscription of a world that names none.
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
const TENANT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

/// Resource types by the names used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Gateway,
    Network,
    Nsg,
    RouteTable,
    Interface,
    PublicIp,
    SecurityGroup,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "applicationGateways",
            Self::Network => "virtualNetworks",
            Self::Nsg => "networkSecurityGroups",
            Self::RouteTable => "routeTables",
            Self::Interface => "networkInterfaces",
            Self::PublicIp => "publicIPAddresses",
            Self::SecurityGroup => "applicationSecurityGroups",
        }
    }
}

/// The world while it is built.
struct Builder<'a> {
    file: &'a File,
    location: String,
    group: String,
    /// The ids of all named resources.
    ids: HashMap<(Kind, String), String>,
    groups: Vec<Group>,
    /// One at least.
    subscriptions: Vec<String>,
    documents: BTreeMap<String, Value>,
    facts: Facts,
}

/// Builds the world that a file describes.
pub(super) fn world(file: File) -> Result<World, WorldError> {
    let mut builder = Builder {
        location: file
            .location
            .clone()
            .unwrap_or_else(|| "westeurope".to_owned()),
        group: file.group.clone().unwrap_or_else(|| "rg-edge".to_owned()),
        file: &file,
        ids: HashMap::new(),
        groups: Vec::new(),
        subscriptions: if file.subscriptions.is_empty() {
            vec![SUBSCRIPTION.to_owned()]
        } else {
            file.subscriptions.clone()
        },
        documents: BTreeMap::new(),
        facts: Facts::default(),
    };
    builder.name_groups();
    builder.name_resources();
    builder.networks()?;
    builder.gateways()?;
    builder.sites()?;
    builder.other_documents()?;
    builder.facts()?;
    builder.watched()?;
    let denied = builder.denied()?;
    let locks = builder.locks();
    let policies = builder.policies();
    let Builder {
        groups,
        subscriptions,
        mut documents,
        facts,
        ..
    } = builder;
    relink::relink(&mut documents);
    let mut world = World {
        tenant: file.tenant.unwrap_or_else(|| TENANT.to_owned()),
        subscriptions,
        groups,
        documents,
        shown: BTreeMap::new(),
        denied,
        locks,
        policies,
        facts,
        switches: file.health,
        revision: 0,
    };
    for (at, back_end) in file.back_ends {
        world.set_back_end(&at, back_end)?;
    }
    Ok(world)
}

impl Builder<'_> {
    /// Resource groups: those in the file, and those that resources name.
    fn name_groups(&mut self) {
        for (name, subscription) in &self.file.groups {
            self.know_group_in(name, subscription);
        }
        let own = self.group.clone();
        self.know_group(&own);
    }

    /// The path of a resource group, which comes into being by being named.
    fn know_group(&mut self, name: &str) -> String {
        let known = self
            .groups
            .iter()
            .find(|group| group.name.eq_ignore_ascii_case(name));
        match known.map(Group::id) {
            Some(id) => id,
            None => self.know_group_in(name, &self.subscriptions[0].clone()),
        }
    }

    fn know_group_in(&mut self, name: &str, subscription: &str) -> String {
        let same = |known: &String| known.eq_ignore_ascii_case(subscription);
        if !self.subscriptions.iter().any(same) {
            self.subscriptions.push(subscription.to_owned());
        }
        let group = Group {
            name: name.to_owned(),
            subscription: subscription.to_owned(),
            location: self.location.clone(),
        };
        let id = group.id();
        if !self
            .groups
            .iter()
            .any(|known| lenient::same_id(&known.id(), &id))
        {
            self.groups.push(group);
        }
        id
    }

    fn name_resources(&mut self) {
        fn named<T>(
            kind: Kind,
            all: &Named<T>,
            group: impl Fn(&T) -> Option<&String>,
        ) -> impl Iterator<Item = (Kind, &str, Option<&String>)> {
            all.iter()
                .map(move |(name, own)| (kind, name.as_str(), group(own)))
        }
        let file = self.file;
        let all: Vec<_> = named(Kind::Gateway, &file.gateways, |own| own.group.as_ref())
            .chain(named(Kind::Network, &file.networks, |own| {
                own.group.as_ref()
            }))
            .chain(named(Kind::Nsg, &file.nsgs, |own| own.group.as_ref()))
            .chain(named(Kind::RouteTable, &file.route_tables, |own| {
                own.group.as_ref()
            }))
            .chain(named(Kind::Interface, &file.nics, |own| own.group.as_ref()))
            .chain(named(Kind::PublicIp, &file.public_ips, |own| {
                own.group.as_ref()
            }))
            .collect();
        for (kind, name, group) in all {
            self.know(kind, name, group.map(String::as_str));
        }
    }

    /// Gives a resource its id.
    fn know(&mut self, kind: Kind, name: &str, group: Option<&str>) -> String {
        let group = group.map_or_else(|| self.group.clone(), str::to_owned);
        let id = format!(
            "{}/providers/Microsoft.Network/{}/{name}",
            self.know_group(&group),
            kind.name()
        );
        self.ids
            .insert((kind, name.to_ascii_lowercase()), id.clone());
        id
    }

    /// The id of a named resource; an id stands for itself, whether it is there or not.
    fn id(&self, kind: Kind, name: &str, place: &str) -> Result<String, WorldError> {
        if name.starts_with('/') {
            return Ok(name.to_owned());
        }
        let known = self.ids.get(&(kind, name.to_ascii_lowercase()));
        known.cloned().ok_or_else(|| {
            WorldError::wrong(
                place,
                format!("no `{name}` among the {} of this world", kind.name()),
            )
        })
    }

    /// The id of a subnet written as `NETWORK/SUBNET`.
    fn subnet(&self, written: &str, place: &str) -> Result<String, WorldError> {
        if written.starts_with('/') {
            return Ok(written.to_owned());
        }
        let (network, subnet) = written
            .split_once('/')
            .ok_or_else(|| WorldError::wrong(place, format!("`{written}` is no NETWORK/SUBNET")))?;
        let id = self.id(Kind::Network, network, place)?;
        let there = self
            .file
            .networks
            .get(network)
            .is_some_and(|network| network.subnets.get(subnet).is_some());
        if !there {
            let what = format!("no subnet `{subnet}` in the network `{network}`");
            return Err(WorldError::wrong(place, what));
        }
        Ok(format!("{id}/subnets/{subnet}"))
    }

    /// Stores a document, completed, with what the file has over it.
    fn store(&mut self, id: &str, properties: &Value, raw: Option<&Value>) {
        self.store_with(
            id,
            json!({"location": self.location, "properties": properties}),
            raw,
        );
    }

    fn store_with(&mut self, id: &str, mut document: Value, raw: Option<&Value>) {
        let etag = guid::etag(id, 0);
        complete::complete(id, &mut document);
        complete::stamp(id, &mut document, &etag);
        if let Some(raw) = raw {
            overlay::overlay(&mut document, raw);
            complete::complete(id, &mut document);
            complete::stamp(id, &mut document, &etag);
            // Once more, so that it has the last word.
            overlay::overlay(&mut document, raw);
        }
        self.documents.insert(lenient::key(id), document);
    }

    fn other_documents(&mut self) -> Result<(), WorldError> {
        for (at, document) in self.file.documents.iter().enumerate() {
            let place = format!("documents[{at}]");
            let id = lenient::text(&document["id"])
                .filter(|id| id.starts_with('/'))
                .ok_or_else(|| WorldError::wrong(&place, "needs an `id`"))?
                .to_owned();
            if let ["", "subscriptions", subscription, groups, group, ..] =
                id.split('/').collect::<Vec<_>>().as_slice()
                && groups.eq_ignore_ascii_case("resourceGroups")
            {
                self.know_group_in(group, subscription);
            }
            let mut document = document.clone();
            if document["name"].is_null() {
                document["name"] = json!(lenient::last(&id));
            }
            if self.documents.insert(lenient::key(&id), document).is_some() {
                return Err(WorldError::wrong(&place, format!("`{id}` is there twice")));
            }
        }
        Ok(())
    }

    fn facts(&mut self) -> Result<(), WorldError> {
        let file = self.file;
        // What the platform has by itself; addresses kept for documents, so that they are nobody's.
        for tag in ["gatewaymanager", "azurecloud"] {
            self.facts
                .tags
                .insert(tag.to_owned(), nets(&["203.0.113.0/24".to_owned()], tag)?);
        }
        for (tag, written) in &file.tags {
            let place = format!("tags.{tag}");
            self.facts
                .tags
                .insert(tag.to_ascii_lowercase(), nets(written, &place)?);
        }
        for (name, written) in &file.names {
            let place = format!("names.{name}");
            self.facts
                .names
                .insert(name.to_ascii_lowercase(), addresses(written, &place)?);
        }
        for (name, written) in &file.hidden_names {
            let place = format!("hiddenNames.{name}");
            self.facts
                .hidden_names
                .insert(name.to_ascii_lowercase(), addresses(written, &place)?);
        }
        self.dns_servers()?;
        for (at, _) in &file.back_ends {
            if address_and_port(at).is_none() {
                return Err(WorldError::wrong(
                    "backEnds",
                    format!("`{at}` is no ADDRESS:PORT"),
                ));
            }
        }
        Ok(())
    }

    /// `ACTION` or `ACTION at SCOPE`.
    fn denied(&mut self) -> Result<Vec<Denial>, WorldError> {
        let mut all = Vec::new();
        for (at, written) in self.file.denied.iter().enumerate() {
            let (action, scope) = match written.split_once(" at ") {
                Some((action, scope)) => (action, Some(self.scope(scope.trim()))),
                None => (written.as_str(), None),
            };
            if action.trim().contains(' ') || action.trim().is_empty() {
                let what = format!("`{written}` is no ACTION or ACTION at SCOPE");
                return Err(WorldError::wrong(&format!("denied[{at}]"), what));
            }
            all.push(Denial {
                action: action.trim().to_owned(),
                scope,
            });
        }
        Ok(all)
    }

    fn locks(&mut self) -> Vec<Lock> {
        let written: &Named<_> = &self.file.locks;
        let mut all = Vec::new();
        for (name, lock) in written {
            all.push(Lock {
                name: name.clone(),
                scope: self.scope(&lock.on),
                level: lock.level.clone(),
            });
        }
        all
    }

    /// Those that do not say what they forbid forbid to write.
    fn policies(&mut self) -> Vec<Policy> {
        let written: &Named<_> = &self.file.policies;
        let mut all = Vec::new();
        for (name, policy) in written {
            all.push(Policy {
                name: name.clone(),
                scope: self.scope(&policy.on),
                action: policy
                    .action
                    .clone()
                    .unwrap_or_else(|| "*/write".to_owned()),
            });
        }
        all
    }

    /// An id, or the name of a resource group.
    fn scope(&mut self, written: &str) -> String {
        if written.starts_with('/') {
            written.trim_end_matches('/').to_owned()
        } else {
            self.know_group(written)
        }
    }
}

fn nets(written: &[String], place: &str) -> Result<Vec<IpNet>, WorldError> {
    let all = written.iter().map(|net| {
        let address = || net.parse::<IpAddr>().map(IpNet::from);
        net.parse::<IpNet>()
            .or_else(|_| address())
            .map_err(|_| WorldError::wrong(place, format!("`{net}` is no prefix")))
    });
    all.collect()
}

fn addresses(written: &[String], place: &str) -> Result<Vec<IpAddr>, WorldError> {
    let all = written.iter().map(|address| {
        address
            .parse()
            .map_err(|_| WorldError::wrong(place, format!("`{address}` is no IP address")))
    });
    all.collect()
}
