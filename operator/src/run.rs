//! The whole process: its parts, and what their ends mean.
use crate::{
    admin::{self, Health},
    args::{Args, writes::WriteArgs},
    azure::{AzureArgs, Limits, Reader, SetupError, Writer},
    backoff::Backoff,
    cluster::{Cluster, NoWay},
    controller::{self, Died, Scope},
    error::chain,
    events::Events,
    guard::Guard,
    leader::{self, Candidate, Lost},
    memory::Memory,
    reconcile::{Context, Pace},
    switch::Switch,
    waits::Waits,
    writes::{Allowed, Writes},
};
use kube::{Api, Client};
use std::{
    future::pending,
    io,
    net::SocketAddr,
    process::ExitCode,
    sync::{Arc, Once},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::Notify,
};

/// Why the process ends though nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// A flag, or the credential.
    #[error("Azure")]
    Azure(#[from] SetupError),
    /// No way to the API server.
    #[error("no way to the Kubernetes API")]
    Cluster(#[from] NoWay),
    /// `--admin-address` cannot be served.
    #[error("admin address")]
    Admin(#[source] io::Error),
    /// Signals cannot be heard.
    #[error("signals")]
    Signals(#[source] io::Error),
    /// A part died; the rest without it would look alive and do nothing.
    #[error(transparent)]
    Died(#[from] Died),
    /// The lease. Another process takes over.
    #[error(transparent)]
    Lost(#[from] Lost),
}

impl Ended {
    /// Of the process: 64 wrong usage, 75 lease lost, else 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Azure(SetupError::Usage(_)) => 64,
            Self::Lost(_) => 75,
            Self::Azure(_)
            | Self::Cluster(_)
            | Self::Admin(_)
            | Self::Signals(_)
            | Self::Died(_) => 1,
        })
    }
}

async fn bound(address: Option<SocketAddr>) -> io::Result<Option<TcpListener>> {
    match address {
        Some(address) => Ok(Some(TcpListener::bind(address).await?)),
        None => Ok(None),
    }
}

/// Runs until SIGTERM or SIGINT, or until a part ends that should not.
#[expect(
    clippy::too_many_lines,
    reason = "the parts of the process, one after the other"
)]
pub async fn run(args: Args) -> Result<(), Ended> {
    // In full, so that a flag cannot be ignored.
    let Args {
        config: _,
        kubeconfig,
        namespaces,
        azure,
        writes,
        interval,
        wait_transition,
        wait_unknown,
        wait_throttled,
        transition_limit,
        workers,
        no_lease,
        lease_name,
        lease_namespace,
        lease_duration,
        admin_address,
        docs_url,
        log_format: _,
    } = args;
    let health = Arc::new(Health::default());
    let stop = stop().map_err(Ended::Signals)?;
    let eyes = Reader::new(&azure.settings()?, Limits::default())?;
    let cluster = Cluster::connect(kubeconfig.as_deref(), &health).await?;
    let admin = bound(admin_address).await.map_err(Ended::Admin)?;

    let mut candidate = (!no_lease).then(|| {
        let namespace = lease_namespace.as_deref().unwrap_or(&cluster.namespace);
        let us = leader::Settings {
            name: lease_name,
            holder: holder(),
            ttl: lease_duration,
        };
        Candidate::new(Api::namespaced(cluster.calls.clone(), namespace), us)
    });
    let lead = Notify::new();
    let lease = async {
        if let Some(candidate) = &mut candidate {
            let told = Once::new();
            let standing_by = || {
                told.call_once(|| tracing::info!("standing by: another operator holds the lease"));
                health.standing_by();
            };
            candidate.acquire(standing_by).await;
            tracing::info!("lease acquired");
        }
        health.leading();
        lead.notify_one();
        match &mut candidate {
            Some(candidate) => candidate.keep().await,
            None => pending().await,
        }
    };
    let serving = async {
        match admin {
            Some(listener) => admin::serve(listener, Arc::clone(&health)).await,
            None => pending().await,
        }
    };
    let first_token = async {
        // So that the first diagnosis need not wait for it, and a wrong secret is in the log early.
        if let Err(error) = eyes.try_credential().await {
            tracing::warn!(error = chain(&error), "no token for Azure yet");
        }
        health.azure_tried();
        pending::<()>().await;
    };
    let lease_home = lease_namespace.as_deref().unwrap_or(&cluster.namespace);
    let writes = writing(&writes, &azure, &eyes, &cluster.calls, lease_home)?;
    let writes = Arc::new(writes);
    let context = Arc::new(Context {
        writes: Some(Arc::clone(&writes)),
        memory: Memory::default(),
        events: Events::new(cluster.calls.clone(), std::env::var("HOSTNAME").ok()),
        client: cluster.calls,
        eyes: eyes.clone(),
        pace: Pace {
            interval,
            transition: wait_transition,
            unknown: wait_unknown,
            throttled: wait_throttled,
            transition_limit,
        },
        docs: docs_url,
        failures: Backoff::default(),
        losses: Backoff::between(Duration::from_secs(1), Duration::from_secs(60)),
        waits: Waits::default(),
    });
    let scope = Scope {
        namespaces,
        workers,
    };
    let watching = &cluster.watching;
    let seen = Arc::clone(&writes);
    let work = controller::run(context, watching, &scope, &health, lead.notified(), stop);
    let ended = tokio::select! {
        ended = work => ended.map_err(Ended::from),
        lost = lease => Err(lost.into()),
        error = serving => Err(Ended::Admin(error)),
        () = first_token => Ok(()),
    };
    // The lease is given up only once what was sent is on record.
    let _ = tokio::time::timeout(LAST_SENDS, seen.idle()).await;
    if let (Ok(()), Some(candidate)) = (&ended, candidate) {
        candidate.release().await;
    }
    ended
}

