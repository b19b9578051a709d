//! Routing rules, path maps and redirections.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Checked, Part, in_range, is_word, missing, one_of, refuse};
use crate::sim::{arm::Refused, errors};

pub(super) fn check(checked: &Checked) -> Result<(), Refused> {
    let rules: Vec<Part> = checked.parts("requestRoutingRules").collect();
    for (at, own) in rules.iter().enumerate() {
        rule(checked, own)?;
        let others = &rules[..at];
        let id = |own: &Part| {
            own.own["httpListener"]["id"]
                .as_str()
                .map(str::to_ascii_lowercase)
        };
        if let Some(other) = others.iter().find(|other| id(other) == id(own)) {
            let message = format!(
                "Request Routing Rules {} and {} use the same Http Listener.",
                other.id, own.id
            );
            let code = "ApplicationGatewayRequestRoutingRulesCannotUseSameListener";
            return Err(refuse(code, &message));
        }
        let priority = &own.own["priority"];
        let same = |other: &&Part| !priority.is_null() && other.own["priority"] == *priority;
        if let Some(other) = others.iter().find(same) {
            let message = format!(
                "Request Routing Rules {} and {} have the same priority {priority}.",
                other.id, own.id
            );
            let code = "ApplicationGatewayRequestRoutingRulePriorityMustBeUnique";
            return Err(refuse(code, &message));
        }
    }
    for own in checked.parts("urlPathMaps") {
        path_map(&own)?;
    }
    for own in checked.parts("redirectConfigurations") {
        one_of(
            &own,
            "redirectType",
            &["Permanent", "Found", "SeeOther", "Temporary"],
        )?;
    }
    Ok(())
}

fn rule(checked: &Checked, own: &Part) -> Result<(), Refused> {
    in_range(own, "priority", 1..=20_000)?;
    if checked.v2 && own.own["priority"].is_null() {
        let message = format!("Request Routing Rule {} needs a priority.", own.id);
        let code = "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty";
        return Err(refuse(code, &message));
    }
    one_of(
        own,
        "ruleType",
        &["Basic", "PathBasedRouting", "AdvancedRouting"],
    )?;
    if own.own["httpListener"]["id"].is_null() {
        return Err(missing("httpListener", &own.id).into());
    }
    let has = |field: &str| !own.own[field]["id"].is_null();
    if is_word(&own.own["ruleType"], "PathBasedRouting") && !has("urlPathMap") {
        return Err(missing("urlPathMap", &own.id).into());
    }
    let basic = is_word(&own.own["ruleType"], "Basic");
    target(own, basic, "", &own.id)
}

/// A rule sends to a pool by settings, or elsewhere, and never to both.
fn target(own: &Part, needed: bool, prefix: &str, id: &str) -> Result<(), Refused> {
    let field = |name: &str| {
        let mut letters = name.chars();
        match (prefix, letters.next()) {
            ("", _) | (_, None) => name.to_owned(),
            (_, Some(first)) => {
                format!("{prefix}{}{}", first.to_ascii_uppercase(), letters.as_str())
            }
        }
    };
    let has = |name: &str| !own.own[field(name)]["id"].is_null();
    let (pool, settings) = (has("backendAddressPool"), has("backendHttpSettings"));
    let whole = pool && settings && !has("redirectConfiguration");
    let redirects = has("redirectConfiguration") && !pool && !settings;
    if whole || redirects || !needed && !pool && !settings {
        return Ok(());
    }
    let detail = format!("{id} needs either a pool and settings or a redirection.");
    Err(errors::unparsed(&detail).into())
}

fn path_map(own: &Part) -> Result<(), Refused> {
    target(own, true, "default", &own.id)?;
    let rules = own.own["pathRules"].as_array();
    let rules = rules.map_or(&[][..], Vec::as_slice);
    if rules.is_empty() && own.changed {
        let message = format!("Url Path Map {} needs at least one path rule.", own.id);
        return Err(refuse(
            "ApplicationGatewayUrlPathMapHasNoPathRules",
            &message,
        ));
    }
    let mut known = BTreeSet::new();
    let mut names = BTreeSet::new();
    for rule in rules {
        let name = rule["name"].as_str().unwrap_or_default();
        let id = format!("{}/pathRules/{name}", own.id);
        if name.is_empty() || !names.insert(name.to_ascii_lowercase()) {
            let message = format!(
                "Resource {}/pathRules/ has two child resources with the same name ({name}).",
                own.id
            );
            return Err(refuse("DuplicateResourceName", &message));
        }
        let part = Part {
            id: id.clone(),
            own: &rule["properties"],
            changed: own.changed,
        };
        target(&part, true, "", &id)?;
        let paths = part.own["paths"].as_array();
        let paths: Vec<&str> = paths
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if paths.is_empty() {
            return Err(missing("paths", &id).into());
        }
        for path in paths {
            let star = path.find('*');
            let last = star.is_none_or(|at| at + 1 == path.len());
            if !path.starts_with('/') || !last || path.contains(['?', '#']) {
                let message = format!("Path {path} of path rule {id} is invalid.");
                return Err(refuse("ApplicationGatewayPathRulePathIsInvalid", &message));
            }
            if !known.insert(path.to_ascii_lowercase()) && own.changed {
                let message = format!("Path {path} is there twice in Url Path Map {}.", own.id);
                return Err(refuse(
                    "ApplicationGatewayPathRulePathsMustBeUnique",
                    &message,
                ));
            }
        }
    }
    Ok(())
}
