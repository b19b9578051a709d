//! Step 2c. Expectations are by hand, from azure-facts §2.1 and §15.2 (numbers in the comments are rows of
//! that table), and were there before the code ran.
use crate::{
    probes::{NAME, brief, custom, down, evidence, only, probed, rows, status},
    world::{REFUSED, TIMEOUT, row},
};
use appgw_runbook::{
    id::{Letter, StepId},
    report::{Confidence, Verdict},
};
use serde_json::{Value, json};

/// 23: the code received says it.
#[test]
fn row_2c_1_by_the_code_that_was_received() {
    let probe = json!({"path": "/healthz"});
    for (code, word, confidence) in [
        (404, "no such path", Confidence::Likely),
        (400, "refused as such", Confidence::Likely),
        (401, "login", Confidence::Confirmed),
        (405, "GET", Confidence::Confirmed),
    ] {
        let report = custom(&probe, &status(code, "200-399"));
        rows(
            &report,
            &[
                ("2c.1", "yes > B (api/https-api)"),
                ("2c.2", "no"),
                ("2c.3", "no"),
                ("2c.4", "no"),
            ],
        );
        let id = if code == 404 {
            "probe-path-not-found"
        } else {
            "probe-status"
        };
        assert_eq!(
            brief(only(&report)),
            (id, Some(Letter::B), confidence),
            "{code}"
        );
        assert!(only(&report).says.contains(word), "{}", only(&report).says);
        assert!(
            only(&report).says.contains("/healthz"),
            "{}",
            only(&report).says
        );
        assert_eq!(report.verdict, Verdict::RootCauseFound);
    }
    for code in [403, 429] {
        let report = custom(&probe, &status(code, "200-399"));
        assert_eq!(
            (row(&report, "2c.1"), only(&report).letter),
            ("yes > stop (api/https-api)", None)
        );
    }
    let report = down(
        probed(&json!({}), &probe),
        &[("shop.azurewebsites.net", &status(403, "200-399"))],
    );
    assert_eq!(row(&report, "2c.1"), "yes > 5 (api/https-api)");
    for log in [status(500, "200-399"), TIMEOUT.to_owned()] {
        assert_eq!(row(&custom(&probe, &log), "2c.1"), "no");
    }
}

#[test]
fn row_2c_1_blames_the_host_where_it_names_no_site() {
    let log = status(404, "200-399");
    for (host, member, id) in [
        (
            json!({"host": "127.0.0.1"}),
            "api.contoso.com",
            "probe-host",
        ),
        (json!({}), "api.contoso.com", "probe-host"),
        (json!({"host": "20.1.2.3"}), "api.contoso.com", "probe-host"),
        (
            json!({"host": "api.contoso.com"}),
            "api.contoso.com",
            "probe-path-not-found",
        ),
        (
            json!({"pickHostNameFromBackendHttpSettings": true}),
            "api.contoso.com",
            "probe-path-not-found",
        ),
        (
            json!({"host": "127.0.0.1"}),
            "10.2.0.4",
            "probe-path-not-found",
        ),
    ] {
        let shown = format!("{host} {member}");
        let world = probed(&json!({"pickHostNameFromBackendAddress": true}), &host);
        let report = down(world, &[(member, &log)]);
        assert_eq!(
            brief(only(&report)),
            (id, Some(Letter::B), Confidence::Likely),
            "{shown}"
        );
    }
}

#[test]
fn the_person_s_path_decides_between_path_and_host() {
    let log = status(404, "200-399");
    let said = |probe: &Value, told: &str, member: &str| {
        let mut world = probed(&json!({}), probe);
        world.said.health_path = Some(told.into());
        down(world, &[(member, &log)])
    };
    let (own, mute) = (
        json!({"path": "/old", "host": "api.contoso.com"}),
        json!({"path": "/old"}),
    );
    let report = said(&own, "/healthz", "10.2.0.4");
    assert_eq!(
        brief(only(&report)),
        (
            "probe-path-not-found",
            Some(Letter::B),
            Confidence::Confirmed
        )
    );
    assert!(
        only(&report)
            .because
            .contains(&"spec.hints.healthPath: /healthz (Person)".to_owned())
    );
    // The path is right: no yes, no "no", and a hint that says why.
    let report = said(&own, "/old", "10.2.0.4");
    assert!(
        row(&report, "2c.1").starts_with("gap: "),
        "{}",
        row(&report, "2c.1")
    );
    assert_eq!(
        brief(only(&report)),
        ("probe-path-not-found", None, Confidence::Inconclusive)
    );
    assert_eq!(report.verdict, Verdict::Inconclusive);
    let report = said(&mute, "/old", "api.contoso.com");
    assert_eq!(
        brief(only(&report)),
        ("probe-host", Some(Letter::B), Confidence::Likely)
    );
}

