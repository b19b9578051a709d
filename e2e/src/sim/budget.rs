//! The allowances of reads and writes, counted as token buckets for each subscription and caller.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// An enforced allowance of reads: a bucket and how fast it fills again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadBudget {
    /// Reads in a full bucket.
    pub size: u32,
    /// Reads that come back in a second (not scaled).
    pub refill_per_second: f64,
}

impl Default for ReadBudget {
    /// What Azure Resource Manager documents since 2024.
    fn default() -> Self {
        Self {
            size: 250,
            refill_per_second: 25.0,
        }
    }
}

const WRITES: ReadBudget = ReadBudget {
    size: 200,
    refill_per_second: 10.0,
};

/// What is left after a request: how many, or how long until the next one is allowed.
pub(super) type Left = Result<u32, Duration>;

/// The buckets of all subscriptions and callers.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    buckets: HashMap<(String, String, bool), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Budgets {
    /// Takes one read; `limit` is the enforced budget, without one an empty bucket refuses nothing.
    pub(super) fn read(
        &mut self,
        subscription: &str,
        caller: &str,
        limit: Option<ReadBudget>,
    ) -> Left {
        let left = self.take(subscription, caller, true, limit.unwrap_or_default());
        if limit.is_some() {
            left
        } else {
            Ok(left.unwrap_or(0))
        }
    }

    /// Takes one write, which is never refused.
    pub(super) fn write(&mut self, subscription: &str, caller: &str) -> u32 {
        self.take(subscription, caller, false, WRITES).unwrap_or(0)
    }

    fn take(&mut self, subscription: &str, caller: &str, read: bool, budget: ReadBudget) -> Left {
        let now = Instant::now();
        let key = (subscription.to_ascii_lowercase(), caller.to_owned(), read);
        let size = f64::from(budget.size);
        let bucket = self.buckets.entry(key).or_insert(Bucket {
            tokens: size,
            at: now,
        });
        let refilled = now.duration_since(bucket.at).as_secs_f64() * budget.refill_per_second;
        bucket.tokens = (bucket.tokens + refilled).min(size);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            let seconds = (1.0 - bucket.tokens) / budget.refill_per_second;
            // A bucket that never fills asks for an hour.
            return Err(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(3600)));
        }
        bucket.tokens -= 1.0;
        Ok(whole(bucket.tokens))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and a u32"
)]
fn whole(tokens: f64) -> u32 {
    tokens.floor() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_REFILL: Option<ReadBudget> = Some(ReadBudget {
        size: 2,
        refill_per_second: 0.0,
    });

    #[test]
    fn an_enforced_bucket_runs_dry_for_each_subscription_and_caller_apart() {
        let mut budgets = Budgets::default();
        assert_eq!(budgets.read("s1", "a", NO_REFILL), Ok(1));
        assert_eq!(budgets.read("S1", "a", NO_REFILL), Ok(0));
        assert!(budgets.read("s1", "a", NO_REFILL).is_err());
        assert_eq!(budgets.read("s2", "a", NO_REFILL), Ok(1));
        assert_eq!(budgets.read("s1", "b", NO_REFILL), Ok(1));
        assert_eq!(
            budgets.write("s1", "a"),
            199,
            "writes have a bucket of their own"
        );
    }

    #[test]
    fn without_a_limit_nothing_is_refused() {
        let mut budgets = Budgets::default();
        assert!((0..1000).all(|_| budgets.read("s1", "a", None).is_ok()));
    }
}
