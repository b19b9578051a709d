use crate::{
    server::Answer,
    support::{document, error, exchange, limits, reader, server, settings, why},
};
use appgw_operator::azure::{Limits, Reader};
use appgw_runbook::facts::Gap;
use serde_json::{Value, json};

const LIST: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups";

fn page(host: &str, number: usize, next: Option<usize>) -> Answer {
    let next =
        next.map(|next| format!("https://{host}{LIST}?api-version=2025-07-01&$skipToken={next}"));
    Answer::json(
        200,
        &json!({"value": [{"name": format!("nsg{number}")}], "nextLink": next}),
    )
}

#[tokio::test]
async fn pages_are_put_together_in_one_answer() {
    let azure = server(|seen, number| {
        let host = seen.header("host").unwrap();
        page(host, number, (number < 2).then_some(number + 1))
    })
    .await;
    let exchange = exchange(&azure, &document(LIST)).await;
    let want = json!({"value": [{"name": "nsg0"}, {"name": "nsg1"}, {"name": "nsg2"}]});
    assert_eq!(exchange.body(), Some(&want));
    assert_eq!(exchange.path(), format!("{LIST}?api-version=2025-07-01"));
    let paths: Vec<_> = azure.asked().into_iter().map(|one| one.path).collect();
    assert_eq!(
        paths[2],
        format!("{LIST}?api-version=2025-07-01&$skipToken=2"),
        "verbatim"
    );
}

#[tokio::test]
async fn an_empty_list_and_one_without_more_are_lists() {
    for body in [
        json!({"value": []}),
        json!({"value": [], "nextLink": ""}),
        json!({"value": [1], "nextLink": null}),
    ] {
        let told = body.clone();
        let azure = server(move |_, _| Answer::json(200, &told)).await;
        let answer: Value = reader(&azure).answer(&document(LIST)).await.unwrap();
        assert_eq!(answer, json!({"value": body["value"]}));
    }
}

#[tokio::test]
async fn a_list_that_leads_in_a_circle_or_never_ends_is_no_answer() {
    let azure =
        server(|seen, number| page(seen.header("host").unwrap(), number, Some(number % 2))).await;
    assert_eq!(
        why(reader(&azure).answer(&document(LIST)).await),
        "the pages of a list lead in a circle"
    );
    assert_eq!(azure.asked().len(), 3);

    let azure =
        server(|seen, number| page(seen.header("host").unwrap(), number, Some(number + 1))).await;
    let limits = Limits {
        pages: 5,
        ..limits()
    };
    let reader = Reader::new(&settings(&azure), limits).unwrap();
    assert_eq!(
        why(reader.answer(&document(LIST)).await),
        "a list of more than 5 pages"
    );
    assert_eq!(azure.asked().len(), 5);
}

#[tokio::test]
async fn half_a_list_is_no_list() {
    let azure = server(|seen, number| match number {
        0 => page(seen.header("host").unwrap(), 0, Some(1)),
        _ => error(403, "AuthorizationFailed", "no"),
    })
    .await;
    let answer = reader(&azure).answer(&document(LIST)).await;
    let action = "Microsoft.Network/networkSecurityGroups/read".to_owned();
    assert_eq!(answer, Err(Gap::Denied { action }));
}
