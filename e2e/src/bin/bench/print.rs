//! Figures as people read them.
use std::time::Duration;

/// In milliseconds, or in seconds where that is long.
pub(crate) fn ms(time: Duration) -> String {
    if time >= Duration::from_secs(10) {
        format!("{:.2} s", time.as_secs_f64())
    } else {
        format!("{:.0} ms", time.as_secs_f64() * 1e3)
    }
}

/// `min / median / max`.
pub(crate) fn spread(times: &[Duration]) -> String {
    let [min, median, max] = quantiles(times).map(ms);
    format!("{min} / {median} / {max}")
}

/// The least, the middle and the most; zeros of nothing. Of an even number, the later of the two in the middle.
pub(crate) fn quantiles(times: &[Duration]) -> [Duration; 3] {
    let mut times = times.to_vec();
    times.sort();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    [at(0), at(times.len() / 2), at(times.len().max(1) - 1)]
}

/// What else the machine has to do: its load averages of 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<&str> = text.split(' ').take(3).collect();
    if averages.len() == 3 {
        averages.join(" ")
    } else {
        "unknown".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_is_not_the_flattering_one() {
        let times = [4, 1, 3, 2].map(Duration::from_millis);
        assert_eq!(quantiles(&times), [1, 3, 4].map(Duration::from_millis));
        assert_eq!(spread(&times[..1]), "4 ms / 4 ms / 4 ms");
        assert_eq!(quantiles(&[]), [Duration::ZERO; 3]);
        assert_eq!(ms(Duration::from_millis(10_250)), "10.25 s");
    }
}
