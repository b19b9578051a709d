//! A.5 and A.6: hygiene, and what only somebody at the host can do.
use crate::{
    allow::deny,
    applied, none, one,
    world::{REFUSED, TIMEOUT, World, rule},
};
use appgw_runbook::{
    draft::{Risk, part},
    plan::{Act, Edit, Verify},
};
use serde_json::{Value, json};

fn upgraded() -> World {
    let mut world = World::healthy();
    world.said.after_platform_upgrade = Some(true);
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    let allow = rule("allow-gw", 150, "Inbound", "Allow", "10.1.0.5", "*", "*");
    world.nsg("nsg-backend", &[allow, deny(200)]);
    world
}

fn draining(world: &World) -> &Value {
    let gateway = appgw_runbook::facts::Query::Document(world.said.gateway.clone());
    let document = world.answers.get(&gateway).unwrap().as_ref().unwrap();
    &document["properties"]["backendHttpSettingsCollection"][0]["properties"]["connectionDraining"]
}

#[test]
fn draining_is_switched_on_once_and_is_no_fix() {
    let world = upgraded();
    let draft = one(&world, "A.5");
    let at =
        part("backendHttpSettingsCollection", "https-api").field("properties/connectionDraining");
    let on = json!({"enabled": true, "drainTimeoutInSec": 60});
    let edit = Edit {
        at,
        before: Value::Null,
        after: on.clone(),
    };
    assert_eq!(draft.changes[0].act, Act::Edit(vec![edit]));
    assert_eq!(
        (draft.risk, draft.verify.clone(), draft.stands_alone),
        (Risk::Low, Verify::State, true)
    );
    assert!(draft.effects[0].starts_with("does not mend this 502"));
    assert_eq!(draft.effects[2], "concerns api/https-api");
    assert_eq!(
        draft.az,
        [
            "az network application-gateway http-settings update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --gateway-name shop --name https-api --connection-draining-timeout 60"
        ]
    );
    let after = applied(&world, &draft.changes);
    assert_eq!(draining(&after), &on);
    none(&after, "A.5");
    assert_eq!(draining(&applied(&after, &draft.undo)), &Value::Null);
}

#[test]
fn a_time_that_somebody_chose_is_kept() {
    let mut world = upgraded();
    for (now, wanted) in [(1, 60), (120, 120)] {
        world.gateway()["properties"]["backendHttpSettingsCollection"][0]["properties"]["connectionDraining"] =
            json!({"enabled": false, "drainTimeoutInSec": now});
        let after = applied(&world, &one(&world, "A.5").changes);
        assert_eq!(
            draining(&after),
            &json!({"enabled": true, "drainTimeoutInSec": wanted})
        );
    }
}

#[test]
fn without_an_upgrade_or_a_server_being_drained_it_is_not_spoken_of() {
    let mut world = upgraded();
    world.said.after_platform_upgrade = None;
    none(&world, "A.5");
    world.health(&[
        ("10.2.0.4", "Unhealthy", TIMEOUT),
        ("10.2.0.5", "Draining", ""),
    ]);
    assert_eq!(one(&world, "A.5").changes.len(), 1);
}

#[test]
fn where_no_group_is_in_the_way_the_host_is_looked_at_and_nothing_is_written() {
    let mut world = World::healthy();
    world.said.slow_to_start = Some(false);
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let draft = one(&world, "A.6");
    assert_eq!(
        (draft.changes.len(), draft.undo.len(), draft.az.len()),
        (0, 0, 0)
    );
    assert!(draft.effects[0].contains("port 8443") && draft.effects[0].contains("10.2.0.4"));
    assert!(draft.effects[1].contains("10.1.0.0/24"));
    assert!(draft.effects[2].contains("refused"));
    assert!(draft.effects[3].contains("port 443 and probes to 8443"));
    for method in ["A.1", "A.2", "A.3", "A.4", "A.5"] {
        none(&world, method);
    }
    world.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    assert!(one(&world, "A.6").effects[2].contains("routes"));
}

#[test]
fn behind_a_deny_the_host_is_not_blamed() {
    none(&crate::allow::blocked(200), "A.6");
}
