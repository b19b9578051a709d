//! Step 4. Was the gateway at the limit of its capacity?
use super::capacity::{Level, Limit, Load, load};
use crate::{
    facts::{
        Blocked,
        access_log::{Line, thousands},
        diagnostics::as_far_as_known,
        health::{Health, PairHealth, is_app_service_host},
        json::{list, text},
    },
    id::{
        Letter::H,
        StepId::{S1b, S4, S5, S6a},
        Subject,
    },
    report::{Confidence, Finding},
    step::{Looks, Next, Row, Seen, Sighting, Step, seen_if},
    view::View,
};
use std::collections::BTreeSet;

pub(super) static STEP: Step = Step {
    id: S4,
    asks: "Was the gateway at the limit of its capacity?",
    title: "capacity",
    looks: &[Looks::Gateway, Looks::Metrics],
    all_clear: Some("4.4"),
    routes: false,
    skipped: "1b is not healthy",
    rows: &[
        Row {
            id: "4.1",
            says: "At the ceiling that autoscaling may reach",
            next: Next::Letter(H),
            when: autoscale_at_ceiling,
            correction: Some(
                "CapacityUnits are units and the maximum counts instances: one instance is ten units",
            ),
        },
        Row {
            id: "4.2",
            says: "At the limit of a fixed number of instances",
            next: Next::Letter(H),
            when: fixed_at_limit,
            correction: Some("v1 has no such metric, and one instance of v2 is ten units"),
        },
        Row {
            id: "4.3",
            says: "Back ends were unhealthy in the window",
            next: Next::Step(S1b),
            when: was_unhealthy,
            correction: Some(
                "The article goes in circles here: unhealthy then and healthy now is an answer",
            ),
        },
        Row {
            id: "4.4",
            says: "Below the ceiling all the time",
            next: Next::Step(S5),
            when: below,
            correction: None,
        },
    ],
};

fn autoscale_at_ceiling(view: &View<'_>, of: &Subject) -> Seen {
    match Limit::of(view.gateway()?)? {
        Limit::Units {
            autoscale: true, ..
        } => at_limit(view, of, "4.1"),
        _ => Ok(vec![]),
    }
}

fn fixed_at_limit(view: &View<'_>, of: &Subject) -> Seen {
    match Limit::of(view.gateway()?)? {
        Limit::Units {
            autoscale: true, ..
        } => Ok(vec![]),
        _ => at_limit(view, of, "4.2"),
    }
}

fn at_limit(view: &View<'_>, of: &Subject, row: &'static str) -> Seen {
    let load = load(view)?;
    let minutes = match &load.level {
        Level::Sustained(minutes) => minutes,
        Level::Unsure(why) => return Err(Blocked::Unclear(why.clone())),
        Level::Below => return Ok(vec![]),
    };
    let Load {
        limit, used, peak, ..
    } = &load;
    let evidence = format!("{}, {}", limit.words(*peak), used.when(minutes));
    let failed = load.metrics.series("FailedRequests").within(minutes);
    let against = against(view, &load, minutes)?;
    let finding = Finding {
        id: "capacity-at-limit",
        row: Some(row),
        letter: Some(H),
        // Never Confirmed: a gateway at its limit answers 503 and 504 at least as often as 502.
        confidence: if against.is_empty() {
            Confidence::Likely
        } else {
            Confidence::Inconclusive
        },
        subject: of.to_string(),
        says: format!(
            "Gateway {} was at the limit of its capacity: {evidence}",
            view.id().name()
        ),
        because: vec![
            format!("4: {} up to {evidence} (Gateway)", limit.metric()),
            format!("{:.0} requests failed meanwhile (Gateway)", failed.sum()),
        ],
        against,
        correction: match limit {
            Limit::Units { instances, .. } => format!(
                "The article would call anything near {instances} capacity units the limit, which is the number of instances: {instances} of them are {:.0} units",
                limit.ceiling()
            ),
            Limit::Cpu => "The article reads CapacityUnits, which v1 does not have".into(),
        },
        target: view.id().to_string(),
    };
    Ok(vec![Sighting::new(of, evidence).finding(finding)])
}

