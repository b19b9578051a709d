//! Step 4, row by row.
use crate::{
    row::{Course, V1, V2, answer, failing, found, no, seen, unclear, way, well, yes},
    world::{World, id},
};
use appgw_runbook::{
    facts::{Blocked, Gap, LogTable},
    id::{ArmId, Letter, StepId},
    report::Confidence,
    step::Next,
};
use jiff::SignedDuration;
use serde_json::json;

const TO_5: Next = Next::Step(StepId::S5);
const TO_6A: Next = Next::Step(StepId::S6a);

/// The same in every minute.
fn flat(value: f64) -> impl Fn(usize) -> Option<f64> {
    move |_| Some(value)
}

/// `high` in minutes 10 to 20, `low` in all others.
fn hump(high: f64, low: f64) -> impl Fn(usize) -> Option<f64> {
    move |minute| {
        Some(if (10..=20).contains(&minute) {
            high
        } else {
            low
        })
    }
}

/// A gateway of v2 that scales up to ten instances, with capacity units as given, failures and nothing unhealthy.
fn scaling(units: &dyn Fn(usize) -> Option<f64>) -> World {
    let mut world = World::healthy();
    world.gateway()["properties"]["autoscaleConfiguration"] =
        json!({"minCapacity": 2, "maxCapacity": 10});
    with(&mut world, units, &flat(5.0), &flat(0.0));
    world
}

fn with(
    world: &mut World,
    units: &dyn Fn(usize) -> Option<f64>,
    failed: &dyn Fn(usize) -> Option<f64>,
    unhealthy: &dyn Fn(usize) -> Option<f64>,
) {
    let all = flat(1000.0);
    let courses: [Course<'_>; 4] = [
        ("CapacityUnits", units),
        ("FailedRequests", failed),
        ("UnhealthyHostCount", unhealthy),
        ("TotalRequests", &all),
    ];
    world.metrics(V2, &courses);
}

#[test]
fn a_ceiling_reached_for_minutes_while_requests_fail_is_likely() {
    let world = scaling(&hump(95.0, 40.0));
    let sighting = yes(&world, "4.1");
    assert_eq!(
        sighting.evidence,
        "95 of 100 capacity units (10 instances), 2026-11-25T09:10:00Z to 2026-11-25T09:20:00Z"
    );
    assert_eq!(way(&world, "4.1"), Next::Letter(Letter::H));
    let finding = found(&world, "4.1");
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("capacity-at-limit", Some(Letter::H), Confidence::Likely)
    );
    // Eleven minutes of five each, and not those of the hour.
    assert!(
        finding
            .because
            .iter()
            .any(|fact| fact.starts_with("55 requests failed meanwhile")),
        "{:?}",
        finding.because
    );
    assert!(
        finding.correction.contains("10 of them are 100 units"),
        "{}",
        finding.correction
    );
    for other in ["4.2", "4.3", "4.4"] {
        no(&world, other);
    }
}

#[test]
fn units_are_not_instances() {
    let world = scaling(&flat(12.0));
    no(&world, "4.1");
    let sighting = yes(&world, "4.4");
    assert_eq!(
        sighting.evidence,
        "up to 12 of 100 capacity units (10 instances); the article would compare 12 with 10"
    );
    assert_eq!(way(&world, "4.4"), TO_6A);
}

#[test]
fn the_maximum_is_ten_where_it_is_left_out_and_unclear_where_it_is_odd() {
    let mut world = scaling(&flat(95.0));
    world.gateway()["properties"]["autoscaleConfiguration"] = json!({"minCapacity": 2});
    yes(&world, "4.1");
    world.gateway()["properties"]["autoscaleConfiguration"] = json!({"maxCapacity": null});
    yes(&world, "4.1");
    world.gateway()["properties"]["autoscaleConfiguration"] = json!({"maxCapacity": "20"});
    no(&world, "4.1");
    yes(&world, "4.4");
    for odd in [json!("many"), json!(0), json!(-3), json!(1e11), json!({})] {
        world.gateway()["properties"]["autoscaleConfiguration"] = json!({"maxCapacity": odd});
        for row in ["4.1", "4.2", "4.4"] {
            assert!(unclear(&world, row).contains("how many instances"), "{odd}");
        }
    }
}

