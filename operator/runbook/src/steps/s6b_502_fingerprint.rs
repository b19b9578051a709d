//! Step 6b. Who answered the 502s, and how fast?
//!
//! 503 and 504 are read beside them: on v2 a time-out is a 504.
use super::log_groups::{Group, Kind, groups, timeout};
use crate::{
    facts::{Blocked, diagnostics::as_far_as_known, health::PairHealth},
    id::{
        Letter::A,
        StepId::{S2c, S6b},
        Subject,
    },
    report::{Confidence, Finding},
    step::{Looks, Next, Row, Seen, Sighting, Step},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S6b,
    asks: "Who answered the 502s, and how fast?",
    title: "access log",
    looks: &[Looks::Logs],
    all_clear: None,
    routes: false,
    skipped: "there is no access log to ask",
    rows: &[
        Row {
            id: "6b.1",
            says: "Answered by the gateway at once: no server was reached",
            next: Next::Letter(A),
            when: no_server,
            correction: Some("No live member can be any of A to F: back to 1b, by pool"),
        },
        Row {
            id: "6b.2",
            says: "Answered when the time was up: the back end was too slow",
            next: Next::Step(S2c),
            when: too_slow,
            correction: Some(
                "On v2 this is a 504, and the time-out is the setting's for requests, not the probe's",
            ),
        },
        Row {
            id: "6b.3",
            says: "Answered by the back end and passed on",
            next: Next::Stop,
            when: relayed,
            correction: None,
        },
        Row {
            id: "6b.4",
            says: "The table is not there: older settings fill another one",
            next: Next::Step(S6b),
            when: not_there,
            correction: Some(
                "The columns differ as well, in both tables, from those of the article's query",
            ),
        },
    ],
};

/// One sighting a pair that met this.
fn seen(view: &View<'_>, kind: Kind, say: impl Fn(&Group) -> Result<Sighting, Blocked>) -> Seen {
    let kept = view.access_log()?;
    let log = kept.log()?;
    let all = groups(view, log)?;
    let mine: Vec<&Group> = all.iter().filter(|group| group.kind == kind).collect();
    if !mine.is_empty() {
        return mine.into_iter().map(say).collect();
    }
    if let Some(why) = &log.partial {
        return Err(Blocked::Unclear(why.clone()));
    }
    // Who answered these is not said: each of them may be of this kind.
    let unsaid = all.iter().find(|group| group.kind == Kind::Unsaid);
    unsaid.map_or(Ok(vec![]), |group| {
        let words = group.words();
        let why = format!("the log does not say whether a server answered {words}");
        Err(Blocked::Unclear(why))
    })
}

fn no_server(view: &View<'_>, _: &Subject) -> Seen {
    seen(view, Kind::NoServer, |group| {
        let sighting = |now: &str| {
            let evidence = format!("{}, no server reached: {now}", group.evidence());
            Sighting::new(&group.subject, evidence).to(Next::Stop)
        };
        let pairs = as_far_as_known(view.health())?;
        let same = |pair: &&PairHealth| {
            let (a, b) = (pair.subject().to_string(), group.subject.to_string());
            a.eq_ignore_ascii_case(&b)
        };
        let Some(pair) = pairs.and_then(|pairs| pairs.iter().find(same)) else {
            return Ok(sighting("how that pool does now is not known"));
        };
        if pair.is_dead() || pair.servers.is_empty() {
            return Ok(sighting("agrees with 1b"));
        }
        let (live, all) = (
            pair.counted().filter(|server| server.is_live()).count(),
            pair.counted().count(),
        );
        if live == 0 {
            return Ok(sighting("whether a member is live now is not known"));
        }
        let now = format!("{live} of {all} members live now");
        let finding = Finding {
            id: "no-live-backend-then",
            row: Some("6b.1"),
            letter: None,
            confidence: Confidence::Inconclusive,
            subject: group.subject.to_string(),
            says: format!(
                "Pool {} had no live member ({}), and has {live} of {all} now",
                pair.pool,
                group.when()
            ),
            because: vec![
                format!("6b: {} (Gateway)", group.evidence()),
                format!("1b: {now} (Gateway)"),
            ],
            against: vec![],
            correction: "The article would change network rules at once (A). Anything from A to F leaves a pool without a live member, and none of it holds now".into(),
            target: view.id().to_string(),
        };
        Ok(sighting(&now).finding(finding))
    })
}

