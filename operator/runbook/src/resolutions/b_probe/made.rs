//! B.1 and B.3: a probe of one's own, attached.
use super::target::{
    INTERVAL, TIMEOUT, Target, given, group, is_given, needed, speaks, target, users,
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, part, reference},
    facts::{
        Blocked,
        json::{list, number, text},
        routing::clean_host,
    },
    plan::{Change, Edit, Need},
    report::Finding,
    resolutions::rehearsal::{Candidate, rehearsed},
};
use serde_json::{Value, json};

/// The path on which an API Management answers for its own health.
pub(super) const STATUS_PATH: &str = "/status-0123456789abcdef";

pub(super) fn create(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let gateway = case.gateway()?;
    // One of its own, where there is none, or where the one in use serves others as well.
    let shared = users(gateway, target.probe_name()).len() > 1;
    if target.probe.is_some() && !shared {
        return Ok(vec![]);
    }
    made(case, finding, &target, None)
}

/// A new probe, attached in the same document.
#[expect(
    clippy::too_many_lines,
    reason = "one guard after the other, each with words of its own"
)]
pub(super) fn made(
    case: &Case<'_, '_>,
    finding: &Finding,
    target: &Target<'_>,
    management: Option<&str>,
) -> Drafted {
    let Some(field) = needed(finding).or(management.map(|_| "")) else {
        return Ok(vec![]);
    };
    let gateway = case.gateway()?;
    let old = target.probe;
    let own = |member: &str, otherwise: i64| {
        old.and_then(|it| number(it, &["properties", member]))
            .unwrap_or(otherwise)
    };
    let interval = own("interval", INTERVAL);
    let protocol = speaks(target.document, "protocol");
    let tls = protocol.eq_ignore_ascii_case("Https");
    let setting = &target.setting;
    let title = format!("Give {setting} a probe of its own");
    let mut given = match given(case, interval, tls) {
        Ok(given) => given,
        Err(why) => {
            let verify = case.by_health(vec![], setting);
            return Ok(vec![
                Draft::new(title, vec![], verify).withheld(Reason::NeedsInput, why),
            ]);
        }
    };
    if let Some(host) = management {
        given.path = Some(STATUS_PATH.to_owned());
        given.host.get_or_insert(clean_host(host));
    } else if !is_given(field, finding, &given) {
        return Err(Blocked::Tell(field));
    }
    let old_text = |member: &str| {
        old.and_then(|it| text(it, &["properties", member]))
            .map(str::to_owned)
    };
    let host = given.host.clone().or_else(|| old_text("host"));
    if host.is_none() && !target.has_host() {
        return Err(Blocked::Tell("spec.inputs.B.host"));
    }
    let path = given
        .path
        .clone()
        .or_else(|| old_text("path"))
        .unwrap_or_else(|| "/".to_owned());
    let timeout = given
        .timeout
        .unwrap_or_else(|| own("timeout", TIMEOUT).min(interval));
    let name = case.free_name("probes", &format!("probe-{setting}"))?;
    let mut of = json!({
        "protocol": protocol,
        "path": path,
        "interval": interval,
        "timeout": timeout,
        "unhealthyThreshold": own("unhealthyThreshold", 3),
        "pickHostNameFromBackendHttpSettings": host.is_none(),
        "minServers": 0,
    });
    if let Some(host) = &host {
        of["host"] = json!(host);
    }
    if !given.codes.is_empty() {
        of["match"] = json!({"statusCodes": given.codes});
    }
    let id = case.view.id();
    let edits = vec![
        Edit {
            at: part("probes", &name),
            before: Value::Null,
            after: json!({"name": name, "properties": of}),
        },
        Edit::of(
            gateway.0,
            part("backendHttpSettingsCollection", setting).field("properties/probe"),
            reference(id, "probes", &name),
        ),
    ];
    let pairs = case.pairs_by_setting(setting);
    let verify = case.by_health(pairs.clone(), setting);
    let host_flag = host
        .as_ref()
        .map_or("--host-name-from-http-settings true".to_owned(), |it| {
            format!("--host {it}")
        });
    let mut draft = Draft::new(
        format!("Give {setting} a probe of its own on {path}"),
        vec![Change::edit(id, edits)],
        verify,
    )
    .need(Need::Is {
        of: id.clone(),
        at: part("backendHttpSettingsCollection", setting).field("properties/protocol"),
        value: json!(protocol),
    })
    .effect(format!("every pair of these settings is probed so: {}", pairs.join(", ")))
    .az(format!(
        "az network application-gateway probe create -g {} --gateway-name {} -n {name} --protocol {protocol} --path {path} {host_flag} --interval {interval} --timeout {timeout} --threshold {}",
        group(id), id.name(), own("unhealthyThreshold", 3)
    ))
    .az(format!(
        "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --probe {name}"
    ));
    if old.is_some() {
        draft = draft.effect(format!(
            "probe {} stays, for the other settings that use it",
            target.probe_name()
        ));
    }
    if !given.codes.is_empty() {
        draft = draft.effect(format!(
            "answers {} count as healthy",
            given.codes.join(", ")
        ));
    }
    let candidate = Candidate {
        pool: target.pool.clone(),
        setting: setting.clone(),
        protocol,
        path,
        host,
        codes: given.codes,
        timeout,
    };
    Ok(vec![rehearsed(case, draft, &candidate)?])
}

pub(super) fn api_management(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id != "api-management-probe-path" {
        return Ok(vec![]);
    }
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let members = case.gateway()?.named("backendAddressPools", &target.pool);
    let mut members = members
        .into_iter()
        .flat_map(|it| list(it, &["properties", "backendAddresses"]));
    let name = members
        .find_map(|it| text(it, &["fqdn"]))
        .map(str::to_owned);
    let host = case.facts().said().api_management_host.clone().or(name);
    let Some(host) = host else {
        return Err(Blocked::Tell("spec.hints.apiManagementHost"));
    };
    made(case, finding, &target, Some(&host))
}
