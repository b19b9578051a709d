//! Every CEL rule, once obeyed and once broken.
use super::schema::{schema, walk};
use crate::AppGatewayDiagnosis;
use kube::core::cel::{ErrorKind, ValidationErrors, Validator, compile_schema};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SHOP: &str = "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";

fn object(spec: &Value) -> AppGatewayDiagnosis {
    let mut object = json!({
        "apiVersion": "appgwdiag.dev/v1alpha1",
        "kind": "AppGatewayDiagnosis",
        "metadata": {"name": "shop-502"},
        "spec": {"gateway": {"resourceId": SHOP}},
    });
    for (name, value) in spec.as_object().expect("the spec is an object") {
        object["spec"][name] = value.clone();
    }
    serde_json::from_value(object).expect("the types let it through")
}

/// The spec with one field, given by its place: `inputs.B.host`.
fn spec(place: &str, value: &Value) -> Value {
    place
        .rsplit('.')
        .filter(|name| !name.is_empty())
        .fold(value.clone(), |value, name| json!({ name: value }))
}

/// Place, values that are accepted, values that are refused.
fn cases() -> Vec<(&'static str, Vec<Value>, Vec<Value>)> {
    let rule = json!({"map": "pm", "name": "cart", "paths": ["/cart/*"], "pool": "api", "settings": "https-api"});
    let key = json!({"name": "corp-ca", "key": "root.crt"});
    let zone = |name: &str| json!({"cron": "0 6 * * *", "timeZone": name});
    let ids = || {
        let good = vec![
            json!(SHOP),
            json!(SHOP.to_uppercase()),
            json!(SHOP.replace(
                "Microsoft.Network/applicationGateways",
                "Microsoft.ServiceNetworking/trafficControllers"
            )),
            json!(format!("{SHOP}/backendAddressPools/api")),
        ];
        let bad = vec![
            json!("shop"),
            json!(format!("{SHOP}/")),
            json!(format!("https://management.azure.com{SHOP}")),
            json!(SHOP.replace("/shop", "")),
            json!(SHOP.replace("shop", "<name>")),
            json!(format!("{SHOP}?api-version=2024-03-01")),
        ];
        (good, bad)
    };
    let hosts = || {
        let good = vec![json!("shop.contoso.com"), json!("10.2.0.4"), json!("x")];
        let bad = vec![
            json!("https://shop"),
            json!("shop:443"),
            json!("shop/cart"),
            json!("-shop"),
            json!("a b"),
        ];
        (good, bad)
    };
    let paths = || {
        let good = vec![json!("/"), json!("/cart?id=1"), json!("/k%C3%A4se")];
        let bad = vec![
            json!("cart"),
            json!("/a b"),
            json!("/a#b"),
            json!("https://shop/"),
        ];
        (good, bad)
    };
    let mut cases = vec![
        (
            "",
            vec![
                json!({}),
                json!({"interval": "15m"}),
                json!({"schedule": {"cron": "0 6 * * *"}}),
                json!({"allowedResolutions": ["A"], "mode": "Review"}),
                json!({"allowedResolutions": []}),
            ],
            vec![
                json!({"interval": "15m", "schedule": {"cron": "0 6 * * *"}}),
                json!({"allowedResolutions": ["A"], "mode": "ReadOnly"}),
                json!({"allowedResolutions": ["A"]}),
            ],
        ),
        (
            "window",
            vec![json!("5m"), json!("1h30m"), json!("24h")],
            vec![
                json!("299s"),
                json!("24h1s"),
                json!("1"),
                json!("soon"),
                json!(""),
            ],
        ),
        (
            "interval",
            vec![json!("0s"), json!("1m"), json!("24h"), json!("0h0m")],
            vec![
                json!("1s"),
                json!("59s"),
                json!("1441m"),
                json!("-5m"),
                json!("1.5h"),
                json!("90"),
            ],
        ),
        (
            "approval.expiresAfter",
            vec![json!("5m"), json!("720h")],
            vec![json!("4m59s"), json!("721h"), json!("1d")],
        ),
        (
            "schedule",
            vec![
                json!({"cron": "*/15 6-20 * * 1-5", "timeZone": "Europe/Berlin"}),
                json!({"cron": "0 0 1 JAN MON", "timeZone": "Etc/GMT+1"}),
            ],
            vec![
                json!({"cron": "@hourly"}),
                json!({"cron": "* * * *"}),
                json!({"cron": "0 0 6 * * *"}),
                zone("Europe/ Berlin"),
                zone("../etc/passwd"),
                zone("/Europe"),
            ],
        ),
        (
            "hints.privateCa",
            vec![json!({"configMapRef": key}), json!({"secretRef": key})],
            vec![json!({}), json!({"configMapRef": key, "secretRef": key})],
        ),
        (
            "inputs.E",
            vec![
                json!({"listener": "l-http", "port": 8080}),
                json!({"pathRule": rule}),
            ],
            vec![
                json!({}),
                json!({"listener": "l-http"}),
                json!({"port": 8080}),
                json!({"pathRule": rule, "port": 8080}),
                json!({"pathRule": rule, "listener": "l-http"}),
            ],
        ),
    ];
    for place in ["gateway.resourceId", "hints.webApp.resourceId"] {
        let (good, bad) = ids();
        cases.push((place, good, bad));
    }
    for place in [
        "request.host",
        "hints.apiManagementHost",
        "inputs.B.host",
        "inputs.F.hostName",
        "inputs.I.hostName",
    ] {
        let (good, bad) = hosts();
        cases.push((place, good, bad));
    }
    for place in ["request.path", "hints.healthPath", "inputs.B.path"] {
        let (good, bad) = paths();
        cases.push((place, good, bad));
    }
    cases
}

