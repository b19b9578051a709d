//! Who waits, where and for when: the state of the queue, without waiting itself.
use super::Lane;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::Hash,
};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Book<K> {
    pub(super) closed: bool,
    /// Numbers places and timers, so that one given up is known by its number.
    pub(super) numbers: u64,
    pub(super) entries: HashMap<K, Entry>,
    pub(super) lanes: [VecDeque<(u64, K)>; 2],
    pub(super) timers: BTreeMap<(Instant, u64), K>,
    pub(super) under_way: [usize; 2],
}

/// What is known of one key. Gone as soon as there is nothing to know.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) place: Option<(Lane, u64)>,
    pub(super) timer: Option<(Instant, u64)>,
    pub(super) visiting: bool,
    /// Woken while visiting: one more visit afterwards, however often it was woken.
    pub(super) again: Option<Lane>,
    /// A timer is among what woke it.
    pub(super) timed: bool,
}

impl<K: Clone + Eq + Hash> Book<K> {
    pub(super) fn new() -> Self {
        Self {
            closed: false,
            numbers: 0,
            entries: HashMap::new(),
            lanes: [VecDeque::new(), VecDeque::new()],
            timers: BTreeMap::new(),
            under_way: [0, 0],
        }
    }

    pub(super) fn queue(&mut self, key: &K, lane: Lane) {
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
    pub(super) fn ripen(&mut self, now: Instant) {
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
    pub(super) fn first(&mut self, lane: Lane) -> Option<(K, bool)> {
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

    pub(super) fn ended(&mut self, key: &K, lane: Lane) {
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

    pub(super) fn set_timer(&mut self, key: &K, at: Instant) {
        self.numbers += 1;
        let timer = (at, self.numbers);
        let entry = self.entries.entry(key.clone()).or_default();
        if let Some(old) = entry.timer.replace(timer) {
            self.timers.remove(&old);
        }
        self.timers.insert(timer, key.clone());
    }

    pub(super) fn forget(&mut self, key: &K) {
        let Some(entry) = self.entries.remove(key) else {
            return;
        };
        if let Some(timer) = entry.timer {
            self.timers.remove(&timer);
        }
        if entry.visiting {
            let entry = Entry {
                visiting: true,
                ..Entry::default()
            };
            self.entries.insert(key.clone(), entry);
        }
    }
}
