//! The way of one request. What was not said of it is not guessed: every possibility is followed, and the
//! parts that would tell them apart are named.
use super::{Entry, Listener, Rule, To, clean_host, clean_path, host_covers, path_covers};
use crate::facts::{
    Request,
    gateway::Gateway,
    json::{flag, text},
};
use crate::id::ArmId;
use std::{collections::BTreeSet, fmt};

/// One stretch of a way: a listener, a rule, and the entry of its path map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The listener that takes the request.
    pub listener: Listener,
    /// The rule.
    pub rule: String,
    /// The rule's entry.
    pub entry: Entry,
    /// What was asked for at this point; a redirect changes it.
    pub request: Request,
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {} > ", self.listener.name, self.rule)?;
        if let Some(map) = &self.entry.map {
            let path_rule = self.entry.path_rule.as_deref().unwrap_or("default");
            write!(f, "{map}/{path_rule} > ")?;
        }
        match &self.entry.to {
            To::Pairs(pairs) => {
                let names: Vec<String> = pairs.iter().map(ToString::to_string).collect();
                f.write_str(&names.join(" or "))
            }
            To::Redirect(name) => write!(f, "redirect {name}"),
            To::Nowhere => f.write_str("?"),
        }
    }
}

/// What may become of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing listens on this port in the scheme asked for.
    NoListener(u16),
    /// Listeners are on this port, and none takes the host.
    NoHost(u16),
    /// It is taken, and these are its legs; more than one where redirects lead back to the gateway.
    Takes(Vec<Leg>),
    /// It is redirected in a circle.
    Loop(Vec<Leg>),
}

/// Every way the request may take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// At least one, where there is a listener at all.
    pub outcomes: Vec<Outcome>,
    /// What would tell them apart.
    pub lacks: BTreeSet<&'static str>,
}

impl Gateway<'_> {
    /// Every way this request may take.
    pub fn ways(self, request: &Request) -> Ways {
        let mut search = Search {
            gateway: self,
            listeners: self.http_listeners(),
            rules: self.rules(),
            followed: BTreeSet::new(),
            ways: Ways::default(),
        };
        search.take(request, &mut Vec::new(), &mut Vec::new());
        search.ways
    }
}

struct Search<'f> {
    gateway: Gateway<'f>,
    listeners: Vec<Listener>,
    rules: Vec<Rule>,
    /// Redirects that were followed, each with what was asked for.
    followed: BTreeSet<String>,
    ways: Ways,
}

