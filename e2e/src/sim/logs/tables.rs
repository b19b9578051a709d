//! The tables that access logs are in: one of their own, and the one that everything else is in, too.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::sim::{
    World,
    kql::{Column, Kind, Table, Value},
    monitor::series::floor,
    world::{Served, Workspace},
};

/// What is kept: a little more than the longest window anybody asks about.
const KEPT_MINUTES: u32 = 25 * 60;
const DEDICATED: &str = "AGWAccessLogs";
const LEGACY: &str = "AzureDiagnostics";

/// Names, types and values.
type Row = Vec<(&'static str, Kind, Value)>;

/// A table of a workspace, if it has come into being, with the rows of a time span.
pub(super) fn table(
    world: &World,
    workspace: &Workspace,
    name: &str,
    now: Timestamp,
    (from, to): (Timestamp, Timestamp),
) -> Option<Table> {
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
    let mut rows: Vec<Row> = Vec::new();
    // A table without a row has its columns all the same; of two generations it has those of both.
    let only_v1 = shipped
        .iter()
        .filter(|(_, own)| *own == dedicated)
        .all(|(gateway, _)| !world.is_v2(gateway));
    let v2 = !only_v1 || !filled();
    let mut columns = row("", &nothing(), now, dedicated, v2);
    columns.retain(|(name, ..)| workspace.error_info || *name != "ErrorInfo");
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
                    if from <= time && time < to {
                        rows.push(row(gateway, served, time, dedicated, v2));
                    }
                }
            }
        }
    }
    let rows = rows.into_iter().map(|row| placed(row, &columns)).collect();
    let columns = columns
        .iter()
        .map(|(name, kind, _)| Column::new(name, *kind))
        .collect();
    Some(Table {
        name: name.to_owned(),
        columns,
        rows,
    })
}

/// The values of a row in the places of the columns; what its gateway does not write is empty.
fn placed(row: Row, columns: &Row) -> Vec<Value> {
    let mut values: Vec<Value> = columns.iter().map(|(_, kind, _)| kind.nothing()).collect();
    for (name, _, value) in row {
        let at = columns.iter().position(|(own, ..)| *own == name);
        if let Some(place) = at.and_then(|at| values.get_mut(at)) {
            *place = value;
        }
    }
    values
}

/// No request at all, to ask for columns with.
fn nothing() -> Served {
    Served {
        url: String::new(),
        instance: 0,
        sees: Arc::default(),
        seconds: 0.0,
        count: 0,
    }
}

/// One request as its table has it: names, types and values of the columns.
fn row(gateway: &str, served: &Served, time: Timestamp, dedicated: bool, v2: bool) -> Row {
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
        // The columns have types here, and no dashes for nothing.
        let if_relayed = |value| if relayed { value } else { Value::Null };
        let (code, taken) = (Value::Whole(status), Value::Real(served.seconds));
        return vec![
            ("TimeGenerated", Kind::Time, Value::Time(time)),
            ("_ResourceId", Kind::Text, text(&gateway.to_lowercase())),
            ("HttpStatus", Kind::Int, code.clone()),
            ("ServerStatus", Kind::Int, if_relayed(code)),
            ("ErrorInfo", Kind::Text, text(error)),
            ("ServerRouted", Kind::Text, text(routed)),
            ("ClientIp", Kind::Text, text("198.51.100.7")),
            ("TimeTaken", Kind::Real, taken.clone()),
            ("ServerResponseLatency", Kind::Real, if_relayed(taken)),
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
