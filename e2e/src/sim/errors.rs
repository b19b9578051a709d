//! The errors of Azure Resource Manager and of the network provider, in the service's own words.

mod writes;

use serde_json::{Value, json};

pub(super) use self::writes::{
    another_operation, busy, existence, invalid, linked, policy, precondition, unparsed,
    unreadable, web,
};
use super::answer::Answer;

/// An error of the resource manager's front door: no `details`, and it says that it was the gateway.
pub(super) fn front_door(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"code": code, "message": message}}),
    )
    .with("x-ms-failure-cause", "gateway")
}

/// An error of a resource provider.
pub(super) fn detailed(status: u16, code: &str, message: &str, details: &[Value]) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"code": code, "message": message, "details": details}}),
    )
}

/// An error without the usual wrapper, as the monitor provider sends it.
pub(super) fn bare(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"code": code, "message": message}))
}

/// A page of HTML, as some paths are answered by the web server in front.
pub(super) fn page(status: u16) -> Answer {
    let title = match status {
        404 => "404 - File or directory not found.".to_owned(),
        other => format!("{other} - Server error."),
    };
    let page = format!(
        "<!DOCTYPE html>\r\n<html><head><title>{title}</title></head>\r\n<body><h1>Server \
        Error</h1><h2>{title}</h2></body></html>\r\n"
    );
    Answer::text(status, "text/html", page)
}

pub(super) fn token_missing(origin: &str) -> Answer {
    unauthorized(
        origin,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
    )
}

pub(super) fn token_invalid(origin: &str) -> Answer {
    unauthorized(
        origin,
        "InvalidAuthenticationToken",
        "The access token is invalid.",
    )
}

pub(super) fn token_expired(origin: &str, expiry: &str, now: &str) -> Answer {
    let message = format!(
        "The access token expiry UTC time '{expiry}' is earlier than current UTC time '{now}'."
    );
    unauthorized(origin, "ExpiredAuthenticationToken", &message)
}

pub(super) fn token_audience(origin: &str, audience: &str) -> Answer {
    let message = format!(
        "The access token has been obtained for wrong audience or resource '{audience}'. It \
        should exactly match with one of the allowed audiences '{origin}','{origin}/'."
    );
    unauthorized(origin, "InvalidAuthenticationTokenAudience", &message)
}

fn unauthorized(origin: &str, code: &str, message: &str) -> Answer {
    let challenge = format!(
        "Bearer authorization_uri=\"{origin}\", error=\"invalid_token\", error_description=\"The \
        authentication failed.\""
    );
    front_door(401, code, message).with("www-authenticate", challenge)
}

pub(super) fn api_version_missing() -> Answer {
    let message = "The api-version query parameter (?api-version=) is required for all requests.";
    front_door(400, "MissingApiVersionParameter", message)
}

pub(super) fn api_version_malformed(version: &str, supported: &str) -> Answer {
    let message = format!(
        "The api-version '{version}' is invalid. The supported versions are '{supported}'."
    );
    front_door(400, "InvalidApiVersionParameter", &message)
}

pub(super) fn api_version_unknown(
    location: &str,
    version: &str,
    kind: &str,
    supported: &str,
) -> Answer {
    let message = format!(
        "No registered resource provider found for location '{location}' and API version \
        '{version}' for type '{kind}'. The supported api-versions are '{supported}'. The \
        supported locations are '{location}'."
    );
    front_door(400, "NoRegisteredProviderFound", &message)
}

pub(super) fn namespace_unknown(namespace: &str) -> Answer {
    let message = format!("The resource namespace '{namespace}' is invalid.");
    front_door(404, "InvalidResourceNamespace", &message)
}

pub(super) fn kind_unknown(
    namespace: &str,
    kind: &str,
    version: &str,
    supported: Option<&str>,
) -> Answer {
    let supported = supported
        .map(|supported| format!(" The supported api-versions are '{supported}'."))
        .unwrap_or_default();
    let message = format!(
        "The resource type '{kind}' could not be found in the namespace '{namespace}' for api \
        version '{version}'.{supported}"
    );
    front_door(404, "InvalidResourceType", &message)
}

pub(super) fn subscription_malformed(subscription: &str) -> Answer {
    let message =
        format!("The provided subscription identifier '{subscription}' is malformed or invalid.");
    front_door(400, "InvalidSubscriptionId", &message)
}

pub(super) fn subscription_not_found(subscription: &str) -> Answer {
    front_door(
        404,
        "SubscriptionNotFound",
        &format!("The subscription '{subscription}' could not be found."),
    )
}

pub(super) fn group_not_found(group: &str) -> Answer {
    front_door(
        404,
        "ResourceGroupNotFound",
        &format!("Resource group '{group}' could not be found."),
    )
}

/// `resource` is namespace, type and name: the front door knows top-level resources only.
pub(super) fn resource_not_found(resource: &str, group: &str) -> Answer {
    let message = format!(
        "The Resource '{resource}' under resource group '{group}' was not found. For more details \
        please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    front_door(404, "ResourceNotFound", &message)
}

/// The same for the id of a top-level resource.
pub(super) fn gone(id: &str) -> Answer {
    match id.split('/').collect::<Vec<_>>().as_slice() {
        [.., group, _, namespace, kind, name] => {
            resource_not_found(&format!("{namespace}/{kind}/{name}"), group)
        }
        _ => child_not_found(id),
    }
}

/// The network provider's own word for a child that its parent does not have.
pub(super) fn child_not_found(id: &str) -> Answer {
    detailed(404, "NotFound", &format!("Resource {id} not found."), &[])
}

pub(super) fn not_authorized(client: &str, object: &str, action: &str, scope: &str) -> Answer {
    let message = format!(
        "The client '{client}' with object id '{object}' does not have authorization to perform \
        action '{action}' over scope '{scope}' or the scope is invalid. If access was \
        recently granted, please refresh your credentials."
    );
    front_door(403, "AuthorizationFailed", &message)
}

/// `operation` is `write` or `delete`.
pub(super) fn locked(scope: &str, operation: &str, lock_scope: &str) -> Answer {
    let message = format!(
        "The scope '{scope}' cannot perform {operation} operation because following scope(s) are \
        locked: '{lock_scope}'. Please remove the lock and try again."
    );
    front_door(409, "ScopeLocked", &message)
}

pub(super) fn throttled(subscription: &str, actor: &str, seconds: u64) -> Answer {
    let message = format!(
        "Number of 'read' requests for subscription '{subscription}' actor '{actor}' exceeded. \
        Please try again after '{seconds}' seconds after additional tokens are available. \
        Refer to https://aka.ms/arm-throttling for additional information."
    );
    front_door(429, "SubscriptionRequestsThrottled", &message)
        .with("retry-after", seconds.to_string())
}

/// What nobody can do to a resource, or what this simulator does not do.
pub(super) fn method_not_allowed(method: &str) -> Answer {
    let message = format!("The requested resource does not support http method '{method}'.");
    front_door(405, "MethodNotAllowed", &message).with("allow", "GET")
}
