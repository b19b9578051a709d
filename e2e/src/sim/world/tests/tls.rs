//! TLS to back ends, their names, and what the log says of it in each family of texts.

use super::{super::Texts, *};

/// A gateway of a tier before a member that speaks TLS, asked as shop.contoso.com.
fn tls(tier: &str, settings: &str, back_end: &str) -> World {
    around(
        &format!(
            "    tier: {tier}
    listeners: {{https: {{port: 443, protocol: Https}}}}
    pools: {{api: [shop.contoso.com]}}
    roots: {{mine: TUlORQ==, none: ''}}
    settings: {{s: {{port: 443, protocol: Https, pickHost: true, {settings}}}}}
    rules: {{main: {{listener: https, pool: api, settings: s}}}}"
        ),
        &format!(
            "names: {{shop.contoso.com: [10.2.0.4]}}\nbackEnds: {{'10.2.0.4:443': {{protocol: https, {back_end}}}}}"
        ),
    )
}

const V1: &str = "Standard";
const V2: &str = "WAF_v2";
const WELL: &str = "Success.";
const NO_TLS: &str = "HTTPS probe connection error.";
const NAME: &str = "The Common Name (CN) of the backend server certificate does not match";
const NOT_LISTED: &str = "Backend server certificate is not whitelisted";

#[rustfmt::skip]
#[test]
fn what_gateways_have_against_certificates() {
    for (tier, settings, back_end, begins) in [
        (V2, "", "certificate: {commonName: shop.contoso.com}", WELL),
        (V2, "", "certificate: {commonName: '*.contoso.com'}", WELL),
        (V2, "", "certificate: {commonName: contoso.com}", NAME),
        // With alternative names the common name does not count.
        (V2, "", "certificate: {commonName: shop.contoso.com, names: [x.contoso.com]}", NAME),
        (V1, "", "certificate: {commonName: contoso.com}", NAME),
        (V2, "", "certificates: {shop.contoso.com: {names: [x.contoso.com]}}", NAME),
        (V2, "", "certificate: {names: [x.com]}, certificates: {'*.contoso.com': {}}", WELL),
        (V2, "", "certificate: {names: [x.com]}, certificates: {x.contoso.com: {}}", NAME),
        (V2, "sniName: x.contoso.com", "certificate: {names: [y.com]}, certificates: {x.contoso.com: {}}", WELL),
        (V2, "", "needsName: true, certificates: {x.contoso.com: {}}", NO_TLS),
        (V2, "", "needsName: true, certificates: {shop.contoso.com: {}}", WELL),
        (V2, "", "needsClientCertificate: true", NO_TLS),
        (V2, "", "tls: ['1.2']", WELL),
        (V2, "", "tls: ['1.3']", WELL),
        (V1, "", "tls: ['1.3']", NO_TLS),
        (V1, "", "tls: ['1.0']", WELL),
        (V2, "", "tls: ['1.1']", NO_TLS),
        (V2, "", "certificate: {problem: notYetValid}", "Backend certificate is invalid. Current date"),
        (V1, "", "certificate: {problem: notYetValid}", "Backend certificate has been marked invalid."),
        (V1, "", "certificate: {problem: expired}", "Backend certificate has been marked invalid."),
        (V2, "", "certificate: {sends: [leaf, intermediate, root]}", WELL),
        (V2, "", "certificate: {sends: [leaf]}", "The backend server is presenting an incomplete"),
        (V2, "validateCertChainAndExpiry: false", "certificate: {sends: [leaf]}", WELL),
        // The first generation compares the certificate and does not look at its chain.
        (V1, "", "certificate: {sends: [leaf]}", WELL),
        (V2, "", "certificate: {sends: []}", "The Leaf certificate is missing"),
        (V2, "", "certificate: {selfSigned: true}", "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code 18"),
        (V2, "roots: [mine]", "certificate: {selfSigned: true}", "The root certificate of the server certificate"),
        (V2, "roots: [mine]", "certificate: {selfSigned: true, root: TUlORQ==}", WELL),
        (V1, "", "certificate: {selfSigned: true}", NOT_LISTED),
        (V1, "roots: [mine]", "certificate: {root: b3RoZXI=}", NOT_LISTED),
        (V2, "roots: [none]", "certificate: {root: TUlORQ==}", "Application gateway could not find any"),
        (V2, "roots: [none, mine]", "certificate: {root: TUlORQ==}", WELL),
        (V2, "roots: [none]", "", WELL),
        (V2, "", "listens: reset", "Unknown error."),
    ] {
        let world = tls(tier, settings, back_end);
        assert!(log(&world).starts_with(begins), "{tier}, {settings}, {back_end}: {}", log(&world));
        let status = if begins == WELL { 200 } else { 502 };
        assert_eq!(shop(&world).status(), Some(status), "{tier}, {settings}, {back_end}");
    }
}

