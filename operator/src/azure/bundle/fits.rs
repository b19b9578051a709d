//! Whether an exchange answers a question beyond its path. One path serves several questions: the window
//! does not matter, but whose activity, which metrics and which table of a workspace do.
use super::decoded;
use crate::azure::{exchange::Exchange, read::name};
use appgw_runbook::facts::{LogTable, Query};
use serde_json::Value;
use std::collections::BTreeSet;

/// How well an exchange with the right path fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It does not say what it is about: put together by hand, and taken at its word.
    Silent,
    /// It is about this, and more.
    Wider,
    /// It is about this.
    Exact,
}

/// `None` where it is about something else.
pub(super) fn how_well(query: &Query, exchange: &Exchange) -> Option<Fit> {
    match query {
        Query::Metrics { names, .. } => match parameter(exchange.path(), "metricnames") {
            None => Some(Fit::Silent),
            Some(there) => covers(&there, names),
        },
        Query::ActivityLog { of, .. } => match parameter(exchange.path(), "$filter") {
            None => Some(Fit::Silent),
            Some(filter) => (resource(&filter)? == of.key()).then_some(Fit::Exact),
        },
        Query::AccessLog { table, .. } => match exchange.request().map(text) {
            None | Some("") => Some(Fit::Silent),
            Some(text) => names(text, *table).then_some(Fit::Exact),
        },
        Query::Handshake { name, .. } => match exchange.more("sni").and_then(Value::as_str) {
            None => Some(Fit::Silent),
            Some(there) => {
                let same = name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(there));
                same.then_some(Fit::Exact)
            }
        },
        Query::Rehearsal { body, .. } => match exchange.request() {
            None => Some(Fit::Silent),
            Some(there) => {
                let asked: Option<Value> = serde_json::from_str(body).ok();
                (asked.as_ref() == Some(there)).then_some(Fit::Exact)
            }
        },
        Query::Document(_) | Query::BackendHealth(_) | Query::Resolve(_) | Query::Operation(_) => {
            Some(Fit::Exact)
        }
    }
}

/// A parameter of a path, decoded.
fn parameter(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(own, _)| decoded(own).eq_ignore_ascii_case(name))?;
    Some(decoded(&value.replace('+', " ")))
}

fn covers(there: &str, asked: &str) -> Option<Fit> {
    let set = |names: &str| -> BTreeSet<String> {
        let names = names
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase());
        names.collect()
    };
    let (there, asked) = (set(there), set(asked));
    if there == asked {
        return Some(Fit::Exact);
    }
    asked.is_subset(&there).then_some(Fit::Wider)
}

/// The resource that a filter names, in lower case.
fn resource(filter: &str) -> Option<String> {
    let filter = filter.to_ascii_lowercase();
    let (_, after) = filter.split_once("resourceuri eq '")?;
    // A quote within a text is written twice.
    let after = after.replace("''", "\u{0}");
    let (id, _) = after.split_once('\'')?;
    Some(id.replace('\u{0}', "'").trim_end_matches('/').to_owned())
}

/// The query of a request: its member, or all of it where somebody wrote it down as a text.
fn text(request: &Value) -> &str {
    let query = request.get("query").unwrap_or(request);
    query.as_str().unwrap_or_default()
}

fn names(text: &str, table: LogTable) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| word.eq_ignore_ascii_case(name(table)))
}
