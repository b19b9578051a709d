//! Resolution B: probe what the application really answers.
use super::rehearsal::{Candidate, rehearsed};
use super::{Method, Reach::Executable};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part, reference},
    facts::{
        Blocked,
        gateway::Gateway,
        json::{at, flag, list, number, text},
        probe::{is_address, ranges},
        routing::clean_host,
    },
    id::{ArmId, Letter::B, Subject},
    plan::{Change, Edit, Need},
    report::Finding,
};
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "B.1",
        letter: B,
        reach: Executable,
        title: "Create a probe of the application's own and attach it",
        changes: "The gateway has one more probe and these settings use it; the probe before it stays on the gateway.",
        article: "The article's probe is always Http on /health with a time-out as long as its interval. Ours speaks the protocol of the settings it is for, asks a path that a person named or that was tried on demand, never waits longer than its interval, and does not accept 400 and above.",
        draft: create,
    },
    Method {
        id: "B.2",
        letter: B,
        reach: Executable,
        title: "Correct the probe in use",
        changes: "The probe asks another path or host, accepts other codes or waits longer; every pair that uses it is probed the new way.",
        article: "The article makes a new probe for each of it, with a time-out of 30 s that is the default already. Ours changes what is wrong and nothing else, keeps the time-out within the interval, and accepts no code of 400 and above but 401 and 403, and those only where a person asked for them.",
        draft: correct,
    },
    Method {
        id: "B.3",
        letter: B,
        reach: Executable,
        title: "Probe an API Management on its status path",
        changes: "A probe for the gateway host of the API Management, attached to the settings that lead there.",
        article: "The article creates this probe and leaves it unattached. The path belongs to the gateway host alone; portal and management hosts have others.",
        draft: api_management,
    },
];

/// The path on which an API Management answers for its own health.
const STATUS_PATH: &str = "/status-0123456789abcdef";
/// What a probe of ours does where nobody says otherwise.
const INTERVAL: i64 = 30;
const TIMEOUT: i64 = 30;

/// A pair, its settings and the probe they use.
struct Target<'c> {
    pool: String,
    setting: String,
    document: &'c Value,
    probe: Option<&'c Value>,
}

fn target<'c>(case: &'c Case<'_, '_>, finding: &Finding) -> Result<Option<Target<'c>>, Blocked> {
    let Some(Subject::Pair { pool, setting }) = case.pair_of(finding) else {
        return Ok(None);
    };
    let gateway = case.gateway()?;
    let found = gateway.named("backendHttpSettingsCollection", &setting);
    Ok(found.map(|document| Target {
        probe: gateway.probe_of(&setting),
        pool,
        setting,
        document,
    }))
}

impl Target<'_> {
    fn probe_name(&self) -> &str {
        self.probe
            .and_then(|it| text(it, &["name"]))
            .unwrap_or_default()
    }
    /// The settings name a host that a probe can take from them.
    fn has_host(&self) -> bool {
        text(self.document, &["properties", "hostName"]).is_some()
            || flag(
                self.document,
                &["properties", "pickHostNameFromBackendAddress"],
            ) == Some(true)
    }
}

/// Settings that use a probe.
fn users<'c>(gateway: Gateway<'c>, probe: &str) -> Vec<&'c str> {
    list(gateway.0, &["properties", "backendHttpSettingsCollection"])
        .filter(|it| {
            let id = text(it, &["properties", "probe", "id"]).map(ArmId::new);
            id.is_some_and(|id| id.name().eq_ignore_ascii_case(probe))
        })
        .filter_map(|it| text(it, &["name"]))
        .collect()
}

/// What a person gave, checked: an error is a sentence that names the field.
struct Given {
    path: Option<String>,
    host: Option<String>,
    codes: Vec<String>,
    timeout: Option<i64>,
}

