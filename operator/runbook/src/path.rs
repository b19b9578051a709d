//! The hops a probe crosses on its way to one server, and what the NSG of each does with it. Groups are
//! found from the path (subnet and NIC of both ends), never by listing a resource group; a hop without
//! a group lets everything pass, which is not the same as an open path.
mod place;

use crate::{
    facts::{Blocked, Gap, Query, gather, health::Server, network::Home},
    id::{ArmId, GATEWAY_KIND},
    nsg::{self, Direction, End, Flow, Outcome},
    view::View,
};
use ipnet::IpNet;
use place::{by_name, locate, nic, spared};
use std::net::IpAddr;

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where: `gateway subnet out`, `back-end subnet in`, `NIC in`.
    pub at: &'static str,
    /// The group.
    pub nsg: Option<ArmId>,
    /// What it does.
    pub seen: HopSeen,
}

/// What is known of a hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HopSeen {
    /// No group there.
    NoGroup,
    /// A group decided, or could not be told to; with the rules that deny on paper and never get to.
    Decided(Outcome, Vec<nsg::Deciding>),
    /// The NIC of the server is not known here: said, and decided without it.
    NotSeen(String),
    /// Cannot say, and what it hides could matter.
    Hidden(String),
}

/// The hops to one server on one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// In the order the packets cross them.
    pub hops: Vec<Hop>,
    /// The server's address was looked up by name from where the operator runs.
    pub by_name: bool,
}

/// Find the hops; questions of all of them leave together.
pub(crate) fn path(view: &View<'_>, server: &Server, port: u16) -> Result<Path, Blocked> {
    let home = view.home()?;
    if let Ok(ip) = server.address.parse::<IpAddr>() {
        let hops = hops(view, home, server, ip, port, false)?;
        return Ok(Path {
            hops,
            by_name: false,
        });
    }
    let named = |hops| Path {
        hops,
        by_name: true,
    };
    let addresses = match by_name(view, &server.address) {
        Ok(addresses) => addresses,
        Err(blocked @ Blocked::Ask(_)) => return Err(blocked),
        Err(blocked) => {
            let why = format!("{}: {}", server.address, words(&blocked));
            return Ok(named(vec![hidden(INTO, why)]));
        }
    };
    let each = addresses
        .iter()
        .map(|ip| hops(view, home, server, *ip, port, true));
    let mut each = gather(each)?;
    let first = each.swap_remove(0);
    // The gateway may use any of them.
    Ok(named(if each.iter().all(|other| alike(&first, other)) {
        first
    } else {
        let why = format!(
            "{} has several addresses, and the groups treat them differently",
            server.address
        );
        vec![hidden(INTO, why)]
    }))
}

const OUT: &str = "gateway subnet out";
const INTO: &str = "back-end subnet in";
const NIC: &str = "NIC in";

/// The hops to one address.
fn hops(
    view: &View<'_>,
    gateway: &Home,
    server: &Server,
    address: IpAddr,
    port: u16,
    by_name: bool,
) -> Result<Vec<Hop>, Blocked> {
    let same_family = |net: &&IpNet| net.addr().is_ipv4() == address.is_ipv4();
    let sources = gateway.subnet.prefixes.iter();
    let flow = |asgs: Option<Vec<ArmId>>| Flow {
        source: End::Nets(sources.clone().filter(same_family).copied().collect()),
        destination: vec![IpNet::from(address)],
        destination_asgs: asgs,
        ports: (port, port),
        space: gateway.space(),
    };
    let place = locate(view, gateway.vnet.as_ref(), address);
    if let (Ok(None), true) = (&place, by_name) {
        let why = format!(
            "{address}, as the operator resolves it, lies in no network that could be read, and the gateway may see another address"
        );
        return Ok(vec![hidden(INTO, why)]);
    }
    let nic = match &place {
        Ok(Some(home)) => nic(view, home, server, address),
        _ => Ok(None),
    };
    // A NIC that cannot be read only leaves its own hop, and group memberships, undecided.
    let seen = nic.as_ref().ok().and_then(Option::as_ref);
    let asgs = seen.map(|nic| nic.asgs.clone());
    let out = group(
        view,
        OUT,
        gateway.subnet.nsg.as_ref(),
        Direction::Outbound,
        &flow(asgs.clone()),
    );
    let into = match place {
        Ok(Some(home)) => match spared(&home, server, seen) {
            Some(seen) => Ok(Hop {
                at: INTO,
                nsg: None,
                seen,
            }),
            None => group(
                view,
                INTO,
                home.nsg.as_ref(),
                Direction::Inbound,
                &flow(asgs.clone()),
            ),
        },
        Ok(None) => Ok(hidden(
            INTO,
            format!("{address} lies in no subnet that could be read"),
        )),
        Err(blocked) => or_hidden(INTO, blocked),
    };
    let last = match nic {
        Ok(Some(nic)) => group(view, NIC, nic.nsg.as_ref(), Direction::Inbound, &flow(asgs)),
        Ok(None) => Ok(Hop {
            at: NIC,
            nsg: None,
            seen: HopSeen::NotSeen(format!("no NIC of {address} is known here")),
        }),
        Err(blocked) => or_hidden(NIC, blocked),
    };
    gather([out, into, last])
}

