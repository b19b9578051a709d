//! The client of one service of Azure: the resource manager, or Log Analytics. It can look and do
//! nothing else: see [`Read`].
use super::{
    budget::{Budgets, Cost},
    credentials::Credentials,
    exchange::Failure,
    limits::Limits,
    lro::{Operation, Step},
    origin::{Address, Origin, spelled},
    page::{page, put_together},
    read::{Read, Verb},
    redact,
    reply::Reply,
    text,
    versions::Versions,
};
use crate::error::chain;
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, CONTENT_LENGTH},
};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

/// A question as it was asked, and its end.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) path: String,
    pub(crate) ended: Result<Reply, Failure>,
}

/// The client. One for an identity and an origin, since a token is good for one.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) http: Client,
    pub(crate) origin: Origin,
    pub(crate) credentials: Credentials,
    pub(crate) budgets: Budgets,
    pub(crate) versions: Versions,
    pub(crate) limits: Limits,
}

/// One question under way.
struct Question<'a> {
    /// Whose budget it is counted in.
    payer: &'a str,
    /// Of a POST.
    body: Option<serde_json::Value>,
    /// Sent along with every request of the question, so that Azure's support can find them.
    request_id: String,
    deadline: Instant,
    /// The last answer, where it was to come back later: what there is to say if later is too late.
    told_to_wait: Mutex<Option<Reply>>,
}

