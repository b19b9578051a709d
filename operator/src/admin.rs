//! Whether this process is alive and ready: `/livez` and `/readyz`, and nothing else.
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};

/// A watch is asked for anew every minute, so an answer is due by then, and a little later.
const FRESH: Duration = Duration::from_secs(150);
/// Connections served at once; probes need one.
const CONNECTIONS: usize = 64;

/// What the parts of the process know of themselves.
#[derive(Debug, Default)]
pub struct Health {
    synced: AtomicBool,
    standing: AtomicBool,
    leading: AtomicBool,
    azure_tried: AtomicBool,
    answered: Mutex<Option<Instant>>,
}

impl Health {
    /// All objects were listed, so the CRD is there and may be read.
    pub fn synced(&self) {
        self.synced.store(true, Ordering::Relaxed);
    }
    /// Another process leads, and we wait.
    pub fn standing_by(&self) {
        self.standing.store(true, Ordering::Relaxed);
    }
    /// This process leads, or needs no lease.
    pub fn leading(&self) {
        self.leading.store(true, Ordering::Relaxed);
    }
    /// A token was had, or Azure was asked: what comes of it is told by the objects.
    pub fn azure_tried(&self) {
        self.azure_tried.store(true, Ordering::Relaxed);
    }
    /// The API server answered a list or watch.
    pub fn answered(&self) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        *answered = Some(Instant::now());
    }

    /// What is missing; nothing if this process is ready.
    pub fn missing(&self) -> Vec<&'static str> {
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing = Vec::new();
        if !set(&self.synced) {
            missing.push("objects not listed yet: is the CRD installed, and may we read it?");
        }
        if answered.is_none_or(|at| at.elapsed() >= FRESH) {
            missing.push("watch not fresh");
        }
        if set(&self.leading) {
            if !set(&self.azure_tried) {
                missing.push("Azure not tried yet");
            }
        } else if !set(&self.standing) {
            missing.push("lease neither held nor waited for");
        }
        missing
    }
}

/// Serves until dropped. A connection that fails is the client's trouble.
pub async fn serve(listener: TcpListener, health: Arc<Health>) -> io::Error {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => return error,
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        let health = Arc::clone(&health);
        connections.spawn(async move {
            let answer = service_fn(move |request| {
                let response = respond(&request, &health);
                async move { Ok::<_, Infallible>(response) }
            });
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(5))
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

fn respond(request: &Request<Incoming>, health: &Health) -> Response<Full<Bytes>> {
    let (code, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/livez") => (StatusCode::OK, "ok\n".to_owned()),
        (&Method::GET, "/readyz") => match health.missing().as_slice() {
            [] => (StatusCode::OK, "ok\n".to_owned()),
            missing => (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n"),
        },
        _ => (StatusCode::NOT_FOUND, "/livez or /readyz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = code;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    #[tokio::test(start_paused = true)]
    async fn ready_is_listed_fresh_and_leading_with_azure_tried_or_standing_by() {
        let health = Health::default();
        assert_eq!(health.missing().len(), 3);
        health.synced();
        health.answered();
        health.standing_by();
        assert_eq!(health.missing(), [""; 0]);
        health.leading();
        assert_eq!(health.missing(), ["Azure not tried yet"]);
        health.azure_tried();
        assert_eq!(health.missing(), [""; 0]);
        tokio::time::sleep(FRESH).await;
        assert_eq!(health.missing(), ["watch not fresh"]);
    }

    async fn get(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn over_the_wire() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let health = Arc::new(Health::default());
        let server = tokio::spawn(serve(listener, Arc::clone(&health)));
        assert_eq!(get(address, "/livez").await, "HTTP/1.1 200 OK");
        assert_eq!(
            get(address, "/readyz").await,
            "HTTP/1.1 503 Service Unavailable"
        );
        health.synced();
        health.answered();
        health.standing_by();
        assert_eq!(get(address, "/readyz").await, "HTTP/1.1 200 OK");
        assert_eq!(get(address, "/debug").await, "HTTP/1.1 404 Not Found");
        server.abort();
    }
}
