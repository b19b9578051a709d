//! The hops a probe crosses on its way to one server, and what the NSG of each does with it. Groups are
//! found from the path (subnet and NIC of both ends), never by listing a resource group; a hop without
//! a group lets everything pass, which is not the same as an open path.
use crate::{
    facts::{
        Blocked, Gap, Query, gather,
        health::Server,
        network::{Nic, Subnet, Vnet},
    },
    id::{ArmId, GATEWAY_KIND},
    nsg::{self, Direction, End, Flow, Outcome},
    steps::space,
    view::View,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// NICs of a subnet that are read to find one by its address; more than these and the hop is not seen.
const NICS: usize = 20;

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
pub fn path(view: &View<'_>, server: &Server, port: u16) -> Result<Path, Blocked> {
    let (subnet, vnet) = view.gateway_subnet()?;
    let (address, by_name) = match server.address.parse::<IpAddr>() {
        Ok(ip) => (Ok(ip), false),
        Err(_) => (by_name(view, &server.address), true),
    };
    let address = match address {
        Ok(ip) => ip,
        Err(blocked @ Blocked::Ask(_)) => return Err(blocked),
        Err(blocked) => {
            let why = format!("{}: {}", server.address, words(&blocked));
            return Ok(Path {
                hops: vec![hidden("back-end subnet in", why)],
                by_name,
            });
        }
    };
    let flow = |asgs: Option<Vec<ArmId>>| Flow {
        source: End::Nets(
            subnet
                .prefixes
                .iter()
                .filter(|p| p.addr().is_ipv4() == address.is_ipv4())
                .copied()
                .collect(),
        ),
        destination: vec![IpNet::from(address)],
        destination_asgs: asgs,
        ports: (port, port),
        space: space(&subnet, vnet.as_ref()),
    };
    let place = locate(view, vnet.as_ref(), address);
    let nic = match &place {
        Ok(Some(home)) => nic(view, home, server, address),
        _ => Ok(None),
    };
    // A NIC that cannot be read only leaves its own hop, and group memberships, undecided.
    let asgs = nic
        .as_ref()
        .ok()
        .and_then(|nic| nic.as_ref().map(|nic| nic.asgs.clone()));
    let out = group(
        view,
        "gateway subnet out",
        subnet.nsg.as_ref(),
        Direction::Outbound,
        &flow(asgs.clone()),
    );
    let into = match place {
        Ok(Some(home)) if home.id == subnet.id => Ok(none("back-end subnet in")),
        Ok(Some(home)) => group(
            view,
            "back-end subnet in",
            home.nsg.as_ref(),
            Direction::Inbound,
            &flow(asgs.clone()),
        ),
        Ok(None) => Ok(hidden(
            "back-end subnet in",
            format!("{address} lies in no subnet that could be read"),
        )),
        Err(blocked) => or_hidden("back-end subnet in", blocked),
    };
    let last = match nic {
        Ok(Some(nic)) => group(
            view,
            "NIC in",
            nic.nsg.as_ref(),
            Direction::Inbound,
            &flow(asgs),
        ),
        Ok(None) => Ok(Hop {
            at: "NIC in",
            nsg: None,
            seen: HopSeen::NotSeen(format!("no NIC of {address} is known here")),
        }),
        Err(blocked) => or_hidden("NIC in", blocked),
    };
    let hops = gather([out, into, last])?;
    Ok(Path { hops, by_name })
}

fn by_name(view: &View<'_>, name: &str) -> Result<IpAddr, Blocked> {
    let addresses = view.facts.addresses(name)?;
    let first = addresses
        .iter()
        .find(|ip| ip.is_ipv4())
        .or(addresses.first())
        .copied();
    first.ok_or_else(|| Blocked::Unclear("the name has no address".into()))
}

/// The subnet an address lives in: of the gateway's own network, else of a connected one.
fn locate(view: &View<'_>, vnet: Option<&Vnet>, ip: IpAddr) -> Result<Option<Subnet>, Blocked> {
    let Some(vnet) = vnet else {
        return Err(Blocked::Unclear(
            "the gateway's network could not be read".into(),
        ));
    };
    if let Some(own) = vnet.subnets.iter().find(|subnet| subnet.contains(ip)) {
        return Ok(Some(own.clone()));
    }
    for peer in &vnet.peers {
        if peer.space.is_empty() || peer.space.iter().any(|net| net.contains(&ip)) {
            let there = view.facts.vnet(&peer.vnet)?;
            if let Some(found) = there.subnets.into_iter().find(|subnet| subnet.contains(ip)) {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// The server's NIC: named by health, or found by address among the few of its subnet.
fn nic(
    view: &View<'_>,
    home: &Subnet,
    server: &Server,
    ip: IpAddr,
) -> Result<Option<Nic>, Blocked> {
    if let Some(id) = &server.ip_configuration {
        return view.facts.nic(id).map(Some);
    }
    let nics = || {
        home.ip_configurations
            .iter()
            .filter(|id| id.up_to("networkInterfaces").is_some())
    };
    if nics().count() > NICS {
        return Ok(None);
    }
    let read = gather(nics().map(|id| match view.facts.nic(id) {
        // One NIC that may not be read leaves the others.
        Err(Blocked::Gap(..)) => Ok(None),
        other => other.map(Some),
    }))?;
    Ok(read
        .into_iter()
        .flatten()
        .find(|nic| nic.addresses.contains(&ip)))
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
    match view.facts.document(id) {
        Ok(document) => {
            let outcome = nsg::evaluate(document, direction, flow);
            let shadowed = nsg::shadowed(document, direction, flow);
            Ok(Hop {
                at,
                nsg: Some(id.clone()),
                seen: HopSeen::Decided(outcome, shadowed),
            })
        }
        Err(blocked) => {
            let hop = or_hidden(at, blocked)?;
            Ok(Hop {
                nsg: Some(id.clone()),
                ..hop
            })
        }
    }
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

/// An obstacle in words, for evidence.
pub(crate) fn words(blocked: &Blocked) -> String {
    match blocked {
        Blocked::Ask(_) => "not asked yet".into(),
        Blocked::Gap(query, gap) => match (query, gap) {
            // Which right is missing says it all; so does the gateway that is asked about.
            (_, Gap::Denied { .. }) => gap.to_string(),
            (Query::Document(id), _) if id.kind() == GATEWAY_KIND => gap.to_string(),
            (Query::Document(id), _) => format!("{}: {gap}", id.name()),
            (Query::BackendHealth(_), _) => format!("back-end health: {gap}"),
            (Query::Resolve(name), _) => format!("{name}: {gap}"),
        },
        Blocked::Unclear(why) | Blocked::Wait(why) => why.clone(),
        Blocked::Hint(finding) => finding.says.clone(),
        Blocked::Tell(field) => (*field).to_owned(),
        Blocked::NotBuilt => "not built yet".into(),
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
