//! Which part of a document is which model.
use super::held::{Misfit, Step, misfits};
use appgw_runbook::id::ArmId;
use azure_mgmt_network::package_2024_03::models as m;
use serde_json::Value;
use std::{borrow::Cow, collections::HashSet};

/// One thing that does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checked {
    /// Where, without names of elements: what is the same in many is said once.
    pub(super) general: String,
    /// Where, in words.
    pub(super) path: String,
    /// What is there.
    pub(super) value: String,
}

type Check = fn(&Value) -> Vec<Misfit>;

fn model<T>(value: &Value) -> Vec<Misfit>
where
    T: serde::de::DeserializeOwned + serde::Serialize + std::fmt::Debug,
{
    misfits::<T>(value)
}

/// A kind of document: its model, and the lists in it that are checked element by element, so that
/// an odd one does not hide the others.
struct Shape {
    whole: Check,
    lists: &'static [(&'static str, Check)],
}

const GATEWAY: Shape = Shape {
    whole: model::<m::ApplicationGateway>,
    lists: &[
        (
            "authenticationCertificates",
            model::<m::ApplicationGatewayAuthenticationCertificate>,
        ),
        (
            "backendAddressPools",
            model::<m::ApplicationGatewayBackendAddressPool>,
        ),
        (
            "backendHttpSettingsCollection",
            model::<m::ApplicationGatewayBackendHttpSettings>,
        ),
        (
            "backendSettingsCollection",
            model::<m::ApplicationGatewayBackendSettings>,
        ),
        (
            "customErrorConfigurations",
            model::<m::ApplicationGatewayCustomError>,
        ),
        (
            "frontendIPConfigurations",
            model::<m::ApplicationGatewayFrontendIpConfiguration>,
        ),
        ("frontendPorts", model::<m::ApplicationGatewayFrontendPort>),
        (
            "gatewayIPConfigurations",
            model::<m::ApplicationGatewayIpConfiguration>,
        ),
        ("httpListeners", model::<m::ApplicationGatewayHttpListener>),
        ("listeners", model::<m::ApplicationGatewayListener>),
        (
            "loadDistributionPolicies",
            model::<m::ApplicationGatewayLoadDistributionPolicy>,
        ),
        (
            "privateEndpointConnections",
            model::<m::ApplicationGatewayPrivateEndpointConnection>,
        ),
        (
            "privateLinkConfigurations",
            model::<m::ApplicationGatewayPrivateLinkConfiguration>,
        ),
        ("probes", model::<m::ApplicationGatewayProbe>),
        (
            "redirectConfigurations",
            model::<m::ApplicationGatewayRedirectConfiguration>,
        ),
        (
            "requestRoutingRules",
            model::<m::ApplicationGatewayRequestRoutingRule>,
        ),
        (
            "rewriteRuleSets",
            model::<m::ApplicationGatewayRewriteRuleSet>,
        ),
        ("routingRules", model::<m::ApplicationGatewayRoutingRule>),
        (
            "sslCertificates",
            model::<m::ApplicationGatewaySslCertificate>,
        ),
        ("sslProfiles", model::<m::ApplicationGatewaySslProfile>),
        (
            "trustedClientCertificates",
            model::<m::ApplicationGatewayTrustedClientCertificate>,
        ),
        (
            "trustedRootCertificates",
            model::<m::ApplicationGatewayTrustedRootCertificate>,
        ),
        ("urlPathMaps", model::<m::ApplicationGatewayUrlPathMap>),
    ],
};
const NETWORK: Shape = Shape {
    whole: model::<m::VirtualNetwork>,
    lists: &[
        ("subnets", model::<m::Subnet>),
        ("virtualNetworkPeerings", model::<m::VirtualNetworkPeering>),
    ],
};
const SUBNET: Shape = Shape {
    whole: model::<m::Subnet>,
    lists: &[],
};
const NSG: Shape = Shape {
    whole: model::<m::NetworkSecurityGroup>,
    lists: &[
        ("securityRules", model::<m::SecurityRule>),
        ("defaultSecurityRules", model::<m::SecurityRule>),
    ],
};
const RULE: Shape = Shape {
    whole: model::<m::SecurityRule>,
    lists: &[],
};
const ROUTES: Shape = Shape {
    whole: model::<m::RouteTable>,
    lists: &[("routes", model::<m::Route>)],
};
const NIC: Shape = Shape {
    whole: model::<m::NetworkInterface>,
    lists: &[(
        "ipConfigurations",
        model::<m::NetworkInterfaceIpConfiguration>,
    )],
};
const PUBLIC_IP: Shape = Shape {
    whole: model::<m::PublicIpAddress>,
    lists: &[],
};

