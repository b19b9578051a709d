//! Resolution I: be let in by an App Service.
use super::{Method, Reach::Executable};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part},
    facts::{
        Blocked,
        gateway::Gateway,
        inputs::AllowFrom,
        json::{flag, list, number, text},
        probe::is_address,
        routing::clean_host,
        site::{Access, Origin, access, is_private_only},
    },
    id::{ArmId, Letter::I, Subject},
    plan::{Change, Edit, Need, Pointer, Verify},
    report::Finding,
    steps::site_origins,
};
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "I.1",
        letter: I,
        reach: Executable,
        title: "Ask App Service by its own name",
        changes: "Requests by these settings carry the name of the pool's member as Host, so cookies and redirects of the application may show it.",
        article: "Same change, but only for pools of names, and with every rule that shares the settings listed; a custom domain that is bound to the app (I.2) keeps the name that clients know. The probe follows.",
        draft: from_member,
    },
    Method {
        id: "I.2",
        letter: I,
        reach: Executable,
        title: "Ask App Service by a name that is bound to it",
        changes: "Requests by these settings carry this name as Host.",
        article: "Same change, for a name that the app is seen to have. The probe follows, so that health goes on telling the truth.",
        draft: named,
    },
    Method {
        id: "I.3",
        letter: I,
        reach: Executable,
        title: "Let the gateway through the access restrictions",
        changes: "One more Allow among the rules of the app.",
        article: "The article adds it to any app. The first Allow of an app without rules locks everyone else out, so there it is refused; a subnet is allowed as a subnet and not as a range of addresses, which private traffic would never match.",
        draft: admit,
    },
];

const ABOUT_HOSTS: [&str; 2] = ["app-host-handed-on", "app-host-not-bound"];

