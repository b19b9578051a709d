//! D.1: members for a pool.
use crate::{
    applied, drafts, found, held, id, none, one,
    world::{World, row, rule},
};
use appgw_runbook::{
    draft::{Draft, Reason, Risk, part},
    facts::{Blocked, Query},
    plan::{Act, Edit, Need, Verify},
};
use serde_json::{Value, json};

/// Pool `api` is used and has no member.
fn empty() -> World {
    let mut world = World::healthy();
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([]);
    world.health(&[]);
    world
}

fn given(addresses: &[&str]) -> World {
    let mut world = empty();
    world.said.inputs.addresses = addresses.iter().map(ToString::to_string).collect();
    world
}

fn members(world: &World) -> Value {
    let query = Query::Document(world.said.gateway.clone());
    let document = world.answers.get(&query).unwrap().as_ref().unwrap();
    document["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"].clone()
}

fn refused(world: &World) -> (Reason, String) {
    let draft = one(world, "D.1");
    assert!(draft.changes.is_empty(), "{draft:#?}");
    let (reason, why) = held(&draft);
    (reason, why.to_owned())
}

#[test]
fn given_members_are_appended_one_by_one() {
    let world = given(&["10.2.0.4", "Shop.Contoso.com"]);
    let draft: Draft = one(&world, "D.1");
    let at = part("backendAddressPools", "api").field("properties/backendAddresses");
    let edit = |member: Value| Edit {
        at: at.clone().item(member.clone()),
        before: Value::Null,
        after: member,
    };
    let (ip, name) = (
        json!({"ipAddress": "10.2.0.4"}),
        json!({"fqdn": "shop.contoso.com"}),
    );
    assert_eq!(draft.changes[0].on, id("applicationGateways/shop"));
    assert_eq!(
        draft.changes[0].act,
        Act::Edit(vec![edit(ip.clone()), edit(name.clone())])
    );
    assert_eq!(
        draft.needs,
        [Need::Is {
            of: id("applicationGateways/shop"),
            at,
            value: Value::Null
        }]
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
        (draft.risk, draft.withheld.as_ref(), draft.title.as_str()),
        (
            Risk::Medium,
            None,
            "Add 10.2.0.4, shop.contoso.com to pool api"
        )
    );
    assert_eq!(
        draft.checks,
        [
            "pool api has no member, and api/https-api lead to it",
            "no NSG drops what goes to 10.2.0.4 on port 8443, 2 evaluated"
        ]
    );
    assert!(draft.effects[1].contains("DNS servers"));
    assert_eq!(
        draft.az,
        [
            "az network application-gateway address-pool update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --gateway-name shop --name api --servers 10.2.0.4 shop.contoso.com"
        ]
    );
    let after = applied(&world, &draft.changes);
    assert_eq!(members(&after), json!([ip, name]));
    assert_eq!(members(&applied(&after, &draft.undo)), json!([]));
}

#[test]
fn a_pool_without_the_list_gets_one() {
    let mut world = given(&["10.2.0.4"]);
    world.gateway()["properties"]["backendAddressPools"][0]["properties"] = json!({});
    let after = applied(&world, &one(&world, "D.1").changes);
    assert_eq!(members(&after), json!([{"ipAddress": "10.2.0.4"}]));
}

#[test]
fn without_members_given_a_person_is_asked() {
    assert_eq!(
        drafts(&empty(), "D.1"),
        Err(Blocked::Tell("spec.inputs.D.addresses"))
    );
}

#[test]
fn a_group_that_drops_the_new_member_is_said() {
    let mut world = given(&["10.2.0.4"]);
    world.nsg(
        "nsg-backend",
        &[rule("deny-all-in", 200, "Inbound", "Deny", "*", "*", "*")],
    );
    let draft = one(&world, "D.1");
    assert!(draft.effects.contains(&"nsg-backend/deny-all-in drops what goes to 10.2.0.4 on port 8443: without resolution A the pool stays down".to_owned()));
}

#[test]
fn w65_pools_of_interfaces_keep_theirs() {
    let mut world = given(&["10.2.0.4"]);
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendIPConfigurations"] =
        json!([{"id": "/n/a"}]);
    let (reason, why) = refused(&world);
    assert_eq!(reason, Reason::EvidenceTooWeak);
    assert!(why.contains("network interfaces"), "{why}");
}

#[test]
fn w65_a_pool_that_is_empty_on_purpose_or_unused_stays_so() {
    let mut world = given(&["10.2.0.4"]);
    let list = world.gateway()["properties"]["backendAddressPools"]
        .as_array_mut()
        .unwrap();
    list.push(json!({"name": "spare", "properties": {}}));
    world.said.inputs.pool = Some("spare".into());
    let (reason, why) = refused(&world);
    assert_eq!(
        (reason, why.as_str()),
        (
            Reason::NeedsInput,
            "spec.inputs.D.pool: the pool that is empty is api, not spare"
        )
    );
    world.said.inputs.pool = Some("nobody".into());
    assert!(refused(&world).1.starts_with("spec.inputs.D.pool: "));
    world.said.inputs.pool = Some(" API ".into());
    assert_eq!(one(&world, "D.1").changes.len(), 1);

    // An ingress controller's default pool: no finding while its tag is there, refused without it.
    let mut world = given(&["10.2.0.4"]);
    rename(&mut world, "defaultaddresspool");
    assert_eq!(refused(&world).0, Reason::OwnedByOther);
    world.gateway()["tags"] = json!({"managed-by-k8s-ingress": "true"});
    assert!(found(&world).1.iter().all(|it| it.id != "empty-pool"));
    none(&world, "D.1");
}

