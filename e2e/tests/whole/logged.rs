//! Worlds in which metrics, logs, sites or two faults at once tell the cause. Written down before the first run.
use crate::worlds::{Expected, check_with};
use appgw_crds::{Confidence, Letter, ManagedBy, Verdict};
use serde_json::json;

type Rows = &'static [(&'static str, &'static str)];

fn healthy(
    verdict: Verdict,
    letter: Option<Letter>,
    finding: Option<&'static str>,
    rows: Rows,
    says: &'static [&'static str],
) -> Expected {
    Expected {
        verdict,
        letter,
        finding,
        rows,
        says,
        backends: Some("AllHealthy"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_full() {
    let rows: Rows = &[
        ("1b.1", "yes > 3"),
        ("4.1", "yes > H"),
        ("map.10", "yes > H"),
    ];
    let expected = healthy(
        Verdict::RootCauseFound,
        Some(Letter::H),
        Some("capacity-at-limit"),
        rows,
        &["100 of 100 capacity units"],
    );
    check_with("full", json!({}), expected).await;
    let rows: Rows = &[("4.2", "yes > H")];
    let expected = healthy(
        Verdict::RootCauseFound,
        Some(Letter::H),
        Some("capacity-at-limit"),
        rows,
        &["20 of 20"],
    );
    check_with("full-fixed", json!({}), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn back_ends_that_were_down() {
    let rows: Rows = &[("4.3", "yes > 6a"), ("map.12", "no")];
    let expected = healthy(
        Verdict::Inconclusive,
        None,
        Some("was-unhealthy"),
        rows,
        &["healthy now"],
    );
    check_with("was-down", json!({}), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_take_too_long() {
    let rows: Rows = &[
        ("6a.2", "yes > 6b"),
        ("6b.2", "yes > stop"),
        ("map.12", "no"),
    ];
    let expected = healthy(
        Verdict::RootCauseFound,
        None,
        Some("backend-timeout"),
        rows,
        &["20 s", "504"],
    );
    let status = check_with("slow-requests", json!({}), expected).await;
    assert_eq!(status.counts.bad_gateway, Some(0), "they are 504");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_application_with_a_log_and_without() {
    let rows: Rows = &[("6b.3", "yes > stop")];
    let expected = healthy(
        Verdict::RootCauseFound,
        None,
        Some("backend-error-relayed"),
        rows,
        &["502"],
    );
    let status = check_with("relayed-errors", json!({}), expected).await;
    assert!(status.counts.bad_gateway.is_some_and(|count| count > 1000));
    assert_eq!(status.findings[0].confidence, Confidence::Confirmed);
    // The published table has no column for the gateway's own errors: the status alone says a little less.
    let expected = healthy(
        Verdict::RootCauseFound,
        None,
        Some("backend-error-relayed"),
        rows,
        &["502"],
    );
    let status = check_with("app-errors-no-error-info", json!({}), expected).await;
    assert_eq!(status.findings[0].confidence, Confidence::Likely);
    let rows: Rows = &[("6a.1", "yes > map"), ("map.12", "yes > stop")];
    let expected = healthy(
        Verdict::NoFaultFound,
        None,
        None,
        rows,
        &["support request"],
    );
    let status = check_with("errors-unlogged", json!({}), expected).await;
    // Sentences go over several lines.
    let file = status.summary.join(" ");
    let file: Vec<&str> = file.split_whitespace().collect();
    let file = file.join(" ");
    for part in [
        "SUPPORT ready to file",
        "Application Gateway shop (Standard_v2, westeurope)",
        "requests failed",
        "no access log is kept",
    ] {
        assert!(file.contains(part), "{part}: {file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_agrees_with_the_probe() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::A),
        finding: Some("backend-not-listening"),
        rows: &[
            ("2b.2", "yes > 2c-1"),
            ("6b.1", "yes > stop"),
            ("map.1", "yes > A"),
        ],
        says: &["8080"],
        backends: Some("NoneHealthy"),
    };
    let status = check_with("refused-and-logged", json!({}), expected).await;
    assert!(
        status
            .summary
            .iter()
            .any(|line| line.contains("agrees with 1b") || line.contains("NO_LIVE"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_a_table_is_not_taken_for_an_empty_one() {
    let rows: Rows = &[("6b.4", "yes > map"), ("6b.1", "gap")];
    let expected = healthy(Verdict::Inconclusive, None, None, rows, &["20 minutes"]);
    check_with("log-without-table", json!({}), expected).await;
    let rows: Rows = &[("6a.2", "yes > 6b"), ("6b.1", "no"), ("6b.4", "no")];
    let expected = healthy(Verdict::Healthy, None, None, rows, &["no request failed"]);
    let status = check_with("logged-legacy", json!({}), expected).await;
    assert_eq!(status.counts.bad_gateway, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_management_on_the_wrong_path() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::B),
        finding: Some("probe-path-not-found"),
        rows: &[("map.3", "yes > B")],
        says: &["404"],
        backends: Some("NoneHealthy"),
    };
    let status = check_with("api-management", json!({}), expected).await;
    assert!(
        status
            .findings
            .iter()
            .any(|it| it.id == "api-management-probe-path")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_that_refuse_the_gateway_or_its_host() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::I),
        finding: Some("app-access-denied"),
        rows: &[
            ("2c.1", "yes > 5"),
            ("5.4", "yes > I"),
            ("map.11", "yes > I"),
        ],
        says: &["denies"],
        backends: Some("NoneHealthy"),
    };
    check_with("app-restricted-subnet", json!({}), expected).await;
    for (world, finding, row) in [
        ("app-client-host", "app-host-handed-on", "5.2"),
        ("app-host-not-bound", "app-host-not-bound", "5.3"),
    ] {
        let rows: Rows = match row {
            "5.2" => &[("5.2", "yes > I"), ("map.11", "yes > I")],
            _ => &[("5.3", "yes > I"), ("map.11", "yes > I")],
        };
        let expected = healthy(
            Verdict::RootCauseFound,
            Some(Letter::I),
            Some(finding),
            rows,
            &[],
        );
        check_with(world, json!({}), expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_faults_keep_a_finding_each() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::B),
        finding: Some("probe-status"),
        rows: &[
            ("2c.1", "yes > B"),
            ("2c.4", "yes > 2d"),
            ("2d.6", "yes > F"),
            ("map.4", "yes > F"),
        ],
        says: &["401"],
        backends: Some("NoneHealthy"),
    };
    let status = check_with("two-faults", json!({}), expected).await;
    assert!(
        status
            .findings
            .iter()
            .any(|it| it.letter == Some(Letter::F))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_an_ingress_controller_owns() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::A),
        finding: Some("backend-not-listening"),
        rows: &[("2c.3", "yes > 2c-1"), ("2c-1.3", "yes > A")],
        says: &["pool"],
        backends: Some("NoneHealthy"),
    };
    let status = check_with("agic-owned", json!({}), expected).await;
    assert_eq!(status.gateway.owner, Some(ManagedBy::AGIC));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_site_of_two_is_down() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::B),
        finding: Some("probe-path-not-found"),
        rows: &[("1b.2", "yes > 2a"), ("2c.1", "yes > B")],
        says: &["404"],
        backends: Some("SomeUnhealthy"),
    };
    check_with("multi-site-one-dead", json!({}), expected).await;
}
