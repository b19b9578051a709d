use super::*;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::json;

const BASE: &str =
    "https://management.azure.com/subscriptions/s/providers/Microsoft.Network/locations/w";

fn reply(status: u16, headers: &[(&str, &str)], body: &Value) -> Reply {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect();
    let bytes = if body.is_null() {
        "null".to_owned()
    } else {
        body.to_string()
    };
    Reply::new(status, headers, bytes.as_bytes())
}

fn result() -> String {
    format!("{BASE}/operationResults/1?api-version=2025-07-01&t=1&c=a_-B&s=x&h=y")
}
fn status() -> String {
    format!("{BASE}/operations/1?api-version=2024-07-01")
}
fn health() -> Value {
    json!({"backendAddressPools": []})
}

/// Feeds the answers in and says how it ended and what was polled with which waits.
fn run(answers: &[Reply]) -> (Result<Reply, Failure>, Vec<(String, u128)>) {
    let origin = Origin::new("https://management.azure.com").unwrap();
    let limits = Limits::default();
    let mut polls = Vec::new();
    let mut answers = answers.iter().cloned();
    let begun = Operation::begin(&origin, &limits, answers.next().unwrap());
    let (mut step, mut operation) = match begun {
        Ok(begun) => begun,
        Err(failure) => return (Err(failure), polls),
    };
    loop {
        match step {
            Step::Done(reply) => return (Ok(reply), polls),
            Step::Poll(at, wait) => {
                polls.push((at.url().to_string(), wait.as_millis()));
                let Some(answer) = answers.next() else {
                    return (Err(Failure::Timeout), polls);
                };
                let operation = operation.as_mut().unwrap();
                match operation.polled(answer) {
                    Ok(next) => step = next,
                    Err(failure) => return (Err(failure), polls),
                }
            }
        }
    }
}

fn ended(answers: &[Reply]) -> Result<Reply, Failure> {
    run(answers).0
}

#[test]
fn as_recorded_location_only_and_the_final_answer_carries_it_too() {
    let moved = format!("{}2", result());
    let (end, polls) = run(&[
        reply(
            202,
            &[("location", &result()), ("retry-after", "10")],
            &Value::Null,
        ),
        reply(
            202,
            &[("location", &moved), ("retry-after", "10")],
            &Value::Null,
        ),
        reply(200, &[("location", &result())], &health()),
    ]);
    assert_eq!(end.unwrap().body, Some(health()));
    assert_eq!(
        polls,
        [(result(), 10_000), (moved, 10_000)],
        "verbatim, the newest"
    );
}

#[test]
fn a_document_at_once_needs_no_poll() {
    let (end, polls) = run(&[reply(200, &[("location", &result())], &health())]);
    assert_eq!((end.unwrap().body, polls.len()), (Some(health()), 0));
}

#[test]
fn where_both_are_named_the_result_is_polled() {
    let (_, polls) = run(&[reply(
        202,
        &[("location", &result()), ("azure-asyncoperation", &status())],
        &Value::Null,
    )]);
    assert_eq!(polls, [(result(), 10_000)], "10 s where nothing is said");
}

#[test]
fn the_status_alone_tells_how_it_ended_but_has_no_document() {
    let begin = reply(202, &[("azure-asyncoperation", &status())], &Value::Null);
    let going = reply(
        200,
        &[("retry-after", "20")],
        &json!({"status": "InProgress"}),
    );
    let odd = reply(200, &[], &json!({"status": "Dreaming"}));
    let done = reply(200, &[], &json!({"status": "Succeeded", "properties": {}}));
    let (end, polls) = run(&[begin.clone(), going, odd, done]);
    assert_eq!(
        end.unwrap_err().to_string(),
        "unreadable: the operation succeeded, and Azure named no place for its result"
    );
    assert_eq!(polls[1..], [(status(), 20_000), (status(), 10_000)]);
    let inside = reply(
        200,
        &[],
        &json!({"status": "Succeeded", "properties": health()}),
    );
    assert_eq!(
        ended(&[begin.clone(), inside]).unwrap().body,
        Some(health())
    );
    let there = reply(
        200,
        &[("location", &result())],
        &json!({"status": "Succeeded"}),
    );
    let (end, polls) = run(&[begin, there, reply(200, &[], &health())]);
    assert_eq!(end.unwrap().body, Some(health()));
    assert_eq!(polls[1], (result(), 0));
}

#[test]
fn accepted_without_a_place_to_look_is_said() {
    let end = ended(&[reply(202, &[], &Value::Null)]);
    assert_eq!(
        end.unwrap_err().to_string(),
        "unreadable: Azure accepted the call and named no place to look for its result"
    );
}

#[test]
fn failed_inside_200_is_the_end_in_either_place() {
    let failed = json!({"status": "Failed", "error": {"code": "X", "message": ""}});
    for header in ["location", "azure-asyncoperation"] {
        let begin = reply(202, &[(header, &result())], &Value::Null);
        let end = ended(&[begin, reply(200, &[], &failed)]).unwrap();
        assert_eq!(end.body.as_ref(), Some(&failed));
    }
}

