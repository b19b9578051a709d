//! Where the log is kept: step 6a, and the tables of step 6b.
use crate::{
    failures::{failures, logged},
    row::{answer, failing, no, seen, ship, unclear, way, well, workspace, yes},
    world::{World, id},
};
use appgw_runbook::{
    facts::{Blocked, Gap, LogTable, Query},
    id::StepId,
    step::Next,
};
use serde_json::{Value, json};

const NO_LIVE: &str = "ERRORINFO_UPSTREAM_NO_LIVE";

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
    let mut world = World::healthy().unmeasured();
    world.ships_to(LogTable::Dedicated);
    for table in [LogTable::Dedicated, LogTable::Legacy] {
        world.answer_log(table, Err(Gap::NotFound));
    }
    assert_eq!(way(&world, "6b.4"), Next::Map);
    let neither = yes(&world, "6b.4").evidence;
    assert!(
        neither.starts_with("neither table is there yet"),
        "{neither}"
    );
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
    let mut world = World::healthy().unmeasured();
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
