//! Back ends that really answer TLS: those of the world whose address is a loopback one.
//!
//! What is shown is worked out for each connection from the world as it is then. The listeners are those of the start.

mod chain;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    server::{Acceptor, NoServerSessionStorage},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncWriteExt as _, copy, sink},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::LazyConfigAcceptor;

use self::chain::Chains;
use super::{
    World,
    shared::Shared,
    world::{BackEnd, Listens},
};

/// Fatal alerts as TLS 1.0 has them, which every client reads: no version in common, and no certificate shown.
const PROTOCOL_VERSION: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 70];
const HANDSHAKE_FAILURE: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 40];

/// Ports that are taken and not served yet, and the certificates to show there.
pub(super) struct Taken {
    listeners: Vec<(SocketAddr, TcpListener)>,
    chains: Chains,
}

/// The running listeners; dropping them ends all their connections.
pub(super) struct Handshakes {
    tasks: JoinSet<()>,
    public: String,
}

impl Taken {
    /// Takes the ports of a world's back ends, and gives its gateways the real roots for those it calls by a text.
    pub(super) async fn of(world: &mut World) -> Result<Self> {
        let mut chains = Chains::default();
        let mut listeners = Vec::new();
        for at in world.handshakes() {
            let bound = TcpListener::bind(at).await;
            let bound = bound.with_context(|| format!("listening on {at} for a back end"))?;
            listeners.push((at, bound));
        }
        if !listeners.is_empty() {
            world.give_roots(|text, own| chains.given(text, own))?;
        }
        Ok(Self { listeners, chains })
    }

    pub(super) fn serve(mut self, shared: &Arc<Shared>) -> Result<Handshakes> {
        let public = self.chains.public_pem()?;
        let chains = Arc::new(Mutex::new(self.chains));
        let mut tasks = JoinSet::new();
        for (at, listener) in self.listeners {
            tasks.spawn(accept(listener, at, shared.clone(), chains.clone()));
        }
        Ok(Handshakes { tasks, public })
    }
}

impl Handshakes {
    /// The root of the certificates that everybody trusts, as PEM.
    pub(super) fn public_pem(&self) -> &str {
        &self.public
    }

    /// Ends all connections, and waits for it.
    pub(super) async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }
}

async fn accept(
    listener: TcpListener,
    at: SocketAddr,
    shared: Arc<Shared>,
    chains: Arc<Mutex<Chains>>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => {
                    let (shared, chains) = (shared.clone(), chains.clone());
                    connections.spawn(async move {
                        if let Err(error) = greet(tcp, at, &shared, &chains).await {
                            tracing::debug!(%error, %at, "a handshake with a back end");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, %at, "accept");
                    // Out of file descriptors, say: nothing gets better by asking again at once.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, until the client ends it.
async fn greet(
    tcp: TcpStream,
    at: SocketAddr,
    shared: &Shared,
    chains: &Mutex<Chains>,
) -> Result<()> {
    let now = shared.world(|world| world.handshakes_at(at));
    let Some(back_end) = now.filter(BackEnd::is_open) else {
        tcp.set_zero_linger()?;
        return Ok(());
    };
    if back_end.listens == Listens::Silent {
        return std::future::pending().await;
    }
    let hello = LazyConfigAcceptor::new(Acceptor::default(), tcp).await?;
    let versions = versions(&back_end);
    let refusal = if versions.is_empty() {
        Some(PROTOCOL_VERSION)
    } else {
        back_end
            .needs_client_certificate
            .then_some(HANDSHAKE_FAILURE)
    };
    if let Some(alert) = refusal {
        let mut tcp = hello.io;
        tcp.write_all(&alert).await?;
        return Ok(tcp.shutdown().await?);
    }
    let name = hello.client_hello().server_name().map(str::to_owned);
    let Some(certificate) = back_end.shows(name.as_deref()) else {
        return Ok(());
    };
    let asked = name.clone().unwrap_or_else(|| at.ip().to_string());
    let key = {
        let mut chains = chains.lock().unwrap_or_else(PoisonError::into_inner);
        chains.show(certificate, &asked)?
    };
    // An empty chain is none that TLS could send.
    if key.cert.is_empty() {
        return Ok(());
    }
    let mut stream = hello.into_stream(Arc::new(config(&versions, key)?)).await?;
    copy(&mut stream, &mut sink()).await?;
    stream.shutdown().await.or_else(|error: io::Error| {
        // The client may be gone already.
        tracing::debug!(%error, "closing a handshake");
        Ok(())
    })
}

fn config(
    versions: &[&'static SupportedProtocolVersion],
    key: Arc<CertifiedKey>,
) -> Result<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    // Each handshake shows the chain anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// The versions that a back end and rustls both speak.
fn versions(back_end: &BackEnd) -> Vec<&'static SupportedProtocolVersion> {
    let speaks = |version: &str| {
        back_end.tls.is_empty() || back_end.tls.iter().any(|own| own.as_str() == version)
    };
    [("1.2", &TLS12), ("1.3", &TLS13)]
        .into_iter()
        .filter(|(version, _)| speaks(version))
        .map(|(_, own)| own)
        .collect()
}
