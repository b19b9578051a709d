//! Metrics, diagnostic settings, locks, and the allowance of reads.

use super::fixture::{Azure, VERSION, gateway};
use crate::sim::{Options, ReadBudget};

fn insights(rest: &str) -> String {
    format!("{}/providers/microsoft.insights/{rest}", gateway())
}

#[tokio::test]
async fn metrics_have_the_right_envelope() {
    let azure = Azure::start(Options::default()).await;
    // az encodes the time span twice.
    let query = "api-version=2018-01-01&metricnames=CapacityUnits%2CFailedRequests&interval=PT5M&timespan=2026-11-22T12%253A03%253A48Z%252F2026-11-22T13%253A03%253A48Z";
    let body = azure
        .get(&insights(&format!("metrics?{query}")))
        .await
        .json();
    assert_eq!(
        body["timespan"],
        "2026-11-22T12:03:48Z/2026-11-22T13:03:48Z"
    );
    assert_eq!(
        (&body["interval"], &body["resourceregion"]),
        (&"PT5M".into(), &"westeurope".into())
    );
    let names: Vec<_> = body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|metric| &metric["name"]["value"])
        .collect();
    assert_eq!(names, ["CapacityUnits", "FailedRequests"]);
    let data = &body["value"][0]["timeseries"][0]["data"];
    assert_eq!(data.as_array().unwrap().len(), 12);
    assert_eq!(data[0]["timeStamp"], "2026-11-22T12:03:00Z");
    assert_eq!(
        body["value"][0]["name"]["localizedValue"],
        "Current Capacity Units"
    );
}

#[tokio::test]
async fn one_wrong_metric_fails_the_call_and_names_the_valid_ones() {
    let azure = Azure::start(Options::default()).await;
    let reply = azure
        .get(&insights(
            "metrics?api-version=2023-10-01&metricnames=CapacityUnits,CpuUtilization",
        ))
        .await;
    let body = reply.json();
    assert_eq!(
        (reply.status, &body["code"]),
        (400, &"BadRequest".into()),
        "without the usual wrapper"
    );
    let message = body["message"].as_str().unwrap();
    assert!(
        message.contains("metric: CpuUtilization, Valid metrics: Throughput,"),
        "{message}"
    );
}

#[tokio::test]
async fn there_are_no_diagnostic_settings_and_no_locks() {
    let azure = Azure::start(Options::default()).await;
    let settings = azure
        .get(&insights(
            "diagnosticSettings?api-version=2021-05-01-preview",
        ))
        .await;
    assert_eq!(settings.json(), serde_json::json!({"value": []}));
    let path = format!(
        "{}/providers/Microsoft.Authorization/locks?api-version=2020-05-01",
        gateway()
    );
    assert_eq!(
        azure.get(&path).await.json(),
        serde_json::json!({"value": []})
    );
}

#[tokio::test]
async fn an_empty_bucket_throttles_reads() {
    let options = Options {
        read_budget: Some(ReadBudget {
            size: 2,
            refill_per_second: 0.25,
        }),
        ..Options::default()
    };
    let azure = Azure::start(options).await;
    let path = format!("{}?{VERSION}", gateway());
    let left = async || {
        azure
            .get(&path)
            .await
            .header("x-ms-ratelimit-remaining-subscription-reads")
            .map(str::to_owned)
    };
    assert_eq!(
        (left().await.as_deref(), left().await.as_deref()),
        (Some("1"), Some("0"))
    );
    let throttled = azure.get(&path).await;
    assert_eq!(
        throttled.error(),
        (429, "SubscriptionRequestsThrottled".to_owned())
    );
    assert_eq!(throttled.header("retry-after"), Some("4"));
    assert_eq!(
        azure.post(&super::fixture::health()).await.status,
        202,
        "only reads are throttled"
    );

    azure.sim.change(|options| options.read_budget = None);
    assert_eq!(azure.get(&path).await.status, 200);
}
