//! What the service writes into `healthProbeLog`. The texts are its own, word for word.

mod codes;

use super::{
    file::Problem,
    switches::{Lost, Switches, Texts},
    tls::TlsFault,
};

/// What is wrong with a member, as its probe sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing listens.
    Refused,
    /// Packets get lost.
    Lost,
    /// No answer in time.
    Slow,
    /// The connection ends without an answer that is HTTP.
    Broken,
    /// A status that is not wanted.
    Status { status: u16, expected: String },
    /// The body lacks a text that is wanted.
    Body(String),
    /// TLS fails.
    Tls(TlsFault),
    /// The name does not resolve.
    Unresolved,
    /// The instances cannot be asked.
    Unretrievable,
}

const UNRETRIEVABLE: &str = "The backend health status could not be retrieved. This happens when an NSG/UDR/Firewall on the application gateway subnet is blocking traffic on ports 65503-65534 in case of v1 SKU, and ports 65200-65535 in case of the v2 SKU or if the FQDN configured in the backend pool could not be resolved to an IP address. To learn more visit - https://aka.ms/UnknownBackendHealth.";
const SLOW: &str = "Time taken by the backend to respond to application gateway's health probe is more than the time-out threshold in the probe configuration. Either increase the time-out threshold in the probe configuration or resolve the backend issues. Note: for default probe, the http timeout is 30s. To learn more visit - https://aka.ms/ProbeTimeOut.";
const SLOW_PUBLISHED: &str = "Time taken by the backend to respond to application gateway's health probe is more than the timeout threshold in the probe setting.";
const REFUSED: &str = "Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. Check if application is running on correct port. To learn more visit - https://aka.ms/servernotreachable.";
const REFUSED_PUBLISHED: &str = "Application Gateway could not connect to the backend. Check that the backend responds on the port used for the probe. Also check whether any NSG/UDR/Firewall is blocking access to the Ip and port of this backend.";
const UNRESOLVED_PUBLISHED: &str = "Application Gateway could not create a probe for this backend. This usually happens when the FQDN of the backend has not been entered correctly.";
const BROKEN: &str = "Unknown error. Please try again.";
const HANDSHAKE: &str = "HTTPS probe connection error. Check if backend server certificate is whitelisted. Check for backend certificate validity.";
const NAME: &str = "The Common Name (CN) of the backend server certificate does not match the host header entered in the health probe configuration (v2 SKU) or the FQDN in the backend pool (v1 SKU). Verify if the hostname matches with the CN of the backend server certificate. To learn more visit - https://aka.ms/backendcertcnmismatch.";
const NAME_PUBLISHED: &str = "The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.";
const NAME_V1_PUBLISHED: &str = "The Common Name (CN) of the backend certificate doesn't match.";
const ROOT: &str = "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway. Ensure that you add the correct root certificate to whitelist the backend.";
const ROOT_PUBLISHED: &str = "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway. Ensure that you add the correct root certificate to allowlist the backend.";
const NOT_WELL_KNOWN: &str = "The backend Server certificate is not signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.";
const NOT_LISTED: &str = "Backend server certificate is not whitelisted with Application Gateway. Make sure that the certificate uploaded to Application Gateway matches with the certificate configured in your backend server.";
const ROOT_CORRUPT: &str = "Application gateway could not find any certificate-related information in the trusted root certificate. Ensure the certificate file is not corrupt and re-add.";
const SELF_SIGNED: &str = "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code 18";

/// What the log says of a member that answered.
pub(super) fn success(status: u16) -> String {
    match status {
        // A probe that wants no more than a connection has no status.
        0 => "Success.".to_owned(),
        status => format!("Success. Received {status} status code"),
    }
}

