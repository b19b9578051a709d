//! An object that is stored and not readable as ours: it is told so, and the others go on.
use crate::{
    conditions,
    error::{Class, Error, chain},
    status::{self, in_time},
    wire,
};
use appgw_crds::{AppGatewayDiagnosis, Verdict, limits};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject},
};
use serde_json::{Value, json};

/// What is kept of a status that is not readable: what was decided must not get lost.
const KEPT: [&str; 2] = ["approvals", "ledger"];

/// Looks at the object as it is stored. One whose status alone is not readable, such as that of
/// a newer version, and that has no decisions in it, comes back without; any other gets a condition
/// that says `why`, as far as the API server accepts it.
pub async fn tell(
    client: &Client,
    namespace: &str,
    name: &str,
    why: &str,
) -> Result<Option<AppGatewayDiagnosis>, Error> {
    let kind = ApiResource::erase::<AppGatewayDiagnosis>(&());
    let api = Api::<DynamicObject>::namespaced_with(client.clone(), namespace, &kind);
    let seen = in_time(api.get(name)).await?;
    let status = seen.data.get("status").cloned().unwrap_or_default();
    if let Some(readable) = without_status(&seen, &status) {
        return Ok(Some(readable));
    }
    let before = conditions_of(&status);
    let generation = seen.metadata.generation;
    let why = wire::line(
        &format!("not readable by this version: {why}"),
        limits::LINE,
    );
    let told = conditions::refused(&why);
    let next = conditions::settled(&before, told, generation, Timestamp::now());
    if next == before {
        return Ok(None);
    }
    let mut next = json!({
        "conclusion": why,
        "conditions": next,
        "observedGeneration": generation,
        "verdict": Verdict::CannotDiagnose,
    });
    for part in KEPT {
        if let Some(value) = status.get(part) {
            next[part] = value.clone();
        }
    }
    // That it moved is no matter: its change wakes us.
    match status::save_raw(&api, &seen, &next).await {
        Ok(_) => Ok(None),
        Err(error) if error.class() == Class::NeedsHuman => Err(Error::Malformed(chain(&error))),
        Err(error) => Err(error),
    }
}

fn without_status(seen: &DynamicObject, status: &Value) -> Option<AppGatewayDiagnosis> {
    if KEPT.iter().any(|part| status.get(part).is_some()) {
        return None;
    }
    let mut object = serde_json::to_value(seen).ok()?;
    object.as_object_mut()?.remove("status");
    serde_json::from_value(object).ok()
}

fn conditions_of(status: &Value) -> Vec<Condition> {
    let conditions = status.get("conditions").cloned().unwrap_or_default();
    serde_json::from_value(conditions).unwrap_or_default()
}
