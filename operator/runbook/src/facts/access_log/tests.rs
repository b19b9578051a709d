use super::*;
use serde_json::json;

fn answer(columns: &[&str], rows: &Value) -> Value {
    let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name})).collect();
    json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
}

#[test]
fn columns_in_any_order_with_numbers_as_text_and_nulls() {
    let body = answer(
        &[
            "Count",
            "Routed",
            "Pool",
            "status",
            "ServerCode",
            "MaxTaken",
            "FirstSeen",
            "LastSeen",
            "Rule",
            "Instances",
        ],
        &json!([
            [
                "212",
                0,
                "api",
                "502",
                "0",
                "0.004",
                "2026-11-25T09:12:00.25Z",
                "late",
                "-",
                1
            ],
            [4098, null, null, 0, null, "NaN", null, null, null, null],
            [1, "True", 7, 504.0, 200, null, 5, {}, [], "2"]
        ]),
    );
    let log = read(&body).unwrap();
    assert_eq!(log.partial, None);
    let [first, second, third] = log.lines.as_slice() else {
        panic!("{:?}", log.lines)
    };
    assert_eq!(
        (first.status, first.server, first.count),
        (502, Some(0), 212)
    );
    assert_eq!(
        (first.routed, first.pool.as_str(), first.rule.as_str()),
        (Some(false), "api", "")
    );
    assert_eq!(
        (first.longest, first.last, first.instances),
        (Some(0.004), None, Some(1))
    );
    assert_eq!(
        first.first.map(|at| at.to_string()).as_deref(),
        Some("2026-11-25T09:12:00.25Z")
    );
    assert_eq!(
        (second.status, second.routed, second.server, second.longest),
        (0, None, None, None)
    );
    assert_eq!(
        (
            third.status,
            third.routed,
            third.pool.as_str(),
            third.instances
        ),
        (504, Some(true), "", Some(2))
    );
    assert_eq!(
        log.to_string(),
        "213 of 4,311 requests failed (502: 212, 504: 1)"
    );
}

#[test]
fn what_is_not_whole_is_not_taken_for_whole() {
    let fine = answer(&["Status", "Count"], &json!([[0, 5]]));
    assert_eq!(read(&fine).unwrap().partial, None);
    let mut with_error = fine.clone();
    with_error["error"] = json!({"code": "PartialError", "message": "two\nlines"});
    let why = read(&with_error).unwrap().partial.unwrap();
    assert!(why.ends_with("two lines"), "{why}");
    for odd in [
        json!(["x", 1]),
        json!([500, 1]),
        json!([502, -1]),
        json!([502]),
        json!("row"),
        json!([null, 3]),
    ] {
        let log = read(&answer(&["Status", "Count"], &json!([odd, [0, 5]]))).unwrap();
        assert!(log.partial.is_some() && log.lines.len() == 1, "{odd}");
    }
    let many: Vec<Value> = (0..200).map(|_| json!([502, 1])).collect();
    assert!(
        read(&answer(&["Status", "Count"], &json!(many)))
            .unwrap()
            .partial
            .is_some()
    );
}

#[test]
fn nothing_at_all_is_an_answer_and_another_shape_is_none() {
    for body in [
        json!({"tables": []}),
        answer(&["Status", "Count"], &json!(null)),
        answer(&["Status", "Count"], &json!([])),
    ] {
        assert_eq!(read(&body), Some(Log::default()), "{body}");
    }
    for body in [
        json!(null),
        json!({"tables": null}),
        json!({"tables": [1]}),
        answer(&["Status"], &json!([[502]])),
        answer(&["Count"], &json!([[1]])),
    ] {
        assert_eq!(read(&body), None, "{body}");
    }
}

#[test]
fn numbers_as_people_read_them() {
    for (n, words) in [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (1_020_003, "1,020,003"),
    ] {
        assert_eq!(thousands(n), words);
    }
}

#[test]
fn what_is_in_an_id_stays_text() {
    assert_eq!(quoted(r#"/a"| take 1 \"#), r#""/a\"| take 1 \\""#);
    let moment = jiff::Timestamp::UNIX_EPOCH;
    let span = Span {
        from: moment,
        to: moment,
    };
    for table in [LogTable::Dedicated, LogTable::Legacy] {
        let text = kql(table, &ArmId::new("/x\" or \"1\" == \"1"), span);
        assert!(text.contains(r#"=~ "/x\" or \"1\" == \"1""#), "{text}");
    }
}
