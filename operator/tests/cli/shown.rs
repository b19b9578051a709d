//! What bundles come to, decided by hand beforehand, and how it is shown.
use crate::run::{bundle, replayed, run, run_with};
use insta::assert_snapshot;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// Bundle, exit code, verdict, first finding with its letter and row, a row and what it must say.
const EXPECTED: [(&str, i32, &str, &str, &str, &str); 17] = [
    (
        "asks",
        2,
        "NeedsInput",
        "",
        "2c-1.2",
        "ask: spec.hints.slowToStart",
    ),
    (
        "by-hand",
        1,
        "RootCauseFound",
        "nsg-deny-probe A 2c-1.1",
        "2c-1.1",
        "yes > A (nsg:nsg-backend/deny-all-in)",
    ),
    (
        "containers",
        3,
        "CannotDiagnose",
        "",
        "1a.1",
        "gap: Application Gateway for Containers",
    ),
    (
        "deny",
        1,
        "RootCauseFound",
        "nsg-deny-probe A 2c-1.1",
        "2c-1.1",
        "yes > A (nsg:nsg-backend/deny-all-in)",
    ),
    (
        "forbidden",
        3,
        "CannotDiagnose",
        "",
        "1a.1",
        "gap: not permitted: Microsoft.Network/applicationGateways/read",
    ),
    ("healthy", 2, "Inconclusive", "", "1b.1", "yes > 3"),
    (
        "incomplete",
        2,
        "Inconclusive",
        "",
        "1b.1",
        "gap: back-end health: not in this bundle",
    ),
    (
        "looks",
        2,
        "Inconclusive",
        "health-unknown  1b.3",
        "1b.3",
        "yes > stop",
    ),
    ("not-found", 3, "CannotDiagnose", "", "1b.6", "yes > stop"),
    (
        "nsg-forbidden",
        2,
        "Inconclusive",
        "",
        "2c-1.1",
        "gap: not permitted: Microsoft.Network/networkSecurityGroups/read",
    ),
    ("odd-id", 3, "CannotDiagnose", "", "", ""),
    (
        "odd-names",
        1,
        "RootCauseFound",
        "nsg-deny-probe A 2c-1.1",
        "1b.2",
        "yes > 2a (a|b`<img src=x>[c](d)/https-api)",
    ),
    ("schedule", 3, "CannotDiagnose", "", "", ""),
    (
        "slow",
        1,
        "RootCauseFound",
        "slow-start B 2c-1.2",
        "2c-1.2",
        "yes > B (api/https-api)",
    ),
    (
        "starting",
        2,
        "WaitingForAzure",
        "",
        "1a.3",
        "wait: Succeeded, Starting",
    ),
    (
        "stopped",
        1,
        "RootCauseFound",
        "gateway-stopped G 1a.2",
        "1a.2",
        "yes > G",
    ),
    (
        "timeout",
        2,
        "Inconclusive",
        "",
        "1a.1",
        "gap: no answer in time",
    ),
];

#[test]
fn every_bundle_comes_to_what_was_expected() {
    let folder = bundle("x").replace("/x.json", "");
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap());
    let expected = EXPECTED.iter().map(|it| format!("{}.json", it.0));
    assert_eq!(names.collect::<BTreeSet<_>>(), expected.collect());

    for (name, code, verdict, first, row, says) in EXPECTED {
        let object: Value = serde_json::from_str(&replayed(name, "json").with(code)).unwrap();
        let status = &object["status"];
        assert_eq!(status["verdict"], verdict, "{name}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let finding = &status["findings"][0];
        let found = ["id", "letter", "row"]
            .map(|part| text(&finding[part]))
            .join(" ");
        assert_eq!(found.trim(), first, "{name}");
        let rows = status["rows"].as_object().unwrap();
        assert_eq!(rows.len(), 60, "{name}");
        if row.is_empty() {
            let skipped = |value: &Value| text(value).starts_with("skip: ");
            assert!(rows.values().all(skipped), "{name}: nothing was walked");
        } else {
            assert!(
                text(&status["rows"][row]).starts_with(says),
                "{name}: {}",
                status["rows"][row]
            );
        }
        let again = replayed(name, "json").with(code);
        assert_eq!(object, serde_json::from_str::<Value>(&again).unwrap());
    }
}

