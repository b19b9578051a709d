use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn sub(kind: &str, name: &str) -> Value {
    json!({"id": format!("/g/{kind}/{name}")})
}

fn listener(name: &str, port: u16, protocol: &str, hosts: &[&str]) -> Value {
    json!({"name": name, "properties": {"frontendIPConfiguration": sub("f", "public"),
        "frontendPort": sub("frontendPorts", &format!("p{port}")), "protocol": protocol, "hostNames": hosts}})
}

fn to_pool(name: &str, listener: &str, priority: i64, pool: &str) -> Value {
    json!({"name": name, "properties": {"priority": priority, "httpListener": sub("httpListeners", listener),
        "backendAddressPool": sub("p", pool), "backendHttpSettings": sub("s", "s")}})
}

fn gateway(listeners: &[Value], rules: &[Value]) -> Value {
    let ports = [80, 443, 8080]
        .map(|port| json!({"name": format!("p{port}"), "properties": {"port": port}}));
    json!({"properties": {"sku": {"tier": "WAF_v2"}, "frontendPorts": ports, "httpListeners": listeners,
        "requestRoutingRules": rules,
        "urlPathMaps": [{"name": "m", "properties": {
            "defaultBackendAddressPool": sub("p", "rest"), "defaultBackendHttpSettings": sub("s", "s"),
            "pathRules": [
                {"name": "images", "properties": {"paths": ["/images/*"], "backendAddressPool": sub("p", "images"), "backendHttpSettings": sub("s", "s")}},
                {"name": "png", "properties": {"paths": ["/images/png/*", "/png*"], "backendAddressPool": sub("p", "png"), "backendHttpSettings": sub("s", "s")}},
                {"name": "old", "properties": {"paths": ["/old"], "redirectConfiguration": sub("r", "away")}}]}}],
        "loadDistributionPolicies": [{"name": "l", "properties": {"loadDistributionTargets": [
            {"properties": {"backendAddressPool": sub("p", "blue")}}, {"properties": {"backendAddressPool": sub("p", "green")}}]}}],
        "redirectConfigurations": [
            {"name": "to-https", "properties": {"targetListener": sub("httpListeners", "l443"), "includePath": true}},
            {"name": "to-http", "properties": {"targetListener": sub("httpListeners", "l80"), "includePath": true}},
            {"name": "home", "properties": {"targetUrl": "https://shop.contoso.com/home", "includePath": false}},
            {"name": "away", "properties": {"targetUrl": "https://www.example.org/"}}]}})
}

fn by_map(name: &str, listener: &str, priority: i64) -> Value {
    json!({"name": name, "properties": {"ruleType": "PathBasedRouting", "priority": priority,
        "httpListener": sub("httpListeners", listener), "urlPathMap": sub("urlPathMaps", "m")}})
}

fn redirect(name: &str, listener: &str, priority: i64, to: &str) -> Value {
    json!({"name": name, "properties": {"priority": priority,
        "httpListener": sub("httpListeners", listener), "redirectConfiguration": sub("r", to)}})
}

/// `https://host:port/path`, each part but the slashes optional.
fn asked(https: Option<bool>, host: &str, path: &str, port: u16) -> Request {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Request {
        https,
        host: some(host),
        path: some(path),
        port: (port > 0).then_some(port),
    }
}

fn words(document: &Value, request: &Request) -> Vec<String> {
    let ways = Gateway(document).ways(request);
    let all = ways.outcomes.iter().map(|outcome| match outcome {
        Outcome::NoListener(port) => format!("no listener {port}"),
        Outcome::NoHost(port) => format!("no host {port}"),
        Outcome::Takes(legs) => legs
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        Outcome::Loop(legs) => format!("loop of {}", legs.len()),
    });
    all.collect()
}

