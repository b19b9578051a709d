//! A.3: an Allow before the Deny.
use crate::{
    applied, drafts, found, held, none, nsg, one, rules,
    world::{REFUSED, RG, TIMEOUT, World, id, row, rule},
};
use appgw_runbook::{
    draft::{Reason, Risk, part},
    facts::{Blocked, Gap, Query},
    id::ArmId,
    plan::{Act, Change, Need, Verify},
};
use serde_json::{Value, json};

pub(crate) fn deny(priority: i64) -> Value {
    rule("deny-all-in", priority, "Inbound", "Deny", "*", "*", "*")
}

/// The only server is down, and a Deny stands before it.
pub(crate) fn blocked(priority: i64) -> World {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.nsg("nsg-backend", &[deny(priority)]);
    world
}

fn created(change: &Change) -> &Value {
    let Act::Create(rule) = &change.act else {
        panic!("{change:?}")
    };
    rule
}

#[test]
fn an_allow_for_the_very_servers_and_ports_right_before_the_deny() {
    let world = blocked(200);
    let draft = one(&world, "A.3");
    let child = nsg("nsg-backend").to_string() + "/securityRules/allow-appgw-443";
    let child = child.replace("-443", "-8443");
    let wanted = json!({"name": "allow-appgw-8443", "properties": {
        "priority": 199, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "sourceAddressPrefix": "10.1.0.0/24", "sourcePortRange": "*",
        "destinationAddressPrefix": "10.2.0.4", "destinationPortRanges": ["443", "8443"]}});
    let on = ArmId::new(&child);
    assert_eq!(draft.changes, [Change::create(&on, wanted.clone())]);
    let act = Act::Delete(wanted);
    assert_eq!(draft.undo, [Change { on, act }]);
    let of = nsg("nsg-backend");
    let of_deny = |member: &str, value: Value| Need::Is {
        of: of.clone(),
        at: part("securityRules", "deny-all-in")
            .field("properties")
            .field(member),
        value,
    };
    assert_eq!(
        draft.needs,
        [
            of_deny("priority", json!(200)),
            of_deny("access", json!("Deny")),
            Need::Is {
                of: of.clone(),
                at: part("securityRules", "allow-appgw-8443"),
                value: Value::Null
            },
            Need::Free {
                of: of.clone(),
                direction: "Inbound".into(),
                priority: 199,
                but: "allow-appgw-8443".into()
            },
        ]
    );
    let pairs = vec!["api/https-api".to_owned()];
    assert_eq!(
        draft.verify,
        Verify::Health {
            pairs,
            interval: 30
        }
    );
    assert_eq!(
        draft.effects,
        [
            "admits nothing but 10.1.0.0/24 -> 10.2.0.4:443,8443 through nsg-backend; deny-all-in goes on dropping everything else"
        ]
    );
    assert_eq!(
        draft.checks,
        [
            "nsg-backend: priority 199 (Inbound) is free, and below 200, that of deny-all-in",
            "nsg-backend: the name allow-appgw-8443 is free",
            "path open with the rule added on port 443 and 8443, 2 NSGs evaluated, by nsg-backend/allow-appgw-8443 (199), nsg-gw/AllowVnetOutBound (65000)",
        ]
    );
    assert_eq!(
        draft.az,
        [
            "az network nsg rule create --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --nsg-name nsg-backend --name allow-appgw-8443 --priority 199 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes 10.1.0.0/24 --source-port-ranges '*' --destination-address-prefixes 10.2.0.4 --destination-port-ranges 443 8443"
        ]
    );
    assert_eq!((draft.risk, draft.withheld), (Risk::Low, None));
    assert!(draft.stands_alone);
    let after = applied(&world, &draft.changes);
    assert_eq!(row(&after.report(), "2c-1.1"), "no");
    none(&after, "A.3");
}

#[test]
fn w52_the_article_s_rule_name_is_not_written_over_and_no_rule_is_without_destination() {
    let mut world = blocked(200);
    let known = rule(
        "Allow-AppGW-8443",
        300,
        "Inbound",
        "Allow",
        "10.9.0.0/16",
        "*",
        "22",
    );
    world.nsg("nsg-backend", &[deny(200), known.clone()]);
    let draft = one(&world, "A.3");
    let rule = created(draft.changes.first().unwrap());
    assert_eq!(rule["name"], "allow-appgw-8443-2");
    assert_ne!(rule["properties"]["destinationAddressPrefix"], "*");
    let after = applied(&world, &draft.changes);
    assert!(rules(&after, "nsg-backend").contains(&known));
}

