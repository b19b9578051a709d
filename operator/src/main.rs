//! `appgw-operator`: arguments, the work, an exit code.
use appgw_operator::{args::Args, error::chain, run, telemetry, tls};
use clap::error::ErrorKind;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    tls::install();
    let args = match Args::read() {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe is no reason to complain.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                // Clap's own 2 would collide with "undecided" of the plugin.
                _ => ExitCode::from(64),
            };
        }
    };
    let directives = std::env::var("RUST_LOG").unwrap_or_default();
    telemetry::init(args.log_format, &directives);
    match run::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            tracing::error!(error = chain(&ended), "the process ends");
            ended.exit_code()
        }
    }
}
