//! Resources and collections of the resource manager.

use super::fixture::{Azure, SUBSCRIPTION, VERSION, gateway, network};
use crate::sim::Options;

#[tokio::test]
async fn a_resource_is_found_in_any_case_with_the_headers_of_the_service() {
    let azure = Azure::start(Options::default()).await;
    let path = format!("{}?{VERSION}", gateway());
    let reply = azure.get(&path).await;
    assert_eq!(
        (reply.status, reply.header("etag")),
        (200, reply.json()["etag"].as_str())
    );
    assert_eq!(
        reply.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(
        reply.header("x-ms-ratelimit-remaining-subscription-reads"),
        Some("249")
    );
    for header in [
        "x-ms-request-id",
        "x-ms-correlation-request-id",
        "x-ms-routing-request-id",
        "date",
    ] {
        assert!(reply.header(header).is_some(), "{header}");
    }
    let shouted = azure
        .get(&path.to_uppercase().replace("API-VERSION", "API-Version"))
        .await;
    assert_eq!(shouted.json(), reply.json());
    assert_eq!(
        azure.get(&format!("/{path}")).await.status,
        200,
        "clients are known to send two slashes"
    );

    let child = azure
        .get(&format!(
            "{}?{VERSION}",
            network("virtualNetworks/vnet/subnets/s1")
        ))
        .await;
    assert_eq!(child.json()["name"], "s1");
}

#[tokio::test]
async fn collections_come_in_pages() {
    let azure = Azure::start(Options {
        page_size: 2,
        ..Options::default()
    })
    .await;
    let mut next = Some(format!("{}?{VERSION}", network("networkSecurityGroups")));
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    while let Some(url) = next {
        let page = azure.get(&url).await.json();
        let value = page["value"].as_array().unwrap();
        sizes.push(value.len());
        names.extend(
            value
                .iter()
                .map(|nsg| nsg["name"].as_str().unwrap().to_owned()),
        );
        next = page
            .get("nextLink")
            .map(|link| link.as_str().unwrap().to_owned());
    }
    assert_eq!(sizes, [2, 2, 1]);
    names.sort();
    assert_eq!(names, ["nsg1", "nsg2", "nsg3", "nsg4", "nsg5"]);
    azure.sim.change(|options| options.page_size = 5);
    let whole = azure
        .get(&format!("{}?{VERSION}", network("networkSecurityGroups")))
        .await;
    assert_eq!(whole.json().get("nextLink"), None, "absent, not null");
    let odd = azure
        .get(&format!(
            "{}?{VERSION}&$skiptoken=x",
            network("networkSecurityGroups")
        ))
        .await;
    assert_eq!(odd.status, 400);
}

#[tokio::test]
async fn subscriptions_groups_and_the_metadata_of_the_cloud() {
    let azure = Azure::start(Options::default()).await;
    let all = azure
        .get("/subscriptions?api-version=2022-12-01")
        .await
        .json();
    assert_eq!(
        all["value"][0]["id"],
        format!("/subscriptions/{SUBSCRIPTION}")
    );
    let one = azure
        .get(&format!(
            "/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01"
        ))
        .await
        .json();
    assert_eq!(one, all["value"][0]);
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourcegroups");
    assert_eq!(
        azure
            .get(&format!("{group}/rg?api-version=2021-04-01"))
            .await
            .json()["name"],
        "rg"
    );
    let groups = azure
        .get(&format!("{group}?api-version=2021-04-01"))
        .await
        .json();
    assert_eq!(groups["value"][0]["name"], "rg");
    assert_eq!(
        azure
            .get(&format!("{group}/none?api-version=2021-04-01"))
            .await
            .error()
            .1,
        "ResourceGroupNotFound"
    );

    let metadata = async |version: &str| {
        let url = format!(
            "{}/metadata/endpoints?api-version={version}",
            azure.sim.origin()
        );
        let text = azure
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(
        metadata("2022-09-01").await["resourceManager"],
        azure.sim.origin()
    );
    assert_eq!(
        metadata("2019-05-01").await[0]["authentication"]["loginEndpoint"],
        azure.sim.origin()
    );
}
