//! Whether the API is served, as this plugin knows it.
use super::Seen;
use appgw_crds::{AppGatewayDiagnosis, GROUP, VERSION};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Client, CustomResourceExt as _};
use serde_json::Value;

const CHECK: &str = "CRD";
/// What to do about one that is missing or another one.
const APPLY: &str = "apply crds/appgatewaydiagnoses.yaml of this release";

pub(super) async fn look(client: &Client) -> Seen {
    let name = AppGatewayDiagnosis::crd_name();
    match Api::<CustomResourceDefinition>::all(client.clone())
        .get(name)
        .await
    {
        Ok(served) => compared(&served),
        Err(kube::Error::Api(status)) if status.code == 404 => {
            Seen::remark(CHECK, format!("{name} is not installed: {APPLY}"))
        }
        Err(kube::Error::Api(status)) if status.code == 403 => discovered(client).await,
        Err(error) => Seen::unknown(CHECK, "get customresourcedefinitions", &error),
    }
}

/// Who may not read the CRD may still see what is served.
async fn discovered(client: &Client) -> Seen {
    let version = format!("{GROUP}/{VERSION}");
    match client.list_api_group_resources(&version).await {
        Ok(list) if list.resources.iter().any(|it| it.kind == appgw_crds::KIND) => {
            let error = kube::core::Status::failure("", "Forbidden").with_code(403);
            let what = format!(
                "{version} is served; whether by the schema of this release, get customresourcedefinitions would tell"
            );
            Seen::unknown(CHECK, &what, &kube::Error::Api(error.boxed()))
        }
        Ok(_) => Seen::remark(CHECK, format!("{version} is not served: {APPLY}")),
        Err(kube::Error::Api(status)) if status.code == 404 => {
            Seen::remark(CHECK, format!("{version} is not served: {APPLY}"))
        }
        Err(error) => Seen::unknown(CHECK, &format!("discovery of {version}"), &error),
    }
}

fn compared(served: &CustomResourceDefinition) -> Seen {
    let conditions = served.status.as_ref().and_then(|it| it.conditions.as_ref());
    let established = conditions
        .into_iter()
        .flatten()
        .any(|it| it.type_ == "Established" && it.status == "True");
    if !established {
        return Seen::remark(CHECK, "the API server has not established it");
    }
    let of = |crd: &CustomResourceDefinition| {
        let spec = serde_json::to_value(&crd.spec).unwrap_or_default();
        let versions = spec["versions"].as_array().cloned().unwrap_or_default();
        versions.into_iter().find(|it| it["name"] == VERSION)
    };
    let (Some(ours), Some(theirs)) = (of(&AppGatewayDiagnosis::crd()), of(served)) else {
        return Seen::remark(CHECK, format!("it has no version {VERSION}: {APPLY}"));
    };
    let generation = served.metadata.generation.unwrap_or_default();
    match difference("", &ours, &theirs) {
        None => Seen::ok(
            CHECK,
            format!(
                "{GROUP}/{VERSION} is served as this release knows it (generation {generation})"
            ),
        ),
        Some(place) => Seen::remark(
            CHECK,
            format!(
                "{GROUP}/{VERSION} is served (generation {generation}) and is not that of this release, which differs first in {place}: {APPLY}, or use the plugin that belongs to the operator"
            ),
        ),
    }
}

/// The first place where two values differ; a null is as good as nothing.
fn difference(place: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a
                .keys()
                .chain(b.keys().filter(|name| !a.contains_key(*name)));
            names
                .into_iter()
                .find_map(|name| difference(&format!("{place}.{name}"), &ours[name], &theirs[name]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => (0..)
            .zip(a.iter().zip(b))
            .find_map(|(n, (a, b))| difference(&format!("{place}[{n}]"), a, b)),
        (a, b) if a == b => None,
        _ => Some(place.trim_start_matches('.').to_owned()),
    }
}
