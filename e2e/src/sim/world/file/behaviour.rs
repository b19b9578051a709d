//! How back ends behave: what no document of Azure shows.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::responds;

/// What listens at an address and port; the default is an HTTP server that answers everything with 200.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct BackEnd {
    /// Whether a connection is taken.
    pub listens: Listens,
    /// Plain or over TLS.
    pub protocol: Protocol,
    /// What it shows over TLS.
    pub certificate: Certificate,
    /// What it shows instead to a client that asks for one of these names, `*.` in front allowed.
    pub certificates: BTreeMap<String, Certificate>,
    /// Hangs up on a client that asks for no name, or for none of `certificates`.
    pub needs_name: bool,
    /// Asks clients for a certificate, and hangs up on those that show none.
    pub needs_client_certificate: bool,
    /// The versions of TLS that it speaks, such as `"1.2"`; all if left out.
    pub tls: Vec<String>,
    /// The first one that fits a request answers it; with none fitting it is 404, with none at all 200.
    pub answers: Vec<Answer>,
    /// More of them, asked after `answers`, in short: `[HOST][/PATH[*]]` or `*` to `STATUS`, `STATUS after SECONDS` or
    /// `reset`.
    #[serde(deserialize_with = "responds::read")]
    pub responds: Vec<Answer>,
}

/// Whether a connection is taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Listens {
    /// It is.
    #[default]
    Open,
    /// Nothing listens there: a reset at once.
    Refused,
    /// The host's own firewall drops the packets: no answer at all.
    Silent,
    /// It is, and ended at once.
    Reset,
}

/// What is spoken on the port.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Protocol {
    /// HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
    /// Something else.
    Other,
}

/// The certificate of a back end; the default is one that everybody trusts, for any name.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Certificate {
    /// The alternative names it is good for, `*.` in front allowed.
    pub names: Vec<String>,
    /// The common name, which counts only without alternative names; with neither it is good for any name.
    pub common_name: Option<String>,
    /// The certificate (v2: its root, v1: itself) that the gateway must have been given; none needed if left out.
    pub root: Option<String>,
    /// Its own root, and no authority.
    pub self_signed: bool,
    /// The chain as it is sent, first to last; in good order and whole if left out.
    pub sends: Option<Vec<Link>>,
    /// What else is wrong with it.
    pub problem: Option<Problem>,
}

/// A certificate of a chain.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Link {
    /// The server's own.
    Leaf,
    /// The one that signed it.
    Intermediate,
    /// The one that signed that.
    Root,
}

/// What is wrong with a certificate, whatever the gateway was given.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Problem {
    /// Its dates are over.
    Expired,
    /// Its dates have not begun.
    NotYetValid,
    /// The chain lacks the intermediate.
    IntermediateMissing,
    /// The chain lacks the leaf.
    LeafMissing,
    /// The chain is the leaf alone.
    OnlyLeaf,
    /// The chain is in the wrong order.
    LeafNotTopmost,
    /// The intermediate is of no well-known authority.
    IntermediateUnknown,
    /// The intermediate is signed by none of the roots given.
    IntermediateForeign,
    /// Revoked or out of date, as v1 says it.
    MarkedInvalid,
    /// Any other error of OpenSSL.
    Unverifiable,
}

/// One answer of a back end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// The `Host` it is for; any if left out.
    pub host: Option<String>,
    /// The path it is for, or the beginning of it with `*` at the end; any if left out.
    pub path: Option<String>,
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// How long it takes, in seconds.
    pub delay: f64,
    /// Closes the connection instead.
    pub closes: bool,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            host: None,
            path: None,
            status: 200,
            body: String::new(),
            delay: 0.0,
            closes: false,
        }
    }
}
