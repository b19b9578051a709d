//! An API server that remembers: objects with versions, writes refused when they are stale, events.
use appgw_crds::AppGatewayDiagnosis;
use http::{Method, Request, Response};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// Something that happens to the objects.
pub(crate) type Edit = Box<dyn FnOnce(&mut State) + Send>;

/// A body, or a status code and its reason.
pub(crate) type Answer = Result<Value, (u16, &'static str)>;

#[derive(Clone, Default)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Value>,
    version: u64,
    log: Vec<(u64, Value)>,
    /// Writes of status that were let in.
    pub(crate) writes: u32,
    /// Objects read one by one.
    pub(crate) reads: u32,
    /// Reasons of the events that came in.
    pub(crate) events: Vec<String>,
    pub(crate) refuse_events: bool,
    /// Kept objects by `configmaps/name` and `secrets/name`, or what a read of one is refused with.
    pub(crate) kept: BTreeMap<String, Answer>,
    /// Done once, right before a write of status is looked at.
    pub(crate) meanwhile: Option<Edit>,
}

impl State {
    /// Adds or alters an object.
    pub(crate) fn edit(&mut self, name: &str, edit: impl FnOnce(&mut Value)) {
        let kind = if self.objects.contains_key(name) {
            "MODIFIED"
        } else {
            "ADDED"
        };
        let object = self.objects.entry(name.to_owned()).or_insert_with(|| {
            json!({
                "apiVersion": "appgwdiag.dev/v1alpha1",
                "kind": "AppGatewayDiagnosis",
                "metadata": {
                    "name": name, "namespace": "edge", "uid": format!("uid-{name}"),
                    "generation": 1, "managedFields": [{"manager": "kubectl"}],
                },
                "spec": {"gateway": {"resourceId": super::GATEWAY}},
            })
        });
        edit(object);
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let event = json!({"type": kind, "object": object});
        self.log.push((self.version, event));
    }
    pub(crate) fn delete(&mut self, name: &str) {
        let Some(mut object) = self.objects.remove(name) else {
            return;
        };
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.log
            .push((self.version, json!({"type": "DELETED", "object": object})));
    }
}

impl Server {
    pub(crate) fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        let said = with(&mut self.state.lock().unwrap());
        self.changed.notify_waiters();
        said
    }
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut Value)) {
        self.state(|state| state.edit("shop", edit));
    }
    pub(crate) fn annotate(&self, name: &str, value: &str) {
        self.edit(|object| object["metadata"]["annotations"][name] = json!(value));
    }
    pub(crate) fn raw(&self, name: &str) -> Value {
        self.state(|state| state.objects[name].clone())
    }
    pub(crate) fn now(&self) -> AppGatewayDiagnosis {
        serde_json::from_value(self.raw("shop")).unwrap()
    }
    pub(crate) fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.serve(request).await) }
        });
        Client::new(service, "edge")
    }

    async fn serve(&self, request: Request<Body>) -> Response<Body> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let watch = uri
            .query()
            .is_some_and(|query| query.contains("watch=true"));
        let body = request.into_body().collect_bytes().await.unwrap();
        let sent = || serde_json::from_slice::<Value>(&body).unwrap();
        let path: Vec<&str> = uri.path().split('/').collect();
        let answer = match (&method, path.as_slice()) {
            (_, [.., "events"] | [.., "events", _]) => self.event(&sent()),
            (&Method::PATCH, [.., name, "status"]) => self.write(name, &sent()),
            (&Method::GET, [.., "appgatewaydiagnoses"]) if watch => return self.watch(&uri).await,
            (&Method::GET, [.., "appgatewaydiagnoses"]) => Ok(self.list()),
            (&Method::GET, [.., kind @ ("configmaps" | "secrets"), name]) => self.state(|state| {
                let kept = state.kept.get(&format!("{kind}/{name}")).cloned();
                kept.unwrap_or(Err((404, "NotFound")))
            }),
            (&Method::GET, [.., name]) => self.read(name),
            _ => panic!("this operator never does {method} {uri}"),
        };
        let (code, body) = match answer {
            Ok(body) => (200, body),
            Err((code, reason)) => {
                let mut body = json!({"kind": "Status", "status": "Failure"});
                body["reason"] = json!(reason);
                body["code"] = json!(code);
                (code, body)
            }
        };
        respond(code, serde_json::to_vec(&body).unwrap())
    }

    fn list(&self) -> Value {
        self.state(|state| {
            let items: Vec<&Value> = state.objects.values().collect();
            let metadata = json!({"resourceVersion": state.version.to_string()});
            json!({"apiVersion": "v1", "kind": "List", "metadata": metadata, "items": items})
        })
    }

    fn read(&self, name: &str) -> Answer {
        self.state(|state| {
            state.reads += 1;
            state.objects.get(name).cloned().ok_or((404, "NotFound"))
        })
    }

    fn event(&self, event: &Value) -> Answer {
        self.state(|state| {
            if state.refuse_events {
                return Err((403, "Forbidden"));
            }
            state
                .events
                .push(event["reason"].as_str().unwrap().to_owned());
            Ok(event.clone())
        })
    }

    fn write(&self, name: &str, patch: &Value) -> Answer {
        assert_eq!(
            patch["metadata"].as_object().unwrap().len(),
            1,
            "never metadata"
        );
        assert!(patch.get("spec").is_none(), "never spec");
        self.state(|state| {
            if let Some(meanwhile) = state.meanwhile.take() {
                meanwhile(state);
            }
            let object = state.objects.get(name).ok_or((404, "NotFound"))?;
            if patch["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
                return Err((409, "Conflict"));
            }
            state.writes += 1;
            state.edit(name, |object| object["status"] = patch["status"].clone());
            Ok(state.objects[name].clone())
        })
    }

    /// What happened since the version asked for; a watch with nothing to say ends soon, as those of
    /// a real server end after a minute.
    async fn watch(&self, uri: &http::Uri) -> Response<Body> {
        let since: u64 = uri
            .query()
            .and_then(|query| {
                query
                    .split('&')
                    .find_map(|part| part.strip_prefix("resourceVersion="))
            })
            .and_then(|version| version.parse().ok())
            .unwrap_or_default();
        let changed = self.changed.notified();
        let news = |state: &mut State| {
            let new = state.log.iter().filter(|(version, _)| *version > since);
            new.map(|(_, event)| event.to_string() + "\n")
                .collect::<String>()
        };
        let mut lines = news(&mut self.state.lock().unwrap());
        if lines.is_empty() {
            let _ = timeout(Duration::from_millis(200), changed).await;
            lines = news(&mut self.state.lock().unwrap());
        }
        respond(200, lines.into_bytes())
    }
}

fn respond(code: u16, body: Vec<u8>) -> Response<Body> {
    Response::builder()
        .status(code)
        .body(Body::from(body))
        .unwrap()
}
