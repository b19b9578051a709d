//! Bundles that are none, answers that make no sense, and readers that go away.
use crate::run::{bundle, bundle_text, command, run, run_with};
use serde_json::{Value, json};
use std::process::Stdio;

#[test]
fn malformed_bundles_name_the_place() {
    let whole: Value = serde_json::from_str(&bundle_text("deny")).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut bundle = whole.clone();
        *bundle.pointer_mut(pointer).unwrap() = value;
        bundle.to_string()
    };
    for (text, why) in [
        (
            "garbage".to_owned(),
            "stdin: bundle: not JSON: expected value at line 1",
        ),
        (String::new(), "stdin: bundle: not JSON: EOF"),
        (
            "[]".to_owned(),
            "stdin: bundle: the file: expected an object",
        ),
        (
            with("/kind", json!("List")),
            "bundle: kind: expected Bundle, found List",
        ),
        (
            with("/apiVersion", json!("v1")),
            "bundle: apiVersion: expected appgwdiag.dev/v1alpha1",
        ),
        (with("/takenAt", json!("now")), "bundle: takenAt: "),
        (
            with("/spec", json!("shop")),
            "bundle: spec: expected an object",
        ),
        (with("/spec", json!({})), "bundle: spec.gateway: missing"),
        (
            with("/spec/gateway", json!({"resourceid": "x"})),
            "bundle: spec.gateway.resourceid: no such field",
        ),
        (
            with(
                "/spec",
                json!({"gateway": {"resourceId": "x"}, "interval": "soon"}),
            ),
            "bundle: spec.interval: 0s, or a duration",
        ),
        (
            with("/exchanges", json!({})),
            "bundle: exchanges: expected a list",
        ),
        (
            with("/exchanges/3", json!(7)),
            "bundle: exchanges[3]: expected an object",
        ),
        (
            with("/exchanges/3/status", json!("ok")),
            "bundle: exchanges[3].status: expected a number from 100 to 599",
        ),
        (
            with("/exchanges/3/path", json!("")),
            "bundle: exchanges[3].path: missing",
        ),
    ] {
        let said = run_with(&["replay", "-"], &text).failed(3);
        assert!(
            said.starts_with("error: ") && said.contains(why),
            "{text}\n{said}"
        );
    }
    let said = run(&["replay", "/nowhere/x.json"]).failed(3);
    assert!(
        said.starts_with("error: /nowhere/x.json: No such file"),
        "{said}"
    );
}

#[test]
fn odd_bodies_end_in_a_verdict_and_never_in_a_panic() {
    let whole: Value = serde_json::from_str(&bundle_text("deny")).unwrap();
    let count = whole["exchanges"].as_array().unwrap().len();
    for at in 0..count {
        for body in [
            json!(null),
            json!([]),
            json!("<html>"),
            json!({"properties": []}),
            json!({"value": 1e300}),
        ] {
            let mut bundle = whole.clone();
            bundle["exchanges"][at]["body"] = body.clone();
            let ended = run_with(&["replay", "-", "-o", "json"], &bundle.to_string());
            assert!([1, 2, 3].contains(&ended.code), "{at} {body}: {ended:?}");
            let object: Value = serde_json::from_str(&ended.out).unwrap();
            assert_eq!(
                object["status"]["rows"].as_object().unwrap().len(),
                60,
                "{at} {body}"
            );
        }
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    for args in [
        &["replay", &bundle("deny"), "-o", "json"][..],
        &["rows", "-o", "json"],
        &["explain", "2c-1.1"],
        &["--help"],
        &["--version"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = command(args)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let code = i32::from(args[0] == "replay");
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command(&["replay", "/nowhere"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3), "nobody hears the complaint");
}
