//! Which probe asks what, and what it makes of the answer.

use super::*;

/// A gateway with one pool of one member behind settings, and a back end.
fn with(settings: &str, probes: &str, back_end: &str) -> World {
    around(
        &format!(
            "    listeners: {{http: {{port: 80}}}}
    pools: {{api: [10.2.0.4]}}
    probes: {{{probes}}}
    settings: {{s: {{{settings}}}}}
    rules: {{main: {{listener: http, pool: api, settings: s}}}}"
        ),
        &format!("backEnds: {{{back_end}}}"),
    )
}

fn is(world: &World, word: &str, log_begins: &str) {
    assert_eq!(words(world), word, "{}", log(world));
    assert!(log(world).starts_with(log_begins), "{}", log(world));
}

#[test]
fn the_default_probe_asks_for_the_root_of_127_0_0_1() {
    let back_end = "'10.2.0.4:80': {answers: [{host: 127.0.0.1, path: /, status: 399}]}";
    is(
        &with("port: 80", "", back_end),
        "Healthy",
        "Success. Received 399 status code",
    );
    let back_end =
        "'10.2.0.4:80': {answers: [{host: app.contoso.com, status: 200}, {status: 400}]}";
    is(
        &with("port: 80", "", back_end),
        "Unhealthy",
        "Received invalid status code: 400 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code.",
    );
    is(
        &with("port: 80, host: app.contoso.com", "", back_end),
        "Healthy",
        "Success.",
    );
    let by_address = "'10.2.0.4:80': {answers: [{host: 10.2.0.4}, {status: 400}]}";
    is(
        &with("port: 80, pickHost: true", "", by_address),
        "Healthy",
        "Success.",
    );
}

#[test]
fn a_custom_probe_has_its_own_host_path_and_port() {
    let probe = "p: {host: h.contoso.com, path: /ok, port: 81}";
    let back_end = "'10.2.0.4:81': {answers: [{host: h.contoso.com, path: /ok}]}, '10.2.0.4:80': {answers: [{status: 500}]}";
    is(
        &with("port: 80, probe: p", probe, back_end),
        "Healthy",
        "Success.",
    );
    // The first generation has no port for probes.
    let mut world = with("port: 80, probe: p", probe, back_end);
    let mut document = world.get(&gateway()).unwrap();
    document["properties"]["sku"]["tier"] = "Standard".into();
    world.put(&gateway(), document).unwrap();
    is(&world, "Unhealthy", "Received invalid status code: 500");
    // A host from the settings.
    let probe = "p: {pickHost: true, path: /ok}";
    let back_end = "'10.2.0.4:80': {answers: [{host: s.contoso.com, path: /ok}]}";
    is(
        &with("port: 80, probe: p, host: s.contoso.com", probe, back_end),
        "Healthy",
        "Success.",
    );
}

#[test]
fn status_codes_and_bodies_have_to_match() {
    let back_end = "'10.2.0.4:80': {answers: [{status: 401, body: please log in}]}";
    is(
        &with(
            "port: 80, probe: p",
            "p: {codes: ['200-299', '401']}",
            back_end,
        ),
        "Healthy",
        "Success. Received 401",
    );
    is(
        &with(
            "port: 80, probe: p",
            "p: {codes: ['200-299', '302']}",
            back_end,
        ),
        "Unhealthy",
        "Received invalid status code: 401 in the backend server's HTTP response. As per the health probe configuration, 200-299,302 is",
    );
    is(
        &with(
            "port: 80, probe: p",
            "p: {codes: ['401'], body: log}",
            back_end,
        ),
        "Healthy",
        "Success.",
    );
    is(
        &with(
            "port: 80, probe: p",
            "p: {codes: ['401'], body: welcome}",
            back_end,
        ),
        "Unhealthy",
        "Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain welcome.",
    );
    // A redirect is well by default, and not followed.
    let back_end = "'10.2.0.4:80': {answers: [{status: 302}]}";
    is(
        &with("port: 80", "", back_end),
        "Healthy",
        "Success. Received 302",
    );
}

