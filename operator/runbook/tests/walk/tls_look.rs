//! Step 2d with a handshake look: it adds to what the gateway says, and never outvotes it. Expectations by hand.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::{
    probes::{NAME, ask_row, brief, down, probed, rows},
    world::{TIMEOUT, World, row},
};
use appgw_runbook::{
    facts::{Gap, Query},
    id::{Letter, StepId},
    report::{Confidence, Report},
    step::{Next, Seen},
};
use serde_json::{Value, json};

const HANDSHAKE: &str = "HTTPS probe connection error. Check if backend server certificate is whitelisted. Check for backend certificate validity.";
const EXPIRED: &str = "Backend certificate is invalid. Current date is not within the \"Valid from\" and \"Valid to\" date range on the certificate.";
const PRIVATE: &str = "The backend Server certificate is not signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.";

/// A back end shows a certificate for these names, whose chain leads where `public` and `given` say.
fn shows(names: &[&str], public: &str, given: &str) -> Value {
    json!({"chain": [{"subject": "CN=shop", "issuer": "CN=Corp CA", "commonNames": [], "names": names, "addresses": [],
        "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2027-01-01T00:00:00Z", "authority": false}],
        "leaf": 0, "public": public, "given": given, "givenUnread": 0, "leafIsGiven": false, "wantsCertificate": false})
}

/// The probe asks for shop.contoso.com, and the back end shows this.
fn world(shown: Value) -> World {
    let mut world = probed(&json!({}), &json!({"host": "shop.contoso.com"}));
    world.shows = Ok(shown);
    world
}

fn report(shown: Value, log: &str) -> Report {
    down(world(shown), &[("10.2.0.4", log)])
}

/// Its rows, asked of the pair directly.
fn ask(shown: Value, log: &str, row: usize) -> Seen {
    let mut world = world(shown);
    world.health(&[("10.2.0.4", "Unhealthy", log)]);
    ask_row(&world, StepId::S2d, row)
}

#[test]
fn a_failure_without_a_reason_gets_one() {
    let report = report(
        shows(&["other.contoso.com"], "ok", "UnknownIssuer"),
        HANDSHAKE,
    );
    rows(
        &report,
        &[
            ("2d.2", "no"),
            ("2d.3", "yes > F (api/https-api)"),
            ("2d.4", "no"),
            ("2d.6", "yes > F (api/https-api)"),
        ],
    );
    let found: Vec<_> = report.findings.iter().map(brief).collect();
    assert_eq!(
        found,
        [
            ("certificate-name", Some(Letter::F), Confidence::Likely),
            ("tls-failure", Some(Letter::F), Confidence::Likely)
        ]
    );
    let says = &report.findings[0].says;
    assert!(
        says.starts_with("seen from where the operator runs, "),
        "{says}"
    );
    let line = "2d: 10.2.0.4 shows a certificate for other.contoso.com, issued by CN=Corp CA, good until 2027-01-01, sent alone, leads to a public root (Operator)";
    for finding in &report.findings {
        assert!(finding.because.iter().any(|it| it == line), "{finding:#?}");
    }
}

/// Its own root is sent along, and nobody knows it.
fn private(names: &[&str]) -> Value {
    let mut shown = shows(names, "UnknownIssuer", "UnknownIssuer");
    let root = json!({"subject": "CN=Corp CA", "issuer": "CN=Corp CA", "authority": true});
    shown["chain"].as_array_mut().unwrap().push(root);
    shown
}

