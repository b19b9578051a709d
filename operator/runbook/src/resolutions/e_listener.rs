//! Resolution E: take the requests that clients send.
use super::{
    Method,
    Reach::{Executable, Guided},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part, reference},
    facts::{
        Blocked,
        json::number,
        routing::{Listener, host_covers, path_covers},
    },
    id::Letter::E,
    nsg::{Direction, End, Flow, Outcome},
    plan::{Change, Edit, Need, Verify},
    report::Finding,
};
use ipnet::IpNet;
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "E.1",
        letter: E,
        reach: Executable,
        title: "Give the listener another port",
        changes: "A new front-end port and a listener on it; everyone who still uses the old port has to move.",
        article: "The article changes the port that is there, and with it every listener that shares it. A port that does not answer is also no 502: it is offered only where a person named the port that clients use.",
        draft: port,
    },
    Method {
        id: "E.2",
        letter: E,
        reach: Executable,
        title: "Add a path rule",
        changes: "Requests for these paths go to the named pool by the named settings, before the default of the path map.",
        article: "The article names this cause and has no command for it. A path without a rule takes the map's default, so the fault may as well be the default's pool.",
        draft: path,
    },
    Method {
        id: "E.3",
        letter: E,
        reach: Guided,
        title: "Add an HTTPS listener with its certificate",
        changes: "Nothing yet: a certificate with its key is needed, and keys do not pass through this operator.",
        article: "The article takes a certificate as given. Put it into a Key Vault that the gateway's identity may read, and add the listener by the tool that keeps the gateway.",
        draft: certificate,
    },
];

/// Ports that the platform keeps for itself on v2.
const RESERVED: std::ops::RangeInclusive<i64> = 65200..=65535;

fn port(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
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
    let port_name = match known {
        Some(known) => known.to_owned(),
        None => {
            let new = case.free_name("frontendPorts", &format!("port-{port}"))?;
            let element = json!({"name": new, "properties": {"port": port}});
            edits.push(Edit {
                at: part("frontendPorts", &new),
                before: Value::Null,
                after: element,
            });
            new
        }
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

fn shares_host(one: &Listener, other: &Listener) -> bool {
    let meets = |a: &String| {
        other
            .hosts
            .iter()
            .any(|b| host_covers(a, b) || host_covers(b, a))
    };
    (one.hosts.is_empty() && other.hosts.is_empty()) || one.hosts.iter().any(meets)
}

/// What the group of the gateway's subnet does with a client of the Internet on that port.
fn inbound(case: &Case<'_, '_>, draft: Draft, port: i64) -> Result<Draft, Blocked> {
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

/// Path rules of a map, and paths of a rule, that Azure takes.
const PATHS: usize = 100;

fn path(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
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

fn certificate(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let said = &case.facts().said().request;
    if finding.id != "no-listener-on-port" || said.https != Some(true) {
        return Ok(vec![]);
    }
    let port = said.port.unwrap_or(443);
    let steps = vec![
        "put the certificate with its key into a Key Vault, as a secret".to_owned(),
        "let the gateway's user-assigned identity read that secret".to_owned(),
        format!(
            "add the certificate, port {port} and a listener for HTTPS with it, and a rule that leads to the pool"
        ),
        "keys never pass through this operator, so no plan does it".to_owned(),
    ];
    Ok(vec![Draft::advice(
        format!("Add a listener for HTTPS on port {port}"),
        steps,
    )])
}
