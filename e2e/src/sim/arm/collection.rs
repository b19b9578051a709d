//! Collections, a page at a time.

use serde_json::{Value, json};

use super::{Call, Refused};
use crate::sim::{answer::Answer, errors};

const SKIP_TOKEN: &str = "$skiptoken";

/// One page of `all`, with the link to the next one if there is more.
pub(super) fn page(call: &Call<'_>, all: Vec<Value>) -> Result<Answer, Refused> {
    let skipped = match call.request.parameter(SKIP_TOKEN) {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| {
            errors::front_door(
                400,
                "InvalidSkipToken",
                "The provided skip token is invalid.",
            )
        })?,
    };
    let size = call.options.page_size.max(1);
    let more = all.len() > skipped.saturating_add(size);
    let value: Vec<Value> = all.into_iter().skip(skipped).take(size).collect();
    let mut page = json!({"value": value});
    if more {
        let is_token = |pair: &str| {
            let name = pair
                .split('=')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            name == SKIP_TOKEN || name == "%24skiptoken"
        };
        let mut query: Vec<&str> = call
            .request
            .query
            .split('&')
            .filter(|pair| !is_token(pair))
            .collect();
        let token = format!("{SKIP_TOKEN}={}", skipped + size);
        query.push(&token);
        let (origin, path) = (call.origin.as_sent(), &call.request.path);
        page["nextLink"] = json!(format!("{origin}{path}?{}", query.join("&")));
    }
    Ok(Answer::json(200, &page))
}