#[test]
fn an_answer_has_to_be_there_in_time() {
    let back_end = "'10.2.0.4:80': {answers: [{delay: 30}]}";
    is(
        &with("port: 80", "", back_end),
        "Unhealthy",
        "Time taken by the backend",
    );
    is(
        &with(
            "port: 80, probe: p",
            "p: {timeout: 31, interval: 60}",
            back_end,
        ),
        "Healthy",
        "Success.",
    );
}

#[test]
fn nothing_there_refused_and_silent() {
    is(
        &with("port: 80", "", ""),
        "Unhealthy",
        "Time taken by the backend",
    );
    is(
        &with("port: 80", "", "'10.2.0.4:80': {listens: silent}"),
        "Unhealthy",
        "Time taken by the backend",
    );
    is(
        &with("port: 80", "", "'10.2.0.4:80': {listens: refused}"),
        "Unhealthy",
        "Cannot connect to backend server.",
    );
    // A machine that is there refuses on other ports.
    is(
        &with("port: 80", "", "'10.2.0.4:22': {protocol: other}"),
        "Unhealthy",
        "Cannot connect to backend server.",
    );
    is(
        &with("port: 22", "", "'10.2.0.4:22': {protocol: other}"),
        "Unhealthy",
        "Unknown error. Please try again.",
    );
    is(
        &with("port: 80", "", "'10.2.0.4:80': {answers: [{closes: true}]}"),
        "Unhealthy",
        "Unknown error.",
    );
}

#[test]
fn tls_and_its_absence() {
    let https = "port: 443, protocol: Https, host: a.contoso.com";
    is(
        &with(https, "", "'10.2.0.4:443': {protocol: https}"),
        "Healthy",
        "Success.",
    );
    is(
        &with(https, "", "'10.2.0.4:443': {}"),
        "Unhealthy",
        "HTTPS probe connection error.",
    );
    is(
        &with("port: 443", "", "'10.2.0.4:443': {protocol: https}"),
        "Unhealthy",
        "Received invalid status code: 400",
    );
    let named = |names: &str| {
        format!("'10.2.0.4:443': {{protocol: https, certificate: {{names: [{names}]}}}}")
    };
    is(
        &with(https, "", &named("'*.contoso.com'")),
        "Healthy",
        "Success.",
    );
    is(
        &with(https, "", &named("'*.b.contoso.com', contoso.com")),
        "Unhealthy",
        "The Common Name (CN) of the backend server certificate does not match the host header",
    );
    // An address is never a name to check.
    is(
        &with("port: 443, protocol: Https", "", &named("x")),
        "Healthy",
        "Success.",
    );
    for (problem, begins) in [
        (
            "expired",
            "Backend certificate is invalid. Current date is not within",
        ),
        (
            "intermediateMissing",
            "The Intermediate certificate is missing",
        ),
        ("leafMissing", "The Leaf certificate is missing"),
        (
            "onlyLeaf",
            "The backend server is presenting an incomplete certificate chain",
        ),
        ("leafNotTopmost", "The Leaf certificate is not the topmost"),
        (
            "intermediateUnknown",
            "The Intermediate certificate is not signed by a well-known",
        ),
        (
            "intermediateForeign",
            "The Intermediate certificate not signed by any Root",
        ),
        (
            "markedInvalid",
            "Backend certificate has been marked invalid.",
        ),
        (
            "unverifiable",
            "The validity of the backend certificate could not be verified.",
        ),
    ] {
        let back_end =
            format!("'10.2.0.4:443': {{protocol: https, certificate: {{problem: {problem}}}}}");
        is(&with(https, "", &back_end), "Unhealthy", begins);
    }
}

