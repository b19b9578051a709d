//! Rows 5.2 and 5.3: the host that requests carry to a site, where its own probe carries another.
use super::app_service::Back;
use crate::{
    facts::{
        Blocked,
        gateway::{Gateway, Generation},
        gather,
        health::few,
        json::{flag, one_line, text},
        routing::clean_host,
        site::{HostSent, Site, host_sent, is_default_host},
    },
    id::{Letter::I, Subject},
    report::{Confidence, Finding},
    step::{Seen, Sighting},
    view::View,
};
use serde_json::Value;

/// Whom clients ask for.
enum Client {
    Named(String),
    Pattern(String),
    Any,
}

impl Client {
    fn words(&self) -> &str {
        match self {
            Self::Named(host) | Self::Pattern(host) => host,
            Self::Any => "any host",
        }
    }
    /// Whether the site has such a host; `None` where that depends on which it is.
    fn is_known_to(&self, site: Site<'_>) -> Option<bool> {
        match self {
            Self::Named(host) => Some(site.has_host(host)),
            Self::Pattern(pattern) if site.has_host(pattern) => Some(true),
            Self::Pattern(pattern) => (!site.has_host_like(pattern)).then_some(false),
            Self::Any => site.has_default_hosts_only().then_some(false),
        }
    }
}

/// The hosts of the listeners that lead to a pair, or the one that was named, if one of them takes it.
fn clients(view: &View<'_>, gateway: Gateway<'_>, pair: &Subject) -> Vec<Client> {
    let rules = gateway.rules();
    let leading = rules
        .iter()
        .filter(|rule| rule.entries.iter().any(|it| it.leads_to(pair)));
    let listeners: Vec<_> = leading.filter_map(|rule| rule.listener.as_ref()).collect();
    let said = view.facts.said().request.host.as_deref().map(clean_host);
    if let Some(host) = said.filter(|host| listeners.iter().any(|it| it.takes(host))) {
        return vec![Client::Named(one_line(&host))];
    }
    if listeners.is_empty() || listeners.iter().any(|it| it.hosts.is_empty()) {
        return vec![Client::Any];
    }
    let hosts = listeners.iter().flat_map(|it| it.hosts.clone());
    hosts
        .map(|host| {
            if host.contains(['*', '?']) {
                Client::Pattern(host)
            } else {
                Client::Named(host)
            }
        })
        .collect()
}

/// The host decides over the certificate that is shown, and the certificate must carry it. Not so on v1, where
/// TLS goes by the member's name, nor where the settings name the host for TLS or do not check it.
fn is_tls_bound(gateway: Gateway<'_>, setting: &Value) -> bool {
    text(setting, &["properties", "protocol"]).is_some_and(|it| it.eq_ignore_ascii_case("https"))
        && gateway.generation() != Generation::V1
        && text(setting, &["properties", "sniName"]).is_none()
        && flag(setting, &["properties", "validateSNI"]) != Some(false)
}

/// A rewrite on the way to the pair sets another Host; TLS goes by the settings all the same.
fn is_rewritten(gateway: Gateway<'_>, pair: &Subject) -> bool {
    let rules = gateway.rules();
    let mut entries = rules.iter().flat_map(|rule| &rule.entries);
    entries.any(|it| it.rewrites_host && it.leads_to(pair))
}

/// What the probe of a setting sends as its host.
fn probe_host(gateway: Gateway<'_>, back: &Back<'_>) -> Option<String> {
    let of_setting = || match host_sent(back.setting) {
        HostSent::Own(host) => Some(host.to_owned()),
        HostSent::Member => back.members.first().map(|it| it.address.to_owned()),
        HostSent::Client => None,
    };
    match gateway.probe_of(&back.setting_name) {
        Some(probe)
            if flag(
                probe,
                &["properties", "pickHostNameFromBackendHttpSettings"],
            ) == Some(true) =>
        {
            of_setting()
        }
        Some(probe) => text(probe, &["properties", "host"]).map(str::to_owned),
        None => of_setting().or_else(|| Some("127.0.0.1".into())),
    }
    .map(|host| one_line(&host))
}

const RELAYED: &str = "The article takes this for a 502. The site answers 404 to a host it does not have, and that is passed on as it is";
const REFUSED: &str = "The article has the site refuse the host with a 502. It is the gateway that refuses: the certificate shown for such a host names another";

