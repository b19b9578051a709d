//! Gateways and causes of other kinds, each once on the real API server. Written down before the first run.
use crate::{
    stage::{NAME, Scene, reason, row},
    worlds::{Expected, check_with},
};
use appgw_crds::{Confidence, Letter, Verdict};
use serde_json::json;

/// Basic is of the second platform, whatever its name lacks.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_of_the_basic_tier() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::A),
        finding: Some("backend-not-listening"),
        rows: &[
            ("1a.1", "yes > 1b"),
            ("2b.2", "yes > 2c-1"),
            ("2b.3", "no"),
            ("2c-1.1", "no"),
            ("map.1", "yes > A"),
            ("map.5", "no"),
        ],
        says: &["8080"],
        backends: Some("NoneHealthy"),
    };
    let status = check_with("basic-not-listening", json!({}), expected).await;
    assert_eq!(status.gateway.tier, "Basic");
    assert!(!status.findings.iter().any(|it| it.id.contains("retired")));
}

/// Only a person knows that the platform was upgraded; the rule that names single instances is there to see.
#[tokio::test(flavor = "multi_thread")]
async fn instances_were_replaced_and_a_rule_names_their_addresses() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::A),
        finding: Some("instance-addresses-after-upgrade"),
        rows: &[("2c-1.1", "gap: "), ("map.6", "yes > A")],
        says: &["deny-old-host-in", "single addresses"],
        // Health has one word a server, though one instance of two reaches it.
        backends: Some("NoneHealthy"),
    };
    let spec = json!({"onset": {"afterPlatformUpgrade": true}});
    let status = check_with("deny-some-instances", spec, expected).await;
    let finding = &status.findings[0];
    assert_eq!(finding.confidence, Confidence::Likely);
    assert!(finding.because.iter().any(|it| it.ends_with("(Person)")));
}

/// Three looks, and no guess after them: what is known is whose servers are asked for names.
#[tokio::test(flavor = "multi_thread")]
async fn health_is_unknown_for_want_of_a_name() {
    let scene = Scene::of("name-by-own-dns").await;
    scene.diagnose().await;
    let ended = |status: &appgw_crds::AppGatewayDiagnosisStatus| {
        let run = status.last_run.as_ref();
        run.is_some_and(|run| run.looks == 3) && status.verdict != Some(Verdict::WaitingForAzure)
    };
    let status = scene.until(NAME, ended).await;
    assert_eq!(status.verdict, Some(Verdict::Inconclusive), "{status:#?}");
    assert!(
        row(&status, "1b.3").starts_with("yes"),
        "{}",
        row(&status, "1b.3")
    );
    assert_eq!(row(&status, "map.5"), "no", "no management port is blocked");
    let dns = status.findings.iter().find(|it| it.id == "x.dns-servers");
    assert!(dns.unwrap().says.contains("10.9.0.4"));
    assert_eq!(reason(&status, "BackendsHealthy"), Some("HealthUnknown"));
    scene.assert_reads_only();
}
