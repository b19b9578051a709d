//! Builds executables with `go`: one process at a time, into a temporary folder, with progress on stderr.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::process::last_lines;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
const BETWEEN_LINES: Duration = Duration::from_secs(15);

/// One executable to build.
pub(super) struct Job {
    pub(super) name: &'static str,
    /// Name and version, for people.
    pub(super) title: String,
    pub(super) takes: &'static str,
    pub(super) package: &'static str,
    /// The folder with `go.mod` and `go.sum`.
    pub(super) sources: PathBuf,
    pub(super) linker_flags: String,
    pub(super) output: PathBuf,
}

/// A line for the person who waits. Not `eprintln!`: the test harness would hold that back until the end.
pub(super) fn to_stderr(line: &str) {
    // Nobody to read it is no reason to fail.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Builds those of `jobs` that are still missing once the lock on the folder `cache` is ours.
///
/// Fails if the cache can't be written or a build fails; the error then holds the last lines that `go` said.
pub(super) fn build(go: &Path, cache: &Path, jobs: &[&Job], say: fn(&str)) -> Result<()> {
    let _lock = lock(cache, say).with_context(|| format!("cannot lock {}", cache.display()))?;
    for job in jobs {
        // Another process may have built it while we waited.
        if !job.output.is_file() {
            go_build(go, job, say).with_context(|| format!("cannot build {}", job.title))?;
        }
    }
    Ok(())
}

/// The lock on the cache, which ends with the process at the latest; waits for it as long as it takes.
fn lock(cache: &Path, say: fn(&str)) -> Result<File> {
    fs::create_dir_all(cache)?;
    let file = File::create(cache.join(".lock"))?;
    let mut waiting = Waiting::new(
        "waiting for another process that builds the control plane",
        say,
    );
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => waiting.look(),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

fn go_build(go: &Path, job: &Job, say: fn(&str)) -> Result<()> {
    let folder = job.output.parent().context("the output has no folder")?;
    fs::create_dir_all(folder)?;
    // In the same folder, so that the rename at the end stays within one file system.
    let scratch = tempfile::Builder::new()
        .prefix(".building-")
        .tempdir_in(folder)?;
    let (built, log) = (scratch.path().join(job.name), scratch.path().join("log"));
    let started = Instant::now();
    say(&format!(
        "building {} (about {} on two cores; only the first time)",
        job.title, job.takes
    ));

    let mut process = Command::new(go)
        .args(["build", "-C"])
        .arg(&job.sources)
        .args([
            "-trimpath",
            "-mod=readonly",
            "-buildvcs=false",
            "-ldflags",
            &job.linker_flags,
            "-o",
        ])
        .arg(&built)
        .arg(job.package)
        // No C compiler needed, and a go.work further up is not ours.
        .envs([("CGO_ENABLED", "0"), ("GOWORK", "off")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log)?)
        .spawn()
        .with_context(|| format!("cannot run {}", go.display()))?;
    let mut waiting = Waiting::after_first_line(&format!("building {}", job.title), say);
    let status = loop {
        match process.try_wait()? {
            Some(status) => break status,
            None => waiting.look(),
        }
    };
    if !status.success() {
        bail!("go build: {status}\n{}", last_lines(&log));
    }
    fs::rename(&built, &job.output)?;
    say(&format!(
        "built {} in {} s: {}",
        job.title,
        started.elapsed().as_secs(),
        job.output.display()
    ));
    Ok(())
}

/// Says every 15 s that something still goes on.
struct Waiting {
    what: String,
    began: Instant,
    next: Instant,
    say: fn(&str),
}

impl Waiting {
    /// The first line comes at the first look.
    fn new(what: &str, say: fn(&str)) -> Self {
        let now = Instant::now();
        Self {
            what: what.to_owned(),
            began: now,
            next: now,
            say,
        }
    }

    fn after_first_line(what: &str, say: fn(&str)) -> Self {
        Self {
            next: Instant::now() + BETWEEN_LINES,
            ..Self::new(what, say)
        }
    }

    /// Sleeps until it is worth looking again.
    fn look(&mut self) {
        if Instant::now() >= self.next {
            (self.say)(&format!(
                "{} … {} s",
                self.what,
                self.began.elapsed().as_secs()
            ));
            self.next += BETWEEN_LINES;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}