#[test]
fn a_fixed_number_of_instances_has_its_own_row_and_basic_is_such() {
    for tier in ["Standard_v2", "WAF_v2", "Basic"] {
        let mut world = scaling(&flat(19.0));
        let properties = &mut world.gateway()["properties"];
        properties["autoscaleConfiguration"] = json!(null);
        properties["sku"] = json!({"tier": tier, "capacity": 2});
        no(&world, "4.1");
        let finding = found(&world, "4.2");
        assert_eq!(
            (finding.letter, finding.confidence),
            (Some(Letter::H), Confidence::Likely),
            "{tier}"
        );
        assert!(
            finding.says.contains("19 of 20 capacity units"),
            "{}",
            finding.says
        );
        world.gateway()["properties"]["sku"]["capacity"] = json!(3);
        no(&world, "4.2");
        yes(&world, "4.4");
        world.gateway()["properties"]["sku"]["capacity"] = json!(null);
        assert!(unclear(&world, "4.2").contains("how many instances"));
    }
}

#[test]
fn v1_is_judged_by_its_cpu_and_never_asked_for_capacity_units() {
    for (cpu, full) in [(95.0, true), (91.0, true), (90.0, false), (40.0, false)] {
        let mut world = World::healthy();
        world.gateway()["properties"]["sku"] = json!({"tier": "Standard", "capacity": 2});
        let (cpu, five, none) = (flat(cpu), flat(5.0), flat(0.0));
        world.metrics(
            V1,
            &[
                ("CpuUtilization", &cpu),
                ("FailedRequests", &five),
                ("UnhealthyHostCount", &none),
            ],
        );
        no(&world, "4.1");
        if full {
            let finding = found(&world, "4.2");
            assert_eq!(finding.confidence, Confidence::Likely);
            assert!(finding.says.contains("% CPU"), "{}", finding.says);
            no(&world, "4.4");
        } else {
            no(&world, "4.2");
            yes(&world, "4.4");
        }
    }
}

#[test]
fn near_the_limit_is_said_and_is_no_cause() {
    for (units, near) in [(85.0, true), (75.0, true), (74.0, false)] {
        let world = scaling(&flat(units));
        no(&world, "4.1");
        let sighting = yes(&world, "4.4");
        assert_eq!(
            sighting.evidence.contains("near the limit"),
            near,
            "{}",
            sighting.evidence
        );
        assert_eq!(sighting.finding, None);
    }
}

#[test]
fn a_spike_is_no_ceiling_and_while_requests_fail_it_cannot_be_told() {
    let spike = |minute| {
        Some(if minute == 30 || minute == 31 {
            99.0
        } else {
            20.0
        })
    };
    let mut world = scaling(&spike);
    for row in ["4.1", "4.4"] {
        assert_eq!(
            unclear(&world, row),
            "up to 99 of 100 capacity units (10 instances), but for too short a time to be the limit"
        );
    }
    no(&world, "4.2");
    with(&mut world, &spike, &|_| None, &flat(0.0));
    assert!(unclear(&world, "4.1").contains("too short a time"));
    with(&mut world, &spike, &flat(0.0), &flat(0.0));
    no(&world, "4.1");
    yes(&world, "4.4");
}