/// A finding of this pair; `sure` where TLS fails for all that is sent there.
fn finding(
    gateway: Gateway<'_>,
    back: &Back<'_>,
    (id, row): (&'static str, &'static str),
    says: String,
    (tls, sure): (bool, bool),
) -> Finding {
    let probe = probe_host(gateway, back).unwrap_or_else(|| "a host that cannot be read".into());
    let pair = &back.pair;
    Finding {
        id,
        row: Some(row),
        letter: Some(I),
        confidence: if sure {
            Confidence::Likely
        } else {
            Confidence::Inconclusive
        },
        subject: pair.to_string(),
        says,
        because: vec![
            format!("1b: {pair} has a live member, its probe is answered (Gateway)"),
            format!(
                "settings {}, probe sends {probe} (ControlPlane)",
                back.setting_name
            ),
        ],
        against: if tls {
            vec![]
        } else {
            vec!["a host the site does not have is a 404 of the site, passed on as 404 (ControlPlane)".into()]
        },
        correction: if tls { REFUSED } else { RELAYED }.into(),
        target: String::new(),
    }
}

fn hosts(site: Site<'_>) -> String {
    let all: Vec<String> = site.hosts().map(one_line).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    format!(
        "site {} has the hosts {} (ControlPlane)",
        site.name(),
        few(&all)
    )
}

fn sighting(back: &Back<'_>, mut finding: Finding, sites: &[Site<'_>]) -> Sighting {
    let target = sites.first().and_then(|site| site.id());
    finding.target = target.map(|id| id.to_string()).unwrap_or_default();
    finding
        .because
        .extend(sites.iter().take(3).map(|site| hosts(*site)));
    Sighting::new(&back.pair, finding.says.clone()).finding(finding)
}

/// 5.2: the settings name no host, so the site is asked for whatever the client asked for.
pub(super) fn handed_on(view: &View<'_>, back: &Back<'_>) -> Seen {
    if host_sent(back.setting) != HostSent::Client {
        return Ok(vec![]);
    }
    let live = gather(back.live_sites())?;
    let gateway = view.gateway()?;
    let (tls, rewritten) = (
        is_tls_bound(gateway, back.setting),
        is_rewritten(gateway, &back.pair),
    );
    let clients = clients(view, gateway, &back.pair);
    let (mut refused, mut sites, mut all, mut open) = (Vec::new(), Vec::new(), true, None);
    for (_, site) in &live {
        for client in &clients {
            let bare = tls && matches!(client, Client::Named(host) if site.lacks_certificate(host));
            match client.is_known_to(*site) {
                Some(true) if !bare => all = false,
                Some(known) => {
                    // That the certificate is missing rests on one word of the site's document.
                    all &= !known;
                    refused.push(client.words());
                    sites.push(*site);
                }
                None => {
                    all = false;
                    open = open.or(Some(format!("whether site {} has the host clients ask for: spec.request.host would tell", site.name())));
                }
            }
        }
    }
    if !tls && rewritten && !refused.is_empty() {
        let why = "a rewrite sets the Host on the way, and what it sets is not followed here";
        return Err(Blocked::Unclear(why.into()));
    }
    if refused.is_empty() {
        return open.map_or(Ok(vec![]), |why| Err(Blocked::Unclear(why)));
    }
    refused.dedup();
    sites.dedup();
    let says = format!(
        "Settings {} hand on the host of the client ({}), which the App Service behind {} {}",
        back.setting_name,
        few(&refused),
        back.pair,
        if tls {
            "has no certificate for"
        } else {
            "does not have"
        }
    );
    let sure = tls && all && !rewritten && !back.is_mixed;
    let mut finding = finding(
        gateway,
        back,
        ("app-host-handed-on", "5.2"),
        says,
        (tls, sure),
    );
    if tls && rewritten {
        finding.against.push("a rewrite sets the Host; TLS is likely to go by the client's all the same (ControlPlane)".into());
    }
    Ok(vec![sighting(back, finding, &sites)])
}

/// 5.3: the settings name a host that the site does not have.
pub(super) fn not_bound(view: &View<'_>, back: &Back<'_>) -> Seen {
    let HostSent::Own(host) = host_sent(back.setting) else {
        return Ok(vec![]);
    };
    let live = gather(back.live_sites())?;
    let lacking: Vec<Site<'_>> = live
        .iter()
        .map(|(_, site)| *site)
        .filter(|site| !site.has_host(host))
        .collect();
    if lacking.is_empty() {
        return Ok(vec![]);
    }
    let gateway = view.gateway()?;
    // The certificate of App Service's own names covers every one of them.
    let tls = is_tls_bound(gateway, back.setting) && !is_default_host(host);
    let same = probe_host(gateway, back).is_some_and(|it| clean_host(&it) == clean_host(host));
    let sure = tls && !same && !back.is_mixed && lacking.len() == live.len();
    let says = format!(
        "Settings {} send the host {}, which the App Service behind {} does not have",
        back.setting_name,
        one_line(host),
        back.pair
    );
    let mut finding = finding(
        gateway,
        back,
        ("app-host-not-bound", "5.3"),
        says,
        (tls, sure),
    );
    if same {
        finding
            .against
            .push("the probe sends the same host and is answered (Gateway)".into());
    }
    Ok(vec![sighting(back, finding, &lacking)])
}
