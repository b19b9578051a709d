//! One row at a time, whoever leads to it: its questions are answered from the world until it decides.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::world::World;
use appgw_runbook::{
    facts::{Answer, Blocked, Facts, LogTable, Query, Span},
    id::{ArmId, Subject},
    report::Finding,
    step::{Next, Seen, Sighting},
    steps,
    view::View,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) const V1: &str = "CpuUtilization,CurrentConnections,FailedRequests,HealthyHostCount,TotalRequests,UnhealthyHostCount";
pub(crate) const V2: &str = "CapacityUnits,ComputeUnits,CurrentConnections,FailedRequests,HealthyHostCount,TotalRequests,UnhealthyHostCount";
/// Complete minutes in the window of a world.
pub(crate) const MINUTES: usize = 57;

/// Ask until nothing is asked any more.
pub(crate) fn settle<T>(
    world: &World,
    look: impl Fn(&View<'_>) -> Result<T, Blocked>,
) -> Result<T, Blocked> {
    let mut facts = Facts::about(world.said.clone(), world.now);
    loop {
        match look(&View::new(&facts, &world.visitor)) {
            Err(Blocked::Ask(queries)) => {
                for query in queries {
                    let answer = world.answers.get(&query).cloned();
                    facts.learn(query, answer.unwrap_or(Err(world.otherwise.clone())));
                }
            }
            other => return other,
        }
    }
}

/// What a row sees.
pub(crate) fn seen(world: &World, id: &str) -> Seen {
    let (_, row) = steps::rows().find(|(_, row)| row.id == id).unwrap();
    settle(world, |view| (row.when)(view, &Subject::Gateway))
}

/// The one sighting of a row that holds.
pub(crate) fn yes(world: &World, id: &str) -> Sighting {
    let seen = seen(world, id);
    let Ok([one]) = seen.as_deref() else {
        panic!("{id}: {seen:?}")
    };
    one.clone()
}

/// Its finding.
pub(crate) fn found(world: &World, id: &str) -> Finding {
    *yes(world, id).finding.unwrap()
}

/// Where it leads: the row's own way unless it says otherwise.
pub(crate) fn way(world: &World, id: &str) -> Next {
    let (_, row) = steps::rows().find(|(_, row)| row.id == id).unwrap();
    yes(world, id).next.unwrap_or(row.next)
}

/// The row does not hold, for sure.
pub(crate) fn no(world: &World, id: &str) {
    assert_eq!(seen(world, id), Ok(vec![]), "{id}");
}

/// Why it cannot be told.
pub(crate) fn unclear(world: &World, id: &str) -> String {
    match seen(world, id) {
        Err(Blocked::Unclear(why)) => why,
        Err(Blocked::Gap(_, gap)) => gap.to_string(),
        other => panic!("{id}: {other:?}"),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The value of each minute, if it has one.
pub(crate) type Course<'c> = (&'c str, &'c dyn Fn(usize) -> Option<f64>);

impl World {
    pub(crate) fn metrics_query(&self, names: &'static str) -> Query {
        let span = Span {
            from: at("2026-11-25T09:00:00Z"),
            to: at("2026-11-25T09:57:00Z"),
        };
        Query::Metrics {
            of: self.said.gateway.clone(),
            names,
            span,
        }
    }
    pub(crate) fn metrics(&mut self, names: &'static str, courses: &[Course<'_>]) {
        let metrics: Vec<Value> = courses
            .iter()
            .map(|(name, course)| {
                let total = name.ends_with("Requests");
                let data: Vec<Value> = (0..MINUTES)
                    .map(|minute| {
                        let when = at("2026-11-25T09:00:00Z") + SignedDuration::from_mins(minute.try_into().unwrap());
                        match course(minute) {
                            None => json!({"timeStamp": when.to_string()}),
                            // An average is an answer to a total's question and must not be taken for it.
                            Some(value) if total => json!({"timeStamp": when.to_string(), "total": value, "average": 77.0}),
                            Some(value) => json!({"timeStamp": when.to_string(), "average": value, "total": 7777.0}),
                        }
                    })
                    .collect();
                json!({"name": {"value": name}, "errorCode": "Success", "timeseries": [{"data": data}]})
            })
            .collect();
        let query = self.metrics_query(names);
        self.answers.insert(query, Ok(json!({"value": metrics})));
    }
    /// Without metrics, which would count failures where the log does not.
    pub(crate) fn unmeasured(mut self) -> Self {
        let query = self.metrics_query(V2);
        self.answers.remove(&query);
        self
    }
    pub(crate) fn settings(&mut self, settings: &Value) {
        self.put(
            "applicationGateways/shop/providers/Microsoft.Insights/diagnosticSettings",
            json!({"value": settings}),
        );
    }
    /// One setting that ships the access log to workspace `law`.
    pub(crate) fn ships_to(&mut self, table: LogTable) {
        self.settings(&json!([ship("diag", "law", table)]));
        self.workspace("law", "guid-law");
    }
    pub(crate) fn workspace(&mut self, name: &str, customer: &str) {
        self.answers.insert(
            Query::Document(workspace(name)),
            Ok(json!({"properties": {"customerId": customer}})),
        );
    }
    pub(crate) fn log_query(&self, customer: &str, table: LogTable) -> Query {
        let span = Span {
            from: at("2026-11-25T09:00:00Z"),
            to: at("2026-11-25T10:00:00Z"),
        };
        Query::AccessLog {
            workspace: customer.into(),
            gateway: self.said.gateway.clone(),
            table,
            span,
        }
    }
    pub(crate) fn answer_log(&mut self, table: LogTable, answer: Answer) {
        let query = self.log_query("guid-law", table);
        self.answers.insert(query, answer);
    }
    /// A log in the dedicated table of workspace `law`.
    pub(crate) fn log(&mut self, lines: &[Value]) {
        self.ships_to(LogTable::Dedicated);
        self.answer_log(LogTable::Dedicated, Ok(answer(lines)));
    }
}

pub(crate) fn workspace(name: &str) -> ArmId {
    ArmId::new(&format!(
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.OperationalInsights/workspaces/{name}"
    ))
}

pub(crate) fn ship(setting: &str, name: &str, table: LogTable) -> Value {
    let to = if table == LogTable::Dedicated {
        json!("Dedicated")
    } else {
        json!(null)
    };
    json!({"name": setting, "properties": {"workspaceId": workspace(name).as_str(), "logAnalyticsDestinationType": to,
        "logs": [{"category": "ApplicationGatewayAccessLog", "enabled": true}]}})
}

const COLUMNS: [&str; 14] = [
    "Status",
    "ServerCode",
    "ErrorInfo",
    "Routed",
    "Pool",
    "Setting",
    "Listener",
    "Rule",
    "Count",
    "FirstSeen",
    "LastSeen",
    "MaxTaken",
    "MaxLatency",
    "Instances",
];

/// An answer of Log Analytics; each line is an object of its columns.
pub(crate) fn answer(lines: &[Value]) -> Value {
    let columns: Vec<Value> = COLUMNS.iter().map(|name| json!({"name": name})).collect();
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            COLUMNS
                .iter()
                .map(|name| line.get(name).cloned().unwrap_or(Value::Null))
                .collect()
        })
        .collect();
    json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
}

/// Requests that did not fail.
pub(crate) fn well(count: u64) -> Value {
    json!({"Status": 0, "ServerCode": 0, "ErrorInfo": "", "Routed": false, "Pool": "", "Setting": "", "Count": count, "Instances": 3})
}

/// Failures on `api/https-api`, from 09:12 to 09:20.
pub(crate) fn failing(
    status: i64,
    server: i64,
    error: &str,
    routed: bool,
    count: u64,
    taken: f64,
) -> Value {
    json!({"Status": status, "ServerCode": server, "ErrorInfo": error, "Routed": routed, "Pool": "api", "Setting": "https-api",
        "Count": count, "FirstSeen": "2026-11-25T09:12:00.4Z", "LastSeen": "2026-11-25T09:20:00Z", "MaxTaken": taken, "Instances": 3})
}
