use super::*;
use azure_core::credentials::TokenRequestOptions;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gives tokens of a lifetime, or fails.
#[derive(Debug)]
struct Fake {
    asked: Arc<AtomicUsize>,
    lifetime: i64,
    fails: Option<&'static str>,
}

#[async_trait::async_trait]
impl TokenCredential for Fake {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
        match self.fails {
            Some(text) => Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Credential,
                text,
            )),
            None => {
                let end =
                    OffsetDateTime::now_utc() + azure_core::time::Duration::seconds(self.lifetime);
                Ok(AccessToken::new(Secret::new(format!("t{number}")), end))
            }
        }
    }
}

/// The credentials, how often they were asked, and how often they were built.
fn fake(
    lifetime: i64,
    fails: Option<&'static str>,
) -> (Credentials, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (asked, built) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (own_asked, own_built) = (Arc::clone(&asked), Arc::clone(&built));
    let build_one = move || -> Built {
        own_built.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(Fake {
            asked: Arc::clone(&own_asked),
            lifetime,
            fails,
        }))
    };
    let credentials = Credentials {
        state: Mutex::new(State {
            epoch: 0,
            credential: build_one(),
            token: None,
            fetching: None,
        }),
        build: Box::new(build_one),
        scope: "https://x/.default".to_owned(),
        known: Vec::new(),
        deadline: Duration::from_secs(5),
    };
    (credentials, asked, built)
}

fn count(number: &AtomicUsize) -> usize {
    number.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_until_five_minutes_before_its_end_by_the_monotonic_clock() {
    let (credentials, asked, _) = fake(3600, None);
    let wait = |seconds| tokio::time::advance(Duration::from_secs(seconds));
    credentials.token().await.unwrap();
    wait(3290).await;
    credentials.token().await.unwrap();
    assert_eq!(count(&asked), 1);
    wait(11).await;
    credentials.token().await.unwrap();
    assert_eq!(count(&asked), 2, "the wall clock stood still meanwhile");
}

#[tokio::test(start_paused = true)]
async fn many_wait_for_one_and_share_a_failure_too() {
    let (credentials, asked, _) = fake(3600, None);
    let all = futures::future::join_all((0..10).map(|_| credentials.token())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(count(&asked), 1);
    let (credentials, asked, _) = fake(0, Some("no\nway"));
    let all = futures::future::join_all((0..10).map(|_| credentials.token())).await;
    assert!(
        all.iter()
            .all(|one| matches!(one, Err(Failure::Credential(why)) if why == "no way"))
    );
    assert_eq!(count(&asked), 1);
    assert!(credentials.token().await.is_err());
    assert_eq!(count(&asked), 2, "asked again later");
}

#[tokio::test(start_paused = true)]
async fn many_refusals_of_one_token_build_the_credential_once() {
    let (credentials, _, built) = fake(3600, None);
    let old = credentials.token().await.unwrap();
    for _ in 0..5 {
        credentials.refused(&old);
    }
    assert_eq!(count(&built), 2);
    let new = credentials.token().await.unwrap();
    credentials.refused(&old);
    assert_eq!((count(&built), new.header() == old.header()), (2, false));
    credentials.refused(&new);
    assert_eq!(count(&built), 3);
}

#[tokio::test(start_paused = true)]
async fn one_who_stops_waiting_does_not_spoil_it_for_the_others() {
    let (credentials, asked, _) = fake(3600, None);
    let hasty = tokio::time::timeout(Duration::from_millis(1), credentials.token());
    let (hasty, patient) = futures::join!(hasty, credentials.token());
    assert!(hasty.is_err() && patient.is_ok());
    assert_eq!(count(&asked), 1);
}

#[test]
fn a_token_is_not_shown() {
    let token = AccessToken::new(Secret::new("CANARY"), OffsetDateTime::now_utc());
    let header = header(&token, 0).unwrap().header();
    assert!(header.is_sensitive() && !format!("{header:?}").contains("CANARY"));
}
