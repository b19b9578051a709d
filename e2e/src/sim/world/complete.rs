//! What Azure fills in when it stores a document: ids, types, states, the lists that are never absent.

use serde_json::{Map, Value, json};

use super::{guid, lenient, nsg};

/// The lists of a resource type whose elements are sub-resources.
struct Kind {
    /// The type, below `Microsoft.Network`.
    name: &'static str,
    lists: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind {
        name: "applicationGateways",
        lists: GATEWAY,
    },
    Kind {
        name: "virtualNetworks",
        lists: &["subnets", "virtualNetworkPeerings"],
    },
    Kind {
        name: "networkSecurityGroups",
        lists: &["securityRules", "defaultSecurityRules"],
    },
    Kind {
        name: "routeTables",
        lists: &["routes"],
    },
    Kind {
        name: "networkInterfaces",
        lists: &["ipConfigurations"],
    },
    Kind {
        name: "publicIPAddresses",
        lists: &[],
    },
    Kind {
        name: "applicationSecurityGroups",
        lists: &[],
    },
];

const GATEWAY: &[&str] = &[
    "gatewayIPConfigurations",
    "sslCertificates",
    "authenticationCertificates",
    "trustedRootCertificates",
    "trustedClientCertificates",
    "sslProfiles",
    "frontendIPConfigurations",
    "frontendPorts",
    "backendAddressPools",
    "loadDistributionPolicies",
    "backendHttpSettingsCollection",
    "backendSettingsCollection",
    "httpListeners",
    "listeners",
    "urlPathMaps",
    "requestRoutingRules",
    "routingRules",
    "probes",
    "rewriteRuleSets",
    "redirectConfigurations",
    "privateLinkConfigurations",
    "privateEndpointConnections",
];

/// The lists that the first generation does not have, and the one that the second does not.
const ONLY_V2: &[&str] = &[
    "trustedRootCertificates",
    "trustedClientCertificates",
    "sslProfiles",
    "loadDistributionPolicies",
    "backendSettingsCollection",
    "listeners",
    "routingRules",
    "privateLinkConfigurations",
    "privateEndpointConnections",
];
const ONLY_V1: &str = "authenticationCertificates";

/// The lists of sub-resources that a document of that id has.
pub(super) fn lists(id: &str) -> &'static [&'static str] {
    kind(id).map_or(&[], |kind| kind.lists)
}

fn kind(id: &str) -> Option<&'static Kind> {
    let key = lenient::key(id);
    let (_, rest) = key.rsplit_once("/providers/microsoft.network/")?;
    let (name, resource) = rest.split_once('/')?;
    KINDS
        .iter()
        .find(|kind| kind.name.eq_ignore_ascii_case(name) && !resource.contains('/'))
}

/// Fills in what is missing in a document that is stored under an id.
pub(super) fn complete(id: &str, document: &mut Value) {
    if !document.is_object() {
        *document = json!({});
    }
    document["id"] = json!(id);
    document["name"] = json!(lenient::last(id));
    let Some(kind) = kind(id) else { return };
    let kind_name = format!("Microsoft.Network/{}", kind.name);
    fill(document, "type", || json!(kind_name));
    let state = document["properties"]["provisioningState"].clone();
    let state = if state.is_null() {
        json!("Succeeded")
    } else {
        state
    };
    if !document["properties"].is_object() {
        document["properties"] = json!({});
    }
    let properties = &mut document["properties"];
    fill(properties, "provisioningState", || state.clone());
    fill(properties, "resourceGuid", || {
        json!(guid::guid(&["resource", id]))
    });
    match kind.name {
        "networkSecurityGroups" => {
            fill(properties, "securityRules", || json!([]));
            if lenient::items(&properties["defaultSecurityRules"]).len() == 0 {
                properties["defaultSecurityRules"] = nsg::defaults();
            }
        }
        "applicationGateways" => {
            fill(properties, "operationalState", || json!("Running"));
            let v2 = is_v2(&properties["sku"]["tier"]);
            for list in kind.lists {
                let has = if v2 {
                    *list != ONLY_V1
                } else {
                    !ONLY_V2.contains(list)
                };
                if has {
                    fill(properties, list, || json!([]));
                }
            }
        }
        _ => {}
    }
    for list in kind.lists {
        let parent = format!("{id}/{list}");
        elements(
            properties,
            list,
            &parent,
            &format!("{kind_name}/{list}"),
            &state,
        );
    }
}

/// Fills in what is missing in the sub-resources of one list, and in the path rules of path maps.
fn elements(properties: &mut Value, list: &str, parent: &str, kind: &str, state: &Value) {
    for element in lenient::items_mut(properties, list) {
        let name = lenient::name(element).to_owned();
        let Some(fields) = element.as_object_mut() else {
            continue;
        };
        let id = format!("{parent}/{name}");
        fields.insert("id".to_owned(), json!(id));
        fields.entry("type").or_insert_with(|| json!(kind));
        let own = fields
            .entry("properties")
            .or_insert_with(|| Value::Object(Map::new()));
        if own.is_object() {
            fill(own, "provisioningState", || state.clone());
            if list == "urlPathMaps" && own["pathRules"].is_array() {
                elements(
                    own,
                    "pathRules",
                    &format!("{id}/pathRules"),
                    &format!("{kind}/pathRules"),
                    state,
                );
            }
        }
    }
}

fn fill(object: &mut Value, field: &str, value: impl FnOnce() -> Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.entry(field).or_insert_with(value);
    }
}

/// Puts an `ETag` on a document and on all its sub-resources.
pub(super) fn stamp(id: &str, document: &mut Value, etag: &str) {
    let Some(fields) = document.as_object_mut() else {
        return;
    };
    fields.insert("etag".to_owned(), json!(etag));
    let Some(properties) = document.get_mut("properties") else {
        return;
    };
    for list in lists(id) {
        for element in lenient::items_mut(properties, list) {
            stamp_element(element, etag);
        }
    }
}

fn stamp_element(element: &mut Value, etag: &str) {
    if let Some(fields) = element.as_object_mut() {
        fields.insert("etag".to_owned(), json!(etag));
        if let Some(properties) = element.get_mut("properties") {
            for rule in lenient::items_mut(properties, "pathRules") {
                stamp_element(rule, etag);
            }
        }
    }
}

/// Whether a tier is of the second generation: `Basic` is, although it does not look like it.
pub(super) fn is_v2(tier: &Value) -> bool {
    let tier = tier.as_str().unwrap_or_default().to_ascii_lowercase();
    tier.ends_with("_v2") || tier == "basic"
}
