//! The operator as a process of its own, told about the simulated Azure and the local control plane by the
//! flags and variables that a Deployment would use.
use crate::sim::{AzureSim, Principal};
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsStr,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// A running operator; dropping it kills it.
pub struct Operator {
    child: Child,
    folder: TempDir,
}

/// Variables of a process, by name.
pub type Variables = Vec<(&'static str, String)>;

/// Who logs in at the simulated Azure, and what it takes to trust it: as variables and flags.
///
/// # Errors
/// If the certificate cannot be written to `folder`.
pub fn azure(sim: &AzureSim, folder: &Path) -> Result<(Variables, Vec<String>)> {
    let ca = folder.join("azure-ca.pem");
    std::fs::write(&ca, sim.ca_pem()).context("writing the simulator's certificate")?;
    let Principal { id, secret, .. } = Principal::default();
    let writer = Principal::writer();
    let variables = vec![
        ("AZURE_TENANT_ID", sim.tenant()),
        ("AZURE_CLIENT_ID", id),
        ("AZURE_CLIENT_SECRET", secret),
        ("AZURE_WRITER_CLIENT_ID", writer.id),
        ("AZURE_WRITER_CLIENT_SECRET", writer.secret),
    ];
    let origin = sim.origin();
    let flags = [
        ("--auth", "env"),
        ("--arm-endpoint", origin.as_str()),
        ("--authority", origin.as_str()),
        ("--ca", &ca.to_string_lossy()),
    ];
    let flags = flags
        .iter()
        .flat_map(|(flag, value)| [(*flag).to_owned(), (*value).to_owned()]);
    Ok((variables, flags.collect()))
}

impl Operator {
    /// Start `program` on the cluster of `kubeconfig` and on `sim`, with more flags of the caller's.
    ///
    /// # Errors
    /// If the process cannot be started or its folder not be made.
    pub fn start<A: AsRef<OsStr>>(
        program: &Path,
        kubeconfig: &Path,
        sim: &AzureSim,
        flags: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        let folder = TempDir::new().context("a folder for the operator's log")?;
        let (variables, azure) = azure(sim, folder.path())?;
        let log = File::create(folder.path().join("operator.log")).context("the operator's log")?;
        let child = Command::new(program)
            .env_clear()
            .envs(variables)
            .envs(std::env::var_os("SSL_CERT_FILE").map(|file| ("SSL_CERT_FILE", file)))
            .env("RUST_LOG", "info,appgw_operator=debug")
            .env("RUST_BACKTRACE", "1")
            .args(azure)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        Ok(Self { child, folder })
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Where it logs to.
    pub fn log_file(&self) -> PathBuf {
        self.folder.path().join("operator.log")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Still there.
    ///
    /// # Errors
    /// If it has ended; the end of its log is in the error.
    pub fn is_alive(&mut self) -> Result<()> {
        match self.child.try_wait().context("asking after the operator")? {
            None => Ok(()),
            Some(status) => bail!("the operator ended with {status}:\n{}", tail(&self.log())),
        }
    }

    /// Ask it to stop, as a kubelet does, and wait for it; its exit code.
    ///
    /// # Errors
    /// If it does not end within ten seconds.
    pub async fn stop(mut self) -> Result<Option<i32>> {
        let pid = self.pid().to_string();
        let kill = Command::new("kill").args(["-TERM", &pid]).status();
        kill.context("sending SIGTERM")?;
        for _ in 0..200 {
            if let Some(status) = self.child.try_wait().context("waiting for the operator")? {
                return Ok(status.code());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "the operator did not end within ten seconds of SIGTERM:\n{}",
            tail(&self.log())
        )
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(20))
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}

impl Drop for Operator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
