//! Whether the platform can ask the instances of a gateway at all.

use std::net::IpAddr;

use serde_json::Value;

use super::{
    World,
    gateway::Gateway,
    lenient, network,
    nsg::{Direction, Packet, Rules, Transport},
    path::SOURCE_PORT,
    tags,
};

/// The service tag of the platform that manages gateways.
const MANAGER: &str = "GatewayManager";

impl World {
    /// The gateways of the second generation that the platform is kept out of by a security group: gateway, subnet, group.
    pub(crate) fn gateways_shut_off(&self) -> Vec<(String, String, String)> {
        let all = self.gateway_ids().into_iter();
        all.filter_map(|id| {
            let own = Gateway::find(self, &id).ok()?;
            let isolated = !own.is_public();
            let shut = own.is_v2() && !isolated && own.is_shut_off();
            let subnet = own.subnet_id().filter(|_| shut)?.to_owned();
            let group = &self.look(&subnet)?["properties"]["networkSecurityGroup"];
            let group = lenient::id(group)?.to_owned();
            Some((id, subnet, group))
        })
        .collect()
    }

    /// Whether the way of a gateway to the Internet leads elsewhere, which the platform does not bear.
    pub(crate) fn is_routed_elsewhere(&self, gateway: &str) -> bool {
        Gateway::find(self, gateway).is_ok_and(|own| own.is_public() && own.is_routed_away())
    }

    /// How many addresses a subnet has for instances and front ends: all but the five that the platform keeps.
    pub(crate) fn room_in(&self, subnet: &str) -> Option<u64> {
        let subnet = self.look(subnet)?;
        let prefixes = network::subnet_prefixes(subnet).into_iter();
        let bits = prefixes
            .filter(|own| own.addr().is_ipv4())
            .map(|own| 32 - own.prefix_len());
        let sizes = bits.map(|bits| (1_u64 << bits).saturating_sub(5));
        sizes.reduce(u64::saturating_add)
    }
}

impl World {
    /// The secret of a certificate of a gateway that nobody can read for it, if there is one.
    pub(crate) fn unreadable_secret(&self, gateway: &Value) -> Option<String> {
        let lists = ["sslCertificates", "trustedRootCertificates"];
        let all = lists
            .iter()
            .flat_map(|list| lenient::items(&gateway["properties"][*list]));
        all.filter_map(|own| lenient::text(&own["properties"]["keyVaultSecretId"]))
            .find(|own| {
                self.facts
                    .unreadable_secrets
                    .iter()
                    .any(|known| known == own)
            })
            .map(str::to_owned)
    }
}

impl Gateway<'_> {
    /// Whether the health of all members is unknown, because the platform does not get at the instances.
    pub(super) fn is_out_of_reach(&self) -> bool {
        // A private gateway of the second generation needs neither the ports nor the Internet.
        let isolated = self.is_v2() && !self.is_public();
        self.state_is(&["Starting", "Stopping"])
            || !isolated && (self.is_shut_off() || self.is_routed_away())
            || self.instances().is_empty()
    }

    /// Whether the network security group of its subnet keeps the platform out.
    fn is_shut_off(&self) -> bool {
        let Some(subnet) = self.subnet_id() else {
            return false;
        };
        let group = self.world.look(subnet);
        let group = group.and_then(|own| {
            let id = lenient::id(&own["properties"]["networkSecurityGroup"])?;
            self.world.look(id)
        });
        let Some(group) = group else { return false };
        let (rules, tags) = (Rules::read(group), self.world.tags_in(subnet));
        let ports = if self.is_v2() {
            65200..=65535
        } else {
            65503..=65534
        };
        // One address of each range of the platform will do.
        let managers = tags.prefixes(MANAGER).iter().map(ipnet::IpNet::addr);
        let sources = managers.chain(tags::PLATFORM.parse::<IpAddr>());
        let packets = sources.flat_map(|source| {
            let instances = self.instances().into_iter();
            let ports = ports.clone();
            instances.flat_map(move |destination| {
                ports.clone().map(move |destination_port| Packet {
                    source,
                    source_port: SOURCE_PORT,
                    destination,
                    destination_port,
                    protocol: Transport::Tcp,
                })
            })
        });
        packets
            .map(|packet| rules.decide(Direction::Inbound, &packet, &tags))
            .any(|decision| decision.denies())
    }

    /// Whether its way to the Internet leads elsewhere, which the second generation does not bear.
    fn is_routed_away(&self) -> bool {
        let route = self
            .subnet_id()
            .and_then(|subnet| self.world.default_route(subnet));
        self.is_v2() && route.is_some_and(|route| !route.next_hop.eq_ignore_ascii_case("Internet"))
    }
}
