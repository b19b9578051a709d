//! The worlds of routing, probes, TLS and App Service: what health says and what clients get.

use super::*;

const WELL: &str = "Success. Received 200 status code";
const SLOW: &str =
    "Time taken by the backend to respond to application gateway's health probe is more than";
const REFUSED: &str = "Cannot connect to backend server.";
const LOST: &str = "The backend health status could not be retrieved.";
const NO_TLS: &str = "HTTPS probe connection error.";
const NAME: &str = "The Common Name (CN) of the backend server certificate does not match";
const DATES: &str = "Backend certificate is invalid. Current date is not within";
const ROOT: &str = "The root certificate of the server certificate used by the backend does not";
const S400: &str = "Received invalid status code: 400 in";
const S401: &str = "Received invalid status code: 401 in";
const S403: &str = "Received invalid status code: 403 in";
const S404: &str = "Received invalid status code: 404 in";

const SHOP: &str = "https://shop.contoso.com/cart";

/// The world, each server's health and how its log begins, and what clients get for a URL.
type Expected = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, Option<u16>)],
);

const OK: &[(&str, Option<u16>)] = &[(SHOP, Some(200))];
const BAD: &[(&str, Option<u16>)] = &[(SHOP, Some(502))];
const UP: (&str, &str) = ("Healthy", WELL);

const fn down(log: &'static str) -> (&'static str, &'static str) {
    ("Unhealthy", log)
}

#[rustfmt::skip]
pub(super) const EXPECTED: &[Expected] = &[
    ("agic-owned", &[down(REFUSED), down(REFUSED)], BAD),
    ("app-allowed-subnet", &[UP], OK),
    ("app-client-host", &[UP], BAD),
    ("app-client-host-plain", &[UP], &[(SHOP, Some(404))]),
    ("app-errors-no-error-info", &[UP, UP], &[("http://shop.contoso.com/cart", Some(502))]),
    ("app-custom-host", &[UP], OK),
    ("app-default-probe", &[down(S404)], BAD),
    ("app-host-not-bound", &[UP], BAD),
    ("app-host-rewritten", &[UP], BAD),
    ("app-name-hidden", &[("Unknown", LOST)], BAD),
    ("app-one-restricted", &[down(S403), down("Received invalid status code: 500 in")], BAD),
    ("app-private-endpoint", &[UP], OK),
    ("app-private-only", &[down(S403)], BAD),
    ("app-probe-host-not-bound", &[down(NAME)], BAD),
    ("app-probe-takes-403", &[("Healthy", "Success. Received 403 status code")], &[(SHOP, Some(403))]),
    ("app-restricted-address", &[down(S403)], BAD),
    ("app-restricted-by-header", &[UP], &[(SHOP, Some(403))]),
    ("app-restricted-subnet", &[down(S403)], BAD),
    ("app-stopped", &[down(S403)], BAD),
    ("app-well", &[UP], OK),
    ("basic-not-listening", &[down(REFUSED), down(REFUSED)], BAD),
    ("basic-slow", &[UP], &[(SHOP, Some(504)), ("https://shop.contoso.com/", Some(200))]),
    ("certificate-expired", &[down(DATES), down(DATES)], BAD),
    ("certificate-not-listed-v1", &[down("Backend server certificate is not whitelisted"); 2], BAD),
    ("certificate-other-name", &[down(NAME), down(NAME)], BAD),
    ("certificate-self-signed", &[down("The validity of the backend certificate could not be verified."); 2], BAD),
    ("chain-gap", &[down("The Intermediate certificate is missing"); 2], BAD),
    ("chain-only-leaf", &[down("The backend server is presenting an incomplete certificate chain"); 2], BAD),
    ("chain-without-leaf", &[down("The Leaf certificate is missing"); 2], BAD),
    ("chain-wrong-order", &[down("The Leaf certificate is not the topmost"); 2], BAD),
    ("default-pair-dead", &[down(REFUSED), UP], &[(SHOP, Some(502)), ("https://shop.contoso.com/api/cart", Some(200))]),
    ("default-probe-login", &[down(S401), down(S401)], BAD),
    ("default-probe-no-host", &[down(S404), down(S404)], BAD),
    ("default-probe-refused", &[down(REFUSED), down(REFUSED)], BAD),
    ("default-probe-tls", &[down(NAME)], BAD),
    ("deny-and-login", &[down(REFUSED), down(S401)], BAD),
    ("health-locked", &[down(SLOW), down(SLOW)], BAD),
    ("http-to-tls-port", &[down(S400), down(S400)], BAD),
    ("https-to-plain-port", &[down(NO_TLS), down(NO_TLS)], BAD),
    ("layer-4-beside", &[UP], OK),
    ("listener-on-another-port", &[UP, UP], &[(SHOP, None), ("https://shop.contoso.com:8443/cart", Some(200))]),
    ("multi-site-one-dead", &[UP, down(S404)], &[(SHOP, Some(200)), ("https://admin.contoso.com/", Some(502))]),
    ("name-by-own-dns", &[("Unknown", LOST)], BAD),
    ("path-rule-swallowed", &[down(REFUSED), UP], BAD),
    ("probe-redirect", &[down("Received invalid status code: 302 in"); 2], BAD),
    ("probe-timeout", &[down(SLOW), down(SLOW)], BAD),
    ("probe-wrong-body", &[down("Body of the backend's HTTP response did not match"); 2], BAD),
    ("probe-wrong-host", &[down(S404), down(S404)], BAD),
    ("probe-wrong-path", &[down(S404), down(S404)], BAD),
    ("redirect-loop", &[UP], &[("http://shop.contoso.com/", Some(301)), (SHOP, Some(302)), ("https://api.contoso.com/", Some(200))]),
    ("redirect-to-https", &[UP], &[("http://shop.contoso.com/cart", Some(301)), (SHOP, Some(200))]),
    ("root-corrupt", &[down("Application gateway could not find any certificate-related information"); 2], BAD),
    ("root-not-given", &[down("The backend Server certificate is not signed by a well-known"); 2], BAD),
    ("root-other", &[down(ROOT), down(ROOT)], BAD),
    ("rule-shadowed", &[down(REFUSED), UP], BAD),
    ("rule-to-empty-pool", &[UP], &[(SHOP, Some(200)), ("https://img.contoso.com/a.png", Some(502))]),
    ("success-yet-unhealthy", &[down(WELL)], OK),
    ("success-yet-unhealthy-v1", &[down(WELL)], OK),
    ("tls-lab", &[down("The backend Server certificate is not signed by a well-known"); 2], BAD),
    ("tls-needs-name", &[down(NO_TLS), down(NO_TLS)], BAD),
    ("tls-too-old", &[down(NO_TLS), down(NO_TLS)], BAD),
    ("two-faults", &[down(S401), down(DATES)], &[(SHOP, Some(502)), ("https://shop.contoso.com/api/cart", Some(502))]),
    ("v1-slow", &[UP], &[(SHOP, Some(502)), ("https://shop.contoso.com/", Some(200))]),
];

