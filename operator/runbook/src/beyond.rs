//! Checks the article lacks, in the shape of its rows: three-valued, over the same facts. Their ids begin with
//! `x.`; their findings rest on no row. They are looked at after the walk, since most of them matter only
//! where something is wrong.
mod back_end;
mod changes;
mod locks;
mod settings;

pub(crate) use settings::instance_rules;

use crate::{
    facts::{
        Blocked,
        health::{Health, PairHealth, Server},
    },
    step::{Looks, Seen},
    view::View,
    walk::Walk,
};

/// One check.
pub struct Check {
    /// Stable id: `x.changes`.
    pub id: &'static str,
    /// The question.
    pub asks: &'static str,
    /// What it looks at.
    pub looks: &'static [Looks],
    /// Does it hold?
    pub when: fn(&View<'_>, &Walk) -> Seen,
}

/// All of them.
pub static CHECKS: [Check; 10] = [
    Check {
        id: "x.backend-error",
        asks: "Does the application itself answer the probe with an error of its own (5xx)?",
        looks: &[Looks::Health],
        when: back_end::error,
    },
    Check {
        id: "x.name-not-resolved",
        asks: "Does the gateway fail to resolve a member's name, and which DNS servers does its network use?",
        looks: &[Looks::Health, Looks::Network],
        when: back_end::name_not_resolved,
    },
    Check {
        id: "x.probe-body",
        asks: "Does the probe look for a text that the answer does not hold?",
        looks: &[Looks::Health, Looks::Gateway],
        when: back_end::body,
    },
    Check {
        id: "x.protocol-mismatch",
        asks: "Do a setting and its probe speak different protocols?",
        looks: &[Looks::Gateway],
        when: settings::protocol_mismatch,
    },
    Check {
        id: "x.retired",
        asks: "Is the gateway of the v1 platform, retired on 2026-04-28?",
        looks: &[Looks::Gateway],
        when: settings::retired,
    },
    Check {
        id: "x.instance-rules",
        asks: "Does a rule on the path name single addresses of the gateway's subnet, which change as instances are replaced?",
        looks: &[Looks::Gateway, Looks::Network, Looks::SecurityGroup],
        when: settings::instance_rules,
    },
    Check {
        id: "x.dns-servers",
        asks: "Does the gateway's network use DNS servers of its own while health is Unknown?",
        looks: &[Looks::Health, Looks::Network],
        when: settings::dns_servers,
    },
    Check {
        id: "x.lock",
        asks: "Does a lock forbid asking for back-end health?",
        looks: &[Looks::Health, Looks::Locks],
        when: locks::health,
    },
    Check {
        id: "x.changes",
        asks: "What was changed on the gateway just before?",
        looks: &[Looks::ActivityLog],
        when: changes::changes,
    },
    Check {
        id: "x.platform",
        asks: "Does the platform itself report trouble with the gateway?",
        looks: &[Looks::ResourceHealth],
        when: changes::platform,
    },
];

/// Something is wrong, or was in the window: only then is it worth asking what else happened.
fn is_amiss(view: &View<'_>, walk: &Walk) -> Result<bool, Blocked> {
    let found = walk.findings.iter().any(|finding| finding.row.is_some());
    if found || view.failures().is_some_and(|it| it.failed > 0) {
        return Ok(true);
    }
    // How a server does that is not known to serve may be what is wrong: what else is known is asked for at once,
    // and not after the search for a reason.
    let well = |server: &Server| server.health == Health::Healthy;
    let amiss = |pair: &PairHealth| !pair.counted().all(well) && !view.is_unused(&pair.subject());
    Ok(view.health()?.iter().any(amiss))
}
