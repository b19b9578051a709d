//! C.1: the platform's own traffic.
use crate::{
    applied, drafts, held, none, nsg, one, rules,
    world::{NOT_RETRIEVED, World, row, rule},
};
use appgw_runbook::{
    draft::{Draft, Reason, Risk, part},
    facts::Blocked,
    id::ArmId,
    plan::{Act, Change, Need, Verify},
};
use serde_json::{Value, json};

fn unknown(all: &[Value]) -> World {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unknown", NOT_RETRIEVED)]);
    world.nsg("nsg-gw", all);
    world
}

/// Drops what the Internet sends, and with it the management plane, but not the load balancer.
fn no_internet(priority: i64) -> Value {
    rule(
        "no-internet",
        priority,
        "Inbound",
        "Deny",
        "Internet",
        "*",
        "*",
    )
}

fn everything(priority: i64) -> Value {
    rule("deny-all-in", priority, "Inbound", "Deny", "*", "*", "*")
}

fn made(draft: &Draft) -> Vec<(String, i64, Value, Value)> {
    let all = draft.changes.iter().map(|it| {
        let Act::Create(rule) = &it.act else {
            panic!("nothing but new rules: {it:?}")
        };
        let of = &rule["properties"];
        assert_eq!(of["destinationAddressPrefix"], "*");
        (
            it.on.name().to_owned(),
            of["priority"].as_i64().unwrap(),
            of["sourceAddressPrefix"].clone(),
            of["destinationPortRange"].clone(),
        )
    });
    all.collect()
}

#[test]
fn w62_the_allow_comes_before_the_rule_that_blocks() {
    let world = unknown(&[no_internet(300)]);
    let draft = one(&world, "C.1");
    let name = "allow-appgw-management";
    let wanted = json!({"name": name, "properties": {"priority": 299, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "sourceAddressPrefix": "GatewayManager", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "65200-65535"}});
    let of = nsg("nsg-gw");
    let on = ArmId::new(&format!("{of}/securityRules/{name}"));
    assert_eq!(draft.changes, [Change::create(&on, wanted.clone())]);
    assert_eq!(
        draft.undo,
        [Change {
            on,
            act: Act::Delete(wanted)
        }]
    );
    assert!(draft.needs.contains(&Need::Free {
        of: of.clone(),
        direction: "Inbound".into(),
        priority: 299,
        but: name.into()
    }));
    assert!(draft.needs.contains(&Need::Is {
        of: of.clone(),
        at: part("securityRules", name),
        value: Value::Null
    }));
    assert!(draft.needs.contains(&Need::Is {
        of,
        at: part("securityRules", "no-internet").field("properties/priority"),
        value: json!(300)
    }));
    let pairs = vec!["api/https-api".to_owned()];
    assert_eq!(
        draft.verify,
        Verify::Health {
            pairs,
            interval: 30
        }
    );
    assert_eq!((draft.risk, draft.withheld.as_ref()), (Risk::Low, None));
    assert_eq!(
        draft.checks,
        [
            "nsg-gw: priority 299 (Inbound) is free, and below 300, that of no-internet",
            "GatewayManager reaches ports 65200-65535 with the change, by allow-appgw-management (299)",
            "AzureLoadBalancer reaches ports 65200-65535 with the change, by AllowVnetInBound (65000)",
        ]
    );
    assert_eq!(
        draft.az,
        [
            "az network nsg rule create --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --nsg-name nsg-gw --name allow-appgw-management --priority 299 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes GatewayManager --source-port-ranges '*' --destination-address-prefixes '*' --destination-port-ranges 65200-65535"
        ]
    );
    let mut after = applied(&world, &draft.changes);
    after.visitor.look = 3;
    assert!(!row(&after.report(), "1b.3").contains("> C"));
    none(&after, "C.1");
}

#[test]
fn both_of_the_platform_s_ways_are_opened_where_both_are_blocked() {
    let world = unknown(&[everything(300)]);
    let draft = one(&world, "C.1");
    let rule = |name: &str, priority: i64, tag: &str, ports: &str| {
        (name.to_owned(), priority, json!(tag), json!(ports))
    };
    assert_eq!(
        made(&draft),
        [
            rule(
                "allow-appgw-management",
                299,
                "GatewayManager",
                "65200-65535"
            ),
            rule("allow-azure-load-balancer", 298, "AzureLoadBalancer", "*"),
        ]
    );
    assert_eq!(draft.withheld, None);
    none(&applied(&world, &draft.changes), "C.1");
}

