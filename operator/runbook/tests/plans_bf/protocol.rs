//! F.4: settings and probe speak what the back end speaks, in one write.
use crate::{
    Drive, down, edits, held, missing,
    name::{HANDSHAKE, shows},
    none, one, planned, probed, reference, shared, status, tried, verified,
    world::World,
};
use appgw_runbook::{
    draft::{Reason, Risk},
    facts::Gap,
};
use serde_json::{Value, json};

const SETTINGS: &str = "properties/backendHttpSettingsCollection/https-api/properties";
const PROBE: &str = "properties/probes/p-api/properties";

/// Plain HTTP on 8443, refused as such.
fn plain(probe: &Value) -> World {
    down(
        probed(&json!({"protocol": "Http", "port": 8443}), probe),
        &status(400, "200-399"),
    )
}

fn http() -> Value {
    json!({"protocol": "Http", "host": "shop.internal", "path": "/healthz"})
}

#[test]
fn w69_both_change_in_one_write_and_the_port_stays() {
    assert_eq!(missing(&plain(&http()), "F.4"), "spec.inputs.F.hostName");
    let mut world = plain(&http());
    world.said.inputs.tls_host = Some("good.internal".into());
    let draft = one(&world, "F.4");
    assert_eq!(
        edits(&draft),
        [
            (format!("{SETTINGS}/protocol"), json!("Https")),
            (format!("{SETTINGS}/hostName"), json!("good.internal")),
            (format!("{PROBE}/protocol"), json!("Https")),
            (format!("{PROBE}/host"), json!("good.internal")),
        ]
    );
    let after = planned(&world, &draft);
    let all = &after["properties"];
    assert_eq!(
        all["backendHttpSettingsCollection"][0]["properties"]["port"],
        8443
    );
    assert_eq!(all["probes"][0]["properties"]["port"], 8443);
    assert_eq!((draft.risk, &draft.withheld), (Risk::High, &None));
    assert!(draft.az[0].ends_with("--name https-api --protocol Https --host-name good.internal"));
    assert!(
        draft.az[1].ends_with("--name p-api --protocol Https --host good.internal"),
        "{:?}",
        draft.az
    );
    assert!(!draft.az.join(" ").contains("--port"));
    verified(&draft, 30);
}

#[test]
fn w69_without_evidence_of_tls_nothing_is_offered() {
    let world = down(
        probed(
            &json!({"protocol": "Http", "port": 8443, "hostName": "shop.internal"}),
            &http(),
        ),
        &status(400, "200-399"),
    );
    let draft = one(&world, "F.4");
    assert!(draft.changes.is_empty());
    let (reason, why) = held(&draft);
    assert_eq!(reason, Reason::EvidenceTooWeak);
    assert!(
        why.contains("seen from nowhere (a handshake is not switched on)"),
        "{why}"
    );
    // Any other code speaks of HTTP that was understood.
    for code in [401, 404, 405] {
        none(
            &down(
                probed(&json!({"protocol": "Http"}), &http()),
                &status(code, "200-399"),
            ),
            "F.4",
        );
    }
}

#[test]
fn a_look_at_the_port_decides() {
    let with = |shown: Value| {
        let mut world = plain(&http());
        world.said.inputs.tls_host = Some("good.internal".into());
        world.shows = Ok(shown);
        one(&world, "F.4")
    };
    let draft = with(shows(&["good.internal"], None));
    assert!(
        draft
            .checks
            .iter()
            .any(|it| it.starts_with("10.2.0.4:8443 speaks TLS") && it.contains("F.2 comes next")),
        "{:?}",
        draft.checks
    );
    let mut known = shows(&["good.internal"], None);
    known["public"] = json!("ok");
    assert!(
        with(known)
            .checks
            .iter()
            .any(|it| it.ends_with("shows a certificate (Operator)"))
    );
    let draft = with(shows(&["else.internal"], None));
    assert!(draft.changes.is_empty() && held(&draft).1.contains("a certificate for else.internal"));
    let draft = with(json!({"chain": [], "failed": "not TLS"}));
    assert!(draft.changes.is_empty());
    assert_eq!(
        held(&draft),
        (
            Reason::EvidenceTooWeak,
            "10.2.0.4:8443 speaks no TLS: not TLS (Operator)"
        )
    );
}

#[test]
fn the_host_of_the_settings_will_do_as_a_name() {
    let mut world = down(
        probed(
            &json!({"protocol": "Http", "port": 8443, "hostName": "shop.internal"}),
            &json!({"protocol": "Http", "pickHostNameFromBackendHttpSettings": true}),
        ),
        &status(400, "200-399"),
    );
    world.shows = Ok(shows(&["shop.internal"], None));
    let draft = one(&world, "F.4");
    assert_eq!(
        edits(&draft),
        [
            (format!("{SETTINGS}/protocol"), json!("Https")),
            (format!("{PROBE}/protocol"), json!("Https"))
        ]
    );
}

