//! F.1: ask for the name in the certificate.
use crate::{
    Drive, down, drafts, edits, held, missing, none, one, planned, probed, reference, shared,
    tried, verified, world::World,
};
use appgw_runbook::{
    draft::{Reason, Risk},
    facts::Gap,
};
use serde_json::{Value, json};

pub(crate) const NAME: &str = "The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.";
pub(crate) const HANDSHAKE: &str = "HTTPS probe connection error. Check if backend server certificate is whitelisted. Check for backend certificate validity.";
const SETTINGS: &str = "properties/backendHttpSettingsCollection/https-api/properties";
const PROBE: &str = "properties/probes/p-api/properties";

fn named(setting: &Value, probe: &Value) -> World {
    let mut world = down(probed(setting, probe), NAME);
    world.said.inputs.tls_host = Some("Good.Internal.".into());
    world
}

/// A certificate for these names, as a look from the operator shows it.
pub(crate) fn shows(names: &[&str], told: Option<&str>) -> Value {
    let mut shown = json!({"leaf": 0, "public": "UnknownIssuer", "given": "UnknownIssuer",
        "chain": [{"subject": "CN=leaf", "issuer": "CN=root", "names": names, "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2027-01-01T00:00:00Z"}]});
    if let Some(told) = told {
        shown["told"] = json!(told);
    }
    shown
}

#[test]
fn settings_and_a_probe_of_its_own_ask_for_the_name() {
    let mut world = named(
        &json!({"hostName": "bad.internal"}),
        &json!({"host": "bad.internal"}),
    );
    let draft = one(&world, "F.1");
    assert_eq!(
        edits(&draft),
        [
            (format!("{SETTINGS}/hostName"), json!("good.internal")),
            (format!("{PROBE}/host"), json!("good.internal")),
        ]
    );
    assert_eq!((draft.risk, &draft.withheld), (Risk::Medium, &None));
    assert!(
        draft.effects[1].contains("sees good.internal as Host, not bad.internal"),
        "{:?}",
        draft.effects
    );
    assert!(
        draft.az[0].contains(" probe update ")
            && draft.az[0].ends_with("--name p-api --host good.internal")
    );
    assert!(draft.az[1].ends_with("--name https-api --host-name good.internal"));
    verified(&draft, 30);
    world.said.inputs.tls_host = None;
    assert_eq!(missing(&world, "F.1"), "spec.inputs.F.hostName");
}

#[test]
fn a_default_probe_follows_its_settings() {
    let world = named(
        &json!({"pickHostNameFromBackendAddress": true}),
        &json!(null),
    );
    let draft = one(&world, "F.1");
    assert_eq!(
        edits(&draft),
        [
            (format!("{SETTINGS}/hostName"), json!("good.internal")),
            (
                format!("{SETTINGS}/pickHostNameFromBackendAddress"),
                json!(false)
            ),
        ]
    );
    assert!(draft.az[0].ends_with("--host-name good.internal --host-name-from-backend-pool false"));
}

#[test]
fn where_only_the_probe_asks_for_another_only_the_probe_is_changed() {
    let world = named(
        &json!({"hostName": "good.internal"}),
        &json!({"host": "bad.internal"}),
    );
    let draft = one(&world, "F.1");
    assert_eq!(
        edits(&draft),
        [(format!("{PROBE}/host"), json!("good.internal"))]
    );
    assert_eq!(draft.title, "Let probe p-api ask for good.internal");
    let settled = named(
        &json!({"hostName": "good.internal"}),
        &json!({"host": "good.internal"}),
    );
    let draft = one(&settled, "F.1");
    assert!(draft.changes.is_empty());
    assert_eq!(held(&draft).0, Reason::NeedsInput);
}

#[test]
fn a_probe_that_others_use_is_copied() {
    let world = probed(
        &json!({"hostName": "good.internal"}),
        &json!({"host": "bad.internal"}),
    );
    let mut world = shared(world, NAME);
    world.said.inputs.tls_host = Some("good.internal".into());
    let draft = one(&world, "F.1");
    let after = planned(&world, &draft);
    let probes = after["properties"]["probes"].as_array().unwrap();
    assert_eq!(
        probes[0]["properties"]["host"], "bad.internal",
        "theirs stays"
    );
    assert_eq!(probes[1]["properties"]["host"], "good.internal");
    let settings = &after["properties"]["backendHttpSettingsCollection"];
    assert_eq!(
        settings[0]["properties"]["probe"],
        reference("probes", "probe-https-api")
    );
    assert_eq!(
        settings[1]["properties"]["probe"],
        reference("probes", "p-api")
    );
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it == "probe p-api stays as it is for web")
    );
}

