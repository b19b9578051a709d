//! Step 5. Does an App Service back end accept the host it is asked for, and the gateway itself?
//!
//! From step 4 the gateway comes, for all of its pairs; from 2b and 2c a pair whose probe is answered with 403.
use super::{
    app_service::{Back, Member, backs},
    app_service_access::kept_out,
    app_service_host::{handed_on, not_bound},
};
use crate::{
    facts::{Blocked, gather, health::few, probe_log::LogClass},
    id::{
        Letter::I,
        StepId::{S2d, S5, S6a},
        Subject,
    },
    report::Confidence,
    step::{Looks, Next, Row, Seen, Sighting, Step},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S5,
    asks: "Does an App Service back end accept the host it is asked for, and the gateway itself?",
    title: "App Service",
    looks: &[
        Looks::Gateway,
        Looks::Health,
        Looks::Network,
        Looks::Site,
        Looks::Person("spec.hints.webApp"),
    ],
    all_clear: Some("5.5"),
    routes: false,
    skipped: "no back end is known to be an App Service",
    rows: &[
        Row {
            id: "5.1",
            says: "The App Service back end is Unhealthy",
            next: Next::Step(S2d),
            when: unhealthy,
            correction: Some(
                "A restriction shows as status 403 at the probe, which no certificate mends",
            ),
        },
        Row {
            id: "5.2",
            says: "Healthy, and the data path sends the host that clients asked for",
            next: Next::Letter(I),
            when: client_host,
            correction: Some(
                "Over plain HTTP this is a relayed 404; over HTTPS the certificate does not fit, which is a 502",
            ),
        },
        Row {
            id: "5.3",
            says: "Healthy, and the data path sends a host that the site does not have",
            next: Next::Letter(I),
            when: unbound_host,
            correction: None,
        },
        Row {
            id: "5.4",
            says: "Healthy, and access restrictions keep the gateway out",
            next: Next::Letter(I),
            when: denied,
            correction: Some(
                "A restriction that denies the probe too makes the member Unhealthy; one Allow on an open site locks everybody else out",
            ),
        },
        Row {
            id: "5.5",
            says: "Host and restrictions raise no objection",
            next: Next::Step(S6a),
            when: no_objection,
            correction: None,
        },
    ],
};

/// One row over all pairs with App Service members: seen of any, else undecided of any, else no.
fn each(view: &View<'_>, of: &Subject, judge: impl Fn(&Back<'_>) -> Seen) -> Seen {
    let (mut seen, mut blocked) = (Vec::new(), None::<Blocked>);
    for back in backs(view, of)? {
        let found = judge(&back).and_then(|found| match back.unsure() {
            Some(unsure) if found.is_empty() => Err(unsure),
            _ => Ok(found),
        });
        match found {
            Ok(found) => seen.extend(found),
            Err(more) => {
                blocked = Some(match blocked {
                    Some(first) => first.and(more),
                    None => more,
                });
            }
        }
    }
    match blocked {
        Some(ask @ Blocked::Ask(_)) => return Err(ask),
        Some(blocked) if seen.is_empty() => return Err(blocked),
        _ => {}
    }
    // A hint ends nothing: what makes the 502s is still to be found.
    let is_hint = |it: &Sighting| {
        let finding = it.finding.as_deref();
        finding.is_some_and(|finding| finding.confidence == Confidence::Inconclusive)
    };
    if *of == Subject::Gateway && !seen.is_empty() && seen.iter().all(is_hint) {
        let further = Sighting::new(of, "a hint and no more: looking goes on");
        seen.push(further.to(Next::Step(S6a)));
    }
    Ok(seen)
}

fn is_tls(class: &LogClass) -> bool {
    matches!(
        class,
        LogClass::CertificateName
            | LogClass::CertificateDates
            | LogClass::CertificateChain
            | LogClass::CertificateRoot
            | LogClass::Tls
    )
}

/// A probe answered with 403 belongs to row 5.4.
fn unhealthy(view: &View<'_>, of: &Subject) -> Seen {
    each(view, of, |back| {
        let fails = |wanted: fn(&LogClass) -> bool| {
            let failing = back.members.iter().filter_map(Member::fails_with);
            let mut words: Vec<String> = failing
                .filter(|it| wanted(it))
                .map(LogClass::words)
                .collect();
            words.sort();
            words.dedup();
            words.join(", ")
        };
        let tls = fails(is_tls);
        let others = fails(|class| {
            !is_tls(class)
                && *class
                    != LogClass::Status {
                        received: Some(403),
                    }
        });
        let ways = [(tls, Next::Step(S2d)), (others, Next::Stop)];
        let seen = ways.into_iter().filter(|(words, _)| !words.is_empty());
        Ok(seen
            .map(|(words, next)| Sighting::new(&back.pair, format!("Unhealthy: {words}")).to(next))
            .collect())
    })
}

fn client_host(view: &View<'_>, of: &Subject) -> Seen {
    each(view, of, |back| handed_on(view, back))
}

fn unbound_host(view: &View<'_>, of: &Subject) -> Seen {
    each(view, of, |back| not_bound(view, back))
}

fn denied(view: &View<'_>, of: &Subject) -> Seen {
    each(view, of, |back| kept_out(view, back))
}

fn no_objection(view: &View<'_>, of: &Subject) -> Seen {
    let rows = [unhealthy, client_host, unbound_host, denied];
    let objections = gather(rows.map(|row| row(view, of)))?;
    if objections.iter().any(|row| !row.is_empty()) {
        return Ok(vec![]);
    }
    let backs = backs(view, of)?;
    let names: Vec<String> = backs.iter().map(|back| back.pair.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(vec![match (of, names.as_slice()) {
        (Subject::Gateway, []) => Sighting::new(of, "no member is known to be an App Service"),
        (Subject::Gateway, names) => {
            Sighting::new(of, format!("hosts and restrictions fit: {}", few(names)))
        }
        // It came for a 403 that neither state nor restrictions of the site explain.
        (pair, _) => {
            let evidence = "neither state nor restrictions of the site explain what its probe met";
            Sighting::new(pair, evidence).to(Next::Stop)
        }
    }])
}
