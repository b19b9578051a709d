//! What schema attributes cannot say in place: rules used in several fields, maps, conditions, and the YAML.
use crate::{AppGatewayDiagnosis, durations, limits, words::status::StepWord};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResourceExt, core::Rule};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, transform::transform_subschemas};
use serde_json::{Value, json};

/// A Kubernetes name.
pub(crate) const NAME: &str = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";
/// A key of a `ConfigMap` or `Secret`.
pub(crate) const KEY: &str = "^[A-Za-z0-9._-]+$";
/// The name of a part of a gateway.
pub(crate) const PART: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?$";
/// A host name or an IPv4 address.
pub(crate) const HOST: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";
/// A path of a URL: printable characters, no fragment.
pub(crate) const PATH: &str = "^/[!\"$-~]*$";
/// A status code or a range of them.
pub(crate) const STATUS_CODES: &str = "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$";
/// A plan id: method, digest.
pub(crate) const PLAN_ID: &str = "^[A-I][.][0-9]{1,2}([.]undo)?-[0-9a-f]{32}$";

/// An Azure resource id, of whatever type: another product gets a verdict, not a refusal.
pub(crate) fn arm_id() -> Rule {
    const SEGMENT: &str = "[^/?#%<>[:space:][:cntrl:]]+";
    let rule = format!(
        "self.matches('^/(?i:subscriptions)/[0-9A-Za-z-]+/(?i:resourceGroups)/{SEGMENT}/(?i:providers)/[0-9A-Za-z.]+(/{SEGMENT}/{SEGMENT})+$')"
    );
    Rule::new(rule).message(
        "an Azure resource id: /subscriptions/ID/resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME",
    )
}

/// A host name.
pub(crate) fn host() -> Rule {
    Rule::new(format!("self.matches('{HOST}')"))
        .message("a host name, without scheme, port or path")
}

/// A path of a URL.
pub(crate) fn path() -> Rule {
    Rule::new(format!("self.matches('{PATH}')")).message(
        "a path: it starts with /, has no fragment, and what is not plain ASCII is percent-encoded",
    )
}

/// A duration within bounds.
pub(crate) fn between(least: &str, most: &str) -> Rule {
    Rule::new(format!(
        "self.matches('{}') && duration(self) >= duration('{least}') && duration(self) <= duration('{most}')",
        durations::SHAPE
    ))
    .message(format!("a duration from {least} to {most}, such as 15m or 1h").as_str())
}

/// `spec.interval`.
pub(crate) fn interval() -> Rule {
    Rule::new(format!(
        "self.matches('{}') && (duration(self) == duration('0s') || duration(self) >= duration('1m') && duration(self) <= duration('24h'))",
        durations::SHAPE
    ))
    .message("0s, or a duration from 1m to 24h, such as 15m or 1h")
}

/// `status.rows`.
pub(crate) fn rows(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": limits::LINE},
        "maxProperties": limits::ROWS,
    })
}

/// `status.steps`.
pub(crate) fn steps(generate: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": StepWord::json_schema(generate),
        "maxProperties": limits::STEPS,
    })
}

/// `status.conditions`: the standard type with the bounds that Go types carry.
pub(crate) fn conditions(generate: &mut SchemaGenerator) -> Schema {
    let mut condition = Condition::json_schema(generate);
    let bounds = [
        ("message", json!({"maxLength": 32_768})),
        ("observedGeneration", json!({"minimum": 0})),
        (
            "reason",
            json!({"minLength": 1, "maxLength": 1024, "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"}),
        ),
        ("status", json!({"enum": ["True", "False", "Unknown"]})),
        ("type", json!({"minLength": 1, "maxLength": 316})),
    ];
    if let Some(properties) = condition
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    {
        for (name, bound) in bounds {
            let property = properties.get_mut(name).and_then(Value::as_object_mut);
            if let (Some(property), Some(bound)) = (property, bound.as_object()) {
                property.extend(bound.clone());
            }
        }
    }
    json_schema!({"type": "array", "items": condition, "maxItems": limits::CONDITIONS})
}

/// Takes a default out of the schema that only serde needs.
pub(crate) fn no_default(schema: &mut Schema) {
    schema.remove("default");
}

/// Optional means absent: the API server then refuses a null, and no rule or policy ever meets one.
pub(crate) fn absent_not_null(schema: &mut Schema) {
    transform_subschemas(&mut absent_not_null, schema);
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(either)) = object.remove("anyOf") {
        let real = either.into_iter().find(|one| one["type"] != "null");
        for (key, value) in real.iter().filter_map(Value::as_object).flatten() {
            object.entry(key).or_insert_with(|| value.clone());
        }
    }
}

/// The CRD could not be written as YAML.
pub type SchemaError = serde_saphyr::ser::Error;

/// The CRD as YAML: the text of `appgatewaydiagnoses.yaml`.
pub fn yaml() -> Result<String, SchemaError> {
    let head = "# Generated from src: cargo run -p appgw-crds --bin crdgen -- --write\n";
    let plain = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let crd = serde_saphyr::to_string_with_options(&AppGatewayDiagnosis::crd(), plain)?;
    Ok(format!("{head}{crd}"))
}
