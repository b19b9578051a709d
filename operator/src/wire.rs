//! The runbook's types as the API shows them, and back. No other file knows both.
mod decided;
mod inputs;
mod ledger;
mod plans;
mod room;
mod shown;
mod text;
mod words;

pub use decided::{
    APPROVE, APPROVED_BY, REASON, REJECT, REJECTED_BY, ROLLBACK, decisions, expiry, is_under_way,
    record, with_record,
};
pub use shown::{Place, Run, carried, object, refusal, refused, status};
pub use words::letter_back as letter;

use crate::conditions::{self, DIAGNOSED, Hold, READY};
use appgw_crds::{
    AppGatewayDiagnosis, AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus, Fix, ManagedBy, Mode,
    Scheme, Trigger, Verdict, limits,
};
use appgw_runbook::{
    approval::{Hand, done},
    facts::{Owner, Request, Said},
    id::ArmId,
    plan::PlanId,
    visit::{LOOKS, Visitor},
};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;
use text::fit;

/// Annotation: any new value asks for one visit, ahead of the timers.
pub const RUN_NOW: &str = "appgwdiag.dev/run-now";
/// Annotation: nothing new is begun while it is there; says why, and who.
pub const PAUSED: &str = "appgwdiag.dev/paused";

/// What the person said, as far as it is obeyed.
pub fn said(spec: &AppGatewayDiagnosisSpec) -> Said {
    let AppGatewayDiagnosisSpec {
        gateway,
        request,
        window,
        onset,
        hints,
        inputs: given,
        overrides,
        mode,
        ..
    } = spec;
    let window = window.as_deref().and_then(appgw_crds::duration);
    let window = window.and_then(|window| SignedDuration::try_from(window).ok());
    let plain = Said::about(ArmId::new(&gateway.resource_id));
    Said {
        request: Request {
            https: request.scheme.map(|scheme| scheme == Scheme::Https),
            host: request.host.clone(),
            path: request.path.clone(),
            port: request.port.and_then(|port| u16::try_from(port).ok()),
        },
        window: window.unwrap_or(plain.window),
        onset: onset.at.as_ref().map(|at| at.0),
        after_platform_upgrade: onset.after_platform_upgrade,
        health_path: hints.health_path.clone(),
        slow_to_start: hints.slow_to_start,
        private_ca: hints.private_ca.is_some(),
        web_app: hints
            .web_app
            .as_ref()
            .map(|app| ArmId::new(&app.resource_id)),
        api_management_host: hints.api_management_host.clone(),
        managed_by: hints.managed_by.map(|owner| match owner {
            ManagedBy::Nobody => Owner::Nobody,
            ManagedBy::AGIC => Owner::Agic,
            ManagedBy::Terraform => Owner::Terraform,
            ManagedBy::Bicep => Owner::Bicep,
            ManagedBy::ASO => Owner::Aso,
        }),
        stopped_on_purpose: hints.stopped_on_purpose,
        inputs: inputs::inputs(given),
        overrides: inputs::overrides(overrides),
        rehearse: *mode == Mode::Review,
        ..plain
    }
}

/// Who comes, as far as the status remembers them. Only a wait that is over makes the next look of
/// row 1b.3: the article's looks are minutes apart, however often a person asks.
pub fn visitor(
    before: &AppGatewayDiagnosisStatus,
    trigger: Trigger,
    waiting_since: Option<Timestamp>,
    transition_limit: SignedDuration,
    hand: Option<Hand>,
) -> Visitor {
    let looks = before.last_run.as_ref().map_or(1, |run| run.looks);
    let looks = u32::try_from(looks).unwrap_or(1).clamp(1, LOOKS);
    let row = before.rows.get("1b.3").map_or("no", String::as_str);
    let look = match row.split(':').next() {
        Some("wait") if trigger == Trigger::Wait => (looks + 1).min(LOOKS),
        Some("no" | "skip") => 1,
        // Begun, ended without an answer, or not to be told just now.
        _ => looks,
    };
    Visitor {
        look,
        waiting_since,
        transition_limit,
        hand: hand.map(Box::new),
    }
}

