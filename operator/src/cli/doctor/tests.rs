use super::*;
use appgw_crds::AppGatewayDiagnosis;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use kube::{CustomResourceExt as _, client::Body};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Arc, Mutex},
};

const CRDS: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/appgatewaydiagnoses.appgwdiag.dev";
const LEASES: &str = "/apis/coordination.k8s.io/v1/leases";
const OBJECTS: &str = "/apis/appgwdiag.dev/v1alpha1/appgatewaydiagnoses";
const POLICIES: &str = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const BINDINGS: &str = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";

/// An API server that remembers what it was given and what it was asked.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Lists by their path, single things too.
    things: BTreeMap<String, Value>,
    /// What may not be looked at.
    forbidden: BTreeSet<String>,
    /// Verbs that whoever asks has.
    verbs: BTreeSet<&'static str>,
    /// The lease is renewed whenever it is read.
    renewing: bool,
    asked: Vec<String>,
}

impl Server {
    /// A cluster in which everything is in place.
    fn sound() -> Self {
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
    fn with<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }
    fn put(&self, path: &str, thing: Value) {
        self.with(|state| state.things.insert(path.to_owned(), thing));
    }
    fn edit(&self, path: &str, edit: impl FnOnce(&mut Value)) {
        self.with(|state| edit(state.things.get_mut(path).unwrap()));
    }
    fn forbid(&self, path: &str) {
        self.with(|state| state.forbidden.insert(path.to_owned()));
    }
    fn client(&self) -> Client {
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

fn lease(namespace: &str, ago: SignedDuration) -> Value {
    let at = Timestamp::now() - ago;
    json!({"metadata": {"name": "appgw-diagnosis", "namespace": namespace, "resourceVersion": "1"},
        "spec": {"holderIdentity": "pod-a", "leaseDurationSeconds": 15, "renewTime": at.to_string()}})
}

fn policy(name: &str, group: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"matchConstraints": {"resourceRules": [
        {"apiGroups": [group], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["*"]}]}}})
}

fn binding(policy: &str, action: &str) -> Value {
    json!({"metadata": {"name": "b"}, "spec": {"policyName": policy, "validationActions": [action]}})
}

