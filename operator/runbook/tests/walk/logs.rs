//! Steps 6a and 6b, row by row, and how many requests failed.
use crate::{
    row::{
        Course, V1, V2, answer, failing, found, no, seen, settle, ship, unclear, way, well,
        workspace, yes,
    },
    world::{World, id},
};
use appgw_runbook::{
    facts::{Blocked, Gap, LogTable, Query, failures::Failures},
    id::{StepId, Subject},
    report::Confidence,
    step::Next,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NO_LIVE: &str = "ERRORINFO_UPSTREAM_NO_LIVE";
const TIMED_OUT: &str = "ERRORINFO_UPSTREAM_TIMED_OUT";
const CLOSED: &str = "ERRORINFO_UPSTREAM_CLOSED_CONNECTION";
const FINE: &str = "ERRORINFO_NO_ERROR";
const REFUSED: &str = crate::world::REFUSED;

fn logged(lines: &[Value]) -> World {
    let mut world = World::healthy();
    world.log(lines);
    world
}

fn pair() -> Subject {
    Subject::Pair {
        pool: "api".into(),
        setting: "https-api".into(),
    }
}

#[test]
fn without_a_setting_that_ships_the_access_log_there_is_none_to_ask() {
    let mut world = World::healthy();
    let law = workspace("law");
    let to_law = |more: &str, value: Value| json!({"name": "diag", "properties": {"workspaceId": law.as_str(), more: value}});
    for (settings, evidence) in [
        (json!([]), "no diagnostic setting"),
        (
            json!([to_law(
                "metrics",
                json!([{"category": "AllMetrics", "enabled": true}])
            )]),
            "diag fills workspace law without the access log",
        ),
        (
            json!([to_law(
                "logs",
                json!([{"category": "ApplicationGatewayFirewallLog", "enabled": true}])
            )]),
            "diag fills workspace law without the access log",
        ),
        (
            json!([to_law(
                "logs",
                json!([{"categoryGroup": "audit", "enabled": true}])
            )]),
            "diag fills workspace law without the access log",
        ),
        (
            json!([to_law(
                "logs",
                json!([{"categoryGroup": "allLogs", "enabled": false}])
            )]),
            "diag fills workspace law without the access log",
        ),
        (
            json!([{"name": "store", "properties": {"storageAccountId": "/s", "logs": [{"categoryGroup": "allLogs", "enabled": true}]}}]),
            "store has no workspace",
        ),
    ] {
        world.settings(&settings);
        assert_eq!(yes(&world, "6a.1").evidence, evidence);
        assert_eq!(way(&world, "6a.1"), Next::Map);
        no(&world, "6a.2");
        assert!(unclear(&world, "6b.1").contains("no setting ships"));
    }
}

#[test]
fn one_of_several_settings_is_enough() {
    let mut world = World::healthy();
    world.settings(&json!([
        {"name": "store", "properties": {"storageAccountId": "/s"}},
        {"name": "all", "properties": {"workspaceId": workspace("law").as_str(), "logs": [{"categoryGroup": "AllLogs", "enabled": true}]}},
        ship("own", "other", LogTable::Dedicated)]));
    no(&world, "6a.1");
    assert_eq!(
        yes(&world, "6a.2").evidence,
        "all fills AzureDiagnostics of workspace law; own fills AGWAccessLogs of workspace other"
    );
    assert_eq!(way(&world, "6a.2"), Next::Step(StepId::S6b));
}

#[test]
fn settings_that_cannot_be_read_are_no_answer() {
    let mut world = World::healthy();
    world.settings(&json!([{"name": "diag", "properties": {"workspaceId": "/w/law", "logs": [{"categoryGroup": "allLogs"}]}}]));
    for row in ["6a.1", "6a.2"] {
        assert_eq!(
            unclear(&world, row),
            "whether setting diag ships the access log cannot be read"
        );
    }
    let query = Query::Document(id(
        "applicationGateways/shop/providers/Microsoft.Insights/diagnosticSettings",
    ));
    for answer in [
        Ok(json!({"value": "x"})),
        Ok(json!(3)),
        Err(Gap::Denied {
            action: "Microsoft.Insights/diagnosticSettings/read".into(),
        }),
    ] {
        world.answers.insert(query.clone(), answer);
        for row in ["6a.1", "6a.2", "6b.1", "6b.4"] {
            assert!(matches!(seen(&world, row), Err(Blocked::Gap(..))), "{row}");
        }
    }
}

#[test]
fn no_server_reached_agrees_with_1b_or_is_of_the_past() {
    let mut world = logged(&[failing(502, 0, NO_LIVE, false, 212, 0.004), well(4098)]);
    let sighting = yes(&world, "6b.1");
    assert_eq!(
        (&sighting.subject, sighting.next),
        (&pair(), Some(Next::Stop))
    );
    let finding = found(&world, "6b.1");
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("no-live-backend-then", None, Confidence::Inconclusive)
    );
    assert_eq!(
        finding.says,
        "Pool api had no live member (2026-11-25T09:12:00Z to 2026-11-25T09:20:00Z), and has 1 of 1 now"
    );
    assert!(finding.correction.contains("A to F"));
    for other in ["6b.2", "6b.3", "6b.4"] {
        no(&world, other);
    }
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let sighting = yes(&world, "6b.1");
    assert_eq!(sighting.finding, None);
    assert_eq!(
        sighting.evidence,
        "212 x 502 ERRORINFO_UPSTREAM_NO_LIVE, at most 0.0 s, 2026-11-25T09:12:00Z to 2026-11-25T09:20:00Z; 212 of 4,310 requests failed (502: 212), no server reached: agrees with 1b"
    );
    world.health(&[]);
    assert!(
        yes(&world, "6b.1").evidence.ends_with("agrees with 1b"),
        "an empty pool"
    );
    for (word, health) in [
        ("Unknown", "whether a member is live now is not known"),
        ("Sideways", "whether a member is live now is not known"),
    ] {
        world.health(&[("10.2.0.4", word, "")]);
        let sighting = yes(&world, "6b.1");
        assert!(
            sighting.evidence.ends_with(health) && sighting.finding.is_none(),
            "{}",
            sighting.evidence
        );
    }
    world.answer_health(Err(Gap::TimedOut));
    assert!(yes(&world, "6b.1").evidence.ends_with("is not known"));
}

