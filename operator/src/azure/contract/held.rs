//! One element against one model.
use super::newer::{is_known_member, is_known_word};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::fmt::Debug;

/// What does not fit: where, as steps from the element down, and what is there.
pub(super) type Misfit = (Vec<Step>, String);

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Element(usize),
}

/// More than this about one element is not worth finding.
const MOST: usize = 20;
/// A word no model knows.
const NO_WORD: &str = "?no-such-word?";

/// Hold `value` against the model `T`: it must parse, know every word, and lose no member when it
/// is written again, but for what is newer than the model and fine.
pub(super) fn misfits<T>(value: &Value) -> Vec<Misfit>
where
    T: DeserializeOwned + Serialize + Debug,
{
    let mut found = Vec::new();
    let mut mended = None::<Value>;
    // A type that does not fit hides what else is wrong, so it is taken out and the rest is tried.
    let model: T = loop {
        let tried = mended.as_ref().unwrap_or(value);
        let error = match serde_path_to_error::deserialize::<_, T>(tried) {
            Ok(model) => break model,
            Err(error) => error,
        };
        let (steps, said) = place(&error);
        let there = at(tried, &steps);
        let shown = if said.starts_with("missing field") {
            "missing".to_owned()
        } else {
            there.map_or_else(|| said.clone(), shown)
        };
        let is_known = !steps.is_empty() && there.is_some_and(|there| is_known_word(&steps, there));
        let missing = said.split('`').nth(1).filter(|_| shown == "missing");
        let mut named = steps.clone();
        named.extend(missing.map(|name| Step::Member(name.to_owned())));
        if !is_known {
            found.push((named, shown));
        }
        let mut next = tried.clone();
        if found.len() >= MOST || steps.is_empty() || !take_out(&mut next, &steps) {
            return found;
        }
        mended = Some(next);
    };
    let value = mended.as_ref().unwrap_or(value);
    unknown_words::<T>(&model, value, &mut found);
    if let Ok(again) = serde_json::to_value(&model) {
        lost(value, &again, &mut Vec::new(), &mut found);
    }
    found.truncate(MOST);
    found
}

fn place(error: &serde_path_to_error::Error<serde_json::Error>) -> (Vec<Step>, String) {
    let steps = error.path().iter().filter_map(|segment| match segment {
        serde_path_to_error::Segment::Seq { index } => Some(Step::Element(*index)),
        serde_path_to_error::Segment::Map { key } => Some(Step::Member(key.clone())),
        serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => None,
    });
    (steps.collect(), error.inner().to_string())
}

fn at<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Element(index) => value.get(index),
    })
}

fn at_mut<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Element(index) => value.get_mut(index),
    })
}

fn take_out(value: &mut Value, steps: &[Step]) -> bool {
    let Some((last, before)) = steps.split_last() else {
        return false;
    };
    match (at_mut(value, before), last) {
        (Some(Value::Object(members)), Step::Member(name)) => members.remove(name).is_some(),
        (Some(Value::Array(all)), Step::Element(index)) if *index < all.len() => {
            all.remove(*index);
            true
        }
        _ => false,
    }
}

/// The models keep a word they do not know aside and write it again as it was, so only their
/// `Debug` tells. Where it tells of one, each text of that word is tried with a word that surely
/// is none.
fn unknown_words<T: DeserializeOwned + Debug>(model: &T, value: &Value, found: &mut Vec<Misfit>) {
    let said = format!("{model:?}");
    if !said.contains("UnknownValue(") {
        return;
    }
    let mut leaves = Vec::new();
    texts(value, &mut Vec::new(), &mut leaves);
    for steps in leaves {
        let Some(leaf) = at(value, &steps) else {
            continue;
        };
        let word = leaf.as_str().unwrap_or_default();
        if !said.contains(&format!("UnknownValue({word:?})")) || is_known_word(&steps, leaf) {
            continue;
        }
        let mut tried = value.clone();
        if let Some(there) = at_mut(&mut tried, &steps) {
            *there = Value::String(NO_WORD.to_owned());
        }
        let is_word = serde_json::from_value::<T>(tried).is_ok_and(|model| {
            format!("{model:?}").contains(&format!("UnknownValue({NO_WORD:?})"))
        });
        if is_word {
            found.push((steps, word.to_owned()));
        }
    }
}

fn texts(value: &Value, steps: &mut Vec<Step>, leaves: &mut Vec<Vec<Step>>) {
    match value {
        Value::String(_) => leaves.push(steps.clone()),
        Value::Array(all) => {
            for (index, one) in all.iter().enumerate() {
                steps.push(Step::Element(index));
                texts(one, steps, leaves);
                steps.pop();
            }
        }
        Value::Object(members) => {
            for (name, one) in members {
                steps.push(Step::Member(name.clone()));
                texts(one, steps, leaves);
                steps.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Members that the model does not write again. Empty ones are no loss to anybody.
fn lost(value: &Value, again: &Value, steps: &mut Vec<Step>, found: &mut Vec<Misfit>) {
    match (value, again) {
        (Value::Object(members), Value::Object(again)) => {
            for (name, one) in members {
                if is_empty(one) {
                    continue;
                }
                steps.push(Step::Member(name.clone()));
                match again.get(name) {
                    Some(again) => lost(one, again, steps, found),
                    None if is_known_member(name) => {}
                    None => found.push((steps.clone(), shown(one))),
                }
                steps.pop();
            }
        }
        (Value::Array(all), Value::Array(again)) => {
            for (index, (one, again)) in all.iter().zip(again).enumerate() {
                steps.push(Step::Element(index));
                lost(one, again, steps, found);
                steps.pop();
            }
        }
        (value, again) if value == again => {}
        (value, _) => found.push((steps.clone(), shown(value))),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => "{…}".to_owned(),
        Value::Array(_) => "[…]".to_owned(),
        other => other.to_string(),
    }
}