#[test]
fn waits_grow_are_capped_and_never_busy() {
    let waits = |asked: &[&str]| {
        let answers: Vec<Reply> = asked
            .iter()
            .map(|wait| {
                let location = result();
                reply(
                    202,
                    &[("location", &location), ("retry-after", wait)],
                    &Value::Null,
                )
            })
            .collect();
        let (_, polls) = run(&answers);
        polls
            .iter()
            .map(|(_, wait)| wait / 1000)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        waits(&["10", "20", "20", "40", "80", "160", "86400"]),
        [10, 20, 20, 40, 60, 60, 60]
    );
    let quick = waits(&["0"; 13]);
    assert_eq!(quick[..10], [0; 10], "a scaled clock is obeyed");
    assert_eq!(quick[10..], [1; 3], "but not for ever");
}

#[test]
fn failed_polls_are_not_the_operations_end_until_there_are_many() {
    let begin = reply(202, &[("location", &result())], &Value::Null);
    let trouble = |status| reply(status, &[], &Value::Null);
    let mut answers = vec![begin.clone()];
    answers.extend([404, 500, 503, 504].map(trouble));
    answers.push(reply(202, &[], &Value::Null));
    answers.extend([404, 500, 503, 504].map(trouble));
    answers.push(reply(200, &[], &health()));
    assert_eq!(ended(&answers).unwrap().body, Some(health()));

    let mut answers = vec![begin.clone()];
    answers.extend([404; 5].map(trouble));
    assert_eq!(
        ended(&answers).unwrap_err().to_string(),
        "unreadable: Azure lost the operation: its place answers 404"
    );
    let gone = json!({"error": {"code": "ResourceNotFound", "message": "m"}});
    let mut answers = vec![begin.clone()];
    answers.extend((0..5).map(|_| reply(404, &[], &gone)));
    assert_eq!(ended(&answers).unwrap().status, 404, "the gateway is gone");
    assert_eq!(ended(&[begin, trouble(403)]).unwrap().status, 403);
}

#[test]
fn a20_an_operation_elsewhere_is_not_followed() {
    for place in ["https://evil.example/x", "http://management.azure.com/x"] {
        for header in ["location", "azure-asyncoperation"] {
            let (end, polls) = run(&[reply(202, &[(header, place)], &Value::Null)]);
            assert!(end.is_err() && polls.is_empty());
        }
        let begin = reply(202, &[("location", &result())], &Value::Null);
        let (end, polls) = run(&[begin, reply(202, &[("location", place)], &Value::Null)]);
        assert!(end.unwrap_err().to_string().contains("was not followed"));
        assert_eq!(polls.len(), 1);
    }
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let code = prop::sample::select(vec![
        200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 500, 503, 504,
    ]);
    let place = prop::sample::select(vec![
        String::new(),
        result(),
        status(),
        "https://evil.example/x".to_owned(),
        "/relative".to_owned(),
        "//evil.example".to_owned(),
        "not a url".to_owned(),
    ]);
    let wait = prop::sample::select(vec!["", "0", "1", "160", "-1", "x"]);
    let body = prop::sample::select(vec![
        Value::Null,
        health(),
        json!({"status": "InProgress"}),
        json!({"status": "Succeeded"}),
        json!({"status": "Succeeded", "properties": {"a": 1}}),
        json!({"status": "Failed", "error": {"code": "X"}}),
        json!({"status": 7}),
        json!([1]),
        json!("text"),
    ]);
    (code, place.clone(), place, wait, body).prop_map(|(code, location, operation, wait, body)| {
        let named = [
            ("location", location.as_str()),
            ("azure-asyncoperation", operation.as_str()),
            ("retry-after", wait),
        ];
        let named: Vec<_> = named
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        reply(code, &named, &body)
    })
}

proptest! {
    /// Whatever Azure answers, and if it repeats that for ever: there is an end, and every poll on
    /// the way stays on the origin and is not busy.
    #[test]
    fn it_ends_and_never_leaves_the_origin(answers in prop::collection::vec(any_reply(), 1..12)) {
        let endless: Vec<Reply> = answers.iter().cycle().take(MOST_POLLS + 20).cloned().collect();
        let (end, polls) = run(&endless);
        prop_assert!(polls.len() <= MOST_POLLS);
        if polls.len() == MOST_POLLS {
            prop_assert_eq!(end.unwrap_err(), Failure::Timeout);
        }
        for (url, _) in &polls {
            prop_assert!(url.starts_with("https://management.azure.com/"), "{}", url);
        }
        let quick = polls.iter().filter(|(_, wait)| *wait < 1000).count();
        prop_assert!(quick <= MOST_QUICK + 1, "{}", quick);
    }
}