#[test]
fn json_and_yaml_are_the_object_as_the_api_server_would_hold_it() {
    for (name, code, ..) in EXPECTED {
        let json = replayed(name, "json").with(code);
        let object: Value = serde_json::from_str(&json).unwrap();
        let yaml: Value = serde_saphyr::from_str(&replayed(name, "yaml").with(code)).unwrap();
        assert_eq!(object, yaml, "{name}");
        let parts: Vec<&String> = object.as_object().unwrap().keys().collect();
        assert_eq!(parts, ["apiVersion", "kind", "spec", "status"], "{name}");
        let typed: appgw_crds::AppGatewayDiagnosisStatus =
            serde_json::from_value(object["status"].clone()).unwrap();
        assert_eq!(
            serde_json::to_value(typed).unwrap(),
            object["status"],
            "{name}"
        );
        // Every time is that of the bundle, and what says nothing is not there.
        // A plan's content is a text, and of its own form.
        let own = json.lines().filter(|it| !it.contains("\"content\":"));
        let empty = |it: &str| it.contains("[]") || it.contains("null");
        assert_eq!(own.filter(|it| empty(it)).count(), 0, "{name}");
        let times = json
            .lines()
            .filter(|line| line.contains("Time\":") || line.contains("edAt\":"));
        for time in times {
            assert!(time.contains("\"2026-11-22T09:41:00Z\""), "{name}: {time}");
        }
        assert!(json.ends_with("}\n"));
    }
}

#[test]
fn each_format() {
    for (name, code) in [("deny", 1), ("stopped", 1)] {
        for output in ["json", "yaml", "table", "markdown"] {
            assert_snapshot!(
                format!("{name}.{output}"),
                replayed(name, output).with(code)
            );
        }
    }
    for (name, code) in [
        ("asks", 2),
        ("not-found", 3),
        ("nsg-forbidden", 2),
        ("timeout", 2),
        ("odd-id", 3),
    ] {
        assert_snapshot!(format!("{name}.table"), replayed(name, "table").with(code));
    }
    for name in ["containers", "schedule"] {
        assert_snapshot!(format!("{name}.json"), replayed(name, "json").with(3));
    }
    for (name, code) in [("odd-names", 1), ("asks", 2), ("schedule", 3)] {
        assert_snapshot!(
            format!("{name}.markdown"),
            replayed(name, "markdown").with(code)
        );
    }
}

#[test]
fn the_default_is_the_table() {
    assert_eq!(
        run(&["replay", &bundle("deny")]).with(1),
        replayed("deny", "table").with(1)
    );
}

#[test]
fn a_bundle_is_read_from_stdin_and_printed_again_whole() {
    let printed = replayed("deny", "bundle").with(1);
    let again = run_with(&["replay", "-", "-o", "bundle"], &printed).with(1);
    assert_eq!(again, printed);
    let json = run_with(&["replay", "-", "-o", "json"], &printed).with(1);
    assert_eq!(json, replayed("deny", "json").with(1));
}

#[test]
fn nothing_from_azure_is_markup_in_a_ticket() {
    let ticket = replayed("odd-names", "markdown").with(1);
    for line in ticket.lines().filter(|line| line.contains("img")) {
        assert!(line.contains("a\\|b\\`\\<img src=x>\\[c\\](d)"), "{line}");
    }
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let table: Vec<usize> = ticket
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert_eq!(table.len(), 62, "a head, a line and 60 rows");
    assert!(table.iter().all(|bars| *bars == 6), "{table:?}");
}
