//! Events: what a person who watches `kubectl describe` should notice. One reason a finding, because
//! the recorder folds what has the same reason and keeps the first text.
use crate::{
    conditions::{AZURE_REACHABLE, BACKENDS_HEALTHY, READY, find},
    error::chain,
    status::in_time,
};
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisStatus, Confidence, Finding, Verdict};
use kube::{
    Client, Resource as _,
    runtime::events::{Event, EventType, Recorder, Reporter},
};
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// Bytes of a note; the API allows no more.
const NOTE: usize = 1024;
/// Who reports, as `kubectl describe` shows it.
const REPORTER: &str = "appgw-diagnosis";

/// Something to notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// CamelCase, from a closed list.
    pub reason: String,
    /// Whether somebody should act.
    pub warning: bool,
    /// One line of at most 1 KiB.
    pub text: String,
}

impl Note {
    fn new(reason: &str, warning: bool, text: &str) -> Self {
        let mut text = text.to_owned();
        if text.len() > NOTE {
            let room = NOTE - '…'.len_utf8();
            let end = (0..=room).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or_default());
            text.push('…');
        }
        Self {
            reason: reason.to_owned(),
            warning,
            text,
        }
    }
}

/// What `next` has to tell that `before` had not.
pub fn news(before: &AppGatewayDiagnosisStatus, next: &AppGatewayDiagnosisStatus) -> Vec<Note> {
    let known = found(&before.findings);
    let mut notes: Vec<Note> = found(&next.findings)
        .into_iter()
        .filter(|(id, note)| known.get(id) != Some(note))
        .map(|(_, note)| note)
        .collect();
    if let Some(why) = turned(before, next, AZURE_REACHABLE, "AuthFailed") {
        notes.push(Note::new("CredentialFailed", true, why));
    }
    if let Some(why) = turned(before, next, READY, "Paused") {
        notes.push(Note::new("Paused", false, why));
    }
    if recovered(before, next) {
        notes.push(Note::new("Recovered", false, &next.conclusion));
    }
    notes
}

/// A note an id; one finding may be there for several subjects.
fn found(findings: &[Finding]) -> BTreeMap<&str, Note> {
    let mut by_id: BTreeMap<&str, (bool, Vec<String>)> = BTreeMap::new();
    for finding in findings {
        let letter = finding.letter.map(|letter| format!("{letter}: "));
        let row = match finding.row.as_str() {
            "" => String::new(),
            row => format!(" (row {row})"),
        };
        let text = format!("{}{}{row}", letter.unwrap_or_default(), finding.says);
        let (warning, texts) = by_id.entry(&finding.id).or_default();
        *warning |= finding.confidence != Confidence::Inconclusive;
        texts.push(text);
    }
    by_id
        .into_iter()
        .map(|(id, (warning, texts))| (id, Note::new(&reason(id), warning, &texts.join("; "))))
        .collect()
}

/// `x.nsg-deny-probe` becomes `NsgDenyProbe`.
fn reason(id: &str) -> String {
    id.strip_prefix("x.")
        .unwrap_or(id)
        .split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// The message of the condition, if it has this reason now and had not before.
fn turned<'a>(
    before: &AppGatewayDiagnosisStatus,
    next: &'a AppGatewayDiagnosisStatus,
    kind: &str,
    reason: &str,
) -> Option<&'a str> {
    let had = find(&before.conditions, kind).is_some_and(|it| it.reason == reason);
    let has = find(&next.conditions, kind).filter(|it| it.reason == reason)?;
    (!had).then_some(&has.message)
}

/// There was a cause, and now the back ends are known to be well and nothing is found. A visit that
/// could not look says nothing of the kind.
fn recovered(before: &AppGatewayDiagnosisStatus, next: &AppGatewayDiagnosisStatus) -> bool {
    before.verdict == Some(Verdict::RootCauseFound)
        && next.verdict != Some(Verdict::RootCauseFound)
        && next.findings.is_empty()
        && find(&next.conditions, BACKENDS_HEALTHY).is_some_and(|it| it.status == "True")
}

/// Where events go. Shared by all visits: its memory is what folds repeated ones.
#[derive(Clone)]
pub struct Events(Recorder);

impl Events {
    /// Events by this process, whose name is that of the Pod.
    pub fn new(client: Client, instance: Option<String>) -> Self {
        let reporter = Reporter {
            controller: REPORTER.into(),
            instance,
        };
        Self(Recorder::new(client, reporter))
    }

