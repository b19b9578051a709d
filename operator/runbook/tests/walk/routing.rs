//! Step 3: the rows each yes and no, and what of §15.3 (31 to 33) the article has wrong.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use super::{
    one_step::{short, sightings},
    world::{REFUSED, World, row},
};
use appgw_runbook::{
    facts::{Gap, Query, Request},
    id::{Letter, StepId::S3, Subject},
    report::{Confidence, Verdict},
};
use serde_json::{Value, json};

fn sub(kind: &str, name: &str) -> Value {
    json!({"id": format!("/g/{kind}/{name}")})
}

/// Listener `l-https` on 443 for `shop.contoso.com`, and `l-http` on 80, which redirects there.
fn shop() -> World {
    let mut world = World::healthy();
    let properties = &mut world.gateway()["properties"];
    properties["frontendPorts"] = json!([{"name": "p443", "properties": {"port": 443}}, {"name": "p80", "properties": {"port": 80}}]);
    properties["httpListeners"] = json!([
        listener("l-https", 443, "Https", &["shop.contoso.com"]),
        listener("l-http", 80, "Http", &[])
    ]);
    properties["redirectConfigurations"] = json!([{"name": "to-https", "properties": {"targetListener": sub("httpListeners", "l-https"), "includePath": true}}]);
    properties["backendAddressPools"] = json!([pool("api", 1), pool("cart", 1)]);
    properties["requestRoutingRules"] = json!([
        to_pair("r-shop", "l-https", 20, "api"),
        {"name": "r-http", "properties": {"priority": 30, "httpListener": sub("httpListeners", "l-http"), "redirectConfiguration": sub("r", "to-https")}}]);
    health(&mut world, &[("api", "Healthy")]);
    world
}

fn listener(name: &str, port: u16, protocol: &str, hosts: &[&str]) -> Value {
    json!({"name": name, "properties": {"frontendIPConfiguration": sub("f", "public"),
        "frontendPort": sub("frontendPorts", &format!("p{port}")), "protocol": protocol, "hostNames": hosts}})
}

fn pool(name: &str, members: u8) -> Value {
    let members: Vec<Value> = (0..members)
        .map(|n| json!({"ipAddress": format!("10.2.0.{n}")}))
        .collect();
    json!({"name": name, "properties": {"backendAddresses": members}})
}

fn to_pair(name: &str, listener: &str, priority: i64, pool: &str) -> Value {
    json!({"name": name, "properties": {"priority": priority, "httpListener": sub("httpListeners", listener),
        "backendAddressPool": sub("p", pool), "backendHttpSettings": sub("s", "https-api")}})
}

/// Each pool with one server of this health; none for an empty word.
fn health(world: &mut World, pools: &[(&str, &str)]) {
    let pools: Vec<Value> = pools.iter().map(|(pool, word)| {
        let log = if *word == "Unhealthy" { REFUSED } else { "" };
        let server = json!({"address": "10.2.0.4", "health": word, "healthProbeLog": log});
        let servers: Vec<Value> = [server].into_iter().filter(|_| !word.is_empty()).collect();
        json!({"backendAddressPool": sub("p", pool), "backendHttpSettingsCollection": [{"backendHttpSettings": sub("s", "https-api"), "servers": servers}]})
    }).collect();
    world.answer_health(Ok(json!({"backendAddressPools": pools})));
}

/// Rule `r-shop` goes by path: `/cart*` to pool `cart`, everything else to `api`.
fn by_path(world: &mut World) {
    let properties = &mut world.gateway()["properties"];
    properties["requestRoutingRules"][0] = json!({"name": "r-shop", "properties": {"priority": 20, "ruleType": "PathBasedRouting",
        "httpListener": sub("httpListeners", "l-https"), "urlPathMap": sub("urlPathMaps", "m")}});
    properties["urlPathMaps"] = json!([{"name": "m", "properties": {
        "defaultBackendAddressPool": sub("p", "api"), "defaultBackendHttpSettings": sub("s", "https-api"),
        "pathRules": [{"name": "to-cart", "properties": {"paths": ["/cart*"], "backendAddressPool": sub("p", "cart"), "backendHttpSettings": sub("s", "https-api")}}]}}]);
    health(world, &[("api", "Healthy"), ("cart", "Healthy")]);
}

