//! The pair of pool and settings that a finding is about, the probe that watches it, and how both are written.
mod words;

pub(super) use words::{all_switches, command, is_name, listed, switches};

use crate::{
    draft::{Case, part, reference},
    facts::{
        Blocked,
        gateway::Gateway,
        health::{PairHealth, Server},
        json::{at, flag, list, number, text},
        probe::{NO_HOST, Probe, is_address},
        probe_log::LogClass,
    },
    id::{ArmId, Subject},
    plan::{Edit, Need, Pointer},
    report::Finding,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const SETTINGS: &str = "backendHttpSettingsCollection";
const PICKS: &str = "pickHostNameFromBackendHttpSettings";

/// Members of a probe that Azure writes: its state, and who refers to it.
const OF_THE_SERVICE: [&str; 3] = [
    "provisioningState",
    "backendHttpSettings",
    "backendSettings",
];

/// A pair with its settings and its probe.
pub(super) struct Target<'c> {
    pub(super) gateway: Gateway<'c>,
    pub(super) pool: String,
    /// Name of the settings, as the document has it.
    pub(super) setting: &'c str,
    pub(super) document: &'c Value,
    /// The custom probe; none where the default one asks.
    pub(super) probe: Option<&'c Value>,
    pub(super) effective: Probe<'c>,
    pub(super) health: Option<&'c PairHealth>,
}

/// The pair that a finding names; none where it is about something else, or where the document has no such
/// settings, or settings whose probe is not there.
pub(super) fn target<'c>(
    case: &Case<'c, '_>,
    finding: &Finding,
) -> Result<Option<Target<'c>>, Blocked> {
    case.pair_of(finding)
        .map_or(Ok(None), |pair| of(case, &pair))
}