/// 22: 301 is in 200-399.
#[test]
fn row_2c_2_only_where_the_match_leaves_the_redirect_out() {
    let narrow = json!({"path": "/", "match": {"statusCodes": ["200"]}});
    let report = custom(&narrow, &status(301, "200"));
    rows(
        &report,
        &[
            ("2c.2", "yes > B (api/https-api)"),
            ("2c.1", "no"),
            ("2c.3", "no"),
        ],
    );
    assert_eq!(
        brief(only(&report)),
        ("probe-redirect", Some(Letter::B), Confidence::Confirmed)
    );
    assert!(only(&report).correction.contains("200-399"));
    for probe in [
        json!({}),
        json!({"match": {"statusCodes": ["200-299", "301-302"]}}),
    ] {
        let report = custom(&probe, &status(302, "200"));
        assert!(
            row(&report, "2c.2").starts_with("gap: the probe log refuses status 302"),
            "{}",
            row(&report, "2c.2")
        );
        assert!(report.findings.is_empty());
    }
    assert_eq!(row(&custom(&narrow, &status(404, "200")), "2c.2"), "no");
    // The log was written under another match: a hint and no more.
    let report = custom(&narrow, &status(301, "200-299"));
    assert_eq!(only(&report).confidence, Confidence::Inconclusive);
    assert!(only(&report).against[0].contains("200-299"));
    // Nobody says which code it was.
    let report = custom(
        &narrow,
        "Probe status code mismatch. Received status code is different from expected.",
    );
    rows(
        &report,
        &[(
            "2c.2",
            "gap: the probe log speaks of a wrong status code and does not name it",
        )],
    );
}

#[test]
fn row_2c_3_a_time_out_or_no_connection_is_all_there_is() {
    for (log, word) in [(TIMEOUT, "time-out"), (REFUSED, "cannot connect")] {
        let report = custom(&json!({"path": "/healthz", "timeout": 20}), log);
        rows(
            &report,
            &[
                ("2c.3", "yes > 2c-1 (api/https-api)"),
                ("2c.1", "no"),
                ("2c.4", "no"),
            ],
        );
        let world = probed(&json!({}), &json!({"path": "/healthz", "timeout": 20}));
        let seen = format!("/healthz, 20 s, 200-399: {word} only, 2c-1 is next");
        assert_eq!(evidence(world, log, StepId::S2c, 3), seen);
    }
    let report = custom(&json!({}), &status(404, "200-399"));
    assert_eq!(row(&report, "2c.3"), "no");
    assert!(row(&report, "2c-1.3").starts_with("skip"));
}

/// 24: HTTPS is no reason to look into TLS; a TLS message is.
#[test]
fn row_2c_4_takes_a_tls_message() {
    let report = custom(&json!({}), NAME);
    rows(
        &report,
        &[
            ("2c.4", "yes > 2d (api/https-api)"),
            ("2c.1", "no"),
            ("2c.3", "no"),
        ],
    );
    assert_eq!(report.path, ["api/https-api: 1a > 1b > 2a > 2c > 2d > F"]);
    for log in [
        TIMEOUT.to_owned(),
        status(404, "200-399"),
        status(500, "200-399"),
    ] {
        let report = custom(&json!({"protocol": "Https"}), &log);
        assert_eq!(row(&report, "2c.4"), "no");
        assert!(row(&report, "2d.2").starts_with("skip"));
    }
    let report = custom(&json!({"protocol": "Http"}), NAME);
    assert!(
        row(&report, "2c.4").starts_with("gap: the probe log speaks of TLS"),
        "{}",
        row(&report, "2c.4")
    );
}
