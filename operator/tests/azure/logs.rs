//! The access log: another service, with another token, asked once.
use crate::{
    server::{Answer, Server},
    support::{
        GATEWAY, WORKSPACE, document, error, limits, log, log_of, reader, server, settings, why,
    },
};
use appgw_operator::azure::{Reader, origin::Origin};
use appgw_runbook::facts::{Gap, LogTable, Query, access_log::kql};
use serde_json::{Value, json};

const TABLES: [LogTable; 2] = [LogTable::Dedicated, LogTable::Legacy];

pub fn tables() -> Value {
    json!({"tables": [{"name": "PrimaryResult", "columns": [{"name": "Count", "type": "long"}], "rows": [[3]]}]})
}

/// A reader of one server for resources and tokens and another one for logs.
fn apart(azure: &Server, logs: &Server) -> Reader {
    let mut settings = settings(azure);
    settings.logs = Origin::new(&logs.origin).unwrap();
    settings.ca = Some(format!("{}{}", azure.ca, logs.ca).into_bytes());
    Reader::new(&settings, limits()).unwrap()
}

fn scopes(server: &Server) -> Vec<String> {
    let seen = server.seen.lock().unwrap();
    let tokens = seen.iter().filter(|one| one.path.ends_with("/token"));
    let scope = |body: &str| {
        let pairs = url::form_urlencoded::parse(body.as_bytes());
        let mut scopes = pairs.filter(|(name, _)| name == "scope");
        scopes.next().unwrap().1.into_owned()
    };
    tokens.map(|one| scope(&one.body)).collect()
}

#[tokio::test]
async fn a_query_is_posted_once_to_the_other_service_with_its_own_token() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let logs = server(|_, _| Answer::json(200, &tables())).await;
    let reader = apart(&azure, &logs);
    for table in TABLES {
        let query = log(table);
        let exchange = reader.ask(&query).await;
        let Query::AccessLog { gateway, span, .. } = &query else {
            panic!()
        };
        let body = json!({"query": kql(table, gateway, *span),
            "timespan": "2026-11-26T11:34:00Z/2026-11-26T12:34:00Z"});
        let asked = logs.asked().pop().unwrap();
        assert_eq!(asked.method, "POST");
        assert_eq!(asked.path, format!("/v1/workspaces/{WORKSPACE}/query"));
        assert_eq!(asked.header("content-type"), Some("application/json"));
        assert_eq!(serde_json::from_str::<Value>(&asked.body).unwrap(), body);
        assert!(asked.header("x-ms-client-request-id").is_some());
        assert_eq!(
            (exchange.method(), exchange.path()),
            ("POST", asked.path.as_str())
        );
        let kept = serde_json::to_value(&*exchange).unwrap();
        assert_eq!(kept["request"], body, "as it was sent");
        assert_eq!(reader.answer(&query).await, Ok(tables()));
    }
    assert!(reader.answer(&document(GATEWAY)).await.is_ok());
    assert_eq!(logs.asked().len(), 2);
    assert_eq!(
        scopes(&azure),
        [
            format!("{}/.default", logs.origin),
            format!("{}/.default", azure.origin)
        ]
    );
    let bearer = |server: &Server| {
        server.asked()[0]
            .header("authorization")
            .unwrap()
            .to_owned()
    };
    assert_eq!(bearer(&logs), "Bearer CANARY-token-0");
    assert_eq!(bearer(&azure), "Bearer CANARY-token-1");
}

/// The codes are inside one another.
fn deep(status: u16, codes: &[(&str, &str)]) -> Answer {
    let mut error = Value::Null;
    for (code, message) in codes.iter().rev() {
        error = match error {
            Value::Null => json!({"code": code, "message": message}),
            inner => json!({"code": code, "message": message, "innererror": inner}),
        };
    }
    Answer::json(status, &json!({"error": error}))
}

