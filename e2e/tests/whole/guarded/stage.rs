//! A control plane with the chart installed and its policies in force, people with different rights, and objects
//! with plans that wait. Other modules may use it: [`Guarded::shared`] and [`Guarded::offered`]; for an operator
//! under this guard [`Guarded::namespace`], [`Guarded::operator_flags`] and [`Guarded::kubeconfig`] of
//! [`super::people::OPERATOR`].
use super::people::{Person, rights};
use crate::stage::PATIENCE;
use appgw_crds::{GROUP, KIND, VERSION};
use appgw_e2e::control_plane::{self, ControlPlane, helm::CHART};
use k8s_openapi::api::{
    apps::v1::Deployment,
    rbac::v1::{Role, RoleBinding},
};
use kube::{
    Api, Client, Resource,
    api::{ApiResource, DynamicObject, ListParams, ObjectMeta, PostParams},
    core::NamespaceResourceScope,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Where the chart is installed.
pub(crate) const HOME: &str = "appgw-system";
/// Where the approvers approve, and where objects are unless a test says otherwise.
pub(crate) const EDGE: &str = "edge";
/// Where the operator's account holds rights that nobody should give it.
pub(crate) const LAX: &str = "lax";
/// A control plane under guard.
pub(crate) struct Guarded {
    pub(crate) plane: ControlPlane,
    /// With the policy that fills in names.
    pub(crate) stamps: bool,
    folder: TempDir,
}

static WITHOUT: OnceCell<Guarded> = OnceCell::const_new();
static WITH: OnceCell<Guarded> = OnceCell::const_new();
static NAMES: AtomicU32 = AtomicU32::new(0);

/// The two that all tests share, which therefore leave policies and roles alone: without and with stamps.
pub(crate) async fn both() -> [&'static Guarded; 2] {
    let (without, with) = tokio::join!(Guarded::shared(false), Guarded::shared(true));
    [without, with]
}

impl Guarded {
    /// The one that all tests share.
    pub(crate) async fn shared(stamps: bool) -> &'static Self {
        let cell = if stamps { &WITH } else { &WITHOUT };
        cell.get_or_init(|| Self::start(stamps, json!({}))).await
    }

    /// One of one's own, with more values of the chart: for tests that take the guard away.
    pub(crate) async fn start(stamps: bool, values: Value) -> Self {
        let guarded = Self::install(stamps, &values, &[]).await;
        guarded.in_force().await;
        guarded
    }

    /// The same with more flags of the API server, and policies that may not be in force yet or ever.
    pub(crate) async fn install(stamps: bool, values: &Value, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let audited = json!({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [
            {"level": "Metadata", "resources": [{"group": GROUP}]}, {"level": "None"}]});
        std::fs::write(at("audit.json"), audited.to_string()).unwrap();
        let own = [
            format!("--audit-policy-file={}", at("audit.json")),
            format!("--audit-log-path={}", at("audit.log")),
        ];
        let more = flags.iter().map(|it| (*it).to_owned());
        let options = control_plane::Options {
            apiserver_flags: own.into_iter().chain(more).collect(),
            ..control_plane::Options::default()
        };
        let plane = ControlPlane::start(options).await.unwrap();
        for namespace in [EDGE, LAX] {
            let made = plane.kubectl(["create", "namespace", namespace]).await;
            made.unwrap();
        }
        let guarded = Self {
            plane,
            stamps,
            folder,
        };
        guarded.helm("install", values).await;
        let file = guarded.folder.path().join("rights.json");
        std::fs::write(&file, rights().to_string()).unwrap();
        let words = ["apply", "-f", &*file.to_string_lossy()];
        guarded.plane.kubectl(words).await.unwrap();
        guarded
    }

    /// `helm install` or `upgrade`: every letter may be written, the people of this stage approve, and what `values`
    /// say more.
    pub(crate) async fn helm(&self, verb: &str, values: &Value) {
        let mut all = json!({
            "writes": {"enabled": true, "allowedResolutions": ["A", "B", "C", "D", "E", "F", "G", "H", "I"]},
            "azure": {"writer": {"clientId": "writer"}},
            "guard": {"stamp": self.stamps},
            "approvers": super::people::approvers(),
        });
        for (key, value) in values.as_object().unwrap() {
            all[key] = value.clone();
        }
        let file = self.folder.path().join("values.json");
        std::fs::write(&file, all.to_string()).unwrap();
        let file = file.to_string_lossy();
        let words = [verb, "appgw", CHART, "-n", HOME, "-f", &*file];
        let namespace = (verb == "install").then_some("--create-namespace");
        let all = words.into_iter().chain(namespace);
        self.plane.helm(all).await.unwrap();
    }

    /// A new namespace in which the same people approve as in `edge`: for a test with an operator, which visits
    /// everything in the namespaces it is given.
    pub(crate) async fn namespace(&self) -> String {
        let client = self.plane.client().await.unwrap();
        let name = format!("work-{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let made = self.plane.kubectl(["create", "namespace", &name]).await;
        made.unwrap();
        copy::<Role>(&client, &name).await;
        copy::<RoleBinding>(&client, &name).await;
        name
    }

    /// A client of this person, in the runtime that this is called in.
    pub(crate) async fn client(&self, who: &Person) -> Client {
        self.plane.client_as(who.user, who.groups).await.unwrap()
    }

    /// Credentials of this person for a process.
    pub(crate) fn kubeconfig(&self, who: &Person) -> PathBuf {
        self.plane.user_kubeconfig(who.user, who.groups).unwrap()
    }

    /// The objects of a namespace as this person sees them.
    pub(crate) async fn api(&self, who: &Person, namespace: &str) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<appgw_crds::AppGatewayDiagnosis>(&());
        Api::namespaced_with(self.client(who).await, namespace, &resource)
    }

    /// The objects of a namespace as the administrator sees them.
    pub(crate) async fn all(&self, namespace: &str) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<appgw_crds::AppGatewayDiagnosis>(&());
        Api::namespaced_with(self.plane.client().await.unwrap(), namespace, &resource)
    }

    /// What the chart's Deployment tells the operator of writes and of the guard, for a process without lease.
    pub(crate) async fn operator_flags(&self) -> Vec<String> {
        let api: Api<Deployment> = Api::namespaced(self.plane.client().await.unwrap(), HOME);
        let found = api.get("appgw-operator").await.unwrap();
        let pod = found.spec.unwrap().template.spec.unwrap();
        let ours = |it: &String| it.starts_with("--writes-") || it.starts_with("--guard-");
        let all = pod.containers[0].args.clone().unwrap();
        let own = [
            "--no-lease",
            "--lease-namespace",
            HOME,
            "--writer-auth",
            "env",
        ];
        let own = own.map(str::to_owned);
        all.into_iter().filter(ours).chain(own).collect()
    }

    /// A new object in `edge` with these plans waiting, made by the administrator.
    pub(crate) async fn offered(&self, plans: &[&str]) -> super::case::Case<'_> {
        self.offered_in(EDGE, json!({}), plans).await
    }

    /// The same in another namespace, with more in its spec.
    pub(crate) async fn offered_in(
        &self,
        namespace: &str,
        spec: Value,
        plans: &[&str],
    ) -> super::case::Case<'_> {
        let name = format!("shop-{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let object = manifest(&name, &spec, &json!({}));
        let made = self.all(namespace).await;
        made.create(&PostParams::default(), &object).await.unwrap();
        let case = super::case::Case::new(self, namespace, name);
        case.offer(plans).await;
        case
    }

    /// What the API server's audit log says of this object so far, a request a value.
    pub(crate) fn audited(&self, name: &str) -> Vec<Value> {
        let log = std::fs::read_to_string(self.folder.path().join("audit.log"));
        let log = log.unwrap_or_default();
        let events = log.lines().filter_map(|it| serde_json::from_str(it).ok());
        events
            .filter(|it: &Value| it["objectRef"]["name"] == name)
            .collect()
    }
}

