//! Who asked for it: `requested-by` names everybody who changed `spec` since the last fix, and four eyes rest on it.
use super::{
    case::{Case, WAYS, Way, allowed, approval, id, prefixed, refused},
    people::{ALICE, BOB, EDITOR, GITOPS, ZOE},
    stage::{EDGE, both},
};
use serde_json::{Value, json};

const GUARD: &str = "appgwdiag-approval";
pub(super) const FOUR_EYES: &str = "four eyes: whoever asked for it may not approve it";

fn spec(window: &str) -> Value {
    json!({"spec": {"window": window}})
}

fn with(mut change: Value, annotations: &Value) -> Value {
    change["metadata"] = json!({"annotations": prefixed(annotations)});
    change
}

/// A change of the spec with who asked for it, which has to be typed only where nothing stamps it.
async fn asks(case: &Case<'_>, who: &super::people::Person, window: &str, known: &str) {
    let change = with(spec(window), &json!({"requested-by": known}));
    allowed(&case.change(who, Way::Patch, &change).await);
    assert_eq!(
        case.annotation("requested-by").await.as_deref(),
        Some(known)
    );
}

/// A07: what is approved is what was seen.
#[tokio::test(flavor = "multi_thread")]
async fn a07_no_decision_and_no_other_spec_in_one_request() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        for (way, window) in WAYS.into_iter().zip(["2h", "3h", "4h"]) {
            let mut change = with(spec(window), &approval(&BOB, &plan));
            if let Way::Apply = way {
                change["spec"]["gateway"] = case.object().await["spec"]["gateway"].clone();
            }
            let tried = case.change(&BOB, way, &change).await;
            refused(&tried, 422, GUARD, "decide and change spec in two requests");
        }
        assert_eq!(case.object().await["spec"]["window"], Value::Null);
    }
}

/// A61: nobody puts somebody else's name there, nor takes his own away.
#[tokio::test(flavor = "multi_thread")]
async fn a61_requested_by_changes_only_with_spec_and_only_by_the_caller() {
    for guarded in both().await {
        let case = guarded.offered(&[]).await;
        let wanted = if guarded.stamps {
            format!("0:admin,{}", ZOE.user)
        } else {
            format!("0:{}", ZOE.user)
        };
        asks(&case, &ZOE, "2h", &wanted).await;
        for forged in [
            json!("0:bob@contoso.com"),
            json!("0:"),
            json!("1:"),
            json!(""),
            Value::Null,
        ] {
            for way in [Way::Patch, Way::Put] {
                let tried = case
                    .annotate(&ZOE, way, json!({"requested-by": forged}))
                    .await;
                refused(
                    &tried,
                    403,
                    GUARD,
                    "requested-by changes only together with spec",
                );
                // Together with a change of spec: stamped over, or refused.
                let change = with(spec("3h"), &json!({"requested-by": forged}));
                let tried = case.change(&EDITOR, way, &change).await;
                if guarded.stamps {
                    allowed(&tried);
                    let said = case.annotation("requested-by").await;
                    assert_eq!(said, Some(format!("{wanted},{}", EDITOR.user)));
                    allowed(&case.change(&EDITOR, Way::Patch, &spec("2h")).await);
                } else {
                    assert_eq!(tried.unwrap_err().code, 403, "{forged}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requested_by_begins_anew_with_the_next_epoch() {
    for guarded in both().await {
        let case = guarded.offered(&[]).await;
        let first = if guarded.stamps {
            format!("0:admin,{}", BOB.user)
        } else {
            format!("0:{}", BOB.user)
        };
        asks(&case, &BOB, "2h", &first).await;
        asks(&case, &BOB, "3h", &first).await;
        asks(&case, &ZOE, "2h", &format!("{first},{}", ZOE.user)).await;
        case.status(json!({"ledger": {"epoch": 1}})).await;
        asks(&case, &ZOE, "4h", &format!("1:{}", ZOE.user)).await;
        if !guarded.stamps {
            // Once it is there, it has to be kept right.
            let tried = case.change(&BOB, Way::Patch, &spec("5h")).await;
            let words = format!("set requested-by to 1:{},{}", ZOE.user, BOB.user);
            refused(&tried, 403, GUARD, &words);
        }
    }
}

/// A11: four eyes where the object asks for them.
#[tokio::test(flavor = "multi_thread")]
async fn a11_whoever_asked_may_not_approve() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let four_eyes = json!({"approval": {"forbidSelfApproval": true}});
        let case = guarded.offered_in(EDGE, four_eyes, &[&plan]).await;
        let mut known = "0:admin".to_owned();
        if !guarded.stamps {
            // Nobody on record: nobody can be told from whoever asked.
            refused(&case.approve(&BOB, &plan).await, 403, GUARD, FOUR_EYES);
            known = "0:".to_owned();
        }
        let add = |known: &str, who: &str| {
            if known.ends_with(':') {
                format!("{known}{who}")
            } else {
                format!("{known},{who}")
            }
        };
        known = add(&known, BOB.user);
        asks(&case, &BOB, "2h", &known).await;
        known = add(&known, ZOE.user);
        asks(&case, &ZOE, "3h", &known).await;
        for who in [&BOB, &ZOE] {
            for way in WAYS {
                let tried = case.annotate(who, way, approval(who, &plan)).await;
                refused(&tried, 403, GUARD, FOUR_EYES);
            }
        }
        // To say no to one's own is no danger.
        allowed(&case.reject(&BOB, &plan).await);
        let free = json!({"reject": null, "rejected-by": null});
        allowed(&case.annotate(&BOB, Way::Patch, free).await);
        allowed(&case.approve(&ALICE, &plan).await);
    }
}

/// What a controller applies from git every few minutes is neither a change nor a decision.
#[tokio::test(flavor = "multi_thread")]
async fn a_gitops_controller_that_applies_the_same_again_disturbs_nothing() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        allowed(&case.approve(&ALICE, &plan).await);
        let before = case.object().await;
        let same = json!({"spec": before["spec"].clone()});
        allowed(&case.change(&GITOPS, Way::Apply, &same).await);
        allowed(&case.change(&GITOPS, Way::Patch, &same).await);
        assert_eq!(
            case.object().await["metadata"]["annotations"],
            before["metadata"]["annotations"]
        );
    }
}
