//! What is said to a write that is refused.

use serde_json::json;

use super::{detailed, front_door};
use crate::sim::{answer::Answer, options::Principal};

/// A refusal of the provider: what is asked for cannot be.
pub(in crate::sim) fn invalid(code: &str, message: &str) -> Answer {
    detailed(400, code, message, &[])
}

/// A body that is no JSON object.
pub(in crate::sim) fn unreadable(why: &str) -> Answer {
    let message =
        format!("The request content was invalid and could not be deserialized: '{why}'.");
    front_door(400, "InvalidRequestContent", &message)
}

/// A body that the provider cannot make sense of.
pub(in crate::sim) fn unparsed(detail: &str) -> Answer {
    let detail = json!({"code": "InvalidJson", "message": detail});
    let message = "Cannot parse the request.";
    detailed(400, "InvalidRequestFormat", message, &[detail])
}

pub(in crate::sim) fn precondition(asked: &str, current: &str, id: &str) -> Answer {
    let message = format!(
        "Etag provided in if-match header {asked} does not match etag {current} of resource {id} \
        in NRP."
    );
    detailed(412, "PreconditionFailed", &message, &[])
}

/// `If-None-Match: *` on what is there, or `If-Match` on what is not.
pub(in crate::sim) fn existence(header: &str, id: &str, there: bool) -> Answer {
    let state = if there {
        "already exists"
    } else {
        "does not exist"
    };
    let message =
        format!("The precondition given in the {header} header is not met: resource {id} {state}.");
    detailed(412, "PreconditionFailed", &message, &[])
}

pub(in crate::sim) fn another_operation(url: &str) -> Answer {
    let message = format!(
        "Another operation on this or dependent resource is in progress. To retrieve status of \
        the operation use uri: {url}."
    );
    detailed(409, "AnotherOperationInProgress", &message, &[])
}

/// The provider's word for a lock of its own: it looks like throttling and is none.
pub(in crate::sim) fn busy() -> Answer {
    let detail = json!({
        "code": "RetryableErrorDueToAnotherOperation",
        "message": "The call can be retried in 11 seconds.",
    });
    let message = "A retryable error occurred.";
    detailed(429, "RetryableError", message, &[detail]).with("retry-after", "11")
}

/// `name` is that of the resource, `policy` that of the assignment, whose scope is `scope`.
pub(in crate::sim) fn policy(name: &str, policy: &str, scope: &str) -> Answer {
    let assignment = json!([{"policyAssignment": {
        "name": policy,
        "id": format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{policy}"),
    }}]);
    let message =
        format!("Resource '{name}' was disallowed by policy. Policy identifiers: '{assignment}'.");
    front_door(403, "RequestDisallowedByPolicy", &message)
}

/// A permission on something that the document refers to is missing.
pub(in crate::sim) fn linked(
    client: &Principal,
    action: &str,
    scope: &str,
    missing: &str,
    on: &str,
) -> Answer {
    let Principal { id, object_id, .. } = client;
    let message = format!(
        "The client '{id}' with object id '{object_id}' has permission to perform action \
        '{action}' on scope '{scope}'; however, it does not have permission to perform action(s) \
        '{missing}' on the linked scope(s) '{on}' (respectively) or the linked scope(s) are invalid."
    );
    front_door(403, "LinkedAuthorizationFailed", &message)
}

/// App Service has capitals.
pub(in crate::sim) fn web(code: &str, message: &str) -> Answer {
    Answer::json(
        400,
        &json!({
            "Code": code,
            "Message": message,
            "Target": null,
            "Details": [{"Message": message}, {"Code": code}],
            "Innererror": null,
        }),
    )
}
