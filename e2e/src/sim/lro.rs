//! The long-running operation behind `POST …/backendhealth`, as recorded and in the variants a client must survive.

mod handle;

use std::{collections::HashMap, time::Instant};

use serde_json::{Value, json};
use uuid::Uuid;

pub(super) use self::handle::{Handle, RESULTS, STATUS};
use super::{
    answer::Answer,
    arm::Call,
    errors, health,
    options::{Ending, FirstAnswer, StoppedHealth},
    write,
};

/// All operations that ask about back ends and were ever begun, by id.
#[derive(Debug, Default)]
pub(super) struct Operations(HashMap<String, Operation>);

#[derive(Debug)]
struct Operation {
    handle: Handle,
    gateway: String,
    asked: Asked,
    /// When it ends; `None` is too far away to be counted.
    due: Option<Instant>,
    /// The document, once it was there.
    document: Option<Value>,
}

/// What is asked about back ends.
#[derive(Debug)]
pub(super) enum Asked {
    /// How all of them are, with whole objects in the place of references or not.
    Health { expand: bool },
    /// How those of one pool would be by this probe.
    Rehearsal(Value),
}

impl Asked {
    fn document(&self, call: &Call<'_>, gateway: &str) -> Option<Value> {
        match self {
            Self::Health { expand } => health::document(call.shared, gateway, *expand),
            Self::Rehearsal(probe) => call.shared.world(|world| world.rehearse(gateway, probe)),
        }
    }
}

/// Whether a path of the network provider is that of an operation.
pub(super) fn is_operation(namespace: &str, segments: &[String]) -> bool {
    namespace.eq_ignore_ascii_case("Microsoft.Network")
        && matches!(segments, [first, _, kind, _]
            if first.eq_ignore_ascii_case("locations")
                && (kind.eq_ignore_ascii_case(RESULTS) || kind.eq_ignore_ascii_case(STATUS)))
}

/// `POST {gateway}/backendhealth` and its rehearsal, once it is known to be allowed and the gateway to be there.
pub(super) fn begin(
    call: &Call<'_>,
    subscription: &str,
    id: &str,
    gateway: &Value,
    asked: Asked,
) -> Answer {
    let stopped = gateway["properties"]["operationalState"].as_str() == Some("Stopped");
    let options = &call.options.health;
    // A candidate probe cannot be sent by instances that are not there.
    let needs_instances = matches!(asked, Asked::Rehearsal(_));
    if stopped && (needs_instances || options.stopped == StoppedHealth::Refused) {
        let message = format!(
            "Operation BackendHealth is not allowed on Application Gateway {id} while it is \
            Stopped."
        );
        return errors::detailed(409, "OperationNotAllowed", &message, &[]);
    }
    if options.first == FirstAnswer::AtOnce {
        return match asked.document(call, id) {
            Some(document) => Answer::json(200, &document),
            None => errors::gone(id),
        };
    }
    let mut operation = Operation {
        handle: Handle::new(call, subscription, gateway["location"].as_str()),
        gateway: id.to_owned(),
        asked,
        due: Instant::now().checked_add(call.options.scaled(options.takes)),
        document: None,
    };
    let handle = &mut operation.handle;
    let mut answer = Answer::json(202, &Value::Null).with("x-ms-request-id", &handle.id);
    if matches!(
        options.first,
        FirstAnswer::AsyncOperation | FirstAnswer::Both
    ) {
        answer.set("azure-asyncoperation", handle.url(call, STATUS));
    }
    if matches!(options.first, FirstAnswer::Location | FirstAnswer::Both) {
        answer.set("location", handle.url(call, RESULTS));
    }
    let answer = handle.waiting(call, &options.retry_after, answer);
    call.shared
        .operations(|all| all.0.insert(operation.handle.id.clone(), operation));
    answer
}

/// A poll of one of the URLs handed out.
pub(super) fn poll(call: &Call<'_>, subscription: &str, segments: &[String]) -> Answer {
    let [_, _, kind, id] = segments else {
        return errors::page(404);
    };
    let status = kind.eq_ignore_ascii_case(STATUS);
    if let Some(answer) = write::poll(call, subscription, id, status) {
        return answer;
    }
    let asked = call.request.path_and_query();
    call.shared.operations(|all| {
        let known = all.0.get_mut(&id.to_ascii_lowercase());
        match known.filter(|known| known.handle.is_at(subscription, &asked)) {
            Some(operation) => operation.polled(call, status),
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
        let handle = &mut self.handle;
        handle.polls += 1;
        if let Some(error) = options.poll_errors.get(handle.polls - 1) {
            return poll_error(*error);
        }
        let id = handle.id.clone();
        let answer = |status, body: &Value| Answer::json(status, body).with("x-ms-request-id", &id);
        if self.due.is_none_or(|due| Instant::now() < due) || options.ending == Ending::Never {
            let answer = if status {
                answer(200, &json!({"status": "InProgress"}))
            } else {
                answer(202, &Value::Null).with("location", handle.url(call, RESULTS))
            };
            return handle.waiting(call, &options.retry_after, answer);
        }
        let answer = match &options.ending {
            Ending::Failed { code, message } => {
                let error = json!({"code": code, "message": message, "details": []});
                answer(200, &json!({"status": "Failed", "error": error}))
            }
            Ending::Canceled => answer(200, &canceled(&id)),
            Ending::Document | Ending::Never => {
                if self.document.is_none() {
                    self.document = self.asked.document(call, &self.gateway);
                }
                match &self.document {
                    Some(_) if status => answer(200, &json!({"status": "Succeeded"})),
                    // The final answer is known to carry `Location` all the same.
                    Some(document) => {
                        answer(200, document).with("location", handle.url(call, RESULTS))
                    }
                    None => errors::gone(&self.gateway),
                }
            }
        };
        answer.with("azure-asyncnotification", "Enabled")
    }
}

/// What polls were recorded to be answered with when the service was in trouble.
pub(super) fn poll_error(status: u16) -> Answer {
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
    let by = format!("PutApplicationGatewayOperation ({})", Uuid::new_v4());
    superseded(&format!("BackendHealthOperation ({id})"), &by)
}

/// The body of an operation that another one has cancelled; both with name and id.
pub(super) fn superseded(operation: &str, by: &str) -> Value {
    let detail = format!("Operation {operation} was canceled and superseded by operation {by}.");
    json!({"status": "Canceled", "error": {
        "code": "Canceled",
        "message": "Operation was canceled.",
        "details": [{"code": "CanceledAndSupersededDueToAnotherOperation", "message": detail}],
    }})
}
