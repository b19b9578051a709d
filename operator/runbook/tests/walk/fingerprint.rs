//! Step 6b: who answered.
use crate::{
    failures::logged,
    row::{failing, found, no, seen, unclear, way, well, yes},
};
use appgw_runbook::{facts::Gap, id::Subject, report::Confidence, step::Next};
use serde_json::{Value, json};

const NO_LIVE: &str = "ERRORINFO_UPSTREAM_NO_LIVE";
const TIMED_OUT: &str = "ERRORINFO_UPSTREAM_TIMED_OUT";
const CLOSED: &str = "ERRORINFO_UPSTREAM_CLOSED_CONNECTION";
const FINE: &str = "ERRORINFO_NO_ERROR";
const REFUSED: &str = crate::world::REFUSED;

fn pair() -> Subject {
    Subject::Pair {
        pool: "api".into(),
        setting: "https-api".into(),
    }
}

#[test]
fn no_server_reached_agrees_with_1b_or_is_of_the_past() {
    let mut world = logged(&[failing(502, 0, NO_LIVE, false, 212, 0.004), well(4098)]);
    let sighting = yes(&world, "6b.1");
    assert_eq!(
        (&sighting.subject, sighting.next),
        (&pair(), Some(Next::Stop))
    );
    let finding = found(&world, "6b.1");
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("no-live-backend-then", None, Confidence::Inconclusive)
    );
    assert_eq!(
        finding.says,
        "Pool api had no live member (2026-11-25T09:12:00Z to 2026-11-25T09:20:00Z), and has 1 of 1 now"
    );
    assert!(finding.correction.contains("A to F"));
    for other in ["6b.2", "6b.3", "6b.4"] {
        no(&world, other);
    }
    world.health(&[("10.2.0.4", "Unhealthy", REFUSED)]);
    let sighting = yes(&world, "6b.1");
    assert_eq!(sighting.finding, None);
    assert_eq!(
        sighting.evidence,
        "212 x 502 ERRORINFO_UPSTREAM_NO_LIVE, at most 0.0 s, 2026-11-25T09:12:00Z to 2026-11-25T09:20:00Z; 212 of 4,310 requests failed (502: 212), no server reached: agrees with 1b"
    );
    world.health(&[]);
    assert!(
        yes(&world, "6b.1").evidence.ends_with("agrees with 1b"),
        "an empty pool"
    );
    for (word, health) in [
        ("Unknown", "whether a member is live now is not known"),
        ("Sideways", "whether a member is live now is not known"),
    ] {
        world.health(&[("10.2.0.4", word, "")]);
        let sighting = yes(&world, "6b.1");
        assert!(
            sighting.evidence.ends_with(health) && sighting.finding.is_none(),
            "{}",
            sighting.evidence
        );
    }
    world.answer_health(Err(Gap::TimedOut));
    assert!(yes(&world, "6b.1").evidence.ends_with("is not known"));
}

#[test]
fn no_server_is_also_what_the_columns_say_together_and_never_what_v1_leaves_out() {
    let mut world = logged(&[failing(502, 0, "", false, 7, 0.0), well(1)]);
    yes(&world, "6b.1");
    // Several pairs, and one that the log does not name.
    let mut nameless = failing(502, 0, NO_LIVE, false, 1, 0.0);
    nameless["Pool"] = json!("-");
    let mut other = failing(502, 0, NO_LIVE, false, 2, 0.0);
    other["Pool"] = json!("b");
    world.log(&[failing(502, 0, NO_LIVE, false, 7, 0.0), other, nameless]);
    let all = seen(&world, "6b.1").unwrap();
    let subjects: Vec<String> = all.iter().map(|s| s.subject.to_string()).collect();
    assert_eq!(subjects, ["gateway", "api/https-api", "b/https-api"]);
    // Not what the gateway has another word for, nor another status.
    for line in [
        failing(502, 0, CLOSED, false, 7, 0.0),
        failing(502, 0, CLOSED, true, 7, 0.0),
        failing(502, 0, "ERRORINFO_INVALID_HEADER", false, 7, 0.0),
        failing(503, 0, "", false, 7, 0.0),
        failing(502, 0, "", true, 7, 0.0),
    ] {
        let world = logged(&[line, well(1)]);
        for row in ["6b.1", "6b.2", "6b.3"] {
            no(&world, row);
        }
    }
    for tier in ["WAF", "Gold"] {
        let mut world = logged(&[failing(502, 0, "", false, 7, 3.0), well(1)]);
        world.gateway()["properties"]["sku"]["tier"] = json!(tier);
        for row in ["6b.1", "6b.2", "6b.3"] {
            assert_eq!(
                unclear(&world, row),
                "the log does not say whether a server answered 7 x 502",
                "{tier} {row}"
            );
        }
    }
    let mut unsaid = failing(502, 0, "", false, 7, 0.0);
    unsaid["Routed"] = json!(null);
    assert!(unclear(&logged(&[unsaid]), "6b.1").contains("7 x 502"));
}

