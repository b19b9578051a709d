//! A Kubernetes control plane on this machine: a real etcd and a real kube-apiserver, without nodes.
//!
//! The processes end with this one, whichever way it ends. Unix only.

use std::{
    path::{Path, PathBuf},
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use http::Request;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use tempfile::TempDir;
use tokio::{task, time};

pub mod binaries;
mod build;
mod client_certificate;
mod flags;
pub mod helm;
mod kubectl;
mod pki;
mod process;

use flags::Ports;
use pki::Authority;
use process::{Server, Watchdog};

/// How often a start is tried again because somebody else took a port in the moment between choice and use.
const STARTS: usize = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Makes ring the provider of cryptography for rustls in this process. To be called before any client is built;
/// any number of times, and it leaves a provider alone that is there already.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A line for the person who waits for tests, past the harness, which would hold it back.
pub fn say(line: &str) {
    build::to_stderr(line);
}

/// What may differ from one control plane to the other.
#[derive(Debug, Clone)]
pub struct Options {
    /// Flags of kube-apiserver, each as `--name=value`. They replace a flag of ours of the same name.
    pub apiserver_flags: Vec<String>,
    /// How long the server may take to become ready; 3 to 5 s are normal.
    pub ready_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            apiserver_flags: Vec::new(),
            ready_within: Duration::from_secs(90),
        }
    }
}

/// A running control plane. Killed on drop; [`ControlPlane::stop`] is the gentle way.
///
/// Tests with a tokio runtime each may share one, in a `static` too; the clients are bound to the runtime in which
/// they were made.
pub struct ControlPlane {
    apiserver: Option<Server>,
    etcd: Server,
    watchdog: Watchdog,
    binaries: Binaries,
    authority: Authority,
    admin: PathBuf,
    ports: Ports,
    options: Options,
    users: AtomicUsize,
    folder: TempDir,
}

struct Binaries {
    kube_apiserver: PathBuf,
    etcd: PathBuf,
    kubectl: PathBuf,
}

impl ControlPlane {
    /// Starts a control plane and returns when it is ready, after about 4 s. Executables that are nowhere to be
    /// found are built first, which takes minutes ([`binaries::locate`]).
    ///
    /// Fails if there is no way to get the executables, if a server ends early (the error holds the end of its log)
    /// or if it is not ready in time.
    pub async fn start(options: Options) -> Result<Self> {
        install_crypto();
        let [kube_apiserver, etcd, kubectl] = task::spawn_blocking(|| {
            binaries::locate([
                &binaries::KUBE_APISERVER,
                &binaries::ETCD,
                &binaries::KUBECTL,
            ])
        })
        .await??;
        let mut starts = 0;
        loop {
            starts += 1;
            let binaries = Binaries {
                kube_apiserver: kube_apiserver.clone(),
                etcd: etcd.clone(),
                kubectl: kubectl.clone(),
            };
            match Self::launch(binaries, options.clone()).await {
                Err(error) if port_taken(&error) && starts < STARTS => {}
                result => return result,
            }
        }
    }

