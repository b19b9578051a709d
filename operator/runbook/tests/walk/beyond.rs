//! Checks that the article lacks, what the map sees for itself, and who owns a gateway. By hand, from azure-facts §1, §2.2,
//! §9, §11, §13 and §16.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::{
    probes::{custom, down, probed, status},
    row::{Course, V1, V2},
    world::{NOT_RETRIEVED, REFUSED, TIMEOUT, World, id, row, rule},
};
use appgw_runbook::{
    facts::{Gap, Owner, Query, Span},
    id::Letter,
    report::{Confidence, Finding, Report, Verdict, Word},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const NO_NAME: &str = "Backend FQDN cannot be resolved by the application gateway.";
const BODY: &str = "Body of the backend's HTTP response did not match the probe setting. Received response body does not contain ok.";

fn found<'r>(report: &'r Report, id: &str) -> Option<&'r Finding> {
    report.findings.iter().find(|finding| finding.id == id)
}

fn health_status(world: &mut World, answer: Value) {
    world.put(
        "applicationGateways/shop/providers/Microsoft.ResourceHealth/availabilityStatuses/current",
        answer,
    );
}

/// The question for the activity log: an hour more than the window.
fn activity(world: &mut World, events: &Value) {
    let span = Span {
        from: world.now - SignedDuration::from_hours(2),
        to: world.now,
    };
    let of = world.said.gateway.clone();
    world.answers.insert(
        Query::ActivityLog { of, span },
        Ok(json!({"value": events})),
    );
}

fn event(at: &str, what: &str, who: &str, how: &str) -> Value {
    json!({"eventTimestamp": at, "operationName": {"value": what}, "caller": who, "status": {"value": how}})
}

#[test]
fn an_error_of_the_application_is_no_fault_of_the_gateway() {
    let report = custom(&json!({}), &status(500, "200-399"));
    let finding = found(&report, "x.backend-error").unwrap();
    assert_eq!(
        (finding.letter, finding.confidence, finding.row),
        (None, Confidence::Confirmed, None)
    );
    assert_eq!(report.verdict, Verdict::RootCauseFound);
    let report = custom(&json!({}), &status(404, "200-399"));
    assert_eq!(found(&report, "x.backend-error"), None);
}

#[test]
fn one_application_in_trouble_beside_a_live_member_is_a_hint() {
    let mut world = World::healthy();
    world.health(&[
        ("10.2.0.4", "Unhealthy", &status(503, "200-399")),
        ("10.2.0.5", "Healthy", "Success."),
    ]);
    let report = world.report();
    let finding = found(&report, "x.backend-error").unwrap();
    assert_eq!(finding.confidence, Confidence::Inconclusive);
    assert!(!finding.against.is_empty());
    assert_eq!(report.verdict, Verdict::Inconclusive);
}

#[test]
fn a_text_that_is_not_in_the_answer_leads_to_the_probe() {
    let report = custom(&json!({"match": {"body": "ok"}}), BODY);
    let finding = found(&report, "x.probe-body").unwrap();
    assert_eq!(finding.letter, Some(Letter::B));
    assert_eq!(report.verdict, Verdict::RootCauseFound);
    assert_eq!(finding.confidence, Confidence::Confirmed);
    let told = finding
        .because
        .iter()
        .any(|it| it == "the probe looks for \"ok\" (ControlPlane)");
    assert!(told, "{finding:#?}");
    // The probe was changed since.
    let report = custom(&json!({}), BODY);
    let finding = found(&report, "x.probe-body").unwrap();
    assert_eq!(finding.confidence, Confidence::Inconclusive);
    assert_eq!(finding.against.len(), 1);
}

