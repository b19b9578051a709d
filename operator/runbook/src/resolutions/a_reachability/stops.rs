//! What stands in the way of a pair's probes and requests, now and with a change supposed.
use crate::{
    draft::Case,
    facts::{
        Blocked,
        gateway::Gateway,
        gather,
        health::{PairHealth, Server},
        json::number,
    },
    id::{ArmId, Subject},
    nsg::{Deciding, Direction, Outcome},
    path::{Hop, HopSeen},
    plan::Change,
    report::Finding,
    view::View,
};
use std::collections::BTreeSet;

/// Servers looked at in one pair, as in step 2c-1.
const SERVERS: usize = 32;

/// A pair with servers whose probes met no TCP answer, and the ports they are asked on.
pub(super) struct Look<'v> {
    pub(super) pair: &'v PairHealth,
    /// Those first, then the others: whatever drops the ones may drop the others too, and a plan for those that
    /// happen to be down right now would be another one tomorrow.
    pub(super) servers: Vec<&'v Server>,
    /// How many there are, also of those that are not looked at.
    pub(super) all: usize,
    pub(super) probed: u16,
    /// Probed and served, in order.
    pub(super) ports: Vec<u16>,
}

/// `None` where health lists no such server any more.
pub(super) fn look<'v>(view: &'v View<'_>, of: &Subject) -> Result<Option<Look<'v>>, Blocked> {
    let Some(pair) = view.pair(of)? else {
        return Ok(None);
    };
    let gateway = view.gateway()?;
    let probe = gateway.effective_probe(&pair.setting);
    let Some(probed) = probe.map_err(Blocked::Unclear)?.port() else {
        let why = format!("settings {} have no port that can be read", pair.setting);
        return Err(Blocked::Unclear(why));
    };
    let others = pair.servers.iter().filter(|it| !is_down(it));
    let servers = pair.servers.iter().filter(|it| is_down(it)).chain(others);
    let servers: Vec<&Server> = servers.take(SERVERS).collect();
    let ports: BTreeSet<u16> = served(gateway, &pair.setting)
        .into_iter()
        .chain([probed])
        .collect();
    let down = servers.first().is_some_and(|it| is_down(it));
    Ok(down.then(|| Look {
        pair,
        all: pair.servers.len(),
        servers,
        probed,
        ports: ports.into_iter().collect(),
    }))
}

/// Its probe met no TCP answer.
fn is_down(server: &Server) -> bool {
    server.is_down() && server.class.is_reachability()
}

impl<'v> Look<'v> {
    /// The servers whose probes met no TCP answer.
    pub(super) fn down(&self) -> impl Iterator<Item = &'v Server> {
        self.servers.iter().copied().filter(|it| is_down(it))
    }
}

/// The port that requests by these settings go to.
pub(super) fn served(gateway: Gateway<'_>, setting: &str) -> Option<u16> {
    let setting = gateway.named("backendHttpSettingsCollection", setting)?;
    let port = number(setting, &["properties", "port"])?;
    u16::try_from(port).ok().filter(|port| *port > 0)
}

/// A group that drops what goes to one server.
pub(super) struct Stop<'v> {
    pub(super) server: &'v Server,
    pub(super) port: u16,
    pub(super) nsg: ArmId,
    pub(super) direction: Direction,
    pub(super) by: Deciding,
    /// All of it, and not only what a part of the gateway's subnet sends.
    pub(super) whole: bool,
    /// The server is one of those that are down.
    pub(super) down: bool,
}

fn direction(hop: &Hop) -> Direction {
    if hop.at == "gateway subnet out" {
        Direction::Outbound
    } else {
        Direction::Inbound
    }
}

/// Everything that drops something on the way to these servers on these ports.
pub(super) fn stops<'v>(view: &View<'_>, look: &Look<'v>) -> Result<Vec<Stop<'v>>, Blocked> {
    let mut all = vec![];
    for (server, port, hops) in hops(view, look)? {
        for hop in hops {
            let (Some(nsg), HopSeen::Decided(outcome, _)) = (&hop.nsg, &hop.seen) else {
                continue;
            };
            let (by, whole) = match outcome {
                Outcome::Denied(by) => (by, true),
                Outcome::Partly(by) => (by, false),
                Outcome::Allowed(_) | Outcome::Unclear(_) => continue,
            };
            all.push(Stop {
                server,
                port,
                nsg: nsg.clone(),
                direction: direction(&hop),
                by: by.clone(),
                whole,
                down: is_down(server),
            });
        }
    }
    Ok(all)
}

