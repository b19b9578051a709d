//! Azure, to look at: questions in, exchanges out.
//!
//! A [`Reader`] has no verb that changes anything. Every answer, live or replayed, becomes an
//! [`Exchange`] without secrets first and is read from there by one function ([`Reader::ask`] and
//! [`Bundle`] share it), so that a replay says what the live run said.
pub(crate) mod answer;
pub mod args;
mod budget;
pub mod bundle;
pub mod cloud;
pub mod contract;
mod credentials;
mod errors;
pub mod exchange;
pub mod guard;
pub mod handshake;
pub mod limits;
mod lro;
pub mod origin;
mod page;
mod read;
mod redact;
mod reply;
pub mod resolve;
mod service;
mod sharing;
mod text;
mod transport;
mod versions;
pub mod writer;

pub use self::{
    args::{AzureArgs, Login, Settings},
    bundle::Bundle,
    exchange::Exchange,
    limits::Limits,
    writer::{Order, Writer},
};
use self::{
    budget::Budgets,
    credentials::{Credentials, Wire},
    exchange::{Failure, Raw},
    handshake::{Connect, Handshakes},
    origin::Origin,
    read::{At, Elsewhere, Read, Verb},
    resolve::Lookup,
    service::Service,
    sharing::Sharing,
};
use appgw_runbook::{
    facts::{Answer, Query},
    id::ArmId,
};
use azure_core::http::Transport;
use azure_identity::Executor;
use serde_json::Value;
use std::{collections::BTreeMap, fmt, sync::Arc};
use tokio::{sync::Semaphore, time::Instant};

/// Why a reader cannot be made. Each text is one line and names what to change.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SetupError {
    /// A flag, or what it points to.
    #[error("{0}")]
    Usage(String),
    /// The credential cannot be built.
    #[error("credential: {0}")]
    Credential(String),
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Client(String),
}

/// Looks at Azure as one identity. Cheap to clone: all clones share questions, tokens and budgets.
#[derive(Clone)]
pub struct Reader {
    azure: Arc<Azure>,
    sharing: Arc<Sharing>,
    not_before: Option<Instant>,
}

struct Azure {
    arm: Service,
    logs: Service,
    lookup: Lookup,
    handshakes: Handshakes,
}

/// What tests put in place of the outside world. The default is the outside world.
#[derive(Clone, Default)]
pub struct Outside {
    /// Carries requests to the token service and the metadata service.
    pub tokens: Option<Transport>,
    /// Runs the Azure CLI.
    pub cli: Option<Arc<dyn Executor>>,
    /// Looks names up.
    pub names: Option<Lookup>,
    /// Connects to the back ends that are greeted.
    pub connect: Option<Connect>,
}

impl Reader {
    /// A reader of the real thing. Builds the credential, but sends nothing yet.
    pub fn new(settings: &Settings, limits: Limits) -> Result<Self, SetupError> {
        Self::with(settings, limits, Outside::default())
    }

    /// The same with parts of the outside world replaced.
    pub fn with(settings: &Settings, limits: Limits, outside: Outside) -> Result<Self, SetupError> {
        let http = transport::client(settings.ca.as_deref(), &limits)?;
        let transport = match (outside.tokens, &settings.login) {
            (Some(transport), _) => transport,
            (None, Login::Managed { .. }) => Transport::new(Arc::new(transport::plain(&limits)?)),
            (None, _) => Transport::new(Arc::new(http.clone())),
        };
        let wire = Wire {
            authority: settings.authority.clone(),
            transport,
            executor: outside.cli,
        };
        let sharing = Sharing::new(&limits);
        let service = |origin: &Origin, audience: &str, limits: Limits| {
            let login = settings.login.clone();
            Ok(Service {
                http: http.clone(),
                origin: origin.clone(),
                credentials: Credentials::new(login, wire.clone(), audience, limits.token)?,
                budgets: Budgets::new(limits.budget, limits.throttle_cap),
                versions: versions::Versions::default(),
                limits,
            })
        };
        let arm = service(&settings.arm, &settings.audience, limits.clone())?;
        let logs = service(&settings.logs, settings.logs.as_str(), limits)?;
        let lookup = outside.names.unwrap_or_else(resolve::system);
        let handshakes = Handshakes {
            guard: settings.guard.clone(),
            connect: outside.connect.unwrap_or_else(handshake::system),
            at_once: Semaphore::new(handshake::AT_ONCE),
        };
        let azure = Azure {
            arm,
            logs,
            lookup,
            handshakes,
        };
        Ok(Self {
            azure: Arc::new(azure),
            sharing: Arc::new(sharing),
            not_before: None,
        })
    }

