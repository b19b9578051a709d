//! The article's last table. Most of its rows are read off the rows of the steps; three look for themselves.
use crate::{
    facts::{Blocked, gateway::Gateway, health::PairHealth, json::text},
    id::{
        Letter::{self, A, B, C, D, E, F, G, H, I},
        Subject,
    },
    report::{Confidence, Finding},
    step::{Next, RowId, Seen, Sighting, Step},
    steps,
    view::View,
    walk::Walk,
};

/// One row of the map.
pub struct MapRow {
    /// Stable id.
    pub id: RowId,
    /// What holds if it does, in one line of our own.
    pub says: &'static str,
    /// Where the article sends the reader; the support request reads `stop`.
    pub next: Next,
    /// The step rows it is read off.
    pub from: &'static [RowId],
    /// Only sightings that lead to this letter count.
    pub only: Option<Letter>,
    /// For a row that is read off nothing: when it holds.
    pub when: Option<fn(&View<'_>, &Walk) -> Seen>,
    /// Where real Azure and the article pull apart.
    pub correction: Option<&'static str>,
}

const fn row(id: RowId, says: &'static str, letter: Letter, from: &'static [RowId]) -> MapRow {
    MapRow {
        id,
        says,
        next: Next::Letter(letter),
        from,
        only: None,
        when: None,
        correction: None,
    }
}

/// The table, in the article's order.
pub static MAP: [MapRow; 12] = [
    MapRow {
        only: Some(A),
        correction: Some(
            "The article ends here; whether an NSG, a firewall or the host refuses the connection is what 2c-1 tells apart, and only an NSG is mended by A's writes",
        ),
        ..row(
            "map.1",
            "A server is Unhealthy, and its connection is refused or not answered",
            A,
            &["2c-1.1", "2c-1.3"],
        )
    },
    MapRow {
        only: Some(B),
        ..row(
            "map.2",
            "A server is Unhealthy, and answers 404 on the probe's path",
            B,
            &["2b.1", "2c.1"],
        )
    },
    MapRow {
        when: Some(api_management),
        correction: Some(
            "The article takes the path for the only one; portal and management hosts have others, and a failing probe with another path may have another reason",
        ),
        ..row(
            "map.3",
            "API Management, and the probe does not ask for its status path",
            B,
            &[],
        )
    },
    MapRow {
        only: Some(F),
        ..row(
            "map.4",
            "The HTTPS certificate names another host, or its chain is incomplete",
            F,
            &["2d.3", "2d.4", "2d.5", "2d.6"],
        )
    },
    MapRow {
        only: Some(C),
        correction: Some(
            "The article looks for Unhealthy servers here; blocked management ports show as Unknown",
        ),
        ..row(
            "map.5",
            "The management ports are blocked by an NSG",
            C,
            &["1b.3"],
        )
    },
    MapRow {
        when: Some(after_upgrade),
        correction: Some(
            "No event says that instances were replaced: only a person can tell, and a rule for single addresses is a fault at any time",
        ),
        ..row(
            "map.6",
            "It began after a platform upgrade, and rules name instance addresses",
            A,
            &[],
        )
    },
    row(
        "map.7",
        "A pool is empty, or there is none",
        D,
        &["1b.4", "1b.5"],
    ),
    MapRow {
        only: Some(E),
        ..row(
            "map.8",
            "A listener or routing rule is wrong",
            E,
            &["3.1", "3.2"],
        )
    },
    row(
        "map.9",
        "The gateway is stopped, or its last write failed",
        G,
        &["1a.2", "1a.4"],
    ),
    MapRow {
        only: Some(H),
        ..row("map.10", "Capacity is at its ceiling", H, &["4.1", "4.2"])
    },
    MapRow {
        only: Some(I),
        ..row(
            "map.11",
            "App Service refuses the host name or the gateway",
            I,
            &["5.2", "5.3", "5.4"],
        )
    },
    MapRow {
        id: "map.12",
        says: "Everything passes, and there are 502s all the same: a support request",
        next: Next::Stop,
        from: &[],
        only: None,
        when: Some(all_passed),
        correction: Some(
            "The article files it as soon as nothing was found; with a single row undecided it would be filed on a guess",
        ),
    },
];

/// The path on which an API Management answers for its own health.
const STATUS_PATH: &str = "/status-0123456789abcdef";
/// Where API Management has its own names.
const API_MANAGEMENT: [&str; 3] = [".azure-api.net", ".azure-api.us", ".azure-api.cn"];

fn is_api_management(view: &View<'_>, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let said = view.facts.said().api_management_host.as_deref();
    API_MANAGEMENT.iter().any(|suffix| host.ends_with(suffix))
        || said.is_some_and(|said| said.eq_ignore_ascii_case(&host))
}

/// A failing pair whose members, host or probe host is an API Management, probed on another path.
fn api_management(view: &View<'_>, _: &Walk) -> Seen {
    let gateway = view.gateway()?;
    let failing = view
        .health()?
        .iter()
        .filter(|pair| pair.down().next().is_some() && !view.is_unused(&pair.subject()));
    Ok(failing
        .filter_map(|pair| wrong_path(view, gateway, pair))
        .collect())
}

fn wrong_path(view: &View<'_>, gateway: Gateway<'_>, pair: &PairHealth) -> Option<Sighting> {
    let probe = gateway.probe_of(&pair.setting);
    let setting = gateway.named("backendHttpSettingsCollection", &pair.setting);
    let hosts = pair.servers.iter().map(|server| server.address.as_str());
    let hosts = hosts
        .chain(probe.and_then(|it| text(it, &["properties", "host"])))
        .chain(setting.and_then(|it| text(it, &["properties", "hostName"])));
    let host = hosts
        .into_iter()
        .find(|host| is_api_management(view, host))?;
    // The probe's certificate or connection failed before any path mattered.
    let by_answer = pair.down().all(|it| it.class.is_answered());
    let path = probe
        .and_then(|it| text(it, &["properties", "path"]))
        .unwrap_or("/");
    if path.eq_ignore_ascii_case(STATUS_PATH) || !by_answer {
        return None;
    }
    let subject = pair.subject();
    let path = crate::facts::json::one_line(path);
    let finding = Finding {
        id: "api-management-probe-path",
        row: Some("map.3"),
        letter: Some(B),
        confidence: if pair.is_dead() {
            Confidence::Likely
        } else {
            Confidence::Inconclusive
        },
        subject: subject.to_string(),
        says: format!(
            "{host} is an API Management and is probed on {path}, which it does not answer for its own health: {STATUS_PATH} is made for that; {}",
            pair.state()
        ),
        because: vec![
            format!("1b: {} (Gateway)", pair.words()),
            format!("probe path {path} (ControlPlane)"),
        ],
        against: pair.serves_all_the_same(),
        correction: String::new(),
        target: view.id().to_string(),
    };
    Some(Sighting::new(&subject, format!("{host} on {path}")).finding(finding))
}

/// Asked of a person only where there is such a rule and nothing sure explains the rest.
fn after_upgrade(view: &View<'_>, walk: &Walk) -> Seen {
    let seen = crate::beyond::instance_rules(view, walk)?;
    let explained = walk
        .findings
        .iter()
        .any(|it| it.confidence != Confidence::Inconclusive);
    // Only where the path of servers that fail is open to a part of the subnet alone; else the rule is about something else.
    let partly = walk
        .obstacles()
        .any(|(row, blocked)| row == "2c-1.1" && matches!(blocked, Blocked::Hint(_)));
    let confidence = if partly {
        Confidence::Likely
    } else {
        Confidence::Inconclusive
    };
    match view.facts.said().after_platform_upgrade {
        _ if seen.is_empty() => Ok(vec![]),
        Some(true) => Ok(seen
            .into_iter()
            .map(|sighting| Sighting {
                next: Some(Next::Letter(A)),
                finding: sighting.finding.map(|finding| {
                    Box::new(Finding {
                        id: "instance-addresses-after-upgrade",
                        row: Some("map.6"),
                        letter: Some(A),
                        confidence,
                        because: finding
                            .because
                            .into_iter()
                            .chain(["spec.onset.afterPlatformUpgrade: true (Person)".to_owned()])
                            .collect(),
                        ..*finding
                    })
                }),
                ..sighting
            })
            .collect()),
        Some(false) => Ok(vec![]),
        None if explained => Ok(vec![]),
        None => Err(Blocked::Tell("spec.onset.afterPlatformUpgrade")),
    }
}

/// Only with every row decided and failures still counted.
fn all_passed(view: &View<'_>, walk: &Walk) -> Seen {
    let clear = |step: &Step, row: RowId| step.routes || step.all_clear == Some(row);
    let holds = |row| walk.sightings(row).next().is_some();
    let mut against = steps::rows().filter(|(step, row)| !clear(step, row.id) && holds(row.id));
    if against.next().is_some() || !walk.findings.is_empty() {
        return Ok(vec![]);
    }
    let Some(counted) = view.failures() else {
        return Err(Blocked::Unclear(
            "whether there are 502s is not counted anywhere".into(),
        ));
    };
    if counted.failed == 0 {
        return Ok(vec![]);
    }
    if let Some((_, open)) = walk.obstacles().next() {
        return Err(Blocked::Unclear(format!(
            "not everything was decided: {}",
            crate::path::words(open)
        )));
    }
    let evidence = format!(
        "{} requests failed, and every row is decided",
        counted.failed
    );
    Ok(vec![Sighting::new(&Subject::Gateway, evidence)])
}
