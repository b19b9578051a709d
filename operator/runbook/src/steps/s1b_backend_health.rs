//! Step 1b. What do the gateway's own probes say of each server behind it?
//!
//! Judged by pool *and* settings, since that is what a request meets: a pair with a live member still
//! serves, and a pair that no rule uses harms nobody.
use super::unknown_health;
use crate::{
    facts::{
        Blocked, Gap,
        gateway::Gateway,
        health::{Health, PairHealth, Server, few},
        probe_log::LogClass,
    },
    id::{
        Letter::D,
        StepId::{S1a, S1b, S2a, S3},
        Subject,
    },
    report::{Confidence, Finding},
    step::{Looks, Next, Row, Seen, Sighting, Step},
    view::View,
};
use std::collections::BTreeSet;

pub(super) static STEP: Step = Step {
    id: S1b,
    asks: "What do the gateway's own probes say of each server behind it?",
    title: "back-end health",
    looks: &[
        Looks::Health,
        Looks::Gateway,
        Looks::Network,
        Looks::SecurityGroup,
        Looks::RouteTable,
    ],
    all_clear: Some("1b.1"),
    routes: false,
    skipped: "1a ended the walk",
    rows: &[
        Row {
            id: "1b.1",
            says: "Every server answers its probe",
            next: Next::Step(S3),
            when: all_healthy,
            correction: None,
        },
        Row {
            id: "1b.2",
            says: "At least one server fails its probe",
            next: Next::Step(S2a),
            when: some_unhealthy,
            correction: Some(
                "The article takes any failing server for the cause. A pool with a live member still serves, and a pool that no rule uses serves nobody: only a pair in use without a live member explains steady 502s",
            ),
        },
        Row {
            id: "1b.3",
            says: "No probe result has come back, for any server",
            next: Next::Step(S1a),
            when: unknown_health::all_unknown,
            correction: Some(
                "The article waits and goes back to 1a, which says nothing about health, and never ends. We look at health again, three times in six minutes, and at once at what makes it Unknown: blocked management ports, a default route away from the Internet",
            ),
        },
        Row {
            id: "1b.4",
            says: "A pool in use holds no server",
            next: Next::Letter(D),
            when: empty_pools,
            correction: Some(
                "The article fills the pool. Pools of NICs and scale sets list no addresses, an ingress controller's default pool is empty by design, and a pool that was just filled may not be reported yet",
            ),
        },
        Row {
            id: "1b.5",
            says: "Health lists no pool at all",
            next: Next::Letter(D),
            when: no_pools,
            correction: Some(
                "The article takes this for a gateway without pools. Health lists only what a rule uses, so it means that no rule leads to a pool, which is right where all rules redirect",
            ),
        },
        Row {
            id: "1b.6",
            says: "There is no such gateway",
            next: Next::Stop,
            when: not_found,
            correction: None,
        },
    ],
};

fn all_healthy(view: &View<'_>, of: &Subject) -> Seen {
    let pairs = view.health()?;
    let servers = || pairs.iter().flat_map(|pair| &pair.servers);
    let counted = servers()
        .filter(|server| server.health != Health::Draining)
        .count();
    if counted == 0
        || servers().any(|s| !matches!(s.health, Health::Healthy | Health::Draining | Health::Odd))
    {
        return Ok(vec![]);
    }
    if let Some(odd) = servers().find_map(Server::odd) {
        return Err(Blocked::Unclear(odd));
    }
    let sighting = Sighting::new(of, format!("{counted} of {counted} Healthy"));
    let failing: Vec<&str> = servers()
        .filter(|server| server.contradicts_itself())
        .map(|server| server.address.as_str())
        .collect();
    if failing.is_empty() {
        return Ok(vec![sighting]);
    }
    let finding = Finding {
        id: "health-flapping",
        row: Some("1b.1"),
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: of.to_string(),
        says: format!("{} Healthy, but the last probe of it failed", few(&failing)),
        because: vec!["1b: the health word lags behind the probe log (Gateway)".into()],
        against: vec![
            "a probe with minServers keeps servers Healthy whatever they answer (ControlPlane)"
                .into(),
        ],
        correction: "The article reads the health word alone".into(),
        target: view.id().to_string(),
    };
    Ok(vec![sighting.finding(finding)])
}

/// Each failing pair is followed on its own; what its probes met is for 2a and after to read.
fn some_unhealthy(view: &View<'_>, _: &Subject) -> Seen {
    let failing = view
        .health()?
        .iter()
        .filter(|pair| pair.down().next().is_some());
    Ok(failing.map(|pair| sighting(view, pair)).collect())
}

