//! Step 5: the rows each yes and no, and what of §15.3 (39 to 42) the article has wrong.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use super::{
    one_step::{look, short, sightings},
    world::{REFUSED, World, id},
};
use appgw_runbook::{
    facts::{Gap, Query, Request},
    id::{ArmId, Letter, StepId::S5, Subject},
    report::{Confidence, Finding},
};
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
const SITE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-web/providers/Microsoft.Web/sites/shop";
const HOST: &str = "shop.azurewebsites.net";
const FORBIDDEN: &str = "Received invalid status code: 403 in the backend server's HTTP response.";
const WRONG_CN: &str = "The Common Name (CN) of the backend certificate does not match. https://aka.ms/backendcertcnmismatch";

fn sub(kind: &str, name: &str) -> Value {
    json!({"id": format!("/g/{kind}/{name}")})
}

/// Site `shop` behind pool `api`, asked for as `shop.contoso.com` on `l-https`; the settings take the member's
/// name as host, the site has no restrictions, and the gateway comes from 20.1.2.3.
fn shop() -> World {
    let mut world = World::healthy();
    let properties = &mut world.gateway()["properties"];
    properties["frontendIPConfigurations"] =
        json!([{"properties": {"publicIPAddress": {"id": id("publicIPAddresses/pip").as_str()}}}]);
    properties["frontendPorts"] = json!([{"name": "p443", "properties": {"port": 443}}]);
    properties["httpListeners"] = json!([{"name": "l-https", "properties": {"frontendPort": sub("frontendPorts", "p443"), "protocol": "Https", "hostName": "shop.contoso.com"}}]);
    properties["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([{"fqdn": HOST}]);
    properties["requestRoutingRules"][0]["properties"]["httpListener"] =
        sub("httpListeners", "l-https");
    properties["probes"][0]["properties"]["host"] = HOST.into();
    world.put(
        "publicIPAddresses/pip",
        json!({"properties": {"ipAddress": "20.1.2.3"}}),
    );
    setting(
        &mut world,
        &json!({"protocol": "Https", "pickHostNameFromBackendAddress": true}),
    );
    site(&mut world, &json!({"state": "Running"}));
    config(
        &mut world,
        &json!({"ipSecurityRestrictions": [{"ipAddress": "Any", "action": "Allow", "priority": 2_147_483_647, "name": "Allow all"}]}),
    );
    world.health(&[(HOST, "Healthy", "Success. Received 200 status code")]);
    world
}

fn merge(into: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        into[key] = value.clone();
    }
}

fn setting(world: &mut World, more: &Value) {
    let properties =
        &mut world.gateway()["properties"]["backendHttpSettingsCollection"][0]["properties"];
    *properties = json!({"port": 443, "probe": sub("probes", "p-api")});
    merge(properties, more);
}

fn site(world: &mut World, more: &Value) {
    let mut site = json!({"id": SITE, "name": "shop", "properties": {"hostNames": ["SHOP.azurewebsites.net"], "defaultHostName": HOST}});
    merge(&mut site["properties"], more);
    let list = ArmId::new(&format!("{SUBSCRIPTION}/providers/Microsoft.Web/sites"));
    world
        .answers
        .insert(Query::Document(ArmId::new(SITE)), Ok(site.clone()));
    world.answers.insert(Query::Document(list), Ok(json!({"value": [{"id": "/other", "name": "other", "properties": {"hostNames": ["other.azurewebsites.net"]}}, site]})));
}

fn config(world: &mut World, properties: &Value) {
    let id = ArmId::new(&format!("{SITE}/config/web"));
    world
        .answers
        .insert(Query::Document(id), Ok(json!({"properties": properties})));
}

/// Only this address comes in.
fn only(world: &mut World, range: &str) {
    config(
        world,
        &json!({"ipSecurityRestrictions": [{"ipAddress": range, "action": "Allow", "priority": 100, "name": "office"}]}),
    );
}

