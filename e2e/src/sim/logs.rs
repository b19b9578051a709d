//! Log Analytics: queries over the access logs that diagnostic settings ship, row by row from what clients got.

use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use url::Url;

use super::{
    World,
    answer::Answer,
    arm::Call,
    errors,
    kql::{self, Column, Kind, KqlError, Table, Value},
    monitor::series::floor,
    world::{Served, Workspace},
};

/// What is kept: a little more than the longest window anybody asks about.
const KEPT_MINUTES: u32 = 25 * 60;
const DEDICATED: &str = "AGWAccessLogs";
const LEGACY: &str = "AzureDiagnostics";
const READ: &str = "Microsoft.OperationalInsights/workspaces/query/read";

/// Answers `POST /v1/workspaces/GUID/query`; `None` if the path is another.
pub(super) fn answer(call: &Call<'_>, segments: &[String]) -> Option<Answer> {
    let [version, workspaces, customer, query] = segments else {
        return None;
    };
    let is = |own: &str, wanted: &str| own.eq_ignore_ascii_case(wanted);
    if !is(version, "v1") || !is(workspaces, "workspaces") || !is(query, "query") {
        return None;
    }
    if call.request.method != Method::POST {
        return Some(errors::page(405));
    }
    Some(asked(call, customer))
}

fn asked(call: &Call<'_>, customer: &str) -> Answer {
    let found = call.shared.world(|world| world.workspace(customer));
    let Some(workspace) = found else {
        let message = "The workspace could not be found";
        return error(
            404,
            &json!({"message": message, "code": "WorkspaceNotFoundError"}),
        );
    };
    if call
        .shared
        .world(|world| world.is_denied(READ, &workspace.id))
    {
        let message =
            "The provided credentials have insufficient access to perform the requested operation";
        return error(
            403,
            &json!({"message": message, "code": "InsufficientAccessError"}),
        );
    }
    let body: Json = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let Some(text) = body["query"].as_str() else {
        let message = "The request had some invalid properties";
        return error(
            400,
            &json!({"message": message, "code": "BadArgumentError"}),
        );
    };
    let now = Timestamp::now();
    let find = |name: &str| {
        call.shared
            .world(|world| table(world, &workspace, name, now))
    };
    match kql::run(text, find, now) {
        Ok(table) => {
            let mut body = json!({"tables": [table.to_json()]});
            if workspace.partial {
                body["error"] = json!({
                    "code": "PartialError",
                    "message": "There were some errors when processing your query.",
                    "details": [{"code": "EngineError", "message": "Something went wrong processing your query on the server."}],
                });
            }
            Answer::json(200, &body)
        }
        Err(wrong) => refused(&wrong),
    }
}

fn error(status: u16, error: &Json) -> Answer {
    Answer::json(status, &json!({"error": error}))
}

fn refused(wrong: &KqlError) -> Answer {
    let (code, message) = if wrong.syntax {
        ("SyntaxError", "A recognition error occurred in the query.")
    } else {
        ("SemanticError", "A semantic error occurred.")
    };
    let inner = json!({
        "code": code,
        "message": message,
        "innererror": {"code": wrong.code, "message": wrong.message},
    });
    let message = "The request had some invalid properties";
    error(
        400,
        &json!({"message": message, "code": "BadArgumentError", "innererror": inner}),
    )
}

