//! Back-end health as the gateway reports it, read leniently: both value families, ids in any case,
//! lists that are missing or null.
use super::{
    json::{at, list, one_line, text},
    probe_log::{LogClass, accepted, classify},
};
use crate::id::{ArmId, Subject};
use serde_json::Value;
use std::collections::BTreeMap;

/// The word for one server, with the two families of words folded (azure-facts §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// `Healthy` or `Up`.
    Healthy,
    /// `Unhealthy` or `Down`.
    Unhealthy,
    /// `Partial`: some instances of the gateway reach it, some do not.
    Partial,
    /// Being taken out with connection draining: neither for nor against.
    Draining,
    /// `Unknown`, no word at all, or a health that could not be collected.
    Unknown,
    /// A word nobody here knows: decides nothing.
    Odd,
}

/// Texts that were classified already: the largest gateways repeat a few of them 120,000 times.
type Known = BTreeMap<(String, String), (LogClass, Option<String>)>;

/// One server as the gateway sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address or name, as configured.
    pub address: String,
    /// The folded word.
    pub health: Health,
    /// The word as it was sent.
    pub word: String,
    /// What the last probe met.
    pub class: LogClass,
    /// The status codes that the probe accepts, where the log names them.
    pub accepted: Option<String>,
    /// The NIC's ip configuration, for members that are NICs.
    pub ip_configuration: Option<ArmId>,
}

impl Server {
    /// Takes part of the traffic.
    pub fn is_live(&self) -> bool {
        matches!(self.health, Health::Healthy | Health::Partial)
    }
    /// Fails its probe, as seen by all instances of the gateway or by some.
    pub fn is_down(&self) -> bool {
        matches!(self.health, Health::Unhealthy | Health::Partial)
    }
    /// What is to be said of a word nobody here knows.
    pub fn odd(&self) -> Option<String> {
        let Self { address, word, .. } = self;
        (self.health == Health::Odd)
            .then(|| format!("{address}: health {word:?} is a word nobody here knows"))
    }
    /// Healthy by its word, failing by its log: the word lags behind (azure-facts §2.A).
    pub fn contradicts_itself(&self) -> bool {
        let says_nothing = matches!(
            self.class,
            LogClass::Success | LogClass::Silent | LogClass::Other | LogClass::UnknownError
        );
        self.health == Health::Healthy && !says_nothing
    }

    fn read(server: &Value, known: &mut Known) -> Self {
        let word = text(server, &["health"]).unwrap_or_default();
        let log = text(server, &["healthProbeLog"]).unwrap_or_default();
        let name = text(server, &["healthProbeErrorName"]).unwrap_or_default();
        let read = known.entry((log.to_owned(), name.to_owned()));
        let read = read.or_insert_with(|| (classify(log, name), accepted(log)));
        let (class, accepted) = read.clone();
        let health = match word.to_ascii_lowercase().as_str() {
            // Recorded with the word Unhealthy: the text decides, since no probe result came back at all.
            _ if class == LogClass::NotRetrieved => Health::Unknown,
            "healthy" | "up" => Health::Healthy,
            "unhealthy" | "down" => Health::Unhealthy,
            "partial" => Health::Partial,
            "draining" => Health::Draining,
            "unknown" | "" => Health::Unknown,
            _ => Health::Odd,
        };
        Self {
            address: one_line(text(server, &["address"]).unwrap_or("(no address)")),
            health,
            word: one_line(word),
            class,
            accepted,
            ip_configuration: text(server, &["ipConfiguration", "id"]).map(ArmId::new),
        }
    }
}

/// The servers of one pool as reached by one of its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairHealth {
    /// Name of the pool.
    pub pool: String,
    /// Name of the settings.
    pub setting: String,
    /// Its servers; none for a pool without members.
    pub servers: Vec<Server>,
}

