//! Candidate probes that are tried without changing anything, and members that an api-version does not have.

use serde_json::{Value, json};

use super::{SHOP, edge, edge_id, part, world};
use crate::sim::{
    Members,
    tests::fixture::{Azure, Reply, held},
};

async fn rehearse(azure: &Azure, settings: &str, probe: Value) -> Reply {
    let mut body = probe;
    let own = |list: &str, name: &str| json!({"id": format!("{}/{list}/{name}", edge_id(SHOP))});
    body["backendAddressPool"] = own("backendAddressPools", "api");
    body["backendHttpSettings"] = own("backendHttpSettingsCollection", settings);
    let path = edge(&format!("{SHOP}/getBackendHealthOnDemand"));
    azure.ask(&path, &body).await
}

#[tokio::test]
async fn a_reader_may_try_a_probe() {
    let azure = Azure::around(&world("probe-wrong-path"), held()).await;
    let before = azure.gateway().await;
    for (path, word) in [("/healthz", "Healthy"), ("/health", "Unhealthy")] {
        let probe =
            json!({"protocol": "Https", "host": "shop.contoso.com", "path": path, "timeout": 30});
        let first = rehearse(&azure, "https-api", probe).await;
        assert_eq!((first.status, first.text.as_str()), (202, "null"));
        assert_eq!(first.header("azure-asyncoperation"), None);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let done = azure.get(first.header("location").unwrap()).await.json();
        assert_eq!(
            done["backendAddressPool"]["id"],
            format!("{}/backendAddressPools/api", edge_id(SHOP))
        );
        let health = &done["backendHealthHttpSettings"];
        assert!(health["backendHttpSettings"]["id"].is_string());
        assert_eq!(health["servers"].as_array().unwrap().len(), 2);
        assert_eq!(health["servers"][0]["health"], word, "{done}");
    }
    assert_eq!(azure.gateway().await, before);
    assert!(azure.sim.writes().is_empty());
    assert_eq!(azure.shop().status(), Some(502));
    for (settings, probe, code) in [
        (
            "none",
            json!({"protocol": "Https", "path": "/"}),
            "InvalidResourceReference",
        ),
        (
            "https-api",
            json!({"protocol": "Http", "path": "/"}),
            "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettinsProtocol",
        ),
        (
            "https-api",
            json!({"protocol": "Https", "path": "x"}),
            "InvalidRequestFormat",
        ),
    ] {
        let refused = rehearse(&azure, settings, probe).await;
        assert_eq!(refused.error(), (400, code.to_owned()));
    }
    let azure = Azure::around(&world("stopped"), held()).await;
    let probe = json!({"protocol": "Https", "path": "/"});
    let refused = rehearse(&azure, "https-api", probe).await;
    assert_eq!(refused.error(), (409, "OperationNotAllowed".to_owned()));
}

#[tokio::test]
async fn an_older_api_version_shows_nothing_newer_and_loses_it() {
    let azure = Azure::around(&world("probe-wrong-path"), held()).await;
    let named = |own: &mut Value| {
        part(own, "backendHttpSettingsCollection", "https-api")["sniName"] = json!("x.contoso.com");
    };
    assert_eq!(azure.put(named).await.status, 200);
    azure.sim.finish_operations();
    let old = edge(SHOP).replace("2025-07-01", "2023-11-01");
    let sni = |document: &Value| {
        let settings = &document["properties"]["backendHttpSettingsCollection"][0];
        settings["properties"]["sniName"].clone()
    };
    let read = azure.get(&old).await.json();
    assert_eq!(sni(&read), Value::Null);
    assert_eq!(sni(&azure.gateway().await), "x.contoso.com");
    let list = azure.get(&old.replace("/shop?", "?")).await.json();
    assert_eq!(sni(&list["value"][0]), Value::Null);

    let newer = azure.gateway().await;
    let refused = azure.write("PUT", &old, &newer).await;
    assert_eq!(refused.error(), (400, "InvalidRequestFormat".to_owned()));
    let detail = refused.json()["error"]["details"][0]["message"].to_string();
    assert!(
        detail.contains("Could not find member 'sniName' on object of type"),
        "{detail}"
    );
    let odd = azure
        .put(|own| own["probes"][0]["properties"]["pathh"] = json!("/"))
        .await;
    assert_eq!(odd.error().1, "InvalidRequestFormat");

    azure
        .sim
        .change(|options| options.writes.members = Members::Dropped);
    assert_eq!(azure.write("PUT", &old, &newer).await.status, 200);
    azure.sim.finish_operations();
    assert_eq!(sni(&azure.gateway().await), Value::Null, "lost");
    assert_eq!(azure.put(named).await.status, 200);
    azure.sim.finish_operations();
    // What was read with the old version is put with it.
    assert_eq!(azure.write("PUT", &old, &read).await.status, 200);
    azure.sim.finish_operations();
    assert_eq!(sni(&azure.gateway().await), Value::Null, "lost again");
}
