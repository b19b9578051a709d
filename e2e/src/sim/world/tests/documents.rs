//! The documents look like those of Azure, and stay so through writes.

use serde_json::json;

use super::*;

const LISTS_V2: &[&str] = &[
    "trustedRootCertificates",
    "trustedClientCertificates",
    "sslProfiles",
    "loadDistributionPolicies",
    "backendSettingsCollection",
    "listeners",
    "routingRules",
    "rewriteRuleSets",
    "redirectConfigurations",
    "privateLinkConfigurations",
    "privateEndpointConnections",
    "urlPathMaps",
];

#[test]
fn a_gateway_has_everything_that_azure_fills_in() {
    let document = load("all-healthy").get(&gateway().to_uppercase()).unwrap();
    assert_eq!(document["id"], gateway().as_str());
    assert_eq!(document["type"], "Microsoft.Network/applicationGateways");
    let etag = document["etag"].as_str().unwrap();
    assert!(etag.starts_with("W/\"") && etag.len() == 40, "{etag}");
    let properties = &document["properties"];
    assert_eq!(properties["resourceGuid"].as_str().unwrap().len(), 36);
    assert_eq!(properties["operationalState"], "Running");
    assert_eq!(
        properties["sku"],
        json!({"name": "Standard_v2", "tier": "Standard_v2", "family": "Generation_2", "capacity": 2})
    );
    for list in LISTS_V2 {
        assert_eq!(properties[*list], json!([]), "{list}");
    }
    assert_eq!(properties.get("authenticationCertificates"), None);
    let pool = &properties["backendAddressPools"][0];
    assert_eq!(
        pool["type"],
        "Microsoft.Network/applicationGateways/backendAddressPools"
    );
    assert_eq!(pool["etag"], etag);
    assert_eq!(pool["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        pool["properties"]["requestRoutingRules"],
        json!([{"id": format!("{}/requestRoutingRules/main", gateway())}])
    );
    assert_eq!(
        properties["probes"][0]["properties"]["backendHttpSettings"],
        json!([{"id": format!("{}/backendHttpSettingsCollection/https-api", gateway())}])
    );
    assert_eq!(
        properties["requestRoutingRules"][0]["properties"]["priority"],
        100
    );
    assert!(!document.to_string().contains("null"), "{document}");
}

#[test]
fn the_first_generation_has_lists_of_its_own() {
    let document = load("gatewaymanager-blocked-v1").get(&gateway()).unwrap();
    let properties = &document["properties"];
    assert_eq!(properties["sku"]["name"], "Standard_Medium");
    assert_eq!(properties["authenticationCertificates"], json!([]));
    assert_eq!(properties.get("trustedRootCertificates"), None);
    assert_eq!(
        properties["requestRoutingRules"][0]["properties"].get("priority"),
        None
    );
}

#[test]
fn the_same_text_gives_the_same_documents() {
    let all = |world: World| world.documents;
    assert_eq!(all(load("nic-pool")), all(load("nic-pool")));
    assert_ne!(
        load("nic-pool").get(&gateway()).unwrap()["etag"],
        load("nic-pool")
            .get(&id("networkSecurityGroups/nsg-backend"))
            .unwrap()["etag"]
    );
}

#[test]
fn what_refers_is_listed_in_what_is_referred_to() {
    let world = load("nic-pool");
    let get = |rest: &str| world.get(&id(rest)).unwrap()["properties"].clone();
    let gateway_subnet = get("virtualNetworks/vnet-edge/subnets/snet-gateway");
    assert_eq!(
        gateway_subnet["applicationGatewayIPConfigurations"],
        json!([{"id": format!("{}/gatewayIPConfigurations/appGatewayIpConfig", gateway())}])
    );
    let subnet = get("virtualNetworks/vnet-edge/subnets/snet-backend");
    assert_eq!(subnet["ipConfigurations"].as_array().unwrap().len(), 2);
    let nsg = get("networkSecurityGroups/nsg-backend");
    assert_eq!(
        nsg["subnets"],
        json!([{"id": id("virtualNetworks/vnet-edge/subnets/snet-backend")}])
    );
    let address = get("publicIPAddresses/pip-shop");
    assert_eq!(
        address["ipConfiguration"]["id"],
        format!("{}/frontendIPConfigurations/public", gateway()).as_str()
    );
}

#[test]
fn a_new_rule_is_a_child_and_moves_the_etags_of_its_group() {
    let mut world = load("deny-on-backend-subnet");
    let nsg = id("networkSecurityGroups/nsg-backend");
    let before = world.get(&nsg).unwrap();
    let other = world.get(&gateway()).unwrap();
    let stored = world
        .put(
            &format!("{nsg}/securityRules/Allow-It"),
            json!({"properties": {"priority": 100, "access": "Allow", "direction": "Inbound", "protocol": "*",
                "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*"}}),
        )
        .unwrap();
    assert_eq!(stored["name"], "Allow-It");
    assert_eq!(
        stored["id"],
        format!("{nsg}/securityRules/Allow-It").as_str()
    );
    assert_eq!(
        stored["type"],
        "Microsoft.Network/networkSecurityGroups/securityRules"
    );
    assert_eq!(stored["properties"]["provisioningState"], "Succeeded");
    let after = world.get(&nsg).unwrap();
    assert_ne!(after["etag"], before["etag"]);
    for list in ["securityRules", "defaultSecurityRules"] {
        for rule in after["properties"][list].as_array().unwrap() {
            assert_eq!(rule["etag"], after["etag"], "{list}");
        }
    }
    assert_eq!(world.get(&gateway()).unwrap(), other);
    assert_eq!(world.list(&format!("{nsg}/securityRules")).len(), 2);
    assert_eq!(world.list(&format!("{nsg}/defaultSecurityRules")).len(), 6);
    // The same name in another case is the same rule.
    world
        .put(&format!("{nsg}/securityRules/ALLOW-IT"), stored)
        .unwrap();
    let names: Vec<Value> = world.list(&format!("{nsg}/securityRules"));
    assert_eq!(names.len(), 2);
    assert_eq!(names[1]["name"], "Allow-It");
}

#[test]
fn a_whole_gateway_can_be_stored_again() {
    let mut world = load("all-healthy");
    let before = world.get(&gateway()).unwrap();
    let mut changed = before.clone();
    let properties = changed["properties"].as_object_mut().unwrap();
    properties.remove("resourceGuid");
    properties.remove("operationalState");
    properties["probes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "p-new", "properties": {"protocol": "Https", "path": "/", "interval": 30, "timeout": 30}}));
    properties["backendHttpSettingsCollection"][0]["properties"]["probe"]["id"] =
        json!(format!("{}/probes/p-new", gateway()));
    let after = world.put(&gateway(), changed).unwrap();
    assert_ne!(after["etag"], before["etag"]);
    for field in ["resourceGuid", "operationalState"] {
        assert_eq!(after["properties"][field], before["properties"][field]);
    }
    let probes = &after["properties"]["probes"];
    assert_eq!(probes[0]["properties"].get("backendHttpSettings"), None);
    assert_eq!(
        probes[1]["properties"]["backendHttpSettings"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(probes[1]["etag"], after["etag"]);
    assert_eq!(after, world.get(&gateway()).unwrap());
}

#[test]
fn collections_of_groups_subscriptions_and_resources() {
    let world = load("peered-network");
    let names = |path: &str| -> Vec<String> {
        let all = world.list(path);
        all.iter()
            .map(|document| document["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let subscription = "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001";
    assert_eq!(
        names(&format!(
            "{subscription}/providers/Microsoft.Network/virtualNetworks"
        )),
        ["vnet-apps", "vnet-edge"]
    );
    assert_eq!(names(&id("virtualNetworks")), ["vnet-edge"]);
    assert_eq!(
        names(&id("virtualNetworks/vnet-edge/virtualNetworkPeerings")),
        ["to-apps"]
    );
    assert_eq!(names(&id("routeTables")), [""; 0]);
    assert_eq!(world.gateway_ids(), [gateway()]);
    let own = "00000000-0000-0000-0000-000000000001";
    assert_eq!(world.groups(own).len(), 2);
    assert!(world.group(own, "RG-Apps").is_some() && world.group(own, "rg-none").is_none());
    assert!(world.subscription(own).is_some() && world.subscription("x").is_none());
}

#[test]
fn what_is_not_there_is_not_there() {
    let mut world = load("all-healthy");
    for rest in [
        "virtualNetworks/none",
        "virtualNetworks/vnet-edge/subnets/none",
        "applicationGateways/shop/x/y",
        "",
    ] {
        assert_eq!(world.get(&id(rest)), None, "{rest}");
        assert!(!world.delete(&id(rest)), "{rest}");
    }
    assert!(
        world
            .back_end_health(&id("applicationGateways/none"))
            .is_none()
    );
    assert!(
        world
            .back_end_health(&id("virtualNetworks/vnet-edge"))
            .is_none()
    );
    assert!(
        world
            .put(&id("networkSecurityGroups/none/securityRules/r"), json!({}))
            .is_err()
    );
}

#[test]
fn denials_and_locks() {
    let world = yaml(
        "
denied:
  - Microsoft.Network/networkSecurityGroups/*
  - Microsoft.Network/virtualNetworks/read at rg-net
locks:
  keep: {on: rg-edge, level: CanNotDelete}
  freeze: {on: rg-net, level: ReadOnly}
",
    );
    let group =
        |name| format!("/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{name}");
    let nsg_read = "microsoft.network/NetworkSecurityGroups/read";
    assert!(world.is_denied(nsg_read, &group("any")));
    assert!(!world.is_denied("Microsoft.Network/virtualNetworks/read", &group("rg-net2")));
    assert!(world.is_denied(
        "Microsoft.Network/virtualNetworks/read",
        &format!("{}/x", group("RG-NET"))
    ));
    assert!(!world.is_denied(
        "Microsoft.Network/virtualNetworks/subnets/read",
        &group("rg-net")
    ));
    assert_eq!(world.locked(&group("rg-edge")), None);
    assert_eq!(world.kept(&group("rg-edge")), Some(group("rg-edge")));
    assert_eq!(
        world.locked(&format!("{}/providers/x", group("rg-net"))),
        Some(group("rg-net"))
    );
    assert_eq!(
        world.locks(&group("rg-net"))[0]["properties"]["level"],
        "ReadOnly"
    );
    assert!(world.locks(&group("rg-other")).is_empty());
}
