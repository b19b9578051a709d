//! `cargo bench-diagnosis`: how fast and how quiet the operator is, on a real API server and the simulated Azure over
//! TLS. The operator is the built program, watched from outside; what the figures mean is in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "a benchmark is what it prints")]
mod audit;
mod az;
mod bound;
mod largest;
mod print;
mod sharing;
mod stage;
mod start;
mod time;
mod writes;

use anyhow::{Context as _, Result};
use appgw_e2e::programs::{self, Build};
use clap::{Parser, ValueEnum};
use stage::Stage;
use std::{path::PathBuf, process::ExitCode};

/// Measures the operator on a local control plane and a simulated Azure.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Args {
    /// Measure only these, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "FIGURE")]
    only: Vec<Figure>,
    /// Fewer runs, and no operation of Azure that takes half a minute
    #[arg(long)]
    quick: bool,
    /// Beside the times the article's commands by the real az; FOLDER has az-env.sh and diagnose.sh
    #[arg(long, value_name = "FOLDER")]
    az: Option<PathBuf>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// Time to diagnosis, by round-trip time and duration of the health operation
    Time,
    /// Time to diagnosis in every world of e2e/worlds
    Worlds,
    /// Requests of several diagnoses of one gateway in the same moment
    Sharing,
    /// Kubernetes writes of diagnoses that find nothing new
    Writes,
    /// From a start among 100 objects to the first and the last diagnosis
    Start,
    /// CPU, memory and status of a gateway of 200 listeners and 120,000 servers
    Largest,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            println!("\nMissed:");
            for miss in missed {
                println!("- {miss}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What was missed.
async fn run(Args { only, quick, az }: Args) -> Result<Vec<String>> {
    let folder = tokio::task::spawn_blocking(|| programs::built(Build::Alone)).await??;
    let profile = folder.file_name().context("a folder without a name")?;
    let profile = profile.to_string_lossy();
    let cores = std::thread::available_parallelism()?;
    println!("Operator built with profile `{profile}`; {cores} cores.");
    let stage = Stage::start(folder.join(programs::OPERATOR)).await?;
    let all = Figure::value_variants();
    let mut missed = Vec::new();
    for figure in all
        .iter()
        .filter(|figure| only.is_empty() || only.contains(figure))
    {
        let load = print::load();
        missed.extend(match figure {
            Figure::Time => time::cases(&stage, quick, az.as_deref()).await?,
            Figure::Worlds => time::worlds(&stage, quick).await?,
            Figure::Sharing => sharing::measure(&stage, quick).await?,
            Figure::Writes => writes::measure(&stage, quick).await?,
            Figure::Start => start::measure(&stage, quick).await?,
            Figure::Largest => largest::measure(&folder.join(programs::PLUGIN), quick)?,
        });
        println!("\nLoad before: {load}; after: {}.", print::load());
    }
    stage.stop().await?;
    Ok(missed)
}
