//! When a diagnosis runs: on a change of its spec, on its interval, on run-now, and not otherwise.
use crate::stage::{NAME, Scene, reason};
use kube::api::{Patch, PatchParams};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn run_now_is_one_visit_and_is_echoed() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene.verdict().await;
    let asked = scene.sim.count("POST", "backendhealth");
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("monday"))
        .await;
    scene
        .until(NAME, |s| {
            s.last_run
                .as_ref()
                .is_some_and(|run| run.run_now == "monday")
        })
        .await;
    assert_eq!(scene.sim.count("POST", "backendhealth"), asked + 1);
    // Another annotation is no reason to look again; a run-now after it shows that nothing came between.
    scene.annotate(NAME, "example.com/note", Some("x")).await;
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("tuesday"))
        .await;
    scene
        .until(NAME, |s| {
            s.last_run
                .as_ref()
                .is_some_and(|run| run.run_now == "tuesday")
        })
        .await;
    assert_eq!(scene.sim.count("POST", "backendhealth"), asked + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_spec_is_a_new_visit_of_that_generation() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene.verdict().await;
    let patch = json!({"spec": {"hints": {"slowToStart": true}}});
    let object = scene
        .api()
        .patch(NAME, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
    let generation = object.metadata.generation;
    let status = scene
        .until(NAME, |s| s.observed_generation == generation)
        .await;
    assert_eq!(reason(&status, "Ready"), Some("Diagnosed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interval_of_the_spec_counts() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene
        .apply(
            "often",
            json!({"gateway": {"resourceId": scene.gateway}, "interval": "1m"}),
        )
        .await;
    scene.until("often", |s| s.verdict.is_some()).await;
    assert_eq!(
        scene.sim.count("POST", "backendhealth"),
        1,
        "a minute is not over yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_kept() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    let spec = json!({
        "gateway": {"resourceId": scene.gateway},
        "schedule": {"cron": "* * * * *", "timeZone": "Europe/Berlin"},
    });
    scene.apply("scheduled", spec).await;
    scene.until("scheduled", |s| s.verdict.is_some()).await;
    // Within a minute, and not before its end.
    scene
        .eventually("the next full minute", async || {
            scene.sim.count("POST", "backendhealth") == 2
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_and_paused_objects_ask_nothing() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene
        .apply(
            "asleep",
            json!({"gateway": {"resourceId": scene.gateway}, "suspend": true}),
        )
        .await;
    scene
        .until("asleep", |s| reason(s, "Ready") == Some("Suspended"))
        .await;
    assert!(scene.sim.requests_to("/subscriptions/").is_empty());

    scene.diagnose().await;
    scene.verdict().await;
    let asked = scene.sim.count("POST", "backendhealth");
    scene
        .annotate(NAME, "appgwdiag.dev/paused", Some("bob: change freeze"))
        .await;
    let status = scene
        .until(NAME, |s| reason(s, "Ready") == Some("Paused"))
        .await;
    assert!(status.verdict.is_some(), "what was found stays");
    scene.annotate(NAME, "appgwdiag.dev/paused", None).await;
    scene
        .until(NAME, |s| reason(s, "Ready") == Some("Diagnosed"))
        .await;
    assert!(scene.sim.count("POST", "backendhealth") >= asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_with_zero() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene.verdict().await;
    assert_eq!(scene.operator.stop().await.unwrap(), Some(0));
}
