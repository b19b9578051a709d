//! Worlds broken in one way, a row of steps 2a to 3 each, on the real API server. Written down before the first run.
use crate::worlds::{Expected, check_with};
use appgw_crds::{Letter, Verdict};
use serde_json::{Value, json};

type Rows = &'static [(&'static str, &'static str)];

fn cause(
    letter: Letter,
    finding: &'static str,
    rows: Rows,
    says: &'static [&'static str],
) -> Expected {
    Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(letter),
        finding: Some(finding),
        rows,
        says,
        backends: Some("NoneHealthy"),
    }
}

async fn check(world: &str, expected: Expected) {
    check_with(world, json!({}), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_probe_asks_for_a_host_that_nobody_serves() {
    let rows: Rows = &[
        ("2a.1", "yes > 2b (api/http-api)"),
        ("2b.1", "yes > B (api/http-api)"),
        ("map.2", "yes > B"),
    ];
    check(
        "default-probe-host",
        cause(Letter::B, "default-probe-status", rows, &["127.0.0.1"]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_probe_is_refused() {
    let rows: Rows = &[
        ("2b.2", "yes > 2c-1 (api/http-api)"),
        ("2c-1.3", "yes > A (api/http-api)"),
        ("map.1", "yes > A"),
    ];
    check(
        "nobody-listens",
        cause(Letter::A, "backend-not-listening", rows, &["8080"]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_asks_for_a_path_that_is_not_there() {
    let rows: Rows = &[("2c.1", "yes > B (api/https-api)"), ("map.2", "yes > B")];
    check(
        "probe-path-not-found",
        cause(
            Letter::B,
            "probe-path-not-found",
            rows,
            &["/healthz", "404"],
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_is_redirected() {
    let rows: Rows = &[("2c.2", "yes > B (api/http-api)")];
    check(
        "probe-redirected",
        cause(Letter::B, "probe-redirect", rows, &["302", "200"]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_names_another_host() {
    let rows: Rows = &[
        ("2c.4", "yes > 2d (api/https-api)"),
        ("2d.3", "yes > F (api/https-api)"),
        ("map.4", "yes > F"),
    ];
    check(
        "certificate-name",
        cause(Letter::F, "certificate-name", rows, &["shop.contoso.com"]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_trust_no_root_or_another() {
    let rows: Rows = &[("2d.4", "yes > F (api/https-api)"), ("map.4", "yes > F")];
    check(
        "private-root-missing",
        cause(Letter::F, "trusted-root-missing", rows, &["https-api"]),
    )
    .await;
    let rows: Rows = &[("2d.4", "no"), ("2d.6", "yes > F (api/https-api)")];
    check(
        "private-root-wrong",
        cause(Letter::F, "trusted-root-wrong", rows, &["https-api"]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_lacks_something_or_is_out_of_date() {
    for (world, finding, row) in [
        ("leaf-missing", "certificate-leaf-missing", "2d.5"),
        ("intermediate-missing", "certificate-chain", "2d.6"),
        ("certificate-out-of-date", "certificate-expired", "2d.6"),
        ("plain-behind-tls", "tls-failure", "2d.6"),
    ] {
        let rows: Rows = match row {
            "2d.5" => &[("2d.5", "yes > F (api/https-api)")],
            _ => &[("2d.6", "yes > F (api/https-api)")],
        };
        check(world, cause(Letter::F, finding, rows, &["pool api"])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn down_while_the_log_tells_of_success_is_a_hint() {
    for (world, row) in [("down-on-success-v1", "2b.3"), ("down-on-success", "2b.4")] {
        let rows: Rows = match row {
            "2b.3" => &[("2b.3", "yes > 6a (api/http-api)"), ("map.5", "no")],
            _ => &[("2b.4", "yes > 6a (api/http-api)")],
        };
        let expected = Expected {
            verdict: Verdict::Inconclusive,
            letter: None,
            finding: Some("unhealthy-on-success"),
            rows,
            says: &["last probe succeeded"],
            backends: Some("NoneHealthy"),
        };
        check(world, expected).await;
    }
}

fn request(path: &str) -> Value {
    json!({"request": {"scheme": "Http", "host": "shop.contoso.com", "path": path}})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_asked_for_falls_to_a_default_that_is_down() {
    let found = |rows| Expected {
        backends: Some("SomeUnhealthy"),
        ..cause(Letter::A, "backend-not-listening", rows, &["8081"])
    };
    let rows: Rows = &[("3.2", "yes > E"), ("map.8", "yes > E")];
    let status = check_with("path-default-dead", request("/cart"), found(rows)).await;
    assert!(
        status
            .findings
            .iter()
            .any(|it| it.id == "default-pair-dead")
    );
    let rows: Rows = &[("3.2", "no"), ("3.3", "yes > stop"), ("map.8", "no")];
    let status = check_with("path-default-dead", request("/api/cart"), found(rows)).await;
    assert!(
        status
            .findings
            .iter()
            .all(|it| it.id != "default-pair-dead")
    );
}
