//! A TLS server of a few lines that answers as it is told and remembers what it was asked.
use http_body_util::{BodyExt, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::Value;
use std::{
    io,
    sync::{Arc, Mutex, Once},
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet, time::sleep};
use tokio_rustls::TlsAcceptor;

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        all.find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What to do about a request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub after: Duration,
    /// Nothing, for ever.
    pub silence: bool,
    /// Half of the body, then the connection breaks.
    pub cut: bool,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![(
                "content-type".into(),
                "application/json; charset=utf-8".into(),
            )],
            body: body.into(),
            after: Duration::ZERO,
            silence: false,
            cut: false,
        }
    }
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string())
    }
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self.headers.push((name.into(), value.into()));
        self
    }
}

type Respond = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// Runs until it is dropped.
pub struct Server {
    pub origin: String,
    pub ca: String,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    _stop: oneshot::Sender<()>,
}

/// The provider that the program's `main` would install.
pub fn tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

impl Server {
    /// On a port of its own, with an authority of its own.
    pub async fn start(respond: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        tls();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let leaf_key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let leaf = CertificateParams::new(names)
            .unwrap()
            .signed_by(&leaf_key, &issuer)
            .unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivatePkcs8KeyDer::from(leaf_key.serialize_der()).into(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("https://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = oneshot::channel();
        let (respond, log): (Respond, _) = (Arc::new(respond), Arc::clone(&seen));
        tokio::spawn(async move {
            let mut connections = JoinSet::new();
            let accept = async {
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, respond, log) =
                        (acceptor.clone(), Arc::clone(&respond), Arc::clone(&log));
                    connections.spawn(async move {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            let service = service_fn(move |request| {
                                answer(request, Arc::clone(&respond), Arc::clone(&log))
                            });
                            let _ = hyper::server::conn::http1::Builder::new()
                                .serve_connection(TokioIo::new(stream), service)
                                .await;
                        }
                    });
                }
            };
            tokio::select! { () = accept => {}, _ = stopped => {} }
        });
        Self {
            origin,
            ca: authority.pem(),
            seen,
            _stop: stop,
        }
    }

    /// Requests so far but those for tokens.
    pub fn asked(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|one| !one.path.ends_with("/token"))
            .cloned()
            .collect()
    }
}

async fn answer(
    request: Request<Incoming>,
    respond: Respond,
    log: Arc<Mutex<Vec<Seen>>>,
) -> io::Result<Response<BoxBody<Bytes, io::Error>>> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    value.to_str().unwrap_or_default().to_owned(),
                )
            })
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = respond(&seen);
    log.lock().unwrap().push(seen);
    if answer.silence {
        std::future::pending::<()>().await;
    }
    sleep(answer.after).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let whole = Bytes::from(answer.body);
    let frames = if answer.cut {
        response = response.header("content-length", whole.len());
        let half = whole.slice(..whole.len() / 2);
        vec![Ok(Frame::data(half)), Err(io::Error::other("cut"))]
    } else {
        vec![Ok(Frame::data(whole))]
    };
    let body = StreamBody::new(futures::stream::iter(frames));
    response
        .body(BodyExt::boxed(body))
        .map_err(io::Error::other)
}
