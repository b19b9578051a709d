//! The catalogue: rows and findings, for people and for programs.
use crate::run::{bundle, run};
use insta::assert_snapshot;
use serde_json::Value;
use std::fs;

#[test]
fn rows_are_listed_in_the_articles_order_and_nothing_is_null() {
    let text = run(&["rows", "-o", "json"]).with(0);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(rows.len(), 60);
    for row in &rows {
        let fields = row.as_object().unwrap();
        let names: std::collections::BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        assert!(names.into_iter().eq([
            "asks",
            "correction",
            "id",
            "leadsTo",
            "permissions",
            "says",
            "step"
        ]));
        for field in ["id", "step", "says", "correction"] {
            assert!(row[field].is_string(), "{row}");
        }
        for field in ["leadsTo", "asks", "permissions"] {
            let all = row[field].as_array().unwrap();
            assert!(all.iter().all(Value::is_string), "{row}");
        }
        assert!(!row["leadsTo"].as_array().unwrap().is_empty(), "{row}");
    }
    let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(ids[..6], ["1a.1", "1a.2", "1a.3", "1a.4", "1a.5", "1b.1"]);
    assert_eq!(ids[57..], ["map.10", "map.11", "map.12"]);
    let at = |id: &str| ids.iter().position(|it| *it == id);
    assert!(
        at("2c.4") < at("2c-1.1") && at("2c-1.3") < at("2d.1"),
        "not as text"
    );
    let yaml: Vec<Value> = serde_saphyr::from_str(&run(&["rows", "-o", "yaml"]).with(0)).unwrap();
    assert_eq!(yaml, rows);
}

#[test]
fn rows_of_one_step() {
    for step in ["2c-1", "2C-1"] {
        let text = run(&["rows", step, "-o", "json"]).with(0);
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        let ids: Vec<&Value> = rows.iter().map(|row| &row["id"]).collect();
        assert_eq!(ids, ["2c-1.1", "2c-1.2", "2c-1.3"]);
    }
    assert_snapshot!("rows.json", run(&["rows", "2c-1", "-o", "json"]).with(0));
    assert_snapshot!("rows.table", run(&["rows"]).with(0));
    assert_snapshot!(
        "rows.markdown",
        run(&["rows", "1a", "-o", "markdown"]).with(0)
    );
}

#[test]
fn rows_are_explained() {
    for id in [
        "1a.1", "1a.2", "1a.3", "1a.4", "1a.5", "1b.1", "1b.2", "1b.3", "1b.4", "1b.5", "1b.6",
        "2c-1.1", "2c-1.2", "2c-1.3",
    ] {
        assert_snapshot!(format!("explain.{id}"), run(&["explain", id]).with(0));
    }
    assert!(
        run(&["explain", "MAP.5"])
            .with(0)
            .contains("management ports")
    );
}

#[test]
fn findings_are_explained() {
    assert_snapshot!(
        "explain.finding",
        run(&["explain", "nsg-deny-probe"]).with(0)
    );
    let by_event = run(&["explain", "NsgDenyProbe"]).with(0);
    assert_eq!(by_event, run(&["explain", "nsg-deny-probe"]).with(0));
    assert!(
        run(&["explain", "default-route-astray"])
            .with(0)
            .contains("no letter of the article mends it")
    );
}

#[test]
fn resolutions_and_their_methods_are_explained() {
    for name in ["A", "A.3"] {
        assert_snapshot!(format!("explain.{name}"), run(&["explain", name]).with(0));
        let lower = run(&["explain", &name.to_lowercase()]).with(0);
        assert_eq!(lower, run(&["explain", name]).with(0));
        assert!(
            lower.contains("Methods") || lower.contains("Done by"),
            "{lower}"
        );
    }
    for letter in ["A", "B", "C", "D", "E", "F", "G", "H", "I"] {
        let page = run(&["explain", letter]).with(0);
        assert!(page.contains(&format!("{letter}.1: ")), "{page}");
    }
}

#[test]
fn explanations_are_markdown_for_tickets() {
    for name in ["2c-1.1", "nsg-deny-probe", "A", "A.3"] {
        let page = run(&["explain", name, "-o", "markdown"]).with(0);
        assert_snapshot!(format!("explain.markdown.{name}"), page);
    }
}

/// What is said of a finding holds for every one that a bundle comes to.
#[test]
fn findings_are_what_they_are_explained_to_be() {
    let folder = bundle("x").replace("/x.json", "");
    let mut seen = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let object: Value =
            serde_json::from_str(&run(&["replay", path.to_str().unwrap(), "-o", "json"]).out)
                .unwrap();
        for finding in object["status"]["findings"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let page = run(&["explain", finding["id"].as_str().unwrap()]).with(0);
            let letter = finding["letter"].as_str().unwrap_or("none");
            assert!(page.contains(&format!("\nResolution  {letter}")), "{page}");
            assert!(
                page.contains(&format!("{}: ", finding["row"].as_str().unwrap())),
                "{page}"
            );
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}
