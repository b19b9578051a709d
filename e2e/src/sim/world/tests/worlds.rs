//! Every world file: what health says and what clients get.

use std::fs;

use super::{super::Got, *};

const SLOW: &str =
    "Time taken by the backend to respond to application gateway's health probe is more than";
const REFUSED: &str = "Cannot connect to backend server.";
const LOST: &str = "The backend health status could not be retrieved.";
const WELL: &str = "Success. Received 200 status code";
const NO_LIVE: &str = "ERRORINFO_UPSTREAM_NO_LIVE";

/// The world, the health of each server, how each log begins, what the first instance answers, the reason.
#[rustfmt::skip]
const EXPECTED: &[(&str, &str, &[&str], Option<u16>, Option<&str>)] = &[
    ("all-healthy", "Healthy Healthy", &[WELL, WELL], Some(200), Some("ERRORINFO_NO_ERROR")),
    ("deny-on-backend-subnet", "Unhealthy Unhealthy", &[SLOW, SLOW], Some(502), Some(NO_LIVE)),
    ("deny-on-nic", "Unhealthy", &[SLOW], Some(502), Some(NO_LIVE)),
    ("deny-outbound-gateway-subnet", "Unhealthy Unhealthy", &[SLOW, SLOW], Some(502), Some(NO_LIVE)),
    ("deny-some-instances", "Unhealthy Unhealthy", &[SLOW, SLOW], Some(200), Some("ERRORINFO_NO_ERROR")),
    ("empty-pool", "", &[], Some(502), Some(NO_LIVE)),
    ("failed-but-running", "Healthy Healthy", &[WELL, WELL], Some(200), Some("ERRORINFO_NO_ERROR")),
    ("fqdn-member", "Unhealthy", &[SLOW], Some(502), Some(NO_LIVE)),
    ("gatewaymanager-blocked-v1", "Unknown Unknown", &[LOST, LOST], Some(502), Some(NO_LIVE)),
    ("gatewaymanager-blocked-v2", "Unknown Unknown", &[LOST, LOST], Some(502), Some(NO_LIVE)),
    ("harmless-deny", "Unhealthy Unhealthy", &[REFUSED, REFUSED], Some(502), Some(NO_LIVE)),
    ("name-not-resolved", "Unknown", &[LOST], Some(502), Some(NO_LIVE)),
    ("nic-pool", "Unhealthy Unhealthy", &[SLOW, SLOW], Some(502), Some(NO_LIVE)),
    ("no-pools", "", &[], None, None),
    ("odd-documents", "Down", &[SLOW], Some(502), Some(NO_LIVE)),
    ("partial-outage", "Healthy Unhealthy", &[WELL, REFUSED], Some(200), Some("ERRORINFO_NO_ERROR")),
    ("peered-network", "Unhealthy", &[SLOW], Some(502), Some(NO_LIVE)),
    ("starting", "Unknown Unknown", &[LOST, LOST], None, None),
    ("stopped", "", &[], None, None),
    ("unknown-by-udr", "Unknown Unknown", &[LOST, LOST], Some(502), Some(NO_LIVE)),
    ("updating", "Healthy Healthy", &[WELL, WELL], Some(200), Some("ERRORINFO_NO_ERROR")),
];

#[test]
fn each_world_is_as_its_first_line_says() {
    for (name, expected, logs, status, reason) in EXPECTED {
        let world = load(name);
        assert_eq!(words(&world), *expected, "{name}");
        let health = health(&world);
        assert_eq!(health.len(), logs.len(), "{name}");
        for ([.., log], expected) in health.iter().zip(*logs) {
            assert!(log.starts_with(expected), "{name}: {log}");
        }
        let sees = shop(&world);
        assert_eq!(sees.status(), *status, "{name}: {sees:?}");
        assert_eq!(sees.reason, *reason, "{name}");
        if *reason == Some(NO_LIVE) {
            assert_eq!(sees.listener.as_deref(), Some("https"), "{name}");
            assert_eq!(sees.rule.as_deref(), Some("main"), "{name}");
            assert_eq!(sees.pool.as_deref(), Some("api"), "{name}");
            assert_eq!(sees.settings.as_deref(), Some("https-api"), "{name}");
            assert_eq!(sees.server, None, "{name}");
        }
    }
}

