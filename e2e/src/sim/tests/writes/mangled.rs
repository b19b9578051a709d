//! Every place of a document made into something else: an answer comes, and the world goes on.

use serde_json::{Value, json};

use super::{SHOP, allow, edge, edge_id, world};
use crate::sim::tests::fixture::{Azure, held};

/// The places of a document, as JSON pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(own) => {
            for (field, value) in own {
                let field = field.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{field}"), all);
            }
        }
        Value::Array(own) => {
            for (index, value) in own.iter().enumerate() {
                places(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

fn others() -> [Value; 5] {
    [
        json!(null),
        json!(-1),
        json!("odd"),
        json!([[1]]),
        json!({"id": "/x"}),
    ]
}

#[tokio::test]
async fn gateways() {
    let azure = Azure::around(&world("path-rule-swallowed"), held()).await;
    let id = edge_id(SHOP);
    let document = azure.gateway().await;
    let mut all = Vec::new();
    places(&document, "", &mut all);
    let (mut taken, mut refused) = (0, 0);
    for place in all {
        for other in others() {
            let mut body = document.clone();
            *body.pointer_mut(&place).unwrap() = other.clone();
            let put = azure.write("PUT", &edge(SHOP), &body).await;
            match put.status {
                200 => {
                    taken += 1;
                    azure.sim.finish_operations();
                    azure.shop();
                    azure.sim.world(|world| {
                        world.back_end_health(&id).unwrap();
                        // As it was, for the next one.
                        world.put(&id, document.clone()).unwrap();
                    });
                }
                400..=409 => refused += 1,
                status => panic!("{status} for {other} at {place}: {put:?}"),
            }
        }
    }
    assert!(taken > 300 && refused > 300, "{taken} {refused}");
}

#[tokio::test]
async fn rules_and_probes() {
    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    let rule = edge("networkSecurityGroups/nsg-backend/securityRules/new");
    let probe = json!({
        "protocol": "Https", "path": "/", "host": "a.example", "timeout": 30,
        "match": {"body": "x", "statusCodes": ["200"]},
        "backendAddressPool": {"id": format!("{}/backendAddressPools/api", edge_id(SHOP))},
        "backendHttpSettings":
            {"id": format!("{}/backendHttpSettingsCollection/https-api", edge_id(SHOP))},
    });
    let rehearsal = edge(&format!("{SHOP}/getBackendHealthOnDemand"));
    azure.sim.change(|options| {
        options.health.first = crate::sim::FirstAnswer::AtOnce;
    });
    for (method, path, document) in [("PUT", rule, allow(150)), ("POST", rehearsal, probe)] {
        let mut all = Vec::new();
        places(&document, "", &mut all);
        for place in all {
            for other in others() {
                let mut body = document.clone();
                *body.pointer_mut(&place).unwrap() = other.clone();
                let reply = azure.write(method, &path, &body).await;
                let known = matches!(reply.status, 200 | 201 | 400);
                assert!(known, "{other} at {place}: {reply:?}");
                azure.sim.finish_operations();
                azure.shop();
            }
        }
    }
}
