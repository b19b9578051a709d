//! The stage every test plays on, and a scene of its own for each.
use anyhow::Context as _;
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus};
use appgw_e2e::{
    control_plane::{self, ControlPlane},
    operator::Operator,
    programs::{self, Build},
    sim::{AzureSim, Options, world::World},
};
use k8s_openapi::api::core::v1::{Event, Namespace};
use kube::{
    Api, Client, ResourceExt as _,
    api::{ListParams, Patch, PatchParams, PostParams},
    runtime::wait::await_condition,
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::sync::OnceCell;

/// Long enough for a busy machine; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
pub(crate) const NAME: &str = "shop-502";

static CONTROL_PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
static SCENES: AtomicU32 = AtomicU32::new(0);

/// The control plane all tests share, with the CRD in it.
pub(crate) async fn control_plane() -> &'static ControlPlane {
    let start = || async {
        control_plane::install_crypto();
        let plane = ControlPlane::start(control_plane::Options::default()).await?;
        plane.apply_crd(&appgw_crds::yaml()?).await?;
        plane
            .kubectl([
                "apply",
                "-f",
                concat!(env!("CARGO_MANIFEST_DIR"), "/rbac.yaml"),
            ])
            .await?;
        anyhow::Ok(plane)
    };
    CONTROL_PLANE.get_or_try_init(start).await.unwrap()
}

/// Credentials of the operator's own account, with its own few rights.
pub(crate) fn account(plane: &ControlPlane) -> PathBuf {
    let groups = [
        "system:serviceaccounts",
        "system:serviceaccounts:appgw-system",
        "system:authenticated",
    ];
    plane
        .user_kubeconfig("system:serviceaccount:appgw-system:appgw-operator", &groups)
        .unwrap()
}

/// A program of the workspace.
pub(crate) fn program(name: &str) -> PathBuf {
    programs::built(Build::WithTests).unwrap().join(name)
}

/// A world by its name: one for everybody, or one of the row transcripts.
pub(crate) fn world(name: &str) -> World {
    let folders = ["/worlds", "/../operator/tests/rows/worlds"];
    let files = folders.map(|folder| {
        let root = PathBuf::from(format!("{}{folder}", env!("CARGO_MANIFEST_DIR")));
        root.join(format!("{name}.yaml"))
    });
    let file = files.iter().find(|file| file.is_file());
    World::load(file.expect(name)).unwrap()
}

/// The service as recorded, a hundred times faster.
pub(crate) fn options() -> Options {
    Options {
        time_scale: 0.01,
        ..Options::default()
    }
}

/// A namespace with an operator of its own on a simulated Azure of its own.
pub(crate) struct Scene {
    pub(crate) namespace: String,
    pub(crate) client: Client,
    pub(crate) sim: AzureSim,
    pub(crate) operator: Operator,
    pub(crate) gateway: String,
}

impl Scene {
    /// An operator on the world of that name.
    pub(crate) async fn of(name: &str) -> Self {
        Self::with(world(name), options(), &[]).await
    }

    /// An operator on a world, with options of the service and more flags of the operator.
    pub(crate) async fn with(world: World, options: Options, flags: &[&str]) -> Self {
        let plane = control_plane().await;
        let client = plane.client().await.unwrap();
        let namespace = format!("scene-{}", SCENES.fetch_add(1, Ordering::Relaxed));
        let object: Namespace =
            serde_json::from_value(json!({"metadata": {"name": namespace}})).unwrap();
        let created = Api::all(client.clone())
            .create(&PostParams::default(), &object)
            .await;
        created.unwrap();
        let gateway = world.gateway_ids().first().cloned().unwrap_or_default();
        let sim = AzureSim::start(world, options).await.unwrap();
        let alone = !flags.contains(&"--lease-namespace");
        let own = [
            ("--namespace", namespace.as_str()),
            ("--interval", "0s"),
            ("--wait-transition", "1s"),
            ("--wait-unknown", "1s"),
            ("--wait-throttled", "1s"),
        ];
        let own = own.into_iter().filter(|(flag, _)| !flags.contains(flag));
        let all: Vec<&str> = own
            .flat_map(|(flag, value)| [flag, value])
            .chain(alone.then_some("--no-lease"))
            .chain(flags.iter().copied())
            .collect();
        let operator =
            Operator::start(&program(programs::OPERATOR), &account(plane), &sim, all).unwrap();
        Self {
            namespace,
            client,
            sim,
            operator,
            gateway,
        }
    }