impl PairHealth {
    /// As a subject of the walk.
    pub fn subject(&self) -> Subject {
        Subject::Pair {
            pool: self.pool.clone(),
            setting: self.setting.clone(),
        }
    }
    /// Those that count: one that is being drained is neither for nor against.
    pub fn counted(&self) -> impl Iterator<Item = &Server> {
        let all = self.servers.iter();
        all.filter(|server| server.health != Health::Draining)
    }
    /// Has members that count, and every one of them is known to be down: each request sent here fails.
    /// A member whose health is Unknown may serve all the same.
    pub fn is_dead(&self) -> bool {
        let mut counted = self.counted().peekable();
        counted.peek().is_some() && counted.all(|server| server.health == Health::Unhealthy)
    }
    /// How the pool does, in words.
    pub fn state(&self) -> String {
        let all = self.counted().count();
        match (self.is_dead(), all) {
            (true, 1) => format!("the only server of pool {} is down", self.pool),
            (true, _) => format!("all {all} servers of pool {} are down", self.pool),
            (false, _) => {
                let down = self.counted().filter(|server| server.is_down()).count();
                format!("{down} of {all} servers of pool {} are down", self.pool)
            }
        }
    }
    /// What speaks against an outage of the whole pool; empty where there is one.
    pub fn serves_all_the_same(&self) -> Vec<String> {
        if self.is_dead() {
            vec![]
        } else if self.counted().any(Server::is_live) {
            vec!["the pool has a live member and still serves (Gateway)".into()]
        } else {
            let unsure = self.counted().filter(|server| !server.is_down());
            let addresses: Vec<&str> = unsure.map(|server| server.address.as_str()).collect();
            vec![format!(
                "how {} does is not known, and the pool may still serve (Gateway)",
                few(&addresses)
            )]
        }
    }
    /// The servers that fail their probe.
    pub fn down(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.is_down())
    }
    /// `3 of 3 Unhealthy (10.2.0.4, 10.2.0.5, +1)`.
    pub fn words(&self) -> String {
        let down: Vec<&str> = self.down().map(|s| s.address.as_str()).collect();
        let (count, all) = (down.len(), self.servers.len());
        format!("{count} of {all} Unhealthy ({})", few(&down))
    }
}

/// The first three, and how many more there are.
pub(crate) fn few(all: &[&str]) -> String {
    let shown = all.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown}, +{more}"),
    }
}

/// A name that Azure gives to App Service sites, in any of its clouds.
pub(crate) fn is_app_service_host(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    [
        ".azurewebsites.net",
        ".azurewebsites.us",
        ".chinacloudsites.cn",
    ]
    .iter()
    .any(|zone| host.ends_with(zone))
}

/// Every pair of a health document, in its order; `None` if it is no health document.
pub fn read(body: &Value) -> Option<Vec<PairHealth>> {
    at(body, &["backendAddressPools"])?.as_array()?;
    let (mut all, mut known) = (Vec::new(), Known::new());
    for pool in list(body, &["backendAddressPools"]) {
        let name = name_of(pool, "backendAddressPool");
        for settings in list(pool, &["backendHttpSettingsCollection"]) {
            all.push(PairHealth {
                pool: name.clone(),
                setting: name_of(settings, "backendHttpSettings"),
                servers: list(settings, &["servers"])
                    .map(|server| Server::read(server, &mut known))
                    .collect(),
            });
        }
    }
    Some(all)
}

fn name_of(value: &Value, member: &str) -> String {
    let id = text(value, &[member, "id"]).map(ArmId::new);
    id.map_or("(unnamed)".to_owned(), |id| id.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_families_odd_case_and_missing_lists() {
        let body = json!({"backendAddressPools": [
            {"backendAddressPool": {"id": "/x/backendaddressPools/api"}, "backendHttpSettingsCollection": [
                {"backendHttpSettings": {"id": "/x/backendHttpSettingsCollection/s"}, "servers": [
                    {"address": "10.0.0.1", "health": "up"}, {"address": "10.0.0.2", "health": "DOWN", "healthProbeLog": null},
                    {"health": "Sideways", "ipConfiguration": null}]}]},
            {"backendAddressPool": {"id": "/x/backendAddressPools/empty"}, "backendHttpSettingsCollection": [{"servers": null}]},
            {"backendHttpSettingsCollection": null}]});
        let pairs = read(&body).unwrap();
        assert_eq!(pairs.len(), 2);
        assert_eq!(
            (pairs[0].pool.as_str(), pairs[0].setting.as_str()),
            ("api", "s")
        );
        let words: Vec<Health> = pairs[0].servers.iter().map(|s| s.health).collect();
        assert_eq!(words, [Health::Healthy, Health::Unhealthy, Health::Odd]);
        assert!(!pairs[0].is_dead() && !pairs[1].is_dead());
        assert_eq!(pairs[0].words(), "1 of 3 Unhealthy (10.0.0.2)");
        assert_eq!(read(&json!({"value": []})), None);
    }

    #[test]
    fn a_health_that_was_not_retrieved_is_unknown_whatever_the_word() {
        let server = Server::read(
            &json!({"address": "a", "health": "Unhealthy",
            "healthProbeLog": "The backend health status could not be retrieved. https://aka.ms/UnknownBackendHealth"}),
            &mut Known::new(),
        );
        assert_eq!(server.health, Health::Unknown);
    }
}
