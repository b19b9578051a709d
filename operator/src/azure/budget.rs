//! The reads of a subscription, shared by every diagnosis in it.
use super::{exchange::Failure, limits::Budget};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout_at};

/// One token bucket a subscription, by its id in lower case.
///
/// Not `governor`: its cells cannot keep a rest for others without taking it, and this must leave
/// the last ones to approvals while the refill is used in full.
#[derive(Debug)]
pub(crate) struct Budgets {
    size: Budget,
    throttle_cap: Duration,
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

#[derive(Debug)]
struct Bucket {
    level: Mutex<Level>,
    /// Who waits stands here; the lock is fair, so first come is first served.
    queue: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Instant,
    closed_until: Option<Instant>,
}

/// What a request costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// A read: one token.
    Read,
    /// Counted elsewhere by Azure (back-end health counts as a write), but not sent to a
    /// subscription that asked to be left alone.
    Nothing,
}

impl Budgets {
    pub(crate) fn new(size: Budget, throttle_cap: Duration) -> Self {
        Self {
            size,
            throttle_cap,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Wait for leave to send, until `deadline` at most. Where that is too early, the answer says
    /// how long Azure asked to be left alone, if it did.
    pub(crate) async fn take(
        &self,
        subscription: &str,
        cost: Cost,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let bucket = self.bucket(subscription);
        let waited = async {
            bucket.closed_beyond(deadline)?;
            let _first = bucket.queue.lock().await;
            while let Some(until) = bucket.try_take(self.size, cost) {
                bucket.closed_beyond(deadline)?;
                sleep_until(until).await;
            }
            Ok(())
        };
        timeout_at(deadline, waited)
            .await
            .unwrap_or(Err(Failure::Throttled(None)))
    }

    /// Azure asked to be left alone: nobody sends anything to this subscription until then.
    pub(crate) fn close(&self, subscription: &str, wait: Duration) {
        let until = Instant::now() + wait.min(self.throttle_cap);
        let bucket = self.bucket(subscription);
        let mut level = bucket.level();
        level.closed_until = level.closed_until.max(Some(until));
    }

    fn bucket(&self, subscription: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = subscription.to_ascii_lowercase();
        let bucket = buckets.entry(key).or_insert_with(|| {
            Arc::new(Bucket {
                level: Mutex::new(Level {
                    tokens: f64::from(self.size.size),
                    at: Instant::now(),
                    closed_until: None,
                }),
                queue: tokio::sync::Mutex::new(()),
            })
        });
        Arc::clone(bucket)
    }
}

impl Bucket {
    fn level(&self) -> MutexGuard<'_, Level> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed_beyond(&self, deadline: Instant) -> Result<(), Failure> {
        let closed = self.level().closed_until.filter(|until| *until > deadline);
        closed.map_or(Ok(()), |until| {
            let left = until.saturating_duration_since(Instant::now());
            Err(Failure::Throttled(Some(left.as_secs().max(1))))
        })
    }

    /// Takes a token, or says when to try again.
    fn try_take(&self, size: Budget, cost: Cost) -> Option<Instant> {
        let mut level = self.level();
        let now = Instant::now();
        if let Some(until) = level.closed_until.filter(|until| *until > now) {
            return Some(until);
        }
        level.closed_until = None;
        if cost == Cost::Nothing {
            return None;
        }
        let refilled = now.saturating_duration_since(level.at).as_secs_f64() * size.per_second;
        level.tokens = (level.tokens + refilled).min(f64::from(size.size));
        level.at = now;
        let reserved = f64::from(size.reserved.min(size.size.saturating_sub(1)));
        let missing = reserved + 1.0 - level.tokens;
        if missing <= 0.0 {
            level.tokens -= 1.0;
            return None;
        }
        // A bucket that never fills: look again now and then, until the deadline.
        let long = Duration::from_secs(60);
        let wait = Duration::try_from_secs_f64(missing / size.per_second).unwrap_or(long);
        Some(now + wait.min(long))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;

    const SECOND: Duration = Duration::from_secs(1);

    fn budgets() -> Budgets {
        let size = Budget {
            size: 10,
            per_second: 2.0,
            reserved: 4,
        };
        Budgets::new(size, 300 * SECOND)
    }

    async fn take(budgets: &Budgets, subscription: &str, within: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + within;
        budgets.take(subscription, Cost::Read, deadline).await
    }

    #[tokio::test(start_paused = true)]
    async fn the_refill_is_used_in_full_and_the_reserve_stays() {
        let budgets = budgets();
        let start = Instant::now();
        let all = (0..26).map(|_| take(&budgets, "S", 60 * SECOND));
        assert!(join_all(all).await.iter().all(Result::is_ok));
        // 6 of 10 at once, 4 are reserved; 20 more at two a second.
        let took = start.elapsed();
        assert!(took >= 10 * SECOND && took < 11 * SECOND, "{took:?}");
        assert!(
            take(&budgets, "s", Duration::ZERO).await.is_err(),
            "case-blind"
        );
        assert!(take(&budgets, "other", Duration::ZERO).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_asked_first_is_served_first() {
        let budgets = budgets();
        for _ in 0..6 {
            take(&budgets, "s", SECOND).await.unwrap();
        }
        let served = Mutex::new(Vec::new());
        let all = (0..5).map(|number| {
            let (budgets, served) = (&budgets, &served);
            async move {
                take(budgets, "s", 60 * SECOND).await.unwrap();
                served.lock().unwrap().push(number);
            }
        });
        join_all(all).await;
        assert_eq!(served.into_inner().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscription_that_asked_to_be_left_alone_is() {
        let budgets = budgets();
        budgets.close("s", 30 * SECOND);
        let refused = take(&budgets, "S", 10 * SECOND).await;
        assert_eq!(refused, Err(Failure::Throttled(Some(30))));
        let start = Instant::now();
        let health = budgets.take("s", Cost::Nothing, start + 60 * SECOND);
        assert_eq!(health.await, Ok(()));
        assert!(start.elapsed() >= 30 * SECOND);
        assert!(take(&budgets, "t", Duration::ZERO).await.is_ok());
        budgets.close("s", Duration::from_secs(86_400));
        let refused = take(&budgets, "s", SECOND).await;
        assert_eq!(refused, Err(Failure::Throttled(Some(300))), "clamped");
    }
}
