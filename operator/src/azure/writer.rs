//! Azure, to change: the only sender of a verb that changes anything, and it takes a [`Won`].
//!
//! Nothing is tried twice here. What came of a send is told in full, and whoever keeps the record decides.
use super::{
    Outside, Settings, SetupError, contract,
    credentials::{Credentials, Wire},
    errors::Refusal,
    exchange::Failure,
    limits::Limits,
    origin::Origin,
    redact,
    reply::Reply as Answer,
    text, transport, versions,
};
use crate::status::Won;
use appgw_runbook::{
    facts::Facts,
    id::ArmId,
    ledger::Reply,
    plan::{Act, Change},
};
use azure_core::http::Transport;
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, CONTENT_LENGTH, IF_MATCH, IF_NONE_MATCH},
};
use serde_json::{Value, json};
use std::{fmt, sync::Arc};

/// Changes Azure as one identity, which is not the one that looks.
pub struct Writer {
    http: Client,
    origin: Origin,
    credentials: Credentials,
    limits: Limits,
    name: String,
}

/// A write, made from a change and the document it changes, and ready to leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    method: Method,
    on: ArmId,
    kind: String,
    body: Option<Value>,
    condition: Condition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    /// Where the service has no revision to compare.
    None,
    /// Only if this is still the revision.
    Match(String),
    /// Only if there is nothing yet.
    Absent,
}

/// What Azure demands to be sent back otherwise than it was read: all of it, each with its reason.
const OTHERWISE: [(&[&str], &str); 1] = [(
    &["identity", "userAssignedIdentities"],
    "ids of identities go back with empty values, or the write is refused (MissingIdentityIds)",
)];

impl Order {
    /// The write of a change to a document as it was read just now; `None` where there is none. An error says
    /// why it must not leave.
    pub fn of(change: &Change, document: Option<&Value>) -> Result<Self, String> {
        let on = change.on.clone();
        let kind = on.kind();
        let order = |method, body, condition| Self {
            method,
            on: on.clone(),
            kind: kind.clone(),
            body,
            condition,
        };
        let read = || document.ok_or_else(|| format!("{} is not there", on.name()));
        Ok(match &change.act {
            Act::Start => {
                read()?;
                let on = ArmId::new(&format!("{on}/start"));
                Self {
                    on,
                    ..order(Method::POST, None, Condition::None)
                }
            }
            Act::Touch => {
                let document = read()?;
                let body = sent_back(document.clone());
                order(Method::PUT, Some(body), revision(document)?)
            }
            Act::Create(wanted) => {
                if document.is_some() {
                    return Err(format!("{} is there already", on.name()));
                }
                contract::outgoing(&kind, wanted)?;
                order(Method::PUT, Some(wanted.clone()), Condition::Absent)
            }
            Act::Delete(_) => order(Method::DELETE, None, revision(read()?)?),
            Act::Edit(_) => {
                let document = read()?;
                let after = after(change, document)?;
                contract::changed(&kind, document, &after)?;
                if kind == "microsoft.web/sites/config"
                    || kind == "microsoft.web/sites/slots/config"
                {
                    let body = changed_members(document, &after);
                    order(Method::PATCH, Some(body), Condition::None)
                } else {
                    order(Method::PUT, Some(sent_back(after)), revision(document)?)
                }
            }
        })
    }

    /// What is sent.
    pub fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }
}

/// The document with the edits of the change, and with nothing else.
fn after(change: &Change, document: &Value) -> Result<Value, String> {
    let Act::Edit(edits) = &change.act else {
        return Ok(document.clone());
    };
    let mut after = document.clone();
    for edit in edits {
        if !edit.at.set(&mut after, &edit.after) {
            return Err(format!("{} leads nowhere", edit.at));
        }
    }
    if after == *document {
        return Err("the change alters nothing".into());
    }
    Ok(after)
}

fn sent_back(mut body: Value) -> Value {
    for (path, _why) in OTHERWISE {
        let found = path
            .iter()
            .try_fold(&mut body, |at, name| at.get_mut(*name));
        if let Some(members) = found.and_then(Value::as_object_mut) {
            for value in members.values_mut() {
                *value = json!({});
            }
        }
    }
    body
}

/// Only the properties that differ: the rest of a site's settings is not ours to send.
fn changed_members(before: &Value, after: &Value) -> Value {
    let of = |document: &Value| {
        document
            .get("properties")
            .and_then(Value::as_object)
            .cloned()
    };
    let (before, after) = (
        of(before).unwrap_or_default(),
        of(after).unwrap_or_default(),
    );
    let changed = after
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value));
    json!({"properties": changed.collect::<serde_json::Map<_, _>>()})
}

fn revision(document: &Value) -> Result<Condition, String> {
    let etag = document.get("etag").and_then(Value::as_str);
    let etag = etag.filter(|etag| !etag.is_empty());
    etag.map(|etag| Condition::Match(etag.to_owned()))
        .ok_or_else(|| "the document has no revision to be held to".to_owned())
}

impl Writer {
    /// A writer by its own login. Sends nothing yet, and asks for no token.
    pub fn new(settings: &Settings, limits: Limits) -> Result<Self, SetupError> {
        Self::with(settings, limits, Outside::default())
    }

