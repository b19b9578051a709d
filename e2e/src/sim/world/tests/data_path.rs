//! The data path: which rule takes a request, and what a client gets.

use super::{super::Got, *};

const TWO: &str = "backEnds: {'10.2.0.4:80': {}, '10.2.0.5:80': {answers: [{status: 201}]}}";
const POOLS: &str = "
    pools: {one: [10.2.0.4], two: [10.2.0.5]}
    settings: {s: {port: 80}}";

/// The status and the rule for a URL.
fn at(world: &World, url: &str) -> (Option<u16>, String) {
    let sees = fetch(world, url);
    (sees.status(), sees.rule.unwrap_or_default())
}

fn is(got: (Option<u16>, String), status: u16, rule: &str) {
    assert_eq!(got, (Some(status), rule.to_owned()));
}

#[test]
fn the_lowest_priority_takes_a_request_however_exact_others_are() {
    let world = |tier: &str, narrow: u32, wide: u32| {
        around(
            &format!(
                "    tier: {tier}{POOLS}
    listeners:
      wide: {{port: 80}}
      narrow: {{port: 80, host: shop.contoso.com}}
      stars: {{port: 81, hosts: ['*.contoso.com', 'w?w.fabrikam.com']}}
    rules:
      narrow: {{listener: narrow, priority: {narrow}, pool: one, settings: s}}
      wide: {{listener: wide, priority: {wide}, pool: two, settings: s}}
      stars: {{listener: stars, priority: 300, pool: two, settings: s}}"
            ),
            TWO,
        )
    };
    let exact = world("Standard_v2", 10, 20);
    is(at(&exact, "http://shop.contoso.com/"), 200, "narrow");
    is(at(&exact, "http://SHOP.contoso.com/"), 200, "narrow");
    is(at(&exact, "http://other.contoso.com/"), 201, "wide");
    is(
        at(&world("Standard_v2", 20, 10), "http://shop.contoso.com/"),
        201,
        "wide",
    );
    is(at(&exact, "http://a.contoso.com:81/"), 201, "stars");
    is(at(&exact, "http://www.fabrikam.com:81/"), 201, "stars");
    is(at(&exact, "http://ww.fabrikam.com:81/"), 404, "");
    is(at(&exact, "http://contoso.com:81/"), 404, "");
}

#[test]
fn without_priorities_the_order_of_the_list_counts() {
    let world = |rules: &str| {
        around(
            &format!(
                "    tier: Standard{POOLS}
    listeners: {{wide: {{port: 80}}, narrow: {{port: 80, host: shop.contoso.com}}}}
    rules: {{{rules}}}"
            ),
            TWO,
        )
    };
    let (narrow, wide) = (
        "narrow: {listener: narrow, pool: one, settings: s}",
        "wide: {listener: wide, pool: two, settings: s}",
    );
    is(
        at(
            &world(&format!("{narrow}, {wide}")),
            "http://shop.contoso.com/",
        ),
        200,
        "narrow",
    );
    is(
        at(
            &world(&format!("{wide}, {narrow}")),
            "http://shop.contoso.com/",
        ),
        201,
        "wide",
    );
}

