//! Whole visits, against an API server and an Azure that remember.
mod controller;
mod eyes;
mod server;

use appgw_crds::{AppGatewayDiagnosisStatus, Trigger};
use appgw_operator::{
    backoff::Backoff,
    events::Events,
    reconcile::{Context, Next, Pace, reconcile},
    turns::Turn,
    waits::Waits,
    wire::{PAUSED, RUN_NOW},
};
use appgw_runbook::{facts::Gap, report::Verdict, visit::Again};
use eyes::{Eyes, deny, unknown, unreachable, visit};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::json;
use server::Server;
use std::{sync::Arc, time::Duration};

const GATEWAY: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";
const MINUTE: Duration = Duration::from_mins(1);
const PACE: Pace = Pace {
    interval: Duration::from_mins(15),
    transition: Duration::from_secs(90),
    unknown: Duration::from_mins(3),
    throttled: Duration::from_mins(1),
    transition_limit: Duration::from_mins(15),
};

/// One object, an API server that keeps it, and an Azure.
struct World {
    server: Server,
    eyes: Eyes,
    cx: Arc<Context<Eyes>>,
}

impl World {
    fn new(visit: appgw_runbook::visit::Visit) -> Self {
        let server = Server::default();
        server.edit(|_| ());
        let eyes = Eyes::that_see(visit);
        let client = server.client();
        let cx = Arc::new(Context {
            events: Events::new(client.clone(), None),
            client,
            eyes: eyes.clone(),
            pace: PACE,
            failures: Backoff::default(),
            losses: Backoff::between(Duration::from_secs(1), MINUTE),
            waits: Waits::default(),
        });
        Self { server, eyes, cx }
    }
    fn azure(&self, visit: appgw_runbook::visit::Visit) {
        self.eyes.seen(|seen| seen.visit = visit);
    }
    async fn visit(&self) -> Next {
        self.visit_as(false).await
    }
    async fn visit_as(&self, timed: bool) -> Next {
        let seen = self.server.now();
        reconcile(&seen, &self.cx, &Turn::free(), timed)
            .await
            .unwrap()
    }
    fn status(&self) -> AppGatewayDiagnosisStatus {
        self.server.now().status.unwrap()
    }
    fn condition(&self, kind: &str) -> Option<Condition> {
        let conditions = self.status().conditions;
        conditions.into_iter().find(|it| it.type_ == kind)
    }
    fn reason(&self, kind: &str) -> String {
        self.condition(kind).map_or(String::new(), |it| it.reason)
    }
    fn writes(&self) -> u32 {
        self.server.state(|state| std::mem::take(&mut state.writes))
    }
    fn events(&self) -> Vec<String> {
        self.server.state(|state| std::mem::take(&mut state.events))
    }
}

fn about(next: Next, wait: Duration) -> bool {
    matches!(next, Next::In(got) if (wait..=wait * 11 / 10).contains(&got))
}

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
    assert_eq!(status.verdict.map(|it| it.as_str()), Some("RootCauseFound"));
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

    world.azure(visit(Verdict::Inconclusive));
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
    world.azure(visit(Verdict::Healthy));
    let edit_once: Box<dyn FnOnce(&mut server::State) + Send> = Box::new(|state| {
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
    assert_eq!(
        world.status().verdict.map(|it| it.as_str()),
        Some("RootCauseFound")
    );
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
    world.azure(visit(Verdict::Healthy));
    let mut waits = Vec::new();
    for generation in 0..8 {
        let touch = move |state: &mut server::State| {
            state.edit("shop", |object| {
                object["metadata"]["labels"]["n"] = json!(generation)
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
    assert!(
        waits[0] == 1 && waits[7] >= 60 && waits.is_sorted(),
        "{waits:?}"
    );
}

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
    assert_eq!(
        world.eyes.seen(|seen| seen.visitors.last().unwrap().1),
        true
    );
    world.visit().await;
    assert_eq!(world.writes(), 0);
    assert_eq!(
        world.eyes.seen(|seen| seen.visitors.last().unwrap().1),
        false
    );
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
    assert_eq!(
        world.status().verdict.map(|it| it.as_str()),
        Some("RootCauseFound")
    );
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
    world
        .server
        .edit(|object| object["spec"]["hints"] = json!({"healthPath": "/healthz"}));
    assert_eq!(world.visit().await, Next::OnChange);
    let ready = world.condition("Ready").unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "InvalidSpec")
    );
    assert_eq!(ready.message, "hints.healthPath: not built yet");
    assert_eq!(world.reason("Stalled"), "UserErrorUntilSpecChanges");
    assert_eq!(world.reason("Diagnosed"), "CannotDiagnose");
    assert_eq!((world.eyes.looks(), world.writes()), (0, 1));
    world.visit().await;
    assert_eq!(world.writes(), 0);

    world.server.edit(|object| {
        object["spec"]["hints"] = json!({"slowToStart": true});
        object["metadata"]["generation"] = json!(2);
    });
    world.visit().await;
    assert_eq!(
        (world.reason("Ready"), world.condition("Stalled")),
        ("Diagnosed".into(), None)
    );
}

#[tokio::test]
async fn the_three_looks_of_1b_3_are_waits_apart_however_often_a_person_asks() {
    let world = World::new(unknown(1));
    let looks = || world.eyes.seen(|seen| seen.visitors.last().unwrap().0.look);
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
    (ended.looks, ended.report.backends) =
        (3, Some(appgw_runbook::report::Backends::HealthUnknown));
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
async fn a_wait_has_one_beginning_whatever_the_clock_says() {
    let mut starting = visit(Verdict::WaitingForAzure);
    starting.again = Again::Transition;
    let world = World::new(starting);
    assert!(about(world.visit().await, PACE.transition));
    let since = || {
        world
            .eyes
            .seen(|seen| seen.visitors.last().unwrap().0.waiting_since)
    };
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
    world.azure(visit(Verdict::Healthy));
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

#[tokio::test]
async fn events_that_cannot_be_posted_fail_no_visit() {
    let world = World::new(deny());
    world.server.state(|state| state.refuse_events = true);
    assert!(about(world.visit().await, PACE.interval));
    assert_eq!(
        world.status().verdict.map(|it| it.as_str()),
        Some("RootCauseFound")
    );
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
