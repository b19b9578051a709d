//! Which api-version each kind of resource is asked with.
use super::errors::{Refusal, is_version};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// What the network provider is asked with: `az` 2.91 asks for gateways with it, so it is known to
/// be served, and it has every member that the article and our checks look at (`sniName`,
/// `validateCertChainAndExpiry`, `entraJWTValidationConfigs`).
const NETWORK: &str = "2025-07-01";

/// By provider and type in lower case; the longest prefix counts.
const TABLE: [(&str, &str); 12] = [
    ("", "2022-12-01"),
    ("microsoft.authorization/locks", "2020-05-01"),
    ("microsoft.compute", "2024-07-01"),
    // Read through the network provider's own old version: Compute forwards it.
    (
        "microsoft.compute/virtualmachinescalesets/virtualmachines/networkinterfaces",
        "2018-10-01",
    ),
    (
        "microsoft.insights/diagnosticsettings",
        "2021-05-01-preview",
    ),
    ("microsoft.insights/eventtypes", "2015-04-01"),
    ("microsoft.insights/metrics", "2023-10-01"),
    ("microsoft.network", NETWORK),
    ("microsoft.operationalinsights/workspaces", "2023-09-01"),
    ("microsoft.resourcehealth", "2022-10-01"),
    ("microsoft.servicenetworking", "2025-01-01"),
    ("microsoft.web", "2023-12-01"),
];

/// The version for a kind of resource, as [`appgw_runbook::id::ArmId::kind`] names it.
pub(crate) fn of(kind: &str) -> &'static str {
    let fits = |known: &str| {
        kind.strip_prefix(known)
            .is_some_and(|rest| known.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    TABLE
        .iter()
        .filter(|(known, _)| fits(known))
        .max_by_key(|(known, _)| known.len())
        .map_or(NETWORK, |(_, version)| version)
}

/// The table, and what a cloud that lags behind turned out not to know.
#[derive(Debug, Default)]
pub(crate) struct Versions(Mutex<HashMap<String, String>>);

impl Versions {
    /// The version to ask with.
    pub(crate) fn choose(&self, kind: &str) -> String {
        let learnt = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        learnt
            .get(kind)
            .cloned()
            .unwrap_or_else(|| of(kind).to_owned())
    }

    /// After a refusal of `asked`: the newest of those listed that is older, remembered for this
    /// kind. `None` where there is none, or the refusal was about something else.
    pub(crate) fn fall_back(&self, kind: &str, asked: &str, refusal: &Refusal) -> Option<String> {
        if !refusal.is_about_the_version() {
            return None;
        }
        let listed = refusal.supported_versions();
        let stable = listed.iter().filter(|version| version.len() == 10);
        let older = stable.filter(|version| **version < asked).max();
        let version = older.copied().filter(|version| is_version(version))?;
        let mut learnt = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        learnt.insert(kind.to_owned(), version.to_owned());
        Some(version.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_longest_prefix_counts_and_a_word_is_not_cut() {
        assert_eq!(of("microsoft.network/applicationgateways"), NETWORK);
        assert_eq!(of("microsoft.networkfunction/x"), of(""));
        assert_eq!(
            of("microsoft.compute/virtualmachinescalesets/virtualmachines/networkinterfaces"),
            "2018-10-01"
        );
        assert_eq!(of("microsoft.compute/virtualmachines"), "2024-07-01");
        assert_eq!(of("microsoft.web/sites/config"), "2023-12-01");
        assert!(TABLE.iter().all(|(_, version)| is_version(version)));
    }

    #[test]
    fn a_cloud_that_lags_behind_is_asked_with_the_newest_it_lists() {
        let versions = Versions::default();
        let refusal = |listed: &str| {
            let message = format!("No provider. The supported api-versions are '{listed}'.");
            let body = json!({"error": {"code": "NoRegisteredProviderFound", "message": message}});
            Refusal::of(&body).unwrap()
        };
        let kind = "microsoft.network/applicationgateways";
        let listed =
            refusal("2015-05-01-preview, 2026-01-01, 2023-11-01, 2024-03-01, 2024-05-01-preview");
        let chosen = versions.fall_back(kind, NETWORK, &listed);
        assert_eq!(chosen.as_deref(), Some("2024-03-01"));
        assert_eq!(versions.choose(kind), "2024-03-01", "and remembered");
        assert_eq!(versions.choose("microsoft.web/sites"), "2023-12-01");
        assert_eq!(
            versions.fall_back(kind, NETWORK, &refusal("nonsense")),
            None
        );
        let other =
            Refusal::of(&json!({"code": "X", "message": "supported '2020-01-01'"})).unwrap();
        assert_eq!(versions.fall_back(kind, NETWORK, &other), None);
    }
}
