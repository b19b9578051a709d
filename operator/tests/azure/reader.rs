use crate::{
    server::{Answer, Server},
    support::{
        GATEWAY, ask, document, error, exchange, health, limits, reader, server, settings, why,
    },
};
use appgw_operator::azure::{Reader, origin::Origin};
use appgw_runbook::facts::{Gap, Query};
use serde_json::{Value, json};

#[tokio::test]
async fn a_question_is_one_request_with_a_token_and_an_id() {
    let azure =
        server(|_, _| Answer::json(200, &json!({"name": "gw"})).with("etag", "W/\"1\"")).await;
    let exchange = exchange(&azure, &document(GATEWAY)).await;
    assert_eq!(exchange.path(), format!("{GATEWAY}?api-version=2025-07-01"));
    assert_eq!((exchange.method(), exchange.status()), ("GET", Some(200)));
    assert_eq!(exchange.body(), Some(&json!({"name": "gw"})));
    let asked = azure.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, exchange.path());
    assert_eq!(
        asked[0].header("authorization"),
        Some("Bearer CANARY-token-0")
    );
    let id = asked[0].header("x-ms-client-request-id").unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok());
    assert!(
        asked[0]
            .header("user-agent")
            .unwrap()
            .starts_with("appgw-diagnosis/")
    );
}

#[tokio::test]
async fn health_is_posted_and_polled_as_named_until_the_document_is_there() {
    let azure = server(|seen, number| {
        let host = seen.header("host").unwrap();
        let place = |n: usize| {
            let path =
                "subscriptions/s1/providers/Microsoft.Network/locations/w/operationResults/1";
            format!("https://{host}/{path}?api-version=2024-07-01&t={n}&c=a_-B.c~&s=x%2By&h=z")
        };
        match number {
            0..=2 => Answer::new(202, "null")
                .with("location", &place(number))
                .with("retry-after", "0"),
            _ => Answer::json(200, &json!({"backendAddressPools": []})).with("location", &place(9)),
        }
    })
    .await;
    let exchange = exchange(&azure, &health()).await;
    assert_eq!(exchange.method(), "POST");
    assert_eq!(
        exchange.path(),
        format!("{GATEWAY}/backendhealth?api-version=2025-07-01")
    );
    assert_eq!(exchange.body(), Some(&json!({"backendAddressPools": []})));
    let asked = azure.asked();
    let methods: Vec<_> = asked.iter().map(|one| one.method.as_str()).collect();
    assert_eq!(methods, ["POST", "GET", "GET", "GET"]);
    assert_eq!(asked[0].header("content-length"), Some("0"));
    for (number, poll) in asked[1..].iter().enumerate() {
        assert!(
            poll.path
                .ends_with(&format!("&t={number}&c=a_-B.c~&s=x%2By&h=z")),
            "{}",
            poll.path
        );
        assert_eq!(
            poll.header("x-ms-client-request-id"),
            asked[0].header("x-ms-client-request-id")
        );
    }
    let text = serde_json::to_string(&exchange).unwrap();
    assert!(
        !text.contains("operationResults"),
        "signed URLs are not kept: {text}"
    );
}

#[tokio::test]
async fn every_refusal_has_its_gap() {
    let unauthorized = "The client 'c' with object id 'o' does not have authorization to perform action \
        'Microsoft.Network/applicationGateways/read' over scope '/s' or the scope is invalid.";
    let denied = |action: &str| Gap::Denied {
        action: action.to_owned(),
    };
    let unreadable = |why: &str| Gap::Unreadable {
        why: why.to_owned(),
    };
    let cases = [
        (
            error(403, "AuthorizationFailed", unauthorized),
            denied("Microsoft.Network/applicationGateways/read"),
        ),
        (
            error(403, "AuthorizationFailed", "no"),
            denied("Microsoft.Network/applicationGateways/read"),
        ),
        (error(404, "ResourceNotFound", "m"), Gap::NotFound),
        (error(404, "ResourceGroupNotFound", "m"), Gap::NotFound),
        (error(404, "SubscriptionNotFound", "m"), Gap::NotFound),
        (error(400, "InvalidSubscriptionId", "m"), Gap::NotFound),
        (error(409, "ScopeLocked", "m"), Gap::Locked),
        (error(408, "RequestTimeout", "m"), Gap::TimedOut),
        (error(504, "GatewayTimeout", "m"), Gap::TimedOut),
        (
            error(400, "BadRequest", "m"),
            unreadable("HTTP 400 BadRequest: m"),
        ),
        (
            error(404, "InvalidResourceNamespace", "m"),
            unreadable("HTTP 404 InvalidResourceNamespace: m"),
        ),
        (
            Answer::json(400, &json!({"code": "BadRequest", "message": "m"})),
            unreadable("HTTP 400 BadRequest: m"),
        ),
        (
            Answer::new(404, "<html>").with("content-type", "text/html"),
            unreadable("HTTP 404 without a code (text/html)"),
        ),
        (
            Answer::new(200, "{\"value\": [{\"id\": nul"),
            unreadable("the body is no JSON object"),
        ),
        (
            Answer::new(200, "[1]"),
            unreadable("the body is no JSON object"),
        ),
        (Answer::new(200, ""), unreadable("HTTP 200 without a body")),
        (Answer::new(204, ""), unreadable("HTTP 204 without a body")),
    ];
    for (answer, gap) in cases {
        let told = answer.clone();
        let azure = server(move |_, _| told.clone()).await;
        assert_eq!(ask(&azure).await, Err(gap), "{answer:?}");
    }
}

