//! The chart on a real API server: what it makes of the objects, of a Pod, of an upgrade and of the end.
use super::{
    chart::{MUTATING, full, rendered_text},
    stage::{EDGE, Guarded, HOME, eventually},
};
use k8s_openapi::api::{
    admissionregistration::v1::ValidatingAdmissionPolicy,
    apps::v1::Deployment,
    core::v1::{ConfigMap, Pod},
    rbac::v1::{ClusterRole, PolicyRule, Role},
};
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

/// A41: a Pod of the Deployment in a namespace that enforces the restricted standard, and one that lacks a part.
#[tokio::test(flavor = "multi_thread")]
async fn a41_the_pod_is_a_restricted_one() {
    let guarded = Guarded::shared(true).await;
    let namespace = guarded.namespace().await;
    let label = "pod-security.kubernetes.io/enforce=restricted";
    let words = ["label", "namespace", &namespace, label];
    guarded.plane.kubectl(words).await.unwrap();
    let client = guarded.plane.client().await.unwrap();
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), HOME);
    let found = deployments.get("appgw-operator").await.unwrap();
    let mut spec = json!(found.spec.unwrap().template.spec);
    let pods: Api<Pod> = Api::namespaced(client, &namespace);
    let tries = async |spec: &Value| {
        let pod = json!({"metadata": {"name": "operator"}, "spec": spec});
        let how = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        pods.create(&how, &serde_json::from_value(pod).unwrap())
            .await
    };
    tries(&spec).await.unwrap();
    spec["securityContext"]["runAsNonRoot"] = Value::Null;
    let error = tries(&spec).await.unwrap_err().to_string();
    assert!(error.contains("runAsNonRoot"), "{error}");
}

/// No field that the API server does not know, with everything switched on.
#[tokio::test(flavor = "multi_thread")]
async fn the_api_server_knows_every_field() {
    let guarded = Guarded::shared(true).await;
    let all = rendered_text(&full(), &MUTATING).await.unwrap();
    let admin = guarded.plane.kubeconfig_path();
    let strictly = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    let said = guarded.plane.kubectl_as(admin, strictly, &all).await;
    let said = said.unwrap();
    for kind in ["deployment.apps", "mutatingadmissionpolicy", "role.rbac"] {
        assert!(said.contains(kind), "{said}");
    }
}

/// A40: the chart grants what the tests run with, which is what the operator uses.
#[tokio::test(flavor = "multi_thread")]
async fn a40_the_rights_are_those_that_the_tests_run_with() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rbac.yaml")).unwrap();
    let parts = text.split("\n---\n");
    let parts: Vec<Value> = parts
        .map(|it| serde_saphyr::from_str(it).unwrap())
        .collect();
    let tested = |kind: &str| {
        let found = parts.iter().find(|it| it["kind"] == kind).unwrap();
        let rules: Vec<PolicyRule> = serde_json::from_value(found["rules"].clone()).unwrap();
        sorted(&rules)
    };
    let client = Guarded::shared(true).await.plane.client().await.unwrap();
    let roles: Api<ClusterRole> = Api::all(client.clone());
    let given = roles.get("appgw-operator").await.unwrap();
    assert_eq!(sorted(&given.rules.unwrap()), tested("ClusterRole"));
    let roles: Api<Role> = Api::namespaced(client, HOME);
    let given = roles.get("appgw-operator").await.unwrap();
    assert_eq!(sorted(&given.rules.unwrap()), tested("Role"));
}

fn sorted(rules: &[PolicyRule]) -> Vec<String> {
    let mut rules: Vec<String> = rules.iter().map(|it| json!(it).to_string()).collect();
    rules.sort();
    rules
}

/// A stop that a person ordered outlives an upgrade; diagnoses outlive the chart, and the guard does not.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_leaves_the_kill_switch_and_the_end_leaves_the_objects() {
    let guarded = Guarded::start(true, json!({})).await;
    guarded.offered(&[]).await;
    let client = guarded.plane.client().await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), HOME);
    let stop = Patch::Merge(json!({"data": {"stop": "true"}}));
    let how = PatchParams::default();
    let stopped = maps.patch("appgw-kill-switch", &how, &stop).await;
    stopped.unwrap();
    guarded.helm("upgrade", &json!({"interval": "5m"})).await;
    let map = maps.get("appgw-kill-switch").await.unwrap();
    assert_eq!(map.data.unwrap_or_default()["stop"], "true");

    let words = ["uninstall", "appgw", "-n", HOME];
    guarded.plane.helm(words).await.unwrap();
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(client);
    let ours = ListParams::default().labels("app.kubernetes.io/instance=appgw");
    eventually("the policies go", async || {
        policies.list(&ours).await.unwrap().items.is_empty()
    })
    .await;
    let left = guarded.all(EDGE).await.list(&ListParams::default()).await;
    assert_eq!(left.unwrap().items.len(), 2, "the probe and the case");
    guarded.plane.stop().await.unwrap();
}
