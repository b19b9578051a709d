//! A.1 and A.2: the Deny itself goes, or comes later.
use super::{
    admission::{of_group, shell},
    overlap::{describe, released},
    rules::{Rules, position, title, whole, word},
    stops::{Look, is_first, look, stops, tried},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::{Blocked, json::one_line},
    id::ArmId,
    nsg::Direction,
    plan::{Act, Change},
    report::Finding,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OF: [&str; 1] = ["nsg-deny-probe"];
const DELETE: &str = "spec.inputs.A.allowDelete";
const NUMBER: &str = "spec.inputs.A.denyPriority";

/// The rules of people's own that drop all of a pair's probes.
struct Denies<'v> {
    look: Look<'v>,
    all: Vec<(ArmId, Direction, String)>,
}

fn denies<'v>(case: &'v Case<'_, '_>, finding: &Finding) -> Result<Option<Denies<'v>>, Blocked> {
    let subject = case
        .pair_of(finding)
        .filter(|_| is_first(case, finding, &OF));
    let Some(subject) = subject else {
        return Ok(None);
    };
    let Some(look) = look(case.view, &subject)? else {
        return Ok(None);
    };
    let found = stops(case.view, &look)?;
    let mut seen: BTreeSet<(ArmId, bool, String)> = BTreeSet::new();
    let mut all = vec![];
    for stop in found.into_iter().filter(|it| it.whole && it.down) {
        let rules = Rules::of(case.view.facts, &stop.nsg, stop.direction)?;
        let outbound = stop.direction == Direction::Outbound;
        let own = rules.named(&stop.by.rule).is_some();
        if own && seen.insert((stop.nsg.clone(), outbound, stop.by.rule.clone())) {
            all.push((stop.nsg, stop.direction, stop.by.rule));
        }
    }
    all.sort_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
    Ok((!all.is_empty()).then_some(Denies { look, all }))
}

fn names(denies: &Denies<'_>) -> String {
    let all = denies.all.iter();
    let all = all.map(|(nsg, _, rule)| format!("{}/{rule}", nsg.name()));
    all.collect::<Vec<_>>().join(" and ")
}

/// What the trial says, and whether the change would be in vain.
fn judged(
    case: &Case<'_, '_>,
    denies: &Denies<'_>,
    mut draft: Draft,
    with: &str,
) -> Result<Draft, Blocked> {
    let trial = tried(case, &denies.look, &draft.changes)?;
    draft.checks.extend(trial.words(&denies.look, with));
    Ok(match trial.stopped {
        Some(stopped) => draft.withheld(
            Reason::EvidenceTooWeak,
            format!("nothing is gained: {stopped}"),
        ),
        None => draft,
    })
}

fn guarded(rules: Rules<'_>) -> Option<String> {
    let all = rules.guards();
    let group = rules.id.name();
    (!all.is_empty()).then(|| format!("{group} stands before {}", all.join(", ")))
}

/// A.1: offered as the last choice, behind a switch of its own.
pub(super) fn delete(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(denies) = denies(case, finding)? else {
        return Ok(vec![]);
    };
    let (mut changes, mut draft) = (vec![], Draft::advice("", vec![]));
    for (nsg, direction, name) in &denies.all {
        let rules = Rules::of(case.view.facts, nsg, *direction)?;
        let Some(deny) = rules.named(name) else {
            continue;
        };
        changes.push(Change {
            on: rules.child(title(deny)),
            act: Act::Delete(whole(deny)),
        });
        draft = draft.effect(format!(
            "whatever {}/{} keeps out of {} comes in unless another rule drops it, not only the gateway",
            nsg.name(),
            describe(deny),
            if *direction == Direction::Inbound { "there" } else { "other networks" }
        ));
        draft.effects.extend(released(rules.own(), deny, None));
        draft.effects.push(default_rule(*direction).to_owned());
        draft.effects.extend(guarded(rules));
        draft = draft.az(format!(
            "az network nsg rule delete{} --name {}",
            of_group(nsg),
            shell(title(deny))
        ));
    }
    let subject = denies.look.pair.subject().to_string();
    let verify = case.by_health(vec![subject.clone()], &denies.look.pair.setting);
    let title = format!(
        "Delete {}, which drops the probes of {subject}",
        names(&denies)
    );
    let made = Draft {
        effects: draft.effects,
        az: draft.az,
        ..Draft::new(title, changes, verify).risk(Risk::High)
    };
    let made = made
        .effect("a Deny may be somebody's protection: A.3 lets in the gateway alone")
        .check("the rule is kept whole for the way back");
    // Without the switch that is the reason, whatever else speaks against it.
    let made = if case.inputs().allow_delete {
        made
    } else {
        made.withheld(Reason::DeletesOff, format!("{DELETE} is not true"))
    };
    Ok(vec![judged(case, &denies, made, "with the Deny gone")?])
}

