//! The HTTP client: our time-outs, our roots, no redirects.
use super::{SetupError, limits::Limits};
use crate::error::chain;
use reqwest::{Certificate, Client, ClientBuilder, redirect::Policy};
use rustls::crypto::CryptoProvider;

/// A client for https and nothing else. It trusts what the system trusts, and `ca` besides.
pub(crate) fn client(ca: Option<&[u8]>, limits: &Limits) -> Result<Client, SetupError> {
    build(ca, limits, true)
}

/// A client for the metadata service of a machine, which knows no https.
pub(crate) fn plain(limits: &Limits) -> Result<Client, SetupError> {
    build(None, limits, false)
}

/// A client that sends each request once, over a connection of its own: one that somebody closed in the
/// meantime would leave it open whether the request arrived.
pub(crate) fn once(ca: Option<&[u8]>, limits: &Limits) -> Result<Client, SetupError> {
    let builder = prepared(ca, limits, true)?
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never());
    builder
        .build()
        .map_err(|error| SetupError::Client(chain(&error)))
}

fn build(ca: Option<&[u8]>, limits: &Limits, https_only: bool) -> Result<Client, SetupError> {
    prepared(ca, limits, https_only)?
        .build()
        .map_err(|error| SetupError::Client(chain(&error)))
}

fn prepared(
    ca: Option<&[u8]>,
    limits: &Limits,
    https_only: bool,
) -> Result<ClientBuilder, SetupError> {
    // Without one the builder panics.
    if CryptoProvider::get_default().is_none() {
        let why = "no TLS provider is installed: the program must install one first";
        return Err(SetupError::Client(why.to_owned()));
    }
    let mut builder = Client::builder()
        .connect_timeout(limits.connect)
        .timeout(limits.request)
        .redirect(Policy::none())
        .referer(false)
        .https_only(https_only)
        .user_agent(concat!("appgw-diagnosis/", env!("CARGO_PKG_VERSION")));
    if !https_only {
        builder = builder.no_proxy();
    }
    if let Some(pem) = ca {
        let certificates = Certificate::from_pem_bundle(pem)
            .map_err(|error| SetupError::Usage(format!("--ca: {}", chain(&error))))?;
        if certificates.is_empty() {
            return Err(SetupError::Usage("--ca: no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    Ok(builder)
}
