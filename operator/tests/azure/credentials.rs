use crate::{
    server::{Answer, tls},
    support::{GATEWAY, SECOND, SECRET, document, error, limits, reader, server, settings, why},
};
use appgw_operator::azure::{AzureArgs, Outside, Reader, SetupError, args::Auth};
use appgw_runbook::facts::Gap;
use azure_core::http::{
    AsyncRawResponse, HttpClient, Request, StatusCode, Transport, headers::Headers,
};
use azure_identity::Executor;
use serde_json::json;
use std::{
    ffi::OsStr,
    io,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let azure = server(|seen, _| match seen.header("authorization") {
        Some("Bearer CANARY-token-0") => {
            error(401, "ExpiredAuthenticationToken", "at 2026-11-22T09:41:00Z")
        }
        _ => Answer::json(200, &json!({})),
    })
    .await;
    let reader_ = reader(&azure);
    assert!(reader_.answer(&document(GATEWAY)).await.is_ok());
    assert!(reader_.fresh().answer(&document(GATEWAY)).await.is_ok());
    assert_eq!(
        azure.asked().len(),
        3,
        "the second question uses the new token"
    );

    let azure =
        server(|_, _| error(401, "ExpiredAuthenticationToken", "at 2026-11-22T09:41:00Z")).await;
    let answer = reader(&azure).answer(&document(GATEWAY)).await;
    let why = "HTTP 401 ExpiredAuthenticationToken".to_owned();
    assert_eq!(answer, Err(Gap::Credential { why }), "no times in it");
    assert_eq!(azure.asked().len(), 2);
}

#[tokio::test]
async fn many_who_need_a_token_wait_for_one() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let reader = reader(&azure);
    let queries: Vec<_> = (0..20)
        .map(|n| document(&format!("{GATEWAY}{n}")))
        .collect();
    futures::future::join_all(queries.iter().map(|query| reader.ask(query))).await;
    let seen = azure.seen.lock().unwrap();
    let tokens: Vec<_> = seen
        .iter()
        .filter(|one| one.path.ends_with("/token"))
        .collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].path, "/tenant/oauth2/v2.0/token");
    let form = &tokens[0].body;
    assert!(
        form.contains("client_id=client") && form.contains("grant_type=client_credentials"),
        "{form}"
    );
    let scope = format!(
        "scope={}%2F.default",
        azure.origin.replace(':', "%3A").replace('/', "%2F")
    );
    assert!(form.contains(&scope), "{scope} in {form}");
}

#[tokio::test]
async fn f70_a_credential_that_is_refused_says_why_in_one_line_without_secrets() {
    let azure = crate::server::Server::start(|_| {
        let text = "AADSTS7000215: Invalid client secret provided for app 'client'. Trace ID: 4d9660a8-5163-4d11-a70e-61ac905fbcee \
            Correlation ID: 4d9660a8-5163-4d11-a70e-61ac905fbcee Timestamp: 2026-11-22 09:41:00Z";
        Answer::json(401, &json!({"error": "invalid_client", "error_description": text, "error_codes": [7_000_215]}))
    })
    .await;
    let reader = reader(&azure);
    let said = why(reader.answer(&document(GATEWAY)).await);
    assert!(
        said.contains("AADSTS7000215: Invalid client secret provided for app 'client'."),
        "{said}"
    );
    assert!(
        !said.contains('\n') && !said.contains(SECRET) && !said.contains("4d9660a8"),
        "{said}"
    );
    assert_eq!(
        reader.try_credential().await,
        Err(SetupError::Credential(said))
    );
    assert!(azure.asked().is_empty(), "nothing is asked without a token");
}

#[tokio::test]
async fn a_token_service_that_never_answers_is_given_up() {
    let silence = Answer {
        silence: true,
        ..Answer::new(200, "")
    };
    let azure = crate::server::Server::start(move |_| silence.clone()).await;
    let mut limits = limits();
    limits.token = SECOND / 4;
    let reader = Reader::new(&settings(&azure), limits).unwrap();
    let said = why(reader.answer(&document(GATEWAY)).await);
    assert_eq!(said, "no answer from the token service in time");
}

