//! What a network security group does with a flow: ordered, first match wins, both forms of every field,
//! default rules last (azure-facts §6). A flow is a *set* of packets (all instances of a gateway, a range
//! of ports), so the outcome says whether all of them, or only some, are let through; what cannot be
//! decided from the documents is said as such, and only where it could change the outcome.
mod rule;
#[cfg(test)]
mod tests;

use crate::id::ArmId;
use ipnet::IpNet;
use rule::{Direction as RuleDirection, Matches, Rule};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, net::IpAddr};

/// Which way a flow crosses the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the subnet or NIC.
    Inbound,
    /// Out of it.
    Outbound,
}

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Addresses of machines, as ranges.
    Nets(Vec<IpNet>),
    /// The management plane of Application Gateway: public addresses of Azure, known by the tag only.
    GatewayManager,
    /// The probes of Azure's load balancer: one well-known address with a tag of its own.
    AzureLoadBalancer,
}

/// A set of TCP packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Where they come from.
    pub source: End,
    /// Where they go.
    pub destination: Vec<IpNet>,
    /// The application security groups of the destination, where its NIC is known.
    pub destination_asgs: Option<Vec<ArmId>>,
    /// First and last destination port.
    pub ports: (u16, u16),
    /// Own and peered address space of the network: what the tag `VirtualNetwork` covers for sure.
    pub space: Vec<IpNet>,
}

/// The rule that decided, as people know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deciding {
    /// Name.
    pub rule: String,
    /// Priority; lower is earlier.
    pub priority: i64,
}

/// What becomes of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it passes; the rule that lets most of it.
    Allowed(Deciding),
    /// All of it is dropped; the first rule that does.
    Denied(Deciding),
    /// A part is dropped, and a part passes or is not decided.
    Partly(Deciding),
    /// Not to be told from the documents; why.
    Unclear(String),
}

/// Ports a client may send from.
const EPHEMERAL: (u16, u16) = (1024, 65535);

/// More pieces than this a flow is not cut into.
const CELLS: usize = 50_000;

/// The rules of a group for one direction, and those whose direction cannot be read, in the order of
/// evaluation. Read once, they decide many flows.
#[derive(Clone, Debug)]
pub struct Group {
    rules: Vec<Rule>,
    known: RefCell<Vec<Alike>>,
}

/// Flows to single machines that differ in nothing but the machine, and what became of them by how the rules
/// tell machines apart: a pool has 1,200 members, and few groups have a rule for each.
#[derive(Clone, Debug)]
struct Alike {
    flow: Flow,
    decided: BTreeMap<Vec<u8>, Decision>,
}

/// What a group does with a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of the flow.
    pub outcome: Outcome,
    /// Deny rules of its own that would drop a part of the flow if they came first, and never get to,
    /// because an earlier rule lets it pass: what a list of Deny rules alone would blame.
    pub shadowed: Vec<Deciding>,
}

impl Group {
    /// Read the group's own document.
    pub fn read(nsg: &Value, direction: Direction) -> Self {
        let wanted = match direction {
            Direction::Inbound => RuleDirection::Inbound,
            Direction::Outbound => RuleDirection::Outbound,
        };
        let all = rule::read(nsg).into_iter();
        Self {
            rules: all
                .filter(|rule| rule.direction == wanted || rule.direction == RuleDirection::Odd)
                .collect(),
            known: RefCell::default(),
        }
    }

    /// Evaluate a flow, once for all machines that no rule tells apart.
    pub fn decide(&self, flow: &Flow) -> Decision {
        let [host] = flow.destination.as_slice() else {
            return self.evaluated(flow);
        };
        if host.prefix_len() != host.max_prefix_len() {
            return self.evaluated(flow);
        }
        let key = self.key(flow, *host);
        let same = |other: &Flow| {
            other.source == flow.source
                && other.ports == flow.ports
                && other.destination_asgs == flow.destination_asgs
                && other.space == flow.space
        };
        let mut known = self.known.borrow_mut();
        let at = known.iter().position(|it| same(&it.flow));
        let at = at.unwrap_or_else(|| {
            known.push(Alike {
                flow: flow.clone(),
                decided: BTreeMap::new(),
            });
            known.len() - 1
        });
        let entry = known[at].decided.entry(key);
        entry.or_insert_with(|| self.evaluated(flow)).clone()
    }