#[test]
fn w62_a_number_behind_the_deny_or_taken_is_refused() {
    let mut world = unknown(&[
        everything(300),
        rule("a", 150, "Inbound", "Allow", "10.0.0.0/8", "*", "443"),
    ]);
    for (given, why) in [
        (
            400,
            "spec.inputs.C.rulePriority: 400 is not below 300, the number of nsg-gw/deny-all-in: behind it an Allow does nothing",
        ),
        (
            150,
            "spec.inputs.C.rulePriority: 150 is taken by nsg-gw/a (Inbound)",
        ),
        (
            300,
            "spec.inputs.C.rulePriority: 300 is taken by nsg-gw/deny-all-in (Inbound)",
        ),
        (
            5,
            "spec.inputs.C.rulePriority: 5 is no number a rule may have: 100 to 4096",
        ),
    ] {
        world.said.inputs.management_priority = Some(given);
        assert_eq!(held(&one(&world, "C.1")), (Reason::NeedsInput, why));
    }
    world.said.inputs.management_priority = Some(120);
    let draft = one(&world, "C.1");
    let numbers: Vec<i64> = made(&draft).into_iter().map(|it| it.1).collect();
    assert_eq!((numbers, draft.withheld), (vec![120, 299], None));
}

#[test]
fn w62_where_no_number_is_left_before_the_deny_nothing_is_offered() {
    let world = unknown(&[everything(100)]);
    let Err(Blocked::Unclear(why)) = drafts(&world, "C.1") else {
        panic!()
    };
    assert!(why.contains("no number below 100"), "{why}");
}

#[test]
fn a_wider_allow_that_is_there_is_left_alone() {
    // It lets a part of the ports in from anywhere, by the article's own name.
    let wide = rule(
        "Allow-AppGW-Management",
        120,
        "Inbound",
        "Allow",
        "*",
        "*",
        "65200-65400",
    );
    let world = unknown(&[wide.clone(), everything(300)]);
    let draft = one(&world, "C.1");
    assert_eq!(draft.changes.len(), 2);
    assert!(rules(&applied(&world, &draft.changes), "nsg-gw").contains(&wide));
    assert_eq!(draft.withheld, None);
}

#[test]
fn v1_has_ports_of_its_own_and_is_retired() {
    let mut world = unknown(&[no_internet(300)]);
    world.gateway()["properties"]["sku"] =
        json!({"name": "Standard_Medium", "tier": "Standard", "capacity": 2});
    let draft = one(&world, "C.1");
    assert_eq!(made(&draft)[0].3, "65503-65534");
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it.contains("retired on 2026-04-28"))
    );
    assert_eq!(draft.withheld, None);
}

#[test]
fn an_isolated_private_gateway_needs_no_rule() {
    let mut world = unknown(&[no_internet(300)]);
    world.gateway()["tags"] = json!({"EnhancedNetworkControl": "True"});
    let (reason, why) = {
        let draft = one(&world, "C.1");
        let (a, b) = held(&draft);
        (a, b.to_owned())
    };
    assert_eq!(reason, Reason::EvidenceTooWeak);
    assert!(why.contains("isolated"), "{why}");
    let mut world = unknown(&[no_internet(300)]);
    world.gateway()["properties"]["frontendIPConfigurations"] =
        json!([{"properties": {"privateIPAddress": "10.1.0.9"}}]);
    assert_eq!(held(&one(&world, "C.1")).0, Reason::EvidenceTooWeak);
}

#[test]
fn other_subnets_behind_the_same_group_are_named() {
    let mut world = unknown(&[no_internet(300)]);
    let query = appgw_runbook::facts::Query::Document(nsg("nsg-gw"));
    let group = world.answers.get_mut(&query).unwrap().as_mut().unwrap();
    group["properties"]["subnets"] = json!([{"id": "/v/subnets/gw"}, {"id": "/v/subnets/web"}]);
    let draft = one(&world, "C.1");
    assert!(
        draft.effects.contains(
            &"nsg-gw stands before gw, web, and the rule is for any destination".to_owned()
        )
    );
}

#[test]
fn a_group_without_any_rule_for_the_platform_gets_its_rule_anywhere() {
    // Nothing but the default rules: the load balancer has its own there, the management plane has none.
    let world = unknown(&[]);
    let draft = one(&world, "C.1");
    assert_eq!(
        made(&draft),
        [(
            "allow-appgw-management".to_owned(),
            4096,
            json!("GatewayManager"),
            json!("65200-65535")
        )]
    );
    assert_eq!(draft.withheld, None);
}

#[test]
fn a_part_of_the_ports_that_is_blocked_is_enough() {
    let world = unknown(&[
        rule("deny-part", 110, "Inbound", "Deny", "*", "*", "65300"),
        rule(
            "allow-gm",
            120,
            "Inbound",
            "Allow",
            "GatewayManager",
            "*",
            "65200-65535",
        ),
    ]);
    let draft = one(&world, "C.1");
    let numbers: Vec<i64> = made(&draft).into_iter().map(|it| it.1).collect();
    assert_eq!((numbers, draft.withheld), (vec![109, 108], None));
}

#[test]
fn a_name_that_is_taken_is_not_written_over() {
    let known = rule(
        "Allow-AppGW-Management",
        120,
        "Inbound",
        "Allow",
        "10.0.0.0/8",
        "*",
        "443",
    );
    let world = unknown(&[known, no_internet(300)]);
    assert_eq!(made(&one(&world, "C.1"))[0].0, "allow-appgw-management-2");
}
