//! Log queries and metrics where there is more to it than one gateway that runs all the time.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    fixture::{Azure, gateway, network},
    watched::{ask, query},
};
use crate::sim::Options;

/// A gateway of each generation before one back end that takes half a second, both shipping to both kinds of table.
const WORLD: &str = "
group: rg
networks:
  vnet: {space: [10.0.0.0/16], subnets: {s1: {prefix: 10.0.0.0/24}, s2: {prefix: 10.0.1.0/24}, s3: {prefix: 10.0.2.0/24}}}
gateways:
  gw: &gw
    subnet: vnet/s1
    listeners: {http: {port: 80}}
    pools: {web: [10.0.1.4]}
    settings: {plain: {port: 80, timeout: 20}}
    rules: {main: {listener: http, pool: web, settings: plain}}
  old: {<<: *gw, tier: Standard, subnet: vnet/s3}
backEnds:
  10.0.1.4:80: {responds: {/slow: 200 after 30, '*': 200 after 0.5}}
traffic:
  - {url: 'http://shop.contoso.com/', perMinute: 2}
  - {url: 'http://shop.contoso.com/slow', perMinute: 1, gateway: old}
workspaces: {law: {errorInfo: false}, shared: {}}
logs:
  - {workspace: law}
  - {workspace: shared, dedicated: false}
  - {workspace: shared, dedicated: false, gateway: old}
";

async fn start(more: &str) -> Azure {
    Azure::around(&format!("{WORLD}{more}"), Options::default()).await
}

fn rows(body: &Value) -> Value {
    body["tables"][0]["rows"].clone()
}

#[tokio::test]
async fn a_query_sees_the_rows_of_its_time_span_only() {
    let azure = start("").await;
    let now = Timestamp::now();
    let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
    let (from, to) = (ago(30), ago(20));
    for (span, (least, most)) in [
        // Two a minute; what is younger than three minutes is not there yet.
        (json!("PT1H"), (112, 116)),
        (json!("PT10M"), (12, 16)),
        (json!(format!("{from}/{to}")), (19, 21)),
        (json!(format!("{from}/PT10M")), (19, 21)),
        (json!(format!("PT10M/{to}")), (19, 21)),
        (json!("P1D"), (2870, 2880)),
        (json!(null), (2990, 3000)),
    ] {
        let body = json!({"query": "AGWAccessLogs | count", "timespan": span});
        let (status, body) = ask(&azure, "law", &body).await;
        assert_eq!(status, 200, "{span}: {body}");
        let count = rows(&body)[0][0].as_i64().unwrap();
        assert!((least..=most).contains(&count), "{span}: {count}");
    }
    let two = "AGWAccessLogs | summarize first = min(TimeGenerated), last = max(TimeGenerated)";
    let body = json!({"query": two, "timespan": format!("{from}/{to}")});
    let (_, body) = ask(&azure, "law", &body).await;
    for at in rows(&body)[0].as_array().unwrap() {
        let at: Timestamp = at.as_str().unwrap().parse().unwrap();
        assert!(from <= at && at < to, "{at}");
    }
    for wrong in [json!("an hour"), json!("a/b"), json!(60), json!("")] {
        let body = json!({"query": "AGWAccessLogs | count", "timespan": wrong});
        let (status, body) = ask(&azure, "law", &body).await;
        let code = &body["error"]["code"];
        assert_eq!((status, code), (400, &json!("BadArgumentError")), "{wrong}");
    }
}

#[tokio::test]
async fn both_generations_in_one_table_keep_their_columns_apart() {
    let azure = start("").await;
    let each = "AzureDiagnostics | summarize n = count(), taken = max(timeTaken_d), pool = max(backendPoolName_s), rule = max(ruleName_s), error = max(error_info_s), path = max(requestUri_s), code = max(httpStatus_d) by ResourceId | order by ResourceId asc";
    let body = json!({"query": each, "timespan": "PT10M"});
    let (status, body) = ask(&azure, "shared", &body).await;
    assert_eq!(status, 200, "{body}");
    let own = |name: &str| network(&format!("applicationGateways/{name}")).to_uppercase();
    let mut seen = rows(&body);
    for row in seen.as_array_mut().unwrap() {
        assert!(row[1].take().as_i64().unwrap() > 0);
    }
    assert_eq!(
        seen,
        json!([
            [
                own("gw"),
                null,
                0.512,
                "web",
                "main",
                "ERRORINFO_NO_ERROR",
                "/",
                200.0
            ],
            // Milliseconds, and nothing of what the first generation does not write.
            [own("old"), null, 20_000.0, "", "", "", "/slow", 502.0],
        ])
    );
}