fn pair() -> Subject {
    Subject::Pair {
        pool: "api".into(),
        setting: "https-api".into(),
    }
}

fn rows(world: &World) -> Vec<String> {
    short(world, S5, &Subject::Gateway)
}

const FINE: [&str; 5] = ["5.1 no", "5.2 no", "5.3 no", "5.4 no", "5.5 > 6a (gateway)"];

fn found(world: &World, of: &Subject, row: &str) -> Finding {
    let seen = sightings(world, S5, of, row);
    *seen[0].finding.clone().unwrap()
}

fn told(finding: &Finding) -> (&'static str, Option<Letter>, Confidence) {
    (finding.id, finding.letter, finding.confidence)
}

#[test]
fn all_well() {
    let mut world = shop();
    assert_eq!(rows(&world), FINE);
    // No App Service at all: nothing is asked about one.
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([{"ipAddress": "10.2.0.4"}, {"fqdn": "api.contoso.com"}]);
    assert_eq!(rows(&world), FINE);
    let (_, asked) = look(&world, S5, &Subject::Gateway);
    let gateway = world.said.gateway.clone();
    assert_eq!(
        asked,
        [
            Query::Document(gateway.clone()),
            Query::BackendHealth(gateway)
        ]
    );
}

#[test]
fn an_unhealthy_site_goes_where_its_log_says() {
    let mut world = shop();
    for (log, expected) in [
        (WRONG_CN, "5.1 > 2d (api/https-api)"),
        (REFUSED, "5.1 > stop (api/https-api)"),
        (FORBIDDEN, "5.1 no"),
    ] {
        world.health(&[(HOST, "Unhealthy", log)]);
        assert_eq!(rows(&world)[0], expected);
        assert_eq!(short(&world, S5, &pair())[0], expected);
    }
    // Two members, two ways.
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([{"fqdn": HOST}, {"fqdn": "other.azurewebsites.net"}]);
    world.health(&[
        (HOST, "Unhealthy", WRONG_CN),
        ("other.azurewebsites.net", "Unhealthy", REFUSED),
    ]);
    assert_eq!(
        rows(&world)[0],
        "5.1 > 2d (api/https-api) > stop (api/https-api)"
    );
    // Unknown is neither.
    world.health(&[(HOST, "Unknown", "")]);
    assert!(
        rows(&world).iter().all(|row| row.contains("is not known")),
        "{:?}",
        rows(&world)
    );
}

#[test]
fn a_host_handed_on_fails_in_tls_over_https_and_is_a_404_over_http() {
    let mut world = shop();
    setting(&mut world, &json!({"protocol": "Https"}));
    assert_eq!(
        rows(&world),
        [
            "5.1 no",
            "5.2 > I (api/https-api)",
            "5.3 no",
            "5.4 no",
            "5.5 no"
        ]
    );
    let finding = found(&world, &Subject::Gateway, "5.2");
    assert_eq!(
        told(&finding),
        ("app-host-handed-on", Some(Letter::I), Confidence::Likely)
    );
    assert_eq!(finding.target, SITE);
    assert!(
        finding.says.contains("shop.contoso.com"),
        "{}",
        finding.says
    );
    assert!(
        finding
            .because
            .iter()
            .any(|line| line.contains("probe sends shop.azurewebsites.net"))
    );
    // What makes it a 404: plain HTTP, a name for TLS, no look at the name, the platform before.
    for (more, tier) in [
        (json!({"protocol": "Http"}), "WAF_v2"),
        (json!({"protocol": "Https", "sniName": HOST}), "WAF_v2"),
        (json!({"protocol": "Https", "validateSNI": false}), "WAF_v2"),
        (json!({"protocol": "Https"}), "WAF"),
    ] {
        setting(&mut world, &more);
        world.gateway()["properties"]["sku"]["tier"] = tier.into();
        assert_eq!(
            rows(&world)[1],
            "5.2 > I (api/https-api) > 6a (gateway)",
            "{more}"
        );
        let finding = found(&world, &Subject::Gateway, "5.2");
        assert_eq!(finding.confidence, Confidence::Inconclusive, "{more}");
        assert!(finding.correction.contains("404"));
    }
    // The site has what clients ask for.
    setting(&mut world, &json!({"protocol": "Https"}));
    world.gateway()["properties"]["sku"]["tier"] = "WAF_v2".into();
    site(
        &mut world,
        &json!({"hostNames": [HOST, "Shop.Contoso.com"]}),
    );
    assert_eq!(rows(&world), FINE);
    // Has it, and no certificate for it.
    site(
        &mut world,
        &json!({"hostNames": [HOST, "shop.contoso.com"], "hostNameSslStates": [{"name": "shop.contoso.com", "sslState": "Disabled"}]}),
    );
    assert_eq!(
        told(&found(&world, &Subject::Gateway, "5.2")).2,
        Confidence::Inconclusive
    );
}

