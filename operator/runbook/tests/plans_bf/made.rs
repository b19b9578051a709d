//! B.1: a probe of the settings' own, attached in the same write.
use crate::{
    Drive, drafts, edits, held, missing, none, one, planned, probed, reference, shared, status,
    tried, verified,
    world::{TIMEOUT, World, id},
};
use appgw_runbook::{
    draft::{Draft, Reason, Risk, part},
    plan::Need,
};
use serde_json::{Value, json};

fn default(setting: &Value, log: &str) -> World {
    crate::down(probed(setting, &json!(null)), log)
}

/// The default probe is answered 404 on the root path, with a host that is right.
fn lost() -> World {
    default(
        &json!({"hostName": "shop.internal"}),
        &status(404, "200-399"),
    )
}

fn given(mut world: World, path: &str) -> World {
    world.said.inputs.probe_path = Some(path.into());
    world
}

fn new(world: &World, draft: &Draft) -> Value {
    let all = planned(world, draft);
    let probes = all["properties"]["probes"].as_array().unwrap().clone();
    probes.last().unwrap()["properties"].clone()
}

#[test]
fn a_probe_is_made_on_the_path_that_was_given_and_attached_in_one_write() {
    assert_eq!(missing(&lost(), "B.1"), "spec.inputs.B.path");
    let world = given(lost(), "/healthz");
    let draft = one(&world, "B.1");
    let properties = json!({"protocol": "Https", "path": "/healthz", "interval": 30, "timeout": 30,
        "unhealthyThreshold": 3, "minServers": 0, "pickHostNameFromBackendHttpSettings": true});
    let name = "probe-https-api";
    assert_eq!(
        edits(&draft),
        [
            (
                format!("properties/probes/{name}"),
                json!({"name": name, "properties": properties})
            ),
            (
                "properties/backendHttpSettingsCollection/https-api/properties/probe".into(),
                reference("probes", name)
            ),
        ]
    );
    let of = id("applicationGateways/shop");
    assert_eq!(
        draft.needs[0],
        Need::Is {
            of,
            at: part("probes", name),
            value: Value::Null
        },
        "the name is free"
    );
    verified(&draft, 30);
    assert_eq!((draft.risk, &draft.withheld), (Risk::Low, &None));
    assert_eq!(
        draft.title,
        "Create probe probe-https-api on /healthz and let https-api use it"
    );
    assert_eq!(
        draft.effects,
        ["probed by probe-https-api from then on: api/https-api"]
    );
    assert_eq!(draft.checks[2], "not rehearsed: spec.mode is ReadOnly");
    assert_eq!(
        draft.az,
        [
            "az network application-gateway probe create --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --gateway-name shop --name probe-https-api --interval 30 --min-servers 0 --path /healthz --host-name-from-http-settings true --protocol Https --timeout 30 --threshold 3",
            "az network application-gateway http-settings update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-edge --gateway-name shop --name https-api --probe probe-https-api",
        ]
    );
    none(&world, "B.2");
    none(&world, "B.3");
}

#[test]
fn the_path_that_a_hint_names_is_as_good() {
    let mut world = lost();
    world.said.health_path = Some("/healthz".into());
    assert_eq!(new(&world, &one(&world, "B.1"))["path"], "/healthz");
    let world = given(world, "/ready");
    assert_eq!(
        new(&world, &one(&world, "B.1"))["path"],
        "/ready",
        "a value goes before a hint"
    );
}

#[test]
fn where_the_host_is_likelier_at_fault_it_is_asked_for_and_a_path_alone_will_do() {
    let world = default(&json!({}), &status(404, "200-399"));
    assert_eq!(missing(&world, "B.1"), "spec.inputs.B.host");
    let by_path = given(default(&json!({}), &status(404, "200-399")), "/healthz");
    let probe = new(&by_path, &one(&by_path, "B.1"));
    assert_eq!(probe["host"], "127.0.0.1", "what the default probe sends");
    let mut by_host = world;
    by_host.said.inputs.probe_host = Some("Shop.Internal.".into());
    let draft = one(&by_host, "B.1");
    let probe = new(&by_host, &draft);
    assert_eq!(
        (&probe["host"], &probe["path"]),
        (&json!("shop.internal"), &json!("/"))
    );
    assert_eq!(probe["pickHostNameFromBackendHttpSettings"], false);
    assert!(
        draft.az[0].contains("--host shop.internal --host-name-from-http-settings false")
            || draft.az[0].contains("--host shop.internal"),
        "{:?}",
        draft.az
    );
}

