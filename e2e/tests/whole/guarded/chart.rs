//! What helm makes of the chart: the very policies that are compiled into the operator, and nothing on by default.
use crate::stage::program;
use appgw_crds::AppGatewayDiagnosis;
use appgw_e2e::{
    control_plane::helm::{CHART, helm},
    programs,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt as _;
use serde_json::{Value, json};
use std::process::Command;

pub(super) const MUTATING: [&str; 2] = [
    "--api-versions",
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy",
];

/// Everything the chart renders in namespace `appgw-system`, as helm prints it.
pub(super) async fn rendered_text(values: &Value, more: &[&str]) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("values.json");
    std::fs::write(&file, values.to_string())?;
    let file = file.to_string_lossy();
    let words = [
        "template",
        "appgw",
        CHART,
        "-n",
        "appgw-system",
        "-f",
        &*file,
    ];
    helm(words.iter().chain(more)).await
}

async fn rendered(values: Value, more: &[&str]) -> anyhow::Result<Vec<Value>> {
    documents(&rendered_text(&values, more).await?)
}

/// Values with everything in them that can be set.
pub(super) fn full() -> Value {
    let text = std::fs::read_to_string(format!("{CHART}/ci/full-values.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn documents(text: &str) -> anyhow::Result<Vec<Value>> {
    let parts = format!("\n{text}");
    let parts = parts.split("\n---\n").filter(|it| !it.trim().is_empty());
    let parts = parts.map(|it| Ok(serde_saphyr::from_str::<Value>(it)?));
    Ok(parts
        .collect::<anyhow::Result<Vec<_>>>()?
        .into_iter()
        .filter(|it| !it.is_null())
        .collect())
}

/// Policies and bindings by kind and name, without the labels that helm's users expect.
fn guard(all: &[Value]) -> Vec<Value> {
    let text = |it: &Value, at: &str| it.pointer(at).and_then(Value::as_str).unwrap().to_owned();
    let ours = all
        .iter()
        .filter(|it| it["apiVersion"] == "admissionregistration.k8s.io/v1");
    let mut ours: Vec<Value> = ours
        .map(|it| {
            json!({
                "kind": it["kind"],
                "name": text(it, "/metadata/name"),
                "spec": it["spec"],
            })
        })
        .collect();
    ours.sort_by_key(|it| (text(it, "/kind"), text(it, "/name")));
    ours
}

fn of<'a>(all: &'a [Value], kind: &str) -> Vec<&'a Value> {
    all.iter().filter(|it| it["kind"] == kind).collect()
}

