//! The servers as child processes that do not outlive us, whatever ends us.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(5);
const TAIL: usize = 25;

/// A server with its log file. Killed on drop.
///
/// Not a `tokio` child: that one belongs to the runtime that started it, and tests with a runtime each share a
/// control plane.
pub(super) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `program`; its output is appended to the file `log`.
    pub(super) fn start(
        name: &'static str,
        program: &Path,
        flags: &[String],
        log: PathBuf,
    ) -> Result<Self> {
        let output = File::options().create(true).append(true).open(&log)?;
        let child = Command::new(program)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // Ctrl-C is for us; we (or the watchdog) then end the servers in the right order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        Ok(Self { name, child, log })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails if the process has ended, with the last lines of its log.
    pub(super) fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "{} ended early ({status}); its log ends with\n{}",
                self.name,
                self.last_lines()
            );
        }
        Ok(())
    }

    /// The last lines of the log.
    pub(super) fn last_lines(&self) -> String {
        last_lines(&self.log)
    }

    /// TERM, then KILL after five seconds; returns when the process is gone.
    pub(super) async fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            // The shell's own `kill`, because the standard library knows only KILL.
            Command::new("sh")
                .args(["-c", "kill -TERM \"$0\"", &self.id().to_string()])
                .status()?;
        }
        let until = Instant::now() + GRACE;
        while self.child.try_wait()?.is_none() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.kill();
        Ok(())
    }

    /// KILL; returns when the process is gone.
    pub(super) fn kill(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The end of a log file, or a line that says why it can't be read.
pub(super) fn last_lines(log: &Path) -> String {
    match fs::read(log) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(TAIL)..].join("\n")
        }
        Err(error) => format!("({}: {error})", log.display()),
    }
}

/// A shell that waits for the end of us, whichever way it comes (Ctrl-C, KILL, or a `static` that is never
/// dropped), then kills the servers and removes their folder.
pub(super) struct Watchdog {
    shell: Child,
    /// It closes with us; that is what the shell waits for.
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    const SCRIPT: &str = r#"
        while read -r line; do pids=$line; done
        if [ -n "$pids" ]; then kill -KILL $pids 2>/dev/null; sleep 1; fi
        rm -rf -- "$0"
    "#;

    /// Guards `folder`, which it will remove.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", Self::SCRIPT])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of the Ctrl-C that ends us.
            .process_group(0)
            .spawn()
            .context("cannot run sh")?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// From now on these are the processes to kill, and no others.
    pub(super) fn watch(&mut self, servers: &[&Server]) -> io::Result<()> {
        let pids: Vec<String> = servers
            .iter()
            .map(|server| server.id().to_string())
            .collect();
        match &mut self.pipe {
            Some(pipe) => writeln!(pipe, "{}", pids.join(" ")),
            None => Ok(()),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(folder: &Path) -> Server {
        Server::start(
            "sleep",
            Path::new("sleep"),
            &["60".to_owned()],
            folder.join("log"),
        )
        .unwrap()
    }

    #[test]
    fn a_dropped_watchdog_kills_what_it_watches_and_removes_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watched, mut let_go) = (sleeper(folder.path()), sleeper(folder.path()));
        let mut watchdog = Watchdog::start(folder.path()).unwrap();
        watchdog.watch(&[&watched, &let_go]).unwrap();
        watchdog.watch(&[&watched]).unwrap();
        drop(watchdog);
        assert!(watched.check().is_err());
        assert!(let_go.check().is_ok());
        assert!(!folder.path().exists());
    }

    #[test]
    fn an_early_end_is_told_with_the_end_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let flags = ["-c", "for i in $(seq 100); do echo line $i; done; exit 3"].map(str::to_owned);
        let mut server =
            Server::start("it", Path::new("sh"), &flags, folder.path().join("log")).unwrap();
        server.child.wait().unwrap();
        let error = server.check().unwrap_err().to_string();
        assert!(
            error.starts_with("it ended early (exit status: 3)"),
            "{error}"
        );
        assert!(
            error.ends_with("line 100")
                && error.contains("line 76\n")
                && !error.contains("line 75\n"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_server_that_ignores_term_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let flags =
            ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"].map(str::to_owned);
        let log = folder.path().join("log");
        let mut server = Server::start("it", Path::new("sh"), &flags, log.clone()).unwrap();
        while last_lines(&log).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let (pid, began) = (server.id().to_string(), Instant::now());
        server.stop().await.unwrap();
        assert!(began.elapsed() >= GRACE);
        let alive = Command::new("sh")
            .args(["-c", "kill -0 \"$0\" 2>/dev/null", &pid])
            .status()
            .unwrap();
        assert!(!alive.success());
    }
}
