//! Two operators and one lease: one works, the other stands by and takes over.
use crate::stage::{NAME, Scene, account, control_plane, options, program, world};
use appgw_e2e::{operator::Operator, programs};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_second_operator_takes_over_when_the_first_stops() {
    let lease = [
        "--lease-namespace",
        "appgw-system",
        "--lease-duration",
        "5s",
    ];
    let scene = Scene::with(world("deny-on-backend-subnet"), options(), &lease).await;
    scene.diagnose().await;
    scene.verdict().await;
    let flags = ["--namespace", &scene.namespace, "--interval", "0s"];
    let plane = control_plane().await;
    let all = flags.iter().chain(&lease);
    let second = Operator::start(
        &program(programs::OPERATOR),
        &account(plane),
        &scene.sim,
        all,
    )
    .unwrap();
    scene
        .eventually("the second stands by", async || {
            second.log().contains("another operator holds the lease")
        })
        .await;
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("first"))
        .await;
    scene
        .until(NAME, |s| {
            s.last_run
                .as_ref()
                .is_some_and(|run| run.run_now == "first")
        })
        .await;
    assert_eq!(
        scene.sim.count("POST", "backendhealth"),
        2,
        "one operator works, not two"
    );

    let Scene {
        operator,
        sim,
        client,
        namespace,
        gateway,
    } = scene;
    assert_eq!(operator.stop().await.unwrap(), Some(0));
    let scene = Scene {
        operator: second,
        sim,
        client,
        namespace,
        gateway,
    };
    scene
        .apply("next", json!({"gateway": {"resourceId": scene.gateway}}))
        .await;
    scene.until("next", |s| s.verdict.is_some()).await;
}
