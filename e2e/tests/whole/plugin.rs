//! The same engine without a cluster: the plugin on the same simulated Azure comes to the same report.
use crate::stage::{NAME, Scene, program};
use appgw_e2e::{operator::azure, programs};
use serde_json::Value;
use std::{path::Path, process::Command};

pub(crate) fn run(
    scene: &Scene,
    folder: &Path,
    arguments: &[&str],
) -> (Option<i32>, String, String) {
    let (variables, flags) = azure(&scene.sim, folder).unwrap();
    let mut command = Command::new(program(programs::PLUGIN));
    command
        .env_clear()
        .envs(variables)
        .envs(std::env::var_os("SSL_CERT_FILE").map(|file| ("SSL_CERT_FILE", file)));
    command.args(arguments);
    if arguments.first() == Some(&"diagnose") {
        command.args(flags);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_and_plugin_agree_and_a_replay_is_the_same_byte_for_byte() {
    for (world, code) in [
        ("deny-on-backend-subnet", 1),
        ("all-healthy", 0),
        ("stopped", 1),
        ("unknown-by-udr", 1),
        ("partial-outage", 2),
    ] {
        let scene = Scene::of(world).await;
        scene.diagnose().await;
        let status = scene.verdict().await;
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("run.json");
        let file = file.to_str().unwrap();
        let id = scene.gateway.clone();
        let live = tokio::task::block_in_place(|| {
            run(
                &scene,
                folder.path(),
                &[
                    "diagnose",
                    "--resource-id",
                    &id,
                    "-o",
                    "json",
                    "--save",
                    file,
                ],
            )
        });
        assert_eq!(live.0, Some(code), "{world}: {}", live.2);
        let replayed = tokio::task::block_in_place(|| {
            run(&scene, folder.path(), &["replay", file, "-o", "json"])
        });
        assert_eq!(replayed.0, Some(code), "{world}: {}", replayed.2);
        assert_eq!(replayed.1, live.1, "{world}");
        let object: Value = serde_json::from_str(&live.1).unwrap();
        let seen = serde_json::to_value(&status).unwrap();
        for part in [
            "verdict",
            "conclusion",
            "rows",
            "steps",
            "path",
            "summary",
            "findings",
        ] {
            assert_eq!(
                of_the_diagnosis(&object["status"][part]),
                of_the_diagnosis(&seen[part]),
                "{world}: {part}"
            );
        }
    }
}

/// Plans are offered under other terms, and so under other ids: of the summary what comes before them.
fn of_the_diagnosis(part: &Value) -> Value {
    match part.as_array() {
        Some(lines) if lines.iter().all(Value::is_string) => {
            let before = lines.iter().take_while(|it| *it != "");
            before.cloned().collect()
        }
        _ => part.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_the_cause_in_kubectl_describe() {
    let scene = Scene::of("deny-on-backend-subnet").await;
    scene.diagnose().await;
    scene.verdict().await;
    let plane = crate::stage::control_plane().await;
    let text = plane
        .kubectl(["describe", "agd", NAME, "-n", &scene.namespace])
        .await
        .unwrap();
    for part in [
        "nsg-backend/deny-all-in",
        "CAUSE A  Confirmed  nsg-deny-probe",
        "RootCauseFound",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let table = plane
        .kubectl(["get", "agd", "-n", &scene.namespace])
        .await
        .unwrap();
    for part in ["VERDICT", "RootCauseFound", "shop", "2/2"] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
}
