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

/// Members that nothing here reads, of an activity log: who somebody is, by his token, and why he may.
const DROPPED: [&str; 2] = ["claims", "evidence"];

/// Members that are hidden whole, with all that is in them: settings of an application, what was sent
/// to a service and what it sent back (as text, often cut off), and from where.
const WHOLE: [&str; 10] = [
    "appcommandline",
    "appsettings",
    "appsettingsoverrides",
    "clientipaddress",
    "connectionstrings",
    "ftpusername",
    "machinekey",
    "publishingusername",
    "requestbody",
    "responsebody",
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
            if let Some(clean) = inside(text) {
                *text = clean;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| walk(one, list)),
        Value::Object(members) => object(members, list),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text without secrets; `None` where there is nothing to take out. A text may be a document of
/// its own: the error of an operation in an activity log is one.
fn inside(text: &str) -> Option<String> {
    if text.trim_start().starts_with(['{', '[']) {
        match serde_json::from_str::<Value>(text) {
            Ok(document) => {
                let mut clean = document.clone();
                body(&mut clean);
                return (clean != document).then(|| clean.to_string());
            }
            Err(_) if names_a_secret(text) => return Some(GONE.to_owned()),
            Err(_) => {}
        }
    }
    scrub(text)
}

/// Whether a document that breaks off has a member that would be hidden.
fn names_a_secret(text: &str) -> bool {
    let mut names = text.split('"').map(|name| name.trim_end_matches('\\'));
    names.any(|name| {
        let name = name.to_ascii_lowercase();
        hides(&name) || ["data", "headervalue"].contains(&name.as_str())
    })
}

/// Whether a member of this name, in lower case, is hidden wherever it is.
fn hides(name: &str) -> bool {
    WHOLE.contains(&name) || SECRET.iter().any(|ending| name.ends_with(ending))
}

fn object(members: &mut Map<String, Value>, list: &str) {
    members.retain(|name, _| !is_one_of(&DROPPED, name));
    let rewritten = members
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("headerName"))
        .map(|(_, value)| is_one_of(&REWRITTEN, value.as_str().unwrap_or_default()));
    for (name, value) in members {
        let name = name.to_ascii_lowercase();
        let hides = hides(&name)
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
mod tests;
