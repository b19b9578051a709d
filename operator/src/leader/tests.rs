use super::*;
use http::{Method, Request, Response};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    future::pending,
    sync::{Arc, Mutex},
};
use tokio::time::timeout;

const TTL: Duration = Duration::from_secs(15);
const SECOND: Duration = Duration::from_secs(1);

fn us() -> Settings {
    candidate("a")
}
fn candidate(holder: &str) -> Settings {
    Settings {
        name: "appgw".into(),
        holder: holder.into(),
        ttl: TTL,
    }
}
fn held_by(who: &str) -> Lease {
    let spec = LeaseSpec {
        holder_identity: Some(who.into()),
        lease_transitions: Some(4),
        ..LeaseSpec::default()
    };
    Lease {
        spec: Some(spec),
        ..Lease::default()
    }
}
fn turn(lease: Lease, unchanged: u64) -> Turn {
    decide(
        lease,
        &us(),
        Duration::from_secs(unchanged),
        Timestamp::UNIX_EPOCH,
    )
}
fn claimed(turn: Turn) -> LeaseSpec {
    match turn {
        Turn::Claim(lease) => lease.spec.unwrap(),
        Turn::Yield(wait) => panic!("yielded {wait:?}"),
    }
}

#[test]
fn a_lease_another_keeps_renewing_is_left_alone() {
    assert_eq!(turn(held_by("b"), 10), Turn::Yield(5 * SECOND));
}

#[test]
fn a_lease_unchanged_for_its_ttl_is_claimed_and_counted() {
    let spec = claimed(turn(held_by("b"), 15));
    assert_eq!(spec.holder_identity.as_deref(), Some("a"));
    assert_eq!(spec.lease_transitions, Some(5));
}

#[test]
fn a_holder_that_asked_for_longer_gets_it() {
    let mut lease = held_by("b");
    lease.spec.as_mut().unwrap().lease_duration_seconds = Some(60);
    assert_eq!(turn(lease, 15), Turn::Yield(45 * SECOND));
}

#[test]
fn renewing_is_no_transition() {
    assert_eq!(claimed(turn(held_by("a"), 0)).lease_transitions, Some(4));
}

#[test]
fn an_empty_lease_is_vacant() {
    let spec = claimed(turn(Lease::default(), 0));
    assert_eq!(spec.holder_identity.as_deref(), Some("a"));
}

/// An API server with one lease, and its moods.
#[derive(Clone, Default)]
struct ApiServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lease: Option<Value>,
    version: u64,
    writes: u32,
    silent: bool,
}

impl ApiServer {
    fn api(&self) -> Api<Lease> {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.serve(request).await) }
        });
        Api::namespaced(Client::new(service, "ops"), "ops")
    }
    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }
    fn holder(&self) -> Value {
        self.state(|state| state.lease.as_ref().unwrap()["spec"]["holderIdentity"].clone())
    }
    async fn serve(&self, request: Request<Body>) -> Response<Body> {
        if self.state(|state| state.silent) {
            pending::<()>().await;
        }
        let method = request.method().clone();
        let body = request.into_body().collect_bytes().await.unwrap();
        let answer = self.state(|state| {
            let now = state.lease.clone();
            if method == Method::GET {
                return now.ok_or((404, "NotFound"));
            }
            let mut sent: Value = serde_json::from_slice(&body).unwrap();
            let read = now.map(|lease| lease["metadata"]["resourceVersion"].clone());
            if sent["metadata"].get("resourceVersion") != read.as_ref() {
                return Err((409, "Conflict"));
            }
            state.version += 1;
            state.writes += 1;
            sent["metadata"]["resourceVersion"] = json!(state.version.to_string());
            state.lease = Some(sent.clone());
            Ok(sent)
        });
        let (code, body) = match answer {
            Ok(body) => (200, body),
            Err((code, reason)) => (
                code,
                json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason}),
            ),
        };
        let body = Body::from(serde_json::to_vec(&body).unwrap());
        Response::builder().status(code).body(body).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn one_holds_the_other_waits_and_takes_over_when_the_first_falls_silent() {
    let server = ApiServer::default();
    let mut first = Candidate::new(server.api(), candidate("a"));
    let mut second = Candidate::new(server.api(), candidate("b"));
    first.acquire(|| ()).await;
    let waits = timeout(20 * TTL, async {
        tokio::select! {
            lost = first.keep() => panic!("{lost}"),
            () = second.acquire(|| ()) => panic!("two leaders"),
        }
    });
    waits.await.unwrap_err();
    drop(first); // killed
    let start = Instant::now();
    second.acquire(|| ()).await;
    assert!(start.elapsed() <= TTL + 2 * SECOND, "{:?}", start.elapsed());
    assert_eq!(server.holder(), "b");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_renewed_is_given_up_before_another_can_take_it() {
    let server = ApiServer::default();
    let mut first = Candidate::new(server.api(), us());
    first.acquire(|| ()).await;
    let start = Instant::now();
    server.state(|state| state.silent = true);
    let lost = timeout(TTL.saturating_sub(SECOND), first.keep())
        .await
        .expect("well before the ttl");
    assert_eq!(lost, Lost::NotRenewed(start.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_short_silence_is_survived() {
    let server = ApiServer::default();
    let mut first = Candidate::new(server.api(), us());
    first.acquire(|| ()).await;
    let mood = async {
        tokio::time::sleep(4 * SECOND).await;
        server.state(|state| state.silent = true);
        tokio::time::sleep(4 * SECOND).await;
        server.state(|state| state.silent = false);
        tokio::time::sleep(20 * TTL).await;
    };
    tokio::select! {
        lost = first.keep() => panic!("{lost}"),
        () = mood => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_stolen_lease_is_lost_at_the_next_renewal() {
    let server = ApiServer::default();
    let mut first = Candidate::new(server.api(), us());
    first.acquire(|| ()).await;
    server.state(|state| {
        state.version += 1;
        let version = json!(state.version.to_string());
        let lease = state.lease.as_mut().unwrap();
        lease["spec"]["holderIdentity"] = json!("thief");
        lease["metadata"]["resourceVersion"] = version;
    });
    assert_eq!(first.keep().await, Lost::Taken("thief".into()));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_lease_is_made_again_without_hurry() {
    let server = ApiServer::default();
    let mut first = Candidate::new(server.api(), us());
    first.acquire(|| ()).await;
    server.state(|state| (state.lease, state.writes) = (None, 0));
    timeout(60 * SECOND, first.keep()).await.unwrap_err();
    assert_eq!(server.holder(), "a");
    assert!(
        server.state(|state| state.writes) <= 12,
        "every five seconds"
    );
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_free_at_once_and_a_late_release_harms_nobody() {
    let server = ApiServer::default();
    let mut first = Candidate::new(server.api(), candidate("a"));
    let mut late = Candidate::new(server.api(), candidate("a"));
    let mut second = Candidate::new(server.api(), candidate("b"));
    first.acquire(|| ()).await;
    late.acquire(|| ()).await;
    first.release().await;
    let start = Instant::now();
    second.acquire(|| ()).await;
    assert!(start.elapsed() <= 2 * SECOND);
    late.release().await;
    assert_eq!(server.holder(), "b");
}