fn semantic(name: &str, what: &str) -> Answer {
    let message = format!("'where' operator: Failed to resolve {what} expression named '{name}'");
    deep(
        400,
        &[
            (
                "BadArgumentError",
                "The request had some invalid properties",
            ),
            ("SemanticError", "A semantic error occurred."),
            ("SEM0100", &message),
        ],
    )
}

#[tokio::test]
async fn every_answer_of_the_log_service_is_told_apart() {
    let action = || "Microsoft.OperationalInsights/workspaces/query/read".to_owned();
    let denied = || Err(Gap::Denied { action: action() });
    let credential = |why: &str| {
        Err(Gap::Credential {
            why: why.to_owned(),
        })
    };
    let unreadable = |why: &str| {
        Err(Gap::Unreadable {
            why: why.to_owned(),
        })
    };
    let empty = || Ok(json!({"tables": []}));
    let partial = json!({"tables": [{"name": "PrimaryResult", "columns": [], "rows": []}],
        "error": {"code": "PartialError", "message": "m"}});
    let no = "The provided credentials have insufficient access to perform the requested operation";
    let semantic_why = "HTTP 400 BadArgumentError: The request had some invalid properties: SEM0100: 'where' operator: \
        Failed to resolve ";
    let cases = [
        (Answer::json(200, &tables()), Ok(tables())),
        (Answer::json(200, &partial), Ok(partial.clone())),
        (Answer::new(204, ""), empty()),
        (Answer::new(200, ""), empty()),
        (
            Answer::json(200, &json!({"value": []})),
            unreadable("the answer holds no tables"),
        ),
        (
            Answer::json(200, &json!({"tables": {}})),
            unreadable("the answer holds no tables"),
        ),
        (
            Answer::new(200, "{\"tables\": [{\"rows\": [[1"),
            unreadable("the answer holds no tables"),
        ),
        (
            error(200, "PartialError", "m"),
            unreadable("HTTP 200 PartialError: m"),
        ),
        (
            semantic("AGWAccessLogs", "table or column"),
            Err(Gap::NotFound),
        ),
        (semantic("AGWAccessLogs", "table"), Err(Gap::NotFound)),
        (
            semantic("ErrorInfo", "column or scalar"),
            unreadable(&format!(
                "{semantic_why}column or scalar expression named 'ErrorInfo'"
            )),
        ),
        (
            semantic("AzureDiagnostics", "table or column"),
            unreadable(&format!(
                "{semantic_why}table or column expression named 'AzureDiagnostics'"
            )),
        ),
        (
            deep(
                400,
                &[
                    ("BadArgumentError", "m"),
                    ("SyntaxError", "at AGWAccessLogs"),
                ],
            ),
            unreadable("HTTP 400 BadArgumentError: m: SyntaxError: at AGWAccessLogs"),
        ),
        (deep(403, &[("InsufficientAccessError", no)]), denied()),
        (
            deep(
                403,
                &[("InsufficientAccessError", no), ("UnauthorizedClient", "m")],
            ),
            denied(),
        ),
        (error(403, "AuthorizationFailed", "no"), denied()),
        (
            deep(
                403,
                &[
                    ("InsufficientAccessError", "no"),
                    ("NspValidationFailedError", "closed"),
                ],
            ),
            unreadable("HTTP 403 InsufficientAccessError: no: NspValidationFailedError: closed"),
        ),
        (
            error(403, "InvalidAuthenticationTokenAudience", "allowed: x"),
            credential("HTTP 403 InvalidAuthenticationTokenAudience"),
        ),
        (
            error(403, "InvalidAuthenticationToken", "m"),
            credential("HTTP 403 InvalidAuthenticationToken"),
        ),
        (
            error(401, "InvalidAuthenticationToken", "m"),
            credential("HTTP 401 InvalidAuthenticationToken"),
        ),
        (
            error(401, "AuthenticationFailed", "m"),
            credential("HTTP 401 AuthenticationFailed"),
        ),
        (
            Answer::new(401, ""),
            credential("HTTP 401 without a reason"),
        ),
        // Not "no such table": the place itself is not there.
        (
            error(
                404,
                "PathNotFoundError",
                "The requested path does not exist",
            ),
            unreadable("HTTP 404 PathNotFoundError: The requested path does not exist"),
        ),
        (
            error(404, "ResourceNotFound", "m"),
            unreadable("HTTP 404 ResourceNotFound: m"),
        ),
        (
            Answer::new(404, ""),
            unreadable("HTTP 404 without a code (application/json)"),
        ),
        (error(504, "GatewayTimeout", "m"), Err(Gap::TimedOut)),
        (
            error(500, "InternalServerError", "m"),
            unreadable("HTTP 500 InternalServerError: m"),
        ),
        (
            Answer::new(307, "").with("location", "https://evil.example/x"),
            unreadable("HTTP 307: redirects are not followed"),
        ),
        // What is not here yet is not waited for.
        (
            Answer::new(202, "null").with("location", "https://evil.example/x"),
            unreadable("HTTP 202 without a code (application/json)"),
        ),
    ];
    for (answer, want) in cases {
        let told = answer.clone();
        let azure = server(move |_, _| told.clone()).await;
        let got = reader(&azure).answer(&log(LogTable::Dedicated)).await;
        assert_eq!(got, want, "{answer:?}");
        let asked = azure.asked();
        assert!(asked.iter().all(|one| one.method == "POST"), "no polls");
        let times = match answer.status {
            500 | 504 => 3,
            401 => 2,
            _ => 1,
        };
        assert_eq!(asked.len(), times, "{answer:?}");
    }
    let azure = server(|_, _| semantic("AzureDiagnostics", "table or column")).await;
    assert_eq!(
        reader(&azure).answer(&log(LogTable::Legacy)).await,
        Err(Gap::NotFound)
    );
}

