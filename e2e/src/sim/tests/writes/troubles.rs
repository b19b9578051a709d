//! Writes that are held, whose answers get lost, or that are answered with an error before or after they are taken.

use std::time::Duration;

use serde_json::json;

use super::{allow, edge, world};
use crate::sim::{
    Fault, HoldPoint, Status,
    tests::fixture::{Azure, held},
};

const RULE: &str = "networkSecurityGroups/nsg-backend/securityRules/allow-gateway";

async fn azure() -> Azure {
    Azure::around(&world("deny-on-backend-subnet"), held()).await
}

/// Sends the rule and goes away once it is held.
async fn sent_and_gone(azure: &Azure, hold: &crate::sim::Hold) {
    azure.writer().await;
    let (path, body) = (edge(RULE), allow(150));
    tokio::select! {
        answer = azure.try_write("PUT", &path, &body, &[]) => panic!("{answer:?}"),
        () = hold.reached(1) => {}
    }
}

#[tokio::test]
async fn held_before_it_is_taken_either_may_come_of_it() {
    for goes_on in [true, false] {
        let azure = azure().await;
        let hold = azure.sim.hold_next_write(HoldPoint::BeforeAcceptance);
        sent_and_gone(&azure, &hold).await;
        assert_eq!(hold.count(), 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(azure.sim.accepted_writes().is_empty());
        assert_eq!(azure.get(&edge(RULE)).await.status, 404, "reads go on");
        if goes_on {
            hold.release();
        } else {
            hold.discard();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(azure.sim.accepted_writes().len(), usize::from(goes_on));
        let status = if goes_on { 200 } else { 404 };
        assert_eq!(azure.get(&edge(RULE)).await.status, status);
        assert_eq!(azure.sim.writes().len(), 1);
    }
}

#[tokio::test]
async fn held_after_it_is_taken_it_is_done_whoever_has_gone() {
    let azure = azure().await;
    let hold = azure.sim.hold_next_write(HoldPoint::AfterAcceptance);
    sent_and_gone(&azure, &hold).await;
    assert_eq!(azure.sim.accepted_writes().len(), 1);
    assert_eq!(azure.sim.writes()[0].status, None, "nothing was answered");
    azure.sim.finish_operations();
    assert_eq!(azure.shop().status(), Some(200));
    drop(hold);
    let next = azure.write("DELETE", &edge(RULE), &json!(null)).await;
    assert_eq!(next.status, 202, "only the first one is held");
}

#[tokio::test]
async fn an_answer_that_gets_lost_is_that_of_a_write_that_was_taken() {
    let azure = azure().await;
    azure.writer().await;
    azure.sim.inject(Fault::LostAnswer.on_writes(1));
    let lost = azure.try_write("PUT", &edge(RULE), &allow(150), &[]).await;
    assert!(lost.is_err());
    assert_eq!(azure.sim.accepted_writes().len(), 1);
    azure.sim.finish_operations();
    assert_eq!(azure.shop().status(), Some(200));

    azure.sim.inject(Fault::Reset.on_writes(1));
    let lost = azure
        .try_write("DELETE", &edge(RULE), &json!(null), &[])
        .await;
    assert!(lost.is_err());
    assert_eq!(azure.sim.accepted_writes().len(), 1, "this one was not");
    assert_eq!(azure.sim.running_operations(), 0);
}

#[tokio::test]
async fn errors_on_the_next_writes() {
    let azure = azure().await;
    let rule = async || azure.write("PUT", &edge(RULE), &allow(150)).await;
    azure.sim.inject(Fault::status(409).on_writes(1));
    azure.sim.inject(Fault::throttled(2).on_writes(2));
    assert_eq!(
        rule().await.error(),
        (409, "AnotherOperationInProgress".to_owned())
    );
    assert_eq!(azure.get(&edge(RULE)).await.status, 404, "reads are spared");
    assert_eq!(rule().await.error().1, "TooManyRequests");
    assert!(azure.sim.accepted_writes().is_empty());
    let taken = Fault::AcceptedThen(Status {
        status: 504,
        ..Status::default()
    });
    azure.sim.inject(taken.on_writes(1));
    assert_eq!(rule().await.error(), (504, "GatewayTimeout".to_owned()));
    let logged = azure.sim.writes().pop().unwrap();
    assert_eq!((logged.status, logged.accepted), (Some(504), true));
    assert_eq!(logged.fault.as_deref(), Some("accepted, then status 504"));
    assert_eq!(azure.sim.running_operations(), 1);
    let told: Vec<crate::sim::Rule> = serde_saphyr::from_str(
        "[{match: {writes: true}, do: lostAnswer}, {do: {acceptedThen: {status: 500}}}]",
    )
    .unwrap();
    assert!(told[0].matching.writes && told[0].fault == Fault::LostAnswer);
}