/// How long a stop waits for sends that are under way.
const LAST_SENDS: Duration = Duration::from_secs(25);

/// What it takes to write, as far as the installation allows it.
fn writing(
    args: &WriteArgs,
    azure: &AzureArgs,
    reader: &Reader,
    client: &Client,
    namespace: &str,
) -> Result<Writes, Ended> {
    // In full, so that a flag cannot be ignored.
    let WriteArgs {
        writes_enabled,
        writes_allowed_resolutions,
        writes_allow_deletes,
        writes_require_guard,
        writes_kill_switch,
        guard_account,
        guard_approvers,
        guard_forbid_self_approval,
        writer_auth: _,
        writer_client_id: _,
        writer_tenant: _,
        wait_logs,
    } = args;
    let writer = match args.settings(azure)? {
        Some(settings) => Some(Writer::new(&settings, Limits::default())?),
        None => None,
    };
    let allowed = Allowed {
        enabled: *writes_enabled,
        letters: writes_allowed_resolutions.iter().copied().collect(),
        deletes: *writes_allow_deletes,
        log_lag: i64::try_from(wait_logs.as_secs()).unwrap_or(i64::MAX),
    };
    let guard = if *writes_require_guard {
        Guard::new(
            client,
            guard_account.clone(),
            guard_approvers.clone(),
            *guard_forbid_self_approval,
        )
    } else {
        Guard::not_required()
    };
    let switch = Switch::new(client, namespace, writes_kill_switch.as_deref());
    Ok(Writes::new(
        allowed,
        reader.clone(),
        writer,
        guard,
        switch,
        client.clone(),
    ))
}

/// SIGTERM, as Kubernetes says it, or SIGINT, as people do.
fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
    })
}

/// The Pod, for people, and what no other process has, a restarted one of the same Pod included.
fn holder() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "appgw-operator".to_owned());
    format!("{host}_{}", uuid::Uuid::new_v4())
}
