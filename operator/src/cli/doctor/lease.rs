//! Whether an operator is at work: somebody renews the lease.
use super::{Scope, Seen};
use crate::leader::{Settings, Turn, decide};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client, ResourceExt as _, api::ListParams};
use std::time::Duration;

const CHECK: &str = "operator";
/// The longest that a person waits for a renewal.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn look(client: &Client, scope: &Scope) -> Seen {
    let name = &scope.lease_name;
    let leases = if let Some(namespace) = &scope.lease_namespace {
        let api = Api::<Lease>::namespaced(client.clone(), namespace);
        let lease = api.get_opt(name).await;
        lease.map(|lease| lease.into_iter().collect())
    } else {
        let only = ListParams::default().fields(&format!("metadata.name={name}"));
        let listed = Api::<Lease>::all(client.clone()).list(&only).await;
        listed.map(|list| list.items)
    };
    match leases.as_deref() {
        Err(error) if scope.lease_namespace.is_none() => {
            let what = "list leases in all namespaces; --lease-namespace names the operator's own";
            Seen::unknown(CHECK, what, error)
        }
        Err(error) => Seen::unknown(CHECK, &format!("get lease {name}"), error),
        Ok([]) => Seen::remark(
            CHECK,
            format!(
                "nobody ever held the lease {name}: no operator runs, or one runs without a lease or with another name"
            ),
        ),
        Ok([lease]) => one(client, lease).await,
        Ok(several) => {
            let places: Vec<String> = several.iter().filter_map(Lease::namespace).collect();
            let says = format!(
                "there are {} leases {name}, in {}: two operators may work on the same objects",
                several.len(),
                places.join(", ")
            );
            Seen::remark(CHECK, says)
        }
    }
}

/// By the holder's clock where that agrees with ours, else by whether the lease moves.
async fn one(client: &Client, lease: &Lease) -> Seen {
    let spec = lease.spec.clone().unwrap_or_default();
    let place = format!(
        "{}/{}",
        lease.namespace().unwrap_or_default(),
        lease.name_any()
    );
    let Some(holder) = spec.holder_identity.filter(|holder| !holder.is_empty()) else {
        return Seen::remark(
            CHECK,
            format!("the lease {place} was given up: no operator runs"),
        );
    };
    let ttl = ttl(lease);
    let renewed = spec
        .renew_time
        .map(|at| Timestamp::now().duration_since(at.0));
    let is_fresh = |since: SignedDuration| since.unsigned_abs() <= ttl;
    if renewed.is_some_and(is_fresh) {
        return Seen::ok(
            CHECK,
            format!("{holder} holds the lease {place} and renews it"),
        );
    }
    // It is renewed three times in its length.
    tokio::time::sleep((ttl / 3 + Duration::from_secs(1)).min(PATIENCE)).await;
    let api = Api::<Lease>::namespaced(client.clone(), &lease.namespace().unwrap_or_default());
    match api.get(&lease.name_any()).await {
        Ok(now) if now.resource_version() != lease.resource_version() => {
            let says = format!(
                "{holder} holds the lease {place} and renews it; its clock and ours differ"
            );
            Seen::ok(CHECK, says)
        }
        Ok(_) => {
            let since = renewed.map_or(String::new(), |since| {
                format!(" (last {} minutes ago, by its own clock)", since.as_mins())
            });
            Seen::remark(
                CHECK,
                format!(
                    "nobody renews the lease {place}{since}: the operator {holder} is dead or cut off"
                ),
            )
        }
        Err(error) => Seen::unknown(CHECK, &format!("get lease {place}"), &error),
    }
}

/// How long the lease counts that nobody renews, as an operator would reckon.
fn ttl(lease: &Lease) -> Duration {
    let us = Settings {
        name: String::new(),
        holder: String::new(),
        ttl: Duration::from_secs(1),
    };
    match decide(lease.clone(), &us, Duration::ZERO, Timestamp::UNIX_EPOCH) {
        Turn::Yield(ttl) => ttl,
        Turn::Claim(_) => us.ttl,
    }
}