#[test]
fn no_server_is_also_what_the_columns_say_together_and_never_what_v1_leaves_out() {
    let mut world = logged(&[failing(502, 0, "", false, 7, 0.0), well(1)]);
    yes(&world, "6b.1");
    // Several pairs, and one that the log does not name.
    let mut nameless = failing(502, 0, NO_LIVE, false, 1, 0.0);
    nameless["Pool"] = json!("-");
    let mut other = failing(502, 0, NO_LIVE, false, 2, 0.0);
    other["Pool"] = json!("b");
    world.log(&[failing(502, 0, NO_LIVE, false, 7, 0.0), other, nameless]);
    let all = seen(&world, "6b.1").unwrap();
    let subjects: Vec<String> = all.iter().map(|s| s.subject.to_string()).collect();
    assert_eq!(subjects, ["gateway", "api/https-api", "b/https-api"]);
    // Not what the gateway has another word for, nor another status.
    for line in [
        failing(502, 0, CLOSED, false, 7, 0.0),
        failing(502, 0, CLOSED, true, 7, 0.0),
        failing(502, 0, "ERRORINFO_INVALID_HEADER", false, 7, 0.0),
        failing(503, 0, "", false, 7, 0.0),
        failing(502, 0, "", true, 7, 0.0),
    ] {
        let world = logged(&[line, well(1)]);
        for row in ["6b.1", "6b.2", "6b.3"] {
            no(&world, row);
        }
    }
    for tier in ["WAF", "Gold"] {
        let mut world = logged(&[failing(502, 0, "", false, 7, 3.0), well(1)]);
        world.gateway()["properties"]["sku"]["tier"] = json!(tier);
        for row in ["6b.1", "6b.2", "6b.3"] {
            assert_eq!(
                unclear(&world, row),
                "the log does not say whether a server answered 7 x 502",
                "{tier} {row}"
            );
        }
    }
    let mut unsaid = failing(502, 0, "", false, 7, 0.0);
    unsaid["Routed"] = json!(null);
    assert!(unclear(&logged(&[unsaid]), "6b.1").contains("7 x 502"));
}