fn asks(world: &mut World, https: Option<bool>, host: &str, path: &str, port: u16) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    world.said.request = Request {
        https,
        host: some(host),
        path: some(path),
        port: (port > 0).then_some(port),
    };
}

fn rows(world: &World) -> Vec<String> {
    short(world, S3, &Subject::Gateway)
}

#[test]
fn all_well_with_and_without_a_request() {
    let mut world = shop();
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > 4 (gateway)"]);
    asks(&mut world, Some(true), "shop.contoso.com", "/cart", 0);
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > 4 (gateway)"]);
    let seen = &sightings(&world, S3, &Subject::Gateway, "3.3")[0];
    assert_eq!(
        seen.evidence,
        "shop.contoso.com/cart -> l-https > r-shop > api/https-api"
    );
    asks(&mut world, Some(false), "shop.contoso.com", "/cart", 0);
    let seen = &sightings(&world, S3, &Subject::Gateway, "3.3")[0];
    assert_eq!(
        seen.evidence,
        "shop.contoso.com/cart -> l-http > r-http > redirect to-https > l-https > r-shop > api/https-api"
    );
    assert_eq!(row(&world.report(), "3.3"), "yes > 4");
}

#[test]
fn a_port_nobody_listens_on_is_said_and_makes_no_502() {
    let mut world = shop();
    asks(&mut world, Some(true), "shop.contoso.com", "/", 8443);
    assert_eq!(
        rows(&world),
        ["3.1 > E (gateway) > 4 (gateway)", "3.2 no", "3.3 no"]
    );
    let finding = sightings(&world, S3, &Subject::Gateway, "3.1")[0]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        (
            "no-listener-on-port",
            Some(Letter::E),
            Confidence::Inconclusive
        )
    );
    assert!(
        finding.against[0].contains("no 502"),
        "{:?}",
        finding.against
    );
    assert!(!finding.correction.is_empty());
    assert_eq!(world.report().verdict, Verdict::Inconclusive);
    // The port is there, the scheme is not.
    asks(&mut world, Some(true), "shop.contoso.com", "/", 80);
    let finding = sightings(&world, S3, &Subject::Gateway, "3.1")[0]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        finding.says,
        "Port 80 speaks HTTP (listener l-http), and clients are said to speak HTTPS"
    );
    // The port may belong to the layer-4 proxy, which is not read.
    asks(&mut world, Some(true), "shop.contoso.com", "/", 8443);
    world.gateway()["properties"]["listeners"] =
        json!([{"name": "l4", "properties": {"frontendPort": sub("frontendPorts", "p8443")}}]);
    assert!(
        rows(&world)[0].starts_with("3.1 ?: layer-4 listener l4"),
        "{:?}",
        rows(&world)
    );
}

#[test]
fn a_host_nobody_takes_is_a_404() {
    let mut world = shop();
    asks(&mut world, Some(true), "www.contoso.com", "/", 0);
    assert_eq!(
        rows(&world),
        ["3.1 > E (gateway) > 4 (gateway)", "3.2 no", "3.3 no"]
    );
    let finding = sightings(&world, S3, &Subject::Gateway, "3.1")[0]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        (finding.id, finding.confidence),
        ("no-listener-for-host", Confidence::Inconclusive)
    );
    assert!(finding.against[0].contains("404"));
}