/// The same of a pair.
pub(super) fn of<'c>(case: &Case<'c, '_>, pair: &Subject) -> Result<Option<Target<'c>>, Blocked> {
    let Subject::Pair { pool, setting } = pair else {
        return Ok(None);
    };
    let (view, gateway): (_, Gateway<'c>) = (case.view, case.view.gateway()?);
    let document = gateway.named(SETTINGS, setting);
    let Some((document, effective)) = document.zip(gateway.effective_probe(setting).ok()) else {
        return Ok(None);
    };
    Ok(text(document, &["name"]).map(|setting| Target {
        gateway,
        pool: pool.clone(),
        setting,
        document,
        probe: gateway.probe_of(setting),
        effective,
        health: view.pair(pair).ok().flatten(),
    }))
}

impl<'c> Target<'c> {
    /// As a subject, in words.
    pub(super) fn words(&self) -> String {
        format!("{}/{}", self.pool, self.setting)
    }
    /// The servers that fail their probe.
    pub(super) fn down(&self) -> impl Iterator<Item = &'c Server> {
        self.health.into_iter().flat_map(PairHealth::down)
    }
    /// Status codes that the probe was answered with and did not take.
    pub(super) fn codes(&self) -> BTreeSet<u16> {
        let received = |server: &Server| match server.class {
            LogClass::Status { received } => received,
            _ => None,
        };
        self.down().filter_map(received).collect()
    }
    /// A text of the settings.
    pub(super) fn word(&self, member: &str) -> Option<&'c str> {
        text(self.document, &["properties", member])
    }
    /// The settings' protocol.
    pub(super) fn speaks(&self) -> &'c str {
        self.word("protocol").unwrap_or("Http")
    }
    /// The settings take the host from the member.
    pub(super) fn picks(&self) -> bool {
        flag(
            self.document,
            &["properties", "pickHostNameFromBackendAddress"],
        ) == Some(true)
    }
    /// The settings name a host, so that a probe can take it from them.
    pub(super) fn names_host(&self) -> bool {
        self.word("hostName").is_some() || self.picks()
    }
    /// The custom probe's name.
    pub(super) fn probe_name(&self) -> Option<&'c str> {
        text(self.probe?, &["name"])
    }
    /// The custom probe takes its host from the settings.
    pub(super) fn probe_picks(&self) -> bool {
        self.probe.and_then(|it| flag(it, &["properties", PICKS])) == Some(true)
    }
    /// A number of the probe in force.
    pub(super) fn probe_number(&self, member: &str, otherwise: i64) -> i64 {
        let own = self
            .probe
            .and_then(|it| number(it, &["properties", member]));
        own.unwrap_or(otherwise)
    }
    /// A member of the settings.
    pub(super) fn at(&self, member: &str) -> Pointer {
        part(SETTINGS, self.setting)
            .field("properties")
            .field(member)
    }
    /// Other settings that use the same custom probe.
    pub(super) fn sharers(&self) -> Vec<&'c str> {
        let Some(probe) = self.probe_name() else {
            return vec![];
        };
        let by = |it: &&Value| {
            let id = text(it, &["properties", "probe", "id"]).map(ArmId::new);
            id.is_some_and(|id| id.name().eq_ignore_ascii_case(probe))
        };
        list(self.gateway.0, &["properties", SETTINGS])
            .filter(by)
            .filter_map(|it| text(it, &["name"]))
            .filter(|it| !it.eq_ignore_ascii_case(self.setting))
            .collect()
    }
    /// Every pair that is probed as this one is.
    pub(super) fn watched(&self, case: &Case<'_, '_>) -> Vec<String> {
        let mut all = case.pairs_by_setting(self.setting);
        for other in self.sharers() {
            all.extend(case.pairs_by_setting(other));
        }
        all
    }
    /// Why Azure would take no write at all as things are: settings and probe speak differently.
    pub(super) fn mismatch(&self) -> Option<String> {
        let probe = text(self.probe?, &["properties", "protocol"])?;
        let (own, name) = (self.speaks(), self.probe_name().unwrap_or_default());
        (!own.eq_ignore_ascii_case(probe)).then(|| {
            format!(
                "{} speaks {own} and its probe {name} {probe}, which Azure refuses in any write: F.4 comes first",
                self.setting
            )
        })
    }
    /// The probe's own port, where it is not the settings': a try from the gateway has no word for it.
    pub(super) fn other_port(&self) -> Option<u16> {
        let port = number(self.document, &["properties", "port"]);
        let own = self.effective.port();
        own.filter(|own| port != Some(i64::from(*own)))
    }
    /// The properties of a probe that asks as the one in force does: what a new one begins with.
    pub(super) fn copied(&self) -> Value {
        let own = self.probe.and_then(|it| at(it, &["properties"]));
        let mut copy = match own.and_then(Value::as_object) {
            Some(own) => {
                let keep = |(key, value): &(&String, &Value)| {
                    !OF_THE_SERVICE.contains(&key.as_str()) && !value.is_null()
                };
                let kept = own.iter().filter(keep);
                Value::Object(kept.map(|(key, it)| (key.clone(), it.clone())).collect())
            }
            None => json!({"path": "/", "interval": 30, "timeout": 30, "unhealthyThreshold": 3,
                "minServers": 0}),
        };
        put(&mut copy, "protocol", &json!(self.speaks()));
        let named = text(&copy, &["host"]).is_some();
        if !named {
            // Exactly one of the two has to be there; without a name the default probe sends this.
            put(&mut copy, PICKS, &json!(self.names_host()));
            if !self.names_host() {
                put(&mut copy, "host", &json!(NO_HOST));
            }
        }
        copy
    }
    /// A new probe in the document, and these settings attached to it.
    pub(super) fn attach(&self, case: &Case<'_, '_>, name: &str, properties: &Value) -> Vec<Edit> {
        vec![
            Edit {
                at: part("probes", name),
                before: Value::Null,
                after: json!({"name": name, "properties": properties}),
            },
            Edit::of(
                self.gateway.0,
                self.at("probe"),
                reference(case.view.id(), "probes", name),
            ),
        ]
    }
    /// The custom probe as it will be, and the edits that make it so; values that stay are left out.
    pub(super) fn corrected(&self, set: &[(&str, Value)]) -> (Value, Vec<Edit>) {
        let (Some(name), Some(own)) = (self.probe_name(), self.probe) else {
            return (Value::Null, vec![]);
        };
        let mut after = at(own, &["properties"]).cloned().unwrap_or(json!({}));
        for (member, value) in set {
            put(&mut after, member, value);
        }
        let mut edits = vec![];
        for (member, _) in set {
            // What is not there yet is made, and taken away again, as a whole.
            let head = member.split('/').next().unwrap_or_default();
            let fresh = at(own, &["properties", head]).is_none();
            let way = Pointer::fields(if fresh { head } else { member });
            let all = part("probes", name).field("properties");
            let place = Pointer([all.0, way.0.clone()].concat());
            let edit = Edit::of(self.gateway.0, place, way.find(&after).clone());
            // What is not there is off.
            let off = edit.before.is_null() && edit.after == json!(false);
            if edit.before != edit.after && !off {
                edits.push(edit);
            }
        }
        (after, edits)
    }
    /// The settings must still be so.
    pub(super) fn still(&self, case: &Case<'_, '_>, member: &str) -> Need {
        let at = self.at(member);
        Need::Is {
            of: case.view.id().clone(),
            value: at.find(self.gateway.0).clone(),
            at,
        }
    }
    /// Members are known, and every one of them by a name.
    pub(super) fn members_are_names(&self) -> bool {
        let mut servers = self
            .health
            .into_iter()
            .flat_map(|it| &it.servers)
            .peekable();
        servers.peek().is_some() && servers.all(|it| !is_address(&it.address))
    }
}

/// Puts a value at a path of members; where one of them is no object, nothing is put.
pub(super) fn put(doc: &mut Value, path: &str, value: &Value) {
    let _ = Pointer::fields(path).set(doc, value);
}

/// A host that a probe shall send: in place of one that is picked.
pub(super) fn host(name: &str) -> [(&'static str, Value); 2] {
    [("host", json!(name)), (PICKS, json!(false))]
}
