//! Faults below HTTP, as a client feels them.

use std::time::Duration;

use reqwest::Method;

use super::faults::{injected, path};
use crate::sim::Fault;

#[tokio::test]
async fn a_reset_before_the_answer() {
    let azure = injected(Fault::Reset).await;
    let error = azure.send(Method::GET, &path()).await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(
        format!("{error:?}").contains("ConnectionReset"),
        "{error:?}"
    );
    let request = azure.sim.requests_to("/applicationGateways/").remove(0);
    assert_eq!(
        (request.status, request.fault.as_deref()),
        (None, Some("Reset"))
    );
}

#[tokio::test]
async fn a_body_cut_half_way() {
    let azure = injected(Fault::CutBody).await;
    let token = azure.token().await;
    let url = format!("{}{}", azure.sim.origin(), path());
    let mut response = azure.http.get(url).bearer_auth(token).send().await.unwrap();
    let promised: usize = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut came = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => came += chunk.len(),
            Ok(None) => panic!("{came} of {promised} bytes taken for all"),
            Err(error) => break error,
        }
    };
    assert_eq!(came, promised / 2, "{error:?}");
    assert!(
        format!("{error:?}").contains("ConnectionReset"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_content_length_that_is_off() {
    let azure = injected(Fault::WrongLength { by: 10 }).await;
    let error = azure.send(Method::GET, &path()).await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");

    let azure = injected(Fault::WrongLength { by: -10 }).await;
    let reply = azure.get(&path()).await;
    assert!(
        serde_json::from_str::<serde_json::Value>(&reply.text).is_err(),
        "{}",
        reply.text
    );
}

#[tokio::test]
async fn an_answer_that_never_comes_and_one_that_comes_in_pieces() {
    let azure = injected(Fault::Silence).await;
    let url = format!("{}{}", azure.sim.origin(), path());
    let request = azure
        .http
        .get(url)
        .timeout(Duration::from_millis(300))
        .send();
    assert!(request.await.unwrap_err().is_timeout());
    assert_eq!(
        azure.sim.requests_to("/applicationGateways/")[0].status,
        None
    );
    // A request that never ends must not keep the simulator from stopping.
    azure.sim.stop().await;

    let azure = injected(Fault::Slow {
        piece: 50,
        every_ms: 1,
    })
    .await;
    let reply = azure.get(&path()).await;
    assert_eq!(
        (
            reply.json()["name"].as_str(),
            reply.header("content-length")
        ),
        (Some("gw"), None)
    );
}
