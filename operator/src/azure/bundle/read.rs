//! Reading a bundle, with the place of what is wrong.
use super::{API_VERSION, Bundle, BundleError, KIND};
use crate::azure::{
    exchange::{Exchange, Raw},
    text,
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Read<T> = Result<T, BundleError>;

fn wrong<T>(place: &str, what: impl AsRef<str>) -> Read<T> {
    let line = text::line(&format!("{place}: {}", what.as_ref()), text::MOST);
    Err(BundleError(line))
}

pub(super) fn bundle(text: &str) -> Read<Bundle> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return wrong("not JSON", error.to_string()),
    };
    let Value::Object(mut members) = value else {
        return wrong("the file", "expected an object");
    };
    for (name, wanted) in [("kind", KIND), ("apiVersion", API_VERSION)] {
        match members.get(name).and_then(Value::as_str) {
            Some(found) if found == wanted => {}
            Some(found) => return wrong(name, format!("expected {wanted}, found {found}")),
            None => return wrong(name, format!("missing; expected {wanted}")),
        }
    }
    let taken_at = match members.get("takenAt").and_then(Value::as_str) {
        None => {
            return wrong(
                "takenAt",
                "missing; expected a time such as 2026-11-22T09:41:00Z",
            );
        }
        Some(time) => match time.parse::<Timestamp>() {
            Ok(time) => time,
            Err(error) => return wrong("takenAt", error.to_string()),
        },
    };
    let spec = match members.remove("spec") {
        Some(spec @ Value::Object(_)) => spec,
        Some(_) => return wrong("spec", "expected an object"),
        None => return wrong("spec", "missing"),
    };
    let exchanges = match members.remove("exchanges") {
        Some(Value::Array(all)) => all,
        Some(_) => return wrong("exchanges", "expected a list"),
        None => return wrong("exchanges", "missing"),
    };
    let exchanges = exchanges
        .into_iter()
        .enumerate()
        .map(|(at, one)| exchange(&format!("exchanges[{at}]"), one))
        .collect::<Read<Vec<_>>>()?;
    Ok(Bundle::new(taken_at, spec, exchanges))
}

fn exchange(place: &str, value: Value) -> Read<Exchange> {
    let Value::Object(mut members) = value else {
        return wrong(place, "expected an object");
    };
    let at = |name: &str| format!("{place}.{name}");
    let method = string(&at("method"), members.remove("method"))?;
    let path = match string(&at("path"), members.remove("path"))? {
        Some(path) if !path.is_empty() => path,
        _ => return wrong(&at("path"), "missing"),
    };
    let status = number(&at("status"), members.remove("status"), 100..=599)?;
    let look = number(&at("look"), members.remove("look"), 1..=1000)?;
    let raw = Raw {
        method: method.unwrap_or_else(|| "GET".to_owned()),
        path,
        look: look.map_or(1, u32::from),
        request: members.remove("request"),
        status,
        error: string(&at("error"), members.remove("error"))?,
        addresses: strings(&at("addresses"), members.remove("addresses"))?,
        headers: headers(&at("headers"), members.remove("headers"))?,
        body: members.remove("body"),
        more: members,
    };
    let other = raw.more.contains_key("chain");
    if raw.status.is_none()
        && raw.error.is_none()
        && raw.addresses.is_none()
        && raw.body.is_none()
        && !other
    {
        return wrong(place, "neither status nor error, body, addresses or chain");
    }
    Ok(raw.clean())
}

fn string(place: &str, value: Option<Value>) -> Read<Option<String>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => wrong(place, "expected a text"),
    }
}

fn strings(place: &str, value: Option<Value>) -> Read<Option<Vec<String>>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(all)) => {
            let all = all.into_iter().enumerate().map(|(at, one)| {
                let place = format!("{place}[{at}]");
                match string(&place, Some(one))? {
                    Some(text) => Ok(text),
                    None => wrong(&place, "expected a text"),
                }
            });
            all.collect::<Read<Vec<_>>>().map(Some)
        }
        Some(_) => wrong(place, "expected a list of texts"),
    }
}

/// A whole number, also written as a text: people put bundles together by hand.
fn number(
    place: &str,
    value: Option<Value>,
    within: std::ops::RangeInclusive<u16>,
) -> Read<Option<u16>> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64().and_then(|n| u16::try_from(n).ok()),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match number.filter(|number| within.contains(number)) {
        Some(number) => Ok(Some(number)),
        None => wrong(
            place,
            format!(
                "expected a number from {} to {}",
                within.start(),
                within.end()
            ),
        ),
    }
}

fn headers(place: &str, value: Option<Value>) -> Read<BTreeMap<String, String>> {
    let all: Map<String, Value> = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(all)) => all,
        Some(_) => return wrong(place, "expected an object of texts"),
    };
    // Recorders write a list where a header may come twice; the first will do.
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(all) => all
            .into_iter()
            .next()
            .and_then(|one| one.as_str().map(str::to_owned)),
        _ => None,
    };
    Ok(all
        .into_iter()
        .filter_map(|(name, value)| Some((name, text(value)?)))
        .collect())
}