/// A table of a workspace, if it has come into being.
fn table(world: &World, workspace: &Workspace, name: &str, now: Timestamp) -> Option<Table> {
    let dedicated = match name {
        DEDICATED => true,
        LEGACY => false,
        _ => return None,
    };
    let shipped = world.shipping_to(&workspace.id);
    let filled = || shipped.iter().any(|(_, own)| *own == dedicated);
    let there = match &workspace.tables {
        Some(tables) => tables.iter().any(|own| own == name),
        None => filled(),
    };
    if !there {
        return None;
    }
    let mut rows = Vec::new();
    for (gateway, _) in shipped.iter().filter(|(_, own)| *own == dedicated) {
        let v2 = world.is_v2(gateway);
        let minutes = world.minutes(gateway, KEPT_MINUTES, workspace.delay.min(KEPT_MINUTES));
        for (at, minute) in minutes.iter().enumerate() {
            let ago = i64::from(KEPT_MINUTES) - i64::try_from(at).unwrap_or_default();
            let begin = floor(now) - SignedDuration::from_mins(ago);
            // What nothing answered was never logged.
            let answered = minute
                .served
                .iter()
                .filter(|own| own.sees.status().is_some());
            for served in answered {
                for n in 0..served.count {
                    let second = i64::from(n) * 60 / i64::from(served.count);
                    let time = begin + SignedDuration::from_secs(second);
                    rows.push(row(gateway, served, time, dedicated, v2));
                }
            }
        }
    }
    // A table without a row has its columns all the same.
    let none = Served {
        url: String::new(),
        instance: 0,
        sees: std::sync::Arc::default(),
        seconds: 0.0,
        count: 0,
    };
    let v2 = shipped.iter().all(|(gateway, _)| world.is_v2(gateway));
    let columns = row("", &none, now, dedicated, v2);
    let columns = columns
        .iter()
        .map(|(name, kind, _)| Column::new(name, *kind))
        .collect();
    let values =
        |row: Vec<(&'static str, Kind, Value)>| row.into_iter().map(|(.., value)| value).collect();
    Some(Table {
        name: name.to_owned(),
        columns,
        rows: rows.into_iter().map(values).collect(),
    })
}

/// One request as its table has it: names, types and values of the columns.
fn row(
    gateway: &str,
    served: &Served,
    time: Timestamp,
    dedicated: bool,
    v2: bool,
) -> Vec<(&'static str, Kind, Value)> {
    let sees = &served.sees;
    let url = Url::parse(&served.url).ok();
    let status = i64::from(sees.status().unwrap_or_default());
    let relayed = sees.server.is_some() && sees.reason == Some("ERRORINFO_NO_ERROR");
    let text = |text: &str| Value::text(text);
    let or_dash = |text: Option<&str>| Value::text(text.unwrap_or("-"));
    let answered = if relayed {
        status.to_string()
    } else {
        String::new()
    };
    let routed = sees.server.as_deref().unwrap_or_default();
    let error = sees.reason.unwrap_or_default();
    let latency = if relayed {
        format!("{:.3}", served.seconds)
    } else {
        "-".to_owned()
    };
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let path = url.as_ref().map_or("/", Url::path);
    let instance = format!("appgw_{}", served.instance);
    if dedicated {
        let whole = |value| (Kind::Int, Value::Whole(value));
        let (int, status) = whole(status);
        return vec![
            ("TimeGenerated", Kind::Time, Value::Time(time)),
            ("_ResourceId", Kind::Text, text(&gateway.to_lowercase())),
            ("HttpStatus", int, status),
            ("ServerStatus", Kind::Text, text(&answered)),
            ("ErrorInfo", Kind::Text, text(error)),
            ("ServerRouted", Kind::Text, text(routed)),
            ("ClientIp", Kind::Text, text("198.51.100.7")),
            ("TimeTaken", Kind::Real, Value::Real(served.seconds)),
            ("ServerResponseLatency", Kind::Text, text(&latency)),
            ("BackendPoolName", Kind::Text, or_dash(sees.pool.as_deref())),
            (
                "BackendSettingName",
                Kind::Text,
                or_dash(sees.settings.as_deref()),
            ),
            (
                "ListenerName",
                Kind::Text,
                or_dash(sees.listener.as_deref()),
            ),
            ("RuleName", Kind::Text, or_dash(sees.rule.as_deref())),
            ("InstanceId", Kind::Text, text(&instance)),
            ("HttpMethod", Kind::Text, text("GET")),
            ("Host", Kind::Text, text(host)),
            ("RequestUri", Kind::Text, text(path)),
        ];
    }
    // The first generation writes milliseconds, and none of what came with the second.
    let taken = if v2 {
        served.seconds
    } else {
        served.seconds * 1000.0
    };
    let status = status.to_string().parse::<f64>().unwrap_or_default();
    let mut row = vec![
        ("TimeGenerated", Kind::Time, Value::Time(time)),
        ("ResourceId", Kind::Text, text(&gateway.to_uppercase())),
        ("ResourceProvider", Kind::Text, text("MICROSOFT.NETWORK")),
        ("Category", Kind::Text, text("ApplicationGatewayAccessLog")),
        ("httpStatus_d", Kind::Real, Value::Real(status)),
        ("clientIP_s", Kind::Text, text("198.51.100.7")),
        ("timeTaken_d", Kind::Real, Value::Real(taken)),
        ("instanceId_s", Kind::Text, text(&instance)),
        ("httpMethod_s", Kind::Text, text("GET")),
        ("host_s", Kind::Text, text(host)),
        ("requestUri_s", Kind::Text, text(path)),
    ];
    if v2 {
        row.extend([
            ("serverStatus_s", Kind::Text, text(&answered)),
            ("error_info_s", Kind::Text, text(error)),
            ("serverRouted_s", Kind::Text, text(routed)),
            ("serverResponseLatency_s", Kind::Text, text(&latency)),
            (
                "backendPoolName_s",
                Kind::Text,
                or_dash(sees.pool.as_deref()),
            ),
            (
                "backendSettingName_s",
                Kind::Text,
                or_dash(sees.settings.as_deref()),
            ),
            (
                "listenerName_s",
                Kind::Text,
                or_dash(sees.listener.as_deref()),
            ),
            ("ruleName_s", Kind::Text, or_dash(sees.rule.as_deref())),
        ]);
    }
    row
}
