//! The handshake look of step 2d: what the certificates say, seen from where the operator runs.
use super::{
    probe_look::Look,
    tls_findings::{finding, hinted},
};
use crate::{
    facts::{Blocked, Gap, Query, gather, handshake::Shown, health::Server, probe_log::LogClass},
    id::Subject,
    report::{Confidence, Finding},
    step::Sighting,
    view::View,
};

const NEEDED: &str = "needs a handshake look";

/// What one server showed; servers that fail alike are looked at once.
pub(super) struct Seen<'v> {
    pub(super) server: &'v Server,
    pub(super) shown: Shown<'v>,
    /// The name that the gateway compares with.
    pub(super) host: Option<String>,
}

impl Seen<'_> {
    /// The certificate is good for the name; `None` where there is no name, or no certificate.
    pub(super) fn fits(&self) -> Option<bool> {
        self.shown.covers(self.host.as_deref()?)
    }
    /// In one line, with its vantage.
    pub(super) fn line(&self, view: &View<'_>) -> String {
        let words = self.shown.words(view.facts.taken_at());
        format!("2d: {} shows {words} (Operator)", self.server.address)
    }
    /// What it says of a failure that the gateway met itself, and is as sure of as before.
    pub(super) fn adds_to(&self, finding: &mut Finding, class: &LogClass, view: &View<'_>) {
        let (line, now) = (self.line(view), view.facts.taken_at());
        if self.shown.contradicts(class, self.host.as_deref(), now) {
            finding.against.push(line);
        } else {
            finding.because.push(line);
        }
    }
}

/// Looks at one of the servers. An obstacle is never a gap of Azure's: this look is another one.
pub(super) fn at<'v>(
    view: &'v View<'_>,
    look: &Look<'v>,
    servers: &[&'v Server],
) -> Result<Seen<'v>, Blocked> {
    let unclear = |why: String| Blocked::Unclear(why);
    let Some(server) = servers.first() else {
        return Err(unclear(NEEDED.into()));
    };
    let port = look.probe.port();
    let port = port.ok_or_else(|| unclear("the probe has no port that can be read".into()))?;
    let name = look.probe.sni(&server.address).map(|sent| sent.name);
    let query = Query::Handshake {
        host: server.address.clone(),
        port,
        name: name.clone(),
        roots: view.gateway()?.certificates_of(&look.probe),
        told: view.facts.said().private_ca_pem.clone(),
    };
    let shown = match view.facts.ask(query) {
        Ok(body) => Shown(body),
        Err(Blocked::Gap(_, gap)) => return Err(unclear(obstacle(server, port, &gap))),
        Err(other) => return Err(other),
    };
    Ok(Seen {
        server,
        shown,
        host: name,
    })
}

fn obstacle(server: &Server, port: u16, gap: &Gap) -> String {
    let door = format!("{}:{port}", server.address);
    match gap {
        Gap::NotInBundle => format!("{NEEDED}, which is not in this bundle"),
        Gap::Unreadable { why } if why.starts_with("not ") => format!("{NEEDED}, which is {why}"),
        Gap::TimedOut => format!("{NEEDED}; {door} does not answer from here"),
        Gap::NotFound => format!("{NEEDED}; {door} is no name that is known here"),
        Gap::Unreachable { why } => format!("{NEEDED}; {door} cannot be reached from here: {why}"),
        other => format!("{NEEDED}; {door}: {other}"),
    }
}

/// One look a class of failure.
pub(super) fn each<'v>(
    view: &'v View<'_>,
    look: &Look<'v>,
    wanted: impl Fn(&LogClass) -> bool,
) -> Result<Vec<(&'v LogClass, Seen<'v>)>, Blocked> {
    let groups = look.classes.iter().filter(|(class, _)| wanted(class));
    gather(groups.map(|(class, servers)| Ok((*class, at(view, look, servers)?))))
}

/// What the log leaves open: a look at the chain tells, or a person.
pub(super) fn private_authority(
    view: &View<'_>,
    of: &Subject,
    look: &Look<'_>,
    open: impl Fn(&LogClass) -> bool,
) -> crate::step::Seen {
    let there = match each(view, look, open) {
        Err(Blocked::Unclear(why)) if view.facts.said().private_ca => {
            return told(view, of, look, &why);
        }
        there => there?,
    };
    if there.is_empty() {
        return Err(Blocked::Unclear("no server is left to look at".into()));
    }
    let mut seen = Vec::new();
    for (class, it) in &there {
        if !it.shown.has_leaf() {
            return Err(Blocked::Unclear(it.line(view)));
        }
        let Some(private) = it.shown.is_private() else {
            let line = it.line(view);
            let why = "an intermediate may be missing, or the root is private";
            return Err(Blocked::Unclear(format!("{line} ({why})")));
        };
        if private {
            let evidence = it.line(view);
            let hint = hinted(
                view,
                look,
                "2d.4",
                (class, &LogClass::CertificateAuthority),
                it,
            );
            seen.push(Sighting::new(of, evidence).finding(hint));
        }
    }
    Ok(seen)
}

/// A person says that the authority is private.
fn told(view: &View<'_>, of: &Subject, look: &Look<'_>, why: &str) -> crate::step::Seen {
    let servers = look.those(|_| true);
    let evidence = "spec.hints.privateCa names a private authority, and no root is referred to";
    let mut finding = finding(
        view,
        look,
        "2d.4",
        &LogClass::CertificateAuthority,
        &servers,
    );
    finding.confidence = Confidence::Inconclusive;
    finding
        .because
        .push("spec.hints.privateCa names a private authority (Person)".to_owned());
    finding.against.push(why.to_owned());
    Ok(vec![Sighting::new(of, evidence).finding(finding)])
}
