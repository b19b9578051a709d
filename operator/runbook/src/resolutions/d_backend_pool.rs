//! Resolution D: fill a pool that requests are sent to.
mod members;
mod ways;

use super::{
    Method,
    Reach::Executable,
    a_reachability::admission::{place, shell},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part},
    facts::{
        Blocked,
        gateway::Gateway,
        health::{few, is_app_service_host},
        json::{list, one_line, text},
        network::Home,
    },
    id::{Letter::D, Subject},
    plan::{Change, Edit, Need},
    report::Finding,
};
use members::{Member, read};
use serde_json::Value;
use std::{collections::BTreeSet, net::IpAddr};
use ways::tried;

pub(super) static METHODS: [Method; 1] = [Method {
    id: "D.1",
    letter: D,
    reach: Executable,
    title: "Add members to the pool",
    changes: "The pool has the new members besides those that it has.",
    article: "The article's switch replaces the whole list of a pool. Ours appends, and is withheld where a pool is empty on purpose: members by network interface or scale set, an ingress controller's, or one that only redirects use.",
    draft: fill,
}];

const POOL: &str = "spec.inputs.D.pool";
const ADDRESSES: &str = "spec.inputs.D.addresses";
/// Members that a pool may have.
const TARGETS: usize = 1200;
const OF: [&str; 2] = ["empty-pool", "no-pools"];
const KIND: &str = "backendAddressPools";

/// One plan a pool, whichever finding is about it.
fn fill(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let gateway = case.gateway()?;
    let own = pool_of(case, finding);
    let mut same = case.findings.iter();
    let same = same.find(|it| OF.contains(&it.id) && pool_of(case, it) == own);
    if !OF.contains(&finding.id) || same.is_some_and(|it| it != finding) {
        return Ok(vec![]);
    }
    let refused = |name: &str, reason, why| {
        let title = format!("Add members to pool {}", one_line(name));
        let verify = case.by_health(vec![finding.subject.clone()], "");
        Ok(vec![
            Draft::new(title, vec![], verify).withheld(reason, why),
        ])
    };
    let given = case.inputs().pool.as_deref().map(str::trim);
    let wanted = match (given, &own) {
        (Some(given), Some(own)) if !given.eq_ignore_ascii_case(own) => {
            let mut empty = case.findings.iter().filter_map(|it| pool_of(case, it));
            if empty.any(|it| it.eq_ignore_ascii_case(given)) {
                return Ok(vec![]);
            }
            let why = format!(
                "{POOL}: the pool that is empty is {own}, not {}",
                one_line(given)
            );
            return refused(own, Reason::NeedsInput, why);
        }
        (Some(given), _) => given,
        (None, Some(own)) if alone(case) => own,
        (None, _) => return Err(Blocked::Tell(POOL)),
    };
    let Some(pool) = gateway.named(KIND, wanted) else {
        let wanted = one_line(wanted);
        let why = format!(
            "{POOL}: gateway {} has no pool {wanted}",
            case.view.id().name()
        );
        return refused(&wanted, Reason::NeedsInput, why);
    };
    let name = text(pool, &["name"]).unwrap_or(wanted);
    if let Some((reason, why)) = empty_on_purpose(gateway, name)? {
        return refused(name, reason, why);
    }
    if case.inputs().addresses.is_empty() {
        return Err(Blocked::Tell(ADDRESSES));
    }
    let home = match case.view.home() {
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        other => other.ok(),
    };
    let members = match given_members(case, home) {
        Ok(members) => members,
        Err((reason, why)) => return refused(name, reason, format!("{ADDRESSES}: {why}")),
    };
    Ok(vec![filled(case, gateway, name, &members)?])
}

/// The pool that a finding is about, if it is about one.
fn pool_of(case: &Case<'_, '_>, finding: &Finding) -> Option<String> {
    match case
        .pair_of(finding)
        .filter(|_| finding.id == "empty-pool")?
    {
        Subject::Pair { pool, .. } => Some(pool),
        _ => None,
    }
}

/// No other pool was found empty: what a person gave without a name can only be for this one.
fn alone(case: &Case<'_, '_>) -> bool {
    let all = case.findings.iter().filter_map(|it| pool_of(case, it));
    all.collect::<BTreeSet<String>>().len() < 2
}

