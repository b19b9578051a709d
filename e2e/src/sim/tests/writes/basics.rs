//! One write from its acceptance to its end.

use serde_json::json;

use super::{SHOP, allow, edge, edge_id, part, world};
use crate::sim::tests::fixture::{Azure, held, quick};

const RULE: &str = "networkSecurityGroups/nsg-backend/securityRules/allow-gateway";

#[tokio::test]
async fn an_allow_rule_is_in_force_only_when_its_operation_has_succeeded() {
    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    assert_eq!(azure.shop().status(), Some(502));
    let before = azure.get(&edge("networkSecurityGroups/nsg-backend")).await;
    let put = azure.write("PUT", &edge(RULE), &allow(150)).await;
    assert_eq!(put.status, 201, "{put:?}");
    assert_eq!(put.json()["properties"]["provisioningState"], "Updating");
    assert_eq!(put.header("location"), None);
    let shown = azure.get(&edge("networkSecurityGroups/nsg-backend")).await;
    assert_eq!(shown.json()["properties"]["provisioningState"], "Updating");
    assert_ne!(shown.header("etag"), before.header("etag"));
    assert_eq!(azure.status_of(&put).await, json!({"status": "InProgress"}));
    assert_eq!(azure.shop().status(), Some(502), "nothing is in force yet");
    assert_eq!(azure.sim.running_operations(), 1);
    assert_eq!(azure.sim.finish_operations(), 1);
    assert_eq!(azure.status_of(&put).await, json!({"status": "Succeeded"}));
    let after = azure.get(&edge(RULE)).await;
    assert_eq!(after.json()["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        after.json()["properties"]["sourceAddressPrefixes"],
        json!([])
    );
    assert_ne!(after.header("etag"), shown.header("etag"));
    assert_eq!(azure.shop().status(), Some(200));

    let delete = azure.write("DELETE", &edge(RULE), &json!(null)).await;
    assert_eq!((delete.status, delete.text.as_str()), (202, ""));
    let shown = azure.get(&edge(RULE)).await.json();
    assert_eq!(shown["properties"]["provisioningState"], "Deleting");
    assert_eq!(azure.shop().status(), Some(200));
    azure.sim.finish_operations();
    assert_eq!(azure.status_of(&delete).await["status"], "Succeeded");
    let results = delete.header("location").unwrap();
    assert_eq!(azure.get(results).await.status, 204);
    assert_eq!(azure.get(&edge(RULE)).await.status, 404);
    assert_eq!(azure.shop().status(), Some(502));
    let again = azure.write("DELETE", &edge(RULE), &json!(null)).await;
    assert_eq!(again.status, 204);
}

#[tokio::test]
async fn a_gateway_changes_its_etag_at_the_start_and_at_the_end() {
    let azure = Azure::around(&world("probe-wrong-path"), held()).await;
    let before = azure.gateway().await;
    let put = azure
        .put(|own| part(own, "probes", "p-api")["path"] = json!("/healthz"))
        .await;
    assert_eq!(put.status, 200, "{put:?}");
    let shown = azure.gateway().await;
    let etags = [&before, &put.json(), &shown].map(|own| own["etag"].to_string());
    assert!(etags[0] != etags[1] && etags[1] != etags[2], "{etags:?}");
    assert_eq!(shown["properties"]["provisioningState"], "Updating");
    let probe = &shown["properties"]["probes"][0]["properties"];
    assert_eq!(
        (&probe["path"], &probe["provisioningState"]),
        (&json!("/healthz"), &json!("Updating"))
    );
    assert_eq!(azure.shop().status(), Some(502));
    azure.sim.finish_operations();
    let after = azure.gateway().await;
    assert_ne!(after["etag"], shown["etag"]);
    assert_eq!(after["properties"]["provisioningState"], "Succeeded");
    assert_eq!(azure.shop().status(), Some(200));
    // What was sent and nothing else.
    let mut wanted = before.clone();
    part(&mut wanted["properties"], "probes", "p-api")["path"] = json!("/healthz");
    assert_eq!(plain(&after), plain(&wanted));
}

/// A document without its versions.
fn plain(document: &serde_json::Value) -> String {
    let text = document.to_string();
    let mut parts = text.split("W/\\\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |sum, part| sum + &part[36..])
}

#[tokio::test]
async fn operations_end_by_themselves() {
    let azure = Azure::around(&world("deny-on-backend-subnet"), quick()).await;
    azure.write("PUT", &edge(RULE), &allow(150)).await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(
        azure.shop().status(),
        Some(200),
        "five seconds at a thousandth"
    );

    azure.sim.change(|options| options.writes.polls = 2);
    let put = azure.put(|_| {}).await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let mut words = Vec::new();
    for _ in 0..3 {
        words.push(azure.status_of(&put).await["status"].clone());
    }
    assert_eq!(words, ["InProgress", "InProgress", "Succeeded"]);
}

#[tokio::test]
async fn a_gateway_that_was_not_there() {
    let azure = Azure::around(&world("all-healthy"), held()).await;
    let (id, other) = (edge_id(SHOP), edge_id(SHOP).replace("shop", "second"));
    let text = azure.gateway().await.to_string().replace(&id, &other);
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    // An empty key store, as far as anybody looks at it here.
    part(
        &mut document["properties"],
        "sslCertificates",
        "certificate",
    )["data"] = json!("MAA=");
    let path = format!("{other}?api-version=2025-07-01");
    let put = azure.write("PUT", &path, &document).await;
    assert_eq!(put.status, 201, "{put:?}");
    let shown = azure.get(&path).await.json();
    assert_eq!(shown["properties"]["operationalState"], "Stopped");
    assert!(
        !shown.to_string().contains("MAA="),
        "what has a key is never shown"
    );
    assert_eq!(azure.sim.world(|world| world.back_end_health(&other)), None);
    azure.sim.finish_operations();
    let shown = azure.get(&path).await.json();
    assert_eq!(shown["properties"]["operationalState"], "Running");
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
    assert!(
        azure
            .sim
            .world(|world| world.back_end_health(&other))
            .is_some()
    );
}

#[tokio::test]
async fn start_and_stop() {
    let azure = Azure::around(&world("stopped"), held()).await;
    let id = edge_id(SHOP);
    let start = azure
        .write("POST", &edge(&format!("{SHOP}/start")), &json!(null))
        .await;
    assert_eq!((start.status, start.text.as_str()), (202, ""));
    let shown = azure.gateway().await;
    assert_eq!(shown["properties"]["operationalState"], "Starting");
    assert_ne!(azure.shop().status(), Some(200));
    azure.sim.finish_operations();
    assert_eq!(azure.status_of(&start).await["status"], "Succeeded");
    let results = azure.get(start.header("location").unwrap()).await;
    assert_eq!((results.status, results.text.as_str()), (200, ""));
    assert!(results.header("location").is_some());
    assert_eq!(azure.shop().status(), Some(200));

    let again = azure
        .write("POST", &edge(&format!("{SHOP}/start")), &json!(null))
        .await;
    assert_eq!(again.status, 200, "it runs already");
    assert!(again.header("azure-asyncoperation").is_some());

    azure
        .write("POST", &edge(&format!("{SHOP}/stop")), &json!(null))
        .await;
    azure.sim.finish_operations();
    let stopped = azure.sim.world(|world| world.get(&id)).unwrap();
    assert_eq!(stopped["properties"]["operationalState"], "Stopped");
    assert_ne!(azure.shop().status(), Some(200));
    // Any PUT starts it.
    azure.put(|_| {}).await;
    azure.sim.finish_operations();
    assert_eq!(
        azure.gateway().await["properties"]["operationalState"],
        "Running"
    );
    assert_eq!(azure.shop().status(), Some(200));
}
