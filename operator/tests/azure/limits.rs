use crate::{
    server::Answer,
    support::{GATEWAY, document, limits, server, settings, why},
};
use appgw_operator::azure::{Limits, Reader};
use serde_json::json;

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read() {
    let azure = server(|_, _| Answer::new(200, format!("{{}}{}", " ".repeat(5000)))).await;
    let small = Limits {
        body: 4000,
        ..limits()
    };
    let reader = Reader::new(&settings(&azure), small).unwrap();
    let said = why(reader.answer(&document(GATEWAY)).await);
    assert_eq!(said, "an answer of more than 4000 bytes");
    assert_eq!(azure.asked().len(), 1, "and not asked for again");
}

#[tokio::test]
async fn pages_count_together() {
    let azure = server(|seen, number| {
        let next = format!("https://{}/x?{number}", seen.header("host").unwrap());
        Answer::json(200, &json!({"value": ["x".repeat(900)], "nextLink": next}))
    })
    .await;
    let small = Limits {
        body: 4000,
        ..limits()
    };
    let reader = Reader::new(&settings(&azure), small).unwrap();
    let said = why(reader.answer(&document(GATEWAY)).await);
    assert_eq!(said, "an answer of more than 4000 bytes");
    assert_eq!(azure.asked().len(), 5);
}
