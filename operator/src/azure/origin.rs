//! The one place a token may go to.
use super::exchange::Failure;
use appgw_runbook::id::ArmId;
use std::fmt::{self, Write as _};
use url::Url;

/// Scheme, host and port of Azure Resource Manager. Always https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Url);

/// A URL on the configured origin. Nothing else can be sent a token, and only [`Origin`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(Url);

/// Longest resource id that is taken, in bytes. Azure's own end far below.
const LONGEST_ID: usize = 2048;

impl Origin {
    /// Take the endpoint of a resource manager: https, a host, no user, no path, no query.
    pub fn new(endpoint: &str) -> Result<Self, String> {
        let url = Url::parse(endpoint.trim())
            .map_err(|error| format!("{endpoint:?} is not a URL: {error}"))?;
        if url.scheme() != "https" {
            return Err(format!("{endpoint:?} is not https"));
        }
        let plain = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain {
            return Err(format!(
                "{endpoint:?} must be scheme, host and port, and nothing else"
            ));
        }
        Ok(Self(url))
    }

    /// Without a slash at the end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The address of a path and its parameters. No id, however odd, leads anywhere else: each
    /// segment and each value is encoded, and what encoding cannot keep apart is refused.
    pub(crate) fn address(
        &self,
        place: &ArmId,
        parameters: &[(&str, String)],
    ) -> Result<Address, Failure> {
        let path = encoded(place).ok_or_else(no_resource)?;
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .collect();
        let mut url = self.0.clone();
        url.set_path(&path);
        url.set_query((!pairs.is_empty()).then(|| pairs.join("&")).as_deref());
        if url.path() == path {
            Ok(Address(url))
        } else {
            Err(no_resource())
        }
    }

    /// A place that Azure named: to poll, or the next page. Taken as it is, but only on this origin.
    pub(crate) fn follow(&self, named: &str) -> Result<Address, Failure> {
        let url = if named.starts_with('/') && !named.starts_with("//") {
            self.0.join(named)
        } else {
            Url::parse(named)
        };
        let Ok(url) = url else {
            let why = "Azure named a place to look that is not a URL";
            return Err(Failure::Unreadable(why.to_owned()));
        };
        let ours = url.origin() == self.0.origin()
            && url.username().is_empty()
            && url.password().is_none();
        if ours {
            return Ok(Address(url));
        }
        let other = url.host_str().unwrap_or("no host");
        Err(Failure::Unreadable(format!(
            "Azure named a place to look outside {}, which was not followed: {}://{other}",
            self.as_str(),
            url.scheme()
        )))
    }
}

