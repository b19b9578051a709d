//! What drops a pair's traffic, group by group: each takes one Allow.
use super::stops::{Look, Stop};
use crate::{facts::health::Server, id::ArmId, nsg::Direction};
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
