//! The descriptions of the service's own reason codes, as they leaked. They are its words, not ours.

use super::{Fault, Problem, TlsFault};

/// What the description says of it.
pub(super) const fn text(fault: &Fault) -> &'static str {
    match fault {
        Fault::Refused => {
            "Cannot connect to server. Check whether any NSG/UDR/Firewall is blocking access to server. Check if application is running on correct port."
        }
        Fault::Lost | Fault::Slow => "Probe timeout. Increase timeout value and try again.",
        Fault::Broken => "Unknown error. Please try again.",
        Fault::Status { .. } => {
            "Probe status code mismatch. Received status code is different from expected."
        }
        Fault::Body(_) => {
            "Probe response body mismatch. Received response body does not contain expected value."
        }
        Fault::Unresolved => {
            "Backend server FQDN cannot be resolved. Check FQDN for correctness. If custom DNS server is used within VNET check if DNS is able to resolve FQDN."
        }
        Fault::Unretrievable => {
            "Application Gateway not reachable. Check whether any NSG/UDR/Firewall blocking access to ports 65503-65534 on Application Gateway."
        }
        Fault::Tls(fault) => tls(*fault),
    }
}

const fn tls(fault: TlsFault) -> &'static str {
    match fault {
        TlsFault::NotListed => {
            "Backend server certificate is not whitelisted with Application Gateway."
        }
        TlsFault::NotWellKnown => "Invalid certificate - Invalid CA.",
        TlsFault::Name | TlsFault::NameV1 => "Invalid certificate - Invalid CN.",
        TlsFault::Handshake => {
            "HTTPS probe connection error. Check if backend server certificate is whitelisted. Check for backend certificate validity."
        }
        TlsFault::RootMismatch => {
            "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway."
        }
        TlsFault::RootCorrupt => {
            "Application gateway could not find any certificate-related information in the trusted root certificate. Ensure the certificate file is not corrupt and re-add."
        }
        TlsFault::Certificate(Problem::Expired) => {
            "Backend server certificate expired. Please upload a valid certificate."
        }
        TlsFault::SelfSigned | TlsFault::Certificate(_) => {
            "The validity of the backend certificate could not be verified. Check Open SSL diagnostics for associated error code."
        }
    }
}
