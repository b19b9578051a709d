//! One security rule, and whether it matches a cell of a flow.
mod place;

use super::{Cell, Deciding, End, Flow};
use crate::facts::json::{at, list, number, one_line, one_or_many, text};
use ipnet::IpNet;
use place::{Place, Places, destination, source};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Inbound,
    Outbound,
    Odd,
}

/// Does a rule match a cell?
#[derive(Debug)]
pub(super) enum Matches {
    Yes,
    No,
    Maybe(String),
}

impl Matches {
    /// Both must match.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Maybe(why) => match other() {
                Self::No => Self::No,
                Self::Yes | Self::Maybe(_) => Self::Maybe(why),
            },
        }
    }
    /// Either will do.
    fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Yes => Self::Yes,
            Self::No => other(),
            Self::Maybe(why) => match other() {
                Self::Yes => Self::Yes,
                Self::No | Self::Maybe(_) => Self::Maybe(why),
            },
        }
    }
    fn when(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) priority: i64,
    pub(super) direction: Direction,
    /// `None`: a word nobody here knows.
    pub(super) allow: Option<bool>,
    tcp: Option<bool>,
    pub(super) source: Places,
    pub(super) destination: Places,
    pub(super) source_ports: Vec<(u16, u16)>,
    pub(super) ports: Vec<(u16, u16)>,
    /// A part that could not be read: the rule may match more or less than it seems to.
    odd: Option<String>,
}

/// All rules of a group in the order Azure evaluates them. Where a document lacks the default rules,
/// they are put in: they always apply.
pub(super) fn read(nsg: &Value) -> Vec<Rule> {
    let mut rules: Vec<Rule> = list(nsg, &["properties", "securityRules"])
        .chain(list(nsg, &["properties", "defaultSecurityRules"]))
        .map(Rule::read)
        .collect();
    if list(nsg, &["properties", "defaultSecurityRules"])
        .next()
        .is_none()
    {
        rules.extend(defaults());
    }
    rules.sort_by_key(|rule| rule.priority);
    rules
}

fn defaults() -> Vec<Rule> {
    let rule = |name: &str, priority, direction, source: Place, destination: Place, allow| Rule {
        name: name.to_owned(),
        priority,
        direction,
        allow: Some(allow),
        tcp: Some(true),
        source: Places(vec![source]),
        destination: Places(vec![destination]),
        source_ports: vec![(0, u16::MAX)],
        ports: vec![(0, u16::MAX)],
        odd: None,
    };
    let tag = |name: &str| Place::Tag(name.to_ascii_lowercase());
    let vnet = || tag("VirtualNetwork");
    let (inward, outward) = (Direction::Inbound, Direction::Outbound);
    vec![
        rule("AllowVnetInBound", 65000, inward, vnet(), vnet(), true),
        rule(
            "AllowAzureLoadBalancerInBound",
            65001,
            inward,
            tag("AzureLoadBalancer"),
            Place::Any,
            true,
        ),
        rule(
            "DenyAllInBound",
            65500,
            inward,
            Place::Any,
            Place::Any,
            false,
        ),
        rule("AllowVnetOutBound", 65000, outward, vnet(), vnet(), true),
        rule(
            "AllowInternetOutBound",
            65001,
            outward,
            Place::Any,
            tag("Internet"),
            true,
        ),
        rule(
            "DenyAllOutBound",
            65500,
            outward,
            Place::Any,
            Place::Any,
            false,
        ),
    ]
}

