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
    /// The certificate is not within its dates, or was revoked: the text leaves it open.
    CertificateInvalid,
    /// An intermediate certificate is missing.
    CertificateChain,
    /// The server's own certificate is missing.
    LeafMissing,
    /// The chain is out of order.
    ChainOrder,
    /// The chain ends in an authority that is not publicly known.
    CertificateAuthority,
    /// The chain ends in another root, or on v1 is another certificate, than the gateway was given.
    CertificateRoot,
    /// The root that the gateway was given cannot be read.
    RootCorrupt,
    /// Verification failed with an OpenSSL error that has no text of its own.
    Unverified {
        /// The error, where the text has it.
        code: Option<u16>,
    },
    /// TLS failed for a reason that is not given.
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
            Self::CertificateInvalid => "certificate marked invalid".into(),
            Self::CertificateChain => "certificate chain incomplete".into(),
            Self::LeafMissing => "leaf certificate missing".into(),
            Self::ChainOrder => "certificate chain out of order".into(),
            Self::CertificateAuthority => "certificate of a private authority".into(),
            Self::CertificateRoot => "certificate root not trusted".into(),
            Self::RootCorrupt => "trusted root unreadable".into(),
            Self::Unverified { code: Some(code) } => {
                format!("certificate not verified, OpenSSL error {code}")
            }
            Self::Unverified { code: None } => "certificate not verified".into(),
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

    /// The probe got as far as TLS and no further: what step 2d looks into.
    pub fn is_tls(&self) -> bool {
        matches!(
            self,
            Self::CertificateName
                | Self::CertificateDates
                | Self::CertificateInvalid
                | Self::CertificateChain
                | Self::LeafMissing
                | Self::ChainOrder
                | Self::CertificateAuthority
                | Self::CertificateRoot
                | Self::RootCorrupt
                | Self::Unverified { .. }
                | Self::Tls
        )
    }

    /// The probe was answered over HTTP: where it speaks TLS, TLS worked.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Success | Self::Status { .. } | Self::Body)
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
    (&["leaf certificate is missing"], LogClass::LeafMissing),
    (
        &["including only the leaf certificate"],
        LogClass::CertificateChain,
    ),
    (&["not the topmost"], LogClass::ChainOrder),
    (
        &["not signed by a well-known"],
        LogClass::CertificateAuthority,
    ),
    (&["not signed by"], LogClass::CertificateRoot),
    (
        &["does not match the trusted root certificate"],
        LogClass::CertificateRoot,
    ),
    (&["not whitelisted"], LogClass::CertificateRoot),
    (&["not allowlisted"], LogClass::CertificateRoot),
    (&["invalid ca"], LogClass::CertificateAuthority),
    (&["has been marked invalid"], LogClass::CertificateInvalid),
    (
        &["could not be verified", "openssl"],
        LogClass::Unverified { code: None },
    ),
    (
        &["could not be verified", "open ssl"],
        LogClass::Unverified { code: None },
    ),
    (
        &["trusted root certificate", "corrupt"],
        LogClass::RootCorrupt,
    ),
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
    ("certificatenottrusted", LogClass::CertificateAuthority),
    ("topmost", LogClass::ChainOrder),
    ("certificatechain", LogClass::CertificateChain),
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
        Some(LogClass::Unverified { .. }) => unverified(&text),
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

/// What the probe accepts, as its own text has it: `200-399`.
pub fn accepted(log: &str) -> Option<String> {
    let text = normal(log);
    let (_, rest) = text
        .split_once("health probe configuration,")
        .or_else(|| text.split_once("expected:"))?;
    let is_codes = |c: char| c.is_ascii_digit() || matches!(c, '-' | ',' | ' ');
    let codes: String = rest.chars().take_while(|c| is_codes(*c)).collect();
    let codes = codes.trim();
    (!codes.is_empty()).then(|| codes.to_owned())
}

/// An error of OpenSSL, by its number; some say what other texts say in words.
fn unverified(text: &str) -> LogClass {
    let code = text.split_once("error code").and_then(|(_, rest)| {
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    match code {
        Some(9 | 10) => LogClass::CertificateDates,
        Some(62) => LogClass::CertificateName,
        code => LogClass::Unverified { code },
    }
}

#[cfg(test)]
mod tests;
