//! The walk over whole worlds: every row yes and no, the verdict, and what holds of any world at all.
mod app_service;
mod beyond;
mod capacity;
mod careful;
mod custom_probes;
mod failures;
mod fingerprint;
mod logs;
mod one_step;
mod probes;
mod routing;
mod row;
mod tls;
mod tls_look;
mod world;
use appgw_runbook::{
    facts::{Gap, Query},
    id::{ArmId, Letter},
    report::{Backends, Confidence, Verdict, Word},
    visit::Again,
};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};
use world::{NOT_RETRIEVED, REFUSED, TIMEOUT, World, id, row, rule};

fn deny(priority: i64) -> Value {
    rule("deny-all-in", priority, "Inbound", "Deny", "*", "*", "*")
}

#[test]
fn a_gateway_without_a_fault_is_healthy() {
    let report = World::healthy().report();
    assert_eq!(
        (row(&report, "1a.1"), row(&report, "1b.1")),
        ("yes > 1b", "yes > 3")
    );
    for no in [
        "1a.2", "1a.3", "1a.4", "1a.5", "1b.2", "1b.3", "1b.4", "1b.5", "1b.6",
    ] {
        assert_eq!(row(&report, no), "no", "{no}");
    }
    assert!(row(&report, "2c-1.1").starts_with("skip"));
    assert_eq!(row(&report, "3.3"), "yes > 4");
    assert_eq!(row(&report, "4.4"), "yes > 6a");
    assert_eq!(row(&report, "6a.1"), "yes > map");
    assert_eq!(row(&report, "map.12"), "no");
    assert_eq!(report.verdict, Verdict::Healthy, "{report:#?}");
    assert_eq!(report.bad_gateway, Some(0));
    assert_eq!(report.backends, Some(Backends::AllHealthy));
    assert_eq!(report.path, ["gateway: 1a > 1b > 3 > 4 > 6a > map"]);
    assert_eq!(report.rows.len(), 60);
}

#[test]
fn a_deny_on_the_back_end_subnet_is_named() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.nsg("nsg-backend", &[deny(200)]);
    let report = world.report();
    assert_eq!(report.verdict, Verdict::RootCauseFound);
    let finding = &report.findings[0];
    assert_eq!(
        (finding.id, finding.row, finding.letter),
        ("nsg-deny-probe", Some("2c-1.1"), Some(Letter::A))
    );
    assert_eq!(finding.confidence, Confidence::Confirmed);
    assert_eq!(
        finding.target,
        id("networkSecurityGroups/nsg-backend").as_str()
    );
    assert_eq!(
        report.conclusion,
        "NSG rule nsg-backend/deny-all-in (priority 200, Inbound) drops 10.1.0.0/24 -> 10.2.0.4 on probe port 8443: the only server of pool api is down."
    );
    assert_eq!(
        row(&report, "2c-1.1"),
        "yes > A (nsg:nsg-backend/deny-all-in)"
    );
    assert_eq!(
        (row(&report, "2c-1.2"), row(&report, "2c-1.3")),
        ("no", "no")
    );
    assert_eq!(row(&report, "1b.2"), "yes > 2a (api/https-api)");
    assert_eq!(report.path, ["api/https-api: 1a > 1b > 2a > 2c > 2c-1 > A"]);
    assert_eq!(report.steps[1].1, Word::Fail);
    insta::assert_snapshot!(report.summary.join("\n"));
}

#[test]
fn a_deny_outbound_on_the_gateway_subnet_and_one_on_the_nic() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    world.nsg(
        "nsg-gw",
        &[rule(
            "no-out",
            300,
            "Outbound",
            "Deny",
            "*",
            "10.2.0.0/16",
            "8000-9000",
        )],
    );
    assert!(
        world
            .report()
            .conclusion
            .contains("nsg-gw/no-out (priority 300, Outbound)")
    );

    let mut world = World::healthy();
    let nic = id("networkInterfaces/nic1");
    world.answer_health(Ok(json!({"backendAddressPools": [{"backendAddressPool": {"id": "/p/api"}, "backendHttpSettingsCollection": [
        {"backendHttpSettings": {"id": "/s/https-api"}, "servers": [{"address": "10.2.0.4", "health": "Down", "healthProbeLog": REFUSED,
            "ipConfiguration": {"id": format!("{nic}/ipConfigurations/c")}}]}]}]})));
    world.put("networkInterfaces/nic1", json!({"properties": {"networkSecurityGroup": {"id": id("networkSecurityGroups/nsg-nic").as_str()},
        "ipConfigurations": [{"properties": {"privateIPAddress": "10.2.0.4"}}]}}));
    world.nsg("nsg-nic", &[deny(100)]);
    assert_eq!(
        row(&world.report(), "2c-1.1"),
        "yes > A (nsg:nsg-nic/deny-all-in)"
    );
}

