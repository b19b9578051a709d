//! One object under guard, and the ways in which people change it.
use super::{
    people::{OPERATOR, Person},
    stage::Guarded,
};
use kube::{
    Api,
    api::{DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::{Map, Value, json};

/// How a request changes an object. What holds by one has to hold by all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// A merge patch, as `kubectl annotate` sends it.
    Patch,
    /// The whole object, as `kubectl replace` sends it.
    Put,
    /// Server-side apply by a field manager of the person's own.
    Apply,
}

/// All of them.
pub(crate) const WAYS: [Way; 3] = [Way::Patch, Way::Put, Way::Apply];

/// An answer of the API server that is no object.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) message: String,
}

/// What came of a request.
pub(crate) type Tried = Result<Value, Refusal>;

/// An object with its place.
pub(crate) struct Case<'g> {
    pub(crate) guarded: &'g Guarded,
    pub(crate) name: String,
    namespace: String,
}

impl<'g> Case<'g> {
    pub(super) fn new(guarded: &'g Guarded, namespace: &str, name: String) -> Self {
        Self {
            guarded,
            name,
            namespace: namespace.to_owned(),
        }
    }

    async fn api(&self, who: &Person) -> Api<DynamicObject> {
        self.guarded.api(who, &self.namespace).await
    }

    /// The object as it is.
    pub(crate) async fn object(&self) -> Value {
        let all = self.guarded.all(&self.namespace).await;
        serde_json::to_value(all.get(&self.name).await.unwrap()).unwrap()
    }

    /// One of its annotations, by what comes after `appgwdiag.dev/`.
    pub(crate) async fn annotation(&self, key: &str) -> Option<String> {
        let object = self.object().await;
        let found = object.pointer(&format!("/metadata/annotations/appgwdiag.dev~1{key}"));
        found.and_then(Value::as_str).map(str::to_owned)
    }

    /// Write a part of status, as the operator.
    pub(crate) async fn status(&self, part: Value) {
        let patch = Patch::Merge(json!({"status": part}));
        let api = self.api(&OPERATOR).await;
        let written = api
            .patch_status(&self.name, &PatchParams::default(), &patch)
            .await;
        written.unwrap();
    }

    /// Offer these plans, as the operator does, in place of those before.
    pub(crate) async fn offer(&self, plans: &[&str]) {
        let state = "AwaitingApproval";
        let plans = plans.iter();
        let plans: Vec<Value> = plans
            .map(|id| json!({"id": id, "state": state, "title": "helps"}))
            .collect();
        self.status(json!({"plans": plans})).await;
    }

    /// The outcome of a decision, as the operator writes it down.
    pub(crate) async fn ended(&self, id: &str, outcome: &str) {
        let decision = if outcome == "Rejected" {
            "Rejected"
        } else {
            "Approved"
        };
        let ended = json!({"id": id, "decision": decision, "outcome": outcome});
        self.status(json!({"approvals": [ended]})).await;
    }

    /// A change of annotations, by keys without the prefix; `Value::Null` takes one away.
    pub(crate) async fn annotate(&self, who: &Person, way: Way, these: Value) -> Tried {
        let change = json!({"metadata": {"annotations": prefixed(&these)}});
        self.change(who, way, &change).await
    }

    /// A change of anything, as a merge patch says it.
    pub(crate) async fn change(&self, who: &Person, way: Way, change: &Value) -> Tried {
        let api = self.api(who).await;
        let answer = match way {
            Way::Patch => {
                let how = PatchParams::default();
                api.patch(&self.name, &how, &Patch::Merge(change)).await
            }
            Way::Put => {
                let mut whole = self.object().await;
                merge(&mut whole, change);
                let whole: DynamicObject = serde_json::from_value(whole).unwrap();
                api.replace(&self.name, &PostParams::default(), &whole)
                    .await
            }
            Way::Apply => {
                let mut part = change.clone();
                part["apiVersion"] = json!("appgwdiag.dev/v1alpha1");
                part["kind"] = json!("AppGatewayDiagnosis");
                let how = PatchParams::apply("by-hand").force();
                api.patch(&self.name, &how, &Patch::Apply(part)).await
            }
        };
        told(answer)
    }

    /// Approve these ids in one's own name, in a patch.
    pub(crate) async fn approve(&self, who: &Person, ids: &str) -> Tried {
        self.annotate(who, Way::Patch, approval(who, ids)).await
    }

    /// Reject these ids in one's own name, in a patch.
    pub(crate) async fn reject(&self, who: &Person, ids: &str) -> Tried {
        let these = json!({"reject": ids, "rejected-by": who.user});
        self.annotate(who, Way::Patch, these).await
    }
}

/// The annotations of an approval in one's own name.
pub(crate) fn approval(who: &Person, ids: &str) -> Value {
    json!({"approve": ids, "approved-by": who.user})
}

/// A plan id that nobody offered yet; another number, another id.
pub(crate) fn id(method: &str, number: u32) -> String {
    format!("{method}-{number:032x}")
}

/// The same with the prefix of our annotations.
pub(crate) fn prefixed(these: &Value) -> Value {
    let all = these.as_object().unwrap().iter();
    let all = all.map(|(key, value)| (format!("appgwdiag.dev/{key}"), value.clone()));
    Value::Object(all.collect::<Map<_, _>>())
}

/// The API server's answer.
pub(crate) fn told(answer: Result<DynamicObject, kube::Error>) -> Tried {
    match answer {
        Ok(object) => Ok(serde_json::to_value(object).unwrap()),
        Err(kube::Error::Api(status)) => Err(Refusal {
            code: status.code,
            message: status.message.clone(),
        }),
        Err(other) => panic!("{other}"),
    }
}

/// It was refused with this code, by this policy, in these words.
#[track_caller]
pub(crate) fn refused(tried: &Tried, code: u16, policy: &str, words: &str) {
    let Err(refusal) = tried else {
        panic!("not refused: {tried:?}");
    };
    let by = format!("ValidatingAdmissionPolicy '{policy}'");
    assert!(
        refusal.code == code && refusal.message.contains(&by) && refusal.message.contains(words),
        "expected {code} by {policy} with {words:?}: {refusal:?}"
    );
}

/// It was let through.
#[track_caller]
pub(crate) fn allowed(tried: &Tried) {
    assert!(tried.is_ok(), "{tried:?}");
}

fn merge(whole: &mut Value, change: &Value) {
    let (Value::Object(whole), Value::Object(change)) = (&mut *whole, change) else {
        *whole = change.clone();
        return;
    };
    for (key, value) in change {
        if value.is_null() {
            whole.remove(key);
        } else {
            merge(whole.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
