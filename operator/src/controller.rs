//! From events to visits: who is visited, how many at once, and what a visit that failed leads to.
use crate::{
    admin::Health,
    backoff::{self, jittered},
    error::{Class, Error, chain},
    malformed,
    reconcile::{Context, Look, Next, reconcile},
    turns::{Seat, Turns},
    watch::{self, Heard, Key, Stores, Watches},
};
use futures::{FutureExt as _, StreamExt as _};
use kube::{Client, Resource as _, ResourceExt as _};
use std::{any::Any, num::NonZeroUsize, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument as _;

/// Where to work, and how much at once.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Namespaces; none: all.
    pub namespaces: Vec<String>,
    /// Visits at once. A quarter more, and at least one, is there for what a person waits for.
    pub workers: NonZeroUsize,
}

/// A part that was to run for ever came to an end.
#[derive(Debug, thiserror::Error)]
#[error("{0} ended")]
pub struct Died(&'static str);

/// Watches from the beginning, visits as soon as `lead` is there, and works until `stop`. Then no
/// more visits begin, those under way are dropped at their next wait (they only look), and all of
/// them have ended when this returns. `watching` is the client for watches, which are long.
pub async fn run<L: Look>(
    cx: Arc<Context<L>>,
    watching: &Client,
    scope: &Scope,
    health: &Health,
    lead: impl Future<Output = ()>,
    stop: impl Future<Output = ()>,
) -> Result<(), Died> {
    let workers = scope.workers.get();
    let turns = Turns::new(workers, workers.div_ceil(4));
    let mut watches = Watches::new(&scope.namespaces);
    let stores = watches.stores();
    if let Some(writes) = &cx.writes {
        let _ = writes.stores.set(stores.clone());
    }
    let mut events = watch::events(watching, &scope.namespaces);
    let mut visits = JoinSet::new();
    let mut leading = false;
    tokio::pin!(lead, stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = &mut lead, if !leading => leading = true,
            event = events.next() => {
                let Some(event) = event else {
                    return Err(Died("the watch"));
                };
                hear(watches.hear(event, &turns), &watches, &cx, health);
            }
            seat = turns.next(), if leading => {
                let Some(seat) = seat else {
                    return Err(Died("the queue"));
                };
                let visit = visit(Arc::clone(&cx), stores.clone(), turns.clone(), seat);
                visits.spawn(visit);
            }
            Some(_) = visits.join_next() => {}
        }
    }
    turns.close();
    let under_way = visits.len();
    visits.shutdown().await;
    tracing::info!(under_way, "no more visits");
    Ok(())
}

fn hear<L>(heard: Heard, watches: &Watches, cx: &Context<L>, health: &Health) {
    let gone = match heard {
        Heard::Nothing => return,
        Heard::Gone(gone) => gone,
        Heard::Listed(objects, gone) => {
            tracing::info!(objects, gone = gone.len(), "objects listed");
            if watches.complete() {
                health.synced();
            }
            gone
        }
    };
    for uid in gone {
        cx.forget(&uid);
    }
}

/// One visit, whatever comes of it: its end sets the timer of the next one.
async fn visit<L: Look>(cx: Arc<Context<L>>, stores: Stores, turns: Turns<Key>, seat: Seat<Key>) {
    let Some(object) = stores.get(seat.key()) else {
        return;
    };
    let namespace = object.namespace().unwrap_or_default();
    let (name, generation) = (object.name_any(), object.meta().generation);
    let span = tracing::info_span!("visit", object = %format!("{namespace}/{name}"), generation);
    let uid = object.uid().unwrap_or_default();
    let visit = async {
        let ended = AssertUnwindSafe(go(&cx, &object, &seat))
            .catch_unwind()
            .await;
        let ended = ended.unwrap_or_else(|panic| Err(Error::Panicked(said(&*panic))));
        let next = ended.unwrap_or_else(|error| failed(&error, &uid, &cx));
        if let Next::In(wait) = next
            && stores.get(seat.key()).is_some()
        {
            turns.wake_at(seat.key(), Instant::now() + wait);
        }
    };
    visit.instrument(span).await;
}

async fn go<L: Look>(
    cx: &Context<L>,
    object: &watch::Guarded,
    seat: &Seat<Key>,
) -> Result<Next, Error> {
    match &object.0 {
        Ok(cr) => Box::pin(reconcile(cr, cx, seat.turn(), seat.timed())).await,
        Err(invalid) => {
            tracing::warn!(error = invalid.error, "the stored object is not readable");
            let namespace = object.namespace().unwrap_or_default();
            let name = object.name_any();
            match malformed::tell(&cx.client, &namespace, &name, &invalid.error).await? {
                Some(cr) => Box::pin(reconcile(&cr, cx, seat.turn(), seat.timed())).await,
                None => Ok(Next::OnChange),
            }
        }
    }
}

fn failed<L>(error: &Error, uid: &str, cx: &Context<L>) -> Next {
    if error.is_gone() {
        tracing::debug!("the object is gone");
        return Next::OnChange;
    }
    let (category, why) = (error.category(), chain(error));
    let wait = match error.class() {
        Class::WaitForChange => {
            tracing::warn!(category, error = why, "visit failed; waiting for a change");
            return Next::OnChange;
        }
        Class::Retry => {
            let asked = error.retry_after().unwrap_or(Duration::ZERO);
            cx.failures.failed(uid).max(asked)
        }
        Class::NeedsHuman => backoff::LAST,
    };
    tracing::warn!(category, error = why, ?wait, "visit failed");
    Next::In(jittered(wait))
}

/// What a panic said, if it said it in words.
fn said(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
    words.unwrap_or_else(|| "in no words".to_owned())
}
