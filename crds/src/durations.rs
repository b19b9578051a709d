//! Durations stay the text that was typed (`1h` is not turned into `60m`), so that nothing drifts.
use std::time::Duration;

/// Digits and a unit, as often as wanted: `15m`, `1h30m`, `0s`.
pub(crate) const SHAPE: &str = "^([0-9]+[hms])+$";
/// Long enough for anything within the bounds, short enough that no sum overflows.
pub(crate) const LONGEST: usize = 12;

/// What a duration of the spec means: `None` for a text that the schema would have refused.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(appgw_crds::duration("1h30m"), Some(Duration::from_secs(5400)));
/// assert_eq!(appgw_crds::duration("soon"), None);
/// ```
pub fn duration(text: &str) -> Option<Duration> {
    let shaped = text.ends_with(['h', 'm', 's'])
        && text.len() <= LONGEST
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"hms".contains(&byte))
        && !text.contains("ms");
    if !shaped {
        return None;
    }
    text.parse::<kube::core::Duration>().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_schema_lets_through_and_nothing_else() {
        let seconds = |text| duration(text).map(|read| read.as_secs());
        assert_eq!(seconds("0s"), Some(0));
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("1h"), Some(3600));
        assert_eq!(seconds("1h30m5s"), Some(5405));
        assert_eq!(seconds("5m1h"), Some(3900), "as in Go, in any order");
        assert_eq!(seconds("99999999999h"), Some(99_999_999_999 * 3600));
        for bad in [
            "",
            "0",
            "5",
            "m",
            "-5m",
            "+5m",
            "1.5h",
            "5ms",
            "1d",
            "1 h",
            "1hm",
            "999999999999h",
            "1h2",
            "５m",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
