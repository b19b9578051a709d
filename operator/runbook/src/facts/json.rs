//! Reading JSON that others wrote: a missing, null or odd member is `None`, never the end of the document.
use serde_json::Value;

/// The member at a path of plain names.
pub(crate) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    let found = path.iter().try_fold(value, |v, name| v.get(name))?;
    (!found.is_null()).then_some(found)
}

/// A text that is not empty.
pub(crate) fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

/// On one line: what Azure holds as a name may hold anything.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A whole number, also one written as text or with a decimal point of no weight.
pub(crate) fn number(value: &Value, path: &[&str]) -> Option<i64> {
    let found = at(value, path)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only values without a fraction and far below 2^53 pass"
    )]
    let whole = |f: f64| (f.fract() == 0.0 && f.abs() < 1e12).then_some(f as i64);
    match found {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().and_then(whole)),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// A flag, also one written as text.
pub(crate) fn flag(value: &Value, path: &[&str]) -> Option<bool> {
    match at(value, path)? {
        Value::Bool(b) => Some(*b),
        Value::String(s) => s.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// The elements of a list that are not null; none if there is no list.
pub(crate) fn list<'v>(
    value: &'v Value,
    path: &[&str],
) -> impl Iterator<Item = &'v Value> + use<'v> {
    at(value, path)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|element| !element.is_null())
}

/// Singular and plural form of one field together: `addressPrefix` and `addressPrefixes[]`.
pub(crate) fn one_or_many<'v>(value: &'v Value, one: &str, many: &str) -> Vec<&'v str> {
    let all = list(value, &[many]).filter_map(Value::as_str);
    text(value, &[one]).into_iter().chain(all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_flags_are_read_as_azure_and_people_write_them() {
        let v =
            json!({"a": 200, "b": "200", "c": 200.0, "d": 1.5, "e": true, "f": "True", "g": null});
        assert_eq!(number(&v, &["a"]), Some(200));
        assert_eq!(number(&v, &["b"]), Some(200));
        assert_eq!(number(&v, &["c"]), Some(200));
        assert_eq!(number(&v, &["d"]), None);
        assert_eq!(
            (flag(&v, &["e"]), flag(&v, &["f"])),
            (Some(true), Some(true))
        );
        assert_eq!((flag(&v, &["g"]), number(&v, &["x"])), (None, None));
        assert_eq!(list(&json!({"l": [1, null]}), &["l"]).count(), 1);
        assert_eq!(list(&json!({"l": null}), &["l"]).count(), 0);
    }
}
