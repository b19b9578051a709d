//! Gateways with one thing in them that cannot be, and the code that is said to it.

use serde_json::{Value, json};

use super::{Change, FORMAT, REFERENCE, edge_id, part, refer};
use crate::sim::tests::{
    fixture::{Azure, held},
    writes::world,
};

#[expect(
    clippy::needless_pass_by_value,
    reason = "the properties are taken over"
)]
fn push(own: &mut Value, list: &str, name: &str, properties: Value) {
    let element = json!({"name": name, "properties": properties});
    own[list].as_array_mut().unwrap().push(element);
}

fn probe(own: &mut Value) -> &mut Value {
    part(own, "probes", "p-api")
}

fn settings(own: &mut Value) -> &mut Value {
    part(own, "backendHttpSettingsCollection", "https-api")
}

fn listener(own: &mut Value) -> &mut Value {
    part(own, "httpListeners", "https")
}

fn pool(own: &mut Value) -> &mut Value {
    &mut part(own, "backendAddressPools", "api")["backendAddresses"]
}

const PROTOCOL: &str = "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettinsProtocol";
const ROOT: &str = "ApplicationGatewayTrustedRootCertificateInvalidData";

const GATEWAYS: &[(&str, Change)] = &[
    (PROTOCOL, |own| probe(own)["protocol"] = json!("Http")),
    (PROTOCOL, |own| settings(own)["protocol"] = json!("Http")),
    (FORMAT, |own| probe(own)["protocol"] = json!("Gopher")),
    (FORMAT, |own| probe(own)["interval"] = json!(0)),
    (FORMAT, |own| probe(own)["unhealthyThreshold"] = json!(21)),
    (FORMAT, |own| {
        probe(own)["match"] = json!({"statusCodes": ["600"]});
    }),
    (FORMAT, |own| probe(own)["path"] = json!(null)),
    ("ApplicationGatewayProbePathIsInvalid", |own| {
        probe(own)["path"] = json!("x");
    }),
    ("ApplicationGatewayProbeHostNameFieldConflict", |own| {
        probe(own)["pickHostNameFromBackendHttpSettings"] = json!(true);
    }),
    ("ApplicationGatewayProbeHostIsNull", |own| {
        probe(own)["host"] = json!(null);
    }),
    ("ApplicationGatewayProbeTimeoutGreaterThanInterval", |own| {
        probe(own)["timeout"] = json!(31);
    }),
    (
        "ApplicationGatewayBackendHttpSettingsIncompatibleProbeSettingPickHostName",
        |own| {
            probe(own)["host"] = json!(null);
            probe(own)["pickHostNameFromBackendHttpSettings"] = json!(true);
            settings(own)["hostName"] = json!(null);
        },
    ),
    (
        "ApplicationGatewayBackendHttpSettingsHostNameFieldConflict",
        |own| {
            settings(own)["pickHostNameFromBackendAddress"] = json!(true);
        },
    ),
    (FORMAT, |own| settings(own)["port"] = json!(65536)),
    (FORMAT, |own| settings(own)["requestTimeout"] = json!(86401)),
    (FORMAT, |own| {
        settings(own)["connectionDraining"]["drainTimeoutInSec"] = json!(3601);
    }),
    (FORMAT, |own| {
        settings(own)["sniName"] = json!("a.example");
        settings(own)["validateSNI"] = json!(false);
    }),
    (REFERENCE, |own| {
        settings(own)["probe"] = refer("probes", "none");
    }),
    (REFERENCE, |own| {
        settings(own)["trustedRootCertificates"] =
            json!([refer("trustedRootCertificates", "none")]);
    }),
    (REFERENCE, |own| {
        part(own, "requestRoutingRules", "main")["backendAddressPool"] =
            refer("backendAddressPools", "none");
    }),
    (REFERENCE, |own| {
        let subnet = edge_id("virtualNetworks/vnet-edge/subnets/none");
        let address = json!({"subnet": {"id": subnet}, "privateIPAddress": "10.1.0.9"});
        push(own, "frontendIPConfigurations", "private", address);
    }),
    (
        "ApplicationGatewayBackendHttpSettingsCannotHaveTrustedRootCertificate",
        |own| {
            push(
                own,
                "trustedRootCertificates",
                "root",
                json!({"keyVaultSecretId": "https://v.example/s"}),
            );
            let roots = json!([refer("trustedRootCertificates", "root")]);
            let plain = json!({"port": 80, "protocol": "Http", "trustedRootCertificates": roots});
            push(own, "backendHttpSettingsCollection", "plain", plain);
        },
    ),
    (ROOT, |own| {
        push(
            own,
            "trustedRootCertificates",
            "root",
            json!({"data": "Q29udG9zbw=="}),
        );
    }),
    (ROOT, |own| {
        push(
            own,
            "trustedRootCertificates",
            "root",
            json!({"data": "no base64!"}),
        );
    }),
    (ROOT, |own| {
        push(own, "trustedRootCertificates", "root", json!({}));
    }),
    ("ApplicationGatewaySslCertificateInvalidData", |own| {
        push(
            own,
            "sslCertificates",
            "new",
            json!({"data": "Q29udG9zbw=="}),
        );
    }),
    (
        "ApplicationGatewaySslCertificateDataMustBeSpecified",
        |own| {
            push(own, "sslCertificates", "new", json!({}));
        },
    ),
    (
        "ApplicationGatewayFeatureCannotBeEnabledForSelectedSku",
        |own| {
            own["authenticationCertificates"] =
                json!([{"name": "a", "properties": {"data": "AA=="}}]);
        },
    ),
    ("ApplicationGatewayKeyVaultSecretException", |own| {
        push(
            own,
            "sslCertificates",
            "new",
            json!({"keyVaultSecretId": "https://v.example/s"}),
        );
    }),
    ("DuplicateResourceName", |own| {
        let again = probe(own).clone();
        push(own, "probes", "P-API", again);
    }),
    ("InvalidResourceName", |own| {
        push(own, "frontendPorts", "a/b", json!({"port": 81}));
    }),
    ("InvalidResourceName", |own| {
        push(own, "frontendPorts", &"a".repeat(81), json!({"port": 81}));
    }),
    (
        "ApplicationGatewayFrontendPortsCannotUseSamePortNumber",
        |own| {
            push(own, "frontendPorts", "again", json!({"port": 443}));
        },
    ),
    (FORMAT, |own| {
        push(own, "frontendPorts", "high", json!({"port": 65300}));
    }),
    ("ApplicationGatewayPortNotValidForProtocol", |own| {
        listener(own)["protocol"] = json!("Http");
    }),
    (
        "ApplicationGatewayHttpsListenerMustReferenceSslCert",
        |own| {
            listener(own)["sslCertificate"] = json!(null);
        },
    ),
    (
        "ApplicationGatewayHttpListenersUsingSameFrontendPortAndFrontendIpConfig",
        |own| {
            let again = listener(own).clone();
            push(own, "httpListeners", "again", again);
        },
    ),
    (FORMAT, |own| {
        listener(own)["hostNames"] = json!(["a.example"]);
    }),
    (FORMAT, |own| {
        listener(own)["hostName"] = json!(null);
        listener(own)["hostNames"] = json!(["a.x", "b.x", "c.x", "d.x", "e.x", "f.x"]);
    }),
    ("ApplicationGatewayBackendAddressInvalid", |own| {
        *pool(own) = json!([{"ipAddress": "10.2.0"}]);
    }),
    ("ApplicationGatewayBackendAddressInvalid", |own| {
        *pool(own) = json!([{"fqdn": "a b"}]);
    }),
    (
        "ApplicationGatewayBackendAddressPoolDuplicateAddress",
        |own| {
            *pool(own) = json!([{"ipAddress": "10.2.0.4"}, {"ipAddress": "10.2.0.4"}]);
        },
    ),
    (FORMAT, |own| *pool(own) = json!([{}])),
    (FORMAT, |own| {
        part(own, "requestRoutingRules", "main")["priority"] = json!(20001);
    }),
    (
        "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty",
        |own| {
            part(own, "requestRoutingRules", "main")["priority"] = json!(null);
        },
    ),
    (
        "ApplicationGatewayRequestRoutingRulesCannotUseSameListener",
        |own| {
            let mut again = part(own, "requestRoutingRules", "main").clone();
            again["priority"] = json!(200);
            push(own, "requestRoutingRules", "again", again);
        },
    ),
    (FORMAT, |own| {
        part(own, "requestRoutingRules", "main")["backendHttpSettings"] = json!(null);
    }),
    (FORMAT, |own| {
        part(own, "requestRoutingRules", "main")["ruleType"] = json!("PathBasedRouting");
    }),
    (FORMAT, |own| own["sku"]["capacity"] = json!(126)),
    (FORMAT, |own| own["sku"]["capacity"] = json!(null)),
    (FORMAT, |own| {
        own["autoscaleConfiguration"] = json!({"minCapacity": 2, "maxCapacity": 4});
    }),
    (FORMAT, |own| {
        own["sku"]["capacity"] = json!(null);
        own["autoscaleConfiguration"] = json!({"minCapacity": 5, "maxCapacity": 4});
    }),
    ("PropertyChangeNotAllowed", |own| {
        own["sku"]["tier"] = json!("Standard");
    }),
    ("ApplicationGatewayIpCofigSubnetCannotBeChanged", |own| {
        let subnet = edge_id("virtualNetworks/vnet-edge/subnets/snet-backend");
        part(own, "gatewayIPConfigurations", "appGatewayIpConfig")["subnet"]["id"] = json!(subnet);
    }),
    ("InvalidRequestFormat", |own| {
        own["gatewayIPConfigurations"] = json!([]);
    }),
    ("InvalidRequestFormat", |own| own["unheardOf"] = json!(1)),
];

#[tokio::test]
async fn gateways_that_cannot_be() {
    let azure = Azure::around(&world("all-healthy"), held()).await;
    let before = azure.gateway().await;
    for (at, (code, change)) in GATEWAYS.iter().enumerate() {
        let refused = azure.put(change).await;
        assert_eq!(refused.status, 400, "{at} {code}: {refused:?}");
        assert_eq!(refused.error().1, *code, "{at}: {refused:?}");
    }
    assert_eq!(azure.gateway().await, before);
    assert_eq!(azure.sim.writes().len(), GATEWAYS.len());
    assert!(azure.sim.accepted_writes().is_empty());
}
