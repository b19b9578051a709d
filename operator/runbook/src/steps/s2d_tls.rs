//! Step 2d. Does the back end present a certificate the gateway accepts? Read off the probe log and the
//! settings. What they do not say is for a handshake from where the operator runs, where that is switched on.
use super::{
    path_look::failing,
    probe_look::{Look, look},
    tls_findings::{about_roots, asked, finding, hinted},
    tls_look::{self, Seen as SeenThere, private_authority},
};
use crate::{
    facts::{Blocked, gather, handshake::Trust, probe_log::LogClass},
    id::{
        Letter::{A, F},
        StepId::{S2c1, S2d},
        Subject,
    },
    step::{Looks, Next, Row, RowId, Seen, Sighting, Step},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S2d,
    asks: "Does the back end present a certificate the gateway accepts?",
    title: "TLS to back end",
    looks: &[
        Looks::Gateway,
        Looks::Health,
        Looks::Handshake,
        Looks::Person("spec.hints.privateCa"),
    ],
    all_clear: Some("2d.2"),
    routes: false,
    skipped: "no probe log speaks of TLS",
    rows: &[
        Row {
            id: "2d.1",
            says: "Every setting speaks plain HTTP",
            next: Next::Letter(A),
            when: plain,
            correction: Some(
                "The article goes on to change NSG rules without any evidence against them; the path is looked at first, in 2c-1. A probe that speaks HTTPS by itself is not plain, whatever the settings",
            ),
        },
        Row {
            id: "2d.2",
            says: "HTTPS, and the certificate names what the probe asks for",
            next: Next::Letter(A),
            when: fits,
            correction: Some(
                "The article goes on to change NSG rules without any evidence against them; the path is looked at first, in 2c-1. A status code that was received says that names fit; a look at the certificate from elsewhere says less",
            ),
        },
        Row {
            id: "2d.3",
            says: "HTTPS, and the certificate names something else",
            next: Next::Letter(F),
            when: another_name,
            correction: None,
        },
        Row {
            id: "2d.4",
            says: "HTTPS with a private authority, and no trusted root is there",
            next: Next::Letter(F),
            when: no_root,
            correction: Some(
                "The article lists the roots of the whole gateway; what counts is whether these settings refer to one",
            ),
        },
        Row {
            id: "2d.5",
            says: "The probe log names the certificate: another name, or a chain without its leaf",
            next: Next::Letter(F),
            when: named_in_log,
            correction: None,
        },
        Row {
            id: "2d.6",
            says: "The probe log tells of another TLS failure",
            next: Next::Letter(F),
            when: other,
            correction: Some(
                "The article takes them all for an incomplete chain. Dates, order, roots and the handshake itself have texts of their own, and only a root can be mended at the gateway",
            ),
        },
    ],
};

/// Whether the probe speaks TLS by the documents; they must not contradict the log.
fn https(look: &Look<'_>) -> Result<bool, Blocked> {
    let told = look.probe.speaks_tls().ok_or_else(|| {
        let setting = look.probe.setting();
        Blocked::Unclear(format!(
            "the protocol of the probe on {setting} cannot be read"
        ))
    })?;
    if !told && look.classes.keys().any(|class| class.is_tls()) {
        return Err(Blocked::Unclear(format!(
            "the probe log speaks of TLS, and the probe of {}: one of the two is older",
            look.probe.door()
        )));
    }
    Ok(told)
}

fn plain(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    let unread = || Blocked::Unclear("the protocol of a setting or probe cannot be read".into());
    let settings = view.gateway()?.is_plain_http().ok_or_else(unread)?;
    let probe = look.probe.speaks_tls().ok_or_else(unread)?;
    Ok(if settings && !probe {
        let evidence = format!("every setting speaks Http, the probe {}", look.probe.door());
        vec![Sighting::new(of, evidence).to(Next::Step(S2c1))]
    } else {
        vec![]
    })
}

/// A status code that came back proves it, as long as the name was checked at all.
fn fits(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    if !https(&look)? {
        return Ok(vec![]);
    }
    let mut classes = look.classes.keys();
    if classes
        .clone()
        .any(|class| **class == LogClass::CertificateName)
    {
        return Ok(vec![]);
    }
    let checked = !look.probe.is_off("validateSNI");
    if !look.classes.is_empty() && classes.all(|class| class.is_answer()) && checked {
        let servers = look.those(LogClass::is_answer);
        let evidence = format!(
            "{} {}: TLS worked with {}",
            look.who(&servers),
            failing(servers.iter().copied()),
            asked(&look, &servers)
        );
        return Ok(vec![Sighting::new(of, evidence).to(Next::Step(S2c1))]);
    }
    // What the gateway met comes first, so only a look that finds fault with nothing says that all is well.
    let seen = tls_look::each(view, &look, |class| !class.is_answer())?;
    if seen.iter().any(|(_, seen)| seen.fits() == Some(false)) {
        return Ok(vec![]);
    }
    if look.classes.keys().any(|class| class.is_tls()) {
        let why = "the log tells of TLS, whatever a handshake from here says";
        return Err(Blocked::Unclear(why.into()));
    }
    let now = view.facts.taken_at();
    let well = |seen: &SeenThere<'_>| {
        let trust = [seen.shown.public(), seen.shown.given()];
        let trusted = trust.contains(&Trust::Leads) || seen.shown.is_given();
        seen.fits() == Some(true) && trusted && seen.shown.out_of_date(now).is_none()
    };
    if seen.is_empty() || !seen.iter().all(|(_, seen)| well(seen)) {
        let lines: Vec<String> = seen.iter().map(|(_, seen)| seen.line(view)).collect();
        return Err(Blocked::Unclear(lines.join("; ")));
    }
    Ok(seen
        .iter()
        .map(|(_, seen)| Sighting::new(of, seen.line(view)).to(Next::Step(S2c1)))
        .collect())
}

