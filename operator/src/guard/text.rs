//! The policies as they have to stand on the API server: one text, compiled in and installed by the chart.
use kube::core::DynamicObject;
use serde_json::{Map, Value, json};

const TEXT: &str = include_str!("policies.yaml");

/// What differs from one installation to the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// User name of the operator.
    pub account: String,
    /// Service accounts that may decide.
    pub approvers: Vec<String>,
    /// Whoever asked for a change may not approve it, in every object.
    pub forbid_self_approval: bool,
}

impl Terms {
    /// What in it no policy can be written with: a name becomes part of an expression.
    pub fn problem(&self) -> Option<String> {
        let plain = |name: &&String| {
            let good = |c: char| c.is_ascii_alphanumeric() || ":._@/-".contains(c);
            !name.is_empty() && name.len() <= 512 && name.chars().all(good)
        };
        let mut names = std::iter::once(&self.account).chain(&self.approvers);
        let odd = names.find(|name| !plain(name))?;
        Some(format!("{odd:?} is no user name that a policy can name"))
    }

    fn put_in(&self, text: &str) -> String {
        let approvers: Vec<String> = self.approvers.iter().map(|it| format!("'{it}'")).collect();
        let eyes = self.forbid_self_approval.to_string();
        text.replace("@ACCOUNT@", &self.account)
            .replace("@APPROVERS@", &approvers.join(", "))
            .replace("@FOUR_EYES@", &eyes)
    }

    fn fill(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.put_in(text),
            Value::Array(all) => all.iter_mut().for_each(|it| self.fill(it)),
            Value::Object(map) => map.values_mut().for_each(|it| self.fill(it)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Every policy and binding, in the order of the text; the mutating one last.
pub fn objects(terms: &Terms) -> Vec<DynamicObject> {
    let parts = TEXT.split("\n---\n");
    let parts = parts.filter_map(|part| serde_saphyr::from_str::<Value>(part).ok());
    let filled = parts.filter_map(|mut part| {
        terms.fill(&mut part);
        serde_json::from_value(part).ok()
    });
    filled.collect()
}

/// Those without which nothing is written: the mutating policy only spares people some typing.
pub fn required(terms: &Terms) -> Vec<DynamicObject> {
    let checks = |it: &DynamicObject| kind(it).starts_with("ValidatingAdmissionPolicy");
    objects(terms).into_iter().filter(checks).collect()
}

/// The kind as it stands in paths.
pub fn plural(kind: &str) -> &'static str {
    match kind {
        "ValidatingAdmissionPolicy" => "validatingadmissionpolicies",
        "ValidatingAdmissionPolicyBinding" => "validatingadmissionpolicybindings",
        "MutatingAdmissionPolicy" => "mutatingadmissionpolicies",
        _ => "mutatingadmissionpolicybindings",
    }
}

/// Its kind.
pub fn kind(object: &DynamicObject) -> &str {
    object.types.as_ref().map_or("", |it| it.kind.as_str())
}

/// What the API server holds is what was installed: defaults that it fills in apart. A binding that leaves out
/// namespaces, or warns instead of denying, is not.
pub fn same(installed: &DynamicObject, found: &DynamicObject) -> bool {
    let spec = |it: &DynamicObject| it.data.get("spec").cloned().unwrap_or(Value::Null);
    found.metadata.deletion_timestamp.is_none() && covers(&spec(installed), &spec(found))
}

fn covers(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            let there = |(key, value): (&String, &Value)| {
                covers(value, found.get(key).unwrap_or(&Value::Null))
            };
            wanted.iter().all(there) && only_defaults(wanted, found)
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(a, b)| covers(a, b))
        }
        (wanted, found) => wanted == found,
    }
}

