//! A host name, looked up from where this runs.
use super::exchange::Failure;
use crate::error::chain;
use futures::future::BoxFuture;
use std::{io, net::IpAddr, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How names are looked up; tests bring their own.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The system's own resolver.
pub(crate) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Sorted addresses, each once.
pub(crate) async fn addresses(
    lookup: &Lookup,
    name: &str,
    deadline: Duration,
) -> Result<Vec<String>, Failure> {
    if !is_host(name) {
        return Err(Failure::Unreadable("this is not a host name".to_owned()));
    }
    match timeout(deadline, lookup(name.to_owned())).await {
        Err(_) => Err(Failure::Timeout),
        Ok(Ok(mut found)) => {
            found.sort_unstable();
            found.dedup();
            if found.is_empty() {
                return Err(Failure::NotFound);
            }
            Ok(found.iter().map(IpAddr::to_string).collect())
        }
        Ok(Err(error)) => Err(why(&error)),
    }
}

/// The resolver's answers have no kinds, only words: glibc's and musl's for "there is no such name".
fn why(error: &io::Error) -> Failure {
    let text = chain(error);
    let none = [
        "not known",
        "does not resolve",
        "No address associated",
        "has no usable address",
    ];
    if error.kind() == io::ErrorKind::NotFound || none.iter().any(|words| text.contains(words)) {
        return Failure::NotFound;
    }
    Failure::Unreachable(super::text::settled(&text, &[]))
}

fn is_host(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=253).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn look(
        name: &str,
        answer: io::Result<Vec<&'static str>>,
    ) -> Result<Vec<String>, Failure> {
        let answer = answer.map(|all| all.iter().map(|one| one.parse().unwrap()).collect());
        let answer = std::sync::Mutex::new(Some(answer));
        let lookup: Lookup = Arc::new(move |_| {
            let answer = answer.lock().unwrap().take().unwrap();
            Box::pin(async move { answer })
        });
        addresses(&lookup, name, Duration::from_secs(1)).await
    }

    #[tokio::test]
    async fn sorted_and_each_once() {
        let found = look("h", Ok(vec!["10.2.0.10", "10.2.0.9", "::1", "10.2.0.10"])).await;
        assert_eq!(found.unwrap(), ["10.2.0.9", "10.2.0.10", "::1"]);
        assert_eq!(look("h", Ok(vec![])).await, Err(Failure::NotFound));
    }

    #[tokio::test]
    async fn no_such_name_is_told_from_no_answer() {
        let fails = |text: &'static str| look("h", Err(io::Error::other(text)));
        let glibc = "failed to lookup address information: Name or service not known";
        assert_eq!(fails(glibc).await, Err(Failure::NotFound));
        assert_eq!(fails("Name does not resolve").await, Err(Failure::NotFound));
        let again = fails("Temporary failure in name resolution").await;
        assert!(matches!(again, Err(Failure::Unreachable(_))));
        let odd = look("a b/../c", Ok(vec![])).await;
        assert!(matches!(odd, Err(Failure::Unreadable(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_resolver_that_never_answers_is_given_up() {
        let lookup: Lookup = Arc::new(|_| Box::pin(std::future::pending()));
        let got = addresses(&lookup, "h", Duration::from_secs(2)).await;
        assert_eq!(got, Err(Failure::Timeout));
    }

    #[tokio::test]
    async fn the_system_knows_itself() {
        let found = addresses(&system(), "localhost", Duration::from_secs(2)).await;
        assert!(
            found
                .unwrap()
                .iter()
                .any(|ip| ip == "127.0.0.1" || ip == "::1")
        );
    }
}
