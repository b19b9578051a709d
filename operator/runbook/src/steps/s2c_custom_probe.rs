//! Step 2c. What does the custom probe ask for, and what does it meet?
use super::{
    path_look::failing,
    probe_look::{look, settle},
    probe_status::{answers, codes, redirected},
};
use crate::{
    facts::{Blocked, probe_log::LogClass},
    id::{
        Letter::B,
        StepId::{S2c, S2c1, S2d},
        Subject,
    },
    step::{Looks, Next, Row, Seen, Sighting, Step},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S2c,
    asks: "What does the custom probe ask for, and what does it meet?",
    title: "custom probe",
    looks: &[
        Looks::Gateway,
        Looks::Health,
        Looks::Person("spec.hints.healthPath"),
    ],
    all_clear: None,
    routes: false,
    skipped: "no failing pair uses a custom probe",
    rows: &[
        Row {
            id: "2c.1",
            says: "The probe asks for a path the application does not have",
            next: Next::Letter(B),
            when: status,
            correction: Some(
                "The article has a person compare paths. The probe log names the code: 404 is a path or a host that is not there, 400 a host, 401 a login, 405 a method; a 403 is no wrong path, and of an App Service it leads to 5",
            ),
        },
        Row {
            id: "2c.2",
            says: "The back end answers with a redirect that the probe does not accept",
            next: Next::Letter(B),
            when: redirect,
            correction: Some("301 and 302 lie within 200-399 already; only a narrower match fails"),
        },
        Row {
            id: "2c.3",
            says: "The probe looks right, and a time-out is all there is",
            next: Next::Step(S2c1),
            when: no_connection,
            correction: Some(
                "The article speaks of time-outs alone; a refused connection goes the same way, since a dropped one may read like it",
            ),
        },
        Row {
            id: "2c.4",
            says: "The probe speaks HTTPS, so TLS may be at fault",
            next: Next::Step(S2d),
            when: tls,
            correction: Some(
                "A status code that was received means that TLS worked; only a TLS message leads there",
            ),
        },
    ],
};

fn status(view: &View<'_>, of: &Subject) -> Seen {
    answers(view, of, &look(view, of)?, "2c.1")
}

fn redirect(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let met = codes(&look, |code| (300..400).contains(&code));
    settle(met.map(|met| {
        let (code, servers) = met?;
        redirected(view, &look, of, "2c.2", (code, &servers))
    }))
}

fn no_connection(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let servers = look.those(LogClass::is_reachability);
    if servers.is_empty() {
        return Ok(vec![]);
    }
    let classes: Vec<String> = look
        .classes
        .keys()
        .filter(|class| class.is_reachability())
        .map(|class| class.words())
        .collect();
    let of_some = if classes.len() < look.classes.len() {
        format!(" of {}", look.who(&servers))
    } else {
        " only".to_owned()
    };
    let evidence = format!(
        "{}: {}{of_some}, 2c-1 is next",
        look.probe.words(),
        classes.join(" or ")
    );
    Ok(vec![Sighting::new(of, evidence)])
}

/// Without a TLS message, HTTPS alone is no reason to look there.
fn tls(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let servers = look.those(LogClass::is_tls);
    if servers.is_empty() {
        return Ok(vec![]);
    }
    if look.probe.speaks_tls() != Some(true) {
        return Err(Blocked::Unclear(format!(
            "the probe log speaks of TLS, and the probe of {}: one of the two is older",
            look.probe.door()
        )));
    }
    let met = failing(servers.iter().copied());
    let evidence = format!("{} {met}, {}", look.who(&servers), look.probe.door());
    Ok(vec![Sighting::new(of, evidence)])
}
