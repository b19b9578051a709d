//! Lenient looks at ARM documents: ids in any case, numbers as text, elements that are missing.

use std::{net::IpAddr, slice};

use ipnet::IpNet;
use serde_json::Value;

/// The elements of a list; none if it is no list.
pub(super) fn items(value: &Value) -> slice::Iter<'_, Value> {
    value.as_array().map_or([].iter(), |list| list.iter())
}

/// The elements of a list in an object, to change them; unlike indexing this never adds the field.
pub(super) fn items_mut<'a>(
    object: &'a mut Value,
    list: &str,
) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    let list = object.get_mut(list).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// A text that is not empty.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A whole number, also one written as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// A port, also one written as text.
pub(super) fn port(value: &Value) -> Option<u16> {
    number(value).and_then(|number| u16::try_from(number).ok())
}

/// Whether it says true, also as text.
pub(super) fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| is_word(value, "true"))
}

/// Whether it says false; a missing value does not.
pub(super) fn denial(value: &Value) -> bool {
    value == &Value::Bool(false) || is_word(value, "false")
}

/// Whether it is that word in any case.
pub(super) fn is_word(value: &Value, word: &str) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// The id in `{"id": …}`.
pub(super) fn id(value: &Value) -> Option<&str> {
    text(&value["id"])
}

/// The name that every ARM element has, empty if it has none.
pub(super) fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or_default()
}

/// The addresses among the texts of a list.
pub(super) fn address(value: &Value) -> Option<IpAddr> {
    value.as_str()?.trim().parse().ok()
}

/// The prefixes given in a singular and a plural field, as subnets have them.
pub(super) fn prefixes(one: &Value, many: &Value) -> Vec<IpNet> {
    items(many)
        .chain([one])
        .filter_map(|prefix| prefix.as_str()?.trim().parse::<IpNet>().ok())
        .collect()
}

/// What ids are compared by.
pub(super) fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// Whether two ids name the same thing.
pub(super) fn same_id(one: &str, other: &str) -> bool {
    one.trim_end_matches('/')
        .eq_ignore_ascii_case(other.trim_end_matches('/'))
}

/// The last segment of an id.
pub(super) fn last(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}
