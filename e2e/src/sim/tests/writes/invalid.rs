//! Documents that cannot be, and the codes that are said to them; nothing of them is ever shown.

mod gateways;

use serde_json::{Value, json};

use super::{SHOP, allow, edge, edge_id, part, world};
use crate::sim::tests::fixture::{Azure, held};

type Change = fn(&mut Value);

fn refer(list: &str, name: &str) -> Value {
    json!({"id": format!("{}/{list}/{name}", edge_id(SHOP))})
}

const FORMAT: &str = "InvalidRequestFormat";
const REFERENCE: &str = "InvalidResourceReference";

#[tokio::test]
async fn documents_around_the_properties() {
    let azure = Azure::around(&world("all-healthy"), held()).await;
    let document = azure.gateway().await;
    let cases: &[(Change, u16, &str)] = &[
        (|own| own["location"] = json!(null), 400, "LocationRequired"),
        (
            |own| own["location"] = json!("northeurope"),
            409,
            "InvalidResourceLocation",
        ),
        (
            |own| own["zones"] = json!(["1"]),
            400,
            "PropertyChangeNotAllowed",
        ),
        (|own| own["properties"] = json!(null), 400, FORMAT),
        (|own| own["nonsense"] = json!(1), 400, FORMAT),
        (|own| *own = json!([]), 400, "InvalidRequestContent"),
        (
            |own| own["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": {}}),
            400,
            "MissingIdentityIds",
        ),
        (
            |own| {
                own["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": {
                    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i":
                        {"principalId": "p", "clientId": "c"},
                }});
            },
            400,
            "MissingIdentityIds",
        ),
        (
            |own| {
                own["properties"]["firewallPolicy"] =
                    json!({"id": edge_id("publicIPAddresses/pip-shop")});
                own["properties"]["webApplicationFirewallConfiguration"] = json!({"enabled": true});
            },
            400,
            "ApplicationGatewayWafConfigurationCannotBeChangedWithWafPolicy",
        ),
    ];
    for (change, status, code) in cases {
        let mut body = document.clone();
        change(&mut body);
        let refused = azure.write("PUT", &edge(SHOP), &body).await;
        assert_eq!(
            refused.error(),
            (*status, (*code).to_owned()),
            "{refused:?}"
        );
    }
    // The region may be written with spaces.
    let mut body = document;
    body["location"] = json!("West Europe");
    assert_eq!(azure.write("PUT", &edge(SHOP), &body).await.status, 200);
}

#[tokio::test]
async fn a_subnet_has_room_for_so_many() {
    let text = world("all-healthy").replace(
        "snet-gateway: {prefix: 10.1.0.0/24,",
        "snet-gateway: {prefix: 10.1.0.0/28,",
    );
    let azure = Azure::around(&text, held()).await;
    let refused = azure.put(|own| own["sku"]["capacity"] = json!(12)).await;
    assert_eq!(refused.error(), (400, "SubnetIsFull".to_owned()));
    assert_eq!(
        azure
            .put(|own| own["sku"]["capacity"] = json!(11))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn path_maps_that_cannot_be() {
    let azure = Azure::around(&world("path-rule-swallowed"), held()).await;
    let cases: &[(&str, Change)] = &[
        ("ApplicationGatewayUrlPathMapHasNoPathRules", |map| {
            map["pathRules"] = json!([]);
        }),
        ("ApplicationGatewayPathRulePathIsInvalid", |map| {
            map["pathRules"][0]["properties"]["paths"] = json!(["cart"]);
        }),
        ("ApplicationGatewayPathRulePathIsInvalid", |map| {
            map["pathRules"][0]["properties"]["paths"] = json!(["/a*/b"]);
        }),
        ("ApplicationGatewayPathRulePathsMustBeUnique", |map| {
            map["pathRules"][0]["properties"]["paths"] = json!(["/CART*"]);
        }),
        ("DuplicateResourceName", |map| {
            map["pathRules"][0]["name"] = json!("cart");
        }),
        (FORMAT, |map| {
            map["pathRules"][0]["properties"]["paths"] = json!([]);
        }),
        (FORMAT, |map| {
            map["pathRules"][0]["properties"]["backendAddressPool"] = json!(null);
        }),
        (REFERENCE, |map| {
            map["pathRules"][0]["properties"]["backendAddressPool"] =
                refer("backendAddressPools", "none");
        }),
        (FORMAT, |map| {
            map["defaultBackendHttpSettings"] = json!(null);
        }),
    ];
    for (code, change) in cases {
        let refused = azure
            .put(|own| change(part(own, "urlPathMaps", "paths")))
            .await;
        assert_eq!(refused.error(), (400, (*code).to_owned()), "{refused:?}");
    }
}

#[tokio::test]
async fn rules_that_cannot_be() {
    let azure = Azure::around(&world("deny-on-backend-subnet"), held()).await;
    let group = "networkSecurityGroups/nsg-backend/securityRules";
    let format = FORMAT;
    let cases: &[(&str, Change)] = &[
        ("SecurityRuleConflict", |own| own["priority"] = json!(200)),
        ("SecurityRuleInvalidPriority", |own| {
            own["priority"] = json!(99);
        }),
        ("SecurityRuleInvalidPriority", |own| {
            own["priority"] = json!("4097");
        }),
        ("SecurityRuleInvalidAddressPrefix", |own| {
            own["sourceAddressPrefix"] = json!("10.1.0.0/33");
        }),
        ("SecurityRuleInvalidPortRange", |own| {
            own["destinationPortRange"] = json!("90-80");
        }),
        ("SecurityRuleInvalidPortRange", |own| {
            own["destinationPortRange"] = json!("80,443");
        }),
        (format, |own| own["access"] = json!("Perhaps")),
        (format, |own| own["direction"] = json!(null)),
        (format, |own| own["protocol"] = json!("Sctp")),
        (format, |own| own["priority"] = json!(null)),
        (format, |own| own["destinationAddressPrefix"] = json!(null)),
        (format, |own| {
            own["destinationAddressPrefixes"] = json!(["10.2.0.4"]);
        }),
    ];
    for (code, change) in cases {
        let mut body = allow(150);
        change(&mut body["properties"]);
        let refused = azure
            .write("PUT", &edge(&format!("{group}/new")), &body)
            .await;
        assert_eq!(refused.error(), (400, (*code).to_owned()), "{refused:?}");
    }
    let conflict = azure
        .write("PUT", &edge(&format!("{group}/new")), &allow(200))
        .await;
    assert_eq!(
        conflict.message(),
        "Security rule deny-all-in conflicts with rule new. Rules cannot have the same Priority \
        and Direction."
    );
    let mut out = allow(200);
    out["properties"]["direction"] = json!("Outbound");
    let put = azure
        .write("PUT", &edge(&format!("{group}/out")), &out)
        .await;
    assert_eq!(
        put.status, 201,
        "the other direction has numbers of its own"
    );
    azure.sim.finish_operations();
    let own = azure
        .write("PUT", &edge(&format!("{group}/out")), &out)
        .await;
    assert_eq!(own.status, 200, "its own number is no conflict");
    let nowhere = edge("networkSecurityGroups/none/securityRules/new");
    let nowhere = azure.write("PUT", &nowhere, &allow(150)).await;
    assert_eq!(nowhere.error().0, 404);
}
