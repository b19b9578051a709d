//! `cargo demo`: the main job on a fresh machine. A real API server, the simulated Azure with a broken gateway, the
//! operator, one `kubectl apply`, and the cause in `kubectl describe`.
#![expect(clippy::print_stdout, reason = "a demo is what it prints")]
use anyhow::{Context, Result, bail};
use appgw_e2e::{
    control_plane::{ControlPlane, Options as PlaneOptions},
    operator::Operator,
    programs::{self, Build},
    sim::{AzureSim, Options, world::World},
};
use clap::Parser;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

/// Diagnoses a broken gateway of a simulated Azure on a local control plane.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Args {
    /// The world to break: a name in e2e/worlds, or a file
    #[arg(long, default_value = "deny-on-backend-subnet", value_name = "WORLD")]
    world: String,
    /// Factor on the waits of the simulated Azure; 1 is as slow as the real one
    #[arg(long, default_value_t = 0.2, value_name = "FACTOR", value_parser = factor)]
    time_scale: f64,
    /// Leave everything running until Ctrl-C, and say how to look around
    #[arg(long)]
    keep: bool,
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor >= 0.0 => Ok(factor),
        _ => Err("a number that is not negative".to_owned()),
    }
}

/// As long as the slowest answer of Azure may take, and a little more.
const PATIENCE: &str = "--timeout=180s";
const NAMESPACE: &str = "edge";
const NAME: &str = "shop-502";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(
    Args {
        world,
        time_scale,
        keep,
    }: Args,
) -> Result<()> {
    let began = Instant::now();
    let say = |text: &str| println!("\n[{:>5.1} s] {text}", began.elapsed().as_secs_f64());

    let file = world_file(&world)?;
    let world = World::load(&file).with_context(|| format!("the world {}", file.display()))?;
    let Some(gateway) = world.gateway_ids().first().cloned() else {
        bail!("{} has no gateway to diagnose", file.display());
    };

    say("building the operator (cargo, nothing if it is up to date)");
    let programs = tokio::task::spawn_blocking(|| programs::built(Build::Alone)).await??;

    say(
        "starting etcd and kube-apiserver (built from pinned Go modules the first time: 6 to 10 minutes)",
    );
    let plane = ControlPlane::start(PlaneOptions::default()).await?;
    plane.apply_crd(&appgw_crds::yaml()?).await?;

    say("starting the simulated Azure: Entra ID and the resource manager, over TLS");
    let sim = AzureSim::start(
        world,
        Options {
            time_scale,
            ..Options::default()
        },
    )
    .await?;
    println!("          {}: {}", sim.origin(), headline(&file));

    say("starting the operator");
    let flags = ["--no-lease", "--namespace", NAMESPACE];
    let operator = Operator::start(
        &programs.join(programs::OPERATOR),
        plane.kubeconfig_path(),
        &sim,
        flags,
    )?;

    say("a person applies a diagnosis");
    let manifest = manifest(&gateway);
    println!("{manifest}");
    plane.kubectl(["create", "namespace", NAMESPACE]).await?;
    let applied = plane
        .kubectl_as(plane.kubeconfig_path(), ["apply", "-f", "-"], &manifest)
        .await?;
    println!("{}", applied.trim_end());

    say("waiting for the verdict: kubectl wait agd/shop-502 --for=jsonpath='{.status.verdict}'");
    let object = format!("agd/{NAME}");
    let wait = [
        "wait",
        &object,
        "-n",
        NAMESPACE,
        "--for=jsonpath={.status.verdict}",
        PATIENCE,
    ];
    if let Err(error) = plane.kubectl(wait).await {
        bail!("{error:#}\nthe operator's log:\n{}", operator.log());
    }

    say("kubectl get agd -n edge");
    print!("{}", plane.kubectl(["get", "agd", "-n", NAMESPACE]).await?);
    say("kubectl describe agd shop-502 -n edge");
    println!(
        "{}",
        plane
            .kubectl(["describe", "agd", NAME, "-n", NAMESPACE])
            .await?
            .trim_end()
    );

    let requests = sim.requests_to("/subscriptions/");
    let writes = sim.writes().len();
    say(&format!(
        "Azure was asked {} times, polls included, and {writes} of these could have changed anything",
        requests.len()
    ));
    if keep {
        look_around(&plane, &sim).await?;
    }
    let stopped = operator.stop().await?;
    sim.stop().await;
    plane.stop().await?;
    say(&format!(
        "stopped; the operator's exit code is {}",
        stopped.map_or("unknown".to_owned(), |code| code.to_string())
    ));
    if writes > 0 {
        bail!("the simulated Azure saw requests that could have changed something");
    }
    Ok(())
}

fn world_file(world: &str) -> Result<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/worlds"));
    for file in [folder.join(format!("{world}.yaml")), PathBuf::from(world)] {
        if file.is_file() {
            return Ok(file);
        }
    }
    bail!(
        "{world} is neither a world of {} nor a file",
        folder.display()
    )
}

/// The comment on top of a world says what is broken.
fn headline(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map_while(|line| line.strip_prefix("# "));
    lines.collect::<Vec<_>>().join(" ")
}

fn manifest(gateway: &str) -> String {
    format!(
        "apiVersion: {}/{}\nkind: {}\nmetadata:\n  name: {NAME}\n  namespace: {NAMESPACE}\nspec:\n  gateway:\n    resourceId: {gateway}\n",
        appgw_crds::GROUP,
        appgw_crds::VERSION,
        appgw_crds::KIND
    )
}

async fn look_around(plane: &ControlPlane, sim: &AzureSim) -> Result<()> {
    println!("\nEverything goes on running; Ctrl-C ends it. To look around:");
    println!(
        "  {} --kubeconfig {} get agd -A",
        plane.kubectl_path().display(),
        plane.kubeconfig_path().display()
    );
    println!("  the simulated Azure answers at {}", sim.origin());
    loop {
        let pause = tokio::time::sleep(Duration::from_secs(3600));
        tokio::select! {
            ended = tokio::signal::ctrl_c() => return ended.context("waiting for Ctrl-C"),
            () = pause => {}
        }
    }
}
