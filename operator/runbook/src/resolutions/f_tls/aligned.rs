//! F.4 of a probe that speaks otherwise than its settings.
use super::{draft, probe::Part, protocol::HTTPS};
use crate::{
    draft::{Case, Draft, Drafted, Reason},
    facts::{
        Blocked,
        json::{list, one_line, text},
    },
    id::Subject,
    report::Finding,
    resolutions::{
        pair::{self, SETTINGS, Target, listed},
        rehearsal::{Candidate, rehearsed},
    },
};
use serde_json::json;

/// A probe that speaks otherwise than its settings: what requests meet is what is to be probed. Settings that have the
/// same fault by the same probe are changed along with it, since Azure looks at all of them.
pub(super) fn aligned(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let (mut apart, mut about) = (vec![], None);
    for target in used(case)? {
        if target.mismatch().is_none() {
            continue;
        }
        if is_about(finding, &target) {
            about = target.probe_name();
        }
        apart.push(target);
    }
    let Some(probe) = about else {
        return Ok(vec![]);
    };
    let (same, others): (Vec<_>, Vec<_>) = apart
        .into_iter()
        .partition(|it| it.probe_name() == Some(probe));
    let others: Vec<String> = others.iter().map(|it| it.setting.to_owned()).collect();
    let Some(first) = same.first() else {
        return Ok(vec![]);
    };
    let mut planned = as_settings(case, first)?;
    if !others.is_empty() && !planned.changes.is_empty() {
        planned = planned.effect(format!(
            "Azure may refuse the write as long as others speak differently from their probes: approve it together with those of {}",
            listed(&others)
        ));
    }
    Ok(vec![planned])
}

/// Settings that a rule uses, each with the first of its pairs.
fn used<'c>(case: &Case<'c, '_>) -> Result<Vec<Target<'c>>, Blocked> {
    let gateway = case.gateway()?;
    let (pairs, mut all) = (gateway.pairs_in_use(), vec![]);
    let settings = list(gateway.0, &["properties", SETTINGS]);
    for setting in settings.filter_map(|it| text(it, &["name"])) {
        let by = |it: &&Subject| matches!(it, Subject::Pair { setting: own, .. } if own.eq_ignore_ascii_case(setting));
        if let Some(pair) = pairs.iter().find(by) {
            all.extend(pair::of(case, pair)?);
        }
    }
    Ok(all)
}

/// The finding names both and what they speak, in the words of the check.
fn is_about(finding: &Finding, target: &Target<'_>) -> bool {
    let (Some(probe), Some(name)) = (probed(target), target.probe_name()) else {
        return false;
    };
    let fact = format!(
        "{}: {}, {}: {probe} (ControlPlane)",
        one_line(target.setting),
        target.speaks(),
        one_line(name)
    );
    finding.because.contains(&fact)
}

fn probed<'c>(target: &Target<'c>) -> Option<&'c str> {
    text(target.probe?, &["properties", "protocol"])
}

fn as_settings(case: &Case<'_, '_>, target: &Target<'_>) -> Result<Draft, Blocked> {
    let (own, setting) = (target.speaks(), target.setting);
    let probe = target.probe_name().unwrap_or_default();
    let other = probed(target).unwrap_or_default();
    let web = |word: &str| {
        ["Http", HTTPS]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(word))
    };
    if !web(own) || !web(other) {
        let why = format!(
            "{setting} speaks {own} and {probe} {other}: one of them is not for web traffic, and which is meant is for a person to say"
        );
        let title = format!("Let probe {probe} speak as {setting} does");
        let draft = draft(case, target, title, vec![]);
        return Ok(draft.withheld(Reason::EvidenceTooWeak, why));
    }
    let speaks = |name: &str| {
        let found = target.gateway.named(SETTINGS, name);
        found.and_then(|it| text(it, &["properties", "protocol"]))
    };
    let fits = |name: &&str| speaks(name).is_some_and(|it| it.eq_ignore_ascii_case(other));
    let (kept, along): (Vec<&str>, Vec<&str>) = target.sharers().into_iter().partition(fits);
    let part = Part::shared(case, target, &[("protocol", json!(own))], &kept, &along)?;
    let title = format!("Let {} speak {own} as {setting} does", part.title);
    let mut planned = draft(case, target, title, part.edits)
        .need(target.still(case, "protocol"))
        .need(target.still(case, "port"))
        .effect("requests go on as before, and only what is probed changes: a server that the settings' protocol does not reach is taken out");
    planned.effects.extend(part.effects);
    planned.az = part.az;
    let candidate = Candidate::new(target, &target.copied());
    rehearsed(case, planned, &candidate)
}