/// Both paths are let through, or stopped, by the same rules.
fn alike(one: &[Hop], other: &[Hop]) -> bool {
    let key = |hop: &Hop| {
        let outcome = match &hop.seen {
            HopSeen::Decided(outcome, _) => Some(outcome.clone()),
            HopSeen::NoGroup | HopSeen::NotSeen(_) | HopSeen::Hidden(_) => None,
        };
        let is_hidden = matches!(hop.seen, HopSeen::Hidden(_));
        (hop.at, hop.nsg.clone(), outcome, is_hidden)
    };
    one.iter().map(key).eq(other.iter().map(key))
}

fn group(
    view: &View<'_>,
    at: &'static str,
    id: Option<&ArmId>,
    direction: Direction,
    flow: &Flow,
) -> Result<Hop, Blocked> {
    let Some(id) = id else {
        return Ok(none(at));
    };
    let hop = match view.group(id, direction) {
        Ok(group) => {
            let nsg::Decision { outcome, shadowed } = group.decide(flow);
            Hop {
                at,
                nsg: None,
                seen: HopSeen::Decided(outcome, shadowed),
            }
        }
        Err(blocked) => or_hidden(at, blocked)?,
    };
    Ok(Hop {
        nsg: Some(id.clone()),
        ..hop
    })
}

fn or_hidden(at: &'static str, blocked: Blocked) -> Result<Hop, Blocked> {
    match blocked {
        ask @ Blocked::Ask(_) => Err(ask),
        other => Ok(hidden(at, words(&other))),
    }
}

fn hidden(at: &'static str, why: String) -> Hop {
    Hop {
        at,
        nsg: None,
        seen: HopSeen::Hidden(why),
    }
}

fn none(at: &'static str) -> Hop {
    Hop {
        at,
        nsg: None,
        seen: HopSeen::NoGroup,
    }
}

/// What was asked, by its name.
pub(crate) fn asked(query: &Query) -> &str {
    match query {
        // Its document is called `current`, which says nothing.
        Query::Document(id) if id.key().contains("/microsoft.resourcehealth/") => "Resource Health",
        Query::Document(id) => id.name(),
        Query::BackendHealth(_) => "back-end health",
        Query::Resolve(name) | Query::Handshake { host: name, .. } => name,
        Query::Metrics { .. } => "metrics",
        Query::AccessLog { .. } => "access log",
        Query::ActivityLog { .. } => "activity log",
        Query::Rehearsal { .. } => "on-demand probe",
        Query::Operation(_) => "operation",
    }
}

/// An obstacle in words, for evidence.
pub(crate) fn words(blocked: &Blocked) -> String {
    match blocked {
        Blocked::Ask(_) => "not asked yet".into(),
        Blocked::Gap(query, gap) => match (query, gap) {
            // Which right is missing says it all; so does the gateway that is asked about.
            (_, Gap::Denied { .. }) => gap.to_string(),
            (Query::Document(id), _) if id.kind() == GATEWAY_KIND => gap.to_string(),
            _ => format!("{}: {gap}", asked(query)),
        },
        Blocked::Unclear(why) | Blocked::Wait(why) => why.clone(),
        Blocked::Hint(finding) => finding.says.clone(),
        Blocked::Tell(field) => (*field).to_owned(),
    }
}

impl Hop {
    /// In words, with its vantage.
    pub fn words(&self) -> String {
        let name = self.nsg.as_ref().map_or("no NSG", ArmId::name);
        let at = self.at;
        match &self.seen {
            HopSeen::NoGroup => format!("{at}: no NSG (ControlPlane)"),
            HopSeen::NotSeen(why) => format!("{at}: not seen, {why} (ControlPlane)"),
            HopSeen::Hidden(why) => format!("{at}: cannot say, {why} (ControlPlane)"),
            HopSeen::Decided(outcome, _) => match outcome {
                Outcome::Allowed(by) => format!(
                    "{at}: {name}/{} (priority {}) lets it pass (ControlPlane)",
                    by.rule, by.priority
                ),
                Outcome::Denied(by) => format!(
                    "{at}: {name}/{} (priority {}) drops it (ControlPlane)",
                    by.rule, by.priority
                ),
                Outcome::Partly(by) => format!(
                    "{at}: {name}/{} (priority {}) drops a part of it (ControlPlane)",
                    by.rule, by.priority
                ),
                Outcome::Unclear(why) => {
                    format!("{at}: {name} cannot be told, {why} (ControlPlane)")
                }
            },
        }
    }
}