/// 72: the clean way, where Azure knows it and the Host is the client's.
#[test]
fn the_greeting_alone_is_changed_where_clients_name_the_host() {
    let world = named(
        &json!({"validateSNI": true, "sniName": null}),
        &json!({"host": "bad.internal"}),
    );
    let draft = one(&world, "F.1");
    assert_eq!(
        edits(&draft),
        [(format!("{SETTINGS}/sniName"), json!("good.internal"))]
    );
    assert!(draft.effects[1].contains("Host that the application sees stays"));
    assert!(draft.az[0].ends_with("--set sniName=good.internal"));
    assert!(draft.checks.last().unwrap().starts_with("not rehearsed:"));
    // Already set: nothing else has any say.
    let set = named(
        &json!({"hostName": "bad.internal", "sniName": "bad.internal"}),
        &json!(null),
    );
    assert_eq!(
        edits(&one(&set, "F.1")),
        [(format!("{SETTINGS}/sniName"), json!("good.internal"))]
    );
    // Azure takes it only where the name is checked.
    let unchecked = named(&json!({"validateSNI": false}), &json!(null));
    assert_eq!(
        edits(&one(&unchecked, "F.1"))[0].0,
        format!("{SETTINGS}/hostName")
    );
    // An api-version that does not know it.
    let old = named(&json!({}), &json!(null));
    let draft = one(&old, "F.1");
    assert_eq!(
        edits(&draft),
        [(format!("{SETTINGS}/hostName"), json!("good.internal"))]
    );
    assert!(draft.effects[1].contains("whatever clients asked for"));
}

#[test]
fn a_name_that_is_none_is_refused() {
    for name in ["10.2.0.4", "*.internal", "https://good", "", "a b"] {
        let mut world = named(&json!({}), &json!(null));
        world.said.inputs.tls_host = Some(name.into());
        let draft = one(&world, "F.1");
        assert!(draft.changes.is_empty());
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::NeedsInput);
        assert!(why.starts_with("spec.inputs.F.hostName: "), "{why}");
    }
}

#[test]
fn a_certificate_that_was_seen_speaks_for_or_against_it() {
    let mut world = named(&json!({"hostName": "bad.internal"}), &json!(null));
    world.shows = Ok(shows(&["good.internal"], None));
    let draft = one(&world, "F.1");
    assert!(
        draft
            .checks
            .iter()
            .any(|it| it == "the certificate that was shown is good for good.internal (Operator)")
    );
    world.shows = Ok(shows(&["else.internal", "*.else.internal"], None));
    let draft = one(&world, "F.1");
    assert!(draft.changes.is_empty());
    assert_eq!(
        held(&draft),
        (
            Reason::EvidenceTooWeak,
            "spec.inputs.F.hostName: 10.2.0.4 shows a certificate for else.internal, *.else.internal (Operator)"
        )
    );
}

#[test]
fn the_name_is_tried_from_the_gateway() {
    for probe in [
        json!(null),
        json!({"host": "bad.internal"}),
        json!({"pickHostNameFromBackendHttpSettings": true}),
    ] {
        let mut world = named(&json!({"hostName": "bad.internal"}), &probe);
        world.said.rehearse = true;
        let mut drive = Drive::new(
            &world,
            tried("Healthy", "Success. Received 200 status code"),
        );
        let draft = drive.drafts("F.1").unwrap().remove(0);
        assert!(draft.stands_alone);
        let last = drive.tries.last().unwrap();
        assert_eq!(
            (&last["host"], &last["protocol"]),
            (&json!("good.internal"), &json!("Https"))
        );
        let mut drive = Drive::new(&world, tried("Unhealthy", NAME));
        let draft = drive.drafts("F.1").unwrap().remove(0);
        assert_eq!(held(&draft).0, Reason::EvidenceTooWeak);
    }
}

#[test]
fn a_handshake_without_any_name_gets_one_and_any_other_does_not() {
    let nameless = || {
        let mut world = down(probed(&json!({}), &json!(null)), HANDSHAKE);
        world.said.inputs.tls_host = Some("good.internal".into());
        world
    };
    assert_eq!(drafts(&nameless(), "F.1").unwrap().len(), 1);
    let mut sent = down(
        probed(&json!({"hostName": "shop.internal"}), &json!(null)),
        HANDSHAKE,
    );
    sent.said.inputs.tls_host = Some("good.internal".into());
    none(&sent, "F.1");
}

#[test]
fn the_first_platform_goes_by_the_member_s_name() {
    let mut world = named(&json!({"hostName": "bad.internal"}), &json!(null));
    world.gateway()["properties"]["sku"] = json!({"name": "Standard_Medium", "tier": "Standard"});
    none(&world, "F.1");
}

#[test]
fn no_write_while_settings_and_probe_speak_differently() {
    let world = named(
        &json!({"protocol": "Http"}),
        &json!({"protocol": "Https", "host": "bad.internal"}),
    );
    let draft = Drive::new(&world, Err(Gap::NotFound))
        .drafts("F.1")
        .unwrap()
        .remove(0);
    assert!(held(&draft).1.contains("F.4 comes first"));
}
