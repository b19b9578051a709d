//! Step 2d. Does the back end present a certificate the gateway accepts?
use crate::{
    id::{
        Letter::{A, F},
        StepId::S2d,
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S2d,
    asks: "Does the back end present a certificate the gateway accepts?",
    title: "TLS to back end",
    looks: &[Looks::Gateway, Looks::Health],
    all_clear: Some("2d.2"),
    routes: false,
    skipped: "nothing got as far as TLS",
    rows: &[
        Row {
            id: "2d.1",
            says: "Every setting speaks plain HTTP",
            next: Next::Letter(A),
            when: When::NotBuilt,
            correction: Some(
                "The article goes on to change NSG rules without any evidence against them",
            ),
        },
        Row {
            id: "2d.2",
            says: "HTTPS, and the certificate names what the probe asks for",
            next: Next::Letter(A),
            when: When::NotBuilt,
            correction: Some(
                "The article goes on to change NSG rules without any evidence against them",
            ),
        },
        Row {
            id: "2d.3",
            says: "HTTPS, and the certificate names something else",
            next: Next::Letter(F),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "2d.4",
            says: "HTTPS with a private authority, and no trusted root is there",
            next: Next::Letter(F),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "2d.5",
            says: "The probe log names the certificate: another name, or a chain without its leaf",
            next: Next::Letter(F),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "2d.6",
            says: "The probe log tells of another TLS failure",
            next: Next::Letter(F),
            when: When::NotBuilt,
            correction: None,
        },
    ],
};