impl Rule {
    fn read(rule: &Value) -> Self {
        let properties = at(rule, &["properties"]).unwrap_or(&Value::Null);
        let word = |name: &str| {
            text(properties, &[name])
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let mut odd = None;
        let priority = number(properties, &["priority"]).unwrap_or_else(|| {
            odd = Some("its priority is unreadable".to_owned());
            i64::MIN
        });
        let mut ports = |one, many| {
            let texts = one_or_many(properties, one, many);
            let read: Vec<_> = texts.iter().filter_map(|text| port_range(text)).collect();
            if read.len() < texts.len() || texts.is_empty() {
                odd = Some(format!("its {one} is unreadable"));
            }
            read
        };
        let source_ports = ports("sourcePortRange", "sourcePortRanges");
        let ports = ports("destinationPortRange", "destinationPortRanges");
        let source = Places::read(properties, "source");
        let destination = Places::read(properties, "destination");
        for (places, what) in [(&source, "source"), (&destination, "destination")] {
            if places.0.is_empty() {
                odd = Some(format!("its {what} is unreadable"));
            }
        }
        Self {
            name: one_line(text(rule, &["name"]).unwrap_or("(unnamed)")),
            priority,
            direction: match word("direction").as_str() {
                "inbound" => Direction::Inbound,
                "outbound" => Direction::Outbound,
                _ => Direction::Odd,
            },
            allow: match word("access").as_str() {
                "allow" => Some(true),
                "deny" => Some(false),
                _ => None,
            },
            tcp: match word("protocol").as_str() {
                "*" | "tcp" => Some(true),
                "udp" | "icmp" | "icmpv6" | "esp" | "ah" => Some(false),
                _ => None,
            },
            source,
            destination,
            source_ports,
            ports,
            odd,
        }
    }

    pub(super) fn deciding(&self) -> Deciding {
        Deciding {
            rule: self.name.clone(),
            priority: self.priority,
        }
    }

    /// May match a part of the flow: cheap, and "no" only where that is certain.
    pub(super) fn meets(&self, flow: &Flow) -> bool {
        let ports = || {
            let (from, to) = flow.ports;
            self.ports
                .iter()
                .any(|(low, high)| *low <= to && from <= *high)
        };
        let sources = || match &flow.source {
            End::Nets(nets) => self.source.touch(nets),
            End::GatewayManager | End::AzureLoadBalancer => true,
        };
        self.odd.is_some()
            || (self.tcp != Some(false)
                && ports()
                && self.destination.touch(&flow.destination)
                && sources())
    }

    /// Its destination is any machine at all.
    pub(super) fn is_for_anywhere(&self) -> bool {
        matches!(self.destination.0.as_slice(), [Place::Any])
    }

    /// A machine lies in its destination.
    pub(super) fn reaches(&self, flow: &Flow, host: IpNet) -> Matches {
        let cell = Cell {
            source: None,
            destination: host,
            source_port: flow.ports,
            port: flow.ports,
        };
        let within = self
            .destination
            .any(|place| destination(place, flow, &cell));
        // What is filtered out beforehand goes by this.
        let touched = self.destination.touch(&[host]);
        match within {
            Matches::No if touched => Matches::Maybe("touched".to_owned()),
            other => other,
        }
    }

    /// One of the six that Azure puts behind every group's own (priorities 65000 and up).
    pub(super) fn is_default(&self) -> bool {
        self.priority >= 65000
    }

    pub(super) fn matches(&self, flow: &Flow, cell: &Cell) -> Matches {
        if let Some(why) = &self.odd {
            return Matches::Maybe(why.clone());
        }
        let protocol = match self.tcp {
            Some(tcp) => Matches::when(tcp),
            None => Matches::Maybe("its protocol is a word nobody here knows".into()),
        };
        let direction = match self.direction {
            Direction::Inbound | Direction::Outbound => Matches::Yes,
            Direction::Odd => {
                Matches::Maybe("its direction is neither Inbound nor Outbound".into())
            }
        };
        let holds = |ranges: &[(u16, u16)], cell: (u16, u16)| {
            ranges
                .iter()
                .any(|(from, to)| *from <= cell.0 && cell.1 <= *to)
        };
        direction
            .and(|| protocol)
            .and(|| Matches::when(holds(&self.source_ports, cell.source_port)))
            .and(|| Matches::when(holds(&self.ports, cell.port)))
            .and(|| self.source.any(|place| source(place, flow, cell)))
            .and(|| self.destination.any(|place| destination(place, flow, cell)))
    }
}

fn port_range(text: &str) -> Option<(u16, u16)> {
    let text = text.trim();
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let range = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (range.0 <= range.1).then_some(range)
}
