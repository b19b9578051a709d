//! Step 2c-1. Does the network let the probe through? Asked before anything is done about a time-out: a
//! blocked probe and a slow application look the same from the probe's side.
use crate::{
    facts::{
        Blocked, gather,
        health::{PairHealth, Server, few},
        probe_log::LogClass,
    },
    id::{
        Letter::{A, B},
        StepId::S2c1,
        Subject,
    },
    nsg::{Deciding, Outcome},
    path::{self, HopSeen, Path},
    report::{Confidence, Finding},
    step::{Looks, Next, Row, Seen, Sighting, Step, When},
    view::View,
};
use std::collections::BTreeMap;

pub(super) static STEP: Step = Step {
    id: S2c1,
    asks: "Does the network let the probe through to the back end's port?",
    title: "path to back end",
    looks: &[
        Looks::Gateway,
        Looks::Health,
        Looks::Network,
        Looks::SecurityGroup,
        Looks::Nic,
        Looks::Name,
        Looks::Person(SLOW),
    ],
    all_clear: None,
    routes: false,
    skipped: "no server fails with a time-out or without a connection",
    rows: &[
        Row {
            id: "2c-1.1",
            says: "An NSG on the path drops the probe",
            next: Next::Letter(A),
            when: When::Seen(denied),
            correction: Some(
                "The article lists the Deny rules of one resource group in their singular fields. We evaluate every NSG on the path, in order, with plural fields, tags and default rules, in the right direction; a Deny that covers only a part of the gateway's subnet is a finding of its own",
            ),
        },
        Row {
            id: "2c-1.2",
            says: "No NSG drops it, and the application is known to start slowly",
            next: Next::Letter(B),
            when: When::Seen(slow),
            correction: Some(
                "The article concludes that the path is open. NSGs that let the probe pass say nothing of routes, firewalls and the host itself",
            ),
        },
        Row {
            id: "2c-1.3",
            says: "No NSG drops it, and nothing says that the application is slow",
            next: Next::Letter(A),
            when: When::Seen(not_listening),
            correction: Some(
                "The article sends this to a change of NSG rules that were just shown to be innocent. It is advice only: port, host firewall, route",
            ),
        },
    ],
};

const SLOW: &str = "spec.hints.slowToStart";

/// Servers looked at in one pair; the largest pools have 1,200, all behind the same few groups.
const SERVERS: usize = 32;

/// The servers of a pair whose probes got no TCP answer, each with its path.
struct Look<'v> {
    pair: &'v PairHealth,
    port: u16,
    servers: Vec<(&'v Server, Path)>,
}

fn look<'v>(view: &'v View<'_>, of: &Subject) -> Result<Look<'v>, Blocked> {
    let Some(pair) = view.pair(of)? else {
        return Err(Blocked::Unclear("health no longer lists this pair".into()));
    };
    let gateway = view.gateway()?;
    let Some(port) = gateway.probe_port(&pair.setting) else {
        return Err(Blocked::Unclear(format!(
            "settings {} have no port that can be read",
            pair.setting
        )));
    };
    let affected = pair.down().filter(|server| server.class.is_reachability());
    let servers = gather(affected.take(SERVERS).map(|server| {
        let path = path::path(view, server, port)?;
        Ok((server, path))
    }))?;
    Ok(Look {
        pair,
        port,
        servers,
    })
}

/// A server, its path, and the hop that drops its probe.
type Met<'l> = (&'l Server, &'l Path, &'l path::Hop);

/// What the groups of one path do, the strongest first.
enum Stand<'p> {
    Denied(&'p path::Hop, &'p Deciding),
    Partly(&'p path::Hop, &'p Deciding),
    Hidden(String),
    NotBlocked,
}

