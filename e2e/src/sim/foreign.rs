//! A host that is none of Azure's: whatever reaches it, a client sent to the wrong place.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use hyper::{Response, body::Incoming};
use serde_json::json;

use super::{
    AzureSim,
    answer::{Answer, Body, ResetSwitch},
    request::Request,
    server::{Bound, Handler, Server},
};

/// A second TLS listener whose certificate the simulator's clients trust, and which notes everything.
#[derive(Debug)]
pub struct ForeignHost {
    origin: String,
    seen: Arc<Seen>,
    server: Server,
}

/// A request that reached the foreign host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrayRequest {
    /// The method, in capitals.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The `Authorization` header, whole: a token that leaked.
    pub authorization: Option<String>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: AtomicU64,
    requests: Mutex<Vec<StrayRequest>>,
}

impl ForeignHost {
    /// Starts it with a certificate of the authority of `sim`, on another port.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(sim: &AzureSim) -> Result<Self> {
        let bound = Bound::to(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let origin = format!("https://{}", bound.address()?);
        let seen = Arc::new(Seen::default());
        let server = bound.serve(sim.authority(), Guest(seen.clone()))?;
        Ok(Self {
            origin,
            seen,
            server,
        })
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many TCP connections were made, requests or not.
    pub fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Every request that came.
    pub fn requests(&self) -> Vec<StrayRequest> {
        self.seen
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Stops it and waits until it has.
    pub async fn stop(mut self) {
        self.server.stop().await;
    }
}

#[derive(Clone)]
struct Guest(Arc<Seen>);

impl Handler for Guest {
    fn connected(&self) {
        self.0.connections.fetch_add(1, Ordering::SeqCst);
    }

    async fn handle(
        self,
        _connection: u64,
        reset: ResetSwitch,
        request: hyper::Request<Incoming>,
    ) -> io::Result<Response<Body>> {
        let Some(request) = Request::read(request).await else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let stray = StrayRequest {
            method: request.method.to_string(),
            target: request.path_and_query(),
            authorization: request.header("authorization").map(str::to_owned),
        };
        self.0
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stray);
        Ok(Answer::json(200, &json!({"value": []})).into_response(reset))
    }
}