#[test]
fn a_time_out_is_that_of_the_setting_and_not_of_the_probe() {
    let mut world = logged(&[failing(504, 0, TIMED_OUT, true, 30, 20.01), well(70)]);
    assert_eq!(way(&world, "6b.2"), Next::Stop);
    assert_eq!(yes(&world, "6b.2").subject, pair());
    let finding = found(&world, "6b.2");
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("backend-timeout", None, Confidence::Likely)
    );
    assert!(
        finding.says.contains("30 x 504")
            && finding.says.contains("20 s that setting https-api allows"),
        "{}",
        finding.says
    );
    assert!(finding.correction.contains("requestTimeout"));
    assert!(
        finding
            .because
            .iter()
            .any(|fact| fact == "requestTimeout of https-api is 20 s (ControlPlane)"),
        "{:?}",
        finding.because
    );
    for other in ["6b.1", "6b.3", "6b.4"] {
        no(&world, other);
    }
    // The status alone, at the setting's own time; and a second member tried after the first.
    for (timeout, taken, holds) in [
        (180, 180.2, true),
        (180, 20.0, false),
        (180, 360.1, true),
        (180, 500.0, false),
        (20, 19.0, true),
        (20, 18.9, false),
    ] {
        world.log(&[failing(504, 0, "", true, 30, taken), well(70)]);
        world.gateway()["properties"]["backendHttpSettingsCollection"][0]["properties"]["requestTimeout"] =
            json!(timeout);
        if holds {
            assert_eq!(
                found(&world, "6b.2").confidence,
                Confidence::Likely,
                "{timeout} {taken}"
            );
        } else {
            no(&world, "6b.2");
        }
    }
    // The gateway's word holds, but the time is not that of the setting.
    world.log(&[failing(504, 0, TIMED_OUT, true, 30, 3.0), well(70)]);
    assert_eq!(found(&world, "6b.2").confidence, Confidence::Inconclusive);
    // A setting that is gone: the gateway's word alone.
    world.gateway()["properties"]["backendHttpSettingsCollection"] = json!([]);
    assert_eq!(found(&world, "6b.2").confidence, Confidence::Likely);
    // On v2 a 502 at that time is odd.
    let world = logged(&[failing(502, 0, "", true, 30, 20.0), well(70)]);
    assert_eq!(found(&world, "6b.2").confidence, Confidence::Inconclusive);
}

#[test]
fn v1_answers_a_time_out_with_502_and_counts_milliseconds() {
    for (taken, holds) in [(20_010.0, true), (20.01, false)] {
        let mut world = logged(&[failing(502, 0, "", false, 30, taken), well(70)]);
        world.gateway()["properties"]["sku"]["tier"] = json!("Standard");
        if holds {
            let finding = found(&world, "6b.2");
            assert_eq!(finding.confidence, Confidence::Likely);
            assert!(
                finding.because[0].contains("at most 20.0 s"),
                "{:?}",
                finding.because
            );
            no(&world, "6b.1");
        } else {
            assert!(unclear(&world, "6b.2").contains("30 x 502"));
        }
    }
}

#[test]
fn what_the_back_end_answered_itself_is_its_own() {
    for (status, server, error, sure) in [
        (502, 502, FINE, Confidence::Confirmed),
        (503, 503, FINE, Confidence::Confirmed),
        (502, 502, "", Confidence::Likely),
        (502, 500, FINE, Confidence::Likely),
    ] {
        let world = logged(&[failing(status, server, error, true, 30, 0.2), well(70)]);
        let finding = found(&world, "6b.3");
        assert_eq!(
            (finding.id, finding.letter, finding.confidence),
            ("backend-error-relayed", None, sure),
            "{status} {server} {error}"
        );
        assert_eq!(way(&world, "6b.3"), Next::Stop);
        no(&world, "6b.1");
        no(&world, "6b.2");
    }
    for server in [0, 200, 404] {
        no(
            &logged(&[failing(502, server, FINE, true, 30, 0.2), well(70)]),
            "6b.3",
        );
    }
}

