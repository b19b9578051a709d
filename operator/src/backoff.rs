//! How long to wait: after a failure, by object, and with a little chance, so that objects that
//! waited together do not come back together.
use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// After the first failure.
pub const FIRST: Duration = Duration::from_secs(5);
/// The most; also the pace at which trouble that only a person can end is looked at again.
pub const LAST: Duration = Duration::from_secs(300);

/// Failures in a row, by the object's uid. What wakes an object does not reset it; success does.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    last: Duration,
    failures: Mutex<HashMap<String, u32>>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::between(FIRST, LAST)
    }
}

impl Backoff {
    /// Waits from `first`, doubling, to `last`.
    pub fn between(first: Duration, last: Duration) -> Self {
        Self {
            first,
            last,
            failures: Mutex::default(),
        }
    }

    /// One more failure; how long to wait now, without jitter.
    pub fn failed(&self, uid: &str) -> Duration {
        let mut failures = self.failures();
        let count = failures
            .entry(uid.to_owned())
            .and_modify(|count| *count = count.saturating_add(1))
            .or_insert(0);
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(*count));
        doubled.min(self.last)
    }

    /// It worked, or the object is gone.
    pub fn succeeded(&self, uid: &str) {
        self.failures().remove(uid);
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `wait`, and up to a tenth more: never earlier than asked for.
pub fn jittered(wait: Duration) -> Duration {
    // Every `RandomState` has keys of its own: chance enough, and no crate for it.
    let chance = RandomState::new().build_hasher().finish() % 1_000;
    let chance = u32::try_from(chance).unwrap_or_default();
    wait.saturating_add(wait / 10_000 * chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_a_ceiling_by_object_and_forgets_on_success() {
        let backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.failed("a").as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.failed("b"), FIRST);
        backoff.succeeded("a");
        assert_eq!(backoff.failed("a"), FIRST);
        assert_eq!(backoff.failed("b"), 2 * FIRST);
    }

    #[test]
    fn jitter_is_a_tenth_at_most_and_never_early() {
        let waits: Vec<Duration> = (0..100).map(|_| jittered(LAST)).collect();
        assert!(
            waits
                .iter()
                .all(|wait| (LAST..=LAST * 11 / 10).contains(wait))
        );
        assert!(waits.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
