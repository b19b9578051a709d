//! Worlds in which a sure verdict would be a wrong one.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::world::{NOT_RETRIEVED, REFUSED, TIMEOUT, World, id, row, rule};
use appgw_runbook::{
    facts::{Gap, Query},
    report::{Confidence, Report, Verdict},
    visit::Again,
};
use serde_json::{Value, json};

fn deny() -> Value {
    rule("deny-all-in", 200, "Inbound", "Deny", "*", "*", "*")
}

fn vnet(world: &mut World) -> &mut Value {
    let query = Query::Document(id("virtualNetworks/vnet"));
    world.answers.get_mut(&query).unwrap().as_mut().unwrap()
}

/// Address, health word and probe log.
type Member<'w> = (&'w str, &'w str, &'w str);

/// Health of several pools, each reached by `https-api`; rules lead to all of them.
fn pools(world: &mut World, pools: &[(&str, &[Member<'_>])]) {
    let gateway = world.said.gateway.clone();
    let sub = |kind: &str, name: &str| json!({"id": format!("{gateway}/{kind}/{name}")});
    let health: Vec<Value> = pools
        .iter()
        .map(|(pool, servers)| {
            let servers: Vec<Value> = servers.iter().map(|(a, h, l)| json!({"address": a, "health": h, "healthProbeLog": l})).collect();
            json!({"backendAddressPool": {"id": format!("/p/{pool}")}, "backendHttpSettingsCollection": [
                {"backendHttpSettings": {"id": "/s/https-api"}, "servers": servers}]})
        })
        .collect();
    world.answer_health(Ok(json!({"backendAddressPools": health})));
    let rules: Vec<Value> = pools
        .iter()
        .map(|(pool, _)| json!({"properties": {"backendAddressPool": sub("backendAddressPools", pool), "backendHttpSettings": sub("backendHttpSettingsCollection", "https-api")}}))
        .collect();
    world.gateway()["properties"]["requestRoutingRules"] = json!(rules);
}

fn astray(world: &mut World) {
    vnet(world)["properties"]["subnets"][0]["properties"]["routeTable"] =
        json!({"id": id("routeTables/rt").as_str()});
    world.put("routeTables/rt", json!({"properties": {"routes": [{"name": "to-fw", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}}]}}));
}

fn sure(report: &Report) -> Vec<&'static str> {
    let sure = report
        .findings
        .iter()
        .filter(|f| f.confidence != Confidence::Inconclusive);
    sure.map(|f| f.id).collect()
}

#[test]
fn a_cause_for_the_whole_gateway_needs_every_pair_unknown() {
    let mut world = World::healthy();
    pools(
        &mut world,
        &[
            ("api", &[("10.2.0.4", "Healthy", "")]),
            ("b", &[("be.internal", "Unknown", NOT_RETRIEVED)]),
        ],
    );
    astray(&mut world);
    world.nsg(
        "nsg-gw",
        &[rule("no-manager", 110, "Inbound", "Deny", "*", "*", "*")],
    );
    for look in 1..=3 {
        world.visitor.look = look;
        let report = world.report();
        assert!(sure(&report).is_empty(), "{:?}", report.findings);
        assert_ne!(report.verdict, Verdict::RootCauseFound);
    }
    assert_eq!(world.report().findings[0].id, "health-unknown");
}

#[test]
fn an_unknown_health_waits_on_beside_other_causes() {
    let mut world = World::healthy();
    pools(
        &mut world,
        &[
            ("api", &[("10.2.0.4", "Unhealthy", TIMEOUT)]),
            ("b", &[("10.2.0.9", "Unknown", "")]),
        ],
    );
    world.nsg("nsg-backend", &[deny()]);
    let (visit, _) = world.visit();
    assert_eq!(
        (visit.report.verdict, visit.again, visit.looks),
        (Verdict::RootCauseFound, Again::Unknown, 1)
    );
    world.visitor.look = 3;
    let (visit, _) = world.visit();
    assert_eq!((visit.again, visit.looks), (Again::Interval, 3));
    assert!(row(&visit.report, "1b.3").starts_with("yes"));
}

#[test]
fn a_private_endpoint_is_behind_no_nsg_unless_its_subnet_says_so() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.nsg("nsg-backend", &[deny()]);
    world.said.slow_to_start = Some(false);
    let nic = id("networkInterfaces/pe-nic");
    world.put("networkInterfaces/pe-nic", json!({"properties": {"privateEndpoint": {"id": "/pe"}, "ipConfigurations": [{"properties": {"privateIPAddress": "10.2.0.4"}}]}}));
    vnet(&mut world)["properties"]["subnets"][1]["properties"]["ipConfigurations"] =
        json!([{"id": format!("{nic}/ipConfigurations/c")}]);
    for (policy, row_seen) in [
        (json!("Disabled"), "no"),
        (json!("Enabled"), "yes"),
        (json!(null), "gap"),
    ] {
        vnet(&mut world)["properties"]["subnets"][1]["properties"]["privateEndpointNetworkPolicies"] =
            policy.clone();
        let report = world.report();
        assert!(
            row(&report, "2c-1.1").starts_with(row_seen),
            "{policy}: {}",
            row(&report, "2c-1.1")
        );
    }
}

