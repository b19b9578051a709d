//! What happened around the onset: who changed the gateway, and what the platform says of itself.
use super::is_amiss;
use crate::{
    facts::{
        Blocked, Query, Span,
        json::{at, list, one_line, text},
    },
    id::{ArmId, Subject},
    report::{Confidence, Finding},
    step::{Next, Seen, Sighting},
    view::View,
    walk::Walk,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long before the window a change still counts.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);
/// Changes shown.
const SHOWN: usize = 3;

/// One change as the activity log has it.
struct Change {
    at: Timestamp,
    what: String,
    who: String,
    how: String,
}

impl Change {
    fn read(event: &Value) -> Option<Self> {
        let what = text(event, &["operationName", "value"])?;
        let is_write = ["/write", "/delete", "/start/action", "/stop/action"]
            .iter()
            .any(|end| what.to_ascii_lowercase().ends_with(end));
        is_write.then_some(())?;
        Some(Self {
            at: text(event, &["eventTimestamp"])?.parse().ok()?,
            what: one_line(what.rsplit_once('.').map_or(what, |(_, tail)| tail)),
            who: one_line(text(event, &["caller"]).unwrap_or("unknown caller")),
            how: one_line(text(event, &["status", "value"]).unwrap_or("unknown")),
        })
    }
}

/// Never a cause by itself: what came just before is where to look.
pub(super) fn changes(view: &View<'_>, walk: &Walk) -> Seen {
    if !is_amiss(view, walk)? {
        return Ok(vec![]);
    }
    let window = view.facts.span();
    let span = Span {
        from: window.from.saturating_sub(BEFORE).unwrap_or(window.from),
        to: window.to,
    };
    let of = view.id().clone();
    let body = view.facts.ask(Query::ActivityLog { of, span })?;
    if at(body, &["value"]).and_then(Value::as_array).is_none() {
        return Err(Blocked::Unclear("the activity log answers no list".into()));
    }
    let mut all: Vec<Change> = list(body, &["value"]).filter_map(Change::read).collect();
    // Each operation is several events: begun, accepted, ended. The last one tells how it went.
    all.retain(|change| {
        !["started", "accepted", "start"].contains(&change.how.to_ascii_lowercase().as_str())
    });
    all.sort_by_key(|change| std::cmp::Reverse(change.at));
    if all.is_empty() {
        return Ok(vec![]);
    }
    let because = all.iter().take(SHOWN).map(|change| {
        let Change { at, what, who, how } = change;
        format!("{at}: {what} by {who}: {how} (ControlPlane)")
    });
    let gone_wrong = |change: &&Change| change.how.eq_ignore_ascii_case("Failed");
    let (name, when) = (
        view.id().name(),
        "in or shortly before the time in question",
    );
    let done: Vec<&Change> = all.iter().filter(|it| !gone_wrong(it)).collect();
    let (says, evidence) = match (done.first(), all.first()) {
        (Some(last), _) => {
            let times = times(done.len());
            (
                format!(
                    "Gateway {name} was changed {times} {when}, last by {}",
                    last.who
                ),
                format!("changed {times}"),
            )
        }
        (None, last) => {
            let who = last.map_or("", |it| it.who.as_str());
            let times = times(all.len());
            (
                format!(
                    "Gateway {name} was to be changed {times} {when}, last by {who}, and every write failed"
                ),
                format!("{times} a write failed"),
            )
        }
    };
    let finding = finding(view, "x.changes", says, because.collect());
    Ok(vec![
        Sighting::new(&Subject::Gateway, evidence)
            .to(Next::Stop)
            .finding(finding),
    ])
}

fn times(n: usize) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// Resource Health of the gateway, where something is amiss.
pub(super) fn platform(view: &View<'_>, walk: &Walk) -> Seen {
    if !is_amiss(view, walk)? {
        return Ok(vec![]);
    }
    let path = format!(
        "{}/providers/Microsoft.ResourceHealth/availabilityStatuses/current",
        view.id()
    );
    let body = view.facts.document(&ArmId::new(&path))?;
    let word = |member: &str| text(body, &["properties", member]).map(one_line);
    let Some(state) = word("availabilityState") else {
        return Err(Blocked::Unclear("Resource Health names no state".into()));
    };
    if ["available", "unknown"].contains(&state.to_ascii_lowercase().as_str()) {
        return Ok(vec![]);
    }
    let context = word("context").unwrap_or_default();
    let says = format!(
        "The platform reports gateway {} as {state}{}",
        view.id().name(),
        word("title").map_or(String::new(), |title| format!(": {title}"))
    );
    let mut because = vec![format!(
        "availabilityState {state}, {} {context} (ControlPlane)",
        word("reasonType").unwrap_or_default()
    )];
    because.extend(word("summary").map(|summary| format!("{summary} (ControlPlane)")));
    let finding = finding(view, "x.platform", says, because);
    Ok(vec![
        Sighting::new(&Subject::Gateway, format!("availabilityState {state}"))
            .to(Next::Stop)
            .finding(finding),
    ])
}

fn finding(view: &View<'_>, id: &'static str, says: String, because: Vec<String>) -> Finding {
    Finding {
        id,
        row: None,
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: Subject::Gateway.to_string(),
        says,
        because,
        against: vec![],
        correction: "The article looks neither at the activity log nor at Resource Health".into(),
        target: view.id().to_string(),
    }
}
