//! Step 2c. What does the custom probe ask for, and what does it meet?
use crate::{
    id::{
        Letter::B,
        StepId::{S2c, S2c1, S2d},
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S2c,
    asks: "What does the custom probe ask for, and what does it meet?",
    title: "custom probe",
    looks: &[Looks::Gateway, Looks::Health],
    all_clear: None,
    routes: false,
    skipped: "no failing pair uses a custom probe",
    rows: &[
        Row {
            id: "2c.1",
            says: "The probe asks for a path the application does not have",
            next: Next::Letter(B),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "2c.2",
            says: "The back end answers with a redirect that the probe does not accept",
            next: Next::Letter(B),
            when: When::NotBuilt,
            correction: Some("301 and 302 lie within 200-399 already; only a narrower match fails"),
        },
        Row {
            id: "2c.3",
            says: "The probe looks right, and a time-out is all there is",
            next: Next::Step(S2c1),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "2c.4",
            says: "The probe speaks HTTPS, so TLS may be at fault",
            next: Next::Step(S2d),
            when: When::NotBuilt,
            correction: Some(
                "A status code that was received means that TLS worked; only a TLS message leads there",
            ),
        },
    ],
};
