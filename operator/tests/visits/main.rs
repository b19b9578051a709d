//! Whole visits, against an API server and an Azure that remember.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests; clippy.toml knows them only inside of test functions"
)]
mod asked;
mod controller;
mod eyes;
mod private_ca;
mod server;
mod waiting;
mod written;

use appgw_crds::{AppGatewayDiagnosisStatus, Trigger, Verdict};
use appgw_operator::{
    backoff::Backoff,
    events::Events,
    memory::Memory,
    reconcile::{Context, Next, Pace, reconcile},
    turns::Turn,
    waits::Waits,
    wire::{PAUSED, RUN_NOW},
};
use appgw_runbook::{
    facts::Gap,
    report,
    visit::{Again, Visit, Visitor},
};
use eyes::{Eyes, deny, unknown, unreachable, visit};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::json;
use server::Server;
use std::{sync::Arc, time::Duration};

const GATEWAY: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";
const MINUTE: Duration = Duration::from_secs(60);
const PACE: Pace = Pace {
    interval: Duration::from_secs(900),
    transition: Duration::from_secs(90),
    unknown: Duration::from_secs(180),
    throttled: Duration::from_secs(60),
    transition_limit: Duration::from_secs(900),
};

/// One object, an API server that keeps it, and an Azure.
struct World {
    server: Server,
    eyes: Eyes,
    cx: Arc<Context<Eyes>>,
}

impl World {
    fn new(visit: Visit) -> Self {
        let server = Server::default();
        server.edit(|_| ());
        let eyes = Eyes::that_see(visit);
        let client = server.client();
        let cx = Arc::new(Context {
            docs: Some("https://docs.contoso.com/appgw".to_owned()),
            events: Events::new(client.clone(), None),
            client,
            eyes: eyes.clone(),
            pace: PACE,
            failures: Backoff::default(),
            losses: Backoff::between(Duration::from_secs(1), MINUTE),
            waits: Waits::default(),
            writes: None,
            memory: Memory::default(),
        });
        Self { server, eyes, cx }
    }
    fn azure(&self, visit: Visit) {
        self.eyes.seen(|seen| seen.visit = visit);
    }
    async fn visit(&self) -> Next {
        self.visit_as(false).await
    }
    async fn visit_as(&self, timed: bool) -> Next {
        let seen = self.server.now();
        Box::pin(reconcile(&seen, &self.cx, &Turn::free(), timed))
            .await
            .unwrap()
    }
    fn status(&self) -> AppGatewayDiagnosisStatus {
        self.server.now().status.unwrap()
    }
    fn verdict(&self) -> Option<Verdict> {
        self.status().verdict
    }
    /// Who came last, and whether only fresh answers would do.
    fn visitor(&self) -> (Visitor, bool) {
        self.eyes.seen(|seen| seen.visitors.last().unwrap().clone())
    }
    fn condition(&self, kind: &str) -> Option<Condition> {
        let conditions = self.status().conditions;
        conditions.into_iter().find(|it| it.type_ == kind)
    }
    fn reason(&self, kind: &str) -> String {
        self.condition(kind).map_or(String::new(), |it| it.reason)
    }
    fn writes(&self) -> u32 {
        self.server.state(|state| std::mem::take(&mut state.writes))
    }
    fn events(&self) -> Vec<String> {
        self.server.state(|state| std::mem::take(&mut state.events))
    }
}

fn about(next: Next, wait: Duration) -> bool {
    matches!(next, Next::In(got) if (wait..=wait * 11 / 10).contains(&got))
}
