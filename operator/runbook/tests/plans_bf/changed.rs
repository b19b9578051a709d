//! B.2: the probe in use, corrected.
use crate::{
    drafts, edits, held, missing, none, one, planned, probed, shared, status, verified,
    world::{TIMEOUT, World},
};
use appgw_runbook::draft::{Reason, Risk};
use serde_json::{Value, json};

fn custom(probe: &Value, log: &str) -> World {
    crate::down(probed(&json!({}), probe), log)
}

fn probe() -> Value {
    json!({"path": "/old", "host": "shop.internal", "interval": 30, "timeout": 10, "unhealthyThreshold": 2})
}

fn lost() -> World {
    custom(&probe(), &status(404, "200-399"))
}

const AT: &str = "properties/probes/p-api/properties";

#[test]
fn what_is_wrong_is_replaced_and_nothing_else() {
    assert_eq!(missing(&lost(), "B.2"), "spec.inputs.B.path");
    let mut world = lost();
    world.said.inputs.probe_path = Some("/healthz".into());
    let draft = one(&world, "B.2");
    assert_eq!(edits(&draft), [(format!("{AT}/path"), json!("/healthz"))]);
    assert_eq!((draft.risk, &draft.withheld), (Risk::Low, &None));
    assert_eq!(draft.title, "Correct probe p-api of https-api");
    assert_eq!(draft.effects, ["probed so from then on: api/https-api"]);
    assert_eq!(
        draft.az,
        [
            "az network application-gateway probe update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --gateway-name shop --name p-api --path /healthz"
        ]
    );
    verified(&draft, 30);
    none(&world, "B.1");
}

#[test]
fn host_and_codes_are_replaced_where_they_are_given() {
    let mut world = custom(
        &json!({"path": "/old", "pickHostNameFromBackendHttpSettings": true, "match": {"body": "ok", "statusCodes": ["200"]}}),
        &status(404, "200"),
    );
    world.gateway()["properties"]["backendHttpSettingsCollection"][0]["properties"]["hostName"] =
        json!("a.internal");
    world.said.inputs.probe_path = Some("/healthz".into());
    world.said.inputs.probe_host = Some("shop.internal".into());
    world.said.inputs.status_codes = vec!["200-299".into()];
    let draft = one(&world, "B.2");
    assert_eq!(
        edits(&draft),
        [
            (format!("{AT}/path"), json!("/healthz")),
            (format!("{AT}/host"), json!("shop.internal")),
            (
                format!("{AT}/pickHostNameFromBackendHttpSettings"),
                json!(false)
            ),
            (format!("{AT}/match/statusCodes"), json!(["200-299"])),
        ]
    );
    let after = planned(&world, &draft);
    assert_eq!(
        after["properties"]["probes"][0]["properties"]["match"]["body"], "ok",
        "the text stays"
    );
}

#[test]
fn a_redirect_is_mended_by_its_path_or_by_taking_it() {
    let world = || {
        custom(
            &json!({"path": "/old", "host": "shop.internal", "match": {"statusCodes": ["200"]}}),
            &status(301, "200"),
        )
    };
    assert_eq!(missing(&world(), "B.2"), "spec.inputs.B.path");
    let mut taken = world();
    taken.said.inputs.status_codes = vec!["200-399".into()];
    assert_eq!(
        edits(&one(&taken, "B.2")),
        [(format!("{AT}/match/statusCodes"), json!(["200-399"]))]
    );
    let mut short = world();
    short.said.inputs.status_codes = vec!["200-299".into()];
    assert!(held(&one(&short, "B.2")).1.contains("does not take 301"));
}

#[test]
fn w61_a_server_error_is_nothing_that_a_probe_mends() {
    let mut world = custom(&probe(), &status(503, "200-399"));
    world.said.inputs.status_codes = vec!["200-599".into()];
    world.said.inputs.probe_path = Some("/healthz".into());
    for method in ["B.1", "B.2", "B.3"] {
        none(&world, method);
    }
    let mut world = custom(&probe(), &status(403, "200-399"));
    world.said.inputs.status_codes = vec!["403".into()];
    none(&world, "B.2");
}

#[test]
fn a_host_is_asked_for_where_the_host_is_wrong() {
    let world = || custom(&json!({"path": "/"}), &status(421, "200-399"));
    assert_eq!(missing(&world(), "B.2"), "spec.inputs.B.host");
    let mut given = world();
    given.said.inputs.probe_host = Some("shop.internal".into());
    assert_eq!(
        edits(&one(&given, "B.2")),
        [(format!("{AT}/host"), json!("shop.internal"))]
    );
}

