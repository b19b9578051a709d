//! How many Kubernetes writes diagnoses make that find nothing new: counted by the API server's audit log.
use crate::{
    audit::Request,
    stage::{Scene, Stage},
    time::{file, world},
};
use anyhow::Result;
use appgw_e2e::sim::{Health, Options};
use std::time::{Duration, Instant};

/// What they find: a cause, nothing, something for which health is looked at again, a gateway that is switched off.
const WORLDS: [&str; 4] = [
    "deny-on-backend-subnet",
    "all-healthy",
    "unknown-by-udr",
    "stopped",
];
/// Longer than answers are kept, so that every visit asks Azure itself and can be counted there.
const INTERVAL: &str = "3s";
const LONGEST: Duration = Duration::from_secs(300);

/// All worlds at once, each with an operator that comes every three seconds. What was missed.
///
/// # Errors
/// If visits stay away.
pub(crate) async fn measure(stage: &Stage, quick: bool) -> Result<Vec<String>> {
    let visits = if quick { 7 } else { 30 };
    println!("\n## Kubernetes writes of an unchanged diagnosis\n");
    println!(
        "| world | writes of the first diagnosis | re-diagnoses | writes of these | the lease apart |"
    );
    println!("|---|---|---|---|---|");
    let mut scenes = Vec::new();
    for name in WORLDS {
        let (world, gateway) = world(&file(name))?;
        let options = Options {
            health: Health {
                takes: Duration::ZERO,
                retry_after: vec![Duration::ZERO],
                ..Health::default()
            },
            ..Options::default()
        };
        let mut scene = stage.scene(world, options).await?;
        stage.operate(
            &mut scene,
            &["--interval", INTERVAL, "--wait-unknown", INTERVAL],
        )?;
        scene.diagnose(name, &gateway).await?;
        scene.all_ran(&[name.to_owned()]).await?;
        scenes.push((name, gateway, scene));
    }
    // One visit more: the events of the first are posted by then.
    let mut missed = Vec::new();
    let mut before = Vec::new();
    for (_, gateway, scene) in &scenes {
        visited(scene, gateway, 2).await?;
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
