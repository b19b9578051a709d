//! What diagnosing sends: GET and the one POST that asks for health, each with a token, to this origin alone.
use crate::stage::{NAME, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_gets_and_the_health_question() {
    for world in [
        "deny-on-backend-subnet",
        "deny-on-nic",
        "peered-network",
        "unknown-by-udr",
        "nic-pool",
    ] {
        let scene = Scene::of(world).await;
        scene.diagnose().await;
        scene.until(NAME, |s| s.last_run.is_some()).await;
        for request in scene.sim.requests_to("/subscriptions/") {
            let health = request.method == "POST"
                && request
                    .path
                    .to_ascii_lowercase()
                    .ends_with("/backendhealth");
            assert!(request.method == "GET" || health, "{world}: {request:?}");
            assert!(
                request.authorization && request.client_request_id.is_some(),
                "{world}: {request:?}"
            );
        }
        scene.assert_reads_only();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_gateway_is_one_question_that_matters() {
    let mut options = crate::stage::options();
    options.health.takes = std::time::Duration::from_secs(3_000);
    let scene = Scene::with(crate::stage::world("stopped"), options, &[]).await;
    scene.diagnose().await;
    // Thirty scaled seconds of health are not waited for: the call is dropped.
    let status = scene.verdict().await;
    let run = status.last_run.unwrap();
    let took = run.finished_at.0.duration_since(run.started_at.0);
    assert!(took.as_secs() < 20, "{took}");
}
