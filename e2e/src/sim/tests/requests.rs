//! The request log: what was really sent.

use std::{fs, time::Duration};

use reqwest::Method;

use super::fixture::{Azure, VERSION, gateway, health, network, quick};
use crate::sim::{Fault, LoggedRequest, Options};

#[tokio::test]
async fn every_request_is_noted_with_who_sent_it_and_what_became_of_it() {
    let azure = Azure::start(quick()).await;
    let url = format!("{}{}?{VERSION}", azure.sim.origin(), gateway());
    azure.http.get(&url).send().await.unwrap();
    let request = azure
        .http
        .put(&url)
        .bearer_auth(azure.token().await)
        .header("x-ms-client-request-id", "c-1");
    request
        .header("user-agent", "test")
        .body("{\"a\": 1}")
        .send()
        .await
        .unwrap();
    azure.post(&health()).await;

    let log = azure.sim.requests();
    let summary: Vec<_> = log
        .iter()
        .map(|r| (r.method.as_str(), r.status, r.authorization))
        .collect();
    assert_eq!(
        summary,
        [
            ("GET", Some(401), false),
            ("POST", Some(200), false),
            ("PUT", Some(403), true),
            ("POST", Some(202), true)
        ]
    );
    let put = &log[2];
    assert_eq!(
        (put.path.as_str(), put.query.as_str()),
        (gateway().as_str(), VERSION)
    );
    assert_eq!(
        put.caller.as_deref(),
        Some("99999999-8888-7777-6666-555555555555")
    );
    assert_eq!(
        (put.client_request_id.as_deref(), put.user_agent.as_deref()),
        (Some("c-1"), Some("test"))
    );
    assert_eq!(put.body.as_deref(), Some("{\"a\": 1}"));
    assert_eq!(log[0].caller, None);
    let token = log[1].body.as_deref().unwrap();
    assert!(
        token.contains("client_secret=***") && !token.contains("not-a-secret"),
        "{token}"
    );

    let writes: Vec<_> = azure
        .sim
        .writes()
        .iter()
        .map(|request| request.number)
        .collect();
    assert_eq!(
        writes,
        [put.number],
        "neither the token nor the health request is a write"
    );
    assert_eq!(azure.sim.requests_to("/BACKENDHEALTH").len(), 1);
    assert_eq!(azure.sim.count("POST", "/backendhealth"), 1);
    assert_eq!(azure.sim.count("GET", "/backendhealth"), 0);

    azure.sim.clear_log();
    azure.get(&format!("{}?{VERSION}", gateway())).await;
    assert_eq!(
        azure
            .sim
            .requests()
            .iter()
            .map(|request| request.number)
            .collect::<Vec<_>>(),
        [5]
    );
}

#[test]
fn what_counts_as_a_write() {
    let request = |method: &str, path: &str| LoggedRequest {
        number: 1,
        at: jiff::Timestamp::UNIX_EPOCH,
        connection: 1,
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        status: None,
        accepted: false,
        caller: None,
        authorization: false,
        if_match: None,
        if_none_match: None,
        client_request_id: None,
        user_agent: None,
        body: None,
        fault: None,
    };
    for (method, path) in [
        ("GET", "/a"),
        ("POST", "/a/BackendHealth"),
        ("POST", "/a/getBackendHealthOnDemand"),
        ("POST", "/w/query"),
        ("POST", "/t/oauth2/v2.0/token"),
    ] {
        assert!(!request(method, path).is_write(), "{method} {path}");
    }
    for (method, path) in [
        ("POST", "/a/start"),
        ("PUT", "/a/backendhealth"),
        ("PATCH", "/a"),
        ("DELETE", "/a"),
    ] {
        assert!(request(method, path).is_write(), "{method} {path}");
    }
}

#[tokio::test]
async fn connections_are_kept_alive_and_many_are_served_at_once() {
    let azure = Azure::start(Options {
        rtt: Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    let path = format!("{}?{VERSION}", network("networkSecurityGroups/nsg1"));
    azure.get(&path).await;
    azure.get(&path).await;
    let log = azure.sim.requests();
    assert!(
        log.iter()
            .all(|request| request.connection == log[0].connection),
        "{log:?}"
    );

    let before = std::time::Instant::now();
    let replies = futures::future::join_all((0..20).map(|_| azure.get(&path))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    // One after the other they would take four seconds.
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test]
async fn the_log_file_has_a_line_for_each_request_that_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let azure = Azure::start(Options {
        log_file: Some(file.clone()),
        ..Options::default()
    })
    .await;
    azure.sim.inject(Fault::Reset.on("nsg2"));
    azure.get(&format!("{}?{VERSION}", gateway())).await;
    let reset = format!("{}?{VERSION}", network("networkSecurityGroups/nsg2"));
    azure.send(Method::GET, &reset).await.unwrap_err();
    azure.sim.stop().await;
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let statuses: Vec<_> = lines.iter().map(|line| line["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(200), Some(200), None]);
    assert_eq!(lines[2]["fault"], "Reset");
    assert!(!text.contains("not-a-secret"));
}

#[tokio::test]
async fn requests_in_flight_end_before_the_simulator_stops() {
    let azure = Azure::start(Options::default()).await;
    let token = azure.token().await.to_owned();
    azure
        .sim
        .change(|options| options.rtt = Duration::from_millis(200));
    let url = format!("{}{}?{VERSION}", azure.sim.origin(), gateway());
    let request = tokio::spawn(azure.http.get(url).bearer_auth(token).send());
    while azure.sim.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    azure.sim.stop().await;
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_stopped_simulator_answers_nobody() {
    let azure = Azure::start(Options::default()).await;
    azure.token().await;
    let Azure { sim, http, .. } = azure;
    let url = format!("{}{}?{VERSION}", sim.origin(), gateway());
    sim.stop().await;
    assert!(http.get(&url).send().await.unwrap_err().is_connect());
}
