//! How many requests failed in the window, as far as log or metrics tell.
use super::{diagnostics::Kept, gateway::Generation};
use crate::view::View;

/// Requests that failed. A number that is not known is none; it is never taken for zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// 502; none where only metrics are there to tell, which do not know one status from another.
    pub bad_gateway: Option<u64>,
    /// 503, likewise.
    pub unavailable: Option<u64>,
    /// 504, likewise.
    pub timed_out: Option<u64>,
    /// All of these; by metrics everything Azure counts as failed, at least.
    pub failed: u64,
    /// Every request of the window.
    pub total: Option<u64>,
}

impl View<'_> {
    /// Counted by the access log if it could be read, else by the metrics; none where neither tells.
    pub fn failures(&self) -> Option<Failures> {
        let kept = self.access_log().ok();
        let by_log = kept.as_ref().and_then(by_log);
        by_log.or_else(|| self.by_metrics())
    }

    fn by_metrics(&self) -> Option<Failures> {
        let metrics = self.metrics().ok()?;
        let failed = metrics.series("FailedRequests");
        let total = metrics.series("TotalRequests");
        // As many as 2^53, which a float holds to the unit.
        let whole = |sum: f64| format!("{:.0}", sum.abs()).parse::<u64>().ok();
        let count = whole(failed.sum())?;
        // None failed only if every minute says so, and v1 leaves out those that met no live member.
        let v2 = self.gateway().ok()?.generation() == Generation::V2;
        let none = (count == 0).then_some(0);
        if none.is_some() && (failed.missing() > 0 || !v2) {
            return None;
        }
        Some(Failures {
            bad_gateway: none,
            unavailable: none,
            timed_out: none,
            failed: count,
            total: whole(total.sum()).filter(|_| total.missing() == 0),
        })
    }
}

fn by_log(kept: &Kept) -> Option<Failures> {
    let log = kept.log().ok()?;
    let whole = log.partial.is_none();
    let counted = |status| Some(log.count(status)).filter(|n| *n > 0 || whole);
    let failures = Failures {
        bad_gateway: counted(502),
        unavailable: counted(503),
        timed_out: counted(504),
        failed: log.failed(),
        total: Some(log.requests()).filter(|_| whole),
    };
    (failures.failed > 0 || whole).then_some(failures)
}
