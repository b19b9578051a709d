//! Names that are there twice, and references to what is not there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Checked, refuse};
use crate::sim::{arm::Refused, errors};

pub(super) fn check(checked: &Checked) -> Result<(), Refused> {
    let lists = checked.properties().as_object();
    let mut known = BTreeSet::new();
    for (list, elements) in lists.into_iter().flatten() {
        let elements = elements.as_array().into_iter().flatten();
        for element in elements.filter(|own| own["properties"].is_object()) {
            let Some(name) = element["name"].as_str().filter(|own| !own.is_empty()) else {
                let detail =
                    format!("Required property 'name' not found. Path 'properties.{list}'.");
                return Err(errors::unparsed(&detail).into());
            };
            let odd = |own: char| !(own.is_ascii_alphanumeric() || "_.- ".contains(own));
            if name.len() > 80 || name.contains(odd) {
                let message = format!("Resource name {name} is invalid.");
                return Err(refuse("InvalidResourceName", &message));
            }
            let id = format!("{}/{list}/{name}", checked.id);
            if !known.insert(id.to_ascii_lowercase()) {
                let message = format!(
                    "Resource {}/{list}/ has two child resources with the same name ({name}).",
                    checked.id
                );
                return Err(refuse("DuplicateResourceName", &message));
            }
        }
    }
    let own = format!("{}/", checked.id.to_ascii_lowercase());
    let unchanged = all(checked.before());
    for (from, to) in all(checked.properties()) {
        let key = to.to_ascii_lowercase();
        let found = if key.starts_with(&own) {
            known.contains(&key)
        } else {
            // What lies elsewhere and was referred to already may be unknown to this world.
            checked.world.get(&to).is_some() || unchanged.iter().any(|(_, old)| *old == to)
        };
        if !found {
            let message = format!(
                "Resource {to} referenced by resource {}{from} was not found. Please make sure \
                that the referenced resource exists, and that both resources are in the same \
                region.",
                checked.id
            );
            return Err(refuse("InvalidResourceReference", &message));
        }
    }
    Ok(())
}

/// The references of a gateway that a client may set: from which part, and the id.
fn all(properties: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (list, value) in properties.as_object().into_iter().flatten() {
        match value {
            Value::Array(elements) => {
                for element in elements {
                    let name = element["name"].as_str().unwrap_or_default();
                    references(
                        &element["properties"],
                        &format!("/{list}/{name}"),
                        &mut found,
                    );
                }
            }
            one => reference(one, "", &mut found),
        }
    }
    found
}

/// What refers back is no reference of its own.
const BACK: [&str; 6] = [
    "requestRoutingRules",
    "httpListeners",
    "backendHttpSettings",
    "backendIPConfigurations",
    "redirectConfiguration",
    "urlPathMaps",
];

fn references(properties: &Value, from: &str, found: &mut Vec<(String, String)>) {
    for (field, value) in properties.as_object().into_iter().flatten() {
        match value {
            Value::Array(all) if field == "pathRules" => {
                for rule in all.iter().filter(|own| own["properties"].is_object()) {
                    let name = rule["name"].as_str().unwrap_or_default();
                    references(
                        &rule["properties"],
                        &format!("{from}/pathRules/{name}"),
                        found,
                    );
                }
            }
            Value::Array(all) if !BACK.contains(&field.as_str()) => {
                for own in all {
                    reference(own, from, found);
                }
            }
            // A redirection of a listener refers back, that of a rule does not.
            one if field != "redirectConfiguration" || !from.starts_with("/httpListeners/") => {
                reference(one, from, found);
            }
            _ => {}
        }
    }
}

fn reference(value: &Value, from: &str, found: &mut Vec<(String, String)>) {
    let only = value.as_object().is_some_and(|own| own.len() == 1);
    if let Some(id) = value["id"].as_str().filter(|_| only) {
        found.push((from.to_owned(), id.to_owned()));
    }
}
