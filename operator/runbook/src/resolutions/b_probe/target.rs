//! The pair that a finding of a probe is about, and what a person gave for it.
use crate::{
    draft::Case,
    facts::{
        Blocked,
        gateway::Gateway,
        json::{flag, list, text},
        probe::{is_address, ranges},
        routing::clean_host,
    },
    id::{ArmId, Subject},
    report::Finding,
};
use serde_json::Value;

/// What a probe of ours does where nobody says otherwise.
pub(super) const INTERVAL: i64 = 30;
pub(super) const TIMEOUT: i64 = 30;

/// A pair, its settings and the probe they use.
pub(super) struct Target<'c> {
    pub(super) pool: String,
    pub(super) setting: String,
    pub(super) document: &'c Value,
    pub(super) probe: Option<&'c Value>,
}

pub(super) fn target<'c>(
    case: &'c Case<'_, '_>,
    finding: &Finding,
) -> Result<Option<Target<'c>>, Blocked> {
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
    pub(super) fn probe_name(&self) -> &str {
        self.probe
            .and_then(|it| text(it, &["name"]))
            .unwrap_or_default()
    }
    /// The settings name a host that a probe can take from them.
    pub(super) fn has_host(&self) -> bool {
        text(self.document, &["properties", "hostName"]).is_some()
            || flag(
                self.document,
                &["properties", "pickHostNameFromBackendAddress"],
            ) == Some(true)
    }
}

/// Settings that use a probe.
pub(super) fn users<'c>(gateway: Gateway<'c>, probe: &str) -> Vec<&'c str> {
    list(gateway.0, &["properties", "backendHttpSettingsCollection"])
        .filter(|it| {
            let id = text(it, &["properties", "probe", "id"]).map(ArmId::new);
            id.is_some_and(|id| id.name().eq_ignore_ascii_case(probe))
        })
        .filter_map(|it| text(it, &["name"]))
        .collect()
}

/// What a person gave, checked: an error is a sentence that names the field.
pub(super) struct Given {
    pub(super) path: Option<String>,
    pub(super) host: Option<String>,
    pub(super) codes: Vec<String>,
    pub(super) timeout: Option<i64>,
}

pub(super) fn given(case: &Case<'_, '_>, interval: i64, tls: bool) -> Result<Given, String> {
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
pub(super) fn needed(finding: &Finding) -> Option<&'static str> {
    Some(match finding.id {
        "probe-path-not-found" | "probe-redirect" | "probe-status" => "spec.inputs.B.path",
        "probe-host" => "spec.inputs.B.host",
        _ if finding.row == Some("2c-1.2") || finding.row == Some("2c.3") => {
            "spec.inputs.B.timeoutSeconds"
        }
        _ => return None,
    })
}

pub(super) fn is_given(field: &str, finding: &Finding, given: &Given) -> bool {
    let any = given.path.is_some() || given.host.is_some() || !given.codes.is_empty();
    match (field, finding.id) {
        ("spec.inputs.B.timeoutSeconds", _) => given.timeout.is_some(),
        ("spec.inputs.B.host", _) => given.host.is_some(),
        // A path, else the codes it answers with, else the host it answers for.
        (_, "probe-status" | "probe-redirect") => any,
        _ => given.path.is_some(),
    }
}

pub(super) fn speaks(document: &Value, member: &str) -> String {
    text(document, &["properties", member])
        .unwrap_or("Http")
        .to_owned()
}

pub(super) fn group(id: &ArmId) -> &str {
    id.segment("resourceGroups").unwrap_or_default()
}
