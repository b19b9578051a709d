//! The examples of the API reference are read whole and written back as they were.
use crate::{AppGatewayDiagnosis, AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus, Gateway};
use serde_json::{Map, Value, json};

fn read(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).expect("the example is YAML")
}

/// The example as it is written back: what says nothing is left out.
fn without_empty(value: &Value) -> Value {
    let says_something = |value: &Value| !(*value == json!("") || *value == json!([]));
    match value {
        Value::Array(items) => items.iter().map(without_empty).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, value)| *name == "message" || says_something(value))
            .map(|(name, value)| (name.clone(), without_empty(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[track_caller]
fn survives(example: &Value) -> AppGatewayDiagnosis {
    let object: AppGatewayDiagnosis =
        serde_json::from_value(example.clone()).expect("the example fits the types");
    let written = serde_json::to_value(&object).expect("the types become JSON");
    assert_eq!(written, without_empty(example));
    object
}

/// The example of `spec`, with some of its fields replaced.
fn spec_with(changes: &[(&str, Value)]) -> Value {
    let mut example = read(include_str!("spec.yaml"));
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
        let parent = example["spec"]
            .pointer_mut(parent)
            .expect("the parent is there");
        if value.is_null() {
            parent.as_object_mut().expect("an object").remove(name);
        } else {
            parent[name] = value.clone();
        }
    }
    example
}

#[test]
fn the_spec_is_read_whole() {
    let object = survives(&spec_with(&[]));
    assert_eq!(
        object.spec.interval.as_deref(),
        Some("15m"),
        "as it was typed"
    );
    assert_eq!(
        object.spec.hints.slow_to_start,
        Some(false),
        "an answer, not silence"
    );
    object.validate_cel().expect("the example obeys the rules");
}

#[test]
fn the_alternatives_of_the_spec_are_read_whole() {
    let cart = json!({"map": "pm", "name": "cart", "paths": ["/cart/*"], "pool": "api", "settings": "https-api"});
    let object = survives(&spec_with(&[
        ("/interval", Value::Null),
        (
            "/schedule",
            json!({"cron": "*/15 6-20 * * 1-5", "timeZone": "Europe/Berlin"}),
        ),
        (
            "/hints/privateCa",
            json!({"secretRef": {"name": "corp-ca", "key": "root.crt"}}),
        ),
        ("/inputs/E", json!({"pathRule": cart})),
        ("/inputs/I/allowFrom", json!("PublicIp")),
        (
            "/overrides",
            json!(["DnsBroken", "OwnedByOther", "PolicyDenies", "SharedTarget"]),
        ),
        ("/mode", json!("Review")),
        (
            "/allowedResolutions",
            json!(["A", "B", "C", "D", "E", "F", "G", "H", "I"]),
        ),
        ("/rollback", json!("Automatic")),
    ]));
    object
        .validate_cel()
        .expect("the alternatives obey the rules");
}

#[test]
fn the_status_is_read_whole() {
    let mut example = spec_with(&[]);
    example["status"] = read(include_str!("status.yaml"));
    survives(&example);
}

#[test]
fn a_spec_needs_a_gateway_and_nothing_else() {
    let spec: AppGatewayDiagnosisSpec =
        serde_json::from_value(json!({"gateway": {"resourceId": "/subscriptions/s"}}))
            .expect("the rest is optional");
    let gateway = Gateway {
        resource_id: "/subscriptions/s".into(),
    };
    assert_eq!(
        spec,
        AppGatewayDiagnosisSpec {
            gateway,
            ..Default::default()
        }
    );
    assert_eq!(
        serde_json::to_value(&spec).expect("the spec becomes JSON"),
        json!({"gateway": {"resourceId": "/subscriptions/s"}, "mode": "ReadOnly", "rollback": "Offer", "suspend": false}),
        "as the API server would hold it, defaults put in"
    );
}

#[test]
fn an_empty_status_shows_its_rows_only() {
    let written = serde_json::to_value(AppGatewayDiagnosisStatus::default());
    assert_eq!(
        written.expect("the status becomes JSON"),
        json!({"rows": {}})
    );
    serde_json::from_value::<AppGatewayDiagnosisStatus>(json!({})).expect("nothing is required");
}