#[tokio::test]
async fn a_workspace_is_a_guid_or_is_not_asked() {
    let azure = server(|_, _| Answer::json(200, &tables())).await;
    let reader = reader(&azure);
    let braced = format!("{{{WORKSPACE}}}");
    let plain = WORKSPACE.replace('-', "");
    for odd in [
        "",
        "shop",
        "../../x",
        "8e9f0a1b-2c3d-4e5f-8a9b-0c1d2e3f4a5?",
        braced.as_str(),
        plain.as_str(),
        GATEWAY,
    ] {
        let said = why(reader.answer(&log_of(odd, LogTable::Dedicated)).await);
        assert_eq!(said, "the customerId of the workspace is no GUID", "{odd}");
    }
    assert!(azure.seen.lock().unwrap().is_empty(), "not even a token");
    let upper = log_of(&WORKSPACE.to_uppercase(), LogTable::Dedicated);
    assert_eq!(reader.answer(&upper).await, Ok(tables()));
}

#[tokio::test]
async fn a_token_that_the_log_service_refuses_is_replaced_and_the_other_one_is_kept() {
    let azure = server(|_, _| Answer::json(200, &json!({}))).await;
    let logs = server(|_, number| match number {
        0 => error(401, "ExpiredAuthenticationToken", "m"),
        _ => Answer::json(200, &tables()),
    })
    .await;
    let reader = apart(&azure, &logs);
    assert!(reader.answer(&document(GATEWAY)).await.is_ok());
    assert_eq!(reader.answer(&log(LogTable::Legacy)).await, Ok(tables()));
    assert!(reader.fresh().answer(&document(GATEWAY)).await.is_ok());
    assert_eq!(scopes(&azure).len(), 3);
    let bearers: Vec<_> = azure
        .asked()
        .iter()
        .map(|one| one.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(bearers, ["Bearer CANARY-token-0", "Bearer CANARY-token-0"]);
}
