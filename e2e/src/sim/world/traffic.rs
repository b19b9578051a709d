//! What clients got, minute by minute, and what of it is counted: computed from the data path, never written down.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{BackEnd, Client, ClientSees, World, file, gateway::Gateway, lenient};

/// Requests of one kind that come to a gateway. Times are minutes before now.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// The gateway's id.
    pub(super) gateway: String,
    pub(super) url: String,
    pub(super) per_minute: u32,
    pub(super) connections: u32,
    pub(super) from: u32,
    pub(super) until: u32,
}

/// A time in which back ends behaved otherwise.
#[derive(Clone, Debug)]
pub(super) struct Then {
    pub(super) from: u32,
    pub(super) until: u32,
    pub(super) back_ends: Vec<(String, u16, BackEnd)>,
}

/// A workspace, and how it behaves.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) tables: Option<Vec<String>>,
    pub(crate) partial: bool,
    pub(crate) delay: u32,
    /// Whether its table for access logs alone has the column `ErrorInfo`.
    pub(crate) error_info: bool,
}

/// What is kept of a world beside its documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    pub(super) streams: Vec<Stream>,
    pub(super) then: Vec<Then>,
    pub(super) workspaces: Vec<Workspace>,
    /// With the id of what was changed.
    pub(super) changes: Vec<(String, file::Change)>,
    pub(super) availability: Option<file::Availability>,
    /// Metrics without values.
    pub(super) unmeasured: bool,
}

/// Requests that went alike.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) url: String,
    /// The number of the gateway's instance.
    pub(crate) instance: usize,
    pub(crate) sees: Arc<ClientSees>,
    /// How long they took, in seconds.
    pub(crate) seconds: f64,
    pub(crate) count: u32,
}

/// One minute of a gateway.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minute {
    /// The gateway was stopped: nothing is measured.
    pub(crate) stopped: bool,
    pub(crate) served: Vec<Served>,
    pub(crate) connections: f64,
    /// Units of capacity in use (v2), or percent of the processors (v1).
    pub(crate) load: f64,
    pub(crate) healthy: f64,
    pub(crate) unhealthy: f64,
}

/// A unit of capacity holds so many connections, and an instance so many units.
const CONNECTIONS_A_UNIT: f64 = 2_500.0;
const UNITS_AN_INSTANCE: f64 = 10.0;

impl World {
    /// The minutes of a gateway from `from` up to, not with, `until`, both in minutes before now.
    pub(crate) fn minutes(&self, gateway: &str, from: u32, until: u32) -> Vec<Minute> {
        let mut past = Past {
            world: self,
            gateway,
            now: Timestamp::now(),
            times: BTreeMap::new(),
            worlds: BTreeMap::new(),
            counted: BTreeMap::new(),
            seen: BTreeMap::new(),
        };
        let all = (until..from).rev();
        all.map(|ago| past.minute(ago)).collect()
    }

    /// The time that requests with this outcome take, in seconds.
    fn takes(&self, gateway: &str, sees: &ClientSees) -> f64 {
        if sees.server.is_none() {
            return 0.001;
        }
        if sees.reason != Some("ERRORINFO_UPSTREAM_TIMED_OUT") {
            return 0.012 + sees.took.as_secs_f64();
        }
        let name = sees.settings.as_deref().unwrap_or_default();
        let settings = self.look(&format!("{gateway}/backendHttpSettingsCollection/{name}"));
        let timeout =
            settings.and_then(|own| lenient::number(&own["properties"]["requestTimeout"]));
        timeout
            .and_then(|own| u32::try_from(own).ok())
            .map_or(20.0, f64::from)
    }
}

/// What a client got, and after how many seconds.
type Outcome = (Arc<ClientSees>, f64);

/// A time in which the world was otherwise than now: its place among those of the file, whether the gateway, which is
/// stopped now, ran, and its place among those before a write.
type Time = (Option<usize>, bool, Option<usize>);

struct Past<'a> {
    world: &'a World,
    gateway: &'a str,
    now: Timestamp,
    /// As it was before a write.
    times: BTreeMap<usize, World>,
    /// As it was in each time that differs.
    worlds: BTreeMap<Time, World>,
    counted: BTreeMap<Time, (f64, f64)>,
    /// By time, stream and instance.
    seen: BTreeMap<(Time, usize, usize), Outcome>,
}

