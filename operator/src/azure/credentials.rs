//! Tokens: one for all who need it, kept until shortly before it ends, renewed once after a refusal.
use super::{SetupError, args::Login, exchange::Failure, redact, text};
use crate::error::chain;
use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{AccessToken, Secret, TokenCredential},
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport},
    time::OffsetDateTime,
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, Executor, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use http::HeaderValue;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

type Built = Result<Arc<dyn TokenCredential>, Failure>;
type Fetch = Shared<BoxFuture<'static, Result<Token, Failure>>>;

/// A token is not used in its last five minutes, or the second half of a life shorter than ten.
const BEFORE_THE_END: Duration = Duration::from_secs(300);

/// How a token is had, and the one in use.
pub(crate) struct Credentials {
    build: Box<dyn Fn() -> Built + Send + Sync>,
    scope: String,
    /// Ids that may be named in errors: the tenant's and the client's.
    known: Vec<String>,
    deadline: Duration,
    state: Mutex<State>,
}

struct State {
    /// Counts the credentials built: a refusal of an older one's token says nothing about the newest.
    epoch: u64,
    credential: Built,
    token: Option<Token>,
    fetching: Option<WeakShared<BoxFuture<'static, Result<Token, Failure>>>>,
}

/// A header that authorizes, and which credential it is of. Its `Debug` shows neither.
#[derive(Clone)]
pub(crate) struct Token {
    header: HeaderValue,
    epoch: u64,
    good_until: Instant,
}

impl Token {
    /// Marked sensitive, so that no HTTP library prints it.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// How the token service is reached.
#[derive(Clone)]
pub(crate) struct Wire {
    /// `https://login.…`, without tenant.
    pub(crate) authority: String,
    /// Our own client, with our time-outs and roots.
    pub(crate) transport: Transport,
    /// Runs `az`; none: a process.
    pub(crate) executor: Option<Arc<dyn Executor>>,
}

impl Wire {
    fn options(&self) -> ClientOptions {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host.clone_from(&self.authority);
        ClientOptions {
            transport: Some(self.transport.clone()),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 3,
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}

impl Credentials {
    /// Build the credential once now, so that a missing file or setting is known at the start.
    pub(crate) fn new(
        login: Login,
        wire: Wire,
        audience: &str,
        deadline: Duration,
    ) -> Result<Self, SetupError> {
        let known = login.known();
        let build =
            move || credential(&login, &wire).map_err(|error| failed(&error, &login.known()));
        let credential = build();
        if let Err(Failure::Credential(why)) = &credential {
            return Err(SetupError::Credential(why.clone()));
        }
        Ok(Self {
            build: Box::new(build),
            scope: format!("{audience}/.default"),
            known,
            deadline,
            state: Mutex::new(State {
                epoch: 0,
                credential,
                token: None,
                fetching: None,
            }),
        })
    }

    /// A token that is good now. All who need one at once wait for the same answer.
    pub(crate) async fn token(&self) -> Result<Token, Failure> {
        let fetch = {
            let mut state = self.state();
            if let Some(token) = &state.token
                && Instant::now() < token.good_until
            {
                return Ok(token.clone());
            }
            let under_way = state.fetching.as_ref().and_then(WeakShared::upgrade);
            if let Some(fetch) = under_way {
                fetch
            } else {
                let fetch = self.fetch(state.epoch, state.credential.clone()?);
                state.fetching = fetch.downgrade();
                fetch
            }
        };
        let token = fetch.await?;
        let mut state = self.state();
        if state.epoch == token.epoch {
            state.token = Some(token.clone());
        }
        Ok(token)
    }

    /// Azure did not take this token: build the credential anew, unless that was done since.
    pub(crate) fn refused(&self, token: &Token) {
        let mut state = self.state();
        if state.epoch == token.epoch {
            state.epoch += 1;
            state.credential = (self.build)();
            state.token = None;
            state.fetching = None;
        }
    }

    fn fetch(&self, epoch: u64, credential: Arc<dyn TokenCredential>) -> Fetch {
        let (scope, deadline, known) = (self.scope.clone(), self.deadline, self.known.clone());
        async move {
            match timeout(deadline, credential.get_token(&[&scope], None)).await {
                Err(_) => {
                    let why = "no answer from the token service in time".to_owned();
                    Err(Failure::Credential(why))
                }
                Ok(Err(error)) => Err(failed(&error, &known)),
                Ok(Ok(token)) => header(&token, epoch),
            }
        }
        .boxed()
        .shared()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

fn header(token: &AccessToken, epoch: u64) -> Result<Token, Failure> {
    let Ok(mut header) = HeaderValue::from_str(&format!("Bearer {}", token.token.secret())) else {
        let why = "the token service sent a token that cannot be a header";
        return Err(Failure::Credential(why.to_owned()));
    };
    header.set_sensitive(true);
    // From here on by our own clock: the wall clock may be set meanwhile.
    let left = token.expires_on - OffsetDateTime::now_utc();
    let left = Duration::try_from(left).unwrap_or_default();
    let keep = left.saturating_sub(BEFORE_THE_END).max(left / 2);
    Ok(Token {
        header,
        epoch,
        good_until: Instant::now() + keep,
    })
}

/// The whole chain of causes in one line, without secrets and without what differs each time.
fn failed(error: &azure_core::Error, known: &[String]) -> Failure {
    let said = chain(error);
    let said = redact::scrub(&said).unwrap_or(said);
    // Where to read on, in our own documentation's place.
    let said = said
        .split(" To troubleshoot, visit ")
        .next()
        .unwrap_or_default();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Failure::Credential(text::settled(said, &known))
}

fn credential(login: &Login, wire: &Wire) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(match login {
        Login::ClientSecret {
            tenant,
            client,
            secret,
        } => {
            let options = ClientSecretCredentialOptions {
                client_options: wire.options(),
            };
            let secret = Secret::new(secret.reveal().to_owned());
            ClientSecretCredential::new(tenant, client.clone(), secret, Some(options))?
        }
        Login::Workload {
            tenant,
            client,
            file,
        } => WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions {
                client_options: wire.options(),
            },
            tenant_id: Some(tenant.clone()),
            client_id: Some(client.clone()),
            token_file_path: Some(file.clone()),
        }))?,
        Login::Managed { client } => {
            ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id: client.clone().map(UserAssignedId::ClientId),
                client_options: wire.options(),
            }))?
        }
        Login::Cli { tenant } => AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id: tenant.clone(),
            executor: wire.executor.clone(),
            ..Default::default()
        }))?,
    })
}

#[cfg(test)]
mod tests;
