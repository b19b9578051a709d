//! A.1 and A.2: the Deny itself goes, or comes later.
use crate::{
    allow::{blocked, deny},
    applied, drafts, held, none, nsg, one,
    world::{TIMEOUT, World, row, rule},
};
use appgw_runbook::{
    draft::{Reason, Risk},
    facts::Blocked,
    plan::{Act, Change, Edit, Need, Pointer},
};
use serde_json::json;

fn child(name: &str) -> appgw_runbook::id::ArmId {
    appgw_runbook::id::ArmId::new(&format!("{}/securityRules/{name}", nsg("nsg-backend")))
}

#[test]
fn w51_a_deny_is_deleted_only_where_a_person_allows_it_and_is_kept_for_the_way_back() {
    let mut world = blocked(200);
    let draft = one(&world, "A.1");
    assert_eq!(
        held(&draft),
        (Reason::DeletesOff, "spec.inputs.A.allowDelete is not true")
    );
    world.said.inputs.allow_delete = true;
    let draft = one(&world, "A.1");
    let act = Act::Delete(deny(200));
    assert_eq!(
        draft.changes,
        [Change {
            on: child("deny-all-in"),
            act
        }]
    );
    assert_eq!(
        draft.undo,
        [Change::create(&child("deny-all-in"), deny(200))]
    );
    assert_eq!(
        (draft.risk, draft.withheld.as_ref(), draft.stands_alone),
        (Risk::High, None, false)
    );
    assert_eq!(draft.effects.len(), 3);
    assert_eq!(
        draft.effects[0],
        "whatever nsg-backend/deny-all-in (200: Tcp * -> *:*) keeps out of there comes in unless another rule drops it, not only the gateway"
    );
    assert!(draft.effects[1].contains("AllowVnetInBound"));
    assert!(draft.effects[2].contains("A.3"));
    assert!(
        draft.checks[1].starts_with("path open with the Deny gone on port 443 and 8443, 2 NSGs"),
        "{:?}",
        draft.checks
    );
    assert_eq!(
        draft.az,
        [
            "az network nsg rule delete --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --nsg-name nsg-backend --name deny-all-in"
        ]
    );
    assert_eq!(
        row(&applied(&world, &draft.changes).report(), "2c-1.1"),
        "no"
    );
}

#[test]
fn w51_what_the_service_writes_is_not_kept_and_every_other_member_is() {
    let mut world = blocked(200);
    world.said.inputs.allow_delete = true;
    let mut found = deny(200);
    found["etag"] = json!("W/\"1\"");
    found["id"] = json!("/x");
    found["properties"]["provisioningState"] = json!("Succeeded");
    found["properties"]["description"] = json!("audit 7");
    found["properties"]["sourceAddressPrefixes"] = json!([]);
    world.nsg("nsg-backend", &[found]);
    let draft = one(&world, "A.1");
    let mut kept = deny(200);
    kept["properties"]["description"] = json!("audit 7");
    kept["properties"]["sourceAddressPrefixes"] = json!([]);
    assert_eq!(draft.changes[0].act, Act::Delete(kept));
}

#[test]
fn w51_a_deny_behind_which_another_waits_is_not_deleted_in_vain() {
    let mut world = blocked(200);
    world.said.inputs.allow_delete = true;
    let allow = rule(
        "allow-web",
        250,
        "Inbound",
        "Allow",
        "10.0.0.0/8",
        "*",
        "80-443",
    );
    let apart = rule(
        "allow-dns",
        260,
        "Inbound",
        "Allow",
        "10.0.0.0/8",
        "*",
        "53",
    );
    let more = rule(
        "deny-more",
        300,
        "Inbound",
        "Deny",
        "VirtualNetwork",
        "*",
        "*",
    );
    let mut narrow = deny(200);
    narrow["properties"]["destinationPortRange"] = json!("400-9000");
    world.nsg("nsg-backend", &[narrow, more, allow, apart]);
    let draft = one(&world, "A.1");
    assert_eq!(
        held(&draft),
        (
            Reason::EvidenceTooWeak,
            "nothing is gained: nsg-backend/deny-more (300) would still drop what goes to 10.2.0.4 on port 8443"
        )
    );
    assert!(draft.effects.contains(&"allow-web (250: Tcp 10.0.0.0/8 -> *:80-443) lets pass from then on what deny-all-in drops now".to_owned()));
    assert!(!draft.effects.iter().any(|it| it.contains("allow-dns")));
}

