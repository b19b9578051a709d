//! Step 2b. What does the default probe meet on the root path?
use super::{path_look::failing, probe_look::look, probe_status::answers};
use crate::{
    facts::{Blocked, gateway::Generation, probe_log::LogClass},
    id::{
        Letter::{A, B, C},
        StepId::{S2b, S2c1, S6a},
        Subject,
    },
    report::{Confidence, Finding},
    step::{Looks, Next, Row, RowId, Seen, Sighting, Step},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S2b,
    asks: "What does the default probe meet on the root path?",
    title: "default probe",
    looks: &[
        Looks::Gateway,
        Looks::Health,
        Looks::Person("spec.hints.healthPath"),
    ],
    all_clear: None,
    routes: false,
    skipped: "no failing pair uses the default probe, TLS failures aside",
    rows: &[
        Row {
            id: "2b.1",
            says: "The back end answers the root path with a 4xx",
            next: Next::Letter(B),
            when: status,
            correction: Some(
                "Often it is the host and not the path: the default probe sends 127.0.0.1 as its host. A 403 is no wrong path: of an App Service it leads to 5, of another back end to its owner",
            ),
        },
        Row {
            id: "2b.2",
            says: "Nothing listens on the port: the connection is refused",
            next: Next::Letter(A),
            when: no_connection,
            correction: Some(
                "The article changes NSG rules at once. Refused and dropped read alike in the probe log, and a time-out has no row at all: the path is looked at first, in 2c-1",
            ),
        },
        Row {
            id: "2b.3",
            says: "A 2xx answer and yet Unhealthy, on a v1 gateway",
            next: Next::Letter(C),
            when: success_v1,
            correction: Some(
                "Blocked management ports show as Unknown, never behind a 2xx answer: no C on such evidence, and 6a is next as on v2. A 2xx that was only seen from elsewhere counts for nothing; the probe log has to say it",
            ),
        },
        Row {
            id: "2b.4",
            says: "A 2xx answer and yet Unhealthy, on a v2 gateway",
            next: Next::Step(S6a),
            when: success_v2,
            correction: Some(
                "A 2xx that was only seen from elsewhere counts for nothing; the probe log has to say it",
            ),
        },
    ],
};

fn status(view: &View<'_>, of: &Subject) -> Seen {
    answers(view, of, &look(view, of)?, "2b.1")
}

fn no_connection(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let servers = look.those(LogClass::is_reachability);
    if servers.is_empty() {
        return Ok(vec![]);
    }
    let met = failing(servers.iter().copied());
    let evidence = format!("{} {met}, 2c-1 is next", look.who(&servers));
    Ok(vec![Sighting::new(of, evidence).to(Next::Step(S2c1))])
}

fn success_v1(view: &View<'_>, of: &Subject) -> Seen {
    success(view, of, Generation::V1, "2b.3")
}

fn success_v2(view: &View<'_>, of: &Subject) -> Seen {
    success(view, of, Generation::V2, "2b.4")
}

/// Health and its own log pull apart: a hint at most.
fn success(view: &View<'_>, of: &Subject, platform: Generation, row: RowId) -> Seen {
    let look = look(view, of)?;
    let servers = look.those(|class| *class == LogClass::Success);
    if servers.is_empty() {
        return Ok(vec![]);
    }
    let gateway = view.gateway()?;
    match gateway.generation() {
        Generation::Unknown => {
            let why = format!("{:?} is a tier nobody here knows", gateway.tier());
            return Err(Blocked::Unclear(why));
        }
        found if found != platform => return Ok(vec![]),
        Generation::V1 | Generation::V2 => {}
    }
    let who = look.who(&servers);
    let finding = Finding {
        id: "unhealthy-on-success",
        row: Some(row),
        confidence: Confidence::Inconclusive,
        says: format!("{who} is down by its health, and its last probe succeeded"),
        correction: if platform == Generation::V1 {
            "The article opens the management ports; while they are blocked no probe result comes back at all".into()
        } else {
            String::new()
        },
        ..look.about(view)
    };
    let sighting = Sighting::new(of, format!("{who} down, and the last probe succeeded"));
    let finding = look.weigh(view, &servers, finding);
    Ok(vec![sighting.to(Next::Step(S6a)).finding(finding)])
}
