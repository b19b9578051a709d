//! What holds for the schema as a whole.
use crate::{AppGatewayDiagnosis, yaml};
use kube::CustomResourceExt;
use serde_json::{Value, json};
use std::fs;

pub(super) fn schema() -> Value {
    let crd = serde_json::to_value(AppGatewayDiagnosis::crd()).expect("the CRD becomes JSON");
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// Calls `look` with every part of the schema below `at` and its place, such as `spec.inputs.D.addresses[]`.
pub(super) fn walk(schema: &Value, at: &str, look: &mut dyn FnMut(&str, &Value)) {
    look(at, schema);
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let at = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        walk(part, &at, look);
    }
    for (key, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(part) = schema.get(key) {
            walk(part, &format!("{at}{mark}"), look);
        }
    }
}

fn missing(wanted: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    walk(&schema(), "", &mut |at, part| {
        if !wanted(at, part) {
            places.push(at.to_owned());
        }
    });
    places
}

fn has(part: &Value, keys: &[&str]) -> bool {
    keys.iter().any(|key| part.get(key).is_some())
}

/// Fields that every Kubernetes object has; the API server knows them.
fn is_of_kubernetes(at: &str) -> bool {
    matches!(at, "apiVersion" | "kind" | "metadata" | "status" | "")
}

#[test]
fn every_string_list_and_map_has_a_bound() {
    let unbounded = missing(|at, part| match part["type"].as_str() {
        _ if is_of_kubernetes(at) => true,
        Some("string") => has(part, &["maxLength", "enum", "format"]),
        Some("array") => has(part, &["maxItems"]),
        Some("object") => has(part, &["properties", "maxProperties"]),
        Some("integer") => has(part, &["minimum"]),
        Some(_) => true,
        None => false,
    });
    assert_eq!(unbounded, Vec::<String>::new());
}

#[test]
fn every_field_has_a_sentence() {
    let silent = missing(|at, part| {
        let is_field = !at.ends_with([']', '}']) && !is_of_kubernetes(at);
        !is_field
            || part["description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'))
    });
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn lists_and_maps_are_atomic() {
    let merged = missing(|at, part| {
        let list = &part["x-kubernetes-list-type"];
        match part["type"].as_str() {
            Some("array") if at == "status.conditions" => {
                *list == "map" && part["x-kubernetes-list-map-keys"] == json!(["type"])
            }
            Some("array") => *list == "atomic",
            Some("object") if part.get("additionalProperties").is_some() => {
                part["x-kubernetes-map-type"] == "atomic"
            }
            _ => true,
        }
    });
    assert_eq!(merged, Vec::<String>::new());
}

#[test]
fn kubernetes_knows_every_keyword() {
    let strange = missing(|at, part| {
        let format = part["format"].as_str();
        !has(part, &["$ref", "anyOf", "oneOf", "allOf", "const"])
            && format.is_none_or(|name| ["int32", "int64", "date-time"].contains(&name))
            && (part.get("nullable").is_none() || at == "status")
    });
    assert_eq!(strange, Vec::<String>::new());
}

#[test]
fn only_three_fields_have_a_default() {
    let mut defaults = Vec::new();
    walk(&schema(), "", &mut |at, part| {
        if let Some(default) = part.get("default") {
            defaults.push((at.to_owned(), default.clone()));
        }
    });
    let expected = [
        ("spec.mode", json!("ReadOnly")),
        ("spec.rollback", json!("Offer")),
        ("spec.suspend", json!(false)),
    ];
    assert_eq!(defaults, expected.map(|(at, value)| (at.to_owned(), value)));
}

#[test]
fn the_numbers_have_their_bounds() {
    let schema = schema();
    for (pointer, least, most) in [
        ("/request/properties/port", 1, 65_535),
        ("/inputs/properties/A/properties/rulePriority", 100, 4096),
        ("/inputs/properties/A/properties/denyPriority", 100, 4096),
        ("/inputs/properties/B/properties/timeoutSeconds", 1, 86_400),
        ("/inputs/properties/C/properties/rulePriority", 100, 4096),
        ("/inputs/properties/E/properties/port", 1, 65_535),
        ("/inputs/properties/H/properties/maxCapacity", 2, 125),
        ("/inputs/properties/H/properties/instanceCount", 1, 125),
    ] {
        let field = schema["properties"]["spec"]["properties"]
            .pointer(pointer)
            .expect("the field is there");
        assert_eq!(
            field["minimum"].as_f64(),
            Some(f64::from(least)),
            "{pointer}"
        );
        assert_eq!(
            field["maximum"].as_f64(),
            Some(f64::from(most)),
            "{pointer}"
        );
    }
}

#[test]
fn the_columns_are_those_of_the_reference() {
    let crd = serde_json::to_value(AppGatewayDiagnosis::crd()).expect("the CRD becomes JSON");
    let columns: Vec<_> = crd["spec"]["versions"][0]["additionalPrinterColumns"]
        .as_array()
        .expect("there are columns")
        .iter()
        .map(|column| {
            let name = column["name"].as_str().expect("a name").to_uppercase();
            (name, column["priority"].as_i64().unwrap_or(0))
        })
        .collect();
    let expected = [
        ("GATEWAY", 0),
        ("VERDICT", 0),
        ("CAUSE", 0),
        ("UNHEALTHY", 0),
        ("FIX", 0),
        ("LAST RUN", 0),
        ("AGE", 0),
        ("PLAN", 1),
        ("CONCLUSION", 1),
    ];
    assert_eq!(
        columns,
        expected.map(|(name, priority)| (name.to_owned(), priority))
    );
}

#[test]
fn the_names_are_those_of_the_constants() {
    let crd = AppGatewayDiagnosis::crd();
    assert_eq!(crd.spec.group, crate::GROUP);
    assert_eq!(crd.spec.names.kind, crate::KIND);
    assert_eq!(crd.spec.versions[0].name, crate::VERSION);
}

#[test]
fn the_yaml_beside_the_sources_is_up_to_date() {
    let made = yaml().expect("the CRD becomes YAML");
    let home = env!("CARGO_MANIFEST_DIR");
    for file in [
        "appgatewaydiagnoses.yaml",
        "../charts/appgw-diagnosis/files/appgatewaydiagnoses.yaml",
    ] {
        let kept = fs::read_to_string(format!("{home}/{file}")).unwrap_or_default();
        assert!(
            kept == made,
            "{file} is stale: cargo run -p appgw-crds --bin crdgen -- --write"
        );
    }
}

#[test]
fn the_yaml_says_what_the_types_say() {
    let read: Value =
        serde_saphyr::from_str(&yaml().expect("the CRD becomes YAML")).expect("it is YAML");
    let meant = serde_json::to_value(AppGatewayDiagnosis::crd()).expect("the CRD becomes JSON");
    assert_eq!(read, meant);
}