#[test]
fn default_rules_cannot_be_deleted_or_moved() {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.said.inputs.allow_delete = true;
    world.said.inputs.deny_priority = Some(4000);
    let query = appgw_runbook::facts::Query::Document(crate::id("virtualNetworks/vnet"));
    let vnet = world.answers.get_mut(&query).unwrap().as_mut().unwrap();
    // The back end is peered without access: AllowVnetInBound is not for the gateway, the default Deny is.
    vnet["properties"]["addressSpace"]["addressPrefixes"] = json!(["10.0.0.0/8"]);
    world.put("networkSecurityGroups/nsg-backend", json!({"properties": {"securityRules": [], "defaultSecurityRules": [
        {"name": "DenyAllInBound", "properties": {"priority": 65500, "direction": "Inbound", "access": "Deny", "protocol": "*",
            "sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "sourcePortRange": "*", "destinationPortRange": "*"}}]}}));
    none(&world, "A.1");
    none(&world, "A.2");
    let draft = one(&world, "A.3");
    let Act::Create(rule) = &draft.changes[0].act else {
        panic!()
    };
    assert_eq!(
        rule["properties"]["priority"], 4096,
        "the last number a rule may have"
    );
}

#[test]
fn a_deny_moves_behind_an_allow_that_covers_the_probe() {
    let mut world = blocked(200);
    let allow = rule(
        "allow-gw",
        250,
        "Inbound",
        "Allow",
        "10.1.0.0/24",
        "10.2.0.0/24",
        "443-8443",
    );
    let other = rule(
        "allow-ssh",
        260,
        "Inbound",
        "Allow",
        "10.7.0.0/16",
        "*",
        "22",
    );
    world.nsg("nsg-backend", &[deny(200), allow, other]);
    assert_eq!(
        drafts(&world, "A.2"),
        Err(Blocked::Tell("spec.inputs.A.denyPriority"))
    );
    world.said.inputs.deny_priority = Some(300);
    let draft = one(&world, "A.2");
    let edit = |before: i64, after: i64| Edit {
        at: Pointer::fields("properties/priority"),
        before: json!(before),
        after: json!(after),
    };
    let on = child("deny-all-in");
    assert_eq!(draft.changes, [Change::edit(&on, vec![edit(200, 300)])]);
    assert_eq!(draft.undo, [Change::edit(&on, vec![edit(300, 200)])]);
    assert!(draft.needs.contains(&Need::Free {
        of: nsg("nsg-backend"),
        direction: "Inbound".into(),
        priority: 300,
        but: "deny-all-in".into()
    }));
    assert_eq!((draft.withheld.as_ref(), draft.risk), (None, Risk::Medium));
    for allow in ["allow-gw (250", "allow-ssh (260"] {
        assert!(
            draft.effects.iter().any(|it| it.starts_with(allow)),
            "{allow}"
        );
    }
    assert_eq!(
        draft.checks[0],
        "nsg-backend: priority 300 (Inbound) is free"
    );
    assert!(draft.checks[1].contains("by nsg-backend/allow-gw (250)"));
    assert_eq!(
        draft.az,
        [
            "az network nsg rule update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --nsg-name nsg-backend --name deny-all-in --priority 300"
        ]
    );
    assert_eq!(
        row(&applied(&world, &draft.changes).report(), "2c-1.1"),
        "no"
    );
}

#[test]
fn w51_a_deny_is_not_moved_where_nothing_is_gained_or_the_number_is_wrong() {
    let mut world = blocked(200);
    let allow = rule(
        "allow-gw",
        250,
        "Inbound",
        "Allow",
        "10.1.0.0/24",
        "10.2.0.0/24",
        "443-8443",
    );
    world.nsg("nsg-backend", &[deny(200), allow]);
    for (to, reason, why) in [
        (
            240,
            Reason::EvidenceTooWeak,
            "nothing is gained: nsg-backend/deny-all-in (240) would still drop",
        ),
        (
            250,
            Reason::NeedsInput,
            "spec.inputs.A.denyPriority: 250 is taken by nsg-backend/allow-gw (Inbound)",
        ),
        (
            150,
            Reason::NeedsInput,
            "spec.inputs.A.denyPriority: 150 is not behind 200, the number that nsg-backend/deny-all-in has",
        ),
        (
            200,
            Reason::NeedsInput,
            "spec.inputs.A.denyPriority: 200 is not behind 200",
        ),
        (
            5000,
            Reason::NeedsInput,
            "spec.inputs.A.denyPriority: 5000 is no number a rule may have",
        ),
    ] {
        world.said.inputs.deny_priority = Some(to);
        let draft = one(&world, "A.2");
        let (seen, said) = held(&draft);
        assert_eq!(seen, reason, "{said}");
        assert!(said.starts_with(why), "{said}");
    }
}

#[test]
fn two_denies_in_two_groups_move_and_go_together() {
    let mut world = blocked(200);
    world.said.inputs.allow_delete = true;
    world.said.inputs.deny_priority = Some(4000);
    let out = rule("no-out", 150, "Outbound", "Deny", "*", "10.2.0.0/16", "*");
    let open = rule("allow-out", 160, "Outbound", "Allow", "*", "*", "*");
    world.nsg("nsg-gw", &[out, open]);
    let allow = rule(
        "allow-gw",
        250,
        "Inbound",
        "Allow",
        "10.1.0.0/24",
        "10.2.0.0/24",
        "443-8443",
    );
    world.nsg("nsg-backend", &[deny(200), allow]);
    for method in ["A.1", "A.2"] {
        let draft = one(&world, method);
        assert_eq!(
            (draft.changes.len(), draft.withheld.as_ref()),
            (2, None),
            "{method}"
        );
        assert_eq!(
            row(&applied(&world, &draft.changes).report(), "2c-1.1"),
            "no"
        );
    }
}
