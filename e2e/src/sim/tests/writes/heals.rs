//! Broken worlds whose data path a write heals, and writes that heal nothing.

use serde_json::{Value, json};

use super::{SHOP, allow, edge, edge_id, part, world};
use crate::sim::tests::fixture::{Azure, Reply, held};
use crate::sim::world::Got;

/// Puts a changed gateway of a world; says what clients got before it was in force and after.
async fn heals(name: &str, change: impl FnOnce(&mut Value)) -> (Got, Got) {
    let azure = Azure::around(&world(name), held()).await;
    let before = azure.shop().answer;
    let put = azure.put(change).await;
    assert_eq!(put.status, 200, "{name}: {put:?}");
    assert_eq!(azure.shop().answer, before, "{name}: not yet");
    azure.sim.finish_operations();
    assert_eq!(azure.status_of(&put).await["status"], "Succeeded", "{name}");
    (before, azure.shop().answer)
}

fn refer(list: &str, name: &str) -> Value {
    json!({"id": format!("{}/{list}/{name}", edge_id(SHOP))})
}

const DOWN: Got = Got::Status(502);
const WELL: Got = Got::Status(200);

#[tokio::test]
async fn changes_of_a_gateway() {
    let healed = (DOWN, WELL);
    let probe = |own: &mut Value| part(own, "probes", "p-api")["path"] = json!("/healthz");
    assert_eq!(heals("probe-wrong-path", probe).await, healed);
    let other_path =
        |own: &mut Value| part(own, "probes", "p-api")["path"] = json!("/health?again");
    assert_eq!(heals("probe-wrong-path", other_path).await, (DOWN, DOWN));
    let host = |own: &mut Value| part(own, "probes", "p-api")["host"] = json!("shop.contoso.com");
    assert_eq!(heals("probe-wrong-host", host).await, healed);
    let wait = |own: &mut Value| {
        let probe = part(own, "probes", "p-api");
        probe["timeout"] = json!(50);
        probe["interval"] = json!(60);
    };
    assert_eq!(heals("probe-timeout", wait).await, healed);
    let new_probe = |own: &mut Value| {
        let probe = json!({"name": "p-new", "properties": {
            "protocol": "Https", "host": "shop.contoso.com", "path": "/healthz", "port": 8443,
        }});
        own["probes"].as_array_mut().unwrap().push(probe);
        part(own, "backendHttpSettingsCollection", "https-api")["probe"] = refer("probes", "p-new");
    };
    assert_eq!(heals("probe-wrong-path", new_probe).await, healed);
    let settings = |own: &mut Value| {
        let settings = part(own, "backendHttpSettingsCollection", "https-app");
        settings["hostName"] = json!("shop.contoso.com");
    };
    assert_eq!(heals("app-host-not-bound", settings).await.1, WELL);
    assert_eq!(heals("app-probe-host-not-bound", settings).await, healed);
    let picked = |own: &mut Value| {
        let settings = part(own, "backendHttpSettingsCollection", "https-app");
        settings.as_object_mut().unwrap().remove("hostName");
        settings["pickHostNameFromBackendAddress"] = json!(true);
    };
    assert_eq!(heals("app-host-not-bound", picked).await.1, WELL);
    let protocol = |own: &mut Value| {
        part(own, "probes", "p-api")["protocol"] = json!("Https");
        part(own, "backendHttpSettingsCollection", "http-api")["protocol"] = json!("Https");
    };
    assert_eq!(heals("http-to-tls-port", protocol).await, healed);
    let root = |own: &mut Value| {
        let settings = part(own, "backendHttpSettingsCollection", "https-api");
        settings["trustedRootCertificates"] =
            json!([refer("trustedRootCertificates", "contoso-root")]);
    };
    assert_eq!(heals("root-not-given", root).await, healed);
    let order = |own: &mut Value| {
        let map = part(own, "urlPathMaps", "paths");
        map["pathRules"].as_array_mut().unwrap().reverse();
    };
    assert_eq!(heals("path-rule-swallowed", order).await, healed);
    let port = |own: &mut Value| {
        let port = json!({"name": "port_443", "properties": {"port": 443}});
        own["frontendPorts"].as_array_mut().unwrap().push(port);
        part(own, "httpListeners", "https")["frontendPort"] = refer("frontendPorts", "port_443");
    };
    assert_eq!(
        heals("listener-on-another-port", port).await,
        (Got::TimedOut, WELL)
    );
}

