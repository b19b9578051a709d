//! Host and path patterns. One pattern may be held against another: what it then covers, it hides.

/// A host as it is compared: lower case, without a port or a closing dot.
pub(crate) fn clean_host(host: &str) -> String {
    let host = host.trim().to_lowercase();
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.chars().all(|c| c.is_ascii_digit()) => {
            name
        }
        _ => &host,
    };
    bare.trim_end_matches('.').to_owned()
}

/// A path as it is compared: without query and fragment, with its leading slash.
pub(crate) fn clean_path(path: &str) -> String {
    let path = path.trim();
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    if bare.starts_with('/') {
        bare.to_owned()
    } else {
        format!("/{bare}")
    }
}

/// Does `pattern` take every host that `other` (a host, or a pattern too) stands for? `*` is any run of
/// characters, `?` is one; case does not count. A `?` is not enough for the other's `*`.
pub(crate) fn host_covers(pattern: &str, other: &str) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    let (pattern, text) = (clean_host(pattern), chars(&clean_host(other)));
    let parts: Vec<Vec<char>> = pattern.split('*').map(chars).collect();
    let Some((first, rest)) = parts.split_first() else {
        return false;
    };
    let Some((head, mut left)) = text.split_at_checked(first.len()) else {
        return false;
    };
    if !same(first, head) {
        return false;
    }
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty();
    };
    for part in middle.iter().filter(|part| !part.is_empty()) {
        let Some(at) = left.windows(part.len()).position(|run| same(part, run)) else {
            return false;
        };
        left = left.get(at + part.len()..).unwrap_or_default();
    }
    let tail = left.len().checked_sub(last.len());
    tail.and_then(|at| left.get(at..))
        .is_some_and(|tail| same(last, tail))
}

fn same(part: &[char], run: &[char]) -> bool {
    let fits = |(p, c): (&char, &char)| p == c || (*p == '?' && *c != '*');
    part.len() == run.len() && part.iter().zip(run).all(fits)
}

/// Does `pattern` take every path that `other` (a path, or a pattern too) stands for? `*` counts at the end
/// only; without it a pattern is that one path. Case does not count.
pub(crate) fn path_covers(pattern: &str, other: &str) -> bool {
    let (pattern, other) = (pattern.trim().to_lowercase(), other.to_lowercase());
    match pattern.strip_suffix('*') {
        Some(prefix) => other.starts_with(prefix),
        None => pattern == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts() {
        for (pattern, host, takes) in [
            ("shop.contoso.com", "SHOP.contoso.com", true),
            ("shop.contoso.com", "shop.contoso.com.", true),
            ("shop.contoso.com", "shop.contoso.com:8443", true),
            ("shop.contoso.com", "xshop.contoso.com", false),
            ("*.contoso.com", "shop.contoso.com", true),
            ("*.contoso.com", "contoso.com", false),
            ("*.contoso.com", "shop.contoso.com.evil.net", false),
            ("shop*.contoso.*", "shop-7.contoso.co.uk", true),
            ("a*b*a", "aba", true),
            ("a*b*a", "ab", false),
            ("aa*aa", "aaa", false),
            ("shop?.contoso.com", "shop1.contoso.com", true),
            ("shop?.contoso.com", "shop.contoso.com", false),
            ("*", "anything", true),
            // A pattern against a pattern.
            ("*.com", "*.contoso.com", true),
            ("*.contoso.com", "*.com", false),
            ("?.contoso.com", "*.contoso.com", false),
            ("?.contoso.com", "?.contoso.com", true),
            ("", "shop", false),
        ] {
            assert_eq!(host_covers(pattern, host), takes, "{pattern} {host}");
        }
    }

    #[test]
    fn paths() {
        for (pattern, path, takes) in [
            ("/images/*", "/images/a.png", true),
            ("/images/*", "/images/", true),
            ("/images/*", "/images", false),
            ("/images*", "/images", true),
            ("/images*", "/imagesque", true),
            ("/Cart", "/cart", true),
            ("/cart", "/cart/", false),
            ("/*", "/", true),
            ("/images*", "/images/*", true),
            ("/images/*", "/images*", false),
            ("/cart", "/cart*", false),
        ] {
            assert_eq!(path_covers(pattern, path), takes, "{pattern} {path}");
        }
        assert_eq!(clean_path("/cart?x=/y#z"), "/cart");
        assert_eq!(clean_path("cart"), "/cart");
        assert_eq!(clean_path(""), "/");
    }

    /// The plain way to say what a pattern takes: try every split.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
            (None, Some(_)) | (Some(_), None) => false,
            (Some((p, rest)), Some((c, more))) => (p == c || *p == '?') && slow(rest, more),
        }
    }

    proptest! {
        #[test]
        fn a_pattern_takes_what_trying_every_split_takes(pattern in "[ab*?]{0,6}", host in "[ab]{0,6}") {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(host_covers(&pattern, &host), slow(&chars(&pattern), &chars(&host)));
        }
        #[test]
        fn a_pattern_that_covers_another_takes_all_it_takes(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
            let taken = |pattern: &str, host: &String| host_covers(pattern, host);
            let all = words(5).iter().all(|host| !taken(&b, host) || taken(&a, host));
            prop_assert!(!host_covers(&a, &b) || all);
        }
        #[test]
        fn the_same_of_paths(a in "[ab]{0,2}\\*?", b in "[ab]{0,3}\\*?") {
            let all = words(5).iter().all(|path| !path_covers(&b, path) || path_covers(&a, path));
            prop_assert!(!path_covers(&a, &b) || all);
        }
    }

    /// Every word of `a` and `b` up to a length.
    fn words(longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        for at in 0.. {
            if all[at].len() == longest {
                break;
            }
            for letter in ["a", "b"] {
                all.push(format!("{}{letter}", all[at]));
            }
        }
        all
    }
}