#[test]
fn a_load_balancer_s_front_end_is_behind_the_groups_of_its_instances() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    world.nsg("nsg-backend", &[deny()]);
    let front = id("loadBalancers/lb/frontendIPConfigurations/f");
    vnet(&mut world)["properties"]["subnets"][1]["properties"]["ipConfigurations"] =
        json!([{"id": front.as_str()}]);
    let report = world.report();
    assert!(
        row(&report, "2c-1.1").starts_with("gap"),
        "{}",
        row(&report, "2c-1.1")
    );
    assert!(sure(&report).is_empty());
}

#[test]
fn an_unknown_or_odd_member_is_not_down() {
    for (word, odd) in [("Unknown", false), ("Degraded", true)] {
        let mut world = World::healthy();
        world.health(&[("10.2.0.4", "Unhealthy", REFUSED), ("10.2.0.5", word, "")]);
        world.nsg("nsg-backend", &[deny()]);
        let report = world.report();
        assert!(sure(&report).is_empty(), "{word}: {:?}", report.findings);
        assert!(
            report.conclusion.contains("1 of 2 servers"),
            "{word}: {}",
            report.conclusion
        );
        assert_eq!(
            report.gaps.iter().any(|gap| gap.contains("Degraded")),
            odd,
            "{word}: {:?}",
            report.gaps
        );
    }
    let mut world = World::healthy();
    world.health(&[
        ("10.2.0.4", "Unhealthy", REFUSED),
        ("10.2.0.5", "Draining", ""),
    ]);
    world.nsg("nsg-backend", &[deny()]);
    assert!(
        world.report().conclusion.contains("the only server"),
        "{}",
        world.report().conclusion
    );
}

#[test]
fn use_by_a_rule_is_seen_and_not_supposed() {
    let mut world = World::healthy();
    pools(
        &mut world,
        &[("api", &[("10.2.0.4", "Healthy", "")]), ("spare", &[])],
    );
    let rules = world.gateway()["properties"]["requestRoutingRules"]
        .as_array()
        .unwrap()[..1]
        .to_vec();
    world.gateway()["properties"]["requestRoutingRules"] = json!(rules);
    let report = world.report();
    assert_eq!(row(&report, "1b.4"), "yes > stop (spare/https-api)");
    assert!(report.findings.is_empty());

    let mut world = World::healthy();
    world.health(&[]);
    world.answers.insert(
        Query::Document(world.said.gateway.clone()),
        Err(Gap::TimedOut),
    );
    assert!(sure(&world.report()).is_empty());

    // Rules of the layer-4 proxy are not read: nothing is said about use.
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    world.gateway()["properties"]["requestRoutingRules"] = json!([]);
    world.gateway()["properties"]["routingRules"] = json!([{"name": "l4"}]);
    assert_eq!(row(&world.report(), "1b.2"), "yes > 2a (api/https-api)");
}

