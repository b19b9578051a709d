//! Methods of the resolutions A, C and D: what they draft in whole worlds, and what they refuse.
#![allow(clippy::unwrap_used, reason = "tests")]
mod advice;
mod allow;
mod deny;
mod management;
mod pool;
#[allow(dead_code, reason = "shared with the tests of the walk")]
#[path = "../walk/row.rs"]
mod row;
mod widen;
#[allow(dead_code, reason = "shared with the tests of the walk")]
#[path = "../walk/world.rs"]
mod world;
use appgw_runbook::{
    draft::{Case, Draft, Reason},
    facts::{Blocked, Facts, Gap, Query},
    id::ArmId,
    plan::{Act, Change, Part, Pointer, Standing, holds, standing},
    report::Finding,
    resolutions,
    view::View,
    visit::{Thought, think},
};
use ipnet::IpNet;
use serde_json::Value;
use std::net::IpAddr;
use world::{World, id};

/// Every finding of a world, and the facts it took.
pub(crate) fn found(world: &World) -> (Facts, Vec<Finding>) {
    let mut facts = Facts::about(world.said.clone(), world.now);
    loop {
        match think(&world.visitor, &facts) {
            Thought::Decided(visit) => return (facts, visit.report.findings),
            Thought::Needs(queries) => {
                for query in queries {
                    facts.learn(query.clone(), world.answer(&query));
                }
            }
        }
    }
}

/// What a method drafts for every finding of its letter.
pub(crate) fn drafts(world: &World, method: &str) -> Result<Vec<Draft>, Blocked> {
    let method = resolutions::find(method).unwrap();
    let (mut facts, findings) = found(world);
    let mut all = vec![];
    for finding in findings
        .iter()
        .filter(|it| it.letter == Some(method.letter))
    {
        loop {
            let view = View::new(&facts, &world.visitor);
            let case = Case {
                view: &view,
                findings: &findings,
            };
            let drafted = (method.draft)(&case, finding);
            assert_eq!(drafted, (method.draft)(&case, finding), "the same facts");
            match drafted {
                Ok(drafts) => break all.extend(drafts),
                Err(Blocked::Ask(queries)) => {
                    for query in queries {
                        facts.learn(query.clone(), world.answer(&query));
                    }
                }
                Err(blocked) => return Err(blocked),
            }
        }
    }
    for draft in &all {
        check(world, &facts, draft);
    }
    Ok(all)
}

/// The one draft of a method.
pub(crate) fn one(world: &World, method: &str) -> Draft {
    let mut all = drafts(world, method).unwrap();
    assert_eq!(all.len(), 1, "{method}: {all:#?}");
    all.remove(0)
}

/// The method has nothing to do with this world.
pub(crate) fn none(world: &World, method: &str) {
    assert_eq!(drafts(world, method), Ok(vec![]), "{method}");
}

/// Why it is withheld.
pub(crate) fn held(draft: &Draft) -> (Reason, &str) {
    let (reason, why) = draft.withheld.as_ref().unwrap();
    (*reason, why)
}

/// What holds of any draft: lines are lines, and the way back leads back.
fn check(world: &World, facts: &Facts, draft: &Draft) {
    let lines = [&draft.effects, &draft.checks, &draft.az];
    let lines = lines.into_iter().flatten().chain([&draft.title]);
    for line in lines {
        assert!(
            !line.is_empty() && !line.chars().any(char::is_control),
            "{line:?}"
        );
    }
    assert_eq!(
        draft.az.len(),
        draft.changes.len(),
        "a command for each change"
    );
    if draft.withheld.is_some() {
        return;
    }
    for need in &draft.needs {
        assert_eq!(holds(need, facts), Ok(true), "{need:?}");
    }
    let after = applied(world, &draft.changes);
    stands(world, draft, Standing::Before);
    stands(&after, draft, Standing::After);
    for (query, answer) in &after.answers {
        if let (Query::Document(id), Ok(document)) = (query, answer)
            && id.up_to("networkSecurityGroups").is_some()
        {
            accepted(document);
        }
    }
    let back = applied(&after, &draft.undo);
    for (query, answer) in &world.answers {
        let now = back.answers.get(query).unwrap();
        assert_eq!(
            sorted(answer.as_ref().ok()),
            sorted(now.as_ref().ok()),
            "{query:?}"
        );
    }
}

/// Seen from the resources that are written, not from those that hold them.
fn stands(world: &World, draft: &Draft, wanted: Standing) {
    let mut facts = Facts::about(world.said.clone(), world.now);
    for change in &draft.changes {
        let query = Query::Document(change.on.clone());
        let answer = match change.on.up_to("networkSecurityGroups") {
            Some(group) => {
                let all = rules(world, group.name()).into_iter();
                let mut all = all.filter(|it| it["name"] == change.on.name());
                all.next().ok_or(Gap::NotFound)
            }
            None => world.answer(&query),
        };
        facts.learn(query, answer);
        assert_eq!(standing(change, &facts), Ok(wanted), "{change:?}");
    }
}