fn flags(all: &[Value]) -> Vec<String> {
    let args = &of(all, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0]["args"];
    serde_json::from_value(args.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_are_those_compiled_into_the_operator() {
    let listed = json!([
        {"kind": "ServiceAccount", "name": "zed", "namespace": "edge", "serviceAccountNamespace": "ci", "resolutions": ["A"]},
        {"kind": "ServiceAccount", "name": "bot", "namespace": "edge", "resolutions": ["B"]},
        {"kind": "ServiceAccount", "name": "zed", "namespace": "core", "serviceAccountNamespace": "ci", "resolutions": ["C"]},
        {"kind": "User", "name": "alice", "namespace": "edge", "resolutions": ["A"]},
    ]);
    let cases = [
        (json!({}), vec![], "appgw-operator"),
        (
            json!({"approvers": listed, "approval": {"forbidSelfApproval": true}, "serviceAccount": {"name": "looker"}}),
            vec![
                "--approver",
                "system:serviceaccount:ci:zed",
                "--approver",
                "system:serviceaccount:edge:bot",
                "--forbid-self-approval",
            ],
            "looker",
        ),
    ];
    for (values, terms, account) in cases {
        for mutating in [false, true] {
            let served: &[&str] = if mutating { &MUTATING } else { &[] };
            let chart = guard(&rendered(values.clone(), served).await.unwrap());
            let mut command = Command::new(program(programs::PLUGIN));
            command
                .args(["policies", "--account"])
                .arg(format!("system:serviceaccount:appgw-system:{account}"))
                .args(&terms)
                .args(mutating.then_some("--mutating"));
            let said = tokio::task::block_in_place(|| command.output().unwrap());
            let compiled = documents(std::str::from_utf8(&said.stdout).unwrap()).unwrap();
            assert_eq!(chart.len(), if mutating { 8 } else { 6 });
            for (ours, theirs) in guard(&compiled).iter().zip(&chart) {
                let name = &ours["name"];
                assert!(
                    ours == theirs,
                    "{name}: the chart has another text: {values}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stamp_can_be_left_out_and_the_whole_guard_too() {
    let without = json!({"guard": {"stamp": false}});
    let found = rendered(without, &MUTATING).await.unwrap();
    assert_eq!(guard(&found).len(), 6);
    let none = rendered(json!({"guard": {"enabled": false}}), &MUTATING).await;
    assert!(guard(&none.unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_by_default_and_nothing_is_granted_for_it() {
    let all = rendered(json!({}), &[]).await.unwrap();
    let said = flags(&all);
    let writes = |it: &String| it.contains("writ") || it.contains("guard");
    assert!(!said.iter().any(writes), "{said:?}");
    assert!(of(&all, "ConfigMap").is_empty());
    let rules = of(&all, "ClusterRole")[0]["rules"].to_string();
    assert!(!rules.contains("admissionregistration"), "{rules}");
    let keep = of(&all, "CustomResourceDefinition")[0]["metadata"]["annotations"].clone();
    assert_eq!(keep, json!({"helm.sh/resource-policy": "keep"}));
    let loose = json!({"crds": {"keep": false}});
    let loose = rendered(loose, &[]).await.unwrap();
    let found = of(&loose, "CustomResourceDefinition")[0].clone();
    let found: CustomResourceDefinition = serde_json::from_value(found).unwrap();
    assert_eq!(found.metadata.annotations, None);
    assert!(found.spec == AppGatewayDiagnosis::crd().spec);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_set_is_set_in_one_file_and_arrives() {
    let (full, usual) = (
        full(),
        std::fs::read_to_string(format!("{CHART}/values.yaml")),
    );
    let usual: Value = serde_saphyr::from_str(&usual.unwrap()).unwrap();
    let keys = |it: &Value| it.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&full), keys(&usual));
    let all = rendered(full, &MUTATING).await.unwrap();
    let deployment = of(&all, "Deployment")[0].to_string();
    for part in [
        "images.example/appgw-operator@sha256:0123",
        "looker-account",
        "--docs-url=https://docs.example/appgw",
        "http://proxy.example:3128",
        "azure-login",
        "AZURE_WRITER_FEDERATED_TOKEN_FILE",
        "api://AzureADTokenExchange",
        "--guard-account=system:serviceaccount:appgw-system:looker-account",
    ] {
        assert!(deployment.contains(part), "{part}: {deployment}");
    }
    // The reader logs in by a secret here, and has no token.
    assert!(
        !deployment.contains("\"AZURE_FEDERATED_TOKEN_FILE\""),
        "{deployment}"
    );
    assert_eq!(guard(&all).len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_finds_nothing_to_complain_of_and_refuses_a_cluster_that_is_too_old() {
    helm(["lint", "--strict", CHART]).await.unwrap();
    let oldest = rendered(json!({}), &["--kube-version", "1.30.0"]).await;
    assert_eq!(guard(&oldest.unwrap()).len(), 6);
    let older = rendered(json!({}), &["--kube-version", "1.29.9"]).await;
    assert!(format!("{:#}", older.unwrap_err()).contains("kubeVersion"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_on_reaches_the_operator() {
    let values = json!({
        "writes": {"enabled": true, "allowedResolutions": ["A", "G"], "allowDeletes": true, "requireGuard": false},
        "azure": {"writer": {"clientId": "w"}},
        "approval": {"forbidSelfApproval": true},
        "approvers": [{"kind": "ServiceAccount", "name": "bot", "namespace": "ci", "resolutions": ["A"]}],
    });
    let said = flags(&rendered(values, &[]).await.unwrap());
    for flag in [
        "--writes-enabled",
        "--writes-allowed-resolutions=A,G",
        "--writes-allow-deletes",
        "--writes-require-guard=false",
        "--writes-kill-switch=appgw-kill-switch",
        "--guard-account=system:serviceaccount:appgw-system:appgw-operator",
        "--guard-approvers=system:serviceaccount:ci:bot",
        "--guard-forbid-self-approval",
        "--writer-auth=workload",
    ] {
        assert!(said.iter().any(|it| it == flag), "{flag}: {said:?}");
    }
}

/// Each is refused before anything is installed, and the message names the value.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_mean_nothing_are_refused() {
    let approver = |more: Value| {
        let mut whole =
            json!({"kind": "User", "name": "a", "namespace": "edge", "resolutions": ["A"]});
        for (key, value) in more.as_object().unwrap() {
            whole[key] = value.clone();
        }
        json!({"approvers": [whole]})
    };
    for (values, named) in [
        (json!({"writes": {"enabeld": true}}), "enabeld"),
        (
            json!({"writes": {"allowedResolutions": ["J"]}}),
            "allowedResolutions",
        ),
        (
            json!({"writes": {"enabled": true}}),
            "azure.writer.clientId",
        ),
        (approver(json!({"resolutions": []})), "resolutions"),
        (approver(json!({"kind": "Robot"})), "kind"),
        (
            approver(json!({"serviceAccountNamespace": "ci"})),
            "serviceAccountNamespace",
        ),
        (
            approver(json!({"kind": "ServiceAccount", "name": "x' || true || '"})),
            "name",
        ),
    ] {
        let error = rendered(values.clone(), &[])
            .await
            .expect_err("it is refused");
        let error = format!("{error:#}");
        assert!(error.contains(named), "{values}: {error}");
    }
}
