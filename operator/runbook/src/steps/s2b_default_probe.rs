//! Step 2b. What does the default probe meet on the root path?
use crate::{
    id::{
        Letter::{A, B, C},
        StepId::{S2b, S6a},
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S2b,
    asks: "What does the default probe meet on the root path?",
    title: "default probe",
    looks: &[Looks::Gateway, Looks::Health],
    all_clear: None,
    routes: false,
    skipped: "no failing pair uses the default probe",
    rows: &[
        Row {
            id: "2b.1",
            says: "The back end answers the root path with a 4xx",
            next: Next::Letter(B),
            when: When::NotBuilt,
            correction: Some(
                "Often it is the host and not the path: the default probe sends 127.0.0.1 as its host",
            ),
        },
        Row {
            id: "2b.2",
            says: "Nothing listens on the port: the connection is refused",
            next: Next::Letter(A),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "2b.3",
            says: "A 2xx answer and yet Unhealthy, on a v1 gateway",
            next: Next::Letter(C),
            when: When::NotBuilt,
            correction: Some("Blocked management ports show as Unknown, never behind a 2xx answer"),
        },
        Row {
            id: "2b.4",
            says: "A 2xx answer and yet Unhealthy, on a v2 gateway",
            next: Next::Step(S6a),
            when: When::NotBuilt,
            correction: None,
        },
    ],
};
