//! Whether the platform can ask the instances of a gateway at all.

use std::net::IpAddr;

use super::{
    gateway::Gateway,
    lenient,
    nsg::{Direction, Packet, Rules, Transport},
    path::SOURCE_PORT,
    tags,
};

/// The service tag of the platform that manages gateways.
const MANAGER: &str = "GatewayManager";

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
