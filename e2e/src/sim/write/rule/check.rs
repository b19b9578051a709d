//! What the provider has against a security rule.

use std::{net::IpAddr, ops::RangeInclusive};

use ipnet::IpNet;
use serde_json::Value;

use crate::sim::{World, answer::Answer, arm::Refused, errors};

/// The numbers that rules of somebody's own may have.
const PRIORITIES: RangeInclusive<i64> = 100..=4096;

/// Refuses a rule that cannot be, by itself or beside the others of its group.
pub(super) fn rule(id: &str, rule: &Value, group: &Value) -> Result<(), Refused> {
    let own = &rule["properties"];
    let name = last(id);
    if name.len() > 80 {
        let message = format!("Resource name {name} is invalid.");
        return Err(errors::invalid("InvalidResourceName", &message).into());
    }
    for (field, words) in [
        ("access", &["Allow", "Deny"][..]),
        ("direction", &["Inbound", "Outbound"]),
        ("protocol", &["*", "Tcp", "Udp", "Icmp", "Esp", "Ah"]),
    ] {
        let word = own[field].as_str().ok_or_else(|| missing(field))?;
        if !words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            let path = format!("Error converting value \"{word}\". Path 'properties.{field}'.");
            return Err(errors::unparsed(&path).into());
        }
    }
    let priority = own["priority"]
        .as_i64()
        .ok_or_else(|| missing("priority"))?;
    if !PRIORITIES.contains(&priority) {
        let message = format!(
            "Security rule has invalid Priority. Value provided: {priority} Allowed range \
            100-4096."
        );
        return Err(errors::invalid("SecurityRuleInvalidPriority", &message).into());
    }
    for (side, groups) in [
        ("source", "sourceApplicationSecurityGroups"),
        ("destination", "destinationApplicationSecurityGroups"),
    ] {
        let prefixes = all(
            own,
            &format!("{side}AddressPrefix"),
            &format!("{side}AddressPrefixes"),
            groups,
        )?;
        if let Some(wrong) = prefixes.iter().find(|own| !is_prefix(own)) {
            let message =
                format!("Security rule has invalid Address prefix. Value provided: {wrong}");
            return Err(errors::invalid("SecurityRuleInvalidAddressPrefix", &message).into());
        }
        let ports = all(
            own,
            &format!("{side}PortRange"),
            &format!("{side}PortRanges"),
            "",
        )?;
        if let Some(wrong) = ports.iter().find(|own| !is_range(own)) {
            let message = format!(
                "Security rule has invalid Port range. Value provided: {wrong}. Value should be \
                an integer OR integer range with '-' delimiter. Valid range 0-65535."
            );
            return Err(errors::invalid("SecurityRuleInvalidPortRange", &message).into());
        }
    }
    beside(name, own, group).map_or(Ok(()), |refused| Err(refused.into()))
}

/// Refuses a rule (or the lack of one) that shuts the platform out of a gateway which it can get at now.
pub(super) fn platform(world: &World, id: &str, rule: Option<&Value>) -> Result<(), Refused> {
    let before = world.gateways_shut_off();
    let mut after = world.clone();
    match rule {
        Some(rule) => drop(after.put(id, rule.clone())),
        None => drop(after.delete(id)),
    }
    let shut = after.gateways_shut_off();
    match shut.iter().find(|own| !before.contains(own)) {
        Some((gateway, subnet, group)) => Err(shut_off(gateway, subnet, group).into()),
        None => Ok(()),
    }
}

/// The provider's word for a group that keeps it out of a gateway.
pub(in crate::sim::write) fn shut_off(gateway: &str, subnet: &str, group: &str) -> Answer {
    let message = format!(
        "Network security group {group} blocks incoming internet traffic on ports 65200 - 65535 to \
        subnet {subnet}, associated with Application Gateway {gateway}. This isn't permitted for \
        Application Gateways that have fast update enabled or have V2 Sku."
    );
    errors::invalid(
        "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
        &message,
    )
}

fn beside(name: &str, own: &Value, group: &Value) -> Option<Answer> {
    let rules = group["properties"]["securityRules"].as_array();
    let other = rules.into_iter().flatten().find(|other| {
        let other_name = other["name"].as_str().unwrap_or_default();
        let theirs = &other["properties"];
        let same = |field: &str| {
            let [own, theirs] = [own, theirs].map(|rule| rule[field].as_str().unwrap_or_default());
            own.eq_ignore_ascii_case(theirs)
        };
        !other_name.eq_ignore_ascii_case(name)
            && theirs["priority"] == own["priority"]
            && same("direction")
    })?;
    let message = format!(
        "Security rule {} conflicts with rule {name}. Rules cannot have the same Priority and \
        Direction.",
        other["name"].as_str().unwrap_or_default()
    );
    Some(errors::invalid("SecurityRuleConflict", &message))
}

/// The values of a singular and a plural field; groups of machines may stand in the place of addresses.
fn all(own: &Value, one: &str, many: &str, groups: &str) -> Result<Vec<String>, Refused> {
    let list = |field: &str| own[field].as_array().map_or(0, Vec::len);
    let single = own[one].as_str().filter(|text| !text.is_empty());
    if single.is_some() && list(many) > 0 {
        let both = format!("Only one of '{one}' and '{many}' may be specified. Path 'properties'.");
        return Err(errors::unparsed(&both).into());
    }
    if single.is_none() && list(many) == 0 && list(groups) == 0 {
        return Err(missing(one).into());
    }
    let plural = own[many].as_array().into_iter().flatten();
    let plural = plural.map(|own| own.as_str().map_or_else(|| own.to_string(), str::to_owned));
    Ok(single
        .map(str::to_owned)
        .into_iter()
        .chain(plural)
        .collect())
}

fn is_prefix(text: &str) -> bool {
    let is_tag = || {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .chars()
                .all(|own| own.is_ascii_alphanumeric() || own == '.')
    };
    text == "*" || text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok() || is_tag()
}

fn is_range(text: &str) -> bool {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let ordered = number(first).zip(number(last));
    text == "*" || ordered.is_some_and(|(first, last)| first <= last)
}

fn missing(field: &str) -> Answer {
    let detail = format!("Required property '{field}' not found in JSON. Path 'properties'.");
    errors::unparsed(&detail)
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
