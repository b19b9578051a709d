//! Whose turn it is: first come, first served within a lane, one turn an object, timers included.
//!
//! What waits here is a key, never a future: 10,000 waiting objects are 10,000 short entries, and
//! nobody polls them. The two lanes have permits of their own, so that what a person asked for
//! never waits behind routine visits, and a flood of such requests does not stop the routine.
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
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

#[derive(Debug)]
struct Book<K> {
    closed: bool,
    /// Numbers places and timers, so that one given up is known by its number.
    numbers: u64,
    entries: HashMap<K, Entry>,
    lanes: [VecDeque<(u64, K)>; 2],
    timers: BTreeMap<(Instant, u64), K>,
    under_way: [usize; 2],
}

/// What is known of one key. Gone as soon as there is nothing to know.
#[derive(Debug, Default)]
struct Entry {
    place: Option<(Lane, u64)>,
    timer: Option<(Instant, u64)>,
    visiting: bool,
    /// Woken while visiting: one more visit afterwards, however often it was woken.
    again: Option<Lane>,
    /// A timer is among what woke it.
    timed: bool,
}

impl<K: Clone + Eq + Hash> Turns<K> {
    /// A queue that lets `routine` and, beside them, `pressing` visits work at once.
    pub fn new(routine: usize, pressing: usize) -> Self {
        let pool = |permits: usize| {
            let most = permits.saturating_mul(UNDER_WAY_PER_PERMIT);
            (Arc::new(Semaphore::new(permits)), most)
        };
        Self(Arc::new(Desk {
            book: Mutex::new(Book {
                closed: false,
                numbers: 0,
                entries: HashMap::new(),
                lanes: [VecDeque::new(), VecDeque::new()],
                timers: BTreeMap::new(),
                under_way: [0, 0],
            }),
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
        let mut book = self.0.book();
        book.numbers += 1;
        let timer = (at, book.numbers);
        let entry = book.entries.entry(key.clone()).or_default();
        if let Some(old) = entry.timer.replace(timer) {
            book.timers.remove(&old);
        }
        book.timers.insert(timer, key.clone());
        drop(book);
        self.0.bell.notify_one();
    }

    /// No more turns for `key`, until it is woken anew. A visit under way goes on.
    pub fn forget(&self, key: &K) {
        let mut book = self.0.book();
        if let Some(entry) = book.entries.remove(key) {
            if let Some(timer) = entry.timer {
                book.timers.remove(&timer);
            }
            if entry.visiting {
                let entry = Entry {
                    visiting: true,
                    ..Entry::default()
                };
                book.entries.insert(key.clone(), entry);
            }
        }
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
                let held = Held {
                    pool: Arc::clone(pool),
                    permit: Mutex::new(Some(permit)),
                    door: tokio::sync::Mutex::new(()),
                    bell: Arc::clone(&desk.bell),
                };
                return Served::Seat(Seat {
                    key,
                    lane,
                    timed,
                    turn: Turn(Some(held)),
                    desk: Arc::clone(desk),
                });
            }
        }
        Served::Nobody(book.timers.first_key_value().map(|((at, _), _)| *at))
    }
}

impl<K: Clone + Eq + Hash> Book<K> {
    fn queue(&mut self, key: &K, lane: Lane) {
        let entry = self.entries.entry(key.clone()).or_default();
        let presses = lane == Lane::Pressing;
        if entry.visiting {
            if presses || entry.again.is_none() {
                entry.again = Some(lane);
            }
            return;
        }
        match entry.place {
            Some((Lane::Pressing, _)) => {}
            Some((Lane::Routine, _)) if !presses => {}
            // The place in the other lane, if any, goes stale: its number no longer matches.
            Some((Lane::Routine, _)) | None => {
                self.numbers += 1;
                entry.place = Some((lane, self.numbers));
                self.lanes[lane.index()].push_back((self.numbers, key.clone()));
            }
        }
    }

    /// Timers that are due become places, earliest first.
    fn ripen(&mut self, now: Instant) {
        while let Some(first) = self.timers.first_entry()
            && first.key().0 <= now
        {
            let key = first.remove();
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.timer = None;
                entry.timed = true;
            }
            self.queue(&key, Lane::Routine);
        }
    }

    /// Takes the first key of `lane`, and whether a timer woke it. What was to wake it later is done
    /// with by this visit.
    fn first(&mut self, lane: Lane) -> Option<(K, bool)> {
        while let Some((number, key)) = self.lanes[lane.index()].pop_front() {
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            if entry.place != Some((lane, number)) {
                continue;
            }
            entry.place = None;
            entry.visiting = true;
            if let Some(timer) = entry.timer.take() {
                self.timers.remove(&timer);
            }
            return Some((key, std::mem::take(&mut entry.timed)));
        }
        None
    }

    fn ended(&mut self, key: &K, lane: Lane) {
        self.under_way[lane.index()] -= 1;
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        entry.visiting = false;
        if let Some(lane) = entry.again.take() {
            self.queue(key, lane);
        } else if entry.timer.is_none() {
            self.entries.remove(key);
        }
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

    fn give_back(&self) {
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

#[cfg(test)]
mod tests;
