//! Writes of the configuration of a site: at once, without an `ETag` and without an operation.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Target, Writes, linked, policies};
use crate::sim::{
    World,
    answer::Answer,
    arm::{Call, Refused},
    errors,
    world::Written,
};

const LISTS: [&str; 2] = ["ipSecurityRestrictions", "scmIpSecurityRestrictions"];
const JOIN: &str = "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action";
/// The most rules that a site may have.
const MOST: usize = 512;
/// The longest name of a rule.
const LONGEST: usize = 32;

/// `PATCH` and `PUT {site}/config/web`: the former keeps what is not said, the latter does not.
pub(super) fn write(
    call: &Call<'_>,
    target: &Target<'_>,
    world: &mut World,
    _: &mut Writes,
) -> Result<Answer, Refused> {
    policies(world, target)?;
    let id = target.id;
    let mut document = world.get(id).ok_or_else(|| errors::gone(id))?;
    let body = super::body(call)?;
    let said = body["properties"].as_object().ok_or_else(|| {
        errors::web(
            "BadRequest",
            "The parameter properties has an invalid value.",
        )
    })?;
    let before = document["properties"].clone();
    let mut properties = if call.request.method.as_str() == "PATCH" {
        before.as_object().cloned().unwrap_or_default()
    } else {
        unsaid()
    };
    properties.extend(said.clone());
    for list in LISTS {
        let known = before[list].as_array().map_or(&[][..], Vec::as_slice);
        if let Some(rules) = properties.get_mut(list).and_then(Value::as_array_mut) {
            rules.iter_mut().for_each(numbers);
            checked(world, rules, known)?;
        }
    }
    let subnets: Vec<String> = LISTS
        .iter()
        .filter_map(|list| properties.get(*list)?.as_array())
        .flatten()
        .filter_map(|rule| rule["vnetSubnetResourceId"].as_str())
        .map(str::to_owned)
        .collect();
    linked(
        call,
        world,
        target,
        subnets.into_iter().map(|on| (JOIN, on)),
    )?;
    for list in LISTS {
        open_to_all(&mut properties, list);
    }
    document["properties"] = Value::Object(properties);
    world.keep(id, document.clone());
    world.note(Written {
        at: Timestamp::now(),
        on: id.to_owned(),
        action: target.action.to_owned(),
        caller: call.client.object_id.clone(),
        correlation: Uuid::new_v4().to_string(),
        status: "Succeeded",
    });
    Ok(Answer::json(200, &document))
}

/// The configuration of a site that says nothing.
fn unsaid() -> Map<String, Value> {
    let unsaid = json!({
        "http20Enabled": false,
        "minTlsVersion": "1.2",
        "alwaysOn": false,
        "ipSecurityRestrictions": [],
        "ipSecurityRestrictionsDefaultAction": null,
        "scmIpSecurityRestrictions": [],
        "scmIpSecurityRestrictionsDefaultAction": null,
        "scmIpSecurityRestrictionsUseMain": false,
        "publicNetworkAccess": null,
    });
    unsaid.as_object().cloned().unwrap_or_default()
}

/// Numbers may come as texts.
fn numbers(rule: &mut Value) {
    if let Some(priority) = rule.get_mut("priority")
        && let Some(number) = priority.as_str().and_then(|text| text.parse::<i64>().ok())
    {
        *priority = json!(number);
    }
}

/// Refuses rules that cannot be; those that are there already are taken as they are.
fn checked(world: &World, rules: &[Value], known: &[Value]) -> Result<(), Refused> {
    let refuse = |message: String| Err(errors::web("BadRequest", &message).into());
    if rules.len() > MOST {
        return refuse(format!(
            "No more than {MOST} IP security restrictions are allowed."
        ));
    }
    for rule in rules.iter().filter(|rule| !known.contains(rule)) {
        let name = rule["name"].as_str().unwrap_or_default();
        if name.len() > LONGEST {
            return refuse(format!(
                "The rule name '{name}' is longer than {LONGEST} characters."
            ));
        }
        let action = rule["action"].as_str().unwrap_or("Allow");
        if !["Allow", "Deny"].contains(&action) {
            return refuse(format!(
                "The action '{action}' of rule '{name}' is invalid."
            ));
        }
        let priority = &rule["priority"];
        let in_range = priority
            .as_i64()
            .is_some_and(|own| (1..=i64::from(i32::MAX)).contains(&own));
        if !priority.is_null() && !in_range {
            return refuse(format!(
                "The priority {priority} of rule '{name}' is invalid."
            ));
        }
        let (address, subnet) = (&rule["ipAddress"], &rule["vnetSubnetResourceId"]);
        match (address.as_str(), subnet.as_str()) {
            (Some(address), None) => {
                let bare = rule["subnetMask"].is_string();
                let tagged = rule["tag"].as_str() == Some("ServiceTag");
                if !tagged && !are_prefixes(address, bare) {
                    return refuse(format!("The IP address '{address}' is invalid."));
                }
            }
            (None, Some(subnet)) => {
                if world.get(subnet).is_none() {
                    return refuse(format!("The subnet '{subnet}' was not found."));
                }
            }
            _ => {
                return refuse(format!(
                    "Rule '{name}' needs either an IP address or a subnet."
                ));
            }
        }
    }
    Ok(())
}

/// Whether it is everybody, or up to eight prefixes; an address alone needs a mask beside it.
fn are_prefixes(written: &str, bare: bool) -> bool {
    let is_one = |own: &str| own.parse::<IpNet>().is_ok() || bare && own.parse::<IpAddr>().is_ok();
    let all: Vec<&str> = written.split(',').map(str::trim).collect();
    written.eq_ignore_ascii_case("Any") || all.len() <= 8 && all.into_iter().all(is_one)
}

/// A site without restrictions lists one that lets everybody in.
fn open_to_all(properties: &mut Map<String, Value>, list: &str) {
    let denies = properties
        .get(&format!("{list}DefaultAction"))
        .and_then(Value::as_str)
        .is_some_and(|word| word.eq_ignore_ascii_case("Deny"));
    let empty = properties
        .get(list)
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty);
    if empty && !denies {
        let all = json!([{
            "ipAddress": "Any",
            "action": "Allow",
            "priority": i32::MAX,
            "name": "Allow all",
            "description": "Allow all access",
        }]);
        properties.insert(list.to_owned(), all);
    }
}
