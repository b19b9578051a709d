//! What is sent for each question, to the letter.
use crate::{
    server::Answer,
    support::{GATEWAY, activity, document, error, exchange, metrics, reader, server, why},
};
use appgw_runbook::facts::Gap;
use serde_json::json;

#[tokio::test]
async fn metrics_are_one_get_and_the_body_is_the_answer() {
    let body = json!({"cost": 59, "interval": "PT1M", "timespan": "a/b", "namespace": "n",
        "value": [{"name": {"value": "FailedRequests"}, "errorCode": "Success",
            "timeseries": [{"metadatavalues": [], "data": [{"timeStamp": "t"}, {"timeStamp": "u", "total": 3.0}]}]}]});
    let told = body.clone();
    let azure = server(move |_, _| Answer::json(200, &told)).await;
    let exchange = exchange(&azure, &metrics("FailedRequests,CapacityUnits")).await;
    let path = format!(
        "{GATEWAY}/providers/Microsoft.Insights/metrics?api-version=2023-10-01\
        &metricnames=FailedRequests%2CCapacityUnits\
        &timespan=2026-11-26T11%3A34%3A00Z%2F2026-11-26T12%3A34%3A00Z\
        &interval=PT1M&aggregation=average%2Ctotal"
    );
    let asked = azure.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), &asked[0].path), ("GET", &path));
    assert_eq!(
        (asked[0].body.as_str(), exchange.path()),
        ("", path.as_str())
    );
    assert_eq!(exchange.body(), Some(&body));
    let answer = reader(&azure)
        .answer(&metrics("FailedRequests,CapacityUnits"))
        .await;
    assert_eq!(answer, Ok(body));
}

#[tokio::test]
async fn a_metric_that_does_not_exist_is_named() {
    let message = "Failed to find metric configuration for provider: Microsoft.Network, resource Type: \
        applicationGateways, metric: CapacityUnits, Valid metrics: Throughput,UnhealthyHostCount,HealthyHostCount";
    let azure =
        server(move |_, _| Answer::json(400, &json!({"code": "BadRequest", "message": message})))
            .await;
    let said = why(reader(&azure)
        .answer(&metrics("CapacityUnits,Throughput"))
        .await);
    assert!(
        said.starts_with("HTTP 400 BadRequest: ")
            && said.contains("metric: CapacityUnits, Valid metrics: Throughput"),
        "{said}"
    );
    assert_eq!(azure.asked().len(), 1);
}

#[tokio::test]
async fn the_activity_of_one_resource_is_asked_of_its_subscription_all_pages() {
    let list = "/subscriptions/s1/providers/Microsoft.Insights/eventtypes/management/values";
    let azure = server(move |seen, number| {
        let host = seen.header("host").unwrap();
        let next = format!(
            "https://{host}{list}?api-version=2015-04-01&$filter=x&$skipToken={}",
            number + 1
        );
        let next = (number < 2).then_some(next);
        Answer::json(
            200,
            &json!({"value": [{"eventDataId": number}], "nextLink": next}),
        )
    })
    .await;
    let exchange = exchange(&azure, &activity(GATEWAY)).await;
    let filter = format!(
        "eventTimestamp%20ge%20%272026-11-26T11%3A34%3A00Z%27%20and%20eventTimestamp%20le%20\
        %272026-11-26T12%3A34%3A00Z%27%20and%20resourceUri%20eq%20%27{}%27",
        GATEWAY.replace('/', "%2F")
    );
    let path = format!("{list}?api-version=2015-04-01&$filter={filter}");
    assert_eq!((exchange.method(), exchange.path()), ("GET", path.as_str()));
    let events: Vec<_> = (0..3)
        .map(|number| json!({"eventDataId": number}))
        .collect();
    assert_eq!(exchange.body(), Some(&json!({"value": events})));
    let asked: Vec<_> = azure.asked().into_iter().map(|one| one.path).collect();
    assert_eq!(asked[0], path);
    assert!(
        asked[1].ends_with("&$skipToken=1") && asked[2].ends_with("&$skipToken=2"),
        "{asked:?}"
    );

    let azure = server(|_, _| Answer::json(200, &json!({"value": []}))).await;
    let odd = reader(&azure)
        .answer(&activity("/subscriptions/s1/a'b&c"))
        .await;
    assert_eq!(odd, Ok(json!({"value": []})));
    let path = &azure.asked()[0].path;
    assert!(
        path.ends_with("eq%20%27%2Fsubscriptions%2Fs1%2Fa%27%27b%26c%27"),
        "{path}"
    );
}