/// What Azure refuses in a group: numbers twice or out of range, both forms of a field, names twice, ranges
/// within ranges (`OverlappingSubnetsNotPermittedInSecurityRule`).
fn accepted(group: &Value) {
    let mut seen = vec![];
    for rule in group["properties"]["securityRules"].as_array().unwrap() {
        let of = &rule["properties"];
        let number = of["priority"].as_i64().unwrap();
        assert!((100..=4096).contains(&number), "{rule}");
        for key in [
            format!("{number} {}", of["direction"]),
            rule["name"].to_string().to_lowercase(),
        ] {
            assert!(!seen.contains(&key), "twice: {key}");
            seen.push(key);
        }
        for field in [
            "sourceAddressPrefix",
            "destinationAddressPrefix",
            "sourcePortRange",
            "destinationPortRange",
        ] {
            let plural = if field.ends_with('x') {
                format!("{field}es")
            } else {
                format!("{field}s")
            };
            let one = of[field].as_str().is_some_and(|it| !it.is_empty());
            let ranges = of[&plural].as_array().into_iter().flatten();
            let ranges: Vec<IpNet> = ranges.filter_map(|it| range(it.as_str()?)).collect();
            for (at, a) in ranges.iter().enumerate() {
                let others = ranges.iter().enumerate().filter(|(other, _)| *other != at);
                assert!(
                    others.into_iter().all(|(_, b)| !a.contains(b)),
                    "{a} in {rule}"
                );
            }
            let many = of[&plural].as_array().is_some_and(|it| !it.is_empty());
            assert!(one != many, "{field} of {rule}");
        }
    }
}

fn range(text: &str) -> Option<IpNet> {
    let one = text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse()
        .ok()
        .or(one)
        .filter(|_| text.contains(['.', ':']))
}

/// Without the order of lists, what is empty, and what the service writes.
fn sorted(value: Option<&Value>) -> Value {
    match value {
        None => Value::Null,
        Some(Value::Array(all)) => {
            let mut all: Vec<Value> = all.iter().map(|it| sorted(Some(it))).collect();
            all.sort_by_key(Value::to_string);
            Value::Array(all)
        }
        Some(Value::Object(map)) => {
            let rule = map.contains_key("etag");
            let own =
                |key: &str| key == "provisioningState" || (rule && ["etag", "id"].contains(&key));
            let full = map
                .iter()
                .filter(|(key, _)| !own(key))
                .map(|(key, it)| (key.clone(), sorted(Some(it))));
            Value::Object(full.filter(|(_, it)| *it != Value::Array(vec![])).collect())
        }
        Some(other) => other.clone(),
    }
}

/// The world with these changes made, each upon what it is planned for.
pub(crate) fn applied(world: &World, changes: &[Change]) -> World {
    let mut answers = world.answers.clone();
    for change in changes {
        let group = change.on.up_to("networkSecurityGroups");
        let inside = change.on.segment("securityRules").map(|rule| {
            let named = Part::Named { name: rule.into() };
            [Pointer::fields("properties/securityRules").0, vec![named]].concat()
        });
        let inside = inside.unwrap_or_default();
        let query = Query::Document(group.unwrap_or_else(|| change.on.clone()));
        let document = answers.get_mut(&query).unwrap().as_mut().unwrap();
        let at = |pointer: &Pointer| Pointer([inside.clone(), pointer.0.clone()].concat());
        match &change.act {
            Act::Create(rule) => {
                let whole = Pointer(inside.clone());
                assert_eq!(whole.find(document), &Value::Null, "nothing is overwritten");
                assert!(whole.set(document, rule));
            }
            Act::Delete(rule) => {
                let whole = Pointer(inside.clone());
                assert_eq!(sorted(Some(whole.find(document))), sorted(Some(rule)));
                assert!(whole.set(document, &Value::Null));
            }
            Act::Edit(edits) => {
                for edit in edits {
                    assert_eq!(at(&edit.at).find(document), &edit.before, "{}", edit.at);
                    assert_ne!(edit.before, edit.after, "{}", edit.at);
                    assert!(at(&edit.at).set(document, &edit.after));
                }
            }
            Act::Start | Act::Touch => panic!("not of these letters"),
        }
    }
    World {
        said: world.said.clone(),
        answers,
        otherwise: world.otherwise.clone(),
        shows: world.shows.clone(),
        visitor: world.visitor.clone(),
        now: world.now,
    }
}

pub(crate) fn nsg(name: &str) -> ArmId {
    id(&format!("networkSecurityGroups/{name}"))
}

/// The rules of a group in this world.
pub(crate) fn rules(world: &World, name: &str) -> Vec<Value> {
    let document = world.answers.get(&Query::Document(nsg(name))).unwrap();
    let document = document.as_ref().unwrap();
    document["properties"]["securityRules"]
        .as_array()
        .unwrap()
        .clone()
}
