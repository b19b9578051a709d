//! Whether two rules may be about the same packets, and what a rule is about, in words.
use super::rules::{allows, position, title};
use crate::facts::{
    json::{list, one_line, one_or_many, text},
    network::net,
};
use ipnet::IpNet;
use serde_json::Value;

/// What a rule is about; `None` where it is everything, or cannot be compared.
struct About {
    protocol: Option<String>,
    from: Option<Vec<IpNet>>,
    to: Option<Vec<IpNet>>,
    ports: Option<Vec<(u16, u16)>>,
}

fn nets(rule: &Value, side: &str) -> Option<Vec<IpNet>> {
    let groups = format!("{side}ApplicationSecurityGroups");
    if list(rule, &["properties", &groups]).next().is_some() {
        return None;
    }
    let all: Option<Vec<IpNet>> = prefixes(rule, side).iter().map(|it| net(it)).collect();
    all.filter(|it| !it.is_empty())
}

/// Addresses and tags of one end, as the rule has them.
pub(super) fn prefixes<'r>(rule: &'r Value, side: &str) -> Vec<&'r str> {
    let (one, many) = (
        format!("{side}AddressPrefix"),
        format!("{side}AddressPrefixes"),
    );
    rule.get("properties")
        .map(|it| one_or_many(it, &one, &many))
        .unwrap_or_default()
}

fn ports(rule: &Value) -> Vec<&str> {
    rule.get("properties")
        .map(|it| one_or_many(it, "destinationPortRange", "destinationPortRanges"))
        .unwrap_or_default()
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

impl About {
    fn read(rule: &Value) -> Self {
        let protocol = text(rule, &["properties", "protocol"]).filter(|it| *it != "*");
        let ports: Option<Vec<(u16, u16)>> = ports(rule).into_iter().map(range).collect();
        Self {
            protocol: protocol.map(str::to_ascii_lowercase),
            from: nets(rule, "source"),
            to: nets(rule, "destination"),
            ports: ports.filter(|it| !it.is_empty()),
        }
    }
}

fn both<T>(a: Option<&[T]>, b: Option<&[T]>, meet: impl Fn(&T, &T) -> bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.iter().any(|a| b.iter().any(|b| meet(a, b))),
        _ => true,
    }
}

/// Two rules may match the same packet; no only where that is certain.
pub(super) fn may_meet(one: &Value, other: &Value) -> bool {
    let (a, b) = (About::read(one), About::read(other));
    let meet = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
    let protocols = a.protocol.is_none() || b.protocol.is_none() || a.protocol == b.protocol;
    protocols
        && both(a.from.as_deref(), b.from.as_deref(), meet)
        && both(a.to.as_deref(), b.to.as_deref(), meet)
        && both(a.ports.as_deref(), b.ports.as_deref(), |a, b| {
            a.0 <= b.1 && b.0 <= a.1
        })
}

/// `deny-all-in (200: * * -> *:*)`.
pub(super) fn describe(rule: &Value) -> String {
    let end = |side: &str| {
        let groups = list(
            rule,
            &["properties", &format!("{side}ApplicationSecurityGroups")],
        );
        let count = groups.count();
        let all = prefixes(rule, side).join(",");
        if count > 0 {
            format!("{count} application security groups")
        } else {
            all
        }
    };
    let number = position(rule).map_or_else(|| "?".to_owned(), |it| it.to_string());
    one_line(&format!(
        "{} ({number}: {} {} -> {}:{})",
        title(rule),
        text(rule, &["properties", "protocol"]).unwrap_or("?"),
        end("source"),
        end("destination"),
        ports(rule).join(",")
    ))
}

/// Rules that let pass what `deny` drops now, once it comes no earlier than `behind`; at most six, and how
/// many more there are.
pub(super) fn released<'r>(
    own: impl Iterator<Item = &'r Value>,
    deny: &Value,
    behind: Option<i64>,
) -> Vec<String> {
    let from = position(deny).unwrap_or_default();
    let between = |rule: &&Value| {
        position(rule).is_some_and(|it| it > from && behind.is_none_or(|to| it < to))
    };
    let mut all: Vec<&Value> = own
        .filter(between)
        .filter(|rule| allows(rule) != Some(false) && may_meet(deny, rule))
        .collect();
    all.sort_by_key(|rule| position(rule));
    let more = all.len().saturating_sub(6);
    let mut lines: Vec<String> = all
        .iter()
        .take(6)
        .map(|rule| {
            format!(
                "{} lets pass from then on what {} drops now",
                describe(rule),
                one_line(title(deny))
            )
        })
        .collect();
    if more > 0 {
        lines.push(format!("and so do {more} more rules"));
    }
    lines
}
