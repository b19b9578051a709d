//! The back-end health operation as recorded, and in its other forms.

use std::time::Duration;

use super::fixture::{Azure, Reply, delete_gateway, health, quick, set_back_end};
use crate::sim::{Ending, FirstAnswer, Health, Options, world::Listens};

pub(super) async fn started(health: Health) -> Azure {
    Azure::start(Options { health, ..quick() }).await
}

/// Polls the `Location` of each answer until one is not 202; all answers, the last one included.
async fn polled(azure: &Azure, first: Reply) -> Vec<Reply> {
    let mut replies = vec![first];
    while let Some(last) = replies.last().filter(|last| last.status == 202) {
        assert!(replies.len() < 10_000, "it never ended");
        let next = azure.get(last.header("location").unwrap()).await;
        replies.push(next);
    }
    replies
}

pub(super) fn is_health(reply: &Reply) -> bool {
    reply.status == 200 && reply.json()["backendAddressPools"].is_array()
}

#[tokio::test]
async fn location_only_as_recorded() {
    let azure = started(Health {
        takes: Duration::from_secs(100),
        ..Health::default()
    })
    .await;
    let first = azure.post(&health()).await;
    assert_eq!((first.status, first.text.as_str()), (202, "null"));
    assert_eq!(first.header("azure-asyncoperation"), None);
    assert_eq!(first.header("azure-asyncnotification"), Some("Enabled"));
    assert_eq!(first.header("etag"), None);
    assert_eq!(
        first.header("x-ms-ratelimit-remaining-subscription-writes"),
        Some("199")
    );
    // Ten seconds at a thousandth.
    assert_eq!(
        (
            first.header("retry-after"),
            first.header("x-ms-retry-after-ms")
        ),
        (Some("0"), Some("10"))
    );
    let location = first.header("location").unwrap().to_owned();
    assert!(
        location.contains("/providers/Microsoft.Network/locations/westeurope/operationResults/"),
        "{location}"
    );

    let replies = polled(&azure, first).await;
    let (last, pending) = replies.split_last().unwrap();
    assert!(
        pending.len() > 1
            && pending
                .iter()
                .all(|reply| reply.text == "null" && reply.header("retry-after").is_some())
    );
    assert!(is_health(last));
    assert_eq!(last.header("retry-after"), None);
    assert!(
        last.header("location").is_some(),
        "which does not mean that it goes on"
    );
    assert!(
        is_health(&azure.get(&location).await),
        "an older URL goes on working"
    );
}

#[tokio::test]
async fn only_a_url_that_was_handed_out_can_be_polled() {
    let azure = started(Health {
        takes: Duration::ZERO,
        ..Health::default()
    })
    .await;
    let location = azure
        .post(&health())
        .await
        .header("location")
        .unwrap()
        .to_owned();
    let (path, query) = location.split_once('?').unwrap();
    let (version, _) = query.split_once('&').unwrap();
    for rebuilt in [
        format!("{path}?{version}"),
        location.to_lowercase(),
        format!("{location}&x=1"),
    ] {
        assert_eq!(azure.get(&rebuilt).await.status, 404, "{rebuilt}");
    }
    assert!(is_health(&azure.get(&location).await));
}

#[tokio::test]
async fn the_document_is_of_the_world_at_the_end() {
    let azure = started(Health {
        ending: Ending::Never,
        ..Health::default()
    })
    .await;
    let location = azure
        .post(&health())
        .await
        .header("location")
        .unwrap()
        .to_owned();
    assert_eq!(azure.get(&location).await.status, 202);
    azure.sim.world(delete_gateway);
    azure
        .sim
        .change(|options| (options.health.ending, options.time_scale) = (Ending::Document, 0.0));
    let replies = polled(&azure, azure.get(&location).await).await;
    assert_eq!(
        replies.last().map(Reply::error),
        Some((404, "ResourceNotFound".to_owned())),
        "it was deleted mid-way"
    );
}

#[tokio::test]
async fn at_once() {
    let azure = started(Health {
        first: FirstAnswer::AtOnce,
        ..Health::default()
    })
    .await;
    let reply = azure.post(&health()).await;
    assert!(is_health(&reply));
    assert_eq!(
        (
            reply.header("location"),
            reply.header("azure-asyncoperation")
        ),
        (None, None)
    );
}

