//! The switches of what changes things.

use std::time::Duration;

use super::FirstAnswer;

/// How writes are taken and how their long-running operations go; the default is the service as it was recorded.
///
/// What `Health` says of operation URLs (`other_origin`, `other_api_version`, `long_urls`) holds for these, too.
#[derive(Clone, Debug)]
pub struct Writes {
    /// How long a change of a gateway takes (scaled by `time_scale`).
    pub gateway_takes: Duration,
    /// How long a change of a security rule takes (scaled).
    pub rule_takes: Duration,
    /// How long starting and stopping take (scaled).
    pub power_takes: Duration,
    /// How many polls of an operation say that it goes on, however long it has taken; without polls it never ends then.
    pub polls: usize,
    /// The waits asked for, one an answer, the last one repeated (scaled).
    pub retry_after: Vec<Duration>,
    /// The statuses with which the first polls of each operation are answered instead.
    pub poll_errors: Vec<u16>,
    /// What an operation that goes on says of itself.
    pub running_word: String,
    /// How operations end that no `AzureSim::end_next` speaks of.
    pub ending: WriteEnding,
    /// What a document shows after a change that failed or was cancelled; what is in force is as before.
    pub leaves: Leaves,
    /// Which headers the answer to a PUT has.
    pub headers: FirstAnswer,
    /// The status of the answer to a PUT in the place of 200 or 201.
    pub status: Option<u16>,
    /// How `start` and `stop` answer.
    pub start: StartAnswer,
    /// What becomes of a change of a gateway while another one goes on.
    pub concurrent: Concurrent,
    /// Whether `If-Match` and `If-None-Match` are looked at.
    pub if_match: IfMatch,
    /// What is done with members that the api-version does not have.
    pub members: Members,
}

impl Default for Writes {
    fn default() -> Self {
        Self {
            gateway_takes: Duration::from_secs(30),
            rule_takes: Duration::from_secs(5),
            power_takes: Duration::from_secs(120),
            polls: 0,
            retry_after: vec![Duration::from_secs(10)],
            poll_errors: Vec::new(),
            running_word: "InProgress".to_owned(),
            ending: WriteEnding::Succeeded,
            leaves: Leaves::Goal,
            headers: FirstAnswer::AsyncOperation,
            status: None,
            start: StartAnswer::Accepted,
            concurrent: Concurrent::Superseded,
            if_match: IfMatch::Honoured,
            members: Members::Refused,
        }
    }
}

/// How the operation behind a write ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteEnding {
    /// With the change in force.
    Succeeded,
    /// With an error, and nothing in force.
    Failed {
        /// `error.code`.
        code: String,
        /// `error.message`; the service is known to leave it empty.
        message: String,
    },
    /// Cancelled for no reason of this world, and nothing in force.
    Canceled,
    /// Never, unless `AzureSim::finish_operations` ends it.
    Never,
}

/// What a document shows after a change that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// What was asked for, with `provisioningState: Failed`.
    Goal,
    /// What it was before, with the same state.
    Before,
}

/// How `start` and `stop` answer. The operation always says how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAnswer {
    /// 202 with both headers; the results answer 200 without a body in the end, as recorded.
    Accepted,
    /// 200 with both headers; the results answer 202 for ever, as reported.
    Endless,
}

/// What becomes of a change of a gateway while another one goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrent {
    /// It is taken, and the other one is cancelled.
    Superseded,
    /// 409 `AnotherOperationInProgress`.
    Refused,
    /// 429 `RetryableErrorDueToAnotherOperation`.
    Busy,
}

/// Whether conditional headers are looked at. App Service never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// By gateways and security groups.
    Honoured,
    /// By security groups only.
    IgnoredByGateways,
    /// Nowhere.
    Ignored,
}

/// What is done with members that the api-version of a PUT does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// 400 `InvalidRequestFormat`.
    Refused,
    /// They are dropped without a word.
    Dropped,
}
