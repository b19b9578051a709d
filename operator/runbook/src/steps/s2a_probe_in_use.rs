//! Step 2a. Which probe watches the failing pair, and on which port?
use crate::{
    id::StepId::{S2a, S2b, S2c},
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S2a,
    asks: "Which probe watches the failing pair, and on which port?",
    title: "probe in use",
    looks: &[Looks::Gateway],
    all_clear: None,
    routes: true,
    skipped: "nothing fails in a way that a probe could explain",
    rows: &[
        Row {
            id: "2a.1",
            says: "The setting has no probe of its own: the default one asks",
            next: Next::Step(S2b),
            when: When::NotBuilt,
            correction: Some(
                "What counts is whether this setting has a probe, not whether the gateway lists any",
            ),
        },
        Row {
            id: "2a.2",
            says: "The setting has a custom probe",
            next: Next::Step(S2c),
            when: When::NotBuilt,
            correction: Some(
                "A probe with a port of its own is asked there; the article reads the setting's port",
            ),
        },
    ],
};