#[test]
fn the_first_path_rule_that_fits_wins() {
    let world = around(
        &format!(
            "{POOLS}
    listeners: {{http: {{port: 80}}}}
    redirects: {{away: {{type: Temporary, url: 'https://elsewhere.contoso.com'}}}}
    pathMaps:
      paths:
        default: {{pool: one, settings: s}}
        rules:
          images: {{paths: ['/images*', /exact], pool: two, settings: s}}
          never: {{paths: [/images/big/*], pool: one, settings: s}}
          away: {{paths: [/old/*], redirect: away}}
    rules: {{main: {{listener: http, pathMap: paths}}}}"
        ),
        TWO,
    );
    is(at(&world, "http://x/"), 200, "main");
    is(at(&world, "http://x/Images/big/1.png?q=/old/"), 201, "main");
    is(at(&world, "http://x/imagesque"), 201, "main");
    is(at(&world, "http://x/exact"), 201, "main");
    is(at(&world, "http://x/exact/"), 200, "main");
    is(at(&world, "http://x/old/"), 307, "main");
    is(at(&world, "http://x/old"), 200, "main");
    assert_eq!(
        fetch(&world, "http://x/images").pool.as_deref(),
        Some("two")
    );
    // Health knows both pools through the map.
    assert_eq!(health(&world).len(), 2);
}

#[test]
fn ports_and_protocols_that_nobody_listens_on() {
    let world = load("all-healthy");
    assert_eq!(
        fetch(&world, "http://shop.contoso.com/"),
        ClientSees::default()
    );
    assert_eq!(
        fetch(&world, "https://shop.contoso.com:8443/").answer,
        Got::TimedOut
    );
    let plain = fetch(&world, "http://shop.contoso.com:443/");
    assert_eq!(
        (plain.status(), plain.reason),
        (Some(400), Some("ERRORINFO_HTTP_TO_HTTPS_PORT"))
    );
    let other = fetch(&world, "https://other.contoso.com/");
    assert_eq!((other.status(), other.rule), (Some(404), None));
    let redirect = fetch(&load("no-pools"), "https://shop.contoso.com:80/");
    assert_eq!(redirect.answer, Got::NoTls);
    for url in ["shop", "data:x", "/cart"] {
        assert!(
            world.fetch(&gateway(), url, Client::default()).is_err(),
            "{url}"
        );
    }
    assert!(
        world
            .fetch(
                &id("applicationGateways/x"),
                "https://x/",
                Client::default()
            )
            .is_err()
    );
}

#[test]
fn clients_have_to_get_through_the_group_of_the_gateway_subnet() {
    let mut world = load("all-healthy");
    assert_eq!(shop(&world).status(), Some(200));
    assert!(world.delete(&id(
        "networkSecurityGroups/nsg-gateway/securityRules/allow-https-in"
    )));
    assert_eq!(shop(&world).answer, Got::TimedOut);
    let inside = Client {
        address: "10.2.0.77".parse().unwrap(),
        instance: 0,
    };
    let sees = world
        .fetch(&gateway(), "https://shop.contoso.com/", inside)
        .unwrap();
    assert_eq!(sees.status(), Some(200));
}

#[test]
fn a_private_front_end_is_not_for_the_internet() {
    let world = around(
        &format!(
            "{POOLS}
    frontends: {{public: public pip-shop, private: private 10.1.0.10}}
    listeners: {{in: {{port: 8080, frontend: private}}, out: {{port: 80}}}}
    rules:
      in: {{listener: in, pool: one, settings: s}}
      out: {{listener: out, pool: two, settings: s}}"
        ),
        TWO,
    );
    is(at(&world, "http://x/"), 201, "out");
    assert_eq!(fetch(&world, "http://x:8080/").answer, Got::TimedOut);
    let inside = Client {
        address: "10.2.0.77".parse().unwrap(),
        instance: 0,
    };
    let sees = world.fetch(&gateway(), "http://x:8080/", inside).unwrap();
    assert_eq!(sees.rule.as_deref(), Some("in"));
}

/// One member with a probe that is always content, so that only the data path fails.
fn green(tier: &str, settings: &str, back_end: &str) -> ClientSees {
    let world = around(
        &format!(
            "    tier: {tier}
    listeners: {{http: {{port: 80}}}}
    pools: {{api: [10.2.0.4]}}
    probes: {{p: {{path: /probe, minServers: 1}}}}
    settings: {{s: {{probe: p, {settings}}}}}
    rules: {{main: {{listener: http, pool: api, settings: s}}}}"
        ),
        &format!("backEnds: {{'10.2.0.4:80': {back_end}}}"),
    );
    assert_eq!(words(&world), "Healthy");
    fetch(&world, "http://shop.contoso.com/cart?x=1")
}

#[test]
fn what_a_back_end_does_to_a_request_decides() {
    let of = |tier, settings, back_end| {
        let sees = green(tier, settings, back_end);
        assert_eq!(sees.server.as_deref(), Some("10.2.0.4"));
        (sees.status().unwrap(), sees.reason.unwrap_or_default())
    };
    let (v2, v1) = ("Standard_v2", "Standard");
    let slow = "{answers: [{path: /probe}, {delay: 20}]}";
    assert_eq!(
        of(v2, "port: 80", slow),
        (504, "ERRORINFO_UPSTREAM_TIMED_OUT")
    );
    assert_eq!(
        of(v1, "port: 80", slow),
        (502, "ERRORINFO_UPSTREAM_TIMED_OUT")
    );
    assert_eq!(of("Basic", "port: 80", slow).0, 504);
    assert_eq!(
        of(v2, "port: 80, timeout: 21", slow),
        (200, "ERRORINFO_NO_ERROR")
    );
    assert_eq!(of(v2, "port: 80", "{listens: silent}").0, 504);
    assert_eq!(
        of(v2, "port: 80", "{listens: refused}"),
        (502, "ERRORINFO_UPSTREAM_CLOSED_CONNECTION")
    );
    assert_eq!(
        of(
            v2,
            "port: 80",
            "{answers: [{path: /probe}, {closes: true}]}"
        ),
        (502, "ERRORINFO_UPSTREAM_CLOSED_CONNECTION")
    );
    assert_eq!(
        of(v2, "port: 80", "{answers: [{path: /probe}, {status: 502}]}"),
        (502, "ERRORINFO_NO_ERROR")
    );
    assert_eq!(
        of(
            v2,
            "port: 80",
            "{answers: [{path: /probe}, {path: /cart, status: 203}]}"
        )
        .0,
        203
    );
}

#[test]
fn host_name_and_path_that_the_back_end_gets() {
    let status = |settings: &str, answers: &str| {
        green(
            "Standard_v2",
            settings,
            &format!("{{answers: [{{path: /probe}}, {answers}, {{status: 404}}]}}"),
        )
        .status()
    };
    let shop = "{host: shop.contoso.com, status: 200}";
    assert_eq!(status("port: 80", shop), Some(200));
    assert_eq!(status("port: 80, host: api.contoso.com", shop), Some(404));
    assert_eq!(
        status("port: 80, host: api.contoso.com", "{host: api.contoso.com}"),
        Some(200)
    );
    assert_eq!(
        status("port: 80, pickHost: true", "{host: 10.2.0.4}"),
        Some(200)
    );
    assert_eq!(
        status("port: 80, path: /v2/", "{path: /v2/cart}"),
        Some(200)
    );
    assert_eq!(status("port: 80, path: /v2", "{path: '/v2/c*'}"), Some(200));
}

#[test]
fn a_green_probe_and_a_name_that_does_not_match_is_502() {
    let world = |settings: &str| {
        around(
            &format!(
                "    listeners: {{https: {{port: 443, protocol: Https}}}}
    pools: {{api: [app.contoso.net]}}
    probes: {{p: {{protocol: Https, host: app.contoso.net}}}}
    settings: {{s: {{port: 443, protocol: Https, probe: p, {settings}}}}}
    rules: {{main: {{listener: https, pool: api, settings: s}}}}"
            ),
            "names: {app.contoso.net: [10.2.0.4]}
backEnds: {'app.contoso.net:443': {protocol: https, certificate: {names: ['*.contoso.net']}}}",
        )
    };
    let bare = world("");
    assert_eq!(words(&bare), "Healthy");
    assert_eq!(
        (shop(&bare).status(), shop(&bare).reason),
        (Some(502), None)
    );
    for settings in ["host: app.contoso.net", "pickHost: true"] {
        assert_eq!(shop(&world(settings)).status(), Some(200), "{settings}");
    }
    // A newer field says the name apart from the host.
    let mut world = bare;
    let mut document = world.get(&gateway()).unwrap();
    document["properties"]["backendHttpSettingsCollection"][0]["properties"]["sniName"] =
        "x.contoso.net".into();
    world.put(&gateway(), document).unwrap();
    assert_eq!(shop(&world).status(), Some(200));
}

#[test]
fn a_rewrite_sets_the_host_and_nothing_of_tls() {
    let world = |protocol: &str, rules: &str| {
        around(
            &format!(
                "    listeners: {{https: {{port: 443, protocol: Https}}}}
    pools: {{api: [10.2.0.4]}}
    probes: {{p: {{path: /probe, minServers: 1}}}}
    settings: {{s: {{port: 80, protocol: {protocol}, probe: p}}}}
    rewrites: {{app: {{x-by: gateway, host: app.contoso.net}}, none: {{x-by: gateway}}}}
    {rules}"
            ),
            &format!(
                "backEnds: {{'10.2.0.4:80': {{protocol: {}, certificate: {{names: [app.contoso.net]}}, responds: {{app.contoso.net: 200, '*': 404}}}}}}",
                protocol.to_lowercase()
            ),
        )
    };
    let rule =
        |set: &str| format!("rules: {{main: {{listener: https, pool: api, settings: s{set}}}}}");
    let status = |protocol, rules: &str| shop(&world(protocol, rules)).status();
    assert_eq!(status("Http", &rule("")), Some(404));
    assert_eq!(status("Http", &rule(", rewrite: none")), Some(404));
    assert_eq!(status("Http", &rule(", rewrite: app")), Some(200));
    // The certificate is still asked for by the name that the client gave.
    assert_eq!(status("Https", &rule(", rewrite: app")), Some(502));
    let map = |default: &str, path: &str| {
        format!(
            "pathMaps: {{m: {{default: {{pool: api, settings: s{default}}}, rules: {{cart: {{paths: [/cart*], pool: api, settings: s{path}}}}}}}}}
    rules: {{main: {{listener: https, pathMap: m}}}}"
        )
    };
    assert_eq!(status("Http", &map(", rewrite: app", "")), Some(404));
    assert_eq!(status("Http", &map("", ", rewrite: app")), Some(200));
    // Who looks at the request first may as well not set it.
    let mut conditional = world("Http", &rule(", rewrite: app"));
    let mut document = conditional.get(&gateway()).unwrap();
    document["properties"]["rewriteRuleSets"][0]["properties"]["rewriteRules"][0]["conditions"] =
        serde_json::json!([{"variable": "var_uri_path", "pattern": "x"}]);
    conditional.put(&gateway(), document).unwrap();
    assert_eq!(shop(&conditional).status(), Some(404));
}
