use super::*;
use crate::azure::exchange::{Failure, Raw};
use proptest::prelude::*;

const GATEWAY: &str =
    "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw";

fn document(id: &str) -> Query {
    Query::Document(ArmId::new(id))
}

fn health() -> Query {
    Query::BackendHealth(ArmId::new(GATEWAY))
}

fn bundle(exchanges: &Value) -> Bundle {
    let file = json!({"kind": "Bundle", "apiVersion": API_VERSION, "takenAt": "2026-11-22T09:41:00Z",
        "spec": {"gateway": {"resourceId": GATEWAY}}, "exchanges": exchanges});
    Bundle::from_json(&file.to_string()).unwrap()
}

#[test]
fn one_put_together_by_hand_is_read() {
    let bundle = bundle(&json!([
        // No headers, no query, another case, a slash at the end.
        {"method": "get", "path": format!("{}/", GATEWAY.to_uppercase()), "status": 200, "body": {"name": "gw"}},
        // A whole URL with any api-version; the final body of the POST; no status.
        {"method": "POST", "path": format!("https://management.azure.com{GATEWAY}/backendHealth?api-version=2019-11-01"),
            "body": {"backendAddressPools": []}},
        {"method": "DNS", "path": "API.internal.", "addresses": ["10.2.0.4"]},
        {"path": "/subscriptions/S/x%20y", "status": "200", "headers": {"ETag": ["W/1"]}, "body": {"a": 1}},
        {"method": "TLS", "path": "h:443", "sni": "h", "chain": ["PEM"]},
    ]));
    assert_eq!(bundle.take(&document(GATEWAY)), Ok(json!({"name": "gw"})));
    assert_eq!(
        bundle.take(&health()),
        Ok(json!({"backendAddressPools": []}))
    );
    let name = Query::Resolve("api.INTERNAL".to_owned());
    assert_eq!(bundle.take(&name), Ok(json!({"addresses": ["10.2.0.4"]})));
    assert_eq!(
        bundle.take(&document("/subscriptions/s/X Y")),
        Ok(json!({"a": 1}))
    );
    assert!(
        bundle.write().contains("\"chain\": ["),
        "kinds of later are kept"
    );
}

#[test]
fn a_question_without_exchange_is_a_gap_and_never_not_found() {
    let bundle = bundle(&json!([{"method": "GET", "path": GATEWAY, "status": 404}]));
    assert_eq!(bundle.take(&document(GATEWAY)), Err(Gap::NotFound));
    assert_eq!(bundle.take(&health()), Err(Gap::NotInBundle));
    let name = Query::Resolve("x".to_owned());
    assert_eq!(bundle.take(&name), Err(Gap::NotInBundle));
    assert!(bundle.has(&document(GATEWAY), 1) && !bundle.has(&health(), 1));
}

#[test]
fn a_list_is_answered_by_its_members() {
    let list =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups";
    let members = json!([
        {"method": "GET", "path": format!("{list}/b"), "status": 200, "body": {"name": "b"}},
        {"method": "GET", "path": format!("{list}/a?api-version=x"), "status": 200, "body": {"name": "a"}},
        {"method": "GET", "path": format!("{list}/a/securityRules/r"), "status": 200, "body": {"name": "r"}},
        {"method": "GET", "path": format!("{list}/c"), "status": 404, "body": {"error": {"code": "ResourceNotFound"}}},
    ]);
    let want = json!({"value": [{"name": "a"}, {"name": "b"}]});
    assert_eq!(bundle(&members).take(&document(list)), Ok(want));
    let own = json!([{"method": "GET", "path": list, "status": 200, "body": {"value": []}}]);
    assert_eq!(bundle(&own).take(&document(list)), Ok(json!({"value": []})));
    let id = &format!("{list}/a");
    assert_eq!(
        bundle(&json!([])).take(&document(id)),
        Err(Gap::NotInBundle)
    );
}