#[test]
fn the_default_of_a_path_map_is_judged_by_its_health() {
    let mut world = shop();
    by_path(&mut world);
    asks(&mut world, Some(true), "shop.contoso.com", "/checkout", 0);
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > 4 (gateway)"]);
    // Dead.
    health(&mut world, &[("API", "Unhealthy"), ("cart", "Healthy")]);
    assert_eq!(
        rows(&world),
        ["3.1 no", "3.2 > E (api/https-api)", "3.3 no"]
    );
    let finding = sightings(&world, S3, &Subject::Gateway, "3.2")[0]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("default-pair-dead", Some(Letter::E), Confidence::Likely)
    );
    assert_eq!(
        finding.says,
        "The request takes the default pair api/https-api of path map m, which has no live member"
    );
    // Another path does not go there; the way is walked all the same, and stops.
    asks(&mut world, Some(true), "shop.contoso.com", "/cart/7", 0);
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > stop (gateway)"]);
    // Some of the way unsaid: which pair is not known.
    asks(&mut world, Some(true), "shop.contoso.com", "", 0);
    assert_eq!(
        rows(&world)[1],
        "3.2 ?: it depends on what is not said: spec.request.path"
    );
    assert!(rows(&world)[2].starts_with("3.3 ?"));
    // Unknown is not dead.
    asks(&mut world, Some(true), "shop.contoso.com", "/checkout", 0);
    health(&mut world, &[("api", "Unknown"), ("cart", "Healthy")]);
    assert_eq!(
        rows(&world)[1],
        "3.2 ?: how api/https-api does is not known"
    );
    // Nor is health that could not be heard.
    world.answer_health(Err(Gap::TimedOut));
    assert!(rows(&world)[1].starts_with("3.2 Gap"));
}

#[test]
fn an_empty_default_is_sure_by_the_document_alone() {
    let mut world = shop();
    by_path(&mut world);
    world.gateway()["properties"]["backendAddressPools"] = json!([pool("api", 0), pool("cart", 1)]);
    health(&mut world, &[("api", ""), ("cart", "Healthy")]);
    asks(&mut world, Some(true), "shop.contoso.com", "/checkout", 0);
    let confidence = |world: &World| {
        sightings(world, S3, &Subject::Gateway, "3.2")[0]
            .finding
            .clone()
            .unwrap()
            .confidence
    };
    assert_eq!(confidence(&world), Confidence::Confirmed);
    world.answer_health(Err(Gap::TimedOut));
    assert_eq!(confidence(&world), Confidence::Confirmed);
    // Members that health does not report are not none.
    world.gateway()["properties"]["backendAddressPools"] = json!([pool("api", 1), pool("cart", 1)]);
    health(&mut world, &[("api", ""), ("cart", "Healthy")]);
    assert_eq!(
        rows(&world)[1],
        "3.2 ?: health reports no server of api/https-api"
    );
}

#[test]
fn of_a_policy_s_pairs_all_must_be_dead() {
    let mut world = shop();
    by_path(&mut world);
    let properties = &mut world.gateway()["properties"];
    properties["loadDistributionPolicies"] = json!([{"name": "l", "properties": {"loadDistributionTargets": [
        {"properties": {"backendAddressPool": sub("p", "api")}}, {"properties": {"backendAddressPool": sub("p", "cart")}}]}}]);
    properties["urlPathMaps"][0]["properties"]["defaultBackendAddressPool"] = Value::Null;
    properties["urlPathMaps"][0]["properties"]["defaultLoadDistributionPolicy"] = sub("l", "l");
    asks(&mut world, Some(true), "shop.contoso.com", "/checkout", 0);
    for (cart, confidence) in [
        ("Healthy", Confidence::Inconclusive),
        ("Unhealthy", Confidence::Likely),
    ] {
        health(&mut world, &[("api", "Unhealthy"), ("cart", cart)]);
        let seen = sightings(&world, S3, &Subject::Gateway, "3.2");
        assert_eq!(seen[0].finding.clone().unwrap().confidence, confidence);
    }
}

#[test]
fn a_missing_part_matters_only_where_it_changes_the_answer() {
    let mut world = shop();
    by_path(&mut world);
    asks(&mut world, None, "shop.contoso.com", "", 0);
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > 4 (gateway)"]);
    let seen = &sightings(&world, S3, &Subject::Gateway, "3.3")[0];
    assert!(
        seen.evidence
            .starts_with("shop.contoso.com, any path -> l-http > r-http"),
        "{}",
        seen.evidence
    );
    // On port 443 nobody takes this host, on port 80 somebody does.
    asks(&mut world, None, "www.contoso.com", "/", 0);
    assert_eq!(
        rows(&world)[0],
        "3.1 ?: it depends on what is not said: spec.request.port"
    );
}