#[test]
fn rules_accept_what_they_should_and_refuse_the_rest() {
    let rules = compile_schema(&schema());
    assert!(rules.compilation_errors().is_empty());
    let errors = |place: &str, value: &Value| {
        let object = serde_json::to_value(object(&spec(place, value))).expect("it becomes JSON");
        let outcome = Validator::new().validate_compiled(&rules, &object, None);
        outcome
            .err()
            .map(ValidationErrors::into_vec)
            .unwrap_or_default()
    };
    for (place, good, bad) in cases() {
        for value in &good {
            assert_eq!(errors(place, value).len(), 0, "{place}: {value} is refused");
        }
        for value in &bad {
            let errors = errors(place, value);
            assert!(!errors.is_empty(), "{place}: {value} is accepted");
            for error in errors {
                assert_eq!(
                    error.kind,
                    ErrorKind::ValidationFailure,
                    "{place}: {value}: {error}"
                );
                assert!(
                    error.field_path.contains(place),
                    "{place}: {value}: {error}"
                );
            }
        }
    }
}

#[test]
fn no_rule_goes_untested() {
    let tested: BTreeSet<_> = cases()
        .into_iter()
        .map(|(place, ..)| format!("spec.{place}").trim_end_matches('.').to_owned())
        .chain(["spec.schedule.cron", "spec.schedule.timeZone"].map(str::to_owned))
        .filter(|place| place != "spec.schedule")
        .collect();
    let mut there = BTreeSet::new();
    walk(&schema(), "", &mut |at, part| {
        if part.get("x-kubernetes-validations").is_some() {
            there.insert(at.to_owned());
        }
    });
    assert_eq!(there, tested);
}

#[test]
fn the_gateway_stays_the_same() {
    let shop = object(&json!({}));
    let loud = object(&json!({"gateway": {"resourceId": SHOP.to_uppercase()}}));
    let other = object(&json!({"gateway": {"resourceId": format!("{SHOP}2")}}));
    assert!(shop.validate_cel_update(&shop).is_ok());
    assert!(
        loud.validate_cel_update(&shop).is_ok(),
        "Azure knows no case"
    );
    let errors = other
        .validate_cel_update(&shop)
        .expect_err("it is another gateway");
    assert!(
        errors
            .to_string()
            .contains("another gateway is another diagnosis"),
        "{errors}"
    );
}

#[test]
fn four_eyes_are_a_ratchet() {
    let without = object(&json!({}));
    let off = object(&json!({"approval": {"forbidSelfApproval": false}}));
    let on = object(&json!({"approval": {"forbidSelfApproval": true}}));
    let unsaid = object(&json!({"approval": {"expiresAfter": "1h"}}));
    for before in [&without, &off, &unsaid] {
        for after in [&without, &off, &unsaid, &on] {
            assert!(after.validate_cel_update(before).is_ok());
        }
    }
    assert!(on.validate_cel_update(&on).is_ok());
    for after in [&without, &off, &unsaid] {
        let errors = after
            .validate_cel_update(&on)
            .expect_err("it was switched on");
        assert!(
            errors.to_string().contains("can be switched on, not off"),
            "{errors}"
        );
    }
}
