//! `doctor`: whether everything is in place, in the cluster and here.
//!
//! Looks with the rights of whoever asks and changes nothing. What may not be looked at is said as
//! such, never taken for good.
mod crd;
mod lease;
mod objects;
mod rights;

use super::{
    failed::Failed,
    files,
    flags::{self, Remarks},
    outcome::json,
    text::printable,
};
use crate::{
    azure::{AzureArgs, Limits, Login, Reader, SetupError},
    error::chain,
};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::Serialize;
use std::{path::Path, time::Duration};

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be.
    Ok,
    /// Not as it should be, or worth a look.
    Remark,
    /// It could not be looked at.
    Unknown,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Remark => "REMARK",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Seen {
    check: &'static str,
    level: Level,
    says: String,
}

impl Seen {
    fn new(check: &'static str, level: Level, says: impl Into<String>) -> Self {
        let says = says.into();
        Self { check, level, says }
    }
    fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self::new(check, Level::Ok, says)
    }
    fn remark(check: &'static str, says: impl Into<String>) -> Self {
        Self::new(check, Level::Remark, says)
    }
    /// Why a look failed. Names what was looked at, for the one who may grant it.
    fn unknown(check: &'static str, what: &str, error: &kube::Error) -> Self {
        let why = match error {
            kube::Error::Api(status) if status.code == 403 => "not permitted".to_owned(),
            error => chain(error),
        };
        Self::new(check, Level::Unknown, format!("{what}: {why}"))
    }
}

/// Where to look for the operator's lease, and at whose objects.
struct Scope {
    namespace: Option<String>,
    lease_name: String,
    lease_namespace: Option<String>,
}

/// Looks at everything and says how it is.
pub(super) fn doctor(args: &flags::Doctor) -> Result<u8, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::Run(format!("cannot start: {error}")))?;
    // A flag that makes no sense is wrong usage, whatever the cluster is like.
    let azure = azure_settings(&args.azure)?;
    let seen = runtime.block_on(async {
        let client = connect(args.kubeconfig.as_deref(), args.context.as_deref()).await?;
        let version = client.apiserver_version().await;
        let version = version
            .map_err(|error| Failed::Run(format!("the cluster: {}", chain(&error))))?
            .git_version;
        let scope = Scope {
            namespace: args.namespace.clone(),
            lease_name: args.lease_name.clone(),
            lease_namespace: args.lease_namespace.clone(),
        };
        let mut seen = vec![Seen::ok("cluster", format!("Kubernetes {version} answers"))];
        let (cluster, login) = futures::join!(cluster(&client, &scope), login(azure));
        seen.extend(cluster);
        seen.push(login);
        Ok::<_, Failed>(seen)
    });
    runtime.shutdown_background();
    let seen = seen?;
    files::print(&match args.output {
        Remarks::Table => table(&seen),
        Remarks::Json => json(&seen)?,
    })?;
    Ok(u8::from(seen.iter().any(|it| it.level != Level::Ok)))
}

/// Everything there is to see in a cluster.
async fn cluster(client: &Client, scope: &Scope) -> Vec<Seen> {
    let (crd, lease, rights, objects, guard) = futures::join!(
        crd::look(client),
        lease::look(client, scope),
        rights::look(client, scope),
        objects::look(client, scope),
        objects::guard(client),
    );
    let mut seen = vec![crd, lease];
    seen.extend(rights);
    seen.extend(objects);
    seen.push(guard);
    seen
}

/// As kubectl would: the kubeconfig of the person first, else the cluster this runs in.
pub(super) async fn connect(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
) -> Result<Client, Failed> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        Failed::Run(format!("no way to a cluster: {}", chain(error)))
    };
    let options = KubeConfigOptions {
        context: context.map(str::to_owned),
        ..KubeConfigOptions::default()
    };
    let mut config = match kubeconfig {
        Some(file) => {
            let file = Kubeconfig::read_from(file).map_err(|error| failed(&error))?;
            Config::from_custom_kubeconfig(file, &options)
                .await
                .map_err(|error| failed(&error))?
        }
        None => match (Config::from_kubeconfig(&options).await, Config::incluster()) {
            (Ok(config), _) => config,
            (Err(_), Ok(config)) if context.is_none() => config,
            (Err(error), _) => return Err(failed(&error)),
        },
    };
    // A person waits; nothing is asked twice.
    config.connect_timeout = Some(Duration::from_secs(5));
    config.read_timeout = Some(Duration::from_secs(15));
    config.default_retry = false;
    Client::try_from(config).map_err(|error| failed(&error))
}

/// What a login is made from; one that lacks something on this machine is no wrong usage here.
fn azure_settings(args: &AzureArgs) -> Result<(String, Result<Reader, SetupError>), Failed> {
    let settings = args.settings()?;
    let who = match &settings.login {
        Login::ClientSecret { tenant, client, .. } => {
            format!("client secret of {client} in tenant {tenant}")
        }
        Login::Workload { tenant, client, .. } => {
            format!("workload identity {client} in tenant {tenant}")
        }
        Login::Managed { client: None } => "managed identity of this machine".to_owned(),
        Login::Managed {
            client: Some(client),
        } => format!("managed identity {client}"),
        Login::Cli { tenant: None } => "login of the Azure CLI".to_owned(),
        Login::Cli {
            tenant: Some(tenant),
        } => format!("login of the Azure CLI in tenant {tenant}"),
    };
    let who = format!("{who}, for {}", settings.audience);
    Ok((who, Reader::new(&settings, Limits::default())))
}

/// Whether `diagnose` could ask Azure from here. The operator has an identity of its own.
async fn login((who, reader): (String, Result<Reader, SetupError>)) -> Seen {
    let tried = match reader {
        Ok(reader) => reader.try_credential().await,
        Err(error) => Err(error),
    };
    match tried {
        Ok(()) => Seen::ok("Azure", format!("a token for diagnose was had here: {who}")),
        Err(error) => Seen::remark(
            "Azure",
            format!("no token for diagnose here, {who}: {error}"),
        ),
    }
}

fn table(seen: &[Seen]) -> String {
    let line = |it: &Seen| {
        let Seen { check, level, says } = it;
        format!(
            "{:<8} {check:<9} {}\n",
            level.as_str(),
            says.replace('\n', " ")
        )
    };
    // What servers and objects say is a stranger's.
    printable(&seen.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests;
