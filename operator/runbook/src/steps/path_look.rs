//! What step 2c-1 looks at: the servers of a pair whose probes met no TCP answer, each with its path.
use crate::{
    facts::{
        Blocked, gather,
        health::{PairHealth, Server},
        probe_log::LogClass,
    },
    id::Subject,
    nsg::{Deciding, Outcome},
    path::{Hop, HopSeen, Path},
    view::View,
};
use std::{collections::BTreeSet, rc::Rc};

/// Servers looked at in one pair; the largest pools have 1,200, all behind the same few groups.
const SERVERS: usize = 32;

/// The servers of a pair whose probes got no TCP answer, each with its path.
pub(super) struct Look<'v> {
    pub(super) pair: &'v PairHealth,
    pub(super) port: u16,
    pub(super) servers: Vec<(&'v Server, Rc<Path>)>,
}

pub(super) fn look<'v>(view: &'v View<'_>, of: &Subject) -> Result<Look<'v>, Blocked> {
    let Some(pair) = view.pair(of)? else {
        return Err(Blocked::Unclear("health no longer lists this pair".into()));
    };
    let probe = view.gateway()?.effective_probe(&pair.setting);
    let Some(port) = probe.map_err(Blocked::Unclear)?.port() else {
        return Err(Blocked::Unclear(format!(
            "settings {} have no port that can be read",
            pair.setting
        )));
    };
    let affected = pair.down().filter(|server| server.class.is_reachability());
    let servers = gather(affected.take(SERVERS).map(|server| {
        let path = view.path(server, port)?;
        Ok((server, path))
    }))?;
    Ok(Look {
        pair,
        port,
        servers,
    })
}

/// What the groups of one path do, the strongest first.
pub(super) enum Stand<'p> {
    Denied(&'p Hop, &'p Deciding),
    Partly(&'p Hop, &'p Deciding),
    Hidden(String),
    NotBlocked,
}

pub(super) fn stand(path: &Path) -> Stand<'_> {
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

/// No group drops the probe of any server; anything hidden, or dropped in part, leaves it open.
pub(super) fn not_blocked(look: &Look<'_>) -> Result<bool, Blocked> {
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
pub(super) fn may_be_slow(look: &Look<'_>) -> bool {
    look.servers
        .iter()
        .any(|(server, _)| server.class == LogClass::TimedOut)
}

/// A Deny that a list of Deny rules would blame, and the ordered evaluation does not.
pub(super) fn shadowed(look: &Look<'_>) -> Option<String> {
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

/// The gateway subnet's ranges, for people.
pub(super) fn sources(view: &View<'_>) -> String {
    let home = view.home();
    let prefixes = home.iter().flat_map(|home| &home.subnet.prefixes);
    let texts: Vec<String> = prefixes.map(ToString::to_string).collect();
    texts.join(", ")
}

/// `Unhealthy, time-out`.
pub(super) fn failing<'s>(servers: impl Iterator<Item = &'s Server>) -> String {
    let classes: BTreeSet<String> = servers.map(|server| server.class.words()).collect();
    format!(
        "Unhealthy, {}",
        classes.into_iter().collect::<Vec<_>>().join(" or ")
    )
}
