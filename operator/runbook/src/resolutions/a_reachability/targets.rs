//! Where the servers of a pair are, as a rule names it.
use super::stops::Look;
use crate::{
    facts::{gateway::Gateway, health::Server},
    view::View,
};
use ipnet::IpNet;
use std::{collections::BTreeSet, net::IpAddr};

/// More addresses than these are named by their subnet.
const EXACT: usize = 16;

/// The addresses of a server, as far as they are known here.
fn addresses(view: &View<'_>, server: &Server) -> Vec<IpAddr> {
    match server.address.parse() {
        Ok(ip) => vec![ip],
        Err(_) => view.facts.addresses(&server.address).unwrap_or_default(),
    }
}

/// Where servers are, as a rule names it: exactly, or by subnet with the reason.
pub(super) struct Targets {
    pub(super) nets: BTreeSet<IpNet>,
    pub(super) why: Option<&'static str>,
}

/// The places of these servers, of one family of addresses.
pub(super) fn targets(view: &View<'_>, look: &Look<'_>, servers: &[&Server], v4: bool) -> Targets {
    let mut all: BTreeSet<IpAddr> = BTreeSet::new();
    for server in servers {
        all.extend(addresses(view, server));
    }
    all.retain(|ip| ip.is_ipv4() == v4);
    let scaled = |it: &&Server| {
        let ip = it.ip_configuration.as_ref();
        ip.is_some_and(|id| id.up_to("virtualMachineScaleSets").is_some())
    };
    let named = |it: &&Server| it.address.parse::<IpAddr>().is_err();
    let controlled = view.gateway().is_ok_and(Gateway::is_ingress_controlled);
    let why = if servers.iter().any(named) {
        Some("a name may come to stand for another address")
    } else if servers.iter().any(scaled) {
        Some("instances of a scale set are replaced, and their addresses with them")
    } else if controlled {
        Some("an ingress controller's members are Pods, whose addresses change all the time")
    } else if all.len() > EXACT || look.all > look.servers.len() {
        Some("there are too many servers to name each")
    } else {
        None
    };
    let around = |ip: IpAddr| why.and_then(|_| subnet(view, ip));
    let nets: BTreeSet<IpNet> = all
        .into_iter()
        .map(|ip| around(ip).unwrap_or_else(|| IpNet::from(ip)))
        .collect();
    let widened = nets.iter().any(|it| it.prefix_len() < it.max_prefix_len());
    let why = why.filter(|_| widened);
    Targets { nets, why }
}

/// The range of the subnet that holds an address, of the networks that are known.
fn subnet(view: &View<'_>, ip: IpAddr) -> Option<IpNet> {
    let home = view.home().ok()?;
    let own = home.vnet.as_ref()?;
    let within = |subnets: &[std::rc::Rc<crate::facts::network::Subnet>]| {
        let ranges = subnets.iter().flat_map(|it| &it.prefixes);
        ranges.copied().find(|net| net.contains(&ip))
    };
    within(&own.subnets).or_else(|| {
        let peers = own.peers.iter().filter_map(|it| view.vnet(&it.vnet).ok());
        peers.into_iter().find_map(|it| within(&it.subnets))
    })
}
