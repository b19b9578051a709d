use crate::{
    server::Answer,
    support::{GATEWAY, SECOND, document, health, reader, server},
};
use futures::FutureExt;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn two_in_one_moment_share_one_request_health_included() {
    let azure = server(|seen, _| {
        let place = format!("https://{}/op", seen.header("host").unwrap());
        let answer = match seen.method.as_str() {
            "POST" => Answer::new(202, "null").with("location", &place),
            _ => Answer::json(200, &json!({"backendAddressPools": []})),
        };
        Answer {
            after: SECOND / 10,
            ..answer
        }
    })
    .await;
    let one = reader(&azure);
    let other = one.clone();
    for query in [document(GATEWAY), health()] {
        let (a, b) = futures::join!(one.ask(&query), other.ask(&query));
        assert!(Arc::ptr_eq(&a, &b));
    }
    let later = one.ask(&document(GATEWAY)).now_or_never();
    assert!(later.is_some(), "just heard");
    assert_eq!(azure.asked().len(), 3);
    one.fresh().ask(&document(GATEWAY)).await;
    assert_eq!(azure.asked().len(), 4, "a run-now asks afresh");
}

#[tokio::test]
async fn what_nobody_waits_for_is_not_asked_on() {
    let azure = server(|seen, _| {
        let place = format!("https://{}/op", seen.header("host").unwrap());
        Answer::new(202, "null").with("location", &place)
    })
    .await;
    let reader = reader(&azure);
    let asked = timeout(SECOND / 4, reader.ask(&health())).await;
    assert!(asked.is_err(), "still under way, and dropped here");
    let polls = azure.asked().len();
    assert!(polls > 1, "{polls}");
    sleep(SECOND / 4).await;
    assert!(
        azure.asked().len() <= polls + 1,
        "one may have been on its way"
    );
    drop(reader);
    sleep(Duration::from_millis(50)).await;
}