#[test]
fn the_lowest_number_wins_and_not_the_most_specific_host() {
    let listeners = [
        listener("any", 443, "Https", &[]),
        listener("wild", 443, "Https", &["*.contoso.com"]),
        listener("shop", 443, "Https", &["Shop.contoso.com"]),
    ];
    let rules = |wild: i64, any: i64| {
        [
            to_pool("r-shop", "shop", 20, "shop"),
            to_pool("r-wild", "wild", wild, "wild"),
            to_pool("r-any", "any", any, "any"),
        ]
    };
    let request = asked(Some(true), "shop.CONTOSO.com", "/", 0);
    let takes =
        |wild, any, request: &Request| words(&gateway(&listeners, &rules(wild, any)), request);
    assert_eq!(takes(30, 40, &request), ["shop > r-shop > shop/s"]);
    assert_eq!(takes(10, 40, &request), ["wild > r-wild > wild/s"]);
    assert_eq!(takes(10, 5, &request), ["any > r-any > any/s"]);
    let other = asked(Some(true), "api.contoso.com", "/", 0);
    assert_eq!(takes(30, 40, &other), ["wild > r-wild > wild/s"]);
    let foreign = asked(Some(true), "contoso.org", "/", 0);
    assert_eq!(takes(30, 40, &foreign), ["any > r-any > any/s"]);
}

#[test]
fn v1_and_rules_without_numbers_go_by_the_list() {
    let listeners = [
        listener("any", 443, "Https", &[]),
        listener("shop", 443, "Https", &["shop.contoso.com"]),
    ];
    let mut document = gateway(
        &listeners,
        &[
            to_pool("r-any", "any", 20, "any"),
            to_pool("r-shop", "shop", 10, "shop"),
        ],
    );
    let request = asked(None, "shop.contoso.com", "/", 443);
    assert_eq!(words(&document, &request), ["shop > r-shop > shop/s"]);
    document["properties"]["sku"]["tier"] = "WAF".into();
    assert_eq!(words(&document, &request), ["any > r-any > any/s"]);
    document["properties"]["sku"]["tier"] = "WAF_v2".into();
    for at in 0..2 {
        document["properties"]["requestRoutingRules"][at]["properties"]["priority"] = Value::Null;
    }
    assert_eq!(words(&document, &request), ["any > r-any > any/s"]);
}

#[test]
fn the_first_path_rule_wins_and_not_the_longest() {
    let document = gateway(
        &[listener("l443", 443, "Https", &[])],
        &[by_map("r", "l443", 1)],
    );
    let takes = |path: &str| words(&document, &asked(Some(true), "h", path, 0));
    assert_eq!(takes("/images/png/a"), ["l443 > r > m/images > images/s"]);
    assert_eq!(takes("/PNG7?x=/images/"), ["l443 > r > m/png > png/s"]);
    assert_eq!(takes("/old"), ["l443 > r > m/old > redirect away"]);
    assert_eq!(takes("/old/"), ["l443 > r > m/default > rest/s"]);
    assert_eq!(takes("/images"), ["l443 > r > m/default > rest/s"]);
}

#[test]
fn ports_schemes_and_hosts_that_nobody_takes() {
    let document = gateway(
        &[
            listener("l80", 80, "Http", &["shop.contoso.com"]),
            listener("l443", 443, "Https", &["shop.contoso.com"]),
        ],
        &[
            to_pool("r80", "l80", 1, "a"),
            to_pool("r443", "l443", 2, "a"),
        ],
    );
    assert_eq!(
        words(&document, &asked(Some(true), "shop.contoso.com", "/", 8443)),
        ["no listener 8443"]
    );
    assert_eq!(
        words(&document, &asked(Some(true), "shop.contoso.com", "/", 80)),
        ["no listener 80"]
    );
    assert_eq!(
        words(&document, &asked(Some(true), "www.contoso.com", "/", 0)),
        ["no host 443"]
    );
    assert_eq!(
        words(&document, &asked(Some(false), "", "", 0)),
        ["l80 > r80 > a/s"]
    );
}

#[test]
fn what_is_missing_is_followed_every_way_and_named() {
    let document = gateway(
        &[
            listener("shop", 443, "Https", &["shop.contoso.com"]),
            listener("l443", 443, "Https", &["api.contoso.com"]),
            listener("l80", 80, "Http", &[]),
        ],
        &[
            to_pool("r1", "shop", 1, "a"),
            by_map("r2", "l443", 2),
            to_pool("r3", "l80", 3, "b"),
        ],
    );
    let ways = Gateway(&document).ways(&Request::default());
    assert_eq!(ways.outcomes.len(), 6);
    assert_eq!(
        ways.lacks.iter().copied().collect::<Vec<_>>(),
        [
            "spec.request.host",
            "spec.request.path",
            "spec.request.port"
        ]
    );
    let ways = Gateway(&document).ways(&asked(Some(true), "api.contoso.com", "", 0));
    assert_eq!(
        ways.lacks.iter().copied().collect::<Vec<_>>(),
        ["spec.request.path"]
    );
    assert_eq!(ways.outcomes.len(), 4);
    // A host known, a port not: on port 443 nobody takes this one.
    assert_eq!(
        words(&document, &asked(None, "www.contoso.com", "/", 0)),
        ["l80 > r3 > b/s", "no host 443"]
    );
}