    /// What each rule makes of a machine; rules for any machine make the same of all.
    fn key(&self, flow: &Flow, host: IpNet) -> Vec<u8> {
        let mut key = vec![u8::from(host.addr().is_ipv4())];
        let told = self.rules.iter().filter(|rule| !rule.is_for_anywhere());
        for rule in told {
            match rule.reaches(flow, host) {
                Matches::No => key.push(0),
                Matches::Yes => key.push(1),
                Matches::Maybe(why) => {
                    key.push(2);
                    key.extend(why.bytes());
                    key.push(0);
                }
            }
        }
        key
    }

    /// Rules that can match no packet of a flow draw no borders through it.
    fn evaluated(&self, flow: &Flow) -> Decision {
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.meets(flow)).collect();
        let outcome = match cells(&rules, flow) {
            Some(cells) => fold(cells.iter().map(|cell| decide(&rules, flow, cell))),
            None => Outcome::Unclear(
                "its rules cut the traffic into more pieces than are looked at".into(),
            ),
        };
        let shadowed = match outcome {
            Outcome::Allowed(_) => shadowed(&rules, flow),
            Outcome::Denied(_) | Outcome::Partly(_) | Outcome::Unclear(_) => vec![],
        };
        Decision { outcome, shadowed }
    }
}

/// Evaluate one group, its own document in hand.
pub fn evaluate(nsg: &Value, direction: Direction, flow: &Flow) -> Outcome {
    Group::read(nsg, direction).decide(flow).outcome
}

fn shadowed(rules: &[&Rule], flow: &Flow) -> Vec<Deciding> {
    let alone = |rule: &&Rule| {
        let cells = cells(&[*rule], flow)?;
        let hits = cells
            .iter()
            .any(|cell| matches!(rule.matches(flow, cell), Matches::Yes));
        hits.then(|| rule.deciding())
    };
    let denies = rules
        .iter()
        .filter(|rule| rule.allow == Some(false) && !rule.is_default());
    denies.filter_map(alone).collect()
}

/// Packets no rule tells apart.
struct Cell {
    source: Option<IpNet>,
    destination: IpNet,
    source_port: (u16, u16),
    port: (u16, u16),
}

/// The flow, cut along every border that a rule draws through it; `None` if the pieces are too many.
fn cells(rules: &[&Rule], flow: &Flow) -> Option<Vec<Cell>> {
    let sources: Vec<Option<IpNet>> = match &flow.source {
        End::Nets(nets) => {
            let borders: Vec<IpNet> = rules.iter().flat_map(|r| r.source.nets()).collect();
            cut(nets, &borders)?.into_iter().map(Some).collect()
        }
        End::GatewayManager | End::AzureLoadBalancer => vec![None],
    };
    let borders: Vec<IpNet> = rules.iter().flat_map(|r| r.destination.nets()).collect();
    let destinations = cut(&flow.destination, &borders)?;
    let from = cut_ports(EPHEMERAL, rules.iter().flat_map(|r| r.source_ports.iter()));
    let to = cut_ports(flow.ports, rules.iter().flat_map(|r| r.ports.iter()));
    if sources.len() * destinations.len() * from.len() * to.len() > CELLS {
        return None;
    }
    let mut all = Vec::new();
    for source in &sources {
        for destination in &destinations {
            for source_port in &from {
                for port in &to {
                    let same_family =
                        source.is_none_or(|s| s.addr().is_ipv4() == destination.addr().is_ipv4());
                    if same_family {
                        all.push(Cell {
                            source: *source,
                            destination: *destination,
                            source_port: *source_port,
                            port: *port,
                        });
                    }
                }
            }
        }
    }
    Some(all)
}

