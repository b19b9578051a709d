//! Access restrictions of a site: who comes in, and who is answered with 403 (azure-facts §8.2).
use super::Site;
use crate::{
    facts::{
        json::{at, list, number, one_line, text},
        network::net,
    },
    id::ArmId,
};
use serde_json::Value;
use std::net::IpAddr;

/// Where a gateway's requests come from, as a site sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The address of a public front end.
    Public(IpAddr),
    /// A subnet with a service endpoint.
    Subnet(ArmId),
}

/// What restrictions have to say to such an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Comes in.
    Open,
    /// Is answered with 403, by this.
    Shut(String),
    /// Cannot be told.
    Unsure(String),
}

/// `publicNetworkAccess` of the site or of its configuration says no: 403, whatever the rules.
pub fn is_private_only(site: Site<'_>, config: &Value) -> bool {
    [site.0, config].iter().any(|it| {
        text(it, &["properties", "publicNetworkAccess"])
            .is_some_and(|word| word.eq_ignore_ascii_case("Disabled"))
    })
}

/// Every rule speaks of everybody, so where requests come from does not matter.
pub fn asks_nobody(config: &Value) -> bool {
    rules(config).all(is_for_all)
}

fn rules(config: &Value) -> impl Iterator<Item = &Value> {
    list(config, &["properties", "ipSecurityRestrictions"])
}

fn is_for_all(rule: &Value) -> bool {
    text(rule, &["vnetSubnetResourceId"]).is_none()
        && text(rule, &["ipAddress"])
            .is_some_and(|ip| ["any", "*"].contains(&ip.to_ascii_lowercase().as_str()))
        && !has_headers(rule)
}

fn has_headers(rule: &Value) -> bool {
    at(rule, &["headers"]).is_some_and(|it| !it.as_object().is_some_and(serde_json::Map::is_empty))
}

/// The rules by ascending priority, the first that fits; then the default, which without a word of its own
/// is Allow for a site without rules and Deny for one with any.
pub fn access(config: &Value, origin: &Origin) -> Access {
    let mut all: Vec<&Value> = rules(config).collect();
    all.sort_by_key(|rule| number(rule, &["priority"]).unwrap_or(i64::MAX));
    // What might fit before the one that does: it matters only if it would have decided otherwise.
    let mut maybe: Vec<(Option<bool>, String)> = Vec::new();
    let mut decided = None;
    for rule in &all {
        match fits(rule, origin) {
            Ok(false) => {}
            Ok(true) => {
                decided = Some((allows(rule), format!("restriction {}", words(rule))));
                break;
            }
            Err(why) => maybe.push((allows(rule), format!("restriction {} {why}", words(rule)))),
        }
    }
    let (allowed, by) = decided.unwrap_or_else(|| {
        let said = text(
            config,
            &["properties", "ipSecurityRestrictionsDefaultAction"],
        );
        match said {
            Some(word) => (
                action(word),
                format!("the default action {}", one_line(word)),
            ),
            None if all.is_empty() => (Some(true), "no restriction".to_owned()),
            None => (
                Some(false),
                "the deny that goes with having rules at all".to_owned(),
            ),
        }
    });
    if let Some((_, why)) = maybe.into_iter().find(|(other, _)| *other != allowed) {
        return Access::Unsure(why);
    }
    match allowed {
        Some(true) => Access::Open,
        Some(false) => Access::Shut(by),
        None => Access::Unsure(format!("{by} is neither Allow nor Deny")),
    }
}

fn words(rule: &Value) -> String {
    let name = one_line(text(rule, &["name"]).unwrap_or("(unnamed)"));
    match number(rule, &["priority"]) {
        Some(priority) => format!("{name} (priority {priority})"),
        None => name,
    }
}

fn allows(rule: &Value) -> Option<bool> {
    action(text(rule, &["action"])?)
}

fn action(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "allow" => Some(true),
        "deny" => Some(false),
        _ => None,
    }
}

/// Does the rule fit this origin? An error says why that cannot be told.
fn fits(rule: &Value, origin: &Origin) -> Result<bool, String> {
    let tag = text(rule, &["tag"]).unwrap_or("Default");
    let fits = match (
        text(rule, &["vnetSubnetResourceId"]),
        text(rule, &["ipAddress"]),
    ) {
        (Some(subnet), _) => matches!(origin, Origin::Subnet(own) if *own == ArmId::new(subnet)),
        (None, None) => return Err("names no source".into()),
        (None, Some(_)) if is_for_all(rule) => true,
        (None, Some(_)) if !tag.eq_ignore_ascii_case("Default") => {
            return Err(format!(
                "goes by {}, which is not looked up here",
                one_line(tag)
            ));
        }
        (None, Some(_)) if text(rule, &["subnetMask"]).is_some() => {
            return Err("uses a mask, which is not read here".into());
        }
        (None, Some(ranges)) => within(ranges, origin)?,
    };
    if fits && has_headers(rule) {
        return Err("looks at headers as well".into());
    }
    Ok(fits)
}

/// Public ranges never hold what comes over a service endpoint: there only the subnet's id counts.
fn within(ranges: &str, origin: &Origin) -> Result<bool, String> {
    let mut found = false;
    for range in ranges.split(',') {
        let Some(range) = net(range) else {
            let any = ["any", "*"].contains(&range.trim().to_ascii_lowercase().as_str());
            if any {
                found = true;
                continue;
            }
            return Err(format!(
                "names {}, which is no range",
                one_line(range.trim())
            ));
        };
        found |= match origin {
            Origin::Public(ip) => range.contains(ip),
            Origin::Subnet(_) => range.prefix_len() == 0,
        };
    }
    Ok(found)
}
