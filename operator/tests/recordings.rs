//! Traffic of the real service, through the reader, against what a person saw in it.
//!
//! The recordings lie beside the repository, in `shared/azure/recordings`, and no copy of them in
//! it. Where they are not there, these tests say so and pass. What is expected was written by hand
//! while looking at the recordings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables and helpers of tests"
)]
#![allow(
    unreachable_pub,
    dead_code,
    reason = "modules of a test, and shared ones"
)]
#[path = "recordings/documents.rs"]
mod documents;
#[path = "recordings/errors.rs"]
mod errors;
#[path = "recordings/gateways.rs"]
mod gateways;
#[path = "recordings/health.rs"]
mod health;
#[path = "recordings/monitoring.rs"]
mod monitoring;
#[path = "recordings/networks.rs"]
mod networks;
#[path = "recordings/operations.rs"]
mod operations;
#[path = "azure/server.rs"]
mod server;
#[path = "azure/support.rs"]
mod support;

use appgw_operator::azure::{Exchange, Limits, Reader, contract};
use appgw_runbook::{
    facts::{Answer, Query},
    id::ArmId,
};
use serde_json::Value;
use server::Answer as Told;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

/// What was recorded.
struct Recorded {
    /// Path of the request, without query.
    path: String,
    answer: Told,
    /// The body as it was recorded.
    body: Value,
}

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/azure/recordings");
    if beside.is_dir() {
        return Some(beside);
    }
    println!(
        "no recordings beside the repository ({}): nothing to test against",
        beside.display()
    );
    None
}

fn recorded(name: &str) -> Recorded {
    let file = folder().unwrap().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let file: Value = serde_json::from_str(&text).unwrap();
    let (url, response) = (
        file["request"]["url"].as_str().unwrap_or("/pasted"),
        &file["response"],
    );
    let path = url.split('?').next().unwrap();
    let path = path
        .split_once("://")
        .map_or(path, |(_, rest)| &rest[rest.find('/').unwrap()..]);
    let body = response["body"].clone();
    let text = match &body {
        Value::Object(_) => body.to_string(),
        _ => response["bodyText"]
            .as_str()
            .or(body.as_str())
            .unwrap_or_default()
            .to_owned(),
    };
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    let mut answer = Told::new(status, text);
    for (header, value) in response["headers"].as_object().into_iter().flatten() {
        let header = header.to_ascii_lowercase();
        let value = value
            .as_str()
            .or_else(|| value[0].as_str())
            .unwrap_or_default();
        // Those of the connection are the test server's own.
        if !["content-length", "transfer-encoding", "connection"].contains(&header.as_str()) {
            answer = answer.with(&header, value);
        }
    }
    Recorded {
        path: format!("/{}", path.trim_start_matches('/')),
        answer,
        body,
    }
}

/// Waits as recorded would take minutes; how they are chosen is tested with the state machine.
fn limits() -> Limits {
    let ms = Duration::from_millis;
    Limits {
        question: ms(300),
        health: ms(2000),
        pause: ms(1),
        poll: ms(5),
        poll_floor: ms(5),
        poll_cap: ms(5),
        ..support::limits()
    }
}

/// Asks a server that gives these answers, one after the other and the last one for ever.
async fn ask(query: &Query, answers: Vec<Told>) -> (Exchange, Answer, usize) {
    let count = answers.len();
    let azure = support::server(move |seen, number| {
        let mut answer = answers[number.min(count - 1)].clone();
        let own = format!("https://{}", seen.header("host").unwrap());
        for (_, value) in &mut answer.headers {
            for theirs in [
                "https://management.azure.com",
                "http://localhost:2091",
                "https://localhost",
            ] {
                *value = value.replace(theirs, &own);
            }
        }
        answer
    })
    .await;
    let reader = Reader::new(&support::settings(&azure), limits()).unwrap();
    let exchange = Exchange::clone(&*reader.ask(query).await);
    let answer = reader.answer(query).await;
    (exchange, answer, azure.asked().len())
}

/// The recorded answer, as the answer to a GET of its own path.
async fn read(name: &str) -> (ArmId, Answer, Vec<String>) {
    let recorded = recorded(name);
    let id = ArmId::new(&recorded.path);
    let (exchange, answer, _) = ask(&Query::Document(id.clone()), vec![recorded.answer]).await;
    (id, answer, contract::remarks(&[exchange]))
}

#[test]
fn every_recording_is_expected_somewhere() {
    let Some(folder) = folder() else { return };
    let mut there = BTreeSet::new();
    for (folder, prefix) in [(folder.clone(), ""), (folder.join("pasted"), "pasted/")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some(name) = name.strip_suffix(".json") {
                there.insert(format!("{prefix}{name}"));
            }
        }
    }
    let sets: [(&str, Vec<&str>, usize); 7] = [
        ("gateways", gateways::names(), 38),
        ("health and its operations", health::names(), 15),
        ("networks", networks::names(), 14),
        ("errors", errors::names(), 27),
        ("other operations", operations::names(), 44),
        ("monitoring and sites", monitoring::names(), 28),
        ("other documents", documents::names(), 12),
    ];
    let mut expected = BTreeSet::new();
    for (what, names, count) in sets {
        assert_eq!(names.len(), count, "{what}");
        for name in names {
            assert!(expected.insert(name.to_owned()), "{name} twice");
        }
    }
    assert_eq!(expected, there);
    println!("{} recordings", expected.len());
}
