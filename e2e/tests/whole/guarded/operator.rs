//! The operator under the guard that the chart installed, with the flags that the chart gives it.
use super::{
    case::{Case, approval, refused},
    people::{BOB, EDITOR, OPERATOR},
    stage::{Guarded, manifest},
};
use crate::stage::{PATIENCE, options, program, reason, world};
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisStatus, Outcome, PlanState};
use appgw_e2e::{operator::Operator, programs, sim::AzureSim};
use kube::{Api, api::PostParams, runtime::wait::await_condition};
use serde_json::json;

async fn until(
    api: &Api<AppGatewayDiagnosis>,
    operator: &Operator,
    holds: impl Fn(&AppGatewayDiagnosisStatus) -> bool,
) -> AppGatewayDiagnosisStatus {
    let is = |object: Option<&AppGatewayDiagnosis>| {
        let status = object.and_then(|it| it.status.as_ref());
        status.is_some_and(&holds)
    };
    let waited = tokio::time::timeout(PATIENCE, await_condition(api.clone(), "shop", is)).await;
    let Ok(Ok(Some(object))) = waited else {
        let now = api.get("shop").await.map(|it| it.status);
        panic!("{waited:?}\nnow: {now:#?}\noperator:\n{}", operator.log());
    };
    object.status.unwrap()
}

/// It finds the text it was compiled with, after the API server filled in its defaults; an approval without the right
/// changes nothing, one with it is carried out once.
async fn closes_the_loop(guarded: &Guarded) {
    let namespace = guarded.namespace().await;
    let world = world("stopped");
    let gateway = world.gateway_ids()[0].clone();
    let sim = AzureSim::start(world, options()).await.unwrap();
    let flags = guarded.operator_flags().await;
    let own = [
        "--namespace",
        &namespace,
        "--interval",
        "0s",
        "--wait-transition",
        "1s",
    ];
    let flags = flags.iter().map(String::as_str).chain(own);
    let account = guarded.kubeconfig(&OPERATOR);
    let program = program(programs::OPERATOR);
    let operator = Operator::start(&program, &account, &sim, flags).unwrap();

    let spec = json!({"gateway": {"resourceId": gateway}, "hints": {"stoppedOnPurpose": false}});
    let object = manifest("shop", &spec, &json!({}));
    let made = guarded.api(&BOB, &namespace).await;
    made.create(&PostParams::default(), &object).await.unwrap();
    let api = Api::namespaced(guarded.plane.client().await.unwrap(), &namespace);
    let offers = |it: &AppGatewayDiagnosisStatus| {
        it.plans
            .iter()
            .any(|it| it.state == PlanState::AwaitingApproval && it.id.starts_with("G.1-"))
    };
    let status = until(&api, &operator, offers).await;
    assert_eq!(reason(&status, "ApprovalGuard"), Some("PolicyEnforced"));
    let mut plans = status.plans.iter();
    let plan = plans
        .find(|it| it.id.starts_with("G.1-"))
        .unwrap()
        .id
        .clone();

    let case = Case::new(guarded, &namespace, "shop".to_owned());
    refused(
        &case.approve(&EDITOR, &plan).await,
        403,
        "appgwdiag-approval",
        "named G",
    );
    assert_eq!(sim.writes().len(), 0);
    let tried = case
        .annotate(&BOB, super::case::Way::Patch, approval(&BOB, &plan))
        .await;
    tried.unwrap();
    let ended = until(&api, &operator, |it| {
        it.approvals.iter().any(|it| it.effect.is_some())
    })
    .await;
    assert_eq!(ended.approvals[0].outcome, Some(Outcome::Settled));
    assert_eq!(ended.approvals[0].by, BOB.user);
    assert_eq!(
        sim.writes().len(),
        1,
        "written once, and nothing else tried"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_works_under_the_guard_of_the_chart() {
    let [without, with] = super::stage::both().await;
    tokio::join!(closes_the_loop(without), closes_the_loop(with));
}
