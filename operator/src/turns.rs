//! Whose turn it is: first come, first served within a lane, one turn an object, timers included.
//!
//! What waits here is a key, never a future: 10,000 waiting objects are 10,000 short entries, and
//! nobody polls them. The two lanes have permits of their own, so that what a person asked for
//! never waits behind routine visits, and a flood of such requests does not stop the routine.
mod book;
mod turn;

pub use turn::Turn;

use book::Book;
use std::{
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, sleep_until},
};

/// Which queue a key waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A person waits for it: a run-now.
    Pressing,
    /// Everything else: a new generation, a timer.
    Routine,
}

impl Lane {
    /// In the order they are looked at.
    const ALL: [Self; 2] = [Self::Pressing, Self::Routine];

    const fn index(self) -> usize {
        match self {
            Self::Pressing => 0,
            Self::Routine => 1,
        }
    }
}

/// Visits begun and not ended, for each permit of a lane. A visit that rests holds no permit, only
/// memory; this bounds the memory.
const UNDER_WAY_PER_PERMIT: usize = 32;

/// The queue. Cheap to clone: all clones are one queue.
#[derive(Debug)]
pub struct Turns<K>(Arc<Desk<K>>);

impl<K> Clone for Turns<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Desk<K> {
    book: Mutex<Book<K>>,
    bell: Arc<Notify>,
    /// By lane: what its visits may use at once, and how many may be under way, resting ones included.
    pools: [(Arc<Semaphore>, usize); 2],
}

impl<K: Clone + Eq + Hash> Turns<K> {
    /// A queue that lets `routine` and, beside them, `pressing` visits work at once.
    pub fn new(routine: usize, pressing: usize) -> Self {
        let pool = |permits: usize| {
            let most = permits.saturating_mul(UNDER_WAY_PER_PERMIT);
            (Arc::new(Semaphore::new(permits)), most)
        };
        Self(Arc::new(Desk {
            book: Mutex::new(Book::new()),
            bell: Arc::new(Notify::new()),
            pools: [pool(pressing), pool(routine)],
        }))
    }

    /// A turn for `key` as soon as it is its turn. A key that waits already keeps its place, unless
    /// it now presses; a key under way gets one more visit.
    pub fn wake(&self, key: &K, lane: Lane) {
        let mut book = self.0.book();
        book.ripen(Instant::now());
        book.queue(key, lane);
        drop(book);
        self.0.bell.notify_one();
    }

    /// A routine turn at `at`, in place of any earlier or later timer of `key`.
    pub fn wake_at(&self, key: &K, at: Instant) {
        self.0.book().set_timer(key, at);
        self.0.bell.notify_one();
    }

    /// No more turns for `key`, until it is woken anew. A visit under way goes on.
    pub fn forget(&self, key: &K) {
        self.0.book().forget(key);
    }

    /// Give no more turns: [`Turns::next`] answers `None` from now on.
    pub fn close(&self) {
        self.0.book().closed = true;
        self.0.bell.notify_one();
    }

    /// The next turn, when there is one. `None` after [`Turns::close`]. For one caller at a time;
    /// dropping the future loses nothing.
    pub async fn next(&self) -> Option<Seat<K>> {
        loop {
            match Desk::serve(&self.0) {
                Served::Seat(seat) => return Some(seat),
                Served::Closed => return None,
                Served::Nobody(Some(at)) => {
                    tokio::select! {
                        () = self.0.bell.notified() => {}
                        () = sleep_until(at) => {}
                    }
                }
                Served::Nobody(None) => self.0.bell.notified().await,
            }
        }
    }
}

enum Served<K: Clone + Eq + Hash> {
    Seat(Seat<K>),
    /// Nobody, or no permit; look again at this time, or when the bell rings.
    Nobody(Option<Instant>),
    Closed,
}

impl<K> Desk<K> {
    fn book(&self) -> MutexGuard<'_, Book<K>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> Desk<K> {
    fn serve(desk: &Arc<Self>) -> Served<K> {
        let mut book = desk.book();
        if book.closed {
            return Served::Closed;
        }
        book.ripen(Instant::now());
        for lane in Lane::ALL {
            let (pool, most) = &desk.pools[lane.index()];
            if book.under_way[lane.index()] >= *most {
                continue;
            }
            // A visit that comes back from a rest stands in the semaphore's own queue, and this
            // never overtakes it.
            let Ok(permit) = Arc::clone(pool).try_acquire_owned() else {
                continue;
            };
            if let Some((key, timed)) = book.first(lane) {
                book.under_way[lane.index()] += 1;
                drop(book);
                return Served::Seat(Seat {
                    key,
                    lane,
                    timed,
                    turn: Turn::with(permit, Arc::clone(&desk.bell)),
                    desk: Arc::clone(desk),
                });
            }
        }
        Served::Nobody(book.timers.first_key_value().map(|((at, _), _)| *at))
    }
}

/// A key whose turn it is. Dropping it ends the visit, also when the visit panics.
#[derive(Debug)]
pub struct Seat<K: Clone + Eq + Hash> {
    key: K,
    lane: Lane,
    timed: bool,
    turn: Turn,
    desk: Arc<Desk<K>>,
}

impl<K: Clone + Eq + Hash> Seat<K> {
    /// Whose turn it is.
    pub fn key(&self) -> &K {
        &self.key
    }
    /// Whether a timer brought it here, alone or with others.
    pub fn timed(&self) -> bool {
        self.timed
    }
    /// The turn itself, to be handed to whoever may have to wait.
    pub fn turn(&self) -> &Turn {
        &self.turn
    }
}

impl<K: Clone + Eq + Hash> Drop for Seat<K> {
    fn drop(&mut self) {
        self.turn.give_back();
        self.desk.book().ended(&self.key, self.lane);
        self.desk.bell.notify_one();
    }
}

#[cfg(test)]
mod tests;