#[test]
fn a_name_that_the_gateway_cannot_resolve_names_its_dns_servers() {
    let mut world = World::healthy();
    let network = Query::Document(id("virtualNetworks/vnet"));
    let document = world.answers.get_mut(&network).unwrap().as_mut().unwrap();
    document["properties"]["dhcpOptions"] = json!({"dnsServers": ["10.9.0.4", "10.9.0.5"]});
    world.health(&[("shop.internal", "Unhealthy", NO_NAME)]);
    let report = world.report();
    let finding = found(&report, "x.name-not-resolved").unwrap();
    assert!(
        finding
            .because
            .iter()
            .any(|fact| fact.contains("10.9.0.4, 10.9.0.5")),
        "{:?}",
        finding.because
    );
    assert_eq!(finding.letter, None);
    // Without servers of its own it is Azure's.
    let mut world = World::healthy();
    world.health(&[("shop.internal", "Unhealthy", NO_NAME)]);
    let report = world.report();
    let because = &found(&report, "x.name-not-resolved").unwrap().because;
    assert!(because.iter().any(|fact| fact.contains("Azure's own DNS")));
    // The gateway's word alone.
    let denied = Gap::Denied {
        action: "Microsoft.Network/virtualNetworks/read".into(),
    };
    world.answers.insert(network, Err(denied));
    let report = world.report();
    let finding = found(&report, "x.name-not-resolved").unwrap();
    assert_eq!(finding.confidence, Confidence::Likely);
}

#[test]
fn dns_servers_of_ones_own_are_a_hint_where_health_is_unknown() {
    let mut world = World::healthy();
    let network = Query::Document(id("virtualNetworks/vnet"));
    let document = world.answers.get_mut(&network).unwrap().as_mut().unwrap();
    document["properties"]["dhcpOptions"] = json!({"dnsServers": ["10.9.0.4"]});
    assert_eq!(found(&world.report(), "x.dns-servers"), None, "all is well");
    world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
    let report = world.report();
    let finding = found(&report, "x.dns-servers").unwrap();
    assert_eq!(finding.confidence, Confidence::Inconclusive);
    assert_ne!(report.verdict, Verdict::RootCauseFound);
}

#[test]
fn settings_and_probe_of_two_protocols_are_a_hint_that_keeps_nothing_from_being_healthy() {
    let world = probed(&json!({}), &json!({"protocol": "Http"}));
    let report = world.report();
    let finding = found(&report, "x.protocol-mismatch").unwrap();
    assert_eq!(finding.letter, Some(Letter::F));
    assert_eq!(report.verdict, Verdict::Healthy);
    assert!(
        report.conclusion.contains("one finding"),
        "{}",
        report.conclusion
    );
    assert_eq!(
        found(&World::healthy().report(), "x.protocol-mismatch"),
        None
    );
}

