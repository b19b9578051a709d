//! Text for terminals and tickets.

/// Without what a terminal would obey: text of files may come from strangers.
pub(super) fn printable(text: &str) -> String {
    let good = |c: &char| *c == '\n' || !c.is_control();
    text.chars().filter(good).collect()
}

/// Broken at blanks into lines of at most `width` characters, where the words allow it.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Plain text within Markdown, also at the start of a block or in a cell of a table: nothing in it
/// is markup.
pub(super) fn escaped(text: &str) -> String {
    // These begin a quotation, a list, a rule or a title, but only in front: `> a`, `- a`, `1. a`.
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let item = rest == "." || rest == ")" || rest.starts_with(". ") || rest.starts_with(") ");
    let block = match number {
        "" => text.starts_with(['>', '+', '-', '=']).then_some(0),
        _ => item.then_some(digits),
    };
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if "\\`*_[]<|~&#$".contains(c) || block == Some(at) {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing() {
        assert_eq!(printable("a\u{1b}[31m\nb\u{7}\r\u{9b}"), "a[31m\nb");
    }

    #[test]
    fn broken_at_blanks_only() {
        assert_eq!(wrap("ab  cd e", 5), ["ab cd", "e"]);
        assert_eq!(wrap("abcdefgh i", 5), ["abcdefgh", "i"]);
        assert_eq!(wrap("", 5), [""; 0]);
    }

    #[test]
    fn nothing_from_azure_is_markup() {
        let nasty = "a|b `c` *d* _e_ <img src=x> [f](http://g) # ~h~ &lt; $x$ \\ \ni-1 > 2.";
        let plain = r"a\|b \`c\` \*d\* \_e\_ \<img src=x> \[f\](http://g) \# \~h\~ \&lt; \$x\$ \\  i-1 > 2.";
        assert_eq!(escaped(nasty), plain);
        for (text, wanted) in [
            ("- a", r"\- a"),
            ("+", r"\+"),
            ("> a", r"\> a"),
            ("12. a", r"12\. a"),
            ("1)", r"1\)"),
            ("3.1", "3.1"),
            ("10.2.0.4", "10.2.0.4"),
        ] {
            assert_eq!(escaped(text), wanted);
        }
    }
}
