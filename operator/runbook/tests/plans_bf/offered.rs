//! Whole visits: what is left to be approved once every caution and every rule of evidence has had its say.
use crate::{
    Drive, down,
    name::NAME,
    probed,
    roots::{PRIVATE, ROOT, pem},
    status, tried,
    world::{TIMEOUT, World},
};
use appgw_runbook::{
    draft::Reason,
    facts::{Answer, Gap},
    offer::Offer,
};
use serde_json::json;

fn well() -> Answer {
    tried("Healthy", "Success. Received 200 status code")
}

/// Why a plan of this method cannot be approved; in a world without a cluster the last of all reasons is that nothing
/// is written.
fn why(world: &World, method: &str, answer: Answer) -> Option<Reason> {
    let drive = Drive::new(world, answer);
    let offer = drive.offers.iter().find(|it| it.content.method == method);
    let offer = offer.unwrap_or_else(|| panic!("{method}: {:#?}", drive.offers));
    offer.withheld.as_ref().map(|(reason, _)| *reason)
}

const OPEN: Option<Reason> = Some(Reason::WritesOff);
const WEAK: Option<Reason> = Some(Reason::EvidenceTooWeak);
const ASKS: Option<Reason> = Some(Reason::NeedsInput);

fn reviewed(mut world: World) -> World {
    world.said.rehearse = true;
    world
}

fn lost() -> World {
    let setting = json!({"hostName": "shop.internal"});
    let mut world = reviewed(down(
        probed(&setting, &json!(null)),
        &status(404, "200-399"),
    ));
    world.said.inputs.probe_path = Some("/healthz".into());
    world
}

#[test]
fn every_method_has_a_world_in_which_only_the_cluster_is_missing() {
    let own = || {
        probed(
            &json!({}),
            &json!({"host": "shop.internal", "path": "/old"}),
        )
    };
    let mut correct = reviewed(down(own(), &status(404, "200-399")));
    correct.said.inputs.probe_path = Some("/healthz".into());
    let mut slow = reviewed(down(own(), TIMEOUT));
    slow.said.slow_to_start = Some(true);
    slow.said.inputs.probe_timeout = Some(60);
    let mut managed = reviewed(down(probed(&json!({}), &json!(null)), ""));
    managed.health(&[(
        "contoso.azure-api.net",
        "Unhealthy",
        &status(404, "200-399"),
    )]);
    let mut name = reviewed(down(
        probed(&json!({"hostName": "bad.internal"}), &json!(null)),
        NAME,
    ));
    name.said.inputs.tls_host = Some("good.internal".into());
    let rooted = |held: bool| {
        let mut world = reviewed(down(probed(&json!({}), &json!({})), PRIVATE));
        world.said.private_ca = true;
        world.said.private_ca_pem = Some(pem(ROOT));
        if held {
            world.gateway()["properties"]["trustedRootCertificates"] =
                json!([{"name": "corp", "properties": {"data": ROOT}}]);
        }
        world
    };
    let http = json!({"protocol": "Http", "host": "shop.internal", "path": "/"});
    let apart = probed(&json!({"hostName": "shop.internal"}), &http);
    let apart = reviewed(down(apart, &status(400, "200-399")));
    for (method, world) in [
        ("B.1", lost()),
        ("B.2", correct),
        ("B.2", slow),
        ("B.3", managed),
        ("F.1", name),
        ("F.2", rooted(false)),
        ("F.3", rooted(true)),
        ("F.4", apart),
    ] {
        assert_eq!(why(&world, method, well()), OPEN, "{method}");
    }
}

#[test]
fn a_try_that_fails_and_a_hint_that_was_not_tried_are_too_weak() {
    assert_eq!(why(&lost(), "B.1", tried("Unhealthy", "status 404")), WEAK);
    assert_eq!(
        why(&lost(), "B.1", Err(Gap::NotFound)),
        OPEN,
        "the gateway's word on what is wrong is there"
    );
    let http = json!({"protocol": "Http", "host": "shop.internal", "path": "/"});
    let apart = probed(&json!({"hostName": "shop.internal"}), &http);
    let apart = reviewed(down(apart, &status(400, "200-399")));
    assert_eq!(why(&apart, "F.4", Err(Gap::NotFound)), WEAK);
    let mut blank = lost();
    blank.said.inputs.probe_path = None;
    assert_eq!(why(&blank, "B.1", well()), ASKS);
}

#[test]
fn the_same_facts_give_the_same_ids_and_a_try_is_no_part_of_them() {
    let ids = |answer: Answer| -> Vec<String> {
        let world = lost();
        let drive = Drive::new(&world, answer);
        let of = |it: &Offer| it.id.to_string();
        drive
            .offers
            .iter()
            .filter(|it| it.content.method == "B.1")
            .map(of)
            .collect()
    };
    assert_eq!(ids(well()).len(), 1);
    assert_eq!(ids(well()), ids(well()));
    assert_eq!(ids(well()), ids(Err(Gap::TimedOut)));
}

/// Two pairs with the same fault: each is told what to do.
#[test]
fn advice_for_one_pair_does_not_stand_for_another() {
    let log = "The Intermediate certificate is missing from the certificate chain presented by the backend server.";
    let mut world = crate::shared(probed(&json!({}), &json!({})), log);
    let pair = |name: &str, setting: &str| {
        json!({"backendAddressPool": {"id": format!("/p/{name}")}, "backendHttpSettingsCollection":
            [{"backendHttpSettings": {"id": format!("/s/{setting}")},
              "servers": [{"address": "10.2.0.4", "health": "Unhealthy", "healthProbeLog": log}]}]})
    };
    world.answer_health(Ok(
        json!({"backendAddressPools": [pair("api", "https-api"), pair("web", "web")]}),
    ));
    let drive = Drive::new(&world, well());
    let advice = drive.offers.iter().filter(|it| it.content.method == "F.5");
    assert_eq!(advice.count(), 2);
}
