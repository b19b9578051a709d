//! Step 4. Was the gateway at the limit of its capacity?
use crate::{
    id::{
        Letter::H,
        StepId::{S1b, S4, S5},
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S4,
    asks: "Was the gateway at the limit of its capacity?",
    title: "capacity",
    looks: &[Looks::Gateway, Looks::Metrics],
    all_clear: Some("4.4"),
    routes: false,
    skipped: "1b is not healthy",
    rows: &[
        Row {
            id: "4.1",
            says: "At the ceiling that autoscaling may reach",
            next: Next::Letter(H),
            when: When::NotBuilt,
            correction: Some(
                "CapacityUnits are units and the maximum counts instances: one instance is ten units",
            ),
        },
        Row {
            id: "4.2",
            says: "At the limit of a fixed number of instances",
            next: Next::Letter(H),
            when: When::NotBuilt,
            correction: Some("v1 has no such metric, and one instance of v2 is ten units"),
        },
        Row {
            id: "4.3",
            says: "Back ends were unhealthy in the window",
            next: Next::Step(S1b),
            when: When::NotBuilt,
            correction: Some(
                "The article goes in circles here: unhealthy then and healthy now is an answer",
            ),
        },
        Row {
            id: "4.4",
            says: "Below the ceiling all the time",
            next: Next::Step(S5),
            when: When::NotBuilt,
            correction: None,
        },
    ],
};