#[test]
fn a_dead_pair_that_the_request_takes_is_said_and_left_to_step_2() {
    let mut world = shop();
    health(&mut world, &[("api", "Unhealthy")]);
    asks(&mut world, Some(true), "shop.contoso.com", "/cart", 0);
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > stop (gateway)"]);
    let seen = &sightings(&world, S3, &Subject::Gateway, "3.3")[0];
    assert_eq!(
        seen.evidence,
        "shop.contoso.com/cart -> l-https > r-shop > api/https-api, without a live member"
    );
    assert_eq!(seen.finding, None);
    // A pair that no rule uses does not keep the walk from going on; health not heard leaves it open.
    health(&mut world, &[("api", "Healthy"), ("cart", "Unhealthy")]);
    assert_eq!(rows(&world)[2], "3.3 > 4 (gateway)");
    world.answer_health(Err(Gap::TimedOut));
    assert_eq!(rows(&world)[2], "3.3 > 4 (gateway)");
}

/// A wildcard listener whose rule has the lower number, and leads to `cart`.
fn shadow(world: &mut World) {
    let properties = &mut world.gateway()["properties"];
    properties["httpListeners"]
        .as_array_mut()
        .unwrap()
        .push(listener("l-any", 443, "Https", &["*.contoso.com"]));
    properties["requestRoutingRules"]
        .as_array_mut()
        .unwrap()
        .push(to_pair("r-any", "l-any", 10, "cart"));
    health(world, &[("api", "Healthy"), ("cart", "Healthy")]);
}

#[test]
fn a_shadowed_rule_is_a_hint_until_the_request_meets_a_dead_pair_by_it() {
    let mut world = shop();
    shadow(&mut world);
    assert_eq!(
        rows(&world),
        ["3.1 no", "3.2 no", "3.3 > 4 (gateway) > 4 (rule:r-shop)"]
    );
    let finding = sightings(&world, S3, &Subject::Gateway, "3.3")[1]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        (finding.id, finding.confidence),
        ("rule-shadowed", Confidence::Inconclusive)
    );
    assert_eq!(
        finding.says,
        "requests for shop.contoso.com never reach rule r-shop (priority 20): rule r-any (priority 10) takes them first"
    );
    asks(&mut world, Some(true), "shop.contoso.com", "/", 0);
    health(&mut world, &[("api", "Healthy"), ("cart", "Unhealthy")]);
    assert_eq!(rows(&world), ["3.1 > E (rule:r-any)", "3.2 no", "3.3 no"]);
    let finding = sightings(&world, S3, &Subject::Gateway, "3.1")[0]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("rule-shadowed", Some(Letter::E), Confidence::Likely)
    );
    // The rule that was meant would not have served either.
    health(&mut world, &[("api", "Unhealthy"), ("cart", "Unhealthy")]);
    assert_eq!(rows(&world)[0], "3.1 no");
    // The other way round nothing is shadowed.
    health(&mut world, &[("api", "Healthy"), ("cart", "Unhealthy")]);
    world.gateway()["properties"]["requestRoutingRules"][2]["properties"]["priority"] = 40.into();
    assert_eq!(rows(&world), ["3.1 no", "3.2 no", "3.3 > stop (gateway)"]);
}

