//! Paths, routes, instances and the platform's own way in.

use std::net::IpAddr;

use super::{
    super::{Decision, Hop, Place},
    *,
};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn hops(world: &World, destination: &str, port: u16) -> Vec<Hop> {
    world
        .path_of(&gateway(), ip("10.1.0.4"), ip(destination), port)
        .unwrap()
}

#[test]
fn the_path_names_what_decides_at_each_place() {
    let path = hops(&load("deny-on-nic"), "10.2.0.4", 8443);
    let decided: Vec<(Place, &str, Decision)> = path
        .iter()
        .map(|hop| {
            (
                hop.place,
                hop.by.rsplit('/').next().unwrap(),
                hop.decision.clone(),
            )
        })
        .collect();
    assert_eq!(
        decided,
        [
            (
                Place::GatewaySubnetRoutes,
                "",
                Decision::Allow("VnetLocal".to_owned())
            ),
            (
                Place::BackEndSubnetInbound,
                "nsg-backend",
                Decision::Allow("allow-gateway-in".to_owned())
            ),
            (
                Place::BackEndInterfaceInbound,
                "nsg-nic",
                Decision::Deny("deny-gateway-in".to_owned())
            ),
        ]
    );
    let path = hops(&load("deny-outbound-gateway-subnet"), "10.2.0.5", 1);
    assert_eq!(path[0].place, Place::GatewaySubnetOutbound);
    assert_eq!(
        path[0].decision,
        Decision::Deny("deny-backend-out".to_owned())
    );
    let path = hops(&load("peered-network"), "10.3.0.4", 8443);
    assert_eq!(path[0].decision, Decision::Allow("VNetPeering".to_owned()));
    assert!(
        load("stopped")
            .path_of(
                &id("applicationGateways/x"),
                ip("10.1.0.4"),
                ip("10.2.0.4"),
                1
            )
            .is_err()
    );
}

/// A world whose gateway subnet has these routes and whose network has these extras; and what a route to an address is.
fn routed(routes: &str, table: &str, network: &str, destination: &str) -> Decision {
    let world = yaml(&format!(
        "
gateways: {{shop: {{subnet: v/s}}}}
routeTables: {{rt: {{routes: {{{routes}}}{table}}}}}
networks:
  v:
    space: [10.1.0.0/16]
    subnets: {{s: {{prefix: 10.1.0.0/24, routeTable: rt}}}}
    {network}
  w: {{space: [10.5.0.0/16]}}
"
    ));
    let path = hops(&world, destination, 80);
    path.last().unwrap().decision.clone()
}

#[test]
fn the_longest_prefix_wins_then_what_a_user_wrote() {
    let drop = "drop: 10.5.0.0/16 None";
    let allow = |rule: &str| Decision::Allow(rule.to_owned());
    let deny = |rule: &str| Decision::Deny(rule.to_owned());
    assert_eq!(routed("", "", "", "10.1.9.9"), allow("VnetLocal"));
    assert_eq!(routed("", "", "", "20.1.1.1"), allow("Internet"));
    // Private addresses that no network here has lead nowhere.
    assert_eq!(routed("", "", "", "10.5.0.4"), deny("None"));
    assert_eq!(routed("", "", "", "192.168.1.1"), deny("None"));
    assert_eq!(
        routed("", "", "peerings: {p: {network: w}}", "10.5.0.4"),
        allow("VNetPeering")
    );
    assert_eq!(
        routed(
            "",
            "",
            "peerings: {p: {network: w, state: Disconnected}}",
            "10.5.0.4"
        ),
        deny("None")
    );
    assert_eq!(
        routed(drop, "", "peerings: {p: {network: w}}", "10.5.0.4"),
        deny("drop")
    );
    assert_eq!(
        routed(
            "more: 10.5.0.0/24 VirtualAppliance 10.1.0.9, drop: 10.5.0.0/16 None",
            "",
            "",
            "10.5.0.4"
        ),
        allow("more")
    );
    assert_eq!(
        routed("", "", "learnt: [192.168.0.0/17]", "192.168.1.1"),
        allow("VirtualNetworkGateway")
    );
    assert_eq!(
        routed(
            "",
            ", disableBgp: true",
            "learnt: [192.168.0.0/17]",
            "192.168.1.1"
        ),
        deny("None")
    );
}

#[test]
fn a_route_to_nowhere_is_a_cause_of_its_own() {
    let mut world = load("all-healthy");
    let table = id("routeTables/rt");
    let route = serde_json::json!({"name": "drop", "properties": {"addressPrefix": "10.2.0.0/24", "nextHopType": "None"}});
    world
        .put(
            &table,
            serde_json::json!({"properties": {"routes": [route]}}),
        )
        .unwrap();
    let subnet = id("virtualNetworks/vnet-edge/subnets/snet-gateway");
    let mut document = world.get(&subnet).unwrap();
    document["properties"]["routeTable"] = serde_json::json!({"id": table});
    world.put(&subnet, document).unwrap();
    assert_eq!(words(&world), "Unhealthy Unhealthy");
    let hop = hops(&world, "10.2.0.4", 8443)
        .into_iter()
        .find(|hop| hop.decision.denies())
        .unwrap();
    assert_eq!((hop.place, hop.by), (Place::GatewaySubnetRoutes, table));
}

