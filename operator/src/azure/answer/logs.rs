//! What Log Analytics says to a query. Its refusals have codes of their own, and "no such table" is not
//! "no such thing".
use super::{credential, odd, redirected, throttled, unreadable};
use crate::azure::{errors::Refusal, exchange::Exchange, read::name};
use appgw_runbook::facts::{Gap, LogTable};
use serde_json::{Value, json};

/// The right a query needs, on the workspace or its tables.
const ACTION: &str = "Microsoft.OperationalInsights/workspaces/query/read";

/// Nothing where the body is the answer as it is.
pub(super) fn read(table: LogTable, exchange: &Exchange) -> Result<Option<Value>, Gap> {
    let status = exchange.status().unwrap_or(200);
    let body = exchange.body();
    let refusal = body.and_then(Refusal::of);
    match (status, body) {
        // A part may have failed: then `error` stands beside them.
        (200, Some(body)) if body.get("tables").is_some_and(Value::is_array) => Ok(None),
        (200, Some(_)) if refusal.is_none() => Err(unreadable("the answer holds no tables")),
        // A workspace that nothing was ever sent to has nothing to say.
        (200 | 204, None) => Ok(Some(json!({"tables": []}))),
        _ => Err(refused(status, refusal.as_ref(), table, exchange)),
    }
}

fn refused(status: u16, refusal: Option<&Refusal>, table: LogTable, exchange: &Exchange) -> Gap {
    let is = |code: &str| refusal.is_some_and(|no| no.is(code));
    let token = refusal.filter(|no| {
        let code = no.code.to_ascii_lowercase();
        code.starts_with("invalidauthenticationtoken")
    });
    match (status, token) {
        (401, _) | (403, Some(_)) => credential(status, refusal),
        // No role helps against a closed network.
        (403, None) if is("NspValidationFailedError") => odd(status, refusal, exchange),
        (403, None) => Gap::Denied {
            action: refusal
                .and_then(Refusal::action)
                .unwrap_or_else(|| ACTION.to_owned()),
        },
        (400, _) if refusal.is_some_and(|no| lacks(no, table)) => Gap::NotFound,
        (408 | 504, _) => Gap::TimedOut,
        (429, _) => throttled(exchange),
        (300..400, _) => redirected(status),
        _ => odd(status, refusal, exchange),
    }
}

/// Whether it says that this workspace has no such table. The same code also tells of a column.
fn lacks(refusal: &Refusal, table: LogTable) -> bool {
    refusal.behind.last().is_some_and(|(code, message)| {
        let named = message.split_once(" named '").map_or("", |(_, rest)| rest);
        let missing = named.split('\'').next().unwrap_or_default();
        code.eq_ignore_ascii_case("SEM0100") && missing.eq_ignore_ascii_case(name(table))
    })
}