fn rename(world: &mut World, name: &str) {
    let gateway = world.said.gateway.clone();
    let properties = &mut world.gateway()["properties"];
    properties["backendAddressPools"][0]["name"] = json!(name);
    properties["requestRoutingRules"][0]["properties"]["backendAddressPool"] =
        json!({"id": format!("{gateway}/backendAddressPools/{name}")});
    world.answer_health(Ok(json!({"backendAddressPools": [{"backendAddressPool": {"id": format!("/p/{name}")},
        "backendHttpSettingsCollection": [{"backendHttpSettings": {"id": "/s/https-api"}, "servers": []}]}]})));
}

#[test]
fn w65_a_gateway_that_only_redirects_needs_no_member() {
    let mut world = given(&["10.2.0.4"]);
    world.said.inputs.pool = Some("api".into());
    world.gateway()["properties"]["requestRoutingRules"][0]["properties"] =
        json!({"redirectConfiguration": {"id": "/r/x"}});
    world.answer_health(Ok(json!({"backendAddressPools": []})));
    assert!(!row(&world.report(), "1b.5").contains("> D"));
    none(&world, "D.1");
}

#[test]
fn w66_a_pool_whose_members_health_does_not_report_is_not_filled() {
    let mut world = given(&["10.2.0.5"]);
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([{"ipAddress": "10.2.0.4"}]);
    let (reason, why) = refused(&world);
    assert_eq!(reason, Reason::EvidenceTooWeak);
    assert!(why.contains("has 1 members already"), "{why}");
}

#[test]
fn what_is_no_member_is_refused_by_its_field() {
    for (address, why) in [
        ("10.2.0.300", "neither an address nor a host name"),
        ("127.0.0.1", "loopback"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "platform's own"),
        ("http://a", "scheme"),
        ("a.example:8080", "port"),
        ("10.1.0.7", "gateway's own subnet"),
        ("fd00::7", "family"),
    ] {
        let (reason, said) = refused(&given(&[address]));
        assert_eq!(reason, Reason::NeedsInput);
        assert!(
            said.starts_with("spec.inputs.D.addresses: ") && said.contains(why),
            "{said}"
        );
    }
    assert!(
        refused(&given(&["10.2.0.4", "10.2.0.4"]))
            .1
            .contains("twice")
    );
    let many: Vec<String> = (0..1201).map(|n| format!("h{n}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(&given(&many)).0, Reason::TooLarge);
}

#[test]
fn of_two_empty_pools_the_named_one_is_filled() {
    let mut world = given(&["10.2.0.4"]);
    let gateway = world.said.gateway.clone();
    let sub = |kind: &str, name: &str| json!({"id": format!("{gateway}/{kind}/{name}")});
    let properties = &mut world.gateway()["properties"];
    properties["backendAddressPools"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "web", "properties": {}}));
    properties["requestRoutingRules"].as_array_mut().unwrap().push(json!({"name": "r2", "properties": {
        "backendAddressPool": sub("backendAddressPools", "web"), "backendHttpSettings": sub("backendHttpSettingsCollection", "https-api")}}));
    let pool = |name: &str| {
        json!({"backendAddressPool": {"id": format!("/p/{name}")},
        "backendHttpSettingsCollection": [{"backendHttpSettings": {"id": "/s/https-api"}, "servers": []}]})
    };
    world.answer_health(Ok(
        json!({"backendAddressPools": [pool("api"), pool("web")]}),
    ));
    world.said.inputs.pool = Some("web".into());
    assert_eq!(one(&world, "D.1").title, "Add 10.2.0.4 to pool web");
    // Without a name it could be either: a person has to say which.
    world.said.inputs.pool = None;
    assert_eq!(
        drafts(&world, "D.1"),
        Err(Blocked::Tell("spec.inputs.D.pool"))
    );
}

#[test]
fn a_gateway_without_pools_is_no_case_for_members() {
    let mut world = given(&["10.2.0.4"]);
    let properties = &mut world.gateway()["properties"];
    properties["backendAddressPools"] = json!([]);
    properties["requestRoutingRules"] = json!([]);
    world.answer_health(Ok(json!({"backendAddressPools": []})));
    assert_eq!(
        drafts(&world, "D.1"),
        Err(Blocked::Tell("spec.inputs.D.pool"))
    );
    world.said.inputs.pool = Some("api".into());
    assert_eq!(
        refused(&world),
        (
            Reason::NeedsInput,
            "spec.inputs.D.pool: gateway shop has no pool api".into()
        )
    );
}

#[test]
fn what_the_members_bring_along_is_said() {
    let world = given(&["20.50.0.4", "shop.azurewebsites.net"]);
    let draft = one(&world, "D.1");
    let says = |text: &str| draft.effects.iter().any(|it| it.contains(text));
    assert!(
        says("20.50.0.4 is no private address") && says("resolution I"),
        "{:?}",
        draft.effects
    );
    assert!(
        draft
            .checks
            .iter()
            .any(|it| it.starts_with("whether 20.50.0.4 is reached on port 8443 cannot be told")),
        "{:?}",
        draft.checks
    );
}
