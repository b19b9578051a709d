//! Listeners, rules and path maps as a request meets them (azure-facts §3.8): front end, port and protocol,
//! then the host, then of the rules that fit the first by priority, then the first path that fits.
mod pattern;
mod way;

pub(crate) use pattern::{clean_host, clean_path, host_covers, path_covers};
pub use way::{Leg, Outcome, Ways};

use super::{
    gateway::{Gateway, Generation},
    json::{at, list, number, one_line, one_or_many, text},
};
use crate::id::{ArmId, Subject};
use serde_json::Value;
use std::collections::BTreeSet;

/// A listener for HTTP or HTTPS. Whether the platform has disabled it stands in no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// The front end it is on.
    pub front: ArmId,
    /// Its port, where that can be read.
    pub port: Option<u16>,
    /// HTTPS, or plain HTTP.
    pub https: bool,
    /// The hosts it takes, patterns among them; none: every host.
    pub hosts: Vec<String>,
    /// Where its certificate is kept, if that is a Key Vault: one that cannot be read disables the listener.
    pub key_vault_secret: Option<String>,
}

impl Listener {
    /// Takes this host, or every host a pattern stands for.
    pub fn takes(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|own| host_covers(own, host))
    }
    /// Takes all that the other takes, on the same port of the same front end.
    pub fn covers(&self, other: &Self) -> bool {
        let all = || !other.hosts.is_empty() && other.hosts.iter().all(|host| self.takes(host));
        self.meets(other) && (self.hosts.is_empty() || all())
    }
    /// On the same port of the same front end.
    pub fn meets(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.front.clone(), it.port, it.https);
        place(self) == place(other)
    }
}

/// What is done with a request that got this far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// One of these pairs gets it; several where a policy spreads the load.
    Pairs(Vec<Subject>),
    /// The gateway answers itself, with this redirect.
    Redirect(String),
    /// The document does not say.
    Nowhere,
}

/// A rule's one way, or one of the ways of its path map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path map; none where the rule does not look at the path.
    pub map: Option<String>,
    /// The path rule; none for the map's default.
    pub path_rule: Option<String>,
    /// Its paths; none: every path.
    pub paths: Vec<String>,
    /// Where it leads.
    pub to: To,
    /// A rewrite sets another Host on the way.
    pub rewrites_host: bool,
}

impl Entry {
    /// Takes this path.
    pub fn takes(&self, path: &str) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|own| path_covers(own, path))
    }
    /// Leads to this pair, however it is spelt.
    pub fn leads_to(&self, pair: &Subject) -> bool {
        let key = |it: &Subject| it.to_string().to_lowercase();
        matches!(&self.to, To::Pairs(pairs) if pairs.iter().any(|it| key(it) == key(pair)))
    }
}

/// A rule for requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its number; the lowest comes first.
    pub priority: Option<i64>,
    /// Its listener, if that is there.
    pub listener: Option<Listener>,
    /// Its ways, in the order they are tried; empty where its path map is not there.
    pub entries: Vec<Entry>,
}

impl Rule {
    /// `r-shop (priority 20)`.
    pub fn words(&self) -> String {
        let number = |n| format!("{} (priority {n})", self.name);
        self.priority.map_or(self.name.clone(), number)
    }
}

fn name_of(value: &Value) -> String {
    one_line(text(value, &["name"]).unwrap_or("(unnamed)"))
}

fn reference(value: &Value, member: &str) -> Option<ArmId> {
    text(value, &[member, "id"]).map(ArmId::new)
}