#[tokio::test]
async fn half_an_activity_log_is_none() {
    let azure = server(|seen, number| match number {
        0 => {
            let next = format!("https://{}/more", seen.header("host").unwrap());
            Answer::json(200, &json!({"value": [{"a": 1}], "nextLink": next}))
        }
        _ => error(403, "AuthorizationFailed", "no"),
    })
    .await;
    let answer = reader(&azure).answer(&activity(GATEWAY)).await;
    let action = "Microsoft.Insights/eventtypes/values/read".to_owned();
    assert_eq!(answer, Err(Gap::Denied { action }));

    let azure = server(|_, _| {
        Answer::json(
            200,
            &json!({"value": [], "nextLink": "https://evil.example/x"}),
        )
    })
    .await;
    let said = why(reader(&azure).answer(&activity(GATEWAY)).await);
    assert!(said.contains("not followed"), "{said}");
    assert_eq!(azure.asked().len(), 1);
}

#[tokio::test]
async fn what_is_denied_is_named_by_the_documented_action() {
    let azure = server(|_, _| error(403, "AuthorizationFailed", "no")).await;
    let reader = reader(&azure);
    let site = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Web/sites/shop";
    for (query, action) in [
        (metrics("A"), "Microsoft.Insights/metrics/read"),
        (
            activity(GATEWAY),
            "Microsoft.Insights/eventtypes/values/read",
        ),
        (
            document(&format!(
                "{GATEWAY}/providers/microsoft.insights/diagnosticSettings"
            )),
            "Microsoft.Insights/diagnosticSettings/read",
        ),
        (
            document(&format!(
                "{GATEWAY}/providers/Microsoft.Authorization/locks"
            )),
            "Microsoft.Authorization/locks/read",
        ),
        (
            document(&format!(
                "{GATEWAY}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"
            )),
            "Microsoft.ResourceHealth/availabilityStatuses/read",
        ),
        (
            document(&format!("{site}/config/web")),
            "Microsoft.Web/sites/config/read",
        ),
        (
            document("/subscriptions/s1/providers/Microsoft.Web/sites"),
            "Microsoft.Web/sites/read",
        ),
    ] {
        let action = action.to_owned();
        assert_eq!(
            reader.answer(&query).await,
            Err(Gap::Denied { action }),
            "{query:?}"
        );
    }
}

#[tokio::test]
async fn every_list_and_document_is_asked_with_the_version_of_its_provider() {
    let site = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Web/sites/shop";
    let workspace =
        "/subscriptions/s2/resourcegroups/rg/providers/microsoft.operationalinsights/workspaces/w";
    for (id, version) in [
        (
            format!("{GATEWAY}/providers/Microsoft.Insights/diagnosticSettings"),
            "2021-05-01-preview",
        ),
        (
            format!("{GATEWAY}/providers/Microsoft.Authorization/locks"),
            "2020-05-01",
        ),
        (
            format!("{GATEWAY}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"),
            "2022-10-01",
        ),
        (
            "/subscriptions/s1/providers/Microsoft.Web/sites".to_owned(),
            "2023-12-01",
        ),
        (site.to_owned(), "2023-12-01"),
        (format!("{site}/config/web"), "2023-12-01"),
        (format!("{site}/hostNameBindings"), "2023-12-01"),
        (workspace.to_owned(), "2023-09-01"),
    ] {
        let list = id.clone();
        let azure = server(move |seen, number| {
            let host = seen.header("host").unwrap();
            let next = format!("https://{host}{list}?api-version={version}&$skiptoken=2");
            let next = (number == 0).then_some(next);
            Answer::json(
                200,
                &json!({"value": [{"page": number}], "nextLink": next, "id": null}),
            )
        })
        .await;
        let exchange = exchange(&azure, &document(&id)).await;
        let path = format!("{id}?api-version={version}");
        assert_eq!((exchange.method(), exchange.path()), ("GET", path.as_str()));
        let body = exchange.body().unwrap();
        assert_eq!(body["value"], json!([{"page": 0}, {"page": 1}]), "{id}");
        assert_eq!(azure.asked().len(), 2);
    }
}

#[tokio::test]
async fn what_is_no_id_is_not_asked() {
    let azure = server(|_, _| Answer::json(200, &json!({"value": []}))).await;
    let reader = reader(&azure);
    for id in [
        "",
        "/",
        "x",
        "/subscriptions/s/../x",
        "//x",
        "/subscriptions",
    ] {
        let said = why(reader.answer(&activity(id)).await);
        assert_eq!(said, "this is not the id of an Azure resource", "{id}");
    }
    let odd = appgw_runbook::facts::Query::BackendHealth(appgw_runbook::id::ArmId::new(""));
    assert_eq!(
        why(reader.answer(&odd).await),
        "this is not the id of an Azure resource"
    );
    assert!(azure.seen.lock().unwrap().is_empty(), "not even a token");
}
