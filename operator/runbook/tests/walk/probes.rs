//! Steps 2a and 2b. Expectations are by hand, from azure-facts §2.1 and §15.2 (numbers in the comments
//! are rows of that table), and were there before the code ran.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use crate::world::{REFUSED, TIMEOUT, World, id, row, rule};
use appgw_runbook::{
    facts::{Blocked, Facts},
    id::{Letter, StepId, Subject},
    report::{Confidence, Finding, Report, Verdict},
    step::Seen,
    steps,
    view::View,
};
use serde_json::{Value, json};

pub(crate) const NAME: &str = "The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.";
const SUCCESS: &str = "Success. Received 200 status code";

pub(crate) fn status(code: u16, accepted: &str) -> String {
    format!(
        "Received invalid status code: {code} in the backend server's HTTP response. As per the health probe configuration, {accepted} is the acceptable status code. Either modify probe configuration or resolve backend issues."
    )
}

/// Members of the only setting and of its probe; no probe where that is null.
pub(crate) fn probed(setting: &Value, probe: &Value) -> World {
    let mut world = World::healthy();
    let all = &mut world.gateway()["properties"];
    let old = &mut all["backendHttpSettingsCollection"][0]["properties"];
    for (key, value) in setting.as_object().unwrap() {
        old[key] = value.clone();
    }
    match probe.as_object() {
        None => old["probe"] = json!(null),
        Some(members) => {
            for (key, value) in members {
                all["probes"][0]["properties"][key] = value.clone();
            }
        }
    }
    world
}

pub(crate) fn down(mut world: World, servers: &[(&str, &str)]) -> Report {
    let servers: Vec<(&str, &str, &str)> = servers
        .iter()
        .map(|(a, log)| (*a, "Unhealthy", *log))
        .collect();
    world.health(&servers);
    world.report()
}

fn default(log: &str) -> Report {
    down(probed(&json!({}), &json!(null)), &[("10.2.0.4", log)])
}

pub(crate) fn custom(probe: &Value, log: &str) -> Report {
    down(probed(&json!({}), probe), &[("10.2.0.4", log)])
}

pub(crate) fn rows(report: &Report, wanted: &[(&str, &str)]) {
    for (id, value) in wanted {
        assert_eq!(row(report, id), *value, "{id}");
    }
}

/// The one finding that rests on a row.
pub(crate) fn only(report: &Report) -> &Finding {
    let mut of_rows = report.findings.iter().filter(|it| it.row.is_some());
    let first = of_rows.next().unwrap();
    assert_eq!(of_rows.next(), None, "{:?}", report.findings);
    first
}

pub(crate) fn brief(finding: &Finding) -> (&'static str, Option<Letter>, Confidence) {
    (finding.id, finding.letter, finding.confidence)
}

/// One row, asked of the pair directly.
pub(crate) fn ask_row(world: &World, step: StepId, row: usize) -> Seen {
    let mut facts = Facts::about(world.said.clone(), world.now);
    for (query, answer) in &world.answers {
        facts.learn(query.clone(), answer.clone());
    }
    let pair = Subject::Pair {
        pool: "api".into(),
        setting: "https-api".into(),
    };
    let ask = |facts: &Facts| {
        (steps::get(step).rows[row - 1].when)(&View::new(facts, &world.visitor), &pair)
    };
    match ask(&facts) {
        Err(Blocked::Ask(more)) => {
            for query in more {
                facts.learn(query.clone(), world.answer(&query));
            }
            ask(&facts)
        }
        seen => seen,
    }
}

/// What a row reads of a single server that fails so.
pub(crate) fn evidence(mut world: World, log: &str, step: StepId, row: usize) -> String {
    world.health(&[("10.2.0.4", "Unhealthy", log)]);
    ask_row(&world, step, row).unwrap()[0].evidence.clone()
}

