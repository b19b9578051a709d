//! A simulated Azure: Entra ID, Azure Resource Manager and the network provider over TLS on a loopback port.
//!
//! It shares no code with the operator, so that what it says can be taken as the truth about Azure and about
//! what was asked of it.

mod answer;
mod arm;
mod budget;
mod entra;
mod errors;
mod faults;
mod foreign;
mod handshake;
mod health;
mod holds;
mod kql;
mod log;
mod logs;
mod lro;
mod monitor;
mod options;
mod origin;
mod rehearsal;
mod request;
mod server;
mod shared;
mod tls;
pub mod world;
mod write;

#[cfg(test)]
mod tests;

use std::{io, sync::Arc};

use anyhow::{Context, Result};
use hyper::{Response, body::Incoming};
use serde_json::Value;
use uuid::Uuid;

use self::{
    answer::{Body, ResetSwitch},
    handshake::{Handshakes, Taken},
    log::Log,
    origin::Origin,
    server::{Bound, Handler, Server},
    shared::Shared,
    tls::Authority,
};
pub use self::{
    budget::ReadBudget,
    faults::{Fault, Matching, Rule, Status},
    foreign::{ForeignHost, StrayRequest},
    holds::{Hold, HoldPoint},
    log::LoggedRequest,
    options::{
        Concurrent, Ending, FirstAnswer, Health, IfMatch, Leaves, Members, Options, Principal,
        StartAnswer, StoppedHealth, WriteEnding, Writes,
    },
    world::World,
};

/// A running simulated Azure; dropping it stops it.
pub struct AzureSim {
    shared: Arc<Shared>,
    authority: Authority,
    server: Server,
    handshakes: Handshakes,
}

impl AzureSim {
    /// Starts a simulated Azure around a world, and what listens at its back ends whose address is a loopback one.
    ///
    /// # Errors
    /// If a port cannot be had or the log file cannot be made.
    pub async fn start(mut world: World, options: Options) -> Result<Self> {
        let authority = Authority::create()?;
        let log = Log::new(options.log_file.as_deref())?;
        let bound = Bound::to(options.listen)
            .await
            .with_context(|| format!("listening on {}", options.listen))?;
        let taken = Taken::of(&mut world).await?;
        let shared = Arc::new(Shared::new(bound.address()?, log, world, options));
        let handshakes = taken.serve(&shared)?;
        let server = bound.serve(&authority, Azure(shared.clone()))?;
        Ok(Self {
            shared,
            authority,
            server,
            handshakes,
        })
    }

    /// Scheme, host and port of the resource manager and of the login authority alike, without a slash at the end.
    /// The same port answers on `localhost`.
    pub fn origin(&self) -> String {
        Origin::of_listener(self.shared.listener)
            .as_sent()
            .to_owned()
    }

    /// The id of the only tenant: that of the world.
    pub fn tenant(&self) -> String {
        self.world(|world| world.tenant().to_owned())
    }

    /// The certificate of the authority that clients have to trust, as PEM.
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// The root of the back ends' certificates that everybody trusts, as PEM: what the world's well-known authorities are.
    pub fn public_ca_pem(&self) -> String {
        self.handshakes.public_pem().to_owned()
    }

