//! A gateway as its document has it: what is wired to what, who its members and its instances are.

use std::net::IpAddr;

use serde_json::Value;

use super::{World, WorldError, complete, lenient, network};

/// A gateway of a world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gateway<'a> {
    pub(super) world: &'a World,
    pub(super) document: &'a Value,
}

/// A member of a pool.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// As the pool has it: an address or a name; for a network interface its address.
    pub(super) shown: String,
    /// The IP configuration, for a member that is a network interface.
    pub(super) ip_configuration: Option<String>,
    /// Where it is; none if its name does not resolve.
    pub(super) addresses: Vec<IpAddr>,
}

impl Member {
    /// The name, if the member is one.
    pub(super) fn host_name(&self) -> Option<&str> {
        Some(self.shown.as_str()).filter(|shown| shown.parse::<IpAddr>().is_err())
    }
}

/// A pool and settings that some rule uses together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) pool: &'a Value,
    pub(super) settings: &'a Value,
}

impl<'a> Gateway<'a> {
    pub(super) fn find(world: &'a World, id: &str) -> Result<Self, WorldError> {
        let key = lenient::key(id);
        let is_gateway = key
            .rsplit_once("/applicationgateways/")
            .is_some_and(|(_, name)| !name.contains('/'));
        match world.documents.get(&key).filter(|_| is_gateway) {
            Some(document) => Ok(Self { world, document }),
            None => Err(WorldError::NotThere(id.to_owned())),
        }
    }

    pub(super) fn properties(&self) -> &'a Value {
        &self.document["properties"]
    }

    /// Whether it is of the second generation.
    pub(super) fn is_v2(&self) -> bool {
        complete::is_v2(&self.properties()["sku"]["tier"])
    }

    /// Whether one of its front ends is public.
    pub(super) fn is_public(&self) -> bool {
        lenient::items(&self.properties()["frontendIPConfigurations"])
            .any(|frontend| lenient::id(&frontend["properties"]["publicIPAddress"]).is_some())
    }

    /// Whether its state is one of those words.
    pub(super) fn state_is(&self, words: &[&str]) -> bool {
        let state = &self.properties()["operationalState"];
        words.iter().any(|word| lenient::is_word(state, word))
    }

    /// Whether it has a data path at all; words that nobody knows count as running.
    pub(super) fn serves(&self) -> bool {
        !self.state_is(&["Stopped", "Stopping", "Starting"])
    }

    pub(super) fn subnet_id(&self) -> Option<&'a str> {
        lenient::items(&self.properties()["gatewayIPConfigurations"])
            .find_map(|own| lenient::id(&own["properties"]["subnet"]))
    }

    /// What an `{"id": …}` leads to.
    pub(super) fn referred(&self, reference: &Value) -> Option<&'a Value> {
        self.world.look(lenient::id(reference)?)
    }

    /// The pools and settings in use: by rules that have a listener, by path maps and their rules.
    pub(super) fn pairs(&self) -> Vec<Pair<'a>> {
        let mut pairs: Vec<Pair<'a>> = Vec::new();
        let mut add = |pool: &Value, settings: &Value| {
            let (Some(pool), Some(settings)) = (self.referred(pool), self.referred(settings))
            else {
                return;
            };
            let known = pairs
                .iter()
                .any(|pair| pair.pool["id"] == pool["id"] && pair.settings["id"] == settings["id"]);
            if !known {
                pairs.push(Pair { pool, settings });
            }
        };
        for rule in lenient::items(&self.properties()["requestRoutingRules"]) {
            let rule = &rule["properties"];
            if self.referred(&rule["httpListener"]).is_none() {
                continue;
            }
            add(&rule["backendAddressPool"], &rule["backendHttpSettings"]);
            if let Some(map) = self.referred(&rule["urlPathMap"]) {
                let map = &map["properties"];
                add(
                    &map["defaultBackendAddressPool"],
                    &map["defaultBackendHttpSettings"],
                );
                for rule in lenient::items(&map["pathRules"]) {
                    let rule = &rule["properties"];
                    add(&rule["backendAddressPool"], &rule["backendHttpSettings"]);
                }
            }
        }
        pairs
    }

    /// The members of a pool: addresses and names first, then network interfaces.
    pub(super) fn members(&self, pool: &Value) -> Vec<Member> {
        let pool = &pool["properties"];
        let written = lenient::items(&pool["backendAddresses"]).filter_map(|own| {
            let shown = lenient::text(&own["ipAddress"]).or(lenient::text(&own["fqdn"]))?;
            Some(Member {
                shown: shown.to_owned(),
                ip_configuration: None,
                addresses: self.resolve(shown),
            })
        });
        let interfaces = lenient::items(&pool["backendIPConfigurations"]).filter_map(|own| {
            let own = self.referred(own)?;
            let address = lenient::address(&own["properties"]["privateIPAddress"])?;
            Some(Member {
                shown: address.to_string(),
                ip_configuration: lenient::id(own).map(str::to_owned),
                addresses: vec![address],
            })
        });
        written.chain(interfaces).collect()
    }

    /// The addresses of its instances in its subnet: those in the world file, else as many as it has by its document,
    /// two at least, from the first free one on.
    pub(super) fn instances(&self) -> Vec<IpAddr> {
        let key = lenient::key(lenient::id(self.document).unwrap_or_default());
        if let Some(own) = self
            .world
            .facts
            .instances
            .get(&key)
            .filter(|own| !own.is_empty())
        {
            return own.clone();
        }
        let taken: Vec<IpAddr> = lenient::items(&self.properties()["frontendIPConfigurations"])
            .filter_map(|frontend| lenient::address(&frontend["properties"]["privateIPAddress"]))
            .collect();
        let autoscale = &self.properties()["autoscaleConfiguration"]["minCapacity"];
        let count = lenient::number(&self.properties()["sku"]["capacity"])
            .or_else(|| lenient::number(autoscale))
            .unwrap_or_default()
            .clamp(2, 10);
        let subnet = self.subnet_id().and_then(|id| self.world.look(id));
        let prefix = subnet.and_then(|subnet| network::subnet_prefixes(subnet).into_iter().next());
        prefix
            .into_iter()
            // Azure keeps the network address and the three after it.
            .flat_map(|prefix| {
                prefix
                    .hosts()
                    .filter(move |host| *host != prefix.network())
                    .skip(3)
            })
            .filter(|address| !taken.contains(address))
            .zip(0..count)
            .map(|(address, _)| address)
            .collect()
    }
}

