//! Sizes, the subnet and what stands around a gateway.

use serde_json::Value;

use super::{Checked, Part, refuse};
use crate::sim::{arm::Refused, errors, write::rule::shut_off};

pub(super) fn check(checked: &Checked) -> Result<(), Refused> {
    unchanged(checked)?;
    size(checked)?;
    subnet(checked)?;
    firewall(checked)?;
    let key_vault = checked
        .parts("sslCertificates")
        .any(|own: Part| own.own["keyVaultSecretId"].is_string());
    if key_vault && checked.goal["identity"]["userAssignedIdentities"].is_null() {
        let message = format!(
            "Application Gateway {} refers to Key Vault secrets and has no identity to read them.",
            checked.id
        );
        return Err(refuse(
            "ApplicationGatewayKeyVaultSecretException",
            &message,
        ));
    }
    Ok(())
}

/// What cannot be changed.
fn unchanged(checked: &Checked) -> Result<(), Refused> {
    let Some(before) = checked.before else {
        return Ok(());
    };
    let sorted = |value: &Value| {
        let mut all: Vec<String> = value
            .as_array()
            .into_iter()
            .flatten()
            .map(Value::to_string)
            .collect();
        all.sort();
        all
    };
    if sorted(&before["zones"]) != sorted(&checked.goal["zones"]) {
        let message = format!(
            "Changing property 'zones' is not allowed for {}.",
            checked.id
        );
        return Err(refuse("PropertyChangeNotAllowed", &message));
    }
    let tier = |own: &Value| super::is_v2(own["sku"]["tier"].as_str().unwrap_or_default());
    if tier(checked.before()) != tier(checked.properties()) {
        let message = format!(
            "Changing property 'sku.tier' is not allowed for {}.",
            checked.id
        );
        return Err(refuse("PropertyChangeNotAllowed", &message));
    }
    Ok(())
}

fn size(checked: &Checked) -> Result<(), Refused> {
    let properties = checked.properties();
    let (sku, scale) = (&properties["sku"], &properties["autoscaleConfiguration"]);
    let wrong = |detail: String| Err(errors::unparsed(&detail).into());
    let basic = super::is_word(&sku["tier"], "Basic");
    if scale.is_object() {
        if !checked.v2 || basic {
            let message = format!(
                "Application Gateway {} does not support autoscaling with the selected SKU tier.",
                checked.id
            );
            let code = "ApplicationGatewayFeatureCannotBeEnabledForSelectedSku";
            return Err(refuse(code, &message));
        }
        if !sku["capacity"].is_null() {
            return wrong(
                "'sku.capacity' and 'autoscaleConfiguration' exclude each other.".to_owned(),
            );
        }
        let least = scale["minCapacity"].as_i64().unwrap_or(-1);
        let most = scale["maxCapacity"].as_i64().unwrap_or(10);
        if !(0..=125).contains(&least) || !(2..=125).contains(&most) || least > most {
            return wrong(format!(
                "Autoscale bounds {least} and {most} are out of range."
            ));
        }
    } else {
        let most = match (checked.v2, basic) {
            (_, true) => 2,
            (true, _) => 125,
            (false, _) => 32,
        };
        let capacity = sku["capacity"].as_i64().unwrap_or_default();
        if !(1..=most).contains(&capacity) {
            return wrong(format!(
                "'sku.capacity' {capacity} is not between 1 and {most}."
            ));
        }
    }
    Ok(())
}

/// The most instances that a document may lead to.
fn most(properties: &Value) -> u64 {
    let scale = &properties["autoscaleConfiguration"];
    if scale.is_object() {
        return scale["maxCapacity"].as_u64().unwrap_or(10);
    }
    properties["sku"]["capacity"].as_u64().unwrap_or_default()
}

fn subnet(checked: &Checked) -> Result<(), Refused> {
    let of = |properties: &Value| {
        let list = properties["gatewayIPConfigurations"].as_array();
        let first = list.and_then(|all| all.first().cloned())?;
        let id = first["properties"]["subnet"]["id"].as_str()?;
        Some(id.to_ascii_lowercase())
    };
    let own = of(checked.properties())
        .ok_or_else(|| super::missing("subnet", "properties.gatewayIPConfigurations"))?;
    if let Some(old) = of(checked.before())
        && old != own
        && !super::is_word(&checked.before()["operationalState"], "Stopped")
    {
        let message = format!(
            "Application Gateway {} must be stopped before the subnet of its IP configuration can \
            be changed.",
            checked.id
        );
        return Err(refuse(
            "ApplicationGatewayIpCofigSubnetCannotBeChanged",
            &message,
        ));
    }
    let private = checked
        .parts("frontendIPConfigurations")
        .filter(|own| own.own["subnet"].is_object())
        .count() as u64;
    let needed = most(checked.properties());
    let room = checked.world.room_in(&own);
    let grown = needed > most(checked.before());
    if grown && room.is_some_and(|room| needed + private > room) {
        let message = format!(
            "Subnet {own} does not have enough capacity for {needed} instances of Application \
            Gateway {}.",
            checked.id
        );
        return Err(refuse("SubnetIsFull", &message));
    }
    let shut = checked.world.gateways_shut_off();
    if let Some((gateway, subnet, group)) = shut
        .iter()
        .find(|(gateway, ..)| gateway.eq_ignore_ascii_case(checked.id))
    {
        return Err(shut_off(gateway, subnet, group).into());
    }
    if checked.world.is_routed_elsewhere(checked.id) {
        let message = "For routes associated to subnet containing Application Gateway V2, please \
            ensure '0.0.0.0/0' uses Next Hop Type as 'Internet'";
        return Err(refuse(
            "ApplicationGatewaySubnetUserDefinedRouteNotAllowed",
            message,
        ));
    }
    Ok(())
}

fn firewall(checked: &Checked) -> Result<(), Refused> {
    let properties = checked.properties();
    let policy = properties["firewallPolicy"]["id"].as_str();
    let config = &properties["webApplicationFirewallConfiguration"];
    match policy.filter(|_| config.is_object()) {
        Some(policy) => {
            let message = format!(
                "WebApplicationFirewallConfiguration cannot be changed when there is a WAF Policy \
                {policy} associated with it."
            );
            let code = "ApplicationGatewayWafConfigurationCannotBeChangedWithWafPolicy";
            Err(refuse(code, &message))
        }
        None => Ok(()),
    }
}