/// The chart's objects of `edge`, again in another namespace.
async fn copy<K>(client: &Client, namespace: &str)
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + Serialize
        + DeserializeOwned,
{
    let from = Api::<K>::namespaced(client.clone(), EDGE);
    let to = Api::<K>::namespaced(client.clone(), namespace);
    for mut object in from.list(&ListParams::default()).await.unwrap() {
        *object.meta_mut() = ObjectMeta {
            name: object.meta().name.clone(),
            ..ObjectMeta::default()
        };
        to.create(&PostParams::default(), &object).await.unwrap();
    }
}

/// An object that asks for the diagnosis of a gateway, and lets every letter be approved.
pub(crate) fn manifest(name: &str, more: &Value, annotations: &Value) -> DynamicObject {
    let id = "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001/resourceGroups/rg-edge/providers/Microsoft.Network/applicationGateways/shop";
    let mut spec = json!({
        "gateway": {"resourceId": id},
        "mode": "Review",
        "allowedResolutions": ["A", "B", "C", "D", "E", "F", "G", "H", "I"],
    });
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    let object = json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": KIND,
        "metadata": {"name": name, "annotations": annotations},
        "spec": spec,
    });
    serde_json::from_value(object).unwrap()
}

/// Wait until it is so.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "never: {what}");
}
