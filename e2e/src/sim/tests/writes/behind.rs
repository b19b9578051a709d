//! What writes leave behind, and what they meet that no document shows.

use serde_json::{Value, json};

use super::{SHOP, edge, edge_id, part, world};
use crate::sim::{
    Principal, WriteEnding,
    tests::fixture::{Azure, held},
};

async fn activity(azure: &Azure) -> Vec<Value> {
    let (group, _) = edge_id(SHOP)
        .split_once("/providers/")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let subscription = group.split("/resourceGroups/").next().unwrap();
    let filter = format!(
        "eventTimestamp ge '{}' and resourceUri eq '{}'",
        jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1),
        edge_id(SHOP)
    );
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let path = format!(
        "{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter={filter}"
    );
    let reply = azure.get(&path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["value"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_activity_log_says_who_wrote_what() {
    let azure = Azure::around(&world("probe-wrong-path"), held()).await;
    assert_eq!(activity(&azure).await, Vec::<Value>::new());
    azure.put(|_| {}).await;
    azure.sim.finish_operations();
    azure.sim.end_next(WriteEnding::Canceled);
    azure.put(|_| {}).await;
    azure.sim.finish_operations();
    let events = activity(&azure).await;
    let mut said: Vec<&str> = events
        .iter()
        .map(|own| own["status"]["value"].as_str().unwrap())
        .collect();
    said.sort_unstable();
    assert_eq!(said, ["Accepted", "Accepted", "Failed", "Succeeded"]);
    for event in events {
        assert_eq!(event["caller"], Principal::writer().object_id);
        let action = "Microsoft.Network/applicationGateways/write";
        assert_eq!(event["operationName"]["value"], action);
    }
}

#[tokio::test]
async fn what_clients_got_before_is_not_rewritten() {
    let text = world("probe-wrong-path").replace(
        "gateways:\n",
        "traffic: [{url: 'https://shop.contoso.com/cart', perMinute: 60}]\ngateways:\n",
    );
    let azure = Azure::around(&text, held()).await;
    azure
        .put(|own| part(own, "probes", "p-api")["path"] = json!("/healthz"))
        .await;
    azure.sim.finish_operations();
    azure.sim.world(|world| world.pass(5));
    let minutes = azure
        .sim
        .world(|world| world.minutes(&edge_id(SHOP), 10, 0));
    let got: Vec<u16> = minutes
        .iter()
        .map(|own| own.served[0].sees.status().unwrap())
        .collect();
    assert_eq!(got, [502, 502, 502, 502, 200, 200, 200, 200, 200, 200]);
    let stop = edge(&format!("{SHOP}/stop"));
    azure.write("POST", &stop, &json!(null)).await;
    azure.sim.finish_operations();
    azure.sim.world(|world| world.pass(2));
    let minutes = azure.sim.world(|world| world.minutes(&edge_id(SHOP), 9, 0));
    let stopped: Vec<bool> = minutes.iter().map(|own| own.stopped).collect();
    let (before, after) = stopped.split_at(7);
    assert!(
        before.iter().all(|own| !own) && after == [true, true],
        "{stopped:?}"
    );
    assert_eq!(minutes[0].served[0].sees.status(), Some(502));
    assert_eq!(minutes[5].served[0].sees.status(), Some(200));
}

#[tokio::test]
async fn a_change_makes_a_gateway_forget_what_does_not_resolve_any_more() {
    let text = world("fqdn-member")
        .replace("\nnames:", "\ncachedNames:")
        .replace("deny-", "allow-")
        .replace(" Deny ", " Allow ");
    let azure = Azure::around(&text, held()).await;
    let before = azure.shop().status();
    assert_eq!(before, Some(200), "by what it remembers");
    azure.put(|_| {}).await;
    assert_eq!(azure.shop().status(), Some(200));
    azure.sim.finish_operations();
    assert_eq!(azure.shop().status(), Some(502));
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_fails_any_change() {
    let text = world("probe-wrong-path") + "unreadableSecrets: ['https://v.example/secrets/s']\n";
    let azure = Azure::around(&text, held()).await;
    azure.sim.edit(&edge_id(SHOP), |own| {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
        own["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": {id: {"principalId": "p"}}});
        let certificates = &mut own["properties"]["sslCertificates"];
        certificates[0]["properties"]["keyVaultSecretId"] = json!("https://v.example/secrets/s");
    });
    let mut document = azure.gateway().await;
    let put = azure.write("PUT", &edge(SHOP), &document).await;
    assert_eq!(put.error().1, "MissingIdentityIds");
    for own in document["identity"]["userAssignedIdentities"]
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        *own = json!({});
    }
    part(&mut document["properties"], "probes", "p-api")["path"] = json!("/healthz");
    let put = azure.write("PUT", &edge(SHOP), &document).await;
    assert_eq!(put.status, 200, "{put:?}");
    let identities = &put.json()["identity"]["userAssignedIdentities"];
    assert!(
        identities.to_string().contains("principalId"),
        "they come back whole"
    );
    azure.sim.finish_operations();
    let end = azure.status_of(&put).await;
    assert_eq!(end["status"], "Failed");
    assert_eq!(
        end["error"]["code"],
        "ApplicationGatewayKeyVaultSecretException"
    );
    assert_eq!(azure.shop().status(), Some(502));
}
