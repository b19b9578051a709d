//! Writes of the rules of network security groups.

mod check;

pub(super) use self::check::shut_off;

use serde_json::{Value, json};

use super::{
    Target, Writes, accept, alone, by,
    change::{Change, Results, What},
    condition, policies, put_answer,
};
use crate::sim::{
    World,
    answer::Answer,
    arm::{Call, Refused},
    errors,
    options::{Concurrent, IfMatch},
};

/// `PUT {group}/securityRules/{name}`.
pub(super) fn put(
    call: &Call<'_>,
    target: &Target<'_>,
    world: &mut World,
    writes: &mut Writes,
) -> Result<Answer, Refused> {
    policies(world, target)?;
    let body = super::body(call)?;
    let id = target.id;
    let before = world.get(id);
    let group = group_of(id);
    conditions(call, target, before.as_ref())?;
    // The provider never cancels one rule for another: the second one has to wait.
    alone(call, writes, group, Concurrent::Busy)?;
    let rule = json!({"properties": completed(&body["properties"])});
    let nsg = world.get(group).ok_or_else(|| errors::gone(group))?;
    check::rule(id, &rule, &nsg)?;
    check::platform(world, id, Some(&rule))?;
    let shown = world
        .show_element(id, Some(rule.clone()), "Updating")
        .map_err(|_| errors::gone(group))?;
    let what = What {
        name: "PutSecurityRuleOperation",
        target: id.to_owned(),
        by: by(call, target),
        resource: group.to_owned(),
        change: Change::Put(rule),
        takes: call.options.writes.rule_takes,
        results: Results::Document,
    };
    let operation = accept(call, target, (world, writes), what);
    Ok(put_answer(
        call,
        world,
        operation,
        (before.is_none(), id, shown),
    ))
}

/// `DELETE {group}/securityRules/{name}`: 204 if it is not there.
pub(super) fn delete(
    call: &Call<'_>,
    target: &Target<'_>,
    world: &mut World,
    writes: &mut Writes,
) -> Result<Answer, Refused> {
    let id = target.id;
    let before = world.get(id);
    let group = group_of(id);
    conditions(call, target, before.as_ref())?;
    alone(call, writes, group, Concurrent::Busy)?;
    if before.is_none() {
        return Ok(Answer::empty(204));
    }
    check::platform(world, id, None)?;
    world
        .show_element(id, None, "Deleting")
        .map_err(|_| errors::gone(group))?;
    let what = What {
        name: "DeleteSecurityRuleOperation",
        target: id.to_owned(),
        by: by(call, target),
        resource: group.to_owned(),
        change: Change::Delete,
        takes: call.options.writes.rule_takes,
        results: Results::Nothing,
    };
    let operation = accept(call, target, (world, writes), what);
    Ok(operation.announced(call, Answer::empty(202), (true, true)))
}

fn conditions(call: &Call<'_>, target: &Target<'_>, before: Option<&Value>) -> Result<(), Refused> {
    if call.options.writes.if_match == IfMatch::Ignored {
        return Ok(());
    }
    condition::check(call, target.id, before)
}

/// The id of the group that a rule is in.
fn group_of(id: &str) -> &str {
    id.rsplitn(3, '/').last().unwrap_or(id)
}

/// A rule with the lists that the provider adds, and without what only it may say.
fn completed(properties: &Value) -> Value {
    let mut own = if properties.is_object() {
        properties.clone()
    } else {
        json!({})
    };
    if let Some(fields) = own.as_object_mut() {
        fields.remove("provisioningState");
        for list in [
            "sourceAddressPrefixes",
            "destinationAddressPrefixes",
            "sourcePortRanges",
            "destinationPortRanges",
        ] {
            fields.entry(list).or_insert_with(|| json!([]));
        }
        // Numbers may come as texts.
        if let Some(priority) = fields.get_mut("priority")
            && let Some(number) = priority.as_str().and_then(|text| text.parse::<i64>().ok())
        {
            *priority = json!(number);
        }
    }
    own
}