fn stand(path: &Path) -> Stand<'_> {
    let outcomes = || {
        path.hops.iter().filter_map(|hop| match &hop.seen {
            HopSeen::Decided(outcome, _) => Some((hop, outcome)),
            HopSeen::NoGroup | HopSeen::NotSeen(_) | HopSeen::Hidden(_) => None,
        })
    };
    let denied = outcomes().find_map(|(hop, outcome)| match outcome {
        Outcome::Denied(by) => Some(Stand::Denied(hop, by)),
        _ => None,
    });
    let partly = || {
        outcomes().find_map(|(hop, outcome)| match outcome {
            Outcome::Partly(by) => Some(Stand::Partly(hop, by)),
            _ => None,
        })
    };
    let hidden = || {
        path.hops.iter().find_map(|hop| match &hop.seen {
            HopSeen::Hidden(why) | HopSeen::Decided(Outcome::Unclear(why), _) => {
                Some(Stand::Hidden(format!("{why} ({})", hop.at)))
            }
            _ => None,
        })
    };
    denied
        .or_else(partly)
        .or_else(hidden)
        .unwrap_or(Stand::NotBlocked)
}

/// One sighting a rule that drops the probe of at least one server.
fn denied(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let mut rules: BTreeMap<(String, &Deciding), Vec<Met<'_>>> = BTreeMap::new();
    let (mut partly, mut hidden) = (Vec::new(), None);
    for (server, path) in &look.servers {
        match stand(path) {
            Stand::Denied(hop, by) => {
                let nsg = hop
                    .nsg
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                rules
                    .entry((nsg, by))
                    .or_default()
                    .push((server, path, hop));
            }
            Stand::Partly(hop, by) => partly.push((*server, path, hop, by)),
            Stand::Hidden(why) => hidden = hidden.or(Some(Blocked::Unclear(why))),
            Stand::NotBlocked => {}
        }
    }
    if rules.is_empty() {
        let hint = partly.first().map(|(_, path, hop, by)| {
            let same = partly.iter().filter(|(.., other)| other == by);
            let servers: Vec<&Server> = same.map(|(server, ..)| *server).collect();
            Blocked::Hint(Box::new(partial(view, &look, &servers, path, hop, by)))
        });
        return hint.or(hidden).map_or(Ok(vec![]), Err);
    }
    let explained: usize = rules.values().map(Vec::len).sum();
    let all = explained
        == look
            .pair
            .servers
            .iter()
            .filter(|s| !s.is_live())
            .count()
            .min(SERVERS);
    Ok(rules
        .iter()
        .map(|((_, by), met)| deny(view, &look, by, met, all))
        .collect())
}

