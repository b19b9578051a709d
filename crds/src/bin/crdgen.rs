//! Prints the CRD, writes it to the file beside the sources and the chart's copy (`--write`), or tells whether both are
//! up to date (`--check`).
use std::{env, fs, process::ExitCode};

const FILES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/appgatewaydiagnoses.yaml"),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../charts/appgw-diagnosis/files/appgatewaydiagnoses.yaml"
    ),
];
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
        ["--write"] => each(|file| {
            fs::write(file, &made).map_err(|error| format!("cannot write {file}: {error}"))?;
            Ok(format!("wrote {file}\n"))
        }),
        ["--check"] => each(|file| {
            let kept =
                fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
            if kept == made {
                Ok(format!("{file} is up to date\n"))
            } else {
                Err(format!(
                    "{file} is stale: cargo run -p appgw-crds --bin crdgen -- --write"
                ))
            }
        }),
        _ => Err(USAGE.into()),
    }
}

fn each(does: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    FILES.into_iter().map(does).collect()
}