#[test]
fn a_private_root_has_to_be_given() {
    let gateway_with = |roots: &str, settings: &str, tier: &str| {
        around(
            &format!(
                "    tier: {tier}
    listeners: {{http: {{port: 80}}}}
    pools: {{api: [10.2.0.4]}}
    roots: {{{roots}}}
    settings: {{s: {{port: 443, protocol: Https, {settings}}}}}
    rules: {{main: {{listener: http, pool: api, settings: s}}}}"
            ),
            "backEnds: {'10.2.0.4:443': {protocol: https, certificate: {root: TUlJQw==}}}",
        )
    };
    let v2 = |roots, settings| gateway_with(roots, settings, "Standard_v2");
    is(
        &v2("", ""),
        "Unhealthy",
        "The backend Server certificate is not signed by a well-known",
    );
    is(
        &v2("mine: b3RoZXI=", "roots: [mine]"),
        "Unhealthy",
        "The root certificate of the server certificate used by the backend does not match",
    );
    is(
        &v2("mine: TUlJQw==", ""),
        "Unhealthy",
        "The backend Server certificate is not signed",
    );
    is(
        &v2("mine: TUlJQw==", "roots: [mine]"),
        "Healthy",
        "Success.",
    );
    let v1 = |roots, settings| gateway_with(roots, settings, "Standard");
    is(
        &v1("", ""),
        "Unhealthy",
        "Backend server certificate is not whitelisted",
    );
    is(
        &v1("mine: TUlJQw==", "roots: [mine]"),
        "Healthy",
        "Success.",
    );
}

#[test]
fn switches_of_newer_versions_turn_checks_off() {
    let back_end = "'10.2.0.4:443': {protocol: https, certificate: {names: [x.com], root: R, problem: expired}}";
    let mut world = with(
        "port: 443, protocol: Https, host: a.contoso.com",
        "",
        back_end,
    );
    let switch = |world: &mut World, field: &str| {
        let mut document = world.get(&gateway()).unwrap();
        document["properties"]["backendHttpSettingsCollection"][0]["properties"][field] =
            false.into();
        world.put(&gateway(), document).unwrap();
    };
    switch(&mut world, "validateCertChainAndExpiry");
    is(&world, "Unhealthy", "The Common Name (CN)");
    switch(&mut world, "validateSNI");
    is(&world, "Healthy", "Success.");
}

#[test]
fn probes_without_http() {
    let back_end = "'10.2.0.4:80': {protocol: other}, '10.2.0.4:81': {protocol: https}";
    is(
        &with("port: 80, probe: p", "p: {protocol: Tcp}", back_end),
        "Healthy",
        "Success.",
    );
    is(
        &with(
            "port: 80, probe: p",
            "p: {protocol: Tls, port: 81}",
            back_end,
        ),
        "Healthy",
        "Success.",
    );
    is(
        &with(
            "port: 80, probe: p",
            "p: {protocol: Tls, port: 80}",
            back_end,
        ),
        "Unhealthy",
        "HTTPS probe",
    );
}

#[test]
fn names_with_several_addresses() {
    let parts = "    listeners: {http: {port: 80}}
    pools: {api: [app.contoso.com]}
    settings: {s: {port: 80, pickHost: true}}
    rules: {main: {listener: http, pool: api, settings: s}}";
    let rest = "names: {app.contoso.com: [10.2.0.4, 10.2.0.5]}
backEnds:
  '10.2.0.4:80': {listens: refused}
  '10.2.0.5:80': {answers: [{host: app.contoso.com}]}";
    let world = around(parts, rest);
    // One entry, well only if all are; traffic goes to the one that is.
    is(&world, "Unhealthy", "Cannot connect");
    assert_eq!(fetch(&world, "http://x/").status(), Some(200));
    let world = around(
        parts,
        "names: {app.contoso.com: [10.2.0.4, 'fd00::1']}\nbackEnds: {'app.contoso.com:80': {}}",
    );
    is(&world, "Unhealthy", "Cannot connect");
}
