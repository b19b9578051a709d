//! What the API server says of our objects, and whom that wakes.
use crate::{
    backoff::jittered,
    error::chain,
    turns::{Lane, Turns},
    wire,
};
use appgw_crds::{AppGatewayDiagnosis, GROUP};
use futures::{Stream, StreamExt as _, future, stream};
use kube::{
    Api, Client, Resource as _, ResourceExt as _,
    core::DeserializeGuard,
    runtime::{
        WatchStreamExt as _,
        reflector::{ObjectRef, Store, store::Writer},
        utils::{Backoff, StreamBackoff},
        watcher::{self, Event, watcher},
    },
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// One of our objects, or what is left of it when it is not readable.
pub type Guarded = DeserializeGuard<AppGatewayDiagnosis>;
/// Which one.
pub type Key = ObjectRef<Guarded>;

/// Seconds. Idle load balancers forget a quiet connection after four minutes without telling
/// either end.
pub const WATCH: u32 = 60;
/// Objects a page: what is in memory beside the store while it fills.
const PAGE: u32 = 50;
/// Before the same trouble is said again.
const AGAIN: Duration = Duration::from_secs(60);

/// The stores of all watches, to read from.
#[derive(Clone)]
pub struct Stores(Arc<[Store<Guarded>]>);

impl Stores {
    /// All objects as last heard of.
    pub fn all(&self) -> impl Iterator<Item = Arc<Guarded>> {
        self.0.iter().flat_map(Store::state)
    }
    /// The object as last heard of.
    pub fn get(&self, key: &Key) -> Option<Arc<Guarded>> {
        self.0.iter().find_map(|store| store.get(key))
    }
}

/// One watch a namespace, or one for all, with what it heard.
pub struct Watches {
    watched: Vec<Watched>,
}

/// What the loop should know of an event.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// An object came, changed or stayed as it was.
    Nothing,
    /// These objects are gone, by uid.
    Gone(Vec<String>),
    /// The watch is complete, with so many objects; these are gone.
    Listed(usize, Vec<String>),
}

impl Watches {
    /// Nothing is heard yet. One watch for each of `namespaces`; one for all if there are none.
    pub fn new(namespaces: &[String]) -> Self {
        let watched = (0..namespaces.len().max(1)).map(|_| Watched::default());
        Self {
            watched: watched.collect(),
        }
    }

    /// To read from.
    pub fn stores(&self) -> Stores {
        Stores(
            self.watched
                .iter()
                .map(|it| it.writer.as_reader())
                .collect(),
        )
    }

    /// Whether every watch has listed once.
    pub fn complete(&self) -> bool {
        self.watched.iter().all(|it| it.listed)
    }

    /// Takes an event of one of the watches to heart.
    pub fn hear(&mut self, (watch, event): (usize, Event<Guarded>), turns: &Turns<Key>) -> Heard {
        match self.watched.get_mut(watch) {
            Some(watched) => watched.hear(&event, turns),
            None => Heard::Nothing,
        }
    }
}

/// The events of all watches, each with the number of its watch; they do not end. Trouble is
/// logged, and tried again within seconds.
pub fn events(
    client: &Client,
    namespaces: &[String],
) -> impl Stream<Item = (usize, Event<Guarded>)> + Send + Unpin + use<> {
    let apis: Vec<Api<Guarded>> = if namespaces.is_empty() {
        vec![Api::all(client.clone())]
    } else {
        let api = |namespace: &String| Api::namespaced(client.clone(), namespace);
        namespaces.iter().map(api).collect()
    };
    let config = watcher::Config::default().timeout(WATCH).page_size(PAGE);
    let watches = apis.into_iter().enumerate().map(|(watch, api)| {
        let events = StreamBackoff::new(watcher(api, config.clone()), Patience::default());
        // Nobody here reads them, and they are as large as the object.
        let events = events.modify(|object| object.managed_fields_mut().clear());
        let mut complaints = Complaints::default();
        let heard = events.filter_map(move |event| {
            let event = event.map_err(|error| complaints.say(&error));
            future::ready(event.ok().map(|event| (watch, event)))
        });
        heard.boxed()
    });
    stream::select_all(watches)
}

/// What was complained of last, and when: an outage is one line a minute, not one an attempt.
#[derive(Debug, Default)]
struct Complaints(Option<(String, Instant)>);

