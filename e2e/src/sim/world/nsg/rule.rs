//! One rule of a network security group.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::{Decision, Direction, Match, Packet, Tags, Transport, lenient};

/// A rule; what cannot be read is `None` or `Unreadable` and leaves open whether it fits.
#[derive(Debug)]
pub(super) struct Rule {
    name: String,
    priority: Option<u64>,
    direction: Option<Direction>,
    allows: Option<bool>,
    protocol: Option<Covered>,
    source: Vec<Side>,
    source_ports: Vec<Ports>,
    destination: Vec<Side>,
    destination_ports: Vec<Ports>,
}

/// Which protocols a rule is for.
#[derive(Clone, Copy, Debug)]
enum Covered {
    All,
    One(Transport),
}

/// One of the sources or destinations of a rule.
#[derive(Debug)]
enum Side {
    Any,
    Net(IpNet),
    Tag(String),
    Group(String),
    Unreadable,
}

/// One of the port ranges of a rule, ends included.
#[derive(Debug)]
enum Ports {
    Range(u16, u16),
    Unreadable,
}

impl Rule {
    pub(super) fn read(rule: &Value, nameless: impl FnOnce() -> String) -> Self {
        let properties = &rule["properties"];
        let word = |field: &str, all: &[&str]| {
            all.iter()
                .position(|word| lenient::is_word(&properties[field], word))
        };
        let protocols = [
            Transport::Tcp,
            Transport::Udp,
            Transport::Icmp,
            Transport::Esp,
            Transport::Ah,
        ];
        Self {
            name: lenient::text(&rule["name"]).map_or_else(nameless, str::to_owned),
            priority: lenient::number(&properties["priority"]),
            direction: word("direction", &["Inbound", "Outbound"])
                .map(|at| [Direction::Inbound, Direction::Outbound][at]),
            allows: word("access", &["Allow", "Deny"]).map(|at| at == 0),
            protocol: word("protocol", &["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]).map(|at| {
                protocols
                    .get(at)
                    .map_or(Covered::All, |one| Covered::One(*one))
            }),
            source: sides(
                &properties["sourceAddressPrefix"],
                &properties["sourceAddressPrefixes"],
                &properties["sourceApplicationSecurityGroups"],
            ),
            source_ports: ports(
                &properties["sourcePortRange"],
                &properties["sourcePortRanges"],
            ),
            destination: sides(
                &properties["destinationAddressPrefix"],
                &properties["destinationAddressPrefixes"],
                &properties["destinationApplicationSecurityGroups"],
            ),
            destination_ports: ports(
                &properties["destinationPortRange"],
                &properties["destinationPortRanges"],
            ),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn priority(&self) -> Option<u64> {
        self.priority
    }

    /// What it does with a packet that fits; nothing certain if its place among the rules is not known.
    pub(super) fn verdict(&self) -> Decision {
        let name = self.name.clone();
        match self.allows {
            Some(true) if self.priority.is_some() => Decision::Allow(name),
            Some(false) if self.priority.is_some() => Decision::Deny(name),
            _ => Decision::Undecided(name),
        }
    }

    pub(super) fn fits(&self, direction: Direction, packet: &Packet, tags: &Tags) -> Match {
        let direction = self
            .direction
            .map_or(Match::Open, |own| (own == direction).into());
        let protocol = self.protocol.map_or(Match::Open, |own| match own {
            Covered::All => Match::Yes,
            Covered::One(one) => (one == packet.protocol).into(),
        });
        direction
            .and(protocol)
            .and(port_fits(&self.source_ports, packet.source_port))
            .and(port_fits(&self.destination_ports, packet.destination_port))
            .and(side_fits(&self.source, packet.source, tags))
            .and(side_fits(&self.destination, packet.destination, tags))
    }
}

fn side_fits(sides: &[Side], address: IpAddr, tags: &Tags) -> Match {
    if sides.is_empty() {
        return Match::Open;
    }
    Match::any(sides.iter().map(|side| match side {
        Side::Any => Match::Yes,
        Side::Net(net) => net.contains(&address).into(),
        Side::Tag(tag) => tags.tag_covers(tag, address),
        Side::Group(id) => tags.group_covers(id, address),
        Side::Unreadable => Match::Open,
    }))
}

fn port_fits(ports: &[Ports], port: u16) -> Match {
    if ports.is_empty() {
        return Match::Open;
    }
    Match::any(ports.iter().map(|range| match range {
        Ports::Range(first, last) => (*first..=*last).contains(&port).into(),
        Ports::Unreadable => Match::Open,
    }))
}

fn sides(one: &Value, many: &Value, groups: &Value) -> Vec<Side> {
    let groups = values(&Value::Null, groups)
        .map(|group| lenient::id(group).map_or(Side::Unreadable, |id| Side::Group(id.to_owned())));
    values(one, many).map(side).chain(groups).collect()
}

fn ports(one: &Value, many: &Value) -> Vec<Ports> {
    values(one, many).map(range).collect()
}

/// What the singular and the plural field hold: Azure fills one of them, and null, "" and [] are nothing.
fn values<'a>(one: &'a Value, many: &'a Value) -> impl Iterator<Item = &'a Value> {
    let unlisted = (!many.is_array()).then_some(many);
    [Some(one), unlisted]
        .into_iter()
        .flatten()
        .filter(|value| !value.is_null() && *value != "")
        .chain(lenient::items(many))
}

fn side(value: &Value) -> Side {
    let Some(text) = value.as_str().map(str::trim) else {
        return Side::Unreadable;
    };
    if text == "*" {
        return Side::Any;
    }
    if let Ok(net) = text.parse::<IpNet>() {
        return Side::Net(net.trunc());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Side::Net(address.into());
    }
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) && !text.contains([':', '/']) {
        return Side::Tag(text.to_owned());
    }
    Side::Unreadable
}

fn range(value: &Value) -> Ports {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Ports::Unreadable,
    };
    if text == "*" {
        return Ports::Range(0, u16::MAX);
    }
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ports::Range(first, last),
        _ => Ports::Unreadable,
    }
}
