//! The access log: throttling, broken answers, silence, and questions that nobody waits for.
use crate::{
    logs::tables,
    server::Answer,
    support::{
        GATEWAY, SECOND, WORKSPACE, document, error, limits, log, log_of, reader, server, settings,
        why,
    },
};
use appgw_operator::azure::{Limits, Reader};
use appgw_runbook::{
    facts::{Gap, LogTable, Query},
    id::ArmId,
};
use serde_json::json;
use std::time::Instant;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn a_workspace_that_throttles_is_left_alone_and_nobody_else() {
    let azure = server(|seen, number| match seen.method.as_str() {
        "POST" if seen.path.contains(WORKSPACE) && number == 0 => {
            error(429, "ThrottledError", "m").with("retry-after", "1")
        }
        "POST" if seen.path.contains(WORKSPACE) && number > 1 => {
            error(429, "ThrottledError", "m").with("retry-after", "86400")
        }
        "POST" => Answer::json(200, &tables()),
        _ => Answer::json(200, &json!({})),
    })
    .await;
    let reader = reader(&azure);
    let start = Instant::now();
    assert_eq!(reader.answer(&log(LogTable::Dedicated)).await, Ok(tables()));
    assert!(start.elapsed() >= SECOND, "waited as told");

    let throttled = |answer| match answer {
        Err(Gap::Throttled {
            retry_after: Some(seconds),
        }) => seconds,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        throttled(reader.answer(&log(LogTable::Legacy)).await),
        86_400
    );
    let asked = azure.asked().len();
    let left = throttled(reader.fresh().answer(&log(LogTable::Dedicated)).await);
    assert!((200..=300).contains(&left), "{left}");
    assert_eq!(azure.asked().len(), asked, "not asked");
    let other = log_of("00000000-2c3d-4e5f-8a9b-0c1d2e3f4a5b", LogTable::Legacy);
    assert_eq!(reader.answer(&other).await, Ok(tables()));
    assert!(reader.answer(&document(GATEWAY)).await.is_ok());
}

#[tokio::test]
async fn a_broken_answer_is_asked_for_again_and_silence_ends_at_the_deadline() {
    let cut = |number: usize, last: usize| Answer {
        cut: number < last,
        ..Answer::json(200, &tables())
    };
    let azure = server(move |_, number| cut(number, 2)).await;
    assert_eq!(
        reader(&azure).answer(&log(LogTable::Dedicated)).await,
        Ok(tables())
    );
    let azure = server(move |_, number| cut(number, 9)).await;
    let answer = reader(&azure).answer(&log(LogTable::Dedicated)).await;
    assert!(matches!(answer, Err(Gap::Unreachable { .. })), "{answer:?}");
    assert_eq!(azure.asked().len(), 3);

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
    assert_eq!(
        reader.answer(&log(LogTable::Dedicated)).await,
        Err(Gap::TimedOut)
    );
    assert!(start.elapsed() < SECOND * 3 / 2, "{:?}", start.elapsed());

    let azure =
        server(|_, _| Answer::new(200, format!("{{\"tables\": []}}{}", " ".repeat(5000)))).await;
    let small = Limits {
        body: 4000,
        ..crate::support::limits()
    };
    let reader = Reader::new(&settings(&azure), small).unwrap();
    assert_eq!(
        why(reader.answer(&log(LogTable::Dedicated)).await),
        "an answer of more than 4000 bytes"
    );
}

#[tokio::test]
async fn a_query_nobody_waits_for_is_dropped_and_two_share_one() {
    let azure = server(|_, _| Answer {
        after: SECOND / 5,
        ..error(503, "ServiceUnavailable", "m")
    })
    .await;
    let one = reader(&azure);
    assert!(
        timeout(SECOND / 10, one.ask(&log(LogTable::Dedicated)))
            .await
            .is_err()
    );
    let asked = azure.asked().len();
    sleep(SECOND / 2).await;
    assert_eq!(
        (asked, azure.asked().len()),
        (1, 1),
        "not tried again for nobody"
    );

    let azure = server(|_, _| Answer {
        after: SECOND / 10,
        ..Answer::json(200, &tables())
    })
    .await;
    let one = reader(&azure);
    let (a, b, c) = futures::join!(
        one.ask(&log(LogTable::Dedicated)),
        one.ask(&log_of(WORKSPACE, LogTable::Dedicated)),
        one.ask(&log(LogTable::Legacy))
    );
    assert!(std::sync::Arc::ptr_eq(&a, &b) && !std::sync::Arc::ptr_eq(&a, &c));
    assert_eq!(azure.asked().len(), 2, "another table is another question");
    let Query::AccessLog {
        workspace,
        table,
        span,
        ..
    } = log(LogTable::Dedicated)
    else {
        panic!()
    };
    let later = Query::AccessLog {
        workspace,
        gateway: ArmId::new(GATEWAY),
        table,
        span: crate::support::span("12:35"),
    };
    assert_ne!(span, crate::support::span("12:35"));
    one.ask(&later).await;
    assert_eq!(azure.asked().len(), 3, "and so is another window");
}
