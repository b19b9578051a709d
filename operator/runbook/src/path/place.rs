//! Where a server is: by name, in which subnet, on which NIC, and what its subnet's group has to do with it.
use super::HopSeen;
use crate::{
    facts::{
        Blocked, gather,
        health::Server,
        network::{Nic, Subnet, Vnet},
    },
    view::View,
};
use ipnet::IpNet;
use std::{net::IpAddr, rc::Rc};

/// NICs of a subnet that are read to find one by its address; more than these and the hop is not seen.
const NICS: usize = 20;

/// The addresses a name has, as far as a gateway would use them; at least one.
pub(super) fn by_name(view: &View<'_>, name: &str) -> Result<Vec<IpAddr>, Blocked> {
    let all = view.facts.addresses(name)?;
    let v4: Vec<IpAddr> = all.iter().filter(|ip| ip.is_ipv4()).copied().collect();
    let addresses = if v4.is_empty() { all } else { v4 };
    if addresses.is_empty() {
        return Err(Blocked::Unclear("the name has no address".into()));
    }
    Ok(addresses)
}

/// The subnet an address lives in: of the gateway's own network, else of a connected one.
pub(super) fn locate(
    view: &View<'_>,
    vnet: Option<&Vnet>,
    ip: IpAddr,
) -> Result<Option<Rc<Subnet>>, Blocked> {
    let Some(vnet) = vnet else {
        return Err(Blocked::Unclear(
            "the gateway's network could not be read".into(),
        ));
    };
    let within = |vnet: &Vnet| vnet.subnets.iter().find(|it| it.contains(ip)).cloned();
    if let Some(own) = within(vnet) {
        return Ok(Some(own));
    }
    let may_hold = |space: &[IpNet]| space.is_empty() || space.iter().any(|net| net.contains(&ip));
    for peer in vnet.peers.iter().filter(|peer| may_hold(&peer.space)) {
        if let Some(found) = within(&*view.vnet(&peer.vnet)?) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The server's NIC: named by health, or found by address among the few of its subnet.
pub(super) fn nic(
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
    let mut unread = None;
    let read = gather(nics().map(|id| match view.facts.nic(id) {
        Err(gap @ Blocked::Gap(..)) => {
            unread.get_or_insert(gap);
            Ok(None)
        }
        other => other.map(Some),
    }))?;
    let found = read
        .into_iter()
        .flatten()
        .find(|nic| nic.addresses.contains(&ip));
    // One that may not be read matters only where it may be the one.
    match (found, unread) {
        (None, Some(gap)) => Err(gap),
        (found, _) => Ok(found),
    }
}

/// What is in a subnet and yet not plainly behind its group: private endpoints, unless the subnet says that
/// groups apply to them, and front ends of load balancers, whose traffic is judged where it arrives.
pub(super) fn spared(home: &Subnet, server: &Server, nic: Option<&Nic>) -> Option<HopSeen> {
    if let Some(nic) = nic {
        return match (nic.is_private_endpoint, home.nsg_for_private_endpoints) {
            (false, _) | (true, Some(true)) => None,
            (true, Some(false)) => Some(HopSeen::NotSeen(
                "it is a private endpoint, and its subnet applies no NSG to those".into(),
            )),
            (true, None) => Some(HopSeen::Hidden(
                "it is a private endpoint, and its subnet does not say whether NSGs apply to those"
                    .into(),
            )),
        };
    }
    if server.ip_configuration.is_some() || home.nsg.is_none() {
        return None;
    }
    let balancers = || {
        let mut all = home.ip_configurations.iter();
        all.any(|id| id.up_to("loadBalancers").is_some())
    };
    let what = if home.has_private_endpoints {
        "a private endpoint"
    } else if balancers() {
        "a load balancer's front end"
    } else {
        return None;
    };
    Some(HopSeen::Hidden(format!(
        "{} may be {what}, which this subnet holds and its NSG may not apply to",
        server.address
    )))
}