#[test]
fn which_host_clients_ask_for_may_have_to_be_said() {
    let mut world = shop();
    setting(&mut world, &json!({"protocol": "Https"}));
    world.gateway()["properties"]["httpListeners"][0]["properties"]["hostName"] = Value::Null;
    // Nobody asks a gateway for a name of App Service's own.
    assert_eq!(
        found(&world, &Subject::Gateway, "5.2").confidence,
        Confidence::Likely
    );
    site(
        &mut world,
        &json!({"hostNames": [HOST, "shop.contoso.com"]}),
    );
    assert!(
        rows(&world)[1].contains("spec.request.host would tell"),
        "{:?}",
        rows(&world)
    );
    let asks = |host: &str| Request {
        host: Some(host.into()),
        ..Request::default()
    };
    world.said.request = asks("shop.contoso.com");
    assert_eq!(rows(&world)[1], "5.2 no");
    world.said.request = asks("www.contoso.com");
    assert_eq!(
        found(&world, &Subject::Gateway, "5.2").confidence,
        Confidence::Likely
    );
    // A wildcard: some of it, none of it, all of it.
    world.said.request = Request::default();
    for (pattern, hosts, expected) in [
        ("*.contoso.com", "shop.contoso.com", "5.2 ?"),
        ("*.contoso.org", "shop.contoso.com", "5.2 > I"),
        ("*.contoso.com", "*.contoso.com", "5.2 no"),
    ] {
        world.gateway()["properties"]["httpListeners"][0]["properties"]["hostName"] =
            pattern.into();
        site(&mut world, &json!({"hostNames": [HOST, hosts]}));
        assert!(
            rows(&world)[1].starts_with(expected),
            "{pattern} {hosts} {:?}",
            rows(&world)
        );
    }
}

#[test]
fn a_rewrite_of_the_host_makes_it_a_hint() {
    let mut world = shop();
    setting(&mut world, &json!({"protocol": "Https"}));
    let properties = &mut world.gateway()["properties"];
    properties["rewriteRuleSets"] = json!([{"name": "w", "properties": {"rewriteRules": [{"actionSet": {"requestHeaderConfigurations": [{"headerName": "host", "headerValue": HOST}]}}]}}]);
    properties["requestRoutingRules"][0]["properties"]["rewriteRuleSet"] =
        sub("rewriteRuleSets", "w");
    assert_eq!(
        found(&world, &Subject::Gateway, "5.2").confidence,
        Confidence::Inconclusive
    );
    setting(&mut world, &json!({"protocol": "Http"}));
    assert!(
        rows(&world)[1].starts_with("5.2 ?: a rewrite"),
        "{:?}",
        rows(&world)
    );
}

