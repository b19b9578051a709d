//! Step 3. Does a request get from the port it arrives on to the pool meant for it?
//!
//! Only a person knows what clients ask for. Without `spec.request` the first two rows say no: a 502 is an
//! answer, so a listener took the request, and a path map always has a default.
use super::{
    routing_findings::{dead_default, eclipsed_path, eclipsed_rule, no_host, no_port},
    routing_hints::hints,
    routing_look::{agreed, asked_for, few_ways, onward, ways},
};
use crate::{
    facts::{
        Blocked,
        gateway::Gateway,
        gather,
        health::few,
        routing::{Leg, Listener, Outcome, Ways},
    },
    id::{
        Letter::E,
        StepId::{S3, S4},
        Subject,
    },
    step::{Looks, Next, Row, Seen, Sighting, Step},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S3,
    asks: "Does a request get from the port it arrives on to the pool meant for it?",
    title: "routing",
    looks: &[Looks::Gateway, Looks::Health, Looks::Person("spec.request")],
    all_clear: Some("3.3"),
    routes: false,
    skipped: "1b is not healthy, and spec.request is not given",
    rows: &[
        Row {
            id: "3.1",
            says: "No listener is on the port clients use",
            next: Next::Letter(E),
            when: no_listener,
            correction: Some(
                "A wrong port is a refused connection or a time-out at the client, not a 502",
            ),
        },
        Row {
            id: "3.2",
            says: "Routing goes by path, and no entry covers the path asked for",
            next: Next::Letter(E),
            when: uncovered_path,
            correction: Some(
                "A path map always has a default; what matters is the health of that pair",
            ),
        },
        Row {
            id: "3.3",
            says: "Routing raises no objection",
            next: Next::Step(S4),
            when: no_objection,
            correction: None,
        },
    ],
};

/// What becomes of a request at the listeners.
#[derive(PartialEq)]
enum Met {
    Listener,
    NoPort(u16),
    NoHost,
}

fn no_listener(view: &View<'_>, of: &Subject) -> Seen {
    let Some(ways) = ways(view)? else {
        return Ok(vec![]);
    };
    let met = agreed(&ways, |outcome| {
        Ok(match outcome {
            Outcome::NoListener(port) => Met::NoPort(*port),
            Outcome::NoHost(_) => Met::NoHost,
            Outcome::Takes(_) | Outcome::Loop(_) => Met::Listener,
        })
    })?;
    let gateway = view.gateway()?;
    let finding = match met {
        Met::Listener => {
            let found = last_leg(&ways).map_or(Ok(None), |leg| eclipsed_rule(view, leg))?;
            return Ok(found.into_iter().collect());
        }
        Met::NoPort(port) => {
            let mut deeper = gateway.layer4_listeners().into_iter();
            if let Some((name, _)) = deeper.find(|(_, on)| on.is_none_or(|on| on == port)) {
                return Err(Blocked::Unclear(format!(
                    "layer-4 listener {name} may be on port {port}, and those are not read here"
                )));
            }
            no_port(view, gateway, port)
        }
        Met::NoHost => no_host(view, gateway),
    };
    let sighting = Sighting::new(of, finding.says.clone()).finding(finding);
    // It makes no 502, so what does is still to be found.
    let further = Sighting::new(of, "it makes no 502: looking goes on");
    Ok(vec![sighting, further.to(onward(view)?)])
}

/// The end of the way, where there is one way only.
fn last_leg(ways: &Ways) -> Option<&Leg> {
    match ways.outcomes.as_slice() {
        [Outcome::Takes(legs)] => legs.last(),
        _ => None,
    }
}

fn uncovered_path(view: &View<'_>, _: &Subject) -> Seen {
    let Some(ways) = ways(view)? else {
        return Ok(vec![]);
    };
    let dead = agreed(&ways, |outcome| match outcome {
        Outcome::Takes(legs) => legs.last().map_or(Ok(None), |leg| dead_default(view, leg)),
        Outcome::NoListener(_) | Outcome::NoHost(_) | Outcome::Loop(_) => Ok(None),
    })?;
    if dead.is_some() {
        return Ok(dead.into_iter().collect());
    }
    let found = last_leg(&ways).map_or(Ok(None), |leg| eclipsed_path(view, leg))?;
    Ok(found.into_iter().collect())
}

fn no_objection(view: &View<'_>, of: &Subject) -> Seen {
    let objections = gather([no_listener(view, of), uncovered_path(view, of)])?;
    if objections.iter().any(|row| !row.is_empty()) {
        return Ok(vec![]);
    }
    let gateway = view.gateway()?;
    if let Some(why) = gateway.broken_end() {
        return Err(Blocked::Unclear(why));
    }
    let next = onward(view)?;
    let evidence = if let Some(ways) = ways(view)? {
        let to = few_ways(view, &ways)?;
        let listeners = ways.outcomes.iter().flat_map(legs);
        let vault = kept_elsewhere(listeners.map(|leg| &leg.listener));
        format!("{} -> {to}{vault}", asked_for(view))
    } else {
        let listeners = gateway.http_listeners();
        let (rules, count) = (gateway.rules().len(), listeners.len());
        let vault = kept_elsewhere(listeners.iter());
        format!("rules {rules}, listeners {count}, judged without spec.request{vault}")
    };
    let main = Sighting::new(of, evidence + &unread(gateway)).to(next);
    let hints = hints(view)?.into_iter().map(|(subject, finding)| {
        let sighting = Sighting::new(&subject, finding.says.clone());
        sighting.to(next).finding(finding)
    });
    Ok([main].into_iter().chain(hints).collect())
}

fn legs(outcome: &Outcome) -> &[Leg] {
    match outcome {
        Outcome::Takes(legs) | Outcome::Loop(legs) => legs,
        Outcome::NoListener(_) | Outcome::NoHost(_) => &[],
    }
}

/// A listener is disabled when its certificate cannot be fetched, which no document tells: named, not judged.
fn kept_elsewhere<'l>(listeners: impl Iterator<Item = &'l Listener>) -> String {
    let mut names: Vec<&str> = listeners
        .filter(|listener| listener.key_vault_secret.is_some())
        .map(|listener| listener.name.as_str())
        .collect();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        names => format!("; certificate of {} kept in Key Vault", few(names)),
    }
}

fn unread(gateway: Gateway<'_>) -> String {
    let all = gateway.layer4_listeners();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!("; layer-4 listeners not read: {}", few(names)),
    }
}
