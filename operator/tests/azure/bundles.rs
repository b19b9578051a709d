//! What a live run heard, in a file, and again from there.
use crate::{
    server::{Answer, Seen, Server},
    support::{
        GATEWAY, WORKSPACE, activity, document, error, health, log, log_of, metrics, reader,
        server, span,
    },
};
use appgw_operator::azure::{Bundle, Exchange};
use appgw_runbook::{
    facts::{Gap, LogTable, Query},
    id::ArmId,
};
use serde_json::{Value, json};

const NSG: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg";
const SITE: &str = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Web/sites/shop";

/// Says what it was asked, and fails in the ways it can.
fn told(seen: &Seen) -> Answer {
    let path = seen.path.to_lowercase();
    if path.contains("/metrics?") && path.contains("bad") {
        return Answer::json(
            400,
            &json!({"code": "BadRequest", "message": "metric: Bad, Valid metrics: A"}),
        );
    }
    if path.starts_with("/v1/workspaces/") {
        return match seen.body.contains("AGWAccessLogs") {
            true if path.contains("00000000") => Answer::new(204, ""),
            true => {
                let message = "'where' operator: Failed to resolve table or column expression named 'AGWAccessLogs'";
                error(400, "SEM0100", message)
            }
            false => Answer::json(
                200,
                &json!({"tables": [{"rows": [[502]]}], "error": {"code": "PartialError"}}),
            ),
        };
    }
    if path.contains("/locks?") {
        return error(403, "AuthorizationFailed", "no");
    }
    Answer::json(200, &json!({"value": [{"asked": seen.path}]}))
}

fn questions() -> Vec<Query> {
    let mut all = vec![
        metrics("FailedRequests,TotalRequests"),
        metrics("FailedRequests"),
        metrics("Bad"),
        activity(GATEWAY),
        activity(NSG),
        activity("/subscriptions/s1/a'b"),
        log(LogTable::Dedicated),
        log(LogTable::Legacy),
        log_of("00000000-2c3d-4e5f-8a9b-0c1d2e3f4a5b", LogTable::Dedicated),
        log_of("no guid?x=%41/y", LogTable::Dedicated),
        activity("/subscriptions"),
        document("/subscriptions/../a?b"),
        document(SITE),
        document(&format!("{SITE}/config/web")),
        document("/subscriptions/s1/providers/Microsoft.Web/sites"),
    ];
    for more in [
        "Microsoft.Insights/diagnosticSettings",
        "Microsoft.Authorization/locks",
        "Microsoft.ResourceHealth/availabilityStatuses/current",
    ] {
        all.push(document(&format!("{GATEWAY}/providers/{more}")));
    }
    all
}

async fn heard(azure: &Server) -> Vec<(Query, Exchange)> {
    let reader = reader(azure);
    let mut all = Vec::new();
    for query in questions() {
        let exchange = Exchange::clone(&*reader.ask(&query).await);
        all.push((query, exchange));
    }
    all
}

fn bundle(exchanges: Vec<Exchange>) -> Bundle {
    let taken_at = "2026-11-26T12:34:56Z".parse().unwrap();
    Bundle::new(
        taken_at,
        json!({"gateway": {"resourceId": GATEWAY}}),
        exchanges,
    )
}

#[tokio::test]
async fn every_question_is_answered_from_the_file_as_it_was_live_in_whatever_order() {
    let azure = server(|seen, _| told(seen)).await;
    let heard = heard(&azure).await;
    let reader = reader(&azure);
    let mut exchanges: Vec<_> = heard.iter().map(|(_, exchange)| exchange.clone()).collect();
    for _ in 0..2 {
        exchanges.reverse();
        let file = bundle(exchanges.clone()).write();
        let again = Bundle::from_json(&file).unwrap();
        assert_eq!(again.write(), file, "byte for byte");
        for (query, _) in &heard {
            assert_eq!(again.take(query), reader.answer(query).await, "{query:?}");
        }
    }
}

/// A bundle by hand.
fn by_hand(exchanges: &Value) -> Bundle {
    let file = json!({"kind": "Bundle", "apiVersion": "appgwdiag.dev/v1alpha1", "takenAt": "2026-11-26T12:34:56Z",
        "spec": {"gateway": {"resourceId": GATEWAY}}, "exchanges": exchanges});
    Bundle::from_json(&file.to_string()).unwrap()
}

