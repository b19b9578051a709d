//! Resolution G: bring the gateway itself back.
use super::{
    Method,
    Reach::{Executable, Guided},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::{
        Blocked, Query, Span,
        json::{list, one_line, text},
    },
    id::Letter::G,
    plan::{Act, Change, Verify},
    report::Finding,
};
use serde_json::Value;

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "G.1",
        letter: G,
        reach: Executable,
        title: "Start the gateway",
        changes: "The gateway serves again, and costs again.",
        article: "Same command, but only after a person said that it was not stopped on purpose. A v1 gateway is retired and is not started.",
        draft: start,
    },
    Method {
        id: "G.2",
        letter: G,
        reach: Executable,
        title: "Write the configuration again just as it stands",
        changes: "Nothing, if it works: Azure goes over the same configuration once more.",
        article: "The article does it whenever a write failed. It would start a stopped gateway, makes the instances forget the names they resolved, and cannot mend a configuration that is wrong; so it is offered for a running gateway only, without trouble in DNS, and once.",
        draft: touch,
    },
    Method {
        id: "G.3",
        letter: G,
        reach: Guided,
        title: "Take back the change that failed",
        changes: "Nothing by itself: whoever made the change, or the tool that keeps the gateway, writes the configuration that was there before.",
        article: "The article updates the gateway again, which cannot mend a configuration that Azure refuses.",
        draft: revert,
    },
];

fn start(case: &Case<'_, '_>, _: &Finding) -> Drafted {
    let gateway = case.gateway()?;
    let is = |word: &str| {
        gateway
            .operational()
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    if !is("Stopped") {
        return Ok(vec![]);
    }
    match case.view.facts.said().stopped_on_purpose {
        Some(false) => {}
        Some(true) => return Ok(vec![]),
        None => return Err(Blocked::Tell("spec.hints.stoppedOnPurpose")),
    }
    let id = case.view.id();
    let name = id.name();
    let change = Change {
        on: id.clone(),
        act: Act::Start,
    };
    let draft = Draft::new(format!("Start gateway {name}"), vec![change], Verify::State)
        .effect("the gateway serves again, and costs again from the moment it starts")
        .effect("starting takes minutes")
        .az(format!("az network application-gateway start --ids {id}"));
    Ok(vec![draft])
}

/// Codes of failures that pass by themselves (azure-facts §9.5).
const PASSING: [&str; 9] = [
    "InternalServerError",
    "GatewayTimeout",
    "ServerTimeout",
    "OperationTimedOut",
    "RetryableError",
    "RetryableErrorDueToAnotherOperation",
    "AnotherOperationInProgress",
    "Canceled",
    "CanceledAndSupersededDueToAnotherOperation",
];

/// Why the last write to the gateway failed: code and message, where the activity log has them.
fn last_failure(case: &Case<'_, '_>) -> Result<Option<String>, Blocked> {
    let window = case.facts().span();
    let from = window
        .from
        .saturating_sub(jiff::SignedDuration::from_hours(1));
    let span = Span {
        from: from.unwrap_or(window.from),
        to: window.to,
    };
    let of = case.view.id().clone();
    let body = match case.facts().ask(Query::ActivityLog { of, span }) {
        Ok(body) => body,
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        Err(_) => return Ok(None),
    };
    let is = |event: &Value, path: &[&str], word: &str| {
        text(event, path).is_some_and(|it| it.to_ascii_lowercase().ends_with(word))
    };
    let writes = list(body, &["value"])
        .filter(|it| is(it, &["operationName", "value"], "applicationgateways/write"))
        .filter(|it| {
            is(it, &["status", "value"], "failed") || is(it, &["status", "value"], "succeeded")
        });
    let last = writes.max_by_key(|it| text(it, &["eventTimestamp"]).unwrap_or_default().to_owned());
    let failed = last.filter(|it| is(it, &["status", "value"], "failed"));
    Ok(failed.map(|it| {
        let message = text(it, &["properties", "statusMessage"]).unwrap_or_default();
        one_line(message)
    }))
}

fn touch(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let gateway = case.gateway()?;
    let running = gateway
        .operational()
        .is_some_and(|it| it.eq_ignore_ascii_case("Running"));
    if finding.id != "gateway-failed" || !running {
        return Ok(vec![]);
    }
    let id = case.view.id();
    let title = format!("Write gateway {} again, just as it stands", id.name());
    let held = |why: String| {
        let draft = Draft::new(title.clone(), vec![], Verify::State);
        Ok(vec![draft.withheld(Reason::EvidenceTooWeak, why)])
    };
    let Some(why) = last_failure(case)? else {
        return held(
            "the activity log does not say why the last write failed, and writing again mends no configuration that Azure refuses".into(),
        );
    };
    let Some(code) = PASSING.iter().find(|code| why.contains(*code)) else {
        return held(format!(
            "the last write failed for a reason that writing again does not mend: {}",
            if why.is_empty() { "none given" } else { &why }
        ));
    };
    let change = Change {
        on: id.clone(),
        act: Act::Touch,
    };
    let mut draft = Draft::new(title.clone(), vec![change], Verify::State)
        .risk(Risk::Medium)
        .check(format!(
            "the last write failed with {code}, which passes by itself"
        ))
        .effect("instances forget the names they resolved and resolve them again")
        .effect("it is sent once: whether Azure took it cannot be told by looking")
        .az(format!("az network application-gateway update --ids {id}"));
    draft.stands_alone = true;
    Ok(vec![draft])
}

fn revert(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id != "gateway-failed" {
        return Ok(vec![]);
    }
    let why = last_failure(case)?.unwrap_or_default();
    if PASSING.iter().any(|code| why.contains(code)) {
        return Ok(vec![]);
    }
    let mut steps = vec![
        "find the write that failed in the activity log, and who made it".to_owned(),
        "have the one who made it, or the tool that keeps the gateway, write the configuration of before".to_owned(),
    ];
    if !why.is_empty() {
        steps.insert(0, format!("Azure said: {why}"));
    }
    Ok(vec![Draft::advice(
        "Take back the change that failed",
        steps,
    )])
}
