//! What must not be kept, taken out at the one door that facts pass.
//!
//! Everything that leaves this process (status, events, logs, bundles) is made from exchanges that
//! came through here. Doing it twice changes nothing.
mod words;

use serde_json::{Map, Value};
pub(crate) use words::scrub;

/// What stands in place of a secret.
pub(crate) const GONE: &str = "REDACTED";

/// Response headers that are kept. Not `Location` and its like: operation URLs are signed.
const HEADERS: [&str; 8] = [
    "content-type",
    "etag",
    "retry-after",
    "x-ms-correlation-request-id",
    "x-ms-failure-cause",
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-request-id",
    "x-ms-retry-after-ms",
];

/// Lists whose `data` is a public certificate: what back ends and clients are checked against.
const PUBLIC: [&str; 3] = [
    "trustedrootcertificates",
    "trustedclientcertificates",
    "authenticationcertificates",
];

/// Endings of the names of members that hold secrets.
const SECRET: [&str; 20] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "credential",
    "credentials",
    "connectionstring",
    "sharedkey",
    "accesskey",
    "accountkey",
    "apikey",
    "authorizationkey",
    "primarykey",
    "secondarykey",
    "privatekey",
    "masterkey",
    "instrumentationkey",
    "sharedaccesssignature",
    "sasuri",
    "pfxblob",
];

/// Tags whose values tell who owns a gateway. The values of all others are nobody's business here.
const TAGS: [&str; 9] = [
    "managed-by-k8s-ingress",
    "ingress-for-aks-cluster-id",
    "last-updated-by-k8s-ingress",
    "managedby",
    "managed-by",
    "managed_by",
    "provisioner",
    "terraform",
    "enhancednetworkcontrol",
];

/// Headers whose rewritten value is configuration and no secret.
const REWRITTEN: [&str; 10] = [
    "host",
    "location",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-original-host",
    "x-original-url",
    "strict-transport-security",
    "connection",
];

/// Whether a response header may be kept.
pub(crate) fn keeps_header(name: &str) -> bool {
    HEADERS.iter().any(|kept| kept.eq_ignore_ascii_case(name))
}

/// Take the secrets out of a body.
pub(crate) fn body(value: &mut Value) {
    walk(value, "");
}

/// `list` is the name of the collection that the value is in.
fn walk(value: &mut Value, list: &str) {
    match value {
        Value::String(text) => {
            if let Some(clean) = scrub(text) {
                *text = clean;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| walk(one, list)),
        Value::Object(members) => object(members, list),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn object(members: &mut Map<String, Value>, list: &str) {
    let rewritten = members
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("headerName"))
        .map(|(_, value)| is_one_of(&REWRITTEN, value.as_str().unwrap_or_default()));
    for (name, value) in members {
        let name = name.to_ascii_lowercase();
        let hides = SECRET.iter().any(|ending| name.ends_with(ending))
            || (name == "data" && value.is_string() && !PUBLIC.contains(&list))
            // As an object it is what an activity log says about a right.
            || (name == "authorization" && value.is_string())
            || (name == "headervalue" && rewritten == Some(false));
        if hides {
            blank(value);
        } else if name == "tags" {
            tags(value);
        } else {
            let inner = if value.is_array() {
                name.as_str()
            } else {
                list
            };
            walk(value, inner);
        }
    }
}

fn tags(value: &mut Value) {
    match value {
        Value::Object(tags) => {
            for (name, value) in tags {
                if is_one_of(&TAGS, name) {
                    walk(value, "");
                } else {
                    blank(value);
                }
            }
        }
        other => blank(other),
    }
}

/// Texts and numbers give way; empty texts, what is true or false and the shape stay.
fn blank(value: &mut Value) {
    match value {
        Value::String(text) if text.is_empty() => {}
        Value::String(_) | Value::Number(_) => *value = Value::String(GONE.to_owned()),
        Value::Array(all) => all.iter_mut().for_each(blank),
        Value::Object(members) => members.values_mut().for_each(blank),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A gateway with a canary in every place that could hold a secret, and what must survive.
    fn planted() -> Value {
        json!({
            "tags": {"contact": "CANARY-1", "managed-by-k8s-ingress": "true"},
            "properties": {
                "sslCertificates": [{"name": "c", "properties":
                    {"data": "CANARY-2", "password": "CANARY-3", "keyVaultSecretId": "https://v/secrets/c"}}],
                "trustedRootCertificates": [{"properties": {"data": "MIIC-public"}}],
                "authenticationCertificates": [{"properties": {"data": "MIIC-leaf"}}],
                "trustedClientCertificates": [{"properties":
                    {"data": "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCANARY-4"}}],
                "rewriteRuleSets": [{"properties": {"rewriteRules": [{"actionSet": {
                    "requestHeaderConfigurations": [
                        {"headerName": "X-Api", "headerValue": "CANARY-5"},
                        {"headerName": "Host", "headerValue": "shop.internal"}]}}]}}],
                "customErrorConfigurations": [{"customErrorPageUrl":
                    "https://a.blob.core.windows.net/p?sv=2020&sig=CANARY-6&se=x"}],
                "probes": [{"properties": {"path": "/h?token=CANARY-7&a=b"}}],
                "servers": [{"healthProbeLog": "got Authorization: Bearer CANARY-8-abcdefgh, 401"}],
                "workspace": {"primarySharedKey": "CANARY-9", "nested": {"clientSecret": {"value": "CANARY-10"}}},
                "timeseries": [{"data": [{"maximum": 1}]}],
                "headers": {"Authorization": "CANARY-11"},
                "authorization": {"action": "a/b/listKeys/action"},
            },
        })
    }

    #[test]
    fn a30_planted_secrets_go_and_everything_else_stays() {
        let mut value = planted();
        body(&mut value);
        let text = value.to_string();
        assert!(!text.contains("CANARY"), "{text}");
        for kept in [
            "https://v/secrets/c",
            "MIIC-public",
            "MIIC-leaf",
            "shop.internal",
            "sv=2020",
            "/h?token=REDACTED&a=b",
            "\"maximum\":1",
            "a/b/listKeys/action",
            "\"managed-by-k8s-ingress\":\"true\"",
            ", 401",
        ] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        let once = value.clone();
        body(&mut value);
        assert_eq!(value, once, "twice is once");
    }

    #[test]
    fn headers_are_kept_by_name_only() {
        assert!(keeps_header("Content-Type") && keeps_header("retry-after"));
        for name in [
            "Authorization",
            "Location",
            "azure-asyncoperation",
            "set-cookie",
        ] {
            assert!(!keeps_header(name));
        }
    }
}