impl Past<'_> {
    /// The time that was so many minutes ago; none if the gateway was stopped then.
    fn time(&mut self, ago: u32) -> Option<Time> {
        let facts = &self.world.facts.watched;
        let time = self.world.time_of(ago, self.now);
        if let Some(time) = time {
            let own = self.times.entry(time);
            own.or_insert_with(|| self.world.in_time(time));
        }
        let own = time
            .and_then(|time| self.times.get(&time))
            .unwrap_or(self.world);
        if own.was_stopped(self.gateway, ago) {
            return None;
        }
        let in_it = |then: &Then| then.until <= ago && ago < then.from;
        let ran = own.is_stopped(self.gateway);
        let then: Time = (facts.then.iter().position(in_it), ran, time);
        if then != (None, false, None) && !self.worlds.contains_key(&then) {
            let mut world = own.clone();
            if ran {
                world.set_running(self.gateway);
            }
            let other = then.0.and_then(|at| facts.then.get(at));
            for (host, port, back_end) in other.into_iter().flat_map(|own| &own.back_ends) {
                let known = &mut world.facts.back_ends;
                known.retain(|(own, own_port, _)| own != host || own_port != port);
                known.push((host.clone(), *port, back_end.clone()));
            }
            self.worlds.insert(then, world);
        }
        Some(then)
    }

    fn minute(&mut self, ago: u32) -> Minute {
        let Some(then) = self.time(ago) else {
            return Minute {
                stopped: true,
                ..Minute::default()
            };
        };
        let facts = &self.world.facts.watched;
        let world = self.worlds.get(&then).unwrap_or(self.world);
        let Ok(gateway) = Gateway::find(world, self.gateway) else {
            return Minute::default();
        };
        let mut minute = Minute::default();
        let counted = self.counted.entry(then);
        (minute.healthy, minute.unhealthy) =
            *counted.or_insert_with(|| counted_in(world, self.gateway));
        let instances = gateway.instances().len().max(1);
        let mine = |stream: &Stream| {
            lenient::same_id(&stream.gateway, self.gateway)
                && stream.until <= ago
                && ago < stream.from
        };
        let streams: Vec<(usize, &Stream)> = facts
            .streams
            .iter()
            .enumerate()
            .filter(|(_, own)| mine(own))
            .collect();
        let connections: u32 = streams.iter().map(|(_, own)| own.connections).sum();
        minute.connections = f64::from(connections);
        let wanted = minute.connections / CONNECTIONS_A_UNIT;
        let ceiling = ceiling(&gateway);
        let shed = if wanted > ceiling {
            1.0 - ceiling / wanted
        } else {
            0.0
        };
        minute.load = if gateway.is_v2() {
            // An idle gateway is counted for something, too.
            wanted.clamp(1.0, ceiling)
        } else {
            (100.0 * wanted / ceiling).min(100.0)
        };
        for (at, stream) in streams {
            for instance in 0..instances {
                let count = share(stream.per_minute, instances, instance);
                let (sees, seconds) = self
                    .seen
                    .entry((then, at, instance))
                    .or_insert_with(|| {
                        let client = Client::at_instance(instance);
                        let sees = world
                            .fetch(self.gateway, &stream.url, client)
                            .unwrap_or_default();
                        let seconds = world.takes(self.gateway, &sees);
                        (Arc::new(sees), seconds)
                    })
                    .clone();
                let turned_away = lost(count, shed);
                let mut add = |sees, seconds, count| {
                    if count > 0 {
                        let url = stream.url.clone();
                        minute.served.push(Served {
                            url,
                            instance,
                            sees,
                            seconds,
                            count,
                        });
                    }
                };
                add(sees.clone(), seconds, count - turned_away);
                let overloaded = ClientSees {
                    answer: super::Got::Status(503),
                    reason: None,
                    server: None,
                    took: std::time::Duration::ZERO,
                    ..(*sees).clone()
                };
                add(Arc::new(overloaded), 0.001, turned_away);
            }
        }
        minute
    }
}

/// Servers of pairs in use that health calls healthy, and those that it calls otherwise; unknown ones are neither.
fn counted_in(world: &World, gateway: &str) -> (f64, f64) {
    let health = world.back_end_health(gateway).unwrap_or_default();
    let pools = lenient::items(&health["backendAddressPools"]);
    let pairs = pools.flat_map(|pool| lenient::items(&pool["backendHttpSettingsCollection"]));
    let (mut healthy, mut unhealthy) = (0.0, 0.0);
    for server in pairs.flat_map(|pair| lenient::items(&pair["servers"])) {
        match server["health"].as_str() {
            Some("Healthy" | "Up") => healthy += 1.0,
            Some("Unhealthy" | "Down" | "Partial") => unhealthy += 1.0,
            _ => {}
        }
    }
    (healthy, unhealthy)
}

/// The most units that its instances have.
fn ceiling(gateway: &Gateway<'_>) -> f64 {
    let properties = gateway.properties();
    let most = lenient::number(&properties["autoscaleConfiguration"]["maxCapacity"]);
    let fixed = lenient::number(&properties["sku"]["capacity"]);
    let instances = most.or(fixed).and_then(|own| u32::try_from(own).ok());
    UNITS_AN_INSTANCE * f64::from(instances.unwrap_or(10).max(1))
}

/// What falls to one of several instances that take turns.
fn share(all: u32, instances: usize, instance: usize) -> u32 {
    let instances = u32::try_from(instances).unwrap_or(1).max(1);
    let instance = u32::try_from(instance).unwrap_or_default();
    all / instances + u32::from(instance < all % instances)
}

fn lost(count: u32, share: f64) -> u32 {
    let lost = (f64::from(count) * share).round();
    (0..=count)
        .find(|own| f64::from(*own) >= lost)
        .unwrap_or(count)
}
