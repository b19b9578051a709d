//! A reader of a told server, and what most tests ask it.
use crate::server::{Answer, Seen, Server};
use appgw_operator::azure::{AzureArgs, Exchange, Limits, Reader, Settings, args::Auth};
use appgw_runbook::{
    facts::{Gap, LogTable, Query, Span},
    id::ArmId,
};
use serde_json::{Value, json};
use std::time::Duration;

pub const SECOND: Duration = Duration::from_secs(1);
pub const SECRET: &str = "CANARY-client-secret";
pub const GATEWAY: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw";

/// Answers tokens itself, a new one each time, and counts the other requests from 0.
pub async fn server(told: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> Server {
    let (tokens, asked) = (
        std::sync::atomic::AtomicUsize::new(0),
        std::sync::atomic::AtomicUsize::new(0),
    );
    let next = |number: &std::sync::atomic::AtomicUsize| {
        number.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
    };
    Server::start(move |seen| {
        if seen.path.ends_with("/oauth2/v2.0/token") {
            let token = format!("CANARY-token-{}", next(&tokens));
            return Answer::json(
                200,
                &json!({"token_type": "Bearer", "expires_in": 3600, "access_token": token}),
            );
        }
        told(seen, next(&asked))
    })
    .await
}

/// Waits of seconds become waits of a second.
pub fn limits() -> Limits {
    Limits {
        connect: SECOND,
        request: SECOND,
        question: 3 * SECOND,
        health: 4 * SECOND,
        token: 2 * SECOND,
        pause: Duration::from_millis(10),
        poll: Duration::from_millis(20),
        poll_floor: Duration::from_millis(10),
        ..Limits::default()
    }
}

pub fn settings(server: &Server) -> Settings {
    let args = AzureArgs {
        auth: Some(Auth::Env),
        arm_endpoint: Some(server.origin.clone()),
        authority: Some(server.origin.clone()),
        ..AzureArgs::default()
    };
    let env = |name: &str| match name {
        "AZURE_TENANT_ID" => Some("tenant".to_owned()),
        "AZURE_CLIENT_ID" => Some("client".to_owned()),
        "AZURE_CLIENT_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    };
    let mut settings = args.settings_in(&env).unwrap();
    settings.ca = Some(server.ca.clone().into_bytes());
    settings
}

pub fn reader(server: &Server) -> Reader {
    Reader::new(&settings(server), limits()).unwrap()
}

pub fn document(id: &str) -> Query {
    Query::Document(ArmId::new(id))
}

pub fn health() -> Query {
    Query::BackendHealth(ArmId::new(GATEWAY))
}

/// The hour before this whole minute of a morning.
pub fn span(to: &str) -> Span {
    let to: jiff::Timestamp = format!("2026-11-26T{to}:00Z").parse().unwrap();
    Span {
        from: to - jiff::SignedDuration::from_hours(1),
        to,
    }
}

pub fn metrics(names: &'static str) -> Query {
    Query::Metrics {
        of: ArmId::new(GATEWAY),
        names,
        span: span("12:34"),
    }
}

pub fn activity(id: &str) -> Query {
    Query::ActivityLog {
        of: ArmId::new(id),
        span: span("12:34"),
    }
}

pub const WORKSPACE: &str = "8e9f0a1b-2c3d-4e5f-8a9b-0c1d2e3f4a5b";

pub fn log(table: LogTable) -> Query {
    log_of(WORKSPACE, table)
}

pub fn log_of(workspace: &str, table: LogTable) -> Query {
    Query::AccessLog {
        workspace: workspace.to_owned(),
        gateway: ArmId::new(GATEWAY),
        table,
        span: span("12:34"),
    }
}

/// Ask for the gateway, and what came of it.
pub async fn ask(server: &Server) -> Result<Value, Gap> {
    reader(server).answer(&document(GATEWAY)).await
}

pub async fn exchange(server: &Server, query: &Query) -> Exchange {
    Exchange::clone(&*reader(server).ask(query).await)
}

pub fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"code": code, "message": message}}),
    )
}

/// The words of an unreadable answer.
pub fn why(answer: Result<Value, Gap>) -> String {
    match answer {
        Err(Gap::Unreadable { why } | Gap::Unreachable { why } | Gap::Credential { why }) => why,
        other => panic!("{other:?}"),
    }
}
