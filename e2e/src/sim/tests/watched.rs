//! What is kept of a gateway: metrics, access logs, the activity log and Resource Health, all of it from the data path.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fixture::{Azure, SUBSCRIPTION, gateway};
use crate::sim::{
    Options,
    world::{BackEnd, Listens},
};

/// One back end that refused connections from 40 to 20 minutes ago, two instances, ten requests a minute.
const WORLD: &str = "
group: rg
networks:
  vnet: {space: [10.0.0.0/16], subnets: {s1: {prefix: 10.0.0.0/24}, s2: {prefix: 10.0.1.0/24}}}
gateways:
  gw:
    subnet: vnet/s1
    instances: [10.0.0.4, 10.0.0.5]
    autoscale: [2, 10]
    listeners: {http: {port: 80}}
    pools: {web: [10.0.1.4]}
    settings: {plain: {port: 80}}
    rules: {main: {listener: http, priority: 1, pool: web, settings: plain}}
backEnds:
  10.0.1.4:80: {}
before:
  - {from: 40, until: 20, backEnds: {10.0.1.4:80: {listens: refused}}}
traffic:
  - {url: 'http://shop.contoso.com/cart', perMinute: 10}
workspaces:
  law: {}
  old: {tables: [AzureDiagnostics], partial: true}
logs:
  - {workspace: law}
  - {workspace: old, dedicated: false, categories: [allLogs]}
changes:
  - {ago: 45, operation: Microsoft.Network/applicationGateways/write, caller: alice@contoso.com}
availability: {state: Degraded, title: Degraded, summary: Being looked into}
";

async fn start(more: &str) -> Azure {
    Azure::around(&format!("{WORLD}{more}"), Options::default()).await
}

/// The sum of a metric over the minutes that lie so many minutes back.
async fn sum(azure: &Azure, name: &str, field: &str, from: i64, until: i64) -> u64 {
    let now = Timestamp::now();
    let [from, until] = [from, until].map(|ago| now - SignedDuration::from_mins(ago));
    let path = format!(
        "{}/providers/Microsoft.Insights/metrics?api-version=2023-10-01&metricnames={name}&interval=PT1M&aggregation=average,total&timespan={from}/{until}",
        gateway()
    );
    let body = azure.get(&path).await.json();
    let data = body["value"][0]["timeseries"][0]["data"]
        .as_array()
        .unwrap()
        .clone();
    let sum: f64 = data.iter().filter_map(|point| point[field].as_f64()).sum();
    format!("{:.0}", sum.abs()).parse().unwrap()
}

#[tokio::test]
async fn metrics_follow_the_traffic_and_the_back_ends_of_each_minute() {
    let azure = start("").await;
    // Ten minutes well within the outage, and ten after it.
    assert_eq!(sum(&azure, "TotalRequests", "total", 35, 25).await, 100);
    assert_eq!(sum(&azure, "FailedRequests", "total", 35, 25).await, 100);
    assert_eq!(
        sum(&azure, "UnhealthyHostCount", "average", 35, 25).await,
        10
    );
    assert_eq!(sum(&azure, "FailedRequests", "total", 15, 5).await, 0);
    assert_eq!(sum(&azure, "HealthyHostCount", "average", 15, 5).await, 10);
    // An idle gateway is counted for one unit.
    assert_eq!(sum(&azure, "CapacityUnits", "average", 15, 5).await, 10);
    // What is broken now was so all the time, but for the time that is told otherwise.
    azure.sim.world(|world| {
        let back_end = BackEnd {
            listens: Listens::Refused,
            ..BackEnd::default()
        };
        world.set_back_end("10.0.1.4:80", back_end).unwrap();
    });
    assert_eq!(sum(&azure, "FailedRequests", "total", 15, 5).await, 100);
}

#[tokio::test]
async fn a_gateway_that_is_full_turns_requests_away() {
    // 500,000 connections are 200 units, and ten instances have 100.
    let more = WORLD.replace("perMinute: 10}", "perMinute: 10, connections: 500000}");
    let azure = Azure::around(&more, Options::default()).await;
    assert_eq!(sum(&azure, "CapacityUnits", "average", 15, 5).await, 1000);
    let failed = sum(&azure, "FailedRequests", "total", 15, 5).await;
    assert!((40..=60).contains(&failed), "{failed}");
}

#[tokio::test]
async fn without_values_there_is_a_point_and_no_number() {
    let azure = start("unmeasured: true\n").await;
    assert_eq!(sum(&azure, "TotalRequests", "total", 35, 25).await, 0);
    let path = format!(
        "{}/providers/Microsoft.Insights/metrics?api-version=2023-10-01&metricnames=TotalRequests&interval=PT7M",
        gateway()
    );
    assert_eq!(azure.get(&path).await.status, 400, "no such grain");
}

