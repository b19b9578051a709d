//! E.1: a port of its own for the listener.
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part, reference},
    facts::{
        Blocked,
        json::number,
        routing::{Listener, host_covers},
    },
    nsg::{Direction, End, Flow, Outcome},
    plan::{Change, Edit, Verify},
    report::Finding,
};
use ipnet::IpNet;
use serde_json::{Value, json};

/// Ports that the platform keeps for itself on v2.
pub(super) const RESERVED: std::ops::RangeInclusive<i64> = 65200..=65535;

#[expect(
    clippy::too_many_lines,
    reason = "one guard after the other, each with words of its own"
)]
pub(super) fn port(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let asked = case.facts().said().request.port;
    if finding.id != "no-listener-on-port" || asked.is_none() {
        return Ok(vec![]);
    }
    let gateway = case.gateway()?;
    let name = case.inputs().listener.as_deref();
    let name = name.ok_or(Blocked::Tell("spec.inputs.E.listener"))?;
    let port = case
        .inputs()
        .port
        .ok_or(Blocked::Tell("spec.inputs.E.port"))?;
    let held = |reason, why: String| {
        let draft = Draft::new(
            format!("Give listener {name} port {port}"),
            vec![],
            Verify::Entry,
        );
        Ok(vec![draft.withheld(reason, why)])
    };
    let mut listeners = gateway.http_listeners().into_iter();
    let Some(listener) = listeners.find(|it| it.name.eq_ignore_ascii_case(name)) else {
        return held(
            Reason::NeedsInput,
            format!("spec.inputs.E.listener: the gateway has no listener {name}"),
        );
    };
    if asked.map(i64::from) != Some(port) {
        return held(
            Reason::NeedsInput,
            format!(
                "spec.inputs.E.port is {port}, and clients are said to use another (spec.request.port)"
            ),
        );
    }
    if !(1..=65535).contains(&port) || RESERVED.contains(&port) {
        return held(
            Reason::NeedsInput,
            format!("spec.inputs.E.port: {port} is no port that a listener can have"),
        );
    }
    if (port == 443 && !listener.https) || (port == 80 && listener.https) {
        return held(
            Reason::EvidenceTooWeak,
            format!(
                "listener {name} speaks another protocol than clients expect on port {port}, and Azure refuses 443 without TLS"
            ),
        );
    }
    let others = || {
        gateway
            .http_listeners()
            .into_iter()
            .filter(|it| !it.name.eq_ignore_ascii_case(name))
    };
    let clash = others().find(|it| {
        let there = it.front == listener.front && it.port.map(i64::from) == Some(port);
        there && (it.https != listener.https || shares_host(it, &listener))
    });
    if let Some(clash) = clash {
        return held(
            Reason::EvidenceTooWeak,
            format!(
                "listener {} has port {port} and takes the same requests",
                clash.name
            ),
        );
    }
    let known = crate::facts::json::list(gateway.0, &["properties", "frontendPorts"])
        .find(|it| number(it, &["properties", "port"]) == Some(port))
        .and_then(|it| crate::facts::json::text(it, &["name"]));
    let mut edits = vec![];
    let port_name = if let Some(known) = known {
        known.to_owned()
    } else {
        let new = case.free_name("frontendPorts", &format!("port-{port}"))?;
        edits.push(Edit {
            at: part("frontendPorts", &new),
            before: Value::Null,
            after: json!({"name": new, "properties": {"port": port}}),
        });
        new
    };
    let id = case.view.id();
    let at = part("httpListeners", name).field("properties/frontendPort");
    let to = reference(id, "frontendPorts", &port_name);
    edits.push(Edit::of(gateway.0, at, to));
    let old = listener
        .port
        .map_or("its port".to_owned(), |it| format!("port {it}"));
    let stay: Vec<String> = others()
        .filter(|it| it.port == listener.port && it.front == listener.front)
        .map(|it| it.name)
        .collect();
    let mut draft = Draft::new(
        format!("Give listener {} port {port}", listener.name),
        vec![Change::edit(id, edits)],
        Verify::Entry,
    )
    .risk(Risk::Medium)
    .effect(format!("whoever asks listener {} on {old} has to ask on {port} from then on", listener.name))
    .check(format!("no other listener takes the same requests on port {port}"))
    .az(format!(
        "az network application-gateway http-listener update --ids {id}/httpListeners/{} --frontend-port {port_name}",
        listener.name
    ));
    if !stay.is_empty() {
        draft = draft.effect(format!("{} stay on {old}", stay.join(", ")));
    }
    if known.is_none() {
        draft.az.insert(0, format!(
            "az network application-gateway frontend-port create --gateway-name {} -g {} -n {port_name} --port {port}",
            id.name(), id.segment("resourceGroups").unwrap_or_default()
        ));
    }
    draft.stands_alone = true;
    Ok(vec![inbound(case, draft, port)?])
}

pub(super) fn shares_host(one: &Listener, other: &Listener) -> bool {
    let meets = |a: &String| {
        other
            .hosts
            .iter()
            .any(|b| host_covers(a, b) || host_covers(b, a))
    };
    (one.hosts.is_empty() && other.hosts.is_empty()) || one.hosts.iter().any(meets)
}

/// What the group of the gateway's subnet does with a client of the Internet on that port.
pub(super) fn inbound(case: &Case<'_, '_>, draft: Draft, port: i64) -> Result<Draft, Blocked> {
    let home = case.view.home()?;
    let (Some(nsg), Ok(port)) = (&home.subnet.nsg, u16::try_from(port)) else {
        return Ok(draft);
    };
    let group = match case.view.group(nsg, Direction::Inbound) {
        Ok(group) => group,
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        Err(_) => {
            return Ok(draft.check(format!(
                "whether {} lets clients in could not be seen",
                nsg.name()
            )));
        }
    };
    let client: Vec<IpNet> = "203.0.113.0/24".parse().into_iter().collect();
    let flow = Flow {
        source: End::Nets(client),
        destination: home.subnet.prefixes.clone(),
        destination_asgs: None,
        ports: (port, port),
        space: home.space(),
    };
    Ok(match group.decide(&flow).outcome {
        Outcome::Allowed(by) => draft.check(format!(
            "{}/{} lets clients of the Internet in on port {port}",
            nsg.name(),
            by.rule
        )),
        Outcome::Denied(by) | Outcome::Partly(by) => draft.effect(format!(
            "{}/{} (priority {}) keeps clients of the Internet off port {port} all the same",
            nsg.name(),
            by.rule,
            by.priority
        )),
        Outcome::Unclear(why) => draft.check(format!(
            "whether {} lets clients in cannot be told: {why}",
            nsg.name()
        )),
    })
}