#[tokio::test]
async fn async_operation_only_never_gives_the_document() {
    let options = Health {
        first: FirstAnswer::AsyncOperation,
        takes: Duration::ZERO,
        ..Health::default()
    };
    let azure = started(options).await;
    let first = azure.post(&health()).await;
    assert_eq!((first.status, first.header("location")), (202, None));
    let operation = first.header("azure-asyncoperation").unwrap();
    assert!(operation.contains("/operations/"), "{operation}");
    let last = azure.get(operation).await;
    assert_eq!(
        (last.status, last.text.as_str()),
        (200, r#"{"status":"Succeeded"}"#)
    );
}

#[tokio::test]
async fn both_headers_lead_to_the_same_end() {
    let azure = started(Health {
        first: FirstAnswer::Both,
        ending: Ending::Never,
        ..Health::default()
    })
    .await;
    let first = azure.post(&health()).await;
    let (operation, location) = (
        first.header("azure-asyncoperation").unwrap(),
        first.header("location").unwrap(),
    );
    let pending = azure.get(operation).await;
    assert_eq!(
        (pending.status, pending.text.as_str()),
        (200, r#"{"status":"InProgress"}"#)
    );
    assert!(pending.header("retry-after").is_some());
    azure.sim.change(|options| {
        options.health = Health {
            takes: Duration::ZERO,
            ..Health::default()
        }
    });
    let second = azure.post(&health()).await;
    assert!(
        is_health(&azure.get(second.header("location").unwrap()).await),
        "operations do not mix"
    );
    while azure.get(operation).await.json()["status"] != "Succeeded" {}
    assert!(is_health(&azure.get(location).await));
}

#[tokio::test]
async fn neither_header() {
    let azure = started(Health {
        first: FirstAnswer::Neither,
        ..Health::default()
    })
    .await;
    let first = azure.post(&health()).await;
    assert_eq!(first.status, 202);
    assert_eq!(
        (
            first.header("location"),
            first.header("azure-asyncoperation")
        ),
        (None, None)
    );
}

#[tokio::test]
async fn a_back_end_repaired_while_the_operation_runs_is_healthy_at_its_end() {
    let azure = started(Health {
        takes: Duration::ZERO,
        ..Health::default()
    })
    .await;
    let server = |reply: &Reply| {
        let pools = reply.json()["backendAddressPools"].clone();
        pools[0]["backendHttpSettingsCollection"][0]["servers"][0].clone()
    };
    azure
        .sim
        .world(|world| set_back_end(world, Listens::Refused));
    let broken = azure.post(&health()).await;
    let broken = azure.get(broken.header("location").unwrap()).await;
    assert_eq!(server(&broken)["health"], "Unhealthy", "{broken:?}");
    assert_eq!(server(&broken)["address"], "10.0.1.4");

    let first = azure.post(&health()).await;
    azure.sim.world(|world| set_back_end(world, Listens::Open));
    let repaired = azure.get(first.header("location").unwrap()).await;
    assert_eq!(server(&repaired)["health"], "Healthy", "{repaired:?}");
    azure
        .sim
        .world(|world| set_back_end(world, Listens::Refused));
    let again = azure.get(first.header("location").unwrap()).await;
    assert_eq!(again.json(), repaired.json(), "what was said once stays so");
}

#[tokio::test]
async fn references_are_whole_objects_if_asked_for() {
    let azure = started(Health {
        first: FirstAnswer::AtOnce,
        ..Health::default()
    })
    .await;
    let plain = azure.post(&health()).await.json();
    let pool = &plain["backendAddressPools"][0]["backendAddressPool"];
    assert_eq!(
        pool.as_object().map(serde_json::Map::len),
        Some(1),
        "{pool}"
    );
    let whole = azure
        .post(&format!("{}&$expand=true", health()))
        .await
        .json();
    let whole = &whole["backendAddressPools"][0];
    assert_eq!(whole["backendAddressPool"]["id"], pool["id"]);
    assert_eq!(whole["backendAddressPool"]["name"], "web");
    let settings = &whole["backendHttpSettingsCollection"][0]["backendHttpSettings"];
    assert_eq!(settings["properties"]["port"], 80, "{settings}");
}