#[test]
fn of_several_looks_the_last_one_asked_counts() {
    let look = |look: u32, status: u16| {
        json!({"method": "POST", "path": format!("{GATEWAY}/backendhealth"), "look": look, "status": status,
            "body": {"backendAddressPools": [look]}})
    };
    let bundle = bundle(&json!([look(1, 200), look(3, 200), look(1, 500)]));
    let pools = |look| bundle.take_at(&health(), look).unwrap()["backendAddressPools"][0].clone();
    assert_eq!(
        (pools(1), pools(2), pools(3)),
        (json!(1), json!(1), json!(3))
    );
    let text = bundle.write();
    assert!(
        text.contains("\"look\": 3") && !text.contains("\"look\": 1"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let with = |key: &str, value: Value| {
        let mut file = json!({"kind": "Bundle", "apiVersion": API_VERSION,
            "takenAt": "2026-11-22T09:41:00Z", "spec": {}, "exchanges": []});
        file[key] = value;
        file.to_string()
    };
    let one = |exchange: Value| {
        with(
            "exchanges",
            json!([{"path": "/x", "status": 200}, exchange]),
        )
    };
    for (text, said) in [
        (
            "{\"kind\": ".to_owned(),
            "bundle: not JSON: EOF while parsing a value at line 1 column 9",
        ),
        ("[]".to_owned(), "bundle: the file: expected an object"),
        (
            with("kind", json!("Bandle")),
            "bundle: kind: expected Bundle, found Bandle",
        ),
        (
            with("apiVersion", json!(1)),
            "bundle: apiVersion: missing; expected appgwdiag.dev/v1alpha1",
        ),
        (
            with("spec", json!(null)),
            "bundle: spec: expected an object",
        ),
        (
            with("exchanges", json!({})),
            "bundle: exchanges: expected a list",
        ),
        (one(json!(7)), "bundle: exchanges[1]: expected an object"),
        (
            one(json!({"status": 200})),
            "bundle: exchanges[1].path: missing",
        ),
        (
            one(json!({"path": "/x", "status": "abc"})),
            "bundle: exchanges[1].status: expected a number from 100 to 599",
        ),
        (
            one(json!({"path": "/x", "status": 1000})),
            "bundle: exchanges[1].status: expected a number from 100 to 599",
        ),
        (
            one(json!({"path": "/x"})),
            "bundle: exchanges[1]: neither status nor error, body, addresses or chain",
        ),
        (
            one(json!({"path": "/x", "addresses": [1]})),
            "bundle: exchanges[1].addresses[0]: expected a text",
        ),
        (
            one(json!({"path": "/x", "status": 200, "headers": []})),
            "bundle: exchanges[1].headers: expected an object of texts",
        ),
    ] {
        assert_eq!(Bundle::from_json(&text).unwrap_err().to_string(), said);
    }
    let time = Bundle::from_json(&with("takenAt", json!("yesterday"))).unwrap_err();
    assert!(time.to_string().starts_with("bundle: takenAt: "), "{time}");
}

#[test]
fn the_file_is_as_the_reference_has_it() {
    let exchange = Raw {
        method: "GET".to_owned(),
        path: format!("{GATEWAY}?api-version=2025-07-01"),
        status: Some(200),
        headers: [("etag".to_owned(), "W/1".to_owned())].into(),
        body: Some(json!({"b": 1, "a": 2})),
        ..Raw::default()
    };
    let failed = Raw {
        method: "POST".to_owned(),
        path: "/x/backendhealth".to_owned(),
        error: Some(Failure::Timeout.to_string()),
        ..Raw::default()
    };
    let taken_at = "2026-11-22T09:41:00Z".parse().unwrap();
    let exchanges = vec![exchange.clean(), failed.clean()];
    let bundle = Bundle::new(taken_at, json!({"window": "1h"}), exchanges);
    let want = r#"{
  "kind": "Bundle",
  "apiVersion": "appgwdiag.dev/v1alpha1",
  "takenAt": "2026-11-22T09:41:00Z",
  "spec": {
    "window": "1h"
  },
  "exchanges": [
    {
      "method": "GET",
      "path": "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw?api-version=2025-07-01",
      "status": 200,
      "headers": {
        "etag": "W/1"
      },
      "body": {
        "a": 2,
        "b": 1
      }
    },
    {
      "method": "POST",
      "path": "/x/backendhealth",
      "error": "timeout"
    }
  ]
}
"#;
    assert_eq!(bundle.write(), want);
}

/// Each gap as it comes from a live answer, and again from the file.
#[test]
fn every_gap_comes_back_from_the_file() {
    let status = |status: u16, code: &str, retry: Option<&str>| Raw {
        status: Some(status),
        headers: retry
            .map(|seconds| ("retry-after".to_owned(), seconds.to_owned()))
            .into_iter()
            .collect(),
        body: Some(
            json!({"error": {"code": code, "message": "to perform action 'A/b/read' over"}}),
        ),
        ..Raw::default()
    };
    let failed = |failure: Failure| Raw {
        error: Some(failure.to_string()),
        ..Raw::default()
    };
    let why = || "why: so".to_owned();
    let cases = [
        (
            status(403, "AuthorizationFailed", None),
            Gap::Denied {
                action: "A/b/read".to_owned(),
            },
        ),
        (status(404, "ResourceNotFound", None), Gap::NotFound),
        (failed(Failure::NotFound), Gap::NotFound),
        (failed(Failure::Timeout), Gap::TimedOut),
        (
            failed(Failure::Unreadable(why())),
            Gap::Unreadable { why: why() },
        ),
        (
            failed(Failure::Unreachable(why())),
            Gap::Unreachable { why: why() },
        ),
        (
            failed(Failure::Credential(why())),
            Gap::Credential { why: why() },
        ),
        (
            status(429, "TooManyRequests", Some("37")),
            Gap::Throttled {
                retry_after: Some(37),
            },
        ),
        (
            failed(Failure::Throttled(Some(7))),
            Gap::Throttled {
                retry_after: Some(7),
            },
        ),
        (
            failed(Failure::Throttled(None)),
            Gap::Throttled { retry_after: None },
        ),
        (status(409, "ScopeLocked", None), Gap::Locked),
    ];
    for (raw, gap) in cases {
        let raw = Raw {
            method: "GET".to_owned(),
            path: GATEWAY.to_owned(),
            ..raw
        };
        let live = answer::read(&document(GATEWAY), &raw.clone().clean());
        assert_eq!(live, Err(gap.clone()));
        let file = Bundle::new(Timestamp::UNIX_EPOCH, json!({}), vec![raw.clean()]).write();
        let bundle = Bundle::from_json(&file).unwrap();
        assert_eq!(bundle.take(&document(GATEWAY)), Err(gap));
    }
}

fn any_body() -> impl Strategy<Value = Value> {
    let text = "(\\{\"password\":\"x\"\\}|\\{\"a\":\"\\[|sig=|Bearer |://a:b@|eyJ|password=|\\n|\u{202e}|[a-z./ :?&-]){0,8}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let name = prop::sample::select(vec![
            "value",
            "data",
            "password",
            "tags",
            "code",
            "error",
            "message",
            "headerName",
            "headerValue",
            "status",
            "claims",
            "requestbody",
            "appSettings",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4).prop_map(|all| all
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

fn any_exchange() -> impl Strategy<Value = Exchange> {
    let text = "(sig=|Bearer |timeout|unreadable: |credential: |throttled: |\\n|[a-z./ :?&-]){0,8}";
    let method = prop::sample::select(vec!["GET", "POST", "DNS", "TLS"]);
    let headers = prop::collection::btree_map(
        prop::sample::select(vec![
            "ETag".to_owned(),
            "retry-after".to_owned(),
            "x".to_owned(),
        ]),
        text,
        0..3,
    );
    (
        method,
        text,
        1..4_u32,
        prop::option::of(100..600_u16),
        prop::option::of(text),
        headers,
        prop::option::of(any_body()),
        prop::option::of(any_body()),
    )
        .prop_map(
            |(method, path, look, status, error, headers, body, request)| {
                let raw = Raw {
                    method: method.to_owned(),
                    path: format!("/{path}"),
                    look,
                    status: status.or(Some(200)),
                    error,
                    headers,
                    body,
                    request,
                    ..Raw::default()
                };
                raw.clean()
            },
        )
}

proptest! {
    /// What was written reads back as it was, and is written again byte for byte.
    #[test]
    fn a_bundle_survives_its_file(exchanges in prop::collection::vec(any_exchange(), 0..5), spec in any_body()) {
        let spec = json!({"any": spec});
        let bundle = Bundle::new("2026-11-22T09:41:00.123456789Z".parse().unwrap(), spec, exchanges);
        let file = bundle.write();
        let again = Bundle::from_json(&file).unwrap();
        prop_assert_eq!(&again, &bundle);
        prop_assert_eq!(again.write(), file);
    }

    #[test]
    fn no_file_makes_it_panic(text in "\\PC{0,200}", value in any_body()) {
        let _ = Bundle::from_json(&text);
        let file = json!({"kind": "Bundle", "apiVersion": API_VERSION, "takenAt": "2026-11-22T09:41:00Z",
            "spec": {}, "exchanges": [{"method": value, "path": value, "status": value, "headers": value,
            "body": value, "addresses": value, "error": value, "look": value}]});
        let _ = Bundle::from_json(&file.to_string());
    }
}
