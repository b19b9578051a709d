//! A.4: the gateway's subnet where an Allow names single addresses of it.
use super::{
    admission::{of_group, prefix, shell},
    overlap::{describe, may_meet, prefixes},
    rules::{Rules, allows, position, title},
    stops::{look, stops, tried},
};
use crate::{
    draft::{Case, Draft, Drafted, Risk},
    facts::{Blocked, json::one_line, network::net},
    id::{ArmId, Subject},
    nsg::Direction,
    plan::{Change, Edit, Pointer},
    report::Finding,
};
use ipnet::IpNet;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const AFTER: &str = "instance-addresses-after-upgrade";
const PARTLY: &str = "nsg-deny-partial";

/// One plan a rule, whichever finding names it.
pub(super) fn widen(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let group = ArmId::new(&finding.target);
    match finding.id {
        AFTER => {
            let name = named(finding).unwrap_or_default();
            for direction in [Direction::Inbound, Direction::Outbound] {
                let rules = Rules::of(case.view.facts, &group, direction)?;
                if let Some(rule) = rules.named(name) {
                    return Ok(draft(case, rules, rule)?.into_iter().collect());
                }
            }
            Ok(vec![])
        }
        PARTLY => partly(case, finding, &group),
        _ => Ok(vec![]),
    }
}

/// The rule that a finding about a rule is about.
fn named(finding: &Finding) -> Option<&str> {
    let (_, rule) = finding.subject.strip_prefix("nsg:")?.split_once('/')?;
    Some(rule)
}

/// The Allow before a Deny that drops the rest, where its sources are a part of the gateway's subnet.
fn partly(case: &Case<'_, '_>, finding: &Finding, group: &ArmId) -> Drafted {
    let Some(subject) = case.pair_of(finding) else {
        return Ok(vec![]);
    };
    let Some(look) = look(case.view, &subject)? else {
        return Ok(vec![]);
    };
    for stop in stops(case.view, &look)?
        .iter()
        .filter(|it| it.down && it.nsg == *group)
    {
        let rules = Rules::of(case.view.facts, group, stop.direction)?;
        let before = |rule: &&Value| position(rule).is_some_and(|it| it < stop.by.priority);
        for rule in rules.own().filter(before) {
            let told = |it: &&Finding| {
                let own = ArmId::new(&it.target);
                it.id == AFTER && own == *group && named(it) == Some(&one_line(title(rule)))
            };
            let Some(change) = widened(case, rules, rule)? else {
                continue;
            };
            if tried(case, &look, &[change])?.stopped.is_some() {
                continue;
            }
            // The surer finding drafts it.
            if case.findings.iter().any(|it| told(&it)) {
                return Ok(vec![]);
            }
            return Ok(draft(case, rules, rule)?.into_iter().collect());
        }
    }
    Ok(vec![])
}

/// A source as it is written, and as a range.
type Source<'r> = (&'r str, IpNet);

/// The gateway subnet's ranges, and those of a rule's sources that lie within one and are not all of it.
fn parts<'r>(
    case: &Case<'_, '_>,
    rule: &'r Value,
) -> Result<(Vec<IpNet>, Vec<Source<'r>>), Blocked> {
    let own = &case.view.home()?.subnet.prefixes;
    let read = prefixes(rule, "source").into_iter();
    let read = read.filter_map(|it| Some((it, net(it)?)));
    let parts = read.filter(|(_, part)| own.iter().any(|own| own.contains(part) && own != part));
    let parts: Vec<Source<'r>> = parts.collect();
    let of = |it: &&IpNet| {
        parts
            .iter()
            .any(|(_, part)| part.addr().is_ipv4() == it.addr().is_ipv4())
    };
    Ok((own.iter().filter(of).copied().collect(), parts))
}

/// The rule with the subnet in place of those; none for what is no Allow, since a Deny made wider drops more.
fn widened(case: &Case<'_, '_>, rules: Rules<'_>, rule: &Value) -> Result<Option<Change>, Blocked> {
    let (whole, parts) = parts(case, rule)?;
    if allows(rule) != Some(true) || parts.is_empty() {
        return Ok(None);
    }
    let known: BTreeSet<IpNet> = prefixes(rule, "source")
        .into_iter()
        .filter_map(net)
        .collect();
    let covered = |it: &&IpNet| known.iter().any(|known| known.contains(*it));
    let new: Vec<String> = whole.iter().filter(|it| !covered(it)).map(prefix).collect();
    let tag = |it: &&str| {
        ["*", "VirtualNetwork"]
            .iter()
            .any(|tag| it.eq_ignore_ascii_case(tag))
    };
    // Another source has the whole subnet already.
    if new.is_empty() || prefixes(rule, "source").iter().any(tag) {
        return Ok(None);
    }
    let one = Pointer::fields("properties/sourceAddressPrefix");
    let many = Pointer::fields("properties/sourceAddressPrefixes");
    let single = one.find(rule).as_str().is_some_and(|it| !it.is_empty());
    let edits = match (single, new.as_slice()) {
        (true, [all]) => vec![Edit::of(rule, one, json!(all))],
        (true, _) => {
            let mut edits = vec![Edit::of(rule, one, Value::Null)];
            edits.extend(new.iter().map(|it| added(rule, &many, it)));
            edits
        }
        (false, _) => {
            let mut edits: Vec<Edit> = new.iter().map(|it| added(rule, &many, it)).collect();
            let gone = |part: &str| Edit {
                at: many.clone().item(json!(part)),
                before: json!(part),
                after: Value::Null,
            };
            edits.extend(parts.iter().map(|(part, _)| gone(part)));
            edits
        }
    };
    Ok(Some(Change::edit(&rules.child(title(rule)), edits)))
}