/// The first rule that matches for sure decides, unless one that may match comes before it and says otherwise.
fn decide(rules: &[&Rule], flow: &Flow, cell: &Cell) -> Outcome {
    let mut maybe: Vec<(&Rule, String)> = Vec::new();
    for rule in rules {
        match rule.matches(flow, cell) {
            Matches::No => {}
            Matches::Maybe(why) => maybe.push((rule, why)),
            Matches::Yes => {
                let against = maybe
                    .iter()
                    .find(|(earlier, _)| earlier.allow != rule.allow);
                return match (against, rule.allow) {
                    (Some((earlier, why)), _) => unclear(earlier, why),
                    (None, Some(true)) => Outcome::Allowed(rule.deciding()),
                    (None, Some(false)) => Outcome::Denied(rule.deciding()),
                    (None, None) => unclear(rule, "its access is not Allow or Deny"),
                };
            }
        }
    }
    match maybe.first() {
        Some((rule, why)) => unclear(rule, why),
        None => Outcome::Unclear("no rule matches, not even a default one".into()),
    }
}

fn unclear(rule: &Rule, why: &str) -> Outcome {
    Outcome::Unclear(format!("rule {} ({}): {why}", rule.name, rule.priority))
}

/// One outcome for all cells.
fn fold(cells: impl Iterator<Item = Outcome>) -> Outcome {
    let (mut allowed, mut unclear) = (None, None);
    let mut denied: Option<Deciding> = None;
    for cell in cells {
        match cell {
            Outcome::Allowed(by) => allowed = allowed.or(Some(by)),
            Outcome::Denied(by) | Outcome::Partly(by) => {
                let earlier = denied.as_ref().is_none_or(|d| by.priority < d.priority);
                denied = if earlier { Some(by) } else { denied };
            }
            Outcome::Unclear(why) => unclear = unclear.or(Some(why)),
        }
    }
    match (denied, allowed, unclear) {
        (Some(by), None, None) => Outcome::Denied(by),
        (Some(by), _, _) => Outcome::Partly(by),
        (None, _, Some(why)) => Outcome::Unclear(why),
        (None, Some(by), None) => Outcome::Allowed(by),
        (None, None, None) => Outcome::Unclear("no addresses to evaluate".into()),
    }
}

/// Cut ranges along the borders of other ranges that lie inside them; `None` if the pieces are too many.
fn cut(nets: &[IpNet], borders: &[IpNet]) -> Option<Vec<IpNet>> {
    let mut pieces = nets.to_vec();
    for border in borders {
        let mut next = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if piece.contains(border) && piece != *border {
                split(piece, *border, &mut next);
            } else {
                next.push(piece);
            }
        }
        pieces = next;
        if pieces.len() > CELLS {
            return None;
        }
    }
    Some(pieces)
}

/// Halve until `inner` stands alone.
fn split(mut piece: IpNet, inner: IpNet, into: &mut Vec<IpNet>) {
    while piece != inner {
        let Some(halves) = halves(piece) else {
            break;
        };
        let [a, b] = halves;
        let (with, without) = if a.contains(&inner) { (a, b) } else { (b, a) };
        into.push(without);
        piece = with;
    }
    into.push(piece);
}

fn halves(net: IpNet) -> Option<[IpNet; 2]> {
    let mut halves = net.subnets(net.prefix_len() + 1).ok()?;
    Some([halves.next()?, halves.next()?])
}

/// Cut a range of ports along the borders of other ranges.
fn cut_ports<'r>(
    range: (u16, u16),
    borders: impl Iterator<Item = &'r (u16, u16)>,
) -> Vec<(u16, u16)> {
    let (low, high) = (u32::from(range.0), u32::from(range.1));
    let mut starts: Vec<u32> = borders
        .flat_map(|(from, to)| [u32::from(*from), u32::from(*to) + 1])
        .filter(|start| *start > low && *start <= high)
        .chain([low])
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([high]);
    let port = |p: u32| u16::try_from(p).unwrap_or(u16::MAX);
    starts
        .iter()
        .zip(ends)
        .map(|(a, b)| (port(*a), port(b)))
        .collect()
}

/// Never part of the tag `Internet`, as effective rules are recorded to expand it: private, shared,
/// loopback, link-local, documentation, benchmark and multicast ranges.
fn is_reserved(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            ip.is_private()
                || ip.is_link_local()
                || a == 0
                || a == 127
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || (a == 192 && b == 0 && c == 2)
        }
        IpAddr::V6(ip) => {
            (ip.segments()[0] & 0xfe00) == 0xfc00 || (ip.segments()[0] & 0xffc0) == 0xfe80
        }
    }
}