#[test]
fn row_2a_1_and_2a_2_by_the_reference_of_the_setting() {
    // 17: a probe is listed and this setting has none. 18: the host is 127.0.0.1.
    let report = default(&status(404, "200-399"));
    rows(
        &report,
        &[("2a.1", "yes > 2b (api/https-api)"), ("2a.2", "no")],
    );
    assert_eq!(
        evidence(probed(&json!({}), &json!(null)), REFUSED, StepId::S2a, 1),
        "https-api -> default probe, Https :443, Host 127.0.0.1"
    );
    assert!(row(&report, "2c.1").starts_with("skip"));
    // 15: the probe's own port.
    let report = custom(&json!({}), TIMEOUT);
    rows(
        &report,
        &[("2a.1", "no"), ("2a.2", "yes > 2c (api/https-api)")],
    );
    assert_eq!(
        evidence(World::healthy(), TIMEOUT, StepId::S2a, 2),
        "https-api -> custom probe p-api, Https :8443"
    );
    assert!(row(&report, "2b.1").starts_with("skip"));
    let mut world = World::healthy();
    world.gateway()["properties"]["probes"] = json!([]);
    let report = down(world, &[("10.2.0.4", TIMEOUT)]);
    for id in ["2a.1", "2a.2"] {
        assert_eq!(
            row(&report, id),
            "gap: settings https-api refer to a probe p-api that the gateway does not have"
        );
    }
    assert_eq!(report.verdict, Verdict::Inconclusive);
    assert_eq!(report.path, ["api/https-api: 1a > 1b > 2a?"]);
}

/// 15: the same rule decides by the port it covers.
#[test]
fn the_port_of_the_probe_counts_on_the_path_and_on_v1_that_of_the_setting() {
    for (tier, port, seen) in [
        ("Standard_v2", "8443", "yes > A (nsg:nsg-backend/one-port)"),
        ("Standard_v2", "443", "no"),
        ("Standard", "8443", "no"),
        ("Standard", "443", "yes > A (nsg:nsg-backend/one-port)"),
    ] {
        let mut world = World::healthy();
        world.gateway()["properties"]["sku"]["tier"] = tier.into();
        world.nsg(
            "nsg-backend",
            &[rule("one-port", 200, "Inbound", "Deny", "*", "*", port)],
        );
        assert_eq!(
            row(&down(world, &[("10.2.0.4", REFUSED)]), "2c-1.1"),
            seen,
            "{tier} {port}"
        );
    }
}

/// 16: a path map is what joins pool and settings here.
#[test]
fn a_pair_of_a_path_map_is_walked() {
    let mut world = World::healthy();
    let rule = world.gateway()["properties"]["requestRoutingRules"][0]["properties"].clone();
    let map =
        json!({"defaultRedirectConfiguration": {"id": "r"}, "pathRules": [{"properties": rule}]});
    world.gateway()["properties"]["urlPathMaps"] = json!([{"name": "pm", "properties": map}]);
    world.gateway()["properties"]["requestRoutingRules"] =
        json!([{"properties": {"urlPathMap": {"id": "/m/pm"}}}]);
    let report = down(world, &[("10.2.0.4", REFUSED)]);
    assert_eq!(report.path, ["api/https-api: 1a > 1b > 2a > 2c > 2c-1 > A"]);
}

#[test]
fn tls_with_the_default_probe_goes_by_2b() {
    let report = default(NAME);
    rows(
        &report,
        &[
            ("2a.1", "yes > 2d (api/https-api)"),
            ("2d.3", "yes > F (api/https-api)"),
        ],
    );
    assert!(row(&report, "2b.1").starts_with("skip"));
    assert_eq!(report.path, ["api/https-api: 1a > 1b > 2a > 2d > F"]);
    let world = probed(&json!({}), &json!(null));
    let report = down(world, &[("10.2.0.4", NAME), ("10.2.0.5", REFUSED)]);
    rows(
        &report,
        &[
            ("2a.1", "yes > 2b, 2d (api/https-api)"),
            ("2b.2", "yes > 2c-1 (api/https-api)"),
            ("2d.3", "yes > F (api/https-api)"),
            ("2c-1.3", "yes > A (api/https-api)"),
        ],
    );
}

