//! The stage that all figures share, and a scene of its own for each: a namespace, a simulated Azure, an operator.
use crate::audit::{self, Audit};
use anyhow::{Context as _, Result, bail};
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisSpec};
use appgw_e2e::{
    control_plane::{ControlPlane, Options as PlaneOptions},
    operator::Operator,
    sim::{AzureSim, LoggedRequest, Options, World},
};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    runtime::{
        WatchStreamExt as _,
        watcher::{self, watcher},
    },
};
use serde_json::json;
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

/// Whatever takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(180);

/// A control plane with the CRD and an audit log.
pub(crate) struct Stage {
    plane: ControlPlane,
    client: Client,
    program: PathBuf,
    kubeconfig: PathBuf,
    audit: Audit,
    scenes: AtomicU32,
    /// Removed last.
    _folder: TempDir,
}

impl Stage {
    /// With this operator.
    ///
    /// # Errors
    /// If the control plane cannot be had.
    pub(crate) async fn start(program: PathBuf) -> Result<Self> {
        let folder = TempDir::new()?;
        let audit = Audit::new(folder.path())?;
        let options = PlaneOptions {
            apiserver_flags: audit.flags(),
            ..PlaneOptions::default()
        };
        let plane = ControlPlane::start(options).await?;
        plane.apply_crd(&appgw_crds::yaml()?).await?;
        Ok(Self {
            client: plane.client().await?,
            kubeconfig: plane.user_kubeconfig(audit::OPERATOR, &["system:masters"])?,
            plane,
            program,
            audit,
            scenes: AtomicU32::new(0),
            _folder: folder,
        })
    }

    /// What the operator of a scene has asked the API server so far.
    ///
    /// # Errors
    /// If the audit log cannot be read.
    pub(crate) fn audited(&self, scene: &Scene) -> Result<Vec<audit::Request>> {
        self.audit.requests(&scene.namespace)
    }

    /// A namespace and a simulated Azure, without an operator yet.
    ///
    /// # Errors
    /// If either cannot be made.
    pub(crate) async fn scene(&self, world: World, options: Options) -> Result<Scene> {
        let number = self.scenes.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("bench-{number}");
        let object: Namespace = serde_json::from_value(json!({"metadata": {"name": namespace}}))?;
        let all: Api<Namespace> = Api::all(self.client.clone());
        all.create(&PostParams::default(), &object).await?;
        let api: Api<AppGatewayDiagnosis> = Api::namespaced(self.client.clone(), &namespace);
        let (tell, heard) = unbounded_channel();
        let watch = watcher(api.clone(), watcher::Config::default());
        let mut watch = watch.default_backoff().applied_objects().boxed();
        let listener = tokio::spawn(async move {
            while let Ok(Some(object)) = watch.try_next().await {
                if tell.send((Instant::now(), object)).is_err() {
                    break;
                }
            }
        });
        Ok(Scene {
            namespace,
            api,
            sim: AzureSim::start(world, options).await?,
            operator: None,
            heard,
            listener,
            asked: 0,
        })
    }

    /// Start the operator of a scene, with more flags than the namespace and the lease that is in it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn operate(&self, scene: &mut Scene, flags: &[&str]) -> Result<()> {
        let namespace = scene.namespace.as_str();
        let own = ["--namespace", namespace, "--lease-namespace", namespace];
        let flags = own.iter().chain(flags);
        let operator = Operator::start(&self.program, &self.kubeconfig, &scene.sim, flags)?;
        scene.operator = Some(operator);
        Ok(())
    }

    /// End the servers.
    ///
    /// # Errors
    /// If one cannot be ended.
    pub(crate) async fn stop(self) -> Result<()> {
        self.plane.stop().await
    }
}

/// A namespace with an operator of its own on a simulated Azure of its own.
pub(crate) struct Scene {
    namespace: String,
    api: Api<AppGatewayDiagnosis>,
    pub(crate) sim: AzureSim,
    operator: Option<Operator>,
    heard: UnboundedReceiver<(Instant, AppGatewayDiagnosis)>,
    listener: JoinHandle<()>,
    asked: u32,
}

