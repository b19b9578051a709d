//! The networks of a world: which are connected, what names stand for in a subnet, where a packet goes next.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use serde_json::Value;

use super::{World, lenient, tags::Tags};

/// Where a packet goes next from a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// `Internet`, `None`, `VirtualAppliance`, …, as ARM has it.
    pub(super) next_hop: String,
    /// The route and its table, if a user wrote it.
    pub(super) written: Option<(String, String)>,
}

/// What Azure routes nowhere unless something more exact says otherwise.
const NOWHERE: &[&str] = &[
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
];

impl World {
    /// The virtual network that a subnet is in.
    pub(super) fn network_of(&self, subnet: &str) -> Option<&Value> {
        let key = lenient::key(subnet);
        let (network, _) = key.rsplit_once("/subnets/")?;
        self.look(network)
    }

    /// A virtual network and those it is peered with.
    pub(super) fn connected<'a>(&'a self, network: &'a Value) -> Vec<&'a Value> {
        let peers = lenient::items(&network["properties"]["virtualNetworkPeerings"])
            .map(|peering| &peering["properties"])
            .filter(|peering| lenient::is_word(&peering["peeringState"], "Connected"))
            .filter(|peering| !lenient::denial(&peering["allowVirtualNetworkAccess"]))
            .filter_map(|peering| self.look(lenient::id(&peering["remoteVirtualNetwork"])?));
        [network].into_iter().chain(peers).collect()
    }

    /// The subnet that an address is in, among the networks connected to that of another subnet.
    pub(super) fn subnet_with(&self, address: IpAddr, seen_from: &str) -> Option<&Value> {
        self.connected(self.network_of(seen_from)?)
            .into_iter()
            .flat_map(|network| lenient::items(&network["properties"]["subnets"]))
            .find(|subnet| {
                subnet_prefixes(subnet)
                    .iter()
                    .any(|net| net.contains(&address))
            })
    }

    /// The network interface that has an address in a subnet.
    pub(super) fn interface_with(&self, address: IpAddr, subnet: &str) -> Option<&Value> {
        self.of_kind("networkinterfaces").find(|interface| {
            lenient::items(&interface["properties"]["ipConfigurations"]).any(|own| {
                let own = &own["properties"];
                lenient::address(&own["privateIPAddress"]) == Some(address)
                    && lenient::id(&own["subnet"]).is_some_and(|id| lenient::same_id(id, subnet))
            })
        })
    }

    /// What the names in NSG rules stand for in a subnet. The world knows all: a tag it does not define covers nothing.
    pub(super) fn tags_in(&self, subnet: &str) -> Tags {
        let mut space = Vec::new();
        if let Some(network) = self.network_of(subnet) {
            for each in self.connected(network) {
                space.extend(address_space(each));
            }
            space.extend_from_slice(self.learnt_in(network));
        }
        // The prefixes of written routes count as part of the virtual network.
        for route in lenient::items(self.written_routes(subnet)) {
            space.extend(lenient::prefixes(
                &route["properties"]["addressPrefix"],
                &Value::Null,
            ));
        }
        let mut tags = Tags::new(space).closed();
        for (tag, prefixes) in &self.facts.tags {
            tags = tags.with_tag(tag, prefixes.clone());
        }
        for (group, members) in self.security_groups() {
            tags = tags.with_group(&group, members);
        }
        tags
    }

    /// The members of the application security groups.
    fn security_groups(&self) -> BTreeMap<String, Vec<IpAddr>> {
        let mut members: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
        for interface in self.of_kind("networkinterfaces") {
            for own in lenient::items(&interface["properties"]["ipConfigurations"]) {
                let own = &own["properties"];
                for group in lenient::items(&own["applicationSecurityGroups"]) {
                    if let (Some(id), Some(address)) = (
                        lenient::id(group),
                        lenient::address(&own["privateIPAddress"]),
                    ) {
                        members.entry(lenient::key(id)).or_default().push(address);
                    }
                }
            }
        }
        members
    }

