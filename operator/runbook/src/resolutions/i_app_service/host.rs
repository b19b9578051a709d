//! I.1 and I.2: the host that an App Service is asked by.
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part},
    facts::{
        Blocked,
        gateway::Gateway,
        json::{flag, list, text},
        probe::is_address,
        routing::clean_host,
    },
    id::{ArmId, Subject},
    plan::{Change, Edit, Verify},
    report::Finding,
};
use serde_json::{Value, json};

pub(super) const ABOUT_HOSTS: [&str; 2] = ["app-host-handed-on", "app-host-not-bound"];

/// The settings of the pair that a finding is about, if it is about the host they send.
pub(super) fn settings<'c>(
    case: &'c Case<'_, '_>,
    finding: &Finding,
) -> Result<Option<(String, &'c Value)>, Blocked> {
    if !ABOUT_HOSTS.contains(&finding.id) {
        return Ok(None);
    }
    let Some(Subject::Pair { setting, .. }) = case.pair_of(finding) else {
        return Ok(None);
    };
    let found = case
        .gateway()?
        .named("backendHttpSettingsCollection", &setting);
    Ok(found.map(|document| (setting, document)))
}

/// Addresses of every pool that is asked by these settings.
pub(super) fn members(gateway: Gateway<'_>, setting: &str) -> Vec<(String, String)> {
    let pairs = gateway.pairs_in_use();
    let pools = pairs.into_iter().filter_map(|it| match it {
        Subject::Pair { pool, setting: own } if own.eq_ignore_ascii_case(setting) => Some(pool),
        _ => None,
    });
    let of = |pool: String| {
        let document = gateway.named("backendAddressPools", &pool);
        let all = document
            .into_iter()
            .flat_map(|it| list(it, &["properties", "backendAddresses"]));
        all.filter_map(|it| text(it, &["fqdn"]).or_else(|| text(it, &["ipAddress"])))
            .map(|it| (pool.clone(), it.to_owned()))
            .collect::<Vec<_>>()
    };
    pools.flat_map(of).collect()
}

/// The probe follows the settings, where it is theirs alone: it takes its host from them.
pub(super) fn probe_follows(
    case: &Case<'_, '_>,
    setting: &str,
    draft: Draft,
    edits: &mut Vec<Edit>,
) -> Result<Draft, Blocked> {
    let gateway = case.gateway()?;
    let Some(probe) = gateway.probe_of(setting) else {
        return Ok(draft.effect("the default probe follows the settings"));
    };
    let name = text(probe, &["name"]).unwrap_or_default();
    if flag(
        probe,
        &["properties", "pickHostNameFromBackendHttpSettings"],
    ) == Some(true)
    {
        return Ok(draft.effect(format!(
            "probe {name} takes its host from these settings and follows"
        )));
    }
    let users = list(gateway.0, &["properties", "backendHttpSettingsCollection"]).filter(|it| {
        let id = text(it, &["properties", "probe", "id"]).map(ArmId::new);
        id.is_some_and(|id| id.name().eq_ignore_ascii_case(name))
    });
    if users.count() > 1 {
        return Ok(draft.effect(format!(
            "probe {name} is shared with other settings and keeps its own host"
        )));
    }
    let at = part("probes", name);
    edits.push(Edit::of(
        gateway.0,
        at.clone().field("properties/host"),
        Value::Null,
    ));
    let pick = at.field("properties/pickHostNameFromBackendHttpSettings");
    edits.push(Edit::of(gateway.0, pick, json!(true)));
    Ok(draft.effect(format!(
        "probe {name} takes its host from these settings from then on"
    )))
}

pub(super) fn concerns(case: &Case<'_, '_>, setting: &str, draft: Draft) -> Draft {
    let pairs = case.pairs_by_setting(setting);
    draft.effect(format!(
        "concerns every pair of these settings: {}",
        pairs.join(", ")
    ))
}

pub(super) fn from_member(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some((setting, _)) = settings(case, finding)? else {
        return Ok(vec![]);
    };
    let gateway = case.gateway()?;
    let title = format!("Let {setting} send the name of the pool's member as Host");
    let members = members(gateway, &setting);
    let address = members.iter().find(|(_, member)| is_address(member));
    if let Some((pool, member)) = address {
        let draft = Draft::new(title, vec![], Verify::Answers);
        let why = format!(
            "pool {pool} has the address {member}, and an address is no host that a site knows"
        );
        return Ok(vec![draft.withheld(Reason::EvidenceTooWeak, why)]);
    }
    if members.is_empty() {
        return Ok(vec![]);
    }
    let at = part("backendHttpSettingsCollection", &setting).field("properties");
    let mut edits = vec![
        Edit::of(gateway.0, at.clone().field("hostName"), Value::Null),
        Edit::of(
            gateway.0,
            at.field("pickHostNameFromBackendAddress"),
            json!(true),
        ),
    ];
    edits.retain(|it| it.before != it.after);
    let id = case.view.id();
    let draft = Draft::new(title, vec![], Verify::Answers)
        .risk(Risk::Medium)
        .effect("cookies, redirects and logins of the application may show that name in place of the one clients know")
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --host-name-from-backend-pool true"
        ));
    let draft = concerns(case, &setting, draft);
    let draft = probe_follows(case, &setting, draft, &mut edits)?;
    Ok(vec![changed(draft, id, edits)])
}

pub(super) fn changed(draft: Draft, id: &ArmId, edits: Vec<Edit>) -> Draft {
    let with = Draft::new(
        draft.title.clone(),
        vec![Change::edit(id, edits)],
        draft.verify.clone(),
    );
    Draft {
        changes: with.changes,
        undo: with.undo,
        ..draft
    }
}

pub(super) fn named(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some((setting, _)) = settings(case, finding)? else {
        return Ok(vec![]);
    };
    let host = case.inputs().site_host.as_deref();
    let host = clean_host(host.ok_or(Blocked::Tell("spec.inputs.I.hostName"))?);
    let title = format!("Let {setting} send the host {host}");
    let held = |reason, why: String| {
        Ok(vec![
            Draft::new(title.clone(), vec![], Verify::Answers).withheld(reason, why),
        ])
    };
    let site = case.facts().site(&ArmId::new(&finding.target))?;
    if !site.has_host(&host) {
        return held(
            Reason::NeedsInput,
            format!(
                "spec.inputs.I.hostName: site {} does not have the host {host}",
                site.name()
            ),
        );
    }
    if site.lacks_certificate(&host) {
        return held(
            Reason::EvidenceTooWeak,
            format!(
                "site {} has no certificate for {host}, so TLS would fail",
                site.name()
            ),
        );
    }
    let gateway = case.gateway()?;
    let at = part("backendHttpSettingsCollection", &setting).field("properties");
    let mut edits = vec![
        Edit::of(gateway.0, at.clone().field("hostName"), json!(host)),
        Edit::of(
            gateway.0,
            at.field("pickHostNameFromBackendAddress"),
            json!(false),
        ),
    ];
    edits.retain(|it| it.before != it.after && !(it.before.is_null() && it.after == json!(false)));
    let id = case.view.id();
    let draft = Draft::new(title.clone(), vec![], Verify::Answers)
        .risk(Risk::Medium)
        .check(format!("site {} has the host {host}, with a certificate", site.name()))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --host-name {host}"
        ));
    let draft = concerns(case, &setting, draft);
    let draft = probe_follows(case, &setting, draft, &mut edits)?;
    Ok(vec![changed(draft, id, edits)])
}
