//! What all connections share, and the way of a request through it.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use hyper::{Method, Response, body::Incoming};
use uuid::Uuid;

use super::{
    World,
    answer::{Answer, Body, ResetSwitch},
    arm::{self, Call},
    budget::Budgets,
    entra::{self, Tokens},
    errors,
    faults::{Fault, Faults},
    holds::{HoldPoint, Holds},
    log::{Log, Pending},
    logs,
    lro::Operations,
    options::Options,
    origin::Origin,
    request::Request,
    write::Writes,
};

/// What comes of a request.
enum Served {
    Answer(Answer),
    Reset,
    Silence,
}

/// What is there, and what is about to change it.
struct State {
    world: World,
    writes: Writes,
}

/// The state behind all connections.
pub(super) struct Shared {
    pub(super) listener: SocketAddr,
    pub(super) log: Log,
    options: Mutex<Arc<Options>>,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    tokens: Mutex<Tokens>,
    pub(super) holds: Holds,
    operations: Mutex<Operations>,
    budgets: Mutex<Budgets>,
}

impl Shared {
    pub(super) fn new(listener: SocketAddr, log: Log, world: World, options: Options) -> Self {
        Self {
            listener,
            log,
            state: Mutex::new(State {
                world,
                writes: Writes::default(),
            }),
            faults: Mutex::new(Faults::new(options.faults.clone())),
            options: Mutex::new(Arc::new(options)),
            tokens: Mutex::default(),
            holds: Holds::default(),
            operations: Mutex::default(),
            budgets: Mutex::default(),
        }
    }

    pub(super) fn options(&self) -> Arc<Options> {
        lock(&self.options).clone()
    }

    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Options) -> R) -> R {
        change(Arc::make_mut(&mut lock(&self.options)))
    }

    pub(super) fn world<R>(&self, look: impl FnOnce(&mut World) -> R) -> R {
        self.writes(|world, _| look(world))
    }

    /// Looks at the world with the operations that change it, after those have ended whose time has come.
    pub(super) fn writes<R>(&self, look: impl FnOnce(&mut World, &mut Writes) -> R) -> R {
        let mut state = lock(&self.state);
        let State { world, writes } = &mut *state;
        writes.advance(world);
        look(world, writes)
    }

    pub(super) fn faults<R>(&self, change: impl FnOnce(&mut Faults) -> R) -> R {
        change(&mut lock(&self.faults))
    }

    pub(super) fn tokens<R>(&self, change: impl FnOnce(&mut Tokens) -> R) -> R {
        change(&mut lock(&self.tokens))
    }

    pub(super) fn operations<R>(&self, change: impl FnOnce(&mut Operations) -> R) -> R {
        change(&mut lock(&self.operations))
    }

    /// Takes a request from its arrival to its answer; an error resets or ends the connection.
    pub(super) async fn handle(
        self: Arc<Self>,
        connection: u64,
        reset: ResetSwitch,
        request: hyper::Request<Incoming>,
    ) -> io::Result<Response<Body>> {
        let Some(request) = Request::read(request).await else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let caller = self.tokens(|tokens| tokens.caller(&request));
        let pending = self.log.arrived(connection, &request, caller);
        let served = if pending.is_write() {
            // A client that goes away takes nothing back that it has sent.
            let task = tokio::spawn(self.serve(request, pending));
            task.await.map_err(io::Error::other)?
        } else {
            self.serve(request, pending).await
        };
        match served {
            Served::Answer(answer) => Ok(dressed(answer).into_response(reset)),
            Served::Reset => {
                reset.store(true, Ordering::Relaxed);
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Served::Silence => std::future::pending().await,
        }
    }

    async fn serve(self: Arc<Self>, request: Request, mut pending: Pending) -> Served {
        let (latency, fault) = self.faults(|faults| faults.choose(&request));
        let latency = self.options().rtt.saturating_add(latency);
        // Even a sleep of nothing takes a millisecond.
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        if let Some(fault) = &fault {
            pending.faulted(fault.name());
        }
        match fault {
            Some(Fault::Reset) => return Served::Reset,
            Some(Fault::Silence) => return Served::Silence,
            _ => {}
        }
        if !self.holds.pass(HoldPoint::BeforeAcceptance, &request).await {
            return Served::Reset;
        }
        let instead = fault.as_ref().and_then(|fault| fault.instead(&request));
        let answer = instead.unwrap_or_else(|| {
            let origin = Origin::of_request(self.listener, &request);
            let answer = self.answer(&request, &origin);
            if answer.status.is_success() {
                pending.taken();
            }
            fault.iter().fold(answer, |answer, fault| {
                fault.spoil(&request, origin.as_sent(), answer)
            })
        });
        if !self.holds.pass(HoldPoint::AfterAcceptance, &request).await
            || fault == Some(Fault::LostAnswer)
        {
            return Served::Reset;
        }
        pending.answered(answer.status.as_u16());
        Served::Answer(answer)
    }

    fn answer(&self, request: &Request, origin: &Origin) -> Answer {
        let options = self.options();
        let segments = request.segments();
        let version = request.parameter("api-version").unwrap_or_default();
        let tenant = self.world(|world| world.tenant().to_owned());
        if let [first, second] = segments.as_slice()
            && first.eq_ignore_ascii_case("metadata")
            && second.eq_ignore_ascii_case("endpoints")
        {
            return arm::metadata(origin, &tenant, &version);
        }
        let entra = self
            .tokens(|tokens| entra::answer(tokens, request, &segments, &tenant, &options, origin));
        if let Some(answer) = entra {
            return answer;
        }
        let client = match self.tokens(|tokens| tokens.check(request, origin)) {
            Ok(client) => client,
            Err(refusal) => return *refusal,
        };
        // A request that names no subscription draws from the tenant's own bucket.
        let subscription = segments.get(1).map_or("", String::as_str);
        let mut budgets = lock(&self.budgets);
        let left = if request.method == Method::GET {
            match budgets.read(subscription, &client.id, options.read_budget) {
                Ok(left) => ("x-ms-ratelimit-remaining-subscription-reads", left),
                Err(wait) => {
                    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                    return errors::throttled(subscription, &client.object_id, seconds.max(1));
                }
            }
        } else {
            (
                "x-ms-ratelimit-remaining-subscription-writes",
                budgets.write(subscription, &client.id),
            )
        };
        drop(budgets);
        let call = Call {
            shared: self,
            options: &options,
            request,
            origin,
            client: &client,
            version: &version,
        };
        if let Some(answer) = logs::answer(&call, &segments) {
            return answer;
        }
        arm::answer(&call, &segments).with(left.0, left.1.to_string())
    }
}

/// The headers that every answer of the service has.
fn dressed(mut answer: Answer) -> Answer {
    let id = Uuid::new_v4().to_string();
    if !answer.headers.contains_key("x-ms-request-id") {
        answer.set("x-ms-request-id", &id);
    }
    answer.set("x-ms-correlation-request-id", &id);
    answer.set(
        "x-ms-routing-request-id",
        format!(
            "WESTEUROPE:{}:{id}",
            jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ")
        ),
    );
    if !answer.headers.contains_key("cache-control") {
        answer.set("cache-control", "no-cache");
    }
    answer.set("pragma", "no-cache");
    answer.set("expires", "-1");
    answer.set(
        "strict-transport-security",
        "max-age=31536000; includeSubDomains",
    );
    answer.set("x-content-type-options", "nosniff");
    answer
}

/// A panic of one test's closure must not stop the others from looking.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