#[test]
fn v1_is_retired_since_a_day() {
    let mut world = World::healthy();
    world.gateway()["properties"]["sku"] =
        json!({"name": "Standard_Medium", "tier": "Standard", "capacity": 2});
    let none = |_| Some(0.0);
    let courses: [Course<'_>; 2] = [("CpuUtilization", &none), ("FailedRequests", &none)];
    world.metrics(V1, &courses);
    assert!(found(&world.report(), "x.retired").is_some());
    world.now = "2026-04-27T10:00:00Z".parse::<Timestamp>().unwrap();
    assert_eq!(found(&world.report(), "x.retired"), None);
    assert_eq!(found(&World::healthy().report(), "x.retired"), None, "v2");
}

#[test]
fn rules_for_single_instances_are_a_hint_and_after_an_upgrade_a_cause() {
    let allow = rule(
        "allow-one",
        100,
        "Inbound",
        "Allow",
        "10.1.0.7",
        "*",
        "8443",
    );
    let deny = rule("deny-all-in", 200, "Inbound", "Deny", "*", "*", "*");
    let mut world = World::healthy();
    world.nsg("nsg-backend", &[allow, deny]);
    assert_eq!(
        found(&world.report(), "x.instance-rules"),
        None,
        "all is well"
    );
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    let report = world.report();
    let finding = found(&report, "x.instance-rules").unwrap();
    assert!(
        finding.says.contains("nsg-backend/allow-one"),
        "{}",
        finding.says
    );
    assert_eq!(
        finding.target,
        id("networkSecurityGroups/nsg-backend").as_str()
    );
    world.said.after_platform_upgrade = Some(true);
    let report = world.report();
    let finding = found(&report, "instance-addresses-after-upgrade").unwrap();
    assert_eq!(
        (finding.letter, finding.confidence),
        (Some(Letter::A), Confidence::Likely)
    );
    assert!(row(&report, "map.6").starts_with("yes > A"));
    world.said.after_platform_upgrade = Some(false);
    assert_eq!(row(&world.report(), "map.6"), "no");
    // One that is about another port explains nothing.
    let shell = rule("one-shell", 100, "Inbound", "Allow", "10.1.0.7", "*", "22");
    world.nsg("nsg-backend", &[shell]);
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    world.said.after_platform_upgrade = Some(true);
    let report = world.report();
    let finding = found(&report, "instance-addresses-after-upgrade").unwrap();
    assert_eq!(finding.confidence, Confidence::Inconclusive);
}

#[test]
fn what_was_changed_just_before_is_said_and_never_blamed() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let kind = "Microsoft.Network/applicationGateways";
    activity(
        &mut world,
        &json!([
            event("2026-11-25T08:20:00Z", &format!("{kind}/write"), "alice@contoso.com", "Started"),
            event("2026-11-25T08:25:00Z", &format!("{kind}/write"), "alice@contoso.com", "Succeeded"),
            event("2026-11-25T09:40:00Z", &format!("{kind}/backendhealth/action"), "reader", "Succeeded"),
            {"eventTimestamp": "no time", "operationName": {"value": format!("{kind}/write")}},
        ]),
    );
    let report = world.report();
    let finding = found(&report, "x.changes").unwrap();
    assert_eq!(
        finding.says,
        "Gateway shop was changed once in or shortly before the time in question, last by alice@contoso.com"
    );
    assert_eq!(finding.confidence, Confidence::Inconclusive);
    // What failed changed nothing.
    let failed = event(
        "2026-11-25T09:30:00Z",
        &format!("{kind}/write"),
        "bob@contoso.com",
        "Failed",
    );
    activity(&mut world, &json!([failed]));
    assert_eq!(
        found(&world.report(), "x.changes").unwrap().says,
        "Gateway shop was to be changed once in or shortly before the time in question, last by bob@contoso.com, and every write failed"
    );
    activity(&mut world, &json!([]));
    assert_eq!(found(&world.report(), "x.changes"), None);
    // With nothing amiss nobody asks.
    let (_, asked) = World::healthy().visit();
    assert!(
        !asked
            .iter()
            .any(|it| matches!(it, Query::ActivityLog { .. }))
    );
}

#[test]
fn trouble_of_the_platform_is_its_own_word() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let state = |state: &str| json!({"properties": {"availabilityState": state, "title": "Degraded", "reasonType": "Unplanned", "context": "Platform Initiated", "summary": "we are on it\nnow"}});
    health_status(&mut world, state("Degraded"));
    let report = world.report();
    let finding = found(&report, "x.platform").unwrap();
    assert!(
        finding
            .because
            .iter()
            .any(|it| it.contains("Platform Initiated"))
    );
    assert!(finding.because.iter().all(|it| !it.contains('\n')));
    for fine in ["Available", "Unknown"] {
        health_status(&mut world, state(fine));
        assert_eq!(found(&world.report(), "x.platform"), None, "{fine}");
    }
}

#[test]
fn api_management_is_probed_on_its_own_path() {
    let of = |path: &str, log: &str| {
        let mut world = probed(
            &json!({}),
            &json!({"path": path, "host": "contoso.azure-api.net"}),
        );
        world.health(&[("10.2.0.4", "Unhealthy", log)]);
        world.report()
    };
    let report = of("/", &status(404, "200-399"));
    let finding = found(&report, "api-management-probe-path").unwrap();
    assert_eq!(
        (finding.letter, finding.row),
        (Some(Letter::B), Some("map.3"))
    );
    assert!(row(&report, "map.3").starts_with("yes > B"));
    assert_eq!(
        row(
            &of("/status-0123456789abcdef", &status(404, "200-399")),
            "map.3"
        ),
        "no"
    );
    assert_eq!(row(&of("/", REFUSED), "map.3"), "no", "no path mattered");
    let mut world = probed(&json!({}), &json!({"path": "/", "host": "api.contoso.com"}));
    world.said.api_management_host = Some("API.contoso.com".into());
    world.health(&[("10.2.0.4", "Unhealthy", &status(404, "200-399"))]);
    assert!(row(&world.report(), "map.3").starts_with("yes > B"));
}

