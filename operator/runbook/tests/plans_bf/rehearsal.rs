//! A candidate tried from the gateway before it is offered.
use crate::{
    Drive, down, held, probed, status, tried,
    world::{World, id},
};
use appgw_runbook::{
    draft::{Draft, Reason},
    facts::{Answer, Gap},
};
use serde_json::{Value, json};

fn world(probe: &Value) -> World {
    let own = json!({"path": "/old", "host": "shop.internal", "interval": 30, "timeout": 10});
    let mut world = probed(&json!({}), &own);
    let known = &mut world.gateway()["properties"]["probes"][0]["properties"];
    for (key, value) in probe.as_object().unwrap() {
        known[key] = value.clone();
    }
    let mut world = down(world, &status(404, "200-399"));
    world.said.inputs.probe_path = Some("/healthz".into());
    world.said.rehearse = true;
    world
}

fn drafted(world: &World, rehearsal: Answer) -> (Draft, Vec<Value>) {
    let mut drive = Drive::new(world, rehearsal);
    let mut drafts = drive.drafts("B.2").unwrap();
    assert_eq!(drafts.len(), 1);
    (drafts.remove(0), drive.tries)
}

fn last(draft: &Draft) -> &str {
    draft.checks.last().unwrap()
}

#[test]
fn the_candidate_is_tried_as_it_would_be_and_once() {
    let world = world(&json!({"match": {"statusCodes": ["200-299"], "body": "ok"}}));
    let (draft, tries) = drafted(
        &world,
        tried("Healthy", "Success. Received 200 status code"),
    );
    let shop = id("applicationGateways/shop");
    assert_eq!(
        tries,
        [json!({
            "backendAddressPool": {"id": format!("{shop}/backendAddressPools/api")},
            "backendHttpSettings": {"id": format!("{shop}/backendHttpSettingsCollection/https-api")},
            "protocol": "Https", "path": "/healthz", "host": "shop.internal", "timeout": 10,
            "pickHostNameFromBackendHttpSettings": false,
            "match": {"statusCodes": ["200-299"], "body": "ok"},
        })]
    );
    assert_eq!(
        last(&draft),
        "rehearsed from the gateway: Https /healthz as shop.internal is Healthy on 1 of 1 servers"
    );
    assert!(draft.withheld.is_none() && draft.stands_alone);
}

#[test]
fn either_vocabulary_and_either_shape_is_read() {
    let list = json!({"backendAddressPools": [{"backendHttpSettingsCollection": [{"servers": [
        {"address": "10.2.0.4", "health": "UP"}, {"address": "10.2.0.5", "health": "healthy"}]}]}]});
    let (draft, _) = drafted(&world(&json!({})), Ok(list));
    assert!(
        last(&draft).ends_with("Healthy on 2 of 2 servers"),
        "{draft:?}"
    );
}

#[test]
fn anything_else_than_healthy_holds_it_back_in_the_gateway_s_words() {
    let why = |answer: Answer| {
        let (draft, _) = drafted(&world(&json!({})), answer);
        assert!(!draft.stands_alone);
        assert!(
            !draft.checks.iter().any(|it| it.contains("ehearsed")),
            "{draft:?}"
        );
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::EvidenceTooWeak);
        why.to_owned()
    };
    let head = "rehearsed from the gateway, Https /healthz as shop.internal does not do:";
    assert_eq!(
        why(tried(
            "Unhealthy",
            "Received invalid status code: 404\n in the\tbackend's answer."
        )),
        format!(
            "{head} 10.2.0.4 Unhealthy: Received invalid status code: 404 in the backend's answer."
        )
    );
    for word in ["Partial", "Unknown", "Draining", "Sideways", "Down"] {
        assert_eq!(
            why(tried(word, "")),
            format!("{head} 10.2.0.4 {word}: no reason given")
        );
    }
    let nobody = format!("{head} the gateway tried no server");
    for odd in [
        json!({}),
        json!(null),
        json!([1]),
        json!({"backendHealthHttpSettings": {"servers": null}}),
    ] {
        assert_eq!(why(Ok(odd)), nobody);
    }
    let some = json!({"backendHealthHttpSettings": {"servers": [{"address": "10.2.0.4", "health": "Up"}, {}]}});
    assert_eq!(
        why(Ok(some)),
        format!("{head} (no address) no word: no reason given")
    );
}

#[test]
fn a_gap_is_a_line_and_no_obstacle() {
    let action = "Microsoft.Network/applicationGateways/getBackendHealthOnDemand/action";
    for (gap, words) in [
        (
            Gap::Denied {
                action: action.into(),
            },
            format!("not permitted: {action}"),
        ),
        (Gap::NotFound, "on-demand probe: not found".into()),
        (
            Gap::NotInBundle,
            "on-demand probe: not in this bundle".into(),
        ),
        (Gap::TimedOut, "on-demand probe: no answer in time".into()),
        (
            Gap::Locked,
            "on-demand probe: a ReadOnly lock forbids the call".into(),
        ),
    ] {
        let (draft, tries) = drafted(&world(&json!({})), Err(gap));
        assert_eq!(tries.len(), 1);
        assert_eq!(last(&draft), format!("not rehearsed: {words}"));
        assert!(draft.withheld.is_none() && !draft.stands_alone);
    }
}

#[test]
fn nothing_is_tried_without_leave_with_a_query_or_on_a_port_that_a_try_does_not_know() {
    let well = || tried("Healthy", "Success. Received 200 status code");
    let mut read_only = world(&json!({}));
    read_only.said.rehearse = false;
    let mut query = world(&json!({}));
    query.said.inputs.probe_path = Some("/healthz?deep=1".into());
    let port = world(&json!({"port": 8443}));
    for (world, why) in [
        (read_only, "spec.mode is ReadOnly"),
        (query, "the path has a query string"),
        (
            port,
            "the probe has port 8443 for itself, and a try goes to the port of the settings",
        ),
    ] {
        let (draft, tries) = drafted(&world, well());
        assert_eq!(tries, Vec::<Value>::new(), "{why}");
        assert_eq!(last(&draft), format!("not rehearsed: {why}"));
        assert!(draft.withheld.is_none() && !draft.stands_alone);
    }
}

#[test]
fn a_visit_asks_for_the_try_and_ends() {
    let world = world(&json!({}));
    let (visit, asked) = world.visit();
    let tries = asked
        .iter()
        .filter(|it| matches!(it, appgw_runbook::facts::Query::Rehearsal { .. }));
    assert_eq!(tries.count(), 1);
    let offer = visit
        .offers
        .iter()
        .find(|it| it.content.method == "B.2")
        .unwrap();
    assert!(
        offer
            .checks
            .iter()
            .any(|it| it == "not rehearsed: on-demand probe: not found"),
        "{offer:?}"
    );
}
