//! The real helm: rendering a chart without a cluster, and installing it on a control plane.

use std::{ffi::OsStr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{process::Command, task, time};

use super::{ControlPlane, binaries};

const WITHIN: Duration = Duration::from_secs(120);
/// The chart of this repository.
pub const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../charts/appgw-diagnosis");

/// What `helm` says on stdout, without any cluster: `template`, `lint`.
///
/// Fails if there is no way to get helm, after 120 s, or if it exits with another code than 0; the error holds its
/// stderr.
pub async fn helm<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Result<String> {
    let folder = tempfile::tempdir()?;
    run(folder.path(), Path::new(""), args).await
}

impl ControlPlane {
    /// The same as the administrator of this cluster: `install`, `upgrade`, `template --validate`.
    pub async fn helm<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<String> {
        run(&self.folder().join("helm"), self.kubeconfig_path(), args).await
    }
}

async fn run<A: AsRef<OsStr>>(
    home: &Path,
    kubeconfig: &Path,
    args: impl IntoIterator<Item = A>,
) -> Result<String> {
    let [helm] = task::spawn_blocking(|| binaries::locate([&binaries::HELM])).await??;
    let mut command = Command::new(helm);
    command
        .args(args)
        .env("KUBECONFIG", kubeconfig)
        // Nothing of the person's own settings, plugins and repositories.
        .env("HOME", home)
        .env("HELM_CACHE_HOME", home.join("cache"))
        .env("HELM_CONFIG_HOME", home.join("config"))
        .env("HELM_DATA_HOME", home.join("data"))
        .env_remove("HELM_PLUGINS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let words: Vec<_> = command
        .as_std()
        .get_args()
        .map(OsStr::to_string_lossy)
        .collect();
    let what = format!("helm {}", words.join(" "));
    let output = time::timeout(WITHIN, command.output())
        .await
        .with_context(|| format!("{what}: not done after {} s", WITHIN.as_secs()))?
        .with_context(|| format!("cannot run {what}"))?;
    if !output.status.success() {
        bail!(
            "{what}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what}: the output is not UTF-8"))
}
