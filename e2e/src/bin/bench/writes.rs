//! How many Kubernetes writes diagnoses make that find nothing new: counted by the API server's audit log.
use crate::{
    audit::Request,
    stage::{Scene, Stage},
    time::{file, world},
};
use anyhow::Result;
use appgw_e2e::sim::{Health, Options, World};
use std::time::{Duration, Instant};

/// What they find: a cause, nothing, a cause why health is Unknown, a gateway that is switched off.
const WORLDS: [&str; 4] = [
    "deny-on-backend-subnet",
    "all-healthy",
    "unknown-by-udr",
    "stopped",
];
/// Health is Unknown, and nothing that can be read says why: looked at three times before that is the result.
const UNEXPLAINED: &str = "unknown, unexplained";
/// Longer than answers are kept, so that every visit asks Azure itself and can be counted there.
const INTERVAL: &str = "3s";
const NAME: &str = "shop-502";
/// Visits until everything is said.
const SETTLED: usize = 5;
const LONGEST: Duration = Duration::from_secs(300);

/// All worlds at once, each with an operator that comes every three seconds. What was missed.
///
/// # Errors
/// If visits stay away.
pub(crate) async fn measure(stage: &Stage, quick: bool) -> Result<Vec<String>> {
    let visits = if quick { 7 } else { 30 };
    println!("\n## Kubernetes writes of an unchanged diagnosis\n");
    println!(
        "| world | writes until all is said | re-diagnoses | writes of these | the lease apart |"
    );
    println!("|---|---|---|---|---|");
    let mut worlds = Vec::new();
    for name in WORLDS {
        worlds.push((name, world(&file(name))?.0));
    }
    worlds.push((UNEXPLAINED, unexplained()?));
    let mut scenes = Vec::new();
    for (name, world) in worlds {
        let gateway = world.gateway_ids().first().cloned().unwrap_or_default();
        let options = Options {
            health: Health {
                takes: Duration::ZERO,
                retry_after: vec![Duration::ZERO],
                ..Health::default()
            },
            ..Options::default()
        };
        let mut scene = stage.scene(world, options).await?;
        let flags = ["--interval", INTERVAL, "--wait-unknown", INTERVAL];
        stage.operate(&mut scene, &flags)?;
        scene.diagnose(NAME, &gateway).await?;
        scene.all_ran(&[NAME.to_owned()]).await?;
        scenes.push((name, gateway, scene));
    }
    // The three looks of the last world are over by then, and the events of all are posted.
    let mut missed = Vec::new();
    let mut before = Vec::new();
    for (_, gateway, scene) in &scenes {
        visited(scene, gateway, SETTLED).await?;
        scene.sim.clear_log();
        before.push(writes(&stage.audited(scene)?));
    }
    for ((name, gateway, scene), (first, lease)) in scenes.iter().zip(before) {
        let visits = visited(scene, gateway, visits).await?;
        let (now, renewed) = writes(&stage.audited(scene)?);
        let (new, renewed) = (now - first, renewed - lease);
        println!("| {name} | {first} | {visits} | {new} | {renewed} |");
        if new > 0 {
            missed.push(format!("{name}: {new} writes in {visits} re-diagnoses"));
        }
    }
    Ok(missed)
}

/// A healthy world but for a default route that its network learnt over BGP, which no document shows.
fn unexplained() -> Result<World> {
    let text = std::fs::read_to_string(file("all-healthy"))?;
    let space = "\n    space: ";
    anyhow::ensure!(text.contains(space), "no network in the world");
    let learnt = format!("\n    learnt: [0.0.0.0/0]{space}");
    Ok(World::from_yaml(&text.replacen(space, &learnt, 1))?)
}

/// Wait until the gateway has been asked for so often; each visit asks once.
async fn visited(scene: &Scene, gateway: &str, times: usize) -> Result<usize> {
    let began = Instant::now();
    loop {
        let gets = scene.sim.requests_to(gateway);
        let visits = gets
            .iter()
            .filter(|request| request.method == "GET")
            .count();
        if visits >= times {
            return Ok(visits);
        }
        anyhow::ensure!(
            began.elapsed() < LONGEST,
            "{visits} visits in {LONGEST:?}\noperator:\n{}",
            scene.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Those to anything but the lease, and those to the lease.
fn writes(requests: &[Request]) -> (usize, usize) {
    let all = requests.iter().filter(|request| request.is_write());
    let (lease, other): (Vec<_>, Vec<_>) = all.partition(|request| request.resource == "leases");
    (other.len(), lease.len())
}
