//! Step 5. Does an App Service back end accept the host it is asked for, and the gateway itself?
use crate::{
    id::{
        Letter::I,
        StepId::{S2d, S5, S6a},
    },
    step::{Looks, Next, Row, Step, When},
};

pub(super) static STEP: Step = Step {
    id: S5,
    asks: "Does an App Service back end accept the host it is asked for, and the gateway itself?",
    title: "App Service",
    looks: &[Looks::Gateway, Looks::Health, Looks::Site],
    all_clear: Some("5.5"),
    routes: false,
    skipped: "no back end is known to be an App Service",
    rows: &[
        Row {
            id: "5.1",
            says: "The App Service back end is Unhealthy",
            next: Next::Step(S2d),
            when: When::NotBuilt,
            correction: Some(
                "A restriction shows as status 403 at the probe, which no certificate mends",
            ),
        },
        Row {
            id: "5.2",
            says: "Healthy, and the data path sends the host that clients asked for",
            next: Next::Letter(I),
            when: When::NotBuilt,
            correction: Some(
                "Over plain HTTP this is a relayed 404; over HTTPS the certificate does not fit, which is a 502",
            ),
        },
        Row {
            id: "5.3",
            says: "Healthy, and the data path sends a host that the site does not have",
            next: Next::Letter(I),
            when: When::NotBuilt,
            correction: None,
        },
        Row {
            id: "5.4",
            says: "Healthy, and access restrictions keep the gateway out",
            next: Next::Letter(I),
            when: When::NotBuilt,
            correction: Some(
                "A restriction that denies the probe too makes the member Unhealthy; one Allow on an open site locks everybody else out",
            ),
        },
        Row {
            id: "5.5",
            says: "Host and restrictions raise no objection",
            next: Next::Step(S6a),
            when: When::NotBuilt,
            correction: None,
        },
    ],
};
