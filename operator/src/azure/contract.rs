//! The published model of the network provider, as a contract: what Azure sends is held against it.
//!
//! A word or member that the model does not know, or a type that does not fit, becomes one line for
//! `status.gaps`. It changes no row: rows read the raw document.
mod elements;
mod held;
mod newer;

use super::{exchange::Exchange, redact, text};
use appgw_runbook::id::ArmId;
use elements::{Checked, check, health};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    io::{BufWriter, Write as _},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// Lines that are passed on; what is left over is counted.
const MOST: usize = 20;
/// Documents whose remarks are remembered.
const REMEMBERED: usize = 512;

/// What did not fit, ready to be shown: `model: backendHttpSettingsCollection/api/protocol: Tls`.
/// The same exchanges give the same lines, whatever order they come in.
pub fn remarks(exchanges: &[Exchange]) -> Vec<String> {
    let mut all = Vec::new();
    for exchange in exchanges {
        let path = exchange.path().split('?').next().unwrap_or_default();
        let Some(body) = exchange
            .body()
            .filter(|_| exchange.status().unwrap_or(200) == 200)
        else {
            continue;
        };
        let kind = match (exchange.method(), path.strip_suffix("/backendhealth")) {
            ("GET", _) => ArmId::new(path).kind(),
            ("POST", Some(_)) => HEALTH.to_owned(),
            _ => continue,
        };
        let lines = document(&kind, body);
        all.extend(lines.iter().cloned());
    }
    all.sort();
    all.dedup();
    cut(all)
}

/// What is about to be made, through its model: a member that would get lost, or a word that the model lacks,
/// stops it.
pub(crate) fn outgoing(kind: &str, document: &Value) -> Result<(), String> {
    stopped(&[], &lines(check(kind, document)))
}

/// The same for a document that is changed: what did not fit before stays as it was, what is new has to fit.
pub(crate) fn changed(kind: &str, before: &Value, after: &Value) -> Result<(), String> {
    stopped(&lines(check(kind, before)), &lines(check(kind, after)))
}

fn stopped(before: &[String], after: &[String]) -> Result<(), String> {
    let new: Vec<&str> = after
        .iter()
        .filter(|line| !before.contains(line))
        .map(String::as_str)
        .collect();
    if new.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "the published model does not take it: {}",
            new.join("; ")
        ))
    }
}

/// The kind of a health answer, which is no resource.
const HEALTH: &str = "backendhealth";

fn cut(mut all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        all.truncate(MOST);
        all.push(format!("model: and {more} more"));
    }
    all
}

type Remembered = Mutex<HashMap<[u8; 32], Arc<Vec<String>>>>;
static REMARKS: LazyLock<Remembered> = LazyLock::new(Remembered::default);

/// Once for each distinct document.
fn document(kind: &str, body: &Value) -> Arc<Vec<String>> {
    let mut digest = Sha256::new();
    digest.update(kind);
    // Into a digest nothing fails to be written.
    let mut whole = BufWriter::with_capacity(1 << 16, &mut digest);
    let _ = serde_json::to_writer(&mut whole, body);
    let _ = whole.flush();
    drop(whole);
    let digest: [u8; 32] = digest.finalize().into();
    let remembered = || REMARKS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lines) = remembered().get(&digest) {
        return Arc::clone(lines);
    }
    let found = match body.get("value").and_then(Value::as_array) {
        _ if kind == HEALTH => health(body),
        Some(list) => list.iter().flat_map(|one| check(kind, one)).collect(),
        None => check(kind, body),
    };
    let lines = Arc::new(lines(found));
    let mut all = remembered();
    if all.len() >= REMEMBERED {
        all.clear();
    }
    all.insert(digest, Arc::clone(&lines));
    lines
}

/// One line for each kind of misfit: the first element is named, the others counted.
fn lines(found: Vec<Checked>) -> Vec<String> {
    let mut kinds: BTreeMap<(String, String), (String, usize)> = BTreeMap::new();
    for Checked {
        general,
        path,
        value,
    } in found
    {
        let seen = kinds.entry((general, value)).or_insert((path, 0));
        seen.1 += 1;
    }
    let lines = kinds.into_iter().map(|((_, value), (path, times))| {
        let value = text::line(&value, 1000);
        let value = redact::scrub(&value).unwrap_or(value);
        let more = if times > 1 {
            format!(" (+{})", times - 1)
        } else {
            String::new()
        };
        format!(
            "model: {}: {}{more}",
            text::line(&path, 120),
            text::line(&value, 60)
        )
    });
    lines.collect()
}

#[cfg(test)]
mod tests;