/// Stands in for the network: nothing is opened, and the requests are kept.
#[derive(Debug, Default)]
struct Injected {
    asked: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl HttpClient for Injected {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.asked.lock().unwrap().push(request.url().to_string());
        let expires = azure_core::time::OffsetDateTime::now_utc().unix_timestamp() + 3600;
        let body = json!({"access_token": "t", "expires_in": 3600, "token_type": "Bearer",
            "expires_on": expires.to_string(), "resource": "x"});
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::Ok,
            Headers::new(),
            body.to_string().into_bytes(),
        ))
    }
}

fn with(auth: Auth, env: &[(&str, &str)], outside: Outside) -> Result<Reader, SetupError> {
    tls();
    let args = AzureArgs {
        auth: Some(auth),
        ..AzureArgs::default()
    };
    let env = |name: &str| {
        env.iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Reader::with(&args.settings_in(&env)?, limits(), outside)
}

#[tokio::test]
async fn a_managed_identity_asks_the_metadata_service_through_the_injected_transport() {
    let injected = Arc::new(Injected::default());
    let outside = Outside {
        tokens: Some(Transport::new(injected.clone())),
        ..Outside::default()
    };
    let reader = with(Auth::Managed, &[("AZURE_CLIENT_ID", "own-client")], outside).unwrap();
    reader.try_credential().await.unwrap();
    let asked = injected.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("http://169.254.169.254/metadata/identity/oauth2/token?"),
        "{asked:?}"
    );
    assert!(
        asked[0].contains("client_id=own-client") && asked[0].contains("resource=https"),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_workload_identity_trades_the_token_in_its_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "federated").unwrap();
    let injected = Arc::new(Injected::default());
    let outside = Outside {
        tokens: Some(Transport::new(injected.clone())),
        ..Outside::default()
    };
    let path = file.path().to_str().unwrap().to_owned();
    let env = [
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_FEDERATED_TOKEN_FILE", path.as_str()),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"),
    ];
    with(Auth::Auto, &env, outside.clone())
        .unwrap()
        .try_credential()
        .await
        .unwrap();
    let asked = injected.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        ["https://login.microsoftonline.us/tenant/oauth2/v2.0/token"]
    );
    drop(file);
    let error = with(Auth::Workload, &env, outside).unwrap_err().to_string();
    assert!(
        error.starts_with("credential: ") && error.contains(&path),
        "{error}"
    );
}

/// Stands in for `az`.
#[derive(Debug)]
struct Az {
    runs: AtomicUsize,
    lifetime: i64,
    fails: bool,
}

#[async_trait::async_trait]
impl Executor for Az {
    async fn run(&self, _: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let command = format!("{args:?}");
        assert!(
            command.contains("https://management.azure.com/.default"),
            "{command}"
        );
        let expires = azure_core::time::OffsetDateTime::now_utc().unix_timestamp() + self.lifetime;
        let token = json!({"accessToken": "t", "expires_on": expires, "tokenType": "Bearer"});
        let (code, out, err) = if self.fails {
            (
                1 << 8,
                String::new(),
                "ERROR: Please run 'az login'\nto setup account.\n",
            )
        } else {
            (0, token.to_string(), "")
        };
        Ok(Output {
            status: ExitStatus::from_raw(code),
            stdout: out.into_bytes(),
            stderr: err.into(),
        })
    }
}

async fn az(lifetime: i64, fails: bool) -> (usize, Result<(), SetupError>) {
    let az = Arc::new(Az {
        runs: AtomicUsize::new(0),
        lifetime,
        fails,
    });
    let outside = Outside {
        cli: Some(az.clone()),
        ..Outside::default()
    };
    let reader = with(Auth::Auto, &[], outside).unwrap();
    reader.try_credential().await.ok();
    let last = reader.try_credential().await;
    (az.runs.load(Ordering::SeqCst), last)
}

#[tokio::test]
async fn the_azure_cli_is_run_once_until_its_token_ends() {
    assert_eq!(az(3600, false).await, (1, Ok(())));
    assert_eq!(
        az(60, false).await,
        (1, Ok(())),
        "a short one is used for half of its life"
    );
    assert_eq!(
        az(0, false).await.0,
        2,
        "one that has ended is asked for anew"
    );
    let (_, refused) = az(0, true).await;
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("ERROR: Please run 'az login' to setup account."),
        "{said}"
    );
}
