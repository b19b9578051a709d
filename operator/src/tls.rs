//! The TLS provider: one for the whole process, the one compiled in.
#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("one TLS provider is needed: feature ring or aws-lc-rs");

/// Installs the provider; the first thing a program does. A second call changes nothing.
pub fn install() {
    #[cfg(feature = "ring")]
    let provider = rustls::crypto::ring::default_provider();
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    // Refused where one is installed already, and that one will do.
    let _ = provider.install_default();
}
