//! A question and its exchange, to its answer. Live and replayed exchanges are read here alike.
mod handshake;
mod logs;

use super::{
    errors::Refusal,
    exchange::{Exchange, Failure},
    read::Read,
};
use appgw_runbook::facts::{Answer, Gap, Heard, Query};
use serde_json::{Value, json};
use std::sync::Arc;

/// What the exchange says to the question, without a copy of what it holds.
pub(crate) fn heard(query: &Query, exchange: &Exchange) -> Heard {
    let made = checked(query, exchange)?;
    let said = made.map(Arc::new).or_else(|| exchange.shared_body());
    said.ok_or_else(|| unreadable("no body in the answer"))
}

/// The same for those who want it for themselves.
pub(crate) fn read(query: &Query, exchange: &Exchange) -> Answer {
    heard(query, exchange).map(Arc::unwrap_or_clone)
}

/// What was made of the exchange; nothing where its body is the answer as it is.
fn checked(query: &Query, exchange: &Exchange) -> Result<Option<Value>, Gap> {
    if let Some(failure) = exchange.failure() {
        return Err(failure.into());
    }
    match query {
        Query::Document(id) => document(exchange, || documented(&id.kind(), "read")).map(|_| None),
        Query::BackendHealth(id) => {
            let body = document(exchange, || documented(&id.kind(), "backendhealth/action"))?;
            ended_well(body).map(|()| None)
        }
        Query::Resolve(_) => match exchange.addresses() {
            Some(addresses) => Ok(Some(json!({"addresses": addresses}))),
            None => Err(unreadable("no addresses in the answer")),
        },
        Query::Handshake { roots, .. } => handshake::read(roots, exchange).map(Some),
        Query::Metrics { .. } | Query::ActivityLog { .. } => {
            let kind = Read::of(query).map_or_else(|_| String::new(), Read::kind);
            document(exchange, || documented(&kind, "read")).map(|_| None)
        }
        Query::AccessLog { table, .. } => logs::read(*table, exchange),
        Query::Rehearsal { of, .. } => {
            let verb = "getBackendHealthOnDemand/action";
            let body = document(exchange, || documented(&of.kind(), verb))?;
            ended_well(body).map(|()| None)
        }
        Query::Operation(_) => operation(exchange),
    }
}

fn document(exchange: &Exchange, action: impl FnOnce() -> String) -> Result<&Value, Gap> {
    let status = exchange.status().unwrap_or(200);
    match (status, exchange.body()) {
        (200 | 201 | 203, Some(body)) if body.is_object() => Ok(body),
        (200..300, None) => Err(unreadable(&format!("HTTP {status} without a body"))),
        (200..300, Some(_)) => Err(unreadable("the body is no JSON object")),
        (status, body) => {
            let refusal = body.and_then(Refusal::of);
            Err(refused(status, refusal.as_ref(), exchange, action))
        }
    }
}

/// How a change goes: by its status document, or by the bare status of the place where its result will be.
fn operation(exchange: &Exchange) -> Result<Option<Value>, Gap> {
    let word = exchange.body().and_then(|body| body.get("status"));
    match (exchange.status().unwrap_or(200), word) {
        (200..300, Some(Value::String(_))) => Ok(None),
        (202, _) => Ok(Some(json!({"status": "InProgress"}))),
        (200..300, _) => Ok(Some(json!({"status": "Succeeded"}))),
        _ => document(exchange, || {
            "Microsoft.Network/locations/operations/read".to_owned()
        })
        .map(|_| None),
    }
}

/// An operation can end badly inside a 200.
fn ended_well(body: &Value) -> Result<(), Gap> {
    let status = body.get("status").and_then(Value::as_str);
    let ended_badly = status.is_some_and(|status| {
        ["failed", "canceled", "cancelled"]
            .iter()
            .any(|word| status.eq_ignore_ascii_case(word))
    });
    if !ended_badly || body.get("backendAddressPools").is_some() {
        return Ok(());
    }
    let word = status.unwrap_or_default().to_ascii_lowercase();
    let why = Refusal::of(body).map_or(String::new(), |refusal| refusal.says());
    let said = if why.is_empty() {
        format!("the operation ended {word}")
    } else {
        format!("the operation ended {word}: {why}")
    };
    Err(unreadable(&said))
}