/// Pools that look empty and are not, or shall be.
fn empty_on_purpose(gateway: Gateway<'_>, name: &str) -> Result<Option<(Reason, String)>, Blocked> {
    let pool = gateway.named(KIND, name).unwrap_or(&Value::Null);
    let count = |kind: &str| list(pool, &["properties", kind]).count();
    let (nics, addresses) = (count("backendIPConfigurations"), count("backendAddresses"));
    if name.to_ascii_lowercase().ends_with("defaultaddresspool") {
        let why =
            format!("{name} is an ingress controller's default pool, which is empty on purpose");
        return Ok(Some((Reason::OwnedByOther, why)));
    }
    if nics > 0 {
        let why = format!(
            "members of pool {name} are {nics} network interfaces, of machines or a scale set: what is missing is missing there"
        );
        return Ok(Some((Reason::EvidenceTooWeak, why)));
    }
    if addresses > 0 {
        let why = format!(
            "pool {name} has {addresses} members already, which health does not report yet: names that do not resolve, or members just added; more of them mend neither"
        );
        return Ok(Some((Reason::EvidenceTooWeak, why)));
    }
    if !pairs(gateway, name).is_empty() {
        return Ok(None);
    }
    if !gateway.rules_are_whole() {
        let why = format!("whether a rule sends requests to pool {name} cannot be read");
        return Err(Blocked::Unclear(why));
    }
    let why = if gateway.redirects() {
        "no rule sends requests to it, and rules that redirect need no pool"
    } else {
        "no rule sends requests to it"
    };
    Ok(Some((
        Reason::EvidenceTooWeak,
        format!("pool {name}: {why}"),
    )))
}

/// Every pair in use with this pool.
fn pairs(gateway: Gateway<'_>, name: &str) -> Vec<Subject> {
    let with =
        |it: &Subject| matches!(it, Subject::Pair { pool, .. } if pool.eq_ignore_ascii_case(name));
    gateway.pairs_in_use().into_iter().filter(with).collect()
}

fn given_members(
    case: &Case<'_, '_>,
    home: Option<&Home>,
) -> Result<Vec<Member>, (Reason, String)> {
    let all = &case.inputs().addresses;
    if all.len() > TARGETS {
        let why = format!("{} members, and a pool has {TARGETS} at most", all.len());
        return Err((Reason::TooLarge, why));
    }
    let mut members: Vec<Member> = vec![];
    for given in all {
        let wrong = |why: String| (Reason::NeedsInput, why);
        let member = read(given).map_err(wrong)?;
        let words = member.words();
        if members.contains(&member) {
            return Err(wrong(format!("{words} is there twice")));
        }
        if let (Member::Address(ip), Some(home)) = (&member, home) {
            if home.subnet.contains(*ip) {
                return Err(wrong(format!(
                    "{words} lies in the gateway's own subnet, where nothing but gateways can be"
                )));
            }
            let mut ranges = home.subnet.prefixes.iter();
            if !ranges.any(|it| it.addr().is_ipv4() == ip.is_ipv4()) {
                return Err(wrong(format!(
                    "{words} is of a family that the gateway's subnet does not have"
                )));
            }
        }
        members.push(member);
    }
    Ok(members)
}

fn filled(
    case: &Case<'_, '_>,
    gateway: Gateway<'_>,
    name: &str,
    members: &[Member],
) -> Result<Draft, Blocked> {
    let pairs = pairs(gateway, name);
    let settings: BTreeSet<&str> = pairs
        .iter()
        .filter_map(|it| match it {
            Subject::Pair { setting, .. } => Some(setting.as_str()),
            _ => None,
        })
        .collect();
    let of: Vec<String> = pairs.iter().map(ToString::to_string).collect();
    let words: Vec<String> = members.iter().map(Member::words).collect();
    let shown: Vec<&str> = words.iter().map(String::as_str).collect();
    let at = part(KIND, name).field("properties/backendAddresses");
    let added = members.iter().map(Member::value);
    let added = added.map(|it| Edit::of(gateway.0, at.clone().item(it.clone()), it));
    let id = case.view.id();
    let verify = case.by_health(of.clone(), settings.first().unwrap_or(&""));
    let title = format!("Add {} to pool {name}", few(&shown));
    let servers: Vec<String> = words.iter().map(|it| shell(it)).collect();
    let mut draft = Draft::new(title, vec![Change::edit(id, added.collect())], verify)
        .risk(Risk::Medium)
        .need(Need::Is {
            of: id.clone(),
            at,
            value: Value::Null,
        })
        .effect(format!(
            "requests of {} go to {} from then on, with whatever cookies and tokens clients send",
            of.join(", "),
            few(&shown)
        ))
        .check(format!("pool {name} has no member, and {} lead to it", of.join(", ")))
        .az(format!(
            "az network application-gateway address-pool update{} --gateway-name {} --name {} --servers {}",
            place(id),
            shell(id.name()),
            shell(name),
            servers.join(" ")
        ));
    if members.iter().any(|it| matches!(it, Member::Name(_))) {
        draft = draft.effect("names are resolved by the DNS servers of the gateway's network, which have to know them");
    }
    let public = |it: &&Member| matches!(it, Member::Address(IpAddr::V4(ip)) if !ip.is_private());
    if let Some(member) = members.iter().find(public) {
        draft = draft.effect(format!(
            "{} is no private address: requests to it leave the network from the gateway's public address",
            member.words()
        ));
    }
    let sent = |setting: &&str| {
        let probe = gateway.effective_probe(setting).ok();
        probe.is_some_and(|it| it.host("").from == "nothing names another")
    };
    if words.iter().any(|it| is_app_service_host(it)) && settings.iter().any(sent) {
        draft = draft.effect("App Service goes by the host name, and these settings send none of its own (resolution I)");
    }
    tried(case, gateway, &settings, members, draft)
}