#[test]
fn a_private_authority_without_a_root_is_seen() {
    let mine = private(&["shop.contoso.com"]);
    let report = report(mine, HANDSHAKE);
    rows(
        &report,
        &[("2d.3", "no"), ("2d.4", "yes > F (api/https-api)")],
    );
    let found = report.findings.iter().find(|it| it.row == Some("2d.4"));
    let missing = ("trusted-root-missing", Some(Letter::F), Confidence::Likely);
    assert_eq!(brief(found.unwrap()), missing);
    // One that signed itself is its own authority.
    let mut alone = shows(&["shop.contoso.com"], "UnknownIssuer", "UnknownIssuer");
    alone["chain"][0]["issuer"] = json!("CN=shop");
    rows(
        &self::report(alone, HANDSHAKE),
        &[("2d.4", "yes > F (api/https-api)")],
    );
    // So is the one that a person names.
    let mut told = shows(&["shop.contoso.com"], "UnknownIssuer", "UnknownIssuer");
    told["told"] = json!("ok");
    rows(
        &self::report(told, HANDSHAKE),
        &[("2d.4", "yes > F (api/https-api)")],
    );
    // Without its root a chain may as well lack an intermediate of an authority that everybody knows.
    let open = shows(&["shop.contoso.com"], "UnknownIssuer", "UnknownIssuer");
    let report = self::report(open, HANDSHAKE);
    let said = row(&report, "2d.4");
    assert!(
        said.starts_with("gap: ")
            && said.ends_with("(an intermediate may be missing, or the root is private)"),
        "{said}"
    );
    assert!(
        !report
            .findings
            .iter()
            .any(|it| it.id == "trusted-root-missing")
    );
    // Everybody knows the root: no upload is offered.
    let report = self::report(
        shows(&["shop.contoso.com"], "ok", "UnknownIssuer"),
        HANDSHAKE,
    );
    rows(&report, &[("2d.3", "no"), ("2d.4", "no")]);
}

#[test]
fn the_gateways_own_word_stays_as_sure_as_it_was() {
    let well = || shows(&["shop.contoso.com"], "ok", "UnknownIssuer");
    for (log, id, confidence) in [
        (NAME, "certificate-name", Confidence::Confirmed),
        (EXPIRED, "certificate-expired", Confidence::Likely),
        (PRIVATE, "trusted-root-missing", Confidence::Confirmed),
    ] {
        let report = report(well(), log);
        let finding = &report.findings[0];
        assert_eq!(brief(finding), (id, Some(Letter::F), confidence));
        let [line] = finding.against.as_slice() else {
            panic!("{finding:#?}");
        };
        assert!(line.ends_with("(Operator)"), "{line}");
    }
    // And where both see the same, it is said with its vantage.
    let report = report(shows(&["other.contoso.com"], "ok", "x"), NAME);
    let finding = &report.findings[0];
    assert_eq!(finding.confidence, Confidence::Confirmed);
    assert!(finding.against.is_empty(), "{finding:#?}");
    assert!(
        finding
            .because
            .last()
            .unwrap()
            .contains("other.contoso.com")
    );
}

/// The probe is not answered at all, so that a certificate is no more than a hint of what comes next.
#[test]
fn where_the_log_says_nothing_of_tls_a_look_is_a_hint() {
    let seen = ask(shows(&["shop.contoso.com"], "ok", "x"), TIMEOUT, 2).unwrap();
    assert_eq!(seen[0].next, Some(Next::Step(StepId::S2c1)));
    assert!(seen[0].finding.is_none());
    let other = || shows(&["other.contoso.com"], "ok", "x");
    assert_eq!(ask(other(), TIMEOUT, 2), Ok(vec![]));
    let seen = ask(other(), TIMEOUT, 3).unwrap();
    let finding = seen[0].finding.as_ref().unwrap();
    let hint = (
        "certificate-name",
        Some(Letter::F),
        Confidence::Inconclusive,
    );
    assert_eq!(brief(finding), hint);
    // Not well enough to say that all is well: out of date, or signed by who knows whom.
    let mut old = shows(&["shop.contoso.com"], "ok", "x");
    old["chain"][0]["notAfter"] = json!("2026-02-01T00:00:00Z");
    assert!(ask(old, TIMEOUT, 2).is_err());
    assert!(ask(shows(&["shop.contoso.com"], "x", "x"), TIMEOUT, 2).is_err());
    // The probe does not care for the name.
    let mut careless = probed(
        &json!({"validateSNI": false}),
        &json!({"host": "shop.contoso.com"}),
    );
    careless.shows = Ok(other());
    careless.health(&[("10.2.0.4", "Unhealthy", TIMEOUT)]);
    assert_eq!(ask_row(&careless, StepId::S2d, 3), Ok(vec![]));
}