/// 18: host 127.0.0.1 is likelier at fault than the path.
#[test]
fn row_2b_1_names_the_host_before_the_path() {
    for code in [404, 400] {
        let report = default(&status(code, "200-399"));
        rows(
            &report,
            &[
                ("2b.1", "yes > B (api/https-api)"),
                ("2b.2", "no"),
                ("2b.3", "no"),
                ("2b.4", "no"),
            ],
        );
        let finding = only(&report);
        assert_eq!(
            brief(finding),
            ("default-probe-status", Some(Letter::B), Confidence::Likely),
            "{code}"
        );
        assert!(
            finding.says.contains("likelier at fault than the path"),
            "{}",
            finding.says
        );
        assert!(
            finding
                .says
                .ends_with("the only server of pool api is down"),
            "{}",
            finding.says
        );
        assert!(
            finding
                .because
                .iter()
                .any(|b| b.contains("127.0.0.1") && b.ends_with("(ControlPlane)"))
        );
        assert!(
            finding.correction.contains("changes the path"),
            "{}",
            finding.correction
        );
    }
    let world = probed(&json!({"hostName": "api.contoso.com"}), &json!(null));
    let report = down(world, &[("10.2.0.4", &status(404, "200-399"))]);
    let finding = only(&report);
    assert_eq!(
        brief(finding),
        ("default-probe-status", Some(Letter::B), Confidence::Likely)
    );
    assert!(finding.says.contains("no such path"), "{}", finding.says);
    for log in [
        status(500, "200-399"),
        status(503, "200-399"),
        REFUSED.to_owned(),
    ] {
        assert_eq!(row(&default(&log), "2b.1"), "no", "{log}");
    }
}

#[test]
fn row_2b_1_calls_a_login_and_a_refusal_by_their_names() {
    let report = default(&status(401, "200-399"));
    assert_eq!(
        brief(only(&report)),
        (
            "default-probe-status",
            Some(Letter::B),
            Confidence::Confirmed
        )
    );
    assert!(only(&report).says.contains("login"));
    let report = default(&status(403, "200-399"));
    assert_eq!(
        brief(only(&report)),
        ("default-probe-status", None, Confidence::Likely)
    );
    assert_eq!(row(&report, "2b.1"), "yes > stop (api/https-api)");
    for site in [
        "shop.azurewebsites.net",
        "Shop.AzureWebsites.US",
        "shop.chinacloudsites.cn",
    ] {
        let report = down(
            probed(&json!({}), &json!(null)),
            &[(site, &status(403, "200-399"))],
        );
        assert_eq!(row(&report, "2b.1"), "yes > 5 (api/https-api)", "{site}");
        assert!(report.findings.is_empty(), "{site}");
    }
    let report = down(
        probed(&json!({}), &json!(null)),
        &[(
            "shop.azurewebsites.net.contoso.com",
            &status(403, "200-399"),
        )],
    );
    assert_eq!(row(&report, "2b.1"), "yes > stop (api/https-api)");
    // A site under a name of its own is known by the person's word.
    let mut world = probed(&json!({}), &json!(null));
    world.said.web_app = Some(id("x/sites/shop"));
    let report = down(world, &[("shop.contoso.com", &status(403, "200-399"))]);
    assert_eq!(row(&report, "2b.1"), "yes > 5 (api/https-api)");
    let log = status(403, "200-399");
    let both = down(
        probed(&json!({}), &json!(null)),
        &[("shop.azurewebsites.net", &log), ("10.2.0.4", &log)],
    );
    assert_eq!(row(&both, "2b.1"), "yes > 5, stop (api/https-api)");
    assert!(
        only(&both)
            .says
            .starts_with("1 of 2 failing servers (10.2.0.4)"),
        "{}",
        only(&both).says
    );
}

