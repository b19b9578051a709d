//! What steps 2a to 2d look at: the servers of a pair that fail, by what their probes met, and the probe.
use super::path_look::failing;
use crate::{
    facts::{
        Blocked,
        health::{PairHealth, Server, few},
        probe::{Probe, Sent},
        probe_log::LogClass,
    },
    id::Subject,
    report::{Confidence, Finding},
    step::{Seen, Sighting},
    view::View,
};
use std::collections::{BTreeMap, BTreeSet};

/// A pair with its probe, and its failing servers by the class of their logs.
pub(super) struct Look<'v> {
    pub(super) pair: &'v PairHealth,
    pub(super) probe: Probe<'v>,
    pub(super) classes: BTreeMap<&'v LogClass, Vec<&'v Server>>,
}

pub(super) fn look<'v>(view: &'v View<'_>, of: &Subject) -> Result<Look<'v>, Blocked> {
    let Subject::Pair { .. } = of else {
        let why = "a probe watches a pool through its settings, and no such pair is named";
        return Err(Blocked::Unclear(why.into()));
    };
    let Some(pair) = view.pair(of)? else {
        return Err(Blocked::Unclear("health no longer lists this pair".into()));
    };
    let probe = view.gateway()?.effective_probe(&pair.setting);
    let mut classes: BTreeMap<&LogClass, Vec<&Server>> = BTreeMap::new();
    for server in pair.down() {
        classes.entry(&server.class).or_default().push(server);
    }
    Ok(Look {
        pair,
        probe: probe.map_err(Blocked::Unclear)?,
        classes,
    })
}

impl<'v> Look<'v> {
    /// Failing servers of the classes that are wanted.
    pub(super) fn those(&self, wanted: impl Fn(&LogClass) -> bool) -> Vec<&'v Server> {
        let groups = self.classes.iter().filter(|(class, _)| wanted(class));
        groups
            .flat_map(|(_, servers)| servers.iter().copied())
            .collect()
    }
    /// `1 of 2 failing servers (10.2.0.4)`, or where they are all of them just their addresses.
    pub(super) fn who(&self, servers: &[&Server]) -> String {
        let addresses = few(&addresses(servers));
        let down = self.pair.down().count();
        if servers.len() == down {
            addresses
        } else {
            format!("{} of {down} failing servers ({addresses})", servers.len())
        }
    }
    /// A finding about this pair, to be filled in.
    pub(super) fn about(&self, view: &View<'_>) -> Finding {
        Finding {
            id: "",
            row: None,
            letter: None,
            confidence: Confidence::Likely,
            subject: self.pair.subject().to_string(),
            says: String::new(),
            because: vec![],
            against: vec![],
            correction: String::new(),
            target: view.id().to_string(),
        }
    }
    /// The finding with what health says for and against it, and no surer than that: anything against it
    /// makes it a hint, and servers that fail otherwise, or rules that are not read, keep it from being sure.
    pub(super) fn weigh(
        &self,
        view: &View<'_>,
        servers: &[&Server],
        mut finding: Finding,
    ) -> Finding {
        let addresses = few(&addresses(servers));
        let met = failing(servers.iter().copied());
        let heard = format!("1b: {addresses} {met} (Gateway)");
        finding.because.insert(0, heard);
        let probe = format!("{} (ControlPlane)", self.probe.describe());
        finding.because.insert(1, probe);
        let down = self.pair.down().count();
        let partly = servers.len() < down;
        if partly {
            let others = self
                .pair
                .down()
                .filter(|other| !servers.iter().any(|server| std::ptr::eq(*server, *other)));
            let others = failing(others);
            finding.because.push(format!(
                "{} of the {down} servers that are down fail so, the others: {others} (Gateway)",
                servers.len()
            ));
        }
        finding.against.extend(self.pair.serves_all_the_same());
        finding.says = format!("{}; {}", finding.says, self.pair.state());
        if !finding.against.is_empty() {
            finding.confidence = Confidence::Inconclusive;
        } else if partly || view.pairs_in_use().is_none() {
            finding.confidence = finding.confidence.max(Confidence::Likely);
        }
        finding
    }
}

pub(super) fn addresses<'s>(servers: &[&'s Server]) -> Vec<&'s str> {
    servers
        .iter()
        .map(|server| server.address.as_str())
        .collect()
}

/// `Host 127.0.0.1 (nothing names another)`, once a name.
pub(super) fn sent(what: &str, names: impl IntoIterator<Item = Sent>) -> String {
    let names: BTreeSet<Sent> = names.into_iter().collect();
    let froms: BTreeSet<&str> = names.iter().map(|sent| sent.from).collect();
    let froms: Vec<&str> = froms.into_iter().collect();
    let names: Vec<&str> = names.iter().map(|sent| sent.name.as_str()).collect();
    format!("{what} {} ({})", few(&names), froms.join("; "))
}

/// What was found; where that is nothing, what stood in the way.
pub(super) fn settle(seen: impl IntoIterator<Item = Result<Sighting, Blocked>>) -> Seen {
    let (mut found, mut open) = (Vec::new(), None::<Blocked>);
    for part in seen {
        match part {
            Ok(sighting) => found.push(sighting),
            Err(blocked) => {
                open = Some(match open {
                    None => blocked,
                    Some(first) => first.and(blocked),
                });
            }
        }
    }
    match open {
        Some(blocked) if found.is_empty() => Err(blocked),
        _ => Ok(found),
    }
}
