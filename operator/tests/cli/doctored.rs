//! `doctor` as it is run: against an API server and a login service of a few lines.
use crate::{
    run::{Ended, command},
    server::{Answer, Seen, Server},
};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const SECRET: &str = "CANARY-secret";
const TOKEN: &str = "CANARY-token";

/// A cluster without anything of ours in it; Entra ID is the same server.
fn answer(seen: &Seen) -> Answer {
    let path = seen.path.split('?').next().unwrap_or_default();
    match path {
        "/version" => Answer::json(
            200,
            &json!({"major": "1", "minor": "34", "gitVersion": "v1.34.1", "gitCommit": "", "gitTreeState": "",
                "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}),
        ),
        _ if path.ends_with("/oauth2/v2.0/token") => Answer::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": 3600, "access_token": TOKEN}),
        ),
        _ if path.ends_with("/selfsubjectaccessreviews") => {
            let mut review: Value = serde_json::from_str(&seen.body).unwrap();
            review["status"] = json!({"allowed": true});
            Answer::json(201, &review)
        }
        _ if path.ends_with("/leases") || path.contains("/validatingadmissionpolic") => {
            Answer::json(
                200,
                &json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []}),
            )
        }
        _ => Answer::json(
            404,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "NotFound", "code": 404}),
        ),
    }
}

struct Place {
    server: Server,
    folder: TempDir,
}

impl Place {
    async fn new() -> Self {
        let server = Server::start(answer).await;
        let folder = tempfile::tempdir().unwrap();
        let place = Self { server, folder };
        fs::write(place.file("ca.pem"), &place.server.ca).unwrap();
        place.kubeconfig(&place.server.origin);
        place
    }
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
    fn kubeconfig(&self, origin: &str) {
        let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": origin, "certificate-authority": self.file("ca.pem")}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "users": [{"name": "me", "user": {"token": "CANARY-cluster"}}]});
        fs::write(self.file("config"), config.to_string()).unwrap();
    }
    fn doctor(&self, args: &[&str]) -> Ended {
        let origin = self.server.origin.as_str();
        let mut command = command(&["doctor", "--arm-endpoint", origin, "--authority", origin]);
        command
            .args(["--ca", &self.file("ca.pem")])
            .args(args)
            .env("KUBECONFIG", self.file("config"))
            .env("AZURE_TENANT_ID", "tenant")
            .env("AZURE_CLIENT_ID", "client")
            .env("AZURE_CLIENT_SECRET", SECRET);
        tokio::task::block_in_place(|| command.output().unwrap().into())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_a_line_and_remarks_are_1() {
    let place = Place::new().await;
    let table = place.doctor(&[]).with(1);
    for line in [
        "OK       cluster   Kubernetes v1.34.1 answers",
        "REMARK   CRD       appgatewaydiagnoses.appgwdiag.dev is not installed",
        "REMARK   operator  nobody ever held the lease appgw-diagnosis",
        "OK       rights    you may get, list, watch, create, update, patch, delete",
        "REMARK   objects   appgwdiag.dev/v1alpha1 is not served",
        "REMARK   guard     no approval guard: nothing can be approved",
        "OK       Azure     a token for diagnose was had here: client secret of client in tenant tenant, for https://127.0.0.1",
    ] {
        assert!(
            table.lines().any(|it| it.starts_with(line)),
            "{line}\n{table}"
        );
    }
    assert!(!table.contains("CANARY"), "{table}");

    let json = place.doctor(&["-o", "json"]).with(1);
    let list: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(list.len(), table.lines().count());
    assert_eq!(list[1]["level"], "remark");
    let names: Vec<&String> = list[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["check", "level", "says"]);

    // Nothing but looks, and a question about one's own rights.
    let reads = |seen: &Seen| {
        seen.method == "GET"
            || seen.path.contains("/selfsubjectaccessreviews")
            || seen.path.ends_with("/token")
    };
    let asked = place.server.asked();
    assert!(asked.iter().all(reads), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_cannot_be_had_is_a_remark_and_shows_no_secret() {
    let place = Place::new().await;
    let said = place.doctor(&["--auth", "workload"]).failed(64);
    assert!(said.contains("AZURE_FEDERATED_TOKEN_FILE"), "{said}");
    let table = place.doctor(&["--auth", "cli"]).with(1);
    assert!(
        table.contains("REMARK   Azure     no token for diagnose here, login of the Azure CLI"),
        "{table}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_cluster_it_could_not_run() {
    let place = Place::new().await;
    let said = place.doctor(&["--kubeconfig", "/nowhere/config"]).failed(3);
    assert!(
        said.starts_with("error: no way to a cluster: ") && said.contains("/nowhere/config"),
        "{said}"
    );
    let said = place.doctor(&["--context", "elsewhere"]).failed(3);
    assert!(said.contains("elsewhere"), "{said}");
    place.kubeconfig("https://127.0.0.1:9");
    let said = place.doctor(&[]).failed(3);
    assert!(said.starts_with("error: the cluster: "), "{said}");
    let said = place.doctor(&["--auth", "magic"]).failed(64);
    assert!(said.contains("invalid value 'magic'"), "{said}");
}
