//! Step 6b. Who answered the 502s, and how fast?
use crate::{
    id::{
        Letter::A,
        StepId::{S2c, S6b},
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S6b,
    asks: "Who answered the 502s, and how fast?",
    title: "access log",
    looks: &[Looks::Logs],
    all_clear: None,
    routes: false,
    skipped: "there is no access log to ask",
    rows: &[
        Row {
            id: "6b.1",
            says: "Answered by the gateway at once: no server was reached",
            next: Next::Letter(A),
            when: When::NotBuilt,
            correction: Some("No live member can be any of A to F: back to 1b, by pool"),
        },
        Row {
            id: "6b.2",
            says: "Answered when the time was up: the back end was too slow",
            next: Next::Step(S2c),
            when: When::NotBuilt,
            correction: Some(
                "On v2 this is a 504, and the time-out is the setting's for requests, not the probe's",
            ),
        },
        Row {
            id: "6b.3",
            says: "Answered by the back end and passed on",
            next: Next::Stop,
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "6b.4",
            says: "The table is not there: older settings fill another one",
            next: Next::Step(S6b),
            when: When::NotBuilt,
            correction: Some(
                "The columns differ as well, in both tables, from those of the article's query",
            ),
        },
    ],
};
