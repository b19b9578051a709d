use super::*;
use serde_json::json;

const ID: &str = "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";

fn object(name: &str, spec: &Value) -> Value {
    let mut object = json!({"apiVersion": "appgwdiag.dev/v1alpha1", "kind": "AppGatewayDiagnosis",
        "metadata": {"name": name, "namespace": "edge"},
        "spec": {"gateway": {"resourceId": ID.replace("shop", name)}}});
    for (field, value) in spec.as_object().unwrap() {
        object["spec"][field] = value.clone();
    }
    object
}

fn now() -> Timestamp {
    "2026-11-26T09:00:00Z".parse().unwrap()
}

/// Level, field and text of every remark.
fn said(documents: Vec<Value>) -> Vec<(Level, String, String)> {
    let all = remarks(documents, now()).into_iter();
    all.map(|it| (it.level, it.field, it.says)).collect()
}

/// Exactly one, at this place, with these words in it.
#[track_caller]
fn one(document: Value, level: Level, field: &str, words: &str) {
    let all = said(vec![document.clone()]);
    let [(its_level, its_field, says)] = all.as_slice() else {
        panic!("{document}: {all:?}");
    };
    assert_eq!((*its_level, its_field.as_str()), (level, field), "{all:?}");
    assert!(says.contains(words), "{says}");
}

#[test]
fn nothing_is_said_of_what_is_sound() {
    for spec in [
        json!({}),
        json!({"interval": "1h", "window": "1h"}),
        json!({"interval": "0s", "window": "5m"}),
        json!({"interval": "24h", "window": "24h"}),
        json!({"schedule": {"cron": "*/15 6-20 * * 1-5", "timeZone": "Europe/Berlin"}}),
        json!({"request": {"scheme": "Https", "host": "shop.contoso.com", "path": "/cart", "port": 443}}),
        json!({"request": {"scheme": "Http", "port": 8080}}),
        json!({"request": {"port": 80}}),
        json!({"onset": {"at": "2026-11-26T08:30:00Z", "afterPlatformUpgrade": true}}),
        // Around an onset the window stays where it is.
        json!({"onset": {"at": "2026-11-26T08:30:00Z"}, "interval": "12h"}),
        json!({"onset": {"at": "2026-11-25T12:00:00Z"}, "window": "24h"}),
        json!({"hints": {"healthPath": "/status-0123456789abcdef", "apiManagementHost": "a.azure-api.net"}}),
        json!({"hints": {"managedBy": "AGIC", "healthPath": "/healthz", "slowToStart": true}}),
        json!({"hints": {"managedBy": "Terraform", "webApp": {"resourceId":
            "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/r/providers/Microsoft.Web/sites/s"}}}),
        json!({"hints": {"stoppedOnPurpose": true}}),
        json!({"hints": {"stoppedOnPurpose": false}, "request": {"host": "a.b"}}),
        json!({"suspend": true}),
    ] {
        assert_eq!(said(vec![object("shop", &spec)]), [], "{spec}");
    }
}

