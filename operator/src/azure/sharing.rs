//! The same question asked once for all who ask it in the same moment.
use super::{exchange::Exchange, limits::Limits};
use appgw_runbook::facts::Query;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// An answer on its way. Everybody who asks holds one; when the last is dropped, so is the question.
pub(crate) type Asked = Shared<BoxFuture<'static, Arc<Exchange>>>;

/// What is under way, and what was just heard.
#[derive(Debug)]
pub(crate) struct Sharing {
    memory: Duration,
    memory_bytes: usize,
    desk: Mutex<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    under_way: HashMap<Query, UnderWay>,
    /// Oldest first.
    heard: VecDeque<Heard>,
    bytes: usize,
}

#[derive(Debug)]
struct UnderWay {
    begun: Instant,
    asked: WeakShared<BoxFuture<'static, Arc<Exchange>>>,
}

#[derive(Debug)]
struct Heard {
    query: Query,
    begun: Instant,
    at: Instant,
    bytes: usize,
    exchange: Arc<Exchange>,
}

impl Sharing {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: limits.memory,
            memory_bytes: limits.memory_bytes,
            desk: Mutex::new(Desk::default()),
        }
    }

    /// The answer to `query`: one that is under way or was just heard, else `ask` is begun.
    /// With `not_before`, only answers to questions begun since then will do.
    pub(crate) fn ask<F>(
        self: &Arc<Self>,
        query: &Query,
        not_before: Option<Instant>,
        ask: impl FnOnce() -> F,
    ) -> Asked
    where
        F: Future<Output = (Exchange, usize)> + Send + 'static,
    {
        let now = Instant::now();
        let fresh = |begun: Instant| not_before.is_none_or(|limit| begun >= limit);
        let mut desk = self.desk();
        desk.forget(self.memory, now);
        let same = desk.under_way.get(query).filter(|one| fresh(one.begun));
        if let Some(asked) = same.and_then(|one| one.asked.upgrade()) {
            return asked;
        }
        let heard = desk.heard.iter().rev();
        let mut heard = heard.filter(|one| one.query == *query && fresh(one.begun));
        if let Some(heard) = heard.next() {
            return futures::future::ready(Arc::clone(&heard.exchange))
                .boxed()
                .shared();
        }
        let (sharing, own, asking) = (Arc::clone(self), query.clone(), ask());
        let asked = async move {
            let (exchange, bytes) = asking.await;
            let exchange = Arc::new(exchange);
            sharing.hear(own, now, bytes, &exchange);
            exchange
        };
        let asked = asked.boxed().shared();
        if let Some(weak) = asked.downgrade() {
            let one = UnderWay {
                begun: now,
                asked: weak,
            };
            desk.under_way.insert(query.clone(), one);
        }
        asked
    }

    fn hear(&self, query: Query, begun: Instant, bytes: usize, exchange: &Arc<Exchange>) {
        let now = Instant::now();
        let mut desk = self.desk();
        if desk
            .under_way
            .get(&query)
            .is_some_and(|one| one.begun == begun)
        {
            desk.under_way.remove(&query);
        }
        if self.memory.is_zero() || bytes > self.memory_bytes {
            return;
        }
        desk.bytes += bytes;
        desk.heard.push_back(Heard {
            query,
            begun,
            at: now,
            bytes,
            exchange: Arc::clone(exchange),
        });
        desk.forget(self.memory, now);
        while desk.bytes > self.memory_bytes && desk.drop_oldest() {}
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn forget(&mut self, memory: Duration, now: Instant) {
        while let Some(oldest) = self.heard.front()
            && now.saturating_duration_since(oldest.at) >= memory
        {
            self.drop_oldest();
        }
        self.under_way
            .retain(|_, one| one.asked.upgrade().is_some());
    }

    fn drop_oldest(&mut self) -> bool {
        let oldest = self.heard.pop_front();
        self.bytes -= oldest.as_ref().map_or(0, |oldest| oldest.bytes);
        oldest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::exchange::Raw;
    use appgw_runbook::id::ArmId;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::time::sleep;

    const SECOND: Duration = Duration::from_secs(1);

    struct Azure {
        sharing: Arc<Sharing>,
        begun: Arc<AtomicUsize>,
        ended: Arc<AtomicUsize>,
    }

    fn azure(limits: &Limits) -> Azure {
        Azure {
            sharing: Arc::new(Sharing::new(limits)),
            begun: Arc::default(),
            ended: Arc::default(),
        }
    }

    impl Azure {
        fn ask(&self, id: &str, not_before: Option<Instant>) -> Asked {
            let (begun, ended) = (Arc::clone(&self.begun), Arc::clone(&self.ended));
            let query = Query::Document(ArmId::new(id));
            self.sharing.ask(&query, not_before, move || async move {
                let number = begun.fetch_add(1, Ordering::SeqCst);
                sleep(SECOND).await;
                ended.fetch_add(1, Ordering::SeqCst);
                let raw = Raw {
                    path: number.to_string(),
                    ..Raw::default()
                };
                (raw.clean(), 1000)
            })
        }
        fn counts(&self) -> (usize, usize) {
            let get = |number: &AtomicUsize| number.load(Ordering::SeqCst);
            (get(&self.begun), get(&self.ended))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_who_ask_the_same_at_once_share_one_question() {
        let azure = azure(&Limits::default());
        let (a, b) = futures::join!(azure.ask("/x", None), azure.ask("/X", None));
        assert!(Arc::ptr_eq(&a, &b));
        azure.ask("/y", None).await;
        assert_eq!(azure.counts(), (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_just_heard_is_not_asked_again_for_a_moment() {
        let azure = azure(&Limits::default());
        azure.ask("/x", None).await;
        sleep(SECOND).await;
        azure.ask("/x", None).await;
        assert_eq!(azure.counts().0, 1);
        sleep(2 * SECOND).await;
        azure.ask("/x", None).await;
        assert_eq!(azure.counts().0, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_wants_it_fresh_gets_nothing_older() {
        let azure = azure(&Limits::default());
        azure.ask("/x", None).await;
        let old = azure.ask("/x", None).await;
        let now = Instant::now();
        let fresh = azure.ask("/x", Some(now));
        let same = azure.ask("/x", Some(now));
        let (fresh, same) = futures::join!(fresh, same);
        assert!(!Arc::ptr_eq(&old, &fresh) && Arc::ptr_eq(&fresh, &same));
        assert_eq!(azure.counts().0, 2);
        let under_way = azure.ask("/y", None);
        let fresh = azure.ask("/y", Some(Instant::now() + Duration::from_millis(1)));
        futures::join!(under_way, fresh);
        assert_eq!(azure.counts().0, 4, "one under way is too old as well");
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_nobody_waits_for_is_dropped() {
        let azure = azure(&Limits::default());
        let (a, b) = (azure.ask("/x", None), azure.ask("/x", None));
        let (mut a, mut b) = (Box::pin(a), Box::pin(b));
        assert!((&mut a).now_or_never().is_none() && (&mut b).now_or_never().is_none());
        drop(a);
        sleep(SECOND / 2).await;
        drop(b);
        sleep(5 * SECOND).await;
        assert_eq!(azure.counts(), (1, 0), "begun, and never ended");
        let (c, d) = (azure.ask("/x", None), azure.ask("/x", None));
        drop(c);
        d.await;
        assert_eq!(azure.counts(), (2, 1), "the one who stays gets it");
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_can_be_off() {
        let small = Limits {
            memory_bytes: 1500,
            ..Limits::default()
        };
        let azure_ = azure(&small);
        futures::join!(azure_.ask("/x", None), azure_.ask("/y", None));
        azure_.ask("/y", None).await;
        assert_eq!(azure_.counts().0, 2);
        azure_.ask("/x", None).await;
        assert_eq!(azure_.counts().0, 3, "the older was dropped");
        let off = Limits {
            memory: Duration::ZERO,
            ..Limits::default()
        };
        let azure_ = azure(&off);
        azure_.ask("/x", None).await;
        azure_.ask("/x", None).await;
        assert_eq!(azure_.counts().0, 2);
    }
}