fn object(name: &str, status: &Value) -> Value {
    json!({"apiVersion": "appgwdiag.dev/v1alpha1", "kind": "AppGatewayDiagnosis",
        "metadata": {"name": name, "namespace": "edge", "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"gateway": {"resourceId": "/x"}}, "status": status})
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message})
}

fn everywhere() -> Scope {
    Scope {
        namespace: None,
        lease_name: "appgw-diagnosis".to_owned(),
        lease_namespace: None,
    }
}

async fn seen(server: &Server) -> Vec<Seen> {
    cluster(&server.client(), &everywhere()).await
}

/// What is said of one check.
async fn about(server: &Server, check: &str) -> Vec<(Level, String)> {
    let all = seen(server)
        .await
        .into_iter()
        .filter(|it| it.check == check);
    all.map(|it| (it.level, it.says)).collect()
}

/// The one thing said of a check.
#[track_caller]
fn holds(said: &[(Level, String)], level: Level, words: &str) {
    let [(its, says)] = said else {
        panic!("{said:?}");
    };
    assert!(*its == level && says.contains(words), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_sound_cluster_gives_no_remark_and_is_only_read() {
    let server = Server::sound();
    let all = seen(&server).await;
    assert!(all.iter().all(|it| it.level == Level::Ok), "{all:#?}");
    let checks: Vec<&str> = all.iter().map(|it| it.check).collect();
    assert_eq!(checks, ["CRD", "operator", "rights", "objects", "guard"]);
    assert!(all[0].says.contains("generation 3"), "{all:?}");
    let asked = server.with(|state| state.asked.clone());
    let looks = |it: &String| it.starts_with("GET ") || it.ends_with("/selfsubjectaccessreviews?");
    assert!(asked.iter().all(looks), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_crd_that_is_missing_or_another_one_is_named() {
    let server = Server::sound();
    server.edit(CRDS, |crd| {
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
            ["window"]["maxLength"] = json!(7);
    });
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "differs first in schema.openAPIV3Schema.properties.spec.properties.window.maxLength: apply crds/",
    );
    let server = Server::sound();
    server.edit(CRDS, |crd| {
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["more"] =
            json!({"type": "string"});
    });
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "properties.more",
    );
    server.edit(CRDS, |crd| crd["spec"]["versions"][0]["name"] = json!("v1"));
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "no version v1alpha1",
    );
    server.edit(CRDS, |crd| {
        crd["status"]["conditions"][0]["status"] = json!("False");
    });
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "not established",
    );
    server.with(|state| state.things.remove(CRDS));
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "is not installed",
    );
    server.with(|state| state.things.remove(OBJECTS));
    holds(
        &about(&server, "objects").await,
        Level::Remark,
        "is not served",
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_looked_at_is_said_and_never_taken_for_good() {
    let server = Server::sound();
    server.put("/apis/appgwdiag.dev/v1alpha1", json!({"kind": "APIResourceList", "groupVersion": "appgwdiag.dev/v1alpha1",
        "resources": [{"name": "appgatewaydiagnoses", "singularName": "", "namespaced": true, "kind": "AppGatewayDiagnosis", "verbs": []}]}));
    for path in [
        CRDS,
        LEASES,
        OBJECTS,
        POLICIES,
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ] {
        server.forbid(path);
    }
    let all = seen(&server).await;
    assert!(
        all.iter()
            .all(|it| it.level == Level::Unknown && it.says.contains("not permitted")),
        "{all:#?}"
    );
    assert!(all[0].says.contains("is served"), "{all:?}");
    assert!(all[1].says.contains("--lease-namespace"), "{all:?}");
    // Where discovery does not know it either, it is not there.
    server.with(|state| state.things.remove("/apis/appgwdiag.dev/v1alpha1"));
    holds(&about(&server, "CRD").await, Level::Remark, "is not served");
    // Bindings alone are enough to hide whether a policy bites.
    let server = Server::sound();
    server.forbid(BINDINGS);
    holds(
        &about(&server, "guard").await,
        Level::Unknown,
        "validatingadmissionpolicybindings: not permitted",
    );
}

#[tokio::test(start_paused = true)]
async fn the_operator_is_alive_as_long_as_somebody_renews_the_lease() {
    let server = Server::sound();
    holds(
        &about(&server, "operator").await,
        Level::Ok,
        "pod-a holds the lease appgw-system/appgw-diagnosis",
    );
    for (ago, renewing, level, words) in [
        (
            SignedDuration::from_mins(10),
            false,
            Level::Remark,
            "last 10 minutes ago, by its own clock): the operator pod-a is dead",
        ),
        // Clocks differ, and the lease moves.
        (
            SignedDuration::from_mins(10),
            true,
            Level::Ok,
            "its clock and ours differ",
        ),
        (
            SignedDuration::from_mins(-10),
            true,
            Level::Ok,
            "its clock and ours differ",
        ),
        (
            SignedDuration::from_mins(-10),
            false,
            Level::Remark,
            "nobody renews",
        ),
        (SignedDuration::from_secs(14), false, Level::Ok, "renews it"),
    ] {
        server.put(LEASES, json!([lease("appgw-system", ago)]));
        server.with(|state| state.renewing = renewing);
        holds(&about(&server, "operator").await, level, words);
    }
    server.edit(LEASES, |leases| {
        leases[0]["spec"]["holderIdentity"] = json!("");
    });
    holds(
        &about(&server, "operator").await,
        Level::Remark,
        "was given up",
    );
    server.put(LEASES, json!([]));
    holds(
        &about(&server, "operator").await,
        Level::Remark,
        "nobody ever held",
    );
    server.put(
        LEASES,
        json!([
            lease("a", SignedDuration::ZERO),
            lease("b", SignedDuration::ZERO)
        ]),
    );
    holds(
        &about(&server, "operator").await,
        Level::Remark,
        "in a, b: two operators",
    );
    // A name says which of them is meant.
    let scope = Scope {
        lease_namespace: Some("b".to_owned()),
        ..everywhere()
    };
    let said = cluster(&server.client(), &scope).await;
    assert!(
        said[1].level == Level::Ok && said[1].says.contains("b/appgw-diagnosis"),
        "{said:?}"
    );
    let asked = server.with(|state| state.asked.clone());
    assert!(
        asked
            .iter()
            .any(|it| it.contains("fieldSelector=metadata.name%3Dappgw-diagnosis")),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn rights_are_those_of_whoever_asks() {
    let server = Server::sound();
    server.with(|state| state.verbs = BTreeSet::from(["get", "list", "watch"]));
    holds(
        &about(&server, "rights").await,
        Level::Ok,
        "in all namespaces, not create, update, patch, delete",
    );
    server.with(|state| state.verbs = BTreeSet::from(["get", "list", "create"]));
    holds(
        &about(&server, "rights").await,
        Level::Remark,
        "you may not watch, update, patch, delete",
    );
}

#[tokio::test(start_paused = true)]
async fn objects_in_trouble_are_listed_with_their_reason() {
    let ready = |reason: &str, message: &str| condition("Ready", "False", reason, message);
    let fine = json!({"observedGeneration": 2, "conditions": [condition("Ready", "True", "Diagnosed", "x")]});
    let server = Server::sound();
    server.put(OBJECTS, json!([
        object("fine", &fine),
        object("stalled", &json!({"observedGeneration": 2, "conditions": [ready("InvalidSpec", "inputs: not built yet"), condition("Stalled", "True", "UserErrorUntilSpecChanges", "x")]})),
        object("away", &json!({"observedGeneration": 2, "conditions": [condition("AzureReachable", "False", "AuthFailed", "no\nlogin"), ready("AzureUnreachable", "x")]})),
        object("paused", &json!({"observedGeneration": 2, "conditions": [ready("Paused", "by alice")]})),
        object("new", &json!({})),
        object("old", &json!({"observedGeneration": 1, "conditions": [condition("Ready", "True", "Diagnosed", "")]})),
        // Nobody can read this one, and it hides none of the others.
        object("odd", &json!({"conditions": "none", "observedGeneration": "x"})),
    ]));
    let said = about(&server, "objects").await;
    let says: Vec<&str> = said.iter().map(|(_, says)| says.as_str()).collect();
    assert_eq!(
        says,
        [
            "edge/stalled: InvalidSpec: inputs: not built yet; nothing happens before the spec changes",
            "edge/away: AzureUnreachable, AuthFailed: no\nlogin",
            "edge/paused: Paused: by alice",
            "edge/new: never visited",
            "edge/old: generation 2 was not dealt with yet, 1 was",
            "edge/odd: never visited",
        ]
    );
    assert!(said.iter().all(|(level, _)| *level == Level::Remark));
    let asked = server.with(|state| state.asked.clone());
    assert_eq!(
        asked.iter().filter(|it| it.contains(OBJECTS)).count(),
        2,
        "two pages: {asked:?}"
    );

    // Just made, or just changed: nobody is late yet.
    let mut young = object("new", &json!({}));
    young["metadata"]["creationTimestamp"] = json!(Timestamp::now().to_string());
    server.put(OBJECTS, json!([young]));
    holds(
        &about(&server, "objects").await,
        Level::Ok,
        "1 in all, none in trouble",
    );

    let many: Vec<Value> = (0..45)
        .map(|n| object(&format!("new-{n}"), &json!({})))
        .collect();
    server.put(OBJECTS, json!(many));
    let said = about(&server, "objects").await;
    assert_eq!(said.len(), 21);
    assert_eq!(said[20].1, "and 25 more, of 45 in all");

    // Those of one namespace, if one is named.
    let scope = Scope {
        namespace: Some("other".to_owned()),
        ..everywhere()
    };
    let all = cluster(&server.client(), &scope).await;
    let mine: Vec<&str> = all
        .iter()
        .filter(|it| it.check == "objects")
        .map(|it| it.says.as_str())
        .collect();
    assert_eq!(mine, ["0 in all, none in trouble"]);
    assert!(
        all.iter().any(|it| it.says.contains("in namespace other")),
        "{all:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_guard_is_a_policy_on_our_group_that_denies() {
    let server = Server::sound();
    holds(
        &about(&server, "guard").await,
        Level::Ok,
        "policies appgwdiag-approval refuse",
    );
    server.put(
        BINDINGS,
        json!([
            binding("appgwdiag-approval", "Warn"),
            binding("other", "Deny")
        ]),
    );
    holds(
        &about(&server, "guard").await,
        Level::Remark,
        "no binding lets appgwdiag-approval refuse",
    );
    server.put(POLICIES, json!([policy("other", "apps")]));
    holds(
        &about(&server, "guard").await,
        Level::Remark,
        "nothing can be approved",
    );
}

#[test]
fn a_table_is_a_line_a_check_and_tells_a_terminal_nothing() {
    let seen = [
        Seen::ok("cluster", "fine"),
        Seen::remark("objects", "a/b: x\n\u{1b}[2Jy"),
    ];
    assert_eq!(
        table(&seen),
        "OK       cluster   fine\nREMARK   objects   a/b: x [2Jy\n"
    );
}
