//! Every other recorded answer: not read by any step yet, but none may be lost on the way.
use crate::{folder, limits, read, recorded, server::Server, support};
use appgw_operator::azure::Reader;
use serde_json::json;

/// File, a place in it, and what is there.
const DOCUMENTS: &[(&str, &str, &str)] = &[
    (
        "diag-py-get-200-diagnosticsettingscategories",
        "/name",
        "\"WorkflowRuntime\"",
    ),
    (
        "diag-py-get-200-microsoft.insights",
        "/value/0/name",
        "\"WorkflowRuntime\"",
    ),
    (
        "metric-definitions",
        "/value/0/name/value",
        "\"UsedCapacity\"",
    ),
    (
        "pip-put-201-2025-09-01-aao-other-version",
        "/properties/ddosSettings/protectionMode",
        "\"VirtualNetworkInherited\"",
    ),
    (
        "resource-after-failed-lro",
        "/properties/provisioningState",
        "\"Failed\"",
    ),
    (
        "subnet-put-200",
        "/properties/addressPrefix",
        "\"10.0.0.0/24\"",
    ),
    (
        "web-hostnamebindings-get",
        "/value/0/name",
        "\"web-ssl-test000003/web-ssl-test000003.azurewebsites.net\"",
    ),
    (
        "web-hostnamebindings-list",
        "/value/0/name",
        "\"webapp5-1428352988/webapp5-1428352988.azurewebsites.net\"",
    ),
    (
        "web-hostnamebindings-put",
        "/name",
        "\"test-webapp-hostname/adorenow.net\"",
    ),
    (
        "web-py-get-200-sourcecontrols",
        "/type",
        "\"Microsoft.Web/sites/sourcecontrols\"",
    ),
    ("web-py-put-201-sourcecontrols", "/name", "\"mysitexxyzz\""),
];

const TOKEN: &str = "entra-token-client-credentials-200";

pub(crate) fn names() -> Vec<&'static str> {
    DOCUMENTS
        .iter()
        .map(|(name, ..)| *name)
        .chain([TOKEN])
        .collect()
}

#[tokio::test]
async fn every_other_answer_is_kept() {
    if folder().is_none() {
        return;
    }
    for (name, place, value) in DOCUMENTS {
        let (_, answer, remarks) = read(name).await;
        let body = answer.unwrap_or_else(|gap| panic!("{name}: {gap}"));
        let there = body.pointer(place).map(ToString::to_string);
        assert_eq!(there.as_deref(), Some(*value), "{name}");
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
}

#[tokio::test]
async fn the_recorded_token_is_one() {
    if folder().is_none() {
        return;
    }
    let token = recorded(TOKEN).answer;
    let azure = Server::start(move |seen| match seen.method.as_str() {
        "POST" => token.clone(),
        _ => crate::server::Answer::json(200, &json!({})),
    })
    .await;
    let reader = Reader::new(&support::settings(&azure), limits()).unwrap();
    reader
        .answer(&support::document(support::GATEWAY))
        .await
        .unwrap();
    assert_eq!(
        azure.asked()[0].header("authorization"),
        Some("Bearer REDACTED")
    );
}