#[test]
fn w56_a_probe_that_others_use_is_copied_so_that_theirs_still_fits() {
    let world = probed(&json!({"protocol": "Http", "port": 8443}), &http());
    let mut world = shared(world, &status(400, "200-399"));
    world.said.inputs.tls_host = Some("good.internal".into());
    let draft = one(&world, "F.4");
    let after = planned(&world, &draft);
    let all = &after["properties"];
    assert_eq!(all["probes"][0]["properties"]["protocol"], "Http");
    assert_eq!(all["probes"][1]["properties"]["protocol"], "Https");
    assert_eq!(
        all["backendHttpSettingsCollection"][0]["properties"]["probe"],
        reference("probes", "probe-https-api")
    );
    assert_eq!(
        all["backendHttpSettingsCollection"][1]["properties"]["protocol"],
        "Http"
    );
}

#[test]
fn a_name_that_is_none_is_refused() {
    let mut world = plain(&http());
    world.said.inputs.tls_host = Some("10.2.0.4".into());
    let draft = one(&world, "F.4");
    assert!(draft.changes.is_empty());
    assert!(held(&draft).1.starts_with("spec.inputs.F.hostName: "));
}

/// Settings speak Https, and their probe does not.
fn apart() -> World {
    down(
        probed(&json!({"hostName": "shop.internal"}), &http()),
        &status(400, "200-399"),
    )
}

#[test]
fn a_probe_is_made_to_speak_as_its_settings_do() {
    let mut world = apart();
    let draft = one(&world, "F.4");
    assert_eq!(
        edits(&draft),
        [(format!("{PROBE}/protocol"), json!("Https"))]
    );
    assert_eq!(draft.title, "Let probe p-api speak Https as https-api does");
    assert!(!draft.stands_alone, "a hint until it was tried");
    verified(&draft, 30);
    world.said.rehearse = true;
    let mut drive = Drive::new(
        &world,
        tried("Healthy", "Success. Received 200 status code"),
    );
    let draft = drive.drafts("F.4").unwrap().remove(0);
    assert!(draft.stands_alone && draft.withheld.is_none());
    assert_eq!(drive.tries.last().unwrap()["protocol"], "Https");
    let mut drive = Drive::new(&world, tried("Unhealthy", HANDSHAKE));
    let draft = drive.drafts("F.4").unwrap().remove(0);
    assert_eq!(held(&draft).0, Reason::EvidenceTooWeak);
}

#[test]
fn whoever_pulls_apart_by_the_same_probe_comes_along() {
    let mut world = shared(
        probed(&json!({"hostName": "shop.internal"}), &http()),
        &status(400, "200-399"),
    );
    let draft = one(&world, "F.4");
    assert_eq!(
        edits(&draft),
        [(format!("{PROBE}/protocol"), json!("Https"))]
    );
    assert!(draft.effects.iter().any(|it| it == "the same goes for web"));
    // Where the others speak as the probe does, they keep it.
    let web = &mut world.gateway()["properties"]["backendHttpSettingsCollection"][1];
    web["properties"]["protocol"] = json!("Http");
    let draft = one(&world, "F.4");
    let at: Vec<String> = edits(&draft).into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        at,
        [
            "properties/probes/probe-https-api".to_owned(),
            format!("{SETTINGS}/probe")
        ]
    );
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it == "probe p-api stays as it is for web")
    );
}

#[test]
fn other_probes_that_pull_apart_are_named() {
    let mut world = shared(
        probed(&json!({"hostName": "shop.internal"}), &http()),
        &status(400, "200-399"),
    );
    let all = &mut world.gateway()["properties"];
    let mut second = all["probes"][0].clone();
    second["name"] = json!("p-web");
    all["probes"].as_array_mut().unwrap().push(second);
    all["backendHttpSettingsCollection"][1]["properties"]["probe"] = reference("probes", "p-web");
    let mut drive = Drive::new(&world, Err(Gap::NotFound));
    drive.unchecked = true;
    let drafts = drive.drafts("F.4").unwrap();
    assert_eq!(drafts.len(), 2);
    for (draft, other) in drafts.iter().zip(["web", "https-api"]) {
        assert!(
            draft
                .effects
                .last()
                .unwrap()
                .ends_with(&format!("together with those of {other}"))
        );
    }
    // One PUT of both is what Azure takes.
    let mut both = crate::document(&world);
    for draft in &drafts {
        crate::apply(&mut both, &draft.changes);
    }
    crate::accepted(&both);
}

#[test]
fn w69_encryption_is_never_taken_away() {
    // A back end that speaks plain HTTP on the port fails in TLS without a reason, and so does one with other ciphers.
    for world in [
        down(probed(&json!({}), &json!({})), HANDSHAKE),
        down(
            probed(&json!({"hostName": "a.internal"}), &json!(null)),
            HANDSHAKE,
        ),
    ] {
        let mut world = world;
        world.said.rehearse = true;
        let draft = one(&world, "F.4");
        assert!(draft.changes.is_empty());
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::EvidenceTooWeak);
        assert!(why.contains("no plan takes encryption away"), "{why}");
    }
}
