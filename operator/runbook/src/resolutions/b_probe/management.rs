//! B.3: an API Management, probed on the path that its gateway host has for that.
use super::{
    given::HOST,
    made::{made, plain},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason},
    facts::{Blocked, json::text},
    report::Finding,
    resolutions::{
        pair::{Target, is_name, target},
        rehearsal::{Candidate, rehearsed},
    },
};

const HINT: &str = "spec.hints.apiManagementHost";
/// The path on which an API Management answers for its own health.
const STATUS_PATH: &str = "/status-0123456789abcdef";
/// Where API Management has its own names.
const ZONES: [&str; 3] = [".azure-api.net", ".azure-api.us", ".azure-api.cn"];
/// Hosts of it that are not the gateway's, and where they answer.
const OTHERS: [(&str, &str); 4] = [
    ("portal", "/signin"),
    ("developer", "/"),
    ("management", "/ServiceStatus"),
    ("scm", "nowhere"),
];

pub(super) fn api_management(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    if finding.id != "api-management-probe-path" {
        return Ok(vec![]);
    }
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let held = |why: String| {
        let title = format!("Probe {} on {STATUS_PATH}", target.setting);
        let verify = case.by_health(vec![target.words()], target.setting);
        let draft = Draft::new(title, vec![], verify);
        Ok(vec![draft.withheld(Reason::NeedsInput, why)])
    };
    let given = case.inputs().probe_host.clone();
    let field = if given.is_some() { HOST } else { HINT };
    let Some(host) = given.or_else(|| host(case, &target)) else {
        return Err(Blocked::Tell(HINT));
    };
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    if !is_name(&host) {
        return held(format!("{field}: {host:?} is no host name"));
    }
    if let Some((kind, path)) = other(&host) {
        return held(format!(
            "{host} is the {kind} host of an API Management, whose health is at {path}: {STATUS_PATH} is the gateway host's alone, to be named in {HINT}"
        ));
    }
    let properties = plain(&target, STATUS_PATH, &host);
    let draft = made(case, &target, &properties)?
        .effect(format!("{STATUS_PATH} says that the gateway of the API Management is up, not that the APIs behind it are"));
    Ok(vec![rehearsed(
        case,
        draft,
        &Candidate::new(&target, &properties),
    )?])
}

/// The gateway host of the API Management: as a person says, else a name of its own that settings, probe or
/// members have.
fn host(case: &Case<'_, '_>, target: &Target<'_>) -> Option<String> {
    let said = case.view.facts.said().api_management_host.clone();
    let probe = target
        .probe
        .and_then(|it| text(it, &["properties", "host"]));
    let members = target.health.into_iter().flat_map(|it| &it.servers);
    let members = members.map(|it| it.address.as_str());
    let known = target
        .word("hostName")
        .into_iter()
        .chain(probe)
        .chain(members);
    let own = |host: &&str| {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        ZONES.iter().any(|zone| host.ends_with(zone))
    };
    said.or_else(|| known.into_iter().find(own).map(str::to_owned))
}

fn other(host: &str) -> Option<(&'static str, &'static str)> {
    let name = ZONES.iter().find_map(|zone| host.strip_suffix(zone))?;
    let (_, kind) = name.rsplit_once('.')?;
    OTHERS.into_iter().find(|(own, _)| *own == kind)
}