#[tokio::test]
async fn a_pool_that_is_filled_serves_if_its_members_do() {
    for (address, then) in [("10.2.0.4", WELL), ("10.2.0.9", DOWN)] {
        let text = world("empty-pool")
            + "backEnds:\n  10.2.0.4:8443: {protocol: https, certificate: {names: [shop.contoso.com]}}\n";
        let azure = Azure::around(&text, held()).await;
        assert_eq!(azure.shop().answer, DOWN);
        let fill = |own: &mut Value| {
            part(own, "backendAddressPools", "api")["backendAddresses"] =
                json!([{"ipAddress": address}]);
        };
        assert_eq!(azure.put(fill).await.status, 200);
        azure.sim.finish_operations();
        assert_eq!(azure.shop().answer, then, "{address}");
    }
}

#[tokio::test]
async fn a_root_that_is_uploaded_and_attached_in_one() {
    let azure = Azure::around(&world("tls-lab"), held()).await;
    assert_eq!(azure.shop().answer, DOWN);
    let pem = azure.sim.private_ca_pem("Q29udG9zbw==").unwrap();
    assert_eq!(azure.sim.private_ca_pem("bm9uZQ=="), None);
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for data in [base64, in_base64(pem.as_bytes())] {
        let put = azure
            .put(|own| {
                let root = json!({"name": "contoso", "properties": {"data": data}});
                own["trustedRootCertificates"] = json!([root]);
                part(own, "backendHttpSettingsCollection", "https-api")["trustedRootCertificates"] =
                    json!([refer("trustedRootCertificates", "contoso")]);
            })
            .await;
        assert_eq!(put.status, 200, "{put:?}");
        azure.sim.finish_operations();
        assert_eq!(azure.shop().answer, WELL);
        azure
            .put(|own| {
                own["trustedRootCertificates"] = json!([]);
                part(own, "backendHttpSettingsCollection", "https-api")["trustedRootCertificates"] =
                    json!([]);
            })
            .await;
        azure.sim.finish_operations();
        assert_eq!(azure.shop().answer, DOWN);
    }
}