/// What keeps a full gateway from being the cause, in the same minutes.
fn against(
    view: &View<'_>,
    load: &Load,
    minutes: &BTreeSet<usize>,
) -> Result<Vec<String>, Blocked> {
    let mut against = Vec::new();
    let failed = load.metrics.series("FailedRequests").within(minutes);
    if failed.sum() == 0.0 {
        against.push(failed.gap("FailedRequests").map_or(
            "no request failed in those minutes (Gateway)".into(),
            |gap| format!("{gap}: whether requests failed is not known (Gateway)"),
        ));
    }
    let unhealthy = load.metrics.series("UnhealthyHostCount").within(minutes);
    if unhealthy.sum() > 0.0 {
        against.push("back ends were unhealthy in the same minutes (Gateway)".into());
    } else if let Some(gap) = unhealthy.gap("UnhealthyHostCount") {
        against.push(format!(
            "{gap}: whether back ends were healthy is not known (Gateway)"
        ));
    }
    if let Some(kept) = as_far_as_known(view.access_log())?
        && let Ok(log) = kept.log()
    {
        let mut bad = log
            .lines
            .iter()
            .filter(|line| line.status == 502)
            .peekable();
        if bad.peek().is_some() && bad.all(Line::is_no_live) {
            against.push(format!(
                "each of {} answers of 502 met no live member (Gateway)",
                thousands(log.count(502))
            ));
        }
    }
    Ok(against)
}

/// The article goes back to 1b here. Unhealthy then and healthy now is an answer of its own.
fn was_unhealthy(view: &View<'_>, of: &Subject) -> Seen {
    let metrics = view.metrics()?;
    let unhealthy = metrics.series("UnhealthyHostCount");
    let minutes = unhealthy.reach(f64::MIN_POSITIVE);
    if minutes.is_empty() {
        let gap = unhealthy.gap("UnhealthyHostCount");
        return gap.map_or(Ok(vec![]), |gap| Err(Blocked::Unclear(gap)));
    }
    let when = unhealthy.when(&minutes);
    let peak = unhealthy.peak().unwrap_or_default();
    let then = format!("up to {peak:.1} back ends unhealthy, {when}");
    let pairs = as_far_as_known(view.health())?;
    let healthy_now = pairs.is_some_and(|pairs| {
        let mut counted = pairs.iter().flat_map(PairHealth::counted).peekable();
        counted.peek().is_some() && counted.all(|server| server.health == Health::Healthy)
    });
    if !healthy_now {
        let evidence = format!("{then}; not known to be all healthy now");
        return Ok(vec![Sighting::new(of, evidence).to(Next::Step(S6a))]);
    }
    let failed = metrics.series("FailedRequests").within(&minutes);
    let finding = Finding {
        id: "was-unhealthy",
        row: Some("4.3"),
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: of.to_string(),
        says: format!("Back ends were unhealthy ({when}), and are healthy now"),
        because: vec![format!(
            "4: UnhealthyHostCount up to {peak:.1} in that time (Gateway)"
        )],
        against: if failed.missing() == 0 && failed.sum() == 0.0 {
            vec!["no request failed in that time (Gateway)".into()]
        } else {
            vec![]
        },
        correction: "The article goes back to 1b, which shows the present and led here: it would go in circles".into(),
        target: view.id().to_string(),
    };
    let sighting = Sighting::new(of, format!("{then}; healthy now"));
    Ok(vec![sighting.to(Next::Step(S6a)).finding(finding)])
}

fn below(view: &View<'_>, of: &Subject) -> Seen {
    let load = load(view)?;
    if let Level::Unsure(why) = load.level {
        return Err(Blocked::Unclear(why));
    }
    let (limit, peak) = (load.limit, load.peak);
    let nearly = peak >= 0.75 * limit.ceiling();
    let near = if nearly { ", near the limit" } else { "" };
    let literal = match limit {
        Limit::Units { instances, .. } if peak >= 0.9 * f64::from(instances) => {
            format!("; the article would compare {peak:.0} with {instances}")
        }
        _ => String::new(),
    };
    let is_below = matches!(load.level, Level::Below);
    let seen = seen_if(is_below, of, || {
        format!("up to {}{near}{literal}", limit.words(peak))
    })?;
    if leads_to_app_service(view)? {
        return Ok(seen);
    }
    let seen = seen.into_iter();
    Ok(seen.map(|sighting| sighting.to(Next::Step(S6a))).collect())
}

/// A pair in use has a member that is an App Service, as far as names tell, or a person says so.
fn leads_to_app_service(view: &View<'_>) -> Result<bool, Blocked> {
    let gateway = view.gateway()?;
    let pairs = gateway.pairs_in_use();
    let is_used = |pool: &str| {
        let mut pools = pairs.iter().filter_map(|pair| match pair {
            Subject::Pair { pool, .. } => Some(pool),
            _ => None,
        });
        pools.any(|used| used.eq_ignore_ascii_case(pool))
    };
    let mut pools = list(gateway.0, &["properties", "backendAddressPools"]).filter(|pool| {
        let name = text(pool, &["name"]).unwrap_or_default();
        view.pairs_in_use().is_none() || is_used(name)
    });
    let has_app = pools.any(|pool| {
        list(pool, &["properties", "backendAddresses"])
            .filter_map(|member| text(member, &["fqdn"]).or_else(|| text(member, &["ipAddress"])))
            .any(is_app_service_host)
    });
    Ok(has_app || view.facts.said().web_app.is_some())
}
