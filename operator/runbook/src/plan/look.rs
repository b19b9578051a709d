//! How the world stands to a change: what makes applying it twice the same as applying it once.
use super::{Act, Change, Edit, Need, pointer::alike};
use crate::{
    facts::{
        Blocked, Facts, Gap,
        json::{list, number, text},
    },
    id::ArmId,
};
use serde_json::Value;

/// How the world stands to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it was when the change was planned.
    Before,
    /// Azure is working on it.
    Busy,
    /// As planned.
    After,
    /// Neither: somebody else moved it.
    Elsewhere,
}

/// The document, or nothing where there is none.
fn document<'f>(facts: &'f Facts, on: &ArmId) -> Result<Option<&'f Value>, Blocked> {
    match facts.document(on) {
        Ok(document) => Ok(Some(document)),
        Err(Blocked::Gap(_, Gap::NotFound)) => Ok(None),
        Err(blocked) => Err(blocked),
    }
}

/// Where a change stands by these facts.
pub fn standing(change: &Change, facts: &Facts) -> Result<Standing, Blocked> {
    Ok(against(&change.act, document(facts, &change.on)?))
}

/// The same against a document at hand; `None`: there is none.
pub(crate) fn against(act: &Act, document: Option<&Value>) -> Standing {
    use Standing::{After, Before, Busy, Elsewhere};
    let word = |member: &str| {
        let found = document.and_then(|it| text(it, &["properties", member]));
        found.unwrap_or_default().to_ascii_lowercase()
    };
    let (state, running) = (word("provisioningState"), word("operationalState"));
    if ["updating", "deleting"].contains(&state.as_str()) {
        return Busy;
    }
    match (act, document) {
        (Act::Start, Some(_)) => match running.as_str() {
            "stopped" => Before,
            "starting" => Busy,
            "running" => After,
            _ => Elsewhere,
        },
        (Act::Touch, Some(_)) => match state.as_str() {
            "failed" => Before,
            "succeeded" => After,
            _ => Elsewhere,
        },
        (Act::Edit(edits), Some(document)) => {
            let is = |pick: fn(&Edit) -> &Value| {
                edits.iter().all(|it| same(it.at.find(document), pick(it)))
            };
            if is(|it| &it.after) {
                After
            } else if is(|it| &it.before) {
                Before
            } else {
                Elsewhere
            }
        }
        (Act::Create(_), None) => Before,
        (Act::Create(wanted), Some(found)) if same(found, wanted) => After,
        (Act::Delete(_), None) => After,
        (Act::Delete(was), Some(found)) if same(found, was) => Before,
        _ => Elsewhere,
    }
}

/// Members that the service writes, or that mean nothing where they are empty.
const OF_THE_SERVICE: [&str; 7] = [
    "etag",
    "provisioningState",
    "type",
    "id",
    "resourceGuid",
    "tags",
    "publicCertData",
];

/// What Azure holds is what was wanted: all of it is there, and what is there besides is the service's own
/// or empty. `null`: there is nothing.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            let wants = |key: &String| {
                let found = found.get(key).unwrap_or(&Value::Null);
                let wanted = wanted.get(key).unwrap_or(&Value::Null);
                (key == "id" && alike(found, wanted)) || same(found, wanted)
            };
            let own = |(key, value): (&String, &Value)| {
                OF_THE_SERVICE.contains(&key.as_str()) || is_empty(value)
            };
            wanted.keys().all(wants)
                && found
                    .iter()
                    .filter(|(key, _)| !wanted.contains_key(*key))
                    .all(own)
        }
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| same(a, b))
        }
        (found, Value::Null) => is_empty(found),
        (Value::Null, wanted) => is_empty(wanted),
        (found, wanted) => found == wanted,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a need holds by these facts.
pub fn holds(need: &Need, facts: &Facts) -> Result<bool, Blocked> {
    Ok(match need {
        Need::Is { of, at, value } => {
            let document = document(facts, of)?;
            let found = document.map_or(&Value::Null, |it| at.find(it));
            alike(found, value) || same(found, value)
        }
        Need::Free {
            of,
            direction,
            priority,
            but,
        } => {
            let Some(document) = document(facts, of)? else {
                return Ok(false);
            };
            let mut rules = list(document, &["properties", "securityRules"]);
            !rules.any(|rule| {
                let is = |path: &[&str], wanted: &str| {
                    text(rule, path).is_some_and(|it| it.eq_ignore_ascii_case(wanted))
                };
                !is(&["name"], but)
                    && is(&["properties", "direction"], direction)
                    && number(rule, &["properties", "priority"]) == Some(*priority)
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Pointer;
    use serde_json::json;

    #[test]
    fn a_document_is_before_after_or_elsewhere() {
        let edit = Act::Edit(vec![Edit {
            at: Pointer::fields("properties/path"),
            before: json!("/"),
            after: json!("/healthz"),
        }]);
        let at = |path: &str, state: &str| {
            let doc = json!({"properties": {"path": path, "provisioningState": state}});
            against(&edit, Some(&doc))
        };
        assert_eq!(at("/", "Succeeded"), Standing::Before);
        assert_eq!(at("/healthz", "Succeeded"), Standing::After);
        assert_eq!(at("/other", "Succeeded"), Standing::Elsewhere);
        assert_eq!(at("/", "Updating"), Standing::Busy);
        assert_eq!(against(&edit, None), Standing::Elsewhere);
    }

    #[test]
    fn a_rule_that_is_wider_than_planned_is_not_the_planned_one() {
        let wanted = json!({"name": "a", "properties": {"access": "Allow", "sourceAddressPrefix": "10.1.0.0/24"}});
        let act = Act::Create(wanted.clone());
        let mut found = json!({"name": "a", "id": "/x", "etag": "W", "properties": {"access": "Allow",
            "sourceAddressPrefix": "10.1.0.0/24", "sourceAddressPrefixes": [], "provisioningState": "Succeeded"}});
        assert_eq!(against(&act, Some(&found)), Standing::After);
        found["properties"]["sourceAddressPrefixes"] = json!(["10.9.0.0/16"]);
        assert_eq!(against(&act, Some(&found)), Standing::Elsewhere);
        assert_eq!(against(&act, None), Standing::Before);
        let gone = Act::Delete(wanted);
        assert_eq!(against(&gone, None), Standing::After);
        assert_eq!(against(&gone, Some(&found)), Standing::Elsewhere);
    }

    #[test]
    fn starting_a_gateway_that_runs_is_done() {
        let at = |word: &str| {
            let doc =
                json!({"properties": {"operationalState": word, "provisioningState": "Succeeded"}});
            against(&Act::Start, Some(&doc))
        };
        assert_eq!(at("Stopped"), Standing::Before);
        assert_eq!(at("Starting"), Standing::Busy);
        assert_eq!(at("Running"), Standing::After);
        assert_eq!(at("Stopping"), Standing::Elsewhere);
    }
}