#[test]
fn w52_one_port_and_one_group_of_several_are_not_enough_so_all_are_in_one_plan() {
    let mut world = blocked(200);
    let out = rule("no-out", 150, "Outbound", "Deny", "*", "10.2.0.0/16", "*");
    world.nsg("nsg-gw", &[out]);
    nic(
        &mut world,
        &[rule(
            "no-nic",
            4000,
            "Inbound",
            "Deny",
            "VirtualNetwork",
            "*",
            "443-8443",
        )],
    );
    let draft = one(&world, "A.3");
    let seen: Vec<(String, i64, String)> = draft
        .changes
        .iter()
        .map(|it| {
            let rule = created(it);
            (
                it.on.as_str().replace(RG, ""),
                rule["properties"]["priority"].as_i64().unwrap(),
                rule["properties"]["direction"].to_string(),
            )
        })
        .collect();
    let at = |tail: &str| format!("/networkSecurityGroups/{tail}");
    assert_eq!(
        seen,
        [
            (
                at("nsg-backend/securityRules/allow-appgw-8443"),
                199,
                "\"Inbound\"".into()
            ),
            (
                at("nsg-gw/securityRules/allow-appgw-out-8443"),
                149,
                "\"Outbound\"".into()
            ),
            (
                at("nsg-nic/securityRules/allow-appgw-8443"),
                3999,
                "\"Inbound\"".into()
            ),
        ]
    );
    assert!(
        draft
            .checks
            .iter()
            .any(|it| it.starts_with("path open with the rules changed")
                && it.contains("3 NSGs evaluated"))
    );
    assert_eq!(draft.withheld, None);
    assert_eq!(
        row(&applied(&world, &draft.changes).report(), "2c-1.1"),
        "no"
    );
}

/// The server's NIC, with a group of its own.
fn nic(world: &mut World, rules: &[Value]) {
    let own = id("networkInterfaces/nic-a");
    let vnet = Query::Document(id("virtualNetworks/vnet"));
    let vnet = world.answers.get_mut(&vnet).unwrap().as_mut().unwrap();
    vnet["properties"]["subnets"][1]["properties"]["ipConfigurations"] =
        json!([{"id": format!("{own}/ipConfigurations/a")}]);
    world.put(
        "networkInterfaces/nic-a",
        json!({"properties": {
        "networkSecurityGroup": {"id": nsg("nsg-nic").as_str()},
        "ipConfigurations": [{"properties": {"privateIPAddress": "10.2.0.4"}}]}}),
    );
    world.nsg("nsg-nic", rules);
}

#[test]
fn the_highest_free_number_below_the_deny_and_a_given_one_if_it_is_good() {
    let mut world = blocked(200);
    let other = |name: &str, priority: i64| {
        rule(name, priority, "Inbound", "Allow", "10.7.0.0/16", "*", "22")
    };
    world.nsg(
        "nsg-backend",
        &[deny(200), other("a", 199), other("b", 198)],
    );
    assert_eq!(
        created(&one(&world, "A.3").changes[0])["properties"]["priority"],
        197
    );
    world.said.inputs.allow_priority = Some(150);
    assert_eq!(
        created(&one(&world, "A.3").changes[0])["properties"]["priority"],
        150
    );
    for (given, why) in [
        (
            198,
            "spec.inputs.A.rulePriority: 198 is taken by nsg-backend/b (Inbound)",
        ),
        (
            300,
            "spec.inputs.A.rulePriority: 300 is not below 200, the number of nsg-backend/deny-all-in: behind it an Allow does nothing",
        ),
        (
            99,
            "spec.inputs.A.rulePriority: 99 is no number a rule may have: 100 to 4096",
        ),
    ] {
        world.said.inputs.allow_priority = Some(given);
        let draft = one(&world, "A.3");
        assert_eq!(held(&draft), (Reason::NeedsInput, why));
        assert!(
            !draft
                .checks
                .iter()
                .any(|it| it.contains("is free, and below"))
        );
    }
}

