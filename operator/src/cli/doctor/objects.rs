//! How the objects are, and whether approvals are guarded.
use super::{Scope, Seen};
use crate::conditions::{AZURE_REACHABLE, READY, STALLED};
use appgw_crds::{AppGatewayDiagnosis, GROUP, VERSION};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::{
    Api, Client, Resource as _, ResourceExt as _,
    api::{ApiResource, DynamicObject, ListParams},
};
use serde_json::Value;

/// Objects a page.
const PAGE: u32 = 250;
/// Objects that are named one by one.
const NAMED: usize = 20;
/// How long an object may wait for its first visit, or one after a change.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Everything the objects complain of, worst first by name; how many there are if they do not.
pub(super) async fn look(client: &Client, scope: &Scope) -> Vec<Seen> {
    const CHECK: &str = "objects";
    // Read leniently: one that nobody can read must not hide the others.
    let kind = ApiResource::erase::<AppGatewayDiagnosis>(&());
    let api: Api<DynamicObject> = match &scope.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind),
        None => Api::all_with(client.clone(), &kind),
    };
    let (mut all, mut page) = (0_usize, ListParams::default().limit(PAGE));
    let mut seen = Vec::new();
    loop {
        let list = match api.list(&page).await {
            Ok(list) => list,
            Err(kube::Error::Api(status)) if status.code == 404 => {
                return vec![Seen::remark(
                    CHECK,
                    format!("{GROUP}/{VERSION} is not served"),
                )];
            }
            Err(error) => {
                let what = format!("list {}", AppGatewayDiagnosis::plural(&()));
                seen.push(Seen::unknown(CHECK, &what, &error));
                return seen;
            }
        };
        all += list.items.len();
        let now = Timestamp::now();
        for object in &list.items {
            if let Some(why) = trouble(object, now) {
                let name = object.name_any();
                let place = object.namespace().unwrap_or_default();
                seen.push(Seen::remark(CHECK, format!("{place}/{name}: {why}")));
            }
        }
        match list.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => page = page.continue_token(&token),
            None => break,
        }
    }
    if seen.is_empty() {
        return vec![Seen::ok(CHECK, format!("{all} in all, none in trouble"))];
    }
    let more = seen.len().saturating_sub(NAMED);
    seen.truncate(NAMED);
    if more > 0 {
        seen.push(Seen::remark(
            CHECK,
            format!("and {more} more, of {all} in all"),
        ));
    }
    seen
}

/// What keeps an object from being diagnosed, or kept its last diagnosis from an end.
fn trouble(object: &DynamicObject, now: Timestamp) -> Option<String> {
    let status = &object.data["status"];
    let conditions = status["conditions"].as_array();
    let find = |kind: &str| {
        let mut all = conditions.into_iter().flatten();
        all.find(|it| it["type"] == kind)
    };
    let said = |condition: &Value| {
        let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("reason"), text("message"))
    };
    let ready = find(READY);
    let reason = ready.map_or("", |it| it["reason"].as_str().unwrap_or_default());
    if let Some(stalled) = find(STALLED).filter(|it| it["status"] == "True") {
        // Ready names what is wrong, Stalled says that nothing happens before the spec changes.
        let why = said(ready.unwrap_or(stalled));
        return Some(format!("{why}; nothing happens before the spec changes"));
    }
    if reason == "AzureUnreachable" {
        let why = find(AZURE_REACHABLE)
            .or(ready)
            .map(said)
            .unwrap_or_default();
        return Some(format!("AzureUnreachable, {why}"));
    }
    if ["Suspended", "Paused"].contains(&reason) {
        return ready.map(said);
    }
    let since = |at: Option<&Timestamp>| at.map(|at| now.duration_since(*at));
    let created = object.metadata.creation_timestamp.as_ref().map(|it| &it.0);
    let waits = since(created).is_some_and(|since| since > PATIENCE);
    let observed = status["observedGeneration"].as_i64();
    match (observed, object.metadata.generation) {
        (None, _) if waits => Some("never visited".to_owned()),
        (Some(seen), Some(generation)) if seen < generation && waits => Some(format!(
            "generation {generation} was not dealt with yet, {seen} was"
        )),
        _ => None,
    }
}

/// Whether something guards who may approve. This release approves nothing, with or without.
pub(super) async fn guard(client: &Client) -> Seen {
    const CHECK: &str = "guard";
    let policies = Api::<ValidatingAdmissionPolicy>::all(client.clone());
    let bindings = Api::<ValidatingAdmissionPolicyBinding>::all(client.clone());
    let every = ListParams::default();
    let (policies, bindings) = futures::join!(policies.list(&every), bindings.list(&every));
    let (policies, bindings) = match (policies, bindings) {
        (Ok(policies), Ok(bindings)) => (policies.items, bindings.items),
        (Err(error), _) => {
            return Seen::unknown(CHECK, "list validatingadmissionpolicies", &error);
        }
        (_, Err(error)) => {
            return Seen::unknown(CHECK, "list validatingadmissionpolicybindings", &error);
        }
    };
    let ours = policies.iter().filter(|policy| is_about_us(policy));
    let ours: Vec<String> = ours.map(ValidatingAdmissionPolicy::name_any).collect();
    if ours.is_empty() {
        let says =
            "no approval guard: nothing can be approved (and this release has nothing to approve)";
        return Seen::remark(CHECK, says);
    }
    let denies = |policy: &String| {
        bindings.iter().any(|binding| {
            let spec = binding.spec.as_ref();
            let names = spec.and_then(|it| it.policy_name.as_ref()) == Some(policy);
            let actions = spec.and_then(|it| it.validation_actions.as_ref());
            names && actions.into_iter().flatten().any(|action| action == "Deny")
        })
    };
    let idle: Vec<&str> = ours
        .iter()
        .filter(|policy| !denies(policy))
        .map(String::as_str)
        .collect();
    if idle.is_empty() {
        Seen::ok(
            CHECK,
            format!("policies {} refuse what they find wrong", ours.join(", ")),
        )
    } else {
        let says = format!(
            "no binding lets {} refuse anything: no approval guard",
            idle.join(", ")
        );
        Seen::remark(CHECK, says)
    }
}

fn is_about_us(policy: &ValidatingAdmissionPolicy) -> bool {
    let spec = policy.spec.as_ref();
    let matched = spec.and_then(|it| it.match_constraints.as_ref());
    let rules = matched.and_then(|it| it.resource_rules.as_ref());
    let groups = rules
        .into_iter()
        .flatten()
        .filter_map(|it| it.api_groups.as_ref());
    groups.flatten().any(|group| group == GROUP)
}