#[test]
fn a_path_map_that_only_redirects_needs_no_pool() {
    for map in [
        json!({"defaultRedirectConfiguration": {"id": "r"}}),
        json!({"pathRules": [{"properties": {"redirectConfiguration": {"id": "r"}}}]}),
    ] {
        let mut world = World::healthy();
        world.answer_health(Ok(json!({"backendAddressPools": []})));
        world.gateway()["properties"]["backendAddressPools"] = json!([]);
        world.gateway()["properties"]["requestRoutingRules"] =
            json!([{"properties": {"urlPathMap": {"id": "/m/pm"}}}]);
        world.gateway()["properties"]["urlPathMaps"] = json!([{"name": "pm", "properties": map}]);
        assert_eq!(row(&world.report(), "1b.5"), "yes > stop");
        assert!(world.report().findings.is_empty());
    }
}

#[test]
fn failed_and_in_transition_waits() {
    let mut world = World::healthy();
    world.state("Failed", "Starting");
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let report = world.report();
    assert_eq!(report.verdict, Verdict::WaitingForAzure);
    assert!(
        report
            .findings
            .iter()
            .all(|f| f.against.iter().all(|a| !a.contains("goes on serving")))
    );
}

#[test]
fn management_is_judged_over_ipv4_and_by_what_is_said() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
    vnet(&mut world)["properties"]["subnets"][0]["properties"]["addressPrefix"] = json!(null);
    vnet(&mut world)["properties"]["subnets"][0]["properties"]["addressPrefixes"] =
        json!(["10.1.0.0/24", "fd00:1::/64"]);
    world.nsg(
        "nsg-gw",
        &[
            rule(
                "manager",
                100,
                "Inbound",
                "Allow",
                "GatewayManager",
                "0.0.0.0/0",
                "65200-65535",
            ),
            rule(
                "balancer",
                101,
                "Inbound",
                "Allow",
                "AzureLoadBalancer",
                "*",
                "*",
            ),
            rule("rest", 4096, "Inbound", "Deny", "*", "*", "*"),
        ],
    );
    assert!(
        sure(&world.report()).is_empty(),
        "{:?}",
        world.report().findings
    );

    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
    astray(&mut world);
    world.put("routeTables/rt", json!({"properties": {"routes": [{"name": "odd", "properties": {"addressPrefix": "0.0.0.0/0"}}]}}));
    assert!(sure(&world.report()).is_empty());

    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
    world.gateway()["tags"] = json!({"EnhancedNetworkControl": "True"});
    astray(&mut world);
    assert!(
        sure(&world.report()).is_empty(),
        "an isolated gateway may route as it likes"
    );
}

#[test]
fn nics_that_may_not_be_read_are_a_gap() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let nic = id("networkInterfaces/nic1");
    vnet(&mut world)["properties"]["subnets"][1]["properties"]["ipConfigurations"] =
        json!([{"id": format!("{nic}/ipConfigurations/c")}]);
    let action = "Microsoft.Network/networkInterfaces/read".to_owned();
    world
        .answers
        .insert(Query::Document(nic), Err(Gap::Denied { action }));
    let report = world.report();
    assert!(
        row(&report, "2c-1.3")
            .starts_with("gap: not permitted: Microsoft.Network/networkInterfaces/read"),
        "{}",
        row(&report, "2c-1.3")
    );
    assert_eq!(report.verdict, Verdict::Inconclusive);
}

#[test]
fn a_name_counts_with_all_its_addresses() {
    let mut world = World::healthy();
    world.health(&[("be.internal", "Unhealthy", REFUSED)]);
    world.nsg(
        "nsg-backend",
        &[rule("one", 200, "Inbound", "Deny", "*", "10.2.0.9", "*")],
    );
    let ask = Query::Resolve("be.internal".into());
    world.answers.insert(
        ask.clone(),
        Ok(json!({"addresses": ["10.2.0.4", "10.2.0.9"]})),
    );
    assert!(
        sure(&world.report()).is_empty(),
        "{:?}",
        world.report().findings
    );
    // From here it is a public address; the gateway may see another one.
    world.nsg(
        "nsg-gw",
        &[rule(
            "no-internet",
            300,
            "Outbound",
            "Deny",
            "*",
            "Internet",
            "*",
        )],
    );
    world
        .answers
        .insert(ask, Ok(json!({"addresses": ["20.50.1.2"]})));
    assert!(
        sure(&world.report()).is_empty(),
        "{:?}",
        world.report().findings
    );
}

