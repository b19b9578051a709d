//! What was said and heard so far, and how a step asks for more.
pub mod access_log;
pub mod diagnostics;
pub mod failures;
pub mod gateway;
pub mod handshake;
pub mod health;
pub mod inputs;
pub(crate) mod json;
pub mod metrics;
pub mod network;
mod owner;
pub mod probe;
pub mod probe_log;
pub mod routing;
pub mod site;

use crate::{id::ArmId, plan::Change, report::Finding, view::Pairs};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, OnceLock},
};

/// A question about the world. Closed and read-only: no variant changes anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Query {
    /// `GET` one resource, whole; answered by its document.
    Document(ArmId),
    /// `POST …/backendhealth` and wait for its end; answered by the health document.
    BackendHealth(ArmId),
    /// Look a host name up from where the operator runs, two seconds at most; answered by
    /// `{"addresses": ["10.2.0.4", …]}`.
    Resolve(String),
    /// Greet a back end by TLS from where the operator runs, and nothing more; answered by what it showed, see
    /// [`handshake::Shown`].
    Handshake {
        /// Address or name of the back end.
        host: String,
        /// Its port.
        port: u16,
        /// The server name that is sent, as the gateway sends it.
        name: Option<String>,
        /// The certificates that its settings trust, as the gateway's document has them.
        roots: Vec<String>,
        /// The authority of `spec.hints.privateCa`, as PEM.
        told: Option<String>,
    },
    /// `GET …/metrics` in grains of one minute, averages and totals; answered by the body. Which names there
    /// are depends on the platform, and one wrong name fails the whole call.
    Metrics {
        /// The gateway.
        of: ArmId,
        /// Names, separated by commas.
        names: &'static str,
        /// From when to when.
        span: Span,
    },
    /// The access log's failures, summed up by the query of [`access_log::kql`]; answered by the body
    /// (`tables`, and beside it `error` where a part failed).
    AccessLog {
        /// `customerId` of the workspace.
        workspace: String,
        /// Whose log.
        gateway: ArmId,
        /// In which table.
        table: LogTable,
        /// From when to when.
        span: Span,
    },
    /// `GET …/eventtypes/management/values` of one resource; answered by the list.
    ActivityLog {
        /// The resource.
        of: ArmId,
        /// From when to when.
        span: Span,
    },
    /// `POST …/getBackendHealthOnDemand` and wait for its end: one probe of a pool by a candidate, which
    /// changes nothing; answered by the body (azure-facts §1.4).
    Rehearsal {
        /// The gateway.
        of: ArmId,
        /// The request's body, as JSON.
        body: String,
    },
    /// `GET` where Azure tells how a change goes, word for word as it was handed out; answered by its
    /// status document, also where the service answers with a bare status code.
    Operation(String),
}

/// From one whole minute to another: two visits in the same minute ask the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// From when.
    pub from: Timestamp,
    /// Until when, not included.
    pub to: Timestamp,
}

/// Where an access log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogTable {
    /// `AGWAccessLogs`.
    Dedicated,
    /// `AzureDiagnostics`.
    Legacy,
}

/// Why there is no answer. A gap is itself evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// The identity may not (403); `action` as Azure names it, else as documented for the question.
    Denied {
        /// Such as `Microsoft.Network/virtualNetworks/read`.
        action: String,
    },
    /// No such resource, resource group, subscription or name.
    NotFound,
    /// No answer within the deadline, or an operation that did not end in time.
    TimedOut,
    /// Answered, in a shape nobody here knows, or refused with an error that fits no other kind.
    Unreadable {
        /// What it was, in a few words fit for a status.
        why: String,
    },
    /// Told to come back later (429), and later is not within this visit.
    Throttled {
        /// Seconds Azure asked to wait, if it said so.
        retry_after: Option<u64>,
    },
    /// Azure could not be reached: name, connection, TLS.
    Unreachable {
        /// The chain of causes, in one line.
        why: String,
    },
    /// The credential was refused, or none could be had.
    Credential {
        /// The chain of causes, in one line, without secrets.
        why: String,
    },
    /// A lock forbids even looking (back-end health is a POST).
    Locked,
    /// Replayed from a bundle that has no exchange for the question.
    NotInBundle,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { action } => write!(f, "not permitted: {action}"),
            Self::NotFound => f.write_str("not found"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Unreadable { why } => write!(f, "unreadable: {why}"),
            Self::Throttled { .. } => f.write_str("throttled by Azure"),
            Self::Unreachable { why } => write!(f, "Azure unreachable: {why}"),
            Self::Credential { why } => write!(f, "credential refused: {why}"),
            Self::Locked => f.write_str("a ReadOnly lock forbids the call"),
            Self::NotInBundle => f.write_str("not in this bundle"),
        }
    }
}

/// What Azure said, word for word, or why it did not.
pub type Answer = Result<Value, Gap>;
/// The same, shared with whoever else keeps it: health of the largest gateway is a hundred megabytes.
pub type Heard = Result<Arc<Value>, Gap>;

