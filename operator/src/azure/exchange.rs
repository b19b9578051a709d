//! One question to Azure and how it ended: what a bundle is made of, and all that answers are read from.
use super::{redact, text};
use appgw_runbook::facts::Gap;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// A question and its end, without secrets: every way to make one goes through `redact`.
///
/// Polls and pages are not in it; `body` is what the last of them gave. Live answers and replayed
/// ones are both read from here, by one function, so that they cannot differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exchange {
    method: String,
    path: String,
    #[serde(skip_serializing_if = "is_first")]
    look: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Arc<Value>>,
    /// What other kinds of question bring along (`sni`, `chain`), kept as it is.
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
const fn is_first(look: &u32) -> bool {
    *look <= 1
}

/// The parts of an exchange before they are cleaned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) look: u32,
    pub(crate) request: Option<Value>,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) addresses: Option<Vec<String>>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Value>,
    pub(crate) more: Map<String, Value>,
}

impl Raw {
    /// The one door: what comes out has no secrets, no body that is `null`, and sorted keys.
    pub(crate) fn clean(mut self) -> Exchange {
        for body in self.request.iter_mut().chain(self.body.iter_mut()) {
            redact::body(body);
            body.sort_all_objects();
        }
        let mut more = Value::Object(self.more);
        redact::body(&mut more);
        more.sort_all_objects();
        let clean = |text: &str| redact::scrub(text).unwrap_or_else(|| text.to_owned());
        Exchange {
            method: self.method.to_ascii_uppercase(),
            path: clean(&self.path),
            look: self.look.max(1),
            request: self.request.filter(|body| !body.is_null()),
            status: self.status,
            // Folded first: a secret may be broken over two lines.
            error: self.error.map(|error| {
                let folded = text::line(&error, usize::MAX);
                text::line(&clean(&folded), LONGEST_ERROR)
            }),
            addresses: self.addresses,
            headers: self
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), clean(&value)))
                .filter(|(name, _)| redact::keeps_header(name))
                .collect(),
            body: self.body.filter(|body| !body.is_null()).map(Arc::new),
            more: match more {
                Value::Object(more) => more,
                _ => Map::new(),
            },
        }
    }
}

/// A word in front, and a text of at most [`text::MOST`].
const LONGEST_ERROR: usize = text::MOST + 20;

impl Exchange {
    /// `GET`, `POST`, `DNS` or `TLS`.
    pub fn method(&self) -> &str {
        &self.method
    }
    /// A service of Azure was asked, and not this machine's network.
    pub(crate) fn is_azure(&self) -> bool {
        !["DNS", "TLS"].contains(&self.method.as_str())
    }
    /// Path and query of the question; for a name or a handshake the host.
    pub fn path(&self) -> &str {
        &self.path
    }
    /// Body of the request; none for a GET, and where a bundle leaves it out.
    pub fn request(&self) -> Option<&Value> {
        self.request.as_ref()
    }
    /// Which look at back-end health it belongs to, from 1.
    pub fn look(&self) -> u32 {
        self.look
    }
    /// Status of the last answer; none where there was no answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }
    /// Body of the last answer: JSON, or a string where it was none.
    pub fn body(&self) -> Option<&Value> {
        self.body.as_deref()
    }
    /// The same, to be kept.
    pub(crate) fn shared_body(&self) -> Option<Arc<Value>> {
        self.body.clone()
    }
    /// What a name was resolved to.
    pub fn addresses(&self) -> Option<&[String]> {
        self.addresses.as_deref()
    }
    /// Why there was no answer.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.error.as_deref().map(Failure::from_word)
    }
    /// What only some kinds of question have, by its name.
    pub(crate) fn more(&self, name: &str) -> Option<&Value> {
        self.more.get(name)
    }
    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
    /// The same as part of a later look.
    pub(crate) fn at_look(mut self, look: u32) -> Self {
        self.look = look.max(1);
        self
    }
}

/// Why a question has no answer at all. In a bundle: `"error": "<this, in words>"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing within the deadline.
    Timeout,
    /// No such name.
    NotFound,
    /// Name, connection or TLS; the chain of causes.
    Unreachable(String),
    /// No token to be had; the chain of causes.
    Credential(String),
    /// Not even asked: Azure wants this subscription left alone for so many seconds.
    Throttled(Option<u64>),
    /// Answered, but not in a way that can be used.
    Unreadable(String),
}

impl Failure {
    /// Back from the words of a bundle. Words nobody knows are unreadable, and said.
    fn from_word(word: &str) -> Self {
        let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
        let rest = rest.trim();
        match (kind.trim().to_ascii_lowercase().as_str(), rest) {
            ("timeout" | "timed out" | "time-out", "") => Self::Timeout,
            ("not found", "") => Self::NotFound,
            ("unreachable", why) => Self::Unreachable(why.to_owned()),
            ("credential", why) => Self::Credential(why.to_owned()),
            ("throttled", seconds) => Self::Throttled(seconds.parse().ok()),
            ("unreadable", why) => Self::Unreadable(why.to_owned()),
            _ => Self::Unreadable(word.trim().to_owned()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("timeout"),
            Self::NotFound => f.write_str("not found"),
            Self::Unreachable(why) => write!(f, "unreachable: {why}"),
            Self::Credential(why) => write!(f, "credential: {why}"),
            Self::Throttled(None) => f.write_str("throttled"),
            Self::Throttled(Some(seconds)) => write!(f, "throttled: {seconds}"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
        }
    }
}

impl From<Failure> for Gap {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::TimedOut,
            Failure::NotFound => Self::NotFound,
            Failure::Unreachable(why) => Self::Unreachable { why },
            Failure::Credential(why) => Self::Credential { why },
            Failure::Throttled(retry_after) => Self::Throttled { retry_after },
            Failure::Unreadable(why) => Self::Unreadable { why },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_failure_comes_back_from_its_words() {
        for failure in [
            Failure::Timeout,
            Failure::NotFound,
            Failure::Unreachable("dns: no such host: x".to_owned()),
            Failure::Credential("AADSTS7000215: no".to_owned()),
            Failure::Throttled(None),
            Failure::Throttled(Some(37)),
            Failure::Unreadable("timeout".to_owned()),
        ] {
            assert_eq!(Failure::from_word(&failure.to_string()), failure);
        }
        let odd = Failure::from_word("certificate expired");
        assert_eq!(odd, Failure::Unreadable("certificate expired".to_owned()));
    }

    #[test]
    fn the_door_cleans_every_part() {
        let exchange = Raw {
            method: "get".to_owned(),
            path: "/x?sig=CANARY".to_owned(),
            status: Some(200),
            request: Some(json!({"clientSecret": "CANARY"})),
            error: Some("line\nbreak sig=CANARY".to_owned()),
            headers: BTreeMap::from([
                ("Authorization".to_owned(), "Bearer CANARY".to_owned()),
                ("Location".to_owned(), "https://x?s=CANARY".to_owned()),
                ("ETag".to_owned(), "W/\"1\"".to_owned()),
            ]),
            body: Some(json!({"password": "CANARY", "a": 1})),
            more: Map::from_iter([("password".to_owned(), json!("CANARY"))]),
            ..Raw::default()
        }
        .clean();
        let text = serde_json::to_string(&exchange).unwrap();
        assert!(!text.contains("CANARY"), "{text}");
        assert_eq!(exchange.method(), "GET");
        assert_eq!(exchange.header("etag"), Some("W/\"1\""));
        assert!(text.contains("\"a\":1") && !text.contains("\\n"), "{text}");
    }
}