#[test]
fn what_is_likely_a_mistake_is_a_remark_at_its_place() {
    for (spec, field, words) in [
        (
            json!({"interval": "2h"}),
            "spec.window",
            "1h, the default, is shorter",
        ),
        (
            json!({"interval": "16m", "window": "15m"}),
            "spec.window",
            "15m is shorter",
        ),
        (
            json!({"schedule": {"cron": "0 6 * * *"}}),
            "spec.window",
            "never counted",
        ),
        (
            json!({"request": {"scheme": "Https", "port": 80}}),
            "spec.request.port",
            "Https on port 80",
        ),
        (
            json!({"request": {"scheme": "Http", "port": 443}}),
            "spec.request.port",
            "Http on port 443",
        ),
        (
            json!({"request": {"host": "10.1.2.3"}}),
            "spec.request.host",
            "an address",
        ),
        (
            json!({"request": {"path": "/api/*"}}),
            "spec.request.path",
            "pattern",
        ),
        (
            json!({"onset": {"at": "2026-11-26T09:00:01Z"}}),
            "spec.onset.at",
            "yet to come",
        ),
        (
            json!({"onset": {"at": "2026-08-01T00:00:00Z"}}),
            "spec.onset.at",
            "more than 90 days",
        ),
        (
            json!({"onset": {"at": "2026-11-26T07:59:59Z"}}),
            "spec.onset.at",
            "is over",
        ),
        (
            json!({"onset": {"afterPlatformUpgrade": true}}),
            "spec.onset.afterPlatformUpgrade",
            "without onset.at",
        ),
        (
            json!({"hints": {"healthPath": "/healthz", "apiManagementHost": "a.azure-api.net"}}),
            "spec.hints.healthPath",
            "API Management",
        ),
        (
            json!({"hints": {"webApp": {"resourceId": ID}}}),
            "spec.hints.webApp",
            "no App Service",
        ),
        (
            json!({"hints": {"managedBy": "AGIC", "apiManagementHost": "a.b"}}),
            "spec.hints.apiManagementHost",
            "AGIC",
        ),
        (
            json!({"hints": {"stoppedOnPurpose": true}, "request": {"host": "a.b"}}),
            "spec.hints.stoppedOnPurpose",
            "answers nobody",
        ),
        (
            json!({"gateway": {"resourceId": ID.replace("applicationGateways", "loadBalancers")}}),
            "spec.gateway.resourceId",
            "no Application Gateway",
        ),
        (
            json!({"gateway": {"resourceId": ID.replace("7c0e1f52-6a3b-4c1d-9e8f-000000000001", "production")}}),
            "spec.gateway.resourceId",
            "production is no id",
        ),
    ] {
        one(object("shop", &spec), Level::Remark, field, words);
    }
}

#[test]
fn what_the_api_server_refuses_is_invalid() {
    for (spec, field, words) in [
        (
            json!({"intervall": "1h"}),
            "spec.intervall",
            "no such field",
        ),
        (
            json!({"request": {"host": "*.contoso.com"}}),
            "spec.request.host",
            "a host name",
        ),
        (
            json!({"interval": "1h", "schedule": {"cron": "0 6 * * *"}}),
            "spec",
            "not both",
        ),
        (
            json!({"gateway": {"resourceId": "shop"}}),
            "spec.gateway.resourceId",
            "expected an Azure resource id",
        ),
        (json!({"gateway": {}}), "spec.gateway.resourceId", "missing"),
    ] {
        one(object("shop", &spec), Level::Invalid, field, words);
    }
    for (part, value, field) in [
        ("name", json!("Shop"), "metadata.name"),
        ("name", json!("-shop"), "metadata.name"),
        ("name", Value::Null, "metadata.name"),
        ("namespace", json!("a.b"), "metadata.namespace"),
    ] {
        let mut document = object("shop", &json!({}));
        document["metadata"][part] = value;
        let all = said(vec![document]);
        assert!(
            matches!(all.as_slice(), [(Level::Invalid, at, _)] if at == field),
            "{all:?}"
        );
    }
    let mut generated = object("shop", &json!({}));
    generated["metadata"] = json!({"generateName": "shop-"});
    assert_eq!(said(vec![generated]), []);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
    one(
        pod,
        Level::Invalid,
        "",
        "kind: expected AppGatewayDiagnosis, found Pod",
    );
    one(json!(["a"]), Level::Invalid, "", "not an object");
}

#[test]
fn what_this_release_does_not_obey_is_refused() {
    for (spec, words) in [
        (
            json!({"rollback": "Automatic"}),
            "rollback: Automatic: not built yet",
        ),
        (
            json!({"identity": {"reader": {"serviceAccountRef": {"name": "r"}}}}),
            "identity: not built yet",
        ),
        (
            json!({"schedule": {"cron": "0 0 30 2 *"}}),
            "schedule.cron: ",
        ),
        (
            json!({"schedule": {"cron": "0 6 * * *", "timeZone": "Europe/Atlantis"}}),
            "schedule.timeZone: ",
        ),
    ] {
        one(object("shop", &spec), Level::Refused, "spec", words);
    }
}

