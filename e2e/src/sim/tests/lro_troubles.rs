//! The back-end health operation when things go wrong.

use std::time::Duration;

use super::{
    fixture::{Azure, VERSION, gateway, health, stop_gateway},
    lro::{is_health, started},
};
use crate::sim::{Ending, FirstAnswer, ForeignHost, Health, Options, StoppedHealth};

#[tokio::test]
async fn the_waits_asked_for_grow() {
    let options = Health {
        takes: Duration::ZERO,
        retry_after: Health::growing_waits(),
        ending: Ending::Never,
        ..Health::default()
    };
    let azure = Azure::start(Options {
        health: options,
        ..Options::default()
    })
    .await;
    let mut reply = azure.post(&health()).await;
    let mut waits = vec![reply.header("retry-after").unwrap().to_owned()];
    for _ in 0..7 {
        reply = azure.get(reply.header("location").unwrap()).await;
        assert_eq!(
            reply.header("x-ms-retry-after-ms"),
            None,
            "whole seconds are said as the service does"
        );
        waits.push(reply.header("retry-after").unwrap().to_owned());
    }
    assert_eq!(waits, ["10", "20", "20", "40", "40", "80", "160", "160"]);
}

#[tokio::test]
async fn failed_and_canceled_are_said_inside_200() {
    let failed = Ending::Failed {
        code: "InternalServerError".to_owned(),
        message: String::new(),
    };
    for (ending, status, code) in [
        (failed, "Failed", "InternalServerError"),
        (Ending::Canceled, "Canceled", "Canceled"),
    ] {
        let options = Health {
            ending,
            takes: Duration::ZERO,
            first: FirstAnswer::Both,
            ..Health::default()
        };
        let azure = started(options).await;
        let first = azure.post(&health()).await;
        for url in ["location", "azure-asyncoperation"] {
            let last = azure.get(first.header(url).unwrap()).await;
            assert_eq!(last.status, 200);
            assert_eq!(
                (&last.json()["status"], &last.json()["error"]["code"]),
                (&status.into(), &code.into()),
                "{url}"
            );
        }
    }
}

#[tokio::test]
async fn polls_fail_before_the_end() {
    let options = Health {
        poll_errors: vec![404, 500, 503, 504],
        takes: Duration::ZERO,
        ..Health::default()
    };
    let azure = started(options).await;
    let location = azure
        .post(&health())
        .await
        .header("location")
        .unwrap()
        .to_owned();
    assert_eq!(
        azure.get(&location).await.error(),
        (404, "ResourceNotFound".to_owned())
    );
    assert_eq!(azure.get(&location).await.status, 500);
    let unavailable = azure.get(&location).await;
    assert_eq!((unavailable.status, unavailable.text.as_str()), (503, ""));
    let timeout = azure.get(&location).await;
    assert_eq!(timeout.error(), (504, "GatewayTimeout".to_owned()));
    assert_eq!(timeout.header("x-ms-failure-cause"), Some("service"));
    assert!(is_health(&azure.get(&location).await));
}

#[tokio::test]
async fn urls_on_another_host_with_another_version_and_long() {
    let azure = started(Health::default()).await;
    let foreign = ForeignHost::start(&azure.sim).await.unwrap();
    azure.sim.change(|options| {
        options.health.other_origin = Some(foreign.origin().to_owned());
        options.health.other_api_version = Some("2024-07-01".to_owned());
        options.health.long_urls = true;
    });
    let first = azure.post(&health()).await;
    let location = first.header("location").unwrap();
    assert!(
        location.starts_with(foreign.origin()) && location.contains("?api-version=2024-07-01&"),
        "{location}"
    );
    assert!(location.len() > 4096);
    assert_eq!((foreign.connections(), foreign.requests().len()), (0, 0));

    azure.get(location).await;
    assert_eq!(foreign.connections(), 1);
    let leaked = &foreign.requests()[0];
    assert_eq!(
        (leaked.method.as_str(), leaked.target.as_str()),
        ("GET", &location[foreign.origin().len()..])
    );
    assert_eq!(
        leaked.authorization,
        Some(format!("Bearer {}", azure.token().await))
    );
    foreign.stop().await;
}

#[tokio::test]
async fn a_stopped_gateway() {
    let azure = started(Health {
        takes: Duration::ZERO,
        ..Health::default()
    })
    .await;
    azure.sim.world(stop_gateway);
    let first = azure.post(&health()).await;
    let last = azure.get(first.header("location").unwrap()).await;
    assert_eq!(last.json()["backendAddressPools"], serde_json::json!([]));
    azure
        .sim
        .change(|options| options.health.stopped = StoppedHealth::Refused);
    assert_eq!(
        azure.post(&health()).await.error(),
        (409, "OperationNotAllowed".to_owned())
    );
}

#[tokio::test]
async fn a_gateway_that_is_not_there() {
    let azure = started(Health::default()).await;
    let path = format!(
        "{}/backendhealth?{VERSION}",
        gateway().replace("/gw", "/none")
    );
    assert_eq!(
        azure.post(&path).await.error(),
        (404, "ResourceNotFound".to_owned())
    );
}
