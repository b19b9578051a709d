//! What the provider has against a gateway, in its own codes; `InvalidRequestFormat` where its code is not known.

mod back;
mod certificate;
mod front;
mod platform;
mod references;
mod routes;

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::{goal::is_v2, members::same};
use crate::sim::{World, answer::Answer, arm::Refused, errors};

/// A gateway that is to be, and what it stands in.
struct Checked<'a> {
    world: &'a World,
    id: &'a str,
    goal: &'a Value,
    /// What is there now.
    before: Option<&'a Value>,
    v2: bool,
}

/// A part of a gateway.
struct Part<'a> {
    id: String,
    /// Its properties.
    own: &'a Value,
    /// Whether it is new, or other than it was.
    changed: bool,
}

/// Refuses a gateway that cannot be.
pub(super) fn gateway(
    world: &World,
    id: &str,
    goal: &Value,
    before: Option<&Value>,
) -> Result<(), Refused> {
    let tier = goal["properties"]["sku"]["tier"].as_str();
    let tier = tier.ok_or_else(|| missing("sku.tier", "properties"))?;
    let checked = Checked {
        world,
        id,
        goal,
        before,
        v2: is_v2(tier),
    };
    references::check(&checked)?;
    front::check(&checked)?;
    back::check(&checked)?;
    routes::check(&checked)?;
    platform::check(&checked)
}

/// Refuses identities that come with what only the provider says, or none where there have to be some.
pub(super) fn identities(body: &Value) -> Result<(), Refused> {
    let identity = &body["identity"];
    let all = identity["userAssignedIdentities"].as_object();
    let named = identity["type"]
        .as_str()
        .is_some_and(|own| own.contains("UserAssigned"));
    let whole = all.is_none_or(|all| all.values().all(|own| own == &json!({})));
    if whole && (!named || all.is_some_and(|all| !all.is_empty())) {
        return Ok(());
    }
    let message = "The identity ids must not be null or empty for 'UserAssigned' identity type, and their \
        values must be empty objects.";
    Err(errors::front_door(400, "MissingIdentityIds", message).into())
}

impl<'a> Checked<'a> {
    fn properties(&self) -> &'a Value {
        &self.goal["properties"]
    }

    fn before(&self) -> &'a Value {
        self.before.map_or(&Value::Null, |own| &own["properties"])
    }

    /// The parts of a list.
    fn parts(&self, list: &'static str) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let (id, old) = (self.id.to_owned(), &self.before()[list]);
        let all = self.properties()[list].as_array();
        all.into_iter().flatten().map(move |own| {
            let name = own["name"].as_str().unwrap_or_default();
            let before = same(old, own).map(|old| bare(&old["properties"]));
            Part {
                id: format!("{id}/{list}/{name}"),
                own: &own["properties"],
                changed: before.is_none_or(|before| before != bare(&own["properties"])),
            }
        })
    }

    /// The part of a list that a reference leads to.
    fn referred(&self, list: &'static str, reference: &Value) -> Option<Part<'a>> {
        let id = reference["id"].as_str()?;
        self.parts(list).find(|own| own.id.eq_ignore_ascii_case(id))
    }
}

/// Properties without what the provider adds while an operation runs.
fn bare(properties: &Value) -> Value {
    let mut own = properties.clone();
    if let Some(fields) = own.as_object_mut() {
        fields.remove("provisioningState");
    }
    own
}

/// A refusal in the provider's own code.
fn refuse(code: &str, message: &str) -> Refused {
    errors::invalid(code, message).into()
}

fn missing(field: &str, path: &str) -> Answer {
    errors::unparsed(&format!(
        "Required property '{field}' not found in JSON. Path '{path}'."
    ))
}

/// Refuses a number that is out of its range; one that is not said is not looked at.
fn in_range(part: &Part, field: &str, range: RangeInclusive<i64>) -> Result<(), Refused> {
    let value = &part.own[field];
    if value.is_null() || value.as_i64().is_some_and(|own| range.contains(&own)) {
        return Ok(());
    }
    let (first, last) = range.into_inner();
    let message = format!(
        "The value {value} of '{field}' of {} is not between {first} and {last}.",
        part.id
    );
    Err(errors::unparsed(&message).into())
}

/// Refuses what is none of some words.
fn one_of(part: &Part, field: &str, words: &[&str]) -> Result<(), Refused> {
    let word = part.own[field]
        .as_str()
        .ok_or_else(|| missing(field, &part.id))?;
    if words.iter().any(|own| own.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    let message = format!(
        "Error converting value \"{word}\" of '{field}' of {}.",
        part.id
    );
    Err(errors::unparsed(&message).into())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|own| !own.is_empty())
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_default() || value.as_str() == Some("true")
}

fn is_word(value: &Value, word: &str) -> bool {
    value
        .as_str()
        .is_some_and(|own| own.eq_ignore_ascii_case(word))
}