fn added(rule: &Value, many: &Pointer, range: &str) -> Edit {
    Edit::of(rule, many.clone().item(json!(range)), json!(range))
}

fn draft(case: &Case<'_, '_>, rules: Rules<'_>, rule: &Value) -> Result<Option<Draft>, Blocked> {
    let Some(change) = widened(case, rules, rule)? else {
        return Ok(None);
    };
    let changes = vec![change];
    let (group, name) = (rules.id.name(), one_line(title(rule)));
    let (whole, parts) = parts(case, rule)?;
    let range = whole.iter().map(prefix).collect::<Vec<_>>().join(" and ");
    let parts: Vec<&str> = parts.iter().map(|(it, _)| *it).collect();
    let mut checks = vec![];
    let mut pairs: Vec<Subject> = vec![];
    for pair in case
        .view
        .health()?
        .iter()
        .filter(|it| !case.view.is_unused(&it.subject()))
    {
        let Some(look) = look(case.view, &pair.subject())? else {
            continue;
        };
        let found = stops(case.view, &look)?;
        if !found
            .iter()
            .any(|it| it.down && it.nsg == *rules.id && !it.whole)
        {
            continue;
        }
        let trial = tried(case, &look, &changes)?;
        let words = trial.words(&look, "with the subnet in the rule");
        checks.extend(
            words
                .into_iter()
                .map(|it| format!("{}: {it}", pair.subject())),
        );
        if trial.stopped.is_none() {
            pairs.push(pair.subject());
        }
    }
    if pairs.is_empty() {
        checks.push("no pair that is down is seen to be let through by it: the rule breaks with the next instance that is replaced".into());
    }
    let setting = pairs.first().map(|it| match it {
        Subject::Pair { setting, .. } => setting.clone(),
        _ => String::new(),
    });
    let seen = pairs.iter().map(ToString::to_string).collect();
    let verify = case.by_health(seen, &setting.unwrap_or_default());
    let kept: Vec<&str> = prefixes(rule, "source")
        .into_iter()
        .filter(|it| !parts.contains(it))
        .collect();
    let title_text = format!(
        "Name {range}, the gateway's subnet, in {group}/{name} in place of {}",
        parts.join(", ")
    );
    let mut draft = Draft::new(title_text, changes, verify)
        .risk(Risk::Medium)
        .effect(format!(
            "{group}/{} is for every instance of the gateway from then on, those to come included, and for every other gateway in its subnet",
            describe(rule)
        ))
        .need(rules.still(title(rule), "access", json!("Allow")))
        .need(rules.still(
            title(rule),
            "priority",
            rule.pointer("/properties/priority").cloned().unwrap_or(Value::Null),
        ));
    if !kept.is_empty() {
        draft = draft.effect(format!("its other sources stay: {}", kept.join(", ")));
    }
    let later = rules.own().filter(|it| position(it) > position(rule));
    let overtaken = later.filter(|it| allows(it) == Some(false) && touches(it, rule, &whole));
    let overtaken: Vec<String> = overtaken.take(6).map(describe).collect();
    for deny in overtaken {
        draft = draft.effect(format!(
            "{deny} no longer drops what {range} sends by this rule"
        ));
    }
    let sources = kept
        .iter()
        .map(|it| shell(it))
        .chain(whole.iter().map(|it| shell(&prefix(it))));
    draft.checks = checks;
    Ok(Some(draft.az(format!(
        "az network nsg rule update{} --name {} --source-address-prefixes {}",
        of_group(rules.id),
        shell(title(rule)),
        sources.collect::<Vec<_>>().join(" ")
    ))))
}

/// A Deny may drop what the subnet sends by a rule.
fn touches(deny: &Value, rule: &Value, whole: &[IpNet]) -> bool {
    let mut wide = rule.clone();
    let ranges: Vec<String> = whole.iter().map(prefix).collect();
    let one = Pointer::fields("properties/sourceAddressPrefix");
    let many = Pointer::fields("properties/sourceAddressPrefixes");
    one.set(&mut wide, &Value::Null) && many.set(&mut wide, &json!(ranges)) && may_meet(deny, &wide)
}