#[test]
fn a_look_that_fails_is_no_obstacle_to_what_the_log_says() {
    for (gap, words) in [
        (Gap::TimedOut, "10.2.0.4:8443 does not answer from here"),
        (
            Gap::Unreachable {
                why: "refused".into(),
            },
            "10.2.0.4:8443 cannot be reached from here: refused",
        ),
        (
            Gap::Unreadable {
                why: "not allowed to connect to 127.0.0.1".into(),
            },
            "needs a handshake look, which is not allowed to connect to 127.0.0.1",
        ),
        (Gap::NotInBundle, "which is not in this bundle"),
    ] {
        let mut world = world(Value::Null);
        world.shows = Err(gap);
        let report = down(world, &[("10.2.0.4", HANDSHAKE)]);
        assert!(
            row(&report, "2d.3").contains(words),
            "{}",
            row(&report, "2d.3")
        );
        let [finding] = report.findings.as_slice() else {
            panic!("{:?}", report.findings);
        };
        assert_eq!(
            brief(finding),
            ("tls-failure", Some(Letter::F), Confidence::Likely)
        );
        let said = report
            .gaps
            .iter()
            .any(|gap| gap.starts_with("2d: needs a handshake look"));
        assert!(said, "{:?}", report.gaps);
    }
}

#[test]
fn an_answer_of_any_shape_is_borne() {
    for shown in [
        json!({}),
        json!([]),
        json!({"chain": [], "leaf": null, "failed": "tls handshake eof"}),
        json!({"chain": [null, {"names": 7}], "leaf": 1}),
        json!({"chain": [{"names": ["a\nb"], "notAfter": "soon"}], "leaf": 0}),
    ] {
        for log in [HANDSHAKE, NAME, PRIVATE] {
            let report = report(shown.clone(), log);
            assert!(!report.findings.is_empty(), "{shown}");
            assert!(!format!("{:?}", report.findings).contains("\\n"));
        }
    }
}

#[test]
fn one_of_the_servers_that_fail_alike_is_asked_with_what_the_gateway_sends() {
    let setting = json!({"trustedRootCertificates": [{"id": "/g/trustedRootCertificates/corp"}]});
    let mut world = probed(&setting, &json!({"host": "shop.contoso.com"}));
    world.gateway()["properties"]["trustedRootCertificates"] = json!([{"name": "corp", "properties": {"data": "Q09SUA=="}}, {"name": "old", "properties": {"data": "T0xE"}}]);
    world.said.private_ca_pem = Some("PEM".into());
    world.health(&[
        ("10.2.0.4", "Unhealthy", HANDSHAKE),
        ("10.2.0.5", "Unhealthy", HANDSHAKE),
        ("10.2.0.6", "Unhealthy", NAME),
        ("10.2.0.7", "Healthy", ""),
    ]);
    let (_, asked) = world.visit();
    let asked: Vec<_> = asked
        .into_iter()
        .filter(|query| matches!(query, Query::Handshake { .. }))
        .collect();
    let query = |host: &str| Query::Handshake {
        host: host.into(),
        port: 8443,
        name: Some("shop.contoso.com".into()),
        roots: vec!["Q09SUA==".into()],
        told: Some("PEM".into()),
    };
    assert_eq!(asked, [query("10.2.0.4"), query("10.2.0.6")]);
}

/// A hint of a person settles what neither log nor look say, and no more surely than a hint does.
#[test]
fn a_private_authority_that_a_person_names_counts_where_nothing_else_tells() {
    let mut world = probed(&json!({}), &json!({"host": "shop.contoso.com"}));
    world.said.private_ca = true;
    let report = down(world, &[("10.2.0.4", HANDSHAKE)]);
    rows(&report, &[("2d.4", "yes > F (api/https-api)")]);
    let found = report
        .findings
        .iter()
        .find(|it| it.row == Some("2d.4"))
        .unwrap();
    let hint = (
        "trusted-root-missing",
        Some(Letter::F),
        Confidence::Inconclusive,
    );
    assert_eq!(brief(found), hint);
    assert!(
        found.because.iter().any(|it| it.ends_with("(Person)")),
        "{found:#?}"
    );
    // The look says otherwise, and it is the better witness.
    let mut world = self::world(shows(&["shop.contoso.com"], "ok", "x"));
    world.said.private_ca = true;
    let report = down(world, &[("10.2.0.4", HANDSHAKE)]);
    rows(&report, &[("2d.4", "no")]);
}
