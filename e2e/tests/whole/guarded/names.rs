//! Whose decision it is: one name, the caller's own, and it changes only with a decision.
use super::{
    case::{WAYS, Way, allowed, approval, id, prefixed, refused},
    people::{ALICE, BOB, EDITOR, ZOE},
    stage::both,
};
use serde_json::{Value, json};

const GUARD: &str = "appgwdiag-approval";

/// With stamps the name is put right, without it has to be.
#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_approval_is_the_callers() {
    for guarded in both().await {
        for way in WAYS {
            for forged in [Some(ZOE.user), Some(""), None] {
                let plan = id("A.3", 1);
                let case = guarded.offered(&[&plan]).await;
                let mut these = json!({"approve": plan});
                if let Some(name) = forged {
                    these["approved-by"] = json!(name);
                }
                let tried = case.annotate(&BOB, way, these).await;
                if guarded.stamps {
                    allowed(&tried);
                    assert_eq!(
                        case.annotation("approved-by").await.as_deref(),
                        Some(BOB.user)
                    );
                } else {
                    refused(&tried, 403, GUARD, "must be your own user name");
                }
            }
        }
    }
}

/// A64: names and reason are part of a decision.
#[tokio::test(flavor = "multi_thread")]
async fn a64_names_and_reason_change_only_with_a_decision() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        for key in ["approved-by", "rejected-by", "reason"] {
            for way in WAYS {
                let tried = case.annotate(&BOB, way, json!({key: "x"})).await;
                refused(&tried, 422, GUARD, "only with a decision");
            }
        }
        let mut whole = approval(&ALICE, &plan);
        whole["reason"] = json!("INC-4711");
        allowed(&case.annotate(&ALICE, Way::Patch, whole).await);
        for (key, value) in [
            ("approved-by", json!(BOB.user)),
            ("approved-by", Value::Null),
            ("reason", json!("INC-1")),
            ("reason", Value::Null),
        ] {
            for way in [Way::Patch, Way::Put] {
                let tried = case.annotate(&BOB, way, json!({key: value})).await;
                refused(&tried, 422, GUARD, "only with a decision");
            }
        }
        // With the last id gone they may go.
        let none = json!({"approve": null, "approved-by": null, "reason": null});
        allowed(&case.annotate(&EDITOR, Way::Patch, none).await);
        assert_eq!(case.annotation("approved-by").await, None);
    }
}

/// A64: the name in the annotation is that of everybody who approved what stands in it.
#[tokio::test(flavor = "multi_thread")]
async fn a64_nobody_adds_to_what_somebody_else_approved() {
    for guarded in both().await {
        let (one, two) = (id("A.3", 1), id("A.4", 2));
        let case = guarded.offered(&[&one, &two]).await;
        allowed(&case.approve(&BOB, &one).await);
        let both_ids = format!("{one},{two}");
        for way in WAYS {
            let tried = case.annotate(&ZOE, way, approval(&ZOE, &both_ids)).await;
            refused(&tried, 422, GUARD, "somebody else's approval still stands");
        }
        // The same person may; so may others, once it is taken away.
        allowed(&case.approve(&BOB, &both_ids).await);
        let withdrawn = json!({"approve": null, "approved-by": null});
        allowed(&case.annotate(&EDITOR, Way::Patch, withdrawn).await);
        allowed(&case.approve(&ZOE, &two).await);
        assert_eq!(
            case.annotation("approved-by").await.as_deref(),
            Some(ZOE.user)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a64_what_is_done_is_in_nobodys_way() {
    for guarded in both().await {
        let (one, two) = (id("A.3", 1), id("A.4", 2));
        let both_ids = format!("{one},{two}");
        for outcome in [
            "Settled",
            "Drifted",
            "Failed",
            "Expired",
            "Withdrawn",
            "Stale",
            "RolledBack",
        ] {
            let case = guarded.offered(&[&one, &two]).await;
            allowed(&case.approve(&BOB, &one).await);
            case.ended(&one, outcome).await;
            allowed(&case.approve(&ZOE, &both_ids).await);
        }
        let case = guarded.offered(&[&one, &two]).await;
        allowed(&case.reject(&BOB, &one).await);
        let tried = case.reject(&ZOE, &both_ids).await;
        refused(&tried, 422, GUARD, "somebody else's rejection still stands");
        case.ended(&one, "Rejected").await;
        allowed(&case.reject(&ZOE, &both_ids).await);
    }
}

/// A66: no right is needed to stop what was approved, and the rest of the annotation stays as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a66_anybody_who_may_edit_takes_an_approval_away() {
    for guarded in both().await {
        let (one, two) = (id("A.3", 1), id("A.4", 2));
        let case = guarded.offered(&[&one, &two]).await;
        allowed(&case.approve(&BOB, &format!("{one},{two}")).await);
        allowed(
            &case
                .annotate(&EDITOR, Way::Put, json!({"approve": two}))
                .await,
        );
        assert_eq!(case.annotation("approve").await, Some(two));
        assert_eq!(
            case.annotation("approved-by").await.as_deref(),
            Some(BOB.user)
        );
        // Back in it needs the right again.
        let tried = case
            .annotate(&EDITOR, Way::Patch, json!({"approve": one}))
            .await;
        assert_eq!(tried.unwrap_err().code, 403);
        // A whole object without the annotations, as from a manifest.
        let bare = prefixed(&json!({"approve": null, "approved-by": null}));
        let bare = json!({"metadata": {"annotations": bare}});
        allowed(&case.change(&EDITOR, Way::Put, &bare).await);
        assert_eq!(case.annotation("approve").await, None);
    }
}