fn sighting(view: &View<'_>, pair: &PairHealth) -> Sighting {
    let subject = pair.subject();
    let classes: BTreeSet<&LogClass> = pair.down().map(|server| &server.class).collect();
    let words: Vec<String> = classes.iter().map(|class| class.words()).collect();
    let evidence = format!("{}: {}", pair.words(), words.join(", "));
    if view.is_unused(&subject) {
        return Sighting::new(&subject, format!("{evidence}; no rule uses it")).to(Next::Stop);
    }
    Sighting::new(&subject, evidence)
}

fn empty_pools(view: &View<'_>, _: &Subject) -> Seen {
    let pairs = view.health()?;
    let gateway = view.gateway().ok();
    let empty = pairs.iter().filter(|pair| pair.servers.is_empty());
    Ok(empty
        .map(|pair| {
            let subject = pair.subject();
            let evidence = format!("pool {} reports no servers", pair.pool);
            if view.is_unused(&subject) {
                let evidence = format!("{evidence}; no rule uses it");
                return Sighting::new(&subject, evidence).to(Next::Stop);
            }
            let sighting = Sighting::new(&subject, evidence);
            let controlled = gateway.is_some_and(Gateway::is_ingress_controlled);
            if controlled
                && pair
                    .pool
                    .to_ascii_lowercase()
                    .ends_with("defaultaddresspool")
            {
                return sighting.to(Next::Stop);
            }
            let members = gateway.and_then(|g| g.members(&pair.pool));
            sighting.finding(empty_pool(view, pair, members, controlled))
        })
        .collect())
}

fn empty_pool(
    view: &View<'_>,
    pair: &PairHealth,
    members: Option<usize>,
    controlled: bool,
) -> Finding {
    let pool = &pair.pool;
    let (confidence, says, document) = match members {
        Some(0) => (
            Confidence::Confirmed,
            format!("Pool {pool} is used by a rule and has no members: every request to it fails"),
            Some(
                "the gateway's document lists no address and no NIC for it (ControlPlane)"
                    .to_owned(),
            ),
        ),
        Some(n) => (
            Confidence::Inconclusive,
            format!("Pool {pool} is configured with {n} members, and health reports none of them"),
            None,
        ),
        None => (
            Confidence::Inconclusive,
            format!(
                "Health reports no servers for pool {pool}, and whether it has members cannot be read"
            ),
            None,
        ),
    };
    let because = std::iter::once(format!("1b: servers [] for {} (Gateway)", pair.subject()));
    Finding {
        id: "empty-pool",
        row: Some("1b.4"),
        letter: Some(D),
        confidence,
        subject: pair.subject().to_string(),
        says,
        because: because.chain(document).collect(),
        against: if controlled {
            vec!["an ingress controller fills this pool: no ready endpoints is the likelier fault (ControlPlane)".into()]
        } else {
            vec![]
        },
        correction: match members {
            Some(n) if n > 0 => {
                "The article would set the pool's addresses, which replaces the members it has"
                    .into()
            }
            _ => String::new(),
        },
        target: view.id().to_string(),
    }
}

fn no_pools(view: &View<'_>, of: &Subject) -> Seen {
    if !view.health()?.is_empty() {
        return Ok(vec![]);
    }
    let sighting = Sighting::new(of, "backendAddressPools []");
    let gateway = view.gateway()?;
    let Some(used) = view.pairs_in_use().map(BTreeSet::len) else {
        let why = "health lists no pool, and not all rules of the gateway can be read here";
        return Err(Blocked::Unclear(why.into()));
    };
    if used == 0 && (gateway.pool_count() > 0 || gateway.redirects()) {
        return Ok(vec![sighting.to(Next::Stop)]);
    }
    let finding = Finding {
        id: "no-pools",
        row: Some("1b.5"),
        letter: Some(D),
        confidence: if used == 0 {
            Confidence::Confirmed
        } else {
            Confidence::Inconclusive
        },
        subject: of.to_string(),
        says: if used == 0 {
            format!("Gateway {} has no back-end pool", view.id().name())
        } else {
            format!(
                "Rules lead to {used} pairs of pool and settings, and health reports none of them"
            )
        },
        because: vec!["1b: backendAddressPools [] (Gateway)".into()],
        against: vec![],
        correction: String::new(),
        target: view.id().to_string(),
    };
    Ok(vec![sighting.finding(finding)])
}

fn not_found(view: &View<'_>, of: &Subject) -> Seen {
    if view.unreachable() == Some(Gap::NotFound) {
        return Ok(vec![Sighting::new(of, "ResourceNotFound")]);
    }
    view.gateway()?;
    Ok(vec![])
}