#[test]
fn a_time_out_is_that_of_the_setting_and_not_of_the_probe() {
    let mut world = logged(&[failing(504, 0, TIMED_OUT, true, 30, 20.01), well(70)]);
    assert_eq!(way(&world, "6b.2"), Next::Stop);
    assert_eq!(yes(&world, "6b.2").subject, pair());
    let finding = found(&world, "6b.2");
    assert_eq!(
        (finding.id, finding.letter, finding.confidence),
        ("backend-timeout", None, Confidence::Likely)
    );
    assert!(
        finding.says.contains("30 x 504")
            && finding.says.contains("20 s that setting https-api allows"),
        "{}",
        finding.says
    );
    assert!(finding.correction.contains("requestTimeout"));
    assert!(
        finding
            .because
            .iter()
            .any(|fact| fact == "requestTimeout of https-api is 20 s (ControlPlane)"),
        "{:?}",
        finding.because
    );
    for other in ["6b.1", "6b.3", "6b.4"] {
        no(&world, other);
    }
    // The status alone, at the setting's own time; and a second member tried after the first.
    for (timeout, taken, holds) in [
        (180, 180.2, true),
        (180, 20.0, false),
        (180, 360.1, true),
        (180, 500.0, false),
        (20, 19.0, true),
        (20, 18.9, false),
    ] {
        world.log(&[failing(504, 0, "", true, 30, taken), well(70)]);
        world.gateway()["properties"]["backendHttpSettingsCollection"][0]["properties"]["requestTimeout"] =
            json!(timeout);
        if holds {
            assert_eq!(
                found(&world, "6b.2").confidence,
                Confidence::Likely,
                "{timeout} {taken}"
            );
        } else {
            no(&world, "6b.2");
        }
    }
    // The gateway's word holds, but the time is not that of the setting.
    world.log(&[failing(504, 0, TIMED_OUT, true, 30, 3.0), well(70)]);
    assert_eq!(found(&world, "6b.2").confidence, Confidence::Inconclusive);
    // A setting that is gone: the gateway's word alone.
    world.gateway()["properties"]["backendHttpSettingsCollection"] = json!([]);
    assert_eq!(found(&world, "6b.2").confidence, Confidence::Likely);
    // On v2 a 502 at that time is odd.
    let world = logged(&[failing(502, 0, "", true, 30, 20.0), well(70)]);
    assert_eq!(found(&world, "6b.2").confidence, Confidence::Inconclusive);
}

#[test]
fn v1_answers_a_time_out_with_502_and_counts_milliseconds() {
    for (taken, holds) in [(20_010.0, true), (20.01, false)] {
        let mut world = logged(&[failing(502, 0, "", false, 30, taken), well(70)]);
        world.gateway()["properties"]["sku"]["tier"] = json!("Standard");
        if holds {
            let finding = found(&world, "6b.2");
            assert_eq!(finding.confidence, Confidence::Likely);
            assert!(
                finding.because[0].contains("at most 20.0 s"),
                "{:?}",
                finding.because
            );
            no(&world, "6b.1");
        } else {
            assert!(unclear(&world, "6b.2").contains("30 x 502"));
        }
    }
}

#[test]
fn what_the_back_end_answered_itself_is_its_own() {
    for (status, server, error, sure) in [
        (502, 502, FINE, Confidence::Confirmed),
        (503, 503, FINE, Confidence::Confirmed),
        (502, 502, "", Confidence::Likely),
        (502, 500, FINE, Confidence::Likely),
    ] {
        let world = logged(&[failing(status, server, error, true, 30, 0.2), well(70)]);
        let finding = found(&world, "6b.3");
        assert_eq!(
            (finding.id, finding.letter, finding.confidence),
            ("backend-error-relayed", None, sure),
            "{status} {server} {error}"
        );
        assert_eq!(way(&world, "6b.3"), Next::Stop);
        no(&world, "6b.1");
        no(&world, "6b.2");
    }
    for server in [0, 200, 404] {
        no(
            &logged(&[failing(502, server, FINE, true, 30, 0.2), well(70)]),
            "6b.3",
        );
    }
}

#[test]
fn the_smaller_part_of_the_failures_explains_the_others_not() {
    let world = logged(&[
        failing(502, 502, FINE, true, 30, 0.2),
        failing(502, 0, NO_LIVE, false, 31, 0.0),
        failing(504, 0, TIMED_OUT, true, 29, 20.0),
        well(10),
    ]);
    for row in ["6b.2", "6b.3"] {
        let finding = found(&world, row);
        assert_eq!(finding.confidence, Confidence::Inconclusive, "{row}");
        assert!(
            finding.against[0].contains("of 90 failures are of another kind"),
            "{:?}",
            finding.against
        );
    }
    let world = logged(&[
        failing(502, 502, FINE, true, 30, 0.2),
        failing(502, 0, NO_LIVE, false, 30, 0.0),
    ]);
    assert_eq!(found(&world, "6b.3").confidence, Confidence::Confirmed);
}

#[test]
fn one_instance_among_several_is_a_hint() {
    let line = |count, instances| {
        let mut line = failing(502, 0, CLOSED, true, count, 0.0);
        line["ErrorInfo"] = json!(NO_LIVE);
        line["Instances"] = json!(instances);
        line
    };
    let says = |lines: &[Value]| {
        yes(&logged(lines), "6b.1")
            .evidence
            .contains("all on one of 3 instances")
    };
    assert!(says(&[line(10, 1), well(70)]));
    assert!(!says(&[line(9, 1), well(70)]), "chance");
    assert!(!says(&[line(10, 2), well(70)]));
    let mut listener = line(10, 1);
    listener["Listener"] = json!("second");
    assert!(
        !says(&[line(10, 1), listener, well(70)]),
        "each may be of another one"
    );
}
