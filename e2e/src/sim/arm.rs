//! Azure Resource Manager: who may ask what, and what is there.

mod call;
mod collection;
mod kinds;
mod path;

use hyper::Method;
use serde_json::{Value, json};

pub(super) use self::call::{Call, Refused};
use self::path::{ArmPath, Provider};
use super::{answer::Answer, errors, lro, monitor, origin::Origin, rehearsal, write};

/// Answers a request whose token is good; `segments` is its whole path.
pub(super) fn answer(call: &Call<'_>, segments: &[String]) -> Answer {
    route(call, segments).unwrap_or_else(|refused| *refused)
}

fn route(call: &Call<'_>, segments: &[String]) -> Result<Answer, Refused> {
    let Some((first, rest)) = segments
        .split_first()
        .filter(|(first, _)| first.eq_ignore_ascii_case("subscriptions"))
    else {
        return Ok(errors::page(404));
    };
    if call.version.is_empty() {
        return Err(errors::api_version_missing().into());
    }
    let Some(subscription) = rest.first() else {
        call.only_get()?;
        call.version_of("Microsoft.Resources", first, None)?;
        let all = call.shared.world(|world| world.subscriptions());
        return collection::page(call, all);
    };
    let found = call.shared.world(|world| world.subscription(subscription));
    let Some(found) = found else {
        let malformed = uuid::Uuid::try_parse(subscription).is_err();
        let error = if malformed {
            errors::subscription_malformed
        } else {
            errors::subscription_not_found
        };
        return Err(error(subscription).into());
    };
    if rest.len() == 1 {
        call.only_get()?;
        call.version_of("Microsoft.Resources", first, None)?;
        call.authorize(
            "Microsoft.Resources/subscriptions/read",
            &format!("/subscriptions/{subscription}"),
        )?;
        return Ok(Answer::json(200, &found));
    }
    if let [_, groups] = rest
        && groups.eq_ignore_ascii_case("resourceGroups")
    {
        return all_groups(call, subscription);
    }
    let path = ArmPath::parse(rest).ok_or_else(|| errors::page(404))?;
    match path.providers.as_slice() {
        [] => group(call, &path),
        [
            Provider {
                namespace,
                segments,
            },
        ] if lro::is_operation(namespace, segments) => {
            call.only_get()?;
            Ok(lro::poll(call, &path.subscription, segments))
        }
        [.., last] => resource(call, &path, last),
    }
}

/// All resource groups of a subscription.
fn all_groups(call: &Call<'_>, subscription: &str) -> Result<Answer, Refused> {
    call.only_get()?;
    call.version_of("Microsoft.Resources", "subscriptions/resourceGroups", None)?;
    let scope = format!("/subscriptions/{subscription}");
    call.authorize(
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        &scope,
    )?;
    collection::page(call, call.shared.world(|world| world.groups(subscription)))
}

/// A resource group itself.
fn group(call: &Call<'_>, path: &ArmPath) -> Result<Answer, Refused> {
    call.only_get()?;
    call.version_of("Microsoft.Resources", "subscriptions/resourceGroups", None)?;
    call.authorize(
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        &path.container(),
    )?;
    let name = path.group.as_deref().unwrap_or_default();
    let found = call
        .shared
        .world(|world| world.group(&path.subscription, name));
    Ok(Answer::json(
        200,
        &found.ok_or_else(|| errors::group_not_found(name))?,
    ))
}

