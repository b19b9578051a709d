//! Faults put into the way of requests, in code or from YAML.

mod effect;

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::{log, request::Request};

/// One fault and the requests that it meets.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Which requests.
    #[serde(default, rename = "match")]
    pub matching: Matching,
    /// What happens to them.
    #[serde(rename = "do")]
    pub fault: Fault,
}

/// Which requests a fault meets; all, if nothing is said.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Matching {
    /// Only this method.
    pub method: Option<String>,
    /// Only where path and query contain this, without regard to case.
    pub path: Option<String>,
    /// Only requests that could change anything.
    pub writes: bool,
    /// From the n-th such request on, counted from 1.
    pub nth: u64,
    /// For so many of them; all, if nothing is said.
    pub count: Option<u64>,
}

impl Default for Matching {
    fn default() -> Self {
        Self {
            method: None,
            path: None,
            writes: false,
            nth: 1,
            count: None,
        }
    }
}

/// What happens to a request.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Fault {
    /// The answer comes this much later (not scaled); other faults still apply.
    Latency {
        /// Milliseconds.
        ms: u64,
    },
    /// An error instead of the answer.
    Status(Status),
    /// The connection is reset; nothing was done and nothing is answered.
    Reset,
    /// The service does what it is asked; the connection is reset and nothing is answered.
    LostAnswer,
    /// The service does what it is asked, and answers with this error all the same.
    AcceptedThen(Status),
    /// The answer says its right length and is reset half-way.
    CutBody,
    /// The answer's `Content-Length` is off.
    WrongLength {
        /// By so many bytes: more promises what never comes, less cuts the body off.
        by: i64,
    },
    /// 200 and something that begins like JSON and is not.
    Garbage,
    /// A page of HTML instead of the answer.
    Html {
        /// Its status.
        status: u16,
    },
    /// The answer is followed by white space, still valid JSON.
    Huge {
        /// Up to so many bytes.
        bytes: u64,
    },
    /// Never answered; the connection stays open.
    Silence,
    /// 307 to somewhere else.
    Redirect {
        /// The `Location`.
        to: String,
    },
    /// A collection whose `nextLink` is the request itself.
    NextLinkLoop,
    /// A collection whose `nextLink` is this.
    NextLink {
        /// The URL.
        to: String,
    },
    /// The answer comes chunked and in small pieces.
    Slow {
        /// Bytes a piece.
        piece: usize,
        /// Milliseconds before each (not scaled).
        every_ms: u64,
    },
}

/// An error instead of an answer.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Status {
    /// The status.
    pub status: u16,
    /// `error.code`; the usual one of the status, if nothing is said.
    pub code: Option<String>,
    /// `error.message`.
    pub message: Option<String>,
    /// `error.details[0].code`.
    pub detail: Option<String>,
    /// The whole body instead, sent as JSON; empty for none.
    pub body: Option<String>,
    /// `Retry-After` in seconds (not scaled); left out, if nothing is said.
    pub retry_after: Option<u64>,
    /// `Retry-After` as the HTTP date so many seconds from now.
    pub as_date: bool,
}

impl Fault {
    /// An error of this status with its usual code and no `Retry-After`.
    pub fn status(status: u16) -> Self {
        Self::Status(Status {
            status,
            ..Status::default()
        })
    }

    /// 429 `TooManyRequests` that asks to wait so many seconds.
    pub fn throttled(seconds: u64) -> Self {
        Self::Status(Status {
            status: 429,
            retry_after: Some(seconds),
            ..Status::default()
        })
    }

    /// 429 as the network provider uses it for a lock, as recorded.
    pub fn busy() -> Self {
        Self::Status(Status {
            status: 429,
            code: Some("RetryableError".to_owned()),
            message: Some("A retryable error occurred.".to_owned()),
            detail: Some("RetryableErrorDueToAnotherOperation".to_owned()),
            ..Status::default()
        })
    }

    /// This fault for the next so many requests that could change anything.
    pub fn on_writes(self, count: u64) -> Rule {
        Rule {
            matching: Matching {
                writes: true,
                count: Some(count),
                ..Matching::default()
            },
            fault: self,
        }
    }

    /// This fault for every request whose path and query contain `path`.
    pub fn on(self, path: &str) -> Rule {
        Rule {
            matching: Matching {
                path: Some(path.to_owned()),
                ..Matching::default()
            },
            fault: self,
        }
    }
}

impl Rule {
    /// The same for one method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.matching.method = Some(method.to_owned());
        self
    }

    /// The same from the n-th matching request on, counted from 1.
    #[must_use]
    pub fn from(mut self, nth: u64) -> Self {
        self.matching.nth = nth;
        self
    }

    /// The same for so many requests.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.matching.count = Some(count);
        self
    }

    /// The rules in a YAML file: a list of `{match: {method, path, writes, nth, count}, do: FAULT}`.
    ///
    /// # Errors
    /// If the file cannot be read or does not hold such a list; the message names the place.
    pub fn load(path: &Path) -> Result<Vec<Self>> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("faults {}", path.display()))?;
        serde_saphyr::from_str(&text)
            .map_err(|error| anyhow!("faults {}: {}", path.display(), error.without_snippet()))
    }
}

/// The rules in force, with how often each has met a request.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Rule, u64)>);

impl Faults {
    pub(super) fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self(rules.into_iter().map(|rule| (rule, 0)).collect())
    }

    pub(super) fn add(&mut self, rule: Rule) {
        self.0.push((rule, 0));
    }

    /// How long to wait, and the first other fault that applies.
    pub(super) fn choose(&mut self, request: &Request) -> (Duration, Option<Fault>) {
        let mut latency = Duration::ZERO;
        let mut chosen = None;
        for (rule, seen) in &mut self.0 {
            if !rule.matching.meets(request, seen) {
                continue;
            }
            match &rule.fault {
                Fault::Latency { ms } => {
                    latency = latency.saturating_add(Duration::from_millis(*ms));
                }
                other => chosen = chosen.or_else(|| Some(other.clone())),
            }
        }
        (latency, chosen)
    }
}

impl Matching {
    /// Counts a request if it is concerned; says whether it is one of those that are meant.
    pub(super) fn meets(&self, request: &Request, seen: &mut u64) -> bool {
        if !self.concerns(request) {
            return false;
        }
        *seen += 1;
        let first = self.nth.max(1);
        let end = self
            .count
            .map_or(u64::MAX, |count| first.saturating_add(count));
        (first..end).contains(seen)
    }

    fn concerns(&self, request: &Request) -> bool {
        let method = self.method.as_ref();
        let path = self.path.as_ref();
        (!self.writes || log::is_write(request.method.as_str(), &request.path))
            && method.is_none_or(|method| request.method.as_str().eq_ignore_ascii_case(method))
            && path.is_none_or(|path| {
                request
                    .path_and_query()
                    .to_ascii_lowercase()
                    .contains(&path.to_ascii_lowercase())
            })
    }
}
