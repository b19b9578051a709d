//! `PUT` of a whole gateway.

mod check;
mod goal;
mod members;
mod schema;

use serde_json::Value;

pub(in crate::sim) use self::members::hide_newer;
use super::{
    Target, Writes, accept, alone, by,
    change::{Change, Results, What},
    condition, linked, policies, put_answer,
};
use crate::sim::{
    World,
    answer::Answer,
    arm::{Call, Refused},
    errors,
    options::IfMatch,
};

/// Takes a gateway, or says what it has against it.
pub(super) fn put(
    call: &Call<'_>,
    target: &Target<'_>,
    world: &mut World,
    writes: &mut Writes,
) -> Result<Answer, Refused> {
    policies(world, target)?;
    let id = target.id;
    let mut body = super::body(call)?;
    let before = world.get(id);
    at_its_place(&body, before.as_ref(), target)?;
    linked(call, world, target, joined(&body))?;
    let options = &call.options.writes;
    if options.if_match == IfMatch::Honoured {
        condition::check(call, id, before.as_ref())?;
    }
    alone(call, writes, id, options.concurrent)?;
    members::checked(&mut body, before.as_ref(), call.version, options.members)?;
    check::identities(&body)?;
    let mut goal = goal::goal(body, before.as_ref());
    check::gateway(world, id, &goal, before.as_ref())?;
    goal::drop_secrets(&mut goal);
    let shown = world.show(id, goal.clone(), "Updating");
    let what = What {
        name: "PutApplicationGatewayOperation",
        target: id.to_owned(),
        by: by(call, target),
        resource: id.to_owned(),
        change: Change::Put(goal.clone()),
        takes: options.gateway_takes,
        results: Results::Document,
    };
    let secret = world.unreadable_secret(&goal);
    let operation = accept(call, target, (world, writes), what);
    if let Some(secret) = secret {
        let message = format!(
            "Problem occured while accessing and validating KeyVault Secrets associated with \
            Application Gateway '{id}': {secret}."
        );
        operation.fails("ApplicationGatewayKeyVaultSecretException", message);
    }
    let created = before.is_none();
    let mut answer = put_answer(call, world, operation, (created, id, shown));
    members::hide_in(&mut answer, call.version);
    Ok(answer)
}

/// Refuses a gateway without a region, or one that has moved.
fn at_its_place(body: &Value, before: Option<&Value>, target: &Target<'_>) -> Result<(), Refused> {
    let bare = |own: &str| own.replace(' ', "").to_ascii_lowercase();
    let Some(location) = body["location"].as_str() else {
        let message = "The location property is required for this definition.";
        return Err(errors::front_door(400, "LocationRequired", message).into());
    };
    let old = before.and_then(|own| own["location"].as_str());
    match old.filter(|old| bare(old) != bare(location)) {
        Some(old) => {
            let name = target.id.rsplit('/').next().unwrap_or_default();
            let message = format!(
                "The resource '{name}' already exists in location '{old}'. A resource with the \
                same name cannot be created in location '{location}'. Please select a new \
                resource name."
            );
            Err(errors::front_door(409, "InvalidResourceLocation", &message).into())
        }
        None => Ok(()),
    }
}

/// What a gateway uses of others, each with the permission that it takes.
fn joined(body: &Value) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let mut add = |action: &'static str, id: &Value| {
        if let Some(id) = id.as_str()
            && !all.contains(&(action, id.to_owned()))
        {
            all.push((action, id.to_owned()));
        }
    };
    let subnet = "Microsoft.Network/virtualNetworks/subnets/join/action";
    let address = "Microsoft.Network/publicIPAddresses/join/action";
    let policy = "Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/join/action";
    let identity = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
    let properties = &body["properties"];
    let items = |list: &str| {
        let list = properties[list].as_array();
        list.into_iter().flatten().map(|own| &own["properties"])
    };
    for own in items("gatewayIPConfigurations").chain(items("frontendIPConfigurations")) {
        add(subnet, &own["subnet"]["id"]);
        add(address, &own["publicIPAddress"]["id"]);
    }
    add(policy, &properties["firewallPolicy"]["id"]);
    for own in items("httpListeners") {
        add(policy, &own["firewallPolicy"]["id"]);
    }
    let identities = body["identity"]["userAssignedIdentities"].as_object();
    for id in identities.into_iter().flat_map(|all| all.keys()) {
        add(identity, &Value::from(id.as_str()));
    }
    all
}