impl Complaints {
    fn say(&mut self, error: &watcher::Error) {
        if matches!(error, watcher::Error::WatchError(status) if status.code == 410) {
            tracing::debug!("the watch is too old; listing anew");
            return;
        }
        let text = match error {
            watcher::Error::InitialListFailed(kube::Error::Api(status)) if status.code == 404 => {
                let plural = AppGatewayDiagnosis::plural(&());
                format!("the API server does not know {plural}.{GROUP}: is the CRD installed?")
            }
            error => chain(error),
        };
        let known = |(said, at): &(String, Instant)| *said == text && at.elapsed() < AGAIN;
        if !self.0.as_ref().is_some_and(known) {
            tracing::warn!(error = text, "watch failed");
            self.0 = Some((text, Instant::now()));
        }
    }
}

/// Between attempts to watch: half a second, doubling to four. After an outage of whatever length it
/// takes two at most, the second because the watch has grown too old: back within ten seconds.
#[derive(Debug)]
struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_millis(500))
    }
}

impl Iterator for Patience {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let wait = self.0;
        self.0 = (wait * 2).min(Duration::from_secs(4));
        Some(jittered(wait))
    }
}

impl Backoff for Patience {
    fn reset(&mut self) {
        *self = Self::default();
    }
}

struct Watched {
    writer: Writer<Guarded>,
    /// To be woken when the list is complete: the store has nothing of it before.
    changed: Vec<(Key, Lane)>,
    listed: bool,
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            writer: Writer::new(()),
            changed: Vec::new(),
            listed: false,
        }
    }
}

impl Watched {
    fn hear(&mut self, event: &Event<Guarded>, turns: &Turns<Key>) -> Heard {
        let store = self.writer.as_reader();
        let woken = match event {
            Event::Apply(object) | Event::InitApply(object) => self.worth_a_look(object),
            Event::Delete(_) | Event::Init | Event::InitDone => None,
        };
        match event {
            Event::Init => {
                self.changed.clear();
                self.writer.apply_watcher_event(event);
                Heard::Nothing
            }
            Event::InitApply(_) => {
                self.changed.extend(woken);
                self.writer.apply_watcher_event(event);
                Heard::Nothing
            }
            Event::InitDone => {
                let before = store.state();
                self.writer.apply_watcher_event(event);
                self.listed = true;
                for (key, lane) in self.changed.drain(..) {
                    turns.wake(&key, lane);
                }
                Heard::Listed(store.len(), gone(&before, &store, turns))
            }
            Event::Apply(_) => {
                self.writer.apply_watcher_event(event);
                if let Some((key, lane)) = woken {
                    turns.wake(&key, lane);
                }
                Heard::Nothing
            }
            Event::Delete(object) => {
                turns.forget(&Key::from_obj(object));
                let gone = object.uid().into_iter().collect();
                self.writer.apply_watcher_event(event);
                Heard::Gone(gone)
            }
        }
    }

    /// Not generation alone: a run-now is an annotation, and annotations do not bump the generation.
    /// And not every change: our own write of status must not wake us.
    fn worth_a_look(&self, object: &Guarded) -> Option<(Key, Lane)> {
        let key = Key::from_obj(object);
        let known = self.writer.as_reader().get(&key);
        if known.is_some_and(|known| is_as_before(&known, object)) {
            return None;
        }
        let awaited = |cr: &AppGatewayDiagnosis| wire::is_asked_for(cr) || wire::is_decided_on(cr);
        let pressing = object.0.as_ref().is_ok_and(awaited);
        let lane = if pressing {
            Lane::Pressing
        } else {
            Lane::Routine
        };
        Some((key, lane))
    }
}

/// Who was there before and is no more, by uid: also one that was made again under its name.
fn gone(before: &[Arc<Guarded>], store: &Store<Guarded>, turns: &Turns<Key>) -> Vec<String> {
    let mut gone = Vec::new();
    for object in before {
        let key = Key::from_obj(object);
        let now = store.get(&key);
        if now.is_none() {
            turns.forget(&key);
        }
        if now.is_none_or(|now| now.uid() != object.uid()) {
            gone.extend(object.uid());
        }
    }
    gone
}

fn is_as_before(known: &Guarded, object: &Guarded) -> bool {
    let ours = |object: &Guarded| {
        let annotations = object.annotations().iter();
        let ours = annotations.filter(|(name, _)| name.starts_with("appgwdiag.dev/"));
        ours.map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Vec<_>>()
    };
    (known.uid(), known.meta().generation) == (object.uid(), object.meta().generation)
        && known.0.is_ok() == object.0.is_ok()
        && ours(known) == ours(object)
}

#[cfg(test)]
mod tests;