#[test]
fn two_front_ends_on_one_port() {
    let mut inner = listener("inner", 443, "Https", &[]);
    inner["properties"]["frontendIPConfiguration"] = sub("f", "private");
    let document = gateway(
        &[
            listener("outer", 443, "Https", &["shop.contoso.com"]),
            inner,
        ],
        &[
            to_pool("r1", "outer", 1, "a"),
            to_pool("r2", "inner", 2, "b"),
        ],
    );
    let ways = Gateway(&document).ways(&asked(Some(true), "shop.contoso.com", "/", 0));
    assert_eq!(ways.outcomes.len(), 2);
    assert!(ways.lacks.contains("the front end that clients use"));
    // The other front end does not take it: clients who got an answer were not there.
    assert_eq!(
        words(&document, &asked(Some(true), "www.contoso.com", "/", 0)),
        ["inner > r2 > b/s"]
    );
}

#[test]
fn redirects_are_followed_home_away_and_in_circles() {
    let listeners = [
        listener("l80", 80, "Http", &[]),
        listener("l443", 443, "Https", &["shop.contoso.com"]),
    ];
    let document = gateway(
        &listeners,
        &[
            redirect("r80", "l80", 1, "to-https"),
            by_map("r443", "l443", 2),
        ],
    );
    let request = asked(Some(false), "shop.contoso.com", "/images/a", 0);
    assert_eq!(
        words(&document, &request),
        ["l80 > r80 > redirect to-https, l443 > r443 > m/images > images/s"]
    );
    let document = gateway(
        &listeners,
        &[redirect("r80", "l80", 1, "home"), by_map("r443", "l443", 2)],
    );
    assert_eq!(
        words(&document, &request),
        ["l80 > r80 > redirect home, l443 > r443 > m/default > rest/s"]
    );
    let document = gateway(
        &listeners,
        &[redirect("r80", "l80", 1, "away"), by_map("r443", "l443", 2)],
    );
    assert_eq!(words(&document, &request), ["l80 > r80 > redirect away"]);
    let document = gateway(
        &listeners,
        &[
            redirect("r80", "l80", 1, "to-https"),
            redirect("r443", "l443", 2, "to-http"),
        ],
    );
    assert_eq!(words(&document, &request), ["loop of 3"]);
    assert_eq!(
        words(&document, &asked(Some(false), "", "", 0)),
        ["loop of 3"]
    );
}

#[test]
fn a_policy_spreads_over_several_pairs() {
    let mut rule = to_pool("r", "l443", 1, "x");
    rule["properties"]["backendAddressPool"] = Value::Null;
    rule["properties"]["loadDistributionPolicy"] = sub("l", "l");
    let document = gateway(&[listener("l443", 443, "Https", &[])], &[rule]);
    assert_eq!(
        words(&document, &asked(Some(true), "h", "/", 0)),
        ["l443 > r > blue/s or green/s"]
    );
}

fn why_of(document: &Value) -> Option<String> {
    let gateway = Gateway(document);
    gateway.broken_start().or_else(|| gateway.broken_end())
}

#[test]
fn ways_that_are_cut_short_are_said() {
    let good = gateway(
        &[listener("l443", 443, "Https", &[])],
        &[by_map("r", "l443", 1)],
    );
    assert_eq!(why_of(&good), None);
    let why = |change: fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document["properties"]);
        why_of(&document).unwrap()
    };
    assert!(why(|it| it["httpListeners"] = json!([])).contains("listener that is not there"));
    assert!(why(|it| it["frontendPorts"] = Value::Null).contains("port of listener l443"));
    assert!(why(|it| it["urlPathMaps"] = json!(7)).contains("path map"));
    assert!(
        why(|it| it["urlPathMaps"][0]["properties"]["defaultBackendHttpSettings"] = Value::Null)
            .contains("rule r leads")
    );
}

const HOSTS: [&str; 5] = ["a.x", "b.x", "*.x", "?.x", "a.y"];
const PATHS: [&str; 6] = ["/*", "/a*", "/a/*", "/a", "/a/b", "/b*"];

