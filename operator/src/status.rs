//! The one place that writes to our objects, and it writes `status` only.
//!
//! Every write carries the version the decision was made from, so a decision made from a stale read
//! is refused by the API server and simply made again. `force` settles who owns a field; it does
//! not lift the fence.
use crate::error::Error;
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisStatus};
use kube::{
    Api, Resource as _, ResourceExt as _,
    api::{DynamicObject, Patch, PatchParams},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{fmt::Debug, time::Duration};

/// Who owns the fields.
pub const MANAGER: &str = "appgw-operator";
/// How long a call to the API server may take.
pub const DEADLINE: Duration = Duration::from_secs(10);
/// How old the times may get while nothing else changes. Exact freshness is a metric.
const STAMP: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What became of a write.
#[derive(Debug)]
pub enum Saved {
    /// Nothing new but times, and those not old; nothing was sent.
    Same,
    /// Written; the object as it now stands.
    Written(Box<AppGatewayDiagnosis>),
    /// The object moved since it was read. Decide again; this is no failure.
    Lost,
}

/// Writes `next` if it says more than `seen` does.
pub async fn save(
    api: &Api<AppGatewayDiagnosis>,
    seen: &AppGatewayDiagnosis,
    next: &AppGatewayDiagnosisStatus,
) -> Result<Saved, Error> {
    if seen
        .status
        .as_ref()
        .is_some_and(|before| is_old_news(before, next))
    {
        return Ok(Saved::Same);
    }
    let status = serde_json::to_value(next).map_err(kube::Error::SerdeError)?;
    let written = apply(api, &seen.name_any(), seen.resource_version(), &status).await?;
    Ok(written.map_or(Saved::Lost, |now| Saved::Written(Box::new(now))))
}

/// Leave for one write to Azure. Nothing but a claim that was won makes one, and a send takes it.
#[derive(Debug)]
pub struct Won {
    _one: (),
}

/// What became of a claim.
#[derive(Debug)]
pub enum Claimed {
    /// The record stands; the object as it now is, and leave to send.
    Won(Box<AppGatewayDiagnosis>, Won),
    /// The object moved since it was read, and nothing may be sent.
    Lost,
}

/// Writes down what is about to be sent, before it is. Only whoever wins the write may send.
pub async fn claim(
    api: &Api<AppGatewayDiagnosis>,
    seen: &AppGatewayDiagnosis,
    next: &AppGatewayDiagnosisStatus,
) -> Result<Claimed, Error> {
    let status = serde_json::to_value(next).map_err(kube::Error::SerdeError)?;
    let written: Option<AppGatewayDiagnosis> =
        apply(api, &seen.name_any(), seen.resource_version(), &status).await?;
    // A write that changes nothing would be won by everybody who makes it.
    let moved = written
        .as_ref()
        .is_some_and(|now| now.resource_version() != seen.resource_version());
    Ok(match written.filter(|_| moved) {
        Some(now) => Claimed::Won(Box::new(now), Won { _one: () }),
        None => Claimed::Lost,
    })
}

/// The same for an object that is not readable as ours, so that the raw parts are all there is.
/// False if it moved.
pub async fn save_raw(
    api: &Api<DynamicObject>,
    seen: &DynamicObject,
    status: &Value,
) -> Result<bool, Error> {
    let written = apply(api, &seen.name_any(), seen.resource_version(), status).await?;
    Ok(written.is_some())
}

async fn apply<K: Clone + Debug + DeserializeOwned>(
    api: &Api<K>,
    name: &str,
    version: Option<String>,
    status: &Value,
) -> Result<Option<K>, Error> {
    let patch = json!({
        "apiVersion": AppGatewayDiagnosis::api_version(&()),
        "kind": AppGatewayDiagnosis::kind(&()),
        "metadata": {"resourceVersion": version},
        "status": status,
    });
    let how = PatchParams::apply(MANAGER).force();
    let patch = Patch::Apply(patch);
    match in_time(api.patch_status(name, &how, &patch)).await {
        Ok(now) => Ok(Some(now)),
        Err(Error::Kube(kube::Error::Api(status))) if status.code == 409 => Ok(None),
        Err(error) => Err(error),
    }
}

/// A call to the API server, with an end. Whether a write that was cut off took place, the next
/// visit will see.
pub async fn in_time<T>(call: impl Future<Output = kube::Result<T>>) -> Result<T, Error> {
    match tokio::time::timeout(DEADLINE, call).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Error::Deadline(DEADLINE)),
    }
}

