//! Log Analytics: queries over the access logs that diagnostic settings ship, row by row from what clients got.

mod tables;

use hyper::Method;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::{Value as Json, json};

use self::tables::table;
use super::{
    answer::Answer,
    arm::Call,
    errors,
    kql::{self, KqlError},
    monitor::series::moment,
};

const READ: &str = "Microsoft.OperationalInsights/workspaces/query/read";

/// Answers `POST /v1/workspaces/GUID/query`; `None` if the path is another.
pub(super) fn answer(call: &Call<'_>, segments: &[String]) -> Option<Answer> {
    let [version, workspaces, customer, query] = segments else {
        return None;
    };
    let is = |own: &str, wanted: &str| own.eq_ignore_ascii_case(wanted);
    if !is(version, "v1") || !is(workspaces, "workspaces") || !is(query, "query") {
        return None;
    }
    if call.request.method != Method::POST {
        return Some(errors::page(405));
    }
    Some(asked(call, customer))
}

fn asked(call: &Call<'_>, customer: &str) -> Answer {
    let found = call.shared.world(|world| world.workspace(customer));
    let Some(workspace) = found else {
        let message = "The workspace could not be found";
        return error(
            404,
            &json!({"message": message, "code": "WorkspaceNotFoundError"}),
        );
    };
    if call
        .shared
        .world(|world| world.is_denied(READ, &workspace.id))
    {
        let message =
            "The provided credentials have insufficient access to perform the requested operation";
        return error(
            403,
            &json!({"message": message, "code": "InsufficientAccessError"}),
        );
    }
    let body: Json = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let now = Timestamp::now();
    let within = match &body["timespan"] {
        Json::Null => Some((Timestamp::MIN, Timestamp::MAX)),
        span => span.as_str().and_then(|span| bounds(span, now)),
    };
    let (Some(text), Some(within)) = (body["query"].as_str(), within) else {
        let message = "The request had some invalid properties";
        return error(
            400,
            &json!({"message": message, "code": "BadArgumentError"}),
        );
    };
    let find = |name: &str| {
        call.shared
            .world(|world| table(world, &workspace, name, now, within))
    };
    match kql::run(text, find, now) {
        Ok(table) => {
            let mut body = json!({"tables": [table.to_json()]});
            if workspace.partial {
                body["error"] = json!({
                    "code": "PartialError",
                    "message": "There were some errors when processing your query.",
                    "details": [{"code": "EngineError", "message": "Something went wrong processing your query on the server."}],
                });
            }
            Answer::json(200, &body)
        }
        Err(wrong) => refused(&wrong),
    }
}

/// The bounds of a time span: `PT1H` up to now, or `FROM/TO`, one of which may be a duration.
fn bounds(span: &str, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let long = |text: &str| -> Option<SignedDuration> {
        let span: Span = text.trim().parse().ok()?;
        span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
    };
    let Some((from, to)) = span.split_once('/') else {
        return Some((now.checked_sub(long(span)?).ok()?, now));
    };
    match (moment(from), moment(to)) {
        (Some(from), Some(to)) => Some((from, to)),
        (Some(from), None) => Some((from, from.checked_add(long(to)?).ok()?)),
        (None, Some(to)) => Some((to.checked_sub(long(from)?).ok()?, to)),
        (None, None) => None,
    }
}

fn error(status: u16, error: &Json) -> Answer {
    Answer::json(status, &json!({"error": error}))
}

fn refused(wrong: &KqlError) -> Answer {
    let (code, message) = if wrong.syntax {
        ("SyntaxError", "A recognition error occurred in the query.")
    } else {
        ("SemanticError", "A semantic error occurred.")
    };
    let inner = json!({
        "code": code,
        "message": message,
        "innererror": {"code": wrong.code, "message": wrong.message},
    });
    let message = "The request had some invalid properties";
    error(
        400,
        &json!({"message": message, "code": "BadArgumentError", "innererror": inner}),
    )
}