#[test]
fn a_harmless_deny_is_not_blamed() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    world.nsg(
        "nsg-backend",
        &[
            deny(200),
            rule(
                "allow-gw",
                150,
                "Inbound",
                "Allow",
                "10.1.0.0/24",
                "*",
                "8443",
            ),
        ],
    );
    let report = world.report();
    assert_eq!(row(&report, "2c-1.1"), "no");
    assert_eq!(row(&report, "2c-1.3"), "yes > A (api/https-api)");
    let finding = &report.findings[0];
    assert_eq!(
        (finding.id, finding.confidence),
        ("backend-not-listening", Confidence::Likely)
    );
    assert!(
        finding
            .correction
            .contains("Deny nsg-backend/deny-all-in (priority 200)"),
        "{}",
        finding.correction
    );
    assert!(
        !report
            .summary
            .iter()
            .any(|line| line.contains("path is open"))
    );
}

#[test]
fn a_time_out_without_a_deny_asks_whether_the_application_is_slow() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    let report = world.report();
    assert_eq!(report.verdict, Verdict::NeedsInput);
    assert_eq!(row(&report, "2c-1.2"), "ask: spec.hints.slowToStart");
    assert_eq!(report.questions.len(), 1);
    world.said.slow_to_start = Some(true);
    let report = world.report();
    assert_eq!(
        (row(&report, "2c-1.2"), row(&report, "2c-1.3")),
        ("yes > B (api/https-api)", "no")
    );
    assert_eq!(report.findings[0].letter, Some(Letter::B));
    world.said.slow_to_start = Some(false);
    let report = world.report();
    assert_eq!(
        (row(&report, "2c-1.2"), row(&report, "2c-1.3")),
        ("no", "yes > A (api/https-api)")
    );
}

#[test]
fn a_live_member_makes_no_cause_of_steady_502s() {
    let mut world = World::healthy();
    world.health(&[
        ("10.2.0.4", "Unhealthy", TIMEOUT),
        ("10.2.0.5", "Healthy", ""),
    ]);
    world.nsg(
        "nsg-backend",
        &[rule("one", 200, "Inbound", "Deny", "*", "10.2.0.4", "*")],
    );
    let report = world.report();
    assert_eq!(report.findings[0].confidence, Confidence::Inconclusive);
    assert_eq!(report.verdict, Verdict::Inconclusive);
    assert_eq!(
        report.counts.map(|c| (c.unhealthy, c.servers)),
        Some((1, 2))
    );
    assert_eq!(report.backends, Some(Backends::SomeUnhealthy));
}

#[test]
fn a_pair_no_rule_uses_is_no_cause() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.gateway()["properties"]["requestRoutingRules"] = json!([]);
    let report = world.report();
    assert_eq!(row(&report, "1b.2"), "yes > stop (api/https-api)");
    assert!(report.findings.is_empty());
}

#[test]
fn partial_cover_is_undecided_and_said() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.nsg(
        "nsg-backend",
        &[rule(
            "one-instance",
            200,
            "Inbound",
            "Deny",
            "10.1.0.7",
            "*",
            "*",
        )],
    );
    let report = world.report();
    let seen = row(&report, "2c-1.1");
    assert!(
        seen.starts_with("gap: nsg-backend/one-instance (priority 200) drops a part"),
        "{seen}"
    );
    assert_eq!(report.findings[0].id, "nsg-deny-partial");
    // Only a person knows whether instances were replaced.
    assert_eq!(report.verdict, Verdict::NeedsInput);
    assert!(
        report.questions[0].starts_with("spec.onset.afterPlatformUpgrade: "),
        "{:?}",
        report.questions
    );
}