/// Everything that does not fit in a document of this kind. Other kinds have no model here.
pub(super) fn check(kind: &str, document: &Value) -> Vec<Checked> {
    let (shape, prefix) = match kind {
        "microsoft.network/applicationgateways" => (GATEWAY, None),
        "microsoft.network/virtualnetworks" => (NETWORK, Some("virtualNetworks")),
        "microsoft.network/virtualnetworks/subnets" => (SUBNET, Some("subnets")),
        "microsoft.network/networksecuritygroups" => (NSG, Some("networkSecurityGroups")),
        "microsoft.network/networksecuritygroups/securityrules" => (RULE, Some("securityRules")),
        "microsoft.network/routetables" => (ROUTES, Some("routeTables")),
        "microsoft.network/networkinterfaces" => (NIC, Some("networkInterfaces")),
        "microsoft.network/publicipaddresses" => (PUBLIC_IP, Some("publicIPAddresses")),
        _ => return Vec::new(),
    };
    let name = document.get("name").and_then(Value::as_str).unwrap_or("?");
    let (prefix, general) = match prefix {
        Some(prefix) => (format!("{prefix}/{name}/"), format!("{prefix}/")),
        None => (String::new(), String::new()),
    };
    let mut found = Vec::new();
    for (list, check) in shape.lists {
        let elements = document.get("properties").and_then(|it| it.get(list));
        for element in elements.and_then(Value::as_array).into_iter().flatten() {
            let name = element_name(element).unwrap_or("?").to_owned();
            let element = thinned(element);
            found.extend(check(&element).into_iter().map(|(steps, value)| {
                let (path, inner) = worded(&element, &steps);
                Checked {
                    general: format!("{general}{list}//{inner}"),
                    path: joined(&format!("{prefix}{list}/{name}"), &path),
                    value,
                }
            }));
        }
    }
    let rest = without(document, &|name, value| {
        let is_list = shape.lists.iter().any(|(list, _)| *list == name);
        // One that is no list stays where it is: the model of the whole will not take it.
        is_list && value.is_array()
    });
    found.extend((shape.whole)(&rest).into_iter().map(|(steps, value)| {
        let (path, inner) = worded(&rest, &steps);
        Checked {
            general: format!("{general}{inner}"),
            path: format!("{prefix}{path}"),
            value,
        }
    }));
    found
}

/// The document without some of its properties.
fn without(document: &Value, leaves: &dyn Fn(&str, &Value) -> bool) -> Value {
    let kept = |(name, value): (&String, &Value)| {
        let inner = value.as_object().filter(|_| name == "properties");
        let Some(inner) = inner else {
            return (name.clone(), value.clone());
        };
        let inner = inner.iter().filter(|(name, value)| !leaves(name, value));
        let inner = inner.map(|(name, value)| (name.clone(), value.clone()));
        (name.clone(), Value::Object(inner.collect()))
    };
    match document {
        Value::Object(members) => Value::Object(members.iter().map(kept).collect()),
        other => other.clone(),
    }
}

/// Lists of a pool that can have 1,200 members which differ in nothing a model could mind.
const MANY: [&str; 2] = ["backendAddresses", "backendIPConfigurations"];

