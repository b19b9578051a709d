//! Raw ARM laid over a document: for whatever the shorthand cannot say.

use serde_json::{Value, json};

use super::lenient;

/// A value that takes the field away.
const ABSENT: &str = "$absent";

/// Lays `raw` over a document: objects field by field, lists of named elements by name, all else replaced.
pub(super) fn overlay(document: &mut Value, raw: &Value) {
    match raw {
        Value::Object(fields) => {
            if !document.is_object() {
                *document = json!({});
            }
            let Some(own) = document.as_object_mut() else {
                return;
            };
            for (field, value) in fields {
                if value == ABSENT {
                    own.remove(field);
                } else {
                    overlay(own.entry(field).or_insert(Value::Null), value);
                }
            }
        }
        Value::Array(elements) if document.is_array() && elements.iter().all(is_named) => {
            for element in elements {
                let name = lenient::name(element);
                let Some(own) = document.as_array_mut() else {
                    return;
                };
                match own
                    .iter_mut()
                    .find(|known| lenient::name(known).eq_ignore_ascii_case(name))
                {
                    Some(known) => overlay(known, element),
                    None => own.push(element.clone()),
                }
            }
        }
        other => other.clone_into(document),
    }
}

fn is_named(element: &Value) -> bool {
    lenient::text(&element["name"]).is_some()
}
