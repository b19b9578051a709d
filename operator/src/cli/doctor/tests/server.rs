//! An API server that remembers, and what stands in a cluster in which everything is in place.
use appgw_crds::AppGatewayDiagnosis;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use kube::{Client, CustomResourceExt as _, client::Body};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Arc, Mutex},
};

pub(super) const CRDS: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/appgatewaydiagnoses.appgwdiag.dev";
pub(super) const LEASES: &str = "/apis/coordination.k8s.io/v1/leases";
pub(super) const OBJECTS: &str = "/apis/appgwdiag.dev/v1alpha1/appgatewaydiagnoses";
pub(super) const POLICIES: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
pub(super) const BINDINGS: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";

/// An API server that remembers what it was given and what it was asked.
#[derive(Clone, Default)]
pub(super) struct Server(Arc<Mutex<State>>);

#[derive(Default)]
pub(super) struct State {
    /// Lists by their path, single things too.
    pub(super) things: BTreeMap<String, Value>,
    /// What may not be looked at.
    forbidden: BTreeSet<String>,
    /// Verbs that whoever asks has.
    pub(super) verbs: BTreeSet<&'static str>,
    /// The lease is renewed whenever it is read.
    pub(super) renewing: bool,
    pub(super) asked: Vec<String>,
}

impl Server {
    /// A cluster in which everything is in place.
    pub(super) fn sound() -> Self {
        let server = Self::default();
        let mut crd = serde_json::to_value(AppGatewayDiagnosis::crd()).unwrap();
        // What a real one adds.
        crd["spec"]["conversion"] = json!({"strategy": "None"});
        crd["spec"]["names"]["listKind"] = json!("AppGatewayDiagnosisList");
        crd["metadata"]["generation"] = json!(3);
        crd["status"] = json!({"conditions": [{"type": "Established", "status": "True"}], "acceptedNames": {"kind": "", "plural": ""}, "storedVersions": []});
        server.put(CRDS, crd);
        server.put(
            LEASES,
            json!([lease("appgw-system", SignedDuration::from_secs(3))]),
        );
        server.put(OBJECTS, json!([]));
        server.put(
            POLICIES,
            json!([
                policy("appgwdiag-approval", "appgwdiag.dev"),
                policy("other", "apps")
            ]),
        );
        server.put(BINDINGS, json!([binding("appgwdiag-approval", "Deny")]));
        server.with(|state| {
            state.verbs = BTreeSet::from([
                "get", "list", "watch", "create", "update", "patch", "delete",
            ]);
        });
        server
    }
    pub(super) fn with<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }
    pub(super) fn put(&self, path: &str, thing: Value) {
        self.with(|state| state.things.insert(path.to_owned(), thing));
    }
    pub(super) fn edit(&self, path: &str, edit: impl FnOnce(&mut Value)) {
        self.with(|state| edit(state.things.get_mut(path).unwrap()));
    }
    pub(super) fn forbid(&self, path: &str) {
        self.with(|state| state.forbidden.insert(path.to_owned()));
    }
    pub(super) fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.serve(request).await) }
        });
        Client::new(service, "edge")
    }

    async fn serve(&self, request: Request<Body>) -> Response<Body> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let body = request.into_body().collect_bytes().await.unwrap();
        let path = uri.path();
        let (code, body) = self.with(|state| {
            state.asked.push(format!("{method} {uri}"));
            if state.forbidden.contains(path) {
                return (403, refusal(403, "Forbidden"));
            }
            if method == Method::POST && path.ends_with("/selfsubjectaccessreviews") {
                let mut review: Value = serde_json::from_slice(&body).unwrap();
                let verb = review["spec"]["resourceAttributes"]["verb"]
                    .as_str()
                    .unwrap();
                let allowed = state.verbs.contains(verb);
                review["status"] = json!({"allowed": allowed});
                return (201, review);
            }
            assert_eq!(method, Method::GET, "a doctor changes nothing: {uri}");
            // One lease is read where all of them are listed.
            if let Some((place, name)) = path.split_once("/namespaces/") {
                let (namespace, rest) = name.split_once('/').unwrap();
                let list = format!("{place}/{}", rest.split('/').next().unwrap());
                if state.renewing {
                    for lease in state
                        .things
                        .get_mut(&list)
                        .and_then(Value::as_array_mut)
                        .unwrap()
                    {
                        lease["metadata"]["resourceVersion"] = json!("2");
                    }
                }
                let all = state
                    .things
                    .get(&list)
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                let mut mine = all
                    .into_iter()
                    .filter(|it| it["metadata"]["namespace"] == namespace);
                return if rest.contains('/') {
                    mine.next()
                        .map_or((404, refusal(404, "NotFound")), |it| (200, it))
                } else {
                    (200, list_of(mine.collect::<Vec<_>>()))
                };
            }
            match state.things.get(path) {
                Some(Value::Array(items)) => (200, page(items, uri.query().unwrap_or_default())),
                Some(thing) => (200, thing.clone()),
                None => (404, refusal(404, "NotFound")),
            }
        });
        let body = Body::from(serde_json::to_vec(&body).unwrap());
        Response::builder().status(code).body(body).unwrap()
    }
}

fn refusal(code: u16, reason: &str) -> Value {
    json!({"kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": reason})
}

fn list_of(items: impl Into<Value>) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": "1"}, "items": items.into()})
}

/// Two pages, where somebody asks for pages and there is enough for two.
fn page(items: &[Value], query: &str) -> Value {
    let half = if query.contains("limit=") {
        items.len() / 2
    } else {
        0
    };
    match half {
        0 => list_of(items),
        half if query.contains("continue=") => list_of(&items[half..]),
        half => {
            let mut list = list_of(&items[..half]);
            list["metadata"]["continue"] = json!("more");
            list
        }
    }
}

pub(super) fn lease(namespace: &str, ago: SignedDuration) -> Value {
    let at = Timestamp::now() - ago;
    json!({"metadata": {"name": "appgw-diagnosis", "namespace": namespace, "resourceVersion": "1"},
        "spec": {"holderIdentity": "pod-a", "leaseDurationSeconds": 15, "renewTime": at.to_string()}})
}

pub(super) fn policy(name: &str, group: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"matchConstraints": {"resourceRules": [
        {"apiGroups": [group], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["*"]}]}}})
}

pub(super) fn binding(policy: &str, action: &str) -> Value {
    json!({"metadata": {"name": "b"}, "spec": {"policyName": policy, "validationActions": [action]}})
}

pub(super) fn object(name: &str, status: &Value) -> Value {
    json!({"apiVersion": "appgwdiag.dev/v1alpha1", "kind": "AppGatewayDiagnosis",
        "metadata": {"name": name, "namespace": "edge", "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"gateway": {"resourceId": "/x"}}, "status": status})
}

pub(super) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message})
}
