use crate::{
    server::Answer,
    support::{
        GATEWAY, SECOND, ask, document, error, health, limits, reader, server, settings, why,
    },
};
use appgw_operator::azure::{Limits, Reader};
use appgw_runbook::facts::Gap;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn f61_a_read_that_fails_in_passing_is_sent_three_times_at_most() {
    for status in [408, 500, 502, 503, 504] {
        let azure = server(move |_, number| match number {
            0 | 1 => error(status, "Trouble", "m"),
            _ => Answer::json(200, &json!({})),
        })
        .await;
        assert!(ask(&azure).await.is_ok());
        assert_eq!(azure.asked().len(), 3);
    }
    for query in [document(GATEWAY), health()] {
        let azure = server(|_, _| error(503, "ServerTimeout", "m")).await;
        let said = why(reader(&azure).answer(&query).await);
        assert_eq!(said, "HTTP 503 ServerTimeout: m");
        assert_eq!(azure.asked().len(), 3);
    }
    for status in [400, 403, 404, 409, 412] {
        let azure = server(move |_, _| error(status, "Final", "m")).await;
        assert!(ask(&azure).await.is_err());
        assert_eq!(azure.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn f62_a_connection_that_breaks_is_tried_again() {
    let azure = server(|_, number| Answer {
        cut: number < 2,
        ..Answer::json(200, &json!({"name": "gw"}))
    })
    .await;
    assert_eq!(ask(&azure).await, Ok(json!({"name": "gw"})));
    let azure = server(|_, _| Answer {
        cut: true,
        ..Answer::json(200, &json!({"name": "gw"}))
    })
    .await;
    assert!(matches!(ask(&azure).await, Err(Gap::Unreachable { .. })));
    assert_eq!(azure.asked().len(), 3);
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let silence = Answer {
        silence: true,
        ..Answer::new(200, "{}")
    };
    let azure = server(move |_, _| silence.clone()).await;
    let limits = Limits {
        request: SECOND / 4,
        question: SECOND,
        ..limits()
    };
    let reader = Reader::new(&settings(&azure), limits).unwrap();
    let start = Instant::now();
    assert_eq!(reader.answer(&document(GATEWAY)).await, Err(Gap::TimedOut));
    assert!(
        start.elapsed() < SECOND + SECOND / 4,
        "{:?}",
        start.elapsed()
    );
    assert!(azure.asked().len() <= 3);
}

#[tokio::test]
async fn an_operation_that_never_ends_ends_at_the_deadline() {
    let azure = server(|seen, _| {
        let place = format!("https://{}/op", seen.header("host").unwrap());
        Answer::new(202, "null").with("location", &place)
    })
    .await;
    let limits = Limits {
        health: SECOND,
        ..limits()
    };
    let reader = Reader::new(&settings(&azure), limits).unwrap();
    let start = Instant::now();
    assert_eq!(reader.answer(&health()).await, Err(Gap::TimedOut));
    assert!(start.elapsed() < SECOND * 3 / 2);
}

#[tokio::test]
async fn polls_that_fail_in_passing_do_not_end_the_operation() {
    let azure = server(|seen, number| {
        let place = format!("https://{}/op", seen.header("host").unwrap());
        match number {
            0 => Answer::new(202, "null").with("location", &place),
            1 => error(404, "OperationNotFound", "m"),
            2 => Answer::new(503, ""),
            3 => Answer {
                cut: true,
                ..Answer::new(200, "{\"half\": true}")
            },
            4 => error(429, "TooManyRequests", "m").with("retry-after", "0"),
            _ => Answer::json(200, &json!({"backendAddressPools": []})),
        }
    })
    .await;
    let answer = reader(&azure).answer(&health()).await;
    assert_eq!(answer, Ok(json!({"backendAddressPools": []})));
    let posts = azure
        .asked()
        .iter()
        .filter(|one| one.method == "POST")
        .count();
    assert_eq!(posts, 1, "a failed poll begins nothing anew");
}

#[tokio::test]
async fn f60_what_azure_asks_to_wait_is_waited_if_it_fits() {
    let azure = server(|_, number| match number {
        0 => error(429, "TooManyRequests", "m").with("retry-after", "1"),
        _ => Answer::json(200, &json!({})),
    })
    .await;
    let start = Instant::now();
    assert!(ask(&azure).await.is_ok());
    assert!(start.elapsed() >= SECOND);

    let azure =
        server(|_, _| error(429, "TooManyRequests", "m").with("retry-after", "86400")).await;
    let reader = reader(&azure);
    let throttled = |seconds| {
        Err(Gap::Throttled {
            retry_after: Some(seconds),
        })
    };
    let start = Instant::now();
    assert_eq!(reader.answer(&document(GATEWAY)).await, throttled(86_400));
    assert!(start.elapsed() < SECOND, "not waited for");
    assert_eq!(azure.asked().len(), 1);
    // Everybody in the subscription is kept from asking, health included, but not for a day.
    for query in [document(&GATEWAY.replace("/gw", "/other")), health()] {
        match reader.answer(&query).await {
            Err(Gap::Throttled {
                retry_after: Some(left),
            }) => assert!((200..=300).contains(&left)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(azure.asked().len(), 1);
    let elsewhere = GATEWAY.replace("s1", "s2");
    assert_eq!(
        reader.answer(&document(&elsewhere)).await,
        throttled(86_400)
    );
    assert_eq!(azure.asked().len(), 2, "another subscription is asked");
}

#[tokio::test]
async fn f66_a_lock_is_waited_for_and_closes_nothing() {
    let lock = json!({"error": {"code": "RetryableError", "message": "A retryable error occurred.",
        "details": [{"code": "RetryableErrorDueToAnotherOperation", "message": "in 11 seconds."}]}});
    let busy = Answer::json(429, &lock);
    let told = busy.clone();
    let azure = server(move |_, number| match number {
        0 | 1 => told.clone().with("retry-after", "0"),
        _ => Answer::json(200, &json!({})),
    })
    .await;
    assert!(ask(&azure).await.is_ok());
    let azure = server(move |seen, _| {
        if seen.path.contains("/other") {
            Answer::json(200, &json!({}))
        } else {
            busy.clone().with("retry-after", "600")
        }
    })
    .await;
    let reader = reader(&azure);
    let answer = reader.answer(&document(GATEWAY)).await;
    assert!(matches!(
        answer,
        Err(Gap::Throttled {
            retry_after: Some(600)
        })
    ));
    let other = document(&GATEWAY.replace("/gw", "/other"));
    assert!(
        reader.answer(&other).await.is_ok(),
        "others are not kept from asking"
    );
}

#[tokio::test]
async fn reads_are_spread_by_the_budget() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let mut limits = limits();
    limits.budget.size = 6;
    limits.budget.reserved = 2;
    limits.budget.per_second = 20.0;
    let reader = Reader::new(&settings(&azure), limits).unwrap();
    let start = Instant::now();
    let names: Vec<_> = (0..14)
        .map(|n| document(&format!("{GATEWAY}{n}")))
        .collect();
    let all = names.iter().map(|query| reader.answer(query));
    assert!(
        futures::future::join_all(all)
            .await
            .iter()
            .all(Result::is_ok)
    );
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(480) && took < 2 * SECOND,
        "{took:?}"
    );
}