/// What stands between a row and its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Nobody asked yet; all of these can be asked at once.
    Ask(BTreeSet<Query>),
    /// Asked, and there is no answer.
    Gap(Query, Gap),
    /// The documents leave it open; says what and why, in a few words.
    Unclear(String),
    /// The documents leave it open, and what they do say is a finding of its own: a hint.
    Hint(Box<Finding>),
    /// Only a person knows; names the field of `spec` that would say.
    Tell(&'static str),
    /// Azure is still at work; looking again later will tell. Says what is waited for.
    Wait(String),
}

impl Blocked {
    /// One question.
    pub fn ask(query: Query) -> Self {
        Self::Ask(BTreeSet::from([query]))
    }

    /// Of two obstacles the one to report: a question first (it may clear the other), a gap before
    /// what only a person or time can settle. Questions add up, so that they leave together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ask(mut a), Self::Ask(b)) => {
                a.extend(b);
                Self::Ask(a)
            }
            (a, b) if a.rank() <= b.rank() => a,
            (_, b) => b,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Ask(_) => 0,
            Self::Gap(..) => 1,
            Self::Unclear(_) | Self::Hint(_) => 2,
            Self::Tell(_) => 3,
            Self::Wait(_) => 4,
        }
    }
}

/// All of several parts, or everything that stands in the way: questions of all parts leave at once.
pub fn gather<T>(parts: impl IntoIterator<Item = Result<T, Blocked>>) -> Result<Vec<T>, Blocked> {
    let mut all = Vec::new();
    let mut blocked: Option<Blocked> = None;
    for part in parts {
        match part {
            Ok(value) => all.push(value),
            Err(more) => {
                blocked = Some(match blocked {
                    None => more,
                    Some(seen) => seen.and(more),
                });
            }
        }
    }
    blocked.map_or(Ok(all), Err)
}

/// What the person said in `spec`, as far as the runbook obeys it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The gateway under diagnosis.
    pub gateway: ArmId,
    /// `spec.request`: what clients asked for when they saw 502 (rows 3.1, 3.2).
    pub request: Request,
    /// `spec.window`: how far to look back.
    pub window: SignedDuration,
    /// `spec.onset.at`: when the 502s began; the window lies around it.
    pub onset: Option<Timestamp>,
    /// `spec.onset.afterPlatformUpgrade`: they began after an upgrade of the platform (row map.6).
    pub after_platform_upgrade: Option<bool>,
    /// `spec.hints.healthPath`: a path on which the application answers a health check (row 2c.1).
    pub health_path: Option<String>,
    /// `spec.hints.slowToStart`: the application is known to start slowly (row 2c-1.2).
    pub slow_to_start: Option<bool>,
    /// `spec.hints.privateCa`: an authority of one's own signs the back ends (row 2d.4).
    pub private_ca: bool,
    /// The same as PEM, where it could be read.
    pub private_ca_pem: Option<String>,
    /// `spec.hints.webApp`: the App Service behind the gateway (step 5).
    pub web_app: Option<ArmId>,
    /// `spec.hints.apiManagementHost`: the API Management behind the gateway (row map.3).
    pub api_management_host: Option<String>,
    /// `spec.hints.managedBy`: who keeps the gateway's configuration.
    pub managed_by: Option<Owner>,
    /// `spec.hints.stoppedOnPurpose`: somebody switched the gateway off and wants it so (row 1a.2).
    pub stopped_on_purpose: Option<bool>,
    /// `spec.inputs`: values for the resolutions.
    pub inputs: inputs::Inputs,
    /// `spec.overrides`: cautions set aside.
    pub overrides: inputs::Overrides,
    /// `spec.mode` is `Review`: a candidate probe may be tried from the gateway before it is offered.
    pub rehearse: bool,
}

/// What clients asked for; each part is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// HTTPS, or plain HTTP.
    pub https: Option<bool>,
    /// Host name.
    pub host: Option<String>,
    /// Path, with its leading slash.
    pub path: Option<String>,
    /// Port of the gateway.
    pub port: Option<u16>,
}

impl Request {
    /// Anything is said.
    pub fn is_given(&self) -> bool {
        *self != Self::default()
    }
}

/// Who keeps a gateway's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Owner {
    Nobody,
    Agic,
    Terraform,
    Bicep,
    Aso,
}

impl Owner {
    /// As in `status.gateway.owner`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "Nobody",
            Self::Agic => "AGIC",
            Self::Terraform => "Terraform",
            Self::Bicep => "Bicep",
            Self::Aso => "ASO",
        }
    }
}

impl Said {
    /// The gateway, and nothing else: the article's own window of one hour.
    pub fn about(gateway: ArmId) -> Self {
        Self {
            gateway,
            request: Request::default(),
            window: SignedDuration::from_hours(1),
            onset: None,
            after_platform_upgrade: None,
            health_path: None,
            slow_to_start: None,
            private_ca: false,
            private_ca_pem: None,
            web_app: None,
            api_management_host: None,
            managed_by: None,
            stopped_on_purpose: None,
            inputs: inputs::Inputs::default(),
            overrides: inputs::Overrides::new(),
            rehearse: false,
        }
    }
}

