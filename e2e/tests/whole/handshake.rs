//! The handshake look against back ends that really answer TLS: off, then on, then with the authority a person names.
use crate::plugin::run;
use crate::stage::{NAME, Scene, control_plane, options, reason, row};
use appgw_crds::{AppGatewayDiagnosisStatus, Letter, Verdict};
use appgw_e2e::sim::world::World;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use std::fs;

/// The world of that name, its gateway holding the right root, which the settings do not refer to.
fn world() -> World {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/worlds/tls-lab.yaml");
    let text = fs::read_to_string(file).unwrap();
    let held = text.replace(
        "    settings:\n",
        "    roots: {corp: Q29udG9zbw==}\n    settings:\n",
    );
    assert_ne!(text, held);
    World::from_yaml(&held).unwrap()
}

/// What is said for the first finding, by this witness.
fn said_by(status: &AppGatewayDiagnosisStatus, vantage: &str) -> Vec<String> {
    let because = status.findings[0].because.iter();
    let by = because.filter(|line| line.ends_with(&format!("({vantage})")));
    by.cloned().collect()
}

/// The verdict is the gateway's own, whoever looks besides.
fn holds(status: &AppGatewayDiagnosisStatus) {
    assert_eq!(status.verdict, Some(Verdict::RootCauseFound));
    let finding = &status.findings[0];
    assert_eq!(finding.id, "trusted-root-missing");
    assert_eq!(finding.letter, Some(Letter::F));
    assert!(
        row(status, "2d.4").starts_with("yes > F"),
        "{}",
        row(status, "2d.4")
    );
    assert_eq!(reason(status, "BackendsHealthy"), Some("NoneHealthy"));
    assert!(!said_by(status, "Gateway").is_empty());
}

/// One test, since two simulators cannot have the same back ends at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_the_certificates_adds_to_what_the_gateway_says() {
    // Off: nothing is connected to, and row 2d.3 says what is missing.
    let scene = Scene::with(world(), options(), &[]).await;
    scene.diagnose().await;
    let status = scene.verdict().await;
    holds(&status);
    assert!(said_by(&status, "Operator").is_empty(), "{status:#?}");
    let open = "gap: needs a handshake look, which is not switched on";
    assert_eq!(row(&status, "2d.3"), open);
    let Scene { sim, operator, .. } = scene;
    operator.stop().await.unwrap();
    sim.stop().await;

    // A wide range does not open this machine.
    let scene = Scene::with(world(), options(), &["--tls-look", "0.0.0.0/0"]).await;
    scene.diagnose().await;
    let status = scene.verdict().await;
    holds(&status);
    let refused = "gap: needs a handshake look, which is not allowed to connect to 127.16.0.4";
    assert_eq!(row(&status, "2d.3"), refused);
    let Scene { sim, operator, .. } = scene;
    operator.stop().await.unwrap();
    sim.stop().await;

    let scene = Scene::with(world(), options(), &["--tls-look", "127.16.0.0/16"]).await;
    scene.diagnose().await;
    let status = scene.verdict().await;
    holds(&status);
    assert_eq!(row(&status, "2d.3"), "no");
    let [line] = said_by(&status, "Operator").try_into().unwrap();
    assert!(
        line.starts_with("2d: 127.16.0.4 shows a certificate for shop.contoso.com, issued by "),
        "{line}"
    );
    assert!(
        line.contains("leads to no public root and to none that the settings trust"),
        "{line}"
    );
    scene.assert_reads_only();

    // The plugin sees the same, and so does a replay of what it saved.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    let (file, id) = (file.to_str().unwrap(), scene.gateway.as_str());
    let ask = [
        "diagnose",
        "--resource-id",
        id,
        "--tls-look",
        "127.16.0.0/16",
    ];
    let ask = [&ask[..], &["-o", "json", "--save", file]].concat();
    let (printed, again) = tokio::task::block_in_place(|| {
        let printed = run(&scene, folder.path(), &ask);
        (
            printed,
            run(&scene, folder.path(), &["replay", file, "-o", "json"]),
        )
    });
    assert_eq!(printed.0, Some(1), "{}", printed.2);
    assert_eq!(printed.1, again.1);
    let object: Value = serde_json::from_str(&printed.1).unwrap();
    let seen = serde_json::to_value(&status).unwrap();
    assert_eq!(object["status"]["findings"], seen["findings"]);

    // The operator may not read what the person points to, and says so.
    let hint = json!({"configMapRef": {"name": "corp-ca", "key": "root.crt"}});
    let spec = json!({"spec": {"hints": {"privateCa": hint}}});
    let patch = Patch::Merge(spec);
    let api = scene.api();
    api.patch(NAME, &PatchParams::default(), &patch)
        .await
        .unwrap();
    let denied = "spec.hints.privateCa: ConfigMap corp-ca: not permitted";
    let tells = |status: &AppGatewayDiagnosisStatus| status.gaps.iter().any(|gap| gap == denied);
    holds(&scene.until(NAME, tells).await);

    // Now it may: the certificate is under that very authority.
    let gateway = scene.sim.world(|world| world.get(&scene.gateway)).unwrap();
    let root = &gateway["properties"]["trustedRootCertificates"][0]["properties"]["data"];
    let root = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        root.as_str().unwrap()
    );
    share(&scene.namespace, &root).await;
    scene
        .annotate(NAME, "appgwdiag.dev/run-now", Some("again"))
        .await;
    let leads = "leads to the authority of spec.hints.privateCa, which the settings do not trust";
    let tells = |status: &AppGatewayDiagnosisStatus| {
        let said = said_by(status, "Operator");
        said.iter().any(|line| line.contains(leads))
    };
    let status = scene.until(NAME, tells).await;
    holds(&status);
    assert!(!status.gaps.iter().any(|gap| gap == denied));
    scene.assert_reads_only();
}

/// The authority to be read, and the right to read this one.
async fn share(namespace: &str, root: &str) {
    let meta = |name: &str| json!({"name": name, "namespace": namespace});
    let rule = json!({"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["corp-ca"], "verbs": ["get"]});
    let account =
        json!({"kind": "ServiceAccount", "name": "appgw-operator", "namespace": "appgw-system"});
    let rbac = "rbac.authorization.k8s.io";
    let all: Value = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("corp-ca"), "data": {"root.crt": root}},
        {"apiVersion": format!("{rbac}/v1"), "kind": "Role", "metadata": meta("corp-ca"), "rules": [rule]},
        {"apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding", "metadata": meta("corp-ca"),
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "corp-ca"}, "subjects": [account]}]});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("corp-ca.json");
    fs::write(&file, all.to_string()).unwrap();
    let plane = control_plane().await;
    plane
        .kubectl(["apply", "-f", file.to_str().unwrap()])
        .await
        .unwrap();
}
