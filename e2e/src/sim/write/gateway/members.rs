//! Members that an api-version does not have: refused or dropped when they come, and never shown.

use serde_json::Value;

use super::schema::{PARTS, PATH_RULE, Part};
use crate::sim::{answer::Answer, arm::Refused, errors, options::Members};

/// Refuses or drops what the api-version does not have; odd members that are there already may stay.
pub(super) fn checked(
    body: &mut Value,
    before: Option<&Value>,
    version: &str,
    unknown: Members,
) -> Result<(), Refused> {
    let mut wrong = None;
    let top = [
        "id",
        "name",
        "type",
        "etag",
        "location",
        "tags",
        "zones",
        "identity",
        "properties",
    ];
    if let Some(odd) = body.as_object().and_then(|own| {
        let mut fields = own.keys().filter(|own| !top.contains(&own.as_str()));
        fields.find(|own| before.is_none_or(|before| before[own.as_str()].is_null()))
    }) {
        let message = format!(
            "Could not find member '{odd}' on object of type 'ApplicationGateway'. Path '{odd}'."
        );
        return Err(errors::unparsed(&message).into());
    }
    each(body, before, |part, path, own, old| {
        own.retain(|member, _| {
            let lacks = match part.since(member) {
                Some(since) => version < since,
                None => !part.has(member) && old.is_none_or(|old| old[member].is_null()),
            };
            if lacks && wrong.is_none() {
                wrong = Some(format!(
                    "Could not find member '{member}' on object of type '{}'. Path \
                    '{path}.{member}'.",
                    part.kind
                ));
            }
            !lacks
        });
    });
    match wrong {
        Some(wrong) if unknown == Members::Refused => Err(errors::unparsed(&wrong).into()),
        _ => Ok(()),
    }
}

/// Takes away what an api-version does not have yet, in a gateway.
pub(in crate::sim) fn hide_newer(gateway: &mut Value, version: &str) {
    each(gateway, None, |part, _, own, _| {
        own.retain(|member, _| part.since(member).is_none_or(|since| since <= version));
    });
}

/// The same in an answer.
pub(super) fn hide_in(answer: &mut Answer, version: &str) {
    if let Ok(mut gateway) = serde_json::from_slice::<Value>(&answer.body) {
        hide_newer(&mut gateway, version);
        answer.body = gateway.to_string().into();
    }
}

type Fields = serde_json::Map<String, Value>;

/// Looks at the properties of a gateway and of all its parts, each with its path and with those of the same name before.
fn each(
    gateway: &mut Value,
    before: Option<&Value>,
    mut look: impl FnMut(&Part, &str, &mut Fields, Option<&Value>),
) {
    let before = before.map(|own| &own["properties"]);
    let Some(properties) = gateway.get_mut("properties") else {
        return;
    };
    for part in PARTS {
        if part.list.is_empty() {
            if let Some(fields) = properties.as_object_mut() {
                look(part, "properties", fields, before);
            }
            continue;
        }
        let Some(elements) = properties.get_mut(part.list).and_then(Value::as_array_mut) else {
            continue;
        };
        for (at, element) in elements.iter_mut().enumerate() {
            let old = before.and_then(|before| same(&before[part.list], element));
            let old = old.map(|own| &own["properties"]);
            let path = format!("properties.{}[{at}].properties", part.list);
            let Some(own) = element.get_mut("properties").and_then(Value::as_object_mut) else {
                continue;
            };
            look(part, &path, own, old);
            let rules = own.get_mut("pathRules").and_then(Value::as_array_mut);
            for (at, rule) in rules.into_iter().flatten().enumerate() {
                let old = old.and_then(|old| same(&old["pathRules"], rule));
                let path = format!("{path}.pathRules[{at}].properties");
                if let Some(own) = rule.get_mut("properties").and_then(Value::as_object_mut) {
                    look(&PATH_RULE, &path, own, old.map(|own| &own["properties"]));
                }
            }
        }
    }
}

/// The element of a list that has the name of another one.
pub(super) fn same<'a>(list: &'a Value, element: &Value) -> Option<&'a Value> {
    let name = element["name"].as_str().unwrap_or_default();
    let mut all = list.as_array()?.iter();
    all.find(|own| {
        own["name"]
            .as_str()
            .unwrap_or_default()
            .eq_ignore_ascii_case(name)
    })
}
