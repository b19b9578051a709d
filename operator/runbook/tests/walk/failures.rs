//! How many requests failed; and odd answers to every question of steps 4 to 6b.
use crate::{
    row::{Course, V1, V2, failing, seen, settle, well, workspace},
    world::{World, id},
};
use appgw_runbook::facts::{Blocked, LogTable, Query, failures::Failures};
use proptest::prelude::*;
use serde_json::{Value, json};

const NO_LIVE: &str = "ERRORINFO_UPSTREAM_NO_LIVE";
const TIMED_OUT: &str = "ERRORINFO_UPSTREAM_TIMED_OUT";

pub(crate) fn logged(lines: &[Value]) -> World {
    let mut world = World::healthy().unmeasured();
    world.log(lines);
    world
}

pub(crate) fn failures(world: &World) -> Option<Failures> {
    let counted = settle(world, |view| {
        // Whatever it rests on is asked first, as the rows do.
        for seen in [view.access_log().map(|_| ()), view.metrics().map(|_| ())] {
            if let Err(ask @ Blocked::Ask(_)) = seen {
                return Err(ask);
            }
        }
        Ok(view.failures())
    });
    counted.ok().flatten()
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
    // A zero may be written with a sign.
    let signed = by(
        &mut world,
        V2,
        ("FailedRequests", &|_| Some(-0.0)),
        ("TotalRequests", &|_| Some(-0.0)),
    );
    assert_eq!(
        signed.map(|it| (it.failed, it.bad_gateway, it.total)),
        Some((0, Some(0), Some(0)))
    );
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