fn too_slow(view: &View<'_>, _: &Subject) -> Seen {
    seen(view, Kind::TimedOut, |group| {
        let timeout = timeout(view, &group.setting)?;
        let mut because = vec![format!("6b: {} (Gateway)", group.evidence())];
        let mut against = group.minority();
        let allowed = match timeout {
            Some(seconds) => {
                let setting = &group.setting;
                because.push(format!(
                    "requestTimeout of {setting} is {seconds:.0} s (ControlPlane)"
                ));
                format!("the {seconds:.0} s that setting {setting} allows")
            }
            None => "the time that its setting allows".into(),
        };
        if group.fits == Some(false) {
            against.push(
                "the time they took is not that of the setting as it is now (ControlPlane)".into(),
            );
        }
        if !group.is_timeout_status {
            against.push("a v2 gateway answers a time-out with 504 (Gateway)".into());
        }
        let finding = Finding {
            id: "backend-timeout",
            row: Some("6b.2"),
            letter: None,
            confidence: sure_if(against.is_empty(), Confidence::Likely),
            subject: group.subject.to_string(),
            says: format!(
                "The back end took longer than {allowed}, and {} came of it: make the application faster, or raise requestTimeout",
                group.words()
            ),
            because,
            against,
            correction: "The article looks at the probe and its time-out (2c). Clients wait for the requestTimeout of the setting, and on v2 its end is a 504".into(),
            target: view.id().to_string(),
        };
        let sighting = Sighting::new(&group.subject, group.evidence());
        Ok(sighting.to(Next::Stop).finding(finding))
    })
}

fn relayed(view: &View<'_>, _: &Subject) -> Seen {
    seen(view, Kind::Relayed, |group| {
        let against = group.minority();
        let sure = if group.is_clean_relay {
            Confidence::Confirmed
        } else {
            Confidence::Likely
        };
        let finding = Finding {
            id: "backend-error-relayed",
            row: Some("6b.3"),
            letter: None,
            confidence: sure_if(against.is_empty(), sure),
            subject: group.subject.to_string(),
            says: format!(
                "The back end itself answered {}: the fault is in the application, and the gateway passed it on",
                group.words()
            ),
            because: vec![format!("6b: {} (Gateway)", group.evidence())],
            against,
            correction: String::new(),
            target: view.id().to_string(),
        };
        Ok(Sighting::new(&group.subject, group.evidence()).finding(finding))
    })
}

fn sure_if(nothing_against: bool, sure: Confidence) -> Confidence {
    if nothing_against {
        sure
    } else {
        Confidence::Inconclusive
    }
}

fn not_there(view: &View<'_>, of: &Subject) -> Seen {
    let kept = view.access_log()?;
    if !kept.absent.contains(&kept.indicated) {
        return Ok(vec![]);
    }
    let (name, neither) = (kept.indicated.name(), kept.absent.len() > 1);
    Ok(vec![match &kept.found {
        Some((table, _)) => {
            let used = table.name();
            Sighting::new(of, format!("{name} is not there: {used} was asked instead"))
        }
        None if neither => Sighting::new(
            of,
            "neither table is there yet, which may take 20 minutes from switching the log on",
        )
        .to(Next::Map),
        None => {
            let evidence = format!("{name} is not there, and the other table has no row");
            Sighting::new(of, evidence).to(Next::Map)
        }
    }])
}