/// The settings of the pair that a finding is about, if it is about the host they send.
fn settings<'c>(
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
fn members(gateway: Gateway<'_>, setting: &str) -> Vec<(String, String)> {
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
fn probe_follows(
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

fn concerns(case: &Case<'_, '_>, setting: &str, draft: Draft) -> Draft {
    let pairs = case.pairs_by_setting(setting);
    draft.effect(format!(
        "concerns every pair of these settings: {}",
        pairs.join(", ")
    ))
}

fn from_member(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
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

fn changed(draft: Draft, id: &ArmId, edits: Vec<Edit>) -> Draft {
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

fn named(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
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

fn admit(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id != "app-access-denied" {
        return Ok(vec![]);
    }
    let site_id = ArmId::new(&finding.target);
    let on = ArmId::new(&format!("{site_id}/config/web"));
    let config = case.facts().document(&on)?;
    let site = case.facts().site(&site_id)?;
    let from = case.inputs().allow_from;
    let from = from.ok_or(Blocked::Tell("spec.inputs.I.allowFrom"))?;
    let gateway = case.view.id().name();
    let title = format!(
        "Let gateway {gateway} through the access restrictions of {}",
        site.name()
    );
    let held = |reason, why: String| {
        Ok(vec![
            Draft::new(title.clone(), vec![], Verify::Answers).withheld(reason, why),
        ])
    };
    if is_private_only(site, config) {
        return held(
            Reason::EvidenceTooWeak,
            "the site takes no requests from public addresses, and no rule changes that".into(),
        );
    }
    let rules = || list(config, &["properties", "ipSecurityRestrictions"]);
    let closed = text(
        config,
        &["properties", "ipSecurityRestrictionsDefaultAction"],
    )
    .is_some_and(|word| word.eq_ignore_ascii_case("Deny"));
    // The first Allow of an open app locks everybody else out.
    if rules().next().is_none() && !closed {
        return held(
            Reason::EvidenceTooWeak,
            format!(
                "site {} has no restrictions: its first Allow would lock everybody else out",
                site.name()
            ),
        );
    }
    let (origins, unsure) = site_origins(case.view)?;
    if let Some(unsure) = unsure {
        return Err(unsure);
    }
    let [origin] = &origins[..] else {
        return held(
            Reason::EvidenceTooWeak,
            "the gateway's requests come from more than one address".into(),
        );
    };
    let source = match (from, origin) {
        (AllowFrom::Subnet, Origin::Subnet(subnet)) => {
            json!({"vnetSubnetResourceId": subnet.as_str()})
        }
        (AllowFrom::PublicIp, Origin::Public(ip)) => {
            let bits = if ip.is_ipv4() { 32 } else { 128 };
            json!({"ipAddress": format!("{ip}/{bits}"), "tag": "Default"})
        }
        (AllowFrom::Subnet, Origin::Public(_)) => {
            return held(
                Reason::EvidenceTooWeak,
                "spec.inputs.I.allowFrom is Subnet, and the gateway's subnet has no service endpoint for Microsoft.Web: its requests come from the public address".into(),
            );
        }
        (AllowFrom::PublicIp, Origin::Subnet(_)) => {
            return held(
                Reason::EvidenceTooWeak,
                "spec.inputs.I.allowFrom is PublicIp, and the gateway's requests come over the service endpoint of its subnet, where a public address never matches".into(),
            );
        }
    };
    let numbers: Vec<i64> = rules().filter_map(|it| number(it, &["priority"])).collect();
    let denies = rules()
        .filter(|it| text(it, &["action"]).is_none_or(|word| !word.eq_ignore_ascii_case("Allow")));
    let first = denies
        .filter_map(|it| number(it, &["priority"]))
        .min()
        .unwrap_or(65_000);
    let free = (1..first).rev().find(|it| !numbers.contains(it));
    let Some(priority) = free else {
        return held(
            Reason::EvidenceTooWeak,
            format!("no number before the Deny at {first} is free"),
        );
    };
    let short: String = gateway
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .collect();
    let taken = |name: &str| {
        rules().any(|it| text(it, &["name"]).is_some_and(|own| own.eq_ignore_ascii_case(name)))
    };
    let wanted = format!("appgw-{short}");
    let name = if taken(&wanted) {
        format!("{wanted}-{priority}")
    } else {
        wanted
    };
    if taken(&name) {
        return held(
            Reason::EvidenceTooWeak,
            format!("a restriction {name} is there already"),
        );
    }
    let mut rule = json!({"name": name, "priority": priority, "action": "Allow",
        "description": "Lets the application gateway in"});
    if let (Some(rule), Some(source)) = (rule.as_object_mut(), source.as_object()) {
        rule.extend(source.clone());
    }
    let at = Pointer::fields("properties/ipSecurityRestrictions").named(&name);
    let edit = Edit {
        at,
        before: Value::Null,
        after: rule,
    };
    let change = Change::edit(&on, vec![edit]);
    let after = case.facts().supposing(std::slice::from_ref(&change));
    match access(after.document(&on)?, origin) {
        Access::Open => {}
        Access::Shut(by) | Access::Unsure(by) => {
            return held(
                Reason::EvidenceTooWeak,
                format!("even with the rule, {by} decides"),
            );
        }
    }
    let pairs: Vec<String> = case
        .pair_of(finding)
        .iter()
        .map(ToString::to_string)
        .collect();
    let setting = match case.pair_of(finding) {
        Some(Subject::Pair { setting, .. }) => setting,
        _ => String::new(),
    };
    let source = match origin {
        Origin::Subnet(id) => format!(
            "--vnet-name {} --subnet {}",
            id.segment("virtualNetworks").unwrap_or_default(),
            id.name()
        ),
        Origin::Public(ip) => format!("--ip-address {ip}"),
    };
    let need = Need::Is {
        of: on.clone(),
        at: Pointer::fields("properties/ipSecurityRestrictionsDefaultAction"),
        value: config
            .pointer("/properties/ipSecurityRestrictionsDefaultAction")
            .cloned()
            .unwrap_or(Value::Null),
    };
    let draft = Draft::new(title.clone(), vec![change], case.by_health(pairs, &setting))
        .need(need)
        .effect("the gateway comes in, and whoever comes through it")
        .effect("the list of restrictions is written whole, with the one rule more")
        .check(format!("with the rule, {} comes in", match origin {
            Origin::Subnet(id) => format!("subnet {}", id.name()),
            Origin::Public(ip) => ip.to_string(),
        }))
        .az(format!(
            "az webapp config access-restriction add -g {} -n {} --rule-name {name} --priority {priority} --action Allow {source}",
            site_id.segment("resourceGroups").unwrap_or_default(), site_id.name()
        ));
    Ok(vec![draft])
}