/// One sighting a class, with its finding unless a row before it has it.
fn sightings(
    view: &View<'_>,
    of: &Subject,
    row: RowId,
    wanted: impl Fn(&LogClass) -> bool,
) -> Seen {
    let look = look(view, of)?;
    if !https(&look)? {
        return Ok(vec![]);
    }
    let groups = look.classes.iter().filter(|(class, _)| wanted(class));
    let groups: Vec<_> = groups
        .map(|(class, servers)| (class, servers, tls_look::at(view, &look, servers)))
        .collect();
    // Asked together, and a look that was not to be had is no obstacle: the log has said what it has to say.
    let asks = groups.iter().filter_map(|(_, _, seen)| match seen {
        Err(Blocked::Ask(queries)) => Some(Err(Blocked::Ask(queries.clone()))),
        _ => None,
    });
    gather::<()>(asks)?;
    Ok(groups
        .iter()
        .map(|(class, servers, seen)| {
            let mut off = String::new();
            for check in ["validateSNI", "validateCertChainAndExpiry"] {
                if look.probe.is_off(check) {
                    off.push_str(", ");
                    off.push_str(check);
                    off.push_str(" false");
                }
            }
            let sends = asked(&look, servers);
            let evidence = format!(
                "{}: {}, sent {sends}{off}",
                look.who(servers),
                class.words()
            );
            let sighting = Sighting::new(of, evidence);
            let told_before = row == "2d.5" && ***class == LogClass::CertificateName;
            if told_before {
                sighting
            } else {
                let mut finding = finding(view, &look, row, class, servers);
                if let Ok(seen) = seen {
                    seen.adds_to(&mut finding, class, view);
                }
                sighting.finding(finding)
            }
        })
        .collect())
}

/// "No" takes an answer that came back; a handshake that failed for another reason leaves names open.
fn another_name(view: &View<'_>, of: &Subject) -> Seen {
    let seen = sightings(view, of, "2d.3", |class| {
        *class == LogClass::CertificateName
    })?;
    let look = look(view, of)?;
    let answered = !look.classes.is_empty() && look.classes.keys().all(|class| class.is_answer());
    if !seen.is_empty() || !https(&look)? || answered {
        return Ok(seen);
    }
    let there = tls_look::each(view, &look, |class| !class.is_answer())?;
    if there.is_empty() {
        return Err(Blocked::Unclear("no server is left to look at".into()));
    }
    let mut seen = Vec::new();
    for (class, it) in &there {
        match it.fits() {
            Some(true) => {}
            None => return Err(Blocked::Unclear(it.line(view))),
            Some(false) if look.probe.is_off("validateSNI") => {}
            Some(false) => {
                let evidence = it.line(view);
                let hint = hinted(view, &look, "2d.3", (class, &LogClass::CertificateName), it);
                seen.push(Sighting::new(of, evidence).finding(hint));
            }
        }
    }
    Ok(seen)
}

fn no_root(view: &View<'_>, of: &Subject) -> Seen {
    let look = look(view, of)?;
    if !https(&look)? || !look.probe.trusted().is_empty() {
        return Ok(vec![]);
    }
    let seen = sightings(view, of, "2d.4", is_about_trust)?;
    // Not told by the log: whose certificate it is, where TLS failed otherwise or never began.
    let open = |class: &LogClass| {
        let unsaid = matches!(class, LogClass::Unverified { .. } | LogClass::Tls);
        unsaid || !(class.is_tls() || class.is_answer())
    };
    let undecided = look.classes.is_empty() || look.classes.keys().any(|class| open(class));
    if !seen.is_empty() || !undecided {
        return Ok(seen);
    }
    private_authority(view, of, &look, open)
}

fn is_about_trust(class: &LogClass) -> bool {
    about_roots(class) && *class != LogClass::RootCorrupt
}

fn named_in_log(view: &View<'_>, of: &Subject) -> Seen {
    sightings(view, of, "2d.5", |class| {
        matches!(class, LogClass::CertificateName | LogClass::LeafMissing)
    })
}

fn other(view: &View<'_>, of: &Subject) -> Seen {
    let rootless = look(view, of)?.probe.trusted().is_empty();
    sightings(view, of, "2d.6", |class| {
        let before = matches!(class, LogClass::CertificateName | LogClass::LeafMissing);
        class.is_tls() && !before && !(rootless && is_about_trust(class))
    })
}
