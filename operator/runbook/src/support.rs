//! The article's last word: where everything passes and requests fail all the same, what to file with Azure's support.
use crate::{facts::access_log::thousands, report::Report, view::View, walk::Walk};

/// Sentences that can be filed as they are; none for another verdict.
pub(crate) fn request(view: &View<'_>, report: &Report, walk: &Walk) -> Vec<String> {
    let (id, span) = (view.id(), view.facts.span());
    let part = |kind| id.segment(kind).unwrap_or("(unknown)");
    let seen = &report.gateway;
    let counted = view.failures();
    let of = counted
        .and_then(|it| it.total)
        .map_or(String::new(), |total| format!(" of {}", thousands(total)));
    let failed = thousands(counted.map_or(0, |it| it.failed));
    let bad = report.bad_gateway.filter(|n| *n > 0);
    let bad = bad.map_or(String::new(), |n| format!(", {} of them 502", thousands(n)));
    let log = walk.sightings("6a.2").next();
    let log = log.map_or_else(
        || "no access log is kept, so which requests is not known".to_owned(),
        |kept| format!("access log: {}", kept.evidence),
    );
    // What was not to be had is said: it is not taken for nothing.
    let rest = if report.gaps.is_empty() {
        "neither do Resource Health and the activity log".to_owned()
    } else {
        format!("not to be had: {}", report.gaps.join("; "))
    };
    vec![
        format!(
            "Application Gateway {} ({}, {}), subscription {}, resource group {}",
            seen.name,
            seen.tier,
            seen.region,
            part("subscriptions"),
            part("resourceGroups")
        ),
        format!(
            "{} to {}: {failed}{of} requests failed{bad}; {log}",
            span.from, span.to
        ),
        format!("Every step of the article is decided as above, and none explains it; {rest}"),
        "Asked for: what the instances logged in that time, and whether a single one of them fails"
            .to_owned(),
    ]
}
