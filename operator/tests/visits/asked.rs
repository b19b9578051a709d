//! What a person can ask for.
use super::*;

#[tokio::test]
async fn a_run_now_is_looked_at_afresh_echoed_and_done_once() {
    let world = World::new(deny());
    world.visit().await;
    world.writes();
    world.server.annotate(RUN_NOW, "2026-11-22T10:00:00Z");
    world.visit().await;
    let run = world.status().last_run.unwrap();
    assert_eq!(
        (run.trigger, run.run_now.as_str()),
        (Trigger::RunNow, "2026-11-22T10:00:00Z")
    );
    assert_eq!(world.writes(), 2);
    assert!(world.visitor().1, "afresh");
    world.visit().await;
    assert_eq!(world.writes(), 0);
    assert!(!world.visitor().1);
    world
        .server
        .edit(|object| object["metadata"]["annotations"] = json!({}));
    world.visit().await;
    assert_eq!(world.writes(), 0, "what was dealt with stays so");
}

#[tokio::test]
async fn suspended_and_paused_begin_nothing_and_keep_what_was_seen() {
    let world = World::new(deny());
    world.visit().await;
    world.events();
    world.server.annotate(PAUSED, "maintenance, alice");
    world.server.annotate(RUN_NOW, "1");
    assert_eq!(world.visit().await, Next::OnChange);
    let ready = world.condition("Ready").unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "Paused")
    );
    assert_eq!(ready.message, "maintenance, alice");
    assert_eq!(world.verdict(), Some(Verdict::RootCauseFound));
    assert_eq!(world.status().last_run.unwrap().run_now, "", "not yet");
    assert_eq!(
        (world.eyes.looks(), world.events()),
        (1, vec!["Paused".into()])
    );
    world.writes();
    world.visit().await;
    assert_eq!(world.writes(), 0);

    world
        .server
        .edit(|object| object["metadata"]["annotations"] = json!({}));
    world
        .server
        .edit(|object| object["spec"]["interval"] = json!("0s"));
    world.visit().await;
    assert_eq!(
        (world.reason("Ready"), world.eyes.looks()),
        ("Diagnosed".into(), 2)
    );

    world.server.edit(|object| {
        object["spec"]["suspend"] = json!(true);
        object["metadata"]["generation"] = json!(2);
    });
    assert_eq!(world.visit().await, Next::OnChange);
    assert_eq!(
        (world.reason("Ready"), world.eyes.looks()),
        ("Suspended".into(), 2)
    );
    assert_eq!(
        world.status().observed_generation,
        Some(1),
        "the second was not dealt with"
    );
}

#[tokio::test]
async fn a_field_that_is_not_obeyed_is_refused_before_azure_is_asked() {
    let world = World::new(deny());
    world.server.edit(|object| {
        object["spec"]["rollback"] = json!("Automatic");
    });
    assert_eq!(world.visit().await, Next::OnChange);
    let ready = world.condition("Ready").unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "InvalidSpec")
    );
    assert_eq!(ready.message, "rollback: Automatic: not built yet");
    assert_eq!(world.reason("Stalled"), "UserErrorUntilSpecChanges");
    assert_eq!(world.reason("Diagnosed"), "CannotDiagnose");
    assert_eq!((world.eyes.looks(), world.writes()), (0, 1));
    world.visit().await;
    assert_eq!(world.writes(), 0);

    world.server.edit(|object| {
        object["spec"]["rollback"] = json!("Offer");
        object["metadata"]["generation"] = json!(2);
    });
    world.visit().await;
    assert_eq!(
        (world.reason("Ready"), world.condition("Stalled")),
        ("Diagnosed".into(), None)
    );
}