#[test]
fn everything_passes_and_requests_fail_all_the_same() {
    let mut world = World::healthy();
    let (idle, none) = (|_| Some(3.0), |_| Some(0.0));
    let mut failing = |failed: &dyn Fn(usize) -> Option<f64>| {
        let courses: [Course<'_>; 5] = [
            ("CapacityUnits", &idle),
            ("TotalRequests", &idle),
            ("HealthyHostCount", &idle),
            ("UnhealthyHostCount", &none),
            ("FailedRequests", failed),
        ];
        world.metrics(V2, &courses);
        world.report()
    };
    let report = failing(&|_| Some(2.0));
    assert_eq!(row(&report, "map.12"), "yes > stop");
    assert_eq!(report.verdict, Verdict::NoFaultFound);
    assert!(
        report.conclusion.starts_with("114 requests"),
        "{}",
        report.conclusion
    );
    let at = report
        .summary
        .iter()
        .position(|line| line == "SUPPORT  ready to file");
    let file = report.summary[at.unwrap() + 1..].join(" ");
    for part in [
        "Application Gateway shop (Standard_v2, westeurope), subscription 00000000-0000-0000-0000-000000000001, resource group rg-edge",
        "2026-11-25T09:00:00Z to 2026-11-25T10:00:00Z: 114 of",
        "no access log is kept",
        "not to be had: x.changes: activity log: not found; x.platform: Resource Health: not found",
        "Asked for: what the instances logged in that time",
    ] {
        let words: Vec<&str> = file.split_whitespace().collect();
        assert!(words.join(" ").contains(part), "{part}: {file}");
    }
    // A minute without a value may hide one: neither healthy nor a case for support.
    let report = failing(&|minute| (minute != 9).then_some(0.0));
    assert!(row(&report, "map.12").starts_with("gap: "));
    assert_eq!(report.verdict, Verdict::Inconclusive);
    // One right that is missing, and the case would be filed on a guess.
    let settings = id("applicationGateways/shop/providers/Microsoft.Insights/diagnosticSettings");
    world
        .answers
        .insert(Query::Document(settings), Err(Gap::Locked));
    let report = world.report();
    assert!(
        row(&report, "map.12").starts_with("gap: "),
        "{}",
        row(&report, "map.12")
    );
}

#[test]
fn nothing_is_asked_of_a_gateway_that_ended_the_walk() {
    let mut stopped = World::healthy();
    stopped.state("Succeeded", "Stopped");
    let mut gone = World::healthy();
    gone.answers
        .remove(&Query::Document(gone.said.gateway.clone()));
    for (world, verdict) in [
        (stopped, Verdict::RootCauseFound),
        (gone, Verdict::CannotDiagnose),
    ] {
        let report = world.report();
        assert_eq!(report.verdict, verdict);
        for id in ["map.3", "map.6", "map.12", "6a.1", "6b.1"] {
            assert!(
                row(&report, id).starts_with("skip: "),
                "{id}: {}",
                row(&report, id)
            );
        }
        assert!(report.gaps.len() <= 2, "{:?}", report.gaps);
    }
}

#[test]
fn a_step_that_saw_a_fault_does_not_pass_before_its_cause_is_known() {
    let report = down(World::healthy(), &[("10.2.0.4", TIMEOUT)]);
    assert_eq!(report.verdict, Verdict::NeedsInput);
    let word = |step: &str| {
        report
            .steps
            .iter()
            .find(|(id, _)| id.as_str() == step)
            .unwrap()
            .1
    };
    assert_eq!(
        [word("1a"), word("1b"), word("2a"), word("2c"), word("2c-1")],
        [Word::Pass, Word::Info, Word::Info, Word::Info, Word::Ask]
    );
}