#[test]
fn a_full_gateway_is_a_hint_where_anything_speaks_against_it() {
    let full = hump(95.0, 40.0);
    let mut world = scaling(&full);
    let other_minutes = |minute| Some(if minute < 10 { 5.0 } else { 0.0 });
    let unknown = |_| None;
    for (failed, unhealthy, says) in [
        (
            &flat(0.0) as &dyn Fn(usize) -> Option<f64>,
            &flat(0.0) as &dyn Fn(usize) -> Option<f64>,
            "no request failed in those minutes",
        ),
        (
            &other_minutes,
            &flat(0.0),
            "no request failed in those minutes",
        ),
        (&unknown, &flat(0.0), "whether requests failed is not known"),
        (&flat(5.0), &flat(1.0), "unhealthy in the same minutes"),
        (
            &flat(5.0),
            &unknown,
            "whether back ends were healthy is not known",
        ),
    ] {
        with(&mut world, &full, failed, unhealthy);
        let finding = found(&world, "4.1");
        assert_eq!(finding.confidence, Confidence::Inconclusive, "{says}");
        assert!(finding.against[0].contains(says), "{:?}", finding.against);
    }
    // Unhealthy in other minutes is nothing against it.
    with(&mut world, &full, &flat(5.0), &hump(0.0, 1.0));
    assert_eq!(found(&world, "4.1").confidence, Confidence::Likely);
}

#[test]
fn a_log_without_live_members_speaks_against_a_full_gateway() {
    let mut world = scaling(&hump(95.0, 40.0));
    world.log(&[
        failing(502, 0, "ERRORINFO_UPSTREAM_NO_LIVE", false, 212, 0.0),
        well(4000),
    ]);
    let finding = found(&world, "4.1");
    assert_eq!(finding.confidence, Confidence::Inconclusive);
    assert_eq!(
        finding.against,
        ["each of 212 answers of 502 met no live member (Gateway)"]
    );
    world.log(&[
        failing(502, 0, "ERRORINFO_UPSTREAM_NO_LIVE", false, 212, 0.0),
        failing(502, 0, "", true, 3, 0.0),
    ]);
    assert_eq!(found(&world, "4.1").confidence, Confidence::Likely);
    // A log that cannot be read is nothing either way.
    world.answer_log(LogTable::Dedicated, Err(Gap::TimedOut));
    assert_eq!(found(&world, "4.1").confidence, Confidence::Likely);
    world.answer_log(LogTable::Dedicated, Ok(answer(&[])));
    assert_eq!(found(&world, "4.1").confidence, Confidence::Likely);
}

#[test]
fn no_data_is_never_zero() {
    let mut world = scaling(&|_| None);
    for row in ["4.1", "4.4"] {
        assert_eq!(
            unclear(&world, row),
            "no data points of CapacityUnits in the window"
        );
    }
    with(
        &mut world,
        &|minute| (minute % 9 != 0).then_some(40.0),
        &flat(5.0),
        &|minute| (minute != 3).then_some(0.0),
    );
    yes(&world, "4.4");
    assert_eq!(
        unclear(&world, "4.3"),
        "no data points of UnhealthyHostCount in 1 of 57 minutes"
    );
    // What is missing on end could have been the limit.
    with(
        &mut world,
        &|minute| (minute < 50).then_some(40.0),
        &flat(5.0),
        &flat(0.0),
    );
    for row in ["4.1", "4.4"] {
        assert_eq!(
            unclear(&world, row),
            "no data points of CapacityUnits in 7 of 57 minutes"
        );
    }
    let (units, none) = (flat(40.0), flat(0.0));
    world.metrics(V2, &[("CapacityUnits", &units), ("FailedRequests", &none)]);
    assert_eq!(
        unclear(&world, "4.3"),
        "no data points of UnhealthyHostCount in the window"
    );
    let query = world.metrics_query(V2);
    world.answers.insert(
        query,
        Ok(json!({"value": [{"name": {"value": "CapacityUnits"}, "timeseries": []}]})),
    );
    assert_eq!(
        unclear(&world, "4.4"),
        "no data points of CapacityUnits in the window"
    );
}