/// Row 1b.3 waits, whatever else was found meanwhile.
fn waits_for_health(before: &AppGatewayDiagnosisStatus) -> bool {
    let row = before.rows.get("1b.3");
    row.is_some_and(|value| value.starts_with("wait"))
}

/// Since when the status says that Azure is waited for, if it is.
pub fn waiting_since(before: &AppGatewayDiagnosisStatus) -> Option<Timestamp> {
    conditions::find(&before.conditions, DIAGNOSED)
        .filter(|it| it.reason == Verdict::WaitingForAzure.as_str())
        .map(|it| it.last_transition_time.0)
}

/// The value of the annotation run-now that counts, cut to what the status can echo; empty if there
/// is none.
pub fn run_now(cr: &AppGatewayDiagnosis) -> String {
    let value = cr.annotations().get(RUN_NOW);
    value.map_or(String::new(), |value| fit(value.trim(), limits::REASON))
}

/// Whether a person asked for a visit that has not been made.
pub fn is_asked_for(cr: &AppGatewayDiagnosis) -> bool {
    let asked = run_now(cr);
    let run = cr
        .status
        .as_ref()
        .and_then(|status| status.last_run.as_ref());
    !asked.is_empty() && run.is_none_or(|run| run.run_now != asked)
}

/// Whether a decision waits, a change is under way, or its effect is being looked at.
pub fn is_decided_on(cr: &AppGatewayDiagnosis) -> bool {
    let Some(status) = &cr.status else {
        return false;
    };
    let (said, record) = (decisions(cr), record(status));
    let known = |id: &PlanId| record.approvals.iter().any(|it| it.id == *id);
    let open = |id: &PlanId| said.stands(id) && !done(&record.approvals, id);
    let offered = |id: &PlanId| {
        let undo = format!("{}.undo-", id.method());
        status.plans.iter().any(|it| it.id.starts_with(&undo))
    };
    record.ledger.under_way().is_some()
        || status.fix == Some(Fix::Verifying)
        || said.approve.iter().any(open)
        || said.reject.iter().any(|id| !known(id))
        || said.rollback.iter().any(|id| known(id) && !offered(id))
}

/// Why nothing may be begun, if so.
pub fn hold(cr: &AppGatewayDiagnosis) -> Option<Hold> {
    if cr.spec.suspend {
        return Some(Hold::Suspended);
    }
    let paused = cr.annotations().get(PAUSED)?;
    Some(Hold::Paused(fit(paused.trim(), limits::REASON)))
}

/// Why to visit, if the object itself gives a reason.
pub fn trigger(cr: &AppGatewayDiagnosis) -> Option<Trigger> {
    let Some(status) = &cr.status else {
        return Some(Trigger::Change);
    };
    let ready = conditions::find(&status.conditions, READY);
    let ready = ready.map_or("", |it| it.reason.as_str());
    // A hold that was lifted and a refusal that no longer stands are changes, too.
    if status.observed_generation != cr.metadata.generation
        || !["Diagnosed", "AzureUnreachable"].contains(&ready)
    {
        return Some(Trigger::Change);
    }
    if is_asked_for(cr) {
        return Some(Trigger::RunNow);
    }
    if status.verdict == Some(Verdict::WaitingForAzure) || waits_for_health(status) {
        return Some(Trigger::Wait);
    }
    if is_decided_on(cr) {
        return Some(Trigger::Approval);
    }
    (ready == "AzureUnreachable").then_some(Trigger::Retry)
}

/// Foreign text as a condition may show it: one line, nothing unseen in it, at most `most` bytes.
pub fn line(text: &str, most: usize) -> String {
    fit(text, most)
}

#[cfg(test)]
mod tests;
