//! How a gateway judges the certificate of a back end.

use serde_json::Value;

use super::{
    file::{BackEnd, Certificate, Link, Problem},
    gateway::Gateway,
    lenient,
};

/// What a gateway checks when it speaks TLS to a back end.
#[derive(Clone, Debug)]
pub(super) struct Tls<'a> {
    /// The name asked for, which the certificate has to be good for; an address is never asked for.
    pub(super) name: Option<String>,
    /// The settings, which have the switches.
    pub(super) settings: &'a Value,
    pub(super) v2: bool,
    /// The certificates that the settings trust.
    pub(super) trusted: Vec<&'a str>,
    /// One that they refer to holds nothing that can be read.
    pub(super) corrupt: bool,
}

/// The versions that gateways speak to back ends; no report says more of it.
const VERSIONS_V1: &[&str] = &["1.0", "1.1", "1.2"];
const VERSIONS_V2: &[&str] = &["1.2", "1.3"];

/// Why TLS to a back end fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsFault {
    /// The certificate is not good for the name (v2).
    Name,
    /// The same, as v1 says it.
    NameV1,
    /// Something is wrong with the certificate itself.
    Certificate(Problem),
    /// No well-known authority, and no root given.
    NotWellKnown,
    /// Not signed by the roots given.
    RootMismatch,
    /// A root that was given cannot be read.
    RootCorrupt,
    /// Signed by nobody but itself.
    SelfSigned,
    /// Not the certificate given (v1).
    NotListed,
    /// There is no TLS on the other side.
    Handshake,
}

impl<'a> Gateway<'a> {
    /// TLS as the settings have it, for a name.
    pub(super) fn tls(&self, settings: &'a Value, name: Option<&str>) -> Tls<'a> {
        let v2 = self.is_v2();
        let field = if v2 {
            "trustedRootCertificates"
        } else {
            "authenticationCertificates"
        };
        let given = || {
            lenient::items(&settings["properties"][field])
                .filter_map(|root| self.referred(root))
                .map(|root| lenient::text(&root["properties"]["data"]))
                .map(|data| data.map(|data| self.world.root_as_written(data)))
        };
        Tls {
            name: name
                .filter(|name| !name.is_empty() && name.parse::<std::net::IpAddr>().is_err())
                .map(str::to_owned),
            settings,
            v2,
            trusted: given().flatten().collect(),
            corrupt: given().any(|data| data.is_none()),
        }
    }
}

/// What goes wrong when a gateway greets a back end: no common version, no name, no certificate to show, or one that
/// it does not like.
pub(super) fn greet(back_end: &BackEnd, tls: &Tls) -> Option<TlsFault> {
    let spoken = if tls.v2 { VERSIONS_V2 } else { VERSIONS_V1 };
    let common = back_end.tls.is_empty()
        || back_end
            .tls
            .iter()
            .any(|own| spoken.contains(&own.as_str()));
    if !common || back_end.needs_client_certificate {
        return Some(TlsFault::Handshake);
    }
    match back_end.shows(tls.name.as_deref()) {
        Some(certificate) => judge(certificate, tls),
        None => Some(TlsFault::Handshake),
    }
}

/// The first thing that a gateway has against a certificate.
pub(super) fn judge(certificate: &Certificate, tls: &Tls) -> Option<TlsFault> {
    let settings = &tls.settings["properties"];
    if !lenient::denial(&settings["validateCertChainAndExpiry"])
        && let Some(fault) = chain(certificate, tls)
    {
        return Some(fault);
    }
    let name = tls.name.as_deref()?;
    let common = || certificate.common_name.as_deref();
    let good = match (certificate.names.as_slice(), common()) {
        ([], None) => true,
        ([], Some(common)) => covers(common, name),
        (names, _) => names.iter().any(|own| covers(own, name)),
    };
    if good || lenient::denial(&settings["validateSNI"]) {
        return None;
    }
    Some(if tls.v2 {
        TlsFault::Name
    } else {
        TlsFault::NameV1
    })
}

/// What is wrong with dates, chain and root.
fn chain(certificate: &Certificate, tls: &Tls) -> Option<TlsFault> {
    let dates = matches!(
        certificate.problem,
        Some(Problem::Expired | Problem::NotYetValid)
    );
    // The first generation has one word for all of it, and no eye for the chain: it knows the certificate or not.
    if dates && !tls.v2 {
        return Some(TlsFault::Certificate(Problem::MarkedInvalid));
    }
    if let Some(problem) = certificate.problem.or(sent(certificate).filter(|_| tls.v2)) {
        return Some(TlsFault::Certificate(problem));
    }
    let root = certificate.root.as_deref();
    if root.is_some_and(|root| tls.trusted.contains(&root))
        || root.is_none() && !certificate.self_signed
    {
        return None;
    }
    Some(match (tls.v2, tls.corrupt, tls.trusted.is_empty()) {
        (false, ..) => TlsFault::NotListed,
        (true, true, _) => TlsFault::RootCorrupt,
        (true, _, false) => TlsFault::RootMismatch,
        (true, _, true) if certificate.self_signed => TlsFault::SelfSigned,
        (true, _, true) => TlsFault::NotWellKnown,
    })
}

/// What is wrong with the chain as it is sent.
fn sent(certificate: &Certificate) -> Option<Problem> {
    let links = certificate.sends.as_deref()?;
    if !links.contains(&Link::Leaf) {
        return Some(Problem::LeafMissing);
    }
    if links.first() != Some(&Link::Leaf) {
        return Some(Problem::LeafNotTopmost);
    }
    if links.contains(&Link::Intermediate) {
        return None;
    }
    Some(if links.len() == 1 {
        Problem::OnlyLeaf
    } else {
        Problem::IntermediateMissing
    })
}

/// Whether a name in a certificate is good for a host: `*.` stands for one label.
pub(super) fn covers(own: &str, host: &str) -> bool {
    match own.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => own.eq_ignore_ascii_case(host),
    }
}
