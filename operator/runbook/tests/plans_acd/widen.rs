//! A.4: the gateway's subnet where an Allow names single addresses of it.
use crate::{
    allow::deny,
    applied, found, none, nsg, one, rules,
    world::{TIMEOUT, World, row, rule},
};
use appgw_runbook::{
    draft::Risk,
    facts::Query,
    plan::{Act, Pointer, Verify},
    report::Confidence,
};
use serde_json::{Value, json};

/// An Allow for the instances of yesterday, and a Deny for the rest.
fn instances(sources: &Value) -> World {
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    let mut allow = rule("allow-gw", 150, "Inbound", "Allow", "", "10.2.0.0/24", "*");
    allow["properties"]["sourceAddressPrefix"] = Value::Null;
    match sources {
        Value::String(_) => allow["properties"]["sourceAddressPrefix"] = sources.clone(),
        _ => allow["properties"]["sourceAddressPrefixes"] = sources.clone(),
    }
    world.nsg("nsg-backend", &[allow, deny(200)]);
    world
}

fn sources(world: &World) -> Value {
    let all = rules(world, "nsg-backend");
    let own = &all.iter().find(|it| it["name"] == "allow-gw").unwrap()["properties"];
    json!([own["sourceAddressPrefix"], own["sourceAddressPrefixes"]])
}

#[test]
fn the_subnet_takes_the_place_of_its_instances_and_other_sources_stay() {
    let world = instances(&json!(["10.1.0.5", "10.9.0.0/16", "10.1.0.8/30"]));
    let draft = one(&world, "A.4");
    assert_eq!(draft.changes.len(), 1);
    assert_eq!(draft.changes[0].on.name(), "allow-gw");
    let Act::Edit(edits) = &draft.changes[0].act else {
        panic!()
    };
    let at = |value: &str| Pointer::fields("properties/sourceAddressPrefixes").item(json!(value));
    let seen: Vec<(&Pointer, &Value)> = edits.iter().map(|it| (&it.at, &it.after)).collect();
    assert_eq!(
        seen,
        [
            (&at("10.1.0.0/24"), &json!("10.1.0.0/24")),
            (&at("10.1.0.5"), &Value::Null),
            (&at("10.1.0.8/30"), &Value::Null)
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
    assert_eq!((draft.risk, draft.withheld.as_ref()), (Risk::Medium, None));
    assert!(
        draft
            .effects
            .contains(&"its other sources stay: 10.9.0.0/16".to_owned())
    );
    assert!(
        draft.effects.contains(
            &"deny-all-in (200: Tcp * -> *:*) no longer drops what 10.1.0.0/24 sends by this rule"
                .to_owned()
        )
    );
    assert!(
        draft.checks[0].starts_with("api/https-api: path open with the subnet in the rule"),
        "{:?}",
        draft.checks
    );
    assert_eq!(
        draft.az,
        [
            "az network nsg rule update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --nsg-name nsg-backend --name allow-gw --source-address-prefixes 10.9.0.0/16 10.1.0.0/24"
        ]
    );
    let after = applied(&world, &draft.changes);
    assert_eq!(sources(&after)[1], json!(["10.9.0.0/16", "10.1.0.0/24"]));
    assert_eq!(row(&after.report(), "2c-1.1"), "no");
    none(&after, "A.4");
}

#[test]
fn a_single_source_stays_in_the_singular_form() {
    let world = instances(&json!("10.1.0.5"));
    let after = applied(&world, &one(&world, "A.4").changes);
    assert_eq!(sources(&after), json!(["10.1.0.0/24", null]));
}

#[test]
fn a_subnet_of_two_ranges_takes_the_plural_form() {
    let mut world = instances(&json!("10.1.0.5"));
    let query = Query::Document(crate::id("virtualNetworks/vnet"));
    let vnet = world.answers.get_mut(&query).unwrap().as_mut().unwrap();
    let subnet = &mut vnet["properties"]["subnets"][0]["properties"];
    subnet["addressPrefixes"] = json!(["10.1.0.0/24", "10.1.4.0/24", "fd00::/64"]);
    subnet["addressPrefix"] = Value::Null;
    let after = applied(&world, &one(&world, "A.4").changes);
    assert_eq!(
        sources(&after),
        json!([null, ["10.1.0.0/24", "10.1.4.0/24"]]),
        "of the family it had"
    );
}

#[test]
fn the_word_of_a_person_makes_one_surer_finding_and_one_plan() {
    let mut world = instances(&json!(["10.1.0.5"]));
    let before = one(&world, "A.4");
    world.said.after_platform_upgrade = Some(true);
    let (_, findings) = found(&world);
    let sure = findings
        .iter()
        .find(|it| it.id == "instance-addresses-after-upgrade")
        .unwrap();
    assert_eq!(sure.confidence, Confidence::Likely);
    let after = one(&world, "A.4");
    assert_eq!(
        (before.changes, before.verify),
        (after.changes, after.verify)
    );
}

#[test]
fn a_deny_for_instances_is_never_made_wider() {
    let mut world = World::healthy();
    world.said.after_platform_upgrade = Some(true);
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    world.nsg(
        "nsg-backend",
        &[rule(
            "deny-one", 150, "Inbound", "Deny", "10.1.0.5", "*", "*",
        )],
    );
    none(&world, "A.4");
    // An Allow before it is the way.
    let draft = one(&world, "A.3");
    assert!(
        !draft.stands_alone,
        "which instances it meets cannot be seen"
    );
    assert_eq!(
        row(&applied(&world, &draft.changes).report(), "2c-1.1"),
        "no"
    );
}

#[test]
fn a_rule_that_opens_nothing_is_said_to_open_nothing() {
    let mut world = instances(&json!(["10.1.0.5"]));
    world.said.after_platform_upgrade = Some(true);
    let allow = rule(
        "allow-other",
        150,
        "Inbound",
        "Allow",
        "10.1.0.5",
        "10.3.0.0/24",
        "*",
    );
    world.nsg("nsg-backend", &[allow]);
    world.said.slow_to_start = Some(false);
    let draft = one(&world, "A.4");
    assert!(
        draft.checks[0].starts_with("no pair that is down is seen to be let through"),
        "{:?}",
        draft.checks
    );
    assert_eq!(
        draft.changes[0].on,
        appgw_runbook::id::ArmId::new(&format!("{}/securityRules/allow-other", nsg("nsg-backend")))
    );
}

#[test]
fn a_rule_that_has_the_whole_subnet_anyway_is_left_alone() {
    let mut world = instances(&json!(["10.1.0.5", "10.1.0.0/16"]));
    world.said.after_platform_upgrade = Some(true);
    world.said.slow_to_start = Some(false);
    none(&world, "A.4");
    let mut world = instances(&json!(["10.1.0.5", "VirtualNetwork"]));
    world.said.after_platform_upgrade = Some(true);
    world.said.slow_to_start = Some(false);
    none(&world, "A.4");
}
