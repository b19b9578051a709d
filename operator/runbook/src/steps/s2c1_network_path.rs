//! Step 2c-1. Does the network let the probe through? Asked before anything is done about a time-out: a
//! blocked probe and a slow application look the same from the probe's side.
use super::{
    path_findings::{Met, deny, partial, quiet},
    path_look::{Stand, look, may_be_slow, not_blocked, shadowed, stand},
};
use crate::{
    facts::{
        Blocked,
        health::{Server, few},
    },
    id::{
        Letter::{A, B},
        StepId::S2c1,
        Subject,
    },
    nsg::Deciding,
    step::{Looks, Next, Row, Seen, Sighting, Step},
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
            when: denied,
            correction: Some(
                "The article lists the Deny rules of one resource group in their singular fields. We evaluate every NSG on the path, in order, with plural fields, tags and default rules, in the right direction; a Deny that covers only a part of the gateway's subnet is a finding of its own",
            ),
        },
        Row {
            id: "2c-1.2",
            says: "No NSG drops it, and the application is known to start slowly",
            next: Next::Letter(B),
            when: slow,
            correction: Some(
                "The article concludes that the path is open. NSGs that let the probe pass say nothing of routes, firewalls and the host itself",
            ),
        },
        Row {
            id: "2c-1.3",
            says: "No NSG drops it, and nothing says that the application is slow",
            next: Next::Letter(A),
            when: not_listening,
            correction: Some(
                "The article sends this to a change of NSG rules that were just shown to be innocent. It is advice only: port, host firewall, route",
            ),
        },
    ],
};

const SLOW: &str = "spec.hints.slowToStart";

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
    Ok(rules
        .iter()
        .map(|((_, by), met)| deny(view, &look, by, met, explained))
        .collect())
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
                    look.pair.state()
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
    // Whoever comes from 2d without such a server has nothing to look for here.
    if look.servers.is_empty() || !not_blocked(&look)? {
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
        look.pair.state()
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
