//! Back-references: what refers to a thing is listed in the thing, within a gateway and between resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{documents, lenient};

/// From the elements of a list (or the document itself, or the path rules) of a resource type, through a field that
/// holds one or many references, to the name of the back-reference in what is referred to.
struct Link(&'static str, &'static str, &'static str, &'static str);

/// Back-references that are one object and no list.
const SINGLE: &[&str] = &["ipConfiguration"];

const GATEWAYS: &str = "applicationgateways";
const NICS: &str = "networkinterfaces";
const NETWORKS: &str = "virtualnetworks";

#[rustfmt::skip]
const LINKS: &[Link] = &[
    Link(GATEWAYS, "gatewayIPConfigurations", "subnet", "applicationGatewayIPConfigurations"),
    Link(GATEWAYS, "frontendIPConfigurations", "subnet", "ipConfigurations"),
    Link(GATEWAYS, "frontendIPConfigurations", "publicIPAddress", "ipConfiguration"),
    Link(GATEWAYS, "httpListeners", "frontendIPConfiguration", "httpListeners"),
    Link(GATEWAYS, "httpListeners", "frontendPort", "httpListeners"),
    Link(GATEWAYS, "httpListeners", "sslCertificate", "httpListeners"),
    Link(GATEWAYS, "requestRoutingRules", "httpListener", "requestRoutingRules"),
    Link(GATEWAYS, "requestRoutingRules", "backendAddressPool", "requestRoutingRules"),
    Link(GATEWAYS, "requestRoutingRules", "backendHttpSettings", "requestRoutingRules"),
    Link(GATEWAYS, "requestRoutingRules", "urlPathMap", "requestRoutingRules"),
    Link(GATEWAYS, "requestRoutingRules", "redirectConfiguration", "requestRoutingRules"),
    Link(GATEWAYS, "urlPathMaps", "defaultBackendAddressPool", "urlPathMaps"),
    Link(GATEWAYS, "urlPathMaps", "defaultBackendHttpSettings", "urlPathMaps"),
    Link(GATEWAYS, "urlPathMaps", "defaultRedirectConfiguration", "urlPathMaps"),
    Link(GATEWAYS, "pathRules", "backendAddressPool", "pathRules"),
    Link(GATEWAYS, "pathRules", "backendHttpSettings", "pathRules"),
    Link(GATEWAYS, "pathRules", "redirectConfiguration", "pathRules"),
    Link(GATEWAYS, "backendHttpSettingsCollection", "probe", "backendHttpSettings"),
    Link(GATEWAYS, "backendHttpSettingsCollection", "trustedRootCertificates", "backendHttpSettings"),
    Link(GATEWAYS, "backendHttpSettingsCollection", "authenticationCertificates", "backendHttpSettings"),
    Link(GATEWAYS, "redirectConfigurations", "targetListener", "redirectConfiguration"),
    Link(NICS, "ipConfigurations", "subnet", "ipConfigurations"),
    Link(NICS, "ipConfigurations", "publicIPAddress", "ipConfiguration"),
    Link(NICS, "ipConfigurations", "applicationGatewayBackendAddressPools", "backendIPConfigurations"),
    Link(NICS, "", "networkSecurityGroup", "networkInterfaces"),
    Link(NETWORKS, "subnets", "networkSecurityGroup", "subnets"),
    Link(NETWORKS, "subnets", "routeTable", "subnets"),
];

