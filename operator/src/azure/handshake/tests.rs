//! Against servers of our own on a loopback port; the address that the code decided on is checked, the bytes go there.
use super::*;
use crate::azure::Exchange;
use ipnet::IpNet;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use std::time::{Duration, Instant};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_rustls::TlsAcceptor;

const HOST: &str = "10.2.0.4";
const DOOR: (&str, u16) = (HOST, 8443);

struct Made {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    root: CertificateDer<'static>,
}

fn named(name: &str) -> DistinguishedName {
    let mut all = DistinguishedName::new();
    all.push(DnType::CommonName, name);
    all
}

/// A leaf for these names, its authority sent along.
fn made(names: &[&str]) -> Made {
    let mut ca = CertificateParams::default();
    ca.distinguished_name = named("Corp CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut leaf = CertificateParams::new(names).unwrap();
    leaf.distinguished_name = named("shop");
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    let root = ca.der().clone();
    Made {
        chain: vec![leaf.into(), root.clone()],
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        root,
    }
}

/// A server that does this with each connection, and the port it is at.
async fn served<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    crate::tls::install();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    at
}

async fn over_tls(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    served(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0]).await;
            }
        }
    })
    .await
}

fn config(made: &Made) -> ServerConfig {
    crate::tls::install();
    let builder = ServerConfig::builder().with_no_client_auth();
    builder
        .with_single_cert(made.chain.clone(), made.key.clone_key())
        .unwrap()
}

fn limits() -> Limits {
    Limits {
        handshake: Duration::from_millis(500),
        resolve: Duration::from_millis(500),
        ..Limits::default()
    }
}

/// Allowed to go to `ranges`; every connection is made to `at` in place of where it wants to go, which is kept.
async fn greeted(
    at: SocketAddr,
    ranges: &[&str],
    names: &[&str],
    door: (&str, u16),
    name: Option<&str>,
) -> (Exchange, Vec<SocketAddr>) {
    let ranges: Vec<IpNet> = ranges.iter().map(|it| it.parse().unwrap()).collect();
    let went = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&went);
    let handshakes = Handshakes {
        guard: Guard::new(ranges, []),
        at_once: Semaphore::new(1),
        connect: Arc::new(move |to| {
            kept.lock().unwrap().push(to);
            Box::pin(TcpStream::connect(at))
        }),
    };
    let names: Vec<IpAddr> = names.iter().map(|it| it.parse().unwrap()).collect();
    let lookup: Lookup = Arc::new(move |_| {
        let names = names.clone();
        Box::pin(async move { Ok(names) })
    });
    let raw = handshakes.exchange(&lookup, &limits(), door, name).await;
    let went = went.lock().unwrap().clone();
    (raw.clean(), went)
}

fn nowhere() -> SocketAddr {
    "127.0.0.1:9".parse().unwrap()
}

fn error(exchange: &Exchange) -> String {
    serde_json::to_value(exchange).unwrap()["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn the_chain_is_kept_as_it_was_sent_and_nobody_is_asked_to_trust_it() {
    let made = made(&["other.contoso.com"]);
    let at = over_tls(config(&made)).await;
    let (exchange, went) = greeted(at, &["10.2.0.0/16"], &[], DOOR, Some("shop.contoso.com")).await;
    assert_eq!(went, ["10.2.0.4:8443".parse().unwrap()]);
    let written = serde_json::to_value(&exchange).unwrap();
    assert_eq!(written["method"], "TLS");
    assert_eq!(written["path"], "10.2.0.4:8443");
    assert_eq!(written["sni"], "shop.contoso.com");
    assert!(
        written.get("error").is_none() && written.get("failed").is_none(),
        "{written}"
    );
    let chain = written["chain"].as_array().unwrap();
    let sent: Vec<_> = made
        .chain
        .iter()
        .map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec())))
        .collect();
    assert_eq!(*chain, sent, "public certificates are no secrets");
    assert_eq!(made.chain[1], made.root);
}

