//! F.1: ask for the name in the certificate.
use super::target::target;
use crate::{
    draft::{Case, Drafted, Reason, part},
    facts::{
        Blocked,
        json::{flag, text},
        probe::is_address,
        routing::clean_host,
    },
    plan::Edit,
    report::Finding,
    resolutions::rehearsal::rehearsed,
};
use serde_json::json;

pub(super) fn name(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let by_name = finding.id == "certificate-name"
        || (finding.id == "tls-failure" && finding.says.contains("no server name is sent"));
    let Some(target) = target(case, finding)?.filter(|_| by_name) else {
        return Ok(vec![]);
    };
    let host = case.inputs().tls_host.as_deref();
    let host = clean_host(host.ok_or(Blocked::Tell("spec.inputs.F.hostName"))?);
    let setting = &target.setting;
    let title = format!("Let {setting} ask for {host}");
    if is_address(&host) {
        let why =
            format!("spec.inputs.F.hostName: {host} is an address, and certificates go by names");
        return Ok(vec![
            target
                .draft(case, title, vec![])
                .withheld(Reason::NeedsInput, why),
        ]);
    }
    let gateway = target.gateway;
    let mut edits = vec![Edit::of(gateway.0, target.of("hostName"), json!(host))];
    if flag(
        target.document,
        &["properties", "pickHostNameFromBackendAddress"],
    ) == Some(true)
    {
        edits.push(Edit::of(
            gateway.0,
            target.of("pickHostNameFromBackendAddress"),
            json!(false),
        ));
    }
    let mut kept = None;
    if let Some(probe) = gateway.probe_of(setting) {
        let probe_name = text(probe, &["name"]).unwrap_or_default();
        let picks = flag(
            probe,
            &["properties", "pickHostNameFromBackendHttpSettings"],
        ) == Some(true);
        let at = part("probes", probe_name).field("properties/host");
        if !picks {
            edits.push(Edit::of(gateway.0, at, json!(host)));
            kept = Some(probe_name.to_owned());
        }
    }
    edits.retain(|it| it.before != it.after);
    if edits.is_empty() {
        let why = format!("{setting} and its probe ask for {host} already");
        return Ok(vec![
            target
                .draft(case, title, vec![])
                .withheld(Reason::NeedsInput, why),
        ]);
    }
    let id = case.view.id();
    let protocol = text(target.document, &["properties", "protocol"])
        .unwrap_or("Https")
        .to_owned();
    let mut draft = target
        .draft(case, title, edits)
        .effect(format!("the application sees {host} as Host, whatever clients asked for"))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --host-name {host}"
        ));
    if let Some(probe) = kept {
        draft = draft.az(format!(
            "az network application-gateway probe update --ids {id}/probes/{probe} --host {host}"
        ));
    }
    let candidate = target.candidate(&protocol, Some(host));
    Ok(vec![rehearsed(case, draft, &candidate)?])
}