#[test]
fn what_is_so_already_is_no_plan() {
    let mut world = lost();
    world.said.inputs.probe_path = Some("/old".into());
    let draft = one(&world, "B.2");
    assert!(draft.changes.is_empty());
    assert_eq!(
        held(&draft),
        (
            Reason::NeedsInput,
            "what spec.inputs.B says is what probe p-api does already"
        )
    );
}

#[test]
fn w58_a_slow_start_gets_more_time_and_nothing_else() {
    let mut world = custom(&probe(), TIMEOUT);
    world.said.slow_to_start = Some(true);
    assert_eq!(missing(&world, "B.2"), "spec.inputs.B.timeoutSeconds");
    world.said.inputs.probe_path = Some("/elsewhere".into());
    world.said.inputs.probe_timeout = Some(20);
    let draft = one(&world, "B.2");
    assert_eq!(edits(&draft), [(format!("{AT}/timeout"), json!(20))]);
    verified(&draft, 30);
    world.said.inputs.probe_timeout = Some(90);
    let draft = one(&world, "B.2");
    assert_eq!(
        edits(&draft),
        [
            (format!("{AT}/timeout"), json!(90)),
            (format!("{AT}/interval"), json!(90))
        ]
    );
    assert!(
        draft.effects[1].ends_with("noticed after 2 tries, that is up to 180 s"),
        "{:?}",
        draft.effects
    );
    verified(&draft, 90);
    world.said.inputs.probe_timeout = Some(10);
    assert!(
        held(&one(&world, "B.2"))
            .1
            .contains("not more than the 10 s of now")
    );
}

#[test]
fn a_time_out_over_an_open_path_alone_is_no_reason_for_more_time() {
    let mut world = custom(&probe(), TIMEOUT);
    world.said.slow_to_start = Some(false);
    world.said.inputs.probe_timeout = Some(90);
    none(&world, "B.2");
}

#[test]
fn whom_a_shared_probe_watches_is_said_and_a_copy_is_the_other_way() {
    let world = probed(&json!({}), &probe());
    let mut world = shared(world, &status(404, "200-399"));
    world.said.inputs.probe_path = Some("/healthz".into());
    let draft = one(&world, "B.2");
    assert_eq!(
        draft.effects[0],
        "probed so from then on: api/https-api, web/web"
    );
    assert_eq!(draft.risk, Risk::Medium);
    verified(&draft, 30);
    assert_eq!(drafts(&world, "B.1").unwrap().len(), 1);
    let offers = world.visit().0.offers;
    let of = |method: &str| {
        offers
            .iter()
            .find(|it| it.content.method == method)
            .unwrap()
    };
    assert_eq!(of("B.2").withheld.as_ref().unwrap().0, Reason::SharedTarget);
    assert_eq!(of("B.1").withheld.as_ref().unwrap().0, Reason::WritesOff);
}

const BODY: &str = "Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain ok.";

#[test]
fn a_text_that_is_missing_is_for_a_person_unless_another_path_is_known() {
    let own = json!({"path": "/old", "host": "shop.internal", "match": {"body": "ok"}});
    let mut world = custom(&own, BODY);
    world.said.health_path = Some("/healthz".into());
    let draft = one(&world, "B.2");
    assert!(draft.changes.is_empty());
    let (reason, why) = held(&draft);
    assert_eq!(reason, Reason::NeedsInput);
    assert!(
        why.contains("match.body") && why.contains("spec.inputs.B.path"),
        "{why}"
    );
    world.said.inputs.probe_path = Some("/healthz".into());
    let draft = one(&world, "B.2");
    assert_eq!(edits(&draft), [(format!("{AT}/path"), json!("/healthz"))]);
    assert!(draft.effects[1].contains("is looked for there as well"));
}

#[test]
fn w56_no_write_while_settings_and_probe_speak_differently() {
    let mut world = custom(
        &json!({"path": "/", "host": "a", "protocol": "Http"}),
        &status(404, "200-399"),
    );
    world.said.inputs.probe_path = Some("/healthz".into());
    let draft = one(&world, "B.2");
    assert!(draft.changes.is_empty());
    assert_eq!(
        held(&draft),
        (
            Reason::EvidenceTooWeak,
            "https-api speaks Https and its probe p-api Http, which Azure refuses in any write: F.4 comes first"
        )
    );
}

#[test]
fn a_probe_that_waits_longer_than_its_interval_is_said_so() {
    let mut world = custom(
        &json!({"path": "/old", "host": "a", "interval": 10, "timeout": 20}),
        &status(404, "200-399"),
    );
    world.said.inputs.probe_path = Some("/healthz".into());
    let draft = one(&world, "B.2");
    assert!(held(&draft).1.contains("waits 20 s and asks every 10 s"));
    world.said.inputs.probe_timeout = Some(10);
    assert_eq!(
        edits(&one(&world, "B.2"))[1],
        (format!("{AT}/timeout"), json!(10))
    );
}