#[test]
fn the_smaller_part_of_the_failures_explains_the_others_not() {
    let world = logged(&[
        failing(502, 502, FINE, true, 30, 0.2),
        failing(502, 0, NO_LIVE, false, 31, 0.0),
        failing(504, 0, TIMED_OUT, true, 29, 20.0),
        well(10),
    ]);
    for row in ["6b.2", "6b.3"] {
        let finding = found(&world, row);
        assert_eq!(finding.confidence, Confidence::Inconclusive, "{row}");
        assert!(
            finding.against[0].contains("of 90 failures are of another kind"),
            "{:?}",
            finding.against
        );
    }
    let world = logged(&[
        failing(502, 502, FINE, true, 30, 0.2),
        failing(502, 0, NO_LIVE, false, 30, 0.0),
    ]);
    assert_eq!(found(&world, "6b.3").confidence, Confidence::Confirmed);
}

#[test]
fn a_missing_table_is_told_from_an_empty_one_and_the_other_is_asked() {
    let lines = [failing(502, 0, NO_LIVE, false, 212, 0.0), well(4098)];
    for (first, other, name, used) in [
        (
            LogTable::Dedicated,
            LogTable::Legacy,
            "AGWAccessLogs",
            "AzureDiagnostics",
        ),
        (
            LogTable::Legacy,
            LogTable::Dedicated,
            "AzureDiagnostics",
            "AGWAccessLogs",
        ),
    ] {
        let mut world = World::healthy();
        world.ships_to(first);
        world.answer_log(first, Err(Gap::NotFound));
        world.answer_log(other, Ok(answer(&lines)));
        let sighting = yes(&world, "6b.4");
        assert_eq!(
            (sighting.evidence, sighting.next),
            (
                format!("{name} is not there: {used} was asked instead"),
                None
            )
        );
        yes(&world, "6b.1");
        // No row in it: what was logged before a switch is in the other.
        world.answer_log(first, Ok(answer(&[])));
        no(&world, "6b.4");
        yes(&world, "6b.1");
        // With rows, the other is not asked at all.
        world.answer_log(first, Ok(answer(&lines)));
        world.answers.remove(&world.log_query("guid-law", other));
        no(&world, "6b.4");
        no(&world, "6b.2");
    }
}

#[test]
fn a_log_without_a_row_says_nothing() {
    let mut world = World::healthy();
    world.ships_to(LogTable::Dedicated);
    for table in [LogTable::Dedicated, LogTable::Legacy] {
        world.answer_log(table, Err(Gap::NotFound));
    }
    assert_eq!(way(&world, "6b.4"), Next::Map);
    for row in ["6b.1", "6b.2", "6b.3"] {
        assert!(unclear(&world, row).contains("20 minutes"));
    }
    world.answer_log(LogTable::Legacy, Ok(json!({"tables": []})));
    assert_eq!(way(&world, "6b.4"), Next::Map);
    for table in [LogTable::Dedicated, LogTable::Legacy] {
        world.answer_log(table, Ok(json!({"tables": []})));
    }
    no(&world, "6b.4");
    for row in ["6b.1", "6b.2", "6b.3"] {
        assert_eq!(
            unclear(&world, row),
            "the access log has no row of this window"
        );
    }
    assert_eq!(failures(&world), None);
    // Successes alone are an answer.
    world.answer_log(LogTable::Dedicated, Ok(answer(&[well(5)])));
    for row in ["6b.1", "6b.2", "6b.3", "6b.4"] {
        no(&world, row);
    }
}

#[test]
fn a_missing_column_and_an_odd_answer_are_gaps_and_not_a_missing_table() {
    let why = "Failed to resolve column expression named 'Count'".to_owned();
    for answer in [
        Err(Gap::Unreadable { why }),
        Ok(json!({"error": {}})),
        Ok(json!({"tables": [{"columns": [{"name": "x"}], "rows": [[1]]}]})),
    ] {
        let mut world = World::healthy();
        world.ships_to(LogTable::Dedicated);
        world.answer_log(LogTable::Dedicated, answer);
        for row in ["6b.1", "6b.2", "6b.3", "6b.4"] {
            assert!(
                matches!(
                    seen(&world, row),
                    Err(Blocked::Gap(
                        Query::AccessLog { .. },
                        Gap::Unreadable { .. }
                    ))
                ),
                "{row}"
            );
        }
    }
    let mut world = logged(&[well(5)]);
    world.answers.insert(
        Query::Document(workspace("law")),
        Ok(json!({"properties": {}})),
    );
    assert!(unclear(&world, "6b.1").contains("customerId"));
}

