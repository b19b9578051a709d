//! The programs of this workspace that whole-system tests and the demo start: built by cargo itself, so that
//! what runs is what the sources say.
use anyhow::{Context, Result, bail, ensure};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// The operator.
pub const OPERATOR: &str = "appgw-operator";
/// The kubectl plugin.
pub const PLUGIN: &str = "kubectl-appgw";

/// How the programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// As `cargo test --workspace` builds them: nothing is built twice, and a stale one is built anew.
    WithTests,
    /// As `cargo build --workspace` does.
    Alone,
}

/// The folder the programs are in, after cargo has brought them up to date; once a process. Whoever wants others
/// run (a release build, say) names their folder in `APPGWDIAG_PROGRAMS`.
///
/// # Errors
/// If cargo fails; its own message is on stderr.
pub fn built(how: Build) -> Result<&'static Path> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| build(how).map_err(|error| format!("{error:#}")));
    match folder {
        Ok(folder) => Ok(folder),
        Err(error) => bail!("{error}"),
    }
}

fn build(how: Build) -> Result<PathBuf> {
    if let Some(folder) = env::var_os("APPGWDIAG_PROGRAMS") {
        return Ok(folder.into());
    }
    let folder = own_folder()?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => bail!("{} is no target folder", folder.display()),
    };
    // A person watches the demo, so cargo's own progress is shown there.
    let words: &[&str] = match how {
        Build::WithTests => &["test", "--workspace", "--no-run", "--quiet"],
        Build::Alone => &["build", "--workspace", "--bins"],
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(words)
        .args(["--profile", profile])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("cargo cannot be started: the Rust toolchain is missing")?;
    ensure!(status.success(), "cargo {} failed", words.join(" "));
    for program in [OPERATOR, PLUGIN] {
        let path = folder.join(program);
        ensure!(path.is_file(), "{} was not built", path.display());
    }
    Ok(folder)
}

/// `target/<profile>`: tests run one folder below it, in `deps`.
fn own_folder() -> Result<PathBuf> {
    let own = env::current_exe().context("this program does not know where it is")?;
    let folder = own.parent().context("this program is in no folder")?;
    Ok(match folder.file_name() {
        Some(name) if name == "deps" => folder.parent().unwrap_or(folder).to_owned(),
        _ => folder.to_owned(),
    })
}
