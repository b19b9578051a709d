//! What `healthProbeLog` means. Two families of texts are in use, the service's own and the published
//! one (azure-facts §2); both are recognised by the phrases that survive restyling. What is not
//! recognised is `Other`: reported as it is, never guessed.

/// What a probe met, by its log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogClass {
    /// The probe succeeded.
    Success,
    /// No answer within the probe's time-out: slow, or dropped on the way.
    TimedOut,
    /// No TCP connection: refused, or dropped on the way.
    CannotConnect,
    /// The name of the member does not resolve, as the gateway sees it.
    NameNotResolved,
    /// An answer with a status code outside what the probe accepts.
    Status {
        /// The code received, where the text has it.
        received: Option<u16>,
    },
    /// An answer without the text the probe looks for.
    Body,
    /// The certificate names another host.
    CertificateName,
    /// The certificate is outside its dates.
    CertificateDates,
    /// The chain is incomplete or out of order.
    CertificateChain,
    /// The chain ends in a root the gateway does not trust.
    CertificateRoot,
    /// TLS failed for another reason.
    Tls,
    /// The back end refuses the proxy protocol header.
    ProxyHeader,
    /// Health could not be collected: management ports, routes or names (whatever the health word says).
    NotRetrieved,
    /// The service's own "unknown error".
    UnknownError,
    /// No text at all.
    Silent,
    /// A text nobody here knows.
    Other,
}

impl LogClass {
    /// A few words for people.
    pub fn words(&self) -> String {
        match self {
            Self::Success => "success".into(),
            Self::TimedOut => "time-out".into(),
            Self::CannotConnect => "cannot connect".into(),
            Self::NameNotResolved => "name not resolved".into(),
            Self::Status {
                received: Some(code),
            } => format!("status {code}"),
            Self::Status { received: None } => "wrong status".into(),
            Self::Body => "body does not match".into(),
            Self::CertificateName => "certificate for another name".into(),
            Self::CertificateDates => "certificate out of date".into(),
            Self::CertificateChain => "certificate chain incomplete".into(),
            Self::CertificateRoot => "certificate root not trusted".into(),
            Self::Tls => "TLS failure".into(),
            Self::ProxyHeader => "proxy header refused".into(),
            Self::NotRetrieved => "health could not be retrieved".into(),
            Self::UnknownError => "unknown error".into(),
            Self::Silent => "no reason given".into(),
            Self::Other => "unrecognised reason".into(),
        }
    }

    /// The back end answered the probe, in a way the probe does not accept.
    pub fn is_answered(&self) -> bool {
        matches!(self, Self::Status { .. } | Self::Body)
    }

    /// The probe got no usable TCP answer: what step 2c-1 looks into.
    pub fn is_reachability(&self) -> bool {
        matches!(self, Self::TimedOut | Self::CannotConnect)
    }
}

/// Key phrases, the specific before the general; each entry needs all of its phrases.
const PHRASES: &[(&[&str], LogClass)] = &[
    (&["aka.ms/unknownbackendhealth"], LogClass::NotRetrieved),
    (
        &["health status could not be retrieved"],
        LogClass::NotRetrieved,
    ),
    (
        &["application gateway not reachable"],
        LogClass::NotRetrieved,
    ),
    (&["aka.ms/servernotreachable"], LogClass::CannotConnect),
    (&["aka.ms/probetimeout"], LogClass::TimedOut),
    (&["aka.ms/backendcertcnmismatch"], LogClass::CertificateName),
    (&["unknown error"], LogClass::UnknownError),
    (
        &["time taken by the backend to respond"],
        LogClass::TimedOut,
    ),
    (&["probe timeout"], LogClass::TimedOut),
    (&["could not create a probe"], LogClass::NameNotResolved),
    (&["fqdn cannot be resolved"], LogClass::NameNotResolved),
    (
        &["could not connect to the backend"],
        LogClass::CannotConnect,
    ),
    (&["cannot connect to", "server"], LogClass::CannotConnect),
    (
        &["server address cannot be reached"],
        LogClass::CannotConnect,
    ),
    (&["server port cannot be reached"], LogClass::CannotConnect),
    (
        &["did not match the probe setting", "status code"],
        LogClass::Status { received: None },
    ),
    (
        &["received invalid status code"],
        LogClass::Status { received: None },
    ),
    (
        &["status code mismatch"],
        LogClass::Status { received: None },
    ),
    (&["body of the backend's http response"], LogClass::Body),
    (&["response body mismatch"], LogClass::Body),
    (&["common name"], LogClass::CertificateName),
    (&["invalid cn"], LogClass::CertificateName),
    (&["current date is not within"], LogClass::CertificateDates),
    (&["certificate expired"], LogClass::CertificateDates),
    (
        &["intermediate certificate is missing"],
        LogClass::CertificateChain,
    ),
    (&["leaf certificate is missing"], LogClass::CertificateChain),
    (
        &["including only the leaf certificate"],
        LogClass::CertificateChain,
    ),
    (&["not the topmost"], LogClass::CertificateChain),
    (&["not signed by"], LogClass::CertificateRoot),
    (
        &["does not match the trusted root certificate"],
        LogClass::CertificateRoot,
    ),
    (&["not whitelisted"], LogClass::CertificateRoot),
    (&["not allowlisted"], LogClass::CertificateRoot),
    (&["invalid ca"], LogClass::CertificateRoot),
    (&["has been marked invalid"], LogClass::Tls),
    (&["could not be verified", "openssl"], LogClass::Tls),
    (&["could not be verified", "open ssl"], LogClass::Tls),
    (&["trusted root certificate", "corrupt"], LogClass::Tls),
    (&["https probe connection error"], LogClass::Tls),
    (&["proxy protocol header"], LogClass::ProxyHeader),
];

