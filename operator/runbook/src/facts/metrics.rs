//! The gateway's metrics, minute by minute. A minute without a value is not a zero.
use super::{
    Blocked, Gap, Query, Span,
    gateway::Generation,
    json::{at, list, one_line, text},
};
use crate::view::View;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The last minutes are still being added up.
const UNFINISHED: SignedDuration = SignedDuration::from_mins(3);
/// A month in minutes; grains of one minute are not kept for much longer.
const LONGEST: i64 = 32 * 24 * 60;
/// Counted by their totals; everything else by its average.
const TOTALS: [&str; 3] = ["CurrentConnections", "FailedRequests", "TotalRequests"];

/// What to ask a gateway for: one name its platform does not have fails the whole call.
pub fn names(generation: Generation) -> Option<&'static str> {
    match generation {
        Generation::V1 => Some(
            "CpuUtilization,CurrentConnections,FailedRequests,HealthyHostCount,TotalRequests,UnhealthyHostCount",
        ),
        Generation::V2 => Some(
            "CapacityUnits,ComputeUnits,CurrentConnections,FailedRequests,HealthyHostCount,TotalRequests,UnhealthyHostCount",
        ),
        Generation::Unknown => None,
    }
}

/// Every series of one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    span: Span,
    series: BTreeMap<String, Vec<Option<f64>>>,
}

/// One metric: a place for every minute asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    from: Timestamp,
    minutes: Vec<Option<f64>>,
}

impl Metrics {
    /// A metric by name; all minutes empty where the answer does not have it.
    pub fn series(&self, name: &str) -> Series {
        let minutes = self.series.get(&name.to_ascii_lowercase()).cloned();
        Series {
            from: self.span.from,
            minutes: minutes.unwrap_or_else(|| blank(self.span)),
        }
    }
}

impl Series {
    /// The minutes that have a value, with their position.
    pub fn known(&self) -> impl Iterator<Item = (usize, f64)> {
        let all = self.minutes.iter().enumerate();
        all.filter_map(|(minute, value)| Some((minute, (*value)?)))
    }
    /// How many minutes there are.
    pub fn len(&self) -> usize {
        self.minutes.len()
    }
    /// No minute was asked about.
    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }
    /// How many minutes have no value.
    pub fn missing(&self) -> usize {
        self.len() - self.known().count()
    }
    /// The highest value.
    pub fn peak(&self) -> Option<f64> {
        self.known().map(|(_, value)| value).reduce(f64::max)
    }
    /// The values that are there, added up.
    pub fn sum(&self) -> f64 {
        self.known().map(|(_, value)| value).sum()
    }
    /// The minutes at or above `level`.
    pub fn reach(&self, level: f64) -> BTreeSet<usize> {
        let high = self.known().filter(|(_, value)| *value >= level);
        high.map(|(minute, _)| minute).collect()
    }
    /// Five minutes at or above `level`, three of them on end. Where a minute has no value, `blank` is taken.
    pub fn lasts(&self, level: f64, blank: bool) -> bool {
        let (mut all, mut run, mut longest) = (0_u32, 0_u32, 0_u32);
        for value in &self.minutes {
            if value.map_or(blank, |value| value >= level) {
                (all, run) = (all + 1, run + 1);
                longest = longest.max(run);
            } else {
                run = 0;
            }
        }
        all >= 5 && longest >= 3
    }
    /// These minutes alone.
    #[must_use]
    pub fn within(&self, minutes: &BTreeSet<usize>) -> Self {
        let those = minutes.iter().filter_map(|at| self.minutes.get(*at));
        Self {
            from: self.from,
            minutes: those.copied().collect(),
        }
    }
    /// From the first to the last of these minutes, in words; empty for none.
    pub fn when(&self, minutes: &BTreeSet<usize>) -> String {
        let ends = minutes.first().zip(minutes.last());
        ends.map_or(String::new(), |(first, last)| {
            format!("{} to {}", self.at(*first), self.at(*last))
        })
    }
    fn at(&self, minute: usize) -> Timestamp {
        let after = i64::try_from(minute).map(SignedDuration::from_mins);
        let at = after.map(|after| self.from.saturating_add(after).unwrap_or(self.from));
        at.unwrap_or(self.from)
    }
    /// That there is no value, or not one for each minute; nothing if there is.
    pub fn gap(&self, name: &str) -> Option<String> {
        let (all, missing) = (self.len(), self.missing());
        match missing {
            0 => None,
            _ if missing == all => Some(format!("no data points of {name} in the window")),
            _ => Some(format!(
                "no data points of {name} in {missing} of {all} minutes"
            )),
        }
    }
}

