//! I.3: one more Allow among the access restrictions.
use crate::{
    draft::{Case, Draft, Drafted, Reason},
    facts::{
        Blocked,
        inputs::AllowFrom,
        json::{list, number, text},
        site::{Access, Origin, access, is_private_only},
    },
    id::{ArmId, Subject},
    plan::{Change, Edit, Need, Pointer, Verify},
    report::Finding,
    steps::site_origins,
};
use serde_json::{Value, json};

#[expect(
    clippy::too_many_lines,
    reason = "one guard after the other, each with words of its own"
)]
pub(super) fn admit(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
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