/// What a status and an error code mean for the one who asked.
fn refused(
    status: u16,
    refusal: Option<&Refusal>,
    exchange: &Exchange,
    action: impl FnOnce() -> String,
) -> Gap {
    let is = |codes: &[&str]| refusal.is_some_and(|no| codes.iter().any(|code| no.is(code)));
    match status {
        401 => credential(status, refusal),
        403 => Gap::Denied {
            action: refusal.and_then(Refusal::action).unwrap_or_else(action),
        },
        404 if is(&GONE) || (refusal.is_none() && exchange.body().is_none()) => Gap::NotFound,
        400 if is(&GONE) => Gap::NotFound,
        409 if is(&["ScopeLocked"]) => Gap::Locked,
        409 if refusal.is_some_and(Refusal::is_busy) => throttled(exchange),
        429 => throttled(exchange),
        408 | 504 => Gap::TimedOut,
        300..400 => redirected(status),
        _ => odd(status, refusal, exchange),
    }
}

fn credential(status: u16, refusal: Option<&Refusal>) -> Gap {
    let code = refusal.map(|no| no.code.as_str());
    let code = code.filter(|code| !code.is_empty());
    let why = format!("HTTP {status} {}", code.unwrap_or("without a reason"));
    Gap::Credential {
        why: super::text::line(&why, super::text::MOST),
    }
}

fn redirected(status: u16) -> Gap {
    unreadable(&format!("HTTP {status}: redirects are not followed"))
}

fn throttled(exchange: &Exchange) -> Gap {
    let text = exchange.header("retry-after");
    Gap::Throttled {
        retry_after: text.and_then(|text| text.trim().parse().ok()),
    }
}

/// A status that means nothing in particular, with what there is in words.
fn odd(status: u16, refusal: Option<&Refusal>, exchange: &Exchange) -> Gap {
    if let Some(refusal) = refusal {
        return unreadable(&format!("HTTP {status} {}", refusal.says()));
    }
    let kind = exchange.header("content-type").unwrap_or("no content type");
    let kind = kind.split(';').next().unwrap_or_default();
    unreadable(&format!("HTTP {status} without a code ({kind})"))
}

/// Codes that say: there is no such thing.
const GONE: [&str; 7] = [
    "ResourceNotFound",
    "ResourceGroupNotFound",
    "SubscriptionNotFound",
    "InvalidSubscriptionId",
    "NotFound",
    "ParentResourceNotFound",
    "ResourceGone",
];

fn unreadable(why: &str) -> Gap {
    Failure::Unreadable(super::text::line(why, super::text::MOST)).into()
}

/// The action a role needs for the question, as documented; said where Azure does not say it.
fn documented(kind: &str, verb: &str) -> String {
    let known = ACTIONS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(kind));
    match known {
        Some(known) => format!("{known}/{verb}"),
        None if kind.is_empty() => format!("Microsoft.Resources/subscriptions/{verb}"),
        None => format!("{kind}/{verb}"),
    }
}

/// Provider and type as the documentation writes them.
const ACTIONS: [&str; 17] = [
    "Microsoft.Network/applicationGateways",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/routeTables",
    "Microsoft.Network/publicIPAddresses",
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.Insights/eventtypes/values",
    "Microsoft.Insights/metrics",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Web/sites",
    "Microsoft.Web/sites/config",
    "Microsoft.Web/sites/hostNameBindings",
    "Microsoft.Authorization/locks",
    "Microsoft.ResourceHealth/availabilityStatuses",
];

#[cfg(test)]
mod tests;