fn default_rule(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => {
            "behind the group's own rules, AllowVnetInBound (65000) lets in the whole virtual network and all that is peered with it"
        }
        Direction::Outbound => {
            "behind the group's own rules, AllowVnetOutBound and AllowInternetOutBound (65000, 65001) let out everything"
        }
    }
}

/// Why a Deny cannot take this number.
pub(super) fn refused_move(rules: Rules<'_>, deny: &Value, to: i64) -> Option<String> {
    let now = position(deny).unwrap_or_default();
    let group = rules.id.name();
    let early = || {
        (to <= now).then(|| {
            format!(
                "{NUMBER}: {to} is not behind {now}, the number that {group}/{} has",
                one_line(title(deny))
            )
        })
    };
    rules.refused(NUMBER, to, title(deny)).or_else(early)
}

/// The move as a command.
pub(super) fn move_command(rules: Rules<'_>, deny: &Value, to: i64) -> String {
    format!(
        "az network nsg rule update{} --name {} --priority {to}",
        of_group(rules.id),
        shell(title(deny))
    )
}

/// A.2: of use only where an Allow that covers the probe comes first afterwards.
pub(super) fn renumber(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(denies) = denies(case, finding)? else {
        return Ok(vec![]);
    };
    let Some(to) = case.inputs().deny_priority else {
        return Err(Blocked::Tell(NUMBER));
    };
    let subject = denies.look.pair.subject().to_string();
    let verify = case.by_health(vec![subject.clone()], &denies.look.pair.setting);
    let (mut changes, mut needs, mut effects) = (vec![], vec![], vec![]);
    let (mut checks, mut az, mut refused) = (vec![], vec![], None);
    let mut facts = case.view.facts.clone();
    for (nsg, direction, name) in &denies.all {
        let rules = Rules::of(&facts, nsg, *direction)?;
        let Some(deny) = rules.named(name) else {
            continue;
        };
        let why = refused_move(rules, deny, to);
        if why.is_none() {
            let (group, way) = (nsg.name(), word(*direction));
            checks.push(format!("{group}: priority {to} ({way}) is free"));
        }
        refused = refused.or(why);
        let change = rules.renumbered(deny, to);
        needs.push(rules.unused(to, title(deny)));
        needs.push(rules.still(title(deny), "access", json!("Deny")));
        effects.push(format!(
            "{}/{} decides later than before, for everyone that it concerns",
            nsg.name(),
            describe(deny)
        ));
        effects.extend(released(rules.own(), deny, Some(to)));
        effects.extend(guarded(rules));
        az.push(move_command(rules, deny, to));
        facts = facts.supposing(std::slice::from_ref(&change));
        changes.push(change);
    }
    let title = format!(
        "Give {} the number {to}, behind an Allow that covers the probes of {subject}",
        names(&denies)
    );
    let mut made = Draft {
        needs,
        effects,
        checks,
        az,
        ..Draft::new(title, changes, verify).risk(Risk::Medium)
    };
    if let Some(why) = refused {
        made = made.withheld(Reason::NeedsInput, why);
    }
    let with = format!("with the Deny at {to}");
    Ok(vec![judged(case, &denies, made, &with)?])
}