    /// The same with parts of the outside world replaced.
    pub fn with(settings: &Settings, limits: Limits, outside: Outside) -> Result<Self, SetupError> {
        let http = transport::once(settings.ca.as_deref(), &limits)?;
        let transport = match outside.tokens {
            Some(transport) => transport,
            None => Transport::new(Arc::new(transport::client(
                settings.ca.as_deref(),
                &limits,
            )?)),
        };
        let wire = Wire {
            authority: settings.authority.clone(),
            transport,
            executor: outside.cli,
        };
        let login = settings.login.clone();
        let name = login.known().join("/");
        Ok(Self {
            http,
            origin: settings.arm.clone(),
            credentials: Credentials::new(login, wire, &settings.audience, limits.token)?,
            limits,
            name,
        })
    }

    /// Who writes, as it stands in every plan: client and tenant.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gets a token, so that it is there when the write is ready to leave.
    pub async fn prepare(&self) -> Result<(), String> {
        let token = self.credentials.token().await;
        token.map(|_| ()).map_err(|failure| failure.to_string())
    }

    /// Sends it, once. Only a token that Azure does not take is renewed, since what came with it was not read.
    pub async fn send(&self, won: Won, order: &Order, correlation_id: &str) -> Reply {
        let _ = won;
        let version = versions::of(&order.kind);
        let parameters = [("api-version", version.to_owned())];
        let address = match self.origin.address(&order.on, &parameters) {
            Ok(address) => address,
            Err(failure) => {
                return Reply::Refused {
                    status: None,
                    said: failure.to_string(),
                };
            }
        };
        let mut renewed = false;
        loop {
            let token = match self.credentials.token().await {
                Ok(token) => token,
                Err(failure) => {
                    return Reply::NotSent {
                        said: failure.to_string(),
                    };
                }
            };
            let request = self
                .http
                .request(order.method.clone(), address.url().clone())
                .header(AUTHORIZATION, token.header())
                .header("accept", "application/json")
                .header("x-ms-client-request-id", correlation_id)
                .header("x-ms-return-client-request-id", "true");
            let request = match &order.condition {
                Condition::None => request,
                Condition::Match(etag) => request.header(IF_MATCH, etag),
                Condition::Absent => request.header(IF_NONE_MATCH, "*"),
            };
            let request = match &order.body {
                Some(body) => request.json(body),
                None => request.header(CONTENT_LENGTH, 0),
            };
            let answer = match self.heard(request).await {
                Ok(answer) => answer,
                Err(reply) => return reply,
            };
            if answer.status == 401 && !renewed {
                renewed = true;
                self.credentials.refused(&token);
                continue;
            }
            return self.read(&answer);
        }
    }

    async fn heard(&self, request: reqwest::RequestBuilder) -> Result<Answer, Reply> {
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Err(Reply::NotSent { said: said(&error) });
            }
            Err(error) => {
                return Err(Reply::Unknown {
                    status: None,
                    said: said(&error),
                });
            }
        };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        tracing::info!(status, "Azure answered a write");
        // The status decides; a body that breaks off only takes its words away.
        let body = answer.bytes().await.unwrap_or_default();
        let kept = body.get(..self.limits.body.min(body.len()));
        Ok(Answer::new(status, headers, kept.unwrap_or_default()))
    }

    fn read(&self, answer: &Answer) -> Reply {
        let refusal = answer.refusal();
        let words = || {
            let says = refusal
                .as_ref()
                .map(Refusal::says)
                .filter(|it| !it.is_empty());
            let says = says.unwrap_or_else(|| "without a reason".to_owned());
            text::line(&format!("HTTP {} {says}", answer.status), text::MOST)
        };
        let busy = refusal.as_ref().is_some_and(Refusal::is_busy);
        match answer.status {
            200..300 => Reply::Accepted {
                status: answer.status,
                operation: self.operation(answer),
            },
            412 => Reply::Moved,
            429 => Reply::Busy { said: words() },
            409 if busy => Reply::Busy { said: words() },
            401 => Reply::NotSent { said: words() },
            408 | 500.. => Reply::Unknown {
                status: Some(answer.status),
                said: words(),
            },
            _ => Reply::Refused {
                status: Some(answer.status),
                said: words(),
            },
        }
    }

    /// Where to follow it: `Azure-AsyncOperation` whatever the status, else `Location` of a 202. A place that
    /// is not Azure's is not kept, so that no token ever goes there.
    fn operation(&self, answer: &Answer) -> String {
        let named = answer.header("azure-asyncoperation").or_else(|| {
            let accepted = matches!(answer.status, 201 | 202);
            answer.header("location").filter(|_| accepted)
        });
        let ours = named.filter(|it| self.origin.follow(it).is_ok());
        ours.unwrap_or_default().to_owned()
    }
}

fn said(error: &reqwest::Error) -> String {
    let said =
        std::error::Error::source(error).map_or_else(|| error.to_string(), crate::error::chain);
    let said = redact::scrub(&said).unwrap_or(said);
    text::settled(&said, &[])
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("arm", &self.origin)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Documents as they were read right before a write, for the questions of the runbook.
pub(crate) fn facts_of(
    said: appgw_runbook::facts::Said,
    now: jiff::Timestamp,
    documents: impl IntoIterator<Item = (ArmId, Result<Option<Value>, Failure>)>,
) -> Facts {
    use appgw_runbook::facts::{Gap, Query};
    let mut facts = Facts::about(said, now);
    for (id, document) in documents {
        let answer = match document {
            Ok(Some(document)) => Ok(document),
            Ok(None) => Err(Gap::NotFound),
            Err(failure) => Err(failure.into()),
        };
        facts.learn(Query::Document(id), answer);
    }
    facts
}

#[cfg(test)]
mod tests;
