//! The closed loop: diagnosed, offered, approved, applied once, seen to help.
use crate::stage::{NAME, Scene, options, world};
use appgw_crds::{AppGatewayDiagnosisStatus, Effect, Fix, Outcome, Plan, PlanState};
use serde_json::{Value, json};

/// Flags of an installation that writes, without a guard: approvals are tested with one elsewhere.
pub(crate) const WRITES: [&str; 7] = [
    "--writes-enabled",
    "--writes-allowed-resolutions",
    "A,B,C,D,E,F,G,H,I",
    "--writes-require-guard",
    "false",
    "--writer-auth",
    "env",
];

pub(crate) async fn scene(name: &str) -> Scene {
    Scene::with(world(name), options(), &WRITES).await
}

impl Scene {
    /// Apply a diagnosis whose plans may be approved.
    pub(crate) async fn review(&self, more: Value) {
        let mut spec = json!({
            "gateway": {"resourceId": self.gateway},
            "mode": "Review",
            "allowedResolutions": ["A", "B", "C", "D", "E", "F", "G", "H", "I"],
        });
        for (key, value) in more.as_object().unwrap() {
            spec[key] = value.clone();
        }
        self.apply(NAME, spec).await;
    }

    /// Wait for a plan by this method that can be approved.
    pub(crate) async fn offered(&self, method: &str) -> Plan {
        let is = |it: &&Plan| {
            it.state == PlanState::AwaitingApproval && it.id.starts_with(&format!("{method}-"))
        };
        let status = self.until(NAME, |s| s.plans.iter().any(|it| is(&it))).await;
        status.plans.iter().find(is).unwrap().clone()
    }

    /// Approve it, and wait until its effect is said.
    pub(crate) async fn carried_out(&self, plan: &Plan) -> AppGatewayDiagnosisStatus {
        self.annotate(NAME, "appgwdiag.dev/approve", Some(&plan.id))
            .await;
        self.until(NAME, |s| {
            s.approvals
                .iter()
                .any(|it| it.id == plan.id && it.effect.is_some())
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_a_stopped_gateway_is_started_and_serves() {
    let scene = scene("stopped").await;
    scene
        .review(json!({"hints": {"stoppedOnPurpose": false}}))
        .await;
    let plan = scene.offered("G.1").await;
    let status = scene.carried_out(&plan).await;
    assert_eq!(status.approvals[0].outcome, Some(Outcome::Settled));
    assert_eq!(status.approvals[0].effect, Some(Effect::Resolved));
    assert_eq!(status.fix, Some(Fix::Resolved));
    let writes = scene.sim.accepted_writes();
    let sent: Vec<(&str, &str)> = writes
        .iter()
        .map(|it| (it.method.as_str(), it.path.rsplit('/').next().unwrap()))
        .collect();
    assert_eq!(sent, [("POST", "start")]);
    assert_eq!(scene.sim.writes().len(), 1, "nothing else was tried");
}
