//! What a gateway is to be: the body with what only the provider says, what is never sent back, and what is left unsaid.

use serde_json::{Map, Value, json};

use super::{
    members::same,
    schema::{PARTS, Part},
};

/// What a client may send, and what is taken from what is there all the same.
const OWN: [&str; 5] = [
    "provisioningState",
    "resourceGuid",
    "operationalState",
    "defaultPredefinedSslPolicy",
    "privateEndpointConnections",
];

/// What settings, probes and listeners say of themselves if nobody else did.
fn unsaid(list: &str, v2: bool) -> Value {
    match list {
        "probes" => json!({
            "interval": 30,
            "timeout": 30,
            "unhealthyThreshold": 3,
            "pickHostNameFromBackendHttpSettings": false,
            "minServers": 0,
            "match": {},
        }),
        "backendHttpSettingsCollection" if v2 => json!({
            "cookieBasedAffinity": "Disabled",
            "requestTimeout": 20,
            "pickHostNameFromBackendAddress": false,
            "connectionDraining": {"enabled": false, "drainTimeoutInSec": 1},
        }),
        "backendHttpSettingsCollection" => json!({
            "cookieBasedAffinity": "Disabled",
            "requestTimeout": 20,
            "pickHostNameFromBackendAddress": false,
        }),
        "httpListeners" => json!({"hostNames": [], "requireServerNameIndication": false}),
        "backendAddressPools" => json!({"backendAddresses": []}),
        _ => json!({}),
    }
}

/// What members are whole numbers, which may come as texts.
const NUMBERS: [&str; 7] = [
    "port",
    "interval",
    "timeout",
    "unhealthyThreshold",
    "minServers",
    "requestTimeout",
    "priority",
];

/// The document that a body asks for.
pub(super) fn goal(mut body: Value, before: Option<&Value>) -> Value {
    let old = before.map_or(&Value::Null, |own| &own["properties"]);
    if let Some(fields) = body.as_object_mut() {
        for own in ["etag", "type", "id", "name"] {
            fields.remove(own);
        }
    }
    identities(&mut body, before);
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    let properties = &mut body["properties"];
    for own in OWN {
        take(properties, own, old);
    }
    // The state follows from the operation.
    properties
        .as_object_mut()
        .map(|own| own.remove("provisioningState"));
    if before.is_none() {
        properties["operationalState"] = json!("Stopped");
    }
    let tier = properties["sku"]["tier"].as_str().unwrap_or_default();
    let v2 = is_v2(tier);
    if properties["sku"].is_object() {
        let family = if v2 { "Generation_2" } else { "Generation_1" };
        properties["sku"]["family"] = json!(family);
        number(&mut properties["sku"], "capacity");
    }
    for part in PARTS.iter().filter(|part| !part.list.is_empty()) {
        let Some(elements) = properties.get_mut(part.list).and_then(Value::as_array_mut) else {
            continue;
        };
        for element in elements {
            let known = same(&old[part.list], element).cloned();
            completed(part, element, known.as_ref(), v2);
        }
    }
    body
}

/// Takes away what is never shown again.
pub(super) fn drop_secrets(goal: &mut Value) {
    let list = goal["properties"]
        .get_mut("sslCertificates")
        .and_then(Value::as_array_mut);
    for own in list.into_iter().flatten() {
        if let Some(fields) = own.get_mut("properties").and_then(Value::as_object_mut) {
            fields.remove("data");
            fields.remove("password");
        }
    }
}

fn completed(part: &Part, element: &mut Value, known: Option<&Value>, v2: bool) {
    let known = known.map_or(&Value::Null, |own| &own["properties"]);
    if let Some(fields) = element.as_object_mut() {
        for own in ["etag", "type", "id"] {
            fields.remove(own);
        }
        fields.entry("properties").or_insert_with(|| json!({}));
    }
    let Some(properties) = element.get_mut("properties").filter(|own| own.is_object()) else {
        return;
    };
    for own in part.back {
        take(properties, own, known);
    }
    for name in NUMBERS {
        number(properties, name);
    }
    if let Some(fields) = properties.as_object_mut() {
        fields.remove("provisioningState");
        match part.list {
            "sslCertificates" => kept(fields, known, "publicCertData"),
            "trustedRootCertificates" | "authenticationCertificates" => kept(fields, known, "data"),
            _ => {}
        }
        let unsaid = unsaid(part.list, v2);
        for (name, value) in unsaid.as_object().into_iter().flatten() {
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
    if part.list != "urlPathMaps" {
        return;
    }
    let rules = properties
        .get_mut("pathRules")
        .and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten() {
        if let Some(fields) = rule.as_object_mut() {
            for own in ["etag", "type", "id"] {
                fields.remove(own);
            }
        }
        if let Some(own) = rule.get_mut("properties").and_then(Value::as_object_mut) {
            own.remove("provisioningState");
        }
    }
}

/// A certificate that says nothing stays as it is; of a new one with a key nothing is ever shown.
fn kept(fields: &mut Map<String, Value>, known: &Value, shown: &str) {
    let new = fields.contains_key("data") || fields.contains_key("keyVaultSecretId");
    if !new && let Some(known) = known.as_object() {
        fields.clone_from(known);
        return;
    }
    if shown == "publicCertData" {
        fields.remove("publicCertData");
        if let Some(own) = known.get(shown).filter(|_| !fields.contains_key("data")) {
            fields.insert(shown.to_owned(), own.clone());
        }
    }
}

/// The ids of the identities come back with what the provider knows of them.
fn identities(body: &mut Value, before: Option<&Value>) {
    let Some(own) = body
        .get_mut("identity")
        .and_then(|own| own.get_mut("userAssignedIdentities"))
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let known = before.map_or(
        &Value::Null,
        |own| &own["identity"]["userAssignedIdentities"],
    );
    for (id, value) in own {
        let known = known.as_object().into_iter().flatten();
        let mut known = known.filter(|(own, _)| own.eq_ignore_ascii_case(id));
        if let Some((_, known)) = known.next()
            && value == &json!({})
        {
            value.clone_from(known);
        }
    }
}

/// Puts what was there in the place of what was sent, or nothing.
fn take(properties: &mut Value, name: &str, old: &Value) {
    let Some(fields) = properties.as_object_mut() else {
        return;
    };
    match old.get(name) {
        Some(old) => drop(fields.insert(name.to_owned(), old.clone())),
        None => drop(fields.remove(name)),
    }
}

fn number(object: &mut Value, name: &str) {
    if let Some(value) = object.get_mut(name)
        && let Some(number) = value
            .as_str()
            .and_then(|text| text.trim().parse::<i64>().ok())
    {
        *value = json!(number);
    }
}

/// Whether a tier is of the second generation.
pub(super) fn is_v2(tier: &str) -> bool {
    let tier = tier.to_ascii_lowercase();
    tier.ends_with("_v2") || tier == "basic"
}
