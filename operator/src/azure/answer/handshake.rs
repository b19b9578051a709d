//! The chain that a back end showed: its certificates in plain words, and what it would be trusted for.
use super::unreadable;
use crate::azure::{exchange::Exchange, text};
use appgw_runbook::facts::Answer;
use jiff::Timestamp;
use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject},
};
use serde_json::{Value, json};
use std::{net::IpAddr, time::Duration};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
    x509::X509Name,
};

/// Certificates that are read at most; no gateway takes a longer chain.
const MOST: usize = 16;
/// Names of a certificate that are read at most.
const NAMES: usize = 200;
/// Characters of a name at most.
const NAME: usize = 255;

/// `roots` are what the settings of the gateway trust, in base64 as its document has them.
pub(super) fn read(roots: &[String], exchange: &Exchange) -> Answer {
    let Some(chain) = exchange.more("chain").and_then(Value::as_array) else {
        return Err(unreadable("no chain in the answer"));
    };
    let mut shown = Vec::new();
    for certificate in chain.iter().take(MOST) {
        let pem = certificate.as_str().unwrap_or_default();
        match CertificateDer::from_pem_slice(pem.as_bytes()) {
            Ok(der) => shown.push(der),
            Err(_) => return Err(unreadable("a certificate in the answer is not PEM")),
        }
    }
    let parsed: Vec<_> = shown.iter().map(|der| parsed(der)).collect();
    let written = |it: &Option<Certificate>| it.as_ref().map(Certificate::written);
    let written: Vec<_> = parsed.iter().map(written).collect();
    let failed = exchange.more("failed").and_then(Value::as_str);
    let given: Vec<_> = roots.iter().filter_map(|root| root_of(root)).collect();
    let anchors = anchors_of(&given);
    // The whole file of an authority: the first certificate in it is the root.
    let told = exchange.more("told").and_then(Value::as_str);
    let told = told.and_then(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok());
    let leaf = leaf(&parsed);
    let trust = |anchors: &[TrustAnchor<'_>]| {
        let leaf = leaf.ok_or_else(|| "NoLeaf".to_owned());
        leaf.and_then(|leaf| verified(&shown, leaf, &parsed, anchors))
    };
    let word = |trust: Result<(), String>| trust.err().unwrap_or_else(|| "ok".to_owned());
    Ok(json!({
        "chain": written,
        "leaf": leaf,
        "public": word(trust(webpki_roots::TLS_SERVER_ROOTS)),
        "given": word(trust(&anchors)),
        "told": told.map(|root| word(trust(&anchors_of(&[root])))),
        "givenUnread": roots.len() - anchors.len(),
        "leafIsGiven": leaf.is_some_and(|leaf| given.contains(&shown[leaf])),
        "failed": failed.map(|text| text::line(text, text::MOST)),
        "wantsCertificate": exchange.more("wantsCertificate") == Some(&Value::Bool(true)),
    }))
}

/// A root as a gateway keeps it: base64 of DER or, as people upload it, of PEM.
fn root_of(data: &str) -> Option<CertificateDer<'static>> {
    let data: String = data.split_whitespace().collect();
    let wrapped = format!("-----BEGIN CERTIFICATE-----\n{data}\n-----END CERTIFICATE-----\n");
    let der = CertificateDer::from_pem_slice(wrapped.as_bytes()).ok()?;
    if der.starts_with(b"-----BEGIN") {
        return CertificateDer::from_pem_slice(&der).ok();
    }
    Some(der)
}

fn anchors_of<'d>(roots: &'d [CertificateDer<'_>]) -> Vec<TrustAnchor<'d>> {
    let anchors = roots.iter().map(anchor_from_trusted_cert);
    anchors.filter_map(Result::ok).collect()
}

/// A certificate, as far as a person reads it.
struct Certificate {
    subject: String,
    issuer: String,
    common_names: Vec<String>,
    names: Vec<String>,
    addresses: Vec<String>,
    not_before: i64,
    not_after: i64,
    authority: bool,
}

impl Certificate {
    fn written(&self) -> Value {
        let time = |seconds| {
            Timestamp::from_second(seconds)
                .ok()
                .map(|it| it.to_string())
        };
        json!({
            "subject": self.subject,
            "issuer": self.issuer,
            "commonNames": self.common_names,
            "names": self.names,
            "addresses": self.addresses,
            "notBefore": time(self.not_before),
            "notAfter": time(self.not_after),
            "authority": self.authority,
        })
    }
}

/// `None` where it is no certificate that can be read.
fn parsed(der: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, it) = X509Certificate::from_der(der).ok()?;
    let name = |name: &X509Name<'_>| text::line(&name.to_string(), NAME);
    let common = it.subject().iter_common_name();
    let common = common.filter_map(|name| Some(text::line(name.as_str().ok()?, NAME)));
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    if let Ok(Some(others)) = it.subject_alternative_name() {
        for other in others.value.general_names.iter().take(NAMES) {
            match other {
                GeneralName::DNSName(name) => names.push(text::line(name, NAME)),
                GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
                _ => {}
            }
        }
    }
    Some(Certificate {
        subject: name(it.subject()),
        issuer: name(it.issuer()),
        common_names: common.take(NAMES).collect(),
        names,
        addresses,
        not_before: it.validity().not_before.timestamp(),
        not_after: it.validity().not_after.timestamp(),
        authority: it.is_ca(),
    })
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let six = || <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| six()).ok().map(|it| it.to_string())
}

/// Which of them is the back end's own: the first that signs nothing, or the only one there is.
fn leaf(chain: &[Option<Certificate>]) -> Option<usize> {
    let own = |it: &Option<Certificate>| it.as_ref().is_some_and(|it| !it.authority);
    let only = (chain.len() == 1).then_some(0);
    chain.iter().position(own).or(only)
}

/// Whether the leaf leads to an anchor, at a time at which all of it was good: dates are judged by those
/// who know what time it is.
fn verified(
    shown: &[CertificateDer<'_>],
    leaf: usize,
    parsed: &[Option<Certificate>],
    anchors: &[TrustAnchor<'_>],
) -> Result<(), String> {
    let word = |error: webpki::Error| {
        let text = format!("{error:?}");
        let end = text.find(|c: char| !c.is_ascii_alphanumeric());
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let begun = parsed.iter().flatten().map(|it| it.not_before).max();
    let begun = u64::try_from(begun.unwrap_or_default()).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(begun));
    let provider = CryptoProvider::get_default().ok_or("NoProvider")?;
    let known = provider.signature_verification_algorithms.all;
    let mut rest = shown.to_vec();
    let own = rest.remove(leaf);
    let own = EndEntityCert::try_from(&own).map_err(word)?;
    let usage = KeyUsage::server_auth();
    own.verify_for_usage(known, anchors, &rest, at, usage, None, None)
        .map(|_| ())
        .map_err(word)
}

#[cfg(test)]
mod tests;
