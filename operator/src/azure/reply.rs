//! One HTTP answer, as it came.
use super::errors::Refusal;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// Status, headers and body of one answer. Not cleaned: never leaves the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// JSON, or a string where it was none; nothing where it was empty or `null`.
    pub(crate) body: Option<Value>,
    /// How long the body was.
    pub(crate) bytes: usize,
}

/// How much of a body that is no JSON is kept, in bytes.
const LONGEST_TEXT: usize = 4096;

impl Reply {
    /// What was received, read as JSON if it can be.
    pub(crate) fn new(status: u16, headers: HeaderMap, bytes: &[u8]) -> Self {
        let body = if bytes.iter().all(u8::is_ascii_whitespace) {
            None
        } else {
            // A page of HTML; its beginning tells what it is.
            let begin = bytes.get(..LONGEST_TEXT).unwrap_or(bytes);
            let text = || Value::String(String::from_utf8_lossy(begin).into_owned());
            Some(serde_json::from_slice(bytes).unwrap_or_else(|_| text()))
        };
        Self {
            status,
            headers,
            body: body.filter(|body| !body.is_null()),
            bytes: bytes.len(),
        }
    }

    /// A header, if it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The error in the body, if there is one.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.body.as_ref().and_then(Refusal::of)
    }

    /// How long Azure asks to wait. A date is measured against the answer's own date, so that a
    /// wrong clock here does not matter.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        if let Some(wait) = self.header("x-ms-retry-after-ms") {
            return wait.trim().parse().ok().map(Duration::from_millis);
        }
        let wait = self.header("retry-after")?.trim();
        if let Ok(seconds) = wait.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = |text| {
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|at| at.timestamp())
        };
        let until = date(wait)?;
        let now = self
            .header("date")
            .and_then(date)
            .unwrap_or_else(Timestamp::now);
        Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(headers: &[(&'static str, &'static str)]) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        Reply::new(202, headers.collect(), b"")
    }

    #[test]
    fn f60_waits_in_every_form() {
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(with(&[]).retry_after(), None);
        assert_eq!(with(&[("retry-after", "0")]).retry_after(), seconds(0));
        assert_eq!(
            with(&[("retry-after", "86400")]).retry_after(),
            seconds(86_400)
        );
        assert_eq!(with(&[("retry-after", "soon")]).retry_after(), None);
        let ms = [("retry-after", "10"), ("x-ms-retry-after-ms", "50")];
        assert_eq!(with(&ms).retry_after(), Some(Duration::from_millis(50)));
        let date = [
            ("date", "Sun, 22 Nov 2026 09:41:00 GMT"),
            ("retry-after", "Sun, 22 Nov 2026 09:41:17 GMT"),
        ];
        assert_eq!(with(&date).retry_after(), seconds(17));
        let past = [
            ("date", "Sun, 22 Nov 2026 09:41:00 GMT"),
            ("retry-after", "Sun, 22 Nov 2026 09:40:00 GMT"),
        ];
        assert_eq!(with(&past).retry_after(), seconds(0));
        assert_eq!(
            with(&[("retry-after", "99999999999999999999")]).retry_after(),
            None
        );
    }

    #[test]
    fn bodies_of_every_kind() {
        let body = |bytes: &[u8]| Reply::new(200, HeaderMap::new(), bytes).body;
        assert_eq!(body(b""), None);
        assert_eq!(body(b" null \n"), None);
        assert_eq!(body(b"{\"a\": 1}  "), Some(serde_json::json!({"a": 1})));
        assert_eq!(
            body(b"{\"a\": nul"),
            Some(Value::String("{\"a\": nul".into()))
        );
        assert_eq!(
            body(b"<html>\xff"),
            Some(Value::String("<html>\u{fffd}".into()))
        );
    }
}