/// An element with one of those that are alike.
fn thinned(element: &Value) -> Cow<'_, Value> {
    let list = |name: &str| element.get("properties")?.get(name)?.as_array();
    if MANY
        .iter()
        .all(|name| list(name).is_none_or(|all| all.len() < 2))
    {
        return Cow::Borrowed(element);
    }
    let mut thin = without(element, &|name, value| {
        MANY.contains(&name) && value.is_array()
    });
    for name in MANY {
        let mut alike = HashSet::new();
        let one = |member: &&Value| alike.insert(likeness(member));
        let some: Option<Vec<Value>> =
            list(name).map(|all| all.iter().filter(one).cloned().collect());
        if let (Some(some), Some(properties)) = (some, thin.get_mut("properties")) {
            properties[name] = Value::Array(some);
        }
    }
    Cow::Owned(thin)
}

/// The servers of a health answer. There can be 120,000, most of them alike: of those that differ
/// in nothing a model could mind, one is checked.
pub(super) fn health(document: &Value) -> Vec<Checked> {
    let mut found = Vec::new();
    let mut alike = HashSet::new();
    for pool in items(document, "backendAddressPools") {
        let pool_name = referred(pool, "backendAddressPool");
        for setting in items(pool, "backendHttpSettingsCollection") {
            let setting_name = referred(setting, "backendHttpSettings");
            for server in items(setting, "servers") {
                if !alike.insert(likeness(server)) {
                    continue;
                }
                let address = server.get("address").and_then(Value::as_str).unwrap_or("?");
                let checked = model::<m::ApplicationGatewayBackendHealthServer>(server);
                found.extend(checked.into_iter().map(|(steps, value)| {
                    let (path, inner) = worded(server, &steps);
                    Checked {
                        general: format!("backendHealth//{inner}"),
                        path: joined(
                            &format!("backendHealth/{pool_name}/{setting_name}/{address}"),
                            &path,
                        ),
                        value,
                    }
                }));
            }
        }
    }
    found
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn referred(value: &Value, member: &str) -> String {
    let id = value.get(member).and_then(|refers| refers.get("id"));
    let id = ArmId::new(id.and_then(Value::as_str).unwrap_or("?"));
    id.name().to_owned()
}

/// The word of its health, and the name and type of every member.
fn likeness(server: &Value) -> String {
    let kind = |value: &Value| match value {
        Value::Null => '0',
        Value::Bool(_) => 'b',
        Value::Number(_) => 'n',
        Value::String(_) => 's',
        Value::Array(_) => 'a',
        Value::Object(_) => 'o',
    };
    let Some(members) = server.as_object() else {
        return kind(server).to_string();
    };
    let mut out = String::new();
    for (name, value) in members {
        out.push_str(name);
        out.push(kind(value));
        if name == "health" {
            out.push_str(value.as_str().unwrap_or_default());
        }
    }
    out
}

fn element_name(element: &Value) -> Option<&str> {
    element.get("name").and_then(Value::as_str)
}

/// The steps in words, once with the names of elements and once without; `properties` is no word.
fn worded(value: &Value, steps: &[Step]) -> (String, String) {
    let (mut path, mut general) = (Vec::new(), Vec::new());
    let mut here = Some(value);
    for step in steps {
        here = match step {
            Step::Member(name) => {
                if name != "properties" {
                    path.push(name.clone());
                    general.push(name.clone());
                }
                here.and_then(|here| here.get(name))
            }
            Step::Element(index) => {
                let inner = here.and_then(|here| here.get(index));
                path.extend(inner.and_then(element_name).map(str::to_owned));
                inner
            }
        };
    }
    (path.join("/"), general.join("/"))
}

fn joined(before: &str, path: &str) -> String {
    if path.is_empty() {
        before.to_owned()
    } else {
        format!("{before}/{path}")
    }
}