impl Question<'_> {
    fn waiting(&self) -> MutexGuard<'_, Option<Reply>> {
        let waiting = self.told_to_wait.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
    /// Waits come from outside and may be centuries.
    fn has_time_for(&self, wait: Duration) -> bool {
        wait < self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Service {
    /// Ask, with the version of the table; where this cloud does not know it, once more with the
    /// newest it lists.
    pub(crate) async fn ask(&self, read: Read<'_>) -> Asked {
        let kind = read.kind();
        let version = self.versions.choose(&kind);
        let asked = self.ask_with(read, &version).await;
        let refusal = match &asked.ended {
            Ok(reply) if matches!(reply.status, 400 | 404) => reply.refusal(),
            _ => None,
        };
        let older = refusal.and_then(|no| self.versions.fall_back(&kind, &version, &no));
        match older {
            Some(older) => self.ask_with(read, &older).await,
            None => asked,
        }
    }

    async fn ask_with(&self, read: Read<'_>, version: &str) -> Asked {
        let place = read.place();
        let address = match read.obstacle() {
            None => match read {
                Read::Operation(url) => self.origin.follow(url),
                read => self.origin.address(&place, &read.parameters(version)),
            },
            Some(failure) => Err(failure),
        };
        match address {
            Ok(address) => Asked {
                path: address.path(),
                ended: self.run(read, &address).await,
            },
            Err(failure) => Asked {
                path: spelled(&place),
                ended: Err(failure),
            },
        }
    }

    /// The deadline is the question's own: waiting for the budget is not Azure's fault.
    async fn run(&self, read: Read<'_>, address: &Address) -> Result<Reply, Failure> {
        let within = read.within(&self.limits);
        let (payer, verb) = (read.payer(), read.verb());
        let leave = self
            .budgets
            .take(payer, cost(verb), Instant::now() + within);
        leave.await?;
        let question = Question {
            payer,
            body: read.body(),
            request_id: Uuid::new_v4().to_string(),
            deadline: Instant::now() + within,
            told_to_wait: Mutex::new(None),
        };
        let asked = async {
            let first = self.read(&question, verb, address, true).await?;
            match read {
                Read::Document(_) | Read::ActivityLog { .. } => {
                    self.pages(&question, first, address).await
                }
                Read::BackendHealth(_) | Read::Rehearsal { .. } => {
                    self.operation(&question, first).await
                }
                Read::Metrics { .. } | Read::AccessLog { .. } | Read::Operation(_) => Ok(first),
            }
        };
        let ended = timeout_at(question.deadline, asked).await;
        ended.unwrap_or_else(|_| question.waiting().take().ok_or(Failure::Timeout))
    }

    /// One answer, asked for again where that may help: at most so many times after a failure, and
    /// as often as Azure says when to come back, all within the deadline. Reads only.
    async fn read(
        &self,
        question: &Question<'_>,
        verb: Verb,
        address: &Address,
        mut has_leave: bool,
    ) -> Result<Reply, Failure> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.limits.pause)
            .with_max_times(self.limits.tries.saturating_sub(1))
            .with_jitter()
            .build();
        loop {
            if !std::mem::take(&mut has_leave) {
                self.budgets
                    .take(question.payer, cost(verb), question.deadline)
                    .await?;
            }
            let got = self.once(question, verb, address).await;
            let wait = match &got {
                Ok(reply) => match self.patience(question, reply) {
                    Some(wait) => Some(wait),
                    None if is_passing(reply.status) => {
                        let pause = pauses.next();
                        pause.map(|pause| pause.max(reply.retry_after().unwrap_or_default()))
                    }
                    None => None,
                },
                Err(Failure::Timeout | Failure::Unreachable(_)) => pauses.next(),
                Err(_) => None,
            };
            match wait.filter(|wait| question.has_time_for(*wait)) {
                Some(wait) => sleep(wait).await,
                None => return got,
            }
        }
    }

    /// How long to wait where Azure says to come back: throttling, which closes the subscription
    /// or workspace for everybody here, or another operation at work, which does not.
    fn patience(&self, question: &Question<'_>, reply: &Reply) -> Option<Duration> {
        let busy = || reply.refusal().is_some_and(|refusal| refusal.is_busy());
        if reply.status != 429 && !(reply.status == 409 && busy()) {
            question.waiting().take();
            return None;
        }
        let wait = reply.retry_after().unwrap_or(self.limits.poll);
        let wait = wait.max(self.limits.poll_floor);
        *question.waiting() = Some(reply.clone());
        if reply.status == 429 && !busy() {
            self.budgets.close(question.payer, wait);
        }
        Some(wait)
    }

    /// The pages after the first, put together. One that is missing makes the whole no answer: half
    /// a list would read as "there is no more".
    async fn pages(
        &self,
        question: &Question<'_>,
        mut reply: Reply,
        first: &Address,
    ) -> Result<Reply, Failure> {
        let mut seen = vec![first.clone()];
        let mut all = Vec::new();
        let mut bytes = reply.bytes;
        while let Some((mut page, next)) = page(&mut reply) {
            all.append(&mut page);
            let Some(next) = next else {
                break;
            };
            let next = self.origin.follow(&next)?;
            if seen.contains(&next) {
                let why = "the pages of a list lead in a circle";
                return Err(Failure::Unreadable(why.to_owned()));
            }
            if seen.len() >= self.limits.pages {
                let why = format!("a list of more than {} pages", self.limits.pages);
                return Err(Failure::Unreadable(why));
            }
            reply = self.read(question, Verb::Get, &next, false).await?;
            if reply.status != 200 {
                return Ok(reply);
            }
            bytes += reply.bytes;
            if bytes > self.limits.body {
                return Err(self.too_long());
            }
            seen.push(next);
        }
        if seen.len() > 1 || !all.is_empty() {
            put_together(&mut reply, all);
        }
        reply.bytes = bytes;
        Ok(reply)
    }

    async fn operation(&self, question: &Question<'_>, first: Reply) -> Result<Reply, Failure> {
        let (mut step, operation) = Operation::begin(&self.origin, &self.limits, first)?;
        let Some(mut operation) = operation else {
            return match step {
                Step::Done(reply) => Ok(reply),
                Step::Poll(..) => Err(Failure::Timeout),
            };
        };
        loop {
            let (place, wait) = match step {
                Step::Done(reply) => return Ok(reply),
                Step::Poll(place, wait) => (place, wait),
            };
            sleep(wait).await;
            self.budgets
                .take(question.payer, Cost::Read, question.deadline)
                .await?;
            step = match self.once(question, Verb::Get, &place).await {
                Ok(reply) => match self.patience(question, &reply) {
                    Some(wait) if question.has_time_for(wait) => Step::Poll(place, wait),
                    Some(_) => return Ok(reply),
                    None => operation.polled(reply)?,
                },
                Err(failure @ (Failure::Timeout | Failure::Unreachable(_))) => {
                    operation.unanswered(failure)?
                }
                Err(failure) => return Err(failure),
            };
        }
    }

    /// One request and its answer; after a 401 once more with a new token.
    async fn once(
        &self,
        question: &Question<'_>,
        verb: Verb,
        address: &Address,
    ) -> Result<Reply, Failure> {
        let token = self.credentials.token().await?;
        let reply = self.send(question, verb, address, token.header()).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        self.credentials.refused(&token);
        let token = self.credentials.token().await?;
        self.send(question, verb, address, token.header()).await
    }

    /// The only place where a token leaves, and it takes an [`Address`].
    async fn send(
        &self,
        question: &Question<'_>,
        verb: Verb,
        address: &Address,
        bearer: reqwest::header::HeaderValue,
    ) -> Result<Reply, Failure> {
        let url = address.url().clone();
        let request = match verb {
            Verb::Get => self.http.request(Method::GET, url),
            Verb::PostHealth => self
                .http
                .request(Method::POST, url)
                .header(CONTENT_LENGTH, 0),
            Verb::PostProbe | Verb::PostQuery => {
                self.http.request(Method::POST, url).json(&question.body)
            }
        };
        let request = request
            .header(AUTHORIZATION, bearer)
            .header("accept", "application/json")
            .header("x-ms-client-request-id", &question.request_id);
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = self.body(answer).await?;
        tracing::debug!(
            ?verb,
            status,
            request_id = question.request_id,
            "Azure answered"
        );
        Ok(Reply::new(status, headers, &body))
    }

    async fn body(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, Failure> {
        let announced = answer.content_length().unwrap_or_default();
        let most = self.limits.body;
        if announced > u64::try_from(most).unwrap_or(u64::MAX) {
            return Err(self.too_long());
        }
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > most {
                return Err(self.too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn too_long(&self) -> Failure {
        Failure::Unreadable(format!("an answer of more than {} bytes", self.limits.body))
    }
}

const fn cost(verb: Verb) -> Cost {
    match verb {
        Verb::Get | Verb::PostQuery => Cost::Read,
        Verb::PostHealth | Verb::PostProbe => Cost::Nothing,
    }
}

/// Statuses that tell of the service's own trouble, worth another try for a read.
const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 500 | 502 | 503 | 504)
}

fn failed(error: &reqwest::Error) -> Failure {
    if error.is_timeout() && !error.is_connect() {
        return Failure::Timeout;
    }
    // Below reqwest's own words, which name the URL.
    let mut said = std::error::Error::source(error).map_or_else(|| error.to_string(), chain);
    if let Some(clean) = redact::scrub(&said) {
        said = clean;
    }
    Failure::Unreachable(text::settled(&said, &[]))
}
