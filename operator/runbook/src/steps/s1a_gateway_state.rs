//! Step 1a. Is there a working gateway to begin with? Behind one that is switched off, nothing else can be judged.
use crate::{
    facts::{Blocked, gateway::Generation},
    id::{
        Letter::G,
        StepId::{S1a, S1b},
        Subject,
    },
    report::{Confidence, Finding},
    step::{Looks, Next, Row, Seen, Sighting, Step, seen_if},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S1a,
    asks: "Is the gateway in a state to serve anything at all?",
    title: "gateway state",
    looks: &[Looks::Gateway, Looks::Person("spec.hints.stoppedOnPurpose")],
    all_clear: Some("1a.1"),
    routes: false,
    skipped: "there was nothing to look at",
    rows: &[
        Row {
            id: "1a.1",
            says: "Up: the last write succeeded and the data path runs",
            next: Next::Step(S1b),
            when: serving,
            correction: None,
        },
        Row {
            id: "1a.2",
            says: "Switched off: operational state is Stopped",
            next: Next::Letter(G),
            when: stopped,
            correction: Some(
                "The article starts it and calls its answer a 502. A stopped gateway answers nothing (clients see a refused connection or a time-out), may be stopped on purpose, and a v1 gateway has been retired since 2026-04-28: migrate it. A gateway under creation reads Stopped too",
            ),
        },
        Row {
            id: "1a.3",
            says: "On its way up or down: operational state is Starting or Stopping",
            next: Next::Step(S1a),
            when: turning,
            correction: Some(
                "The article waits without an end. We look again every two minutes, and a wait past its limit is a finding",
            ),
        },
        Row {
            id: "1a.4",
            says: "The last write did not go through: provisioning state is Failed",
            next: Next::Letter(G),
            when: failed,
            correction: Some(
                "The article recovers it at once. The data path usually goes on with the configuration before, so the walk goes on, and a repeated write cannot mend a configuration that Azure refuses",
            ),
        },
        Row {
            id: "1a.5",
            says: "A write is being carried out: provisioning state is Updating",
            next: Next::Step(S1a),
            when: updating,
            correction: Some(
                "The article waits. A running gateway serves while it is updated, so looking goes on; only writes would have to wait",
            ),
        },
    ],
};

/// The two states, or why they cannot be told.
fn states<'f>(view: &View<'f>) -> Result<(&'f str, &'f str), Blocked> {
    let gateway = view.gateway()?;
    let state = |name: &str, value: Option<&'f str>| {
        value.ok_or_else(|| Blocked::Unclear(format!("the document has no {name}")))
    };
    let provisioning = state("provisioningState", gateway.provisioning())?;
    let operational = state("operationalState", gateway.operational())?;
    Ok((provisioning, operational))
}

fn is(state: &str, words: &[&str]) -> bool {
    words.iter().any(|word| state.eq_ignore_ascii_case(word))
}

fn evidence((provisioning, operational): (&str, &str)) -> String {
    format!("{provisioning}, {operational}")
}

/// Holds only where both states are known words; an odd one leaves it undecided.
fn serving(view: &View<'_>, of: &Subject) -> Seen {
    let now = states(view)?;
    let (provisioning, operational) = now;
    for (state, known) in [
        (
            provisioning,
            &[
                "Succeeded",
                "Failed",
                "Updating",
                "Creating",
                "Deleting",
                "Canceled",
            ][..],
        ),
        (
            operational,
            &["Running", "Stopped", "Starting", "Stopping"][..],
        ),
    ] {
        if !is(state, known) {
            return Err(Blocked::Unclear(format!(
                "{state:?} is a state nobody here knows"
            )));
        }
    }
    let yes = is(provisioning, &["Succeeded", "Canceled"]) && is(operational, &["Running"]);
    seen_if(yes, of, || evidence(now))
}

/// A creation reads Updating and Stopped all along, and what is on its way out is stopped, too: nothing to start there.
fn comes_or_goes((provisioning, operational): (&str, &str)) -> bool {
    is(provisioning, &["Updating", "Creating", "Deleting"]) && is(operational, &["Stopped"])
}

