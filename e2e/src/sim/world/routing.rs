//! Which rule of a gateway takes a request, and where it leads.

use std::net::IpAddr;

use serde_json::Value;

use super::{
    access::like,
    gateway::{Gateway, Pair},
    lenient,
};

/// A request as it arrives at a gateway.
#[derive(Clone, Debug)]
pub(super) struct Arrival<'a> {
    pub(super) port: u16,
    pub(super) https: bool,
    pub(super) host: &'a str,
    /// Without query and fragment.
    pub(super) path: &'a str,
    /// Came from the Internet, and so to a public front end.
    pub(super) public: bool,
    pub(super) client: IpAddr,
}

/// What the listeners of a gateway make of a request.
pub(super) enum Taken<'a> {
    /// Nothing listens on the port.
    NoListener,
    /// Only listeners for the other protocol are on the port; this is one of them.
    WrongProtocol(&'a Value),
    /// No listener on the port is for the host.
    NoHost,
    /// A rule takes it.
    By(Way<'a>),
}

/// The way of a request through a gateway.
pub(super) struct Way<'a> {
    pub(super) listener: &'a Value,
    pub(super) rule: &'a Value,
    pub(super) to: To<'a>,
}

/// The way to a pool.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) pair: Pair<'a>,
    /// The pattern of the path rule that fitted, if there was one.
    pub(super) pattern: Option<&'a str>,
    /// The host that a rewrite sets, whatever the request.
    pub(super) host: Option<&'a str>,
}

/// Where a rule leads.
pub(super) enum To<'a> {
    /// To a pool.
    Pool(Course<'a>),
    /// To a redirect with this status.
    Redirect(u16),
    /// To nothing that is there.
    Nothing,
}

impl<'a> Gateway<'a> {
    pub(super) fn take(&self, arrival: &Arrival) -> Taken<'a> {
        let on_port: Vec<&Value> = lenient::items(&self.properties()["httpListeners"])
            .filter(|listener| self.listens_on(listener, arrival))
            .collect();
        let Some(first) = on_port.first() else {
            return Taken::NoListener;
        };
        let protocol = if arrival.https { "Https" } else { "Http" };
        let speaks =
            |listener: &&Value| lenient::is_word(&listener["properties"]["protocol"], protocol);
        if !on_port.iter().any(speaks) {
            return Taken::WrongProtocol(first);
        }
        for rule in self.rules_in_order() {
            let own = &rule["properties"]["httpListener"];
            let listener = self.referred(own).filter(|listener| {
                let there = on_port.iter().any(|known| known["id"] == listener["id"]);
                there && speaks(listener) && is_for_host(listener, arrival.host)
            });
            if let Some(listener) = listener {
                let to = self.leads_to(rule, arrival.path);
                return Taken::By(Way { listener, rule, to });
            }
        }
        Taken::NoHost
    }

    fn listens_on(&self, listener: &Value, arrival: &Arrival) -> bool {
        let listener = &listener["properties"];
        let port = self
            .referred(&listener["frontendPort"])
            .and_then(|port| lenient::port(&port["properties"]["port"]));
        let frontend = self.referred(&listener["frontendIPConfiguration"]);
        let public = frontend
            .is_some_and(|own| lenient::id(&own["properties"]["publicIPAddress"]).is_some());
        port == Some(arrival.port) && (public || !arrival.public)
    }

    /// The rules in the order of asking: by priority if all have one, else as they are listed.
    fn rules_in_order(&self) -> Vec<&'a Value> {
        let mut rules: Vec<&Value> =
            lenient::items(&self.properties()["requestRoutingRules"]).collect();
        let priority = |rule: &&Value| lenient::number(&rule["properties"]["priority"]);
        if rules.iter().all(|rule| priority(rule).is_some()) {
            rules.sort_by_key(priority);
        }
        rules
    }

    fn leads_to(&self, rule: &'a Value, path: &str) -> To<'a> {
        let rule = &rule["properties"];
        let of = |own: &'a Value| {
            [
                "backendAddressPool",
                "backendHttpSettings",
                "redirectConfiguration",
                "rewriteRuleSet",
            ]
            .map(|name| &own[name])
        };
        let Some(map) = self.referred(&rule["urlPathMap"]) else {
            return self.end(of(rule), None);
        };
        let map = &map["properties"];
        for rule in lenient::items(&map["pathRules"]) {
            let own = &rule["properties"];
            let mut patterns = lenient::items(&own["paths"]).filter_map(Value::as_str);
            if let Some(pattern) = patterns.find(|pattern| fits(pattern, path)) {
                return self.end(of(own), Some(pattern));
            }
        }
        let default = [
            "defaultBackendAddressPool",
            "defaultBackendHttpSettings",
            "defaultRedirectConfiguration",
            "defaultRewriteRuleSet",
        ];
        self.end(default.map(|name| &map[name]), None)
    }

    fn end(
        &self,
        [pool, settings, redirect, rewrite]: [&Value; 4],
        pattern: Option<&'a str>,
    ) -> To<'a> {
        if let Some(redirect) = self.referred(redirect) {
            let kind = &redirect["properties"]["redirectType"];
            let found = [("Found", 302), ("SeeOther", 303), ("Temporary", 307)]
                .into_iter()
                .find(|(word, _)| lenient::is_word(kind, word));
            return To::Redirect(found.map_or(301, |(_, status)| status));
        }
        match (self.referred(pool), self.referred(settings)) {
            (Some(pool), Some(settings)) => To::Pool(Course {
                pair: Pair { pool, settings },
                pattern,
                host: self.referred(rewrite).and_then(host_set),
            }),
            _ => To::Nothing,
        }
    }
}

/// The host that a set of rewrite rules sets in every request: the last one counts. Rules with conditions and values
/// with variables are not followed.
fn host_set(set: &Value) -> Option<&str> {
    let rules = lenient::items(&set["properties"]["rewriteRules"])
        .filter(|rule| lenient::items(&rule["conditions"]).len() == 0);
    rules
        .flat_map(|rule| lenient::items(&rule["actionSet"]["requestHeaderConfigurations"]))
        .filter(|header| lenient::is_word(&header["headerName"], "Host"))
        .filter_map(|header| lenient::text(&header["headerValue"]))
        .rfind(|value| !value.contains('{'))
}

/// Whether a listener is for a host; one without hosts is for all.
fn is_for_host(listener: &Value, host: &str) -> bool {
    let own = &listener["properties"];
    let mut hosts = lenient::items(&own["hostNames"])
        .chain([&own["hostName"]])
        .filter_map(lenient::text)
        .peekable();
    hosts.peek().is_none() || hosts.any(|pattern| host_fits(pattern, host))
}

/// `*` stands for any characters, `?` for one.
fn host_fits(pattern: &str, host: &str) -> bool {
    if !pattern.contains('?') {
        return like(pattern, host);
    }
    // Without a library for patterns: put the character of the host in the place of the first `?`.
    pattern.split_once('?').is_some_and(|(before, after)| {
        host.chars()
            .any(|any| host_fits(&format!("{before}{any}{after}"), host))
    })
}

/// Whether a pattern of a path rule fits a path: whole, or its beginning if `*` is at the end; whatever the case.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.to_ascii_lowercase(), path.to_ascii_lowercase());
    match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path == pattern,
    }
}
