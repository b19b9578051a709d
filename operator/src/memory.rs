//! What was heard by the last look at an object that an approval may come for: so that it need not be asked again
//! before the change leaves. The targets themselves are read again right before.
use appgw_runbook::facts::Facts;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Facts older than this are asked for anew.
pub const KEPT: Duration = Duration::from_secs(60);
/// Objects remembered.
const MOST: usize = 256;

struct Heard {
    at: Instant,
    generation: Option<i64>,
    facts: Facts,
}

/// Facts by uid.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<String, Heard>>);

impl Memory {
    /// Keeps what was heard.
    pub fn keep(&self, uid: &str, generation: Option<i64>, facts: Facts) {
        let mut all = self.all();
        let now = Instant::now();
        all.retain(|_, it| now.duration_since(it.at) < KEPT);
        if all.len() < MOST {
            let heard = Heard {
                at: now,
                generation,
                facts,
            };
            all.insert(uid.to_owned(), heard);
        }
    }
    /// Takes what was heard of this generation and is not too old.
    pub fn take(&self, uid: &str, generation: Option<i64>) -> Option<Facts> {
        let heard = self.all().remove(uid)?;
        (heard.generation == generation && heard.at.elapsed() < KEPT).then_some(heard.facts)
    }
    /// Nothing is kept of an object that is gone.
    pub fn forget(&self, uid: &str) {
        self.all().remove(uid);
    }
    fn all(&self) -> MutexGuard<'_, HashMap<String, Heard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
