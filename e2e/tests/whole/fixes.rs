//! The closed loop: diagnosed, offered, approved, applied once, seen to help.
use crate::stage::{NAME, Scene, options, program, world};
use appgw_crds::{AppGatewayDiagnosisStatus, Effect, Fix, Outcome, Plan, PlanState};
use appgw_e2e::{programs, sim::world::Client};
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

/// The plugin as a person with all rights uses it.
fn plugin(kubeconfig: &std::path::Path, scene: &Scene, command: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(program(programs::PLUGIN))
        .env_clear()
        .args(command)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(["-n", &scene.namespace])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_a_person_approves_with_the_plugin_waits_for_the_effect_and_takes_it_back() {
    let scene = scene("deny-on-backend-subnet").await;
    let quick = |gateway: &mut Value| {
        for probe in gateway["properties"]["probes"].as_array_mut().unwrap() {
            probe["properties"]["interval"] = json!(1);
        }
    };
    assert!(scene.sim.edit(&scene.gateway, quick));
    let fetch = || {
        let url = "https://shop.contoso.com/";
        scene.sim.world(|world| {
            let seen = world.fetch(&scene.gateway, url, Client::default());
            seen.unwrap().status()
        })
    };
    assert_eq!(fetch(), Some(502));
    scene.review(json!({})).await;
    let plan = scene.offered("A.3").await;
    let me = crate::stage::control_plane()
        .await
        .user_kubeconfig("alice", &["system:masters"])
        .unwrap();
    let run = |command: &[&str]| tokio::task::block_in_place(|| plugin(&me, &scene, command));
    let (code, shown) = run(&["plan", NAME, &plan.id]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains(&plan.changes[0]) && shown.contains(&plan.undo[0]),
        "{shown}"
    );
    let short = &plan.id[..12];
    let (code, said) = run(&[
        "approve", NAME, short, "--yes", "--wait", "--reason", "INC-1",
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("as alice") && said.contains("Settled, Resolved"),
        "{said}"
    );
    assert_eq!(fetch(), Some(200));
    let status = scene.until(NAME, |s| s.fix == Some(Fix::Resolved)).await;
    let past = &status.approvals[0];
    assert_eq!((past.by.as_str(), past.reason.as_str()), ("alice", "INC-1"));
    let first = scene.sim.accepted_writes();
    assert_eq!(
        first[0].client_request_id.as_ref(),
        Some(&past.correlation_id)
    );
    assert_eq!(first[0].if_none_match.as_deref(), Some("*"));

    let (code, said) = run(&["rollback", NAME]);
    assert_eq!(code, Some(0), "{said}");
    let undo = scene.offered("A.3.undo").await;
    let (_, said) = run(&["approve", NAME, &undo.id, "--yes"]);
    assert!(said.contains(&undo.id), "{said}");
    scene
        .until(NAME, |s| {
            s.approvals[0].outcome == Some(Outcome::RolledBack)
        })
        .await;
    assert_eq!(fetch(), Some(502), "as it was before");
    let writes = scene.sim.writes();
    let sent: Vec<&str> = writes.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(sent, ["PUT", "DELETE"]);
    assert!(writes[1].if_match.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_that_the_plugin_prints_are_taken_by_the_api_server() {
    let plane = crate::stage::control_plane().await;
    let printed = std::process::Command::new(program(programs::PLUGIN))
        .args([
            "policies",
            "--mutating",
            "--approver",
            "system:serviceaccount:ci:approver",
        ])
        .output()
        .unwrap();
    assert!(printed.status.success());
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("policies.yaml");
    std::fs::write(&file, &printed.stdout).unwrap();
    let file = file.to_str().unwrap();
    let applied = plane
        .kubectl(["apply", "--dry-run=server", "--validate=strict", "-f", file])
        .await
        .unwrap();
    assert_eq!(applied.lines().count(), 8, "{applied}");
}