#[test]
fn names_go_by_the_first_dns_server_that_is_known() {
    let resolved = |dns: &str| {
        let world = yaml(&format!(
            "
gateways:
  shop:
    subnet: v/s
    listeners: {{http: {{port: 80}}}}
    pools: {{api: [a.contoso.com]}}
    settings: {{s: {{port: 80}}}}
    rules: {{main: {{listener: http, pool: api, settings: s}}}}
networks: {{v: {{space: [10.1.0.0/16], dns: [{dns}], subnets: {{s: {{prefix: 10.1.0.0/24}}}}}}}}
dnsServers:
  10.9.0.4: {{}}
  10.9.0.5: {{A.contoso.com: [10.1.0.20]}}
names: {{a.contoso.com: [10.1.0.21]}}
backEnds: {{'10.1.0.20:80': {{responds: {{'*': 201}}}}, '10.1.0.21:80': {{}}}}"
        ));
        fetch(&world, "http://x/").status()
    };
    assert_eq!(resolved(""), Some(200));
    assert_eq!(resolved("10.9.0.4"), Some(502));
    assert_eq!(resolved("10.9.0.5"), Some(201));
    assert_eq!(resolved("10.9.0.4, 10.9.0.5"), Some(502));
    // Who is not described asks Azure.
    assert_eq!(resolved("10.9.0.6"), Some(200));
    let error = World::from_yaml("dnsServers: {x: {}}").unwrap_err();
    assert!(error.to_string().contains("dnsServers.x: `x` is no IP"));
}

#[test]
fn answers_in_short() {
    let at = |responds: &str, url: &str| {
        let world = around(
            "    listeners: {http: {port: 80}}
    pools: {api: [10.2.0.4]}
    probes: {p: {path: /probe, minServers: 1}}
    settings: {s: {port: 80, probe: p}}
    rules: {main: {listener: http, pool: api, settings: s}}",
            &format!("backEnds: {{'10.2.0.4:80': {{responds: {{{responds}}}}}}}"),
        );
        fetch(&world, url).status()
    };
    let all =
        "/exact: 201, '/api/*': 202, a.com: 203, b.com/x: 204, /late: 200 after 20, /gone: reset";
    assert_eq!(at(all, "http://x/exact"), Some(201));
    assert_eq!(at(all, "http://x/exact/"), Some(404));
    assert_eq!(at(all, "http://x/api/1"), Some(202));
    assert_eq!(at(all, "http://A.com/"), Some(203));
    assert_eq!(at(all, "http://a.com/exact"), Some(201));
    assert_eq!(at(all, "http://b.com/x"), Some(204));
    assert_eq!(at(all, "http://b.com/y"), Some(404));
    assert_eq!(at(all, "http://x/late"), Some(504));
    assert_eq!(at(all, "http://x/gone"), Some(502));
    assert_eq!(at("'*': 418", "http://x/"), Some(418));
    assert_eq!(at("", "http://x/"), Some(200));
}

#[rustfmt::skip]
#[test]
fn each_family_of_texts_and_the_names_of_errors() {
    const CODE_17: &str = "The validity of the backend certificate could not be verified. Check Open SSL";
    for (name, published, code, error) in [
        ("default-probe-refused", "Application Gateway could not connect to the backend.", "Cannot connect to server.", Some("ServerNotReachable")),
        ("probe-timeout", "Time taken by the backend", "Probe timeout.", None),
        ("probe-wrong-path", "Status code of the backend's HTTP response did not match the probe setting. Expected:200-399 Received:404.", "Probe status code mismatch.", Some("HttpStatusCodeMismatch")),
        ("probe-wrong-body", "Body of the backend's HTTP response", "Probe response body mismatch.", None),
        ("certificate-other-name", "The Common Name of the leaf certificate", "Invalid certificate - Invalid CN.", Some("BackendCertificateCNMismatchWithProbeHostName")),
        ("root-not-given", "The backend Server certificate is not signed", "Invalid certificate - Invalid CA.", Some("CertificateNotTrustedByWellKnownCA")),
        ("root-other", "The root certificate of the server certificate", "The root certificate of the server certificate", None),
        ("root-corrupt", "Application gateway could not find", "Application gateway could not find", None),
        ("certificate-expired", "Backend certificate is invalid.", "Backend server certificate expired.", None),
        ("certificate-not-listed-v1", "Backend server certificate is not whitelisted with Application Gateway. Make", "Backend server certificate is not whitelisted with Application Gateway.", None),
        ("chain-wrong-order", "The Leaf certificate is not the topmost", CODE_17, Some("IncorrectBackendCertificateChainLeafCertificateIsNotTopmostCertificate")),
        ("chain-only-leaf", "The backend server is presenting", CODE_17, Some("IncompleteBackendCertificateChainOnlyLeafCertificateIsPresent")),
        ("https-to-plain-port", "HTTPS probe connection error.", "HTTPS probe connection error.", None),
        ("name-by-own-dns", "Application Gateway could not create a probe", "Backend server FQDN cannot be resolved.", Some("HostNameNotResolved")),
        ("unknown-by-udr", "The backend health status could not be retrieved.", "Application Gateway not reachable.", None),
        ("all-healthy", "Success.", "Success.", None),
    ] {
        let mut world = load(name);
        world.switches_mut().error_names = true;
        for (texts, begins) in [(Texts::Published, published), (Texts::Codes, code)] {
            world.switches_mut().texts = texts;
            assert!(log(&world).starts_with(begins), "{name}: {}", log(&world));
        }
        let health = world.back_end_health(&gateway()).unwrap();
        let server = &health["backendAddressPools"][0]["backendHttpSettingsCollection"][0]["servers"][0];
        assert_eq!(server["healthProbeErrorName"].as_str(), error, "{name}");
        world.switches_mut().error_names = false;
        assert!(!world.back_end_health(&gateway()).unwrap().to_string().contains("healthProbeErrorName"));
    }
    let mut world = tls(V1, "", "certificate: {commonName: contoso.com}");
    world.switches_mut().texts = Texts::Published;
    assert_eq!(log(&world), "The Common Name (CN) of the backend certificate doesn't match.");
}