fn stopped(view: &View<'_>, of: &Subject) -> Seen {
    let gateway = view.gateway()?;
    let operational = gateway
        .operational()
        .ok_or_else(|| Blocked::Unclear("the document has no operationalState".into()))?;
    if !is(operational, &["Stopped"]) || comes_or_goes(states(view)?) {
        return Ok(vec![]);
    }
    let v1 = gateway.generation() == Generation::V1 && view.is_past_retirement();
    let sighting = Sighting::new(of, format!("operationalState {operational}"));
    let name = view.id().name();
    let mut finding = Finding {
        id: if v1 { "gateway-retired" } else { "gateway-stopped" },
        row: Some("1a.2"),
        letter: (!v1).then_some(G),
        confidence: Confidence::Confirmed,
        subject: of.to_string(),
        says: if v1 {
            format!("Gateway {name} is of the v1 platform, which was retired on 2026-04-28, and is stopped: migrate it to v2")
        } else {
            format!("Gateway {name} is stopped: it accepts no connections")
        },
        because: vec![format!("1a: operationalState {operational}, tier {} (ControlPlane)", gateway.tier())],
        against: vec!["a stopped gateway refuses connections rather than answering 502 (ControlPlane)".into()],
        correction: "The article starts it and expects the 502s to end; what answers 502 while this gateway is stopped is something else in front of it".into(),
        target: view.id().to_string(),
    };
    if v1 {
        "The article starts it; a retired gateway is not started again, it is replaced"
            .clone_into(&mut finding.correction);
    }
    let on_purpose = view.facts.said().stopped_on_purpose;
    if let Some(on_purpose) = on_purpose {
        let said = format!("spec.hints.stoppedOnPurpose: {on_purpose} (Person)");
        finding.because.push(said);
    }
    if on_purpose == Some(true) {
        // Whoever wants it off is not offered to have it on.
        finding.letter = None;
        finding.says.push_str(", and is meant to be");
    }
    let next = finding.letter.map_or(Next::Stop, Next::Letter);
    Ok(vec![sighting.to(next).finding(finding)])
}

/// A transition is waited for, up to a limit whose end is a finding.
fn turning(view: &View<'_>, of: &Subject) -> Seen {
    let now = states(view)?;
    if !is(now.1, &["Starting", "Stopping"]) && !comes_or_goes(now) {
        return Ok(vec![]);
    }
    let visitor = view.visitor;
    let waited = visitor
        .waiting_since
        .map(|since| view.facts.taken_at().duration_since(since));
    if waited.is_none_or(|waited| waited < visitor.transition_limit) {
        return Err(Blocked::Wait(format!(
            "{}: looking again shortly",
            evidence(now)
        )));
    }
    let minutes = visitor.transition_limit.as_mins();
    let finding = Finding {
        id: "gateway-transition-stuck",
        row: Some("1a.3"),
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: of.to_string(),
        says: format!(
            "Gateway {} has been {} for over {minutes} minutes",
            view.id().name(),
            evidence(now)
        ),
        because: vec![format!(
            "1a: {} on every look (ControlPlane)",
            evidence(now)
        )],
        against: vec![],
        correction: String::new(),
        target: view.id().to_string(),
    };
    Ok(vec![
        Sighting::new(of, evidence(now))
            .to(Next::Stop)
            .finding(finding),
    ])
}

fn failed(view: &View<'_>, of: &Subject) -> Seen {
    let provisioning = provisioning(view)?;
    if !is(provisioning, &["Failed"]) {
        return Ok(vec![]);
    }
    // Stopped or in transition as well: rows 1a.2 and 1a.3 have the say.
    let operational = view.gateway()?.operational();
    let ended = operational.is_some_and(|state| is(state, &["Stopped", "Starting", "Stopping"]));
    let running = operational.is_some_and(|state| is(state, &["Running"]));
    let serves =
        "operationalState Running: the configuration before usually goes on serving (ControlPlane)";
    let finding = Finding {
        id: "gateway-failed",
        row: Some("1a.4"),
        letter: Some(G),
        confidence: Confidence::Inconclusive,
        subject: of.to_string(),
        says: format!("The last write to gateway {} failed", view.id().name()),
        because: vec![format!(
            "1a: provisioningState {provisioning} (ControlPlane)"
        )],
        against: if running { vec![serves.into()] } else { vec![] },
        correction: if ended {
            String::new()
        } else {
            "The article ends here with a recovery; the walk goes on, since the last write need not be the cause".into()
        },
        target: view.id().to_string(),
    };
    let sighting = Sighting::new(of, format!("provisioningState {provisioning}")).finding(finding);
    let stopped = operational.is_some_and(|state| is(state, &["Stopped"]));
    Ok(vec![match (stopped, ended) {
        (true, _) => sighting,
        (false, true) => sighting.to(Next::Stop),
        (false, false) => sighting.to(Next::Step(S1b)),
    }])
}

fn updating(view: &View<'_>, of: &Subject) -> Seen {
    let provisioning = provisioning(view)?;
    if !is(provisioning, &["Updating", "Creating"]) {
        return Ok(vec![]);
    }
    let running = view
        .gateway()?
        .operational()
        .is_some_and(|state| is(state, &["Running"]));
    let sighting = Sighting::new(of, format!("provisioningState {provisioning}"));
    Ok(vec![sighting.to(if running {
        Next::Step(S1b)
    } else {
        Next::Stop
    })])
}

fn provisioning<'f>(view: &View<'f>) -> Result<&'f str, Blocked> {
    let state = view.gateway()?.provisioning();
    state.ok_or_else(|| Blocked::Unclear("the document has no provisioningState".into()))
}
