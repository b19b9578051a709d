//! The access restrictions of a site.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use serde_json::Value;

use crate::sim::world::lenient;

/// Who asks, as a front end of App Service sees it.
pub(super) struct Visitor<'a> {
    /// The subnet, if the way is a service endpoint.
    pub(super) subnet: Option<&'a str>,
    /// The public address, if it is not.
    pub(super) address: Option<IpAddr>,
    /// What `X-Forwarded-For` says.
    pub(super) forwarded_for: Option<IpAddr>,
}

/// Whether the restrictions let somebody in: the first that fits by priority, else the default, which is to let in
/// only where there are none.
pub(super) fn admits(
    config: &Value,
    for_scm: bool,
    visitor: &Visitor,
    tags: &BTreeMap<String, Vec<IpNet>>,
) -> bool {
    let main = !for_scm || lenient::truth(&config["scmIpSecurityRestrictionsUseMain"]);
    let list = if main {
        "ipSecurityRestrictions"
    } else {
        "scmIpSecurityRestrictions"
    };
    let mut rules: Vec<&Value> = lenient::items(&config[list]).collect();
    rules.sort_by_key(|rule| lenient::number(&rule["priority"]).unwrap_or(u64::MAX));
    let decides = rules.iter().find(|rule| fits(rule, visitor, tags));
    match decides {
        Some(rule) => !lenient::is_word(&rule["action"], "Deny"),
        None => match config[format!("{list}DefaultAction")].as_str() {
            Some(word) => word.eq_ignore_ascii_case("Allow"),
            None => rules.is_empty(),
        },
    }
}

fn fits(rule: &Value, visitor: &Visitor, tags: &BTreeMap<String, Vec<IpNet>>) -> bool {
    let by_source = match lenient::text(&rule["vnetSubnetResourceId"]) {
        Some(subnet) => visitor
            .subnet
            .is_some_and(|own| lenient::same_id(own, subnet)),
        None => is_from(rule, visitor, tags),
    };
    by_source && carries_headers(&rule["headers"], visitor)
}

fn is_from(rule: &Value, visitor: &Visitor, tags: &BTreeMap<String, Vec<IpNet>>) -> bool {
    let Some(written) = lenient::text(&rule["ipAddress"]) else {
        return false;
    };
    let address = if lenient::is_word(&rule["tag"], "XffProxy") {
        visitor.forwarded_for
    } else {
        visitor.address
    };
    let within = |net: &IpNet| match address {
        Some(address) => net.contains(&address),
        None => net.prefix_len() == 0,
    };
    if lenient::is_word(&rule["tag"], "ServiceTag") {
        let named = tags.get(&written.to_ascii_lowercase());
        return named.is_some_and(|prefixes| prefixes.iter().any(within));
    }
    written.split(',').map(str::trim).any(|written| {
        let single = || written.parse::<IpAddr>().ok().map(IpNet::from);
        let net = written.parse().ok().or_else(single);
        written == "*" || written.eq_ignore_ascii_case("Any") || net.as_ref().is_some_and(within)
    })
}

/// Whether a request carries all headers that are asked for. A gateway sends `X-Forwarded-For` with the address of its
/// client, and a probe not even that; the others come from other services.
fn carries_headers(headers: &Value, visitor: &Visitor) -> bool {
    let asked = headers.as_object().into_iter().flatten();
    asked.into_iter().all(|(header, values)| {
        header.eq_ignore_ascii_case("x-forwarded-for")
            && lenient::items(values).any(|value| {
                let net = lenient::address(value).map(IpNet::from);
                let net = net.or_else(|| value.as_str()?.parse().ok());
                let by = visitor.forwarded_for;
                net.is_some_and(|net: IpNet| by.is_some_and(|by| net.contains(&by)))
            })
    })
}
