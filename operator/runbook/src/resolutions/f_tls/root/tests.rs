use super::*;
use proptest::prelude::*;

/// Signed by itself, from 2026 to 2046.
const ROOT: &str = "MIIBSDCB8KADAgECAgIQADAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlDb3JwIFJvb3QwHhcNMjYwMTAxMDAwMDAwWhcNNDYwMTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlDb3JwIFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARTa1qwdSGt6FyKp0w7UKGvgmfYTPkCoIKITJ+I5k2jWLowAqX/lw+vYracYDR5dVs89/7b3NrLWvvCeG1PTgxEozIwMDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBT5GuzpAf/HkdM2+OUmT98gwf8AOzAKBggqhkjOPQQDAgNHADBEAiBzH+5iFNHaNBKyNCIDsXyXoRJA3u5/lfrgJ0zcOFqLuQIgOQ3HUINgTjzzPvS/caJj1H3pwmAdfJzQun9oC9N/LJ4=";

#[test]
fn dates_names_and_leave_to_sign_are_read() {
    let root = Root::of_data(ROOT).unwrap();
    assert_eq!(root.from, "2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(root.until, "2046-01-01T00:00:00Z".parse().unwrap());
    assert_eq!((&root.issuer, root.signs), (&root.subject, Some(true)));
    assert_eq!(root.is_none("2026-11-25T10:00:00Z".parse().unwrap()), None);
    assert!(root.is(&format!(" {ROOT}\r\n")) && !root.is(&ROOT[1..]));
}

#[test]
fn base64_is_read_as_it_is_written() {
    for (text, wanted) in [
        ("Zm8=", Some("fo")),
        ("Zm9v", Some("foo")),
        ("Zg==", Some("f")),
        ("Zg=", None),
        ("Z===", None),
        ("Zm9", None),
        ("Z\u{fc}9v", None),
        ("", None),
        ("====", None),
    ] {
        assert_eq!(
            decode(text),
            wanted.map(|it| it.as_bytes().to_vec()),
            "{text}"
        );
    }
}

#[test]
fn no_part_of_a_certificate_is_one() {
    let der = decode(ROOT).unwrap();
    for length in 0..der.len() {
        assert_eq!(Root::of_data(&encode(&der[..length])), None, "{length}");
    }
    assert!(Root::of_data(&encode(&der)).is_some());
    assert_eq!(Root::of_data(&encode(&[&der[..], &[0]].concat())), None);
}

fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let all = chunk
            .iter()
            .fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let all = all << (8 * (3 - chunk.len()));
        for at in 0..4 {
            if at > chunk.len() {
                text.push('=');
            } else {
                let value = usize::try_from(all >> (18 - 6 * at) & 63).unwrap();
                text.push(char::from(LETTERS[value]));
            }
        }
    }
    text
}

proptest! {
    #[test]
    fn whatever_is_there_is_borne(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = encode(&bytes);
        if !bytes.is_empty() {
            prop_assert_eq!(decode(&text), Some(bytes));
        }
        let _ = Root::of_data(&text);
    }
    #[test]
    fn a_certificate_that_was_tampered_with_is_borne(at in 0..300_usize, byte in any::<u8>()) {
        let mut der = decode(ROOT).unwrap();
        let length = der.len();
        der[at % length] = byte;
        let now = "2026-11-25T10:00:00Z".parse().unwrap();
        let _ = Root::of_data(&encode(&der)).map(|it| it.is_none(now));
    }
    #[test]
    fn any_text_is_borne(text in "\\PC*") {
        let _ = Root::of_pem(&text);
        let _ = Root::of_data(&text);
    }
}
