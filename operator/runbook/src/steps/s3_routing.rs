//! Step 3. Does a request get from the port it arrives on to the pool meant for it?
use crate::{
    id::{
        Letter::E,
        StepId::{S3, S4},
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S3,
    asks: "Does a request get from the port it arrives on to the pool meant for it?",
    title: "routing",
    looks: &[Looks::Gateway],
    all_clear: Some("3.3"),
    routes: false,
    skipped: "1b is not healthy",
    rows: &[
        Row {
            id: "3.1",
            says: "No listener is on the port clients use",
            next: Next::Letter(E),
            when: When::NotBuilt,
            correction: Some(
                "A wrong port is a refused connection or a time-out at the client, not a 502",
            ),
        },
        Row {
            id: "3.2",
            says: "Routing goes by path, and no entry covers the path asked for",
            next: Next::Letter(E),
            when: When::NotBuilt,
            correction: Some(
                "A path map always has a default; what matters is the health of that pair",
            ),
        },
        Row {
            id: "3.3",
            says: "Routing raises no objection",
            next: Next::Step(S4),
            when: When::NotBuilt,
            correction: None,
        },
    ],
};
