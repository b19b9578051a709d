//! What was really sent to the simulated Azure: tests take it as the truth.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use hyper::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::request::Request;

/// One request as it arrived, and what became of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Counts up from 1, over all connections.
    pub number: u64,
    /// When it had arrived, body and all.
    pub at: Timestamp,
    /// Which TLS connection brought it, counted from 1.
    pub connection: u64,
    /// The method, in capitals.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent, without the question mark; empty if there was none.
    pub query: String,
    /// The status sent back; `None` as long as nothing was, and for good if nothing ever is.
    pub status: Option<u16>,
    /// Whether it could change something and the service took it, whatever was sent back.
    pub accepted: bool,
    /// The client id the bearer token was issued to, also where the token is no longer good.
    pub caller: Option<String>,
    /// Whether there was an `Authorization` header, whatever it said.
    pub authorization: bool,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `x-ms-client-request-id`.
    pub client_request_id: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// The body, if there was one; client secrets and assertions in it are blanked.
    pub body: Option<String>,
    /// The fault that was injected, if one was.
    pub fault: Option<String>,
}

impl LoggedRequest {
    /// Whether the request could change anything: all but `GET`, the token requests,
    /// `POST …/backendhealth`, its rehearsal and `POST …/query`.
    pub fn is_write(&self) -> bool {
        is_write(&self.method, &self.path)
    }
}

/// Whether a request could change anything.
pub(super) fn is_write(method: &str, path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let reads = [
        "/backendhealth",
        "/getbackendhealthondemand",
        "/query",
        "/oauth2/v2.0/token",
    ];
    let read = method == "POST" && reads.iter().any(|end| path.ends_with(end));
    !(method == "GET" || read)
}

/// The request log; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Log(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    arrived: u64,
    requests: Vec<LoggedRequest>,
    file: Option<File>,
}

impl Log {
    pub(super) fn new(file: Option<&Path>) -> Result<Self> {
        let file = file
            .map(|path| {
                File::create(path).with_context(|| format!("request log {}", path.display()))
            })
            .transpose()?;
        Ok(Self(Arc::new(Mutex::new(Inner {
            file,
            ..Inner::default()
        }))))
    }

    pub(super) fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().requests.clone()
    }

    pub(super) fn clear(&self) {
        self.lock().requests.clear();
    }

    /// Notes a request; what it becomes is said to the returned value.
    pub(super) fn arrived(
        &self,
        connection: u64,
        request: &Request,
        caller: Option<String>,
    ) -> Pending {
        let mut inner = self.lock();
        inner.arrived += 1;
        let entry = LoggedRequest {
            number: inner.arrived,
            at: Timestamp::now(),
            connection,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            status: None,
            accepted: false,
            caller,
            authorization: request.header("authorization").is_some(),
            if_match: request.header("if-match").map(str::to_owned),
            if_none_match: request.header("if-none-match").map(str::to_owned),
            client_request_id: request.header("x-ms-client-request-id").map(str::to_owned),
            user_agent: request.header("user-agent").map(str::to_owned),
            body: logged_body(request),
            fault: None,
        };
        inner.requests.push(entry.clone());
        Pending {
            log: self.clone(),
            entry,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not over yet; when this is dropped it is, and the file gets its line.
#[derive(Debug)]
pub(super) struct Pending {
    log: Log,
    entry: LoggedRequest,
}

impl Pending {
    /// Whether it could change anything.
    pub(super) fn is_write(&self) -> bool {
        self.entry.is_write()
    }

    /// Says which fault was chosen.
    pub(super) fn faulted(&mut self, fault: String) {
        self.entry.fault = Some(fault);
        self.update();
    }

    /// Says that the service took it, if it could change something.
    pub(super) fn taken(&mut self) {
        self.entry.accepted = self.entry.is_write();
        self.update();
    }

    /// Says which status goes back.
    pub(super) fn answered(&mut self, status: u16) {
        self.entry.status = Some(status);
        self.update();
    }

    fn update(&self) {
        let mut inner = self.log.lock();
        // After `clear` there is nothing to update.
        let known = inner
            .requests
            .iter_mut()
            .rev()
            .find(|known| known.number == self.entry.number);
        if let Some(known) = known {
            known.clone_from(&self.entry);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut inner = self.log.lock();
        if let Some(file) = &mut inner.file
            && let Ok(mut line) = serde_json::to_vec(&self.entry)
        {
            line.push(b'\n');
            if let Err(error) = file.write_all(&line) {
                tracing::warn!(%error, "the request log cannot be written");
            }
        }
    }
}

fn logged_body(request: &Request) -> Option<String> {
    if request.body.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&request.body).into_owned();
    if request.method != Method::POST || !request.path.ends_with("/token") {
        return Some(text);
    }
    let blank = |pair: &str| match pair.split_once('=') {
        Some((name @ ("client_secret" | "client_assertion"), _)) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    Some(text.split('&').map(blank).collect::<Vec<_>>().join("&"))
}
