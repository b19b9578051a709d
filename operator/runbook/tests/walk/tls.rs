//! Step 2d, and that no class of probe log leads nowhere unsaid. Expectations are by hand, from azure-facts
//! §2.A, §2.B, §7 and §15.2 (numbers in the comments are rows of that table).
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::{
    probes::{NAME, ask_row, brief, down, probed, rows, status},
    world::{REFUSED, TIMEOUT, World, row},
};
use appgw_runbook::{
    facts::{Facts, Query},
    id::{Letter, StepId, Subject},
    report::{Confidence, Report},
    step::{Next, Seen},
    steps,
    view::View,
};
use serde_json::{Value, json};

const LEAF: &str = "The Leaf certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server.";
const EXPIRED: &str = "Backend certificate is invalid. Current date is not within the \"Valid from\" and \"Valid to\" date range on the certificate.";
const NO_INTERMEDIATE: &str = "The Intermediate certificate is missing from the certificate chain presented by the backend server.";
const ORDER: &str = "The Leaf certificate is not the topmost certificate in the chain presented by the backend server.";
const PRIVATE: &str = "The backend Server certificate is not signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.";
const WRONG_ROOT: &str = "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway.";
const CORRUPT: &str = "Application gateway could not find any certificate-related information in the trusted root certificate. Ensure the certificate file is not corrupt and re-add.";
const NOT_LISTED: &str = "Backend server certificate is not whitelisted with Application Gateway.";
const REVOKED: &str = "Backend certificate has been marked invalid. Either the certificate is not within its validity period, or it has been revoked";
const UNVERIFIED: &str = "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code 19";
const HANDSHAKE: &str = "HTTPS probe connection error. Check if backend server certificate is whitelisted. Check for backend certificate validity.";
const NOT_LOOKED: &str = "gap: needs a handshake look, which is not switched on";
const F: &str = "yes > F (api/https-api)";

fn tls(setting: &Value, log: &str) -> Report {
    down(probed(setting, &json!({})), &[("10.2.0.4", log)])
}

fn rooted() -> Value {
    json!({"trustedRootCertificates": [{"id": "/g/trustedRootCertificates/corp"}]})
}

/// The walk comes to 2d with a TLS message only; its other rows are asked of the pair directly.
fn ask(world: &World, row: usize) -> Seen {
    ask_row(world, StepId::S2d, row)
}

fn met(world: World, log: &str) -> World {
    let mut world = world;
    world.health(&[("10.2.0.4", "Unhealthy", log)]);
    world
}

