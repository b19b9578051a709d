//! How much of the gateway's capacity was used. It is counted in units, ten an instance; v1 has no such
//! metric and is judged by its CPU.
use crate::{
    facts::{
        Blocked,
        gateway::{Gateway, Generation},
        json::{at, number},
        metrics::{Metrics, Series},
    },
    view::View,
};
use std::collections::BTreeSet;

/// Units of capacity an instance stands for.
const UNITS: u32 = 10;
/// Where a document with `autoscaleConfiguration` names no maximum.
const DEFAULT_MAXIMUM: i64 = 10;

/// What there can be of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// So many instances, of which autoscaling may start the last or somebody has.
    Units { instances: u32, autoscale: bool },
    /// v1: all the CPU there is.
    Cpu,
}

impl Limit {
    pub(super) fn of(gateway: Gateway<'_>) -> Result<Self, Blocked> {
        if gateway.generation() == Generation::V1 {
            return Ok(Self::Cpu);
        }
        let scaling = at(gateway.0, &["properties", "autoscaleConfiguration"]);
        let instances = match scaling {
            Some(scaling) if at(scaling, &["maxCapacity"]).is_none() => Some(DEFAULT_MAXIMUM),
            Some(scaling) => number(scaling, &["maxCapacity"]),
            None => number(gateway.0, &["properties", "sku", "capacity"]),
        };
        let instances = instances.and_then(|n| u32::try_from(n).ok());
        let Some(instances) = instances.filter(|n| (1..=1000).contains(n)) else {
            let why = "the gateway's document does not say how many instances there may be";
            return Err(Blocked::Unclear(why.into()));
        };
        Ok(Self::Units {
            instances,
            autoscale: scaling.is_some(),
        })
    }
    pub(super) fn metric(self) -> &'static str {
        match self {
            Self::Units { .. } => "CapacityUnits",
            Self::Cpu => "CpuUtilization",
        }
    }
    pub(super) fn ceiling(self) -> f64 {
        match self {
            Self::Units { instances, .. } => f64::from(instances * UNITS),
            Self::Cpu => 100.0,
        }
    }
    /// What the highest minute reaches, and the level that has to last.
    fn levels(self) -> (f64, f64) {
        match self {
            Self::Units { .. } => (0.9 * self.ceiling(), 0.8 * self.ceiling()),
            Self::Cpu => (90.0_f64.next_up(), 90.0_f64.next_up()),
        }
    }
    pub(super) fn words(self, value: f64) -> String {
        match self {
            Self::Units { instances, .. } => format!(
                "{value:.0} of {:.0} capacity units ({instances} instances)",
                self.ceiling()
            ),
            Self::Cpu => format!("{value:.0} % CPU"),
        }
    }
}

/// How much of it was used in the window.
pub(super) struct Load {
    pub(super) limit: Limit,
    pub(super) metrics: Metrics,
    pub(super) used: Series,
    pub(super) peak: f64,
    pub(super) level: Level,
}

pub(super) enum Level {
    /// At the limit, for so long that it is no spike; in these minutes.
    Sustained(BTreeSet<usize>),
    /// Cannot be told.
    Unsure(String),
    Below,
}

pub(super) fn load(view: &View<'_>) -> Result<Load, Blocked> {
    let limit = Limit::of(view.gateway()?)?;
    let metrics = view.metrics()?;
    let used = metrics.series(limit.metric());
    let gap = used.gap(limit.metric()).unwrap_or_default();
    let Some(peak) = used.peak() else {
        return Err(Blocked::Unclear(gap));
    };
    let (top, high) = limit.levels();
    let failed = metrics.series("FailedRequests");
    let none_failed = failed.missing() == 0 && failed.sum() == 0.0;
    let level = if peak >= top && used.lasts(high, false) {
        Level::Sustained(used.reach(high))
    } else if used.missing() > 0 && used.lasts(high, true) {
        Level::Unsure(gap)
    } else if peak >= top && !none_failed {
        let words = limit.words(peak);
        Level::Unsure(format!(
            "up to {words}, but for too short a time to be the limit"
        ))
    } else {
        Level::Below
    };
    Ok(Load {
        limit,
        metrics,
        used,
        peak,
        level,
    })
}
