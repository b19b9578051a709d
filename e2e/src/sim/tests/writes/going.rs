//! Conditions, writes beside each other, and the ways in which operations end.

use serde_json::{Value, json};

use super::{SHOP, allow, edge, edge_id, part, world};
use crate::sim::{
    Concurrent, FirstAnswer, IfMatch, Leaves, StartAnswer, WriteEnding,
    tests::fixture::{Azure, Reply, held},
};

const RULE: &str = "networkSecurityGroups/nsg-backend/securityRules/allow-gateway";

async fn broken_probe() -> Azure {
    Azure::around(&world("probe-wrong-path"), held()).await
}

fn mend(own: &mut Value) {
    part(own, "probes", "p-api")["path"] = json!("/healthz");
}

async fn put_if(
    azure: &Azure,
    path: &str,
    body: &Value,
    header: &'static str,
    etag: &str,
) -> Reply {
    let path = edge(path);
    let put = azure.try_write("PUT", &path, body, &[(header, etag)]).await;
    put.unwrap()
}

#[tokio::test]
async fn if_match_is_held_against_what_is_shown_now() {
    let azure = broken_probe().await;
    let document = azure.gateway().await;
    let etag = document["etag"].as_str().unwrap();
    let refused = put_if(&azure, SHOP, &document, "if-match", "W/\"other\"").await;
    assert_eq!(refused.error(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(
        refused.message(),
        format!(
            "Etag provided in if-match header W/\"other\" does not match etag {etag} of resource \
            {} in NRP.",
            edge_id(SHOP)
        )
    );
    assert_eq!(
        put_if(&azure, SHOP, &document, "if-match", etag)
            .await
            .status,
        200
    );
    let stale = put_if(&azure, SHOP, &document, "if-match", etag).await;
    assert_eq!(stale.status, 412, "the first one has moved it");
    let any = put_if(&azure, SHOP, &document, "if-match", "*").await;
    assert_eq!(any.status, 200);
    let there = put_if(&azure, SHOP, &document, "if-none-match", "*").await;
    assert_eq!(there.status, 412);
    azure
        .sim
        .change(|options| options.writes.if_match = IfMatch::IgnoredByGateways);
    assert_eq!(
        put_if(&azure, SHOP, &document, "if-match", etag)
            .await
            .status,
        200
    );
    let logged = azure.sim.writes();
    assert_eq!(logged[0].if_match.as_deref(), Some("W/\"other\""));
    assert_eq!(logged[4].if_none_match.as_deref(), Some("*"));
    assert_eq!(azure.sim.accepted_writes().len(), 3);
}

#[tokio::test]
async fn rules_have_the_etag_of_their_group() {
    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    let absent = put_if(&azure, RULE, &allow(150), "if-match", "*").await;
    assert_eq!(absent.status, 412);
    let new = put_if(&azure, RULE, &allow(150), "if-none-match", "*").await;
    assert_eq!(new.status, 201);
    azure.sim.finish_operations();
    let again = put_if(&azure, RULE, &allow(150), "if-none-match", "*").await;
    assert_eq!(again.status, 412);
    azure
        .sim
        .change(|options| options.writes.if_match = IfMatch::IgnoredByGateways);
    let other = put_if(&azure, RULE, &allow(150), "if-match", "W/\"x\"").await;
    assert_eq!(other.status, 412);
    let group = azure.get(&edge("networkSecurityGroups/nsg-backend")).await;
    let etag = group.header("etag").unwrap();
    let put = put_if(&azure, RULE, &allow(140), "if-match", etag).await;
    assert_eq!(put.status, 200);
    // A second write of the group has to wait.
    let other = "networkSecurityGroups/nsg-backend/securityRules/other";
    let busy = azure.write("PUT", &edge(other), &allow(160)).await;
    assert_eq!(busy.error(), (429, "RetryableError".to_owned()));
    let detail = &busy.json()["error"]["details"][0]["code"];
    assert_eq!(detail, "RetryableErrorDueToAnotherOperation");
    assert_eq!(busy.header("retry-after"), Some("11"));
}

#[tokio::test]
async fn a_second_change_of_a_gateway_cancels_the_first() {
    let azure = broken_probe().await;
    let first = azure.put(mend).await;
    let second = azure.put(|own| own["enableHttp2"] = json!(true)).await;
    assert_eq!(second.status, 200, "nobody is refused");
    let error = azure.status_of(&first).await;
    assert_eq!(error["status"], "Canceled");
    let detail = &error["error"]["details"][0];
    assert_eq!(detail["code"], "CanceledAndSupersededDueToAnotherOperation");
    assert!(
        detail["message"]
            .as_str()
            .unwrap()
            .contains("PutApplicationGatewayOperation (")
    );
    assert_eq!(azure.status_of(&second).await["status"], "InProgress");
    azure.sim.finish_operations();
    assert_eq!(
        azure.shop().status(),
        Some(200),
        "it was read with the first one's change"
    );

    let running = azure.put(|_| {}).await;
    for (concurrent, status, code) in [
        (Concurrent::Refused, 409, "AnotherOperationInProgress"),
        (Concurrent::Busy, 429, "RetryableError"),
    ] {
        azure
            .sim
            .change(|options| options.writes.concurrent = concurrent);
        let refused = azure.put(mend).await;
        assert_eq!(refused.error(), (status, code.to_owned()));
        assert_eq!(azure.status_of(&running).await["status"], "InProgress");
    }
}

#[tokio::test]
async fn somebody_else_cancels_it_too_and_moves_the_etag() {
    let azure = broken_probe().await;
    let put = azure.put(mend).await;
    let before = azure.gateway().await;
    assert!(
        azure
            .sim
            .edit(&edge_id(SHOP), |own| own["tags"]["by"] = json!("portal"))
    );
    let after = azure.gateway().await;
    assert_ne!(after["etag"], before["etag"]);
    assert_eq!(after["tags"]["by"], "portal");
    assert_eq!(after["properties"]["provisioningState"], "Succeeded");
    assert_eq!(azure.status_of(&put).await["status"], "Canceled");
    assert!(!azure.sim.edit(&edge_id("applicationGateways/none"), |_| {}));
    let rule = edge_id("networkSecurityGroups/none/securityRules/x");
    assert!(!azure.sim.edit(&rule, |_| {}));
    assert_eq!(azure.sim.writes().len(), 1, "no request was needed for it");
}

#[tokio::test]
async fn endings_without_success_change_nothing_for_clients() {
    let failed = WriteEnding::Failed {
        code: "InternalServerError".to_owned(),
        message: String::new(),
    };
    for (ending, status) in [(failed, "Failed"), (WriteEnding::Canceled, "Canceled")] {
        for leaves in [Leaves::Goal, Leaves::Before] {
            let azure = broken_probe().await;
            azure.sim.change(|options| options.writes.leaves = leaves);
            azure.sim.end_next(ending.clone());
            let put = azure.put(mend).await;
            let updating = azure.gateway().await;
            azure.sim.finish_operations();
            assert_eq!(azure.status_of(&put).await["status"], status);
            assert_eq!(azure.shop().status(), Some(502));
            let after = azure.gateway().await;
            assert_ne!(after["etag"], updating["etag"]);
            assert_eq!(after["properties"]["provisioningState"], "Failed");
            let path = &after["properties"]["probes"][0]["properties"]["path"];
            let goal = leaves == Leaves::Goal;
            assert_eq!(path == "/healthz", goal, "{status} {leaves:?}");
            // The next one ends as usual.
            azure.put(mend).await;
            azure.sim.finish_operations();
            let after = azure.gateway().await;
            assert_eq!(after["properties"]["provisioningState"], "Succeeded");
            assert_eq!(azure.shop().status(), Some(200));
        }
    }
    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    azure.sim.end_next(WriteEnding::Canceled);
    azure.write("PUT", &edge(RULE), &allow(150)).await;
    azure.sim.finish_operations();
    let shown = azure.get(&edge(RULE)).await.json();
    assert_eq!(shown["properties"]["provisioningState"], "Failed");
    assert_eq!(azure.shop().status(), Some(502));
    let delete = azure.write("DELETE", &edge(RULE), &json!(null)).await;
    assert_eq!(delete.status, 202);
    azure.sim.finish_operations();
    assert_eq!(azure.get(&edge(RULE)).await.status, 404);
    let group = azure.get(&edge("networkSecurityGroups/nsg-backend")).await;
    assert_eq!(group.json()["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test]
async fn what_never_ends_goes_on_until_it_is_ended() {
    let azure = broken_probe().await;
    azure
        .sim
        .change(|options| options.writes.gateway_takes = std::time::Duration::ZERO);
    azure.sim.end_next(WriteEnding::Never);
    let put = azure.put(mend).await;
    assert_eq!(azure.status_of(&put).await["status"], "InProgress");
    assert_eq!(azure.sim.finish_operations(), 1);
    assert_eq!(azure.status_of(&put).await["status"], "Succeeded");
    assert_eq!(azure.shop().status(), Some(200));
}

#[tokio::test]
async fn other_statuses_and_headers() {
    for (headers, wanted) in [
        (FirstAnswer::AsyncOperation, (true, false)),
        (FirstAnswer::Location, (false, true)),
        (FirstAnswer::Both, (true, true)),
        (FirstAnswer::Neither, (false, false)),
        (FirstAnswer::AtOnce, (false, false)),
    ] {
        let azure = broken_probe().await;
        azure.sim.change(|options| {
            options.writes.headers = headers;
            options.writes.status = Some(202);
        });
        let put = azure.put(mend).await;
        let has = |name| put.header(name).is_some();
        assert_eq!(put.status, 202);
        assert_eq!((has("azure-asyncoperation"), has("location")), wanted);
        let at_once = headers == FirstAnswer::AtOnce;
        let state = &put.json()["properties"]["provisioningState"];
        assert_eq!(state == "Succeeded", at_once);
        assert_eq!(azure.shop().status() == Some(200), at_once);
        if let Some(results) = put.header("location") {
            assert_eq!(azure.get(results).await.status, 202);
            azure.sim.finish_operations();
            assert_eq!(azure.get(results).await.json()["name"], "shop");
        }
    }
    let azure = Azure::around(&world("stopped"), held()).await;
    azure
        .sim
        .change(|options| options.writes.start = StartAnswer::Endless);
    let start = edge(&format!("{SHOP}/start"));
    let start = azure.write("POST", &start, &json!(null)).await;
    assert_eq!(start.status, 200);
    azure.sim.finish_operations();
    assert_eq!(azure.status_of(&start).await["status"], "Succeeded");
    assert_eq!(
        azure.get(start.header("location").unwrap()).await.status,
        202
    );
    azure.sim.change(|options| {
        options.writes.poll_errors = vec![404, 503];
        options.writes.running_word = "Working".to_owned();
    });
    let put = azure.put(|_| {}).await;
    let url = put.header("azure-asyncoperation").unwrap();
    assert_eq!(azure.get(url).await.status, 404);
    assert_eq!(azure.get(url).await.status, 503);
    assert_eq!(azure.get(url).await.json()["status"], "Working");
}
