//! The metrics of application gateways.

pub(super) mod series;

use serde_json::{Value, json};
use url::form_urlencoded;

use self::series::Span;
use super::{answer::Answer, arm::Call, errors};
use jiff::Timestamp;

/// Name, display name, unit, and on which generations of the gateway a metric is there.
type Metric = (&'static str, &'static str, &'static str, On);

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    V1,
    V2,
    Both,
}

const METRICS: &[Metric] = &[
    ("Throughput", "Throughput", "BytesPerSecond", On::Both),
    ("HealthyHostCount", "Healthy Host Count", "Count", On::Both),
    (
        "UnhealthyHostCount",
        "Unhealthy Host Count",
        "Count",
        On::Both,
    ),
    ("TotalRequests", "Total Requests", "Count", On::Both),
    ("FailedRequests", "Failed Requests", "Count", On::Both),
    ("ResponseStatus", "Response Status", "Count", On::Both),
    (
        "CurrentConnections",
        "Current Connections",
        "Count",
        On::Both,
    ),
    ("BytesReceived", "Bytes Received", "Bytes", On::Both),
    ("BytesSent", "Bytes Sent", "Bytes", On::Both),
    ("CpuUtilization", "CPU Utilization", "Percent", On::V1),
    ("CapacityUnits", "Current Capacity Units", "Count", On::V2),
    ("ComputeUnits", "Current Compute Units", "Count", On::V2),
    (
        "EstimatedBilledCapacityUnits",
        "Estimated Billed Capacity Units",
        "Count",
        On::V2,
    ),
    (
        "FixedBillableCapacityUnits",
        "Fixed Billable Capacity Units",
        "Count",
        On::V2,
    ),
    (
        "NewConnectionsPerSecond",
        "New connections per second",
        "CountPerSecond",
        On::V2,
    ),
    (
        "BackendResponseStatus",
        "Backend Response Status",
        "Count",
        On::V2,
    ),
    (
        "ApplicationGatewayTotalTime",
        "Application Gateway Total Time",
        "MilliSeconds",
        On::V2,
    ),
    (
        "BackendConnectTime",
        "Backend Connect Time",
        "MilliSeconds",
        On::V2,
    ),
    (
        "BackendFirstByteResponseTime",
        "Backend First Byte Response Time",
        "MilliSeconds",
        On::V2,
    ),
    (
        "BackendLastByteResponseTime",
        "Backend Last Byte Response Time",
        "MilliSeconds",
        On::V2,
    ),
    ("ClientRtt", "Client RTT", "MilliSeconds", On::V2),
    ("TlsProtocol", "Client TLS Protocol", "Count", On::V2),
    (
        "AvgRequestCountPerHealthyHost",
        "Requests per minute per Healthy Host",
        "Count",
        On::V2,
    ),
];

