//! The only test of the library that starts a control plane.

use std::time::Instant;

use k8s_openapi::{
    api::{authentication::v1::SelfSubjectReview, core::v1::Namespace},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{Api, api::PostParams};

use super::*;

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: probes.appgw-e2e.test
spec:
  group: appgw-e2e.test
  scope: Namespaced
  names: {plural: probes, singular: probe, kind: Probe}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, properties: {spec: {type: object}}}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_starts_serves_and_ends() {
    let options = Options {
        apiserver_flags: vec!["--no-such-flag".to_owned()],
        ..Options::default()
    };
    let error = ControlPlane::start(options)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("kube-apiserver ended early")
            && error.contains("unknown flag: --no-such-flag"),
        "{error}"
    );

    let began = Instant::now();
    let flag = "--disable-admission-plugins=ServiceAccount,LimitRanger".to_owned();
    let options = Options {
        apiserver_flags: vec![flag],
        ..Options::default()
    };
    let mut control_plane = ControlPlane::start(options).await.unwrap();
    build::to_stderr(&format!(
        "control plane ready after {:.1} s",
        began.elapsed().as_secs_f32()
    ));

    let namespaces: Api<Namespace> = Api::all(control_plane.client().await.unwrap());
    let namespace = Namespace {
        metadata: ObjectMeta {
            name: Some("by-client".to_owned()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    namespaces
        .create(&PostParams::default(), &namespace)
        .await
        .unwrap();
    control_plane
        .kubectl(["create", "namespace", "by-kubectl"])
        .await
        .unwrap();
    let error = control_plane
        .kubectl(["create", "namespace", "by-kubectl"])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("kubectl create namespace by-kubectl") && error.contains("AlreadyExists"),
        "{error}"
    );
    let versions = control_plane.kubectl(["version"]).await.unwrap();
    // What a build without its linker flags says.
    assert!(!versions.contains("v0.0.0"), "{versions}");

    control_plane
        .kubectl(["create", "serviceaccount", "operator"])
        .await
        .unwrap();
    let token = [
        "create",
        "token",
        "operator",
        "--audience",
        "api://AzureADTokenExchange",
    ];
    assert_eq!(
        control_plane
            .kubectl(token)
            .await
            .unwrap()
            .matches('.')
            .count(),
        2
    );

    who_is_who(&control_plane).await;

    definition(&control_plane).await;
    outage(&mut control_plane).await;

    let folder = control_plane.folder().to_owned();
    let began = Instant::now();
    control_plane.stop().await.unwrap();
    build::to_stderr(&format!(
        "control plane gone after {:.1} s",
        began.elapsed().as_secs_f32()
    ));
    assert!(!folder.exists());
}

/// A custom resource is served as soon as its definition has been applied.
async fn definition(control_plane: &ControlPlane) {
    let client = control_plane.client().await.unwrap();
    control_plane.apply_crd(CRD).await.unwrap();
    let discovery = format!("{:?}", client.list_api_groups_aggregated().await.unwrap());
    assert!(discovery.contains("\"probes\""), "{discovery}");
    let probe = r#"{"apiVersion":"appgw-e2e.test/v1","kind":"Probe","metadata":{"name":"one"}}"#;
    let admin = control_plane.kubeconfig_path();
    control_plane
        .kubectl_as(admin, ["apply", "-f", "-"], probe)
        .await
        .unwrap();
}

/// The data outlive the API server.
async fn outage(control_plane: &mut ControlPlane) {
    let namespaces: Api<Namespace> = Api::all(control_plane.client().await.unwrap());
    control_plane.stop_apiserver().await.unwrap();
    assert!(control_plane.kubectl(["get", "namespaces"]).await.is_err());
    control_plane.restart_apiserver().await.unwrap();
    namespaces.get("by-kubectl").await.unwrap();
    assert_eq!(
        control_plane
            .kubectl(["get", "probes", "-o", "name"])
            .await
            .unwrap(),
        "probe.appgw-e2e.test/one\n"
    );
}

/// Users and groups arrive as they were asked for, whatever is in them, and without rights.
async fn who_is_who(control_plane: &ControlPlane) {
    let groups = ["gitops", "ops: \"blue\", ünï", &"long".repeat(50)];
    let client = control_plane
        .client_as("jane@example.com", &groups)
        .await
        .unwrap();
    let review = Api::<SelfSubjectReview>::all(client.clone())
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await
        .unwrap();
    let user = review.status.unwrap().user_info.unwrap();
    assert_eq!(user.username.as_deref(), Some("jane@example.com"));
    let mut expected: Vec<_> = groups.map(str::to_owned).to_vec();
    expected.push("system:authenticated".to_owned());
    assert_eq!(user.groups, Some(expected));

    let kubeconfig = control_plane
        .user_kubeconfig("system:serviceaccount:a:b", &[])
        .unwrap();
    let error = control_plane
        .kubectl_as(&kubeconfig, ["get", "namespaces"], "")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(r#"User "system:serviceaccount:a:b" cannot list resource "namespaces""#),
        "{error}"
    );
}

#[test]
fn a_static_can_hold_one() {
    fn shared<T: Send + Sync>() {}
    shared::<ControlPlane>();
}