impl Gateway<'_> {
    /// Every listener for HTTP and HTTPS.
    pub fn http_listeners(self) -> Vec<Listener> {
        let all = list(self.0, &["properties", "httpListeners"]);
        all.map(|it| self.listener(it)).collect()
    }

    fn listener(self, listener: &Value) -> Listener {
        let nothing = Value::Null;
        let of = at(listener, &["properties"]).unwrap_or(&nothing);
        let named = |member, collection| self.named(collection, reference(of, member)?.name());
        let port = named("frontendPort", "frontendPorts");
        let port = port.and_then(|port| number(port, &["properties", "port"]));
        let certificate = named("sslCertificate", "sslCertificates");
        let secret = certificate.and_then(|it| text(it, &["properties", "keyVaultSecretId"]));
        let hosts = one_or_many(of, "hostName", "hostNames").into_iter();
        let hosts: BTreeSet<String> = hosts.map(clean_host).filter(|h| !h.is_empty()).collect();
        Listener {
            name: name_of(listener),
            front: reference(of, "frontendIPConfiguration").unwrap_or_else(|| ArmId::new("")),
            port: port.and_then(|port| u16::try_from(port).ok()),
            https: text(of, &["protocol"]).is_some_and(|word| word.eq_ignore_ascii_case("https")),
            hosts: hosts.iter().map(|host| one_line(host)).collect(),
            key_vault_secret: secret.map(one_line),
        }
    }

    /// Every rule, the one that is tried first in front: by priority, or as listed where v1 knows none.
    pub fn rules(self) -> Vec<Rule> {
        let all = list(self.0, &["properties", "requestRoutingRules"]);
        let mut rules: Vec<Rule> = all.map(|rule| self.rule(rule)).collect();
        let numbered = rules.iter().any(|rule| rule.priority.is_some());
        if numbered && self.generation() != Generation::V1 {
            rules.sort_by_key(|rule| rule.priority.unwrap_or(i64::MAX));
        }
        rules
    }

    fn rule(self, rule: &Value) -> Rule {
        let nothing = Value::Null;
        let of = at(rule, &["properties"]).unwrap_or(&nothing);
        let listener = reference(of, "httpListener");
        let listener = listener.and_then(|id| self.named("httpListeners", id.name()));
        let entries = match reference(of, "urlPathMap") {
            None => vec![self.entry(of, false)],
            Some(map) => {
                let map = self.named("urlPathMaps", map.name());
                map.map(|map| self.map_entries(map)).unwrap_or_default()
            }
        };
        Rule {
            name: name_of(rule),
            priority: number(of, &["priority"]),
            listener: listener.map(|it| self.listener(it)),
            entries,
        }
    }

    fn map_entries(self, map: &Value) -> Vec<Entry> {
        let nothing = Value::Null;
        let of = at(map, &["properties"]).unwrap_or(&nothing);
        let name = Some(name_of(map));
        let path_rules = list(of, &["pathRules"]).filter_map(|path_rule| {
            let of = at(path_rule, &["properties"])?;
            let paths = list(of, &["paths"]).filter_map(Value::as_str);
            let paths: Vec<String> = paths.map(one_line).collect();
            // One without paths takes nothing; it must not read as one that takes everything.
            (!paths.is_empty()).then(|| Entry {
                map: name.clone(),
                path_rule: Some(name_of(path_rule)),
                paths,
                ..self.entry(of, false)
            })
        });
        let default = Entry {
            map: name.clone(),
            ..self.entry(of, true)
        };
        path_rules.chain([default]).collect()
    }

    fn entry(self, of: &Value, of_map: bool) -> Entry {
        let (pool, setting, redirect, rewrite) = if of_map {
            (
                "defaultBackendAddressPool",
                "defaultBackendHttpSettings",
                "defaultRedirectConfiguration",
                "defaultRewriteRuleSet",
            )
        } else {
            (
                "backendAddressPool",
                "backendHttpSettings",
                "redirectConfiguration",
                "rewriteRuleSet",
            )
        };
        let mut pairs = BTreeSet::new();
        self.add(&mut pairs, of, pool, setting);
        let to = match reference(of, redirect) {
            Some(id) => To::Redirect(one_line(id.name())),
            None if pairs.is_empty() => To::Nowhere,
            None => To::Pairs(pairs.into_iter().collect()),
        };
        Entry {
            map: None,
            path_rule: None,
            paths: vec![],
            to,
            rewrites_host: reference(of, rewrite).is_some_and(|id| self.rewrites_host(&id)),
        }
    }

    fn rewrites_host(self, set: &ArmId) -> bool {
        let Some(set) = self.named("rewriteRuleSets", set.name()) else {
            return false;
        };
        let headers = list(set, &["properties", "rewriteRules"])
            .flat_map(|rule| list(rule, &["actionSet", "requestHeaderConfigurations"]));
        let mut names = headers.filter_map(|header| text(header, &["headerName"]));
        names.any(|name| name.eq_ignore_ascii_case("host"))
    }

    /// What keeps the way from a port to a rule from being followed, if anything: no answer comes from a half.
    pub fn broken_start(self) -> Option<String> {
        self.rules().iter().find_map(|rule| match &rule.listener {
            None => Some(format!(
                "rule {} names a listener that is not there",
                rule.name
            )),
            Some(it) if it.port.is_none() => {
                Some(format!("the port of listener {} cannot be read", it.name))
            }
            Some(_) => None,
        })
    }
    /// The same of the way from a rule to a pair or a redirect.
    pub fn broken_end(self) -> Option<String> {
        self.rules().iter().find_map(|rule| {
            let name = &rule.name;
            if rule.entries.is_empty() {
                return Some(format!("rule {name} names a path map that is not there"));
            }
            let lost = rule.entries.iter().any(|entry| entry.to == To::Nowhere);
            lost.then(|| format!("where rule {name} leads cannot be read"))
        })
    }

    /// Listeners of the layer-4 proxy with their ports: named, and not followed.
    pub fn layer4_listeners(self) -> Vec<(String, Option<u16>)> {
        let port = |listener: &Value| {
            let id = reference(at(listener, &["properties"])?, "frontendPort")?;
            let port = self.named("frontendPorts", id.name())?;
            u16::try_from(number(port, &["properties", "port"])?).ok()
        };
        let all = list(self.0, &["properties", "listeners"]);
        all.map(|it| (name_of(it), port(it))).collect()
    }
}
