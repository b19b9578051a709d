//! What the API server would refuse in a spec, read off the CRD's own schema, so that a manifest
//! means the same here and in a cluster.
use super::shapes;
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisSpec};
use jiff::Timestamp;
use kube::CustomResourceExt as _;
use serde_json::{Map, Value};

/// Not held against its shape: an id that names no gateway gets a verdict, not a refusal.
const GATEWAY: &str = "spec.gateway.resourceId";

/// The spec, or everything that is wrong with it, each with its place.
pub(super) fn spec(mut value: Value) -> Result<AppGatewayDiagnosisSpec, Vec<String>> {
    let mut check = Check::default();
    check.value("spec", &schema(), &mut value);
    if !check.wrong.is_empty() {
        return Err(check.wrong);
    }
    // The schema is made from the types, so this is only for what both forgot.
    serde_path_to_error::deserialize(value)
        .map_err(|error| vec![format!("spec.{}: {}", error.path(), error.inner())])
}

/// The schema of `spec`.
fn schema() -> Value {
    let crd = serde_json::to_value(AppGatewayDiagnosis::crd()).unwrap_or_default();
    let place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
    crd.pointer(place).cloned().unwrap_or_default()
}

#[derive(Default)]
struct Check {
    wrong: Vec<String>,
}

impl Check {
    fn wrong(&mut self, at: &str, what: impl AsRef<str>) {
        self.wrong.push(format!("{at}: {}", what.as_ref()));
    }

    fn value(&mut self, at: &str, schema: &Value, value: &mut Value) {
        let before = self.wrong.len();
        match (schema["type"].as_str(), &mut *value) {
            (Some("object"), Value::Object(fields)) => self.fields(at, schema, fields),
            (Some("array"), Value::Array(items)) => self.items(at, schema, items),
            (Some("string"), Value::String(text)) => self.text(at, schema, text),
            (Some("integer"), Value::Number(number)) if !number.is_f64() => {
                self.number(at, schema, number.as_f64().unwrap_or_default());
            }
            (Some("boolean"), Value::Bool(_)) | (None, _) => {}
            (Some(wanted), other) => {
                let what = format!("expected {}, found {}", named(wanted), found(other));
                self.wrong(at, what);
            }
        }
        // Rules are about values that are sound.
        if self.wrong.len() == before && at != GATEWAY {
            let rules = schema["x-kubernetes-validations"].as_array();
            for rule in rules.into_iter().flatten() {
                let message = rule["message"].as_str().unwrap_or_default();
                if shapes::obeys(message, value) == Some(false) {
                    self.wrong(at, message);
                }
            }
        }
    }

    fn fields(&mut self, at: &str, schema: &Value, fields: &mut Map<String, Value>) {
        // As the API server does it: a null says nothing.
        fields.retain(|_, value| !value.is_null());
        let known = schema["properties"].as_object();
        for (name, value) in &mut *fields {
            let place = format!("{at}.{name}");
            if let Some(schema) = known.and_then(|known| known.get(name)) {
                self.value(&place, schema, value);
            } else {
                let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
                let names = names.collect::<Vec<_>>().join(", ");
                self.wrong(&place, format!("no such field; there are {names}"));
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if !fields.contains_key(name) {
                self.wrong(&format!("{at}.{name}"), "missing");
            }
        }
    }

    fn items(&mut self, at: &str, schema: &Value, items: &mut [Value]) {
        self.length(at, schema, "Items", items.len(), "entries");
        for (n, item) in items.iter_mut().enumerate() {
            self.value(&format!("{at}[{n}]"), &schema["items"], item);
        }
    }

    fn text(&mut self, at: &str, schema: &Value, text: &str) {
        if at == GATEWAY {
            if text.trim().is_empty() {
                self.wrong(at, "missing");
            }
            return;
        }
        self.length(at, schema, "Length", text.chars().count(), "characters");
        if let Some(words) = schema["enum"].as_array()
            && !words.iter().any(|word| word == text)
        {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            self.wrong(at, format!("{text:?} is none of {}", words.join(", ")));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && shapes::matches(pattern, text) == Some(false)
        {
            self.wrong(at, format!("{text:?} does not match {pattern}"));
        }
        if schema["format"] == "date-time" && text.parse::<Timestamp>().is_err() {
            self.wrong(
                at,
                format!("{text:?} is no time such as 2026-11-22T09:41:00Z"),
            );
        }
    }

    fn number(&mut self, at: &str, schema: &Value, number: f64) {
        let bound = |name: &str| schema[name].as_f64();
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            self.wrong(at, format!("at least {least}"));
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            self.wrong(at, format!("at most {most}"));
        }
    }

    fn length(&mut self, at: &str, schema: &Value, of: &str, length: usize, units: &str) {
        let bound = |edge: &str| schema[format!("{edge}{of}")].as_u64();
        let bound = |edge: &str| bound(edge).and_then(|bound| usize::try_from(bound).ok());
        if let Some(least) = bound("min").filter(|least| length < *least) {
            self.wrong(at, format!("at least {least} {units}"));
        }
        if let Some(most) = bound("max").filter(|most| length > *most) {
            self.wrong(at, format!("at most {most} {units}"));
        }
    }
}

/// A type of the schema, for people.
fn named(wanted: &str) -> &str {
    match wanted {
        "object" => "a map",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "boolean" => "true or false",
        other => other,
    }
}

/// What was found in its place.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

#[cfg(test)]
mod tests;
