//! Client certificates with any number of groups.
//!
//! Kubernetes reads the groups from the organizations (`O`) of the subject, and `rcgen` keeps one value an
//! attribute type. So this one kind of certificate is put together here, and `rcgen` only signs it.

use anyhow::{Context, Result};
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use uuid::Uuid;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// Members of a certificate that are told apart by a number of their own.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// A certificate in PEM for `key`, signed by the authority with the name `issuer`, whose only name part is that
/// common name.
///
/// Both keys must be ECDSA P-256, which is what `KeyPair::generate` makes.
pub(super) fn pem(
    authority: &KeyPair,
    issuer: &str,
    key: &KeyPair,
    user: &str,
    groups: &[&str],
) -> Result<String> {
    let algorithm = der(SEQUENCE, &der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
    let mut subject: Vec<_> = groups.iter().map(|group| (ORGANIZATION, *group)).collect();
    subject.push((COMMON_NAME, user));
    let usage = [
        der(OBJECT_IDENTIFIER, EXTENDED_KEY_USAGE),
        der(
            OCTET_STRING,
            &der(SEQUENCE, &der(OBJECT_IDENTIFIER, CLIENT_AUTH)),
        ),
    ];
    let mut serial = Uuid::new_v4().into_bytes();
    // Positive, and no leading zero byte to drop.
    serial[0] = serial[0] & 0x7f | 0x40;

    let to_sign = sequence(&[
        // 2 means version 3.
        der(VERSION, &der(INTEGER, &[2])),
        der(INTEGER, &serial),
        algorithm.clone(),
        name(&[(COMMON_NAME, issuer)]),
        sequence(&[
            der(UTC_TIME, b"200101000000Z"),
            der(UTC_TIME, b"491231235959Z"),
        ]),
        name(&subject),
        key.subject_public_key_info(),
        der(EXTENSIONS, &sequence(&[sequence(&usage)])),
    ]);
    let mut signature = authority
        .sign(&to_sign)
        .context("cannot sign a client certificate")?;
    // The number of unused bits in the last byte.
    signature.insert(0, 0);
    let certificate = sequence(&[to_sign, algorithm, der(BIT_STRING, &signature)]);
    Ok(pem::encode(&pem::Pem::new("CERTIFICATE", certificate)))
}

fn name(attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let parts: Vec<_> = attributes
        .iter()
        .map(|(kind, value)| {
            der(
                SET,
                &sequence(&[
                    der(OBJECT_IDENTIFIER, kind),
                    der(UTF8_STRING, value.as_bytes()),
                ]),
            )
        })
        .collect();
    sequence(&parts)
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(SEQUENCE, &parts.concat())
}

/// One element: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut element = vec![tag];
    match significant {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            // At most eight bytes, so the count fits.
            element.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(content);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        let head = |length: usize| {
            der(4, &vec![7; length])[..der(4, &vec![7; length]).len() - length].to_vec()
        };
        assert_eq!(head(0), [4, 0]);
        assert_eq!(head(127), [4, 127]);
        assert_eq!(head(128), [4, 0x81, 128]);
        assert_eq!(head(255), [4, 0x81, 255]);
        assert_eq!(head(256), [4, 0x82, 1, 0]);
    }
}