/// What one visit knows: what was said, when, and every answer so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    said: Said,
    taken_at: Timestamp,
    heard: BTreeMap<Query, Heard>,
    pub(crate) pairs: Kept<Option<Pairs>>,
}

/// Something read off the answers once and not for every thought. It is no fact of its own: a copy reads anew.
pub(crate) struct Kept<T>(OnceLock<T>);

impl<T> Kept<T> {
    pub(crate) fn get(&self, read: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(read)
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Facts {
    /// Nothing heard yet. `taken_at` is the only clock the runbook knows.
    pub fn about(said: Said, taken_at: Timestamp) -> Self {
        Self {
            said,
            taken_at,
            heard: BTreeMap::new(),
            pairs: Kept::default(),
        }
    }
    /// Write down an answer. The first one stands: nothing is asked twice within a look.
    pub fn learn(&mut self, query: Query, answer: Answer) {
        self.hear(query, answer.map(Arc::new));
    }
    /// The same for an answer that is kept elsewhere as well.
    pub fn hear(&mut self, query: Query, answer: Heard) {
        self.heard.entry(query).or_insert(answer);
    }
    /// The same facts, had the documents been changed by these: for trying a change before it is offered.
    /// A document that is not known stays so.
    #[must_use]
    pub fn supposing(&self, changes: &[Change]) -> Self {
        let mut facts = self.clone();
        for change in changes {
            let (id, edits) = change.within();
            let query = Query::Document(id);
            if let Some(Ok(known)) = facts.heard.get(&query) {
                let mut document = Value::clone(known);
                for (at, after) in edits {
                    let _ = at.set(&mut document, &after);
                }
                facts.heard.insert(query, Ok(Arc::new(document)));
            }
        }
        facts
    }
    /// What the person said.
    pub fn said(&self) -> &Said {
        &self.said
    }
    /// When these facts were taken.
    pub fn taken_at(&self) -> Timestamp {
        self.taken_at
    }
    /// The time in question: the window back from now, or around the onset. In whole minutes.
    pub fn span(&self) -> Span {
        const MINUTE: i64 = 60;
        let minute = |at: Timestamp| {
            let second = at.as_second().div_euclid(MINUTE) * MINUTE;
            Timestamp::from_second(second).unwrap_or(at)
        };
        let (now, window) = (self.taken_at, self.said.window);
        let to = match self.said.onset {
            Some(onset) => onset.saturating_add(window / 2).unwrap_or(now).min(now),
            None => now,
        };
        let from = to.saturating_sub(window).unwrap_or(Timestamp::MIN);
        Span {
            from: minute(from),
            to: minute(to),
        }
    }
    /// Every question that has an answer, and the answer.
    pub fn heard(&self) -> impl Iterator<Item = (&Query, &Heard)> {
        self.heard.iter()
    }
    /// The answer to `query`, or what stands in its way.
    pub fn ask(&self, query: Query) -> Result<&Value, Blocked> {
        match self.heard.get(&query) {
            None => Err(Blocked::ask(query)),
            Some(Ok(body)) => Ok(body),
            Some(Err(gap)) => Err(Blocked::Gap(query, gap.clone())),
        }
    }
    /// Any resource, whole.
    pub fn document(&self, id: &ArmId) -> Result<&Value, Blocked> {
        self.ask(Query::Document(id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str) -> Query {
        Query::Document(ArmId::new(id))
    }

    #[test]
    fn questions_of_several_parts_leave_together() {
        let parts: [Result<(), Blocked>; 3] = [
            Err(Blocked::ask(document("/a"))),
            Err(Blocked::Tell("spec.x")),
            Err(Blocked::ask(document("/b"))),
        ];
        let both = BTreeSet::from([document("/a"), document("/b")]);
        assert_eq!(gather(parts), Err(Blocked::Ask(both)));
    }

    #[test]
    fn the_window_lies_behind_now_or_around_the_onset_in_whole_minutes() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let span = |onset: Option<&str>| {
            let mut said = Said::about(ArmId::new("/g"));
            said.onset = onset.map(at);
            Facts::about(said, at("2026-11-26T12:34:56Z")).span()
        };
        let expect = |from: &str, to: &str| Span {
            from: at(from),
            to: at(to),
        };
        let back = expect("2026-11-26T11:34:00Z", "2026-11-26T12:34:00Z");
        assert_eq!(span(None), back);
        let around = expect("2026-11-26T08:30:00Z", "2026-11-26T09:30:00Z");
        assert_eq!(span(Some("2026-11-26T09:00:30Z")), around);
        assert_eq!(span(Some("2026-11-26T12:30:00Z")), back, "not beyond now");
    }

    #[test]
    fn the_first_answer_within_a_look_stands() {
        let said = Said::about(ArmId::new("/g"));
        let mut facts = Facts::about(said, Timestamp::UNIX_EPOCH);
        facts.learn(document("/G"), Ok(Value::Bool(true)));
        facts.learn(document("/g"), Err(Gap::NotFound));
        assert_eq!(facts.document(&ArmId::new("/g")), Ok(&Value::Bool(true)));
    }
}