#[tokio::test]
async fn the_time_of_a_back_end_is_in_that_of_the_request() {
    let azure = start("").await;
    let taken = "AGWAccessLogs | summarize max(TimeTaken), max(ServerResponseLatency), max(ServerStatus) by HttpStatus";
    let (status, body) = query(&azure, "law", taken).await;
    assert_eq!(
        (status, rows(&body)),
        (200, json!([[200, 0.512, 0.512, 200]])),
        "{body}"
    );
}

#[tokio::test]
async fn a_table_may_lack_the_column_of_errors() {
    let azure = start("").await;
    for text in [
        "AGWAccessLogs | where ErrorInfo == 'x'",
        "AGWAccessLogs | project ErrorInfo",
    ] {
        let (status, body) = query(&azure, "law", text).await;
        let inner = &body["error"]["innererror"]["innererror"];
        assert_eq!((status, &inner["code"]), (400, &json!("SEM0100")), "{text}");
        let message = inner["message"].as_str().unwrap();
        assert!(message.contains("'ErrorInfo'"), "{message}");
    }
    let guarded = "AGWAccessLogs | extend Error = tostring(column_ifexists('ErrorInfo', '')) | summarize n = count() by Error, RuleName";
    let (status, body) = query(&azure, "law", guarded).await;
    let row = &rows(&body)[0];
    assert_eq!(
        (status, &row[0], &row[1]),
        (200, &json!(""), &json!("main")),
        "{body}"
    );
    // The other table has a column of its own.
    let (status, body) = query(&azure, "shared", "AzureDiagnostics | project error_info_s").await;
    assert_eq!(status, 200, "{body}");
}

/// The series of a metric from so many minutes ago to so many: how many points, and those with a value.
async fn points(azure: &Azure, from: i64, until: i64) -> Option<(usize, usize)> {
    let now = Timestamp::now();
    let [from, until] = [from, until].map(|ago| now - SignedDuration::from_mins(ago));
    let path = format!(
        "{}/providers/Microsoft.Insights/metrics?api-version=2023-10-01&metricnames=TotalRequests&interval=PT1M&aggregation=total&timespan={from}/{until}",
        gateway()
    );
    let body = azure.get(&path).await.json();
    let series = body["value"][0]["timeseries"].as_array().unwrap().clone();
    let data = series.first()?["data"].as_array().unwrap().clone();
    let known = data.iter().filter(|point| !point["total"].is_null());
    Some((data.len(), known.count()))
}

#[tokio::test]
async fn a_stopped_gateway_is_not_measured_while_it_stands() {
    let stopped = WORLD.replacen("subnet: vnet/s1", "subnet: vnet/s1\n    state: Stopped", 1);
    let acts = |own: &[(u32, &str)]| {
        let line = |(ago, act): &(u32, &str)| {
            format!(
                "  - {{ago: {ago}, operation: Microsoft.Network/applicationGateways/{act}/action, caller: a@contoso.com}}\n"
            )
        };
        format!("changes:\n{}", own.iter().map(line).collect::<String>())
    };
    let start = async |world: &str, own: &[(u32, &str)]| {
        let changes = if own.is_empty() {
            String::new()
        } else {
            acts(own)
        };
        Azure::around(&format!("{world}{changes}"), Options::default()).await
    };
    let half = async |azure: &Azure, values: usize| {
        let (all, known) = points(azure, 60, 10).await.unwrap();
        // A minute may end meanwhile.
        let near = (values - 1..=values + 1).contains(&known);
        assert!(all == 50 && near, "{known} of {all}, and not {values}");
    };
    let always = start(&stopped, &[]).await;
    assert_eq!(points(&always, 60, 5).await, None, "no series at all");
    let since = start(&stopped, &[(30, "stop")]).await;
    half(&since, 30).await;
    assert_eq!(points(&since, 60, 35).await, Some((25, 25)));
    assert_eq!(points(&since, 25, 10).await, None);
    // It answered until then, and the log has it.
    let counted = "AGWAccessLogs | where TimeGenerated > ago(1h) | count";
    let (_, body) = query(&since, "law", counted).await;
    let count = rows(&body)[0][0].as_i64().unwrap();
    assert!((56..=62).contains(&count), "{count}");
    let between = start(WORLD, &[(40, "stop"), (30, "start")]).await;
    half(&between, 40).await;
    let begun = start(WORLD, &[(30, "start")]).await;
    half(&begun, 20).await;
    // The document has the last word.
    let runs = start(WORLD, &[(30, "stop")]).await;
    assert_eq!(points(&runs, 60, 10).await, Some((50, 50)));
}
