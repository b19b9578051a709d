//! What is legal and likely a mistake.
use super::Timing;
use appgw_crds::{AppGatewayDiagnosisSpec, Hints, ManagedBy, Onset, Request, Scheme};
use appgw_runbook::id::ArmId;
use jiff::{SignedDuration, Timestamp};
use std::{net::IpAddr, time::Duration};

/// Where and what.
type Likely = (&'static str, String);

/// How far back without `spec.window`, as in the article.
const WINDOW: Duration = Duration::from_secs(3_600);
/// How long Azure keeps an activity log; metrics are kept three days longer.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Occasions of a schedule that are looked at: enough to see two of the same day.
const OCCASIONS: usize = 12;
/// The path on which an API Management answers for its own health.
const API_MANAGEMENT: &str = "/status-0123456789abcdef";

/// Everything of the kind, in the order of the fields.
pub(super) fn mistakes(spec: &AppGatewayDiagnosisSpec, now: Timestamp) -> Vec<Likely> {
    let mut all = Vec::new();
    gateway(&spec.gateway.resource_id, &mut all);
    request(&spec.request, &mut all);
    window(spec, now, &mut all);
    onset(spec, now, &mut all);
    hints(spec, &mut all);
    all
}

/// The shortest wait between two visits by time; none if no time brings one.
pub(super) fn shortest(spec: &AppGatewayDiagnosisSpec, now: Timestamp) -> Option<Duration> {
    // What the operator does where nothing is said is its own affair.
    let timing = Timing::of(spec, Duration::ZERO).ok()?;
    match &timing {
        Timing::Never => None,
        Timing::Every(interval) => Some(*interval),
        Timing::Clock(..) => {
            let mut at = now;
            let waits = (0..=OCCASIONS).map_while(|_| {
                let wait = timing.wait(at)?;
                at = at.checked_add(wait).ok()?;
                Some(wait)
            });
            // The first is the rest of a wait that is under way.
            waits.skip(1).min()
        }
    }
}

fn gateway(id: &str, all: &mut Vec<Likely>) {
    let at = "spec.gateway.resourceId";
    let id = ArmId::new(id);
    let kind = id.kind();
    if kind != "microsoft.network/applicationgateways" {
        let says = format!("{kind} is no Application Gateway, so the verdict is CannotDiagnose");
        // An id that names nothing at all is refused for its shape.
        if !kind.is_empty() {
            all.push((at, says));
        }
    }
    let subscription = id.segment("subscriptions").unwrap_or_default();
    if !subscription.is_empty() && subscription.parse::<uuid::Uuid>().is_err() {
        let says = format!("{subscription} is no id of a subscription, which is a GUID");
        all.push((at, says));
    }
}

fn request(request: &Request, all: &mut Vec<Likely>) {
    let Request {
        scheme,
        host,
        path,
        port,
    } = request;
    let odd = match (scheme, port) {
        (Some(Scheme::Https), Some(80)) => Some("Https on port 80, which is usually that of Http"),
        (Some(Scheme::Http), Some(443)) => Some("Http on port 443, which is usually that of Https"),
        _ => None,
    };
    all.extend(odd.map(|says| ("spec.request.port", says.to_owned())));
    if host
        .as_deref()
        .is_some_and(|host| host.parse::<IpAddr>().is_ok())
    {
        let says = "an address: clients send it only where they ask without a name, and listeners for names do not take it";
        all.push(("spec.request.host", says.to_owned()));
    }
    if path.as_deref().is_some_and(|path| path.contains('*')) {
        let says = "looks like the pattern of a rule; the path that a client asked for is wanted";
        all.push(("spec.request.path", says.to_owned()));
    }
}

fn window(spec: &AppGatewayDiagnosisSpec, now: Timestamp, all: &mut Vec<Likely>) {
    let said = spec.window.as_deref().and_then(appgw_crds::duration);
    let between = shortest(spec, now).filter(|wait| *wait > said.unwrap_or(WINDOW));
    // Around an onset the window stays where it is, however often it is looked at.
    if let (Some(_), None) = (between, &spec.onset.at) {
        let window = spec.window.as_deref().unwrap_or("1h, the default,");
        let says = format!(
            "{window} is shorter than the time between two visits: 502s in between are never counted"
        );
        all.push(("spec.window", says));
    }
}

fn onset(spec: &AppGatewayDiagnosisSpec, now: Timestamp, all: &mut Vec<Likely>) {
    let Onset {
        at,
        after_platform_upgrade,
    } = &spec.onset;
    let Some(at) = at.as_ref().map(|at| at.0) else {
        if *after_platform_upgrade == Some(true) {
            let says = "without onset.at the time before the upgrade is not looked at";
            all.push(("spec.onset.afterPlatformUpgrade", says.to_owned()));
        }
        return;
    };
    let window = spec.window.as_deref().and_then(appgw_crds::duration);
    let window = SignedDuration::try_from(window.unwrap_or(WINDOW)).unwrap_or_default();
    let since = now.duration_since(at);
    let says = if since < SignedDuration::ZERO {
        format!("{at} is yet to come")
    } else if since > KEPT {
        format!("{at} is more than 90 days ago, and Azure keeps no activity log for longer")
    } else if since > window {
        format!("the window lies around {at} and is over: what happens since is not counted")
    } else {
        return;
    };
    all.push(("spec.onset.at", says));
}

fn hints(spec: &AppGatewayDiagnosisSpec, all: &mut Vec<Likely>) {
    // In full, so that a new hint is thought of here.
    let Hints {
        health_path,
        slow_to_start: _,
        private_ca: _,
        web_app,
        api_management_host,
        managed_by,
        stopped_on_purpose,
    } = &spec.hints;
    if let (Some(path), Some(host)) = (health_path, api_management_host)
        && !path.eq_ignore_ascii_case(API_MANAGEMENT)
    {
        let says = format!(
            "{path}: an API Management, as {host} is said to be, answers for its own health on {API_MANAGEMENT}"
        );
        all.push(("spec.hints.healthPath", says));
    }
    if let Some(app) = web_app {
        let kind = ArmId::new(&app.resource_id).kind();
        if !["microsoft.web/sites", "microsoft.web/sites/slots"].contains(&kind.as_str()) {
            let says = format!("{kind} is no App Service; expected …/Microsoft.Web/sites/NAME");
            all.push(("spec.hints.webApp", says));
        }
    }
    if *managed_by == Some(ManagedBy::AGIC) {
        for (field, said) in [
            ("spec.hints.webApp", web_app.is_some()),
            (
                "spec.hints.apiManagementHost",
                api_management_host.is_some(),
            ),
        ] {
            if said {
                let says =
                    "hints.managedBy says AGIC, which fills pools with Pods of its cluster only";
                all.push((field, says.to_owned()));
            }
        }
    }
    let asked_for = spec.request != Request::default() || spec.onset.at.is_some();
    if *stopped_on_purpose == Some(true) && asked_for {
        let says = "a gateway that is stopped on purpose answers nobody, and yet request or onset speak of 502s that clients saw";
        all.push(("spec.hints.stoppedOnPurpose", says.to_owned()));
    }
}
