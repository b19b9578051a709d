//! What a network security group does with a packet: an evaluator of its own, from nothing but the document.

mod rule;

use std::net::IpAddr;

use serde_json::{Value, json};

use self::rule::Rule;
use super::{lenient, tags::Tags};

/// Which rules of a group are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// For packets that come in.
    Inbound,
    /// For packets that go out.
    Outbound,
}

/// The protocol of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Transport {
    Tcp,
    Udp,
    Icmp,
    Esp,
    Ah,
}

/// The first packet of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where it comes from.
    pub source: IpAddr,
    /// The port it comes from.
    pub source_port: u16,
    /// Where it goes to.
    pub destination: IpAddr,
    /// The port it goes to.
    pub destination_port: u16,
    /// What it is.
    pub protocol: Transport,
}

/// What becomes of a packet, and the name of the rule that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It passes.
    Allow(String),
    /// It is dropped.
    Deny(String),
    /// It cannot be said, because this rule names something unknown or cannot be read.
    Undecided(String),
}

impl Decision {
    /// The rule that decides, or that leaves it open.
    pub fn rule(&self) -> &str {
        match self {
            Self::Allow(rule) | Self::Deny(rule) | Self::Undecided(rule) => rule,
        }
    }

    /// Whether the packet is dropped.
    pub const fn denies(&self) -> bool {
        matches!(self, Self::Deny(_))
    }
}

/// Whether a part of a rule fits: three-valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    Open,
}

impl From<bool> for Match {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

impl Match {
    /// All parts must fit.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Open,
        }
    }

    /// One of many must fit.
    fn any(all: impl Iterator<Item = Self>) -> Self {
        let mut open = false;
        for each in all {
            match each {
                Self::Yes => return Self::Yes,
                Self::Open => open = true,
                Self::No => {}
            }
        }
        if open { Self::Open } else { Self::No }
    }
}

/// What the network security group with that document does with a packet.
///
/// The rules are asked by ascending priority, the default rules after all others; the first one that fits decides. A
/// document without default rules has the six that every group has.
pub fn nsg_decides(nsg: &Value, direction: Direction, packet: &Packet, tags: &Tags) -> Decision {
    Rules::read(nsg).decide(direction, packet, tags)
}

/// The rules of a group, read once and in the order of asking.
#[derive(Debug)]
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    pub(super) fn read(nsg: &Value) -> Self {
        let mut rules = Vec::new();
        for list in ["securityRules", "defaultSecurityRules"] {
            rules.extend(in_order(&nsg["properties"][list], list));
        }
        rules.extend(in_order(&defaults(), "defaultSecurityRules"));
        Self(rules)
    }

    pub(super) fn decide(&self, direction: Direction, packet: &Packet, tags: &Tags) -> Decision {
        for rule in &self.0 {
            match rule.fits(direction, packet, tags) {
                Match::No => {}
                Match::Yes => return rule.verdict(),
                Match::Open => return Decision::Undecided(rule.name().to_owned()),
            }
        }
        // Not reached: the last default rule fits everything.
        Decision::Deny(String::new())
    }
}

fn in_order(list: &Value, called: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = lenient::items(list)
        .enumerate()
        .map(|(at, rule)| Rule::read(rule, || format!("{called}[{at}]")))
        .collect();
    // Rules without a readable priority may come anywhere, so they are asked first and leave things open.
    rules.sort_by_key(Rule::priority);
    rules
}

/// The rules that every group has.
pub(super) fn defaults() -> Value {
    let rule = |name: &str, what: &str, from: &str, to: &str, access: &str, priority: u32| {
        let direction = if name.ends_with("InBound") {
            "Inbound"
        } else {
            "Outbound"
        };
        json!({"name": name, "properties": {
            "description": what,
            "protocol": "*",
            "sourcePortRange": "*",
            "destinationPortRange": "*",
            "sourceAddressPrefix": from,
            "destinationAddressPrefix": to,
            "access": access,
            "priority": priority,
            "direction": direction,
            "sourcePortRanges": [],
            "destinationPortRanges": [],
            "sourceAddressPrefixes": [],
            "destinationAddressPrefixes": [],
        }})
    };
    let network = "VirtualNetwork";
    json!([
        rule(
            "AllowVnetInBound",
            "Allow inbound traffic from all VMs in VNET",
            network,
            network,
            "Allow",
            65000
        ),
        rule(
            "AllowAzureLoadBalancerInBound",
            "Allow inbound traffic from azure load balancer",
            "AzureLoadBalancer",
            "*",
            "Allow",
            65001
        ),
        rule(
            "DenyAllInBound",
            "Deny all inbound traffic",
            "*",
            "*",
            "Deny",
            65500
        ),
        rule(
            "AllowVnetOutBound",
            "Allow outbound traffic from all VMs to all VMs in VNET",
            network,
            network,
            "Allow",
            65000
        ),
        rule(
            "AllowInternetOutBound",
            "Allow outbound traffic from all VMs to Internet",
            "*",
            "Internet",
            "Allow",
            65001
        ),
        rule(
            "DenyAllOutBound",
            "Deny all outbound traffic",
            "*",
            "*",
            "Deny",
            65500
        ),
    ])
}
