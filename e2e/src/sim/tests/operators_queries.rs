//! The queries that the operator really sends are answered, over either table.

use appgw_runbook::{
    facts::{
        LogTable, Span,
        access_log::{kql, read},
    },
    id::ArmId,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    fixture::{Azure, gateway},
    watched::ask,
};
use crate::sim::Options;

/// A back end that answers one request in three with 502.
const WORLD: &str = "
group: rg
networks:
  vnet: {space: [10.0.0.0/16], subnets: {s1: {prefix: 10.0.0.0/24}, s2: {prefix: 10.0.1.0/24}}}
gateways:
  gw:
    tier: TIER
    subnet: vnet/s1
    listeners: {http: {port: 80}}
    pools: {web: [10.0.1.4]}
    settings: {plain: {port: 80}}
    rules: {main: {listener: http, pool: web, settings: plain}}
backEnds:
  10.0.1.4:80: {responds: {/cart: 502, '*': 200}}
traffic:
  - {url: 'http://shop.contoso.com/cart', perMinute: 1}
  - {url: 'http://shop.contoso.com/', perMinute: 2}
workspaces: {whole: {}, plain: {errorInfo: false}, old: {}}
logs:
  - {workspace: whole}
  - {workspace: plain}
  - {workspace: old, dedicated: false}
";

#[tokio::test]
async fn rows_come_back_from_both_tables() {
    let id = ArmId::new(&gateway());
    let to = Timestamp::now() - SignedDuration::from_mins(5);
    let from = to - SignedDuration::from_mins(60);
    for (tier, workspace, table, server, error) in [
        (
            "Standard_v2",
            "whole",
            LogTable::Dedicated,
            502,
            "ERRORINFO_NO_ERROR",
        ),
        ("Standard_v2", "plain", LogTable::Dedicated, 502, ""),
        (
            "Standard_v2",
            "old",
            LogTable::Legacy,
            502,
            "ERRORINFO_NO_ERROR",
        ),
        ("Standard", "old", LogTable::Legacy, 0, ""),
    ] {
        let azure = Azure::around(&WORLD.replace("TIER", tier), Options::default()).await;
        let text = kql(table, &id, Span { from, to });
        let body = json!({"query": text, "timespan": format!("{from}/{to}")});
        let (status, body) = ask(&azure, workspace, &body).await;
        assert_eq!(status, 200, "{workspace}: {body}");
        let log = read(&body).unwrap();
        assert_eq!(
            (log.requests(), log.count(502)),
            (180, 60),
            "{workspace}: {body}"
        );
        let line = log.failures().next().unwrap();
        assert_eq!(
            (line.server, line.error.as_str()),
            (Some(server), error),
            "{tier}, {workspace}: {body}"
        );
        assert!(line.longest.is_some());
    }
}