fn given(case: &Case<'_, '_>, interval: i64, tls: bool) -> Result<Given, String> {
    let inputs = case.inputs();
    let path = inputs
        .probe_path
        .clone()
        .or_else(|| case.facts().said().health_path.clone());
    if let Some(path) = path.as_ref().filter(|it| !it.starts_with('/')) {
        return Err(format!(
            "spec.inputs.B.path: {path:?} does not start with /"
        ));
    }
    let host = inputs.probe_host.as_deref().map(clean_host);
    if let Some(host) = host.as_ref().filter(|it| tls && is_address(it)) {
        return Err(format!(
            "spec.inputs.B.host: {host} is an address, and TLS goes by names"
        ));
    }
    for code in &inputs.status_codes {
        let open = ["401", "403"].contains(&code.trim());
        let Some(all) = ranges(code) else {
            return Err(format!(
                "spec.inputs.B.statusCodes: {code:?} is no code and no range of codes"
            ));
        };
        let bad = all
            .iter()
            .any(|range| *range.end() >= 400 || *range.start() < 100);
        if bad && !open {
            return Err(format!(
                "spec.inputs.B.statusCodes: {code} would call a server healthy that answers with an error; of those only 401 and 403 can be asked for, one by one"
            ));
        }
    }
    let timeout = inputs.probe_timeout;
    if let Some(timeout) = timeout.filter(|it| *it < 1 || *it > interval) {
        return Err(format!(
            "spec.inputs.B.timeoutSeconds: {timeout} s is not between 1 s and the interval of the probe, {interval} s"
        ));
    }
    Ok(Given {
        path,
        host,
        codes: inputs.status_codes.clone(),
        timeout,
    })
}

/// What has to be given for a finding, at least.
fn needed(finding: &Finding) -> Option<&'static str> {
    Some(match finding.id {
        "probe-path-not-found" | "probe-redirect" => "spec.inputs.B.path",
        "probe-host" => "spec.inputs.B.host",
        "probe-status" => "spec.inputs.B.path",
        _ if finding.row == Some("2c-1.2") || finding.row == Some("2c.3") => {
            "spec.inputs.B.timeoutSeconds"
        }
        _ => return None,
    })
}

fn is_given(field: &str, finding: &Finding, given: &Given) -> bool {
    let any = given.path.is_some() || given.host.is_some() || !given.codes.is_empty();
    match (field, finding.id) {
        ("spec.inputs.B.timeoutSeconds", _) => given.timeout.is_some(),
        ("spec.inputs.B.host", _) => given.host.is_some(),
        // A path, else the codes it answers with, else the host it answers for.
        (_, "probe-status" | "probe-redirect") => any,
        _ => given.path.is_some(),
    }
}

fn speaks(document: &Value, member: &str) -> String {
    text(document, &["properties", member])
        .unwrap_or("Http")
        .to_owned()
}

fn group(id: &ArmId) -> &str {
    id.segment("resourceGroups").unwrap_or_default()
}