    pub(crate) fn api(&self) -> Api<AppGatewayDiagnosis> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Apply a diagnosis of the world's gateway.
    pub(crate) async fn diagnose(&self) {
        self.apply(NAME, json!({"gateway": {"resourceId": self.gateway}}))
            .await;
    }

    pub(crate) async fn apply(&self, name: &str, spec: Value) {
        let spec: AppGatewayDiagnosisSpec = serde_json::from_value(spec).unwrap();
        let object = AppGatewayDiagnosis::new(name, spec);
        self.api()
            .create(&PostParams::default(), &object)
            .await
            .unwrap();
    }

    pub(crate) async fn annotate(&self, name: &str, key: &str, value: Option<&str>) {
        let patch = json!({"metadata": {"annotations": {key: value}}});
        self.api()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    }

    /// Wait until the status is so; a wait that fails shows the object and the operator's log.
    pub(crate) async fn until(
        &self,
        name: &str,
        holds: impl Fn(&AppGatewayDiagnosisStatus) -> bool,
    ) -> AppGatewayDiagnosisStatus {
        let object = self
            .object(name, |object| object.status.as_ref().is_some_and(&holds))
            .await;
        object.status.unwrap()
    }

    pub(crate) async fn object(
        &self,
        name: &str,
        holds: impl Fn(&AppGatewayDiagnosis) -> bool,
    ) -> AppGatewayDiagnosis {
        let condition = |object: Option<&AppGatewayDiagnosis>| object.is_some_and(&holds);
        match tokio::time::timeout(PATIENCE, await_condition(self.api(), name, condition)).await {
            Ok(Ok(Some(object))) => object,
            other => {
                let now = self
                    .api()
                    .get(name)
                    .await
                    .map(|object| serde_json::to_string_pretty(&object));
                panic!(
                    "{other:?}\nnow: {now:?}\noperator:\n{}",
                    self.operator.log()
                );
            }
        }
    }

    /// Wait for the first finished visit.
    pub(crate) async fn verdict(&self) -> AppGatewayDiagnosisStatus {
        self.until(NAME, |status| status.verdict.is_some()).await
    }

    /// Wait until something outside the object is so.
    pub(crate) async fn eventually(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(
            tokio::time::timeout(PATIENCE, waiting).await.is_ok(),
            "never: {what}\noperator:\n{}",
            self.operator.log()
        );
    }

    /// Reasons of the events in this namespace.
    pub(crate) async fn events(&self) -> Vec<String> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let events = api.list(&ListParams::default()).await.unwrap();
        events
            .into_iter()
            .filter_map(|event| event.reason)
            .collect()
    }

    pub(crate) async fn version(&self, name: &str) -> String {
        self.api()
            .get(name)
            .await
            .unwrap()
            .resource_version()
            .unwrap()
    }

    /// No request could have changed anything in Azure.
    pub(crate) fn assert_reads_only(&self) {
        let writes = self.sim.writes();
        assert!(writes.is_empty(), "{writes:#?}");
        assert!(!self.sim.requests().is_empty(), "nothing was asked at all");
    }
}

/// What a row says.
pub(crate) fn row<'s>(status: &'s AppGatewayDiagnosisStatus, id: &str) -> &'s str {
    status
        .rows
        .get(id)
        .with_context(|| format!("no row {id}"))
        .unwrap()
}

/// The reason of a condition.
pub(crate) fn reason<'s>(status: &'s AppGatewayDiagnosisStatus, kind: &str) -> Option<&'s str> {
    let found = status
        .conditions
        .iter()
        .find(|condition| condition.type_ == kind);
    found.map(|condition| condition.reason.as_str())
}
