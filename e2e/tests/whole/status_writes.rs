//! The status is written when there is something to say, and at no other time.
use crate::stage::{NAME, Scene, options, world};

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_diagnosis_writes_nothing() {
    let scene = Scene::with(
        world("deny-on-backend-subnet"),
        options(),
        &["--interval", "1s"],
    )
    .await;
    scene.diagnose().await;
    scene.verdict().await;
    // The first visit may write twice (Reconciling, then the result); from here on it is quiet.
    scene
        .eventually("two visits", async || {
            scene.sim.count("POST", "backendhealth") >= 2
        })
        .await;
    let before = scene.version(NAME).await;
    let visits = scene.sim.count("POST", "backendhealth");
    scene
        .eventually("three more visits", async || {
            scene.sim.count("POST", "backendhealth") >= visits + 3
        })
        .await;
    assert_eq!(scene.version(NAME).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_azure_is_written_at_the_next_visit() {
    let scene = Scene::with(
        world("deny-on-backend-subnet"),
        options(),
        &["--interval", "1s"],
    )
    .await;
    scene.diagnose().await;
    scene.verdict().await;
    let rule = scene.gateway.replace(
        "applicationGateways/shop",
        "networkSecurityGroups/nsg-backend/securityRules/deny-all-in",
    );
    scene.sim.world(|world| assert!(world.delete(&rule)));
    let status = scene
        .until(NAME, |s| crate::stage::row(s, "1b.1").starts_with("yes"))
        .await;
    assert!(status.findings.is_empty());
}
