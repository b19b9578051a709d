//! The errors of Azure in every shape they come in.
use super::text;
use serde_json::{Map, Value};

/// What an error body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Such as `ResourceNotFound`; empty where none is given.
    pub(crate) code: String,
    /// In words, as sent; the service is known to leave it empty.
    pub(crate) message: String,
    /// What lies behind it, outermost first: `details` and inner errors, however deep.
    pub(crate) behind: Vec<(String, String)>,
}

/// How deep inner errors are followed. The deepest seen is three.
const DEPTH: usize = 8;

impl Refusal {
    /// Read an error body: wrapped in `error`, bare, in capitals, Entra's own, the error of an
    /// operation, or an error as text within an error. `None` where the body is no error.
    pub(crate) fn of(body: &Value) -> Option<Self> {
        let body = body.as_object()?;
        let (inner, described) = match member(body, "error") {
            Some(Value::Object(error)) => (error, None),
            // Entra: `{"error": "invalid_client", "error_description": "AADSTS…"}`.
            Some(Value::String(code)) => (body, Some(code)),
            _ => (body, None),
        };
        let text = |name| member(inner, name).and_then(Value::as_str);
        let mut refusal = Self {
            code: described.map_or_else(
                || text("code").unwrap_or_default().to_owned(),
                String::clone,
            ),
            message: text("message")
                .or_else(|| text("error_description"))
                .unwrap_or_default()
                .to_owned(),
            behind: Vec::new(),
        };
        if refusal.code.is_empty() && refusal.message.is_empty() {
            return None;
        }
        refusal.look_behind(inner, DEPTH);
        let message = refusal.message.clone();
        refusal.read_as_error(&message);
        Some(refusal)
    }

    fn look_behind(&mut self, error: &Map<String, Value>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let details = member(error, "details").and_then(Value::as_array);
        let inner = member(error, "innererror");
        for one in details.into_iter().flatten().chain(inner) {
            if let Some(one) = one.as_object() {
                let text = |name| {
                    let text = member(one, name).and_then(Value::as_str);
                    text.unwrap_or_default().to_owned()
                };
                let (code, message) = (text("code"), text("message"));
                if !code.is_empty() || !message.is_empty() {
                    self.behind.push((code, message.clone()));
                    self.read_as_error(&message);
                }
                self.look_behind(one, depth);
            }
        }
    }

    /// A deployment carries the provider's error as text.
    fn read_as_error(&mut self, message: &str) {
        if !message.trim_start().starts_with('{') {
            return;
        }
        let nested = serde_json::from_str::<Value>(message).ok();
        if let Some(nested) = nested.as_ref().and_then(Self::of) {
            self.behind.push((nested.code, nested.message));
            self.behind.extend(nested.behind);
        }
    }

    /// Whether it, or what lies behind it, has this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.codes().any(|own| own.eq_ignore_ascii_case(code))
    }

    /// Every code, outermost first.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        let behind = self.behind.iter().map(|(code, _)| code.as_str());
        std::iter::once(self.code.as_str()).chain(behind)
    }

    /// The action that was not allowed, as Azure names it: `… to perform action 'X' over scope …`.
    pub(crate) fn action(&self) -> Option<String> {
        let behind = self.behind.iter().map(|(_, message)| message.as_str());
        std::iter::once(self.message.as_str())
            .chain(behind)
            .find_map(|message| {
                let (_, rest) = message
                    .split_once("perform action")
                    .or_else(|| message.split_once("perform the following action"))?;
                let action = rest.split('\'').nth(1)?;
                let whole = action.contains('/')
                    && action
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"./*-_".contains(&b));
                whole.then(|| text::line(action, text::MOST))
            })
    }

    /// Another operation is at work on the resource or one it needs: a lock, not throttling.
    pub(crate) fn is_busy(&self) -> bool {
        const BUSY: [&str; 4] = [
            "RetryableError",
            "RetryableErrorDueToAnotherOperation",
            "ReferencedResourceNotProvisioned",
            "AnotherOperationInProgress",
        ];
        BUSY.iter().any(|code| self.is(code))
    }

    /// The api-version is not known here. These come with a list of those that are.
    pub(crate) fn is_about_the_version(&self) -> bool {
        const CODES: [&str; 3] = [
            "NoRegisteredProviderFound",
            "InvalidApiVersionParameter",
            "InvalidResourceType",
        ];
        CODES.iter().any(|code| self.is(code))
    }

    /// The api-versions that the message lists as supported, as sent.
    pub(crate) fn supported_versions(&self) -> Vec<&str> {
        let list = self.message.split("supported").nth(1).unwrap_or_default();
        let list = list.split('\'').nth(1).unwrap_or_default();
        let versions = list.split([',', ' ']).map(str::trim);
        versions.filter(|version| is_version(version)).collect()
    }

    /// Code and message of it and of the innermost that lies behind it, in one line.
    pub(crate) fn says(&self) -> String {
        let own = pair(&self.code, &self.message);
        let said = match self.behind.last() {
            Some((code, message)) if (code, message) != (&self.code, &self.message) => {
                format!("{own}: {}", pair(code, message))
            }
            _ => own,
        };
        text::settled(&said, &[])
    }
}