/// Nothing differs but times, and the last stamp is recent. Also one from the future is old: the
/// clock was set back.
fn is_old_news(before: &AppGatewayDiagnosisStatus, next: &AppGatewayDiagnosisStatus) -> bool {
    let (Some(last), Some(now)) = (&before.last_run, &next.last_run) else {
        return before == next;
    };
    let age = now.finished_at.0.duration_since(last.finished_at.0);
    if age.abs() >= STAMP {
        return false;
    }
    // Only `looks` and `runNow` of a run are news by themselves.
    let mut aged = next.clone();
    aged.last_run = Some(appgw_crds::LastRun {
        run_now: now.run_now.clone(),
        looks: now.looks,
        ..last.clone()
    });
    *before == aged
}

#[cfg(test)]
mod tests {
    use super::*;
    use appgw_crds::{AppGatewayDiagnosisSpec, LastRun, Trigger, Verdict};
    use jiff::{SignedDuration, Timestamp};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use kube::{Client, client::Body};

    fn status(hours: i64, verdict: Verdict) -> AppGatewayDiagnosisStatus {
        let at = Time(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(60 * hours));
        AppGatewayDiagnosisStatus {
            verdict: Some(verdict),
            last_run: Some(LastRun {
                started_at: at.clone(),
                finished_at: at,
                trigger: Trigger::Interval,
                run_now: String::new(),
                azure_calls: hours,
                looks: 1,
            }),
            ..AppGatewayDiagnosisStatus::default()
        }
    }

    fn later(by: SignedDuration) -> AppGatewayDiagnosisStatus {
        let mut next = status(0, Verdict::Healthy);
        if let Some(run) = &mut next.last_run {
            run.finished_at = Time(run.finished_at.0 + by);
            run.azure_calls = 12;
        }
        next
    }

    #[test]
    fn times_alone_are_news_once_an_hour_also_after_the_clock_was_set_back() {
        let before = status(0, Verdict::Healthy);
        let minutes = SignedDuration::from_mins;
        assert!(is_old_news(&before, &later(minutes(59))));
        assert!(!is_old_news(&before, &later(minutes(60))));
        assert!(!is_old_news(&before, &later(minutes(-60))));
    }

    #[test]
    fn anything_else_is_news() {
        let before = status(0, Verdict::Healthy);
        assert!(!is_old_news(&before, &status(0, Verdict::RootCauseFound)));
        for change in [
            |run: &mut LastRun| run.looks = 2,
            |run: &mut LastRun| run.run_now = "x".into(),
        ] {
            let mut next = before.clone();
            change(next.last_run.as_mut().unwrap());
            assert!(!is_old_news(&before, &next));
        }
    }

    fn seen() -> AppGatewayDiagnosis {
        let mut seen = AppGatewayDiagnosis::new("shop", AppGatewayDiagnosisSpec::default());
        seen.metadata.resource_version = Some("41".into());
        seen
    }

    #[tokio::test]
    async fn a_write_is_fenced_by_the_version_that_was_read() {
        let (mock, mut server) =
            tower_test::mock::pair::<http::Request<Body>, http::Response<Body>>();
        let api = Api::namespaced(Client::new(mock, "edge"), "edge");
        let api_server = tokio::spawn(async move {
            let (request, reply) = server.next_request().await.expect("one request");
            assert_eq!(
                request.uri().path(),
                "/apis/appgwdiag.dev/v1alpha1/namespaces/edge/appgatewaydiagnoses/shop/status"
            );
            let query = request.uri().query().unwrap();
            assert!(query.contains("force=true"), "{query}");
            assert!(query.contains("fieldManager=appgw-operator"), "{query}");
            assert_eq!(
                request.headers()["content-type"],
                "application/apply-patch+yaml"
            );
            let body = request.into_body().collect_bytes().await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["metadata"], json!({"resourceVersion": "41"}));
            let conflict =
                json!({"kind": "Status", "status": "Failure", "reason": "Conflict", "code": 409});
            let body = Body::from(serde_json::to_vec(&conflict).unwrap());
            reply.send_response(http::Response::builder().status(409).body(body).unwrap());
        });
        let next = status(0, Verdict::Healthy);
        assert!(matches!(save(&api, &seen(), &next).await, Ok(Saved::Lost)));
        api_server.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_answers_is_not_waited_for() {
        let (mock, mut server) =
            tower_test::mock::pair::<http::Request<Body>, http::Response<Body>>();
        let api = Api::namespaced(Client::new(mock, "edge"), "edge");
        let silent =
            tokio::spawn(async move { server.next_request().await.map(|(_, reply)| reply) });
        let saved = save(&api, &seen(), &status(0, Verdict::Healthy)).await;
        assert!(matches!(saved, Err(Error::Deadline(DEADLINE))), "{saved:?}");
        drop(silent);
    }
}