#[test]
fn annotations_that_nobody_obeys_and_a_status_are_named() {
    let mut document = object("shop", &json!({}));
    document["metadata"]["annotations"] = json!({"appgwdiag.dev/run-now": "1", "appgwdiag.dev/paused": "x", "appgwdiag.development/x": "y"});
    assert_eq!(said(vec![document.clone()]), []);
    document["metadata"]["annotations"]["appgwdiag.dev/approve"] = json!("A.3-0");
    one(
        document,
        Level::Remark,
        "metadata.annotations.appgwdiag.dev/approve",
        "decides nothing",
    );
    let mut document = object("shop", &json!({}));
    document["status"] = json!({});
    one(document, Level::Remark, "status", "dropped");
}

#[test]
fn objects_are_looked_at_beside_each_other() {
    let twice = vec![object("shop", &json!({})), object("shop", &json!({}))];
    let all = remarks(twice, now());
    let places: Vec<_> = all
        .iter()
        .map(|it| (it.document, it.level, it.field.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (2, Level::Invalid, "metadata.name"),
            (2, Level::Remark, "spec.gateway.resourceId")
        ]
    );
    let other = json!({"gateway": {"resourceId": ID.replace("shop", "SHOP")}});
    assert_eq!(
        said(vec![object("shop", &json!({})), object("other", &other)]).len(),
        1
    );

    let fleet = |n: usize, spec: &Value| {
        (0..n)
            .map(|n| object(&format!("shop-{n}"), spec))
            .collect::<Vec<_>>()
    };
    for spec in [
        json!({"interval": "4m"}),
        json!({"schedule": {"cron": "*/4 * * * *"}}),
    ] {
        assert_eq!(said(fleet(MANY, &spec)), [], "{spec}");
        let all = said(fleet(MANY + 1, &spec));
        assert!(
            matches!(all.as_slice(), [(Level::Remark, at, says)] if at == "spec.interval" && says.starts_with("21 diagnoses")),
            "{all:?}"
        );
    }
    assert_eq!(said(fleet(MANY + 1, &json!({"interval": "5m"}))), []);
    assert_eq!(said(fleet(MANY + 1, &json!({"interval": "0s"}))), []);
}

#[test]
fn a_list_stands_for_what_is_in_it() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [object("a", &json!({})), object("b", &json!({"interval": "2h"}))]});
    let all = remarks(unfolded(vec![list]), now());
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].document, all[0].object.as_str()), (2, "edge/b"));
    let odd = json!({"kind": "List", "items": "none"});
    assert_eq!(unfolded(vec![odd.clone()]), [odd]);
}

#[test]
fn no_document_is_too_odd() {
    let odd = [
        json!(null),
        json!(7),
        json!("shop"),
        json!([]),
        json!({}),
        json!({"metadata": [1], "spec": "x", "items": {"a": 1}, "kind": ["List"]}),
    ];
    let mut all: Vec<Value> = odd.to_vec();
    // One part at a time of an object that is otherwise sound.
    for part in ["apiVersion", "kind", "metadata", "spec", "status"] {
        all.extend(odd.iter().map(|odd| {
            let mut document = object("shop", &json!({}));
            document[part] = odd.clone();
            document
        }));
    }
    for place in [
        "gateway", "request", "window", "onset", "hints", "schedule", "interval",
    ] {
        all.extend(odd.iter().map(|odd| object("shop", &json!({place: odd}))));
    }
    let count = all.len();
    let names: Vec<String> = all.iter().map(name).collect();
    let remarks = remarks(unfolded(all), now());
    assert!(
        remarks
            .iter()
            .all(|it| it.document <= count && !it.says.is_empty())
    );
    assert!(!table(&names, &remarks).contains(": : "));
}
