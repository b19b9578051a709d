//! From the start of an operator among 100 objects to its first and its last diagnosis.
use crate::{
    print::{ms, quantiles, spread},
    stage::Stage,
    time::{file, world},
};
use anyhow::{Context as _, Result};
use appgw_e2e::sim::{Health, Options, World};
use jiff::Timestamp;
use serde_json::Value;
use std::{fmt::Write as _, path::Path, time::Duration};

const OBJECTS: usize = 100;
/// To the first visit, once the caches are there.
const TARGET: Duration = Duration::from_millis(100);

/// The moments of one start, each counted from when the operator had all objects.
struct Moments {
    /// How long it had run by then.
    listed: Duration,
    /// The first write about an object reached the API server: a visit has begun.
    first_visit: Duration,
    /// The first result was written.
    first_result: Duration,
    /// The last one was.
    last_result: Duration,
    /// Requests to Azure.
    requests: usize,
}

/// All objects about one gateway, and each about one of its own. What was missed.
///
/// # Errors
/// If an operator does not get through.
pub(crate) async fn measure(stage: &Stage, quick: bool) -> Result<Vec<String>> {
    println!(
        "\n## Start with {OBJECTS} objects\n\nRTT 0, health 0 s. Counted from the moment all objects are listed, but for the first column.\n"
    );
    println!(
        "| gateways | start to listed | first visit begun | first result written | all {OBJECTS} written | requests to Azure |"
    );
    println!("|---|---|---|---|---|---|");
    let runs = if quick { 2 } else { 5 };
    let mut missed = Vec::new();
    for gateways in [1, OBJECTS] {
        let mut all = Vec::new();
        for _ in 0..runs {
            let world = if gateways == 1 {
                world(&file("deny-on-backend-subnet"))?.0
            } else {
                many(&file("deny-on-backend-subnet"), gateways)?
            };
            all.push(once(stage, world).await?);
        }
        let of = |pick: fn(&Moments) -> Duration| all.iter().map(pick).collect::<Vec<_>>();
        let first = of(|moments| moments.first_visit);
        println!(
            "| {gateways} | {} | {} | {} | {} | {} |",
            spread(&of(|moments| moments.listed)),
            spread(&first),
            spread(&of(|moments| moments.first_result)),
            spread(&of(|moments| moments.last_result)),
            all.first().map_or(0, |moments| moments.requests),
        );
        let [_, median, _] = quantiles(&first);
        if median > TARGET {
            missed.push(format!(
                "first visit of {OBJECTS} objects after {}",
                ms(median)
            ));
        }
    }
    Ok(missed)
}

async fn once(stage: &Stage, world: World) -> Result<Moments> {
    let gateways = world.gateway_ids();
    let options = Options {
        health: Health {
            takes: Duration::ZERO,
            retry_after: vec![Duration::ZERO],
            ..Health::default()
        },
        ..Options::default()
    };
    let mut scene = stage.scene(world, options).await?;
    let names: Vec<String> = (0..OBJECTS).map(|number| format!("d-{number}")).collect();
    for (name, gateway) in names.iter().zip(gateways.iter().cycle()) {
        scene.diagnose(name, gateway).await?;
    }
    let began = Timestamp::now();
    stage.operate(&mut scene, &["--interval", "0s"])?;
    scene.all_ran(&names).await?;
    let lines = lines(&scene.log());
    let moments = |message: &str| {
        let of = lines.iter().filter(|line| line["message"] == *message);
        of.filter_map(at).collect::<Vec<_>>()
    };
    let listed = moments("objects listed");
    let listed = *listed.first().context("nothing was listed")?;
    let since = |at: Timestamp| Duration::try_from(at.duration_since(listed)).unwrap_or_default();
    let results: Vec<Timestamp> = lines
        .iter()
        .filter(|line| line["message"] == "status written" && line["verdict"] != "")
        .filter_map(at)
        .collect();
    let visits = stage.audited(&scene)?;
    let visits = visits
        .iter()
        .filter(|request| request.is_write() && request.resource.starts_with("appgateway"));
    let first_visit = visits.map(|request| request.at).min();
    Ok(Moments {
        listed: Duration::try_from(listed.duration_since(began))?,
        first_visit: since(first_visit.context("no visit in the audit log")?),
        first_result: since(*results.iter().min().context("no result in the log")?),
        last_result: since(*results.iter().max().context("no result in the log")?),
        requests: scene.sim.requests_to("/subscriptions/").len(),
    })
}

/// The operator's log, a JSON object a line.
fn lines(log: &str) -> Vec<Value> {
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn at(line: &Value) -> Option<Timestamp> {
    line["timestamp"].as_str()?.parse().ok()
}

/// A world with so many gateways like its first, all in one subnet and in one subscription.
fn many(file: &Path, count: usize) -> Result<World> {
    let text = std::fs::read_to_string(file)?;
    let name = "\n  shop:\n";
    let begin = text.find(name).context("no gateway shop")?;
    let end = text.find("\nnetworks:").context("no networks")?;
    let (head, rest) = text.split_at(begin);
    let (gateway, tail) = rest.split_at(end - begin);
    let mut all = head.to_owned();
    for number in 0..count {
        write!(
            all,
            "{}",
            gateway.replacen("shop", &format!("shop-{number}"), 1)
        )?;
    }
    all.push_str(tail);
    Ok(World::from_yaml(&all)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_of_many_gateways_has_them_all() {
        let world = many(&file("deny-on-backend-subnet"), 100).unwrap();
        assert_eq!(world.gateway_ids().len(), 100);
    }
}
