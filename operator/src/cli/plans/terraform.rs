//! A plan in the words of the tool that keeps the gateway: what to change there, so that the tool does not take
//! the change back.
use crate::cli::text::printable;
use appgw_crds::{ManagedBy, Plan};
use appgw_runbook::plan::{Act, Change, Content, Edit, Part};
use serde_json::Value;
use std::fmt::Write as _;

/// Blocks of `azurerm_application_gateway` by the member of the document.
const BLOCKS: [(&str, &str); 8] = [
    ("probes", "probe"),
    ("backendHttpSettingsCollection", "backend_http_settings"),
    ("backendAddressPools", "backend_address_pool"),
    ("httpListeners", "http_listener"),
    ("frontendPorts", "frontend_port"),
    ("trustedRootCertificates", "trusted_root_certificate"),
    ("urlPathMaps", "url_path_map"),
    ("requestRoutingRules", "request_routing_rule"),
];

/// Attributes whose names differ by more than their spelling.
const NAMES: [(&str, &str); 9] = [
    (
        "pickHostNameFromBackendHttpSettings",
        "pick_host_name_from_backend_http_settings",
    ),
    (
        "pickHostNameFromBackendAddress",
        "pick_host_name_from_backend_address",
    ),
    ("statusCodes", "status_code"),
    ("minCapacity", "min_capacity"),
    ("maxCapacity", "max_capacity"),
    ("ipAddress", "ip_addresses"),
    ("fqdn", "fqdns"),
    ("trustedRootCertificates", "trusted_root_certificate_names"),
    ("probe", "probe_name"),
];

/// What to change in the configuration.
pub(super) fn page(plans: &[&Plan]) -> String {
    let mut out = String::new();
    for plan in plans {
        // Writing to a String does not fail.
        let _ = writeln!(out, "# {}: {}", plan.id, printable(&plan.title));
        let Some(content) = Content::read(&plan.content) else {
            let _ = writeln!(out, "# its content is shown once it can be approved\n");
            continue;
        };
        for change in &content.changes {
            match &change.act {
                Act::Edit(edits) => edits.iter().for_each(|it| edited(&mut out, change, it)),
                Act::Create(rule) => rule_block(&mut out, change, rule, ""),
                Act::Delete(rule) => rule_block(&mut out, change, rule, "# remove: "),
                Act::Start | Act::Touch => {
                    let _ = writeln!(out, "# nothing of it stands in a configuration");
                }
            }
        }
        out.push('\n');
    }
    out
}

fn edited(out: &mut String, change: &Change, edit: &Edit) {
    let words: Vec<&Part> = edit
        .at
        .0
        .iter()
        .filter(|it| !matches!(it, Part::Field(name) if name == "properties"))
        .collect();
    let (block, name) = match &words[..] {
        [Part::Field(collection), Part::Named { name }, ..] => {
            let known = BLOCKS.iter().find(|(own, _)| own == collection);
            (
                known.map_or(collection.as_str(), |(_, block)| block),
                name.as_str(),
            )
        }
        _ => ("", change.on.name()),
    };
    let attribute = words.iter().rev().find_map(|it| match it {
        Part::Field(name) => Some(snake(name)),
        Part::Named { .. } | Part::Item { .. } => None,
    });
    let before = if edit.before.is_null() {
        String::new()
    } else {
        format!("  # was {}", hcl(&edit.before))
    };
    let inner = words.len() > 2;
    let _ = match (block, inner) {
        ("", _) => writeln!(
            out,
            "{} = {}{before}",
            attribute.unwrap_or_default(),
            hcl(&edit.after)
        ),
        (block, true) => writeln!(
            out,
            "{block} {{\n  name = {name:?}\n  {} = {}{before}\n}}",
            attribute.unwrap_or_default(),
            hcl(&edit.after)
        ),
        (block, false) if edit.after.is_null() => {
            writeln!(out, "# remove: {block} {{ name = {name:?} }}")
        }
        (block, false) => {
            let members = edit.after.get("properties").and_then(Value::as_object);
            let mut lines = format!("  name = {name:?}\n");
            for (key, value) in members.into_iter().flatten() {
                let _ = writeln!(lines, "  {} = {}", snake(key), hcl(value));
            }
            writeln!(out, "{block} {{\n{lines}}}")
        }
    };
}

