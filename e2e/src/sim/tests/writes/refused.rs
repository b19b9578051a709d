//! Writes that the front door refuses: permissions, locks, policies and what is linked.

use serde_json::{Value, json};

use super::{SHOP, allow, edge, edge_id, world};
use crate::sim::{
    Options, Principal, World,
    tests::fixture::{Azure, held},
};

const RULE: &str = "networkSecurityGroups/nsg-backend/securityRules/allow-gateway";

async fn azure(principal: Principal, change: impl FnOnce(&mut World)) -> Azure {
    let options = Options {
        principals: vec![Principal::default(), principal],
        ..held()
    };
    let azure = Azure::around(&world("deny-on-backend-subnet"), options).await;
    azure.sim.world(change);
    azure
}

#[tokio::test]
async fn a_writer_without_one_action_is_told_which() {
    for (action, method, path) in [
        ("networkSecurityGroups/securityRules/write", "PUT", RULE),
        ("networkSecurityGroups/securityRules/delete", "DELETE", RULE),
        ("applicationGateways/write", "PUT", SHOP),
        (
            "applicationGateways/start/action",
            "POST",
            "applicationGateways/shop/start",
        ),
    ] {
        let action = format!("Microsoft.Network/{action}");
        let azure = azure(Principal::writer().without(&action), |_| {}).await;
        let body = if path == RULE {
            allow(150)
        } else {
            azure.gateway().await
        };
        let refused = azure.write(method, &edge(path), &body).await;
        assert_eq!(refused.error(), (403, "AuthorizationFailed".to_owned()));
        assert!(refused.message().contains(&format!("action '{action}'")));
        assert!(refused.message().contains(&Principal::writer().object_id));
        let logged = azure.sim.writes();
        assert_eq!(logged.len(), 1);
        assert_eq!((logged[0].status, logged[0].accepted), (Some(403), false));
        assert_eq!(azure.sim.running_operations(), 0);
    }
}

#[tokio::test]
async fn what_is_linked_takes_permissions_of_its_own() {
    for (action, on) in [
        (
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "virtualNetworks/vnet-edge/subnets/snet-gateway",
        ),
        (
            "Microsoft.Network/publicIPAddresses/join/action",
            "publicIPAddresses/pip-shop",
        ),
    ] {
        let azure = azure(Principal::writer().without(action), |_| {}).await;
        let refused = azure.put(|_| {}).await;
        assert_eq!(
            refused.error(),
            (403, "LinkedAuthorizationFailed".to_owned())
        );
        let message = refused.message();
        assert!(
            message.contains(action) && message.contains(&edge_id(on)),
            "{message}"
        );
        let rule = azure.write("PUT", &edge(RULE), &allow(150)).await;
        assert_eq!(rule.status, 201, "a rule refers to nothing");
    }
}

#[tokio::test]
async fn a_writer_may_come_with_an_assertion_of_its_own() {
    let writer = Principal {
        assertion: Some("writers-own".to_owned()),
        ..Principal::writer()
    };
    let azure = azure(writer.clone(), |_| {}).await;
    let scope = format!("{}/.default", azure.sim.origin());
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let tenant = azure.sim.tenant();
    let reader = Principal::default();
    for (id, assertion, status) in [
        (&writer.id, "writers-own", 200),
        (&writer.id, "readers", 401),
        (&reader.id, "readers", 200),
    ] {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_assertion_type", kind),
            ("client_assertion", assertion),
            ("scope", &scope),
        ];
        let reply = azure.ask_token(&tenant, &fields).await;
        assert_eq!(reply.status, status, "{id} {assertion}: {reply:?}");
    }
}

#[tokio::test]
async fn locks_of_either_level() {
    let scope = edge_id("networkSecurityGroups/nsg-backend");
    let azure = azure(Principal::writer(), |world| {
        world.lock("keep", &scope, "CanNotDelete");
    })
    .await;
    let put = azure.write("PUT", &edge(RULE), &allow(150)).await;
    assert_eq!(put.status, 201);
    azure.sim.finish_operations();
    let refused = azure.write("DELETE", &edge(RULE), &json!(null)).await;
    assert_eq!(refused.error(), (409, "ScopeLocked".to_owned()));
    assert!(
        refused
            .message()
            .contains("cannot perform delete operation")
    );
    azure.sim.world(|world| {
        world.unlock_all();
        world.lock("frozen", &edge_id(SHOP), "ReadOnly");
    });
    let delete = azure.write("DELETE", &edge(RULE), &json!(null)).await;
    assert_eq!(delete.status, 202, "another scope");
    assert_eq!(azure.put(|_| {}).await.error().1, "ScopeLocked");
    let start = edge(&format!("{SHOP}/start"));
    let start = azure.write("POST", &start, &json!(null)).await;
    assert_eq!(start.error().1, "ScopeLocked");
}

#[tokio::test]
async fn policies_forbid_what_they_say() {
    let text = world("deny-on-backend-subnet")
        + "policies: {no-holes: {on: rg-edge, action: '*/securityRules/write'}}\n";
    let azure = Azure::around(&text, held()).await;
    let refused = azure.write("PUT", &edge(RULE), &allow(150)).await;
    assert_eq!(
        refused.error(),
        (403, "RequestDisallowedByPolicy".to_owned())
    );
    assert!(refused.message().contains("no-holes"), "{refused:?}");
    assert_eq!(azure.put(|_| {}).await.status, 200);
    azure
        .sim
        .world(|world| world.forbid("frozen", "/subscriptions", "*/write"));
    let refused = azure.put(|_| {}).await;
    assert_eq!(refused.error().1, "RequestDisallowedByPolicy");
}

#[tokio::test]
async fn a_site_with_subnet_rules_takes_the_right_to_join_them() {
    let join = "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action";
    let options = Options {
        principals: vec![Principal::default(), Principal::writer().without(join)],
        ..held()
    };
    let azure = Azure::around(&world("app-restricted-subnet"), options).await;
    let config = edge_id(SHOP).replace(
        "Microsoft.Network/applicationGateways/shop",
        "Microsoft.Web/sites/app-shop/config/web?api-version=2023-12-01",
    );
    // Also for a change that has nothing to do with them.
    let body: Value = json!({"properties": {"alwaysOn": true}});
    let refused = azure.write("PATCH", &config, &body).await;
    assert_eq!(
        refused.error(),
        (403, "LinkedAuthorizationFailed".to_owned())
    );
    assert!(refused.message().contains(join));
}
