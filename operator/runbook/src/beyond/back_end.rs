//! What a failing probe says that no row of the article has a place for.
use crate::{
    facts::{
        health::{PairHealth, Server, few},
        json::{self, list, one_line},
        probe_log::LogClass,
    },
    id::Letter::{self, B},
    report::{Confidence, Finding},
    step::{Seen, Sighting},
    view::View,
    walk::Walk,
};
use serde_json::Value;

/// Failing servers of one class, in one pair that is used.
struct Group<'v> {
    pair: &'v PairHealth,
    servers: Vec<&'v Server>,
}

impl Group<'_> {
    fn addresses(&self) -> String {
        let all: Vec<&str> = self.servers.iter().map(|it| it.address.as_str()).collect();
        few(&all)
    }
    /// All that count are down, and all in this way.
    fn is_whole(&self) -> bool {
        self.pair.is_dead() && self.servers.len() == self.pair.counted().count()
    }
    fn confidence(&self) -> Confidence {
        match (self.is_whole(), self.pair.is_dead()) {
            (true, _) => Confidence::Confirmed,
            (false, true) => Confidence::Likely,
            (false, false) => Confidence::Inconclusive,
        }
    }
}

fn groups<'v>(
    view: &'v View<'_>,
    wanted: fn(&LogClass) -> bool,
) -> Result<Vec<Group<'v>>, crate::facts::Blocked> {
    let used = view
        .health()?
        .iter()
        .filter(|it| !view.is_unused(&it.subject()));
    let group = |pair: &'v PairHealth| Group {
        pair,
        servers: pair.down().filter(|it| wanted(&it.class)).collect(),
    };
    Ok(used
        .map(group)
        .filter(|it| !it.servers.is_empty())
        .collect())
}

struct Says {
    id: &'static str,
    letter: Option<Letter>,
    text: String,
    because: Vec<String>,
    /// What speaks against it makes it a hint.
    against: Vec<String>,
    /// No surer than this.
    at_most: Confidence,
    correction: &'static str,
}

fn sighting(view: &View<'_>, group: &Group<'_>, says: Says) -> Sighting {
    let subject = group.pair.subject();
    let mut because = vec![format!("1b: {} (Gateway)", group.pair.words())];
    because.extend(says.because);
    let doubted = !says.against.is_empty();
    let mut against = group.pair.serves_all_the_same();
    against.extend(says.against);
    let finding = Finding {
        id: says.id,
        row: None,
        letter: says.letter,
        confidence: if doubted {
            Confidence::Inconclusive
        } else {
            group.confidence().max(says.at_most)
        },
        subject: subject.to_string(),
        says: says.text,
        because,
        against,
        correction: says.correction.into(),
        target: view.id().to_string(),
    };
    Sighting::new(&subject, group.pair.words()).finding(finding)
}

/// The application answers, with an error of its own: nothing on the gateway mends that.
pub(super) fn error(view: &View<'_>, _: &Walk) -> Seen {
    let own = |class: &LogClass| matches!(class, LogClass::Status { received: Some(code), .. } if (500..600).contains(code));
    let all = groups(view, own)?;
    Ok(all
        .iter()
        .map(|group| {
            let codes: std::collections::BTreeSet<String> =
                group.servers.iter().map(|it| it.class.words()).collect();
            let codes: Vec<String> = codes.into_iter().collect();
            let text = format!(
                "The application behind {} answers its probe with {}: {}; {}",
                group.pair.subject(),
                codes.join(" or "),
                group.addresses(),
                group.pair.state()
            );
            sighting(view, group, Says {
                id: "x.backend-error",
                letter: None,
                text,
                because: vec![format!("probe log: {} (Gateway)", codes.join(", "))],
                against: vec![],
                at_most: Confidence::Confirmed,
                correction: "The article has no row for it. A probe made to accept 5xx would only hide it: look into the application",
            })
        })
        .collect())
}

/// The gateway cannot resolve the member's name. A gateway write would clear what it still has cached.
pub(super) fn name_not_resolved(view: &View<'_>, _: &Walk) -> Seen {
    let all = groups(view, |class| *class == LogClass::NameNotResolved)?;
    if all.is_empty() {
        return Ok(vec![]);
    }
    let dns = match view.home().map(|home| home.vnet.is_some()) {
        Err(ask @ crate::facts::Blocked::Ask(_)) => return Err(ask),
        Ok(true) => servers(view),
        _ => None,
    };
    // The gateway's word alone, where nothing of its network can be read.
    let at_most = if dns.is_some() {
        Confidence::Confirmed
    } else {
        Confidence::Likely
    };
    let because = match dns {
        Some(own) if own.is_empty() => {
            "the gateway's network uses Azure's own DNS (ControlPlane)".to_owned()
        }
        Some(own) => format!(
            "the gateway's network uses the DNS servers {} (ControlPlane)",
            own.join(", ")
        ),
        None => "which DNS servers the gateway's network uses could not be read (ControlPlane)"
            .to_owned(),
    };
    Ok(all
        .iter()
        .map(|group| {
            let text = format!(
                "The gateway cannot resolve {}: check the name, the DNS servers of its network, and whether the private zone is linked to it; {}",
                group.addresses(),
                group.pair.state()
            );
            sighting(view, group, Says {
                id: "x.name-not-resolved",
                letter: None,
                text,
                because: vec![because.clone()],
                against: vec![],
                at_most,
                correction: "The article has no step for DNS. Until it is mended nothing is written to the gateway: a write makes it forget the addresses it still knows",
            })
        })
        .collect())
}

/// DNS servers of the gateway's network; empty: Azure's own. `None` where its document is not there.
pub(super) fn servers(view: &View<'_>) -> Option<Vec<String>> {
    let network = view.gateway().ok()?.subnet()?.up_to("virtualNetworks")?;
    let document = view.facts.document(&network).ok()?;
    let all = list(document, &["properties", "dhcpOptions", "dnsServers"]);
    Some(all.filter_map(Value::as_str).map(one_line).collect())
}

/// The answer came with an accepted status, and without the text that the probe looks for.
pub(super) fn body(view: &View<'_>, _: &Walk) -> Seen {
    let all = groups(view, |class| *class == LogClass::Body)?;
    if all.is_empty() {
        return Ok(vec![]);
    }
    let gateway = view.gateway()?;
    Ok(all
        .iter()
        .map(|group| {
            let text = format!(
                "The probe of {} looks for a text that the answer of {} does not hold; {}",
                group.pair.subject(),
                group.addresses(),
                group.pair.state()
            );
            let probe = gateway.probe_of(&group.pair.setting);
            let wanted = probe.and_then(|it| json::text(it, &["properties", "match", "body"]));
            let mut because = vec!["probe log: body does not match (Gateway)".to_owned()];
            let mut against = vec![];
            match wanted {
                Some(wanted) => because.push(format!(
                    "the probe looks for {:?} (ControlPlane)",
                    one_line(wanted)
                )),
                None => against.push(
                    "the probe of these settings looks for no text now: the log is older (ControlPlane)".to_owned(),
                ),
            }
            sighting(view, group, Says {
                id: "x.probe-body",
                letter: Some(B),
                text,
                because,
                against,
                at_most: Confidence::Confirmed,
                correction: "The article looks at path, codes and time-out of the probe, not at match.body",
            })
        })
        .collect())
}
