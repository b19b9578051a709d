//! App Service at the resource manager: sites, their configuration, host names and private endpoints.

use serde_json::{Value, json};

use super::fixture::{Azure, SUBSCRIPTION};
use crate::sim::Options;

const VERSION: &str = "api-version=2023-12-01";

const WORLD: &str = "
group: rg
sites:
  app-one:
    httpsOnly: true
    hosts: {www.contoso.com: SniEnabled}
    access:
      office: 100 Allow 192.0.2.0/24,198.51.100.7
      azure: 200 Deny tag:AzureCloud x-azure-fdid=one,two
    scmDefaultAction: Deny
    privateEndpoints: {pe-one: 10.0.0.9}
  app-two: {group: rg-two, state: Stopped, publicNetworkAccess: Disabled, rawConfig: {properties: {alwaysOn: true}}}
";

fn site(rest: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Web/sites{rest}?{VERSION}"
    )
}

fn names(body: &Value) -> Vec<&str> {
    let all = body["value"].as_array().unwrap().iter();
    let mut names: Vec<&str> = all.map(|own| own["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn sites_are_listed_by_subscription_and_by_group() {
    let azure = Azure::around(WORLD, Options::default()).await;
    let all = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Web/sites?{VERSION}");
    let all = azure.get(&all).await;
    assert_eq!(all.status, 200);
    assert_eq!(names(&all.json()), ["app-one", "app-two"]);
    assert_eq!(names(&azure.get(&site("")).await.json()), ["app-one"]);
    assert_eq!(azure.get(&site("/nobody")).await.status, 404);
    assert_eq!(azure.get(&site("/nobody/config/web")).await.status, 404);
    let old = site("/app-one").replace("2023-12-01", "2023-12-02");
    assert_eq!(azure.get(&old).await.status, 400);
}

#[tokio::test]
async fn a_site_says_its_hosts_state_and_endpoints() {
    let azure = Azure::around(WORLD, Options::default()).await;
    let own = azure.get(&site("/APP-ONE")).await.json();
    let own = &own["properties"];
    assert_eq!(own["state"], "Running");
    assert_eq!(own["defaultHostName"], "app-one.azurewebsites.net");
    let hosts = json!(["app-one.azurewebsites.net", "www.contoso.com"]);
    assert_eq!(own["hostNames"], hosts);
    assert_eq!(own["hostNameSslStates"][1]["sslState"], "SniEnabled");
    assert_eq!(own["httpsOnly"], true);
    assert_eq!(own["publicNetworkAccess"], Value::Null);
    let bindings = azure.get(&site("/app-one/hostNameBindings")).await.json();
    assert_eq!(
        names(&bindings),
        [
            "app-one/app-one.azurewebsites.net",
            "app-one/www.contoso.com"
        ]
    );
    let one = azure
        .get(&site("/app-one/hostNameBindings/www.contoso.com"))
        .await;
    assert_eq!(one.json()["properties"]["siteName"], "app-one");
    let endpoints = site("/app-one/privateEndpointConnections");
    let endpoints = azure.get(&endpoints).await.json();
    assert_eq!(names(&endpoints), ["pe-one"]);
    let addresses = &endpoints["value"][0]["properties"]["ipAddresses"];
    assert_eq!(*addresses, json!(["10.0.0.9"]));
}

#[tokio::test]
async fn restrictions_are_in_the_configuration() {
    let azure = Azure::around(WORLD, Options::default()).await;
    let one = azure.get(&site("/app-one/config/web")).await.json();
    let one = &one["properties"];
    assert_eq!(
        one["ipSecurityRestrictions"],
        json!([
            {"name": "office", "priority": 100, "action": "Allow", "tag": "Default",
                "ipAddress": "192.0.2.0/24,198.51.100.7"},
            {"name": "azure", "priority": 200, "action": "Deny", "tag": "ServiceTag",
                "ipAddress": "AzureCloud", "headers": {"x-azure-fdid": ["one", "two"]}},
        ])
    );
    assert_eq!(one["ipSecurityRestrictionsDefaultAction"], Value::Null);
    assert_eq!(one["scmIpSecurityRestrictions"], json!([]));
    assert_eq!(one["scmIpSecurityRestrictionsDefaultAction"], "Deny");
    let two = site("/app-two/config/web").replace("/rg/", "/rg-two/");
    let two = azure.get(&two).await.json();
    let two = &two["properties"];
    assert_eq!(two["publicNetworkAccess"], "Disabled");
    assert_eq!(two["alwaysOn"], true);
    // Open to all, which the service lists.
    assert_eq!(two["ipSecurityRestrictions"][0]["name"], "Allow all");
    assert_eq!(two["ipSecurityRestrictions"][0]["priority"], 2_147_483_647);
}

#[tokio::test]
async fn each_part_wants_a_right_of_its_own() {
    for (action, closed) in [
        ("Microsoft.Web/sites/read", "/app-one"),
        ("Microsoft.Web/sites/config/read", "/app-one/config/web"),
        (
            "Microsoft.Web/sites/hostNameBindings/read",
            "/app-one/hostNameBindings",
        ),
        (
            "Microsoft.Web/sites/privateEndpointConnections/read",
            "/app-one/privateEndpointConnections",
        ),
    ] {
        let azure = Azure::around(WORLD, Options::default()).await;
        azure.sim.world(|world| world.deny(action, None));
        for path in [
            "/app-one",
            "/app-one/config/web",
            "/app-one/hostNameBindings",
            "/app-one/privateEndpointConnections",
        ] {
            let reply = azure.get(&site(path)).await;
            let expected = if path == closed { 403 } else { 200 };
            assert_eq!(reply.status, expected, "{action}: {path}");
        }
        let refused = azure.get(&site(closed)).await.json();
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains(action), "{message}");
    }
}
