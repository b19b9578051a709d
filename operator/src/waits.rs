//! Since when an object has waited for Azure, by a clock that nobody sets.
//!
//! The status says it in wall-clock time, which survives a restart and not a clock that jumps; what
//! is remembered here survives the jump. Either alone would end a wait too early or never.
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The beginnings of the waits under way, by the object's uid.
#[derive(Debug, Default)]
pub struct Waits(Mutex<HashMap<String, Instant>>);

impl Waits {
    /// Since when the object `uid` waits, told in the wall-clock time of `now`. `said` is what its
    /// status says; nothing there ends the wait.
    pub fn since(&self, uid: &str, said: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(said) = said else {
            waits.remove(uid);
            return None;
        };
        let began = *waits.entry(uid.to_owned()).or_insert_with(|| {
            let already = Duration::try_from(now.duration_since(said)).unwrap_or_default();
            let now = Instant::now();
            now.checked_sub(already).unwrap_or(now)
        });
        let elapsed = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::MAX);
        Some(now.saturating_sub(elapsed).unwrap_or(Timestamp::MIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_neither_ends_nor_prolongs_a_wait() {
        let waits = Waits::default();
        assert_eq!(waits.since("u", Some(at(100)), at(100)), Some(at(100)));
        tokio::time::sleep(5 * MINUTE).await;
        assert_eq!(waits.since("u", Some(at(100)), at(105)), Some(at(100)));
        // An hour ahead, and back before the beginning: five minutes both times.
        assert_eq!(waits.since("u", Some(at(100)), at(165)), Some(at(160)));
        assert_eq!(waits.since("u", Some(at(100)), at(45)), Some(at(40)));
        assert_eq!(waits.since("u", None, at(106)), None);
        assert_eq!(
            waits.since("u", Some(at(107)), at(107)),
            Some(at(107)),
            "a new one"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_restart_the_status_is_believed_but_not_about_the_future() {
        tokio::time::sleep(60 * MINUTE).await;
        assert_eq!(
            Waits::default().since("u", Some(at(100)), at(107)),
            Some(at(100))
        );
        assert_eq!(
            Waits::default().since("u", Some(at(100)), at(90)),
            Some(at(90))
        );
    }
}
