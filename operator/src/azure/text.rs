//! Text from outside, made fit for a status: one line, cut, and the same for the same cause.

/// Longest piece of foreign text that is passed on, in characters.
pub(crate) const MOST: usize = 300;

/// One line of at most `most` characters: control characters and marks that change the reading
/// direction are gone, blanks are folded.
pub(crate) fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|c| !is_mark(*c)).collect();
        if word.is_empty() {
            continue;
        }
        if length > 0 {
            out.push(' ');
            length += 1;
        }
        for c in word.chars() {
            if length >= most.saturating_sub(1) {
                out.push('…');
                return out;
            }
            out.push(c);
            length += 1;
        }
    }
    out
}

/// Characters that are not seen but change what is.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// [`line`] without what differs from one answer to the next: request ids (any GUID but those in
/// `keep`), times and long numbers. So an unchanged fault reads unchanged, and nothing is written
/// for it.
pub(crate) fn settled(text: &str, keep: &[&str]) -> String {
    // Entra ends its texts with ids and the time.
    let text = text.split(" Trace ID:").next().unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+');
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        if end == 0 {
            let skip = rest.chars().next().map_or(1, char::len_utf8);
            let (plain, tail) = rest.split_at(skip);
            out.push_str(plain);
            rest = tail;
            continue;
        }
        let (token, tail) = rest.split_at(end);
        if is_volatile(token, keep) {
            out.push('…');
        } else {
            out.push_str(token);
        }
        rest = tail;
    }
    line(&out, MOST)
}

fn is_volatile(token: &str, keep: &[&str]) -> bool {
    let token = token.trim_matches(['.', ':', '-', '+']);
    if uuid::Uuid::try_parse(token).is_ok() {
        return !keep.iter().any(|kept| kept.eq_ignore_ascii_case(token));
    }
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let shape: String = token
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    // An epoch or a serial number; a date with a time; a time of day.
    (digits >= 9 && digits == token.len())
        || shape.starts_with("0000-00-00T")
        || shape.starts_with("00000000T")
        || shape.starts_with("00:00:00")
        || shape.starts_with("0:00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_without_marks_and_cut() {
        let nasty = "a\r\n\tb\u{1b}[31m\u{202e}c\u{0}d  e\u{2028}f";
        assert_eq!(line(nasty, 100), "a b [31mc d e f");
        assert_eq!(line("abcdef", 4), "abc…");
        assert_eq!(line(&"x".repeat(1 << 20), 300).chars().count(), 300);
        assert_eq!(line("ä ö", 3), "ä …");
    }

    #[test]
    fn what_differs_between_two_answers_goes() {
        for (text, want) in [
            (
                "timestamp '20171108T192438Z', tracking id '4d9660a8-5163-4d11-a70e-61ac905fbcee'.",
                "timestamp '…', tracking id '…'.",
            ),
            (
                "expiry UTC time '2026-11-22T09:41:00.1234567Z' is earlier",
                "expiry UTC time '…' is earlier",
            ),
            (
                "verification time 1700000000 (UNIX)",
                "verification time … (UNIX)",
            ),
            (
                "on 10.220.101.118:8443 with api-version 2025-07-01",
                "on 10.220.101.118:8443 with api-version 2025-07-01",
            ),
            (
                "AADSTS7000215: no. Trace ID: x Correlation ID: y",
                "AADSTS7000215: no.",
            ),
            ("/rg1478645787244/vnet", "/rg1478645787244/vnet"),
        ] {
            assert_eq!(settled(text, &[]), want);
        }
        let client = "99999999-8888-7777-6666-555555555555";
        let text = format!("app '{client}' of {client}");
        assert_eq!(settled(&text, &[client]), text);
    }
}