#[tokio::test]
async fn nothing_is_connected_to_that_was_not_allowed() {
    let cases: [(&[&str], &[&str], &str, &str); 6] = [
        (&[], &[], HOST, "unreadable: not switched on"),
        (
            &["10.3.0.0/16"],
            &[],
            HOST,
            "not allowed to connect to 10.2.0.4",
        ),
        (
            &["0.0.0.0/0"],
            &[],
            "169.254.169.254",
            "not allowed to connect to 169.254.169.254",
        ),
        // Spelled otherwise, or behind a name: what counts is the address that comes out.
        (
            &["0.0.0.0/0"],
            &["127.0.0.1"],
            "2130706433",
            "not allowed to connect to 127.0.0.1",
        ),
        (
            &["0.0.0.0/0"],
            &["168.63.129.16"],
            "metadata.internal",
            "not allowed to connect to 168.63.129.16",
        ),
        (&["0.0.0.0/0"], &["10.2.0.4"], "a b/c", "not a host name"),
    ];
    for (ranges, names, host, words) in cases {
        let (exchange, went) = greeted(nowhere(), ranges, names, (host, 443), None).await;
        assert!(
            error(&exchange).contains(words),
            "{host}: {}",
            error(&exchange)
        );
        assert!(went.is_empty(), "{host}: {went:?}");
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_address_that_was_checked_is_used() {
    let at = over_tls(config(&made(&["a"]))).await;
    let names = ["169.254.169.254", "10.2.0.9"];
    let door = ("be.internal", 443);
    let (exchange, went) = greeted(at, &["10.0.0.0/8"], &names, door, Some("a")).await;
    assert_eq!(went, ["10.2.0.9:443".parse().unwrap()]);
    assert_eq!(exchange.path(), "be.internal:443");
    assert!(exchange.more("chain").is_some());
}

#[tokio::test]
async fn one_who_says_nothing_or_too_much_is_left() {
    let silent = served(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        std::future::pending::<()>().await;
    })
    .await;
    let began = Instant::now();
    let (exchange, _) = greeted(silent, &["10.2.0.0/16"], &[], DOOR, None).await;
    assert_eq!(error(&exchange), "timeout");
    assert!(began.elapsed() < Duration::from_secs(5));
    // Records of a handshake that never ends.
    let endless = served(|mut stream| async move {
        let mut record = vec![22, 3, 3, 0x3f, 0xff, 11, 0xff, 0xff, 0xff];
        record.resize(5 + 0x3fff, 0);
        while stream.write_all(&record).await.is_ok() {}
    })
    .await;
    let (exchange, _) = greeted(endless, &["10.2.0.0/16"], &[], DOOR, None).await;
    let failed = exchange.more("failed").and_then(Value::as_str);
    assert!(failed.is_some(), "{exchange:?}");
    let closed = served(|stream| async move { drop(stream) }).await;
    let (exchange, _) = greeted(closed, &["10.2.0.0/16"], &[], DOOR, None).await;
    assert!(exchange.more("failed").is_some(), "{exchange:?}");
    let http = served(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let (exchange, _) = greeted(http, &["10.2.0.0/16"], &[], DOOR, None).await;
    assert!(exchange.more("failed").is_some(), "{exchange:?}");
}

#[tokio::test]
async fn one_who_is_not_there_cannot_be_reached() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = gone.local_addr().unwrap();
    drop(gone);
    let (exchange, _) = greeted(at, &["10.2.0.0/16"], &[], DOOR, None).await;
    assert!(
        error(&exchange).starts_with("unreachable: "),
        "{exchange:?}"
    );
}

#[tokio::test]
async fn one_who_wants_a_certificate_is_told_of() {
    let made = made(&["a"]);
    crate::tls::install();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.root.clone()).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots))
        .build()
        .unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(clients);
    let config = config
        .with_single_cert(made.chain.clone(), made.key.clone_key())
        .unwrap();
    let at = over_tls(config).await;
    let (exchange, _) = greeted(at, &["10.2.0.0/16"], &[], DOOR, Some("a")).await;
    assert_eq!(exchange.more("wantsCertificate"), Some(&json!(true)));
    assert!(exchange.more("chain").is_some());
}

#[test]
fn doors_are_written_as_in_urls() {
    assert_eq!(door("10.2.0.4", 443), "10.2.0.4:443");
    assert_eq!(door("fd00::4", 443), "[fd00::4]:443");
    assert_eq!(door("be.internal", 443), "be.internal:443");
}
