//! Step 6a. Is the access log kept where it can be queried?
use crate::{
    id::StepId::{S6a, S6b},
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S6a,
    asks: "Is the access log kept where it can be queried?",
    title: "access logs",
    looks: &[Looks::DiagnosticSettings],
    all_clear: Some("6a.2"),
    routes: true,
    skipped: "nobody asked for the logs",
    rows: &[
        Row {
            id: "6a.1",
            says: "No setting ships the access log to a workspace",
            next: Next::Map,
            when: When::NotBuilt,
            correction: Some("A workspace is not enough: the setting must ship the access log"),
        },
        Row {
            id: "6a.2",
            says: "The access log goes to a workspace",
            next: Next::Step(S6b),
            when: When::NotBuilt,
            correction: None,
        },
    ],
};