/// 19: a time-out has no row in the article; 25 and 26: the path is looked at, and A is advice.
#[test]
fn row_2b_2_takes_both_to_the_network_path() {
    for log in [REFUSED, TIMEOUT] {
        let report = default(log);
        rows(
            &report,
            &[("2b.2", "yes > 2c-1 (api/https-api)"), ("2b.1", "no")],
        );
        assert!(
            report.path[0].starts_with("api/https-api: 1a > 1b > 2a > 2b > 2c-1"),
            "{:?}",
            report.path
        );
    }
    let report = default(REFUSED);
    assert_eq!(
        brief(only(&report)),
        ("backend-not-listening", Some(Letter::A), Confidence::Likely)
    );
    let mut world = probed(&json!({}), &json!(null));
    world.nsg(
        "nsg-backend",
        &[rule("no", 200, "Inbound", "Deny", "*", "*", "400-500")],
    );
    let report = down(world, &[("10.2.0.4", REFUSED)]);
    assert_eq!(
        only(&report).target,
        id("networkSecurityGroups/nsg-backend").as_str()
    );
    assert_eq!(row(&default(&status(404, "200-399")), "2b.2"), "no");
}

/// 20: never C on a 2xx; 21: it is the log that has to say 2xx.
#[test]
fn rows_2b_3_and_2b_4_by_platform_and_by_the_log_alone() {
    for (tier, v1, v2) in [
        ("Standard", "yes > 6a (api/https-api)", "no"),
        ("WAF", "yes > 6a (api/https-api)", "no"),
        ("WAF_v2", "no", "yes > 6a (api/https-api)"),
        ("Basic", "no", "yes > 6a (api/https-api)"),
        (
            "Premium_v9",
            "gap: \"Premium_v9\" is a tier nobody here knows",
            "gap: \"Premium_v9\" is a tier nobody here knows",
        ),
    ] {
        let mut world = probed(&json!({}), &json!(null));
        world.gateway()["properties"]["sku"]["tier"] = tier.into();
        let report = down(world, &[("10.2.0.4", SUCCESS)]);
        rows(&report, &[("2b.3", v1), ("2b.4", v2), ("map.5", "no")]);
        assert_ne!(report.verdict, Verdict::RootCauseFound, "{tier}");
        assert!(
            report
                .findings
                .iter()
                .all(|f| f.letter.is_none() && f.confidence == Confidence::Inconclusive)
        );
        assert_eq!(
            report.findings.iter().filter(|f| f.row.is_some()).count(),
            usize::from(tier != "Premium_v9"),
            "{tier}"
        );
    }
    rows(&default(""), &[("2b.3", "no"), ("2b.4", "no")]);
}

#[test]
fn a_live_member_and_servers_that_fail_otherwise_weaken_it() {
    let log = status(401, "200-399");
    let report = down(
        World::healthy(),
        &[("10.2.0.4", &log), ("10.2.0.5", &status(500, "200-399"))],
    );
    let finding = only(&report);
    assert_eq!(finding.confidence, Confidence::Likely);
    assert!(
        finding
            .says
            .starts_with("1 of 2 failing servers (10.2.0.4)"),
        "{}",
        finding.says
    );
    assert!(
        finding
            .because
            .iter()
            .any(|b| b.contains("1 of the 2") && b.contains("status 500"))
    );
    let mut world = World::healthy();
    world.health(&[("10.2.0.4", "Unhealthy", &log), ("10.2.0.5", "Healthy", "")]);
    let report = world.report();
    assert_eq!(
        brief(only(&report)),
        ("probe-status", Some(Letter::B), Confidence::Inconclusive)
    );
    assert!(only(&report).against[0].contains("live member"));
    assert_eq!(report.verdict, Verdict::Inconclusive);
    // Rules that are not read: whether one uses the pair is not known.
    let mut world = World::healthy();
    world.gateway()["properties"]["routingRules"] = json!([{"name": "l4"}]);
    assert_eq!(
        only(&down(world, &[("10.2.0.4", &log)])).confidence,
        Confidence::Likely
    );
}
