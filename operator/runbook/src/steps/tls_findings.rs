//! The findings of step 2d: what the class of a TLS failure means, and who can mend it.
use super::{
    probe_look::{Look, sent},
    tls_look::Seen,
};
use crate::{
    facts::{gateway::Gateway, health::Server, probe_log::LogClass},
    id::Letter::F,
    report::{Confidence, Finding},
    step::RowId,
    view::View,
};

/// Only the back end can mend it.
const THERE: &str = "only the back end can mend it, no write to the gateway does";

/// The names a gateway asks for, and the Host header it compares with.
pub(super) fn asked(look: &Look<'_>, servers: &[&Server]) -> String {
    let host = |server: &&Server| look.probe.host(&server.address);
    let name = |server: &&Server| look.probe.sni(&server.address);
    if servers.iter().all(|it| name(it) == Some(host(it))) {
        return sent("server name and Host", servers.iter().map(host));
    }
    let hosts = sent("Host", servers.iter().map(host));
    let mut names = servers.iter().filter_map(name).peekable();
    if names.peek().is_none() {
        return format!("no server name, since an address gets none, and {hosts}");
    }
    format!("{} and {hosts}", sent("server name", names))
}

/// What a failure in TLS amounts to.
pub(super) fn finding(
    view: &View<'_>,
    look: &Look<'_>,
    row: RowId,
    class: &LogClass,
    servers: &[&Server],
) -> Finding {
    let (trusted, setting) = (look.probe.trusted(), look.probe.setting());
    let (id, confidence, words) = meaning(look, class, servers, !trusted.is_empty());
    let mut because = vec![format!(
        "the probe sends {} (ControlPlane)",
        asked(look, servers)
    )];
    if about_roots(class) {
        because.extend(roots(view, look));
    }
    let mut against = Vec::new();
    for check in ["validateSNI", "validateCertChainAndExpiry"] {
        if look.probe.is_off(check) {
            let line = format!("{check} is false on {setting} (ControlPlane)");
            // With the check off, this failure should not be: the log or the document is older.
            if (check == "validateSNI") == (*class == LogClass::CertificateName) {
                against.push(line);
            } else {
                because.push(line);
            }
        }
    }
    let no_root_there = trusted.is_empty() && !look.probe.is_v1();
    if no_root_there && matches!(class, LogClass::CertificateRoot | LogClass::RootCorrupt) {
        against.push(format!(
            "the log speaks of a root that was uploaded, and {setting} refers to none (ControlPlane)"
        ));
    }
    let finding = Finding {
        id,
        row: Some(row),
        letter: Some(F),
        confidence,
        says: format!("{}: {words}", look.who(servers)),
        because,
        against,
        correction: correction(class),
        ..look.about(view)
    };
    look.weigh(view, servers, finding)
}

/// What a look from here shows and no probe log says: a hint, unless the log speaks of TLS and gives no reason.
pub(super) fn hinted(
    view: &View<'_>,
    look: &Look<'_>,
    row: RowId,
    (met, seen): (&LogClass, &LogClass),
    there: &Seen<'_>,
) -> Finding {
    let servers = look.those(|class| class == met);
    let mut finding = finding(view, look, row, seen, &servers);
    let reasonless = matches!(met, LogClass::Tls | LogClass::Unverified { .. });
    let level = if reasonless {
        Confidence::Likely
    } else {
        Confidence::Inconclusive
    };
    finding.confidence = finding.confidence.max(level);
    finding.says = format!("seen from where the operator runs, {}", finding.says);
    finding.because.push(there.line(view));
    finding
}

/// What the gateway was given to trust is part of these failures.
pub(super) fn about_roots(class: &LogClass) -> bool {
    matches!(
        class,
        LogClass::CertificateAuthority | LogClass::CertificateRoot | LogClass::RootCorrupt
    )
}

fn roots(view: &View<'_>, look: &Look<'_>) -> Vec<String> {
    let (setting, trusted) = (look.probe.setting(), look.probe.trusted());
    let kind = if look.probe.is_v1() {
        "certificate"
    } else {
        "trusted root"
    };
    if !trusted.is_empty() {
        let names = trusted.join(", ");
        return vec![format!("{setting} trusts {kind} {names} (ControlPlane)")];
    }
    let held = view.gateway().map(Gateway::trusted_roots);
    let held = held.unwrap_or_default();
    let held = (!held.is_empty()).then(|| {
        let names = held.join(", ");
        format!("the gateway holds {names}, which {setting} does not refer to (ControlPlane)")
    });
    let none = format!("{setting} refers to no {kind} (ControlPlane)");
    std::iter::once(none).chain(held).collect()
}