/// 27: no A without evidence.
#[test]
fn row_2d_1_plain_http_goes_to_the_network_path() {
    let plain = json!({"protocol": "Http", "port": 80});
    let world = met(probed(&plain, &json!(null)), TIMEOUT);
    let seen = ask(&world, 1).unwrap();
    assert_eq!(seen[0].next, Some(Next::Step(StepId::S2c1)));
    assert!(seen[0].finding.is_none());
    for row in 2..=6 {
        assert_eq!(ask(&world, row), Ok(vec![]), "2d.{row}");
    }
    // The settings are plain and the probe is not.
    assert_eq!(ask(&met(probed(&plain, &json!({})), NAME), 1), Ok(vec![]));
    assert_eq!(ask(&met(World::healthy(), NAME), 1), Ok(vec![]));
    // Log and document contradict each other: nothing is blamed on either.
    let report = down(probed(&plain, &json!(null)), &[("10.2.0.4", NAME)]);
    assert_eq!(row(&report, "2d.1"), "yes > 2c-1 (api/https-api)");
    assert!(row(&report, "2d.3").starts_with("gap: the probe log speaks of TLS"));
    rows(
        &report,
        &[("2c-1.1", "no"), ("2c-1.2", "no"), ("2c-1.3", "no")],
    );
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

/// 27 and 28: a status code proves it, and nothing else does.
#[test]
fn row_2d_2_takes_a_status_code_that_came_back() {
    let seen = ask(&met(World::healthy(), &status(500, "200-399")), 2).unwrap();
    assert_eq!(seen[0].next, Some(Next::Step(StepId::S2c1)));
    assert!(seen[0].finding.is_none());
    for row in 3..=6 {
        let world = met(World::healthy(), &status(500, "200-399"));
        assert_eq!(ask(&world, row), Ok(vec![]), "2d.{row}");
    }
    // Nothing was compared with the check off.
    let off = probed(&json!({"validateSNI": false}), &json!({}));
    assert!(ask(&met(off, &status(500, "200-399")), 2).is_err());
    assert!(ask(&met(World::healthy(), TIMEOUT), 2).is_err());
    assert_eq!(row(&tls(&json!({}), EXPIRED), "2d.2"), NOT_LOOKED);
    assert_eq!(row(&tls(&json!({}), NAME), "2d.2"), "no");
}

/// 30: which name, and from where.
#[test]
fn row_2d_3_names_the_name_and_where_it_comes_from() {
    for (setting, probe, member, wanted) in [
        (
            json!({"hostName": "s.contoso.com"}),
            json!({"host": "p.contoso.com"}),
            "be.contoso.com",
            "server name and Host p.contoso.com (host of the probe)",
        ),
        (
            json!({"hostName": "s.contoso.com"}),
            json!(null),
            "be.contoso.com",
            "server name and Host s.contoso.com (hostName of the settings)",
        ),
        (
            json!({}),
            json!(null),
            "10.2.0.4",
            "no server name, since an address gets none, and Host 127.0.0.1 (nothing names another)",
        ),
    ] {
        let report = down(probed(&setting, &probe), &[(member, NAME)]);
        rows(
            &report,
            &[
                ("2d.3", F),
                ("2d.5", F),
                ("2d.1", "no"),
                ("2d.2", "no"),
                ("2d.4", "no"),
                ("2d.6", "no"),
            ],
        );
        assert_eq!(
            report.findings.len(),
            1,
            "once, from the first of two rows that hold"
        );
        let finding = &report.findings[0];
        assert_eq!(
            brief(finding),
            ("certificate-name", Some(Letter::F), Confidence::Confirmed)
        );
        assert_eq!(finding.row, Some("2d.3"));
        assert!(finding.says.contains(wanted), "{}", finding.says);
    }
    let report = tls(&json!({}), EXPIRED);
    assert_eq!(
        row(&report, "2d.3"),
        NOT_LOOKED,
        "an expired certificate may name anything"
    );
    let off = tls(&json!({"validateSNI": false}), NAME);
    assert_eq!(off.findings[0].confidence, Confidence::Inconclusive);
    assert!(
        off.findings[0]
            .against
            .iter()
            .any(|a| a.contains("validateSNI is false on https-api"))
    );
}

#[test]
fn a_name_is_confirmed_only_where_every_server_fails_by_it() {
    let report = down(World::healthy(), &[("10.2.0.4", NAME), ("10.2.0.5", NAME)]);
    assert_eq!(report.findings[0].confidence, Confidence::Confirmed);
    let report = down(
        World::healthy(),
        &[("10.2.0.4", NAME), ("10.2.0.5", EXPIRED)],
    );
    let found: Vec<_> = report.findings.iter().map(brief).collect();
    let likely = |id| (id, Some(Letter::F), Confidence::Likely);
    assert_eq!(
        found,
        [likely("certificate-name"), likely("certificate-expired")]
    );
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", NAME), ("10.2.0.5", "Healthy", "")]);
    assert_eq!(
        world.report().findings[0].confidence,
        Confidence::Inconclusive
    );
}

#[test]
fn row_2d_4_takes_a_private_authority_and_no_root_on_the_setting() {
    let mut world = met(World::healthy(), PRIVATE);
    world.gateway()["properties"]["trustedRootCertificates"] = json!([{"name": "corp"}]);
    let report = world.report();
    rows(
        &report,
        &[
            ("2d.4", F),
            ("2d.6", "no"),
            ("2d.5", "no"),
            ("2d.2", NOT_LOOKED),
            ("2d.3", NOT_LOOKED),
        ],
    );
    assert_eq!(
        brief(&report.findings[0]),
        (
            "trusted-root-missing",
            Some(Letter::F),
            Confidence::Confirmed
        )
    );
    assert!(
        report.findings[0].because.iter().any(
            |b| b == "the gateway holds corp, which https-api does not refer to (ControlPlane)"
        )
    );
    let report = tls(&rooted(), PRIVATE);
    rows(&report, &[("2d.4", "no"), ("2d.6", F)]);
    assert_eq!(
        brief(&report.findings[0]),
        ("trusted-root-wrong", Some(Letter::F), Confidence::Likely)
    );
    assert!(
        report.findings[0]
            .because
            .iter()
            .any(|b| b == "https-api trusts trusted root corp (ControlPlane)")
    );
    // On v1 it is the very certificate, and a list of roots counts for nothing.
    let v1 = |setting: &Value| {
        let mut world = met(probed(setting, &json!({})), NOT_LISTED);
        world.gateway()["properties"]["sku"]["tier"] = "WAF".into();
        world.report()
    };
    let report = v1(&rooted());
    assert_eq!(row(&report, "2d.4"), F);
    assert_eq!(
        brief(&report.findings[0]),
        (
            "trusted-root-missing",
            Some(Letter::F),
            Confidence::Confirmed
        )
    );
    let report = v1(&json!({"authenticationCertificates": [{"id": "/g/a/leaf"}]}));
    rows(&report, &[("2d.4", "no"), ("2d.6", F)]);
    assert!(
        report.findings[0].says.contains("not a root"),
        "{}",
        report.findings[0].says
    );
    // A log that speaks of an uploaded root, and no root: one of the two is older.
    assert_eq!(
        tls(&json!({}), WRONG_ROOT).findings[0].confidence,
        Confidence::Inconclusive
    );
    // A failure without a reason leaves it open, one with another reason does not.
    assert_eq!(row(&tls(&json!({}), HANDSHAKE), "2d.4"), NOT_LOOKED);
    assert_eq!(row(&tls(&json!({}), EXPIRED), "2d.4"), "no");
}

#[test]
fn row_2d_5_the_two_texts() {
    let report = tls(&json!({}), LEAF);
    rows(&report, &[("2d.5", F), ("2d.6", "no"), ("2d.4", "no")]);
    assert_eq!(
        brief(&report.findings[0]),
        (
            "certificate-leaf-missing",
            Some(Letter::F),
            Confidence::Likely
        )
    );
    assert!(
        report.findings[0]
            .says
            .contains("only the back end can mend it")
    );
    assert_eq!(row(&tls(&json!({}), ORDER), "2d.5"), "no");
}

/// 29: not all of it is an incomplete chain; each says who can mend it.
#[test]
fn row_2d_6_each_failure_by_its_own_name() {
    let there = "only the back end can mend it";
    for (log, id, who) in [
        (EXPIRED, "certificate-expired", there),
        (NO_INTERMEDIATE, "certificate-chain", there),
        (ORDER, "certificate-order", there),
        (REVOKED, "certificate-invalid", there),
        (WRONG_ROOT, "trusted-root-wrong", "upload the right root"),
        (CORRUPT, "trusted-root-corrupt", "upload it again"),
        (
            UNVERIFIED,
            "certificate-unverified",
            "uploading that root mends it",
        ),
        (HANDSHAKE, "tls-failure", "the back end is where to look"),
    ] {
        let report = tls(&rooted(), log);
        rows(&report, &[("2d.6", F), ("2d.5", "no")]);
        assert_eq!(report.findings.len(), 1, "{id}");
        assert_eq!(
            brief(&report.findings[0]),
            (id, Some(Letter::F), Confidence::Likely)
        );
        assert!(
            report.findings[0].says.contains(who),
            "{}",
            report.findings[0].says
        );
        assert!(!report.findings[0].correction.is_empty());
    }
    assert_eq!(row(&tls(&json!({}), LEAF), "2d.6"), "no");
    let off = json!({"validateCertChainAndExpiry": false});
    let report = tls(&off, EXPIRED);
    assert_eq!(report.findings[0].confidence, Confidence::Inconclusive);
    assert!(report.summary.iter().any(|line| line.starts_with("2d")));
}

/// Every class, met by the default probe and by a custom one: a row that leads on, or a gap that says so.
#[test]
fn no_class_leads_nowhere_unsaid() {
    let texts = [
        "Success. Received 200 status code",
        TIMEOUT,
        REFUSED,
        "Application Gateway could not create a probe for this backend.",
        "Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain x.",
        "Probe status code mismatch. Expected vs Received.",
        NAME,
        EXPIRED,
        REVOKED,
        NO_INTERMEDIATE,
        LEAF,
        ORDER,
        PRIVATE,
        WRONG_ROOT,
        CORRUPT,
        UNVERIFIED,
        HANDSHAKE,
        "Verify that the backend server is set up to accept the Proxy protocol header sent by the probes.",
        "Unknown error. Please try again.",
        "",
        "The moon is in the wrong phase.",
    ];
    let codes = [
        204, 301, 400, 401, 403, 404, 405, 408, 421, 429, 451, 500, 502, 503,
    ];
    let logs = texts
        .iter()
        .map(|text| (*text).to_owned())
        .chain(codes.map(|code| status(code, "200-399")));
    for log in logs {
        for probe in [json!(null), json!({"path": "/healthz"})] {
            let report = down(probed(&json!({}), &probe), &[("10.2.0.4", &log)]);
            let here = if probe.is_null() { "2b" } else { "2c" };
            let tells = |prefix: &str| {
                report
                    .rows
                    .iter()
                    .any(|(id, value)| id.starts_with(prefix) && value.starts_with("yes"))
            };
            let reached = tells(&format!("{here}.")) || tells("2d.");
            let stated = report
                .gaps
                .iter()
                .any(|gap| gap.starts_with(&format!("{here}: ")));
            assert!(reached || stated, "{log} by {probe}: {:?}", report.rows);
            assert!(!report.path.is_empty(), "{log}");
            assert!(
                report.findings.iter().all(|f| f.letter != Some(Letter::C)),
                "{log}"
            );
        }
    }
}

/// Whoever asks about no pair, or of one that is gone, gets no "no".
#[test]
fn a_subject_that_is_no_pair_is_not_answered() {
    let world = World::healthy();
    let mut facts = Facts::about(world.said.clone(), world.now);
    for (query, answer) in &world.answers {
        facts.learn(query.clone(), answer.clone());
    }
    let view = View::new(&facts, &world.visitor);
    let gone = Subject::Pair {
        pool: "gone".into(),
        setting: "https-api".into(),
    };
    let steps = [StepId::S2a, StepId::S2b, StepId::S2c, StepId::S2d];
    for step in steps.map(steps::get) {
        for row in step.rows {
            for subject in [&Subject::Gateway, &gone] {
                assert!(
                    (row.when)(&view, subject).is_err(),
                    "{} of {subject}",
                    row.id
                );
            }
        }
    }
    let nothing = Facts::about(world.said.clone(), world.now);
    let view = View::new(&nothing, &world.visitor);
    let look = steps::get(StepId::S2a).rows[0].when;
    let needs = format!("{:?}", look(&view, &gone));
    assert!(needs.contains("BackendHealth"), "{needs}");
    assert!(
        world
            .answers
            .keys()
            .any(|query| matches!(query, Query::BackendHealth(_)))
    );
}