/// A resource, a collection, an action of a resource, or what hangs on one.
fn resource(call: &Call<'_>, path: &ArmPath, last: &Provider) -> Result<Answer, Refused> {
    let providers = path.providers.len();
    let whole = last.segments.len();
    let method = &call.request.method;
    let acts = *method == Method::POST && last.ends_in_type() && whole > 1;
    // Without the action itself, which is no type.
    let own = if acts { whole - 1 } else { whole };
    let kind = last.kind(own);
    let id = path.id(providers, own);
    let found = call.shared.world(|world| world.get(&id));
    let location = found
        .as_ref()
        .and_then(|document| document["location"].as_str());
    let kind = call.version_of(&last.namespace, &kind, location)?;
    let verb = match *method {
        Method::GET => "read".to_owned(),
        Method::PUT | Method::PATCH => "write".to_owned(),
        Method::DELETE => "delete".to_owned(),
        _ if acts => format!(
            "{}/action",
            last.segments.last().map(String::as_str).unwrap_or_default()
        ),
        _ => return Err(errors::method_not_allowed(method.as_str()).into()),
    };
    // The scope of a collection is what it is listed in.
    let listing = last.ends_in_type() && !acts;
    let scope = if listing {
        path.id(providers, whole - 1)
    } else {
        id.clone()
    };
    let action = kind.action(&verb);
    call.authorize(&action, &scope)?;
    if kind.name == "eventtypes/values" {
        call.only_get()?;
        return monitor::activity(call);
    }
    exists_around(call, path, providers, own)?;
    if kind.name == "availabilityStatuses" {
        call.only_get()?;
        let on = path.id(providers - 1, usize::MAX);
        let current = call.shared.world(|world| world.availability(&on));
        return if listing {
            collection::page(call, vec![current])
        } else {
            Ok(Answer::json(200, &current))
        };
    }
    let word = acts.then(|| last.segments[whole - 1].as_str());
    if *method != Method::GET {
        locks(call, &scope)?;
        let target = write::Target {
            subscription: &path.subscription,
            id: &id,
            kind: kind.name,
            action: &action,
            word,
        };
        if let Some(answer) = write::answer(call, &target).filter(|_| !listing) {
            return answer;
        }
    }
    match *method {
        Method::GET if listing => {
            let on = path.id(providers - 1, usize::MAX);
            match kind.name {
                "metrics" => Ok(monitor::metrics(call, &on)),
                "locks" => collection::page(call, call.shared.world(|world| world.locks(&on))),
                _ => {
                    let mut all = call.shared.world(|world| world.list(&id));
                    for own in &mut all {
                        of_version(call, &kind, own);
                    }
                    collection::page(call, all)
                }
            }
        }
        Method::GET => {
            let mut found = found.ok_or_else(|| missing(path, last, own))?;
            of_version(call, &kind, &mut found);
            Ok(document(&found))
        }
        Method::POST if kind.name == "applicationGateways" => {
            let gateway = found.ok_or_else(|| missing(path, last, own))?;
            let asked = match word.unwrap_or_default().to_ascii_lowercase().as_str() {
                "backendhealth" => lro::Asked::Health {
                    expand: call
                        .request
                        .parameter("$expand")
                        .is_some_and(|expand| !expand.is_empty()),
                },
                "getbackendhealthondemand" => rehearsal::asked(call, &gateway)?,
                _ => return Err(errors::method_not_allowed(method.as_str()).into()),
            };
            Ok(lro::begin(call, &path.subscription, &id, &gateway, asked))
        }
        // Nothing else can be done to a resource here.
        _ => Err(errors::method_not_allowed(method.as_str()).into()),
    }
}

/// Refuses what a lock forbids: that of either level to delete, and a read-only one the rest.
fn locks(call: &Call<'_>, scope: &str) -> Result<(), Refused> {
    let deletes = call.request.method == Method::DELETE;
    let lock = call.shared.world(|world| {
        if deletes {
            world.kept(scope)
        } else {
            world.locked(scope)
        }
    });
    let operation = if deletes { "delete" } else { "write" };
    match lock {
        Some(lock) => Err(errors::locked(scope, operation, &lock).into()),
        None => Ok(()),
    }
}

/// Takes away what the api-version of the request does not have yet.
fn of_version(call: &Call<'_>, kind: &kinds::Kind, document: &mut Value) {
    if kind.name == "applicationGateways" {
        write::hide_newer(document, call.version);
    }
}

/// The resource group and the parents of what is asked for must be there.
fn exists_around(
    call: &Call<'_>,
    path: &ArmPath,
    providers: usize,
    own: usize,
) -> Result<(), Refused> {
    if let Some(group) = &path.group
        && call
            .shared
            .world(|world| world.group(&path.subscription, group))
            .is_none()
    {
        return Err(errors::group_not_found(group).into());
    }
    for (at, provider) in path.providers.iter().enumerate() {
        let whole = if at + 1 == providers {
            own
        } else {
            provider.segments.len()
        };
        // The last name of the last provider is the business of the caller.
        let parents = if at + 1 == providers {
            (whole.max(1) - 1) / 2 * 2
        } else {
            whole
        };
        for segments in (2..=parents).step_by(2) {
            let id = path.id(at + 1, segments);
            if call.shared.world(|world| world.get(&id)).is_none() {
                return Err(missing(path, provider, segments).into());
            }
        }
    }
    Ok(())
}

/// The error for a resource that is not there: the front door knows those at the top, the provider the others.
fn missing(path: &ArmPath, provider: &Provider, segments: usize) -> Answer {
    match provider.segments.as_slice() {
        [kind, name, ..] if segments <= 2 => {
            let resource = format!("{}/{kind}/{name}", provider.namespace);
            errors::resource_not_found(&resource, path.group.as_deref().unwrap_or_default())
        }
        _ => errors::child_not_found(&path.id(path.providers.len(), segments)),
    }
}

/// A document as GET gives it, its version in the `ETag` header too.
fn document(document: &Value) -> Answer {
    let answer = Answer::json(200, document);
    match document["etag"].as_str() {
        Some(etag) => answer.with("etag", etag),
        None => answer,
    }
}

/// `GET /metadata/endpoints`: one cloud, as an object or, before 2022, in a list.
pub(super) fn metadata(origin: &Origin, tenant: &str, version: &str) -> Answer {
    let own = origin.as_sent();
    let cloud = json!({
        "name": "SimulatedAzure",
        "portal": own,
        "authentication": {
            "loginEndpoint": own,
            "audiences": [own, format!("{own}/")],
            "tenant": tenant,
            "identityProvider": "AAD",
        },
        "resourceManager": own,
        "logAnalyticsResourceId": own,
        "suffixes": {},
    });
    match version {
        "" => errors::api_version_missing(),
        old if old < "2022" => Answer::json(200, &json!([cloud])),
        _ => Answer::json(200, &cloud),
    }
}
