//! Leave to work, and giving it back while there is nothing to do but wait.
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Leave to work. Whoever only waits gives it back meanwhile: [`Turn::rest`].
#[derive(Debug)]
pub struct Turn(Option<Held>);

#[derive(Debug)]
struct Held {
    pool: Arc<Semaphore>,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    /// One at a time asks for the permit again; two that did would wait for each other.
    door: tokio::sync::Mutex<()>,
    bell: Arc<Notify>,
}

impl Turn {
    pub(super) fn with(permit: OwnedSemaphorePermit, bell: Arc<Notify>) -> Self {
        Self(Some(Held {
            pool: Arc::clone(permit.semaphore()),
            permit: Mutex::new(Some(permit)),
            door: tokio::sync::Mutex::new(()),
            bell,
        }))
    }

    /// A turn nobody else waits for: without a cluster.
    pub const fn free() -> Self {
        Self(None)
    }

    /// Wait for `waiting` without holding the permit; have it again before this returns, ahead of
    /// every visit that has not begun. For waits only: what works inside works without a permit.
    /// Several parts of one visit may rest at once; the first to come back takes the permit.
    pub async fn rest<F: Future>(&self, waiting: F) -> F::Output {
        self.give_back();
        let output = waiting.await;
        if let Some(held) = &self.0 {
            held.take_again().await;
        }
        output
    }

    pub(super) fn give_back(&self) {
        if let Some(held) = &self.0
            && held.slot().take().is_some()
        {
            held.bell.notify_one();
        }
    }
}

impl Held {
    fn slot(&self) -> MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take_again(&self) {
        let _door = self.door.lock().await;
        if self.slot().is_some() {
            return;
        }
        // Never closed, so this is a permit always.
        let permit = Arc::clone(&self.pool).acquire_owned().await.ok();
        *self.slot() = permit;
    }
}
