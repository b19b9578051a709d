//! Beside our own times, in the same run: the article's commands by the real az, on the same simulated Azure.
//!
//! The scripts are not part of this repository: `az-env.sh`, which logs az in, and `diagnose.sh`, which runs the
//! article's commands one after another, as a person who types without pause.
use anyhow::{Context as _, Result, ensure};
use appgw_e2e::sim::AzureSim;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::process::Command;

/// The steps on the way to the cause in the world that is timed.
const ON_THE_WAY: &str = "1a 1b 2a 2c 2c-1";
/// All of them.
const ALL: &str = "1a 1b 2a 2b 2c 2c-1 2d 3 4 5 6a 6b";

/// az, logged in to one simulated Azure.
pub(crate) struct Az {
    scripts: PathBuf,
    /// Lines for a shell that make it find az and its login.
    session: String,
    /// The gateway's parts, for the scripts.
    gateway: [(&'static str, String); 3],
    folder: TempDir,
}

/// How long the commands took, and how many requests they sent.
pub(crate) struct Took {
    pub(crate) time: Duration,
    pub(crate) requests: usize,
}

impl Az {
    /// Log in. `AZ_VENV` says where az is, as for the scripts.
    ///
    /// # Errors
    /// If a script is missing, or az cannot be logged in.
    pub(crate) async fn login(scripts: &Path, sim: &AzureSim, gateway: &str) -> Result<Self> {
        let scripts = scripts
            .canonicalize()
            .with_context(|| format!("the scripts in {}", scripts.display()))?;
        for script in ["az-env.sh", "diagnose.sh"] {
            let there = scripts.join(script).is_file();
            ensure!(there, "no {script} in {}", scripts.display());
        }
        let folder = TempDir::new()?;
        let ca = folder.path().join("ca.pem");
        fs::write(&ca, sim.ca_pem())?;
        let session = Command::new("bash")
            .arg(scripts.join("az-env.sh"))
            .arg(sim.origin())
            .arg(&ca)
            .env("AZ_TENANT", sim.tenant())
            .env("TMPDIR", folder.path())
            .output()
            .await?;
        let said = String::from_utf8_lossy(&session.stderr);
        ensure!(session.status.success(), "az cannot log in: {said}");
        let parts: Vec<&str> = gateway.split('/').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        Ok(Self {
            scripts,
            session: String::from_utf8(session.stdout)?,
            gateway: [
                ("SUBSCRIPTION", part(2)),
                ("RG", part(4)),
                ("RESOURCE_NAME", part(8)),
            ],
            folder,
        })
    }

    /// The commands on the way to the cause, and all of them.
    ///
    /// # Errors
    /// If they cannot be run, or one that leads to the cause fails.
    pub(crate) async fn both(&self, sim: &AzureSim) -> Result<[Took; 2]> {
        Ok([
            self.steps(sim, ON_THE_WAY, true).await?,
            // Some of the rest ask for what this world has not, such as a workspace.
            self.steps(sim, ALL, false).await?,
        ])
    }

    async fn steps(&self, sim: &AzureSim, steps: &str, all_well: bool) -> Result<Took> {
        sim.clear_log();
        let script = format!(
            "{}exec bash {}/diagnose.sh",
            self.session,
            self.scripts.display()
        );
        let began = Instant::now();
        let ended = Command::new("bash")
            .args(["-c", &script])
            .envs(self.gateway.iter().cloned())
            .env("STEPS", steps)
            .env("ARTICLE_ONLY", "1")
            .env("PROBE_NAME", "p-api")
            .env("LA_URL", sim.origin())
            .env("TMPDIR", self.folder.path())
            .stdin(Stdio::null())
            .output()
            .await?;
        let time = began.elapsed();
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(!all_well || ended.status.success(), "az failed:\n{said}");
        let requests = sim.requests_to("/subscriptions/").len();
        ensure!(requests > 0, "az asked nothing:\n{said}");
        Ok(Took { time, requests })
    }
}