#[test]
fn a_peering_that_lets_nothing_through_is_not_the_network() {
    let mut world = World::healthy();
    world.health(&[("172.16.0.4", "Unhealthy", REFUSED)]);
    let spoke = id("virtualNetworks/spoke");
    vnet(&mut world)["properties"]["virtualNetworkPeerings"] = json!([{"properties": {"peeringState": "Connected", "allowVirtualNetworkAccess": false,
        "remoteVirtualNetwork": {"id": spoke.as_str()}, "remoteAddressSpace": {"addressPrefixes": ["172.16.0.0/16"]}}}]);
    world.put("virtualNetworks/spoke", json!({"properties": {"subnets": [{"id": format!("{spoke}/subnets/a"), "properties": {"addressPrefix": "172.16.0.0/24", "networkSecurityGroup": {"id": id("networkSecurityGroups/nsg-backend").as_str()}}}]}}));
    let report = world.report();
    assert!(
        row(&report, "2c-1.3").starts_with("gap"),
        "{}",
        row(&report, "2c-1.3")
    );
}

#[test]
fn a_member_inside_the_gateway_s_own_subnet_is_behind_its_group() {
    let mut world = World::healthy();
    world.health(&[("10.1.0.200", "Unhealthy", REFUSED)]);
    world.nsg("nsg-gw", &[deny()]);
    assert_eq!(
        row(&world.report(), "2c-1.1"),
        "yes > A (nsg:nsg-gw/deny-all-in)"
    );
}

#[test]
fn confirmed_takes_every_server_of_the_pool() {
    let mut world = World::healthy();
    let addresses: Vec<String> = (1..=40).map(|n| format!("10.2.0.{n}")).collect();
    let servers: Vec<(&str, &str, &str)> = addresses
        .iter()
        .enumerate()
        .map(|(at, a)| {
            (
                a.as_str(),
                "Unhealthy",
                if at < 32 {
                    TIMEOUT
                } else {
                    "Received invalid status code: 500 in the backend server's HTTP response."
                },
            )
        })
        .collect();
    world.health(&servers);
    world.nsg("nsg-backend", &[deny()]);
    assert_eq!(world.report().findings[0].confidence, Confidence::Likely);
}

#[test]
fn what_passes_is_looked_at_again_soon() {
    let mut world = World::healthy();
    world.answer_health(Err(Gap::Throttled {
        retry_after: Some(30),
    }));
    assert_eq!(world.visit().0.again, Again::Throttled(Some(30)));
    world.answer_health(Err(Gap::TimedOut));
    assert_eq!(world.visit().0.again, Again::Throttled(None));
}

#[test]
fn text_from_azure_stays_on_one_line() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4\nVerdict: Healthy", "Un\nknown", TIMEOUT)]);
    let report = world.report();
    let all = report
        .rows
        .iter()
        .map(|(_, value)| value)
        .chain(&report.gaps)
        .chain([&report.conclusion])
        .chain(&report.summary);
    assert!(all.into_iter().all(|text| !text.contains('\n')));
}

#[test]
fn a_reason_that_stays_hidden_does_not_begin_the_wait_anew() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
    world.answers.insert(
        Query::Document(id("networkSecurityGroups/nsg-gw")),
        Err(Gap::TimedOut),
    );
    world.visitor.look = 3;
    let (visit, _) = world.visit();
    let said = row(&visit.report, "1b.3");
    assert!(said.starts_with("gap: nsg-gw"), "{said}");
    assert_eq!(
        (visit.looks, visit.again),
        (3, Again::Throttled(None)),
        "what timed out is asked again, and nothing is waited for from the beginning"
    );
}