/// Names the service gives the same outcomes in `healthProbeErrorName` and in its own run-books.
const NAMES: &[(&str, LogClass)] = &[
    ("success", LogClass::Success),
    ("servernotreachable", LogClass::CannotConnect),
    ("probetimeout", LogClass::TimedOut),
    ("hostnamenotresolved", LogClass::NameNotResolved),
    ("dnsresolutionerror", LogClass::NameNotResolved),
    ("statuscodemismatch", LogClass::Status { received: None }),
    ("bodymismatch", LogClass::Body),
    ("cnmismatch", LogClass::CertificateName),
    ("authcertificatemismatch", LogClass::CertificateRoot),
    ("certificatenottrusted", LogClass::CertificateRoot),
    ("certificatechain", LogClass::CertificateChain),
    ("topmostinchain", LogClass::CertificateChain),
    ("unknownbackendhealth", LogClass::NotRetrieved),
];

/// The class of a log text, with the error name as a second opinion where the text says nothing.
pub fn classify(log: &str, error_name: &str) -> LogClass {
    let text = normal(log);
    if text.starts_with("success") {
        return LogClass::Success;
    }
    let by_text = PHRASES
        .iter()
        .find(|(phrases, _)| phrases.iter().all(|phrase| text.contains(phrase)))
        .map(|(_, class)| class);
    match by_text {
        Some(LogClass::Status { .. }) => LogClass::Status {
            received: received(&text),
        },
        Some(class) => class.clone(),
        None => by_name(error_name).unwrap_or(if text.is_empty() {
            LogClass::Silent
        } else {
            LogClass::Other
        }),
    }
}

fn by_name(name: &str) -> Option<LogClass> {
    let name = name.to_ascii_lowercase();
    let hit = NAMES.iter().find(|(part, _)| name.contains(part));
    hit.map(|(_, class)| class.clone())
}

/// Lower case, single blanks, straight quotes, contractions written out: the published texts have been
/// through a style check that the service's own have not.
fn normal(text: &str) -> String {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let full = lower
        .replace("doesn't", "does not")
        .replace("isn't", "is not")
        .replace("didn't", "did not")
        .replace("time-out", "timeout")
        .replace("can't", "cannot");
    full.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The code received; the text names the accepted range too, which is not it.
fn received(text: &str) -> Option<u16> {
    ["received invalid status code:", "received:"]
        .iter()
        .find_map(|mark| {
            let rest = text.split_once(mark)?.1.trim_start();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_s_own_texts() {
        let cases = [
            ("Success. Received 200 status code", LogClass::Success),
            (
                "Time taken by the backend to respond to application gateway\u{2019}s health probe is more than the time-out threshold in the probe configuration. Either increase the time-out threshold",
                LogClass::TimedOut,
            ),
            (
                "Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. To learn more visit - https://aka.ms/servernotreachable.",
                LogClass::CannotConnect,
            ),
            (
                "Cannot connect to server. Check whether any NSG/UDR/Firewall is blocking access to server. Check if application is running on correct port.",
                LogClass::CannotConnect,
            ),
            (
                "Received invalid status code: 404 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code.",
                LogClass::Status {
                    received: Some(404),
                },
            ),
            (
                "The Common Name (CN) of the backend server certificate does not match the host header entered in the health probe configuration (v2 SKU)",
                LogClass::CertificateName,
            ),
            (
                "The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway.",
                LogClass::CertificateRoot,
            ),
            (
                "The backend health status could not be retrieved. This happens when an NSG/UDR/Firewall on the application gateway subnet is blocking traffic on ports 65503-65534",
                LogClass::NotRetrieved,
            ),
            ("Unknown error. Please try again.", LogClass::UnknownError),
            ("", LogClass::Silent),
            ("The moon is in the wrong phase.", LogClass::Other),
        ];
        for (text, class) in cases {
            assert_eq!(classify(text, ""), class, "{text}");
        }
    }

    #[test]
    fn the_published_texts() {
        let cases = [
            (
                "Status code of the backend\u{2019}s HTTP response did not match the probe setting. Expected:200-399 Received:403.",
                LogClass::Status {
                    received: Some(403),
                },
            ),
            (
                "Application Gateway could not connect to the backend. Check that the backend responds on the port used for the probe.",
                LogClass::CannotConnect,
            ),
            (
                "Application Gateway could not create a probe for this backend.",
                LogClass::NameNotResolved,
            ),
            (
                "Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain {string}.",
                LogClass::Body,
            ),
            (
                "Backend certificate is invalid. Current date is not within the \"Valid from\" and \"Valid to\" date range on the certificate.",
                LogClass::CertificateDates,
            ),
            (
                "The Leaf certificate is missing from the certificate chain presented by the backend server.",
                LogClass::CertificateChain,
            ),
            (
                "The backend Server certificate is not signed by a well-known Certificate Authority (CA).",
                LogClass::CertificateRoot,
            ),
            (
                "The Intermediate certificate not signed by any Root certificates uploaded to the application gateway.",
                LogClass::CertificateRoot,
            ),
            (
                "The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics",
                LogClass::Tls,
            ),
        ];
        for (text, class) in cases {
            assert_eq!(classify(text, ""), class, "{text}");
        }
    }

    #[test]
    fn the_error_name_helps_where_the_text_says_nothing() {
        let mismatch = classify("", "HttpStatusCodeMismatchWithStatusCode");
        assert_eq!(mismatch, LogClass::Status { received: None });
        assert_eq!(classify("", "SuccessWithStatusCode"), LogClass::Success);
        assert_eq!(classify("Success.", "CNMismatch"), LogClass::Success);
    }
}
