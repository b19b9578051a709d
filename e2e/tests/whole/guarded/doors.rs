//! Other ways to an approval: at birth, through status, and through the words of a plan.
use super::{
    bites::{CANARY, canary},
    case::{Case, Way, id, prefixed, refused, told},
    people::{ALICE, EDITOR, GITOPS, OPERATOR, Person},
    stage::{EDGE, Guarded, both, manifest},
};
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

async fn born(guarded: &Guarded, who: &Person, name: &str, these: Value) -> super::case::Tried {
    let object = manifest(name, &json!({}), &prefixed(&these));
    let api = guarded.api(who, EDGE).await;
    told(api.create(&PostParams::default(), &object).await)
}

/// A04: in a manifest, as in a restore, an approval can only name an object that did not exist.
#[tokio::test(flavor = "multi_thread")]
async fn a04_nothing_is_decided_at_birth() {
    for guarded in both().await {
        for key in [
            "approve",
            "approved-by",
            "reject",
            "rejected-by",
            "reason",
            "rollback",
        ] {
            for value in [id("A.3", 1), String::new()] {
                let these = json!({key: value});
                let name = format!("born-{key}");
                let tried = born(guarded, &EDITOR, &name, these.clone()).await;
                refused(&tried, 422, "appgwdiag-create", "no decision at birth");
                let mut applied = manifest(&name, &json!({}), &prefixed(&these));
                applied.metadata.managed_fields = None;
                let how = PatchParams::apply("by-hand").force();
                let api = guarded.api(&GITOPS, EDGE).await;
                let tried = told(api.patch(&name, &how, &Patch::Apply(&applied)).await);
                refused(&tried, 422, "appgwdiag-create", "no decision at birth");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a61_who_asked_is_true_from_birth_on() {
    for guarded in both().await {
        let own = format!("0:{}", EDITOR.user);
        for (n, forged) in [format!("0:{}", ALICE.user), "7:".into(), String::new()]
            .iter()
            .enumerate()
        {
            let name = format!("asked-{n}");
            let tried = born(guarded, &EDITOR, &name, json!({"requested-by": forged})).await;
            if guarded.stamps {
                let object = tried.unwrap();
                assert_eq!(
                    object["metadata"]["annotations"]["appgwdiag.dev/requested-by"],
                    own
                );
            } else {
                refused(&tried, 403, "appgwdiag-create", "requested-by must be");
            }
        }
        born(
            guarded,
            &EDITOR,
            "asked-rightly",
            json!({"requested-by": own}),
        )
        .await
        .unwrap();
    }
}

async fn forge(case: &Case<'_>, who: &Person, way: Way, change: &Value) -> super::case::Tried {
    let api = case.guarded.api(who, EDGE).await;
    let answer = match way {
        Way::Patch => {
            let how = PatchParams::default();
            api.patch_status(&case.name, &how, &Patch::Merge(change))
                .await
        }
        Way::Put => {
            let mut whole = case.object().await;
            whole["status"] = change["status"].clone();
            if let Some(these) = change.pointer("/metadata/annotations") {
                whole["metadata"]["annotations"] = these.clone();
            }
            let whole = serde_json::from_value(whole).unwrap();
            api.replace_status(&case.name, &PostParams::default(), &whole)
                .await
        }
        Way::Apply => {
            let mut part = change.clone();
            part["apiVersion"] = json!("appgwdiag.dev/v1alpha1");
            part["kind"] = json!("AppGatewayDiagnosis");
            let how = PatchParams::apply("by-hand").force();
            api.patch_status(&case.name, &how, &Patch::Apply(part))
                .await
        }
    };
    told(answer)
}

/// A09, the first wall: a plan that nobody drafted, an epoch set back, a decision that nobody took.
#[tokio::test(flavor = "multi_thread")]
async fn a09_only_the_operator_writes_status() {
    for guarded in both().await {
        let case = guarded.offered(&[]).await;
        let plans = json!([{"id": id("A.3", 1), "state": "AwaitingApproval", "title": "forged"}]);
        for status in [
            json!({"plans": plans}),
            json!({"ledger": {"epoch": 0}}),
            json!({"verdict": "Healthy"}),
        ] {
            for who in [&EDITOR, &GITOPS] {
                for way in super::case::WAYS {
                    let tried = forge(&case, who, way, &json!({"status": status})).await;
                    refused(
                        &tried,
                        403,
                        "appgwdiag-status",
                        "only the operator writes status",
                    );
                }
            }
        }
        // On the object itself status is not written at all, whoever sends it.
        let change = json!({"status": {"plans": plans}, "spec": {"suspend": true}});
        case.change(&GITOPS, Way::Put, &change).await.ok();
        assert_eq!(case.object().await["status"]["plans"], json!([]));
    }
}

/// What the operator says of an object cannot carry a decision in.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_write_brings_no_annotation_along() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        let these = prefixed(&json!({"approve": plan, "approved-by": ALICE.user}));
        let change = json!({"metadata": {"annotations": these}, "status": {"verdict": "Healthy"}});
        let tried = forge(&case, &OPERATOR, Way::Patch, &change).await;
        assert!(tried.is_ok(), "{tried:?}");
        assert_eq!(case.annotation("approve").await, None);
    }
}

/// A60: how the operator sees that the guard bites. No other refusal looks like it.
#[tokio::test(flavor = "multi_thread")]
async fn a60_the_canary_is_refused_and_can_be_told_from_other_refusals() {
    for guarded in both().await {
        let case = guarded.offered(&[]).await;
        // The chart gives it no right to put a whole status.
        for way in [Way::Patch, Way::Apply] {
            let tried = forge(
                &case,
                &OPERATOR,
                way,
                &json!({"status": {"conclusion": CANARY}}),
            )
            .await;
            refused(
                &tried,
                403,
                "appgwdiag-approval",
                "canary refused: the guard is in force",
            );
        }
        let api = guarded.api(&OPERATOR, EDGE).await;
        let error = canary(&api, &case.name).await.unwrap_err();
        assert!(error.contains("canary refused"), "{error}");
        let error = canary(&api, "nobody").await.unwrap_err();
        assert!(!error.contains("appgwdiag-approval"), "{error}");
        // A schema's refusal is another code and other words.
        let tried = forge(
            &case,
            &OPERATOR,
            Way::Patch,
            &json!({"status": {"conclusion": 7}}),
        )
        .await;
        let refusal = tried.unwrap_err();
        assert!(
            refusal.code == 422 && !refusal.message.contains("appgwdiag-approval"),
            "{refusal:?}"
        );
        assert_eq!(case.object().await["status"]["conclusion"], Value::Null);
    }
}