#[test]
fn a_number_of_the_other_direction_is_free() {
    let mut world = blocked(200);
    let out = rule("out", 199, "Outbound", "Allow", "*", "*", "*");
    world.nsg("nsg-backend", &[deny(200), out]);
    assert_eq!(
        created(&one(&world, "A.3").changes[0])["properties"]["priority"],
        199
    );
}

#[test]
fn a_deny_at_100_leaves_no_room_and_only_a_person_can_move_it() {
    let mut world = blocked(100);
    assert_eq!(
        drafts(&world, "A.3"),
        Err(Blocked::Tell("spec.inputs.A.denyPriority"))
    );
    world.said.inputs.deny_priority = Some(300);
    let between = rule(
        "allow-ssh",
        200,
        "Inbound",
        "Allow",
        "10.7.0.0/16",
        "*",
        "22",
    );
    let apart = rule(
        "allow-dns",
        210,
        "Inbound",
        "Deny",
        "10.7.0.0/16",
        "*",
        "53",
    );
    world.nsg("nsg-backend", &[deny(100), between, apart]);
    let draft = one(&world, "A.3");
    let [moved, new] = draft.changes.as_slice() else {
        panic!("{draft:#?}")
    };
    assert_eq!(moved.on.name(), "deny-all-in");
    assert_eq!(created(new)["properties"]["priority"], 100);
    assert_eq!(draft.withheld, None);
    assert!(draft.effects.contains(&"allow-ssh (200: Tcp 10.7.0.0/16 -> *:22) lets pass from then on what deny-all-in drops now".to_owned()));
    assert!(!draft.effects.iter().any(|it| it.contains("allow-dns")));
    let after = applied(&world, &draft.changes);
    assert_eq!(row(&after.report(), "2c-1.1"), "no");
    // Moving it nowhere, or onto another rule, is no way.
    for (to, why) in [
        (100, "is not behind 100"),
        (200, "is taken by nsg-backend/allow-ssh"),
    ] {
        world.said.inputs.deny_priority = Some(to);
        let draft = one(&world, "A.3");
        let (reason, said) = held(&draft);
        assert_eq!(reason, Reason::NeedsInput);
        assert!(
            said.starts_with("spec.inputs.A.denyPriority: ") && said.contains(why),
            "{said}"
        );
    }
}

#[test]
fn what_still_drops_it_afterwards_withholds_the_plan() {
    // A second Deny of the same group counts only for a part of the ports, but earlier.
    let mut world = blocked(200);
    world.said.inputs.allow_priority = Some(180);
    let early = rule("deny-443", 150, "Inbound", "Deny", "*", "*", "443");
    world.nsg("nsg-backend", &[deny(200), early]);
    let draft = one(&world, "A.3");
    assert_eq!(
        held(&draft).0,
        Reason::NeedsInput,
        "not below the first of the two"
    );
    world.said.inputs.allow_priority = None;
    let draft = one(&world, "A.3");
    assert_eq!(created(&draft.changes[0])["properties"]["priority"], 149);
    assert_eq!(draft.withheld, None);
}

#[test]
fn the_default_deny_is_no_rule_of_anybody_and_its_number_leaves_room() {
    let mut world = blocked(200);
    let vnet = rule(
        "no-vnet",
        4096,
        "Inbound",
        "Deny",
        "VirtualNetwork",
        "VirtualNetwork",
        "*",
    );
    world.nsg("nsg-backend", &[vnet]);
    assert_eq!(
        created(&one(&world, "A.3").changes[0])["properties"]["priority"],
        4095
    );
}

#[test]
fn members_whose_addresses_come_and_go_are_named_by_their_subnet() {
    let mut world = blocked(200);
    world.health(&[("api.internal", "Unhealthy", REFUSED)]);
    world.answers.insert(
        Query::Resolve("api.internal".into()),
        Ok(json!({"addresses": ["10.2.0.9"]})),
    );
    let draft = one(&world, "A.3");
    let to = |draft: &appgw_runbook::draft::Draft| {
        created(&draft.changes[0])["properties"]["destinationAddressPrefix"].clone()
    };
    assert_eq!(to(&draft), "10.2.0.0/24");
    assert!(draft.effects[1].contains("a name may come to stand for another address"));
    assert!(!draft.stands_alone, "the gateway may see another address");

    let mut world = blocked(200);
    world.gateway()["tags"] = json!({"managed-by-k8s-ingress": "true"});
    assert_eq!(to(&one(&world, "A.3")), "10.2.0.0/24");

    let mut world = blocked(200);
    let many: Vec<String> = (4..40).map(|n| format!("10.2.0.{n}")).collect();
    let many: Vec<(&str, &str, &str)> = many
        .iter()
        .map(|it| (it.as_str(), "Unhealthy", TIMEOUT))
        .collect();
    world.health(&many);
    let draft = one(&world, "A.3");
    assert_eq!(to(&draft), "10.2.0.0/24");
    assert!(
        draft
            .checks
            .contains(&"32 of 36 servers were tried".to_owned())
    );
}