type Way<'v> = (&'v Server, u16, Vec<Hop>);

fn hops<'v>(view: &View<'_>, look: &Look<'v>) -> Result<Vec<Way<'v>>, Blocked> {
    let ways = look
        .servers
        .iter()
        .flat_map(|server| look.ports.iter().map(move |port| (*server, *port)));
    gather(ways.map(|(server, port)| {
        let path = view.path(server, port)?;
        Ok((server, port, path.hops.clone()))
    }))
}

/// How the ways are once a change is made.
#[derive(Default)]
pub(super) struct Tried {
    /// Groups that decided.
    groups: BTreeSet<ArmId>,
    /// Rules that let it pass.
    passed: BTreeSet<String>,
    /// The first that goes on dropping something.
    pub(super) stopped: Option<String>,
    unsure: Option<String>,
}

/// Look at the ways anew, the changes supposed.
pub(super) fn tried(
    case: &Case<'_, '_>,
    look: &Look<'_>,
    changes: &[Change],
) -> Result<Tried, Blocked> {
    let facts = case.view.facts.supposing(changes);
    let view = View::new(&facts, case.view.visitor);
    let mut tried = Tried::default();
    for (server, port, hops) in hops(&view, look)? {
        for hop in hops {
            let outcome = match &hop.seen {
                HopSeen::Decided(outcome, _) => outcome,
                HopSeen::Hidden(why) => {
                    let why = || format!("{} at {}: {why}", server.address, hop.at);
                    tried.unsure.get_or_insert_with(why);
                    continue;
                }
                HopSeen::NoGroup | HopSeen::NotSeen(_) => continue,
            };
            let Some(nsg) = &hop.nsg else { continue };
            tried.groups.insert(nsg.clone());
            match outcome {
                Outcome::Allowed(by) => {
                    let by = format!("{}/{} ({})", nsg.name(), by.rule, by.priority);
                    tried.passed.insert(by);
                }
                Outcome::Denied(by) | Outcome::Partly(by) => {
                    let part = if matches!(outcome, Outcome::Partly(_)) {
                        "a part of "
                    } else {
                        ""
                    };
                    tried.stopped.get_or_insert_with(|| {
                        format!(
                            "{}/{} ({}) would still drop {part}what goes to {} on port {port}",
                            nsg.name(),
                            by.rule,
                            by.priority,
                            server.address
                        )
                    });
                }
                Outcome::Unclear(why) => {
                    let why = || format!("{}: {why}", nsg.name());
                    tried.unsure.get_or_insert_with(why);
                }
            }
        }
    }
    Ok(tried)
}

impl Tried {
    /// What the trial came to, one line each.
    pub(super) fn words(&self, look: &Look<'_>, with: &str) -> Vec<String> {
        let ports: Vec<String> = look.ports.iter().map(ToString::to_string).collect();
        let (ports, count) = (ports.join(" and "), self.groups.len());
        let mut lines = vec![];
        match (&self.stopped, &self.unsure) {
            (Some(stopped), _) => lines.push(format!("path tried {with}: {stopped}")),
            (None, Some(why)) => lines.push(format!(
                "path tried {with}, {count} NSGs evaluated: none that can be read drops port {ports}; not known is {why}"
            )),
            (None, None) => lines.push(format!(
                "path open {with} on port {ports}, {count} NSGs evaluated, by {}",
                self.passed.iter().cloned().collect::<Vec<_>>().join(", ")
            )),
        }
        if look.all > look.servers.len() {
            let (seen, all) = (look.servers.len(), look.all);
            lines.push(format!("{seen} of {all} servers were tried"));
        }
        lines
    }
    /// Everything on the way was seen, and lets pass.
    pub(super) fn is_open(&self) -> bool {
        self.stopped.is_none() && self.unsure.is_none()
    }
}

/// The pairs with a finding of one of these ids, in an order that does not depend on how sure each is.
pub(super) fn subjects(case: &Case<'_, '_>, ids: &[&str]) -> Vec<Subject> {
    let of = case.findings.iter().filter(|it| ids.contains(&it.id));
    let all: BTreeSet<Subject> = of.filter_map(|it| case.pair_of(it)).collect();
    all.into_iter().collect()
}

/// Of several findings of these ids about one pair, only the first drafts.
pub(super) fn is_first(case: &Case<'_, '_>, finding: &Finding, ids: &[&str]) -> bool {
    let mut same = case
        .findings
        .iter()
        .filter(|it| ids.contains(&it.id) && it.subject == finding.subject);
    ids.contains(&finding.id) && same.next().is_none_or(|it| it == finding)
}
