//! Broken worlds on the real API server: what a person reads, and that only reads went to Azure.
use crate::stage::{NAME, Scene, reason, row};
use appgw_crds::{AppGatewayDiagnosisStatus, Letter, Verdict};
use serde_json::{Value, json};

/// What a world must lead to, written down before the operator ever saw it.
pub(crate) struct Expected {
    pub(crate) verdict: Verdict,
    pub(crate) letter: Option<Letter>,
    pub(crate) finding: Option<&'static str>,
    /// Rows and how their value begins.
    pub(crate) rows: &'static [(&'static str, &'static str)],
    /// Parts of the conclusion.
    pub(crate) says: &'static [&'static str],
    pub(crate) backends: Option<&'static str>,
}

async fn check(world: &str, expected: Expected) -> AppGatewayDiagnosisStatus {
    check_with(world, json!({}), expected).await
}

/// The same with more in the spec than the gateway.
pub(crate) async fn check_with(
    world: &str,
    mut spec: Value,
    expected: Expected,
) -> AppGatewayDiagnosisStatus {
    let scene = Scene::of(world).await;
    spec["gateway"] = json!({"resourceId": scene.gateway});
    scene.apply(NAME, spec).await;
    let settled = |status: &AppGatewayDiagnosisStatus| status.verdict == Some(expected.verdict);
    let status = scene.until(NAME, settled).await;
    let first = status.findings.first();
    assert_eq!(
        first.map(|f| f.id.as_str()),
        expected.finding,
        "{world}: {status:#?}"
    );
    assert_eq!(first.and_then(|f| f.letter), expected.letter, "{world}");
    for (id, value) in expected.rows {
        assert!(
            row(&status, id).starts_with(value),
            "{world}: {id}: {}",
            row(&status, id)
        );
    }
    for part in expected.says {
        assert!(
            status.conclusion.contains(part),
            "{world}: {}",
            status.conclusion
        );
    }
    assert_eq!(
        reason(&status, "BackendsHealthy"),
        expected.backends,
        "{world}"
    );
    assert_eq!(status.rows.len(), 60);
    assert!(
        status.summary.iter().any(|line| line.starts_with("1a ")),
        "{world}: {:#?}",
        status.summary
    );
    if let Some(finding) = first {
        assert!(
            !finding.because.is_empty(),
            "{world}: a finding without evidence"
        );
        let hint = expected.letter.is_none() && expected.verdict != Verdict::RootCauseFound;
        let mark = if hint { "HINT" } else { "CAUSE" };
        let line = format!("{mark} {}", expected.letter.map_or("", Letter::as_str));
        assert!(
            status
                .summary
                .iter()
                .any(|l| l.starts_with(line.trim_end())),
            "{world}: {:#?}",
            status.summary
        );
        let bare = finding.id.trim_start_matches("x.");
        let event: String = bare.split('-').map(capital).collect();
        scene
            .eventually(&event, async || scene.events().await.contains(&event))
            .await;
    }
    scene.assert_reads_only();
    status
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn denied(
    says: &'static [&'static str],
    rows: &'static [(&'static str, &'static str)],
) -> Expected {
    Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::A),
        finding: Some("nsg-deny-probe"),
        rows,
        says,
        backends: Some("NoneHealthy"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deny_on_the_back_end_subnet() {
    let says = &[
        "nsg-backend/deny-all-in",
        "priority 200",
        "8443",
        "pool api",
    ];
    let rows = &[
        ("1a.1", "yes > 1b"),
        ("1b.2", "yes > 2a (api/https-api)"),
        ("2a.2", "yes > 2c (api/https-api)"),
        ("2c.3", "yes > 2c-1 (api/https-api)"),
        ("2c-1.1", "yes > A (nsg:nsg-backend/deny-all-in)"),
        ("2c-1.3", "no"),
        ("3.1", "skip"),
        ("6a.1", "yes > map"),
        ("map.1", "yes > A"),
    ];
    let status = check("deny-on-backend-subnet", denied(says, rows)).await;
    assert_eq!(status.path, ["api/https-api: 1a > 1b > 2a > 2c > 2c-1 > A"]);
    assert_eq!(reason(&status, "Ready"), Some("Diagnosed"));
    assert_eq!(reason(&status, "AzureReachable"), Some("Ok"));
    assert_eq!(status.counts.unhealthy, "2/2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deny_on_the_nic() {
    check(
        "deny-on-nic",
        denied(&["Inbound"], &[("2c-1.1", "yes > A (nsg:")]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deny_outbound_on_the_gateway_subnet() {
    check(
        "deny-outbound-gateway-subnet",
        denied(&["Outbound"], &[("2c-1.1", "yes > A (nsg:")]),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harmless_deny_before_a_back_end_that_does_not_listen() {
    let expected = Expected {
        finding: Some("backend-not-listening"),
        ..denied(
            &["8443"],
            &[("2c-1.1", "no"), ("2c-1.2", "no"), ("2c-1.3", "yes > A")],
        )
    };
    let status = check("harmless-deny", expected).await;
    assert!(status.findings[0].correction.contains("deny-all-in"));
    let text = format!("{status:?}");
    assert!(
        !text.contains("path is open") && !text.contains("path open"),
        "{text}"
    );
}

fn management(rows: &'static [(&'static str, &'static str)]) -> Expected {
    Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::C),
        finding: Some("nsg-blocks-management"),
        rows,
        says: &["GatewayManager"],
        backends: Some("HealthUnknown"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn management_ports_blocked_on_v2() {
    let status = check(
        "gatewaymanager-blocked-v2",
        management(&[("1b.3", "yes > C"), ("map.5", "yes > C")]),
    )
    .await;
    assert!(status.conclusion.contains("65200-65535"));
}

#[tokio::test(flavor = "multi_thread")]
async fn management_ports_blocked_on_v1() {
    let status = check(
        "gatewaymanager-blocked-v1",
        management(&[("1b.3", "yes > C"), ("map.5", "yes > C")]),
    )
    .await;
    assert!(status.conclusion.contains("65503-65534"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_by_a_route() {
    let expected = Expected {
        letter: None,
        finding: Some("default-route-astray"),
        says: &["rt-gateway/to-firewall", "VirtualAppliance"],
        ..management(&[("1b.3", "yes > stop"), ("map.5", "no")])
    };
    check("unknown-by-udr", expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_gateway() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::G),
        finding: Some("gateway-stopped"),
        rows: &[
            ("1a.1", "no"),
            ("1a.2", "yes > G"),
            ("1b.1", "skip"),
            ("map.9", "yes > G"),
        ],
        says: &["stopped"],
        backends: None,
    };
    let status = check("stopped", expected).await;
    assert!(status.findings[0].correction.contains("502"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_healthy_ends_healthy() {
    let expected = Expected {
        verdict: Verdict::Healthy,
        letter: None,
        finding: None,
        rows: &[
            ("1a.1", "yes > 1b"),
            ("1b.1", "yes > 3"),
            ("2c-1.1", "skip"),
            ("3.3", "yes > 4"),
            ("4.4", "yes > 6a"),
            ("5.1", "skip"),
            ("map.12", "no"),
        ],
        says: &["no request failed"],
        backends: Some("AllHealthy"),
    };
    check("all-healthy", expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_pool() {
    let expected = Expected {
        verdict: Verdict::RootCauseFound,
        letter: Some(Letter::D),
        finding: Some("empty-pool"),
        rows: &[("1b.4", "yes > D"), ("map.7", "yes > D")],
        says: &["no members"],
        backends: Some("EmptyPool"),
    };
    check("empty-pool", expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_outage_is_no_root_cause() {
    let scene = Scene::of("partial-outage").await;
    scene.diagnose().await;
    let status = scene.verdict().await;
    assert_eq!(status.verdict, Some(Verdict::Inconclusive));
    assert_eq!(reason(&status, "BackendsHealthy"), Some("SomeUnhealthy"));
    scene.assert_reads_only();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_starting_gateway_is_waited_for_and_the_wait_ends() {
    let scene = Scene::with(
        crate::stage::world("starting"),
        crate::stage::options(),
        &["--transition-limit", "3s"],
    )
    .await;
    scene.diagnose().await;
    scene
        .until(NAME, |s| s.verdict == Some(Verdict::WaitingForAzure))
        .await;
    let status = scene
        .until(NAME, |s| s.verdict == Some(Verdict::Inconclusive))
        .await;
    assert_eq!(status.findings[0].id, "gateway-transition-stuck");
    scene.assert_reads_only();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repaired_world_heals() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene
        .until(NAME, |s| s.verdict == Some(Verdict::RootCauseFound))
        .await;
    scene.sim.world(|world| {
        let nsg = scene.gateway.replace(
            "applicationGateways/shop",
            "networkSecurityGroups/nsg-backend/securityRules/deny-all-in",
        );
        assert!(world.delete(&nsg), "no rule {nsg}");
    });
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("1"))
        .await;
    let status = scene
        .until(NAME, |s| {
            s.last_run.as_ref().is_some_and(|run| run.run_now == "1")
        })
        .await;
    assert_eq!(row(&status, "1b.1"), "yes > 3");
    assert_eq!(reason(&status, "BackendsHealthy"), Some("AllHealthy"));
}

/// Asking for health is a POST, which the lock forbids: no cause is named, and the lock is.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_forbids_asking_for_health() {
    let expected = Expected {
        verdict: Verdict::Inconclusive,
        letter: None,
        finding: Some("x.lock"),
        rows: &[
            ("1a.1", "yes > 1b"),
            (
                "1b.1",
                "gap: back-end health: a ReadOnly lock forbids the call",
            ),
            ("3.3", "yes > 4"),
        ],
        says: &["Lock keep-off on resource group rg-edge keeps the health of gateway shop"],
        backends: None,
    };
    check("health-locked", expected).await;
}
