//! How back ends behave: what no document of Azure shows.

use serde::Deserialize;

/// What listens at an address and port; the default is an HTTP server that answers everything with 200.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackEnd {
    /// Whether a connection is taken.
    pub listens: Listens,
    /// Plain or over TLS.
    pub protocol: Protocol,
    /// What it shows over TLS.
    pub certificate: Certificate,
    /// The first one that fits a request answers it; with none fitting it is 404, with none at all 200.
    pub answers: Vec<Answer>,
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Certificate {
    /// The names it is good for, `*.` in front allowed; none is good for any.
    pub names: Vec<String>,
    /// The certificate (v2: its root, v1: itself) that the gateway must have been given; none needed if left out.
    pub root: Option<String>,
    /// What else is wrong with it.
    pub problem: Option<Problem>,
}

/// What is wrong with a certificate, whatever the gateway was given.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Problem {
    /// Not within its dates.
    Expired,
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
