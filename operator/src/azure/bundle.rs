//! A diagnosis in one file: what was said and every exchange, to be replayed, filed or put together by hand.
mod fits;
mod read;

use super::{
    answer,
    exchange::Exchange,
    handshake, method,
    read::{Elsewhere, Read as Request},
};
use appgw_runbook::{
    facts::{Answer, Gap, Heard, Query},
    id::ArmId,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// Why a file is no bundle: the place in it and what is wrong there, in one line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("bundle: {0}")]
pub struct BundleError(pub(crate) String);

/// The kind and version that are written and read.
const KIND: &str = "Bundle";
const API_VERSION: &str = "appgwdiag.dev/v1alpha1";

/// Exchanges and what they were for.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    taken_at: Timestamp,
    spec: Value,
    exchanges: Vec<Exchange>,
    /// By method and [`key`], in the order of the file.
    index: HashMap<(String, String), Vec<usize>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    kind: &'a str,
    api_version: &'a str,
    taken_at: Timestamp,
    spec: &'a Value,
    exchanges: &'a [Exchange],
}

impl Bundle {
    /// Put a bundle together. `taken_at` is the clock of the replay, `spec` that of the object.
    pub fn new(taken_at: Timestamp, spec: Value, exchanges: Vec<Exchange>) -> Self {
        let mut index: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, exchange) in exchanges.iter().enumerate() {
            let key = (
                exchange.method().to_owned(),
                key(exchange.method(), exchange.path()),
            );
            index.entry(key).or_default().push(at);
        }
        Self {
            taken_at,
            spec,
            exchanges,
            index,
        }
    }

    /// Read a bundle, one that was written here or one put together by hand from `az rest`:
    /// headers, query and, where there is a body, the status may be missing; a path may be a whole
    /// URL; members nobody knows are kept. The request of a log query tells which table it was about,
    /// and may be missing, too.
    pub fn from_json(text: &str) -> Result<Self, BundleError> {
        read::bundle(text)
    }

    /// The file: pretty, keys in a fixed order, a newline at the end.
    pub fn write(&self) -> String {
        let written = Written {
            kind: KIND,
            api_version: API_VERSION,
            taken_at: self.taken_at,
            spec: &self.spec,
            exchanges: &self.exchanges,
        };
        // Strings and maps with string keys only: this cannot fail.
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The clock of the replay.
    pub fn taken_at(&self) -> Timestamp {
        self.taken_at
    }
    /// `spec` of the object that was diagnosed.
    pub fn spec(&self) -> &Value {
        &self.spec
    }
    /// All exchanges, in the order of the file.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The answer in the first look; [`Gap::NotInBundle`] where there is none.
    pub fn take(&self, query: &Query) -> Answer {
        self.take_at(query, 1)
    }

    /// The answer in a look, or in the last one before it that asked.
    pub fn take_at(&self, query: &Query, look: u32) -> Answer {
        self.hear(query, look).map(Arc::unwrap_or_clone)
    }

    /// The same, shared with the bundle.
    pub(crate) fn hear(&self, query: &Query, look: u32) -> Heard {
        if let Some(exchange) = self.exchange(query, look) {
            return answer::heard(query, exchange);
        }
        let members = match query {
            Query::Document(id) => self.members(id),
            _ => None,
        };
        members.map(Arc::new).ok_or(Gap::NotInBundle)
    }

    /// Whether there is anything that answers the question.
    pub fn has(&self, query: &Query, look: u32) -> bool {
        !matches!(self.hear(query, look), Err(Gap::NotInBundle))
    }

    /// Of several exchanges the one that fits best, of several looks the last, of one look the first.
    fn exchange(&self, query: &Query, look: u32) -> Option<&Exchange> {
        let wanted = (method(query).to_owned(), key_of(query));
        let all = self.index.get(&wanted)?.iter();
        let all = all.filter_map(|at| self.exchanges.get(*at));
        let fits = all
            .filter(|exchange| exchange.look() <= look.max(1))
            .filter_map(|exchange| Some((fits::how_well(query, exchange)?, exchange)));
        let best = fits
            .rev()
            .max_by_key(|(fit, exchange)| (*fit, exchange.look()));
        best.map(|(_, exchange)| exchange)
    }

    /// A list put together from those of its members that were read one by one.
    fn members(&self, list: &ArmId) -> Option<Value> {
        if !is_list(list) {
            return None;
        }
        let within = format!("{}/", list.key());
        let mut members: Vec<(&str, &Value)> = self
            .index
            .iter()
            .filter(|((method, key), _)| {
                let name = key.strip_prefix(&within);
                method == "GET" && name.is_some_and(|name| !name.contains('/'))
            })
            .filter_map(|((_, key), at)| {
                let exchange = self.exchanges.get(*at.first()?)?;
                let body = exchange.body().filter(|body| body.is_object())?;
                let read = exchange.status().is_none_or(|status| status == 200);
                read.then_some((key.as_str(), body))
            })
            .collect();
        members.sort_unstable_by_key(|(key, _)| *key);
        let members: Vec<&Value> = members.into_iter().map(|(_, body)| body).collect();
        (!members.is_empty()).then(|| json!({"value": members}))
    }
}

/// Whether an id ends in a type and not in a name.
fn is_list(id: &ArmId) -> bool {
    let tail = id.key().rsplit_once("/providers/");
    tail.is_some_and(|(_, tail)| tail.split('/').count() % 2 == 0)
}

fn key_of(query: &Query) -> String {
    match Request::of(query) {
        Ok(read) => read.place().key().to_owned(),
        Err(Elsewhere::Name(name)) => key("DNS", name),
        Err(Elsewhere::Door { host, port, .. }) => key("TLS", &handshake::door(host, port)),
    }
}

/// What two spellings of one path have in common: no origin, no query, decoded, lower case.
fn key(method: &str, path: &str) -> String {
    if ["DNS", "TLS"].contains(&method) {
        return path.trim().trim_end_matches('.').to_ascii_lowercase();
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest
            .find('/')
            .and_then(|at| rest.get(at..))
            .unwrap_or_default(),
        None => path,
    };
    let path = decoded(path.trim()).to_ascii_lowercase();
    path.trim_end_matches('/').to_owned()
}

fn decoded(path: &str) -> String {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let hex = |b: Option<u8>| {
            b.and_then(|b| char::from(b).to_digit(16))
                .and_then(|d| u8::try_from(d).ok())
        };
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(high * 16 + low);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