#[test]
fn every_file_is_expected_and_says_what_is_broken() {
    let mut files: Vec<String> = fs::read_dir(directory())
        .unwrap()
        .map(|file| file.unwrap().path())
        .inspect(|path| {
            let text = fs::read_to_string(path).unwrap();
            let comment: String = text
                .lines()
                .take_while(|line| line.starts_with("# "))
                .collect();
            assert!(comment.contains("Row"), "{}", path.display());
            assert!(
                text.lines().all(|line| line.len() <= 240),
                "{}",
                path.display()
            );
        })
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let own = EXPECTED.iter().map(|(name, ..)| *name);
    let more = more_worlds::EXPECTED.iter().map(|(name, ..)| *name);
    let mut expected: Vec<&str> = own.chain(more).collect();
    expected.sort_unstable();
    assert_eq!(files, expected);
}

#[test]
fn a_stopped_gateway_has_no_pools_and_no_connection() {
    let world = load("stopped");
    let health = world.back_end_health(&gateway()).unwrap();
    assert_eq!(health, serde_json::json!({"backendAddressPools": []}));
    assert_eq!(shop(&world), ClientSees::default());
    assert_eq!(shop(&world).answer, Got::TimedOut);
}

#[test]
fn an_empty_pool_is_listed_and_an_unused_one_is_not() {
    let health = load("empty-pool").back_end_health(&gateway()).unwrap();
    let pool = &health["backendAddressPools"][0];
    assert_eq!(
        pool["backendHttpSettingsCollection"][0]["servers"],
        serde_json::json!([])
    );
    let health = load("no-pools").back_end_health(&gateway()).unwrap();
    assert_eq!(health["backendAddressPools"], serde_json::json!([]));
    let sees = fetch(&load("no-pools"), "http://shop.contoso.com/");
    assert_eq!((sees.status(), sees.pool), (Some(301), None));
}

#[test]
fn a_partial_deny_hits_the_clients_of_one_instance() {
    let mut world = load("deny-some-instances");
    let at = |world: &World, instance| {
        let url = "https://shop.contoso.com/";
        let client = Client::at_instance(instance);
        world.fetch(&gateway(), url, client).unwrap().status()
    };
    assert_eq!(
        [0, 1, 2].map(|own| at(&world, own)),
        [Some(200), Some(502), Some(200)]
    );
    // After a platform upgrade the instances are elsewhere.
    world.set_instances(&gateway(), vec!["10.1.0.5".parse().unwrap()]);
    assert_eq!(words(&world), "Healthy Healthy");
}

#[test]
fn network_interfaces_are_listed_with_their_ids() {
    let world = load("nic-pool");
    let health = world.back_end_health(&gateway()).unwrap();
    let server =
        &health["backendAddressPools"][0]["backendHttpSettingsCollection"][0]["servers"][0];
    let own = id("networkInterfaces/nic-api-0/ipConfigurations/ipconfig1");
    assert_eq!(server["address"], "10.2.0.4");
    assert_eq!(server["ipConfiguration"]["id"], own.as_str());
    let pool = world
        .get(&format!("{}/backendAddressPools/api", gateway()))
        .unwrap();
    assert_eq!(
        pool["properties"]["backendAddresses"],
        serde_json::json!([])
    );
    assert_eq!(
        pool["properties"]["backendIPConfigurations"][0]["id"],
        own.as_str()
    );
}

#[test]
fn failed_is_said_by_every_part() {
    let world = load("failed-but-running");
    for part in [
        "",
        "/backendAddressPools/api",
        "/probes/p-api",
        "/requestRoutingRules/main",
    ] {
        let document = world.get(&format!("{}{part}", gateway())).unwrap();
        assert_eq!(
            document["properties"]["provisioningState"], "Failed",
            "{part}"
        );
    }
}

#[test]
fn odd_documents_stay_odd() {
    let world = load("odd-documents");
    let gateway = world.get(&gateway()).unwrap();
    assert_eq!(gateway["properties"]["sku"]["capacity"], "3");
    assert_eq!(gateway["properties"]["enableFips"], Value::Null);
    assert!(
        gateway["properties"]
            .as_object()
            .unwrap()
            .contains_key("enableFips")
    );
    assert_eq!(gateway.get("tags"), None);
    let probe = &gateway["properties"]["probes"][0]["properties"];
    assert_eq!(
        (&probe["port"], &probe["match"]),
        (&"8443".into(), &Value::Null)
    );
    let health = world
        .back_end_health(&super::gateway())
        .unwrap()
        .to_string();
    assert!(
        health.contains("/resourcegroups/") && health.contains("/backendaddressPools/"),
        "{health}"
    );
}
