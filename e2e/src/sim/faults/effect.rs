//! What a fault does to an answer.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::{Value, json};

use super::{Fault, Status};
use crate::sim::{
    answer::{Answer, Manner},
    entra, errors,
    request::Request,
};

impl Fault {
    /// The answer that this fault gives without asking the service; `None` if the service is asked.
    pub(in crate::sim) fn instead(&self, request: &Request) -> Option<Answer> {
        match self {
            Self::Status(status) => Some(status.answer(request)),
            Self::Garbage => Some(Answer::text(
                200,
                "application/json; charset=utf-8",
                "{\"value\": [{\"id\": nul",
            )),
            Self::Html { status } => Some(errors::page(*status)),
            Self::Redirect { to } => Some(Answer::empty(307).with("location", to)),
            _ => None,
        }
    }

    /// Spoils the answer of the service.
    pub(in crate::sim) fn spoil(
        &self,
        request: &Request,
        origin: &str,
        mut answer: Answer,
    ) -> Answer {
        match self {
            Self::AcceptedThen(status) => return status.answer(request),
            Self::CutBody => answer.manner = Manner::Cut,
            Self::WrongLength { by } => answer.manner = Manner::Misstated(*by),
            Self::Huge { bytes } => answer.manner = Manner::Padded(*bytes),
            Self::Slow { piece, every_ms } => {
                answer.manner = Manner::Slow(*piece, Duration::from_millis(*every_ms));
            }
            Self::NextLinkLoop => next_link(
                &mut answer,
                &format!("{origin}{}", request.path_and_query()),
            ),
            Self::NextLink { to } => next_link(&mut answer, to),
            _ => {}
        }
        answer
    }

    /// The fault as the request log names it.
    pub(in crate::sim) fn name(&self) -> String {
        match self {
            Self::Status(status) => format!("status {}", status.status),
            Self::AcceptedThen(status) => format!("accepted, then status {}", status.status),
            other => {
                let text = format!("{other:?}");
                text.split([' ', '{']).next().unwrap_or_default().to_owned()
            }
        }
    }
}

fn next_link(answer: &mut Answer, to: &str) {
    if let Ok(Value::Object(mut body)) = serde_json::from_slice(&answer.body)
        && body.contains_key("value")
    {
        body.insert("nextLink".to_owned(), json!(to));
        answer.body = Value::Object(body).to_string().into();
    }
}

impl Status {
    fn answer(&self, request: &Request) -> Answer {
        let code = self
            .code
            .as_deref()
            .unwrap_or_else(|| usual_code(self.status));
        let message = self
            .message
            .as_deref()
            .unwrap_or("Injected by the simulator.");
        let mut answer = if let Some(body) = &self.body {
            if body.is_empty() {
                Answer::empty(self.status)
            } else {
                Answer::text(self.status, "application/json; charset=utf-8", body.clone())
            }
        } else if request
            .path
            .to_ascii_lowercase()
            .ends_with("/oauth2/v2.0/token")
        {
            entra::unavailable(self.status)
        } else {
            let details = self.detail.iter().map(
                |code| json!({"code": code, "message": "The call can be retried in 11 seconds."}),
            );
            errors::detailed(self.status, code, message, &details.collect::<Vec<_>>())
        };
        if let Some(seconds) = self.retry_after {
            let value = if self.as_date {
                http_date(seconds)
            } else {
                seconds.to_string()
            };
            answer.set("retry-after", value);
        }
        answer
    }
}

fn http_date(seconds_from_now: u64) -> String {
    let seconds = i64::try_from(seconds_from_now).unwrap_or(i64::MAX);
    let date = Timestamp::now()
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX);
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&date)
        .unwrap_or_default()
}

fn usual_code(status: u16) -> &'static str {
    match status {
        401 => "InvalidAuthenticationToken",
        403 => "AuthorizationFailed",
        404 => "ResourceNotFound",
        408 => "RequestTimeout",
        409 => "AnotherOperationInProgress",
        412 => "PreconditionFailed",
        429 => "TooManyRequests",
        502 => "BadGateway",
        503 => "ServerTimeout",
        504 => "GatewayTimeout",
        400..=499 => "BadRequest",
        _ => "InternalServerError",
    }
}
