//! A TLS handshake with a back end and nothing more: what it shows is taken as it is, and judged afterwards.
use super::{
    exchange::{Failure, Raw},
    guard::Guard,
    limits::Limits,
    resolve::{self, Lookup},
    text,
};
use crate::error::chain as said;
use futures::future::BoxFuture;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        ResolvesClientCert, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
};
use serde_json::{Map, Value, json};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, join},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Connects to an address; tests bring their own.
pub type Connect =
    Arc<dyn Fn(SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>> + Send + Sync>;

/// Read of a back end at most; the longest chains there are have a tenth of it.
pub(crate) const MOST: usize = 64 << 10;

/// The network that this runs in.
pub(crate) fn system() -> Connect {
    Arc::new(|address| Box::pin(TcpStream::connect(address)))
}

/// What handshakes are made with.
pub(crate) struct Handshakes {
    pub(crate) guard: Guard,
    pub(crate) connect: Connect,
    /// As many as are made at once: this is a look, not a scan.
    pub(crate) at_once: Semaphore,
}

/// Handshakes under way at most.
pub(crate) const AT_ONCE: usize = 16;

impl Handshakes {
    /// Resolve once, connect to the address that was checked, and greet with the name, if there is one.
    pub(crate) async fn exchange(
        &self,
        lookup: &Lookup,
        limits: &Limits,
        (host, port): (&str, u16),
        name: Option<&str>,
    ) -> Raw {
        let mut more = Map::new();
        if let Some(name) = name {
            more.insert("sni".to_owned(), json!(name));
        }
        let seen = self.address(lookup, limits, host).await;
        let seen = match seen {
            Ok(address) => self.greet(limits, (address, port).into(), name).await,
            Err(failure) => Err(failure),
        };
        let mut error = None;
        match seen {
            Ok(seen) => seen.write(&mut more),
            Err(failure) => error = Some(failure.to_string()),
        }
        Raw {
            method: "TLS".to_owned(),
            path: door(host, port),
            error,
            more,
            ..Raw::default()
        }
    }

    async fn address(
        &self,
        lookup: &Lookup,
        limits: &Limits,
        host: &str,
    ) -> Result<IpAddr, Failure> {
        if self.guard.is_shut() {
            return Err(Failure::Unreadable("not switched on".to_owned()));
        }
        let found = if let Ok(address) = host.parse::<IpAddr>() {
            vec![address]
        } else {
            // Also `2130706433` and `0177.1`, which the resolver knows: what counts is what comes out.
            let found = resolve::addresses(lookup, host, limits.resolve).await?;
            found.iter().filter_map(|it| it.parse().ok()).collect()
        };
        let lets = found.iter().find(|address| self.guard.lets(**address));
        lets.copied().ok_or_else(|| {
            let first = found.first().map(IpAddr::to_string).unwrap_or_default();
            Failure::Unreadable(format!("not allowed to connect to {first}"))
        })
    }

    async fn greet(
        &self,
        limits: &Limits,
        address: SocketAddr,
        name: Option<&str>,
    ) -> Result<Shown, Failure> {
        let unreadable = |why: String| Failure::Unreadable(why);
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.ok_or_else(|| unreadable("no TLS provider".to_owned()))?;
        let shown = Arc::new(Capture {
            provider: Arc::clone(&provider),
            chain: Mutex::default(),
        });
        let wants = Arc::new(NoCertificate::default());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unreadable(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Capture>::clone(&shown));
        let mut config = config.with_client_cert_resolver(Arc::<NoCertificate>::clone(&wants));
        config.resumption = Resumption::disabled();
        let name = match name {
            Some(name) => ServerName::try_from(name.to_owned())
                .map_err(|_| unreadable(format!("{name} is no server name")))?,
            None => ServerName::IpAddress(address.ip().into()),
        };
        let _turn = self.at_once.acquire().await;
        let greeted = timeout(limits.handshake, async {
            let stream = (self.connect)(address).await;
            let (read, write) = stream.map_err(|error| unreached(&error))?.into_split();
            let stream = join(read.take(MOST as u64), write);
            let connector = TlsConnector::from(Arc::new(config));
            Ok::<_, Failure>(connector.connect(name, stream).await.err())
        });
        let failed = greeted.await.unwrap_or(Err(Failure::Timeout))?;
        let chain = shown.chain.lock();
        Ok(Shown {
            chain: std::mem::take(&mut *chain.unwrap_or_else(PoisonError::into_inner)),
            failed: failed.map(|error| text::settled(&said(&error), &[])),
            wants_certificate: wants.0.load(Ordering::Relaxed),
        })
    }
}

/// As it stands in a bundle: `10.2.0.4:8443`, `[fd00::4]:8443`.
pub(crate) fn door(host: &str, port: u16) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]:{port}"),
        _ => format!("{host}:{port}"),
    }
}

fn unreached(error: &io::Error) -> Failure {
    Failure::Unreachable(text::settled(&said(error), &[]))
}

/// What a back end showed before the line was closed.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    /// How the handshake broke off, if it did.
    failed: Option<String>,
    wants_certificate: bool,
}

impl Shown {
    fn write(self, more: &mut Map<String, Value>) {
        let pem =
            |der: &CertificateDer<'_>| pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec()));
        let chain: Vec<String> = self.chain.iter().map(pem).collect();
        more.insert("chain".to_owned(), json!(chain));
        if let Some(failed) = self.failed {
            more.insert("failed".to_owned(), json!(failed));
        }
        if self.wants_certificate {
            more.insert("wantsCertificate".to_owned(), json!(true));
        }
    }
}

/// Keeps the chain and takes any. That the peer owns the key of what it shows is still proved.
#[derive(Debug)]
struct Capture {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Capture {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(leaf).chain(rest);
        let all = all.map(|der| der.clone().into_owned()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}

/// Has no certificate, as a gateway has none, and remembers that one was wanted.
#[derive(Debug, Default)]
struct NoCertificate(AtomicBool);

impl ResolvesClientCert for NoCertificate {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }
    fn has_certs(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