#[test]
fn w56_the_probe_speaks_the_protocol_of_its_settings() {
    for protocol in ["Http", "Https"] {
        let world = default(
            &json!({"protocol": protocol, "hostName": "shop.internal"}),
            &status(404, "200-399"),
        );
        let world = given(world, "/healthz");
        let draft = one(&world, "B.1");
        assert_eq!(new(&world, &draft)["protocol"], protocol);
        assert!(draft.az[0].contains(&format!("--protocol {protocol} ")));
    }
}

#[test]
fn w57_no_path_is_made_up_and_no_probe_replaced() {
    assert_eq!(missing(&lost(), "B.1"), "spec.inputs.B.path", "not /health");
    let mut world = given(lost(), "/healthz");
    let known = json!({"name": "PROBE-https-api", "properties": {"protocol": "Https", "path": "/old", "host": "a"}});
    world.gateway()["properties"]["probes"]
        .as_array_mut()
        .unwrap()
        .push(known);
    let draft = one(&world, "B.1");
    assert_eq!(edits(&draft)[0].0, "properties/probes/probe-https-api-2");
    let after = planned(&world, &draft);
    assert_eq!(after["properties"]["probes"].as_array().unwrap().len(), 3);
}

#[test]
fn w61_codes_of_400_and_above_are_refused_but_for_two() {
    let with = |codes: &[&str]| {
        let mut world = given(lost(), "/healthz");
        world.said.inputs.status_codes = codes.iter().map(ToString::to_string).collect();
        one(&world, "B.1")
    };
    for codes in [
        &["200-599"][..],
        &["404"],
        &["200-399", "500"],
        &["401-403"],
        &["200,404"],
        &["401,403"],
    ] {
        let draft = with(codes);
        assert!(draft.changes.is_empty(), "{codes:?}");
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::NeedsInput);
        assert!(
            why.starts_with("spec.inputs.B.statusCodes: ") && why.contains("401 and 403"),
            "{why}"
        );
    }
    for codes in [&["ok"][..], &["399-200"], &["99"], &["200-700"], &[""]] {
        let draft = with(codes);
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::NeedsInput);
        assert!(why.starts_with("spec.inputs.B.statusCodes: "), "{why}");
    }
    let draft = with(&["200-399", "401"]);
    assert_eq!(draft.withheld, None);
    assert_eq!(
        edits(&draft)[0].1["properties"]["match"]["statusCodes"],
        json!(["200-399", "401"])
    );
    assert!(
        draft
            .effects
            .iter()
            .any(|it| it.starts_with("answers 200-399, 401 count"))
    );
}

#[test]
fn a_path_or_host_that_is_none_is_named_with_its_field() {
    for path in ["healthz", "/a b", "/a#b", "/\u{fc}", "/a\nb", ""] {
        let world = given(lost(), path);
        let draft = one(&world, "B.1");
        assert!(draft.changes.is_empty());
        let (reason, why) = held(&draft);
        assert_eq!(reason, Reason::NeedsInput);
        assert!(why.starts_with("spec.inputs.B.path: "), "{why}");
    }
    for host in [
        "10.2.0.4",
        "https://shop",
        "shop:443",
        "a b",
        "*.shop",
        "",
        "-a.b",
    ] {
        let mut world = given(lost(), "/healthz");
        world.said.inputs.probe_host = Some(host.into());
        let draft = one(&world, "B.1");
        assert!(draft.changes.is_empty());
        assert!(held(&draft).1.starts_with("spec.inputs.B.host: "), "{host}");
    }
    // A Host header over plain HTTP may be an address.
    let mut plain = given(
        default(&json!({"protocol": "Http"}), &status(404, "200-399")),
        "/healthz",
    );
    plain.said.inputs.probe_host = Some("10.2.0.4".into());
    assert_eq!(new(&plain, &one(&plain, "B.1"))["host"], "10.2.0.4");
}

#[test]
fn nothing_a_person_gave_runs_in_a_shell() {
    let world = given(lost(), "/$(id)'");
    let draft = one(&world, "B.1");
    assert!(
        draft.az[0].contains(r"--path '/$(id)'\'''"),
        "{}",
        draft.az[0]
    );
}

#[test]
fn a_login_on_a_nameless_probe_is_still_a_login() {
    let world = default(&json!({}), &status(401, "200-399"));
    assert_eq!(missing(&world, "B.1"), "spec.inputs.B.path");
}

