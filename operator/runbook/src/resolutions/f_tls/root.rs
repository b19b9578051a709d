//! A root certificate as Azure takes it: base64 of one X.509 certificate in DER. As much of it is read as tells a
//! root from what is none.
use jiff::{Timestamp, civil, tz::TimeZone};

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// As the gateway's document has it.
    pub(super) data: String,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    from: Timestamp,
    until: Timestamp,
    /// It may sign others; `None` where it does not say.
    signs: Option<bool>,
}

impl Root {
    /// The one certificate of a PEM text; what is wrong with it, in a sentence.
    pub(super) fn of_pem(pem: &str) -> Result<Self, String> {
        if pem.contains("PRIVATE KEY") {
            return Err("a private key lies there, and none is needed or wanted".into());
        }
        let mut blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
        let inner = blocks
            .next()
            .and_then(|rest| Some(rest.split_once("-----END CERTIFICATE-----")?.0));
        let inner = inner.ok_or("no certificate in PEM")?;
        if blocks.next().is_some() {
            return Err("more than one certificate, and the root alone belongs there".into());
        }
        Self::of_data(inner).ok_or_else(|| "what stands in the PEM is no certificate".into())
    }
    /// From base64 of DER.
    pub(super) fn of_data(data: &str) -> Option<Self> {
        let data: String = data.chars().filter(|c| !c.is_whitespace()).collect();
        let der = decode(&data)?;
        let (whole, rest) = element(&der, SEQUENCE)?;
        let (body, after) = element(whole, SEQUENCE)?;
        let (_, after) = element(after, SEQUENCE)?;
        let (_, end) = element(after, BITS)?;
        if !rest.is_empty() || !end.is_empty() {
            return None;
        }
        let at = element(body, VERSION).map_or(body, |(_, rest)| rest);
        let (_, at) = element(at, INTEGER)?;
        let (_, at) = element(at, SEQUENCE)?;
        let (issuer, at) = element(at, SEQUENCE)?;
        let (dates, at) = element(at, SEQUENCE)?;
        let (subject, at) = element(at, SEQUENCE)?;
        let (_, at) = element(at, SEQUENCE)?;
        let (from, until) = time(dates)?;
        let (until, _) = time(until)?;
        Some(Self {
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            from,
            until,
            signs: signs(at),
            data,
        })
    }
    /// Why it is no root that a gateway could use now, if so.
    pub(super) fn is_none(&self, now: Timestamp) -> Option<String> {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        if self.issuer != self.subject {
            return Some("the certificate is signed by another one: the root at the end of the chain is what a gateway trusts".into());
        }
        if self.signs == Some(false) {
            return Some("the certificate may not sign others, so it is no authority's".into());
        }
        if self.until < now {
            return Some(format!("the certificate expired on {}", day(self.until)));
        }
        (self.from > now).then(|| format!("the certificate is not good before {}", day(self.from)))
    }
    /// The very same certificate.
    pub(super) fn is(&self, data: &str) -> bool {
        data.chars()
            .filter(|c| !c.is_whitespace())
            .eq(self.data.chars())
    }
}

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const BOOLEAN: u8 = 0x01;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// The content of an element of this kind, and what comes after it.
fn element(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (own, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0, |all, byte| all << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    (*own == kind).then_some(())?;
    rest.split_at_checked(length)
}

/// `YYMMDDHHMMSSZ`, or with four digits of the year.
fn time(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let short = element(der, 0x17);
    let (digits, rest) = short.or_else(|| element(der, 0x18))?;
    let text = std::str::from_utf8(digits).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let (year, text) = text.split_at_checked(if short.is_some() { 2 } else { 4 })?;
    let year: i16 = year.parse().ok()?;
    let year = match (short.is_some(), year) {
        (true, 0..50) => 2000 + year,
        (true, _) => 1900 + year,
        (false, _) => year,
    };
    let part = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    let at =
        civil::DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    Some((at.to_zoned(TimeZone::UTC).ok()?.timestamp(), rest))
}

/// `basicConstraints`: may sign others. Certificates before version 3 do not say.
fn signs(after_key: &[u8]) -> Option<bool> {
    let (extensions, _) = element(after_key, EXTENSIONS)?;
    let (mut all, _) = element(extensions, SEQUENCE)?;
    while let Some((one, rest)) = element(all, SEQUENCE) {
        all = rest;
        let (id, value) = element(one, OBJECT)?;
        if id != [0x55, 0x1d, 0x13] {
            continue;
        }
        let value = element(value, BOOLEAN).map_or(value, |(_, rest)| rest);
        let (inner, _) = element(value, OCTETS)?;
        let (inner, _) = element(inner, SEQUENCE)?;
        return Some(element(inner, BOOLEAN).is_some_and(|(yes, _)| yes != [0]));
    }
    Some(false)
}

/// Base64 with its padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let plain = text.trim_end_matches('=');
    if text.is_empty() || !text.len().is_multiple_of(4) || text.len() - plain.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in plain.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
