//! Bad answers of metrics, logs, sites and names: a gap that says what is missing, and the rest all the same.
use crate::stage::{NAME, Scene, options, row};
use appgw_crds::{AppGatewayDiagnosisStatus, Verdict};
use appgw_e2e::sim::{Fault, Status, world::World};
use std::{fs, path::Path};

/// A world of a file, with this in place of that in its text.
fn altered(file: &str, that: &str, this: &str) -> World {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(file)).unwrap();
    let new = text.replacen(that, this, 1);
    assert_ne!(text, new, "{file}: no {that}");
    World::from_yaml(&new).unwrap()
}

/// Answers 502 itself, and the log says so.
const LOGGED: &str = "worlds/app-errors-no-error-info.yaml";

fn logged() -> World {
    altered(LOGGED, "{errorInfo: false}", "{}")
}

async fn seen(scene: &Scene) -> AppGatewayDiagnosisStatus {
    scene.diagnose().await;
    let status = scene.verdict().await;
    scene.assert_reads_only();
    // Nothing of what could be seen is lost.
    assert_eq!(status.rows.len(), 60);
    assert_eq!(row(&status, "1b.1"), "yes > 3");
    assert!(row(&status, "3.3").starts_with("yes"), "{status:#?}");
    status
}

#[track_caller]
fn gap(status: &AppGatewayDiagnosisStatus, id: &str, words: &str) {
    let value = row(status, id);
    assert!(
        value.starts_with("gap: ") && value.contains(words),
        "{id}: {value}"
    );
    assert_eq!(status.verdict, Some(Verdict::Inconclusive), "{status:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_may_not_be_asked_or_answers_something_else() {
    let query = "Microsoft.OperationalInsights/workspaces/query/read";
    let scene = Scene::with(logged(), options(), &[]).await;
    scene.sim.world(|world| world.deny(query, None));
    let status = seen(&scene).await;
    gap(&status, "6b.3", &format!("not permitted: {query}"));
    let named = |line: &String| line.starts_with("6b: ") && line.contains(query);
    assert!(status.gaps.iter().any(named), "{:?}", status.gaps);

    for (fault, words) in [
        (Fault::Garbage, "access log"),
        (Fault::Html { status: 503 }, "access log"),
        (
            Fault::Status(Status {
                status: 400,
                ..Status::default()
            }),
            "access log",
        ),
    ] {
        let scene = Scene::with(logged(), options(), &[]).await;
        scene.sim.inject(fault.on("/query").method("POST"));
        gap(&seen(&scene).await, "6b.3", words);
    }
}

/// What half an answer holds is there; what it does not hold is not taken for absent.
#[tokio::test(flavor = "multi_thread")]
async fn half_an_answer_of_a_log() {
    let world = altered(LOGGED, "{errorInfo: false}", "{partial: true}");
    let status = seen(&Scene::with(world, options(), &[]).await).await;
    assert!(
        row(&status, "6b.3").starts_with("yes > stop"),
        "{status:#?}"
    );
    assert!(
        row(&status, "6b.1").starts_with("gap: "),
        "{}",
        row(&status, "6b.1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_without_values_and_a_name_that_is_not_known() {
    let world = altered(
        "worlds/all-healthy.yaml",
        "networks:\n",
        "unmeasured: true\nnetworks:\n",
    );
    let status = seen(&Scene::with(world, options(), &[]).await).await;
    gap(&status, "4.4", "");
    assert_eq!(status.counts.bad_gateway, None, "no data is not zero");

    let scene = Scene::of("all-healthy").await;
    let code = "BadRequest".to_owned();
    let message = "Failed to find metric configuration for provider: Microsoft.Network, resource Type: applicationGateways, metric: ComputeUnits".to_owned();
    let refusal = Status {
        status: 400,
        code: Some(code),
        message: Some(message),
        ..Status::default()
    };
    scene
        .sim
        .inject(Fault::Status(refusal).on("Microsoft.Insights/metrics"));
    gap(&seen(&scene).await, "4.4", "ComputeUnits");
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_that_are_not_to_be_seen() {
    let sites = "Microsoft.Web/sites/read";
    let scene = Scene::of("app-client-host").await;
    scene.sim.world(|world| world.deny(sites, None));
    scene.diagnose().await;
    let status = scene.verdict().await;
    assert!(
        row(&status, "5.5").starts_with("gap: "),
        "{}",
        row(&status, "5.5")
    );
    assert!(
        status.gaps.iter().any(|line| line.contains(sites)),
        "{:?}",
        status.gaps
    );
    assert_ne!(status.verdict, Some(Verdict::Healthy));
}

/// What happened before is not known, and the cause is, all the same.
#[tokio::test(flavor = "multi_thread")]
async fn neither_activity_nor_resource_health() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.sim.world(|world| {
        world.deny("Microsoft.Insights/eventtypes/values/read", None);
        world.deny("Microsoft.ResourceHealth/availabilityStatuses/read", None);
    });
    scene.diagnose().await;
    let status = scene.until(NAME, |status| status.verdict.is_some()).await;
    assert_eq!(status.verdict, Some(Verdict::RootCauseFound));
    for check in [
        "x.changes: not permitted",
        "x.platform: Resource Health: not permitted",
    ] {
        let said = status.gaps.iter().any(|line| line.starts_with(check));
        assert!(said, "{check}: {:?}", status.gaps);
    }
}