impl Address {
    /// For the one place that sends.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
    /// Path and query, as a bundle has them.
    pub(crate) fn path(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Said of an id that no request is made from.
pub(crate) fn no_resource() -> Failure {
    Failure::Unreadable("this is not the id of an Azure resource".to_owned())
}

/// Whether an id can be a path.
pub(crate) fn is_path(id: &ArmId) -> bool {
    encoded(id).is_some()
}

/// The id as a path. `None` where a segment is empty, `.` or `..`, or holds a control character.
fn encoded(id: &ArmId) -> Option<String> {
    let id = id.as_str();
    let segments = id.strip_prefix('/').filter(|_| id.len() <= LONGEST_ID)?;
    let mut path = String::with_capacity(id.len());
    for segment in segments.split('/') {
        let odd = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
        if matches!(segment, "" | "." | "..") || segment.chars().any(odd) {
            return None;
        }
        path.push('/');
        path.push_str(&percent(segment));
    }
    Some(path)
}

/// What was to be asked, where nothing was sent: as a bundle has a path, whatever is in it.
pub(crate) fn spelled(place: &ArmId) -> String {
    let segments: Vec<String> = place.as_str().split('/').map(percent).collect();
    segments.join("/")
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin() -> Origin {
        Origin::new("https://management.azure.com").unwrap()
    }

    fn address(id: &str) -> Result<Address, Failure> {
        origin().address(&ArmId::new(id), &[("api-version", "2025-07-01".to_owned())])
    }

    #[test]
    fn only_https_and_nothing_but_an_origin() {
        for (endpoint, why) in [
            ("http://management.azure.com", "is not https"),
            ("https://a/b", "nothing else"),
            ("https://u@a", "nothing else"),
            ("https://a?x=y", "nothing else"),
            ("management.azure.com", "is not a URL"),
        ] {
            let error = Origin::new(endpoint).unwrap_err();
            assert!(error.contains(why), "{endpoint}: {error}");
        }
        let origin = Origin::new(" https://LOCALHOST:8443/ ").unwrap();
        assert_eq!(origin.as_str(), "https://localhost:8443");
    }

    #[test]
    fn a02_odd_ids_never_change_path_or_query() {
        let good = address("/subscriptions/s/resourceGroups/r g/providers/N/t/a(b)").unwrap();
        assert_eq!(
            good.path(),
            "/subscriptions/s/resourceGroups/r%20g/providers/N/t/a(b)?api-version=2025-07-01"
        );
        let kept = [
            ("/subscriptions/a%2fb", "/subscriptions/a%252fb"),
            ("/subscriptions/%2e%2e", "/subscriptions/%252e%252e"),
            ("/subscriptions/a?b=c#d", "/subscriptions/a%3Fb%3Dc%23d"),
            ("/subscriptions/a\\..\\b", "/subscriptions/a%5C..%5Cb"),
            ("/subscriptions/а", "/subscriptions/%D0%B0"),
        ];
        for (id, path) in kept {
            let url = address(id).unwrap().path();
            assert_eq!(url, format!("{path}?api-version=2025-07-01"));
        }
        let long = format!("/subscriptions/{}", "x".repeat(10_000));
        for id in [
            "/subscriptions/rg/../../x",
            "/subscriptions/./x",
            "//evil.example/x",
            "subscriptions/x",
            "https://evil.example/subscriptions/x",
            "/subscriptions/a\u{7}b",
            "",
            &long,
        ] {
            assert!(address(id).is_err(), "{id}");
        }
    }

    #[test]
    fn values_of_parameters_stay_values() {
        let id = ArmId::new("/subscriptions/s");
        let odd = "a'b&c=d#e f+g%h/ü$";
        let address =
            origin().address(&id, &[("$filter", odd.to_owned()), ("x", "1,2".to_owned())]);
        let url = address.unwrap().url().clone();
        assert_eq!(
            url.query(),
            Some("$filter=a%27b%26c%3Dd%23e%20f%2Bg%25h%2F%C3%BC%24&x=1%2C2")
        );
        let read: Vec<_> = url.query_pairs().into_owned().collect();
        assert_eq!(read[0], ("$filter".to_owned(), odd.to_owned()));
        assert_eq!(
            origin().address(&id, &[]).unwrap().path(),
            "/subscriptions/s"
        );
    }

    #[test]
    fn a20_places_named_elsewhere_are_refused() {
        let at = |named: &str| {
            origin()
                .follow(named)
                .map(|address| address.url().to_string())
        };
        let url = "https://management.azure.com/subscriptions/s/x?api-version=1&t=2&c=A-_b&s=%2B";
        assert_eq!(at(url).unwrap(), url, "verbatim");
        assert!(at("https://MANAGEMENT.azure.com:443/x").is_ok());
        assert_eq!(at("/x?y").unwrap(), "https://management.azure.com/x?y");
        for foreign in [
            "https://evil.example/x",
            "https://management.azure.com.evil.example/x",
            "https://management.azure.com@evil.example/x",
            "https://user@management.azure.com/x",
            "https://user:pw@management.azure.com/x",
            "http://management.azure.com/x",
            "https://management.azure.com:8443/x",
            "https://management.azure.com./x",
            "//evil.example/x",
            "/\\evil.example/x",
            "ftp://management.azure.com/x",
            "x",
            "",
        ] {
            assert!(at(foreign).is_err(), "{foreign}");
        }
    }

    proptest! {
        #[test]
        fn a02_no_id_leads_elsewhere(id in "(/|\\PC|[.%?#/@:\\\\]){0,60}") {
            if let Ok(address) = address(&id) {
                let url = address.url();
                prop_assert_eq!(url.origin(), origin().0.origin());
                prop_assert_eq!(url.query(), Some("api-version=2025-07-01"));
                prop_assert!(url.fragment().is_none() && url.username().is_empty());
                let segments = ArmId::new(&id).as_str().split('/').count();
                prop_assert_eq!(url.path().split('/').count(), segments);
            }
        }

        #[test]
        fn a20_no_named_place_leads_elsewhere(named in "(https?:)?[/\\\\]{0,3}[a-z.@:/\\\\?#%0-9]{0,40}") {
            if let Ok(address) = origin().follow(&named) {
                prop_assert_eq!(address.url().origin(), origin().0.origin());
                prop_assert!(address.url().username().is_empty());
            }
        }
    }
}