#[test]
fn settings_of_path_rules_count() {
    let mut world = shop();
    let properties = &mut world.gateway()["properties"];
    properties["backendHttpSettingsCollection"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "plain", "properties": {"protocol": "Https", "port": 443}}));
    properties["requestRoutingRules"][0]["properties"] = json!({"ruleType": "PathBasedRouting", "httpListener": sub("httpListeners", "l-https"), "urlPathMap": sub("urlPathMaps", "m")});
    properties["urlPathMaps"] = json!([{"name": "m", "properties": {"defaultBackendAddressPool": sub("p", "api"), "defaultBackendHttpSettings": sub("s", "https-api"),
        "pathRules": [{"name": "img", "properties": {"paths": ["/img/*"], "backendAddressPool": sub("p", "api"), "backendHttpSettings": sub("s", "plain")}}]}}]);
    let servers = json!([{"address": HOST, "health": "Healthy"}]);
    world.answer_health(Ok(json!({"backendAddressPools": [{"backendAddressPool": {"id": "/p/api"}, "backendHttpSettingsCollection": [
        {"backendHttpSettings": {"id": "/s/https-api"}, "servers": servers}, {"backendHttpSettings": {"id": "/s/plain"}, "servers": servers}]}]})));
    assert_eq!(rows(&world)[1], "5.2 > I (api/plain)");
}

#[test]
fn a_host_of_the_settings_must_be_the_site_s() {
    let mut world = shop();
    setting(
        &mut world,
        &json!({"protocol": "Https", "hostName": "www.contoso.com"}),
    );
    assert_eq!(
        rows(&world),
        [
            "5.1 no",
            "5.2 no",
            "5.3 > I (api/https-api)",
            "5.4 no",
            "5.5 no"
        ]
    );
    assert_eq!(
        told(&found(&world, &Subject::Gateway, "5.3")),
        ("app-host-not-bound", Some(Letter::I), Confidence::Likely)
    );
    setting(
        &mut world,
        &json!({"protocol": "Http", "hostName": "www.contoso.com"}),
    );
    let finding = found(&world, &Subject::Gateway, "5.3");
    assert!(finding.confidence == Confidence::Inconclusive && finding.correction.contains("404"));
    // The probe sends the same and is answered: something is not as the documents have it.
    setting(
        &mut world,
        &json!({"protocol": "Https", "hostName": "www.contoso.com"}),
    );
    world.gateway()["properties"]["probes"][0]["properties"] =
        json!({"pickHostNameFromBackendHttpSettings": true});
    let finding = found(&world, &Subject::Gateway, "5.3");
    assert!(
        finding.confidence == Confidence::Inconclusive && finding.against[0].contains("same host")
    );
    setting(
        &mut world,
        &json!({"protocol": "Https", "hostName": "SHOP.AzureWebsites.net"}),
    );
    assert_eq!(rows(&world), FINE);
    site(
        &mut world,
        &json!({"enabledHostNames": ["www.contoso.com"]}),
    );
    setting(
        &mut world,
        &json!({"protocol": "Https", "hostName": "www.contoso.com"}),
    );
    assert_eq!(rows(&world), FINE);
}

#[test]
fn a_restriction_is_a_403_at_the_probe_and_no_matter_of_certificates() {
    let mut world = shop();
    only(&mut world, "9.9.9.9/32");
    world.health(&[(HOST, "Unhealthy", FORBIDDEN)]);
    assert_eq!(
        short(&world, S5, &pair()),
        [
            "5.1 no",
            "5.2 no",
            "5.3 no",
            "5.4 > I (api/https-api)",
            "5.5 no"
        ]
    );
    let finding = found(&world, &pair(), "5.4");
    assert_eq!(
        told(&finding),
        ("app-access-denied", Some(Letter::I), Confidence::Confirmed)
    );
    assert_eq!(
        finding.says,
        "App Service shop refuses the gateway: the deny that goes with having rules at all denies the gateway's address 20.1.2.3"
    );
    assert!(finding.correction.contains("certificates"));
    // A live member beside it.
    world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
        json!([{"fqdn": HOST}, {"ipAddress": "10.2.0.9"}]);
    world.health(&[(HOST, "Unhealthy", FORBIDDEN), ("10.2.0.9", "Healthy", "")]);
    assert_eq!(
        found(&world, &pair(), "5.4").confidence,
        Confidence::Inconclusive
    );
    // Another one down for another reason.
    world.health(&[
        (HOST, "Unhealthy", FORBIDDEN),
        ("10.2.0.9", "Unhealthy", REFUSED),
    ]);
    assert_eq!(found(&world, &pair(), "5.4").confidence, Confidence::Likely);
}

