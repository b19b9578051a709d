//! What drops a pair's traffic, group by group: each takes one Allow.
use super::stops::{Look, Stop};
use crate::{
    draft::Case,
    facts::{Blocked, health::Server},
    id::ArmId,
    nsg::Direction,
};
use std::collections::{BTreeMap, BTreeSet};

/// Group, outbound or not, IPv4 or not.
pub(super) type Gate = (ArmId, bool, bool);

/// What one group drops of one pair's traffic.
pub(super) struct Dropped<'v> {
    pub(super) servers: Vec<&'v Server>,
    /// The number of the first rule that drops it, and the rule.
    pub(super) limit: i64,
    pub(super) by: String,
}

/// Every group that drops something, each once for each direction and family of addresses.
pub(super) fn gates<'v>(found: &[Stop<'v>], look: &Look<'v>) -> BTreeMap<Gate, Dropped<'v>> {
    let mut gates: BTreeMap<Gate, Dropped<'v>> = BTreeMap::new();
    for stop in found {
        let v4 = !stop.server.address.contains(':');
        let gate = (stop.nsg.clone(), stop.direction == Direction::Outbound, v4);
        let dropped = gates.entry(gate).or_insert_with(|| Dropped {
            servers: vec![],
            limit: i64::MAX,
            by: String::new(),
        });
        if stop.by.priority < dropped.limit {
            dropped.limit = stop.by.priority;
            dropped.by.clone_from(&stop.by.rule);
        }
    }
    for ((nsg, outbound, v4), dropped) in &mut gates {
        let here = |it: &&Stop<'v>| {
            it.nsg == *nsg
                && (it.direction == Direction::Outbound) == *outbound
                && it.server.address.contains(':') != *v4
        };
        let met: BTreeSet<&str> = found
            .iter()
            .filter(here)
            .map(|it| it.server.address.as_str())
            .collect();
        let all = look.servers.iter().copied();
        dropped.servers = all.filter(|it| met.contains(it.address.as_str())).collect();
    }
    gates
}

/// Other pairs whose failing servers are reached on one of the same ports.
pub(super) fn sharing(case: &Case<'_, '_>, of: &Look<'_>) -> Result<Vec<String>, Blocked> {
    let gateway = case.gateway()?;
    let own: BTreeSet<&str> = of.servers.iter().map(|it| it.address.as_str()).collect();
    let all = case.view.health()?.iter();
    let others = all
        .filter(|it| it.subject() != of.pair.subject())
        .filter(|pair| {
            let probe = gateway.effective_probe(&pair.setting).ok();
            let port = probe.and_then(|it| it.port());
            port.is_some_and(|it| of.ports.contains(&it))
                && pair
                    .servers
                    .iter()
                    .any(|it| own.contains(it.address.as_str()))
        });
    Ok(others.map(|it| it.subject().to_string()).collect())
}
