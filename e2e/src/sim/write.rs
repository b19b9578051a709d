//! What changes things: gateways, security rules, access restrictions of sites.
//!
//! A write goes through what the front door asks (permissions, locks, policies) and what the provider asks (conditions,
//! other operations, the document itself). Once it is accepted the document shows what is to be, with the state
//! `Updating` and a new `ETag`; only when its operation has succeeded is it in force for back-end health and clients.
//!
//! How it goes is in `Options::writes`, and what befalls it is told to the running simulator: `end_next`,
//! `finish_operations`, `hold`, `hold_next_write`, `edit`, and faults for the next writes (`Fault::on_writes`), before
//! they are taken (`Status`, `Reset`) or after (`LostAnswer`, `AcceptedThen`). What came of them is in the request log:
//! `writes` has all that could have changed something, `accepted_writes` those that were taken, whatever was answered.

mod change;
mod condition;
mod gateway;
mod operation;
mod power;
mod rule;
mod site;

use serde_json::Value;

use self::{change::What, operation::Operation};
pub(super) use self::{gateway::hide_newer, operation::Writes};
use super::{
    World,
    answer::Answer,
    arm::{Call, Refused},
    errors,
    lro::Handle,
    options::{Concurrent, FirstAnswer},
};

/// What a write is for.
pub(super) struct Target<'a> {
    pub(super) subscription: &'a str,
    /// The id, as asked for.
    pub(super) id: &'a str,
    /// The type, with the types of its parents.
    pub(super) kind: &'static str,
    /// The permission that it takes, which the caller has.
    pub(super) action: &'a str,
    /// The last word of the path, for an action.
    pub(super) word: Option<&'a str>,
}

/// Takes a write or refuses it; `None` if nobody can do that here.
pub(super) fn answer(call: &Call<'_>, target: &Target<'_>) -> Option<Result<Answer, Refused>> {
    let method = call.request.method.as_str();
    let word = target.word.map(str::to_ascii_lowercase);
    let write = match (target.kind, method, word.as_deref()) {
        ("applicationGateways", "PUT", None) => gateway::put,
        ("applicationGateways", "POST", Some("start")) => power::start,
        ("applicationGateways", "POST", Some("stop")) => power::stop,
        ("networkSecurityGroups/securityRules", "PUT", None) => rule::put,
        ("networkSecurityGroups/securityRules", "DELETE", None) => rule::delete,
        ("sites/config", "PUT" | "PATCH", None) => site::write,
        _ => return None,
    };
    Some(
        call.shared
            .writes(|world, writes| write(call, target, world, writes)),
    )
}

/// A poll of the operation of a write, if it is one.
pub(super) fn poll(call: &Call<'_>, subscription: &str, id: &str, status: bool) -> Option<Answer> {
    call.shared
        .writes(|world, writes| writes.poll(call, world, (subscription, id), status))
}

/// The body, which has to be an object; what is null in it is not there.
fn body(call: &Call<'_>) -> Result<Value, Refused> {
    let mut body: Value = serde_json::from_slice(&call.request.body)
        .map_err(|error| errors::unreadable(&error.to_string()))?;
    if !body.is_object() {
        return Err(errors::unreadable("an object is expected").into());
    }
    drop_nulls(&mut body);
    Ok(body)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, own| !own.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(all) => all.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Refuses what a policy forbids.
fn policies(world: &World, target: &Target<'_>) -> Result<(), Refused> {
    let name = target.id.rsplit('/').next().unwrap_or_default();
    match world.forbidding(target.id, target.action) {
        Some((policy, scope)) => Err(errors::policy(name, &policy, &scope).into()),
        None => Ok(()),
    }
}

/// Refuses a document that refers to what the caller has no permission to use; each with its action.
fn linked(
    call: &Call<'_>,
    world: &World,
    target: &Target<'_>,
    all: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<(), Refused> {
    for (action, on) in all {
        if !call.client.may(action) || world.is_denied(action, &on) {
            let Target {
                action: own, id, ..
            } = target;
            return Err(errors::linked(call.client, own, id, action, &on).into());
        }
    }
    Ok(())
}

/// Refuses a change of a resource that is being changed, if that is how it is to be.
fn alone(
    call: &Call<'_>,
    writes: &mut Writes,
    resource: &str,
    concurrent: Concurrent,
) -> Result<(), Refused> {
    let Some(other) = writes.running_on(resource) else {
        return Ok(());
    };
    match concurrent {
        Concurrent::Superseded => Ok(()),
        Concurrent::Busy => Err(errors::busy().into()),
        Concurrent::Refused => {
            let url = other.handle.url(call, super::lro::STATUS);
            Err(errors::another_operation(&url).into())
        }
    }
}

/// The permission that a write takes, and the object id of who has it.
fn by(call: &Call<'_>, target: &Target<'_>) -> (String, String) {
    (target.action.to_owned(), call.client.object_id.clone())
}

/// Takes a write: its operation runs from now on, or is over if that is how it is to be.
fn accept<'a>(
    call: &Call<'_>,
    target: &Target<'_>,
    (world, writes): (&mut World, &'a mut Writes),
    what: What,
) -> &'a mut Operation {
    let location = world.get(&what.resource);
    let location = location.as_ref().and_then(|own| own["location"].as_str());
    let handle = Handle::new(call, target.subscription, location);
    let operation = writes.accept(call.options, handle, what);
    operation.note(world, "Accepted");
    operation
}

/// The answer to a PUT that was taken; the document is what is shown of it.
fn put_answer(
    call: &Call<'_>,
    world: &mut World,
    operation: &mut Operation,
    (created, id, shown): (bool, &str, Value),
) -> Answer {
    let options = &call.options.writes;
    let status = options.status.unwrap_or(if created { 201 } else { 200 });
    if options.headers == FirstAnswer::AtOnce {
        operation.end(world);
        let shown = world.get(id).unwrap_or(shown);
        return Answer::json(status, &shown);
    }
    world.restamp(id);
    let headers = options.headers;
    let both = headers == FirstAnswer::Both;
    let wanted = (
        both || headers == FirstAnswer::AsyncOperation,
        both || headers == FirstAnswer::Location,
    );
    operation.announced(call, Answer::json(status, &shown), wanted)
}