#[test]
fn each_world_is_as_its_first_line_says() {
    for (name, servers, asked) in EXPECTED {
        let world = load(name);
        let health = health(&world);
        assert_eq!(health.len(), servers.len(), "{name}: {health:?}");
        for ([.., word, log], (expected, begins)) in health.iter().zip(*servers) {
            assert_eq!(word, expected, "{name}: {log}");
            assert!(log.starts_with(begins), "{name}: {log}");
        }
        for (url, status) in *asked {
            let sees = fetch(&world, url);
            assert_eq!(sees.status(), *status, "{name}: {url}: {sees:?}");
        }
    }
}

#[test]
fn why_clients_get_it() {
    let seen = |name: &str, url: &str| {
        let sees = fetch(&load(name), url);
        let text = |own: Option<String>| own.unwrap_or_default();
        (
            text(sees.rule),
            text(sees.pool),
            sees.reason.unwrap_or_default(),
        )
    };
    let is = |name, url, rule: &str, pool: &str, reason: &str| {
        let expected = (rule.to_owned(), pool.to_owned(), reason);
        assert_eq!(seen(name, url), expected, "{name}");
    };
    let (none, late, fine) = (
        "ERRORINFO_UPSTREAM_NO_LIVE",
        "ERRORINFO_UPSTREAM_TIMED_OUT",
        "ERRORINFO_NO_ERROR",
    );
    is("rule-shadowed", SHOP, "all", "old", none);
    is("path-rule-swallowed", SHOP, "main", "web", none);
    is("default-pair-dead", SHOP, "main", "web", none);
    is(
        "multi-site-one-dead",
        "https://admin.contoso.com/",
        "others",
        "others",
        none,
    );
    is("basic-slow", SHOP, "main", "api", late);
    is("v1-slow", SHOP, "main", "api", late);
    is("app-client-host-plain", SHOP, "main", "api", fine);
    is("app-client-host", SHOP, "main", "api", "");
    is("redirect-loop", SHOP, "https", "", fine);
}

#[test]
fn two_instances_that_differ_serve_some_clients() {
    for name in ["success-yet-unhealthy", "success-yet-unhealthy-v1"] {
        let world = load(name);
        let at = |instance| {
            let client = Client::at_instance(instance);
            world.fetch(&gateway(), SHOP, client).unwrap().status()
        };
        assert_eq!([at(0), at(1)], [Some(200), Some(502)], "{name}");
    }
}

#[test]
fn documents_say_what_the_worlds_are_about() {
    let tags = load("agic-owned").get(&gateway()).unwrap();
    assert!(tags["tags"]["managed-by-k8s-ingress"].is_string());
    let basic = load("basic-slow").get(&gateway()).unwrap();
    assert_eq!(basic["properties"]["sku"]["name"], "Basic");
    let v1 = load("certificate-not-listed-v1").get(&gateway()).unwrap();
    assert_eq!(v1["properties"]["sku"]["name"], "WAF_Medium");
    let proxy = load("layer-4-beside").get(&gateway()).unwrap();
    let own = format!("{}/listeners/sql", gateway());
    assert_eq!(proxy["properties"]["listeners"][0]["id"], own.as_str());
    let network = load("name-by-own-dns").get(&id("virtualNetworks/vnet-edge"));
    assert_eq!(
        network.unwrap()["properties"]["dhcpOptions"]["dnsServers"],
        serde_json::json!(["10.9.0.4"])
    );
    // Who is not behind that server knows the name all the same.
    let elsewhere = load("name-by-own-dns").lookup("api.contoso.internal");
    assert_eq!(elsewhere.len(), 1);
}