#[test]
fn denied_and_yet_healthy_is_a_contradiction_that_is_said() {
    let mut world = shop();
    only(&mut world, "9.9.9.9/32");
    assert_eq!(
        rows(&world),
        [
            "5.1 no",
            "5.2 no",
            "5.3 no",
            "5.4 > I (api/https-api) > 6a (gateway)",
            "5.5 no"
        ]
    );
    let finding = found(&world, &Subject::Gateway, "5.4");
    assert!(
        finding.confidence == Confidence::Inconclusive
            && finding.against[0].contains("the probe is answered")
    );
    // Through a private endpoint nobody asks the rules.
    site(
        &mut world,
        &json!({"privateEndpointConnections": [{"id": "x"}]}),
    );
    assert_eq!(rows(&world), FINE);
}

#[test]
fn let_in_and_yet_403_is_something_else() {
    let mut world = shop();
    world.health(&[(HOST, "Unhealthy", FORBIDDEN)]);
    let expected = [
        "5.1 no",
        "5.2 no",
        "5.3 no",
        "5.4 no",
        "5.5 > stop (api/https-api)",
    ];
    assert_eq!(short(&world, S5, &pair()), expected);
    only(&mut world, "20.1.2.3/32");
    assert_eq!(short(&world, S5, &pair()), expected);
}

#[test]
fn over_a_service_endpoint_the_subnet_counts_and_not_the_address() {
    let mut world = shop();
    world.health(&[(HOST, "Unhealthy", FORBIDDEN)]);
    let vnet = Query::Document(id("virtualNetworks/vnet"));
    let subnet = id("virtualNetworks/vnet/subnets/gw");
    only(&mut world, "20.1.2.3/32");
    world.answers.get_mut(&vnet).unwrap().as_mut().unwrap()["properties"]["subnets"][0]["properties"]
        ["serviceEndpoints"] = json!([{"service": "microsoft.web"}]);
    assert_eq!(
        found(&world, &pair(), "5.4").confidence,
        Confidence::Confirmed
    );
    config(
        &mut world,
        &json!({"ipSecurityRestrictions": [{"vnetSubnetResourceId": subnet.as_str(), "action": "Allow", "priority": 100}]}),
    );
    assert_eq!(short(&world, S5, &pair())[3], "5.4 no");
    // The network may not be read: with and without an endpoint the answers differ.
    let denied = Gap::Denied { action: "a".into() };
    world.answers.insert(vnet, Err(denied.clone()));
    world.answers.insert(Query::Document(subnet), Err(denied));
    assert!(
        short(&world, S5, &pair())[3].starts_with("5.4 Gap"),
        "{:?}",
        short(&world, S5, &pair())
    );
    only(&mut world, "20.1.2.3/32");
    assert!(short(&world, S5, &pair())[3].starts_with("5.4 Gap"));
    only(&mut world, "9.9.9.9/32");
    assert_eq!(
        found(&world, &pair(), "5.4").confidence,
        Confidence::Confirmed
    );
}

#[test]
fn stopped_and_closed_to_the_public_are_403_too_and_no_restriction() {
    let mut world = shop();
    world.health(&[(HOST, "Unhealthy", FORBIDDEN)]);
    site(&mut world, &json!({"state": "Stopped"}));
    assert_eq!(short(&world, S5, &pair())[3], "5.4 > stop (api/https-api)");
    assert_eq!(
        told(&found(&world, &pair(), "5.4")),
        ("app-stopped", None, Confidence::Confirmed)
    );
    site(
        &mut world,
        &json!({"state": "Running", "publicNetworkAccess": "Disabled"}),
    );
    assert_eq!(
        told(&found(&world, &pair(), "5.4")),
        ("app-private-only", None, Confidence::Confirmed)
    );
}

