//! The kubectl plugin: the operator's engine for one person, without a cluster.
//!
//! What it prints goes to stdout, what it has to say about itself to stderr. The exit code is that
//! of the verdict, so that a script need not read the output.
mod catalogue;
mod check;
mod diagnose;
mod docs;
mod doctor;
mod failed;
mod files;
mod findings;
mod flags;
mod lint;
mod manifest;
mod markdown;
mod outcome;
mod page;
mod plans;
mod shapes;
mod table;
mod text;

use crate::telemetry;
use clap::{Parser as _, error::ErrorKind};
use failed::Failed;
use flags::{Cli, Command};
use std::process::ExitCode;

/// Wrong usage. Clap's own 2 would collide with "undecided".
const USAGE: u8 = 64;

/// Does what the command line of this process says.
pub fn main() -> ExitCode {
    // A tool for people is quiet unless asked, and what a client has to say is told once.
    let directives = std::env::var("RUST_LOG").unwrap_or_default();
    let quiet = directives.trim().is_empty();
    telemetry::init(
        telemetry::Format::Text,
        if quiet {
            "warn,kube_client=off"
        } else {
            &directives
        },
    );
    match Cli::try_parse() {
        Err(error) => {
            // A closed pipe is no reason to complain.
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(USAGE),
            }
        }
        Ok(cli) => ExitCode::from(run(cli.command).unwrap_or_else(|failed| {
            files::complain(&failed);
            failed.exit()
        })),
    }
}

fn run(command: Command) -> Result<u8, Failed> {
    match command {
        Command::Diagnose(args) => diagnose::diagnose(&args),
        Command::Replay(args) => diagnose::replay(&args),
        Command::Rows(args) => catalogue::rows(&args),
        Command::Explain(args) => catalogue::explain(&args),
        Command::Lint(args) => lint::lint(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Plan(args) => plans::plan(&args),
        Command::Approve(args) => plans::approve(&args),
        Command::Reject(args) => plans::reject(&args),
        Command::Rollback(args) => plans::rollback(&args),
        Command::Policies(args) => plans::policies(&args),
        Command::Docs(args) => docs::docs(&args),
    }
}