impl Gateway<'_> {
    /// The addresses that it gets for a name: from the DNS servers of its network, which are asked in their order.
    fn resolve(&self, name: &str) -> Vec<IpAddr> {
        if let Ok(address) = name.parse() {
            return vec![address];
        }
        let network = self.subnet_id().and_then(|own| self.world.network_of(own));
        let servers = network.map_or(
            &Value::Null,
            |own| &own["properties"]["dhcpOptions"]["dnsServers"],
        );
        let own = lenient::items(servers)
            .filter_map(lenient::address)
            .find_map(|server| self.world.facts.dns_servers.get(&server));
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let found = match own {
            Some(zone) => zone.get(&name).cloned().unwrap_or_default(),
            None => self.world.resolve(&name),
        };
        let facts = &self.world.facts;
        let key = lenient::key(lenient::id(self.document).unwrap_or_default());
        match facts.cached_names.get(&name) {
            Some(cached) if found.is_empty() && !facts.forgetful.contains(&key) => cached.clone(),
            _ => found,
        }
    }
}

impl World {
    /// The addresses that gateways get from Azure for a name; an address stands for itself.
    pub(super) fn resolve(&self, name: &str) -> Vec<IpAddr> {
        if let Ok(address) = name.parse() {
            return vec![address];
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        match self.facts.names.get(&name) {
            Some(known) => known.clone(),
            None if self.facts.hidden_names.contains_key(&name) => Vec::new(),
            None => self.resolve_site(&name),
        }
    }
}