fn rule_block(out: &mut String, change: &Change, rule: &Value, mark: &str) {
    let name = change.on.name();
    let group = change
        .on
        .segment("networkSecurityGroups")
        .unwrap_or_default();
    let label: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let mut lines = format!("  name = {name:?}\n  network_security_group_name = {group:?}\n");
    let members = rule.get("properties").and_then(Value::as_object);
    for (key, value) in members.into_iter().flatten() {
        if !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty()) {
            let _ = writeln!(lines, "  {} = {}", snake(key), hcl(value));
        }
    }
    let block = format!("resource \"azurerm_network_security_rule\" \"{label}\" {{\n{lines}}}");
    for line in block.lines() {
        let _ = writeln!(out, "{mark}{line}");
    }
}

fn snake(name: &str) -> String {
    if let Some((_, known)) = NAMES.iter().find(|(own, _)| *own == name) {
        return (*known).to_owned();
    }
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A value in the words of the configuration language: a reference by the name it ends in.
fn hcl(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(map) => {
            if let Some(id) = map.get("id").and_then(Value::as_str) {
                return format!("{:?}", id.rsplit('/').next().unwrap_or_default());
            }
            let members = map.iter().filter(|(key, _)| key.as_str() != "name");
            let all: Vec<String> = members
                .map(|(key, value)| format!("{} = {}", snake(key), hcl(value)))
                .collect();
            format!("{{ {} }}", all.join(", "))
        }
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(hcl).collect();
            format!("[{}]", all.join(", "))
        }
        Value::String(text) => format!("{text:?}").replace("${", "$${"),
        other => other.to_string(),
    }
}

/// Annotations of an Ingress by the member of the document that they decide (azure-facts §11.3).
const ANNOTATIONS: [(&str, &str); 10] = [
    ("path", "appgw.ingress.kubernetes.io/health-probe-path"),
    ("host", "appgw.ingress.kubernetes.io/health-probe-hostname"),
    (
        "statusCodes",
        "appgw.ingress.kubernetes.io/health-probe-status-codes",
    ),
    (
        "timeout",
        "appgw.ingress.kubernetes.io/health-probe-timeout",
    ),
    (
        "interval",
        "appgw.ingress.kubernetes.io/health-probe-interval",
    ),
    ("hostName", "appgw.ingress.kubernetes.io/backend-hostname"),
    ("protocol", "appgw.ingress.kubernetes.io/backend-protocol"),
    (
        "requestTimeout",
        "appgw.ingress.kubernetes.io/request-timeout",
    ),
    (
        "trustedRootCertificates",
        "appgw.ingress.kubernetes.io/appgw-trusted-root-certificate",
    ),
    (
        "connectionDraining",
        "appgw.ingress.kubernetes.io/connection-draining",
    ),
];

/// What to change on the Ingress, where the ingress controller keeps the gateway.
pub(super) fn agic(plans: &[&Plan], owner: Option<ManagedBy>) -> String {
    let mut out = String::new();
    if owner != Some(ManagedBy::AGIC) {
        let _ = writeln!(
            out,
            "# no mark of the ingress controller is on this gateway"
        );
    }
    for plan in plans {
        let _ = writeln!(out, "# {}: {}", plan.id, printable(&plan.title));
        let mut any = false;
        let content = Content::read(&plan.content);
        for edit in content
            .iter()
            .flat_map(|it| &it.changes)
            .filter_map(|it| match &it.act {
                Act::Edit(edits) => Some(edits),
                _ => None,
            })
        {
            for edit in edit {
                for (key, value) in annotated(edit) {
                    any = true;
                    let _ = writeln!(out, "{key}: {value:?}");
                }
            }
        }
        if !any {
            let _ = writeln!(
                out,
                "# no annotation says this: change Service, Endpoints or readiness of the Pods, or the group's rules outside of Kubernetes"
            );
        }
    }
    out
}

fn annotated(edit: &Edit) -> Vec<(&'static str, String)> {
    let plain = |value: &Value| match value {
        Value::String(text) => text.to_ascii_lowercase(),
        other => hcl(other).trim_matches('"').to_owned(),
    };
    let known = |name: &str| {
        ANNOTATIONS
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, it)| *it)
    };
    let last = edit.at.0.iter().rev().find_map(|it| match it {
        Part::Field(name) if name != "properties" => Some(name.as_str()),
        _ => None,
    });
    let whole = edit.after.get("properties").and_then(Value::as_object);
    match whole {
        Some(members) => members
            .iter()
            .filter_map(|(name, value)| Some((known(name)?, plain(value))))
            .collect(),
        None => last
            .and_then(known)
            .map(|key| (key, plain(&edit.after)))
            .into_iter()
            .collect(),
    }
}
