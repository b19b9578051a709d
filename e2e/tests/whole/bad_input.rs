//! Bad input: a clear condition or finding, nothing lost, no token sent elsewhere, other diagnoses unaffected.
use crate::stage::{NAME, Scene, control_plane, options, reason, row, world};
use appgw_crds::Verdict;
use appgw_e2e::{
    control_plane::{ControlPlane, Options as PlaneOptions},
    operator::Operator,
    programs,
    sim::{AzureSim, Fault, ForeignHost, Matching, Rule},
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api,
    api::{DynamicObject, PostParams},
    discovery::ApiResource,
};
use serde_json::json;

const SUBSCRIPTION: &str = "/subscriptions/";

async fn refused_without_a_call(spec_id: &str, says: &str) {
    let scene = Scene::of("all-healthy").await;
    scene
        .apply(NAME, json!({"gateway": {"resourceId": spec_id}}))
        .await;
    let status = scene.verdict().await;
    assert_eq!(status.verdict, Some(Verdict::CannotDiagnose));
    assert!(status.conclusion.contains(says), "{}", status.conclusion);
    assert!(scene.sim.requests_to(SUBSCRIPTION).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_product_is_refused_with_its_reason_before_any_call() {
    let group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg";
    let containers =
        format!("{group}/providers/Microsoft.ServiceNetworking/trafficControllers/alb");
    refused_without_a_call(&containers, "Application Gateway for Containers").await;
    let balancer = format!("{group}/providers/Microsoft.Network/loadBalancers/lb");
    refused_without_a_call(&balancer, "loadbalancers").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_not_there_and_a_subscription_that_is_not() {
    let scene = Scene::of("all-healthy").await;
    let missing = scene
        .gateway
        .replace("applicationGateways/shop", "applicationGateways/nothing");
    scene
        .apply("missing", json!({"gateway": {"resourceId": missing}}))
        .await;
    let (_, rest) = scene.gateway.split_once("/resourceGroups/").unwrap();
    let foreign =
        format!("/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/{rest}");
    scene
        .apply("foreign", json!({"gateway": {"resourceId": foreign}}))
        .await;
    for name in ["missing", "foreign"] {
        let status = scene.until(name, |s| s.verdict.is_some()).await;
        assert_eq!(status.verdict, Some(Verdict::CannotDiagnose), "{name}");
        assert_eq!(row(&status, "1b.6"), "yes > stop", "{name}");
        assert!(row(&status, "1a.1").starts_with("gap: "), "{name}");
        assert_eq!(
            reason(&status, "Diagnosed"),
            Some("CannotDiagnose"),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named_and_the_rest_goes_on() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene
        .sim
        .world(|world| world.deny("Microsoft.Network/networkSecurityGroups/read", None));
    scene.diagnose().await;
    let status = scene.verdict().await;
    assert_eq!(status.verdict, Some(Verdict::Inconclusive));
    assert!(row(&status, "1b.2").starts_with("yes"), "the rest went on");
    assert!(
        row(&status, "2c-1.1")
            .contains("not permitted: Microsoft.Network/networkSecurityGroups/read")
    );

    let scene = Scene::of("deny-on-backend-subnet").await;
    scene
        .sim
        .world(|world| world.deny("Microsoft.Network/applicationGateways/read", None));
    scene.diagnose().await;
    let status = scene.verdict().await;
    assert_eq!(status.verdict, Some(Verdict::CannotDiagnose));
    assert!(
        status
            .conclusion
            .contains("not permitted: Microsoft.Network/applicationGateways/read")
    );
    assert_eq!(reason(&status, "AzureReachable"), Some("Denied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_obeyed_ends_before_any_call() {
    for (why, part) in [
        (
            "schedule.cron: 0 0 30 2 * fits no day",
            json!({"schedule": {"cron": "0 0 30 2 *"}}),
        ),
        (
            "rollback: Automatic: not built yet",
            json!({"rollback": "Automatic"}),
        ),
    ] {
        let scene = Scene::of("all-healthy").await;
        let mut spec = part;
        spec["gateway"] = json!({"resourceId": scene.gateway});
        scene.apply(NAME, spec).await;
        let status = scene.until(NAME, |s| reason(s, "Ready").is_some()).await;
        let ready = status
            .conditions
            .iter()
            .find(|c| c.type_ == "Ready")
            .unwrap();
        assert_eq!(
            (ready.status.as_str(), ready.reason.as_str()),
            ("False", "InvalidSpec"),
            "{why}"
        );
        assert!(ready.message.contains(why), "{why}: {}", ready.message);
        assert!(scene.sim.requests_to(SUBSCRIPTION).is_empty(), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_server_refuses_what_is_no_resource_id() {
    let scene = Scene::of("all-healthy").await;
    for id in [
        "shop",
        "/subscriptions/x",
        "/subscriptions/s/resourceGroups/rg/../../x/providers/Microsoft.Network/applicationGateways/g",
        "/subscriptions/s/resourceGroups/r%2fx/providers/Microsoft.Network/applicationGateways/g?x=1",
    ] {
        let object = serde_json::from_value(
            json!({"apiVersion": "appgwdiag.dev/v1alpha1", "kind": "AppGatewayDiagnosis", "metadata": {"name": "bad"}, "spec": {"gateway": {"resourceId": id}}}),
        );
        let result = scene
            .api()
            .create(&PostParams::default(), &object.unwrap())
            .await;
        assert!(
            matches!(&result, Err(kube::Error::Api(status)) if status.code == 422),
            "{id}: {result:?}"
        );
    }
}

fn rule(method: &str, path: &str, fault: Fault) -> Rule {
    let matching = Matching {
        method: Some(method.into()),
        path: Some(path.into()),
        ..Matching::default()
    };
    Rule { matching, fault }
}

fn once(method: &str, path: &str, fault: Fault) -> Rule {
    let mut rule = rule(method, path, fault);
    rule.matching.count = Some(1);
    rule
}

#[tokio::test(flavor = "multi_thread")]
async fn troubles_that_pass_do_not_change_the_verdict() {
    for fault in [
        Fault::status(500),
        Fault::status(503),
        Fault::throttled(0),
        Fault::Reset,
        Fault::CutBody,
    ] {
        let scene = Scene::of("deny-on-backend-subnet").await;
        let name = format!("{fault:?}");
        for path in [
            "applicationGateways/shop?",
            "virtualNetworks",
            "networkSecurityGroups",
            "operationResults",
        ] {
            scene.sim.inject(once("GET", path, fault.clone()));
        }
        scene.diagnose().await;
        let status = scene.verdict().await;
        assert_eq!(
            status.verdict,
            Some(Verdict::RootCauseFound),
            "{name}: {:#?}",
            status.gaps
        );
        scene.assert_reads_only();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_a_gap_and_not_a_verdict() {
    for fault in [
        Fault::Garbage,
        Fault::Html { status: 200 },
        Fault::Html { status: 404 },
    ] {
        let scene = Scene::of("deny-on-backend-subnet").await;
        let name = format!("{fault:?}");
        scene
            .sim
            .inject(rule("GET", "networkSecurityGroups", fault));
        scene.diagnose().await;
        let status = scene.verdict().await;
        assert_eq!(status.verdict, Some(Verdict::Inconclusive), "{name}");
        assert!(
            row(&status, "2c-1.1").starts_with("gap: "),
            "{name}: {}",
            row(&status, "2c-1.1")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_on_another_host_and_a_redirect_get_no_token() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    let stranger = ForeignHost::start(&scene.sim).await.unwrap();
    let origin = stranger.origin().to_owned();
    scene
        .sim
        .change(|options| options.health.other_origin = Some(origin.clone()));
    scene.sim.inject(rule(
        "GET",
        "virtualNetworks",
        Fault::Redirect {
            to: format!("{origin}/subscriptions"),
        },
    ));
    scene.diagnose().await;
    let status = scene.verdict().await;
    assert_eq!(status.verdict, Some(Verdict::Inconclusive));
    assert!(
        row(&status, "1b.1").starts_with("gap: "),
        "{}",
        row(&status, "1b.1")
    );
    assert_eq!((stranger.connections(), stranger.requests().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_documents_are_said_and_decide_nothing_wrong() {
    let scene = Scene::of("odd-documents").await;
    scene.diagnose().await;
    let status = scene.verdict().await;
    assert!(
        status.gaps.iter().any(|gap| gap.starts_with("model: ")),
        "{:#?}",
        status.gaps
    );
    assert_eq!(status.rows.len(), 60);
    scene.assert_reads_only();
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_in_the_middle_of_a_visit() {
    let mut options = options();
    options.health.takes = std::time::Duration::from_secs(200);
    let mut scene = Scene::with(world("deny-on-backend-subnet"), options, &[]).await;
    scene.diagnose().await;
    scene
        .eventually("health is asked", async || {
            scene.sim.count("POST", "backendhealth") > 0
        })
        .await;
    scene
        .api()
        .delete(NAME, &kube::api::DeleteParams::default())
        .await
        .unwrap();
    scene
        .apply("another", json!({"gateway": {"resourceId": scene.gateway}}))
        .await;
    scene
        .until("another", |s| s.verdict == Some(Verdict::RootCauseFound))
        .await;
    scene.operator.is_alive().unwrap();
    assert!(scene.api().get_opt(NAME).await.unwrap().is_none());
}

/// A control plane of its own, since the CRD is replaced under stored objects.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_stored_before_the_schema_was_tightened_does_not_stop_the_rest() {
    control_plane().await;
    let plane = ControlPlane::start(PlaneOptions::default()).await.unwrap();
    let mut crd: CustomResourceDefinition = serde_json::from_value(
        serde_json::to_value(<appgw_crds::AppGatewayDiagnosis as kube::CustomResourceExt>::crd())
            .unwrap(),
    )
    .unwrap();
    for version in &mut crd.spec.versions {
        let open = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        version.schema = serde_json::from_value(open).unwrap();
        version.selectable_fields = None;
        version.additional_printer_columns = None;
    }
    plane
        .apply_crd(&serde_json::to_string(&crd).unwrap())
        .await
        .unwrap();
    let client = plane.client().await.unwrap();
    let kind = ApiResource::erase::<appgw_crds::AppGatewayDiagnosis>(&());
    let any: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &kind);
    let odd = DynamicObject::new("odd", &kind)
        .data(json!({"spec": {"gateway": ["not", "an", "object"]}}));
    any.create(&PostParams::default(), &odd).await.unwrap();
    plane.apply_crd(&appgw_crds::yaml().unwrap()).await.unwrap();

    let sim = AzureSim::start(world("deny-on-backend-subnet"), options())
        .await
        .unwrap();
    let gateway = sim.world(|world| world.gateway_ids()[0].clone());
    let mut operator = Operator::start(
        &crate::stage::program(programs::OPERATOR),
        plane.kubeconfig_path(),
        &sim,
        ["--no-lease", "--namespace", "default"],
    )
    .unwrap();
    let spec = json!({"gateway": {"resourceId": gateway}});
    let good = appgw_crds::AppGatewayDiagnosis::new("good", serde_json::from_value(spec).unwrap());
    let api: Api<appgw_crds::AppGatewayDiagnosis> = Api::namespaced(client, "default");
    api.create(&PostParams::default(), &good).await.unwrap();
    let found = |object: Option<&DynamicObject>| {
        object.is_some_and(|o| o.data["status"]["verdict"] == "RootCauseFound")
    };
    let waiting = kube::runtime::wait::await_condition(any, "good", found);
    let outcome = tokio::time::timeout(crate::stage::PATIENCE, waiting).await;
    assert!(matches!(outcome, Ok(Ok(_))), "{}", operator.log());
    operator.is_alive().unwrap();
    assert!(
        operator.log().contains("odd"),
        "the odd object is named in the log"
    );
    plane.stop().await.unwrap();
}