fn pair(code: &str, message: &str) -> String {
    match (code, message) {
        (code, "") => code.to_owned(),
        ("", message) => message.to_owned(),
        // The whole error again, as text: its codes say enough.
        (code, message) if message.trim_start().starts_with('{') => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    }
}

/// `2025-07-01`, with or without `-preview` and the like.
pub(crate) fn is_version(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes.iter().take(10).enumerate().all(|(at, b)| {
            if matches!(at, 4 | 7) {
                *b == b'-'
            } else {
                b.is_ascii_digit()
            }
        })
        && bytes
            .iter()
            .skip(10)
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// A member by its name, whatever its case.
pub(crate) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let mut all = object.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(body: Value) -> Refusal {
        Refusal::of(&body).unwrap()
    }

    #[test]
    fn every_shape_is_read() {
        let wrapped = of(json!({"error": {"code": "A", "message": "m", "details": []}}));
        let bare = of(json!({"code": "A", "message": "m"}));
        let capitals = of(json!({"Code": "A", "Message": "m", "Target": null, "Details": []}));
        let operation =
            of(json!({"status": "Failed", "error": {"code": "A", "message": "m"}, "id": "x"}));
        for refusal in [&wrapped, &bare, &capitals, &operation] {
            assert_eq!(refusal, &wrapped);
            assert_eq!(refusal.says(), "A: m");
        }
        let entra = of(json!({"error": "invalid_client", "error_description": "AADSTS7: no"}));
        assert_eq!(entra.says(), "invalid_client: AADSTS7: no");
        let deep = of(json!({"error": {"code": "A", "message": "m",
            "innererror": {"code": "B", "message": "n", "innererror": {"code": "C", "message": "o"}}}}));
        assert_eq!(deep.says(), "A: m: C: o");
        assert!(deep.is("b") && deep.is("C") && !deep.is("D"));
        let text = of(json!({"code": "DeploymentFailed",
            "message": "{\"error\": {\"code\": \"Inner\", \"message\": \"why\"}}"}));
        assert_eq!(text.says(), "DeploymentFailed: Inner: why");
        let within = of(
            json!({"status": "Failed", "error": {"code": "DeploymentFailed", "message": "m",
            "details": [{"code": "BadRequest", "message": "{\"error\": {\"code\": \"Inner\", \"message\": \"why\"}}"}]}}),
        );
        assert_eq!(within.says(), "DeploymentFailed: m: Inner: why");
        assert_eq!(
            of(json!({"error": {"code": "Empty", "message": ""}})).says(),
            "Empty"
        );
        for none in [
            json!({}),
            json!(null),
            json!([1]),
            json!("x"),
            json!({"value": []}),
        ] {
            assert_eq!(Refusal::of(&none), None, "{none}");
        }
    }

    #[test]
    fn the_action_is_taken_from_the_text_and_nothing_else_is() {
        let says = |message: &str| of(json!({"code": "AuthorizationFailed", "message": message}));
        let usual = says(
            "The client 'x' with object id 'y' does not have authorization to perform action \
            'Microsoft.Network/virtualNetworks/read' over scope '/subscriptions/z' or the scope is invalid.",
        );
        assert_eq!(
            usual.action().as_deref(),
            Some("Microsoft.Network/virtualNetworks/read")
        );
        assert_eq!(says("no").action(), None);
        assert_eq!(says("to perform action 'a/b\u{1b}[31m'").action(), None);
    }

    #[test]
    fn versions_that_are_supported_are_found_in_the_text() {
        let refusal = of(
            json!({"error": {"code": "NoRegisteredProviderFound", "message":
            "No registered resource provider found for location 'x' and API version '2099-01-01' \
            for type 't'. The supported api-versions are '2015-05-01-preview, 2024-03-01,2023-11-01'. \
            The supported locations are 'x'."}}),
        );
        assert!(refusal.is_about_the_version());
        assert_eq!(
            refusal.supported_versions(),
            ["2015-05-01-preview", "2024-03-01", "2023-11-01"]
        );
        let other = of(
            json!({"error": {"code": "InvalidApiVersionParameter", "message":
            "The api-version 'x' is invalid. The supported versions are '2024-03-01'."}}),
        );
        assert_eq!(other.supported_versions(), ["2024-03-01"]);
        assert!(
            of(json!({"code": "X", "message": "y"}))
                .supported_versions()
                .is_empty()
        );
    }

    #[test]
    fn a_lock_is_told_from_throttling() {
        let lock = json!({"error": {"code": "RetryableError", "message": "A retryable error occurred.",
            "details": [{"code": "ReferencedResourceNotProvisioned", "message": "m"}]}});
        assert!(of(lock).is_busy());
        assert!(!of(json!({"code": "TooManyRequests", "message": "m"})).is_busy());
    }
}
