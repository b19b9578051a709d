//! The way to the API server: in the cluster first, else by kubeconfig.
use crate::{admin::Health, watch::WATCH};
use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{KubeConfigOptions, Kubeconfig},
};
use std::{path::Path, sync::Arc, time::Duration};
use tower::util::MapResponseLayer;

/// Clients for one API server.
#[derive(Clone)]
pub struct Cluster {
    /// For single calls. It repeats nothing by itself: whoever calls has a deadline.
    pub calls: Client,
    /// For watches, which are long; tells `health` of each answer.
    pub watching: Client,
    /// Of this Pod, else of the kubeconfig.
    pub namespace: String,
}

/// Why there is no way.
#[derive(Debug, thiserror::Error)]
pub enum NoWay {
    /// The file is missing, not readable, or names what is not in it.
    #[error("kubeconfig")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    /// Such as a CA that is none.
    #[error("Kubernetes client")]
    Client(#[from] kube::Error),
}

impl Cluster {
    /// With `kubeconfig` that one; without, the cluster this Pod runs in, else `KUBECONFIG` or the
    /// one at home. Sends nothing yet.
    pub async fn connect(kubeconfig: Option<&Path>, health: &Arc<Health>) -> Result<Self, NoWay> {
        let options = KubeConfigOptions::default();
        let config = match (kubeconfig, Config::incluster()) {
            (Some(file), _) => {
                let file = Kubeconfig::read_from(file)?;
                Config::from_custom_kubeconfig(file, &options).await?
            }
            (None, Ok(config)) => config,
            (None, Err(_)) => Config::from_kubeconfig(&options).await?,
        };
        let namespace = config.default_namespace.clone();
        let health = Arc::clone(health);
        // The watch falls silent for as long as nothing changes.
        let silence = Duration::from_secs(u64::from(WATCH) + 15);
        let answered = MapResponseLayer::new(move |answer: http::Response<_>| {
            if answer.status().is_success() {
                health.answered();
            }
            answer
        });
        let watching = ClientBuilder::try_from(patient(config.clone(), silence))?;
        let calls = patient(config, Duration::from_secs(15));
        Ok(Self {
            calls: ClientBuilder::try_from(calls)?.build(),
            watching: watching.with_layer(&answered).build(),
            namespace,
        })
    }
}

/// Silence ends a request, and nothing is repeated: kube would send each call up to 16 times, a
/// renewal of the lease included, over many minutes.
fn patient(mut config: Config, silence: Duration) -> Config {
    config.connect_timeout = Some(Duration::from_secs(5));
    config.read_timeout = Some(silence);
    config.write_timeout = Some(Duration::from_secs(15));
    // Or the time a connection was idle would count.
    config.reset_reader_on_write = true;
    config.default_retry = false;
    config
}
