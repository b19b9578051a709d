//! `kubectl appgw`: the diagnosis without a cluster.
use appgw_operator::{cli, tls};
use std::process::ExitCode;

fn main() -> ExitCode {
    tls::install();
    cli::main()
}
