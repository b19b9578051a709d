//! A guard that is not there, or not yet: what it looks like from outside, and that it bites again.
use super::{
    asking::FOUR_EYES,
    bites::canary,
    case::{Case, Way, allowed, approval, id, refused},
    people::{BOB, EDITOR, OPERATOR, ZOE},
    stage::{EDGE, Guarded, eventually},
};
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams},
};
use serde_json::{Value, json};
use std::time::Instant;

const GUARD: &str = "appgwdiag-approval";

/// Somebody without the right tries, until it goes through or no longer does. Returns how long that took.
async fn until_approval_by_editor(case: &Case<'_>, plan: &str, goes_through: bool) -> String {
    let began = Instant::now();
    eventually("an approval without the right", async || {
        let tried = case.approve(&EDITOR, plan).await;
        if tried.is_ok() {
            // Taken away again, so that the next try is one.
            let none = json!({"approve": null, "approved-by": null});
            case.annotate(&EDITOR, Way::Patch, none).await.ok();
        }
        tried.is_ok() == goes_through
    })
    .await;
    format!("{:.1} s", began.elapsed().as_secs_f32())
}

async fn bites(case: &Case<'_>) -> bool {
    let api = case.guarded.api(&OPERATOR, EDGE).await;
    let tried = canary(&api, &case.name).await;
    tried.is_err_and(|it| it.contains(GUARD) && it.contains("canary refused"))
}

/// A60: a binding that only warns, or is gone, leaves every object of the guard but this one in place.
#[tokio::test(flavor = "multi_thread")]
async fn a60_a_binding_that_warns_or_is_gone_is_seen_by_the_canary() {
    for stamps in [false, true] {
        let guarded = Guarded::start(stamps, json!({})).await;
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        let client = guarded.plane.client().await.unwrap();
        let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(client);
        let warns = json!({"spec": {"validationActions": ["Warn", "Audit"]}});
        let how = PatchParams::default();
        bindings
            .patch(GUARD, &how, &Patch::Merge(warns))
            .await
            .unwrap();
        eventually("a binding that warns", async || !bites(&case).await).await;
        until_approval_by_editor(&case, &plan, true).await;
        let denies = json!({"spec": {"validationActions": ["Deny", "Audit"]}});
        bindings
            .patch(GUARD, &how, &Patch::Merge(denies))
            .await
            .unwrap();
        eventually("it denies again", async || bites(&case).await).await;

        bindings
            .delete(GUARD, &DeleteParams::default())
            .await
            .unwrap();
        eventually("no binding", async || !bites(&case).await).await;
        until_approval_by_editor(&case, &plan, true).await;
        guarded.helm("upgrade", &json!({})).await;
        eventually("helm put it back", async || bites(&case).await).await;
        until_approval_by_editor(&case, &plan, false).await;
        guarded.plane.stop().await.unwrap();
    }
}

/// A policy goes on for about a second after it is deleted, and needs as long when it is new. What slips in between
/// stays in the annotation; by the uid, the guard that comes after is another one, so the id it quotes is nobody's.
#[tokio::test(flavor = "multi_thread")]
async fn a60_a_guard_that_comes_back_is_another_one() {
    for stamps in [false, true] {
        let guarded = Guarded::start(stamps, json!({})).await;
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        let client = guarded.plane.client().await.unwrap();
        let policies: Api<ValidatingAdmissionPolicy> = Api::all(client);
        let before = policies.get(GUARD).await.unwrap().uid();
        policies
            .delete(GUARD, &DeleteParams::default())
            .await
            .unwrap();
        let ended = until_approval_by_editor(&case, &plan, true).await;
        allowed(
            &case
                .annotate(&EDITOR, Way::Patch, approval(&EDITOR, &plan))
                .await,
        );
        guarded.helm("upgrade", &json!({})).await;
        let began = Instant::now();
        eventually("the new one bites", async || bites(&case).await).await;
        let began = began.elapsed().as_secs_f32();
        appgw_e2e::control_plane::say(&format!(
            "a policy: {ended} to its end after it is deleted, {began:.1} s until a new one bites"
        ));
        assert_ne!(policies.get(GUARD).await.unwrap().uid(), before);
        assert_eq!(case.annotation("approve").await, Some(plan));
        guarded.plane.stop().await.unwrap();
    }
}

/// A60: all parts are there and the API server does not look at them.
#[tokio::test(flavor = "multi_thread")]
async fn a60_an_api_server_without_admission_policies_lets_the_canary_through() {
    let off = "--disable-admission-plugins=ServiceAccount,ValidatingAdmissionPolicy";
    let guarded = Guarded::install(true, &json!({}), &[off]).await;
    let plan = id("A.3", 1);
    guarded.served().await;
    let case = guarded.offered(&[&plan]).await;
    let client = guarded.plane.client().await.unwrap();
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(client);
    assert!(policies.get_opt(GUARD).await.unwrap().is_some());
    let api = guarded.api(&OPERATOR, EDGE).await;
    assert_eq!(canary(&api, &case.name).await, Ok(()));
    guarded.plane.stop().await.unwrap();
}

/// A11 for the whole installation, switched on by an upgrade.
#[tokio::test(flavor = "multi_thread")]
async fn a11_four_eyes_in_every_object() {
    for stamps in [false, true] {
        let guarded = Guarded::start(stamps, json!({})).await;
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        let asked = format!("0:{}{}", if stamps { "admin," } else { "" }, BOB.user);
        let change = json!({
            "metadata": {"annotations": {"appgwdiag.dev/requested-by": asked}},
            "spec": {"window": "2h"},
        });
        allowed(&case.change(&BOB, Way::Patch, &change).await);
        allowed(&case.approve(&BOB, &plan).await);
        let none = json!({"approve": Value::Null, "approved-by": Value::Null});
        allowed(&case.annotate(&BOB, Way::Patch, none.clone()).await);
        let eyes = json!({"approval": {"forbidSelfApproval": true}});
        guarded.helm("upgrade", &eyes).await;
        eventually("the upgrade bites", async || {
            let tried = case.approve(&BOB, &plan).await;
            if tried.is_ok() {
                case.annotate(&BOB, Way::Patch, none.clone()).await.ok();
            }
            tried.is_err()
        })
        .await;
        refused(&case.approve(&BOB, &plan).await, 403, GUARD, FOUR_EYES);
        allowed(&case.approve(&ZOE, &plan).await);
        let flags = guarded.operator_flags().await;
        assert!(
            flags.iter().any(|it| it == "--guard-forbid-self-approval"),
            "{flags:?}"
        );
        guarded.plane.stop().await.unwrap();
    }
}
