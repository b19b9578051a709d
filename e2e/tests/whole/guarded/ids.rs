//! What an approval may quote: the whole id of a plan that waits here, and nothing like it.
use super::{
    case::{WAYS, Way, allowed, approval, id, refused},
    people::{ALICE, BOB},
    stage::both,
};
use serde_json::{Value, json};

const GUARD: &str = "appgwdiag-approval";
const SHAPE: &str = "a plan id looks like";
const WAITS: &str = "no plan with this id waits; waiting: ";

/// A05 and A62: what is no id, or no id of this object.
#[tokio::test(flavor = "multi_thread")]
async fn a05_a62_anything_but_the_whole_id_is_refused() {
    for guarded in both().await {
        let plan = id("A.3", 0xabc);
        let case = guarded.offered(&[&plan]).await;
        let other = id("A.3", 0xdef);
        guarded.offered(&[&other]).await;
        for (odd, words) in [
            ("true".to_owned(), SHAPE),
            ("*".to_owned(), SHAPE),
            ("A.3".to_owned(), SHAPE),
            (plan[..12].to_owned(), SHAPE),
            (plan.to_uppercase(), SHAPE),
            (format!(" {plan}"), SHAPE),
            (format!("{plan}\n"), SHAPE),
            (format!("{plan};{plan}"), SHAPE),
            (format!("{plan}0"), SHAPE),
            (plan.replace("A.3", "J.1"), SHAPE),
            (plan.replace("A.3", "A.123"), SHAPE),
            (other.clone(), WAITS),
            (plan.replace("A.3", "A.4"), WAITS),
            (plan.replace("A.3", "A.3.undo"), WAITS),
            (format!("{plan},{other}"), WAITS),
        ] {
            let tried = case.approve(&BOB, &odd).await;
            refused(&tried, 422, GUARD, words);
            refused(&case.reject(&BOB, &odd).await, 422, GUARD, words);
        }
        for way in WAYS {
            let tried = case.annotate(&BOB, way, approval(&BOB, &other)).await;
            refused(&tried, 422, GUARD, &format!("{WAITS}{plan}"));
        }
        assert_eq!(case.annotation("approve").await, None);
        allowed(&case.approve(&ALICE, &plan).await);
    }
}

/// Only what waits: not what is withheld, advice, or under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_decided_on_only_while_it_waits() {
    for guarded in both().await {
        let plan = id("A.3", 1);
        let case = guarded.offered(&[]).await;
        for state in ["Withheld", "AdviceOnly", "Applying", "Verifying"] {
            let plans = json!([{"id": plan, "state": state, "title": "helps"}]);
            case.status(json!({"plans": plans})).await;
            refused(
                &case.approve(&BOB, &plan).await,
                422,
                GUARD,
                &format!("{WAITS}none"),
            );
        }
        let rejected = json!([{"id": plan, "state": "Rejected", "title": "helps"}]);
        case.status(json!({"plans": rejected})).await;
        allowed(&case.approve(&BOB, &plan).await);
    }
}

/// A62: what stands has to go before more can come.
#[tokio::test(flavor = "multi_thread")]
async fn a62_at_most_nine_stand_at_once() {
    for guarded in both().await {
        let plans: Vec<String> = (1..=11).map(|n| id("A.3", n)).collect();
        let all: Vec<&str> = plans.iter().map(String::as_str).collect();
        let case = guarded.offered(&all).await;
        let tried = case.approve(&BOB, &all[..10].join(",")).await;
        refused(&tried, 422, GUARD, "at most nine plans at once");
        allowed(&case.approve(&BOB, &all[..9].join(",")).await);
        let tried = case.approve(&BOB, &all[..10].join(",")).await;
        refused(
            &tried,
            422,
            GUARD,
            "at most nine ids stand in one annotation",
        );
        allowed(&case.approve(&BOB, &all[1..10].join(",")).await);
    }
}

/// A63: one word a plan.
#[tokio::test(flavor = "multi_thread")]
async fn a63_a_plan_is_approved_or_rejected_never_both() {
    for guarded in both().await {
        let (one, two) = (id("A.3", 1), id("A.4", 2));
        let case = guarded.offered(&[&one, &two]).await;
        for way in WAYS {
            let mut these = approval(&BOB, &one);
            these["reject"] = json!(two);
            these["rejected-by"] = json!(BOB.user);
            let tried = case.annotate(&BOB, way, these).await;
            refused(&tried, 422, GUARD, "either approve or reject");
        }
        allowed(&case.reject(&BOB, &one).await);
        let approve = approval(&BOB, &one);
        let tried = case.annotate(&BOB, Way::Patch, approve.clone()).await;
        refused(&tried, 422, GUARD, "approved and rejected at once");
        // After all: out of the one and into the other, in one request.
        let mut instead = approve;
        instead["reject"] = Value::Null;
        instead["rejected-by"] = Value::Null;
        allowed(&case.annotate(&BOB, Way::Patch, instead).await);
        assert_eq!(case.annotation("approve").await, Some(one));
        assert_eq!(case.annotation("rejected-by").await, None);
    }
}
