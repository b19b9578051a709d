//! Manifests, by file and by stdin, and what in them keeps the plugin from asking.
use crate::run::{GATEWAY, run, run_with};
use serde_json::{Value, json};
use std::fs;

/// Nobody is asked: the object is printed before any login.
fn printed(args: &[&str], manifest: &str) -> Value {
    let text = run_with(args, manifest).with(3);
    serde_json::from_str(&text).unwrap()
}

fn manifest(spec: &str) -> String {
    format!(
        "apiVersion: appgwdiag.dev/v1alpha1\nkind: AppGatewayDiagnosis\nmetadata: {{name: shop-502, namespace: edge}}\nspec:\n  gateway: {{resourceId: {GATEWAY}}}\n{spec}"
    )
}

const STDIN: [&str; 5] = ["diagnose", "-f", "-", "-o", "json"];

#[test]
fn a_field_that_is_not_obeyed_ends_before_anybody_is_asked() {
    for (spec, field) in [
        ("  rollback: Automatic\n", "rollback: Automatic"),
        (
            "  identity: {reader: {serviceAccountRef: {name: r}}}\n",
            "identity",
        ),
    ] {
        let object = printed(&STDIN, &manifest(spec));
        let status = &object["status"];
        assert_eq!(status["verdict"], "CannotDiagnose");
        assert_eq!(status["conclusion"], format!("{field}: not built yet"));
        assert_eq!(status["lastRun"]["azureCalls"], 0);
        let ready = &status["conditions"][1];
        assert_eq!(
            (&ready["type"], &ready["status"], &ready["reason"]),
            (&json!("Ready"), &json!("False"), &json!("InvalidSpec"))
        );
    }
}

#[test]
fn flags_are_part_of_the_spec_and_count_before_the_manifest() {
    for (flag, value, part, held) in [
        ("--scheme", "HTTPS", "/request/scheme", json!("Https")),
        (
            "--host",
            "shop.contoso.com",
            "/request/host",
            json!("shop.contoso.com"),
        ),
        ("--path", "/cart", "/request/path", json!("/cart")),
        ("--port", "443", "/request/port", json!(443)),
        ("--window", "2h", "/window", json!("2h")),
    ] {
        // Of another product, so that no login is needed to say so.
        let other = GATEWAY.replace("applicationGateways", "loadBalancers");
        let args = [
            "diagnose",
            "--resource-id",
            &other,
            flag,
            value,
            "-o",
            "json",
        ];
        let object = printed(&args, "");
        assert_eq!(object["spec"].pointer(part), Some(&held), "{flag}");
        assert_eq!(object["spec"]["gateway"]["resourceId"], other);
        let conclusion = object["status"]["conclusion"].as_str().unwrap();
        assert!(!conclusion.contains("not built yet"), "{conclusion}");
        let args = [&STDIN[..], &[flag, value]].concat();
        let said = "  mode: Review\n  allowedResolutions: [A]\n  window: 3h\n  \
            request: {scheme: Http, host: a, path: /, port: 1}\n";
        let over = printed(&args, &manifest(said));
        assert_eq!(over["spec"].pointer(part), Some(&held), "{flag}");
    }
}

#[test]
fn what_cannot_be_diagnosed_at_all_is_still_an_object() {
    for (id, why) in [
        ("shop", "the id names no resource"),
        (
            "/subscriptions/7c0e1f52-6a3b-4c1d-9e8f-000000000001",
            "the id names no resource",
        ),
        (
            &GATEWAY.replace(
                "Microsoft.Network/applicationGateways",
                "Microsoft.ServiceNetworking/trafficControllers",
            ),
            "Application Gateway for Containers",
        ),
        (
            &GATEWAY.replace("applicationGateways", "loadBalancers"),
            "microsoft.network/loadbalancers is not an Application Gateway",
        ),
        (
            &GATEWAY.replace("/resourceGroups/rg-edge", ""),
            "gateway.resourceId: expected an Azure resource id",
        ),
        (
            &GATEWAY.replace("rg-edge", "rg/../rg-edge"),
            "gateway.resourceId: expected an Azure resource id",
        ),
        (
            &GATEWAY.replace("shop", &"x".repeat(1000)),
            "gateway.resourceId: expected an Azure resource id",
        ),
    ] {
        // Not even a login that cannot work is in the way.
        let args = [
            "diagnose",
            "--resource-id",
            id,
            "--auth",
            "workload",
            "-o",
            "json",
        ];
        let object = printed(&args, "");
        assert_eq!(object["status"]["verdict"], "CannotDiagnose", "{id}");
        let conclusion = object["status"]["conclusion"].as_str().unwrap();
        assert!(conclusion.contains(why), "{id}: {conclusion}");
    }
}

#[test]
fn an_id_is_taken_as_people_copy_it() {
    let other = GATEWAY.replace("applicationGateways", "loadBalancers");
    let args = [
        "diagnose",
        "--resource-id",
        &format!(" {other}/ "),
        "-o",
        "json",
    ];
    assert_eq!(printed(&args, "")["spec"]["gateway"]["resourceId"], other);
}

#[test]
fn what_the_api_server_would_refuse_is_refused_here() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    let name = file.to_str().unwrap();
    for (text, why) in [
        (
            manifest("  intervall: 1h\n"),
            "spec.intervall: no such field",
        ),
        (
            manifest("  hints: {slowStart: true}\n"),
            "spec.hints.slowStart: no such field",
        ),
        (
            manifest("  interval: soon\n"),
            "spec.interval: 0s, or a duration",
        ),
        (
            manifest("  interval: 1h\n  schedule: {cron: 0 6 * * *}\n"),
            "spec: interval or schedule, not both",
        ),
        (
            manifest("  allowedResolutions: [A]\n"),
            "spec: allowedResolutions needs mode Review",
        ),
        (
            manifest("  request: {port: 70000}\n"),
            "spec.request.port: at most 65535",
        ),
        (manifest("") + "---\n" + &manifest(""), "2 documents in it"),
        (
            "apiVersion: v1\nkind: Pod\n".to_owned(),
            "kind: expected AppGatewayDiagnosis, found Pod",
        ),
        (
            "a: [\n".to_owned(),
            "unclosed bracket '[' at line 1, column 4",
        ),
        (String::new(), "there is no object in it"),
    ] {
        fs::write(&file, &text).unwrap();
        let said = run(&["diagnose", "-f", name]).failed(3);
        assert!(
            said.starts_with(&format!("error: {name}: ")) && said.contains(why),
            "{text}\n{said}"
        );
    }
    let said = run(&["diagnose", "-f", "/nowhere/x.yaml"]).failed(3);
    assert!(said.contains("/nowhere/x.yaml: No such file"), "{said}");
    let said = run_with(&["diagnose", "-f", "-"], "x: \u{1b}[31m\n").failed(3);
    assert!(
        said.starts_with("error: stdin: ") && !said.contains('\u{1b}'),
        "{said}"
    );
}
