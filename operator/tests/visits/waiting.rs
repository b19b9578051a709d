//! When a visit comes again.
use super::*;

#[tokio::test]
async fn the_three_looks_of_1b_3_are_waits_apart_however_often_a_person_asks() {
    let world = World::new(unknown(1));
    let looks = || world.visitor().0.look;
    assert!(about(world.visit().await, PACE.unknown));
    assert_eq!(
        (looks(), world.reason("Diagnosed")),
        (1, "WaitingForAzure".into())
    );
    assert_eq!(world.condition("Diagnosed").unwrap().status, "Unknown");
    world.server.annotate(RUN_NOW, "impatient");
    world.visit().await;
    assert_eq!(looks(), 1);
    for look in [2, 3, 3] {
        world.azure(unknown(look));
        world.visit_as(true).await;
        assert_eq!(looks(), look);
    }
    let mut ended = deny();
    ended.looks = 3;
    ended.report.rows = vec![("1b.3", "yes > stop".into())];
    world.azure(ended);
    world.visit_as(true).await;
    world.visit_as(true).await;
    assert_eq!(looks(), 3, "still Unknown: not from the beginning");
    world.azure(deny());
    world.visit_as(true).await;
    world.visit_as(true).await;
    assert_eq!(looks(), 1, "known again");
}

#[tokio::test]
async fn the_looks_of_1b_3_go_on_beside_a_cause_that_was_found() {
    let mut beside = deny();
    beside.report.rows = vec![("1b.3", "wait: b/s Unknown, look 1 of 3".into())];
    beside.again = Again::Unknown;
    let world = World::new(beside);
    assert!(about(world.visit().await, PACE.unknown));
    assert_eq!(world.verdict(), Some(Verdict::RootCauseFound));
    world.visit_as(true).await;
    assert_eq!(world.visitor().0.look, 2);
}

#[tokio::test]
async fn a_wait_has_one_beginning_whatever_the_clock_says() {
    let mut starting = visit(report::Verdict::WaitingForAzure);
    starting.again = Again::Transition;
    let world = World::new(starting);
    assert!(about(world.visit().await, PACE.transition));
    let since = || world.visitor().0.waiting_since;
    assert_eq!(since(), None);
    // An hour ahead, or back: in the status it looks like another beginning.
    for jump in [
        SignedDuration::from_hours(1),
        SignedDuration::from_hours(-1),
    ] {
        world.server.edit(|object| {
            for condition in object["status"]["conditions"].as_array_mut().unwrap() {
                condition["lastTransitionTime"] = json!((Timestamp::now() - jump).to_string());
            }
        });
        world.visit_as(true).await;
        let age = Timestamp::now().duration_since(since().unwrap());
        assert!(age.abs() < SignedDuration::from_secs(30), "{age}");
    }
    world.azure(visit(report::Verdict::Healthy));
    world.visit_as(true).await;
    world.visit_as(true).await;
    assert_eq!(since(), None);
}

#[tokio::test]
async fn without_an_interval_there_are_visits_for_changes_and_waits_only() {
    let world = World::new(deny());
    world
        .server
        .edit(|object| object["spec"]["interval"] = json!("0s"));
    assert_eq!(world.visit().await, Next::OnChange);
    world.visit().await;
    assert_eq!(
        world.eyes.looks(),
        1,
        "the operator started anew: no reason to look"
    );
    world.server.annotate(RUN_NOW, "1");
    let mut throttled = deny();
    throttled.again = Again::Throttled(Some(7));
    world.azure(throttled);
    assert!(about(world.visit().await, Duration::from_secs(7)));
    world.azure(deny());
    assert_eq!(world.visit_as(true).await, Next::OnChange);
    assert_eq!(world.eyes.looks(), 3, "the wait brought the third");
}

#[tokio::test]
async fn azure_out_of_reach_is_tried_again_sooner_each_object_by_its_own_count() {
    let world = World::new(unreachable(Gap::Credential {
        why: "AADSTS7000215: invalid secret".into(),
    }));
    for wait in [5, 10, 20] {
        let next = world.visit_as(true).await;
        assert!(about(next, Duration::from_secs(wait)), "{next:?}");
    }
    assert_eq!(world.events(), ["CredentialFailed"]);
    assert_eq!(
        (world.reason("AzureReachable"), world.reason("Ready")),
        ("AuthFailed".into(), "AzureUnreachable".into())
    );
    assert!(
        world
            .condition("AzureReachable")
            .unwrap()
            .message
            .contains("AADSTS7000215")
    );
    world.writes();
    world.visit_as(true).await;
    assert_eq!(world.writes(), 0, "the same trouble is no news");
    assert_eq!(world.status().last_run.unwrap().trigger, Trigger::Change);

    world.azure(deny());
    assert!(about(world.visit_as(true).await, PACE.interval));
    assert_eq!(world.reason("AzureReachable"), "Ok");
    world.azure(unreachable(Gap::TimedOut));
    assert!(
        about(world.visit_as(true).await, Duration::from_secs(5)),
        "success forgets"
    );

    let denied = Gap::Denied {
        action: "Microsoft.Network/applicationGateways/read".into(),
    };
    world.azure(unreachable(denied));
    assert!(
        about(world.visit_as(true).await, PACE.interval),
        "a person must do something"
    );
    assert_eq!(
        world.condition("Ready").unwrap().message,
        "not permitted: Microsoft.Network/applicationGateways/read"
    );
}
