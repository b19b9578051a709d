//! Where Azure is and who asks: the flags that the operator and the plugin share.
use super::{SetupError, cloud::Cloud, guard::Guard, origin::Origin};
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::Deserialize;
use std::{fmt, net::IpAddr, path::PathBuf};
use url::Url;

/// Flags first, then `APPGWDIAG_…`, then a file ([`AzureArgs::or`]), then what is usual for Azure.
#[derive(Args, Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AzureArgs {
    /// How to log in: auto, env (client secret in AZURE_…), workload, managed or cli
    ///
    /// auto takes a client secret in `AZURE_CLIENT_SECRET`, else a federated token in
    /// `AZURE_FEDERATED_TOKEN_FILE`, else the login of the Azure CLI.
    #[arg(long, env = "APPGWDIAG_AUTH", value_enum, hide_env_values = true)]
    pub auth: Option<Auth>,
    /// Which cloud: `AzurePublic`, `AzureUSGovernment`, `AzureChina`, or Custom with --arm-endpoint
    #[arg(long, env = "APPGWDIAG_CLOUD", value_enum, hide_env_values = true)]
    pub cloud: Option<Cloud>,
    /// Endpoint of the resource manager, https only, in place of the cloud's
    #[arg(
        long,
        env = "APPGWDIAG_ARM_ENDPOINT",
        value_name = "URL",
        hide_env_values = true
    )]
    pub arm_endpoint: Option<String>,
    /// Login authority without tenant, https only (default: `AZURE_AUTHORITY_HOST`, else the cloud's)
    #[arg(
        long,
        env = "APPGWDIAG_AUTHORITY",
        value_name = "URL",
        hide_env_values = true
    )]
    pub authority: Option<String>,
    /// Tenant to log in to (default: `AZURE_TENANT_ID`)
    #[arg(
        long,
        env = "APPGWDIAG_TENANT",
        value_name = "ID",
        hide_env_values = true
    )]
    pub tenant: Option<String>,
    /// Client id of the identity (default: `AZURE_CLIENT_ID`)
    #[arg(
        long,
        env = "APPGWDIAG_CLIENT_ID",
        value_name = "ID",
        hide_env_values = true
    )]
    pub client_id: Option<String>,
    /// What tokens are asked for (default: the cloud's; for --arm-endpoint its own origin)
    #[arg(
        long,
        env = "APPGWDIAG_AUDIENCE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub audience: Option<String>,
    /// Endpoint of Log Analytics, https only, in place of the cloud's
    #[arg(
        long,
        env = "APPGWDIAG_LOGS_ENDPOINT",
        value_name = "URL",
        hide_env_values = true
    )]
    pub logs_endpoint: Option<String>,
    /// PEM file with certificates to trust besides the system's
    #[arg(
        long,
        env = "APPGWDIAG_CA",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub ca: Option<PathBuf>,
    /// Greet back ends in these ranges by TLS, from here, to see their certificates (default: none)
    ///
    /// Nothing is sent but the greeting. Addresses of this machine, of the link and of Azure's own services are left
    /// out, unless a range within them is named.
    #[arg(
        long,
        env = "APPGWDIAG_TLS_LOOK",
        value_name = "CIDR",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub tls_look: Vec<String>,
}

/// How to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// The first of the others but `managed` for which the environment has what it needs.
    Auto,
    /// A client secret in the usual `AZURE_…` variables.
    Env,
    /// Workload identity: a federated token from a file.
    Workload,
    /// The managed identity of the machine.
    Managed,
    /// Whoever is logged in to the Azure CLI.
    Cli,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// The text itself, for the one who sends it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Who logs in, with all that is needed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of Entra ID")]
pub enum Login {
    /// A service principal by its secret.
    ClientSecret {
        tenant: String,
        client: String,
        secret: Hidden,
    },
    /// A Kubernetes service account that Entra ID trusts.
    Workload {
        tenant: String,
        client: String,
        file: PathBuf,
    },
    /// The machine; with `client`, one of several identities it has.
    Managed { client: Option<String> },
    /// The Azure CLI.
    Cli { tenant: Option<String> },
}

impl Login {
    /// Ids that an error may name.
    pub(crate) fn known(&self) -> Vec<String> {
        let ids: [Option<&String>; 2] = match self {
            Self::ClientSecret { tenant, client, .. } | Self::Workload { tenant, client, .. } => {
                [Some(tenant), Some(client)]
            }
            Self::Managed { client } => [client.as_ref(), None],
            Self::Cli { tenant } => [tenant.as_ref(), None],
        };
        ids.into_iter().flatten().cloned().collect()
    }
}

/// Everything settled: what a reader is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The resource manager.
    pub arm: Origin,
    /// The login authority, without tenant and without a slash at the end.
    pub authority: String,
    /// What tokens are asked for.
    pub audience: String,
    /// Log Analytics.
    pub logs: Origin,
    /// Who logs in.
    pub login: Login,
    /// PEM of certificates to trust besides the system's.
    pub ca: Option<Vec<u8>>,
    /// Where a handshake look may connect to.
    pub guard: Guard,
}