/// One diagnosis that a person asked for, from the request to its result in the status.
pub(crate) struct Run {
    /// From sending the annotation until the watch brought the status.
    pub(crate) took: Duration,
    /// Of it, until the first request arrived at Azure.
    pub(crate) before: Duration,
    /// Of it, after the last answer of Azure had left.
    pub(crate) after: Duration,
    /// What was asked of Azure, polls included.
    pub(crate) requests: Vec<LoggedRequest>,
}

impl Scene {
    /// Make a diagnosis of a gateway.
    ///
    /// # Errors
    /// If the API server refuses it.
    pub(crate) async fn diagnose(&self, name: &str, gateway: &str) -> Result<()> {
        let spec = json!({"gateway": {"resourceId": gateway}});
        let spec: AppGatewayDiagnosisSpec = serde_json::from_value(spec)?;
        let object = AppGatewayDiagnosis::new(name, spec);
        let made = self.api.create(&PostParams::default(), &object).await;
        made.with_context(|| format!("creating {name}"))?;
        Ok(())
    }

    /// Take a diagnosis away.
    ///
    /// # Errors
    /// If the API server refuses it.
    pub(crate) async fn remove(&self, name: &str) -> Result<()> {
        self.api.delete(name, &DeleteParams::default()).await?;
        Ok(())
    }

    /// Wait for a state of an object; when it was seen.
    ///
    /// # Errors
    /// If it does not come.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        mut holds: impl FnMut(&AppGatewayDiagnosis) -> bool,
    ) -> Result<Instant> {
        let waiting = async {
            while let Some((at, object)) = self.heard.recv().await {
                if holds(&object) {
                    return Ok(at);
                }
            }
            bail!("the watch ended")
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(seen) => seen.with_context(|| format!("waiting for {what}")),
            Err(_) => bail!("never: {what}\noperator:\n{}", self.log()),
        }
    }

    /// Wait until these have run once since they were made.
    ///
    /// # Errors
    /// If one does not.
    pub(crate) async fn all_ran(&mut self, names: &[String]) -> Result<Instant> {
        let mut left = names.to_vec();
        let what = format!("{} diagnoses", names.len());
        self.until(&what, |object| {
            if ran(object).is_some() {
                left.retain(|name| *name != object.name_any());
            }
            left.is_empty()
        })
        .await
    }

    /// Ask for these diagnoses by annotation, all at once, and wait for the last of them.
    ///
    /// # Errors
    /// If one does not come.
    pub(crate) async fn run_now(&mut self, names: &[String]) -> Result<Run> {
        self.asked += 1;
        let token = self.asked.to_string();
        let patch = json!({"metadata": {"annotations": {"appgwdiag.dev/run-now": token}}});
        let (patch, params) = (Patch::Merge(patch), PatchParams::default());
        self.sim.clear_log();
        let (began, began_at) = (Instant::now(), Timestamp::now());
        let patches = names
            .iter()
            .map(|name| self.api.patch(name, &params, &patch));
        futures::future::try_join_all(patches).await?;
        let mut left = names.to_vec();
        let ended = self
            .until("a run-now", |object| {
                if ran(object) == Some(token.as_str()) {
                    left.retain(|name| *name != object.name_any());
                }
                left.is_empty()
            })
            .await?;
        let took = ended.saturating_duration_since(began);
        let requests = self.sim.requests_to("/subscriptions/");
        let since = |at: Timestamp| Duration::try_from(at.duration_since(began_at));
        let rtt = self.sim.change(|options| options.rtt);
        let first = requests.first().map_or(Ok(took), |first| since(first.at))?;
        let last = requests.last().map_or(Ok(took), |last| since(last.at))?;
        Ok(Run {
            took,
            before: first,
            after: took.saturating_sub(last + rtt),
            requests,
        })
    }

    /// What the operator has logged.
    pub(crate) fn log(&self) -> String {
        self.operator
            .as_ref()
            .map(Operator::log)
            .unwrap_or_default()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// The run-now that the last finished visit dealt with; empty if it was not by run-now.
pub(crate) fn ran(object: &AppGatewayDiagnosis) -> Option<&str> {
    let status = object.status.as_ref()?;
    status.verdict?;
    Some(status.last_run.as_ref()?.run_now.as_str())
}
