//! The long-running operation behind `POST …/backendhealth`, as recorded and in the variants a client must survive.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answer::Answer,
    arm::Call,
    errors, health,
    options::{Ending, FirstAnswer, StoppedHealth},
};

/// All operations ever begun, by id.
#[derive(Debug, Default)]
pub(super) struct Operations(HashMap<String, Operation>);

#[derive(Debug)]
struct Operation {
    id: String,
    subscription: String,
    location: String,
    version: String,
    gateway: String,
    expand: bool,
    /// When it ends; `None` is too far away to be counted.
    due: Option<Instant>,
    /// Every URL handed out, path and query: a client has to poll one of them byte for byte.
    urls: HashSet<String>,
    polls: usize,
    /// How many answers have asked to wait.
    waits: usize,
    /// The document, once it was there.
    document: Option<Value>,
}

/// Where the two kinds of operation URLs lead.
const RESULTS: &str = "operationResults";
const STATUS: &str = "operations";

/// Whether a path of the network provider is that of an operation.
pub(super) fn is_operation(namespace: &str, segments: &[String]) -> bool {
    namespace.eq_ignore_ascii_case("Microsoft.Network")
        && matches!(segments, [first, _, kind, _]
            if first.eq_ignore_ascii_case("locations")
                && (kind.eq_ignore_ascii_case(RESULTS) || kind.eq_ignore_ascii_case(STATUS)))
}

/// `POST {gateway}/backendhealth`, once it is known to be allowed and the gateway to be there.
pub(super) fn begin(call: &Call<'_>, subscription: &str, id: &str, gateway: &Value) -> Answer {
    let stopped = gateway["properties"]["operationalState"].as_str() == Some("Stopped");
    let options = &call.options.health;
    if stopped && options.stopped == StoppedHealth::Refused {
        let message = format!(
            "Operation BackendHealth is not allowed on Application Gateway {id} while it is \
            Stopped."
        );
        return errors::detailed(409, "OperationNotAllowed", &message, &[]);
    }
    let expand = call
        .request
        .parameter("$expand")
        .is_some_and(|expand| !expand.is_empty());
    if options.first == FirstAnswer::AtOnce {
        return match health::document(call.shared, id, expand) {
            Some(document) => Answer::json(200, &document),
            None => errors::gone(id),
        };
    }
    let mut operation = Operation {
        id: Uuid::new_v4().to_string(),
        subscription: subscription.to_owned(),
        location: gateway["location"]
            .as_str()
            .unwrap_or("westeurope")
            .to_owned(),
        version: options
            .other_api_version
            .clone()
            .unwrap_or_else(|| call.version.to_owned()),
        gateway: id.to_owned(),
        expand,
        due: Instant::now().checked_add(call.options.scaled(options.takes)),
        urls: HashSet::new(),
        polls: 0,
        waits: 0,
        document: None,
    };
    let mut answer = Answer::json(202, &Value::Null).with("x-ms-request-id", &operation.id);
    if matches!(
        options.first,
        FirstAnswer::AsyncOperation | FirstAnswer::Both
    ) {
        answer.set("azure-asyncoperation", operation.url(call, STATUS));
    }
    if matches!(options.first, FirstAnswer::Location | FirstAnswer::Both) {
        answer.set("location", operation.url(call, RESULTS));
    }
    let answer = operation.pending(call, answer);
    call.shared
        .operations(|all| all.0.insert(operation.id.clone(), operation));
    answer
}

/// A poll of one of the URLs handed out.
pub(super) fn poll(call: &Call<'_>, subscription: &str, segments: &[String]) -> Answer {
    let [_, _, kind, id] = segments else {
        return errors::page(404);
    };
    let asked = call.request.path_and_query();
    call.shared.operations(|all| {
        let known = all.0.get_mut(&id.to_ascii_lowercase());
        let known = known.filter(|known| known.subscription.eq_ignore_ascii_case(subscription));
        match known.filter(|known| known.urls.contains(&asked)) {
            Some(operation) => operation.polled(call, kind.eq_ignore_ascii_case(STATUS)),
            None => errors::front_door(
                404,
                "OperationNotFound",
                &format!("The operation '{id}' could not be found."),
            ),
        }
    })
}

