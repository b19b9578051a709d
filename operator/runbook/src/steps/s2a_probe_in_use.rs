//! Step 2a. Which probe watches the failing pair, and on which port?
use super::probe_look::look;
use crate::{
    id::{
        StepId::{S2a, S2b, S2c, S2d},
        Subject,
    },
    step::{Looks, Next, Row, Seen, Sighting, Step, seen_if},
    view::View,
};
use std::collections::BTreeSet;

pub(super) static STEP: Step = Step {
    id: S2a,
    asks: "Which probe watches the failing pair, and on which port?",
    title: "probe in use",
    looks: &[Looks::Gateway, Looks::Health],
    all_clear: None,
    routes: true,
    skipped: "no server of a pool in use fails its probe",
    rows: &[
        Row {
            id: "2a.1",
            says: "The setting has no probe of its own: the default one asks",
            next: Next::Step(S2b),
            when: default_probe,
            correction: Some(
                "What counts is whether this setting has a probe, not whether the gateway lists any. Where the log speaks of TLS, 2d is next: 2b has no row for it",
            ),
        },
        Row {
            id: "2a.2",
            says: "The setting has a custom probe",
            next: Next::Step(S2c),
            when: custom_probe,
            correction: Some(
                "On v2 a probe with a port of its own is asked there; the article reads the setting's port",
            ),
        },
    ],
};

/// Two ways where some servers fail in TLS and others do not.
fn default_probe(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let probe = look.probe;
    if probe.name().is_some() {
        return Ok(vec![]);
    }
    let down = look.pair.down();
    let hosts: BTreeSet<String> = down
        .map(|server| probe.host(&server.address).name)
        .collect();
    let host = match hosts.first() {
        Some(one) if hosts.len() == 1 => one,
        _ => "as each member is named",
    };
    let evidence = format!(
        "{} -> {}, {}, Host {host}",
        probe.setting(),
        probe.title(),
        probe.door()
    );
    let sighting = || Sighting::new(of, evidence.clone());
    let http = look.classes.keys().any(|class| !class.is_tls());
    let tls = look.classes.keys().any(|class| class.is_tls());
    let by_status = http.then(sighting);
    let by_tls = tls.then(|| sighting().to(Next::Step(S2d)));
    Ok(by_status.into_iter().chain(by_tls).collect())
}

fn custom_probe(view: &View<'_>, of: &Subject) -> Seen {
    let probe = look(view, of)?.probe;
    seen_if(probe.name().is_some(), of, || {
        format!("{} -> {}, {}", probe.setting(), probe.title(), probe.door())
    })
}