#[test]
fn back_ends_outside_any_known_subnet_cannot_be_told() {
    let mut world = World::healthy();
    world.health(&[("192.168.7.4", "Unhealthy", REFUSED)]);
    let report = world.report();
    assert!(
        row(&report, "2c-1.1").contains("192.168.7.4"),
        "{}",
        row(&report, "2c-1.1")
    );
    assert!(row(&report, "2c-1.3").starts_with("gap"));
    assert_eq!(report.verdict, Verdict::Inconclusive);
}

#[test]
fn a_server_by_name_is_looked_up_and_never_confirmed() {
    let mut world = World::healthy();
    world.health(&[("api.internal", "Unhealthy", REFUSED)]);
    world.nsg("nsg-backend", &[deny(200)]);
    world.answers.insert(
        Query::Resolve("api.internal".into()),
        Ok(json!({"addresses": ["10.2.0.9"]})),
    );
    assert_eq!(world.report().findings[0].confidence, Confidence::Likely);
}

#[test]
fn a_peered_network_is_followed() {
    let mut world = World::healthy();
    world.health(&[("172.16.0.4", "Unhealthy", REFUSED)]);
    let spoke = id("virtualNetworks/spoke");
    let query = Query::Document(id("virtualNetworks/vnet"));
    world.answers.get_mut(&query).unwrap().as_mut().unwrap()["properties"]["virtualNetworkPeerings"] = json!([{"properties": {
        "peeringState": "Connected", "remoteVirtualNetwork": {"id": spoke.as_str()}, "remoteAddressSpace": {"addressPrefixes": ["172.16.0.0/16"]}}}]);
    world.put("virtualNetworks/spoke", json!({"properties": {"subnets": [{"id": format!("{spoke}/subnets/a"), "properties": {
        "addressPrefix": "172.16.0.0/24", "networkSecurityGroup": {"id": id("networkSecurityGroups/nsg-spoke").as_str()}}}]}}));
    world.nsg("nsg-spoke", &[deny(200)]);
    assert_eq!(
        row(&world.report(), "2c-1.1"),
        "yes > A (nsg:nsg-spoke/deny-all-in)"
    );
}

#[test]
fn blocked_management_ports_lead_to_c_on_both_platforms() {
    for (tier, ports) in [("WAF_v2", "65200-65535"), ("Standard", "65503-65534")] {
        let mut world = World::healthy();
        world.gateway()["properties"]["sku"]["tier"] = tier.into();
        world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
        world.nsg(
            "nsg-gw",
            &[rule(
                "no-manager",
                110,
                "Inbound",
                "Deny",
                "GatewayManager",
                "*",
                ports,
            )],
        );
        let report = world.report();
        assert_eq!(report.verdict, Verdict::RootCauseFound, "{tier}");
        assert_eq!(row(&report, "1b.3"), "yes > C (nsg:nsg-gw/no-manager)");
        assert_eq!(row(&report, "map.5"), "yes > C (nsg:nsg-gw/no-manager)");
        let finding = &report.findings[0];
        assert_eq!(
            (finding.id, finding.letter),
            ("nsg-blocks-management", Some(Letter::C))
        );
    }
}

#[test]
fn a_default_route_astray_has_no_letter() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", NOT_RETRIEVED)]);
    let query = Query::Document(id("virtualNetworks/vnet"));
    world.answers.get_mut(&query).unwrap().as_mut().unwrap()["properties"]["subnets"][0]["properties"]
        ["routeTable"] = json!({"id": id("routeTables/rt").as_str()});
    world.put("routeTables/rt", json!({"properties": {"routes": [{"name": "to-fw", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}}]}}));
    let report = world.report();
    assert_eq!(
        (report.findings[0].id, report.findings[0].letter),
        ("default-route-astray", None)
    );
    assert_eq!(report.verdict, Verdict::RootCauseFound);
    assert_eq!(row(&report, "map.5"), "no");
}

