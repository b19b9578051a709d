//! What can go wrong in a visit. Control flow is not an error: waiting, gaps and refusals are values.
use std::{error, time::Duration};

/// One variant for each party that can fail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Kubernetes API refused, or could not be reached.
    #[error("Kubernetes API")]
    Kube(#[from] kube::Error),
    /// The Kubernetes API did not answer in time.
    #[error("no answer from the Kubernetes API within {0:?}")]
    Deadline(Duration),
    /// The stored object is not one this version can read, and cannot be told so.
    #[error("the stored object is not readable and takes no status: {0}")]
    Malformed(String),
    /// A bug of ours. The other objects do not suffer from it.
    #[error("the visit panicked: {0}")]
    Panicked(String),
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Again, after the object's back-off.
    Retry,
    /// Nothing, until the object changes.
    WaitForChange,
    /// Again at the slowest pace: a right is missing, or what is installed does not fit together.
    NeedsHuman,
}

impl Error {
    /// A small closed set of words, safe as a label.
    pub const fn category(&self) -> &'static str {
        match self {
            Self::Kube(_) => "kube",
            Self::Deadline(_) => "deadline",
            Self::Malformed(_) => "malformed",
            Self::Panicked(_) => "panicked",
        }
    }

    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            // 400 and 422: the CRD that is installed is not the one this operator was built with.
            Self::Kube(kube::Error::Api(status))
                if matches!(status.code, 400 | 401 | 403 | 422) =>
            {
                Class::NeedsHuman
            }
            Self::Kube(_) | Self::Deadline(_) => Class::Retry,
            Self::Malformed(_) => Class::WaitForChange,
            Self::Panicked(_) => Class::NeedsHuman,
        }
    }

    /// How long the API server asked to be left alone, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        let Self::Kube(kube::Error::Api(status)) = self else {
            return None;
        };
        let seconds = status.details.as_ref()?.retry_after_seconds;
        (seconds > 0).then(|| Duration::from_secs(seconds.into()))
    }

    /// The object is not there any more: no failure, nobody is left to tell.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Kube(kube::Error::Api(status)) if status.code == 404)
    }
}

/// The whole chain of causes in one line. What the cause says already is not said twice.
pub fn chain(error: &(dyn error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::Status;

    fn api(code: u16) -> Error {
        let status = Status::failure("no\nway", "Because").with_code(code);
        Error::Kube(kube::Error::Api(status.boxed()))
    }

    #[test]
    fn classes_by_what_can_help() {
        assert_eq!(api(503).class(), Class::Retry);
        assert_eq!(api(403).class(), Class::NeedsHuman);
        assert_eq!(api(422).class(), Class::NeedsHuman);
        assert_eq!(
            Error::Malformed(String::new()).class(),
            Class::WaitForChange
        );
        assert!(api(404).is_gone() && !api(403).is_gone());
    }

    #[test]
    fn what_the_server_asks_for_is_heard() {
        let status = serde_json::json!({"code": 429, "details": {"retryAfterSeconds": 7}});
        let status: Status = serde_json::from_value(status).unwrap();
        let error = Error::Kube(kube::Error::Api(status.boxed()));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(api(429).retry_after(), None);
    }

    #[test]
    fn the_chain_is_one_line_and_says_nothing_twice() {
        let said = chain(&api(403));
        assert!(
            said.starts_with("Kubernetes API: ApiError: no way: Because"),
            "{said}"
        );
        assert_eq!(said.matches("no way: Because").count(), 1, "{said}");
    }
}
