//! The ends of a rule: ranges, tags, application security groups.
use super::{
    super::{Cell, End, Flow, is_reserved},
    Matches,
};
use crate::{
    facts::{
        json::{list, one_or_many, text},
        network::net,
    },
    id::ArmId,
};
use ipnet::IpNet;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// The platform's own address: load balancer probes, DNS, agents.
const PLATFORM: IpAddr = IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16));

/// One end, as a rule names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Any,
    Net(IpNet),
    Tag(String),
    Asg(ArmId),
}

/// Several of them: any will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::nsg) struct Places(pub(super) Vec<Place>);

impl Places {
    pub(super) fn read(properties: &Value, end: &str) -> Self {
        let prefixes = one_or_many(
            properties,
            &format!("{end}AddressPrefix"),
            &format!("{end}AddressPrefixes"),
        );
        let groups = list(properties, &[&format!("{end}ApplicationSecurityGroups")])
            .filter_map(|group| text(group, &["id"]))
            .map(|id| Place::Asg(ArmId::new(id)));
        Self(
            prefixes
                .into_iter()
                .map(Place::read)
                .chain(groups)
                .collect(),
        )
    }
    pub(in crate::nsg) fn nets(&self) -> impl Iterator<Item = IpNet> {
        self.0.iter().filter_map(|place| match place {
            Place::Net(net) => Some(*net),
            Place::Any | Place::Tag(_) | Place::Asg(_) => None,
        })
    }
    /// Shares an address with one of the ranges, or names what is no range.
    pub(super) fn touch(&self, nets: &[IpNet]) -> bool {
        self.0.iter().any(|place| match place {
            Place::Net(own) => nets
                .iter()
                .any(|net| own.contains(net) || net.contains(own)),
            Place::Any | Place::Tag(_) | Place::Asg(_) => true,
        })
    }
    pub(super) fn any(&self, matches: impl Fn(&Place) -> Matches) -> Matches {
        self.0
            .iter()
            .fold(Matches::No, |so_far, place| so_far.or(|| matches(place)))
    }
}

impl Place {
    pub(super) fn read(prefix: &str) -> Self {
        match prefix.trim() {
            "*" | "Any" | "any" => Self::Any,
            other => net(other).map_or_else(|| Self::Tag(other.to_ascii_lowercase()), Self::Net),
        }
    }
}

pub(super) fn source(place: &Place, flow: &Flow, cell: &Cell) -> Matches {
    match (&flow.source, cell.source) {
        (End::Nets(_), Some(net)) => match place {
            // The instances of a gateway are in no application security group.
            Place::Asg(_) => Matches::No,
            place => addresses(place, net, flow),
        },
        (End::GatewayManager, _) | (End::Nets(_), None) => manager(place),
        (End::AzureLoadBalancer, _) => match place {
            Place::Any => Matches::Yes,
            Place::Net(net) => Matches::when(net.contains(&PLATFORM)),
            Place::Tag(tag) => match tag.as_str() {
                "azureloadbalancer" | "virtualnetwork" => Matches::Yes,
                "internet" | "gatewaymanager" => Matches::No,
                tag => Matches::Maybe(format!("what the tag {tag} covers is not known here")),
            },
            Place::Asg(_) => Matches::No,
        },
    }
}

/// Is the management plane, whose addresses are public and known by its tag only, in this place?
fn manager(place: &Place) -> Matches {
    match place {
        Place::Any => Matches::Yes,
        Place::Net(net) if net.prefix_len() == 0 => Matches::when(net.addr().is_ipv4()),
        Place::Net(net) if is_reserved(net.addr()) => Matches::No,
        Place::Net(net) => Matches::Maybe(format!("{net} may hold addresses of GatewayManager")),
        Place::Tag(tag) => match tag.as_str() {
            "gatewaymanager" | "internet" => Matches::Yes,
            "virtualnetwork" | "azureloadbalancer" => Matches::No,
            tag => Matches::Maybe(format!("what the tag {tag} covers is not known here")),
        },
        Place::Asg(_) => Matches::No,
    }
}

pub(super) fn destination(place: &Place, flow: &Flow, cell: &Cell) -> Matches {
    match place {
        Place::Asg(group) => match &flow.destination_asgs {
            Some(groups) => Matches::when(groups.contains(group)),
            None => Matches::Maybe(format!(
                "whether the server is in the application security group {} is not known",
                group.name()
            )),
        },
        place => addresses(place, cell.destination, flow),
    }
}

/// Is a range that no rule cuts in this place?
fn addresses(place: &Place, net: IpNet, flow: &Flow) -> Matches {
    match place {
        Place::Any => Matches::Yes,
        Place::Net(other) => Matches::when(other.contains(&net)),
        Place::Asg(_) => Matches::No,
        Place::Tag(tag) => {
            let inside = flow.space.iter().any(|space| space.contains(&net));
            match tag.as_str() {
                "virtualnetwork" if inside || net.contains(&PLATFORM) => Matches::Yes,
                "virtualnetwork" => Matches::Maybe(format!(
                    "VirtualNetwork covers {net} only if it is on-premises or routed by a table"
                )),
                "internet" => {
                    Matches::when(!inside && net.addr() != PLATFORM && !is_reserved(net.addr()))
                }
                "azureloadbalancer" => Matches::when(net.contains(&PLATFORM)),
                // Tags of Azure services name public addresses.
                _ if inside || is_reserved(net.addr()) => Matches::No,
                tag => Matches::Maybe(format!("what the tag {tag} covers is not known here")),
            }
        }
    }
}