impl Search<'_> {
    /// `trail` are the legs so far, `circle` the rules and entries they went through.
    fn take(&mut self, request: &Request, trail: &mut Vec<Leg>, circle: &mut Vec<(usize, usize)>) {
        let ports: BTreeSet<u16> = match (request.port, request.https) {
            (Some(port), _) => BTreeSet::from([port]),
            (None, Some(https)) => BTreeSet::from([if https { 443 } else { 80 }]),
            (None, None) => self.listeners.iter().filter_map(|it| it.port).collect(),
        };
        if ports.len() > 1 {
            self.ways.lacks.insert("spec.request.port");
        }
        for port in ports {
            let fits = |it: &Listener| {
                it.port == Some(port) && request.https.is_none_or(|https| https == it.https)
            };
            let on = self.listeners.iter().filter(|it| fits(it));
            let fronts: BTreeSet<ArmId> = on.map(|it| it.front.clone()).collect();
            let (mut taken, mut fronts_that_take) = (Vec::new(), 0);
            for front in &fronts {
                let rules = self.candidates(request, |it| fits(it) && it.front == *front);
                fronts_that_take += usize::from(!rules.is_empty());
                taken.extend(rules);
            }
            if fronts_that_take > 1 {
                self.ways.lacks.insert("the front end that clients use");
            }
            if taken.is_empty() {
                // A redirect to where nobody listens leaves this gateway, as far as can be told.
                let outcome = match (trail.is_empty(), fronts.is_empty()) {
                    (false, _) => Outcome::Takes(trail.clone()),
                    (true, true) => Outcome::NoListener(port),
                    (true, false) => Outcome::NoHost(port),
                };
                self.end(outcome);
            }
            for at in taken {
                self.enter(at, request, trail, circle);
            }
        }
    }

    /// The rules that may take the request, by their places: one where the host is known.
    fn candidates(&mut self, request: &Request, on: impl Fn(&Listener) -> bool) -> Vec<usize> {
        let host = request.host.as_deref().map(clean_host);
        let mut found: Vec<(usize, &Listener)> = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let Some(listener) = rule.listener.as_ref().filter(|it| on(it)) else {
                continue;
            };
            match &host {
                Some(host) if listener.takes(host) => return vec![at],
                Some(_) => {}
                None if found.iter().any(|(_, earlier)| earlier.covers(listener)) => {}
                None => found.push((at, listener)),
            }
        }
        if found.len() > 1 {
            self.ways.lacks.insert("spec.request.host");
        }
        found.into_iter().map(|(at, _)| at).collect()
    }

    fn enter(
        &mut self,
        at: usize,
        request: &Request,
        trail: &mut Vec<Leg>,
        circle: &mut Vec<(usize, usize)>,
    ) {
        let Some(rule) = self.rules.get(at).cloned() else {
            return;
        };
        let Some(listener) = rule.listener else {
            return;
        };
        let entries = open_entries(&rule.entries, request.path.as_deref());
        if entries.len() > 1 {
            self.ways.lacks.insert("spec.request.path");
        }
        for (place, entry) in entries {
            trail.push(Leg {
                listener: listener.clone(),
                rule: rule.name.clone(),
                entry: entry.clone(),
                request: request.clone(),
            });
            let next = match &entry.to {
                To::Redirect(name) => self.redirected(request, name),
                To::Pairs(_) | To::Nowhere => None,
            };
            match next {
                _ if circle.contains(&(at, place)) => self.end(Outcome::Loop(trail.clone())),
                None => self.end(Outcome::Takes(trail.clone())),
                Some(next) => {
                    if self.followed.insert(format!("{at} {place} {next:?}")) {
                        circle.push((at, place));
                        self.take(&next, trail, circle);
                        circle.pop();
                    }
                }
            }
            trail.pop();
        }
    }

    fn end(&mut self, outcome: Outcome) {
        if !self.ways.outcomes.contains(&outcome) {
            self.ways.outcomes.push(outcome);
        }
    }

    /// What a client asks for next, if that comes back to this gateway for sure.
    fn redirected(&self, request: &Request, name: &str) -> Option<Request> {
        let configuration = self.gateway.named("redirectConfigurations", name)?;
        let keeps_path = flag(configuration, &["properties", "includePath"]);
        if let Some(target) = text(configuration, &["properties", "targetListener", "id"]) {
            let target = ArmId::new(target);
            let mut all = self.listeners.iter();
            let target = all.find(|it| it.name.eq_ignore_ascii_case(target.name()))?;
            // The host stays where the other listener takes it; which it becomes otherwise is not documented.
            let stays = |host: &&str| target.takes(&clean_host(host));
            return Some(Request {
                https: Some(target.https),
                host: request.host.as_deref().filter(stays).map(str::to_owned),
                path: match keeps_path {
                    Some(true) => request.path.clone(),
                    Some(false) => Some("/".into()),
                    None => None,
                },
                port: target.port,
            });
        }
        let url = text(configuration, &["properties", "targetUrl"])?;
        self.own_url(url, keeps_path, request)
    }

    /// A URL whose host one of the listeners names; any other may be anybody's.
    fn own_url(&self, url: &str, keeps_path: Option<bool>, request: &Request) -> Option<Request> {
        let (scheme, rest) = url.split_once("://")?;
        let https = scheme.eq_ignore_ascii_case("https");
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let host = clean_host(authority);
        let port = match authority.rsplit_once(':') {
            Some((_, port)) => port.parse().ok()?,
            None if https => 443,
            None => 80,
        };
        let names = |own: &String| host_covers(own, &host);
        let mut listeners = self.listeners.iter();
        if !listeners.any(|it| it.hosts.iter().any(names)) {
            return None;
        }
        let path = clean_path(path);
        let path = match (keeps_path, &request.path) {
            (Some(false), _) => Some(path),
            (Some(true), Some(asked)) => Some(format!(
                "{}{}",
                path.trim_end_matches('/'),
                clean_path(asked)
            )),
            (Some(true) | None, _) => None,
        };
        Some(Request {
            https: Some(https),
            host: Some(host),
            path,
            port: Some(port),
        })
    }
}

/// The entries a path may take, with their places: one where it is known, else all that no earlier one hides.
fn open_entries<'r>(entries: &'r [Entry], path: Option<&str>) -> Vec<(usize, &'r Entry)> {
    let mut all = entries.iter().enumerate();
    if let Some(path) = path.map(clean_path) {
        return all
            .find(|(_, entry)| entry.takes(&path))
            .into_iter()
            .collect();
    }
    let mut open: Vec<(usize, &Entry)> = Vec::new();
    for (place, entry) in all {
        let hidden = |path: &String| {
            let mut earlier = open.iter().flat_map(|(_, it)| &it.paths);
            earlier.any(|own| path_covers(own, path))
        };
        let covered = if entry.paths.is_empty() {
            hidden(&"/*".to_owned())
        } else {
            entry.paths.iter().all(hidden)
        };
        if !covered {
            open.push((place, entry));
        }
    }
    open
}

#[cfg(test)]
mod tests;