#[test]
fn a_call_that_was_refused_a_tier_nobody_knows_and_a_window_too_short_are_gaps() {
    let mut world = scaling(&flat(40.0));
    let query = world.metrics_query(V2);
    let why = "Failed to find metric configuration".to_owned();
    for answer in [
        Err(Gap::Unreadable { why }),
        Ok(json!({"error": {"code": "BadRequest"}})),
        Ok(json!("x")),
        Err(Gap::NotFound),
    ] {
        world.answers.insert(query.clone(), answer);
        for row in ["4.1", "4.3", "4.4"] {
            assert!(matches!(seen(&world, row), Err(Blocked::Gap(..))), "{row}");
        }
    }
    let mut world = scaling(&flat(40.0));
    world.gateway()["properties"]["sku"]["tier"] = json!("Gold_v9");
    assert!(unclear(&world, "4.4").contains("\"Gold_v9\""));
    let mut world = scaling(&flat(40.0));
    world.said.window = SignedDuration::from_mins(2);
    assert!(unclear(&world, "4.4").contains("too short"));
    world.said.window = SignedDuration::from_hours(24 * 365 * 9000);
    assert!(unclear(&world, "4.4").contains("longer than metrics are kept"));
}

#[test]
fn unhealthy_then_and_healthy_now_is_an_answer_and_no_circle() {
    let mut world = scaling(&flat(40.0));
    with(&mut world, &flat(40.0), &flat(5.0), &hump(1.0, 0.0));
    assert_eq!(way(&world, "4.3"), TO_6A);
    let finding = found(&world, "4.3");
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("was-unhealthy", None, Confidence::Inconclusive)
    );
    assert!(
        finding
            .says
            .contains("2026-11-25T09:10:00Z to 2026-11-25T09:20:00Z"),
        "{}",
        finding.says
    );
    assert!(
        finding.says.ends_with("healthy now")
            && !finding.correction.is_empty()
            && finding.against.is_empty()
    );
    yes(&world, "4.4");
    // A fraction of an instance's view counts as well.
    with(&mut world, &flat(40.0), &flat(0.0), &hump(0.2, 0.0));
    assert_eq!(
        found(&world, "4.3").against,
        ["no request failed in that time (Gateway)"]
    );
    with(&mut world, &flat(40.0), &|_| None, &hump(0.2, 0.0));
    assert!(found(&world, "4.3").against.is_empty());
    // What is not known to be healthy now is not called so.
    for word in ["Unhealthy", "Unknown", "Partial"] {
        world.health(&[("10.2.0.4", word, "")]);
        let sighting = yes(&world, "4.3");
        assert_eq!(
            (sighting.finding, sighting.next),
            (None, Some(TO_6A)),
            "{word}"
        );
    }
    world.answer_health(Err(Gap::TimedOut));
    assert_eq!(yes(&world, "4.3").finding, None);
    with(&mut world, &flat(40.0), &flat(5.0), &flat(0.0));
    no(&world, "4.3");
}

#[test]
fn below_the_ceiling_leads_to_5_only_for_an_app_service_in_use() {
    let member =
        |host: &str| json!({"name": "api", "properties": {"backendAddresses": [{"fqdn": host}]}});
    let mut world = scaling(&flat(40.0));
    for (host, next) in [
        ("shop.azurewebsites.net", TO_5),
        ("SHOP.AzureWebsites.US.", TO_5),
        ("shop.chinacloudsites.cn", TO_5),
        ("azurewebsites.net.evil.example", TO_6A),
        ("shop.example.com", TO_6A),
    ] {
        world.gateway()["properties"]["backendAddressPools"] = json!([member(host)]);
        assert_eq!(way(&world, "4.4"), next, "{host}");
    }
    let mut spare = member("shop.azurewebsites.net");
    spare["name"] = json!("spare");
    world.gateway()["properties"]["backendAddressPools"] = json!([member("a.example"), spare]);
    assert_eq!(way(&world, "4.4"), TO_6A, "no rule uses it");
    world.said.web_app = Some(ArmId::new(id("sites/shop").as_str()));
    assert_eq!(way(&world, "4.4"), TO_5);
}
