//! The switches of the health document, and the least number of healthy servers.

use super::{
    super::{Ids, Log, Lost, Split, Texts, Unknown, Words},
    *,
};

fn switched(name: &str, switch: impl FnOnce(&mut super::super::Switches)) -> World {
    let mut world = load(name);
    switch(world.switches_mut());
    world
}

#[test]
fn vocabularies() {
    let specified = |name| words(&switched(name, |own| own.words = Words::Specified));
    assert_eq!(specified("all-healthy"), "Up Up");
    assert_eq!(specified("harmless-deny"), "Down Down");
    assert_eq!(specified("unknown-by-udr"), "Unknown Unknown");
    let recorded = |name| words(&switched(name, |own| own.unknown = Unknown::Unhealthy));
    assert_eq!(recorded("gatewaymanager-blocked-v1"), "Unhealthy Unhealthy");
    let split = |name| words(&switched(name, |own| own.split = Split::Partial));
    assert_eq!(split("deny-some-instances"), "Partial Partial");
    assert_eq!(split("deny-on-backend-subnet"), "Unhealthy Unhealthy");
}

#[test]
fn texts_published_and_live() {
    let published = |name| log(&switched(name, |own| own.texts = Texts::Published));
    assert!(
        published("harmless-deny")
            .starts_with("Application Gateway could not connect to the backend.")
    );
    assert!(
        published("deny-on-nic").ends_with("more than the timeout threshold in the probe setting.")
    );
    assert!(
        published("name-not-resolved").starts_with("Application Gateway could not create a probe")
    );
    assert_eq!(
        words(&switched("name-not-resolved", |own| own.texts = Texts::Published)),
        "Unhealthy"
    );
    let lost = log(&switched("deny-on-nic", |own| {
        own.lost = Lost::CannotConnect;
    }));
    assert!(
        lost.ends_with("https://aka.ms/servernotreachable."),
        "{lost}"
    );
}

#[test]
fn logs_that_are_not_there() {
    let server = |log| {
        let world = switched("harmless-deny", |own| own.log = log);
        let health = world.back_end_health(&gateway()).unwrap();
        health["backendAddressPools"][0]["backendHttpSettingsCollection"][0]["servers"][0].clone()
    };
    assert_eq!(server(Log::Missing).get("healthProbeLog"), None);
    assert_eq!(server(Log::Null).get("healthProbeLog"), Some(&Value::Null));
    assert_eq!(server(Log::Empty)["healthProbeLog"], "");
}

#[test]
fn ids_in_mixed_case() {
    let world = switched("all-healthy", |own| own.ids = Ids::Mixed);
    let health = world.back_end_health(&gateway()).unwrap();
    let id = health["backendAddressPools"][0]["backendAddressPool"]["id"]
        .as_str()
        .unwrap();
    assert!(
        id.contains("/resourcegroups/rg-edge/") && id.ends_with("/backendaddressPools/api"),
        "{id}"
    );
}

#[test]
fn draining_members_get_no_traffic() {
    let world = switched("partial-outage", |own| {
        own.draining = vec!["10.2.0.4".to_owned()];
    });
    assert_eq!(words(&world), "Draining Unhealthy");
    assert_eq!(shop(&world).reason, Some("ERRORINFO_UPSTREAM_NO_LIVE"));
}

#[test]
fn traffic_may_go_on_though_health_is_unknown() {
    let world = switched("unknown-by-udr", |own| own.unknown_serves = true);
    assert_eq!(words(&world), "Unknown Unknown");
    assert_eq!(shop(&world).status(), Some(200));
}

#[test]
fn so_many_servers_are_always_healthy() {
    let world = around(
        "    listeners: {http: {port: 80}}
    pools: {api: [10.2.0.4, 10.2.0.5, 10.2.0.6]}
    probes: {p: {minServers: 2}}
    settings: {s: {port: 80, probe: p}}
    rules: {main: {listener: http, pool: api, settings: s}}",
        "backEnds: {'10.2.0.4:80': {listens: refused}, '10.2.0.5:80': {listens: refused}, '10.2.0.6:80': {}}",
    );
    assert_eq!(words(&world), "Healthy Unhealthy Healthy");
    assert!(log(&world).starts_with("Cannot connect"), "{}", log(&world));
    // The one that is spared is asked first, and then one that answers.
    let sees = fetch(&world, "http://x/");
    assert_eq!(
        (sees.status(), sees.server.as_deref()),
        (Some(200), Some("10.2.0.6"))
    );
}
