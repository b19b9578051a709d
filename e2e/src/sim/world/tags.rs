//! What the names in NSG rules stand for: service tags and application security groups.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;

use super::{lenient, nsg::Match};

/// The address of the platform: DNS, load balancer probes.
pub(super) const PLATFORM: &str = "168.63.129.16";

/// What `Internet` leaves out besides the virtual network, as an effective rule was recorded to expand it.
const NOT_INTERNET: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
];

/// The names that NSG rules may use, as they are for one subnet.
///
/// `VirtualNetwork`, `AzureLoadBalancer` and `Internet` follow from the address space; all other tags are known only
/// if they are given.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    space: Vec<IpNet>,
    named: BTreeMap<String, Vec<IpNet>>,
    groups: BTreeMap<String, Vec<IpAddr>>,
    closed: bool,
}

impl Tags {
    /// The tags of a subnet whose virtual network, with all that is connected to it, has these prefixes.
    pub fn new(space: Vec<IpNet>) -> Self {
        Self {
            space,
            ..Self::default()
        }
    }

    /// Makes one more service tag known.
    #[must_use]
    pub fn with_tag(mut self, tag: &str, prefixes: Vec<IpNet>) -> Self {
        self.named.insert(tag.to_ascii_lowercase(), prefixes);
        self
    }

    /// Makes the members of an application security group known, by its id.
    #[must_use]
    pub fn with_group(mut self, id: &str, members: Vec<IpAddr>) -> Self {
        self.groups.insert(lenient::key(id), members);
        self
    }

    /// Says that what is not known covers no address at all, rather than leaving it open.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Whether a tag covers an address.
    pub(super) fn tag_covers(&self, tag: &str, address: IpAddr) -> Match {
        match tag.to_ascii_lowercase().as_str() {
            "virtualnetwork" => self.in_network(address).into(),
            "azureloadbalancer" => is_platform(address).into(),
            "internet" => (!self.in_network(address) && is_public(address)).into(),
            other => match self.named.get(other) {
                Some(prefixes) => prefixes.iter().any(|net| net.contains(&address)).into(),
                None => self.unknown(),
            },
        }
    }

    /// Whether an address belongs to a member of an application security group.
    pub(super) fn group_covers(&self, id: &str, address: IpAddr) -> Match {
        match self.groups.get(&lenient::key(id)) {
            Some(members) => members.contains(&address).into(),
            None => self.unknown(),
        }
    }

    /// The prefixes given for a tag.
    pub(super) fn prefixes(&self, tag: &str) -> &[IpNet] {
        self.named
            .get(&tag.to_ascii_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    fn in_network(&self, address: IpAddr) -> bool {
        is_platform(address) || self.space.iter().any(|net| net.contains(&address))
    }

    const fn unknown(&self) -> Match {
        if self.closed { Match::No } else { Match::Open }
    }
}

fn is_platform(address: IpAddr) -> bool {
    PLATFORM.parse() == Ok(address)
}

/// Whether an address is one of the public Internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => !NOT_INTERNET
            .iter()
            .filter_map(|net| net.parse::<IpNet>().ok())
            .any(|net| net.contains(&address)),
        // 2000::/3, the global unicast space.
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
    }
}
