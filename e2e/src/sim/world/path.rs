//! The way of a packet from a gateway to a back end, with what decides at each place.

use std::net::IpAddr;

use super::{
    World, WorldError,
    gateway::Gateway,
    lenient,
    nsg::{Decision, Direction, Packet, Transport, nsg_decides},
};

/// A port as clients come from.
pub(super) const SOURCE_PORT: u16 = 51_000;

/// A place where a packet can be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The network security group of the gateway's subnet, outbound.
    GatewaySubnetOutbound,
    /// The routes of the gateway's subnet.
    GatewaySubnetRoutes,
    /// The network security group of the back end's subnet, inbound.
    BackEndSubnetInbound,
    /// The network security group of the back end's network interface, inbound.
    BackEndInterfaceInbound,
}

/// What happens to a packet at one place; places without a group are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where.
    pub place: Place,
    /// The id of the network security group or route table; empty for the routes that Azure has by itself.
    pub by: String,
    /// What, and by which rule. For routes that is the name of the route, or the type of the next hop if no user wrote
    /// it.
    pub decision: Decision,
}

impl World {
    /// The way of the first packet of a TCP connection from an address in the subnet of a gateway to an address and
    /// port.
    ///
    /// # Errors
    /// If there is no such gateway.
    pub fn path_of(
        &self,
        gateway: &str,
        source: IpAddr,
        destination: IpAddr,
        port: u16,
    ) -> Result<Vec<Hop>, WorldError> {
        let gateway = Gateway::find(self, gateway)?;
        Ok(gateway.path(source, destination, port))
    }
}

impl Gateway<'_> {
    pub(super) fn path(&self, source: IpAddr, destination: IpAddr, port: u16) -> Vec<Hop> {
        let world = self.world;
        let packet = Packet {
            source,
            source_port: SOURCE_PORT,
            destination,
            destination_port: port,
            protocol: Transport::Tcp,
        };
        let mut hops = Vec::new();
        let Some(own) = self.subnet_id() else {
            return hops;
        };
        let mut asked = |place, holder: &serde_json::Value, subnet: &str, direction| {
            let group = &holder["properties"]["networkSecurityGroup"];
            let Some(nsg) = lenient::id(group).and_then(|id| world.look(id)) else {
                return;
            };
            hops.push(Hop {
                place,
                by: lenient::id(nsg).unwrap_or_default().to_owned(),
                decision: nsg_decides(nsg, direction, &packet, &world.tags_in(subnet)),
            });
        };
        if let Some(subnet) = world.look(own) {
            asked(
                Place::GatewaySubnetOutbound,
                subnet,
                own,
                Direction::Outbound,
            );
        }
        let found = world.subnet_with(destination, own);
        if let Some((subnet, id)) = found.and_then(|subnet| Some((subnet, lenient::id(subnet)?))) {
            asked(Place::BackEndSubnetInbound, subnet, id, Direction::Inbound);
            if let Some(interface) = world.interface_with(destination, id) {
                asked(
                    Place::BackEndInterfaceInbound,
                    interface,
                    id,
                    Direction::Inbound,
                );
            }
        }
        let after = hops.partition_point(|hop| hop.place == Place::GatewaySubnetOutbound);
        hops.insert(after, self.routed(own, destination));
        hops
    }

    fn routed(&self, subnet: &str, destination: IpAddr) -> Hop {
        let route = self.world.route(subnet, destination);
        let dropped = route.next_hop.eq_ignore_ascii_case("None");
        let (rule, by) = route
            .written
            .unwrap_or_else(|| (route.next_hop.clone(), String::new()));
        Hop {
            place: Place::GatewaySubnetRoutes,
            by,
            decision: if dropped {
                Decision::Deny(rule)
            } else {
                Decision::Allow(rule)
            },
        }
    }

    /// Whether a packet gets through. What cannot be decided is taken to pass.
    pub(super) fn reaches(&self, source: IpAddr, destination: IpAddr, port: u16) -> bool {
        let path = self.path(source, destination, port);
        !path.iter().any(|hop| hop.decision.denies())
    }
}