#[test]
fn unknown_is_waited_for_and_the_wait_ends() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unknown", "")]);
    for look in 1..=2 {
        world.visitor.look = look;
        let (visit, _) = world.visit();
        assert_eq!(
            (visit.report.verdict, visit.again, visit.looks),
            (Verdict::WaitingForAzure, Again::Unknown, look)
        );
        assert!(row(&visit.report, "1b.3").starts_with("wait: "));
    }
    world.visitor.look = 3;
    let (visit, _) = world.visit();
    assert_eq!(
        (visit.report.verdict, visit.again, visit.looks),
        (Verdict::Inconclusive, Again::Interval, 3)
    );
    assert_eq!(visit.report.findings[0].id, "health-unknown");
    assert_eq!(row(&visit.report, "1b.3"), "yes > stop");
}

#[test]
fn stopped_needs_no_health_and_says_what_a_stopped_gateway_does() {
    let mut world = World::healthy();
    world.state("Succeeded", "Stopped");
    let report = world.report();
    assert_eq!(
        (row(&report, "1a.2"), row(&report, "map.9")),
        ("yes > G", "yes > G")
    );
    assert!(row(&report, "1b.1").starts_with("skip"));
    assert_eq!(report.verdict, Verdict::RootCauseFound);
    assert!(report.findings[0].correction.contains("stopped"));
    assert_eq!(report.path, ["gateway: 1a > G"]);
    world.gateway()["properties"]["sku"]["tier"] = "Standard".into();
    let report = world.report();
    assert_eq!(
        (report.findings[0].id, report.findings[0].letter),
        ("gateway-retired", None)
    );
}

/// 8: it may have been somebody's wish.
#[test]
fn stopped_on_purpose_is_not_offered_to_be_started() {
    for (hint, letter, by_person) in [
        (None, Some(Letter::G), None),
        (
            Some(false),
            Some(Letter::G),
            Some("spec.hints.stoppedOnPurpose: false (Person)"),
        ),
        (
            Some(true),
            None,
            Some("spec.hints.stoppedOnPurpose: true (Person)"),
        ),
    ] {
        let mut world = World::healthy();
        world.state("Succeeded", "Stopped");
        world.said.stopped_on_purpose = hint;
        let report = world.report();
        let finding = &report.findings[0];
        assert_eq!(
            (finding.id, finding.letter),
            ("gateway-stopped", letter),
            "{hint:?}"
        );
        assert_eq!(report.verdict, Verdict::RootCauseFound);
        let because = finding.because.iter().find(|it| it.ends_with("(Person)"));
        assert_eq!(because.map(String::as_str), by_person);
        let leads = if letter.is_some() {
            "yes > G"
        } else {
            "yes > stop"
        };
        assert_eq!(
            (row(&report, "1a.2"), row(&report, "map.9")),
            (leads, leads)
        );
        // A hint about a gateway that runs says nothing.
        world.state("Succeeded", "Running");
        assert_eq!(world.report().verdict, Verdict::Healthy, "{hint:?}");
    }
}

#[test]
fn a_transition_is_waited_for_and_the_wait_ends() {
    for (provisioning, operational) in [
        ("Succeeded", "Starting"),
        ("Succeeded", "Stopping"),
        ("Updating", "Stopped"),
        // 9: nobody is offered to start what is being deleted.
        ("Deleting", "Stopped"),
    ] {
        let mut world = World::healthy();
        world.state(provisioning, operational);
        let (visit, _) = world.visit();
        assert_eq!(
            (visit.report.verdict, visit.again),
            (Verdict::WaitingForAzure, Again::Transition)
        );
        assert!(row(&visit.report, "1a.3").starts_with("wait: "));
        world.visitor.waiting_since = Some(world.now - SignedDuration::from_mins(16));
        let (visit, _) = world.visit();
        assert_eq!(
            (visit.report.verdict, visit.again),
            (Verdict::Inconclusive, Again::Interval)
        );
        assert_eq!(visit.report.findings[0].id, "gateway-transition-stuck");
    }
}

