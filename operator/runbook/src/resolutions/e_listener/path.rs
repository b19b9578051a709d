//! E.2: one more path rule.
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part, reference},
    facts::{Blocked, routing::path_covers},
    plan::{Change, Edit, Need, Verify},
    report::Finding,
};
use serde_json::{Value, json};

/// Path rules of a map, and paths of a rule, that Azure takes.
pub(super) const PATHS: usize = 100;

#[expect(
    clippy::too_many_lines,
    reason = "one guard after the other, each with words of its own"
)]
pub(super) fn path(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let about_paths = finding.row == Some("3.2") || finding.id == "default-pair-dead";
    if !about_paths || case.facts().said().request.path.is_none() {
        return Ok(vec![]);
    }
    let wanted = case.inputs().path_rule.as_ref();
    let wanted = wanted.ok_or(Blocked::Tell("spec.inputs.E.pathRule"))?;
    let gateway = case.gateway()?;
    let title = format!("Add path rule {} to {}", wanted.name, wanted.map);
    let held = |reason, why: String| {
        Ok(vec![
            Draft::new(title.clone(), vec![], Verify::Entry).withheld(reason, why),
        ])
    };
    let missing = |field: &str, what: &str| {
        format!("spec.inputs.E.pathRule.{field}: the gateway has no {what}")
    };
    let Some(map) = gateway.named("urlPathMaps", &wanted.map) else {
        return held(
            Reason::NeedsInput,
            missing("map", &format!("path map {}", wanted.map)),
        );
    };
    if gateway.named("backendAddressPools", &wanted.pool).is_none() {
        return held(
            Reason::NeedsInput,
            missing("pool", &format!("pool {}", wanted.pool)),
        );
    }
    if gateway
        .named("backendHttpSettingsCollection", &wanted.settings)
        .is_none()
    {
        return held(
            Reason::NeedsInput,
            missing("settings", &format!("settings {}", wanted.settings)),
        );
    }
    let odd = wanted
        .paths
        .iter()
        .find(|it| !it.starts_with('/') || it.contains(['?', '#']));
    if let Some(odd) = odd {
        return held(
            Reason::NeedsInput,
            format!("spec.inputs.E.pathRule.paths: {odd:?} is no path that starts with /"),
        );
    }
    if wanted.paths.is_empty() || wanted.paths.len() > PATHS {
        return held(
            Reason::NeedsInput,
            format!("spec.inputs.E.pathRule.paths: one to {PATHS} paths"),
        );
    }
    let rules = || crate::facts::json::list(map, &["properties", "pathRules"]);
    for rule in rules() {
        let name = crate::facts::json::text(rule, &["name"]).unwrap_or("(unnamed)");
        if name.eq_ignore_ascii_case(&wanted.name) {
            return held(
                Reason::NeedsInput,
                format!(
                    "spec.inputs.E.pathRule.name: {} has a path rule {name} already",
                    wanted.map
                ),
            );
        }
        let own =
            || crate::facts::json::list(rule, &["properties", "paths"]).filter_map(Value::as_str);
        let taken = wanted
            .paths
            .iter()
            .find(|path| own().any(|it| path_covers(it, path)));
        if let Some(path) = taken {
            return held(
                Reason::EvidenceTooWeak,
                format!(
                    "path rule {name} of {} comes first and takes {path}",
                    wanted.map
                ),
            );
        }
    }
    let id = case.view.id();
    let rule = json!({"name": wanted.name, "properties": {
        "paths": wanted.paths,
        "backendAddressPool": reference(id, "backendAddressPools", &wanted.pool),
        "backendHttpSettings": reference(id, "backendHttpSettingsCollection", &wanted.settings),
    }});
    let at = part("urlPathMaps", &wanted.map)
        .field("properties/pathRules")
        .named(&wanted.name);
    let need = Need::Is {
        of: id.clone(),
        at: part("backendAddressPools", &wanted.pool).field("name"),
        value: Value::from(wanted.pool.as_str()),
    };
    let edit = Edit {
        at,
        before: Value::Null,
        after: rule,
    };
    let mut draft = Draft::new(title.clone(), vec![Change::edit(id, vec![edit])], Verify::Entry)
        .risk(Risk::Medium)
        .need(need)
        .effect(format!(
            "requests for {} go to {}/{} instead of the default of {}",
            wanted.paths.join(", "),
            wanted.pool,
            wanted.settings,
            wanted.map
        ))
        .check("no path rule before it takes these paths")
        .az(format!(
            "az network application-gateway url-path-map rule create --gateway-name {} -g {} --path-map-name {} -n {} --paths {} --address-pool {} --http-settings {}",
            id.name(), id.segment("resourceGroups").unwrap_or_default(), wanted.map, wanted.name,
            wanted.paths.join(" "), wanted.pool, wanted.settings
        ));
    draft.stands_alone = true;
    Ok(vec![draft])
}
