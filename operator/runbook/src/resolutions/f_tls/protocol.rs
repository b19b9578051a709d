//! F.4: settings and probe speak what the back end speaks.
use super::target::target;
use crate::{
    draft::{Case, Drafted, Reason, Risk, part},
    facts::{
        health::Health,
        json::{list, number, text},
    },
    id::ArmId,
    plan::Edit,
    report::Finding,
    resolutions::rehearsal::tried,
};
use serde_json::{Value, json};

pub(super) fn protocol(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let now = text(target.document, &["properties", "protocol"]).unwrap_or_default();
    let (from, to) = match (finding.id, now.to_ascii_lowercase().as_str()) {
        ("tls-failure", "https") => ("Https", "Http"),
        ("probe-status", "http") if finding.says.contains("plain HTTP on a TLS port") => {
            ("Http", "Https")
        }
        _ => return Ok(vec![]),
    };
    let setting = &target.setting;
    let title = format!("Let {setting} and its probe speak {to}");
    let held = |why: String| {
        Ok(vec![
            target
                .draft(case, title.clone(), vec![])
                .withheld(Reason::EvidenceTooWeak, why),
        ])
    };
    if !case.facts().said().rehearse {
        return held("only a try from the gateway shows which protocol the back end speaks, and spec.mode is ReadOnly".into());
    }
    let candidate = target.candidate(to, None);
    match tried(case, &candidate)? {
        Ok(all)
            if !all.is_empty() && all.iter().all(|(_, health, _)| *health == Health::Healthy) => {}
        Ok(all) => {
            let words = all
                .first()
                .map_or("no server was tried".to_owned(), |(address, _, log)| {
                    format!("{address}: {log}")
                });
            return held(format!(
                "tried from the gateway, {to} does not do either: {words}"
            ));
        }
        Err(why) => return held(format!("{to} could not be tried from the gateway: {why}")),
    }
    let gateway = target.gateway;
    let mut edits = vec![Edit::of(gateway.0, target.of("protocol"), json!(to))];
    let mut commands = vec![];
    let id = case.view.id();
    if let Some(probe) = gateway.probe_of(setting) {
        let name = text(probe, &["name"]).unwrap_or_default();
        let users =
            list(gateway.0, &["properties", "backendHttpSettingsCollection"]).filter(|it| {
                let id = text(it, &["properties", "probe", "id"]).map(ArmId::new);
                id.is_some_and(|id| id.name().eq_ignore_ascii_case(name))
            });
        if users.count() > 1 {
            return held(format!(
                "probe {name} is used by other settings as well, and Azure wants it to speak as they do"
            ));
        }
        edits.push(Edit::of(
            gateway.0,
            part("probes", name).field("properties/protocol"),
            json!(to),
        ));
        commands.push(format!(
            "az network application-gateway probe update --ids {id}/probes/{name} --protocol {to}"
        ));
    }
    if to == "Http" {
        for member in ["trustedRootCertificates", "sniName"] {
            let edit = Edit::of(gateway.0, target.of(member), Value::Null);
            edits.extend((!edit.before.is_null()).then_some(edit));
        }
    }
    let port = number(target.document, &["properties", "port"]).unwrap_or_default();
    let mut draft = target
        .draft(case, title.clone(), edits)
        .risk(Risk::High)
        .check(format!("tried from the gateway: {to} is Healthy on every server"))
        .effect(format!("the port stays {port}; settings and probe change in one write"))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --protocol {to}"
        ));
    draft.az.extend(commands);
    if from == "Https" {
        draft = draft.effect("traffic between gateway and back end is no longer encrypted");
    }
    Ok(vec![draft])
}
