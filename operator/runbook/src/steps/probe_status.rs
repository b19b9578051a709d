//! What a status code in answer to a probe speaks of, for rows 2b.1, 2c.1 and 2c.2.
use super::probe_look::{Look, sent, settle};
use crate::{
    facts::{
        Blocked,
        health::Server,
        probe::{NO_HOST, is_address, ranges},
        probe_log::LogClass::Status,
    },
    id::{Letter::B, StepId::S5, Subject},
    report::{Confidence, Finding},
    step::{Next, RowId, Seen, Sighting},
    view::View,
};

/// Where an App Service answers, in every cloud.
const APP_SERVICE: &[&str] = &[
    ".azurewebsites.net",
    ".azurewebsites.us",
    ".chinacloudsites.cn",
    ".appserviceenvironment.net",
    ".appserviceenvironment.us",
    ".appserviceenvironment.cn",
];

/// By its name; or by the person's word, for a member that has a name of its own.
fn is_app_service(view: &View<'_>, server: &Server) -> bool {
    let name = server.address.trim_end_matches('.').to_ascii_lowercase();
    let known = APP_SERVICE.iter().any(|suffix| name.ends_with(suffix));
    known || (view.facts.said().web_app.is_some() && !is_address(&name))
}

/// Status codes received, with the servers that answered so.
pub(super) fn codes<'l>(
    look: &'l Look<'_>,
    wanted: impl Fn(u16) -> bool + 'l,
) -> impl Iterator<Item = Result<(u16, Vec<&'l Server>), Blocked>> + 'l {
    look.classes
        .iter()
        .filter_map(move |(class, servers)| match class {
            Status {
                received: Some(code),
            } => wanted(*code).then(|| Ok((*code, servers.clone()))),
            Status { received: None } => {
                let why = "the probe log speaks of a wrong status code and does not name it";
                Some(Err(Blocked::Unclear(why.into())))
            }
            _ => None,
        })
}

/// The gateway's document must refuse what the probe log says was refused, else one of them is older.
fn is_refused(look: &Look<'_>, code: u16) -> Result<Confidence, Blocked> {
    match look.probe.accepts(code) {
        Some(false) => Ok(Confidence::Confirmed),
        None => Ok(Confidence::Likely),
        Some(true) => Err(Blocked::Unclear(format!(
            "the probe log refuses status {code}, which the gateway's document accepts ({}): one of the two is older",
            look.probe.accepted()
        ))),
    }
}

/// Where log and document name different codes, the document was changed since.
fn stale(look: &Look<'_>, servers: &[&Server]) -> Option<String> {
    let document = ranges(&look.probe.accepted())?;
    let logged = servers
        .iter()
        .filter_map(|server| server.accepted.as_deref());
    let mut other = logged.filter(|log| ranges(log).is_some_and(|log| log != document));
    let other = other.next()?;
    Some(format!(
        "the probe log still speaks of {other} as accepted (Gateway)"
    ))
}

/// The Host header names no site: nothing but an address, where the site is known by a name.
fn names_no_site(look: &Look<'_>, server: &Server) -> bool {
    let host = look.probe.host(&server.address).name;
    let loopback = host == NO_HOST && look.probe.name().is_none();
    loopback || (is_address(&host) && !is_address(&server.address))
}

/// What a code means.
struct Meaning {
    id: &'static str,
    words: String,
    mended: bool,
    confidence: Confidence,
    correction: String,
}

/// One sighting a code; of a 403 those of an App Service and the others apart.
pub(super) fn answers(view: &View<'_>, of: &Subject, look: &Look<'_>, row: RowId) -> Seen {
    let mut all = Vec::new();
    for met in codes(look, |code| (400..500).contains(&code)) {
        let (code, servers) = match met {
            Ok(met) => met,
            Err(blocked) => {
                all.push(Err(blocked));
                continue;
            }
        };
        let (apps, others): (Vec<&Server>, Vec<&Server>) = servers
            .into_iter()
            .partition(|server| code == 403 && is_app_service(view, server));
        if !apps.is_empty() {
            let evidence = format!("{}: status 403 of an App Service", look.who(&apps));
            all.push(Ok(Sighting::new(of, evidence).to(Next::Step(S5))));
        }
        if !others.is_empty() {
            all.push(refused(view, look, of, row, (code, &others)));
        }
    }
    settle(all)
}

/// A 4xx: path, host, login, or none of the probe's business.
fn refused(
    view: &View<'_>,
    look: &Look<'_>,
    of: &Subject,
    row: RowId,
    (code, servers): (u16, &[&Server]),
) -> Result<Sighting, Blocked> {
    let sure = is_refused(look, code)?;
    let path = look.probe.path();
    let told = view.facts.said().health_path.as_deref();
    let hosts = servers
        .iter()
        .map(|server| look.probe.host(&server.address));
    let host = sent("Host", hosts);
    let by_host = servers.iter().all(|server| names_no_site(look, server));
    // The person has the path for right, and the gateway's word is against it: neither yes nor no.
    let disputed = matches!(code, 404 | 410) && !by_host && told == Some(path.as_str());
    let meaning = meaning(look, code, sure, by_host.then_some(host.as_str()), told);
    let person = told.map(|told| format!("spec.hints.healthPath: {told} (Person)"));
    let names = format!("the probe asks for {path} with {host} (ControlPlane)");
    let against = stale(look, servers);
    let says = format!(
        "{} answers the probe of {path} with {code}: {}",
        look.who(servers),
        meaning.words
    );
    let is_default = look.probe.name().is_none();
    let finding = Finding {
        id: if is_default {
            "default-probe-status"
        } else {
            meaning.id
        },
        row: Some(row),
        letter: meaning.mended.then_some(B),
        confidence: meaning.confidence,
        says,
        because: std::iter::once(names).chain(person).collect(),
        against: against.into_iter().collect(),
        correction: meaning.correction,
        ..look.about(view)
    };
    let finding = look.weigh(view, servers, finding);
    if disputed {
        return Err(Blocked::Hint(Box::new(finding)));
    }
    let sighting = Sighting::new(of, format!("{path}, {host}: status {code}"));
    let next = if meaning.mended {
        Next::Letter(B)
    } else {
        Next::Stop
    };
    Ok(sighting.to(next).finding(finding))
}

fn meaning(
    look: &Look<'_>,
    code: u16,
    sure: Confidence,
    by_host: Option<&str>,
    told: Option<&str>,
) -> Meaning {
    let path = look.probe.path();
    let plain = |id, words: &str| Meaning {
        id,
        words: words.to_owned(),
        mended: true,
        confidence: sure,
        correction: String::new(),
    };
    let likely = |meaning: Meaning| Meaning {
        confidence: Confidence::Likely,
        ..meaning
    };
    if let (400 | 404 | 410, Some(host)) = (code, by_host) {
        let words = format!("{host} names no site there, which is likelier at fault than the path");
        return Meaning {
            correction: "The article changes the path; a site that is served by name answers so on every path, and the host of the probe is what to set".into(),
            ..likely(plain("probe-host", &words))
        };
    }
    match code {
        404 | 410 => match told {
            Some(told) if told == path => Meaning {
                mended: false,
                confidence: Confidence::Inconclusive,
                ..plain("probe-path-not-found", "the path is said to be right, so another site or application answers there")
            },
            Some(_) => Meaning {
                correction: "The article has a person compare the path with the routes of the application; the code and the path that was named say it".into(),
                ..plain("probe-path-not-found", "the application has no such path, and another one is known to answer")
            },
            None => likely(plain("probe-path-not-found", "the application has no such path, or not for this host")),
        },
        400 => {
            let http = look.probe.speaks_tls() == Some(false);
            let words = if http {
                "the request is refused as such: plain HTTP on a TLS port, or a Host header it does not know"
            } else {
                "the request is refused as such: a Host header it does not know is the usual reason, and no path mends that"
            };
            likely(plain("probe-status", words))
        }
        401 => plain("probe-status", "the path asks for a login, and a probe has none: it needs a path open to everybody"),
        403 => Meaning {
            mended: false,
            confidence: Confidence::Likely,
            correction: "The article takes every 4xx for a wrong path. Whoever answers 403 knows the path and refuses the caller: an address filter, a firewall or a login page, to be mended on the back end".into(),
            ..plain("probe-status", "the back end refuses the gateway, whatever the path")
        },
        405 => plain("probe-status", "the path does not take GET, and a probe has nothing else"),
        408 | 429 => Meaning {
            mended: false,
            confidence: Confidence::Likely,
            correction: "The article takes every 4xx for a wrong path; this one speaks of load".into(),
            ..plain("probe-status", "the back end has too much to do, or counts the probes as too many")
        },
        421 => Meaning {
            correction: "The article changes the path; here the name in the TLS greeting and the Host header do not go together".into(),
            ..likely(plain("probe-host", "the request went to a site of another name: TLS name and Host header differ"))
        },
        _ => likely(plain("probe-status", "what that means is for the application to say")),
    }
}

/// A 3xx that `match` leaves out.
pub(super) fn redirected(
    view: &View<'_>,
    look: &Look<'_>,
    of: &Subject,
    row: RowId,
    (code, servers): (u16, &[&Server]),
) -> Result<Sighting, Blocked> {
    let sure = is_refused(look, code)?;
    let (path, accepted) = (look.probe.path(), look.probe.accepted());
    let finding = Finding {
        id: "probe-redirect",
        row: Some(row),
        letter: Some(B),
        confidence: sure,
        says: format!(
            "{} answers the probe of {path} with the redirect {code}, and the probe accepts {accepted} alone",
            look.who(servers)
        ),
        against: stale(look, servers).into_iter().collect(),
        correction: format!(
            "The article adds {code} to 200-399, which holds it; it is the narrower match that fails. A probe does not follow the redirect, so accepting it says nothing of where it leads: a path that answers by itself is better"
        ),
        ..look.about(view)
    };
    let sighting = Sighting::new(of, format!("{path}: redirect {code}, accepted {accepted}"));
    Ok(sighting.finding(look.weigh(view, servers, finding)))
}
