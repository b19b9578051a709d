//! A credential that stops working, and what must never be seen anywhere.
use crate::stage::{NAME, Scene, reason};
use appgw_crds::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_stops_working_is_said_and_recovers() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene
        .until(NAME, |s| s.verdict == Some(Verdict::RootCauseFound))
        .await;
    scene.sim.break_credentials();
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("broken"))
        .await;
    let status = scene
        .until(NAME, |s| s.verdict == Some(Verdict::CannotDiagnose))
        .await;
    assert_eq!(reason(&status, "AzureReachable"), Some("AuthFailed"));
    scene.sim.mend_credentials();
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("mended"))
        .await;
    let status = scene
        .until(NAME, |s| s.verdict == Some(Verdict::RootCauseFound))
        .await;
    assert_eq!(reason(&status, "AzureReachable"), Some("Ok"));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_tokens_are_renewed_without_a_word() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene
        .until(NAME, |s| s.verdict == Some(Verdict::RootCauseFound))
        .await;
    scene.sim.expire_tokens();
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("again"))
        .await;
    let status = scene
        .until(NAME, |s| {
            s.last_run
                .as_ref()
                .is_some_and(|run| run.run_now == "again")
        })
        .await;
    assert_eq!(status.verdict, Some(Verdict::RootCauseFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_tokens_nor_the_secret_are_in_log_or_object() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene.verdict().await;
    let object = serde_json::to_string(&scene.api().get(NAME).await.unwrap()).unwrap();
    let log = scene.operator.log();
    let tokens = scene.sim.tokens();
    assert!(!tokens.is_empty() && !log.is_empty());
    for secret in tokens.iter().map(String::as_str).chain(["not-a-secret"]) {
        assert!(!object.contains(secret), "in the object");
        assert!(!log.contains(secret), "in the log");
    }
}