/// Of listeners that take every host, or one of `HOSTS`, each with a rule of some number and a path map.
fn any_gateway() -> impl Strategy<Value = (Vec<(Option<usize>, i64)>, Vec<usize>)> {
    let rules = prop::collection::vec((prop::option::of(0..HOSTS.len()), 1_i64..1000), 1..6);
    (rules, prop::collection::vec(0..PATHS.len(), 0..5))
}

fn built(rules: &[(Option<usize>, i64)], paths: &[usize]) -> Value {
    let name = |at: usize| format!("l{at}");
    let listeners: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(at, (host, _))| {
            let hosts: Vec<&str> = host.iter().map(|at| HOSTS[*at]).collect();
            listener(&name(at), 443, "Https", &hosts)
        })
        .collect();
    let rules: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(at, (_, number))| by_map(&format!("r{at}"), &name(at), *number))
        .collect();
    let mut document = gateway(&listeners, &rules);
    document["properties"]["urlPathMaps"][0]["properties"]["pathRules"] = paths.iter().enumerate().map(|(at, path)| json!({"name": format!("pr{at}"), "properties": {
        "paths": [PATHS[*path]], "backendAddressPool": sub("p", &format!("pool{at}")), "backendHttpSettings": sub("s", "s")}})).collect();
    document
}

/// What each pattern takes, written out by hand.
fn takes_host(pattern: Option<usize>, host: &str) -> bool {
    match pattern.map(|at| HOSTS[at]) {
        None => true,
        Some("*.x" | "?.x") => host == "a.x" || host == "b.x",
        Some(name) => name == host,
    }
}

fn takes_path(pattern: &str, path: &str) -> bool {
    match pattern {
        "/*" => true,
        "/a*" => ["/a", "/a/b", "/ab", "/a/"].contains(&path),
        "/a/*" => ["/a/b", "/a/"].contains(&path),
        "/b*" => path == "/b",
        exact => exact == path,
    }
}

proptest! {
    #[test]
    fn the_rule_of_lowest_number_whose_listener_takes_the_host((rules, paths) in any_gateway(),
        host in prop_oneof!["a.x", "b.x", "a.y", "c.z"], path in prop_oneof!["/", "/a", "/a/b", "/ab", "/a/", "/b", "/c"]) {
        let document = built(&rules, &paths);
        let mut order: Vec<usize> = (0..rules.len()).collect();
        order.sort_by_key(|at| rules[*at].1);
        let rule = order.into_iter().find(|at| takes_host(rules[*at].0, &host));
        let path_rule = paths.iter().position(|at| takes_path(PATHS[*at], &path));
        let expected = match (rule, path_rule) {
            (None, _) => "no host 443".to_owned(),
            (Some(at), None) => format!("l{at} > r{at} > m/default > rest/s"),
            (Some(at), Some(to)) => format!("l{at} > r{at} > m/pr{to} > pool{to}/s"),
        };
        let known = words(&document, &asked(Some(true), &host, &path, 0));
        prop_assert_eq!(&known, &vec![expected]);
        // Whatever is left unsaid, the true way stays among the possible ones.
        if rule.is_some() {
            for (host, path) in [("", path.as_str()), (host.as_str(), ""), ("", "")] {
                let possible = words(&document, &asked(Some(true), host, path, 0));
                prop_assert!(possible.contains(&known[0]), "{known:?} not in {possible:?}");
            }
        }
    }

    #[test]
    fn no_document_is_too_odd(at in "/properties/[a-zA-Z]{0,3}|/properties/httpListeners/0|/properties/requestRoutingRules/0/properties|/properties/redirectConfigurations|/properties/urlPathMaps/0/properties/pathRules/0",
        junk in prop_oneof![Just(json!(null)), Just(json!([null, 7])), Just(json!("x")), Just(json!({"id": {}, "properties": {"port": "x"}}))]) {
        let mut document = gateway(&[listener("l80", 80, "Http", &[]), listener("l443", 443, "Https", &["*"])], &[redirect("r80", "l80", 1, "to-https"), by_map("r443", "l443", 2)]);
        if let Some(place) = document.pointer_mut(&at) {
            *place = junk;
        }
        let _ = Gateway(&document).ways(&Request::default());
        let _ = (why_of(&document), Gateway(&document).layer4_listeners());
    }
}