    /// The root, as PEM, that the certificates of really listening back ends need which the world calls by that text.
    pub fn private_ca_pem(&self, text: &str) -> Option<String> {
        let base64 = self.world(|world| world.root_called(text).map(str::to_owned))?;
        let characters: Vec<char> = base64.chars().collect();
        let lines: Vec<String> = characters
            .chunks(64)
            .map(|own| own.iter().collect())
            .collect();
        Some(format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        ))
    }

    fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Looks at the world or changes it; whatever is asked after that sees the change. Everything else waits
    /// meanwhile, so the closure must not ask the simulator.
    pub fn world<R>(&self, look: impl FnOnce(&mut World) -> R) -> R {
        self.shared.world(look)
    }

    /// Changes how the service behaves from the next request on.
    pub fn change<R>(&self, change: impl FnOnce(&mut Options) -> R) -> R {
        self.shared.change(change)
    }

    /// Puts one more fault in force; its requests are counted from now on.
    pub fn inject(&self, rule: Rule) {
        self.shared.faults(|faults| faults.add(rule));
    }

    /// Holds the requests that are meant at a point from now on, until the returned value says otherwise.
    pub fn hold(&self, point: HoldPoint, matching: Matching) -> Hold {
        self.shared.holds.add(point, matching)
    }

    /// Holds the next request that could change anything; as [`AzureSim::hold`].
    pub fn hold_next_write(&self, point: HoldPoint) -> Hold {
        let matching = Matching {
            writes: true,
            count: Some(1),
            ..Matching::default()
        };
        self.hold(point, matching)
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.shared
            .faults(|faults| *faults = faults::Faults::default());
    }

    /// Makes the next write that is accepted, and not spoken of yet, end like this; several are taken in turn.
    pub fn end_next(&self, ending: WriteEnding) {
        self.shared.writes(|_, writes| writes.end_next(ending));
    }

    /// Ends all operations of writes that go on, as they are to end and those that never would with success; says how
    /// many that were.
    pub fn finish_operations(&self) -> usize {
        self.shared.writes(|world, writes| writes.finish(world))
    }

    /// How many operations of writes go on.
    pub fn running_operations(&self) -> usize {
        self.shared.writes(|_, writes| writes.running())
    }

    /// Changes a document as somebody else would, past all checks: in force at once and with a new `ETag`. What goes on
    /// with a gateway is superseded by that. Says whether there is such a document.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        self.shared.writes(|world, writes| {
            let Some(mut document) = world.get(id) else {
                return false;
            };
            change(&mut document);
            let by = format!("PutApplicationGatewayOperation ({})", Uuid::new_v4());
            if id.to_ascii_lowercase().contains("/applicationgateways/") {
                writes.supersede(id, &by);
            }
            world.edited(id, document)
        })
    }

    /// Makes every token given out so far expired; new ones can be had.
    pub fn expire_tokens(&self) {
        self.shared.tokens(entra::Tokens::expire);
    }

    /// Makes the credentials stop working: no new tokens, and those given out are invalid.
    pub fn break_credentials(&self) {
        self.shared.tokens(|tokens| tokens.set_broken(true));
    }

    /// Lets the credentials work again; tokens from before stay invalid.
    pub fn mend_credentials(&self) {
        self.shared.tokens(|tokens| tokens.set_broken(false));
    }

    /// Every token given out so far: what must be found in no log, status or file.
    pub fn tokens(&self) -> Vec<String> {
        self.shared.tokens(|tokens| tokens.all())
    }

    /// Every request since the start or since the log was cleared, in the order of their arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log.requests()
    }

    /// The requests whose path contains `path`, without regard to case.
    pub fn requests_to(&self, path: &str) -> Vec<LoggedRequest> {
        let path = path.to_ascii_lowercase();
        let mut requests = self.requests();
        requests.retain(|request| request.path.to_ascii_lowercase().contains(&path));
        requests
    }

    /// How many requests with that method went to paths that contain `path`, without regard to case.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let requests = self.requests_to(path);
        requests
            .iter()
            .filter(|request| request.method.eq_ignore_ascii_case(method))
            .count()
    }

    /// The writes that the service took, whatever was sent back; the others were refused or never got to it.
    pub fn accepted_writes(&self) -> Vec<LoggedRequest> {
        let mut writes = self.writes();
        writes.retain(|request| request.accepted);
        writes
    }

    /// The requests that could have changed anything.
    pub fn writes(&self) -> Vec<LoggedRequest> {
        let mut requests = self.requests();
        requests.retain(LoggedRequest::is_write);
        requests
    }

    /// Forgets all requests; their numbers go on.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// Lets requests in flight end, for two seconds at most, and waits until everything has stopped.
    pub async fn stop(mut self) {
        self.server.stop().await;
        self.handshakes.stop().await;
    }
}

#[derive(Clone)]
struct Azure(Arc<Shared>);

impl Handler for Azure {
    async fn handle(
        self,
        connection: u64,
        reset: ResetSwitch,
        request: hyper::Request<Incoming>,
    ) -> io::Result<Response<Body>> {
        self.0.handle(connection, reset, request).await
    }
}
