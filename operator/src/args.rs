//! What the operator can be told, by flag, by environment or by a file of settings.
pub mod layers;
pub mod writes;

use crate::{azure::args::AzureArgs, telemetry::Format};
use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use std::{ffi::OsString, io, net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};
use writes::WriteArgs;

/// Diagnoses HTTP 502 on Azure Application Gateway: one walk through the article for each
/// `AppGatewayDiagnosis`.
#[derive(Parser, Clone, Debug)]
#[command(name = "appgw-operator", version, after_help = LAYERS)]
pub struct Args {
    /// File of settings (YAML): the flags below in camelCase, lists as lists
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Cluster to work in (default: the one this Pod runs in, else KUBECONFIG or ~/.kube/config)
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Namespace to work in; may be repeated (default: all)
    #[arg(long = "namespace", value_name = "NAME")]
    pub namespaces: Vec<String>,

    /// Where Azure is, and who asks
    #[command(flatten)]
    pub azure: AzureArgs,
    /// What may be written, and by whom
    #[command(flatten)]
    pub writes: WriteArgs,

    /// How often to diagnose where spec.interval does not say; 0s: only on a change, a run-now or a wait
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub interval: Duration,
    /// How long until the next look while a gateway starts, stops or is created
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = wait)]
    pub wait_transition: Duration,
    /// How long until the next look while the health of all back ends is Unknown
    #[arg(long, value_name = "DURATION", default_value = "3m", value_parser = wait)]
    pub wait_unknown: Duration,
    /// How long until the next look when Azure throttles and does not say how long
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = wait)]
    pub wait_throttled: Duration,
    /// How long a gateway may start, stop or be created before that is a finding
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = wait)]
    pub transition_limit: Duration,

    /// Diagnoses that work at once; those that only wait for Azure do not count
    #[arg(long, value_name = "N", default_value = "16")]
    pub workers: NonZeroUsize,

    /// Work without a lease: for a single process that nobody runs twice
    #[arg(long)]
    pub no_lease: bool,
    /// Name of the lease
    #[arg(long, value_name = "NAME", default_value = "appgw-diagnosis")]
    pub lease_name: String,
    /// Namespace of the lease (default: that of this Pod, else of the kubeconfig)
    #[arg(long, value_name = "NAME")]
    pub lease_namespace: Option<String>,
    /// How long a lease counts that nobody renews
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = wait)]
    pub lease_duration: Duration,

    /// Where to serve /livez and /readyz, such as 0.0.0.0:8080 (default: nowhere)
    #[arg(long, value_name = "ADDRESS")]
    pub admin_address: Option<SocketAddr>,
    /// Where the pages of docs/ are served, such as <https://docs.contoso.com/appgw>; findings then link to theirs
    #[arg(long, value_name = "URL", value_parser = docs_url)]
    pub docs_url: Option<String>,
    /// How lines of log look; what is logged is said by `RUST_LOG` (default: info)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub log_format: Format,
}

const LAYERS: &str = "\
Every flag is also a variable, APPGWDIAG_WAIT_UNKNOWN, and a key of the file, waitUnknown. A flag \
counts before a variable, a variable before the file. Lists in variables are separated by commas.

Exit status: 0 asked to stop, 1 could not start or a part of it died, 64 wrong usage, 75 lease lost.";

impl Args {
    /// From the command line, the environment and the file that `--config` names.
    pub fn read() -> Result<Self, clap::Error> {
        let env = |name: &str| std::env::var_os(name);
        Self::read_in(std::env::args_os(), env, |path| {
            std::fs::read_to_string(path)
        })
    }

    /// The same, somewhere else.
    pub fn read_in(
        argv: impl IntoIterator<Item = OsString>,
        env: impl Fn(&str) -> Option<OsString>,
        file: impl Fn(&std::path::Path) -> io::Result<String>,
    ) -> Result<Self, clap::Error> {
        let matches = layers::read(&Self::command(), argv, env, file)?;
        Self::from_arg_matches(&matches)
    }
}

/// Longer than anything here is waited for, and no sum with it overflows.
const LONGEST: Duration = Duration::from_secs(720 * 3_600);

/// As Kubernetes writes durations: `90s`, `1h30m`, `0s`.
fn duration(text: &str) -> Result<Duration, String> {
    let duration: kube::core::Duration = text
        .parse()
        .map_err(|error: kube::core::duration::ParseError| error.to_string())?;
    if text.is_empty() || duration.is_negative() {
        return Err("a duration such as 90s or 1h30m".into());
    }
    let duration = Duration::from(duration);
    if duration > LONGEST {
        return Err("at most 720h".into());
    }
    Ok(duration)
}

/// A page that a browser can open, and that fits into a status with the rest of a link.
fn docs_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if url.scheme() != "https" || !plain || text.len() > 200 {
        return Err("an https URL of at most 200 characters, without query or fragment".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Not nothing: a wait of no length is a busy loop.
fn wait(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration < Duration::from_millis(100) {
        return Err("at least 100ms".into());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests;