    /// Posts them one after another. One that cannot be posted is logged, and that is all.
    pub async fn post(&self, about: &AppGatewayDiagnosis, notes: Vec<Note>) {
        let regarding = about.object_ref(&());
        for note in notes {
            let event = Event {
                type_: if note.warning {
                    EventType::Warning
                } else {
                    EventType::Normal
                },
                action: action(&note.text),
                reason: note.reason,
                note: Some(note.text),
                secondary: None,
            };
            if let Err(error) = in_time(self.0.publish(&event, &regarding)).await {
                tracing::warn!(
                    reason = event.reason,
                    error = chain(&error),
                    "event not posted"
                );
            }
        }
    }
}

/// The recorder folds by action and reason, not by text: a digest of the text in the action makes a
/// finding that changed an event of its own.
fn action(text: &str) -> String {
    let mut digest = DefaultHasher::new();
    text.hash(&mut digest);
    format!("Diagnose-{:08x}", digest.finish() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use appgw_crds::Letter;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

    fn finding(id: &str, says: &str) -> Finding {
        Finding {
            id: id.into(),
            row: "2c-1.1".into(),
            letter: Some(Letter::A),
            confidence: Confidence::Confirmed,
            subject: String::new(),
            says: says.into(),
            because: vec![],
            against: vec![],
            correction: String::new(),
            target: String::new(),
            more: String::new(),
        }
    }
    fn status(verdict: Verdict, findings: &[Finding]) -> AppGatewayDiagnosisStatus {
        AppGatewayDiagnosisStatus {
            verdict: Some(verdict),
            findings: findings.to_vec(),
            ..AppGatewayDiagnosisStatus::default()
        }
    }
    fn condition(kind: &str, status: &str, reason: &str) -> Condition {
        Condition {
            type_: kind.into(),
            status: status.into(),
            reason: reason.into(),
            message: "why".into(),
            last_transition_time: Time(jiff::Timestamp::UNIX_EPOCH),
            observed_generation: None,
        }
    }
    fn reasons(notes: &[Note]) -> Vec<&str> {
        notes.iter().map(|note| note.reason.as_str()).collect()
    }

    #[test]
    fn a_finding_is_told_when_it_appears_and_when_it_changes() {
        let nothing = AppGatewayDiagnosisStatus::default();
        let one = status(
            Verdict::RootCauseFound,
            &[finding("nsg-deny-probe", "deny")],
        );
        let notes = news(&nothing, &one);
        assert_eq!(
            notes,
            [Note::new("NsgDenyProbe", true, "A: deny (row 2c-1.1)")]
        );
        assert_eq!(news(&one, &one), []);
        let other = status(
            Verdict::RootCauseFound,
            &[finding("nsg-deny-probe", "other")],
        );
        assert_eq!(reasons(&news(&one, &other)), ["NsgDenyProbe"]);
        assert_ne!(
            action("A: deny"),
            action("A: other"),
            "or the recorder would fold them"
        );
        assert_eq!(reasons(&news(&one, &nothing)), [""; 0]);
    }

    #[test]
    fn all_subjects_of_a_finding_are_one_note() {
        let many: Vec<Finding> = (0..200)
            .map(|n| finding("x.probe-flaps", &format!("server {n} ü")))
            .collect();
        let notes = news(
            &AppGatewayDiagnosisStatus::default(),
            &status(Verdict::RootCauseFound, &many),
        );
        assert_eq!(reasons(&notes), ["ProbeFlaps"]);
        assert!(
            notes[0]
                .text
                .starts_with("A: server 0 ü (row 2c-1.1); A: server 1 ü")
        );
        assert!(notes[0].text.len() <= NOTE && notes[0].text.ends_with('…'));
    }

    #[test]
    fn credential_pause_and_recovery_are_told_once() {
        let mut before = status(Verdict::RootCauseFound, &[finding("a", "b")]);
        let mut next = status(Verdict::CannotDiagnose, &[]);
        next.conditions = vec![
            condition(AZURE_REACHABLE, "False", "AuthFailed"),
            condition(READY, "False", "Paused"),
        ];
        assert_eq!(
            reasons(&news(&before, &next)),
            ["CredentialFailed", "Paused"]
        );
        assert_eq!(news(&next, &next), []);

        let mut well = status(Verdict::Inconclusive, &[]);
        well.conditions = vec![condition(BACKENDS_HEALTHY, "True", "AllHealthy")];
        assert_eq!(reasons(&news(&before, &well)), ["Recovered"]);
        before.verdict = Some(Verdict::Inconclusive);
        assert_eq!(reasons(&news(&before, &well)), [""; 0]);
    }
}