impl AzureArgs {
    /// What is missing here is taken from `lower`.
    #[must_use]
    pub fn or(self, lower: Self) -> Self {
        Self {
            auth: self.auth.or(lower.auth),
            cloud: self.cloud.or(lower.cloud),
            arm_endpoint: self.arm_endpoint.or(lower.arm_endpoint),
            authority: self.authority.or(lower.authority),
            tenant: self.tenant.or(lower.tenant),
            client_id: self.client_id.or(lower.client_id),
            audience: self.audience.or(lower.audience),
            logs_endpoint: self.logs_endpoint.or(lower.logs_endpoint),
            ca: self.ca.or(lower.ca),
            tls_look: if self.tls_look.is_empty() {
                lower.tls_look
            } else {
                self.tls_look
            },
        }
    }

    /// Settle everything, with the process environment for what is usual for Azure.
    pub fn settings(&self) -> Result<Settings, SetupError> {
        self.settings_in(&|name| std::env::var(name).ok())
    }

    /// The same with another environment.
    pub fn settings_in(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, SetupError> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let usage = |flag: &str, why: String| SetupError::Usage(format!("--{flag}: {why}"));
        let cloud = match (self.cloud, &self.arm_endpoint) {
            (Some(Cloud::Custom), None) => {
                let why = "Custom needs --arm-endpoint".to_owned();
                return Err(usage("cloud", why));
            }
            (Some(cloud), _) => cloud,
            (None, _) => Cloud::AzurePublic,
        };
        let ends = cloud.endpoints();
        let own = self.arm_endpoint.as_deref();
        let arm = Origin::new(own.unwrap_or(ends.arm)).map_err(|why| usage("arm-endpoint", why))?;
        let authority = self
            .authority
            .clone()
            .or_else(|| env("AZURE_AUTHORITY_HOST"))
            .unwrap_or_else(|| ends.authority.to_owned());
        let audience = match (&self.audience, own) {
            (Some(audience), _) => audience.clone(),
            (None, Some(_)) => arm.as_str().to_owned(),
            (None, None) => ends.audience.to_owned(),
        };
        let logs = match (&self.logs_endpoint, own) {
            (Some(logs), _) => Origin::new(logs).map_err(|why| usage("logs-endpoint", why))?,
            (None, Some(_)) => arm.clone(),
            (None, None) => Origin::new(ends.logs).map_err(|why| usage("logs-endpoint", why))?,
        };
        let ca = self.ca.as_ref().map(|file| {
            std::fs::read(file).map_err(|error| usage("ca", format!("{}: {error}", file.display())))
        });
        Ok(Settings {
            arm,
            authority: authority_of(&authority).map_err(|why| usage("authority", why))?,
            audience,
            logs,
            login: self.login(&env)?,
            ca: ca.transpose()?,
            guard: self.guard(&env)?,
        })
    }

    /// The API server is no back end: its address is left out, too.
    fn guard(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Guard, SetupError> {
        let range = |text: &String| {
            let text = text.trim();
            let one = || text.parse::<IpAddr>().map(IpNet::from).ok();
            let range = text.parse().ok().or_else(one);
            let why = || format!("--tls-look: {text:?} is no range such as 10.2.0.0/16");
            range.ok_or_else(|| SetupError::Usage(why()))
        };
        let allowed = self.tls_look.iter().map(range);
        let own = env("KUBERNETES_SERVICE_HOST").and_then(|host| host.parse().ok());
        Ok(Guard::new(allowed.collect::<Result<_, _>>()?, own))
    }

    fn login(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Login, SetupError> {
        let tenant = self.tenant.clone().or_else(|| env("AZURE_TENANT_ID"));
        let client = self.client_id.clone().or_else(|| env("AZURE_CLIENT_ID"));
        let secret = env("AZURE_CLIENT_SECRET");
        let file = env("AZURE_FEDERATED_TOKEN_FILE");
        let auth = match self.auth.unwrap_or(Auth::Auto) {
            Auth::Auto if secret.is_some() => Auth::Env,
            Auth::Auto if file.is_some() => Auth::Workload,
            Auth::Auto => Auth::Cli,
            other => other,
        };
        let need = |value: Option<String>, what: &str| {
            value.ok_or_else(|| {
                let name = format!("{auth:?}").to_lowercase();
                SetupError::Usage(format!("--auth {name} needs {what}"))
            })
        };
        Ok(match auth {
            Auth::Env => Login::ClientSecret {
                tenant: need(tenant, "--tenant or AZURE_TENANT_ID")?,
                client: need(client, "--client-id or AZURE_CLIENT_ID")?,
                secret: Hidden(need(secret, "AZURE_CLIENT_SECRET")?),
            },
            Auth::Workload => Login::Workload {
                tenant: need(tenant, "--tenant or AZURE_TENANT_ID")?,
                client: need(client, "--client-id or AZURE_CLIENT_ID")?,
                file: need(file, "AZURE_FEDERATED_TOKEN_FILE")?.into(),
            },
            Auth::Managed => Login::Managed { client },
            Auth::Cli | Auth::Auto => Login::Cli { tenant },
        })
    }
}

/// Entra ID's address: https, no tenant in it.
fn authority_of(authority: &str) -> Result<String, String> {
    let url =
        Url::parse(authority).map_err(|error| format!("{authority:?} is not a URL: {error}"))?;
    if url.scheme() != "https" {
        return Err(format!("{authority:?} is not https"));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
        return Err(format!(
            "{authority:?} must be scheme, host and port; the tenant goes into --tenant"
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
