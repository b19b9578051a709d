//! Prints the CRD, writes it to the file beside the sources (`--write`), or tells whether that file is up to date (`--check`).
use std::{env, fs, process::ExitCode};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/appgatewaydiagnoses.yaml");
const USAGE: &str = "usage: crdgen [--write | --check]";

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("crdgen: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What goes to standard output.
fn run(args: &[String]) -> Result<String, String> {
    let made =
        appgw_crds::yaml().map_err(|error| format!("the CRD does not become YAML: {error}"))?;
    match args
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => Ok(made),
        ["--write"] => {
            fs::write(FILE, made).map_err(|error| format!("cannot write {FILE}: {error}"))?;
            Ok(format!("wrote {FILE}\n"))
        }
        ["--check"] => {
            let kept =
                fs::read_to_string(FILE).map_err(|error| format!("cannot read {FILE}: {error}"))?;
            if kept == made {
                Ok(format!("{FILE} is up to date\n"))
            } else {
                Err(format!(
                    "{FILE} is stale: cargo run -p appgw-crds --bin crdgen -- --write"
                ))
            }
        }
        _ => Err(USAGE.into()),
    }
}
