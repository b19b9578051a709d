//! Secrets inside texts: signatures in URLs, tokens, keys, passwords.
use super::GONE;

/// Names whose value is a secret wherever `name=value` stands.
const NAMED: [&str; 20] = [
    "sig",
    "token",
    "access_token",
    "id_token",
    "refresh_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "apikey",
    "api_key",
    "api-key",
    "password",
    "passwd",
    "pwd",
    "secret",
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "subscription-key",
    "sas",
];
/// Names whose value is one only as a parameter of a URL.
const IN_QUERIES: [&str; 3] = ["code", "key", "signature"];
/// Headers whose value is one: `name: value`.
const HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "cookie",
];
/// How a private key begins, as PEM and as PEM in base64.
const KEYS: [&str; 5] = [
    "PRIVATE KEY-----",
    "LS0tLS1CRUdJTiBQUklWQVRF",
    "LS0tLS1CRUdJTiBSU0EgUFJJVkFUR",
    "LS0tLS1CRUdJTiBFQyBQUklWQVRF",
    "LS0tLS1CRUdJTiBFTkNSWVBURUQg",
];

/// Bytes of the shortest of them.
const SHORTEST_KEY: usize = 16;

/// The text without secrets; `None` where there is nothing to take out. Doing it again changes
/// nothing, so that a bundle reads back as it was written.
pub(crate) fn scrub(text: &str) -> Option<String> {
    let mut clean = once(text)?;
    for _ in 0..4 {
        match once(&clean) {
            None => return Some(clean),
            Some(cleaner) => clean = cleaner,
        }
    }
    Some(GONE.to_owned())
}

fn once(text: &str) -> Option<String> {
    // Most texts are short and plain, and there can be half a million of them.
    let long = text.len() >= SHORTEST_KEY;
    if long && KEYS.iter().any(|key| text.contains(key)) {
        return Some(GONE.to_owned());
    }
    let suspicious = text.bytes().any(|b| matches!(b, b'=' | b'@' | b':'))
        || text.contains("eyJ")
        || text.contains("earer");
    if !suspicious {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        rest = after_word(&mut out, word, tail);
    }
    let out = without_users(&out);
    (out != text).then_some(out)
}

/// Writes `word` and what follows it up to the next word, and returns what is left.
fn after_word<'a>(out: &mut String, word: &str, tail: &'a str) -> &'a str {
    if word.starts_with("eyJ") && word.len() > 24 && word.contains('.') {
        out.push_str(GONE);
        return delimiter(out, tail);
    }
    let lower = word.to_ascii_lowercase();
    // A parameter is part of a word where the word has dots or slashes before it.
    let name = lower.rsplit(['.', '/']).next().unwrap_or_default();
    let name = name.trim_start_matches('-');
    let in_query = out.ends_with(['?', '&']);
    out.push_str(word);
    let named = NAMED.contains(&name) || (in_query && IN_QUERIES.contains(&name));
    if let Some(value) = tail.strip_prefix('=').filter(|_| named) {
        out.push('=');
        return replaced(out, value);
    }
    if let Some(value) = tail.strip_prefix(':').filter(|_| HEADERS.contains(&name)) {
        out.push(':');
        let value = blank(out, value);
        let scheme = value.get(..7).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer ") {
            out.push_str(scheme);
            return replaced(out, value.get(7..).unwrap_or_default());
        }
        let scheme = value.get(..6).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("basic ") {
            out.push_str(scheme);
            return replaced(out, value.get(6..).unwrap_or_default());
        }
        return replaced(out, value);
    }
    if lower == "bearer" && tail.starts_with(char::is_whitespace) {
        let value = blank(out, tail);
        let end = value.find(ends_value).unwrap_or(value.len());
        if end >= 8
            && value
                .get(..end)
                .is_some_and(|v| v.contains(['.', '-', '_']) || v.len() >= 20)
        {
            return replaced(out, value);
        }
        return value;
    }
    delimiter(out, tail)
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '&' | ';' | ',' | '"' | '\'' | '<' | '>' | ')' | '#')
}

/// Copies the one character that ends a word.
fn delimiter<'a>(out: &mut String, tail: &'a str) -> &'a str {
    let mut chars = tail.chars();
    if let Some(c) = chars.next() {
        out.push(c);
    }
    chars.as_str()
}

fn blank<'a>(out: &mut String, tail: &'a str) -> &'a str {
    let value = tail.trim_start();
    out.push_str(tail.strip_suffix(value).unwrap_or_default());
    value
}

/// Leaves the value out that `tail` begins with.
fn replaced<'a>(out: &mut String, tail: &'a str) -> &'a str {
    let end = tail.find(ends_value).unwrap_or(tail.len());
    if end > 0 {
        out.push_str(GONE);
    }
    tail.get(end..).unwrap_or_default()
}

/// `scheme://user:password@host` without the user.
fn without_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| ends_value(c) || matches!(c, '/' | '?'))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str(GONE);
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_in_texts() {
        for (text, want) in [
            (
                "https://h/p?sv=1&sig=a%2Bb%3D&se=2",
                "https://h/p?sv=1&sig=REDACTED&se=2",
            ),
            ("https://u:pw@h/p", "https://REDACTED@h/p"),
            (
                "Authorization: Bearer abc.def.ghi next",
                "Authorization: Bearer REDACTED next",
            ),
            (
                "authorization: basic dXNlcjpwdw==",
                "authorization: basic REDACTED",
            ),
            ("a bearer abcdefgh-ijkl, then", "a bearer REDACTED, then"),
            ("x-api-key: k123; y", "x-api-key: REDACTED; y"),
            (
                "AccountName=a;AccountKey=abc==;End=x",
                "AccountName=a;AccountKey=REDACTED;End=x",
            ),
            ("/api/f?code=abc", "/api/f?code=REDACTED"),
            (
                "run --password=x --port=80",
                "run --password=REDACTED --port=80",
            ),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig0", "REDACTED"),
            ("-----BEGIN RSA PRIVATE KEY-----\nabc", "REDACTED"),
            (
                "client_secret=x&grant_type=y",
                "client_secret=REDACTED&grant_type=y",
            ),
        ] {
            assert_eq!(scrub(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "/subscriptions/s/resourceGroups/r/providers/N/t/x",
            "OpenSSL diagnostics for error code=20",
            "The bearer of bad news: none",
            "Expected:200-399 Received:404.",
            "W/\"bcc0d3ed-da7f-48cb-94bb-c63c6186382c\"",
            "https://aka.ms/servernotreachable.",
            "monkey=1&turkey=2",
            "user@example.com",
            "basic authentication: required",
        ] {
            assert_eq!(scrub(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn twice_is_once_and_nothing_panics(text in "(sig|password|Bearer |eyJ|://|@|[=:&? ./\\-]|\\PC){0,30}") {
            if let Some(once) = scrub(&text) {
                prop_assert_eq!(scrub(&once), None, "{}", once);
            }
        }
    }
}
