//! What tests do with a running control plane: `kubectl`, and custom resource definitions.

use std::{
    ffi::OsStr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use http::Request;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
    runtime::{conditions, wait::await_condition},
};
use tokio::{io::AsyncWriteExt, process::Command, time};

use super::ControlPlane;

const KUBECTL_WITHIN: Duration = Duration::from_secs(120);
const SERVED_WITHIN: Duration = Duration::from_secs(60);
const FIELD_MANAGER: &str = "appgw-e2e";

impl ControlPlane {
    /// What `kubectl` says on stdout, run as the administrator.
    ///
    /// Fails after 120 s, or if it exits with another code than 0; the error holds its stderr.
    pub async fn kubectl<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Result<String> {
        self.kubectl_as(self.kubeconfig_path(), args, "").await
    }

    /// The same as the user of a kubeconfig, with a text on stdin for `-f -`.
    pub async fn kubectl_as<A: AsRef<OsStr>>(
        &self,
        kubeconfig: &Path,
        args: impl IntoIterator<Item = A>,
        stdin: &str,
    ) -> Result<String> {
        let mut command = Command::new(self.kubectl_path());
        command
            .args(args)
            .env("KUBECONFIG", kubeconfig)
            // Not the person's own ~/.kube: another server may have had this port.
            .env("KUBECACHEDIR", self.folder().join("kubectl-cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let words: Vec<_> = command
            .as_std()
            .get_args()
            .map(OsStr::to_string_lossy)
            .collect();
        let what = format!("kubectl {}", words.join(" "));
        let run = async {
            let mut process = command.spawn()?;
            if let Some(mut pipe) = process.stdin.take() {
                // Fails if it ends without reading, which its exit code says better.
                let _ = pipe.write_all(stdin.as_bytes()).await;
            }
            process.wait_with_output().await
        };
        let output = time::timeout(KUBECTL_WITHIN, run)
            .await
            .with_context(|| format!("{what}: not done after {} s", KUBECTL_WITHIN.as_secs()))?
            .with_context(|| format!("cannot run {what}"))?;
        if !output.status.success() {
            bail!(
                "{what}: {}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        String::from_utf8(output.stdout).with_context(|| format!("{what}: the output is not UTF-8"))
    }

    /// Applies one custom resource definition and waits until its resource is served and to be found by clients.
    ///
    /// Fails if the server refuses it, or after 60 s.
    pub async fn apply_crd(&self, yaml: &str) -> Result<()> {
        // As it stands, not through the typed definition, which may lack a newer field.
        let raw: serde_json::Value =
            serde_saphyr::from_str(yaml).context("the definition is not YAML")?;
        let definition: CustomResourceDefinition =
            serde_json::from_value(raw.clone()).context("not a CustomResourceDefinition")?;
        let name = definition
            .metadata
            .name
            .as_deref()
            .context("the definition has no name")?;
        let client = self.client().await?;
        let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
        let params = PatchParams::apply(FIELD_MANAGER).force();
        definitions
            .patch(name, &params, &Patch::Apply(&raw))
            .await
            .with_context(|| format!("cannot apply {name}"))?;

        let wait = async {
            await_condition(definitions, name, conditions::is_crd_established()).await?;
            // Established comes a little before the resource itself, and discovery after that.
            while !served(&client, &definition).await {
                time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        let began = Instant::now();
        let waited = time::timeout(SERVED_WITHIN, wait).await;
        waited.with_context(|| {
            format!("{name} is not served after {} s", began.elapsed().as_secs())
        })?
    }
}

/// Whether every served version answers a list and is in the discovery document that `kubectl` reads.
async fn served(client: &Client, definition: &CustomResourceDefinition) -> bool {
    let (group, plural) = (&definition.spec.group, &definition.spec.names.plural);
    let Ok(discovery) = client.list_api_groups_aggregated().await else {
        return false;
    };
    let known: Vec<_> = discovery
        .items
        .iter()
        .filter(|item| {
            item.metadata
                .as_ref()
                .and_then(|metadata| metadata.name.as_ref())
                == Some(group)
        })
        .flat_map(|item| &item.versions)
        .filter(|version| {
            version
                .resources
                .iter()
                .any(|resource| resource.resource.as_ref() == Some(plural))
        })
        .filter_map(|version| version.version.as_ref())
        .collect();
    for version in definition
        .spec
        .versions
        .iter()
        .filter(|version| version.served)
    {
        let list = format!("/apis/{group}/{}/{plural}?limit=1", version.name);
        let Ok(request) = Request::get(list).body(Vec::new()) else {
            return false;
        };
        if !known.contains(&&version.name) || client.request_text(request).await.is_err() {
            return false;
        }
    }
    true
}
