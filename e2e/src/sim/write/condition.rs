//! `If-Match` and `If-None-Match`.

use serde_json::Value;

use crate::sim::{
    arm::{Call, Refused},
    errors,
};

/// Refuses a write whose condition does not hold for what is there.
pub(super) fn check(call: &Call<'_>, id: &str, current: Option<&Value>) -> Result<(), Refused> {
    let there = current.is_some();
    if let Some(asked) = call.request.header("if-match") {
        let Some(current) = current else {
            return Err(errors::existence("If-Match", id, false).into());
        };
        let current = current["etag"].as_str().unwrap_or_default();
        if !asked.split(',').any(|own| matches(own, current)) {
            return Err(errors::precondition(asked, current, id).into());
        }
    }
    if let Some(asked) = call.request.header("if-none-match") {
        let etag = current.and_then(|own| own["etag"].as_str());
        let met = match asked.trim() {
            "*" => !there,
            asked => !asked
                .split(',')
                .any(|own| etag.is_some_and(|etag| matches(own, etag))),
        };
        if !met {
            return Err(errors::existence("If-None-Match", id, true).into());
        }
    }
    Ok(())
}

/// Whether a condition names that version; whether it is said to be weak does not matter.
fn matches(asked: &str, current: &str) -> bool {
    let bare = |own: &str| {
        let own = own.trim();
        own.strip_prefix("W/")
            .unwrap_or(own)
            .trim_matches('"')
            .to_owned()
    };
    asked.trim() == "*" || bare(asked) == bare(current)
}