fn in_base64(bytes: &[u8]) -> String {
    let pem = pem::encode(&pem::Pem::new("X", bytes.to_vec()));
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

#[tokio::test]
async fn more_instances_turn_nobody_away() {
    let text = world("all-healthy").replace("gateways:\n", "traffic: [{url: 'https://shop.contoso.com/cart', perMinute: 60, connections: 100000}]\ngateways:\n");
    let azure = Azure::around(&text, held()).await;
    let turned_away = || {
        let minutes = azure.sim.world(|world| world.minutes(&edge_id(SHOP), 3, 1));
        let served = minutes.into_iter().flat_map(|own| own.served);
        served.filter(|own| own.sees.status() == Some(503)).count()
    };
    assert!(turned_away() > 0);
    azure.put(|own| own["sku"]["capacity"] = json!(5)).await;
    assert!(turned_away() > 0, "not yet");
    azure.sim.finish_operations();
    assert!(turned_away() > 0, "what has been stays");
    azure.sim.world(|world| world.pass(10));
    assert_eq!(turned_away(), 0);
    azure.put(|own| own["sku"]["capacity"] = json!(3)).await;
    azure.sim.finish_operations();
    azure.sim.world(|world| world.pass(10));
    assert!(turned_away() > 0);
    let scaled = |own: &mut Value| {
        own["sku"].as_object_mut().unwrap().remove("capacity");
        own["autoscaleConfiguration"] = json!({"minCapacity": 2, "maxCapacity": 20});
    };
    assert_eq!(azure.put(scaled).await.status, 200);
    azure.sim.finish_operations();
    azure.sim.world(|world| world.pass(10));
    assert_eq!(turned_away(), 0);
}

#[tokio::test]
async fn the_management_ports_and_a_deny_that_goes() {
    let azure = Azure::around(&world("gatewaymanager-blocked-v2"), held()).await;
    let rule = edge("networkSecurityGroups/nsg-gateway/securityRules/allow-management");
    let body = json!({"properties": {
        "access": "Allow", "direction": "Inbound", "protocol": "Tcp", "priority": 120,
        "sourceAddressPrefix": "GatewayManager", "sourcePortRange": "*",
        "destinationAddressPrefix": "*", "destinationPortRange": "65200-65535",
    }});
    assert_eq!(azure.shop().answer, DOWN);
    let refused = azure.put(|_| {}).await;
    let code = "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup";
    assert_eq!(refused.error(), (400, code.to_owned()));
    assert_eq!(azure.write("PUT", &rule, &body).await.status, 201);
    azure.sim.finish_operations();
    assert_eq!(azure.shop().answer, WELL);
    // What lets the platform in cannot be taken away again.
    let refused = azure.write("DELETE", &rule, &json!(null)).await;
    assert_eq!(refused.error(), (400, code.to_owned()));

    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    let deny = edge("networkSecurityGroups/nsg-backend/securityRules/deny-all-in");
    azure.write("DELETE", &deny, &json!(null)).await;
    azure.sim.finish_operations();
    assert_eq!(azure.shop().answer, WELL);
    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    let late = edge("networkSecurityGroups/nsg-backend/securityRules/allow-late");
    azure.write("PUT", &late, &allow(300)).await;
    azure.sim.finish_operations();
    assert_eq!(azure.shop().answer, DOWN, "behind the Deny");
}

async fn restricted(azure: &Azure, method: &str, rules: &Value) -> Reply {
    let config = edge_id(SHOP).replace(
        "Microsoft.Network/applicationGateways/shop",
        "Microsoft.Web/sites/app-shop/config/web",
    );
    let body = json!({"properties": {"ipSecurityRestrictions": rules}});
    azure
        .write(method, &format!("{config}?api-version=2023-12-01"), &body)
        .await
}

#[tokio::test]
async fn an_access_restriction() {
    let azure = Azure::around(&world("app-restricted-address"), held()).await;
    assert_eq!(azure.shop().answer, DOWN);
    let known = json!({"name": "gateway", "priority": 100, "action": "Allow", "tag": "Default",
        "ipAddress": "10.1.0.0/24"});
    let new = json!({"name": "front-end", "priority": "90", "action": "Allow", "tag": "Default",
        "ipAddress": "198.51.100.20/32"});
    let patch = restricted(&azure, "PATCH", &json!([known, new])).await;
    assert_eq!(patch.status, 200, "{patch:?}");
    let own = &patch.json()["properties"];
    assert_eq!(own["ipSecurityRestrictions"][1]["priority"], 90);
    assert_eq!(own["minTlsVersion"], "1.2", "what is not said stays");
    assert_eq!(patch.header("azure-asyncoperation"), None);
    assert_eq!(azure.shop().answer, WELL, "at once");
    let all = restricted(&azure, "PUT", &json!([])).await.json();
    assert_eq!(
        all["properties"]["ipSecurityRestrictions"][0]["name"],
        "Allow all"
    );
    assert_eq!(azure.shop().answer, WELL);

    for wrong in [
        json!([{"name": "x", "priority": 1, "action": "Maybe", "ipAddress": "10.0.0.0/8"}]),
        json!([{"name": "x", "priority": 0, "action": "Allow", "ipAddress": "10.0.0.0/8"}]),
        json!([{"name": "x", "priority": 1, "action": "Allow", "ipAddress": "10.0.0.4"}]),
        json!([{"name": "x", "priority": 1, "action": "Allow", "ipAddress": "nowhere"}]),
        json!([{"name": "x".repeat(33), "priority": 1, "action": "Allow", "ipAddress": "10.0.0.0/8"}]),
        json!([{"name": "x", "priority": 1, "action": "Allow"}]),
        json!([{"name": "x", "priority": 1, "action": "Allow", "vnetSubnetResourceId": "/none"}]),
    ] {
        let refused = restricted(&azure, "PATCH", &wrong).await;
        let code = refused.json()["Code"].clone();
        assert_eq!(
            (refused.status, code),
            (400, json!("BadRequest")),
            "{wrong}"
        );
    }
    assert_eq!(azure.shop().answer, WELL);
}
