//! The loop: from a watch to visits.
use super::*;
use appgw_operator::{
    admin::Health,
    controller::{self, Scope},
};
use std::{future::ready, num::NonZeroUsize, time::Instant};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

const SOON: Duration = Duration::from_secs(10);

struct Running {
    stop: Arc<Notify>,
    ended: JoinHandle<()>,
    health: Arc<Health>,
}

fn start(world: &World) -> Running {
    start_when(world, ready(()))
}

fn start_when(world: &World, lead: impl Future<Output = ()> + Send + 'static) -> Running {
    let (stop, health) = (Arc::new(Notify::new()), Arc::new(Health::default()));
    let (cx, client) = (Arc::clone(&world.cx), world.server.client());
    let (asked, told) = (Arc::clone(&stop), Arc::clone(&health));
    let scope = Scope {
        namespaces: vec![],
        workers: NonZeroUsize::new(4).unwrap(),
    };
    let ended = tokio::spawn(async move {
        let stop = asked.notified();
        controller::run(cx, &client, &scope, &told, lead, stop)
            .await
            .unwrap();
    });
    Running {
        stop,
        ended,
        health,
    }
}

impl Running {
    async fn stop(self) -> Duration {
        let begun = Instant::now();
        self.stop.notify_one();
        timeout(SOON, self.ended)
            .await
            .expect("stops")
            .expect("in order");
        begun.elapsed()
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(SOON, wait).await.expect(what);
}

fn verdict(world: &World, name: &str) -> String {
    let verdict = world.server.raw(name)["status"]["verdict"].clone();
    verdict.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_object_is_visited_and_a_change_wakes_it_but_our_own_write_does_not() {
    let world = World::new(deny());
    for n in 0..99 {
        world
            .server
            .state(|state| state.edit(&format!("other-{n:02}"), |_| ()));
    }
    let begun = Instant::now();
    let running = start(&world);
    until("a first visit", || world.eyes.looks() > 0).await;
    println!("first of 100 objects visited after {:?}", begun.elapsed());
    until("all visited", || world.eyes.looks() == 100).await;
    until("all written", || {
        world.server.state(|state| state.writes) == 200
    })
    .await;
    println!("all written after {:?}", begun.elapsed());
    assert!(
        !running
            .health
            .missing()
            .contains(&"objects not listed yet: is the CRD installed, and may we read it?")
    );

    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        world.eyes.looks(),
        100,
        "two hundred writes of our own woke nobody"
    );
    world
        .server
        .edit(|object| object["metadata"]["labels"] = json!({"a": "b"}));
    world.server.annotate("example.com/unrelated", "x");
    world
        .server
        .edit(|object| object["metadata"]["generation"] = json!(2));
    until("visited for its new spec", || {
        world.status().observed_generation == Some(2)
    })
    .await;
    assert_eq!(world.eyes.looks(), 101);
    world.server.annotate(RUN_NOW, "now");
    until("visited for a run-now", || {
        world.status().last_run.unwrap().run_now == "now"
    })
    .await;
    assert!(running.stop().await < Duration::from_secs(1));
}

#[tokio::test]
async fn malformed_and_panicking_objects_leave_the_others_alone() {
    let world = World::new(deny());
    let server = &world.server;
    server.state(|state| {
        state.edit("bad", |object| object["spec"] = json!({"gateway": 7}));
        state.edit("old", |object| {
            object["status"] = json!({"verdict": "FromTheFuture"});
        });
        state.edit("bomb", |object| {
            object["spec"]["gateway"]["resourceId"] = json!(GATEWAY.replace("shop", "bomb"));
        });
    });
    world.eyes.seen(|seen| seen.panics_at = "bomb");
    let running = start(&world);
    until("good", || verdict(&world, "shop") == "RootCauseFound").await;
    until("only its status was odd", || {
        verdict(&world, "old") == "RootCauseFound"
    })
    .await;
    until("told so", || verdict(&world, "bad") == "CannotDiagnose").await;
    let conditions = server.raw("bad")["status"]["conditions"].clone();
    let ready = conditions
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["type"] == "Ready")
        .unwrap();
    assert_eq!(ready["reason"], "InvalidSpec");
    assert!(
        ready["message"]
            .as_str()
            .unwrap()
            .starts_with("not readable by this version: "),
        "{ready}"
    );

    let tallies = || server.state(|state| (state.reads, state.writes));
    // The one whose status was odd is looked at once more now that it is readable.
    until("quiet", || world.eyes.looks() == 4).await;
    let (read, written) = tallies();
    server.state(|state| {
        state.edit("bad", |object| {
            object["metadata"]["annotations"] = json!({RUN_NOW: "1"});
        });
    });
    until("looked at again", || tallies().0 > read).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(tallies().1, written, "it knows already");
    server.state(|state| {
        state.edit("bad", |object| {
            object["spec"] = json!({"gateway": {"resourceId": GATEWAY}});
            object["metadata"]["generation"] = json!(2);
        });
    });
    until("mended", || verdict(&world, "bad") == "RootCauseFound").await;
    assert_eq!(verdict(&world, "bomb"), "");
    running.stop().await;
}

#[tokio::test]
async fn stopping_waits_for_nobody_and_leaves_nobody_behind() {
    let world = World::new(deny());
    world
        .eyes
        .seen(|seen| seen.takes = Duration::from_secs(3_600));
    let running = start(&world);
    until("a visit under way", || world.eyes.looks() == 1).await;
    assert!(running.stop().await < Duration::from_secs(1));
    assert_eq!(
        Arc::strong_count(&world.cx),
        1,
        "no visit holds the context"
    );
}

#[tokio::test]
async fn an_event_during_a_visit_leads_to_one_more_and_a_deletion_to_none() {
    let world = World::new(deny());
    world
        .eyes
        .seen(|seen| seen.takes = Duration::from_millis(300));
    let running = start(&world);
    until("a visit under way", || world.eyes.looks() == 1).await;
    for generation in 2..6 {
        world
            .server
            .edit(|object| object["metadata"]["generation"] = json!(generation));
    }
    until("visited once more", || world.eyes.looks() == 2).await;
    world.server.state(|state| state.delete("shop"));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(world.eyes.looks(), 2);
    running.stop().await;
}

#[tokio::test]
async fn nobody_is_visited_before_we_lead_and_the_caches_are_warm_by_then() {
    let world = World::new(deny());
    let lead = Arc::new(Notify::new());
    let leading = Arc::clone(&lead);
    let running = start_when(&world, async move { leading.notified().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.eyes.looks(), 0);
    let begun = Instant::now();
    lead.notify_one();
    until("a visit", || world.eyes.looks() == 1).await;
    assert!(
        begun.elapsed() < Duration::from_millis(100),
        "{:?}",
        begun.elapsed()
    );
    running.stop().await;
}
