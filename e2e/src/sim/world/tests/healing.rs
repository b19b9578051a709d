//! A repaired world heals: health and data path follow the documents.

use serde_json::json;

use super::*;

/// Stores a change of a document.
fn change(world: &mut World, id: &str, change: impl FnOnce(&mut Value)) {
    let mut document = world.get(id).unwrap();
    change(&mut document);
    world.put(id, document).unwrap();
}

fn allow(priority: u32, direction: &str, from: &str, to: &str, ports: &str) -> Value {
    json!({"properties": {
        "protocol": "Tcp", "access": "Allow", "priority": priority, "direction": direction,
        "sourceAddressPrefix": from, "sourcePortRange": "*",
        "destinationAddressPrefix": to, "destinationPortRange": ports,
    }})
}

fn rule(nsg: &str, name: &str) -> String {
    id(&format!("networkSecurityGroups/{nsg}/securityRules/{name}"))
}

fn is_well(world: &World, name: &str) {
    assert!(
        words(world)
            .split(' ')
            .all(|word| word == "Healthy" || word == "Up"),
        "{name}: {}",
        words(world)
    );
    assert!(!health(world).is_empty(), "{name}");
    assert_eq!(shop(world).status(), Some(200), "{name}");
}

#[test]
fn an_allow_below_the_deny_heals_each_hop() {
    for (name, nsg, direction) in [
        ("deny-on-backend-subnet", "nsg-backend", "Inbound"),
        ("deny-on-nic", "nsg-nic", "Inbound"),
        ("deny-outbound-gateway-subnet", "nsg-gateway", "Outbound"),
        ("deny-some-instances", "nsg-backend", "Inbound"),
        ("odd-documents", "nsg-backend", "Inbound"),
        ("fqdn-member", "nsg-backend", "Inbound"),
        ("nic-pool", "nsg-backend", "Inbound"),
    ] {
        let mut world = load(name);
        let above = allow(4000, direction, "10.1.0.0/24", "10.2.0.0/24", "8443");
        world.put(&rule(nsg, "allow-late"), above).unwrap();
        assert_eq!(
            shop(&world).status(),
            shop(&load(name)).status(),
            "{name}: a rule above the Deny changes nothing"
        );
        let below = allow(150, direction, "10.1.0.0/24", "10.2.0.0/24", "8443");
        world.put(&rule(nsg, "allow-gateway"), below).unwrap();
        is_well(&world, name);
        assert!(world.delete(&rule(nsg, "allow-gateway")));
        assert_ne!(words(&world), "Healthy Healthy", "{name}");
    }
}

#[test]
fn deleting_the_deny_heals_too() {
    let mut world = load("peered-network");
    let deny = rule("nsg-apps", "deny-all-in").replace("rg-edge", "rg-apps");
    assert!(world.delete(&deny));
    assert!(!world.delete(&deny));
    is_well(&world, "peered-network");
}

#[test]
fn a_back_end_that_listens_again_is_well() {
    for name in ["harmless-deny", "partial-outage"] {
        let mut world = load(name);
        for at in ["10.2.0.4:8443", "10.2.0.5:8443"] {
            let back_end = crate::sim::world::BackEnd {
                protocol: crate::sim::world::Protocol::Https,
                ..Default::default()
            };
            world.set_back_end(at, back_end).unwrap();
        }
        is_well(&world, name);
    }
}

#[test]
fn letting_the_platform_in_makes_health_known() {
    for (name, ports) in [
        ("gatewaymanager-blocked-v2", "65200-65535"),
        ("gatewaymanager-blocked-v1", "65503-65534"),
    ] {
        let mut world = load(name);
        // Not enough of the ports.
        let some = allow(140, "Inbound", "GatewayManager", "*", "65503-65530");
        world.put(&rule("nsg-gateway", "some"), some).unwrap();
        assert_eq!(words(&world), "Unknown Unknown", "{name}");
        let all = allow(150, "Inbound", "GatewayManager", "*", ports);
        world
            .put(&rule("nsg-gateway", "allow-manager-in"), all)
            .unwrap();
        is_well(&world, name);
    }
}

#[test]
fn a_route_to_the_internet_makes_health_known() {
    let mut world = load("unknown-by-udr");
    change(
        &mut world,
        &id("routeTables/rt-gateway/routes/to-firewall"),
        |route| {
            route["properties"]["nextHopType"] = json!("Internet");
        },
    );
    is_well(&world, "unknown-by-udr");
    let mut world = load("unknown-by-udr");
    change(
        &mut world,
        &id("virtualNetworks/vnet-edge/subnets/snet-gateway"),
        |subnet| {
            subnet["properties"]
                .as_object_mut()
                .unwrap()
                .remove("routeTable");
        },
    );
    is_well(&world, "unknown-by-udr without the table");
}

#[test]
fn a_started_gateway_serves() {
    for name in ["stopped", "starting"] {
        let mut world = load(name);
        change(&mut world, &gateway(), |gateway| {
            gateway["properties"]["operationalState"] = json!("Running");
        });
        is_well(&world, name);
    }
}

#[test]
fn a_pool_that_gets_members_serves() {
    let mut world = load("empty-pool");
    change(&mut world, &gateway(), |gateway| {
        gateway["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
            json!([{"ipAddress": "10.2.0.4"}]);
    });
    // There is no machine yet: nothing answers at all.
    assert_eq!(words(&world), "Unhealthy");
    world
        .set_back_end("10.2.0.4:8443", crate::sim::world::BackEnd::default())
        .unwrap();
    assert!(
        log(&world).starts_with("HTTPS probe connection error."),
        "{}",
        log(&world)
    );
    let back_end = crate::sim::world::BackEnd {
        protocol: crate::sim::world::Protocol::Https,
        ..Default::default()
    };
    world.set_back_end("10.2.0.4:8443", back_end).unwrap();
    is_well(&world, "empty-pool");
}

#[test]
fn a_name_that_resolves_again_is_well() {
    let mut world = load("name-not-resolved");
    let elsewhere = world.lookup("API.contoso.internal.");
    assert_eq!(elsewhere, ["10.2.0.4".parse::<std::net::IpAddr>().unwrap()]);
    world.set_name("api.contoso.internal", elsewhere);
    is_well(&world, "name-not-resolved");
}