fn only_defaults(wanted: &Map<String, Value>, found: &Map<String, Value>) -> bool {
    let defaults = [
        ("matchPolicy", json!("Equivalent")),
        ("namespaceSelector", json!({})),
        ("objectSelector", json!({})),
        ("scope", json!("*")),
    ];
    let more = found.iter().filter(|(key, _)| !wanted.contains_key(*key));
    let mut odd = more.filter(|(key, value)| {
        let usual = |(name, usual): &(&str, Value)| *name == key.as_str() && usual == *value;
        !defaults.iter().any(usual)
    });
    odd.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            account: "system:serviceaccount:appgw:appgw-operator".into(),
            approvers: vec!["system:serviceaccount:ci:approver".into()],
            forbid_self_approval: false,
        }
    }

    #[test]
    fn four_policies_with_their_bindings_and_nothing_left_to_fill_in() {
        let all = objects(&terms());
        let kinds: Vec<&str> = all.iter().map(kind).collect();
        assert_eq!(kinds.len(), 8, "{kinds:?}");
        assert_eq!(required(&terms()).len(), 6);
        let text = serde_json::to_string(&all).unwrap();
        assert!(!text.contains("@A") && !text.contains("@F"), "{text}");
        assert!(text.contains("in ['system:serviceaccount:ci:approver']"));
        assert!(text.contains("!(false || has(object.spec.approval)"));
    }

    #[test]
    fn the_chart_installs_this_text() {
        let chart = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../charts/appgw-diagnosis/files/policies.yaml"
        );
        assert!(
            std::fs::read_to_string(chart).unwrap() == TEXT,
            "cp operator/src/guard/policies.yaml charts/appgw-diagnosis/files/"
        );
    }

    #[test]
    fn without_approvers_the_list_is_empty_and_the_expression_whole() {
        let text = serde_json::to_string(&objects(&Terms {
            approvers: Vec::new(),
            forbid_self_approval: true,
            ..terms()
        }));
        let text = text.unwrap();
        assert!(text.contains("variables.me in []") && text.contains("!(true || has("));
    }

    #[test]
    fn defaults_are_no_change_and_anything_else_is() {
        let wanted = &required(&terms())[0];
        let mut found = wanted.clone();
        found.data["spec"]["matchConstraints"]["matchPolicy"] = json!("Equivalent");
        found.data["spec"]["matchConstraints"]["namespaceSelector"] = json!({});
        found.data["spec"]["matchConstraints"]["resourceRules"][0]["scope"] = json!("*");
        assert!(same(wanted, &found));
        for (at, value) in [
            ("/spec/failurePolicy", json!("Ignore")),
            ("/spec/validations/3/expression", json!("true")),
            (
                "/spec/matchConstraints/namespaceSelector",
                json!({"matchLabels": {"a": "b"}}),
            ),
            (
                "/spec/matchConstraints/resourceRules/0/scope",
                json!("Cluster"),
            ),
        ] {
            let mut changed = found.clone();
            *changed.data.pointer_mut(at).unwrap() = value;
            assert!(!same(wanted, &changed), "{at}");
        }
        let mut shorter = found.clone();
        shorter.data["spec"]["validations"]
            .as_array_mut()
            .unwrap()
            .pop();
        assert!(!same(wanted, &shorter));
        let mut narrowed = found;
        narrowed.data["spec"]["matchConditions"] = json!([{"name": "a", "expression": "false"}]);
        assert!(!same(wanted, &narrowed));
    }

    #[test]
    fn a_binding_that_warns_or_leaves_a_namespace_out_is_not_the_guard() {
        let wanted = required(&terms())[1].clone();
        assert_eq!(kind(&wanted), "ValidatingAdmissionPolicyBinding");
        for (member, value) in [
            ("validationActions", json!(["Warn"])),
            (
                "matchResources",
                json!({"namespaceSelector": {"matchExpressions": []}}),
            ),
        ] {
            let mut found = wanted.clone();
            found.data["spec"][member] = value;
            assert!(!same(&wanted, &found), "{member}");
        }
    }

    #[test]
    fn a_name_that_would_end_the_expression_is_refused() {
        let mut odd = terms();
        odd.approvers = vec!["x' || true || '".into()];
        assert!(odd.problem().is_some());
        assert_eq!(terms().problem(), None);
    }
}
