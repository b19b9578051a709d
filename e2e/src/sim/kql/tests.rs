use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Four requests.
fn requests() -> Table {
    let columns = [
        ("TimeGenerated", Kind::Time),
        ("HttpStatus", Kind::Int),
        ("ErrorInfo", Kind::Text),
        ("TimeTaken", Kind::Real),
        ("ServerStatus", Kind::Text),
    ];
    let row = |minute: i64, status, error: &str, taken: f64, server: &str| {
        let time = at("2026-11-25T09:00:00Z") + jiff::SignedDuration::from_mins(minute);
        vec![
            Value::Time(time),
            Value::Whole(status),
            Value::text(error),
            Value::Real(taken),
            Value::text(server),
        ]
    };
    Table {
        name: "Log".to_owned(),
        columns: columns.map(|(name, kind)| Column::new(name, kind)).to_vec(),
        rows: vec![
            row(1, 502, "NO_LIVE", 0.001, ""),
            row(2, 200, "", 0.25, "200"),
            row(3, 504, "TIMED_OUT", 20.0, ""),
            row(4, 502, "NO_LIVE", 0.002, ""),
        ],
    }
}

fn asked(query: &str) -> Result<Json, KqlError> {
    let find = |name: &str| (name == "Log").then(requests);
    run(query, find, at("2026-11-25T10:00:00Z")).map(|table| table.to_json()["rows"].clone())
}

#[test]
fn rows_are_kept_changed_summed_up_and_put_in_order() {
    for (query, rows) in [
        ("Log | where HttpStatus == 502 | count", json!([[2]])),
        ("Log | where TimeGenerated > ago(58m) | count", json!([[2]])),
        (
            "Log | where HttpStatus in (502, 504) and ErrorInfo !has 'live' | project HttpStatus",
            json!([[504]]),
        ),
        (
            "Log | where ErrorInfo =~ 'timed_out' | project Taken = TimeTaken * 2",
            json!([[40.0]]),
        ),
        (
            "Log | extend Bad = HttpStatus >= 500 | summarize n = count(), Longest = max(TimeTaken) by Bad | order by n desc",
            json!([[true, 3, 20.0], [false, 1, 0.25]]),
        ),
        (
            "Log | summarize count() by ErrorInfo, bin(TimeTaken, 1) | order by count_ desc | take 1",
            json!([["NO_LIVE", 0.0, 2]]),
        ),
        (
            "Log | extend Server = coalesce(toint(ServerStatus), 0) | summarize sum(Server), dcount(Server)",
            json!([[200, 2]]),
        ),
        (
            "Log | project X = tostring(column_ifexists('Nothing', 'none')), Y = iff(HttpStatus < 300, 'ok', 'bad') | take 2",
            json!([["none", "bad"], ["none", "ok"]]),
        ),
        (
            "Log | where TimeGenerated >= datetime(2026-11-25T09:03:00Z) and TimeGenerated < datetime(2026-11-25T09:04:00Z) | project HttpStatus",
            json!([[504]]),
        ),
        (
            "Log | where false | summarize n = count(), last = max(TimeGenerated)",
            json!([[0, null]]),
        ),
        ("Log // a comment\n| where not_there == 1", json!(null)),
    ] {
        match asked(query) {
            Ok(seen) => assert_eq!(seen, rows, "{query}"),
            Err(error) => assert!(
                rows.is_null() && error.code == "SEM0100",
                "{query}: {error:?}"
            ),
        }
    }
}

#[test]
fn what_is_wrong_is_said_as_the_service_says_it() {
    for (query, code, part) in [
        (
            "Nothing | take 1",
            "SEM0100",
            "table or column expression named 'Nothing'",
        ),
        (
            "Log | where httpStatus_d == 502",
            "SEM0100",
            "'where' operator: Failed to resolve column or scalar expression named 'httpStatus_d'",
        ),
        ("Log | where false | extend X = Y", "SEM0100", "'Y'"),
        ("Log | extend X = frob(1)", "SEM0260", "frob"),
        ("Log | extend X = iff(1)", "SEM0219", "iff"),
        (
            "Log | where HttpStatus == '502'",
            "SEM0064",
            "int and string",
        ),
        ("Log | where", "SYN0002", "line [1,"),
        ("Log | fly", "SYN0002", "'fly'"),
        ("Log | where ErrorInfo == \"open", "SYN0002", "line [1,"),
        ("", "SYN0002", "line"),
    ] {
        let error = asked(query).unwrap_err();
        assert_eq!(error.code, code, "{query}: {error:?}");
        assert_eq!(error.syntax, code.starts_with("SYN"), "{query}");
        assert!(error.message.contains(part), "{query}: {error:?}");
    }
}
