//! Starting and stopping gateways.

use std::time::Duration;

use super::{
    Target, Writes, accept, alone, by,
    change::{Change, Results, What},
    condition,
};
use crate::sim::{
    World,
    answer::Answer,
    arm::{Call, Refused},
    errors,
    options::{IfMatch, StartAnswer},
};

/// `POST {gateway}/start`.
pub(super) fn start(
    call: &Call<'_>,
    target: &Target<'_>,
    world: &mut World,
    writes: &mut Writes,
) -> Result<Answer, Refused> {
    let name = "StartApplicationGatewayOperation";
    power(call, target, (world, writes), name, ("Starting", "Running"))
}

/// `POST {gateway}/stop`.
pub(super) fn stop(
    call: &Call<'_>,
    target: &Target<'_>,
    world: &mut World,
    writes: &mut Writes,
) -> Result<Answer, Refused> {
    let name = "StopApplicationGatewayOperation";
    power(call, target, (world, writes), name, ("Stopping", "Stopped"))
}

fn power(
    call: &Call<'_>,
    target: &Target<'_>,
    (world, writes): (&mut World, &mut Writes),
    name: &'static str,
    (on_its_way, to): (&'static str, &'static str),
) -> Result<Answer, Refused> {
    let id = target.id;
    let mut document = world.get(id).ok_or_else(|| errors::gone(id))?;
    let options = &call.options.writes;
    if options.if_match == IfMatch::Honoured {
        condition::check(call, id, Some(&document))?;
    }
    alone(call, writes, id, options.concurrent)?;
    let state = &document["properties"]["operationalState"];
    let there = state.as_str() == Some(to) && writes.running_on(id).is_none();
    let endless = options.start == StartAnswer::Endless;
    let (change, takes) = if there {
        (Change::Nothing, Duration::ZERO)
    } else {
        document["properties"]["operationalState"] = on_its_way.into();
        world.show(id, document, "Updating");
        (Change::Power(to), options.power_takes)
    };
    let what = What {
        name,
        target: id.to_owned(),
        by: by(call, target),
        resource: id.to_owned(),
        change,
        takes,
        results: if endless {
            Results::Endless
        } else {
            Results::Empty
        },
    };
    let operation = accept(call, target, (world, writes), what);
    // Both headers are there although nothing may run.
    let status = if endless || there { 200 } else { 202 };
    Ok(operation.announced(call, Answer::empty(status), (true, true)))
}
