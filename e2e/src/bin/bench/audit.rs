//! What the API server itself wrote down of the operator's requests: its audit log.
use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Who the operator is at the API server of a benchmark, so that its requests are told from all others.
pub(crate) const OPERATOR: &str = "bench-operator";

/// The audit log of an API server.
pub(crate) struct Audit {
    policy: PathBuf,
    log: PathBuf,
}

/// One request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) verb: String,
    /// With the subresource: `appgatewaydiagnoses/status`.
    pub(crate) resource: String,
    pub(crate) namespace: String,
    /// When the API server received it.
    pub(crate) at: Timestamp,
}

impl Request {
    /// Whether it could change anything in the cluster.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    stage: String,
    verb: String,
    object_ref: Option<ObjectRef>,
    request_received_timestamp: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
}

impl Audit {
    /// Will be in `folder`.
    ///
    /// # Errors
    /// If the policy cannot be written there.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let audit = Self {
            policy: folder.join("audit-policy.yaml"),
            log: folder.join("audit.log"),
        };
        let policy = format!(
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n\
            - level: Metadata\n  users: [{OPERATOR}]\n- level: None\n"
        );
        std::fs::write(&audit.policy, policy).context("the audit policy")?;
        Ok(audit)
    }

    /// What kube-apiserver has to be told.
    pub(crate) fn flags(&self) -> Vec<String> {
        vec![
            format!("--audit-policy-file={}", self.policy.display()),
            format!("--audit-log-path={}", self.log.display()),
        ]
    }

    /// What the operator has asked in a namespace so far, in the order the answers ended; watches that go on are
    /// left out. The log is written before the answer is sent.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub(crate) fn requests(&self, namespace: &str) -> Result<Vec<Request>> {
        let text = std::fs::read_to_string(&self.log).context("the audit log")?;
        Ok(requests(&text)
            .filter(|request| request.namespace == namespace)
            .collect())
    }
}

fn requests(text: &str) -> impl Iterator<Item = Request> {
    // The last line may be half written.
    let events = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Event>(line).ok());
    let ended = events.filter(|event| event.stage == "ResponseComplete");
    ended.map(|event| {
        let about = event.object_ref.unwrap_or_default();
        let resource = match about.subresource.as_str() {
            "" => about.resource,
            sub => format!("{}/{sub}", about.resource),
        };
        Request {
            verb: event.verb,
            resource,
            namespace: about.namespace,
            at: event.request_received_timestamp,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_half_a_line_is_left_out() {
        let line = r#"{"kind":"Event","stage":"ResponseComplete","verb":"patch","user":{"username":"bench-operator"},"objectRef":{"resource":"appgatewaydiagnoses","namespace":"n","name":"x","subresource":"status"},"requestReceivedTimestamp":"2026-11-22T10:00:00.000001Z"}"#;
        let text = format!("{line}\n{}", &line[..60]);
        let all: Vec<Request> = requests(&text).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].resource, "appgatewaydiagnoses/status");
        assert!(all[0].is_write());
    }
}