/// Where a back-reference may stand: a list of a resource type (or the document itself) and its fields.
struct Place(&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const PLACES: &[Place] = &[
    Place(GATEWAYS, "frontendIPConfigurations", &["httpListeners"]),
    Place(GATEWAYS, "frontendPorts", &["httpListeners"]),
    Place(GATEWAYS, "sslCertificates", &["httpListeners"]),
    Place(GATEWAYS, "backendAddressPools", &["requestRoutingRules", "urlPathMaps", "pathRules", "backendIPConfigurations"]),
    Place(GATEWAYS, "backendHttpSettingsCollection", &["requestRoutingRules", "urlPathMaps", "pathRules"]),
    Place(GATEWAYS, "httpListeners", &["requestRoutingRules", "redirectConfiguration"]),
    Place(GATEWAYS, "urlPathMaps", &["requestRoutingRules"]),
    Place(GATEWAYS, "redirectConfigurations", &["requestRoutingRules", "urlPathMaps", "pathRules"]),
    Place(GATEWAYS, "probes", &["backendHttpSettings"]),
    Place(GATEWAYS, "trustedRootCertificates", &["backendHttpSettings"]),
    Place(GATEWAYS, "authenticationCertificates", &["backendHttpSettings"]),
    Place(NETWORKS, "subnets", &["ipConfigurations", "applicationGatewayIPConfigurations"]),
    Place("networksecuritygroups", "", &["subnets", "networkInterfaces"]),
    Place("routetables", "", &["subnets"]),
    Place("publicipaddresses", "", &["ipConfiguration"]),
];

/// Brings all back-references up to date; says the keys of the documents that have changed.
pub(super) fn relink(all: &mut BTreeMap<String, Value>) -> BTreeSet<String> {
    let before = all.clone();
    let known = |id: &str| documents::find(&before, id).is_some();
    for (key, document) in all.iter_mut() {
        clear(key, document, &known);
    }
    for (target, field, source) in references(&before) {
        if let Some(target) = documents::find_mut(all, &target) {
            add(target, field, source);
        }
    }
    all.iter()
        .filter(|(key, document)| before.get(*key) != Some(*document))
        .map(|(key, _)| key.clone())
        .collect()
}

/// Takes away the back-references from what this world has; those from elsewhere stay as they were written.
fn clear(key: &str, document: &mut Value, known: &impl Fn(&str) -> bool) {
    for Place(kind, list, fields) in PLACES {
        if !is_kind(key, kind) {
            continue;
        }
        let targets: Vec<&mut Value> = if list.is_empty() {
            vec![&mut *document]
        } else {
            let properties = document.get_mut("properties").into_iter();
            properties
                .flat_map(|properties| lenient::items_mut(properties, list))
                .collect()
        };
        for target in targets {
            let Some(properties) = properties_mut(target) else {
                continue;
            };
            for field in *fields {
                let Some(value) = properties.get_mut(*field) else {
                    continue;
                };
                if let Some(list) = value.as_array_mut() {
                    list.retain(|each| !lenient::id(each).is_some_and(known));
                }
                if value == &json!([]) || lenient::id(value).is_some_and(known) {
                    properties.remove(*field);
                }
            }
        }
    }
}

/// All references that lead to a back-reference: the id referred to, the field, the id of what refers.
fn references(all: &BTreeMap<String, Value>) -> Vec<(String, &'static str, String)> {
    let mut found = Vec::new();
    for (key, document) in all {
        for Link(kind, list, field, back) in LINKS {
            if !is_kind(key, kind) {
                continue;
            }
            for source in sources(document, list) {
                let value = &source["properties"][*field];
                let Some(id) = lenient::id(source) else {
                    continue;
                };
                let targets = lenient::items(value).chain([value]).filter_map(lenient::id);
                found.extend(targets.map(|target| (target.to_owned(), *back, id.to_owned())));
            }
        }
    }
    found
}

fn sources<'a>(document: &'a Value, list: &str) -> Vec<&'a Value> {
    match list {
        "" => vec![document],
        "pathRules" => lenient::items(&document["properties"]["urlPathMaps"])
            .flat_map(|map| lenient::items(&map["properties"]["pathRules"]))
            .collect(),
        list => lenient::items(&document["properties"][list]).collect(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the id is taken over")]
fn add(target: &mut Value, field: &str, source: String) {
    let Some(properties) = properties_mut(target) else {
        return;
    };
    let reference = json!({"id": source});
    if SINGLE.contains(&field) {
        properties.insert(field.to_owned(), reference);
        return;
    }
    let list = properties.entry(field).or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut()
        && !list.contains(&reference)
    {
        list.push(reference);
    }
}

fn properties_mut(element: &mut Value) -> Option<&mut Map<String, Value>> {
    element.get_mut("properties")?.as_object_mut()
}

fn is_kind(key: &str, kind: &str) -> bool {
    key.rsplit_once("/providers/microsoft.network/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .is_some_and(|(name, resource)| name == kind && !resource.contains('/'))
}
