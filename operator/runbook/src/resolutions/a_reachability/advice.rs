//! A.5 and A.6: what is good to have, and what only somebody with access to the host can do.
use super::{
    admission::{place, prefix, shell},
    stops::{look, served},
};
use crate::{
    draft::{Case, Draft, Drafted, part},
    facts::{
        Blocked,
        gateway::Gateway,
        health::{Health, few},
        json::{at, flag, number},
        probe_log::LogClass,
    },
    id::Letter,
    plan::{Change, Edit, Verify},
    report::Finding,
};
use serde_json::json;
use std::collections::BTreeSet;

/// How long the article gives a server that is taken out.
const DRAIN: i64 = 60;

/// A.5: after an upgrade, or where a server is being drained or dropped with requests under way.
pub(super) fn drain(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let gateway = case.gateway()?;
    let upgraded = case.view.facts.said().after_platform_upgrade == Some(true);
    let is_for = |it: &&Finding| it.letter == Some(Letter::A);
    let mut first = case.findings.iter().filter(is_for);
    if !is_for(&finding) || first.next().is_some_and(|it| it != finding) {
        return Ok(vec![]);
    }
    let mut settings: BTreeSet<String> = BTreeSet::new();
    for pair in case.view.health()? {
        let draining = pair.servers.iter().any(|it| it.health == Health::Draining);
        let down = pair.down().next().is_some();
        if (draining || (upgraded && down)) && !case.view.is_unused(&pair.subject()) {
            settings.insert(pair.setting.clone());
        }
    }
    let drafts = settings.iter().filter_map(|it| drained(case, gateway, it));
    Ok(drafts.collect())
}

fn drained(case: &Case<'_, '_>, gateway: Gateway<'_>, setting: &str) -> Option<Draft> {
    let found = gateway.named("backendHttpSettingsCollection", setting)?;
    let now = at(found, &["properties", "connectionDraining"]);
    if now.is_some_and(|it| flag(it, &["enabled"]) == Some(true)) {
        return None;
    }
    let place_of =
        part("backendHttpSettingsCollection", setting).field("properties/connectionDraining");
    let long = now
        .and_then(|it| number(it, &["drainTimeoutInSec"]))
        .filter(|it| *it > 1);
    let seconds = long.unwrap_or(DRAIN);
    let edits = if now.is_some() {
        let on = Edit::of(gateway.0, place_of.clone().field("enabled"), json!(true));
        let time = Edit::of(
            gateway.0,
            place_of.field("drainTimeoutInSec"),
            json!(seconds),
        );
        let altered = |it: &Edit| it.before != it.after;
        [on, time].into_iter().filter(altered).collect()
    } else {
        let all = json!({"enabled": true, "drainTimeoutInSec": seconds});
        vec![Edit::of(gateway.0, place_of, all)]
    };
    let id = case.view.id();
    let title = format!(
        "Give servers behind settings {setting} {seconds} s to finish when they are taken out"
    );
    let change = Change::edit(id, edits);
    let mut draft = Draft::new(title, vec![change], Verify::State)
        .effect("does not mend this 502: it spares requests under way when a server is taken out of a pool")
        .effect(format!("a server that is taken out goes on with what it has begun for up to {seconds} s, and gets nothing new"))
        .check(format!("settings {setting} have no connection draining"))
        .az(format!(
            "az network application-gateway http-settings update{} --gateway-name {} --name {} --connection-draining-timeout {seconds}",
            place(id),
            shell(id.name()),
            shell(setting)
        ));
    let pairs = case.pairs_by_setting(setting);
    if !pairs.is_empty() {
        draft = draft.effect(format!("concerns {}", pairs.join(", ")));
    }
    draft.stands_alone = true;
    Some(draft)
}

/// A.6: no group drops the probe, and still nothing answers.
pub(super) fn host(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let subject = case
        .pair_of(finding)
        .filter(|_| finding.id == "backend-not-listening");
    let Some(subject) = subject else {
        return Ok(vec![]);
    };
    let Some(look) = look(case.view, &subject)? else {
        return Ok(vec![]);
    };
    let (gateway, port) = (case.gateway()?, look.probed);
    let all: Vec<&str> = look.down().map(|it| it.address.as_str()).collect();
    let servers = few(&all);
    let home = match case.view.home() {
        Ok(home) => home.subnet.prefixes.iter().map(prefix).collect(),
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        Err(_) => vec!["the gateway's subnet".to_owned()],
    };
    let from = home.join(" and ");
    let mut steps = vec![
        format!(
            "On {servers}, see whether the application runs and listens on port {port}, on the host's own address and not on 127.0.0.1 alone: ss -ltn 'sport = :{port}', on Windows Get-NetTCPConnection -LocalPort {port} -State Listen"
        ),
        format!(
            "Let the host's own firewall accept TCP {port} from {from}: ufw, firewalld, nftables, Windows Defender Firewall, or the security agent on the host"
        ),
    ];
    if look.down().all(|it| it.class == LogClass::CannotConnect) {
        steps.push("The connection is refused rather than left unanswered, where the host is reached: a stopped application or another port is likelier than a firewall that drops".into());
    } else {
        steps.push(format!("Nothing answers at all: look at routes of the back ends' subnet that lead replies elsewhere, a firewall appliance between the networks, and admin rules of a network manager, for {from} and port {port}"));
    }
    if let Some(other) = served(gateway, &look.pair.setting).filter(|it| *it != port) {
        steps.push(format!(
            "Requests go to port {other} and probes to {port}: both have to be open, or the probe's port is the wrong one (resolution B)"
        ));
    }
    if gateway.is_ingress_controlled() {
        steps.push("An ingress controller keeps this gateway: check targetPort and readiness of the Service's Pods, and a NetworkPolicy that keeps the gateway's subnet out".into());
    }
    steps.push(format!(
        "Try it from a machine in a subnet that reaches the back ends the same way: nc -vz {} {port}; then run the diagnosis again",
        all.first().copied().unwrap_or_default()
    ));
    let title = format!("Let {servers} answer on port {port}, for {subject}");
    Ok(vec![Draft::advice(title, steps)])
}
