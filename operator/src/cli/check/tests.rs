use super::*;
use serde_json::json;

const SHOP: &str = "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";

/// A spec with these fields besides the gateway.
fn with(more: &Value) -> Value {
    let mut spec = json!({"gateway": {"resourceId": SHOP}});
    for (field, value) in more.as_object().unwrap() {
        spec[field] = value.clone();
    }
    spec
}

fn wrong(more: &Value) -> Vec<String> {
    spec(with(more)).unwrap_err()
}

#[test]
fn a_whole_spec_is_read() {
    let whole = with(&json!({
        "request": {"scheme": "Https", "host": "shop.contoso.com", "path": "/cart", "port": 443},
        "window": "1h",
        "interval": "15m",
        "onset": {"at": "2026-11-22T09:41:00Z", "afterPlatformUpgrade": false},
        "hints": {"healthPath": "/healthz", "slowToStart": false, "privateCa": {"configMapRef": {"name": "corp-ca", "key": "root.crt"}},
            "webApp": {"resourceId": SHOP}, "apiManagementHost": "contoso.azure-api.net", "managedBy": "Nobody", "stoppedOnPurpose": false},
        "inputs": {"A": {"allowDelete": false, "rulePriority": 199, "denyPriority": 300},
            "B": {"host": "shop.internal", "path": "/healthz", "statusCodes": ["200-399"], "timeoutSeconds": 60},
            "C": {"rulePriority": 100}, "D": {"pool": "api", "addresses": ["10.2.0.4"]}, "E": {"listener": "l-http", "port": 8080},
            "F": {"hostName": "shop.internal"}, "H": {"maxCapacity": 20, "instanceCount": 4},
            "I": {"hostName": "shop.contoso.com", "allowFrom": "Subnet"}},
        "overrides": ["DnsBroken"],
        "mode": "Review",
        "allowedResolutions": ["A"],
        "approval": {"expiresAfter": "24h", "forbidSelfApproval": false},
        "rollback": "Offer",
        "identity": {"reader": {"serviceAccountRef": {"name": "appgw-reader"}}},
        "suspend": false,
    }));
    let read = spec(whole.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), whole);
}