#[test]
fn a_login_is_mended_by_an_open_path_or_by_taking_401() {
    let world = || {
        default(
            &json!({"hostName": "shop.internal"}),
            &status(401, "200-399"),
        )
    };
    assert_eq!(missing(&world(), "B.1"), "spec.inputs.B.path");
    let mut taken = world();
    taken.said.inputs.status_codes = vec!["200-399".into(), "401".into()];
    let draft = one(&taken, "B.1");
    assert_eq!(new(&taken, &draft)["path"], "/");
    let mut short = world();
    short.said.inputs.status_codes = vec!["200-399".into()];
    let draft = one(&short, "B.1");
    assert_eq!(
        held(&draft),
        (
            Reason::NeedsInput,
            "spec.inputs.B.statusCodes: 200-399 does not take 401, which is what the back end answers"
        )
    );
}

/// The probe in use watches settings `web` as well, which serve well by it.
fn copied(own: &Value) -> World {
    let mut probe = json!({"path": "/", "host": "shop.internal", "interval": 40, "timeout": 20, "unhealthyThreshold": 5,
        "minServers": 1, "match": {"statusCodes": ["200"], "body": "ok"}, "provisioningState": "Succeeded",
        "backendHttpSettings": [{"id": "/x"}]});
    for (key, value) in own.as_object().unwrap() {
        probe[key] = value.clone();
    }
    let world = probed(&json!({}), &probe);
    given(shared(world, &status(404, "200")), "/healthz")
}

#[test]
fn a_probe_that_others_use_is_copied_whole_but_for_what_is_wrong() {
    let world = copied(&json!({"port": 8443, "enableProbeProxyProtocolHeader": false}));
    let draft = one(&world, "B.1");
    let wanted = json!({"path": "/healthz", "host": "shop.internal", "interval": 40, "timeout": 20,
        "unhealthyThreshold": 5, "minServers": 1, "match": {"statusCodes": ["200"], "body": "ok"}, "port": 8443,
        "protocol": "Https", "enableProbeProxyProtocolHeader": false});
    assert_eq!(new(&world, &draft), wanted);
    verified(&draft, 40);
    let effects = draft.effects.join("\n");
    assert!(
        effects.contains("probe p-api stays as it is for web"),
        "{effects}"
    );
    assert!(effects.contains("looked for here as well"), "{effects}");
    let after = planned(&world, &draft);
    let settings = &after["properties"]["backendHttpSettingsCollection"];
    assert_eq!(
        settings[1]["properties"]["probe"],
        reference("probes", "p-api"),
        "the others keep theirs"
    );
}

#[test]
fn a_probe_of_its_own_is_corrected_and_no_second_one_made() {
    let world = given(
        crate::down(
            probed(&json!({}), &json!({"host": "a"})),
            &status(404, "200-399"),
        ),
        "/healthz",
    );
    none(&world, "B.1");
    assert_eq!(drafts(&world, "B.2").unwrap().len(), 1);
}

#[test]
fn w58_more_time_is_more_than_before_and_the_interval_grows_along() {
    let slow = |seconds: Option<i64>| {
        let mut world = default(&json!({}), TIMEOUT);
        world.said.slow_to_start = Some(true);
        world.said.inputs.probe_timeout = seconds;
        // Meant for another fault.
        world.said.inputs.probe_path = Some("/elsewhere".into());
        world
    };
    assert_eq!(missing(&slow(None), "B.1"), "spec.inputs.B.timeoutSeconds");
    for seconds in [30, 10] {
        let draft = one(&slow(Some(seconds)), "B.1");
        assert_eq!(
            held(&draft).1,
            format!("spec.inputs.B.timeoutSeconds: {seconds} s is not more than the 30 s of now")
        );
    }
    for seconds in [0, -5, 86_401] {
        let draft = one(&slow(Some(seconds)), "B.1");
        assert!(
            held(&draft)
                .1
                .ends_with("is not between 1 and 86400 seconds")
        );
    }
    let world = slow(Some(60));
    let draft = one(&world, "B.1");
    let probe = new(&world, &draft);
    assert_eq!(
        (&probe["timeout"], &probe["interval"], &probe["path"]),
        (&json!(60), &json!(60), &json!("/"))
    );
    assert!(draft.effects.contains(&"the interval grows with the time-out, from 30 s to 60 s: a server that fails is noticed after 3 tries, that is up to 180 s".to_owned()));
    verified(&draft, 60);
}

#[test]
fn what_the_gateway_itself_tried_makes_a_hint_enough() {
    let mut world = given(lost(), "/healthz");
    world.said.rehearse = true;
    let mut drive = Drive::new(
        &world,
        tried("Healthy", "Success. Received 200 status code"),
    );
    let drafts = drive.drafts("B.1").unwrap();
    assert!(drafts[0].stands_alone);
    assert_eq!(
        drafts[0].checks.last().unwrap(),
        "rehearsed from the gateway: Https /healthz as the settings say is Healthy on 1 of 1 servers"
    );
}
