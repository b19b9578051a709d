//! What the resource manager refuses, and in which words.

use reqwest::Method;

use super::fixture::{self, Azure, SUBSCRIPTION, VERSION, gateway, health, network, quick};
use crate::sim::Options;

#[tokio::test]
async fn api_versions_are_held_against_what_the_type_knows() {
    let azure = Azure::start(Options::default()).await;
    let get = async |path: String| azure.get(&path).await;
    for version in [
        "2016-12-01",
        "2023-11-01",
        "2024-03-01",
        "2025-01-01",
        "2025-07-01",
        "2026-01-01",
        "2026-03-01",
    ] {
        assert_eq!(
            get(format!("{}?api-version={version}", gateway()))
                .await
                .status,
            200,
            "{version}"
        );
    }
    assert_eq!(
        get(gateway()).await.error(),
        (400, "MissingApiVersionParameter".to_owned())
    );
    let unknown = get(format!("{}?api-version=2099-01-01", gateway())).await;
    assert_eq!(
        unknown.error(),
        (400, "NoRegisteredProviderFound".to_owned())
    );
    assert!(
        unknown.message().contains("for type 'applicationGateways'")
            && unknown.message().contains("2025-07-01, ")
    );
    let nowhere = get(network("applicationGateways/none?api-version=2099-01-01")).await;
    assert_eq!(nowhere.error(), (404, "InvalidResourceType".to_owned()));
    let odd = get(format!("{}?api-version=latest", gateway())).await;
    assert_eq!(odd.error(), (400, "InvalidApiVersionParameter".to_owned()));

    azure
        .sim
        .change(|options| options.newest_api_version = Some("2024-03-01".to_owned()));
    let newer = get(format!("{}?{VERSION}", gateway())).await;
    assert_eq!(newer.error(), (400, "NoRegisteredProviderFound".to_owned()));
    assert!(
        newer.message().contains("2024-03-01'") && !newer.message().contains("2024-05-01,"),
        "{}",
        newer.message()
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_by_who_knows_it() {
    let azure = Azure::start(Options::default()).await;
    let other = "/subscriptions/00000000-0000-0000-0000-000000000002";
    let cases = [
        (
            format!("{other}/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"),
            "SubscriptionNotFound",
        ),
        (
            gateway().replace("/rg/", "/nowhere/"),
            "ResourceGroupNotFound",
        ),
        (network("applicationGateways/none"), "ResourceNotFound"),
        (
            network("applicationGateways/none/providers/Microsoft.Insights/diagnosticSettings"),
            "ResourceNotFound",
        ),
        (
            network("virtualNetworks/none/subnets/s1"),
            "ResourceNotFound",
        ),
        (network("virtualNetworks/none/subnets"), "ResourceNotFound"),
        (network("virtualNetworks/vnet/subnets/none"), "NotFound"),
        (network("teapots/none"), "InvalidResourceType"),
        (
            gateway().replace("Microsoft.Network", "Contoso.Network"),
            "InvalidResourceNamespace",
        ),
    ];
    for (path, code) in cases {
        let version = if path.contains("Insights") {
            "api-version=2021-05-01-preview"
        } else {
            VERSION
        };
        let reply = azure.get(&format!("{path}?{version}")).await;
        assert_eq!(reply.error(), (404, code.to_owned()), "{path}");
        let front_door = code != "NotFound";
        assert_eq!(
            reply.header("x-ms-failure-cause"),
            front_door.then_some("gateway"),
            "{path}"
        );
    }
    let missing = azure
        .get(&format!(
            "{}?{VERSION}",
            network("virtualNetworks/none/subnets/s1")
        ))
        .await
        .message();
    assert!(missing.starts_with(
        "The Resource 'Microsoft.Network/virtualNetworks/none' under \
        resource group 'rg' was not found."
    ));
    let malformed = azure.get(&format!("/subscriptions/mine?{VERSION}")).await;
    assert_eq!(malformed.error(), (400, "InvalidSubscriptionId".to_owned()));
    let page = azure
        .get(&format!("/subscriptions/{SUBSCRIPTION}/odd/path?{VERSION}"))
        .await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (404, Some("text/html"))
    );
}

#[tokio::test]
async fn a_missing_permission_names_the_action_and_the_scope() {
    let azure = Azure::start(Options::default()).await;
    let deny = |action: &str| azure.sim.world(|world| fixture::deny(world, action));
    let says = |action: &str, scope: &str| {
        format!(
            "The client '99999999-8888-7777-6666-555555555555' with object id \
            '11111111-2222-3333-4444-555555555555' does not have authorization to perform \
            action '{action}' over scope '{scope}' or the scope is invalid. If access was \
            recently granted, please refresh your credentials."
        )
    };
    let action = "Microsoft.Network/applicationGateways/backendhealth/action";
    deny(action);
    let reply = azure.post(&health()).await;
    assert_eq!(reply.error(), (403, "AuthorizationFailed".to_owned()));
    assert_eq!(reply.message(), says(action, &gateway()));
    assert_eq!(reply.header("x-ms-failure-cause"), Some("gateway"));
    assert_eq!(
        azure.get(&format!("{}?{VERSION}", gateway())).await.status,
        200
    );

    let action = "Microsoft.Network/networkSecurityGroups/read";
    deny(action);
    let reply = azure
        .get(&format!("{}?{VERSION}", network("networkSecurityGroups")))
        .await;
    let group = network("");
    assert_eq!(reply.message(), says(action, group.trim_end_matches('/')));
}

#[tokio::test]
async fn a_lock_refuses_the_post_and_not_the_get() {
    let azure = Azure::start(Options::default()).await;
    let scope = azure.sim.world(fixture::lock);
    let reply = azure.post(&health()).await;
    assert_eq!(reply.error(), (409, "ScopeLocked".to_owned()));
    assert_eq!(
        reply.message(),
        format!(
            "The scope '{}' cannot perform write operation because following scope(s) are locked: \
            '{scope}'. Please remove the lock and try again.",
            gateway()
        )
    );
    assert_eq!(
        azure.get(&format!("{}?{VERSION}", gateway())).await.status,
        200
    );
}

#[tokio::test]
async fn what_would_change_something_is_refused_to_a_reader_and_logged() {
    let azure = Azure::start(quick()).await;
    let path = format!("{}?{VERSION}", gateway());
    let rule = format!(
        "{}?{VERSION}",
        network("networkSecurityGroups/nsg1/securityRules/r")
    );
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        for path in [&path, &rule] {
            assert_eq!(
                azure.send(method.clone(), path).await.unwrap().error(),
                (403, "AuthorizationFailed".to_owned()),
                "{method} {path}"
            );
        }
    }
    for action in ["start", "stop"] {
        assert_eq!(
            azure
                .post(&format!("{}/{action}?{VERSION}", gateway()))
                .await
                .error(),
            (403, "AuthorizationFailed".to_owned()),
            "{action}"
        );
    }
    assert_eq!(azure.post(&path).await.status, 405);
    assert_eq!(azure.post(&health()).await.status, 202);
    let writes: Vec<_> = azure
        .sim
        .writes()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(
        writes,
        [
            "PUT", "PUT", "PATCH", "PATCH", "DELETE", "DELETE", "POST", "POST", "POST"
        ]
    );
}