#[tokio::test]
async fn a31_nasty_texts_are_one_short_line() {
    let nasty = format!("a\u{1b}[31m\nb\u{202e}{}", "x".repeat(1 << 20));
    let azure = server(move |_, _| error(400, "Bad\nCode", &nasty)).await;
    let why = why(ask(&azure).await);
    assert!(
        why.starts_with("HTTP 400 Bad Code: a [31m b") && why.chars().count() <= 300,
        "{why}"
    );
    assert!(!why.contains(['\n', '\u{1b}', '\u{202e}']));
}

#[tokio::test]
async fn health_that_ends_badly_inside_a_200_is_said() {
    for (body, said) in [
        (
            json!({"status": "Failed", "error": {"code": "X", "message": "m"}}),
            "the operation ended failed: X: m",
        ),
        (
            json!({"status": "Failed", "error": {"code": "X", "message": ""}}),
            "the operation ended failed: X",
        ),
        (
            json!({"status": "Canceled"}),
            "the operation ended canceled",
        ),
    ] {
        let azure = server(move |seen, number| match number {
            0 => {
                let place = format!("https://{}/op", seen.header("host").unwrap());
                Answer::new(202, "null").with("location", &place)
            }
            _ => Answer::json(200, &body),
        })
        .await;
        assert_eq!(why(reader(&azure).answer(&health()).await), said);
    }
}

#[tokio::test]
async fn a20_a21_no_token_leaves_the_origin() {
    let stray =
        Server::start(|_| Answer::json(200, &json!({"value": [], "backendAddressPools": []})))
            .await;
    let elsewhere = stray.origin.clone();
    for (answer, query) in [
        (
            Answer::new(202, "null").with("location", &format!("{elsewhere}/x")),
            health(),
        ),
        (
            Answer::new(202, "null").with("azure-asyncoperation", &format!("{elsewhere}/x")),
            health(),
        ),
        (
            Answer::json(
                200,
                &json!({"value": [], "nextLink": format!("{elsewhere}/x")}),
            ),
            document(GATEWAY),
        ),
        (
            Answer::new(307, "").with("location", &format!("{elsewhere}/x")),
            document(GATEWAY),
        ),
        (
            Answer::new(302, "").with("location", &format!("{elsewhere}/x")),
            health(),
        ),
    ] {
        let told = answer.clone();
        let azure = server(move |_, _| told.clone()).await;
        let said = why(reader(&azure).answer(&query).await);
        assert!(said.contains("not followed"), "{said}");
        assert_eq!(azure.asked().len(), 1);
    }
    assert!(stray.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a02_odd_ids_reach_no_other_path() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let reader = reader(&azure);
    for id in [
        "/subscriptions/s/../../x",
        "/subscriptions//x",
        "//evil.example/x",
        "https://evil.example/x",
        "",
        "x",
    ] {
        let said = why(reader.answer(&document(id)).await);
        assert_eq!(said, "this is not the id of an Azure resource", "{id}");
    }
    assert!(azure.asked().is_empty());
    let odd = "/subscriptions/a%2fb?x=y#z";
    reader.answer(&document(odd)).await.unwrap();
    let asked = azure.asked();
    assert_eq!(
        asked[0].path,
        "/subscriptions/a%252fb%3Fx%3Dy%23z?api-version=2022-12-01"
    );
}

#[tokio::test]
async fn a_cloud_that_lags_behind_is_asked_once_more_and_remembered() {
    let azure = server(|seen, _| {
        if seen.path.ends_with("api-version=2024-03-01") {
            return Answer::json(200, &json!({"name": "gw"}));
        }
        error(400, "NoRegisteredProviderFound", "No registered resource provider found for API version \
            '2025-07-01'. The supported api-versions are '2023-11-01, 2024-03-01'. The supported locations are 'x'.")
    })
    .await;
    let reader = reader(&azure);
    let exchange = reader.ask(&document(GATEWAY)).await;
    assert!(exchange.path().ends_with("?api-version=2024-03-01"));
    reader.fresh().answer(&document(GATEWAY)).await.unwrap();
    assert_eq!(azure.asked().len(), 3);
}

#[tokio::test]
async fn a24_a_server_we_do_not_trust_is_not_talked_to() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let other = server(|_, _| Answer::json(200, &json!({}))).await;
    let mut settings = settings(&azure);
    settings.arm = Origin::new(&other.origin).unwrap();
    let reader = Reader::new(&settings, limits()).unwrap();
    match reader.answer(&document(GATEWAY)).await {
        Err(Gap::Unreachable { why }) => assert!(why.contains("certificate"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(other.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable_and_says_why() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let settings = settings(&azure);
    let reader = Reader::new(&settings, limits()).unwrap();
    reader.try_credential().await.unwrap();
    drop(azure);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    match reader.answer(&document(GATEWAY)).await {
        Err(Gap::Unreachable { why }) => assert!(
            why.contains("refused") || why.contains("closed") || why.contains("reset"),
            "{why}"
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_is_looked_up_and_kept_sorted() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let names: appgw_operator::azure::resolve::Lookup = std::sync::Arc::new(|name| {
        Box::pin(async move {
            assert_eq!(name, "api.internal");
            Ok(vec![
                "10.2.0.5".parse().unwrap(),
                "10.2.0.4".parse().unwrap(),
            ])
        })
    });
    let outside = appgw_operator::azure::Outside {
        names: Some(names),
        ..Default::default()
    };
    let reader = Reader::with(&settings(&azure), limits(), outside).unwrap();
    let query = Query::Resolve("api.internal".to_owned());
    let exchange = reader.ask(&query).await;
    let want: Value =
        json!({"method": "DNS", "path": "api.internal", "addresses": ["10.2.0.4", "10.2.0.5"]});
    assert_eq!(serde_json::to_value(&*exchange).unwrap(), want);
    let answer = reader.answer(&query).await;
    assert_eq!(answer, Ok(json!({"addresses": ["10.2.0.4", "10.2.0.5"]})));
}
