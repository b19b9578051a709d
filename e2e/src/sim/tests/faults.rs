//! Injected faults, as a client feels them.

use std::{io::Write as _, time::Duration};

use super::fixture::{Azure, VERSION, gateway, network};
use crate::sim::{Fault, Matching, Options, Rule, Status};

pub(super) fn path() -> String {
    format!("{}?{VERSION}", gateway())
}

pub(super) async fn injected(fault: Fault) -> Azure {
    let azure = Azure::start(Options::default()).await;
    azure.token().await;
    azure.sim.inject(fault.on("/applicationgateways/"));
    azure
}

#[tokio::test]
async fn rules_count_the_requests_that_match() {
    let azure = Azure::start(Options::default()).await;
    azure.sim.inject(
        Fault::status(500)
            .on("applicationGateways/GW")
            .method("get")
            .from(2)
            .times(2),
    );
    azure.sim.inject(Fault::status(504).on("nsg1"));
    azure
        .sim
        .inject(Fault::status(504).on("nsg2").method("DELETE"));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(azure.get(&path()).await.status);
        assert_eq!(
            azure
                .get(&format!(
                    "{}?{VERSION}",
                    network("networkSecurityGroups/nsg2")
                ))
                .await
                .status,
            200
        );
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    azure.sim.clear_faults();
    assert_eq!(
        azure
            .get(&format!(
                "{}?{VERSION}",
                network("networkSecurityGroups/nsg1")
            ))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn throttling_says_when_to_come_back_in_every_way() {
    let azure = injected(Fault::throttled(86_400)).await;
    let reply = azure.get(&path()).await;
    assert_eq!(
        (reply.error(), reply.header("retry-after")),
        ((429, "TooManyRequests".to_owned()), Some("86400"))
    );

    let azure = injected(Fault::status(429)).await;
    assert_eq!(azure.get(&path()).await.header("retry-after"), None);

    let date = Status {
        status: 429,
        retry_after: Some(3600),
        as_date: true,
        ..Status::default()
    };
    let azure = injected(Fault::Status(date)).await;
    let reply = azure.get(&path()).await;
    let date = reply.header("retry-after").unwrap();
    let date = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
    let wait = date.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((3500..=3600).contains(&wait), "{wait}");

    let azure = injected(Fault::busy()).await;
    let reply = azure.get(&path()).await;
    assert_eq!(reply.error(), (429, "RetryableError".to_owned()));
    assert_eq!(
        reply.json()["error"]["details"][0]["code"],
        "RetryableErrorDueToAnotherOperation"
    );
}

#[tokio::test]
async fn errors_have_the_usual_codes_or_the_given_body() {
    for (status, code) in [
        (408, "RequestTimeout"),
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (503, "ServerTimeout"),
        (504, "GatewayTimeout"),
    ] {
        let azure = injected(Fault::status(status)).await;
        assert_eq!(azure.get(&path()).await.error(), (status, code.to_owned()));
    }
    let empty = Status {
        status: 503,
        body: Some(String::new()),
        ..Status::default()
    };
    let reply = injected(Fault::Status(empty)).await.get(&path()).await;
    assert_eq!(
        (
            reply.status,
            reply.text.as_str(),
            reply.header("content-type")
        ),
        (503, "", None)
    );
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be() {
    let reply = injected(Fault::Garbage).await.get(&path()).await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("application/json; charset=utf-8"))
    );
    assert!(serde_json::from_str::<serde_json::Value>(&reply.text).is_err());

    let reply = injected(Fault::Html { status: 404 })
        .await
        .get(&path())
        .await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (404, Some("text/html"))
    );

    let reply = injected(Fault::Huge { bytes: 3 << 20 })
        .await
        .get(&path())
        .await;
    assert!(reply.text.len() >= 3 << 20, "{}", reply.text.len());
    assert_eq!(reply.json()["name"], "gw");
}

#[tokio::test]
async fn ways_to_another_host() {
    let azure = injected(Fault::Redirect {
        to: "https://example.invalid/".to_owned(),
    })
    .await;
    let reply = azure.get(&path()).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("https://example.invalid/"))
    );

    let list = format!("{}?{VERSION}", network("networkSecurityGroups"));
    azure.sim.inject(
        Fault::NextLink {
            to: "https://example.invalid/next".to_owned(),
        }
        .on("networkSecurityGroups")
        .times(1),
    );
    azure
        .sim
        .inject(Fault::NextLinkLoop.on("networkSecurityGroups").from(2));
    assert_eq!(
        azure.get(&list).await.json()["nextLink"],
        "https://example.invalid/next"
    );
    let looping = azure.get(&list).await.json();
    assert_eq!(looping["nextLink"], format!("{}{list}", azure.sim.origin()));
    assert_eq!(looping["value"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn latency_and_round_trip_time_add_up() {
    let azure = injected(Fault::Latency { ms: 60 }).await;
    azure
        .sim
        .change(|options| options.rtt = Duration::from_millis(60));
    let before = std::time::Instant::now();
    assert_eq!(azure.get(&path()).await.status, 200);
    assert!(
        before.elapsed() >= Duration::from_millis(120),
        "{:?}",
        before.elapsed()
    );
}

#[test]
fn rules_are_read_from_yaml() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = "
- match: {method: GET, path: backendhealth, nth: 2, count: 3}
  do: {status: {status: 429, retryAfter: 2, asDate: true}}
- do: reset
- do: {latency: {ms: 300}}
- do: {slow: {piece: 10, everyMs: 5}}
- do: {nextLink: {to: 'https://example.invalid/'}}
";
    file.write_all(text.as_bytes()).unwrap();
    let rules = Rule::load(file.path()).unwrap();
    let status = Status {
        status: 429,
        retry_after: Some(2),
        as_date: true,
        ..Status::default()
    };
    assert_eq!(
        rules[0],
        Fault::Status(status)
            .on("backendhealth")
            .method("GET")
            .from(2)
            .times(3)
    );
    let faults: Vec<_> = rules[1..].iter().map(|rule| rule.fault.clone()).collect();
    assert_eq!(
        faults,
        [
            Fault::Reset,
            Fault::Latency { ms: 300 },
            Fault::Slow {
                piece: 10,
                every_ms: 5
            },
            Fault::NextLink {
                to: "https://example.invalid/".to_owned()
            }
        ]
    );
    assert_eq!(rules[1].matching, Matching::default());

    file.write_all(b"- do: {explode: {}}\n").unwrap();
    let error = format!("{:#}", Rule::load(file.path()).unwrap_err());
    assert!(
        error.contains("explode") && error.lines().count() == 1,
        "{error}"
    );
}
