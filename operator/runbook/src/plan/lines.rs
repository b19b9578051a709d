//! A change as a person reads it: a plus for what comes, a minus for what goes, a tilde for what alters.
use super::{Act, Change, Edit, Part, Pointer};
use crate::{
    facts::json::{at, number, one_line, one_or_many, text},
    id::ArmId,
};
use serde_json::Value;

/// Every change as lines.
pub fn changes(all: &[Change]) -> Vec<String> {
    all.iter().flat_map(line).collect()
}

/// One change as lines: one, or one for each value of a document.
pub fn line(change: &Change) -> Vec<String> {
    let name = title(&change.on);
    match &change.act {
        Act::Start => vec![format!("start gateway {name}")],
        Act::Touch => vec![format!("write gateway {name} again, just as it stands")],
        Act::Create(rule) => vec![format!("+ {name} {}", words(rule))],
        Act::Delete(rule) => vec![format!("- {name} {}", words(rule))],
        Act::Edit(edits) => edits.iter().map(|it| edit(&name, it)).collect(),
    }
}

/// `nsg/rule`, `site`, or the name of the gateway.
fn title(on: &ArmId) -> String {
    let part = |kind: &str| on.segment(kind).map(one_line);
    if let (Some(group), Some(rule)) = (part("networkSecurityGroups"), part("securityRules")) {
        return format!("{group}/{rule}");
    }
    part("sites").unwrap_or_else(|| one_line(on.name()))
}

fn edit(name: &str, edit: &Edit) -> String {
    let place = place(&edit.at);
    let value = |value: &Value| one_line(&short(value));
    match (edit.before.is_null(), edit.after.is_null()) {
        (true, _) => format!("+ {name} {place}: {}", value(&edit.after)),
        (false, true) => format!("- {name} {place}: {}", value(&edit.before)),
        (false, false) => format!(
            "~ {name} {place}: {} -> {}",
            value(&edit.before),
            value(&edit.after)
        ),
    }
}

/// Without the word `properties`, which says nothing.
fn place(at: &Pointer) -> String {
    let words = at.0.iter().filter_map(|part| match part {
        Part::Field(name) if name == "properties" => None,
        Part::Field(name) | Part::Named { name } => Some(one_line(name)),
        Part::Item { .. } => None,
    });
    words.collect::<Vec<_>>().join("/")
}

/// A reference by the name it ends in, a sub-resource by its properties, long data by its length.
fn short(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            if let (1, Some(id)) = (map.len(), text(value, &["id"])) {
                return ArmId::new(id).name().to_owned();
            }
            let inner = at(value, &["properties"])
                .and_then(Value::as_object)
                .unwrap_or(map);
            let members = inner
                .iter()
                .filter(|(key, _)| key.as_str() != "id" && key.as_str() != "name")
                .map(|(key, value)| format!("{key} {}", short(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(short).collect();
            format!("[{}]", all.join(", "))
        }
        Value::String(text) if text.len() > 200 => format!("{} characters", text.len()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A security rule: `priority 199 Inbound Tcp 10.1.0.0/24 -> 10.2.0.0/24:8443 Allow`.
fn words(rule: &Value) -> String {
    let Some(of) = at(rule, &["properties"]) else {
        return short(rule);
    };
    let word = |name: &str| one_line(text(of, &[name]).unwrap_or("?"));
    let many = |one: &str, many: &str| one_line(&one_or_many(of, one, many).join(","));
    let end = |side: &str| {
        many(
            &format!("{side}AddressPrefix"),
            &format!("{side}AddressPrefixes"),
        )
    };
    format!(
        "priority {} {} {} {} -> {}:{} {}",
        number(of, &["priority"]).map_or("?".into(), |it| it.to_string()),
        word("direction"),
        word("protocol"),
        end("source"),
        end("destination"),
        many("destinationPortRange", "destinationPortRanges"),
        word("access"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_say_what_comes_what_goes_and_what_alters() {
        let gateway = ArmId::new("/s/x/providers/Microsoft.Network/applicationGateways/shop");
        let edit = |at: Pointer, before: Value, after: Value| Edit { at, before, after };
        let probe = Pointer::fields("properties/probes").named("p");
        let act = Act::Edit(vec![
            edit(
                probe.clone().field("properties/path"),
                json!("/"),
                json!("/healthz"),
            ),
            edit(
                Pointer::fields("properties/s")
                    .named("api")
                    .field("properties/probe"),
                Value::Null,
                json!({"id": "/a/b/probes/p"}),
            ),
            edit(
                probe,
                json!({"name": "p", "properties": {"port": 1}}),
                Value::Null,
            ),
        ]);
        let change = Change { on: gateway, act };
        assert_eq!(
            line(&change),
            [
                "~ shop probes/p/path: / -> /healthz",
                "+ shop s/api/probe: p",
                "- shop probes/p: {port 1}"
            ]
        );
        let rule = json!({"properties": {"priority": 199, "direction": "Inbound", "protocol": "Tcp", "access": "Allow",
            "sourceAddressPrefix": "10.1.0.0/24", "destinationAddressPrefixes": ["10.2.0.4", "10.2.0.5"], "destinationPortRange": "8443"}});
        let on = ArmId::new("/x/networkSecurityGroups/nsg/securityRules/allow");
        let act = Act::Create(rule);
        assert_eq!(
            line(&Change { on, act }),
            ["+ nsg/allow priority 199 Inbound Tcp 10.1.0.0/24 -> 10.2.0.4,10.2.0.5:8443 Allow"]
        );
    }
}