#[test]
fn failed_and_updating_go_on_while_the_gateway_runs() {
    let mut world = World::healthy();
    world.state("Failed", "Running");
    let report = world.report();
    assert_eq!(
        (row(&report, "1a.4"), row(&report, "1b.1")),
        ("yes > 1b", "yes > 3")
    );
    assert_eq!(
        (report.findings[0].letter, report.verdict),
        (Some(Letter::G), Verdict::Inconclusive)
    );
    world.state("Updating", "Running");
    assert_eq!(row(&world.report(), "1a.5"), "yes > 1b");
}

#[test]
fn empty_pools_by_fault_and_by_design() {
    let mut world = World::healthy();
    world.health(&[]);
    world.gateway()["properties"]["backendAddressPools"] =
        json!([{"name": "api", "properties": {"backendAddresses": []}}]);
    let report = world.report();
    assert_eq!(
        (row(&report, "1b.4"), row(&report, "map.7")),
        ("yes > D (api/https-api)", "yes > D (api/https-api)")
    );
    assert_eq!(
        (report.findings[0].confidence, report.verdict),
        (Confidence::Confirmed, Verdict::RootCauseFound)
    );
    // A pool of NICs lists no addresses.
    world.gateway()["properties"]["backendAddressPools"] =
        json!([{"name": "api", "properties": {"backendIPConfigurations": [{"id": "x"}]}}]);
    assert_eq!(world.report().verdict, Verdict::Inconclusive);
}

#[test]
fn no_pool_in_health_means_that_no_rule_leads_to_one() {
    let mut world = World::healthy();
    world.answer_health(Ok(json!({"backendAddressPools": []})));
    assert_eq!(row(&world.report(), "1b.5"), "yes > D");
    assert_eq!(world.report().verdict, Verdict::Inconclusive);
    world.gateway()["properties"]["requestRoutingRules"] =
        json!([{"properties": {"redirectConfiguration": {"id": "x"}}}]);
    assert_eq!(row(&world.report(), "1b.5"), "yes > stop");
    world.gateway()["properties"]["backendAddressPools"] = json!([]);
    assert_eq!(row(&world.report(), "1b.5"), "yes > stop");
    world.gateway()["properties"]["requestRoutingRules"] = json!([]);
    assert_eq!(world.report().verdict, Verdict::RootCauseFound);
}

#[test]
fn no_such_gateway_no_right_no_credential_and_another_product() {
    let mut world = World::healthy();
    world.answers.clear();
    let report = world.report();
    assert_eq!(report.verdict, Verdict::CannotDiagnose);
    assert_eq!(
        (row(&report, "1a.1"), row(&report, "1b.6")),
        ("gap: not found", "yes > stop")
    );
    world.otherwise = Gap::Denied {
        action: "Microsoft.Network/applicationGateways/read".into(),
    };
    let report = world.report();
    assert_eq!(report.verdict, Verdict::CannotDiagnose);
    assert_eq!(
        row(&report, "1a.1"),
        "gap: not permitted: Microsoft.Network/applicationGateways/read"
    );
    world.otherwise = Gap::TimedOut;
    assert_eq!(world.report().verdict, Verdict::Inconclusive);

    world.said.gateway = ArmId::new(
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.ServiceNetworking/trafficControllers/alb",
    );
    let (visit, asked) = world.visit();
    assert!(asked.is_empty());
    assert_eq!(visit.report.verdict, Verdict::CannotDiagnose);
    assert!(
        visit
            .report
            .conclusion
            .contains("Application Gateway for Containers")
    );
}

#[test]
fn a_missing_permission_leaves_the_rest() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let denied = Gap::Denied {
        action: "Microsoft.Network/networkSecurityGroups/read".into(),
    };
    world.answers.insert(
        Query::Document(id("networkSecurityGroups/nsg-backend")),
        Err(denied),
    );
    let report = world.report();
    assert_eq!(report.verdict, Verdict::Inconclusive);
    assert!(
        row(&report, "2c-1.1")
            .contains("not permitted: Microsoft.Network/networkSecurityGroups/read")
    );
    // Another hop that drops it for sure still decides.
    world.nsg(
        "nsg-gw",
        &[rule("no-out", 300, "Outbound", "Deny", "*", "*", "*")],
    );
    assert_eq!(world.report().verdict, Verdict::RootCauseFound);
}

