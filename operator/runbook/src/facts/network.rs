//! Virtual networks, subnets and NICs as the network path reads them.
use super::{
    Blocked, Facts, Gap, Query,
    json::{at, flag, list, one_or_many, text},
};
use crate::id::ArmId;
use ipnet::IpNet;
use serde_json::Value;
use std::{net::IpAddr, rc::Rc};

/// A subnet, and what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its id.
    pub id: ArmId,
    /// Its address ranges, of both forms of the field.
    pub prefixes: Vec<IpNet>,
    /// Its network security group.
    pub nsg: Option<ArmId>,
    /// Its route table.
    pub route_table: Option<ArmId>,
    /// The ip configurations that live in it.
    pub ip_configurations: Vec<ArmId>,
    /// Whether NSGs apply to private endpoints in it; `None` where the document does not say.
    pub nsg_for_private_endpoints: Option<bool>,
    /// Private endpoints live in it.
    pub has_private_endpoints: bool,
}

impl Subnet {
    fn read(subnet: &Value) -> Option<Self> {
        let properties = at(subnet, &["properties"])?;
        let id = |member: &str| text(properties, &[member, "id"]).map(ArmId::new);
        Some(Self {
            id: ArmId::new(text(subnet, &["id"])?),
            prefixes: nets(&one_or_many(properties, "addressPrefix", "addressPrefixes")),
            nsg: id("networkSecurityGroup"),
            route_table: id("routeTable"),
            nsg_for_private_endpoints: text(properties, &["privateEndpointNetworkPolicies"]).map(
                |word| {
                    ["Enabled", "NetworkSecurityGroupEnabled"]
                        .iter()
                        .any(|on| word.eq_ignore_ascii_case(on))
                },
            ),
            has_private_endpoints: list(properties, &["privateEndpoints"]).next().is_some(),
            ip_configurations: list(properties, &["ipConfigurations"])
                .filter_map(|c| text(c, &["id"]))
                .map(ArmId::new)
                .collect(),
        })
    }
    /// Holds the address.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.prefixes.iter().any(|net| net.contains(&ip))
    }
}

/// A virtual network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vnet {
    /// Its own address space.
    pub space: Vec<IpNet>,
    /// Its subnets.
    pub subnets: Vec<Rc<Subnet>>,
    /// The networks it is peered with, those that are `Connected` only.
    pub peers: Vec<Peer>,
}

/// A connected peering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The network on the other side.
    pub vnet: ArmId,
    /// Its address space, as this side was told.
    pub space: Vec<IpNet>,
    /// Its space counts as `VirtualNetwork` here; a peering may be connected and yet let nothing through.
    pub access: bool,
}

impl Vnet {
    fn read(vnet: &Value) -> Self {
        let space = |v: &Value, member: &str| {
            let texts = list(v, &["properties", member, "addressPrefixes"]);
            nets(&texts.filter_map(Value::as_str).collect::<Vec<_>>())
        };
        let peers = list(vnet, &["properties", "virtualNetworkPeerings"]).filter_map(|peering| {
            let state = text(peering, &["properties", "peeringState"])?;
            let id = text(peering, &["properties", "remoteVirtualNetwork", "id"])?;
            state.eq_ignore_ascii_case("Connected").then(|| Peer {
                vnet: ArmId::new(id),
                space: space(peering, "remoteAddressSpace"),
                access: flag(peering, &["properties", "allowVirtualNetworkAccess"]) != Some(false),
            })
        });
        Self {
            space: space(vnet, "addressSpace"),
            subnets: list(vnet, &["properties", "subnets"])
                .filter_map(Subnet::read)
                .map(Rc::new)
                .collect(),
            peers: peers.collect(),
        }
    }
    /// Own and peered space: what the tag `VirtualNetwork` covers for sure.
    pub fn known_space(&self) -> Vec<IpNet> {
        let through = self.peers.iter().filter(|peer| peer.access);
        let peered = through.flat_map(|peer| peer.space.clone());
        self.space.iter().copied().chain(peered).collect()
    }
}

/// A subnet, with its network where that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The subnet.
    pub subnet: Rc<Subnet>,
    /// The whole network.
    pub vnet: Option<Vnet>,
}

impl Home {
    /// Own and peered space where the network could be read; at least the subnet itself.
    pub fn space(&self) -> Vec<IpNet> {
        let known = self.vnet.as_ref().map(Vnet::known_space);
        let own = self.subnet.prefixes.iter().copied();
        known.unwrap_or_default().into_iter().chain(own).collect()
    }
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// Its network security group.
    pub nsg: Option<ArmId>,
    /// The application security groups its addresses are in.
    pub asgs: Vec<ArmId>,
    /// Its private addresses.
    pub addresses: Vec<IpAddr>,
    /// It belongs to a private endpoint.
    pub is_private_endpoint: bool,
}

