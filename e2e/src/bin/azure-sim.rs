//! The simulated Azure as a program: `azure-sim --world FILE`.
//!
//! Once it is ready it prints one line of JSON on stdout: where it is and who may log in. It ends on SIGTERM or SIGINT.

use std::{
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use appgw_e2e::sim::{
    AzureSim, FirstAnswer, Health, Options, Principal, Rule, World, Writes, world::WorldError,
};
use clap::Parser;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A simulated Azure: Entra ID and Azure Resource Manager over TLS on one port.
#[derive(Debug, Parser)]
#[command(name = "azure-sim", version)]
struct Args {
    /// The world to simulate, as YAML.
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Where to write the certificate that clients have to trust.
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// Where to write the root of those certificates of back ends that everybody trusts.
    #[arg(long, value_name = "FILE")]
    public_ca_out: Option<PathBuf>,
    /// Factor on every wait that the service asks for and on how long operations take.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR", value_parser = factor)]
    time_scale: f64,
    /// Milliseconds before each answer, not scaled.
    #[arg(long, default_value_t = 0, value_name = "N")]
    rtt_ms: u64,
    /// Seconds that a back-end health operation takes, before scaling; 0 answers at once.
    #[arg(long, default_value_t = 10, value_name = "N")]
    health_seconds: u64,
    /// Seconds that a change of a gateway takes, before scaling; 0 answers when it is done.
    #[arg(long, default_value_t = 30, value_name = "N")]
    write_seconds: u64,
    /// Faults to inject, as YAML: a list of {match: {method, path, writes, nth, count}, do: FAULT}.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Where to write each request, one line of JSON each.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(EnvFilter::from_default_env())
        .init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let line: Vec<String> = format!("{error:#}")
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            eprintln!("azure-sim: {}", line.join(" "));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let Args {
        world,
        listen,
        ca_out,
        public_ca_out,
        time_scale,
        rtt_ms,
        health_seconds,
        write_seconds,
        faults,
        log,
    } = args;
    let world = World::load(&world).map_err(|error| match error {
        // It names the file itself.
        WorldError::Unreadable { .. } => anyhow!("world {error}"),
        _ => anyhow!("world {}: {error}", world.display()),
    })?;
    let first = if health_seconds == 0 {
        FirstAnswer::AtOnce
    } else {
        FirstAnswer::Location
    };
    let health = Health {
        first,
        takes: Duration::from_secs(health_seconds),
        ..Health::default()
    };
    let headers = if write_seconds == 0 {
        FirstAnswer::AtOnce
    } else {
        FirstAnswer::AsyncOperation
    };
    let writes = Writes {
        headers,
        gateway_takes: Duration::from_secs(write_seconds),
        ..Writes::default()
    };
    let options = Options {
        listen,
        writes,
        log_file: log,
        time_scale,
        rtt: Duration::from_millis(rtt_ms),
        faults: faults
            .map(|file| Rule::load(&file))
            .transpose()?
            .unwrap_or_default(),
        health,
        ..Options::default()
    };
    // Before anybody is told that it is ready, so that no signal is lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let principals = options.principals.clone();
    let sim = AzureSim::start(world, options).await?;
    for (file, pem) in [(ca_out, sim.ca_pem()), (public_ca_out, sim.public_ca_pem())] {
        if let Some(file) = file {
            fs::write(&file, pem).with_context(|| format!("CA {}", file.display()))?;
        }
    }
    announce(&sim, &principals)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    sim.stop().await;
    Ok(())
}

/// The first one reads; the second one, if there is one, writes.
fn announce(sim: &AzureSim, principals: &[Principal]) -> io::Result<()> {
    let mut ready = json!({"origin": sim.origin(), "tenant": sim.tenant()});
    let names = [
        ("clientId", "clientSecret"),
        ("writerClientId", "writerClientSecret"),
    ];
    for ((id, secret), own) in names.into_iter().zip(principals) {
        ready[id] = json!(own.id);
        ready[secret] = json!(own.secret);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor >= 0.0 => Ok(factor),
        _ => Err("not a number of 0 or more".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent_and_a_factor_is_no_negative_number() {
        Args::command().debug_assert();
        assert_eq!(factor("0.1"), Ok(0.1));
        for wrong in ["-1", "inf", "NaN", "fast"] {
            assert!(factor(wrong).is_err(), "{wrong}");
        }
    }
}
