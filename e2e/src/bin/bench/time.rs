//! Time to diagnosis: from the annotation that asks for it to the status that answers.
use crate::{
    az::Az,
    bound::{Bound, bound},
    print::{ms, quantiles, spread},
    stage::{Run, Scene, Stage},
};
use anyhow::{Context as _, Result};
use appgw_e2e::sim::{AzureSim, Health, Options, World};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The world of the nine cases: every NSG on the way is read, and one of them denies.
const WORLD: &str = "deny-on-backend-subnet";
const NAME: &str = "shop-502";

/// Round-trip times, in milliseconds.
const RTTS: [u64; 3] = [0, 100, 300];
/// What the health operation takes, in seconds, with how many runs.
const OPERATIONS: [(u64, usize); 3] = [(0, 15), (10, 5), (30, 3)];

/// Every round-trip time with every duration of the health operation, and beside each the article's commands by az, where
/// its scripts are at hand. What was missed.
///
/// # Errors
/// If a diagnosis does not end.
pub(crate) async fn cases(
    stage: &Stage,
    quick: bool,
    scripts: Option<&Path>,
) -> Result<Vec<String>> {
    println!("\n## Time to diagnosis\n\nWorld `{WORLD}`.\n");
    head("RTT, health");
    let (world, gateway) = world(&file(WORLD))?;
    let mut scene = stage.scene(world, behaviour(0, 0)).await?;
    stage.operate(&mut scene, &["--interval", "0s"])?;
    scene.diagnose(NAME, &gateway).await?;
    scene.all_ran(&[NAME.to_owned()]).await?;
    let mut missed = Vec::new();
    for rtt in RTTS {
        for (takes, runs) in OPERATIONS {
            if quick && takes > 10 {
                continue;
            }
            let runs = if quick { runs.div_ceil(3) } else { runs };
            let case = format!("{rtt} ms, {takes} s");
            missed.extend(measure(&mut scene, NAME, &gateway, (rtt, takes, runs), &case).await?);
        }
    }
    match scripts {
        Some(scripts) => peer(&scene.sim, scripts, &gateway, quick).await?,
        None => println!("\naz was not measured beside it: --az FOLDER names the scripts."),
    }
    Ok(missed)
}

/// The same cases by az, once each: its commands take seconds, not milliseconds.
async fn peer(sim: &AzureSim, scripts: &Path, gateway: &str, quick: bool) -> Result<()> {
    println!("\nThe article's commands by az, once each, on the same simulator:\n");
    println!("| RTT, health | steps on the way | requests | all steps | requests |");
    println!("|---|---|---|---|---|");
    sim.change(|now| *now = behaviour(0, 0));
    let az = Az::login(scripts, sim, gateway).await?;
    for rtt in RTTS {
        for (takes, _) in OPERATIONS {
            if quick && takes > 10 {
                continue;
            }
            sim.change(|now| *now = behaviour(rtt, takes));
            let [way, all] = az.both(sim).await?;
            println!(
                "| {rtt} ms, {takes} s | {} | {} | {} | {} |",
                ms(way.time),
                way.requests,
                ms(all.time),
                all.requests
            );
        }
    }
    Ok(())
}

/// Every world of the folder, at 100 ms and with a health operation that ends at once: no wait hides what is above the
/// bound. What was missed.
///
/// # Errors
/// If a diagnosis does not end.
pub(crate) async fn worlds(stage: &Stage, quick: bool) -> Result<Vec<String>> {
    println!("\n## Time to diagnosis in other worlds\n\nRTT 100 ms, health 0 s.\n");
    head("world");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let (first, _) = world(&file(WORLD))?;
    let mut scene = stage.scene(first, behaviour(0, 0)).await?;
    stage.operate(&mut scene, &["--interval", "0s"])?;
    let mut missed = Vec::new();
    for file in files {
        let name = file.file_stem().context("a world without a name")?;
        let name = name.to_string_lossy().into_owned();
        let (world, gateway) = world(&file)?;
        scene.sim.world(|now| *now = world);
        scene.diagnose(&name, &gateway).await?;
        scene.all_ran(std::slice::from_ref(&name)).await?;
        let runs = if quick { 2 } else { 5 };
        missed.extend(measure(&mut scene, &name, &gateway, (100, 0, runs), &name).await?);
        scene.remove(&name).await?;
    }
    Ok(missed)
}

fn head(case: &str) {
    println!(
        "| {case} | floor | bound | by way of | measured min / median / max | median above the bound | outside Azure | requests | within |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
}

/// One row of the table, after a run that is not counted.
async fn measure(
    scene: &mut Scene,
    name: &str,
    gateway: &str,
    (rtt, takes, runs): (u64, u64, usize),
    case: &str,
) -> Result<Option<String>> {
    let options = |takes| behaviour(rtt, takes);
    let names = [name.to_owned()];
    // Connections for as many requests at once as this round-trip time leads to.
    scene.sim.change(|now| *now = options(0));
    pause().await;
    scene.run_now(&names).await?;
    scene.sim.change(|now| *now = options(takes));
    let mut all: Vec<(Run, Bound)> = Vec::new();
    for _ in 0..runs {
        pause().await;
        let run = scene.run_now(&names).await?;
        let requests = &run.requests;
        let bound = scene
            .sim
            .world(|world| bound(world, gateway, requests, &options(takes)));
        all.push((run, bound));
    }
    let (first, bound) = all.first().context("no run")?;
    let times: Vec<Duration> = all.iter().map(|(run, _)| run.took).collect();
    let ours: Vec<Duration> = all.iter().map(|(run, _)| run.before + run.after).collect();
    let [_, median, _] = quantiles(&times);
    let [_, outside, _] = quantiles(&ours);
    let within = all.iter().filter(|(run, bound)| bound.holds(run.took));
    println!(
        "| {case} | {} | {} | {} | {} | {} | {} | {} | {} of {runs} |",
        ms(bound.floor),
        ms(bound.chain),
        bound.way,
        spread(&times),
        ms(median.saturating_sub(bound.chain)),
        ms(outside),
        first.requests.len(),
        within.count(),
    );
    let miss = (!bound.holds(median)).then(|| {
        format!(
            "time to diagnosis, {case}: {} for a bound of {}",
            ms(median),
            ms(bound.chain)
        )
    });
    Ok(miss)
}

/// What follows a diagnosis, events and the like, is over by then.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// The service with this round-trip time and a health operation that takes so many seconds, each answer of which asks
/// to come again in ten, or at once where it takes nothing.
fn behaviour(rtt: u64, takes: u64) -> Options {
    Options {
        rtt: Duration::from_millis(rtt),
        health: Health {
            takes: Duration::from_secs(takes),
            retry_after: vec![Duration::from_secs(takes.min(10))],
            ..Health::default()
        },
        ..Options::default()
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/worlds"))
}

/// The file of a world of the folder.
pub(crate) fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.yaml"))
}

/// A world and its first gateway.
///
/// # Errors
/// If it cannot be read or has none.
pub(crate) fn world(file: &Path) -> Result<(World, String)> {
    let world = World::load(file).with_context(|| format!("the world {}", file.display()))?;
    let gateway = world.gateway_ids().first().cloned();
    let gateway = gateway.with_context(|| format!("{} has no gateway", file.display()))?;
    Ok((world, gateway))
}
