use super::*;
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
fn ten_minutes() -> Span {
    Span {
        from: at("2026-11-25T09:00:00Z"),
        to: at("2026-11-25T09:10:00Z"),
    }
}
fn one(name: &str, timeseries: &Value) -> Value {
    json!({"value": [{"name": {"value": name}, "timeseries": timeseries}]})
}
fn series(name: &str, timeseries: &Value) -> Series {
    read(&one(name, timeseries), ten_minutes())
        .unwrap()
        .series(name)
}

#[test]
fn a_minute_without_the_aggregate_has_no_value() {
    let data = json!([{"data": [
        {"timeStamp": "2026-11-25T09:00:00Z", "average": 3}, {"timeStamp": "2026-11-25T09:01:00Z"},
        {"timeStamp": "2026-11-25T09:02:00Z", "average": null}, {"timeStamp": "2026-11-25T09:03:00Z", "total": 9},
        {"timeStamp": "2026-11-25T09:04:00Z", "average": "4.5"}, {"timeStamp": "soon", "average": 99},
        {"timeStamp": "2026-11-25T08:59:00Z", "average": 99}, {"timeStamp": "2026-11-25T09:10:00Z", "average": 99},
        {"timeStamp": "2026-11-25T09:05:00Z", "average": "NaN"}, {"timeStamp": "2026-11-25T09:06:00Z", "average": -1}, 7, null]}]);
    let read = series("CapacityUnits", &data);
    assert_eq!(read.known().collect::<Vec<_>>(), [(0, 3.0), (4, 4.5)]);
    assert_eq!((read.len(), read.missing()), (10, 8));
    let gap = read.gap("CapacityUnits");
    assert_eq!(
        gap.as_deref(),
        Some("no data points of CapacityUnits in 8 of 10 minutes")
    );
}

#[test]
fn an_empty_series_one_that_failed_and_one_that_is_not_there_have_none() {
    for body in [
        one("CapacityUnits", &json!([])),
        one("CapacityUnits", &json!(null)),
        one("Other", &json!([])),
        json!({"value": [{"name": {"value": "CapacityUnits"}, "errorCode": "InternalError",
            "timeseries": [{"data": [{"timeStamp": "2026-11-25T09:00:00Z", "average": 0}]}]}]}),
    ] {
        let read = read(&body, ten_minutes()).unwrap().series("CapacityUnits");
        assert_eq!((read.len(), read.missing(), read.peak()), (10, 10, None));
    }
    for body in [
        json!({"error": {"code": "BadRequest"}}),
        json!({"value": {}}),
        json!([1]),
    ] {
        assert_eq!(read(&body, ten_minutes()), None, "{body}");
    }
}

#[test]
fn dimensions_add_up_for_totals_and_the_worst_counts_for_averages() {
    let split = |aggregate: &str| json!([{"data": [{"timeStamp": "2026-11-25T09:00:00Z", aggregate: 2}]}, {"data": [{"timeStamp": "2026-11-25T09:00:00Z", aggregate: 3}]}]);
    assert_eq!(series("FailedRequests", &split("total")).peak(), Some(5.0));
    assert_eq!(
        series("UnhealthyHostCount", &split("average")).peak(),
        Some(3.0)
    );
}

#[test]
fn five_minutes_and_three_on_end() {
    let lasts = |values: &[Option<f64>], blank| {
        let from = at("2026-11-25T09:00:00Z");
        let minutes = values.to_vec();
        Series { from, minutes }.lasts(80.0, blank)
    };
    let (hi, lo) = (Some(80.0), Some(79.0));
    assert!(lasts(&[hi, hi, hi, lo, hi, hi], false));
    assert!(!lasts(&[hi, hi, hi, hi, lo], false), "four");
    assert!(
        !lasts(&[hi, hi, lo, hi, hi, lo, hi, hi], false),
        "two on end"
    );
    assert!(!lasts(&[hi, hi, None, hi, hi], false));
    assert!(lasts(&[hi, hi, None, hi, hi], true));
}

#[test]
fn the_last_three_minutes_are_left_out_and_a_window_in_the_past_is_whole() {
    let span = ten_minutes();
    let cut = finished(span, at("2026-11-25T09:10:42Z"));
    assert_eq!((cut.from, cut.to), (span.from, at("2026-11-25T09:07:00Z")));
    assert_eq!(finished(span, at("2026-11-25T12:00:00Z")), span);
}