#[test]
fn a_null_says_nothing() {
    let read = spec(with(
        &json!({"interval": null, "hints": null, "mode": null}),
    ))
    .unwrap();
    assert_eq!(read, spec(with(&json!({}))).unwrap());
    assert_eq!(
        spec(json!({"gateway": null})).unwrap_err(),
        ["spec.gateway: missing"]
    );
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    for (more, why) in [
        (
            json!({"intervall": "1h"}),
            "spec.intervall: no such field; there are allowedResolutions, approval, ",
        ),
        (
            json!({"hints": {"slowStart": true}}),
            "spec.hints.slowStart: no such field; there are apiManagementHost, ",
        ),
        (
            json!({"gateway": {"resourceId": SHOP, "resourceID": SHOP}}),
            "spec.gateway.resourceID: no such field",
        ),
        (json!({"gateway": {}}), "spec.gateway.resourceId: missing"),
        (
            json!({"gateway": {"resourceId": " "}}),
            "spec.gateway.resourceId: missing",
        ),
        (
            json!({"gateway": SHOP}),
            "spec.gateway: expected a map, found a text",
        ),
        (
            json!({"interval": 15}),
            "spec.interval: expected a text, found 15",
        ),
        (
            json!({"interval": "soon"}),
            "spec.interval: 0s, or a duration from 1m to 24h",
        ),
        (
            json!({"window": "4m"}),
            "spec.window: a duration from 5m to 24h",
        ),
        (
            json!({"suspend": "yes"}),
            "spec.suspend: expected true or false, found a text",
        ),
        (
            json!({"request": {"port": "443"}}),
            "spec.request.port: expected a whole number, found a text",
        ),
        (
            json!({"request": {"port": 443.5}}),
            "spec.request.port: expected a whole number, found 443.5",
        ),
        (
            json!({"request": {"port": 0}}),
            "spec.request.port: at least 1",
        ),
        (
            json!({"request": {"port": 65536}}),
            "spec.request.port: at most 65535",
        ),
        (
            json!({"request": {"scheme": "https"}}),
            "spec.request.scheme: \"https\" is none of Http, Https",
        ),
        (
            json!({"request": {"host": "a b"}}),
            "spec.request.host: a host name, without scheme",
        ),
        (
            json!({"request": {"host": "a".repeat(254)}}),
            "spec.request.host: at most 253 characters",
        ),
        (
            json!({"mode": "Fix"}),
            "spec.mode: \"Fix\" is none of ReadOnly, Review",
        ),
        (
            json!({"interval": "1h", "schedule": {"cron": "0 6 * * *"}}),
            "spec: interval or schedule, not both",
        ),
        (json!({"schedule": {}}), "spec.schedule.cron: missing"),
        (
            json!({"allowedResolutions": ["A"]}),
            "spec: allowedResolutions needs mode Review",
        ),
        (
            json!({"allowedResolutions": "A"}),
            "spec.allowedResolutions: expected a list, found a text",
        ),
        (
            json!({"allowedResolutions": ["Z"]}),
            "spec.allowedResolutions[0]: \"Z\" is none of A, B",
        ),
        (
            json!({"overrides": ["DnsBroken", null]}),
            "spec.overrides[1]: expected a text, found nothing",
        ),
        (
            json!({"overrides": vec!["DnsBroken"; 5]}),
            "spec.overrides: at most 4 entries",
        ),
        (
            json!({"inputs": {"B": {"statusCodes": ["2xx"]}}}),
            "spec.inputs.B.statusCodes[0]: \"2xx\" does not match",
        ),
        (
            json!({"inputs": {"E": {"pathRule": {"map": "m", "name": "n", "paths": [], "pool": "p", "settings": "s"}}}}),
            "spec.inputs.E.pathRule.paths: at least 1 entries",
        ),
        (
            json!({"onset": {"at": "yesterday"}}),
            "spec.onset.at: \"yesterday\" is no time such as",
        ),
        (
            json!({"hints": {"webApp": {"resourceId": "shop"}}}),
            "spec.hints.webApp.resourceId: an Azure resource id",
        ),
    ] {
        let wrong = wrong(&more);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with(why), "{more}: {wrong:?}");
    }
    let two = wrong(&json!({"sepc": 1, "window": "x"}));
    assert_eq!(two.len(), 2, "everything at once: {two:?}");
    assert_eq!(
        spec(json!([])).unwrap_err(),
        ["spec: expected a map, found a list"]
    );
}

#[test]
fn an_id_of_a_gateway_that_is_none_gets_a_verdict() {
    for id in ["shop", "/subscriptions/s", &"x".repeat(2000)] {
        let read = spec(json!({"gateway": {"resourceId": id}})).unwrap();
        assert_eq!(read.gateway.resource_id, id);
    }
}

/// A pattern or a rule that is added to the CRD must be added to the shapes, a keyword here.
#[test]
fn nothing_in_the_schema_goes_unchecked() {
    fn walk(at: &str, schema: &Value) {
        const KNOWN: [&str; 18] = [
            "description",
            "type",
            "properties",
            "items",
            "required",
            "enum",
            "format",
            "pattern",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
            "default",
            "x-kubernetes-validations",
            "x-kubernetes-list-type",
            "x-kubernetes-map-type",
        ];
        for word in schema.as_object().unwrap().keys() {
            assert!(KNOWN.contains(&word.as_str()), "{at}: {word}");
        }
        let format = schema["format"].as_str();
        assert!(
            matches!(format, None | Some("date-time" | "int32")),
            "{at}: {format:?}"
        );
        if let Some(pattern) = schema["pattern"].as_str() {
            assert!(shapes::matches(pattern, "").is_some(), "{at}: {pattern}");
        }
        for rule in schema["x-kubernetes-validations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let message = rule["message"].as_str().unwrap();
            assert!(
                shapes::obeys(message, &json!({})).is_some(),
                "{at}: {message}"
            );
        }
        for (name, part) in schema["properties"].as_object().into_iter().flatten() {
            walk(&format!("{at}.{name}"), part);
        }
        if schema["items"].is_object() {
            walk(&format!("{at}[]"), &schema["items"]);
        }
    }
    let schema = schema();
    assert!(schema["properties"]["gateway"].is_object());
    walk("spec", &schema);
}
