//! Text that fits into a status: one line, nothing unseen in it, and no more bytes than there is room.

/// One line of at most `most` bytes as JSON writes it. Control characters become blanks; marks that
/// are not seen but change what is seen, such as those of the reading direction, are dropped.
pub(super) fn fit(text: &str, most: usize) -> String {
    const MORE: char = '…';
    let room = most.saturating_sub(MORE.len_utf8());
    let (mut out, mut size, mut whole) = (String::new(), 0, 0);
    for c in text.trim_end().chars().filter(|c| !is_mark(*c)) {
        let blank = c.is_control() || c.is_whitespace();
        let c = if blank { ' ' } else { c };
        size += c.len_utf8() + usize::from(matches!(c, '"' | '\\'));
        if size > most {
            out.truncate(whole);
            out.push(MORE);
            return out;
        }
        out.push(c);
        if size <= room {
            whole = out.len();
        }
    }
    out
}

/// At most `lines` lines of `most` bytes; the last one says how many are not shown.
pub(super) fn fit_lines(texts: &[String], lines: usize, most: usize) -> Vec<String> {
    let (shown, rest) = split(texts, lines);
    let mut out: Vec<String> = shown.iter().map(|text| fit(text, most)).collect();
    if !rest.is_empty() {
        out.push(format!("… and {} more", rest.len()));
    }
    out
}

/// Those shown, with one line left for the count of the others, if there are any.
fn split<T>(items: &[T], lines: usize) -> (&[T], &[T]) {
    if items.len() <= lines {
        (items, &[])
    } else {
        items.split_at(lines.saturating_sub(1))
    }
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_without_marks() {
        let nasty = "a\r\nb\u{1b}[31m\u{202e}c\u{2028}d  e \n";
        assert_eq!(fit(nasty, 100), "a  b [31mc d  e");
    }

    #[test]
    fn cut_by_bytes_as_json_writes_them() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abc…");
        assert_eq!(fit("\"\"\"\"", 6), "\"…");
        for text in ["ü".repeat(50), "\"".repeat(50), "𝕏a".repeat(50)] {
            for most in 3..60 {
                let json = serde_json::to_string(&fit(&text, most)).unwrap();
                assert!(json.len() <= most + 2, "{json} in {most}");
            }
        }
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let texts: Vec<String> = (0..5).map(|n| n.to_string()).collect();
        assert_eq!(fit_lines(&texts, 5, 9), ["0", "1", "2", "3", "4"]);
        assert_eq!(fit_lines(&texts, 3, 9), ["0", "1", "… and 3 more"]);
    }
}
