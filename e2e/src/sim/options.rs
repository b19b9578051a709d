//! The switches of the simulated Azure. All but `listen` and `log_file` may be changed while it runs.

mod principal;
mod writes;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

pub use self::{
    principal::Principal,
    writes::{Concurrent, IfMatch, Leaves, Members, StartAnswer, WriteEnding, Writes},
};
use super::{budget::ReadBudget, faults::Rule};

/// How the simulated Azure behaves; the default is the service as it was recorded.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which loopback address to listen on; port 0 takes a free one. Read once, at the start.
    pub listen: SocketAddr,
    /// A file that gets one line of JSON for each request once it is over. Read once, at the start.
    pub log_file: Option<PathBuf>,
    /// Who may ask for tokens: one that reads, and one that may write what the operator is given to write.
    pub principals: Vec<Principal>,
    /// The federated assertion that is taken; `None` takes any that is not empty.
    pub assertion: Option<String>,
    /// How long a token is good (whole seconds, not scaled).
    pub token_lifetime: Duration,
    /// How many elements a page of a collection has.
    pub page_size: usize,
    /// Factor on every wait that the service asks for and on how long operations take.
    pub time_scale: f64,
    /// Waited before each answer, tokens included (not scaled).
    pub rtt: Duration,
    /// Enforced allowance of reads for a subscription and caller; `None` only counts them.
    pub read_budget: Option<ReadBudget>,
    /// The newest api-version this cloud knows, as in a sovereign cloud that lags behind.
    pub newest_api_version: Option<String>,
    /// The long-running operation behind `backendhealth`.
    pub health: Health,
    /// What changes things, and the long-running operations behind it.
    pub writes: Writes,
    /// The faults in force from the start.
    pub faults: Vec<Rule>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            log_file: None,
            principals: vec![Principal::default(), Principal::writer()],
            assertion: None,
            token_lifetime: Duration::from_secs(86_399),
            page_size: 100,
            time_scale: 1.0,
            rtt: Duration::ZERO,
            read_budget: None,
            newest_api_version: None,
            health: Health::default(),
            writes: Writes::default(),
            faults: Vec::new(),
        }
    }
}

impl Options {
    /// A wait of the service as it really is here, by `time_scale`.
    pub(super) fn scaled(&self, wait: Duration) -> Duration {
        Duration::try_from_secs_f64(wait.as_secs_f64() * self.time_scale).unwrap_or(wait)
    }
}

/// The long-running operation behind `POST …/backendhealth`.
#[derive(Clone, Debug)]
pub struct Health {
    /// What the first answer looks like.
    pub first: FirstAnswer,
    /// How long it takes until the document is there (scaled by `time_scale`).
    pub takes: Duration,
    /// The waits asked for, one an answer, the last one repeated (scaled by `time_scale`).
    pub retry_after: Vec<Duration>,
    /// How it ends.
    pub ending: Ending,
    /// The statuses with which the first polls of each operation are answered instead.
    pub poll_errors: Vec<u16>,
    /// The origin put into operation URLs instead of the simulator's own.
    pub other_origin: Option<String>,
    /// The api-version put into operation URLs instead of the one asked with.
    pub other_api_version: Option<String>,
    /// Operation URLs of more than 4 KB, as the service has them since 2024.
    pub long_urls: bool,
    /// What a stopped gateway answers.
    pub stopped: StoppedHealth,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            first: FirstAnswer::Location,
            takes: Duration::from_secs(10),
            retry_after: vec![Duration::from_secs(10)],
            ending: Ending::Document,
            poll_errors: Vec::new(),
            other_origin: None,
            other_api_version: None,
            long_urls: false,
            stopped: StoppedHealth::NoPools,
        }
    }
}

impl Health {
    /// The waits as they were once recorded to grow: 10, 20, 20, 40, 40, 80 and then always 160 s.
    pub fn growing_waits() -> Vec<Duration> {
        [10, 20, 20, 40, 40, 80, 160]
            .map(Duration::from_secs)
            .to_vec()
    }
}

/// What the first answer of `POST …/backendhealth` looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstAnswer {
    /// 202, `null` and `Location` only: as recorded.
    Location,
    /// 200 and the document.
    AtOnce,
    /// 202 and `Azure-AsyncOperation` only: the document cannot be had.
    AsyncOperation,
    /// 202 and both headers.
    Both,
    /// 202 and neither header: nothing to poll.
    Neither,
}

/// How the operation behind `POST …/backendhealth` ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With the health document of the world as it is then.
    Document,
    /// With HTTP 200 and `status: Failed`.
    Failed {
        /// `error.code`.
        code: String,
        /// `error.message`; the service is known to leave it empty.
        message: String,
    },
    /// With HTTP 200 and `status: Canceled`, superseded by another operation.
    Canceled,
    /// Never.
    Never,
}

/// What `POST …/backendhealth` gives for a stopped gateway. Nothing recorded says which is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedHealth {
    /// The usual operation; its document has no pools.
    NoPools,
    /// 409 `OperationNotAllowed` at once.
    Refused,
}
