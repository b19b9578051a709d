//! Whether groups on the way would drop what goes to a new member.
use super::members::Member;
use crate::{
    draft::{Case, Draft},
    facts::{
        Blocked,
        gateway::Gateway,
        gather,
        health::{Health, Server},
        probe_log::LogClass,
    },
    nsg::Outcome,
    path::HopSeen,
};
use std::collections::BTreeSet;

/// New members whose way is looked at beforehand.
const TRIED: usize = 8;

/// The ways to new members that are addresses, as far as groups tell.
pub(super) fn tried(
    case: &Case<'_, '_>,
    gateway: Gateway<'_>,
    settings: &BTreeSet<&str>,
    members: &[Member],
    mut draft: Draft,
) -> Result<Draft, Blocked> {
    let ports: BTreeSet<u16> = settings
        .iter()
        .filter_map(|it| gateway.effective_probe(it).ok()?.port())
        .collect();
    let addresses = members.iter().filter(|it| matches!(it, Member::Address(_)));
    let ways = addresses
        .take(TRIED)
        .flat_map(|it| ports.iter().map(move |port| (it.words(), *port)));
    let ways = gather(ways.map(|(address, port)| {
        let server = Server {
            address: address.clone(),
            health: Health::Unknown,
            word: String::new(),
            class: LogClass::Silent,
            accepted: None,
            ip_configuration: None,
        };
        match case.view.path(&server, port) {
            Ok(path) => Ok(Some((address, port, path))),
            Err(ask @ Blocked::Ask(_)) => Err(ask),
            Err(_) => Ok(None),
        }
    }))?;
    for (address, port, path) in ways.into_iter().flatten() {
        let drops = path.hops.iter().find_map(|hop| match &hop.seen {
            HopSeen::Decided(Outcome::Denied(by) | Outcome::Partly(by), _) => {
                Some(format!("{}/{}", hop.nsg.as_ref()?.name(), by.rule))
            }
            _ => None,
        });
        let unsure = path.hops.iter().find_map(|hop| match &hop.seen {
            HopSeen::Hidden(why) | HopSeen::Decided(Outcome::Unclear(why), _) => Some(why.clone()),
            _ => None,
        });
        let groups = path.hops.iter().filter(|hop| hop.nsg.is_some()).count();
        draft = match (drops, unsure) {
            (Some(rule), _) => draft.effect(format!(
                "{rule} drops what goes to {address} on port {port}: without resolution A the pool stays down"
            )),
            (None, Some(why)) => draft.check(format!(
                "whether {address} is reached on port {port} cannot be told: {why}"
            )),
            (None, None) => draft.check(format!(
                "no NSG drops what goes to {address} on port {port}, {groups} evaluated"
            )),
        };
    }
    Ok(draft)
}
