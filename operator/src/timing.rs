//! When an object is visited by time alone: at intervals, by a schedule, or never.
use appgw_crds::{AppGatewayDiagnosisSpec, Schedule};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use std::time::Duration;

/// When visits by time are due.
#[derive(Clone, Debug)]
pub enum Timing {
    /// Only on a change, on demand, or when a wait is over.
    Never,
    /// This long after each visit.
    Every(Duration),
    /// By the clock on the wall of a place.
    Clock(Box<Cron>, TimeZone),
}

impl Timing {
    /// What the spec says, else the operator's own interval.
    ///
    /// # Errors
    /// In words, with the field, if the schedule cannot be obeyed: the schema knows its shape alone.
    pub fn of(spec: &AppGatewayDiagnosisSpec, otherwise: Duration) -> Result<Self, String> {
        if let Some(schedule) = &spec.schedule {
            return clock(schedule);
        }
        let said = spec.interval.as_deref().and_then(appgw_crds::duration);
        let interval = said.unwrap_or(otherwise);
        Ok(if interval.is_zero() {
            Self::Never
        } else {
            Self::Every(interval)
        })
    }

    /// How long it is until the next visit; none if no time brings one.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::Every(interval) => Some(*interval),
            Self::Clock(cron, zone) => {
                let next = next(cron, zone, now)?;
                // A little late, so that a timer never wakes before the time it waits for.
                let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default();
                Some(wait + Duration::from_millis(1))
            }
        }
    }

    /// A time of the schedule lies between `last` and `now`.
    pub fn has_passed(&self, last: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Clock(cron, zone) => next(cron, zone, last).is_some_and(|next| next <= now),
            Self::Never | Self::Every(_) => false,
        }
    }
}

fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let found = cron.find_next_occurrence(&after.to_zoned(zone.clone()), false);
    found.ok().map(|at: Zoned| at.timestamp())
}

fn clock(schedule: &Schedule) -> Result<Timing, String> {
    let Schedule { cron, time_zone } = schedule;
    let zone = match time_zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name)
            .map_err(|_| format!("schedule.timeZone: {name} is no time zone known here"))?,
    };
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build();
    let cron = parser
        .parse(cron)
        .map_err(|error| format!("schedule.cron: {error}"))?;
    // The 30th of February, say: better refused than waited for.
    if next(&cron, &zone, Timestamp::UNIX_EPOCH).is_none() {
        return Err(format!(
            "schedule.cron: {} fits no day there is",
            schedule.cron
        ));
    }
    Ok(Timing::Clock(Box::new(cron), zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const QUARTER: Duration = Duration::from_mins(15);

    fn timing(more: &Value) -> Result<Timing, String> {
        let mut spec = json!({"gateway": {"resourceId": "/subscriptions/s"}});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        Timing::of(&serde_json::from_value(spec).unwrap(), QUARTER)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_interval_its_default_and_none() {
        let now = at("2026-11-26T09:00:00Z");
        for (spec, wait) in [
            (json!({}), Some(QUARTER)),
            (json!({"interval": "2m"}), Some(Duration::from_mins(2))),
            (json!({"interval": "0s"}), None),
        ] {
            let timing = timing(&spec).unwrap();
            assert_eq!(timing.wait(now), wait, "{spec}");
            assert!(!timing.has_passed(Timestamp::UNIX_EPOCH, now), "{spec}");
        }
    }

    #[test]
    fn a_schedule_goes_by_the_clock_of_its_place() {
        let cron = "*/15 6-20 * * 1-5";
        let berlin =
            timing(&json!({"schedule": {"cron": cron, "timeZone": "Europe/Berlin"}})).unwrap();
        let utc = timing(&json!({"schedule": {"cron": cron}})).unwrap();
        let minutes = |timing: &Timing, now: &str| timing.wait(at(now)).unwrap().as_secs() / 60;
        // A Friday evening: 20:45 is over in Berlin, and the next is on Monday at six.
        assert_eq!(minutes(&berlin, "2026-11-27T19:46:00Z"), 57 * 60 + 14);
        assert_eq!(minutes(&utc, "2026-11-27T19:46:00Z"), 14);
        // In summer Berlin is two hours ahead.
        assert_eq!(minutes(&berlin, "2026-07-01T03:50:00Z"), 10);
    }

    #[test]
    fn a_time_that_clocks_skip_is_not_lost_and_one_they_show_twice_comes_once() {
        let daily = json!({"schedule": {"cron": "30 2 * * *", "timeZone": "Europe/Berlin"}});
        let daily = timing(&daily).unwrap();
        let Timing::Clock(cron, zone) = &daily else {
            panic!("{daily:?}")
        };
        let after = |text: &str| next(cron, zone, at(text)).unwrap().to_string();
        assert_eq!(after("2026-03-29T00:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(after("2026-10-24T23:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(after("2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn what_has_passed_since_the_last_visit_is_made_up_for_once() {
        let hourly = timing(&json!({"schedule": {"cron": "0 * * * *"}})).unwrap();
        let last = at("2026-11-26T09:00:01Z");
        assert!(!hourly.has_passed(last, at("2026-11-26T09:59:59Z")));
        assert!(hourly.has_passed(last, at("2026-11-26T10:00:00Z")));
        assert!(hourly.has_passed(last, at("2026-11-29T10:00:00Z")));
        let before = at("2026-11-26T09:59:59.5Z");
        let woken = before + jiff::SignedDuration::try_from(hourly.wait(before).unwrap()).unwrap();
        assert!(
            hourly.has_passed(last, woken),
            "a timer does not wake too early"
        );
    }

    #[test]
    fn what_no_clock_can_obey_is_refused_by_name() {
        for (schedule, field) in [
            (json!({"cron": "61 * * * *"}), "schedule.cron: "),
            (
                json!({"cron": "0 0 30 2 *"}),
                "schedule.cron: 0 0 30 2 * fits no day",
            ),
            (json!({"cron": "0 0 0 * * *"}), "schedule.cron: "),
            (json!({"cron": "tea time"}), "schedule.cron: "),
            (
                json!({"cron": "0 6 * * *", "timeZone": "Europe/Atlantis"}),
                "schedule.timeZone: Europe/Atlantis",
            ),
        ] {
            let refused = timing(&json!({"schedule": schedule})).unwrap_err();
            assert!(refused.starts_with(field), "{schedule}: {refused}");
        }
    }
}
