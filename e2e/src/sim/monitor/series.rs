//! The values of a gateway's metrics: what its traffic comes to, minute by minute.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sim::world::{Got, Minute, Served};

/// Bounds of a question, in whole minutes, and how many of them make one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) minutes: u32,
    pub(super) grain: u32,
}

const MINUTE: i64 = 60;
/// A month: what one question may span.
const LONGEST: i64 = 31 * 24 * 60;

impl Span {
    /// Reads `FROM/TO` and an interval such as `PT1M`; without them it is the last hour by the minute.
    pub(super) fn read(timespan: &str, interval: &str, now: Timestamp) -> Option<Self> {
        let grain = match interval {
            "" | "PT1M" => 1,
            "PT5M" => 5,
            "PT15M" => 15,
            "PT30M" => 30,
            "PT1H" => 60,
            "PT6H" => 360,
            "PT12H" => 720,
            "P1D" => 1440,
            _ => return None,
        };
        let (from, to) = if timespan.is_empty() {
            (now - SignedDuration::from_hours(1), now)
        } else {
            let (from, to) = timespan.split_once('/')?;
            (moment(from)?, moment(to)?)
        };
        let (from, to) = (floor(from), floor(to));
        let minutes = to.duration_since(from).as_mins();
        if !(0..=LONGEST).contains(&minutes) {
            return None;
        }
        Some(Self {
            from,
            minutes: u32::try_from(minutes).ok()?,
            grain,
        })
    }

    /// How many minutes before `now` it begins and ends.
    pub(super) fn ago(self, now: Timestamp) -> (u32, u32) {
        let from = floor(now).duration_since(self.from).as_mins();
        let until = from - i64::from(self.minutes);
        let whole = |minutes: i64| u32::try_from(minutes.max(0)).unwrap_or(u32::MAX);
        (whole(from), whole(until))
    }

    /// The moments its values are of.
    fn moments(self) -> impl Iterator<Item = (u32, Timestamp)> {
        (0..self.minutes)
            .step_by(usize::try_from(self.grain).unwrap_or(1))
            .map(move |at| (at, self.from + SignedDuration::from_mins(i64::from(at))))
    }
}

/// With or without a zone; without one it is UTC.
pub(in crate::sim) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| format!("{text}Z").parse().ok())
}

pub(in crate::sim) fn floor(at: Timestamp) -> Timestamp {
    let second = at.as_second().div_euclid(MINUTE) * MINUTE;
    Timestamp::from_second(second).unwrap_or(at)
}

/// What a metric is in one minute; none if nothing here comes to it.
pub(super) fn value(metric: &str, v2: bool, minute: &Minute) -> Option<f64> {
    if minute.stopped {
        return None;
    }
    let count = |wanted: &dyn Fn(&Served) -> bool| -> f64 {
        let all = minute.served.iter().filter(|own| wanted(own));
        // Not `sum`, which begins with a negative zero.
        all.fold(0.0, |sum, own| sum + f64::from(own.count))
    };
    let answered = |own: &Served| matches!(own.sees.answer, Got::Status(_));
    let failed = |own: &Served| {
        let no_live = own.sees.reason == Some("ERRORINFO_UPSTREAM_NO_LIVE");
        // The first generation does not count what met no live member.
        own.sees.status().is_some_and(|status| status >= 500) && (v2 || !no_live)
    };
    Some(match metric {
        "TotalRequests" | "ResponseStatus" => count(&answered),
        "FailedRequests" => count(&failed),
        "CurrentConnections" => minute.connections,
        "CapacityUnits" | "CpuUtilization" => minute.load,
        "ComputeUnits" => minute.load.min(1.0),
        "HealthyHostCount" => minute.healthy,
        "UnhealthyHostCount" => minute.unhealthy,
        "BackendResponseStatus" => count(&|own| own.sees.server.is_some()),
        _ => return None,
    })
}

/// The values of a span, each with the aggregations asked for.
pub(super) fn data(span: Span, values: &[Option<f64>], aggregations: &[String]) -> Vec<Value> {
    let grain = usize::try_from(span.grain).unwrap_or(1);
    span.moments()
        .map(|(at, moment)| {
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            let known: Vec<f64> = values
                .iter()
                .skip(at)
                .take(grain)
                .filter_map(|value| *value)
                .collect();
            let mut point = Map::new();
            point.insert("timeStamp".to_owned(), json!(moment.to_string()));
            for name in aggregations {
                if let Some(value) = aggregated(name, &known) {
                    point.insert(name.clone(), json!(value));
                }
            }
            Value::Object(point)
        })
        .collect()
}

fn aggregated(name: &str, values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len())
        .map(f64::from)
        .ok()
        .filter(|count| *count > 0.0)?;
    Some(match name {
        "average" => values.iter().sum::<f64>() / count,
        "total" => values.iter().sum(),
        "maximum" => values.iter().copied().reduce(f64::max)?,
        "minimum" => values.iter().copied().reduce(f64::min)?,
        "count" => count,
        _ => return None,
    })
}
