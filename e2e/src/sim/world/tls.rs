//! How a gateway judges the certificate of a back end.

use serde_json::Value;

use super::{
    file::{Certificate, Problem},
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
}

/// Why TLS to a back end fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsFault {
    /// The certificate is not good for the name.
    Name,
    /// Something is wrong with the certificate itself.
    Certificate(Problem),
    /// No well-known authority, and no root given.
    NotWellKnown,
    /// Not signed by the roots given.
    RootMismatch,
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
        let trusted = lenient::items(&settings["properties"][field])
            .filter_map(|root| lenient::text(&self.referred(root)?["properties"]["data"]))
            .collect();
        Tls {
            name: name
                .filter(|name| !name.is_empty() && name.parse::<std::net::IpAddr>().is_err())
                .map(str::to_owned),
            settings,
            v2,
            trusted,
        }
    }
}

/// The first thing that a gateway has against a certificate.
pub(super) fn judge(certificate: &Certificate, tls: &Tls) -> Option<TlsFault> {
    let settings = &tls.settings["properties"];
    if !lenient::denial(&settings["validateCertChainAndExpiry"]) {
        if let Some(problem) = certificate.problem {
            return Some(TlsFault::Certificate(problem));
        }
        if let Some(root) = certificate.root.as_deref()
            && !tls.trusted.contains(&root)
        {
            return Some(match (tls.v2, tls.trusted.is_empty()) {
                (false, _) => TlsFault::NotListed,
                (true, true) => TlsFault::NotWellKnown,
                (true, false) => TlsFault::RootMismatch,
            });
        }
    }
    let name = tls.name.as_deref()?;
    let good =
        certificate.names.is_empty() || certificate.names.iter().any(|own| covers(own, name));
    (!good && !lenient::denial(&settings["validateSNI"])).then_some(TlsFault::Name)
}

/// Whether a name in a certificate is good for a host: `*.` stands for one label.
fn covers(own: &str, host: &str) -> bool {
    match own.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => own.eq_ignore_ascii_case(host),
    }
}
