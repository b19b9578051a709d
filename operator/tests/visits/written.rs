//! What a visit writes, when it writes nothing, and when it loses.
use super::*;

#[tokio::test]
async fn a_cause_is_written_told_and_then_left_alone() {
    let world = World::new(deny());
    assert!(about(world.visit().await, PACE.interval));
    assert_eq!(
        world.writes(),
        2,
        "that it is being worked on, and what was found"
    );
    assert_eq!(world.events(), ["NsgDenyProbe"]);
    let status = world.status();
    assert_eq!(status.observed_generation, Some(1));
    assert_eq!(status.verdict, Some(Verdict::RootCauseFound));
    assert_eq!(status.counts.unhealthy, "0/3");
    assert_eq!(status.gaps, ["model: probes/p/protocol: Tls"]);
    assert_eq!(
        (world.reason("Ready"), world.reason("Diagnosed")),
        ("Diagnosed".into(), "RootCauseFound".into())
    );
    assert_eq!(world.condition("Reconciling"), None);
    let run = status.last_run.unwrap();
    assert_eq!(
        (run.trigger, run.azure_calls, run.looks),
        (Trigger::Change, 4, 1)
    );

    for _ in 0..3 {
        world.visit().await;
    }
    assert_eq!(world.eyes.looks(), 4);
    assert_eq!(world.writes(), 0, "an unchanged diagnosis writes nothing");
    assert_eq!(world.events(), [""; 0]);

    world.azure(visit(report::Verdict::Inconclusive));
    world.visit().await;
    assert_eq!(
        (world.writes(), world.events()),
        (1, vec!["Recovered".into()])
    );
    assert_eq!(world.status().last_run.unwrap().trigger, Trigger::Interval);
}

#[tokio::test]
async fn times_alone_are_written_once_an_hour() {
    let world = World::new(deny());
    world.visit().await;
    world.writes();
    let age = |by: SignedDuration| {
        world.server.edit(|object| {
            let at = (Timestamp::now() - by).to_string();
            object["status"]["lastRun"]["finishedAt"] = json!(at);
        });
    };
    age(SignedDuration::from_mins(59));
    world.visit().await;
    assert_eq!(world.writes(), 0);
    age(SignedDuration::from_mins(61));
    world.visit().await;
    assert_eq!(world.writes(), 1);
    // The clock was set back: the stamp lies in the future, and would for long.
    age(SignedDuration::from_mins(-61));
    world.visit().await;
    assert_eq!(world.writes(), 1);
    assert!(world.status().last_run.unwrap().finished_at.0 <= Timestamp::now());
}

#[tokio::test]
async fn a_write_from_a_stale_read_is_lost_and_the_decision_made_again() {
    let world = World::new(deny());
    let stale = world.server.now();
    world
        .server
        .edit(|object| object["metadata"]["generation"] = json!(2));
    let next = reconcile(&stale, &world.cx, &Turn::free(), false)
        .await
        .unwrap();
    assert!(about(next, Duration::from_secs(1)), "{next:?}");
    assert_eq!(
        (world.writes(), world.eyes.looks()),
        (0, 0),
        "lost before Azure was asked"
    );

    // The spec changes between the first write and the last.
    world.visit().await;
    world
        .server
        .edit(|object| object["metadata"]["generation"] = json!(3));
    world.azure(visit(report::Verdict::Healthy));
    let edit_once: server::Edit = Box::new(|state| {
        state.meanwhile = Some(Box::new(|state| {
            state.edit("shop", |object| object["metadata"]["generation"] = json!(4));
        }));
    });
    world
        .server
        .state(|state| state.meanwhile = Some(edit_once));
    world.writes();
    world.events();
    let next = world.visit().await;
    assert!(about(next, Duration::from_secs(1)), "{next:?}");
    assert_eq!(world.writes(), 1, "only that it is being worked on");
    assert_eq!(world.verdict(), Some(Verdict::RootCauseFound));
    assert_eq!(
        world.events(),
        [""; 0],
        "nothing is told that is not written"
    );
    world.visit().await;
    assert_eq!(world.status().observed_generation, Some(4));
}

#[tokio::test]
async fn losing_again_and_again_asks_azure_ever_more_rarely() {
    let world = World::new(deny());
    world.visit().await;
    world.azure(visit(report::Verdict::Healthy));
    let mut waits = Vec::new();
    for generation in 0..8 {
        let touch = move |state: &mut server::State| {
            state.edit("shop", |object| {
                object["metadata"]["labels"]["n"] = json!(format!("{generation}"));
            });
        };
        world
            .server
            .state(|state| state.meanwhile = Some(Box::new(touch)));
        let Next::In(wait) = world.visit().await else {
            panic!("a retry")
        };
        waits.push(wait.as_secs());
    }
    // Doubling to a minute, each with up to a tenth more by chance.
    let doubled: [u64; 8] = [1, 2, 4, 8, 16, 32, 60, 60];
    for (wait, least) in waits.iter().zip(doubled) {
        assert!((least..=least + least / 10).contains(wait), "{waits:?}");
    }
}

#[tokio::test]
async fn events_that_cannot_be_posted_fail_no_visit() {
    let world = World::new(deny());
    world.server.state(|state| state.refuse_events = true);
    assert!(about(world.visit().await, PACE.interval));
    assert_eq!(world.verdict(), Some(Verdict::RootCauseFound));
}

#[tokio::test]
async fn an_object_deleted_meanwhile_is_nobodys_failure() {
    let world = World::new(deny());
    let seen = world.server.now();
    world.server.state(|state| state.delete("shop"));
    let error = reconcile(&seen, &world.cx, &Turn::free(), false)
        .await
        .unwrap_err();
    assert!(error.is_gone(), "{error}");
    // Made again under the same name: another object.
    world
        .server
        .edit(|object| object["metadata"]["uid"] = json!("another"));
    let next = reconcile(&seen, &world.cx, &Turn::free(), false)
        .await
        .unwrap();
    assert!(matches!(next, Next::In(_)));
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn what_stands_in_the_status_reads_back_as_it_was_written() {
    let world = World::new(deny());
    world.visit().await;
    let status = world.status();
    let again = serde_json::from_value(serde_json::to_value(&status).unwrap()).unwrap();
    assert_eq!(status, again);
    let Time(at) = status.last_run.unwrap().finished_at;
    assert_eq!(at.subsec_nanosecond(), 0, "as Kubernetes keeps times");
}

#[tokio::test]
async fn findings_link_to_their_pages() {
    let world = World::new(deny());
    world.visit().await;
    let more = &world.status().findings[0].more;
    assert_eq!(
        more,
        "https://docs.contoso.com/appgw/findings/nsg-deny-probe"
    );
}
