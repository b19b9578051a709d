//! A.3: an Allow of one's own, before whatever drops the gateway's traffic.
use super::{
    admission::{Admission, prefix},
    deny::{move_command, refused_move},
    gates::{Dropped, Gate, gates, sharing},
    overlap::released,
    rules::{Rules, title, word},
    stops::{Look, Stop, is_first, look, stops, subjects, tried},
    targets::targets,
};
use crate::{
    draft::{Case, Draft, Drafted, Reason},
    facts::{Blocked, Facts, health::Server, probe::is_address},
    id::Subject,
    nsg::Direction,
    plan::{Change, Need},
    report::Finding,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OF: [&str; 2] = ["nsg-deny-probe", "nsg-deny-partial"];
const FIELD: &str = "spec.inputs.A.rulePriority";

/// One plan for each pair, whatever drops it: with one of two Allows missing the way stays closed.
pub(super) fn allow(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(own) = case.pair_of(finding) else {
        return Ok(vec![]);
    };
    if !is_first(case, finding, &OF) {
        return Ok(vec![]);
    }
    // Names and numbers of the plans before this one are spoken for: both may be approved together.
    let mut reserved = case.view.facts.clone();
    for subject in subjects(case, &OF).iter().filter(|it| **it < own) {
        match planned(case, subject, &reserved) {
            Ok(Some(of)) => reserved = reserved.supposing(&of.plan.changes),
            Err(ask @ Blocked::Ask(_)) => return Err(ask),
            Ok(None) | Err(_) => {}
        }
    }
    match planned(case, &own, &reserved)? {
        Some(of) => Ok(vec![drafted(case, &own, of)?]),
        None => Ok(vec![]),
    }
}

/// What is looked at, what drops it, and what would be changed.
struct Planned<'v> {
    look: Look<'v>,
    found: Vec<Stop<'v>>,
    plan: Plan,
    above: BTreeSet<String>,
}

fn planned<'v>(
    case: &'v Case<'_, '_>,
    subject: &Subject,
    reserved: &Facts,
) -> Result<Option<Planned<'v>>, Blocked> {
    let Some(look) = look(case.view, subject)? else {
        return Ok(None);
    };
    let found = stops(case.view, &look)?;
    if !found.iter().any(|it| it.down && it.port == look.probed) {
        return Ok(None);
    }
    let (mut plan, mut reserved) = (Plan::default(), reserved.clone());
    let mut above: BTreeSet<String> = BTreeSet::new();
    for (gate, dropped) in gates(&found, &look) {
        above.insert(format!("{}/{}", gate.0.name(), dropped.by));
        reserved = plan.add(case, &look, &gate, &dropped, &reserved)?;
    }
    Ok(Some(Planned {
        look,
        found,
        plan,
        above,
    }))
}

/// Tried, and told.
fn drafted(case: &Case<'_, '_>, subject: &Subject, of: Planned<'_>) -> Result<Draft, Blocked> {
    let Planned {
        look,
        found,
        plan,
        above,
    } = of;
    let title = format!(
        "Allow the gateway's subnet to reach {subject} on port {}, above {}",
        words(&look.ports).join(" and "),
        above.into_iter().collect::<Vec<_>>().join(" and ")
    );
    let trial = tried(case, &look, &plan.changes)?;
    let with = match plan.changes.as_slice() {
        [_] => "with the rule added",
        _ => "with the rules changed",
    };
    let verify = case.by_health(vec![subject.to_string()], &look.pair.setting);
    let mut draft = Draft::new(title, plan.changes, verify);
    draft.stands_alone = is_proven(&found, &look) && trial.is_open();
    draft.needs = plan.needs;
    draft.effects = plan.effects;
    draft.checks = plan.checks;
    draft.checks.extend(trial.words(&look, with));
    draft.az = plan.az;
    for other in sharing(case, &look)? {
        draft = draft.effect(format!("{other} is let through by the same rule"));
    }
    if let Some(why) = plan.refused {
        draft = draft.withheld(Reason::NeedsInput, why);
    }
    if let Some(stopped) = trial.stopped {
        draft = draft.withheld(Reason::EvidenceTooWeak, format!("not enough: {stopped}"));
    }
    Ok(draft)
}

fn words(ports: &[u16]) -> Vec<String> {
    ports.iter().map(ToString::to_string).collect()
}

