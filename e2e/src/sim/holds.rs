//! Requests held on the way, so that a test can end a client at exactly that moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{faults::Matching, request::Request};

/// Where a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldPoint {
    /// It has arrived in full, and nothing has been done.
    BeforeAcceptance,
    /// It has been done, and nothing of the answer has been sent.
    AfterAcceptance,
}

/// Requests that are held until this is told otherwise or dropped. What is held goes on also when its client is gone.
#[derive(Debug)]
pub struct Hold(Arc<Gate>);

#[derive(Debug)]
struct Gate {
    point: HoldPoint,
    matching: Matching,
    seen: Mutex<u64>,
    held: watch::Sender<usize>,
    fate: watch::Sender<Fate>,
}

/// What becomes of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waits,
    GoesOn,
    IsDropped,
}

impl Hold {
    /// Waits until so many requests have been held in all.
    pub async fn reached(&self, count: usize) {
        let mut held = self.0.held.subscribe();
        // The sender lives as long as this.
        let _ = held.wait_for(|held| *held >= count).await;
    }

    /// How many requests have been held so far.
    pub fn count(&self) -> usize {
        *self.0.held.borrow()
    }

    /// Lets all go on that is held, and holds nothing any more.
    pub fn release(self) {
        self.0.fate.send_replace(Fate::GoesOn);
    }

    /// Resets the connections of all that is held, and holds nothing any more: what was not done never will be.
    pub fn discard(self) {
        self.0.fate.send_replace(Fate::IsDropped);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let waits = |fate: &mut Fate| {
            let waits = *fate == Fate::Waits;
            if waits {
                *fate = Fate::GoesOn;
            }
            waits
        };
        self.0.fate.send_if_modified(waits);
    }
}

/// All holds in force.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<Vec<Arc<Gate>>>);

impl Holds {
    pub(super) fn add(&self, point: HoldPoint, matching: Matching) -> Hold {
        let gate = Arc::new(Gate {
            point,
            matching,
            seen: Mutex::new(0),
            held: watch::Sender::new(0),
            fate: watch::Sender::new(Fate::Waits),
        });
        self.lock().push(gate.clone());
        Hold(gate)
    }

    /// Waits at a point as long as a request is held there; says whether it goes on.
    pub(super) async fn pass(&self, point: HoldPoint, request: &Request) -> bool {
        let held: Vec<Arc<Gate>> = {
            let mut all = self.lock();
            all.retain(|gate| *gate.fate.borrow() == Fate::Waits);
            let here = all.iter().filter(|gate| gate.point == point);
            here.filter(|gate| gate.matching.meets(request, &mut lock(&gate.seen)))
                .cloned()
                .collect()
        };
        for gate in held {
            let mut fate = gate.fate.subscribe();
            gate.held.send_modify(|held| *held += 1);
            let fate = fate.wait_for(|fate| *fate != Fate::Waits).await;
            if fate.is_ok_and(|fate| *fate == Fate::IsDropped) {
                return false;
            }
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Gate>>> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
