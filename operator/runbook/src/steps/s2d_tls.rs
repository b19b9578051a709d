//! Step 2d. Does the back end present a certificate the gateway accepts? Read off the probe log and the
//! settings: no handshake is made, so what they do not say stays open.
use super::{
    path_look::failing,
    probe_look::{Look, look},
    tls_findings::{about_roots, asked, finding},
};
use crate::{
    facts::{Blocked, probe_log::LogClass},
    id::{
        Letter::{A, F},
        StepId::{S2c1, S2d},
        Subject,
    },
    step::{Looks, Next, Row, RowId, Seen, Sighting, Step},
    view::View,
};

const NOT_LOOKED: &str = "needs a handshake look, which is not switched on";

pub(super) static STEP: Step = Step {
    id: S2d,
    asks: "Does the back end present a certificate the gateway accepts?",
    title: "TLS to back end",
    looks: &[Looks::Gateway, Looks::Health],
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
    Err(Blocked::Unclear(NOT_LOOKED.into()))
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
    Ok(groups
        .map(|(class, servers)| {
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
            let told_before = row == "2d.5" && **class == LogClass::CertificateName;
            if told_before {
                sighting
            } else {
                sighting.finding(finding(view, &look, row, class, servers))
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
    if seen.is_empty() && https(&look)? && !answered {
        return Err(Blocked::Unclear(NOT_LOOKED.into()));
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
    let open = |class: &&LogClass| {
        let unsaid = matches!(class, LogClass::Unverified { .. } | LogClass::Tls);
        unsaid || !(class.is_tls() || class.is_answer())
    };
    let undecided = look.classes.is_empty() || look.classes.keys().any(open);
    if seen.is_empty() && undecided {
        return Err(Blocked::Unclear(NOT_LOOKED.into()));
    }
    Ok(seen)
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