/// Answers `GET …/providers/Microsoft.Insights/metrics` of the resource `on`.
pub(super) fn metrics(call: &Call<'_>, on: &str) -> Answer {
    let Some(gateway) = call.shared.world(|world| world.get(on)).filter(is_gateway) else {
        let message = format!("Failed to find metric configuration for resource: {on}");
        return errors::bare(400, "BadRequest", &message);
    };
    // As the service does: a tier that ends in `_v2`, and plain `Basic`, is of the second generation.
    let tier = gateway["properties"]["sku"]["tier"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let own = if tier.ends_with("_v2") || tier == "basic" {
        On::V2
    } else {
        On::V1
    };
    let valid: Vec<&Metric> = METRICS
        .iter()
        .filter(|metric| metric.3 == own || metric.3 == On::Both)
        .collect();
    let asked = call
        .request
        .parameter("metricnames")
        .unwrap_or("Throughput".into());
    let timespan = decoded_again(&call.request.parameter("timespan").unwrap_or_default());
    let interval = call.request.parameter("interval").unwrap_or_default();
    let now = Timestamp::now();
    let Some(span) = Span::read(&timespan, &interval, now) else {
        let message = format!("Invalid time interval input: {timespan}, {interval}");
        return errors::bare(400, "BadRequest", &message);
    };
    let aggregation = call
        .request
        .parameter("aggregation")
        .unwrap_or("average".into());
    let aggregations: Vec<String> = aggregation
        .split(',')
        .map(|own| own.trim().to_ascii_lowercase())
        .collect();
    let (from, until) = span.ago(now);
    let (measured, minutes) = call
        .shared
        .world(|world| (world.is_measured(), world.minutes(on, from, until)));
    // A gateway that did not run at all has no series; one that ran for a while has gaps.
    let ran = minutes.is_empty() || minutes.iter().any(|minute| !minute.stopped);
    let mut value = Vec::new();
    for name in asked.split(',') {
        let Some(metric) = valid
            .iter()
            .find(|metric| metric.0.eq_ignore_ascii_case(name.trim()))
        else {
            let names: Vec<&str> = valid.iter().map(|metric| metric.0).collect();
            let message = format!(
                "Failed to find metric configuration for provider: Microsoft.Network, resource \
                Type: applicationGateways, metric: {name}, Valid metrics: {}",
                names.join(",")
            );
            return errors::bare(400, "BadRequest", &message);
        };
        let values = minutes
            .iter()
            .map(|minute| series::value(metric.0, own == On::V2, minute).filter(|_| measured));
        let values: Vec<Option<f64>> = values.collect();
        let data = ran.then(|| series::data(span, &values, &aggregations));
        value.push(shown(on, metric, data));
    }
    let interval = if interval.is_empty() {
        "PT1M".into()
    } else {
        interval
    };
    let body = json!({
        "cost": 0,
        "timespan": timespan,
        "interval": interval,
        "value": value,
        "namespace": "Microsoft.Network/applicationGateways",
        "resourceregion": gateway["location"],
    });
    Answer::json(200, &body)
}

fn shown(on: &str, (name, shown, unit, _): &Metric, data: Option<Vec<Value>>) -> Value {
    let series = data.map(|data| json!({"metadatavalues": [], "data": data}));
    json!({
        "id": format!("{on}/providers/Microsoft.Insights/metrics/{name}"),
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": shown},
        "displayDescription": shown,
        "unit": unit,
        "timeseries": series.into_iter().collect::<Vec<_>>(),
        "errorCode": "Success",
    })
}

fn is_gateway(document: &Value) -> bool {
    let kind = document["type"].as_str().unwrap_or_default();
    kind.eq_ignore_ascii_case("Microsoft.Network/applicationGateways")
}

/// Clients are known to encode the time span twice, and the service to take it.
fn decoded_again(timespan: &str) -> String {
    let escaped = timespan.replace('+', "%2B");
    form_urlencoded::parse(escaped.as_bytes())
        .map(|(text, _)| text.into_owned())
        .collect()
}

/// Answers `GET …/eventtypes/management/values`: it takes a filter by time, and one by resource.
pub(super) fn activity(call: &Call<'_>) -> Result<Answer, Box<Answer>> {
    let bad = |message: &str| Box::new(errors::front_door(400, "BadRequest", message));
    let filter = call.request.parameter("$filter").unwrap_or_default();
    let part = |before: &str| {
        let at = filter.to_ascii_lowercase().find(before)? + before.len();
        let (text, _) = filter.get(at..)?.split_once('\'')?;
        Some(text.to_owned())
    };
    let time = |before| part(before)?.parse::<Timestamp>().ok();
    let Some(from) = time("eventtimestamp ge '") else {
        return Err(bad("The start time must be specified in the filter."));
    };
    let now = Timestamp::now();
    if from < now - jiff::SignedDuration::from_hours(90 * 24) {
        return Err(bad(
            "The start time cannot be more than 90 days in the past.",
        ));
    }
    let to = time("eventtimestamp le '").unwrap_or(now);
    let Some(on) = part("resourceuri eq '") else {
        return Err(bad("The filter must name a resource here."));
    };
    let all = call
        .shared
        .world(|world| world.activity(&on, from, to, now));
    Ok(Answer::json(200, &json!({"value": all})))
}