/// Asks a workspace; the status and the body.
pub(super) async fn query(azure: &Azure, workspace: &str, query: &str) -> (u16, Value) {
    ask(azure, workspace, &json!({"query": query})).await
}

/// As [`query`], with a whole body.
pub(super) async fn ask(azure: &Azure, workspace: &str, body: &Value) -> (u16, Value) {
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/{workspace}"
    );
    let document = azure
        .get(&format!("{id}?api-version=2023-09-01"))
        .await
        .json();
    let customer = document["properties"]["customerId"]
        .as_str()
        .unwrap()
        .to_owned();
    let reply = azure
        .ask(&format!("/v1/workspaces/{customer}/query"), body)
        .await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn the_access_log_has_a_row_for_each_request_in_the_table_of_its_setting() {
    let azure = start("").await;
    let sums = "AGWAccessLogs | where TimeGenerated > ago(39m) | where HttpStatus == 502 | summarize n = count(), who = dcount(InstanceId) by ErrorInfo, ServerRouted";
    let (status, body) = query(&azure, "law", sums).await;
    assert_eq!(status, 200, "{body}");
    let row = &body["tables"][0]["rows"][0];
    assert_eq!(
        (&row[0], &row[1], &row[3]),
        (&json!("ERRORINFO_UPSTREAM_NO_LIVE"), &json!(""), &json!(2)),
        "{body}"
    );
    let count = row[2].as_u64().unwrap();
    assert!((180..=190).contains(&count), "{count}");
    // The other table is not there, and neither are its columns here.
    for (text, part) in [
        ("AzureDiagnostics | take 1", "'AzureDiagnostics'"),
        (
            "AGWAccessLogs | where httpStatus_d == 502",
            "'httpStatus_d'",
        ),
    ] {
        let (status, body) = query(&azure, "law", text).await;
        let inner = &body["error"]["innererror"]["innererror"];
        assert_eq!((status, &inner["code"]), (400, &json!("SEM0100")), "{body}");
        assert!(inner["message"].as_str().unwrap().contains(part), "{body}");
    }
    let (status, body) = query(
        &azure,
        "old",
        "AzureDiagnostics | where TimeGenerated > ago(1h) and ResourceId =~ 'x' | count",
    )
    .await;
    assert_eq!((status, &body["tables"][0]["rows"]), (200, &json!([[0]])));
    assert_eq!(body["error"]["code"], "PartialError");
}

#[tokio::test]
async fn a_workspace_that_may_not_be_asked_or_is_not_there() {
    let azure = start("").await;
    let nowhere = "/v1/workspaces/00000000-0000-0000-0000-000000000009/query";
    let reply = azure.ask(nowhere, &json!({"query": "AGWAccessLogs"})).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (404, &json!("WorkspaceNotFoundError"))
    );
    azure
        .sim
        .world(|world| world.deny("Microsoft.OperationalInsights/workspaces/query/read", None));
    let (status, body) = query(&azure, "law", "AGWAccessLogs | count").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (403, &json!("InsufficientAccessError"))
    );
}

#[tokio::test]
async fn the_activity_log_is_asked_by_time_and_resource() {
    let azure = start("").await;
    let log = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
    );
    let asked = async |ago: i64, on: &str| {
        let from = Timestamp::now() - SignedDuration::from_mins(ago);
        let filter =
            format!("eventTimestamp ge '{from}' and resourceUri eq '{on}'").replace(' ', "%20");
        azure.get(&format!("{log}&$filter={filter}")).await
    };
    let events = asked(60, &gateway()).await.json();
    let events = events["value"].as_array().unwrap().clone();
    assert_eq!(events.len(), 2, "begun and ended");
    assert_eq!(
        (&events[0]["status"]["value"], &events[0]["caller"]),
        (&json!("Succeeded"), &json!("alice@contoso.com"))
    );
    assert_eq!(asked(30, &gateway()).await.json()["value"], json!([]));
    assert_eq!(
        asked(60, "/subscriptions/x").await.json()["value"],
        json!([])
    );
    assert_eq!(azure.get(&log).await.status, 400, "no filter");
    assert_eq!(asked(91 * 24 * 60, &gateway()).await.status, 400, "too old");
}

#[tokio::test]
async fn what_the_platform_says_is_asked_for_alone_or_as_a_list() {
    let azure = start("").await;
    let asked = async |name: &str| {
        let path = format!(
            "{}/providers/Microsoft.ResourceHealth/availabilityStatuses{name}?api-version=2025-05-01",
            gateway()
        );
        azure.get(&path).await.json()
    };
    let current = asked("/current").await;
    assert_eq!(current["properties"]["availabilityState"], "Degraded");
    assert_eq!(asked("").await["value"], json!([current]));
}
