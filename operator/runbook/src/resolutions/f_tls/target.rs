//! The pair that a finding of TLS is about.
use crate::{
    draft::{Case, Draft, Risk, part},
    facts::{
        Blocked,
        gateway::Gateway,
        json::{list, number, text},
    },
    id::{ArmId, Subject},
    plan::{Change, Edit, Pointer},
    report::Finding,
    resolutions::rehearsal::Candidate,
};
use serde_json::Value;

pub(super) struct Target<'c> {
    pub(super) pool: String,
    pub(super) setting: String,
    pub(super) document: &'c Value,
    pub(super) gateway: Gateway<'c>,
}

pub(super) fn target<'c>(
    case: &'c Case<'_, '_>,
    finding: &Finding,
) -> Result<Option<Target<'c>>, Blocked> {
    let Some(Subject::Pair { pool, setting }) = case.pair_of(finding) else {
        return Ok(None);
    };
    let gateway = case.gateway()?;
    let found = gateway.named("backendHttpSettingsCollection", &setting);
    Ok(found.map(|document| Target {
        pool,
        setting,
        document,
        gateway,
    }))
}

impl Target<'_> {
    pub(super) fn of(&self, member: &str) -> Pointer {
        part("backendHttpSettingsCollection", &self.setting)
            .field("properties")
            .field(member)
    }
    /// A draft that changes these, verified by health, with whom it concerns.
    pub(super) fn draft(&self, case: &Case<'_, '_>, title: String, edits: Vec<Edit>) -> Draft {
        let pairs = case.pairs_by_setting(&self.setting);
        let verify = case.by_health(pairs.clone(), &self.setting);
        let changes = if edits.is_empty() {
            vec![]
        } else {
            vec![Change::edit(case.view.id(), edits)]
        };
        let draft = Draft::new(title, changes, verify).risk(Risk::Medium);
        if draft.changes.is_empty() {
            return draft;
        }
        draft.effect(format!(
            "concerns every pair of these settings: {}",
            pairs.join(", ")
        ))
    }
    pub(super) fn candidate(&self, protocol: &str, host: Option<String>) -> Candidate {
        let probe = self.gateway.probe_of(&self.setting);
        let own = |member: &str| probe.and_then(|it| text(it, &["properties", member]));
        let codes = probe
            .into_iter()
            .flat_map(|it| list(it, &["properties", "match", "statusCodes"]))
            .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
        Candidate {
            pool: self.pool.clone(),
            setting: self.setting.clone(),
            protocol: protocol.to_owned(),
            path: own("path").unwrap_or("/").to_owned(),
            host: host.or_else(|| own("host").map(str::to_owned)),
            codes: codes.collect(),
            timeout: probe
                .and_then(|it| number(it, &["properties", "timeout"]))
                .unwrap_or(30),
        }
    }
}

pub(super) fn group(id: &ArmId) -> &str {
    id.segment("resourceGroups").unwrap_or_default()
}
