//! An answer of the simulated Azure, and the ways in which it can be spoiled on the wire.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{HeaderMap, Response, StatusCode, body::Frame, header::HeaderName};
use serde_json::Value;

/// The body as hyper sends it.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A switch that makes a connection end in a TCP reset.
pub(super) type ResetSwitch = Arc<AtomicBool>;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) manner: Manner,
}

/// How the body goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Whole, with its length.
    Whole,
    /// With its length, then a reset half-way.
    Cut,
    /// With a length that is off by so many bytes.
    Misstated(i64),
    /// Chunked, so many bytes at a time, with a pause after each.
    Slow(usize, Duration),
    /// Chunked, and followed by white space up to so many bytes.
    Padded(u64),
}

impl Answer {
    /// A JSON answer.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An answer of any content type.
    pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..Self::empty(status)
        }
        .with("content-type", content_type)
    }

    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            manner: Manner::Whole,
        }
    }

    /// The same with a header; a value that no header can have is left out.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.set(name, value);
        self
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl AsRef<str>) {
        match value.as_ref().parse() {
            Ok(value) => drop(self.headers.insert(HeaderName::from_static(name), value)),
            Err(error) => tracing::warn!(%error, name, "a header that cannot be sent"),
        }
    }

    /// The answer as hyper sends it.
    pub(super) fn into_response(self, reset: ResetSwitch) -> Response<Body> {
        let length = self.body.len() as u64;
        let (stated, body) = match self.manner {
            Manner::Whole => (None, Full::new(self.body).map_err(never).boxed_unsync()),
            Manner::Cut => (Some(length), streamed(cut(&self.body, reset))),
            Manner::Misstated(by) => (
                Some(length.saturating_add_signed(by)),
                streamed(flushed(self.body)),
            ),
            Manner::Slow(piece, pause) => (None, streamed(slow(self.body, piece, pause))),
            Manner::Padded(to) => (None, streamed(padded(self.body, to))),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(stated) = stated {
            response
                .headers_mut()
                .insert("content-length", stated.into());
        }
        response
    }
}

fn never(never: Infallible) -> io::Error {
    match never {}
}

fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// The first half, on its way before the connection is reset.
fn cut(body: &Bytes, reset: ResetSwitch) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let half = body.slice(..body.len() / 2);
    flushed(half).chain(stream::once(async move {
        reset.store(true, Ordering::Relaxed);
        Err(io::ErrorKind::ConnectionReset.into())
    }))
}

/// Gives hyper the turn in which it sends a piece before what follows is asked for.
fn flushed(piece: Bytes) -> impl Stream<Item = io::Result<Bytes>> {
    let turn = stream::once(tokio::task::yield_now()).map(|()| Ok(Bytes::new()));
    stream::iter([Ok(piece)]).chain(turn)
}

fn slow(body: Bytes, piece: usize, pause: Duration) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let next = rest.split_to(piece.clamp(1, rest.len()));
        Some((Ok(next), rest))
    })
}

/// White space after the body keeps it valid JSON at any size, and costs no memory here.
fn padded(body: Bytes, to: u64) -> impl Stream<Item = io::Result<Bytes>> {
    const BLOCK: &[u8] = &[b' '; 1 << 16];
    let blocks = to
        .saturating_sub(body.len() as u64)
        .div_ceil(BLOCK.len() as u64);
    let blocks = usize::try_from(blocks).unwrap_or(usize::MAX);
    stream::iter([Ok(body)]).chain(
        stream::iter(std::iter::repeat_n(BLOCK, blocks)).map(|block| Ok(Bytes::from_static(block))),
    )
}