#[test]
fn several_servers_are_named_one_by_one() {
    let mut world = blocked(200);
    world.health(&[
        ("10.2.0.5", "Unhealthy", TIMEOUT),
        ("10.2.0.4", "Unhealthy", REFUSED),
    ]);
    let draft = one(&world, "A.3");
    let rule = created(&draft.changes[0]).clone();
    assert_eq!(
        rule["properties"]["destinationAddressPrefixes"],
        json!(["10.2.0.4", "10.2.0.5"])
    );
    assert_eq!(rule["properties"].get("destinationAddressPrefix"), None);
}

#[test]
fn what_cannot_be_seen_is_said_and_the_plan_does_not_stand_alone() {
    let mut world = blocked(200);
    nic(&mut world, &[]);
    world.answers.insert(
        Query::Document(nsg("nsg-nic")),
        Err(Gap::Denied {
            action: "read".into(),
        }),
    );
    let draft = one(&world, "A.3");
    assert!(!draft.stands_alone && draft.withheld.is_none());
    assert!(
        draft
            .checks
            .iter()
            .any(|it| it.contains("not known is 10.2.0.4 at NIC in: not permitted: read")),
        "{:?}",
        draft.checks
    );
}

#[test]
fn two_pairs_behind_one_deny_get_names_and_numbers_of_their_own() {
    let mut world = blocked(200);
    let gateway = id("applicationGateways/shop");
    let sub = |kind: &str, name: &str| json!({"id": format!("{gateway}/{kind}/{name}")});
    let properties = &mut world.gateway()["properties"];
    let push = |list: &mut Value, item: Value| list.as_array_mut().unwrap().push(item);
    push(
        &mut properties["backendAddressPools"],
        json!({"name": "web", "properties": {"backendAddresses": [{"ipAddress": "10.2.0.7"}]}}),
    );
    push(
        &mut properties["requestRoutingRules"],
        json!({"name": "r2", "properties": {"backendAddressPool": sub("backendAddressPools", "web"), "backendHttpSettings": sub("backendHttpSettingsCollection", "https-api")}}),
    );
    let pool = |name: &str, server: &str| {
        json!({"backendAddressPool": {"id": format!("/p/{name}")},
        "backendHttpSettingsCollection": [{"backendHttpSettings": {"id": "/s/https-api"}, "servers": [{"address": server, "health": "Unhealthy", "healthProbeLog": TIMEOUT}]}]})
    };
    world.answer_health(Ok(
        json!({"backendAddressPools": [pool("web", "10.2.0.7"), pool("api", "10.2.0.4")]}),
    ));
    let two = drafts(&world, "A.3").unwrap();
    let mut seen: Vec<(String, Value)> = two
        .iter()
        .map(|it| {
            (
                it.changes[0].on.name().to_owned(),
                created(&it.changes[0])["properties"]["priority"].clone(),
            )
        })
        .collect();
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        seen,
        [
            ("allow-appgw-8443".into(), json!(199)),
            ("allow-appgw-8443-2".into(), json!(198))
        ]
    );
    // Once the first is made the second is the same as before.
    let first = two
        .iter()
        .find(|it| it.changes[0].on.name() == "allow-appgw-8443")
        .unwrap();
    let second = two
        .iter()
        .find(|it| it.changes[0].on.name() == "allow-appgw-8443-2")
        .unwrap();
    assert_eq!(
        one(&applied(&world, &first.changes), "A.3").changes,
        second.changes
    );
}

#[test]
fn a_deny_that_leaves_a_live_member_is_proven_all_the_same() {
    let mut world = blocked(200);
    world.health(&[
        ("10.2.0.4", "Unhealthy", TIMEOUT),
        ("10.2.0.5", "Healthy", "Success. Received 200 status code"),
    ]);
    let single = rule("deny-one", 200, "Inbound", "Deny", "*", "10.2.0.4", "*");
    world.nsg("nsg-backend", &[single]);
    let draft = one(&world, "A.3");
    assert!(draft.stands_alone);
    assert_eq!(
        created(&draft.changes[0])["properties"]["destinationAddressPrefix"],
        "10.2.0.4"
    );
}