#[test]
fn the_owner_is_read_off_its_marks_and_a_person_is_contradicted() {
    let mut world = World::healthy();
    assert_eq!(world.report().gateway.owner, None);
    world.said.managed_by = Some(Owner::Nobody);
    assert_eq!(world.report().gateway.owner, Some(Owner::Nobody));
    world.gateway()["tags"] = json!({"managed-by-k8s-ingress": "1.7"});
    let report = world.report();
    assert_eq!(report.gateway.owner, Some(Owner::Agic));
    assert!(
        report
            .gaps
            .iter()
            .any(|gap| gap.contains("says Nobody") && gap.contains("AGIC")),
        "{:?}",
        report.gaps
    );
}

#[test]
fn what_could_not_be_read_is_no_answer_here_either() {
    // A group on the way may not be read: it may name instances.
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    let group = Query::Document(id("networkSecurityGroups/nsg-backend"));
    let denied = Gap::Denied {
        action: "Microsoft.Network/networkSecurityGroups/read".into(),
    };
    world.answers.insert(group, Err(denied));
    assert!(row(&world.report(), "map.6").starts_with("gap: "));
    // Without health nobody knows whether there is anything to explain.
    let mut world = World::healthy();
    world.answer_health(Err(Gap::TimedOut));
    assert!(row(&world.report(), "map.6").starts_with("gap: "));
    // Answers of another shape.
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    health_status(&mut world, json!({"properties": {}}));
    let span = Span {
        from: world.now - SignedDuration::from_hours(2),
        to: world.now,
    };
    let of = world.said.gateway.clone();
    let answer = Ok(json!("no list"));
    world
        .answers
        .insert(Query::ActivityLog { of, span }, answer);
    let gaps = world.report().gaps.join("; ");
    for check in ["x.changes", "x.platform"] {
        assert!(gaps.contains(check), "{check}: {gaps}");
    }
}

/// F69: the lock is named, and the rest is delivered all the same.
#[test]
fn a_lock_that_forbids_asking_for_health_is_named() {
    let locks = id("applicationGateways/shop/providers/Microsoft.Authorization/locks");
    let lock = |level: &str, scope: &str, name: &str| json!({"id": format!("{scope}/providers/Microsoft.Authorization/locks/{name}"), "name": name, "properties": {"level": level}});
    let gateway = id("applicationGateways/shop");
    let group = gateway
        .as_str()
        .split("/providers/")
        .next()
        .unwrap()
        .to_owned();
    let subscription = group.split("/resourceGroups/").next().unwrap().to_owned();
    for (answer, words) in [
        (
            Ok(
                json!({"value": [lock("ReadOnly", &group, "keep-off"), lock("CanNotDelete", &group, "stay")]}),
            ),
            "Lock keep-off on resource group rg-edge keeps the health of gateway shop from being asked for",
        ),
        (
            Ok(
                json!({"value": [lock("readonly", gateway.as_str(), "a"), lock("ReadOnly", &subscription, "b")]}),
            ),
            "Lock a on shop, b on the subscription keeps",
        ),
        (
            Ok(json!({"value": [7, {"name": "x", "properties": {"level": "ReadOnly"}}]})),
            "A ReadOnly lock that could not be found keeps",
        ),
        (
            Err(Gap::Denied {
                action: "Microsoft.Authorization/locks/read".into(),
            }),
            "A ReadOnly lock that could not be found keeps",
        ),
    ] {
        let mut world = World::healthy();
        world.answer_health(Err(Gap::Locked));
        world.answers.insert(Query::Document(locks.clone()), answer);
        let report = world.report();
        let [finding] = report.findings.as_slice() else {
            panic!("{:?}", report.findings);
        };
        assert_eq!((finding.id, finding.letter), ("x.lock", None));
        assert_eq!(finding.confidence, Confidence::Inconclusive);
        assert!(finding.says.starts_with(words), "{}", finding.says);
        assert_eq!(report.verdict, Verdict::Inconclusive);
        assert!(
            row(&report, "3.3").starts_with("yes"),
            "the rest is delivered"
        );
        assert_eq!(
            row(&report, "1b.1"),
            "gap: back-end health: a ReadOnly lock forbids the call"
        );
    }
    // Locks are nobody's business where health was answered.
    let (_, asked) = World::healthy().visit();
    assert!(!asked.contains(&Query::Document(locks)));
}