/// Every server that is down was seen behind a rule that drops all of its probe, by an address and no name.
fn is_proven(found: &[Stop<'_>], look: &Look<'_>) -> bool {
    let known: BTreeSet<&str> = found
        .iter()
        .filter(|it| it.whole && it.port == look.probed)
        .map(|it| it.server.address.as_str())
        .collect();
    let behind = |it: &&Server| is_address(&it.address) && known.contains(it.address.as_str());
    look.servers.len() == look.all && look.down().all(|it| behind(&it))
}

/// The number of an Allow.
struct Number<'r> {
    priority: i64,
    /// The Deny that makes room, and where it goes.
    moved: Option<(&'r Value, i64)>,
    /// Why what a person gave cannot be used.
    refused: Option<String>,
}

fn number<'r>(
    case: &Case<'_, '_>,
    rules: Rules<'r>,
    dropped: &Dropped<'_>,
) -> Result<Number<'r>, Blocked> {
    let (group, by, limit) = (rules.id.name(), &dropped.by, dropped.limit);
    let given = case.inputs().allow_priority;
    let room = rules.below(limit);
    let deny = rules.named(by).filter(|_| room.is_none());
    let moved = match (deny, case.inputs().deny_priority) {
        (Some(deny), Some(to)) => Some((deny, to)),
        // Only the Deny itself can make room, and only a person can say where it goes.
        (Some(_), None) => return Err(Blocked::Tell("spec.inputs.A.denyPriority")),
        (None, _) => None,
    };
    let Some(priority) = given.or(room).or(moved.map(|_| limit)) else {
        let why = format!("{group}: no number below {limit}, that of {by}, is free");
        return Err(Blocked::Unclear(why));
    };
    let but = moved.map_or("", |(deny, _)| title(deny));
    let late = || {
        let is = priority > limit || (priority == limit && moved.is_none());
        is.then(|| format!(
            "{FIELD}: {priority} is not below {limit}, the number of {group}/{by}: behind it an Allow does nothing"
        ))
    };
    let refused = given.and_then(|given| rules.refused(FIELD, given, but).or_else(late));
    let refused = refused.or_else(|| moved.and_then(|(deny, to)| refused_move(rules, deny, to)));
    Ok(Number {
        priority,
        moved,
        refused,
    })
}

/// A plan as it grows, one group after the other.
#[derive(Default)]
struct Plan {
    changes: Vec<Change>,
    needs: Vec<Need>,
    effects: Vec<String>,
    checks: Vec<String>,
    az: Vec<String>,
    refused: Option<String>,
}

impl Plan {
    fn add(
        &mut self,
        case: &Case<'_, '_>,
        look: &Look<'_>,
        (nsg, outbound, v4): &Gate,
        dropped: &Dropped<'_>,
        reserved: &Facts,
    ) -> Result<Facts, Blocked> {
        let direction = if *outbound {
            Direction::Outbound
        } else {
            Direction::Inbound
        };
        let rules = Rules::of(reserved, nsg, direction)?;
        let (group, by) = (nsg.name(), &dropped.by);
        let number = number(case, rules, dropped)?;
        let home = case.view.home()?;
        let sources = home.subnet.prefixes.iter();
        let sources = sources.filter(|it| it.addr().is_ipv4() == *v4);
        let places = targets(case.view, look, &dropped.servers, *v4);
        let side = if *outbound { "out-" } else { "" };
        let admission = Admission {
            name: rules.free_name(&format!("allow-appgw-{side}{}", look.probed))?,
            priority: number.priority,
            direction,
            protocol: "Tcp",
            from: sources.map(prefix).collect(),
            to: places.nets.iter().map(prefix).collect(),
            ports: words(&look.ports),
        };
        if admission.from.is_empty() || admission.to.is_empty() {
            let why = format!("{group}: the addresses at both ends of a rule are not known");
            return Err(Blocked::Unclear(why));
        }
        let mut changes = vec![];
        if let Some((deny, to)) = number.moved {
            changes.push(rules.renumbered(deny, to));
            self.needs.push(rules.unused(to, title(deny)));
            self.effects.push(format!(
                "{by} makes room and moves from {} to {to}, for everyone that it concerns",
                dropped.limit
            ));
            self.effects.extend(released(rules.own(), deny, Some(to)));
            self.az.push(move_command(rules, deny, to));
        } else if let Some(deny) = rules.named(by) {
            let now = deny.pointer("/properties/priority").cloned();
            let now = now.unwrap_or(Value::Null);
            self.needs.push(rules.still(title(deny), "priority", now));
            self.needs
                .push(rules.still(title(deny), "access", json!("Deny")));
        }
        let but = number
            .moved
            .map_or(admission.name.as_str(), |(deny, _)| title(deny));
        self.needs.push(rules.unnamed(&admission.name));
        self.needs.push(rules.unused(number.priority, but));
        self.effects.push(format!(
            "admits nothing but {} through {group}; {by} goes on dropping everything else",
            admission.words()
        ));
        if let Some(why) = places.why {
            self.effects.push(format!(
                "the rule names the whole subnet, since {why}: the gateway may reach every machine in it on these ports"
            ));
        }
        let guards = rules.guards();
        if guards.len() > 1 {
            self.effects
                .push(format!("{group} stands before {}", guards.join(", ")));
        }
        if number.refused.is_none() {
            let place = match number.moved {
                Some((_, to)) => format!("becomes free, as {by} moves to {to}"),
                None => format!("is free, and below {}, that of {by}", dropped.limit),
            };
            self.checks.push(format!(
                "{group}: priority {} ({}) {place}",
                number.priority,
                word(direction)
            ));
        }
        self.checks
            .push(format!("{group}: the name {} is free", admission.name));
        self.az.push(admission.az(nsg));
        self.refused = self.refused.take().or(number.refused);
        let child = rules.child(&admission.name);
        changes.push(Change::create(&child, admission.document()));
        let reserved = reserved.supposing(&changes);
        self.changes.extend(changes);
        Ok(reserved)
    }
}
