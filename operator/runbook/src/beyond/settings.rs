//! Faults that the documents alone show.
use super::back_end::servers;
use crate::{
    facts::{
        Blocked,
        gateway::Generation,
        health::few,
        json::{list, one_line, one_or_many, text},
        network::net,
    },
    id::{Letter::F, Subject},
    report::{Confidence, Finding},
    step::{Next, Seen, Sighting},
    view::View,
    walk::Walk,
};
use std::collections::BTreeSet;

fn lint(
    view: &View<'_>,
    id: &'static str,
    of: &Subject,
    says: String,
    fact: String,
    more: &str,
) -> Sighting {
    let finding = Finding {
        id,
        row: None,
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: of.to_string(),
        says,
        because: vec![format!("{fact} (ControlPlane)")],
        against: vec![],
        correction: more.to_owned(),
        target: view.id().to_string(),
    };
    Sighting::new(of, fact).to(Next::Stop).finding(finding)
}

/// Azure refuses such a pair when it is written now; older ones are still about.
pub(super) fn protocol_mismatch(view: &View<'_>, _: &Walk) -> Seen {
    let gateway = view.gateway()?;
    let protocol = |v: &serde_json::Value| text(v, &["properties", "protocol"]).map(str::to_owned);
    let settings = list(gateway.0, &["properties", "backendHttpSettingsCollection"]);
    let odd = settings.filter_map(|setting| {
        let name = text(setting, &["name"])?;
        let (own, probe) = (protocol(setting)?, gateway.probe_of(name)?);
        let probes = protocol(probe)?;
        let probe = one_line(text(probe, &["name"]).unwrap_or("(unnamed)"));
        (!own.eq_ignore_ascii_case(&probes)).then(|| (one_line(name), own, probe, probes))
    });
    Ok(odd
        .map(|(setting, own, probe, probes)| {
            let says = format!(
                "Setting {setting} speaks {own} and its probe {probe} speaks {probes}: the probe does not test what requests meet"
            );
            let fact = format!("{setting}: {own}, {probe}: {probes}");
            let mut sighting = lint(view, "x.protocol-mismatch", &Subject::Gateway, says, fact, "The article does not compare the two; they are changed together or not at all");
            if let Some(finding) = &mut sighting.finding {
                finding.letter = Some(F);
            }
            sighting
        })
        .collect())
}

/// Said once, where 1a has not said it of a stopped one.
pub(super) fn retired(view: &View<'_>, walk: &Walk) -> Seen {
    let gateway = view.gateway()?;
    let said = walk.findings.iter().any(|it| it.id == "gateway-retired");
    if gateway.generation() != Generation::V1 || said || !view.is_past_retirement() {
        return Ok(vec![]);
    }
    let says = format!(
        "Gateway {} is of the v1 platform, which was retired on 2026-04-28 and has no support: migrate it to v2",
        view.id().name()
    );
    let fact = format!("tier {}", one_line(gateway.tier()));
    Ok(vec![lint(
        view,
        "x.retired",
        &Subject::Gateway,
        says,
        fact,
        "The article treats v1 as current",
    )])
}

/// Rules whose source is a part of the gateway's subnet, in the groups on the way to its back ends.
pub(crate) fn instance_rules(view: &View<'_>, walk: &Walk) -> Seen {
    if !super::is_amiss(view, walk)? {
        return Ok(vec![]);
    }
    let home = view.home()?;
    let own = &home.subnet.prefixes;
    // The groups that are known from the walk, and that of the gateway itself.
    let nearby = home.vnet.iter().flat_map(|vnet| &vnet.subnets);
    let groups: BTreeSet<_> = nearby.filter_map(|subnet| subnet.nsg.clone()).collect();
    let (mut found, mut unread) = (Vec::new(), None);
    for id in groups {
        // Only what is there already: this is a hint, and worth no question.
        let document = match view.facts.document(&id) {
            Ok(document) => document,
            Err(Blocked::Ask(_)) => continue,
            Err(blocked) => {
                unread = Some(blocked);
                continue;
            }
        };
        for rule in list(document, &["properties", "securityRules"]) {
            let Some(properties) = crate::facts::json::at(rule, &["properties"]) else {
                continue;
            };
            let sources = one_or_many(properties, "sourceAddressPrefix", "sourceAddressPrefixes");
            let part = sources
                .iter()
                .filter_map(|source| net(source))
                .any(|source| {
                    own.iter()
                        .any(|own| own.contains(&source) && *own != source)
                });
            if part {
                let name = one_line(text(rule, &["name"]).unwrap_or("(unnamed)"));
                found.push((id.clone(), name));
            }
        }
    }
    if let Some(blocked) = unread.filter(|_| found.is_empty()) {
        return Err(blocked);
    }
    Ok(found
        .into_iter()
        .map(|(id, rule)| {
            let says = format!(
                "NSG rule {}/{rule} names single addresses within the gateway's subnet: they change whenever the platform replaces an instance",
                id.name()
            );
            let fact = format!("{}/{rule} names a part of {}", id.name(), few(&own.iter().map(ToString::to_string).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>()));
            let of = Subject::NsgRule { nsg: id.name().to_owned(), rule };
            let mut sighting = lint(view, "x.instance-rules", &of, says, fact, "The article finds this only after an upgrade; it can be seen at any time");
            if let Some(finding) = &mut sighting.finding {
                finding.target = id.to_string();
            }
            sighting
        })
        .collect())
}

/// A name server of one's own that does not answer makes health Unknown, and is read at the start only.
pub(super) fn dns_servers(view: &View<'_>, walk: &Walk) -> Seen {
    let waits = walk.seen.get("1b.3").into_iter().flatten();
    if !waits.into_iter().any(|(_, seen)| *seen != Ok(vec![])) {
        return Ok(vec![]);
    }
    view.home()?;
    let own = servers(view).ok_or_else(|| {
        Blocked::Unclear("which DNS servers the gateway's network uses could not be read".into())
    })?;
    if own.is_empty() {
        return Ok(vec![]);
    }
    let of: Vec<&str> = own.iter().map(String::as_str).collect();
    let says = format!(
        "The gateway's network uses DNS servers of its own ({}): if they do not resolve public names and the back ends', health is Unknown; after mending them the gateway has to be restarted",
        few(&of)
    );
    let fact = format!("dnsServers {}", few(&of));
    Ok(vec![lint(
        view,
        "x.dns-servers",
        &Subject::Gateway,
        says,
        fact,
        "The article has no step for DNS",
    )])
}