#[test]
fn what_is_not_known_decides_nothing() {
    let mut world = shop();
    world.health(&[(HOST, "Unhealthy", FORBIDDEN)]);
    let unclear = |world: &World, part: &str| {
        let rows = short(world, S5, &pair());
        assert!(
            rows[3].starts_with("5.4 ?") && rows[3].contains(part),
            "{part}: {rows:?}"
        );
        assert!(rows[4].starts_with("5.5 ?"), "{rows:?}");
    };
    config(
        &mut world,
        &json!({"ipSecurityRestrictions": [{"name": "t", "ipAddress": "AzureCloud", "tag": "ServiceTag", "action": "Allow", "priority": 1}]}),
    );
    unclear(&world, "restriction t (priority 1) goes by ServiceTag");
    only(&mut world, "9.9.9.9/32");
    world.gateway()["properties"]["frontendIPConfigurations"] =
        json!([{"properties": {"privateIPAddress": "10.1.0.10"}}]);
    unclear(&world, "address that the gateway's requests come from");
    site(
        &mut world,
        &json!({"hostNames": ["x"], "defaultHostName": "y"}),
    );
    unclear(
        &world,
        "no site with host name shop.azurewebsites.net in the gateway's subscription; name it in spec.hints.webApp",
    );
    world.said.web_app = Some(ArmId::new(SITE));
    unclear(&world, "address that the gateway's requests come from");
    site(
        &mut world,
        &json!({"hostingEnvironmentProfile": {"id": "ase"}}),
    );
    unclear(&world, "environment of its own");
    let denied = Gap::Denied {
        action: "Microsoft.Web/sites/read".into(),
    };
    world
        .answers
        .insert(Query::Document(ArmId::new(SITE)), Err(denied));
    assert!(
        short(&world, S5, &pair())
            .iter()
            .all(|row| row.contains("Denied"))
    );
}

#[test]
fn a_site_by_its_own_name_is_known_by_the_hint() {
    let mut world = shop();
    let member = |world: &mut World, name: &str| {
        world.gateway()["properties"]["backendAddressPools"][0]["properties"]["backendAddresses"] =
            json!([{"fqdn": name}]);
        world.health(&[(name, "Healthy", "")]);
    };
    setting(
        &mut world,
        &json!({"protocol": "Https", "hostName": "api.contoso.com"}),
    );
    member(&mut world, "www.contoso.com");
    assert_eq!(rows(&world), FINE);
    // The site has the member's name.
    world.said.web_app = Some(ArmId::new(SITE));
    site(&mut world, &json!({"hostNames": [HOST, "www.contoso.com"]}));
    assert_eq!(rows(&world)[2], "5.3 > I (api/https-api)");
    // It has not, and there is one pool.
    site(&mut world, &json!({}));
    assert_eq!(rows(&world)[2], "5.3 > I (api/https-api)");
    // It has not, and there are two.
    world.gateway()["properties"]["backendAddressPools"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "more"}));
    assert_eq!(rows(&world), FINE);
}

#[test]
fn no_document_is_too_odd() {
    let junk = [
        json!(null),
        json!([1, null]),
        json!("x"),
        json!({"value": [7, null, {"properties": 3}]}),
        json!({"properties": {"hostNames": 1, "ipSecurityRestrictions": [null, 7, {"action": {}}]}}),
    ];
    let world = shop();
    for query in world.answers.keys() {
        for junk in &junk {
            let mut world = shop();
            only(&mut world, "20.1.2.3/32");
            world.answers.insert(query.clone(), Ok(junk.clone()));
            for of in [Subject::Gateway, pair()] {
                assert_eq!(look(&world, S5, &of).0.len(), 5);
            }
        }
    }
}