fn deny(view: &View<'_>, look: &Look<'_>, by: &Deciding, met: &[Met<'_>], all: bool) -> Sighting {
    let pair = look.pair;
    let first = met.first();
    let id = first.and_then(|(_, _, hop)| hop.nsg.clone());
    let name = id.as_ref().map_or("", |id| id.name());
    let outbound = first.is_some_and(|(_, _, hop)| hop.at == "gateway subnet out");
    let direction = if outbound { "Outbound" } else { "Inbound" };
    let source = sources(view);
    let addresses: Vec<&str> = met
        .iter()
        .map(|(server, _, _)| server.address.as_str())
        .collect();
    let by_name = met.iter().any(|(_, path, _)| path.by_name);
    let confidence = match (pair.is_dead(), all, by_name) {
        (false, _, _) => Confidence::Inconclusive,
        (true, true, false) => Confidence::Confirmed,
        (true, _, _) => Confidence::Likely,
    };
    let priority = by.priority;
    let groups: usize = first.map_or(0, |(_, path, _)| {
        path.hops.iter().filter(|hop| hop.nsg.is_some()).count()
    });
    let mut because = vec![
        format!(
            "1b: {} {} (Gateway)",
            few(&addresses),
            failing(met.iter().map(|(server, _, _)| *server))
        ),
        format!("first match over the NSGs on the path, {groups} in all (ControlPlane)"),
    ];
    because.extend(
        first
            .into_iter()
            .flat_map(|(_, path, _)| path.hops.iter().map(path::Hop::words)),
    );
    if by_name {
        because.push(
            "the address was looked up by name from where the operator runs (Operator)".into(),
        );
    }
    let state = state(pair);
    let finding = Finding {
        id: "nsg-deny-probe",
        row: Some("2c-1.1"),
        letter: Some(A),
        confidence,
        subject: pair.subject().to_string(),
        says: format!(
            "NSG rule {name}/{} (priority {priority}, {direction}) drops {source} -> {} on probe port {}: {state}",
            by.rule,
            few(&addresses),
            look.port
        ),
        because,
        against: live(pair),
        correction: String::new(),
        target: id.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let subject = Subject::NsgRule {
        nsg: name.to_owned(),
        rule: by.rule.clone(),
    };
    let evidence = format!(
        "Deny {name}/{} prio {priority} covers {source}:{}",
        by.rule, look.port
    );
    Sighting::new(&subject, evidence).finding(finding)
}

/// A Deny for a part of the gateway's subnet: which instances it meets is not to be read anywhere.
fn partial(
    view: &View<'_>,
    look: &Look<'_>,
    servers: &[&Server],
    path: &Path,
    hop: &path::Hop,
    by: &Deciding,
) -> Finding {
    let name = hop.nsg.as_ref().map_or("", |id| id.name());
    let addresses: Vec<&str> = servers
        .iter()
        .map(|server| server.address.as_str())
        .collect();
    let addresses = few(&addresses);
    let mut because = vec![format!(
        "1b: {addresses} {} (Gateway)",
        failing(servers.iter().copied())
    )];
    because.extend(path.hops.iter().map(path::Hop::words));
    Finding {
        id: "nsg-deny-partial",
        row: Some("2c-1.1"),
        letter: Some(A),
        confidence: Confidence::Inconclusive,
        subject: look.pair.subject().to_string(),
        says: format!(
            "{name}/{} (priority {}) drops a part of what {} may send to {addresses} on port {}; which instances it meets cannot be seen",
            by.rule, by.priority, sources(view), look.port
        ),
        because,
        against: live(look.pair),
        correction: "The article looks for a source that covers the whole subnet, or takes any overlap for it; a rule for single instance addresses breaks as soon as the platform replaces an instance".into(),
        target: hop.nsg.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The gateway subnet's ranges, for people.
fn sources(view: &View<'_>) -> String {
    let subnet = view.gateway_subnet().map(|(subnet, _)| subnet.prefixes);
    let texts: Vec<String> = subnet
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    texts.join(", ")
}

/// `Unhealthy, time-out`.
fn failing<'s>(servers: impl Iterator<Item = &'s Server>) -> String {
    let classes: std::collections::BTreeSet<String> =
        servers.map(|server| server.class.words()).collect();
    format!(
        "Unhealthy, {}",
        classes.into_iter().collect::<Vec<_>>().join(" or ")
    )
}

/// How the pool does.
fn state(pair: &PairHealth) -> String {
    let (all, down) = (
        pair.servers.len(),
        pair.servers.iter().filter(|s| !s.is_live()).count(),
    );
    if pair.is_dead() {
        match all {
            1 => format!("the only server of pool {} is down", pair.pool),
            _ => format!("all {all} servers of pool {} are down", pair.pool),
        }
    } else {
        format!("{down} of {all} servers of pool {} are down", pair.pool)
    }
}

fn live(pair: &PairHealth) -> Vec<String> {
    if pair.is_dead() {
        vec![]
    } else {
        vec!["the pool has a live member and still serves (Gateway)".into()]
    }
}

/// No group drops the probe of any server; anything hidden, or dropped in part, leaves it open.
fn not_blocked(look: &Look<'_>) -> Result<bool, Blocked> {
    let stands: Vec<Stand<'_>> = look.servers.iter().map(|(_, path)| stand(path)).collect();
    if stands
        .iter()
        .any(|stand| matches!(stand, Stand::Denied(..)))
    {
        return Ok(false);
    }
    for stand in stands {
        match stand {
            Stand::Hidden(why) => return Err(Blocked::Unclear(why)),
            Stand::Partly(hop, by) => {
                return Err(Blocked::Unclear(format!(
                    "{}: {} drops a part",
                    hop.at, by.rule
                )));
            }
            Stand::Denied(..) | Stand::NotBlocked => {}
        }
    }
    Ok(true)
}

/// A slow start shows as a time-out; a refused connection is answered at once, however slow the start.
fn may_be_slow(look: &Look<'_>) -> bool {
    look.servers
        .iter()
        .any(|(server, _)| server.class == LogClass::TimedOut)
}

fn slow(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    if !not_blocked(&look)? || !may_be_slow(&look) {
        return Ok(vec![]);
    }
    match view.facts.said().slow_to_start {
        Some(true) => Ok(vec![
            Sighting::new(of, "time-out, and the application starts slowly").finding(quiet(
                &look,
                "slow-start",
                "2c-1.2",
                format!(
                    "The application behind {of} starts slowly, and its probes time out: {}",
                    state(look.pair)
                ),
                "spec.hints.slowToStart: true (Person)",
            )),
        ]),
        Some(false) => Ok(vec![]),
        // With a live member the answer would change nothing.
        None if !look.pair.is_dead() => Ok(vec![]),
        None => Err(Blocked::Tell(SLOW)),
    }
}

fn not_listening(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    if !not_blocked(&look)? {
        return Ok(vec![]);
    }
    if may_be_slow(&look) {
        match view.facts.said().slow_to_start {
            Some(true) => return Ok(vec![]),
            None if look.pair.is_dead() => return Err(Blocked::Tell(SLOW)),
            Some(false) | None => {}
        }
    }
    let says = format!(
        "Nothing answers on port {} of {}, and no NSG on the path drops the probe: the application does not listen there, or a host firewall or route is in the way; {}",
        look.port,
        few(&look
            .servers
            .iter()
            .map(|(server, _)| server.address.as_str())
            .collect::<Vec<_>>()),
        state(look.pair)
    );
    let evidence = format!("no NSG on the path drops port {}", look.port);
    let mut finding = quiet(
        &look,
        "backend-not-listening",
        "2c-1.3",
        says,
        "no NSG on the path drops the probe (ControlPlane)",
    );
    if let Some(blamed) = shadowed(&look) {
        finding.correction = blamed;
    }
    Ok(vec![Sighting::new(of, evidence).finding(finding)])
}

/// A Deny that a list of Deny rules would blame, and the ordered evaluation does not.
fn shadowed(look: &Look<'_>) -> Option<String> {
    let hops = look.servers.iter().flat_map(|(_, path)| &path.hops);
    let mut found = hops.filter_map(|hop| match &hop.seen {
        HopSeen::Decided(Outcome::Allowed(by), denies) => {
            Some((hop.nsg.as_ref()?.name(), by, denies.first()?))
        }
        _ => None,
    });
    let (nsg, allow, deny) = found.next()?;
    Some(format!(
        "The article would blame Deny {nsg}/{} (priority {}); {} (priority {}) comes first, so it never applies here",
        deny.rule, deny.priority, allow.rule, allow.priority
    ))
}

/// A cause found by exclusion: never more than likely.
fn quiet(look: &Look<'_>, id: &'static str, row: &'static str, says: String, why: &str) -> Finding {
    let first = look.servers.first();
    let servers = || look.servers.iter().map(|(server, _)| *server);
    let addresses: Vec<&str> = servers().map(|server| server.address.as_str()).collect();
    let mut because = vec![
        format!("1b: {} {} (Gateway)", few(&addresses), failing(servers())),
        why.to_owned(),
    ];
    because.extend(
        first
            .into_iter()
            .flat_map(|(_, path)| path.hops.iter().map(path::Hop::words)),
    );
    Finding {
        id,
        row: Some(row),
        letter: Some(if row == "2c-1.2" { B } else { A }),
        confidence: if look.pair.is_dead() {
            Confidence::Likely
        } else {
            Confidence::Inconclusive
        },
        subject: look.pair.subject().to_string(),
        says,
        because,
        against: live(look.pair),
        correction:
            "NSGs that let the probe pass say nothing of routes, firewalls and the host itself"
                .into(),
        target: String::new(),
    }
}