#[test]
fn half_an_answer_may_say_yes_and_not_no() {
    let mut half = answer(&[failing(502, 0, NO_LIVE, false, 212, 0.0), well(10)]);
    half["error"] = json!({"code": "PartialError", "message": "a shard was slow"});
    let mut world = World::healthy();
    world.ships_to(LogTable::Dedicated);
    world.answer_log(LogTable::Dedicated, Ok(half));
    yes(&world, "6b.1");
    for row in ["6b.2", "6b.3"] {
        assert!(unclear(&world, row).ends_with("a shard was slow"));
    }
    let counted = failures(&world).unwrap();
    assert_eq!(
        (
            counted.bad_gateway,
            counted.unavailable,
            counted.failed,
            counted.total
        ),
        (Some(212), None, 212, None)
    );
    let mut half = answer(&[well(10)]);
    half["error"] = json!({});
    world.answer_log(LogTable::Dedicated, Ok(half));
    assert_eq!(failures(&world), None);
    let mut nothing = answer(&[]);
    nothing["error"] = json!({});
    world.answer_log(LogTable::Dedicated, Ok(nothing));
    assert!(unclear(&world, "6b.1").contains("not whole"));
}

#[test]
fn of_several_workspaces_the_fullest_log_is_read_and_one_that_refuses_does_no_harm() {
    let mut world = World::healthy();
    world.settings(&json!([
        ship("a", "law", LogTable::Dedicated),
        ship("b", "old", LogTable::Dedicated),
        ship("c", "gone", LogTable::Legacy)
    ]));
    world.workspace("law", "guid-law");
    world.workspace("old", "guid-old");
    world.answer_log(LogTable::Dedicated, Ok(answer(&[well(10)])));
    let old = world.log_query("guid-old", LogTable::Dedicated);
    world.answers.insert(
        old.clone(),
        Ok(answer(&[failing(502, 0, NO_LIVE, false, 5, 0.0), well(6)])),
    );
    yes(&world, "6b.1");
    world.answers.insert(
        old.clone(),
        Ok(answer(&[failing(502, 0, NO_LIVE, false, 5, 0.0)])),
    );
    no(&world, "6b.1");
    // Nothing but empty logs and one that cannot be read: that one is what stands in the way.
    world.answers.insert(old, Ok(answer(&[])));
    world.answer_log(LogTable::Dedicated, Ok(answer(&[])));
    assert!(
        matches!(seen(&world, "6b.1"), Err(Blocked::Gap(Query::Document(id), Gap::NotFound)) if id.name() == "gone")
    );
}

#[test]
fn one_instance_among_several_is_a_hint() {
    let line = |count, instances| {
        let mut line = failing(502, 0, CLOSED, true, count, 0.0);
        line["ErrorInfo"] = json!(NO_LIVE);
        line["Instances"] = json!(instances);
        line
    };
    let says = |lines: &[Value]| {
        yes(&logged(lines), "6b.1")
            .evidence
            .contains("all on one of 3 instances")
    };
    assert!(says(&[line(10, 1), well(70)]));
    assert!(!says(&[line(9, 1), well(70)]), "chance");
    assert!(!says(&[line(10, 2), well(70)]));
    let mut listener = line(10, 1);
    listener["Listener"] = json!("second");
    assert!(
        !says(&[line(10, 1), listener, well(70)]),
        "each may be of another one"
    );
}

fn failures(world: &World) -> Option<Failures> {
    settle(world, |view| {
        // Whatever it rests on is asked first, as the rows do.
        for seen in [view.access_log().map(|_| ()), view.metrics().map(|_| ())] {
            if let Err(ask @ Blocked::Ask(_)) = seen {
                return Err(ask);
            }
        }
        Ok(view.failures())
    })
    .unwrap()
}

