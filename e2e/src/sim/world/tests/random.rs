//! Nothing in a document makes the world panic.

use proptest::prelude::*;
use serde_json::{Map, json};

use super::{
    super::{Decision, Direction, Packet, Tags, Transport, nsg_decides},
    *,
};

/// Any JSON, with the words of documents among it.
fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "*",
        "",
        "Tcp",
        "Inbound",
        "Outbound",
        "Allow",
        "Deny",
        "10.1.0.0/24",
        "10.1.0.4",
        "80",
        "80-90",
        "Internet",
        "VirtualNetwork",
        "Nobody",
        "200",
        "999999999999999999999",
        "Https",
        "200-399",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let fields = prop::sample::select(vec![
            "properties",
            "securityRules",
            "defaultSecurityRules",
            "priority",
            "access",
            "direction",
            "protocol",
            "sourceAddressPrefix",
            "sourceAddressPrefixes",
            "destinationPortRange",
            "destinationPortRanges",
            "id",
            "sourceApplicationSecurityGroups",
            "name",
            "pathRules",
            "subnets",
            "etag",
            "backendAddresses",
            "port",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((fields, inner), 0..6).prop_map(|fields| {
                let fields = fields
                    .into_iter()
                    .map(|(field, value)| (field.to_owned(), value));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

/// A rule whose fields are anything.
fn any_rule() -> impl Strategy<Value = Value> {
    prop::collection::vec(any_json(), 9).prop_map(|mut values| {
        let mut next = || values.pop().unwrap_or_default();
        json!({"name": next(), "properties": {
            "priority": next(), "access": next(), "direction": next(), "protocol": next(),
            "sourceAddressPrefix": next(), "destinationAddressPrefixes": next(),
            "sourcePortRange": next(), "destinationPortRanges": next(),
        }})
    })
}

proptest! {
    #[test]
    fn the_evaluator_decides_or_says_that_it_cannot(
        rules in prop::collection::vec(any_rule(), 0..6),
        defaults in any_json(),
        source: u32,
        destination: u32,
        port: u16,
    ) {
        let group = json!({"properties": {"securityRules": rules, "defaultSecurityRules": defaults}});
        let packet = Packet {
            source: std::net::Ipv4Addr::from(source).into(),
            source_port: port,
            destination: std::net::Ipv4Addr::from(destination).into(),
            destination_port: port,
            protocol: Transport::Tcp,
        };
        let tags = Tags::new(vec!["10.0.0.0/8".parse().unwrap()]);
        for direction in [Direction::Inbound, Direction::Outbound] {
            let decided = nsg_decides(&group, direction, &packet, &tags);
            if matches!(decided, Decision::Allow(_) | Decision::Deny(_)) {
                prop_assert!(!decided.rule().is_empty());
            }
        }
    }

    #[test]
    fn any_document_can_be_stored_and_asked_about(document in any_json(), part in any_json()) {
        let mut world = load("nic-pool");
        for rest in [
            "applicationGateways/shop",
            "networkSecurityGroups/nsg-backend",
            "virtualNetworks/vnet-edge",
            "networkInterfaces/nic-api-0",
            "networkInterfaces/nic-api-0/ipConfigurations/ipconfig1",
            "applicationGateways/shop/backendAddressPools/api",
            "networkSecurityGroups/nsg-backend/securityRules/deny-api-in",
        ] {
            let mut world = world.clone();
            world.put(&id(rest), document.clone()).unwrap();
            let _ = (world.back_end_health(&gateway()), shop(&world));
        }
        let list = ["probes", "backendHttpSettingsCollection", "requestRoutingRules", "httpListeners"];
        for list in list {
            let mut gateway_document = world.get(&gateway()).unwrap();
            gateway_document["properties"][list] = part.clone();
            world.put(&gateway(), gateway_document).unwrap();
            let _ = (world.back_end_health(&gateway()), shop(&world));
        }
    }
}