fn minutes_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(60)
}

fn blank(span: Span) -> Vec<Option<f64>> {
    let minutes = minutes_between(span.from, span.to).clamp(0, LONGEST);
    vec![None; usize::try_from(minutes).unwrap_or(0)]
}

/// The answer's series; `None` if it is no answer with metrics.
pub fn read(body: &Value, span: Span) -> Option<Metrics> {
    at(body, &["value"])?.as_array()?;
    let mut series = BTreeMap::new();
    for metric in list(body, &["value"]) {
        let Some(name) = text(metric, &["name", "value"]) else {
            continue;
        };
        if text(metric, &["errorCode"]).is_some_and(|code| !code.eq_ignore_ascii_case("success")) {
            continue;
        }
        let adds = TOTALS.iter().any(|total| total.eq_ignore_ascii_case(name));
        let aggregate = if adds { "total" } else { "average" };
        let minutes = series
            .entry(name.to_ascii_lowercase())
            .or_insert_with(|| blank(span));
        let points = list(metric, &["timeseries"]).flat_map(|one| list(one, &["data"]));
        for point in points {
            let Some(value) = at(point, &[aggregate]).and_then(real) else {
                continue;
            };
            let when = text(point, &["timeStamp"]).and_then(|at| at.parse::<Timestamp>().ok());
            let place = when.map(|at| minutes_between(span.from, at));
            let place = place.and_then(|minute| usize::try_from(minute).ok());
            if let Some(place) = place.and_then(|minute| minutes.get_mut(minute)) {
                // Split by a dimension: totals add up, of averages the worst counts.
                *place =
                    Some(place.map_or(
                        value,
                        |seen| {
                            if adds { seen + value } else { seen.max(value) }
                        },
                    ));
            }
        }
    }
    Some(Metrics { span, series })
}

/// A number that is not negative, also one written as text.
pub(crate) fn real(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number)
}

impl View<'_> {
    /// The gateway's metrics in the window, as far as its minutes are complete.
    pub fn metrics(&self) -> Result<Metrics, Blocked> {
        let gateway = self.gateway()?;
        let Some(names) = names(gateway.generation()) else {
            let tier = one_line(gateway.tier());
            let why = format!("tier {tier:?} is not known here, nor which metrics it has");
            return Err(Blocked::Unclear(why));
        };
        let span = finished(self.facts.span(), self.facts.taken_at());
        if span.from >= span.to {
            let why = "the window is too short: metrics of the last three minutes are not complete";
            return Err(Blocked::Unclear(why.into()));
        }
        if minutes_between(span.from, span.to) > LONGEST {
            let why = "the window is longer than metrics are kept by the minute";
            return Err(Blocked::Unclear(why.into()));
        }
        let of = self.id().clone();
        let query = Query::Metrics { of, names, span };
        let body = self.facts.ask(query.clone())?;
        read(body, span).ok_or_else(|| {
            let why = "not an answer with metrics".to_owned();
            Blocked::Gap(query, Gap::Unreadable { why })
        })
    }
}

/// Of a window that reaches to now, all but the last minutes.
fn finished(span: Span, now: Timestamp) -> Span {
    let latest = now.saturating_sub(UNFINISHED).unwrap_or(Timestamp::MIN);
    let minute = latest.as_second().div_euclid(60) * 60;
    let latest = Timestamp::from_second(minute).unwrap_or(latest);
    Span {
        to: span.to.min(latest),
        ..span
    }
}

#[cfg(test)]
mod tests;