#[test]
fn a_default_route_that_was_learnt_makes_health_unknown() {
    let unknown = |network: &str, table: &str, tier: &str| {
        let world = yaml(&format!(
            "
gateways:
  shop:
    tier: {tier}
    subnet: v/s
    listeners: {{l: {{port: 80}}}}
    pools: {{api: [10.1.1.4]}}
    settings: {{s: {{port: 80}}}}
    rules: {{r: {{listener: l, pool: api, settings: s}}}}
    {}
routeTables: {{rt: {{{table}}}}}
networks:
  v:
    space: [10.1.0.0/16]
    subnets: {{s: {{prefix: 10.1.0.0/24, routeTable: rt}}, t: {{prefix: 10.1.1.0/24}}}}
    {network}
backEnds: {{'10.1.1.4:80': {{}}}}
",
            if tier == "WAF_v2" {
                "frontends: {f: private 10.1.0.10}"
            } else {
                ""
            }
        ));
        words(&world)
    };
    let learnt = "learnt: [0.0.0.0/0]";
    assert_eq!(unknown(learnt, "", "Standard_v2"), "Unknown");
    assert_eq!(unknown(learnt, "", "Basic"), "Unknown");
    assert_eq!(
        unknown(learnt, "disableBgp: true", "Standard_v2"),
        "Healthy"
    );
    assert_eq!(
        unknown(learnt, "routes: {out: 0.0.0.0/0 Internet}", "Standard_v2"),
        "Healthy"
    );
    assert_eq!(
        unknown("", "routes: {out: 0.0.0.0/0 None}", "Standard_v2"),
        "Unknown"
    );
    // The first generation bears it, and a private gateway does not mind.
    assert_eq!(unknown(learnt, "", "Standard"), "Healthy");
    assert_eq!(unknown(learnt, "", "WAF_v2"), "Healthy");
}

#[test]
fn the_balancer_of_the_platform_has_to_get_in_too() {
    let with = |rules: &str, rest: &str| {
        let text = std::fs::read_to_string(directory().join("all-healthy.yaml")).unwrap();
        let text = text.replace(
            "      allow-https-in:",
            &format!("      {rules}\n      allow-https-in:"),
        );
        words(&yaml(&format!("{text}{rest}")))
    };
    assert_eq!(
        with("deny-balancer: 105 Deny In from AzureLoadBalancer", ""),
        "Unknown Unknown"
    );
    assert_eq!(
        with(
            "deny-balancer: 105 Deny In from AzureLoadBalancer ports 22",
            ""
        ),
        "Healthy Healthy"
    );
    assert_eq!(
        with("deny-one: 90 Deny In ports 65400", ""),
        "Unknown Unknown"
    );
    assert_eq!(
        with("deny-one: 90 Deny In ports 65199", ""),
        "Healthy Healthy"
    );
    // Another range of the platform, which one of the rules does not know.
    let elsewhere = "tags: {GatewayManager: [203.0.113.0/24, 20.9.0.0/16]}\n";
    assert_eq!(
        with("deny-some: 90 Deny In from 20.9.0.0/24", elsewhere),
        "Unknown Unknown"
    );
    assert_eq!(
        with("deny-some: 90 Deny In from 20.8.0.0/24", elsewhere),
        "Healthy Healthy"
    );
}

#[test]
fn instances_are_two_at_least_and_from_the_subnet() {
    let instances = |parts: &str| {
        let world = yaml(&format!(
            "gateways: {{shop: {{subnet: v/s, {parts}}}}}
networks: {{v: {{space: [10.1.0.0/16], subnets: {{s: {{prefixes: [10.1.0.0/24, 10.1.1.0/24]}}}}}}}}"
        ));
        let gateway = super::super::gateway::Gateway::find(&world, &gateway()).unwrap();
        gateway
            .instances()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(instances(""), "10.1.0.4 10.1.0.5");
    assert_eq!(instances("capacity: 1"), "10.1.0.4 10.1.0.5");
    assert_eq!(instances("autoscale: [0, 10]"), "10.1.0.4 10.1.0.5");
    assert_eq!(
        instances("autoscale: [3, 10]"),
        "10.1.0.4 10.1.0.5 10.1.0.6"
    );
    assert_eq!(
        instances("frontends: {f: private 10.1.0.5}"),
        "10.1.0.4 10.1.0.6"
    );
    assert_eq!(instances("instances: [10.1.0.9]"), "10.1.0.9");
}
