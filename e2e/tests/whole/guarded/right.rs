//! Who may decide: the right by letter, and no other.
use super::{
    case::{WAYS, Way, allowed, approval, id, refused},
    people::{ALICE, BOB, EDITOR, GITOPS, LISTED, OPERATOR, Person},
    stage::{EDGE, LAX, both},
};
use serde_json::json;

const GUARD: &str = "appgwdiag-approval";

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_of_the_letter_approves_and_the_audit_log_says_so() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        allowed(&case.approve(&ALICE, &plan).await);
        assert_eq!(
            case.annotation("approved-by").await.as_deref(),
            Some(ALICE.user)
        );
        let decided = format!("{} approves {plan}", ALICE.user);
        super::stage::eventually("the decision is in the audit log", async || {
            let key = format!("{GUARD}/decided");
            guarded
                .audited(&case.name)
                .iter()
                .any(|it| it["annotations"][&key] == decided)
        })
        .await;
    }
}

/// A03, by every way in.
#[tokio::test(flavor = "multi_thread")]
async fn a03_the_right_to_edit_approves_nothing() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        for way in WAYS {
            let tried = case.annotate(&EDITOR, way, approval(&EDITOR, &plan)).await;
            refused(
                &tried,
                403,
                GUARD,
                "verb approve on resolutions.appgwdiag.dev named A",
            );
        }
        let tried = case.reject(&EDITOR, &plan).await;
        refused(&tried, 403, GUARD, "verb approve");
        // In somebody else's name it is no better.
        let tried = case
            .annotate(&EDITOR, Way::Put, approval(&ALICE, &plan))
            .await;
        assert_eq!(tried.unwrap_err().code, 403);
        assert_eq!(case.annotation("approve").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_letter_is_not_another_and_one_namespace_is_not_another() {
    for guarded in both().await {
        let (a, c) = (id("A.3", 1), id("C.1", 2));
        let case = guarded.offered(&[&a, &c]).await;
        let words = "named C";
        refused(&case.approve(&ALICE, &c).await, 403, GUARD, words);
        refused(
            &case.approve(&ALICE, &format!("{a},{c}")).await,
            403,
            GUARD,
            words,
        );
        allowed(&case.approve(&BOB, &format!("{a},{c}")).await);
        // The group approves in one namespace; elsewhere its members are editors.
        let elsewhere = guarded.offered_in(LAX, json!({}), &[&a]).await;
        refused(&elsewhere.approve(&BOB, &a).await, 403, GUARD, "named A");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_letter_is_a_right_of_its_own() {
    for guarded in both().await {
        let plans: Vec<String> = ('A'..='I')
            .zip(1..)
            .map(|(letter, n)| id(&format!("{letter}.1"), n))
            .collect();
        let all: Vec<&str> = plans.iter().map(String::as_str).collect();
        let case = guarded.offered(&all).await;
        for plan in &plans {
            let words = format!("named {}", &plan[..1]);
            refused(&case.approve(&EDITOR, plan).await, 403, GUARD, &words);
        }
        allowed(&case.approve(&BOB, &plans.join(",")).await);
    }
}

/// A65: `*` is no listing.
#[tokio::test(flavor = "multi_thread")]
async fn a65_a_service_account_decides_only_if_it_is_listed() {
    for guarded in both().await {
        let (a, b) = (id("A.3", 1), id("B.2", 2));
        let case = guarded.offered(&[&a, &b]).await;
        for way in WAYS {
            let tried = case.annotate(&GITOPS, way, approval(&GITOPS, &a)).await;
            refused(&tried, 403, GUARD, "service accounts do not decide");
        }
        refused(
            &case.reject(&GITOPS, &a).await,
            403,
            GUARD,
            "service accounts do not decide",
        );
        // Listed is not enough either: by letter.
        refused(&case.approve(&LISTED, &b).await, 403, GUARD, "named B");
        allowed(&case.approve(&LISTED, &a).await);
    }
}

/// A11, the second half: whatever rights somebody gave it.
#[tokio::test(flavor = "multi_thread")]
async fn a11_the_operator_never_decides() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered_in(LAX, json!({}), &[&plan]).await;
        for way in WAYS {
            let tried = case
                .annotate(&OPERATOR, way, approval(&OPERATOR, &plan))
                .await;
            refused(&tried, 403, GUARD, "the operator never decides");
        }
        refused(
            &case.reject(&OPERATOR, &plan).await,
            403,
            GUARD,
            "the operator never decides",
        );
        // Where it has the rights of the chart, it does not get that far.
        let case = guarded.offered(&[&plan]).await;
        let tried = case.approve(&OPERATOR, &plan).await.unwrap_err();
        assert!(
            tried.code == 403 && tried.message.contains("cannot patch resource"),
            "{tried:?}"
        );
    }
}

/// What people type, and what they read.
#[tokio::test(flavor = "multi_thread")]
async fn kubectl_annotate_approves_and_says_at_the_prompt_why_not() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[&plan]).await;
        let annotates = async |who: &Person, ids: &str| {
            let kubeconfig = guarded.kubeconfig(who);
            let whoami = [
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo.username}",
            ];
            let name = guarded.plane.kubectl_as(&kubeconfig, whoami, "").await;
            let object = format!("agd/{}", case.name);
            let approve = format!("appgwdiag.dev/approve={ids}");
            let by = format!("appgwdiag.dev/approved-by={}", name.unwrap());
            let words = [
                "annotate",
                &object,
                "-n",
                EDGE,
                "--overwrite",
                &approve,
                &by,
            ];
            guarded.plane.kubectl_as(&kubeconfig, words, "").await
        };
        let error = annotates(&EDITOR, &plan).await.unwrap_err().to_string();
        let said = "you lack verb approve on resolutions.appgwdiag.dev named A in this namespace";
        assert!(error.contains(said), "{error}");
        let error = annotates(&ALICE, &plan[..12])
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("copy it from status"), "{error}");
        annotates(&ALICE, &plan).await.unwrap();
        assert_eq!(case.annotation("approve").await, Some(plan));
    }
}