#[test]
fn w52_without_a_deny_nothing_is_written() {
    let mut world = blocked(200);
    world.nsg("nsg-backend", &[]);
    world.said.slow_to_start = Some(false);
    assert!(
        found(&world)
            .1
            .iter()
            .any(|it| it.id == "backend-not-listening")
    );
    for method in ["A.1", "A.2", "A.3", "A.4"] {
        none(&world, method);
    }
}

#[test]
fn a_server_behind_the_deny_is_let_in_too_though_its_health_word_lags() {
    let mut world = blocked(200);
    let with = |world: &mut World, word: &str| {
        world.health(&[("10.2.0.5", word, ""), ("10.2.0.4", "Unhealthy", TIMEOUT)]);
        one(world, "A.3")
    };
    let (a, b) = (with(&mut world, "Healthy"), with(&mut world, "Unknown"));
    assert_eq!(a.changes, b.changes, "the same plan today and tomorrow");
    assert_eq!(
        created(&a.changes[0])["properties"]["destinationAddressPrefixes"],
        json!(["10.2.0.4", "10.2.0.5"])
    );
    assert!(a.stands_alone);
}

#[test]
fn other_subnets_and_pairs_that_the_rule_concerns_are_named() {
    let mut world = blocked(200);
    let query = Query::Document(nsg("nsg-backend"));
    let group = world.answers.get_mut(&query).unwrap().as_mut().unwrap();
    group["properties"]["subnets"] = json!([{"id": "/v/subnets/be"}, {"id": "/v/subnets/db"}]);
    group["properties"]["networkInterfaces"] = json!([{"id": "/n/nic-a"}]);
    let settings = world.gateway()["properties"]["backendHttpSettingsCollection"]
        .as_array_mut()
        .unwrap();
    settings.push(json!({"name": "plain", "properties": {"port": 8443, "protocol": "Http"}}));
    let server = json!([{"address": "10.2.0.4", "health": "Unhealthy", "healthProbeLog": TIMEOUT}]);
    world.answer_health(Ok(json!({"backendAddressPools": [{"backendAddressPool": {"id": "/p/api"}, "backendHttpSettingsCollection": [
        {"backendHttpSettings": {"id": "/s/https-api"}, "servers": server}, {"backendHttpSettings": {"id": "/s/plain"}, "servers": server}]}]})));
    let draft = one(&world, "A.3");
    assert!(
        draft
            .effects
            .contains(&"nsg-backend stands before be, db, NIC nic-a".to_owned())
    );
    assert!(
        draft
            .effects
            .contains(&"api/plain is let through by the same rule".to_owned()),
        "{:?}",
        draft.effects
    );
}

#[test]
fn ranges_of_both_families_stay_apart() {
    let mut world = blocked(200);
    let query = Query::Document(id("virtualNetworks/vnet"));
    let vnet = world.answers.get_mut(&query).unwrap().as_mut().unwrap();
    let subnets = vnet["properties"]["subnets"].as_array_mut().unwrap();
    for (subnet, ranges) in subnets.iter_mut().zip([
        json!(["10.1.0.0/24", "fd00:1::/64"]),
        json!(["10.2.0.0/24", "fd00:2::/64"]),
    ]) {
        subnet["properties"]["addressPrefixes"] = ranges;
        subnet["properties"]["addressPrefix"] = Value::Null;
    }
    world.health(&[
        ("10.2.0.4", "Unhealthy", TIMEOUT),
        ("fd00:2::4", "Unhealthy", TIMEOUT),
    ]);
    let draft = one(&world, "A.3");
    let seen: Vec<(Value, Value, Value)> = draft
        .changes
        .iter()
        .map(|it| {
            let of = &created(it)["properties"];
            (
                of["priority"].clone(),
                of["sourceAddressPrefix"].clone(),
                of["destinationAddressPrefix"].clone(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (json!(199), json!("fd00:1::/64"), json!("fd00:2::4")),
            (json!(198), json!("10.1.0.0/24"), json!("10.2.0.4")),
        ]
    );
    assert_eq!(draft.withheld, None);
}