impl Fault {
    /// What the log says of it.
    pub(super) fn text(&self, switches: &Switches) -> String {
        let live = match switches.texts {
            Texts::Live => true,
            Texts::Published => false,
            Texts::Codes => return codes::text(self).to_owned(),
        };
        let either = |here: &str, there: &str| if live { here } else { there }.to_owned();
        match self {
            Self::Lost if switches.lost == Lost::CannotConnect => Self::Refused.text(switches),
            Self::Refused => either(REFUSED, REFUSED_PUBLISHED),
            Self::Lost | Self::Slow => either(SLOW, SLOW_PUBLISHED),
            Self::Broken => BROKEN.to_owned(),
            Self::Status { status, expected } if live => format!(
                "Received invalid status code: {status} in the backend server's HTTP response. As per the health \
                probe configuration, {expected} is the acceptable status code. Either modify probe configuration or \
                resolve backend issues."
            ),
            Self::Status { status, expected } => format!(
                "Status code of the backend's HTTP response did not match the probe setting. \
                Expected:{expected} Received:{status}."
            ),
            Self::Body(expected) => format!(
                "Body of the backend's HTTP response did not match the probe setting. Received response body doesn't \
                contain {expected}."
            ),
            Self::Tls(TlsFault::Name) => either(NAME, NAME_PUBLISHED),
            Self::Tls(TlsFault::NameV1) => either(NAME, NAME_V1_PUBLISHED),
            Self::Tls(TlsFault::RootCorrupt) => ROOT_CORRUPT.to_owned(),
            Self::Tls(TlsFault::SelfSigned) => SELF_SIGNED.to_owned(),
            Self::Tls(TlsFault::RootMismatch) => either(ROOT, ROOT_PUBLISHED),
            Self::Tls(TlsFault::NotWellKnown) => NOT_WELL_KNOWN.to_owned(),
            Self::Tls(TlsFault::NotListed) => NOT_LISTED.to_owned(),
            Self::Tls(TlsFault::Handshake) => HANDSHAKE.to_owned(),
            Self::Tls(TlsFault::Certificate(problem)) => certificate(*problem).to_owned(),
            Self::Unresolved => either(UNRETRIEVABLE, UNRESOLVED_PUBLISHED),
            Self::Unretrievable => UNRETRIEVABLE.to_owned(),
        }
    }

    /// What the service calls it, where that has been seen.
    pub(super) const fn error_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused => "ServerNotReachable",
            Self::Unresolved => "HostNameNotResolved",
            Self::Status { .. } => "HttpStatusCodeMismatch",
            Self::Tls(TlsFault::Name) => "BackendCertificateCNMismatchWithProbeHostName",
            Self::Tls(TlsFault::NotWellKnown) => "CertificateNotTrustedByWellKnownCA",
            Self::Tls(TlsFault::Certificate(Problem::LeafNotTopmost)) => {
                "IncorrectBackendCertificateChainLeafCertificateIsNotTopmostCertificate"
            }
            Self::Tls(TlsFault::Certificate(Problem::OnlyLeaf)) => {
                "IncompleteBackendCertificateChainOnlyLeafCertificateIsPresent"
            }
            _ => return None,
        })
    }

    /// Whether it says no more than that nothing is known.
    pub(super) fn is_unknown(&self, switches: &Switches) -> bool {
        match self {
            Self::Unretrievable => true,
            // The published text for it is listed among those of members that are unhealthy.
            Self::Unresolved => switches.texts == Texts::Live,
            _ => false,
        }
    }
}

/// The published texts: live ones have not been seen.
const fn certificate(problem: Problem) -> &'static str {
    match problem {
        Problem::Expired | Problem::NotYetValid => {
            "Backend certificate is invalid. Current date is not within the \"Valid from\" and \"Valid to\" date range on the certificate."
        }
        Problem::IntermediateMissing => {
            "The Intermediate certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server."
        }
        Problem::LeafMissing => {
            "The Leaf certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server."
        }
        Problem::OnlyLeaf => {
            "The backend server is presenting an incomplete certificate chain, including only the leaf certificate. Please ensure that the certificate chain is fully configured"
        }
        Problem::LeafNotTopmost => {
            "The Leaf certificate is not the topmost certificate in the chain presented by the backend server. Ensure the certificate chain is correctly ordered on the backend server."
        }
        Problem::IntermediateUnknown => {
            "The Intermediate certificate is not signed by a well-known Certificate Authority (CA)."
        }
        Problem::IntermediateForeign => {
            "The Intermediate certificate not signed by any Root certificates uploaded to the application gateway. Ensure the certificate chain is complete and correctly ordered on the backend server."
        }
        Problem::MarkedInvalid => {
            "Backend certificate has been marked invalid. Either the certificate is not within its validity period, or it has been revoked"
        }
        Problem::Unverifiable => {
            "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code 20"
        }
    }
}