    /// Where a packet to an address goes next from a subnet: the longest prefix wins, then what a user wrote, then
    /// what was learnt, then what Azure has by itself.
    pub(super) fn route(&self, subnet: &str, destination: IpAddr) -> Route {
        let mut best: Option<(u8, Route)> = None;
        for (net, route) in self.routes(subnet) {
            let longer = best
                .as_ref()
                .is_none_or(|(length, _)| net.prefix_len() > *length);
            if longer && net.contains(&destination) {
                best = Some((net.prefix_len(), route));
            }
        }
        best.map_or_else(
            || Route {
                next_hop: "None".to_owned(),
                written: None,
            },
            |(_, route)| route,
        )
    }

    /// The route that all traffic takes for which there is no better one.
    pub(super) fn default_route(&self, subnet: &str) -> Option<Route> {
        self.routes(subnet)
            .into_iter()
            .find(|(net, _)| net.prefix_len() == 0 && net.addr().is_ipv4())
            .map(|(_, route)| route)
    }

    /// All routes of a subnet, those that win over equals first.
    fn routes(&self, subnet: &str) -> Vec<(IpNet, Route)> {
        let own = |next_hop: &str| Route {
            next_hop: next_hop.to_owned(),
            written: None,
        };
        let mut routes = Vec::new();
        let table = self.route_table(subnet);
        let table_id = table.and_then(lenient::id).unwrap_or_default();
        for route in lenient::items(self.written_routes(subnet)) {
            let properties = &route["properties"];
            let next_hop = lenient::text(&properties["nextHopType"]).unwrap_or_default();
            for net in lenient::prefixes(&properties["addressPrefix"], &Value::Null) {
                let written = Some((lenient::name(route).to_owned(), table_id.to_owned()));
                let next_hop = next_hop.to_owned();
                routes.push((net, Route { next_hop, written }));
            }
        }
        if let Some(network) = self.network_of(subnet) {
            let shut = table.is_some_and(|table| {
                lenient::truth(&table["properties"]["disableBgpRoutePropagation"])
            });
            if !shut {
                let learnt = self.learnt_in(network).iter();
                routes.extend(learnt.map(|net| (*net, own("VirtualNetworkGateway"))));
            }
            for (at, each) in self.connected(network).into_iter().enumerate() {
                let next_hop = if at == 0 { "VnetLocal" } else { "VNetPeering" };
                routes.extend(
                    address_space(each)
                        .into_iter()
                        .map(|net| (net, own(next_hop))),
                );
            }
        }
        let fixed = |net: &str, next_hop| Some((net.parse().ok()?, own(next_hop)));
        routes.extend(NOWHERE.iter().filter_map(|net| fixed(net, "None")));
        routes.extend(
            ["0.0.0.0/0", "::/0"]
                .into_iter()
                .filter_map(|net| fixed(net, "Internet")),
        );
        routes
    }

    fn route_table(&self, subnet: &str) -> Option<&Value> {
        self.look(lenient::id(
            &self.look(subnet)?["properties"]["routeTable"],
        )?)
    }

    fn written_routes(&self, subnet: &str) -> &Value {
        self.route_table(subnet)
            .map_or(&Value::Null, |table| &table["properties"]["routes"])
    }

    fn learnt_in(&self, network: &Value) -> &[IpNet] {
        let key = lenient::key(lenient::id(network).unwrap_or_default());
        self.facts.learnt.get(&key).map_or(&[], Vec::as_slice)
    }
}

/// The prefixes of a virtual network.
fn address_space(network: &Value) -> Vec<IpNet> {
    lenient::prefixes(
        &Value::Null,
        &network["properties"]["addressSpace"]["addressPrefixes"],
    )
}

/// The prefixes of a subnet, whichever field they are in.
pub(super) fn subnet_prefixes(subnet: &Value) -> Vec<IpNet> {
    let properties = &subnet["properties"];
    lenient::prefixes(&properties["addressPrefix"], &properties["addressPrefixes"])
}