fn create(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
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
fn made(
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

fn correct(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let Some(probe) = target.probe else {
        return Ok(vec![]);
    };
    let name = target.probe_name().to_owned();
    let verify = || case.by_health(case.pairs_by_setting(&target.setting), &target.setting);
    if finding.id == "x.probe-body" {
        let why = "what text the application answers is for a person to say: change match.body of the probe by hand, or leave it out";
        let draft = Draft::new(
            format!("Correct the text that probe {name} looks for"),
            vec![],
            verify(),
        );
        return Ok(vec![draft.withheld(Reason::EvidenceTooWeak, why)]);
    }
    let Some(field) = needed(finding) else {
        return Ok(vec![]);
    };
    changed(case, finding, &target, probe, field)
}

/// The probe in use with what was given, and with nothing else changed.
fn changed(
    case: &Case<'_, '_>,
    finding: &Finding,
    target: &Target<'_>,
    probe: &Value,
    field: &'static str,
) -> Drafted {
    let gateway = case.gateway()?;
    let name = target.probe_name();
    let setting = &target.setting;
    let interval = number(probe, &["properties", "interval"]).unwrap_or(INTERVAL);
    let protocol = speaks(probe, "protocol");
    let tls = protocol.eq_ignore_ascii_case("Https");
    let pairs: Vec<String> = users(gateway, name)
        .into_iter()
        .flat_map(|it| case.pairs_by_setting(it))
        .collect();
    let verify = case.by_health(case.pairs_by_setting(setting), setting);
    let title = format!("Correct probe {name}");
    let held = |reason, why: String| {
        Ok(vec![
            Draft::new(title.clone(), vec![], verify.clone()).withheld(reason, why),
        ])
    };
    let given = match given(case, interval, tls) {
        Ok(given) => given,
        Err(why) => return held(Reason::NeedsInput, why),
    };
    if !is_given(field, finding, &given) {
        return Err(Blocked::Tell(field));
    }
    let of = |member: &str| part("probes", name).field("properties").field(member);
    let mut edits = vec![];
    if let Some(path) = &given.path {
        edits.push(Edit::of(gateway.0, of("path"), json!(path)));
    }
    if let Some(host) = &given.host {
        edits.push(Edit::of(gateway.0, of("host"), json!(host)));
        if flag(
            probe,
            &["properties", "pickHostNameFromBackendHttpSettings"],
        ) == Some(true)
        {
            edits.push(Edit::of(
                gateway.0,
                of("pickHostNameFromBackendHttpSettings"),
                json!(false),
            ));
        }
    }
    if !given.codes.is_empty() {
        edits.push(if at(probe, &["properties", "match"]).is_some() {
            Edit::of(gateway.0, of("match/statusCodes"), json!(given.codes))
        } else {
            Edit::of(gateway.0, of("match"), json!({"statusCodes": given.codes}))
        });
    }
    let before = number(probe, &["properties", "timeout"]).unwrap_or(TIMEOUT);
    if let Some(timeout) = given.timeout {
        if field == "spec.inputs.B.timeoutSeconds" && timeout <= before {
            return held(
                Reason::NeedsInput,
                format!(
                    "spec.inputs.B.timeoutSeconds: {timeout} s is not more than the {before} s of now"
                ),
            );
        }
        edits.push(Edit::of(gateway.0, of("timeout"), json!(timeout)));
    }
    edits.retain(|it| it.before != it.after);
    if edits.is_empty() {
        return held(
            Reason::NeedsInput,
            format!("what spec.inputs.B says is what probe {name} does already"),
        );
    }
    let id = case.view.id();
    let flags: Vec<String> = [
        given.path.as_ref().map(|it| format!("--path {it}")),
        given.host.as_ref().map(|it| format!("--host {it}")),
        (!given.codes.is_empty())
            .then(|| format!("--match-status-codes {}", given.codes.join(" "))),
        given.timeout.map(|it| format!("--timeout {it}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let own = |member: &str| text(probe, &["properties", member]).map(str::to_owned);
    let picks = flag(
        probe,
        &["properties", "pickHostNameFromBackendHttpSettings"],
    ) == Some(true);
    let host = given
        .host
        .clone()
        .or_else(|| own("host").filter(|_| !picks));
    let codes = if given.codes.is_empty() {
        list(probe, &["properties", "match", "statusCodes"])
            .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
            .collect()
    } else {
        given.codes.clone()
    };
    let candidate = Candidate {
        pool: target.pool.clone(),
        setting: setting.clone(),
        protocol,
        path: given
            .path
            .clone()
            .or_else(|| own("path"))
            .unwrap_or_else(|| "/".to_owned()),
        host,
        codes,
        timeout: given.timeout.unwrap_or(before),
    };
    let draft = Draft::new(title, vec![Change::edit(id, edits)], verify)
        .risk(Risk::Low)
        .effect(format!(
            "every pair that uses this probe is probed so: {}",
            pairs.join(", ")
        ))
        .az(format!(
            "az network application-gateway probe update --ids {id}/probes/{name} {}",
            flags.join(" ")
        ));
    Ok(vec![rehearsed(case, draft, &candidate)?])
}

fn api_management(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id != "api-management-probe-path" {
        return Ok(vec![]);
    }
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let members = case.gateway()?.named("backendAddressPools", &target.pool);
    let members = members
        .into_iter()
        .flat_map(|it| list(it, &["properties", "backendAddresses"]));
    let name = members
        .filter_map(|it| text(it, &["fqdn"]))
        .next()
        .map(str::to_owned);
    let host = case.facts().said().api_management_host.clone().or(name);
    let Some(host) = host else {
        return Err(Blocked::Tell("spec.hints.apiManagementHost"));
    };
    made(case, finding, &target, Some(&host))
}
