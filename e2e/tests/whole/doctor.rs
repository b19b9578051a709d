//! `kubectl appgw doctor` on a real API server: what is there, what is not, and what may not be seen.
use crate::stage::{PATIENCE, options, program, world};
use appgw_crds::AppGatewayDiagnosis;
use appgw_e2e::{
    control_plane::{ControlPlane, Options as PlaneOptions},
    operator::{Operator, azure},
    programs,
    sim::AzureSim,
};
use kube::{Api, CustomResourceExt as _, api::PostParams, runtime::wait::await_condition};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Exit status, and what is said of each check: its level and the words.
struct Said {
    code: Option<i32>,
    all: Vec<(String, String, String)>,
}

impl Said {
    #[track_caller]
    fn holds(&self, check: &str, level: &str, words: &str) {
        let found = self.all.iter().find(|(name, ..)| name == check);
        let (_, its, says) = found.unwrap_or_else(|| panic!("no {check}: {:?}", self.all));
        assert!(
            its == level && says.contains(words),
            "{check}: {its} {says}"
        );
    }
}

fn doctor(sim: &AzureSim, kubeconfig: &Path, more: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let (variables, flags) = azure(sim, folder.path()).unwrap();
    let mut command = Command::new(program(programs::PLUGIN));
    command
        .env_clear()
        .envs(variables)
        .arg("doctor")
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(flags)
        .args(more)
        .args(["-o", "json"]);
    let ended = tokio::task::block_in_place(|| command.output().unwrap());
    let said = String::from_utf8(ended.stderr).unwrap();
    let all: Vec<Value> =
        serde_json::from_slice(&ended.stdout).unwrap_or_else(|why| panic!("{why}: {said}"));
    let text = |it: &Value, member: &str| it[member].as_str().unwrap().to_owned();
    let all = all.iter();
    Said {
        code: ended.status.code(),
        all: all
            .map(|it| (text(it, "check"), text(it, "level"), text(it, "says")))
            .collect(),
    }
}

/// A person who may look at the diagnoses of one namespace.
async fn viewer(plane: &ControlPlane) -> PathBuf {
    let rbac = "rbac.authorization.k8s.io";
    let meta = json!({"name": "looks", "namespace": "default"});
    let rule = json!({"apiGroups": ["appgwdiag.dev"], "resources": ["appgatewaydiagnoses"], "verbs": ["get", "list", "watch"]});
    let person = json!({"kind": "User", "name": "jane", "apiGroup": rbac});
    let all = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": format!("{rbac}/v1"), "kind": "Role", "metadata": meta, "rules": [rule]},
        {"apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding", "metadata": meta,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "looks"}, "subjects": [person]}]});
    let file = plane.folder().join("looks.json");
    std::fs::write(&file, all.to_string()).unwrap();
    let applied = plane.kubectl(["apply", "-f", file.to_str().unwrap()]).await;
    applied.unwrap();
    plane
        .user_kubeconfig("jane", &["system:authenticated"])
        .unwrap()
}

/// A control plane of its own, since lease and CRD are looked at whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_place_and_what_is_not() {
    appgw_e2e::control_plane::install_crypto();
    let plane = ControlPlane::start(PlaneOptions::default()).await.unwrap();
    let sim = AzureSim::start(world("all-healthy"), options())
        .await
        .unwrap();
    let admin = plane.kubeconfig_path().to_owned();

    // Nothing yet.
    let said = doctor(&sim, &admin, &[]);
    assert_eq!(said.code, Some(1));
    said.holds("cluster", "ok", "Kubernetes v1.");
    said.holds("CRD", "remark", "is not installed: apply crds/");
    said.holds("operator", "remark", "nobody ever held the lease");
    said.holds("objects", "remark", "is not served");
    said.holds("Azure", "ok", "a token for diagnose was had here");

    // All there, but for the guard that comes with approvals.
    plane.apply_crd(&appgw_crds::yaml().unwrap()).await.unwrap();
    let flags = ["--namespace", "default", "--lease-namespace", "default"];
    let operator = Operator::start(&program(programs::OPERATOR), &admin, &sim, flags).unwrap();
    let gateway = sim.world(|world| world.gateway_ids()[0].clone());
    let spec = json!({"gateway": {"resourceId": gateway}});
    let object = AppGatewayDiagnosis::new("shop", serde_json::from_value(spec).unwrap());
    let client = plane.client().await.unwrap();
    let api: Api<AppGatewayDiagnosis> = Api::namespaced(client, "default");
    api.create(&PostParams::default(), &object).await.unwrap();
    let seen = |object: Option<&AppGatewayDiagnosis>| {
        let status = object.and_then(|object| object.status.as_ref());
        status.is_some_and(|status| status.verdict.is_some())
    };
    let waiting = tokio::time::timeout(PATIENCE, await_condition(api, "shop", seen)).await;
    assert!(matches!(waiting, Ok(Ok(_))), "{}", operator.log());
    let said = doctor(&sim, &admin, &[]);
    said.holds("CRD", "ok", "");
    said.holds("operator", "ok", "default/appgw-diagnosis");
    said.holds("rights", "ok", "in all namespaces");
    said.holds("objects", "ok", "1 in all, none in trouble");
    said.holds("guard", "remark", "no approval guard");
    let complaints = said
        .all
        .iter()
        .filter(|(_, level, _)| level != "ok")
        .count();
    assert_eq!((said.code, complaints), (Some(1), 1), "{:?}", said.all);

    // What a person may not see is not taken for good.
    let jane = viewer(&plane).await;
    let said = doctor(&sim, &jane, &["-n", "default"]);
    assert_eq!(said.code, Some(1));
    said.holds("CRD", "unknown", "get customresourcedefinitions would tell");
    said.holds("operator", "unknown", "not permitted");
    said.holds(
        "rights",
        "ok",
        "you may get, list, watch appgatewaydiagnoses in namespace default, not create",
    );
    said.holds("objects", "ok", "1 in all");
    said.holds("guard", "unknown", "not permitted");
    let said = doctor(&sim, &jane, &[]);
    said.holds("rights", "remark", "in all namespaces");
    said.holds("objects", "unknown", "not permitted");

    // Another release's schema, and an operator that is gone.
    let mut crd = serde_json::to_value(AppGatewayDiagnosis::crd()).unwrap();
    let window = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/window";
    crd.pointer_mut(window).unwrap()["maxLength"] = json!(9);
    plane.apply_crd(&crd.to_string()).await.unwrap();
    assert_eq!(operator.stop().await.unwrap(), Some(0));
    let said = doctor(&sim, &admin, &["--lease-namespace", "default"]);
    said.holds("CRD", "remark", "properties.window.maxLength");
    said.holds("operator", "remark", "no operator runs");
    plane.stop().await.unwrap();
}