fn meaning(
    look: &Look<'_>,
    class: &LogClass,
    servers: &[&Server],
    root_there: bool,
) -> (&'static str, Confidence, String) {
    use Confidence::{Confirmed, Likely};
    let v1 = look.probe.is_v1();
    let setting = look.probe.setting();
    match class {
        LogClass::CertificateName => {
            let asked = asked(look, servers);
            let words = format!(
                "the certificate names something else than the gateway asks for: {asked}; host and certificate have to be brought together, on either side"
            );
            ("certificate-name", Confirmed, words)
        }
        LogClass::CertificateAuthority | LogClass::CertificateRoot if !root_there => {
            let words = if v1 {
                format!(
                    "{setting} was given no certificate to trust: upload the very certificate of the back end, and attach it there"
                )
            } else {
                format!(
                    "the certificate is of a private authority, and {setting} refers to no trusted root: upload its root, and attach it there"
                )
            };
            ("trusted-root-missing", Confirmed, words)
        }
        LogClass::CertificateAuthority | LogClass::CertificateRoot => {
            let words = if v1 {
                format!(
                    "the certificate is none of those {setting} was given: v1 wants the very certificate of the back end, not a root; upload that one"
                )
            } else {
                format!(
                    "the chain does not end in a root that {setting} trusts: upload the right root, or have the back end send its whole chain"
                )
            };
            ("trusted-root-wrong", Likely, words)
        }
        LogClass::RootCorrupt => {
            let words = format!(
                "the root that {setting} trusts holds no certificate that can be read: upload it again"
            );
            ("trusted-root-corrupt", Likely, words)
        }
        LogClass::LeafMissing => {
            let words = format!("the back end sends a chain without its own certificate: {THERE}");
            ("certificate-leaf-missing", Likely, words)
        }
        LogClass::CertificateDates => {
            let words = format!(
                "the certificate is not within its dates; it is to be renewed, and {THERE}"
            );
            ("certificate-expired", Likely, words)
        }
        LogClass::CertificateInvalid => {
            let words = format!(
                "the certificate is out of date or was revoked; it is to be renewed, and {THERE}"
            );
            ("certificate-invalid", Likely, words)
        }
        LogClass::CertificateChain => {
            let words = format!(
                "the back end sends a chain that lacks an intermediate certificate (a self-signed one reads alike): {THERE}"
            );
            ("certificate-chain", Likely, words)
        }
        LogClass::ChainOrder => {
            let words = format!(
                "the back end sends its chain in the wrong order, its own certificate has to come first: {THERE}"
            );
            ("certificate-order", Likely, words)
        }
        LogClass::Unverified { code } => ("certificate-unverified", Likely, unverified(*code)),
        _ => {
            let mut words = "TLS fails without a reason given; a protocol version or cipher the two do not share, or a certificate asked of the gateway, which has none to show, are left: the back end is where to look".to_owned();
            if servers
                .iter()
                .all(|server| look.probe.sni(&server.address).is_none())
            {
                words.push_str("; no server name is sent to an address, and a server that needs one hangs up, which a host name in the probe or the settings would mend");
            }
            ("tls-failure", Likely, words)
        }
    }
}

/// The errors of OpenSSL's verification, by what mends them.
fn unverified(code: Option<u16>) -> String {
    match code {
        Some(18) => format!("the certificate is self-signed (OpenSSL error 18): {THERE}, unless it may serve as a root and is uploaded as one"),
        Some(19) => "the chain ends in a self-signed root that is not trusted (OpenSSL error 19): uploading that root mends it, if it is the right one".to_owned(),
        Some(code @ (20 | 21)) => format!("the issuer is not to be found (OpenSSL error {code}): the back end has to send its whole chain, and the root of a private authority has to be uploaded"),
        Some(23) => format!("the certificate was revoked (OpenSSL error 23); it is to be renewed, and {THERE}"),
        Some(code) => format!("the certificate cannot be verified (OpenSSL error {code}): what the error says decides whether the back end or an uploaded root is at fault"),
        None => "the certificate cannot be verified, and the log names no error: whether the back end or an uploaded root is at fault is for a handshake to tell".to_owned(),
    }
}

/// What the article would do.
fn correction(class: &LogClass) -> String {
    match class {
        LogClass::CertificateName => "The article reads the name off the settings; the host of a custom probe comes before it, the default probe sends 127.0.0.1 where nothing is named, and an address gets no server name at all",
        LogClass::CertificateAuthority | LogClass::CertificateRoot => "The article lists the roots of the gateway; what counts is those that these settings refer to, and on v1 it is the certificate itself",
        LogClass::LeafMissing => "The article goes on to upload a root, which mends no chain that is sent incomplete",
        _ => "The article takes every other TLS failure for an incomplete chain",
    }
    .to_owned()
}