    /// A view that takes no answer to a question begun before now: for a run-now and for later
    /// looks. Others may still share what this one asks.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            not_before: Some(Instant::now()),
            ..self.clone()
        }
    }

    /// Get one token, so that a credential that does not work is known early.
    pub async fn try_credential(&self) -> Result<(), SetupError> {
        match self.azure.arm.credentials.token().await {
            Ok(_) => Ok(()),
            Err(Failure::Credential(why)) => Err(SetupError::Credential(why)),
            Err(other) => Err(SetupError::Credential(other.to_string())),
        }
    }

    /// Ask, or join those who ask the same. Never fails: not knowing is an answer. The question
    /// begins at the first poll and is dropped with the last future that waits for it.
    pub fn ask(&self, query: &Query) -> impl Future<Output = Arc<Exchange>> + Send + Unpin + use<> {
        let (azure, asked) = (Arc::clone(&self.azure), query.clone());
        self.sharing
            .ask(query, self.not_before, move || async move {
                azure.exchange(&asked).await
            })
    }

    /// A document just as Azure holds it now, secrets and all, for whoever writes it back; `None` where there is
    /// none. It is shared with nobody and kept nowhere.
    pub(crate) async fn raw(&self, id: &ArmId) -> Result<Option<Value>, Failure> {
        let asked = self.azure.arm.ask(Read::Document(id)).await;
        let reply = asked.ended?;
        match (reply.status, reply.body) {
            (200, Some(body)) if body.is_object() => Ok(Some(body)),
            (404, _) => Ok(None),
            (status, _) => Err(Failure::Unreadable(format!("HTTP {status}"))),
        }
    }

    /// The answer alone.
    pub async fn answer(&self, query: &Query) -> Answer {
        answer::read(query, &*self.ask(query).await)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("arm", &self.azure.arm.origin)
            .finish_non_exhaustive()
    }
}

impl Azure {
    /// Ask, and how long the answer was.
    async fn exchange(&self, query: &Query) -> (Exchange, usize) {
        let read = match Read::of(query) {
            Ok(read) => read,
            Err(elsewhere) => return self.elsewhere(elsewhere).await,
        };
        let service = match read.at() {
            At::Arm => &self.arm,
            At::Logs => &self.logs,
        };
        let asked = service.ask(read).await;
        let mut raw = Raw {
            method: method(query).to_owned(),
            path: asked.path,
            request: read.body(),
            ..Raw::default()
        };
        let mut bytes = 0;
        match asked.ended {
            Ok(reply) => {
                let text = |value: &http::HeaderValue| value.to_str().map(str::to_owned).ok();
                let headers = reply.headers.iter();
                raw.status = Some(reply.status);
                raw.headers = headers
                    .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
                    .collect::<BTreeMap<_, _>>();
                raw.body = reply.body;
                bytes = reply.bytes;
            }
            Err(failure) => raw.error = Some(failure.to_string()),
        }
        (raw.clean(), bytes)
    }

    /// What no service of Azure answers, and how long the answer was.
    async fn elsewhere(&self, asked: Elsewhere<'_>) -> (Exchange, usize) {
        let limits = &self.arm.limits;
        match asked {
            Elsewhere::Name(name) => (self.resolve(name).await, name.len()),
            Elsewhere::Door {
                host,
                port,
                name,
                told,
            } => {
                let greet = self
                    .handshakes
                    .exchange(&self.lookup, limits, (host, port), name);
                let mut raw = greet.await;
                if let Some(told) = told {
                    raw.more.insert("told".to_owned(), told.into());
                }
                (raw.clean(), handshake::MOST)
            }
        }
    }

    async fn resolve(&self, name: &str) -> Exchange {
        let within = self.arm.limits.resolve;
        let found = resolve::addresses(&self.lookup, name, within).await;
        let (addresses, error) = match found {
            Ok(addresses) => (Some(addresses), None),
            Err(failure) => (None, Some(failure.to_string())),
        };
        let raw = Raw {
            method: "DNS".to_owned(),
            path: name.to_owned(),
            addresses,
            error,
            ..Raw::default()
        };
        raw.clean()
    }
}

/// How a question is asked.
pub(crate) fn method(query: &Query) -> &'static str {
    match Read::of(query).map(Read::verb) {
        Ok(Verb::Get) => "GET",
        Ok(Verb::PostHealth | Verb::PostProbe | Verb::PostQuery) => "POST",
        Err(Elsewhere::Name(_)) => "DNS",
        Err(Elsewhere::Door { .. }) => "TLS",
    }
}