#[test]
fn a_swallowed_path_rule_likewise() {
    let mut world = shop();
    by_path(&mut world);
    let map = &mut world.gateway()["properties"]["urlPathMaps"][0]["properties"];
    map["pathRules"].as_array_mut().unwrap().insert(0, json!({"name": "all", "properties": {"paths": ["/*"], "backendAddressPool": sub("p", "api"), "backendHttpSettings": sub("s", "https-api")}}));
    assert_eq!(rows(&world)[2], "3.3 > 4 (gateway) > 4 (rule:r-shop)");
    let finding = sightings(&world, S3, &Subject::Gateway, "3.3")[1]
        .finding
        .clone()
        .unwrap();
    assert_eq!(
        (finding.id, finding.says.as_str()),
        (
            "path-rule-swallowed",
            "path /cart* of m/to-cart is never reached: m/all above it takes it first"
        )
    );
    health(&mut world, &[("api", "Unhealthy"), ("cart", "Healthy")]);
    asks(&mut world, Some(true), "shop.contoso.com", "/cart", 0);
    assert_eq!(rows(&world), ["3.1 no", "3.2 > E (rule:r-shop)", "3.3 no"]);
    asks(&mut world, Some(true), "shop.contoso.com", "/other", 0);
    assert_eq!(rows(&world)[1], "3.2 no");
}

#[test]
fn redirects_in_a_circle_and_rules_to_nobody_are_hints() {
    let mut world = shop();
    let properties = &mut world.gateway()["properties"];
    properties["redirectConfigurations"].as_array_mut().unwrap().push(json!({"name": "back", "properties": {"targetListener": sub("httpListeners", "l-http"), "includePath": true}}));
    properties["requestRoutingRules"][0] = json!({"name": "r-shop", "properties": {"priority": 20, "httpListener": sub("httpListeners", "l-https"), "redirectConfiguration": sub("r", "back")}});
    let seen = sightings(&world, S3, &Subject::Gateway, "3.3");
    assert_eq!(seen.len(), 2);
    let finding = seen[1].finding.clone().unwrap();
    assert_eq!(
        (finding.id, finding.says.as_str()),
        ("redirect-loop", "redirects go in a circle: r-http, r-shop")
    );

    let mut world = shop();
    world.gateway()["properties"]["backendAddressPools"] = json!([pool("api", 0)]);
    // Health says so itself: row 1b.4 is enough.
    health(&mut world, &[("api", "")]);
    assert_eq!(sightings(&world, S3, &Subject::Gateway, "3.3").len(), 1);
    world.answer_health(Err(Gap::Locked));
    let seen = sightings(&world, S3, &Subject::Gateway, "3.3");
    assert_eq!(seen[1].finding.clone().unwrap().id, "rule-to-empty-pool");
}

#[test]
fn key_vault_and_layer_4_are_named() {
    let mut world = shop();
    let properties = &mut world.gateway()["properties"];
    properties["httpListeners"][0]["properties"]["sslCertificate"] = sub("sslCertificates", "c");
    properties["sslCertificates"] =
        json!([{"name": "c", "properties": {"keyVaultSecretId": "https://v/secrets/c"}}]);
    properties["listeners"] = json!([{"name": "l4"}]);
    let seen = &sightings(&world, S3, &Subject::Gateway, "3.3")[0];
    assert!(
        seen.evidence
            .ends_with("certificate of l-https kept in Key Vault; layer-4 listeners not read: l4"),
        "{}",
        seen.evidence
    );
}

#[test]
fn half_a_document_decides_nothing() {
    let mut world = shop();
    world.gateway()["properties"]["requestRoutingRules"][0]["properties"]["backendHttpSettings"] =
        Value::Null;
    assert_eq!(
        rows(&world),
        [
            "3.1 no",
            "3.2 no",
            "3.3 ?: where rule r-shop leads cannot be read"
        ]
    );
    asks(&mut world, Some(true), "shop.contoso.com", "/", 0);
    assert!(rows(&world).iter().all(|row| row.contains('?')));
    let mut world = shop();
    asks(&mut world, Some(true), "shop.contoso.com", "/", 0);
    world.gateway()["properties"]["httpListeners"] = json!("none");
    assert!(rows(&world)[0].contains("a listener that is not there"));
    let query = Query::Document(world.said.gateway.clone());
    world.answers.insert(query, Err(Gap::TimedOut));
    assert!(rows(&world).iter().all(|row| row.contains("Gap")));
}
