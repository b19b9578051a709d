//! `lint`: a manifest before it is applied.
use crate::run::{GATEWAY, run, run_with};
use serde_json::Value;

fn manifest(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: appgwdiag.dev/v1alpha1\nkind: AppGatewayDiagnosis\nmetadata: {{name: {name}, namespace: edge}}\n\
         spec:\n  gateway: {{resourceId: {GATEWAY}-{name}}}\n{spec}"
    )
}

#[test]
fn clean_is_0_and_remarks_are_1() {
    let clean = manifest("shop", "  interval: 15m\n");
    assert_eq!(
        run_with(&["lint", "-"], &clean).with(0),
        "OK       edge/shop\n"
    );
    assert_eq!(
        run_with(&["lint", "-", "-o", "json"], &clean).with(0),
        "[]\n"
    );

    let both = format!(
        "{clean}---\n{}",
        manifest(
            "other",
            "  interval: 2h\n  request: {scheme: Https, port: 80}\n"
        )
    );
    let table = run_with(&["lint", "-"], &both).with(1);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert_eq!(lines[0], "OK       edge/shop");
    assert!(
        lines[1].starts_with("REMARK   edge/other: spec.request.port: Https on port 80"),
        "{table}"
    );
    assert!(
        lines[2].starts_with("REMARK   edge/other: spec.window: "),
        "{table}"
    );

    let list: Vec<Value> =
        serde_json::from_str(&run_with(&["lint", "-", "-o", "json"], &both).with(1)).unwrap();
    let fields: Vec<&String> = list[0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["document", "field", "level", "object", "says"]);
    assert_eq!(
        (&list[1]["document"], &list[1]["level"]),
        (&Value::from(2), &Value::from("remark"))
    );
}

#[test]
fn what_would_be_refused_is_a_remark_too_and_every_one_is_said() {
    let text = manifest(
        "shop",
        "  intervall: 1h\n  request: {host: '*.contoso.com'}\n",
    ) + "---\n"
        + &manifest("other", "  rollback: Automatic\n");
    let table = run_with(&["lint", "-"], &text).with(1);
    for line in [
        "INVALID  edge/shop: spec.intervall: no such field",
        "INVALID  edge/shop: spec.request.host: a host name",
        "REFUSED  edge/other: spec: rollback: Automatic: not built yet",
    ] {
        assert!(table.contains(line), "{table}");
    }
}

#[test]
fn what_cannot_be_read_is_3() {
    for (text, why) in [
        ("a: [\n", "unclosed bracket"),
        ("", "there is no object in it"),
        (
            "apiVersion: v1\nkind: List\nitems: []\n",
            "there is no object in it",
        ),
    ] {
        let said = run_with(&["lint", "-"], text).failed(3);
        assert!(
            said.starts_with("error: stdin: ") && said.contains(why),
            "{said}"
        );
    }
    let said = run(&["lint", "/nowhere/x.yaml"]).failed(3);
    assert!(said.contains("/nowhere/x.yaml: No such file"), "{said}");
    assert!(run(&["lint"]).failed(64).contains("<FILE>"));
    assert!(
        run(&["lint", "-", "-o", "yaml"])
            .failed(64)
            .contains("invalid value 'yaml'")
    );
}

#[test]
fn a_terminal_is_told_nothing_by_a_manifest() {
    let text =
        manifest("shop", "  window: \"\\e[31m\"\n").replace("name: shop", "name: \"\\e[2J\"");
    let table = run_with(&["lint", "-"], &text).with(1);
    assert!(
        table.contains("INVALID") && !table.contains('\u{1b}'),
        "{table}"
    );
}
