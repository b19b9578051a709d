//! Whether a text is a certificate, as far as the provider can see.

/// Whether a text is a certificate in base64, or a certificate in PEM in base64.
pub(super) fn is_certificate(data: &str) -> bool {
    let Some(der) = decoded(data) else {
        return false;
    };
    let inner = std::str::from_utf8(&der)
        .ok()
        .filter(|text| text.trim_start().starts_with("-----BEGIN CERTIFICATE-----"))
        .and_then(|text| pem::parse(text).ok())
        .map(pem::Pem::into_contents);
    looks_signed(inner.as_deref().unwrap_or(&der))
}

/// Whether a text is a key store in base64: something that begins as one.
pub(super) fn is_store(data: &str) -> bool {
    decoded(data).is_some_and(|der| value(&der, SEQUENCE).is_some_and(|(_, rest)| rest.is_empty()))
}

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// Base64 without a decoder of its own: a PEM block is nothing else.
fn decoded(data: &str) -> Option<Vec<u8>> {
    let compact: String = data.split_whitespace().collect();
    let block = format!("-----BEGIN DATA-----\n{compact}\n-----END DATA-----\n");
    let parsed = pem::parse(block).ok()?;
    Some(parsed.into_contents()).filter(|own| !own.is_empty())
}

/// Three things in one: what is signed, by which algorithm, and the signature.
fn looks_signed(der: &[u8]) -> bool {
    let parts = || {
        let (inside, rest) = value(der, SEQUENCE)?;
        let (signed, after) = value(inside, SEQUENCE)?;
        let (_, after) = value(after, SEQUENCE)?;
        let (_, end) = value(after, BIT_STRING)?;
        Some(rest.is_empty() && end.is_empty() && !signed.is_empty())
    };
    parts().unwrap_or_default()
}

/// The inside of a value with that tag, and what comes after it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        let bytes = bytes
            .get(..4.min(bytes.len()))
            .filter(|own| own.len() == bytes.len())?;
        let length = bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        (length, rest)
    };
    (first == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(bytes: &[u8]) -> String {
        let pem = pem::encode(&pem::Pem::new("X", bytes.to_vec()));
        pem.lines().filter(|line| !line.starts_with('-')).collect()
    }

    #[test]
    fn only_certificates_are_certificates() {
        let key = rcgen::KeyPair::generate().unwrap();
        let own = rcgen::CertificateParams::new(vec!["a".to_owned()]).unwrap();
        let own = own.self_signed(&key).unwrap();
        assert!(is_certificate(&base64(own.der())));
        assert!(is_certificate(&base64(own.pem().as_bytes())));
        let mut cut = own.der().to_vec();
        cut.pop();
        for wrong in [
            "",
            "Q29udG9zbw==",
            "not base64!",
            &base64(&cut),
            &base64(key.serialized_der()),
            &own.pem(),
        ] {
            assert!(!is_certificate(wrong), "{wrong}");
        }
    }
}