#[test]
fn failures_are_counted_by_the_log_else_by_the_metrics_and_never_supposed() {
    let mut world = logged(&[
        failing(502, 0, NO_LIVE, false, 212, 0.0),
        failing(504, 0, TIMED_OUT, true, 3, 20.0),
        well(4095),
    ]);
    let by_log = Failures {
        bad_gateway: Some(212),
        unavailable: Some(0),
        timed_out: Some(3),
        failed: 215,
        total: Some(4310),
    };
    assert_eq!(failures(&world), Some(by_log));
    world.settings(&json!([]));
    assert_eq!(failures(&world), None, "neither log nor metrics");
    let (two, many, zero) = (|_| Some(2.0), |_| Some(50.0), |_| Some(0.0));
    let holed = |minute| (minute != 9).then_some(0.0);
    let by = |world: &mut World, names, failed: Course<'_>, total: Course<'_>| {
        world.metrics(names, &[failed, total]);
        failures(world)
    };
    // 57 minutes of 2 and of 50.
    let counted = Failures {
        bad_gateway: None,
        unavailable: None,
        timed_out: None,
        failed: 114,
        total: Some(2850),
    };
    assert_eq!(
        by(
            &mut world,
            V2,
            ("FailedRequests", &two),
            ("TotalRequests", &many)
        ),
        Some(counted)
    );
    let none = Failures {
        bad_gateway: Some(0),
        unavailable: Some(0),
        timed_out: Some(0),
        failed: 0,
        total: None,
    };
    assert_eq!(
        by(
            &mut world,
            V2,
            ("FailedRequests", &zero),
            ("TotalRequests", &holed)
        ),
        Some(none)
    );
    assert_eq!(
        by(
            &mut world,
            V2,
            ("FailedRequests", &holed),
            ("TotalRequests", &many)
        ),
        None
    );
    world.gateway()["properties"]["sku"]["tier"] = json!("Standard");
    assert_eq!(
        by(
            &mut world,
            V1,
            ("FailedRequests", &zero),
            ("TotalRequests", &many)
        ),
        None,
        "v1 leaves some out"
    );
    assert_eq!(
        by(
            &mut world,
            V1,
            ("FailedRequests", &two),
            ("TotalRequests", &many)
        ),
        Some(counted)
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        any::<f64>().prop_map(|n| json!(n)),
        any::<i64>().prop_map(|n| json!(n)),
        prop::sample::select(vec![
            "502",
            "-",
            "",
            "Dedicated",
            "2026-11-25T09:12:00Z",
            "é\n",
            "NaN"
        ])
        .prop_map(|s| json!(s)),
    ];
    let names = vec![
        "value",
        "name",
        "properties",
        "tables",
        "columns",
        "rows",
        "Status",
        "Count",
        "Routed",
        "timeseries",
        "data",
        "error",
        "logs",
        "workspaceId",
        "customerId",
        "sku",
        "autoscaleConfiguration",
        "requestTimeout",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(names.clone()), inner, 0..6)
                .prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    /// Whatever Azure answers in place of one answer or one cell, each row decides or says why not.
    #[test]
    fn odd_answers_break_nothing(junk in any_json(), which in 0_usize..6, column in 0_usize..14) {
        let mut lines = [failing(502, 0, NO_LIVE, false, 212, 0.0), failing(504, 0, "", true, 9, 20.0), well(9)];
        if which == 5 {
            let name = lines[0].as_object().unwrap().keys().nth(column % 10).unwrap().clone();
            lines[0][name.as_str()] = junk.clone();
        }
        let mut world = logged(&lines);
        let queries = [
            Query::Document(world.said.gateway.clone()), Query::Document(workspace("law")),
            Query::Document(id("applicationGateways/shop/providers/Microsoft.Insights/diagnosticSettings")),
            world.log_query("guid-law", LogTable::Dedicated), world.metrics_query(V2),
        ];
        let forty = |_| Some(40.0);
        world.metrics(V2, &[("CapacityUnits", &forty), ("FailedRequests", &forty), ("UnhealthyHostCount", &forty)]);
        if let Some(query) = queries.get(which) {
            world.answers.insert(query.clone(), Ok(junk));
        }
        for row in ["4.1", "4.2", "4.3", "4.4", "6a.1", "6a.2", "6b.1", "6b.2", "6b.3", "6b.4"] {
            for sighting in seen(&world, row).into_iter().flatten() {
                prop_assert!(!sighting.evidence.contains('\n'), "{row}: {:?}", sighting.evidence);
            }
        }
        let _ = failures(&world);
    }
}
