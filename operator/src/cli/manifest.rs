//! A manifest, as for `kubectl apply`.
use super::check;
use appgw_crds::{AppGatewayDiagnosisSpec, GROUP, KIND, VERSION};
use serde_json::Value;
use serde_saphyr::UserMessageFormatter;

/// Parts of the object that are not looked at: what is of use here stands in `spec`.
const OTHERS: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];

/// The spec of the one object in the text, or what is wrong with it, a line each.
pub(super) fn spec(text: &str) -> Result<AppGatewayDiagnosisSpec, Vec<String>> {
    let one = |why: String| Err(vec![why]);
    let mut documents = match documents(text) {
        Ok(documents) => documents,
        Err(why) => return one(why),
    };
    match (documents.pop(), documents.len()) {
        (None, _) => one("there is no object in it".to_owned()),
        (Some(document), 0) => check::spec(object(document).map_err(|why| vec![why])?),
        (Some(_), more) => one(format!(
            "{} documents in it; one is diagnosed at a time",
            more + 1
        )),
    }
}

/// Every document in the text, or why it is not YAML.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, String> {
    serde_saphyr::from_multiple(text).map_err(|error| {
        let plain = error.without_snippet();
        plain.render_with_formatter(&UserMessageFormatter)
    })
}

/// The spec of an object of our kind, unchecked, or why it is none.
pub(super) fn object(document: Value) -> Result<Value, String> {
    let Value::Object(mut parts) = document else {
        return Err("not an object: it needs apiVersion, kind and spec".to_owned());
    };
    for (part, wanted) in [
        ("kind", KIND),
        ("apiVersion", &format!("{GROUP}/{VERSION}")),
    ] {
        match parts.get(part).and_then(Value::as_str) {
            Some(found) if found == wanted => {}
            Some(found) => return Err(format!("{part}: expected {wanted}, found {found}")),
            None => return Err(format!("{part}: missing; expected {wanted}")),
        }
    }
    let spec = parts.remove("spec");
    if let Some((part, _)) = parts
        .iter()
        .find(|(part, _)| !OTHERS.contains(&part.as_str()))
    {
        return Err(format!(
            "{part}: no such field; there are metadata and spec"
        ));
    }
    spec.filter(|spec| !spec.is_null())
        .ok_or_else(|| "spec: missing".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: appgwdiag.dev/v1alpha1\nkind: AppGatewayDiagnosis\n";
    const SPEC: &str = "spec: {gateway: {resourceId: /subscriptions/s}, interval: 15m}\n";

    fn wrong(text: &str) -> String {
        spec(text).unwrap_err().join("\n")
    }

    #[test]
    fn one_object_also_after_a_marker_or_as_json_or_as_a_cluster_prints_it() {
        let plain = spec(&format!("{HEAD}metadata: {{name: shop}}\n{SPEC}")).unwrap();
        assert_eq!(plain.interval.as_deref(), Some("15m"));
        let json = r#"{"kind": "AppGatewayDiagnosis", "apiVersion": "appgwdiag.dev/v1alpha1",
            "status": {"verdict": "Healthy"}, "spec": {"gateway": {"resourceId": "/subscriptions/s"}, "interval": "15m"}}"#;
        for text in [
            format!("---\n{HEAD}{SPEC}---\n"),
            format!("# x\n{HEAD}{SPEC}...\n"),
            json.to_owned(),
        ] {
            assert_eq!(spec(&text).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn what_is_no_such_object_is_named() {
        for (text, why) in [
            (String::new(), "there is no object"),
            ("---\n---\n".to_owned(), "there is no object"),
            ("- a\n".to_owned(), "not an object"),
            (format!("{HEAD}{SPEC}---\n{HEAD}{SPEC}"), "2 documents"),
            (
                "apiVersion: v1\nkind: List\nitems: []\n".to_owned(),
                "kind: expected AppGatewayDiagnosis, found List",
            ),
            (SPEC.to_owned(), "kind: missing"),
            (
                HEAD.replace("v1alpha1", "v1") + SPEC,
                "apiVersion: expected appgwdiag.dev/v1alpha1, found appgwdiag.dev/v1",
            ),
            (HEAD.to_owned(), "spec: missing"),
            (format!("{HEAD}spec:\n"), "spec: missing"),
            (
                format!("{HEAD}spec: shop\n"),
                "spec: expected a map, found a text",
            ),
            (
                HEAD.to_owned() + &SPEC.replace("spec", "sepc"),
                "sepc: no such field",
            ),
            (format!("{HEAD}{SPEC}{SPEC}"), "duplicate"),
            (format!("{HEAD}spec: {{"), "line"),
        ] {
            assert!(wrong(&text).contains(why), "{text}\n{}", wrong(&text));
        }
    }
}