#[test]
fn the_window_does_not_matter_and_the_resource_does() {
    let list = "/subscriptions/S1/providers/microsoft.insights/eventTypes/management/values";
    let of = |id: &str| {
        format!(
            "{list}?api-version=2017-03-01-preview&%24filter=eventTimestamp%20ge+'2020-01-01'+and+resourceUri%20eq%20'{id}'"
        )
    };
    let bundle = by_hand(&json!([
        {"path": of(&NSG.to_uppercase()), "body": {"value": ["nsg"]}},
        {"path": of(GATEWAY), "body": {"value": ["gateway"]}},
    ]));
    assert_eq!(
        bundle.take(&activity(GATEWAY)),
        Ok(json!({"value": ["gateway"]}))
    );
    assert_eq!(bundle.take(&activity(NSG)), Ok(json!({"value": ["nsg"]})));
    assert_eq!(bundle.take(&activity(SITE)), Err(Gap::NotInBundle));
    let elsewhere = activity(&GATEWAY.replace("s1", "s2"));
    assert_eq!(bundle.take(&elsewhere), Err(Gap::NotInBundle));

    // One that does not say whose it is was put there for the gateway; one about a group is not his.
    let silent = by_hand(&json!([{"path": list, "body": {"value": []}}]));
    assert_eq!(silent.take(&activity(GATEWAY)), Ok(json!({"value": []})));
    let group =
        format!("{list}?$filter=eventTimestamp ge '2020-01-01' and resourceGroupName eq 'rg'");
    let group = by_hand(&json!([{"path": group, "body": {"value": []}}]));
    assert_eq!(group.take(&activity(GATEWAY)), Err(Gap::NotInBundle));
    let failed = by_hand(&json!([{"path": list, "error": "timeout"}]));
    assert_eq!(failed.take(&activity(GATEWAY)), Err(Gap::TimedOut));
}

#[test]
fn metrics_are_answered_by_those_that_hold_all_that_is_asked() {
    let path = |names: &str| {
        format!(
            "https://management.azure.com{GATEWAY}/providers/microsoft.insights/metrics?metricnames={names}&timespan=a/b"
        )
    };
    let one = |names: &str| json!({"path": path(names), "body": {"value": [names]}});
    let bundle = by_hand(&json!([one("C,B%2CA"), one("A"), one("b, c")]));
    let said = |names| {
        bundle
            .take(&metrics(names))
            .map(|body| body["value"][0].clone())
    };
    assert_eq!(said("A"), Ok(json!("A")));
    assert_eq!(said("B,C"), Ok(json!("b, c")));
    assert_eq!(said("A,B"), Ok(json!("C,B%2CA")), "holds more");
    assert_eq!(said("A,D"), Err(Gap::NotInBundle));
    let silent = json!([{"path": format!("{GATEWAY}/providers/Microsoft.Insights/metrics"), "body": {"value": [1]}}]);
    let silent = by_hand(&silent);
    assert_eq!(silent.take(&metrics("A,D")), Ok(json!({"value": [1]})));
    let window = Query::Metrics {
        of: ArmId::new(GATEWAY),
        names: "A",
        span: span("23:59"),
    };
    assert_eq!(
        bundle.take(&window).map(|body| body["value"][0].clone()),
        Ok(json!("A"))
    );
}

#[test]
fn a_log_answer_is_told_by_workspace_and_table() {
    let path = format!(
        "https://api.loganalytics.io/v1/Workspaces/{}/query",
        WORKSPACE.to_uppercase()
    );
    let one = |request: Value, status: u16| json!({"method": "POST", "path": path, "status": status, "request": request, "body": {"tables": [[status]]}});
    let dedicated =
        json!({"query": "agwaccesslogs | where HttpStatus == 502 // AzureDiagnosticsOld"});
    let both = by_hand(&json!([
        one(json!({"query": "AzureDiagnostics | take 1"}), 200),
        one(dedicated.clone(), 200)
    ]));
    for (table, at) in [(LogTable::Legacy, 0), (LogTable::Dedicated, 1)] {
        let want = both.exchanges()[at].body().cloned().unwrap();
        assert_eq!(both.take(&log(table)), Ok(want));
    }
    let other = log_of("00000000-2c3d-4e5f-8a9b-0c1d2e3f4a5b", LogTable::Legacy);
    assert_eq!(both.take(&other), Err(Gap::NotInBundle));
    let only = by_hand(&json!([one(dedicated, 200)]));
    assert_eq!(only.take(&log(LogTable::Legacy)), Err(Gap::NotInBundle));
    // As a text, or not at all.
    for (request, legacy) in [
        (json!("AGWAccessLogs | take 1"), false),
        (json!({}), true),
        (json!(null), true),
    ] {
        let bundle = by_hand(&json!([one(request.clone(), 200)]));
        assert!(bundle.take(&log(LogTable::Dedicated)).is_ok(), "{request}");
        assert_eq!(
            bundle.take(&log(LogTable::Legacy)).is_ok(),
            legacy,
            "{request}"
        );
    }
    let failed = json!([{"method": "POST", "path": path, "error": "timeout"}]);
    assert_eq!(
        by_hand(&failed).take(&log(LogTable::Legacy)),
        Err(Gap::TimedOut)
    );
    let empty = json!([{"method": "POST", "path": path, "status": 204}]);
    assert_eq!(
        by_hand(&empty).take(&log(LogTable::Legacy)),
        Ok(json!({"tables": []}))
    );
    assert_eq!(by_hand(&empty).take(&health()), Err(Gap::NotInBundle));
}
