//! Identical questions of several diagnoses are asked once.
use crate::stage::{Scene, options, world};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn two_diagnoses_of_one_gateway_share_their_requests() {
    let mut options = options();
    options.health.takes = std::time::Duration::from_secs(100);
    let scene = Scene::with(world("deny-on-backend-subnet"), options, &[]).await;
    let spec = json!({"gateway": {"resourceId": scene.gateway}});
    // The second comes while the first still waits for health.
    scene.apply("first", spec.clone()).await;
    let upper = json!({"gateway": {"resourceId": scene.gateway.replace("resourceGroups", "RESOURCEGROUPS")}});
    scene.apply("second", upper).await;
    for name in ["first", "second"] {
        scene.until(name, |s| s.verdict.is_some()).await;
    }
    assert_eq!(
        scene.sim.count("POST", "backendhealth"),
        1,
        "{:#?}",
        scene.sim.requests()
    );
    assert_eq!(
        scene
            .sim
            .requests()
            .iter()
            .filter(|r| r.method == "GET" && r.path.ends_with("/shop"))
            .count(),
        1
    );
    assert_eq!(scene.sim.count("GET", "virtualNetworks"), 1);
    assert_eq!(scene.sim.count("GET", "networkSecurityGroups"), 1);
}