impl Operation {
    fn polled(&mut self, call: &Call<'_>, status: bool) -> Answer {
        let options = &call.options.health;
        self.polls += 1;
        if let Some(error) = options.poll_errors.get(self.polls - 1) {
            return poll_error(*error);
        }
        let id = self.id.clone();
        let answer = |status, body: &Value| Answer::json(status, body).with("x-ms-request-id", &id);
        if self.due.is_none_or(|due| Instant::now() < due) || options.ending == Ending::Never {
            let answer = if status {
                answer(200, &json!({"status": "InProgress"}))
            } else {
                answer(202, &Value::Null).with("location", self.url(call, RESULTS))
            };
            return self.pending(call, answer);
        }
        let answer = match &options.ending {
            Ending::Failed { code, message } => {
                let error = json!({"code": code, "message": message, "details": []});
                answer(200, &json!({"status": "Failed", "error": error}))
            }
            Ending::Canceled => answer(200, &canceled(&id)),
            Ending::Document | Ending::Never => {
                if self.document.is_none() {
                    self.document = health::document(call.shared, &self.gateway, self.expand);
                }
                match &self.document {
                    Some(_) if status => answer(200, &json!({"status": "Succeeded"})),
                    // The final answer is known to carry `Location` all the same.
                    Some(document) => {
                        answer(200, document).with("location", self.url(call, RESULTS))
                    }
                    None => errors::gone(&self.gateway),
                }
            }
        };
        answer.with("azure-asyncnotification", "Enabled")
    }

    /// Asks to wait; whole seconds as the service does, and milliseconds where the scale makes less of them.
    fn pending(&mut self, call: &Call<'_>, answer: Answer) -> Answer {
        let waits = &call.options.health.retry_after;
        let wait = waits.get(self.waits).or(waits.last()).copied();
        self.waits += 1;
        let answer = answer.with("azure-asyncnotification", "Enabled");
        match wait.map(|wait| call.options.scaled(wait)) {
            Some(wait) => asking_to_wait(answer, wait),
            None => answer,
        }
    }

    /// A URL under which this operation can be polled from now on: each one is new, older ones go on working.
    fn url(&mut self, call: &Call<'_>, kind: &str) -> String {
        let options = &call.options.health;
        let Self {
            subscription,
            location,
            id,
            version,
            ..
        } = self;
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/{kind}/{id}"
        );
        let time = Timestamp::now().as_microsecond();
        let [c, s, h] = [(); 3].map(|()| Uuid::new_v4().simple().to_string());
        let c = if options.long_urls { c.repeat(128) } else { c };
        let url = format!("{path}?api-version={version}&t={time}&c={c}&s={s}&h={h}");
        self.urls.insert(url.clone());
        format!(
            "{}{url}",
            options
                .other_origin
                .as_deref()
                .unwrap_or(call.origin.as_sent())
        )
    }
}

fn asking_to_wait(mut answer: Answer, wait: Duration) -> Answer {
    answer.set("retry-after", wait.as_secs().to_string());
    if wait.subsec_nanos() != 0 {
        answer.set("x-ms-retry-after-ms", wait.as_millis().max(1).to_string());
    }
    answer
}

/// What polls were recorded to be answered with when the service was in trouble.
fn poll_error(status: u16) -> Answer {
    match status {
        404 => errors::front_door(404, "ResourceNotFound", "The operation could not be found."),
        503 => Answer::empty(503),
        504 => {
            let message = "The gateway did not receive a response from 'Microsoft.Network' within \
                the specified time period.";
            errors::front_door(504, "GatewayTimeout", message).with("x-ms-failure-cause", "service")
        }
        status => errors::front_door(status, "ServerTimeout", "The request timed out."),
    }
}

fn canceled(id: &str) -> Value {
    let superseded = format!(
        "Operation BackendHealthOperation ({id}) was canceled and superseded by operation \
        PutApplicationGatewayOperation ({}).",
        Uuid::new_v4()
    );
    json!({"status": "Canceled", "error": {
        "code": "Canceled",
        "message": "Operation was canceled.",
        "details": [{"code": "CanceledAndSupersededDueToAnotherOperation", "message": superseded}],
    }})
}
