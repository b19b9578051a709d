//! By which name a client calls the simulator: the URLs handed out must have the same.

use std::net::SocketAddr;

use super::request::Request;

/// The simulator's origin as one client calls it.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    port: u16,
    as_sent: String,
}

impl Origin {
    /// The origin where the client is not known to use another of our names.
    pub(super) fn of_listener(listener: SocketAddr) -> Self {
        Self {
            port: listener.port(),
            as_sent: format!("https://{listener}"),
        }
    }

    /// The origin as the `Host` header of a request has it; a name that is not ours is not repeated.
    pub(super) fn of_request(listener: SocketAddr, request: &Request) -> Self {
        let own = Self::of_listener(listener);
        match request
            .header("host")
            .map(|host| format!("https://{}", host.to_ascii_lowercase()))
        {
            Some(origin) if own.is(&origin) => Self {
                as_sent: origin,
                ..own
            },
            _ => own,
        }
    }

    /// Scheme, host and port, without a slash at the end.
    pub(super) fn as_sent(&self) -> &str {
        &self.as_sent
    }

    /// Whether a URL without path is one of our names.
    pub(super) fn is(&self, url: &str) -> bool {
        url == self.as_sent
            || ["127.0.0.1", "localhost", "[::1]"]
                .iter()
                .any(|host| url == format!("https://{host}:{}", self.port))
    }
}
