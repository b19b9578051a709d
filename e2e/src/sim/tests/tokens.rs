//! Entra ID, and what the resource manager makes of its tokens.

use serde_json::Value;

use super::fixture::{Azure, Reply, TENANT, VERSION, gateway, secret};
use crate::sim::{Fault, Options};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The status, `error`, and first of `error_codes`.
fn refusal(reply: &Reply) -> (u16, String, u64) {
    let body = reply.json();
    let description = body["error_description"].as_str().unwrap();
    let code = body["error_codes"][0].as_u64().unwrap();
    assert!(
        description.starts_with(&format!("AADSTS{code}: ")),
        "{description}"
    );
    assert!(
        body["trace_id"].is_string()
            && body["correlation_id"].is_string()
            && body["timestamp"].is_string()
    );
    (
        reply.status,
        body["error"].as_str().unwrap().to_owned(),
        code,
    )
}

async fn with_token(azure: &Azure, token: &str) -> Reply {
    let url = format!("{}{}?{VERSION}", azure.sim.origin(), gateway());
    let response = azure.http.get(url).bearer_auth(token).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

#[tokio::test]
async fn a_secret_gives_a_token_that_the_resource_manager_takes() {
    let azure = Azure::start(Options::default()).await;
    let origin = azure.sim.origin();
    let local = origin.replace("127.0.0.1", "localhost");
    // az appends `/.default` to a resource that ends in a slash already.
    for scope in [
        format!("{origin}/.default"),
        format!("{origin}//.default"),
        format!("{local}/.default"),
    ] {
        let reply = azure.ask_token(TENANT, &secret(&scope)).await;
        let body = reply.json();
        assert_eq!(
            (reply.status, &body["token_type"]),
            (200, &Value::from("Bearer")),
            "{scope}"
        );
        assert_eq!(body["expires_in"], 86_399, "a number, not a text");
        assert_eq!(
            with_token(&azure, body["access_token"].as_str().unwrap())
                .await
                .status,
            200,
            "{scope}"
        );
    }
    assert_eq!(azure.sim.tokens().len(), 3);
}

#[tokio::test]
async fn an_assertion_gives_a_token_too() {
    let azure = Azure::start(Options {
        assertion: Some("good".to_owned()),
        ..Options::default()
    })
    .await;
    let scope = format!("{}/.default", azure.sim.origin());
    let ask = async |assertion: &str, kind: &str| {
        let [grant, client, _, scope] = secret(&scope);
        let fields = [
            grant,
            client,
            scope,
            ("client_assertion", assertion),
            ("client_assertion_type", kind),
        ];
        azure.ask_token(TENANT, &fields).await
    };
    assert_eq!(ask("good", ASSERTION_TYPE).await.status, 200);
    let unmatched = (401, "invalid_client".to_owned(), 70_021);
    assert_eq!(
        refusal(&ask("rotated away", ASSERTION_TYPE).await),
        unmatched
    );
    assert_eq!(refusal(&ask("good", "something else").await), unmatched);
}

#[tokio::test]
async fn wrong_requests_for_tokens_are_refused_in_the_words_of_entra() {
    let azure = Azure::start(Options::default()).await;
    let scope = format!("{}/.default", azure.sim.origin());
    let right = secret(&scope);
    let cases = [
        (2, "wrong", (401, "invalid_client", 7_000_215)),
        (2, "", (401, "invalid_client", 7_000_218)),
        (
            1,
            "00000000-0000-0000-0000-000000000009",
            (400, "unauthorized_client", 700_016),
        ),
        (0, "password", (400, "unsupported_grant_type", 70_003)),
        (0, "", (400, "invalid_request", 900_144)),
        (3, "user.read", (400, "invalid_scope", 70_011)),
        (
            3,
            "https://management.azure.com/.default",
            (400, "invalid_resource", 500_011),
        ),
    ];
    for (field, value, (status, error, code)) in cases {
        let mut fields = right;
        fields[field].1 = value;
        let reply = azure.ask_token(TENANT, &fields).await;
        assert_eq!(
            refusal(&reply),
            (status, error.to_owned(), code),
            "{fields:?}"
        );
    }
    let reply = azure.ask_token("contoso", &right).await;
    assert_eq!(refusal(&reply), (400, "invalid_request".to_owned(), 90_002));
    assert_eq!(azure.sim.tokens(), Vec::<String>::new());
}

#[tokio::test]
async fn the_resource_manager_takes_no_other_tokens() {
    let azure = Azure::start(Options::default()).await;
    let url = format!("{}{}?{VERSION}", azure.sim.origin(), gateway());
    let none = azure.http.get(&url).send().await.unwrap();
    assert_eq!(none.status(), 401);
    assert!(
        none.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Bearer ")
    );
    let none: Value = serde_json::from_str(&none.text().await.unwrap()).unwrap();
    assert_eq!(none["error"]["code"], "AuthenticationFailed");

    assert_eq!(
        with_token(&azure, "made-up").await.error(),
        (401, "InvalidAuthenticationToken".to_owned())
    );

    let logs = azure
        .ask_token(TENANT, &secret("https://api.loganalytics.io/.default"))
        .await
        .json();
    let reply = with_token(&azure, logs["access_token"].as_str().unwrap()).await;
    assert_eq!(
        reply.error(),
        (401, "InvalidAuthenticationTokenAudience".to_owned())
    );
}

#[tokio::test]
async fn tokens_expire_and_new_ones_can_be_had() {
    let azure = Azure::start(Options::default()).await;
    let old = azure.new_token().await;
    azure.sim.expire_tokens();
    assert_eq!(
        with_token(&azure, &old).await.error(),
        (401, "ExpiredAuthenticationToken".to_owned())
    );
    assert_eq!(
        with_token(&azure, &azure.new_token().await).await.status,
        200
    );

    azure
        .sim
        .change(|options| options.token_lifetime = std::time::Duration::ZERO);
    let stillborn = azure.new_token().await;
    assert_eq!(
        with_token(&azure, &stillborn).await.error(),
        (401, "ExpiredAuthenticationToken".to_owned())
    );
}

#[tokio::test]
async fn a_credential_stops_working_and_is_mended() {
    let azure = Azure::start(Options::default()).await;
    let old = azure.new_token().await;
    azure.sim.break_credentials();
    assert_eq!(
        with_token(&azure, &old).await.error(),
        (401, "InvalidAuthenticationToken".to_owned())
    );
    let scope = format!("{}/.default", azure.sim.origin());
    let refused = azure.ask_token(TENANT, &secret(&scope)).await;
    assert_eq!(
        refusal(&refused),
        (401, "invalid_client".to_owned(), 7_000_222)
    );

    azure.sim.mend_credentials();
    assert_eq!(
        with_token(&azure, &old).await.status,
        401,
        "what was revoked stays so"
    );
    assert_eq!(
        with_token(&azure, &azure.new_token().await).await.status,
        200
    );
}

#[tokio::test]
async fn the_token_service_fails_from_the_second_request_on() {
    let azure = Azure::start(Options::default()).await;
    azure.sim.inject(
        Fault::throttled(7)
            .on("/oauth2/v2.0/token")
            .from(2)
            .times(1),
    );
    azure
        .sim
        .inject(Fault::status(500).on("/oauth2/v2.0/token").from(3));
    let scope = format!("{}/.default", azure.sim.origin());
    let ask = async || azure.ask_token(TENANT, &secret(&scope)).await;
    assert_eq!(ask().await.status, 200);
    let throttled = ask().await;
    assert_eq!(
        refusal(&throttled),
        (429, "temporarily_unavailable".to_owned(), 90_033)
    );
    assert_eq!(throttled.header("retry-after"), Some("7"));
    assert_eq!(ask().await.status, 500);
    assert_eq!(ask().await.status, 500);
}

#[tokio::test]
async fn the_configuration_names_the_endpoints_as_the_client_calls_them() {
    let azure = Azure::start(Options::default()).await;
    for origin in [
        azure.sim.origin(),
        azure.sim.origin().replace("127.0.0.1", "localhost"),
    ] {
        let url = format!("{origin}/{TENANT}/v2.0/.well-known/openid-configuration");
        let text = azure
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            body["token_endpoint"],
            format!("{origin}/{TENANT}/oauth2/v2.0/token")
        );
        assert!(body["authorization_endpoint"].is_string());
    }
}