#[test]
fn words_nobody_knows_decide_nothing() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Sideways", "")]);
    let report = world.report();
    assert!(row(&report, "1b.1").contains("Sideways"));
    assert_eq!(report.verdict, Verdict::Inconclusive);
    let mut world = World::healthy();
    world.state("Succeeded", "Dreaming");
    assert!(row(&world.report(), "1a.1").contains("Dreaming"));
}

#[test]
fn a_healthy_word_with_a_failing_log_is_said() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Healthy", TIMEOUT)]);
    assert_eq!(world.report().findings[0].id, "health-flapping");
}

fn some_gap() -> impl Strategy<Value = Gap> {
    prop_oneof![
        Just(Gap::NotFound),
        Just(Gap::TimedOut),
        Just(Gap::Locked),
        Just(Gap::NotInBundle),
        Just(Gap::Throttled {
            retry_after: Some(7)
        }),
        Just(Gap::Denied { action: "a".into() }),
        Just(Gap::Unreadable { why: "odd".into() }),
    ]
}

proptest! {
    /// Whatever is missing or odd: the walk ends, asks nothing twice, says 60 rows in single lines, and
    /// never calls Healthy or faultless what it did not see.
    #[test]
    fn any_world_ends_and_never_guesses(
        provisioning in prop_oneof!["Succeeded", "Failed", "Updating", "Deleting", "[a-z]{0,5}"],
        operational in prop_oneof!["Running", "Stopped", "Starting", "Stopping", "[a-z]{0,5}"],
        healths in prop::collection::vec((0_u8..9, prop_oneof!["Healthy", "Unhealthy", "Unknown", "Partial", "Draining", "[a-z]{0,4}"],
            prop_oneof![Just(TIMEOUT), Just(REFUSED), Just(NOT_RETRIEVED), Just(""), Just("?"), Just(probes::NAME),
                Just("Received invalid status code: 404"), Just("Received invalid status code: 301"), Just("Success.")]), 0..4),
        probe in prop_oneof![Just(json!(null)), Just(json!({})), Just(json!({"host": 7, "path": "/\n", "match": {"statusCodes": [{}]}}))],
        lost in prop::collection::vec((any::<prop::sample::Index>(), some_gap()), 0..4),
        junk in prop::option::of(any::<prop::sample::Index>()),
        look in 1_u32..5,
    ) {
        let mut world = probes::probed(&json!({}), &probe);
        world.state(&provisioning, &operational);
        let servers: Vec<(String, &str, &str)> = healths.iter().map(|(n, h, l)| (format!("10.2.0.{n}"), h.as_str(), *l)).collect();
        world.health(&servers.iter().map(|(a, h, l)| (a.as_str(), *h, *l)).collect::<Vec<_>>());
        world.nsg("nsg-backend", &[deny(200)]);
        world.visitor.look = look;
        let queries: Vec<Query> = world.answers.keys().cloned().collect();
        for (at, gap) in lost {
            world.answers.insert(queries[at.index(queries.len())].clone(), Err(gap));
        }
        if let Some(at) = junk {
            world.answers.insert(queries[at.index(queries.len())].clone(), Ok(json!([1, null, "x"])));
        }
        let (visit, _) = world.visit();
        let report = visit.report;
        prop_assert_eq!(report.rows.len(), 60);
        if matches!(report.verdict, Verdict::Healthy | Verdict::NoFaultFound) {
            let undecided = |value: &str| ["gap", "ask", "wait"].iter().any(|word| value.starts_with(word));
            prop_assert!(report.rows.iter().all(|(_, value)| !undecided(value)), "{:?}", report.rows);
            prop_assert!(healths.iter().all(|(_, health, _)| ["Healthy", "Draining"].contains(&health.as_str())), "{:?}", report.verdict);
        }
        let texts = report.summary.iter().chain(&report.path).chain(&report.gaps).chain(&report.questions)
            .chain(report.rows.iter().map(|(_, value)| value));
        for text in texts {
            prop_assert!(!text.contains('\n'));
        }
        prop_assert!(report.summary.len() <= 40);
        prop_assert!(report.summary.iter().all(|line| line.chars().count() <= 100));
        let again = world.visit().0.report;
        prop_assert_eq!(again, report);
    }
}
