//! HTTP/1.1 over TLS on a loopback port, with connections that can be reset on purpose.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::atomic::Ordering,
    task::{Context, Poll},
    time::Duration,
};

use anyhow::Result;
use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{
    answer::{Body, ResetSwitch},
    tls::Authority,
};

/// How long requests in flight have when a server stops.
const GRACE: Duration = Duration::from_secs(2);

/// A running server; dropping it ends all its connections.
#[derive(Debug)]
pub(super) struct Server {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// What answers requests: the number of the connection, its reset switch, and the request.
pub(super) trait Handler: Clone + Send + Sync + 'static {
    fn handle(
        self,
        connection: u64,
        reset: ResetSwitch,
        request: hyper::Request<Incoming>,
    ) -> impl Future<Output = io::Result<Response<Body>>> + Send;

    /// Called when a client has connected, before TLS.
    fn connected(&self) {}
}

/// A port that is taken and not served yet.
pub(super) struct Bound(TcpListener);

impl Bound {
    pub(super) async fn to(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn serve(self, authority: &Authority, handler: impl Handler) -> Result<Server> {
        let (stop, stopped) = watch::channel(());
        let task = tokio::spawn(accept(self.0, authority.acceptor()?, stopped, handler));
        Ok(Server { stop, task })
    }
}

impl Server {
    /// Takes no more connections, lets requests in flight end, and waits for all of it.
    pub(super) async fn stop(&mut self) {
        self.stop.send_replace(());
        if let Err(error) = (&mut self.task).await {
            tracing::warn!(%error, "the server did not stop cleanly");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its connections go with it.
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    tls: TlsAcceptor,
    mut stopped: watch::Receiver<()>,
    handler: impl Handler,
) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => {
                    number += 1;
                    handler.connected();
                    connections.spawn(serve(tcp, tls.clone(), stopped.clone(), number, handler.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "accept");
                    // Out of file descriptors, say: nothing gets better by asking again at once.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let ended = timeout(GRACE, async {
        while connections.join_next().await.is_some() {}
    });
    if ended.await.is_err() {
        tracing::debug!("ending connections that would not end");
    }
}

async fn serve(
    tcp: TcpStream,
    tls: TlsAcceptor,
    mut stopped: watch::Receiver<()>,
    number: u64,
    handler: impl Handler,
) {
    let reset = ResetSwitch::default();
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "nodelay");
    }
    let wire = Wire {
        tcp,
        reset: reset.clone(),
    };
    let stream = tokio::select! {
        stream = tls.accept(wire) => match stream {
            Ok(stream) => stream,
            Err(error) => return tracing::debug!(%error, "TLS handshake"),
        },
        _ = stopped.changed() => return,
    };
    let service = service_fn(|request| handler.clone().handle(number, reset.clone(), request));
    let mut connection =
        pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, number, "a connection ended early");
    }
}

/// A TCP stream that is reset instead of closed when its switch is on.
struct Wire {
    tcp: TcpStream,
    reset: ResetSwitch,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed)
            && let Err(error) = self.tcp.set_zero_linger()
        {
            tracing::warn!(%error, "a connection is closed instead of reset");
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().tcp).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }
}
