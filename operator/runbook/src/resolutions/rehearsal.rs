//! A candidate probe tried from the gateway before it is offered: one request to each server, which changes
//! nothing (`getBackendHealthOnDemand`, azure-facts §1.4).
use super::pair::{Target, put};
use crate::{
    draft::{Case, Draft, Reason, reference},
    facts::{
        Blocked, Query,
        json::{at, flag, list, number, one_line, text},
    },
    path::words,
};
use serde_json::{Value, json};

/// What is tried: the parts of a probe, for one pair.
pub(super) struct Candidate {
    pool: String,
    setting: String,
    /// The protocol of the settings: Azure tries in no other.
    protocol: String,
    path: String,
    /// Host that is sent; none: the settings' own.
    host: Option<String>,
    codes: Vec<String>,
    body: Option<String>,
    timeout: i64,
    /// A port that the probe has for itself, for which the try has no word.
    port: Option<u16>,
}

impl Candidate {
    /// A probe with these properties, for this pair.
    pub(super) fn new(target: &Target<'_>, properties: &Value) -> Self {
        let of = |path: &[&str]| text(properties, path).map(str::to_owned);
        let picks = flag(properties, &["pickHostNameFromBackendHttpSettings"]) == Some(true);
        let codes = list(properties, &["match", "statusCodes"]);
        Self {
            pool: target.pool.clone(),
            setting: target.setting.to_owned(),
            protocol: target.speaks().to_owned(),
            path: of(&["path"]).unwrap_or_else(|| "/".to_owned()),
            host: of(&["host"]).filter(|_| !picks),
            codes: codes
                .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
                .collect(),
            body: of(&["match", "body"]),
            timeout: number(properties, &["timeout"]).unwrap_or(30),
            port: target.other_port(),
        }
    }
    /// `Https /healthz as shop.internal`.
    fn words(&self) -> String {
        let host = self.host.as_deref().unwrap_or("the settings say");
        one_line(&format!("{} {} as {host}", self.protocol, self.path))
    }
    fn body(&self, case: &Case<'_, '_>) -> String {
        let id = case.view.id();
        let mut body = json!({
            "backendAddressPool": reference(id, "backendAddressPools", &self.pool),
            "backendHttpSettings": reference(id, "backendHttpSettingsCollection", &self.setting),
            "protocol": self.protocol,
            "path": self.path,
            "timeout": self.timeout,
            "pickHostNameFromBackendHttpSettings": self.host.is_none(),
        });
        if let Some(host) = &self.host {
            put(&mut body, "host", &json!(host));
        }
        if !self.codes.is_empty() {
            put(&mut body, "match/statusCodes", &json!(self.codes));
        }
        if let Some(text) = &self.body {
            put(&mut body, "match/body", &json!(text));
        }
        body.to_string()
    }
}

/// The draft with what the try showed: a check line where all is well, which is evidence of its own, or the
/// reason to hold it back in the gateway's words.
pub(super) fn rehearsed(
    case: &Case<'_, '_>,
    draft: Draft,
    candidate: &Candidate,
) -> Result<Draft, Blocked> {
    if let Some(why) = not_tried(case, candidate) {
        return Ok(draft.check(format!("not rehearsed: {why}")));
    }
    let query = Query::Rehearsal {
        of: case.view.id().clone(),
        body: candidate.body(case),
    };
    let answer = match case.view.facts.ask(query) {
        Ok(answer) => answer,
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        Err(blocked) => return Ok(draft.check(format!("not rehearsed: {}", words(&blocked)))),
    };
    let what = candidate.words();
    Ok(match outcome(answer) {
        Ok(servers) => Draft {
            stands_alone: true,
            ..draft.check(format!(
                "rehearsed from the gateway: {what} is Healthy on {servers} of {servers} servers"
            ))
        },
        Err(why) => draft.withheld(
            Reason::EvidenceTooWeak,
            format!("rehearsed from the gateway, {what} does not do: {why}"),
        ),
    })
}

fn not_tried(case: &Case<'_, '_>, candidate: &Candidate) -> Option<String> {
    if !case.view.facts.said().rehearse {
        return Some("spec.mode is ReadOnly".into());
    }
    if candidate.path.contains('?') {
        return Some("the path has a query string".into());
    }
    candidate.port.map(|port| {
        format!("the probe has port {port} for itself, and a try goes to the port of the settings")
    })
}

/// How many servers were well; else the first that was not, with what the gateway says of it.
fn outcome(answer: &Value) -> Result<usize, String> {
    let alone = at(answer, &["backendHealthHttpSettings"]);
    let pools = list(answer, &["backendAddressPools"]);
    let many = pools.flat_map(|it| list(it, &["backendHttpSettingsCollection"]));
    let servers = alone.into_iter().chain(many);
    let servers: Vec<&Value> = servers.flat_map(|it| list(it, &["servers"])).collect();
    let well = |server: &&&Value| {
        let word = text(server, &["health"]).unwrap_or_default();
        ["healthy", "up"]
            .iter()
            .any(|it| word.eq_ignore_ascii_case(it))
    };
    if servers.is_empty() {
        return Err("the gateway tried no server".into());
    }
    match servers.iter().find(|it| !well(it)) {
        None => Ok(servers.len()),
        Some(server) => {
            let word = text(server, &["health"]).unwrap_or("no word");
            let address = text(server, &["address"]).unwrap_or("(no address)");
            let log = text(server, &["healthProbeLog"]).unwrap_or("no reason given");
            let log = log.split_whitespace().collect::<Vec<_>>().join(" ");
            Err(one_line(&format!("{address} {word}: {log}")))
        }
    }
}
