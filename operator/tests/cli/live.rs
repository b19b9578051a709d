//! `diagnose` against a server that says what a bundle says, and the replay of what it saved.
use crate::{
    run::{Ended, GATEWAY, bundle_text, command, replayed, run},
    server::{Answer, Seen, Server},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const SECRET: &str = "CANARY-secret";
const TOKEN: &str = "CANARY-token";

/// Azure as a bundle has it, and a folder for files.
struct Azure {
    server: Server,
    folder: TempDir,
    spec: Value,
}

impl Azure {
    async fn of(name: &str) -> Self {
        let bundle: Value = serde_json::from_str(&bundle_text(name)).unwrap();
        let spec = bundle["spec"].clone();
        let server = Server::start(move |seen| answer(&bundle, seen)).await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), &server.ca).unwrap();
        Self {
            server,
            folder,
            spec,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn diagnose(&self, args: &[&str]) -> Ended {
        let manifest = json!({"apiVersion": "appgwdiag.dev/v1alpha1", "kind": "AppGatewayDiagnosis", "metadata": {"name": "x"}, "spec": self.spec});
        fs::write(self.file("manifest.json"), manifest.to_string()).unwrap();
        let origin = self.server.origin.as_str();
        let mut command = command(&[
            "diagnose",
            "--auth",
            "env",
            "--arm-endpoint",
            origin,
            "--authority",
            origin,
        ]);
        command
            .arg("--ca")
            .arg(self.file("ca.pem"))
            .arg("-f")
            .arg(self.file("manifest.json"));
        command.args(args).current_dir(self.folder.path());
        for (name, value) in [
            ("AZURE_TENANT_ID", "tenant"),
            ("AZURE_CLIENT_ID", "client"),
            ("AZURE_CLIENT_SECRET", SECRET),
        ] {
            command.env(name, value);
        }
        tokio::task::block_in_place(|| command.output().unwrap().into())
    }
}

fn answer(bundle: &Value, seen: &Seen) -> Answer {
    if seen.path.ends_with("/oauth2/v2.0/token") {
        return Answer::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": 3600, "access_token": TOKEN}),
        );
    }
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_lowercase();
    let exchanges = bundle["exchanges"].as_array().unwrap();
    let known = exchanges.iter().find(|it| {
        it["method"] == seen.method.as_str()
            && bare(it["path"].as_str().unwrap()) == bare(&seen.path)
    });
    match known {
        Some(it) => Answer::json(
            u16::try_from(it["status"].as_u64().unwrap()).unwrap(),
            &it["body"],
        ),
        None => Answer::json(
            404,
            &json!({"error": {"code": "ResourceNotFound", "message": "no such resource"}}),
        ),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_what_was_saved_prints_the_same_bytes() {
    for (name, code) in [
        ("asks", 2),
        ("containers", 3),
        ("deny", 1),
        ("forbidden", 3),
        ("healthy", 2),
        ("not-found", 3),
        ("nsg-forbidden", 2),
        ("odd-id", 3),
        ("odd-names", 1),
        ("schedule", 3),
        ("slow", 1),
        ("starting", 2),
        ("stopped", 1),
    ] {
        let azure = Azure::of(name).await;
        let printed = azure
            .diagnose(&["-o", "json", "--save", "run.json"])
            .with(code);
        let saved = azure.file("run.json");
        let saved = saved.to_str().unwrap();
        assert_eq!(
            run(&["replay", saved, "-o", "json"]).with(code),
            printed,
            "{name}"
        );
        // The bundle itself comes through a replay unchanged, too.
        let text = fs::read_to_string(saved).unwrap();
        assert_eq!(
            run(&["replay", saved, "-o", "bundle"]).with(code),
            text,
            "{name}"
        );
        assert!(!text.contains("CANARY"), "{text}");

        let live: Value = serde_json::from_str(&printed).unwrap();
        let by_hand: Value = serde_json::from_str(&replayed(name, "json").with(code)).unwrap();
        // What no bundle written by hand answers, this Azure does not have.
        let told = |object: &Value| {
            object
                .to_string()
                .replace("not in this bundle", "not found")
        };
        for part in [
            "verdict",
            "conclusion",
            "findings",
            "rows",
            "steps",
            "summary",
            "questions",
        ] {
            if name != "forbidden" {
                assert_eq!(
                    told(&live["status"][part]),
                    told(&by_hand["status"][part]),
                    "{name}: {part}"
                );
            }
        }
        assert_eq!(
            live["status"]["verdict"], by_hand["status"]["verdict"],
            "{name}"
        );
        let asked = azure.server.asked();
        assert_eq!(
            asked.is_empty(),
            ["containers", "odd-id", "schedule"].contains(&name),
            "{name}"
        );
        let reads = |seen: &Seen| seen.method == "GET" || seen.path.contains("/backendhealth?");
        assert!(asked.iter().all(reads), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_format_of_a_run_is_that_of_its_replay() {
    let azure = Azure::of("deny").await;
    for output in ["table", "yaml", "markdown", "bundle"] {
        let printed = azure
            .diagnose(&["-o", output, "--save", "run.json"])
            .with(1);
        let saved = azure.file("run.json");
        let again = run(&["replay", saved.to_str().unwrap(), "-o", output]).with(1);
        assert_eq!(again, printed, "{output}");
        assert!(output != "bundle" || fs::read_to_string(saved).unwrap() == printed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_a_cluster_is_not_asked_for_and_that_is_said() {
    let mut azure = Azure::of("deny").await;
    azure.spec["hints"] =
        json!({"privateCa": {"configMapRef": {"name": "corp-ca", "key": "root.crt"}}});
    let printed = azure
        .diagnose(&["-o", "json", "--save", "run.json"])
        .with(1);
    let object: Value = serde_json::from_str(&printed).unwrap();
    let said = "spec.hints.privateCa: lies in a cluster, which is not asked here";
    let gaps = object["status"]["gaps"].as_array().unwrap();
    assert!(gaps.contains(&json!(said)), "{gaps:?}");
    let saved = azure.file("run.json");
    let again = run(&["replay", saved.to_str().unwrap(), "-o", "json"]).with(1);
    assert_eq!(again, printed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_saved_whole_or_not_at_all() {
    let azure = Azure::of("stopped").await;
    fs::write(azure.file("run.json"), "before").unwrap();
    azure.diagnose(&["--save", "run.json"]).with(1);
    assert!(
        fs::read_to_string(azure.file("run.json"))
            .unwrap()
            .starts_with("{\n  \"kind\": \"Bundle\"")
    );
    let mut names: Vec<_> = names(azure.folder.path());
    names.sort();
    assert_eq!(
        names,
        ["ca.pem", "manifest.json", "run.json"],
        "nothing is left beside it"
    );

    fs::create_dir(azure.file("folder")).unwrap();
    for (path, why) in [
        ("nowhere/run.json", "No such file"),
        ("folder", "directory"),
        ("..", "directory"),
    ] {
        let ended = azure.diagnose(&["--save", path]);
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(
            ended.out.contains("Verdict     RootCauseFound"),
            "shown all the same"
        );
        assert!(
            ended
                .err
                .starts_with(&format!("error: {path}: cannot be written: "))
                && ended.err.contains(why),
            "{}",
            ended.err
        );
    }
    assert_eq!(
        self::names(azure.folder.path()).len(),
        4,
        "nothing is left beside it"
    );
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A login that cannot be had is a verdict, whoever says so.
#[test]
fn without_a_login_there_is_an_object_and_its_replay() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("run.json");
    let saved = saved.to_str().unwrap();
    let workload = ["--auth", "workload", "--tenant", "t", "--client-id", "c"];
    for auth in [&workload[..], &["--auth", "cli"]] {
        let mut command = command(&[
            "diagnose",
            "--resource-id",
            GATEWAY,
            "-o",
            "json",
            "--save",
            saved,
        ]);
        command
            .args(auth)
            .env("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")
            .env("PATH", "/nowhere");
        let printed = Ended::from(command.output().unwrap()).with(3);
        let object: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(object["status"]["verdict"], "CannotDiagnose");
        let reach = &object["status"]["conditions"][0];
        assert_eq!(
            (&reach["type"], &reach["reason"]),
            (&json!("AzureReachable"), &json!("AuthFailed")),
            "{auth:?}"
        );
        assert_eq!(
            run(&["replay", saved, "-o", "json"]).with(3),
            printed,
            "{auth:?}"
        );
    }
}
