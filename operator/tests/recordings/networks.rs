//! Every recorded network security group, route table, network, NIC and public address.
use crate::{folder, read};
use appgw_runbook::{
    facts::{Facts, Query, Said},
    id::ArmId,
    nsg::{self, Deciding, Direction, End, Flow, Outcome},
};
use serde_json::Value;

/// Name, priority, access, direction.
type Rule = (&'static str, i64, &'static str, &'static str);
const WEB: &[Rule] = &[("web", 1000, "Allow", "Inbound")];
/// File, own rules, default rules, and the rule that lets a neighbour in to port 22.
const GROUPS: &[(&str, &[Rule], usize, (&str, i64))] = &[
    ("nsg-get", WEB, 6, ("AllowVnetInBound", 65_000)),
    ("nsg-put-201", &[], 6, ("AllowVnetInBound", 65_000)),
    (
        "nsg-put-200",
        &[
            ("ALLOW-SSH", 100, "Allow", "Inbound"),
            ("ALLOW-HTTP", 101, "Allow", "Inbound"),
            ("ALLOW-FTP", 200, "Allow", "Inbound"),
        ],
        6,
        ("ALLOW-SSH", 100),
    ),
];
const GROUP_LIST: &str = "nsg-list-rg";
/// Rules and tables: file, path to a member, its value.
const MEMBERS: &[(&str, &str, &str)] = &[
    (
        "nsg-rule-put-201",
        "/properties/destinationPortRange",
        "4444",
    ),
    (
        "nsg-rule-put-201-extended",
        "/properties/destinationPortRange",
        "4444",
    ),
    (
        "routetable-get",
        "/properties/subnets/0/id",
        "/subscriptions/ec0aa5f7-9e78-40c9-85cd-535c6305b380/resourceGroups/rg0fc58416/providers/Microsoft.Network/virtualNetworks/net0fc58416/subnets/subnet1",
    ),
    (
        "routetable-get-cli",
        "/properties/routes/0/properties/nextHopType",
        "None",
    ),
    (
        "routetable-put-201",
        "/properties/provisioningState",
        "Updating",
    ),
    ("pip-get", "/properties/ipAddress", "20.44.105.156"),
];
/// Networks: file, address space, name and prefix of the one subnet.
const NETS: &[(&str, &str, &str, &str)] = &[
    ("vnet-get-peerings", "10.1.0.0/27", "subnet3", "10.1.0.0/27"),
    (
        "vnet-get-with-appgw-subnet",
        "10.0.0.0/16",
        "subnet1",
        "10.0.0.0/24",
    ),
];
const NICS: &[(&str, &str, &str)] = &[
    ("nic-get-in-appgw-pool", "ipconfig1", "10.0.1.4"),
    ("nic-get-java-backendhealth", "primary", "10.0.0.13"),
];

pub(crate) fn names() -> Vec<&'static str> {
    let mut all: Vec<&str> = GROUPS.iter().map(|one| one.0).collect();
    all.push(GROUP_LIST);
    all.extend(MEMBERS.iter().map(|one| one.0));
    all.extend(NETS.iter().map(|one| one.0));
    all.extend(NICS.iter().map(|one| one.0));
    all
}

fn rules(nsg: &Value, list: &str) -> Vec<(String, i64, String, String)> {
    let text = |rule: &Value, member: &str| rule["properties"][member].as_str().unwrap().to_owned();
    let all = nsg["properties"][list].as_array().unwrap().iter();
    all.map(|rule| {
        let priority = rule["properties"]["priority"].as_i64().unwrap();
        (
            rule["name"].as_str().unwrap().to_owned(),
            priority,
            text(rule, "access"),
            text(rule, "direction"),
        )
    })
    .collect()
}

fn owned(rules: &[Rule]) -> Vec<(String, i64, String, String)> {
    let all = rules.iter();
    all.map(|(name, priority, access, direction)| {
        (
            (*name).into(),
            *priority,
            (*access).into(),
            (*direction).into(),
        )
    })
    .collect()
}

/// From one machine of a network to port 22 of another.
fn neighbour() -> Flow {
    Flow {
        source: End::Nets(vec!["10.0.0.5/32".parse().unwrap()]),
        destination: vec!["10.0.0.4/32".parse().unwrap()],
        destination_asgs: None,
        ports: (22, 22),
        space: vec!["10.0.0.0/16".parse().unwrap()],
    }
}

#[tokio::test]
async fn every_group_is_read_with_its_own_rules_and_the_default_ones() {
    if folder().is_none() {
        return;
    }
    for (name, own, defaults, (rule, priority)) in GROUPS {
        let (_, answer, remarks) = read(name).await;
        let nsg = answer.unwrap();
        assert_eq!(rules(&nsg, "securityRules"), owned(own), "{name}");
        assert_eq!(
            rules(&nsg, "defaultSecurityRules").len(),
            *defaults,
            "{name}"
        );
        let decides = Deciding {
            rule: (*rule).to_owned(),
            priority: *priority,
        };
        let want = Outcome::Allowed(decides);
        assert_eq!(
            nsg::evaluate(&nsg, Direction::Inbound, &neighbour()),
            want,
            "{name}"
        );
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
    let (_, list, remarks) = read(GROUP_LIST).await;
    assert_eq!(
        rules(&list.unwrap()["value"][0], "securityRules"),
        owned(WEB)
    );
    assert!(remarks.is_empty(), "{remarks:?}");
}

#[tokio::test]
async fn every_network_nic_table_and_address_is_read() {
    if folder().is_none() {
        return;
    }
    for (name, member, value) in MEMBERS {
        let (_, answer, remarks) = read(name).await;
        assert_eq!(answer.unwrap().pointer(member).unwrap(), value, "{name}");
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
    let facts = || {
        let said = Said::about(ArmId::new("/x"));
        Facts::about(said, "2026-11-22T09:41:00Z".parse().unwrap())
    };
    for (name, space, subnet, prefix) in NETS {
        let (id, answer, remarks) = read(name).await;
        let mut facts = facts();
        facts.learn(Query::Document(id.clone()), answer);
        let vnet = facts.vnet(&id).unwrap();
        assert_eq!(vnet.space, [space.parse().unwrap()], "{name}");
        assert_eq!(
            (vnet.subnets.len(), vnet.subnets[0].id.name()),
            (1, *subnet),
            "{name}"
        );
        assert_eq!(
            vnet.subnets[0].prefixes,
            [prefix.parse().unwrap()],
            "{name}"
        );
        assert!(
            vnet.peers.is_empty() && vnet.subnets[0].nsg.is_none(),
            "{name}"
        );
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
    for (name, configuration, address) in NICS {
        let (id, answer, remarks) = read(name).await;
        let mut facts = facts();
        facts.learn(Query::Document(id.clone()), answer);
        let nic = facts
            .nic(&ArmId::new(&format!(
                "{id}/ipConfigurations/{configuration}"
            )))
            .unwrap();
        assert_eq!(
            nic.addresses,
            [address.parse::<std::net::IpAddr>().unwrap()],
            "{name}"
        );
        assert_eq!(nic.nsg, None, "{name}");
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
}