    async fn launch(binaries: Binaries, options: Options) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("appgw-control-plane-")
            .tempdir()?;
        let mut watchdog = Watchdog::start(folder.path())?;
        let ports = Ports::free()?;
        let authority = Authority::create(folder.path().join("pki"))?;
        let admin = authority.kubeconfig("admin", &ports.server(), "admin", &["system:masters"])?;
        let etcd = Server::start(
            "etcd",
            &binaries.etcd,
            &flags::etcd(ports, &folder.path().join("etcd")),
            folder.path().join("etcd.log"),
        )?;
        watchdog.watch(&[&etcd])?;
        let mut control_plane = Self {
            apiserver: None,
            etcd,
            watchdog,
            binaries,
            authority,
            admin,
            ports,
            options,
            users: AtomicUsize::new(0),
            folder,
        };
        control_plane.launch_apiserver().await?;
        Ok(control_plane)
    }

    async fn launch_apiserver(&mut self) -> Result<()> {
        let apiserver = Server::start(
            "kube-apiserver",
            &self.binaries.kube_apiserver,
            &flags::kube_apiserver(self.ports, &self.authority, &self.options.apiserver_flags),
            self.folder().join("kube-apiserver.log"),
        )?;
        self.watchdog.watch(&[&apiserver, &self.etcd])?;
        let apiserver = self.apiserver.insert(apiserver);

        let mut config = client_config(&self.admin).await?;
        // "Not ready" is an answer here, not a reason to try again within the client.
        config.default_retry = false;
        let client = Client::try_from(config)?;
        let until = Instant::now() + self.options.ready_within;
        loop {
            self.etcd.check()?;
            apiserver.check()?;
            let request = client.request_text(Request::get("/readyz").body(Vec::new())?);
            let answer = match time::timeout(Duration::from_secs(5), request).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if Instant::now() >= until {
                bail!(
                    "kube-apiserver is not ready after {} s ({answer}); its log ends with\n{}",
                    self.options.ready_within.as_secs(),
                    apiserver.last_lines()
                );
            }
            time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// The kubeconfig of the administrator: a client certificate of the group `system:masters`.
    pub fn kubeconfig_path(&self) -> &Path {
        &self.admin
    }

    /// A kubeconfig with a new client certificate for any user and groups; `system:authenticated` comes by itself.
    pub fn user_kubeconfig(&self, user: &str, groups: &[&str]) -> Result<PathBuf> {
        let file = format!("user-{}", self.users.fetch_add(1, Ordering::Relaxed));
        self.authority
            .kubeconfig(&file, &self.ports.server(), user, groups)
    }

    /// A new client for the administrator, in the runtime that this is called in.
    pub async fn client(&self) -> Result<Client> {
        Ok(Client::try_from(client_config(&self.admin).await?)?)
    }

    /// A new client for a user with these groups, in the runtime that this is called in.
    pub async fn client_as(&self, user: &str, groups: &[&str]) -> Result<Client> {
        Ok(Client::try_from(
            client_config(&self.user_kubeconfig(user, groups)?).await?,
        )?)
    }

    /// The `kubectl` that belongs to the server.
    pub fn kubectl_path(&self) -> &Path {
        &self.binaries.kubectl
    }

    /// The folder with the logs `kube-apiserver.log` and `etcd.log`, the data and the certificates; it is removed
    /// with the control plane.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Takes the API server away and leaves the database, for tests of an outage. Nothing happens if it is away.
    pub async fn stop_apiserver(&mut self) -> Result<()> {
        if let Some(mut apiserver) = self.apiserver.take() {
            apiserver.stop().await?;
            self.watchdog.watch(&[&self.etcd])?;
        }
        Ok(())
    }

    /// Stops the API server if it runs, starts it on the same port with the same data, and returns when it is ready.
    ///
    /// Fails as [`ControlPlane::start`] does.
    pub async fn restart_apiserver(&mut self) -> Result<()> {
        let mut starts = 0;
        loop {
            starts += 1;
            self.stop_apiserver().await?;
            match self.launch_apiserver().await {
                // A connection of somebody else may hold the port for a moment, and there is no other choice.
                Err(error) if port_taken(&error) && starts < STARTS => {
                    time::sleep(Duration::from_secs(1)).await;
                }
                result => return result,
            }
        }
    }

    /// Ends the servers and removes the folder: TERM, and KILL after five seconds. The database goes last, because a
    /// server without it may hang.
    pub async fn stop(mut self) -> Result<()> {
        self.stop_apiserver().await?;
        self.etcd.stop().await
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Some(apiserver) = &mut self.apiserver {
            apiserver.kill();
        }
        self.etcd.kill();
        // If the watchdog is gone, there is nothing left for it to do.
        let _ = self.watchdog.watch(&[]);
    }
}

async fn client_config(kubeconfig: &Path) -> Result<Config> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("cannot read our own kubeconfig")?;
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    // The client takes one from HTTPS_PROXY, and not even a proxy gets at our loopback address.
    config.proxy_url = None;
    Ok(config)
}

fn port_taken(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("address already in use")
}

#[cfg(test)]
mod tests;
