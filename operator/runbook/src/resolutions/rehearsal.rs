//! A candidate probe tried from the gateway before it is offered: one request to the back end, which changes
//! nothing (`getBackendHealthOnDemand`, azure-facts §1.4).
use crate::{
    draft::{Case, Draft, Reason, reference},
    facts::{
        Blocked, Query,
        health::Health,
        json::{list, one_line, text},
    },
    path::words,
};
use serde_json::{Map, Value, json};

/// What is tried: the parts of a probe, for one pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    pub(super) pool: String,
    pub(super) setting: String,
    pub(super) protocol: String,
    pub(super) path: String,
    /// Host that is sent; none: the settings' own.
    pub(super) host: Option<String>,
    pub(super) codes: Vec<String>,
    pub(super) timeout: i64,
}

/// The draft with what the try showed: a check line where all is well, or the reason to hold it back.
pub(super) fn rehearsed(
    case: &Case<'_, '_>,
    draft: Draft,
    candidate: &Candidate,
) -> Result<Draft, Blocked> {
    if !case.facts().said().rehearse {
        return Ok(draft.check("not rehearsed: spec.mode is ReadOnly"));
    }
    if candidate.path.contains('?') {
        return Ok(draft.check("not rehearsed: the path has a query"));
    }
    let what = format!(
        "{} {} as {}",
        candidate.protocol,
        candidate.path,
        candidate.host.as_deref().unwrap_or("the settings say")
    );
    Ok(match tried(case, candidate)? {
        Ok(servers) if servers.is_empty() => draft.check("not rehearsed: no server was tried"),
        Ok(servers)
            if servers
                .iter()
                .all(|(_, health, _)| *health == Health::Healthy) =>
        {
            draft.check(format!(
                "rehearsed from the gateway: {what} is Healthy on {} of {0} servers",
                servers.len()
            ))
        }
        Ok(servers) => {
            let bad = servers
                .iter()
                .find(|(_, health, _)| *health != Health::Healthy);
            let words = bad.map_or(String::new(), |(address, _, log)| {
                format!("{address}: {log}")
            });
            draft.withheld(
                Reason::EvidenceTooWeak,
                format!("rehearsed from the gateway, {what} does not do: {words}"),
            )
        }
        Err(why) => draft.check(format!("not rehearsed: {why}")),
    })
}

type Tried = Vec<(String, Health, String)>;

/// Every server with the outcome of the try; an inner error says why there is none.
pub(super) fn tried(
    case: &Case<'_, '_>,
    candidate: &Candidate,
) -> Result<Result<Tried, String>, Blocked> {
    let id = case.view.id();
    let mut body = json!({
        "backendAddressPool": reference(id, "backendAddressPools", &candidate.pool),
        "backendHttpSettings": reference(id, "backendHttpSettingsCollection", &candidate.setting),
        "protocol": candidate.protocol,
        "path": candidate.path,
        "timeout": candidate.timeout,
    });
    if let Some(body) = body.as_object_mut() {
        extend(body, candidate);
    }
    let query = Query::Rehearsal {
        of: id.clone(),
        body: body.to_string(),
    };
    let answer = match case.facts().ask(query) {
        Ok(answer) => answer,
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        Err(blocked) => return Ok(Err(words(&blocked))),
    };
    let servers = list(answer, &["backendHealthHttpSettings", "servers"]);
    let all = servers.map(|server| {
        let word = text(server, &["health"])
            .unwrap_or_default()
            .to_ascii_lowercase();
        let log = one_line(text(server, &["healthProbeLog"]).unwrap_or("no reason given"));
        let health = match word.as_str() {
            "healthy" | "up" => Health::Healthy,
            "unhealthy" | "down" => Health::Unhealthy,
            _ => Health::Unknown,
        };
        let address = one_line(text(server, &["address"]).unwrap_or("(no address)"));
        (address, health, log)
    });
    Ok(Ok(all.collect()))
}

fn extend(body: &mut Map<String, Value>, candidate: &Candidate) {
    match &candidate.host {
        Some(host) => {
            body.insert("host".into(), json!(host));
        }
        None => {
            body.insert("pickHostNameFromBackendHttpSettings".into(), json!(true));
        }
    }
    if !candidate.codes.is_empty() {
        body.insert("match".into(), json!({"statusCodes": candidate.codes}));
    }
}