impl Nic {
    fn read(nic: &Value) -> Self {
        let configurations = || list(nic, &["properties", "ipConfigurations"]);
        let groups = configurations()
            .flat_map(|c| list(c, &["properties", "applicationSecurityGroups"]))
            .filter_map(|asg| text(asg, &["id"]));
        let addresses = configurations()
            .filter_map(|c| text(c, &["properties", "privateIPAddress"])?.parse().ok());
        Self {
            nsg: text(nic, &["properties", "networkSecurityGroup", "id"]).map(ArmId::new),
            asgs: groups.map(ArmId::new).collect(),
            addresses: addresses.collect(),
            is_private_endpoint: at(nic, &["properties", "privateEndpoint"]).is_some(),
        }
    }
}

impl Facts {
    /// A virtual network, by its id.
    pub fn vnet(&self, id: &ArmId) -> Result<Vnet, Blocked> {
        self.document(id).map(Vnet::read)
    }
    /// A subnet: from its network's document, or asked by itself where the network may not be read.
    pub fn subnet(&self, id: &ArmId) -> Result<Home, Blocked> {
        let unreadable = |why: &str| {
            let why = why.to_owned();
            Blocked::Gap(Query::Document(id.clone()), Gap::Unreadable { why })
        };
        let Some(network) = id.up_to("virtualNetworks") else {
            return Err(unreadable("no virtual network in the subnet's id"));
        };
        match self.vnet(&network) {
            Ok(vnet) => {
                let found = vnet.subnets.iter().find(|subnet| subnet.id == *id).cloned();
                let missing = || Blocked::Gap(Query::Document(id.clone()), Gap::NotFound);
                Ok(Home {
                    subnet: found.ok_or_else(missing)?,
                    vnet: Some(vnet),
                })
            }
            Err(Blocked::Gap(..)) => {
                let alone = Subnet::read(self.document(id)?);
                Ok(Home {
                    subnet: Rc::new(alone.ok_or_else(|| unreadable("not a subnet"))?),
                    vnet: None,
                })
            }
            Err(blocked) => Err(blocked),
        }
    }
    /// The NIC an ip configuration belongs to.
    pub fn nic(&self, ip_configuration: &ArmId) -> Result<Nic, Blocked> {
        let Some(id) = ip_configuration.up_to("networkInterfaces") else {
            return Err(Blocked::Unclear(format!(
                "{ip_configuration} is no network interface"
            )));
        };
        self.document(&id).map(Nic::read)
    }
    /// The addresses of a host name, as looked up from where the operator runs.
    pub fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Blocked> {
        let answer = self.ask(Query::Resolve(name.to_owned()))?;
        let texts = list(answer, &["addresses"]).filter_map(Value::as_str);
        Ok(texts.filter_map(|text| text.parse().ok()).collect())
    }
}

/// Ranges and bare addresses; what is neither is left out.
fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| net(text)).collect()
}

/// A range, or a bare address as a range of one; host bits are cleared, as Azure does.
pub(crate) fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let range = text.parse::<IpNet>().ok();
    let net = range.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    net.map(|net| net.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Said;
    use serde_json::json;

    const VNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v";

    fn facts() -> Facts {
        let said = Said::about(ArmId::new("/g"));
        Facts::about(said, jiff::Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_subnet_is_read_from_its_network_with_either_form_of_its_prefix() {
        let mut facts = facts();
        facts.learn(Query::Document(ArmId::new(VNET)), Ok(json!({"properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
            "virtualNetworkPeerings": [
                {"properties": {"peeringState": "Disconnected", "remoteVirtualNetwork": {"id": "/p1"}}},
                {"properties": {"peeringState": "connected", "remoteVirtualNetwork": {"id": "/p2"}, "remoteAddressSpace": {"addressPrefixes": ["172.16.0.0/16"]}}}],
            "subnets": [{"id": format!("{VNET}/subnets/S"), "properties": {"addressPrefix": null, "addressPrefixes": ["10.1.0.0/24", "fd00::/64"]}}]}})));
        let Home { subnet, vnet } = facts
            .subnet(&ArmId::new(&format!("{VNET}/subnets/s")))
            .unwrap();
        assert_eq!(subnet.prefixes.len(), 2);
        assert!(
            subnet.contains("10.1.0.9".parse().unwrap())
                && !subnet.contains("10.2.0.9".parse().unwrap())
        );
        let vnet = vnet.unwrap();
        assert_eq!(vnet.peers.len(), 1);
        assert_eq!(vnet.known_space().len(), 2);
    }

    #[test]
    fn a_subnet_is_asked_alone_only_where_its_network_may_not_be_read() {
        let mut facts = facts();
        let id = ArmId::new(&format!("{VNET}/subnets/s"));
        assert_eq!(
            facts.subnet(&id),
            Err(Blocked::ask(Query::Document(ArmId::new(VNET))))
        );
        let denied = Gap::Denied { action: "a".into() };
        facts.learn(Query::Document(ArmId::new(VNET)), Err(denied));
        assert_eq!(
            facts.subnet(&id),
            Err(Blocked::ask(Query::Document(id.clone())))
        );
    }
}
