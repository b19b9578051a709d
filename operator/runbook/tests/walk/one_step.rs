//! One step over one world, whether or not the walk gets there.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
use super::world::World;
use appgw_runbook::{
    facts::{Blocked, Facts, Query},
    id::{StepId, Subject},
    step::{Row, Seen, Sighting},
    steps,
    view::View,
};
use std::collections::BTreeSet;

/// What each row of a step says of a subject once nothing is left to ask, and all that was asked.
pub(crate) fn look(
    world: &World,
    step: StepId,
    of: &Subject,
) -> (Vec<(&'static Row, Seen)>, Vec<Query>) {
    let mut facts = Facts::about(world.said.clone(), world.now);
    let mut asked = Vec::new();
    loop {
        let view = View::new(&facts, &world.visitor);
        let rows = steps::get(step)
            .rows
            .iter()
            .map(|row| (row, (row.when)(&view, of)));
        let rows: Vec<_> = rows.collect();
        let questions = rows.iter().filter_map(|(_, seen)| match seen {
            Err(Blocked::Ask(queries)) => Some(queries.clone()),
            _ => None,
        });
        let questions: BTreeSet<Query> = questions.flatten().collect();
        if questions.is_empty() {
            return (rows, asked);
        }
        for query in questions {
            let answer = world.answers.get(&query).cloned();
            facts.learn(
                query.clone(),
                answer.unwrap_or(Err(world.otherwise.clone())),
            );
            asked.push(query);
        }
    }
}

/// Each row in short: `3.1 no`, `3.2 > E (api/https-api)`, `3.3 ?: why`.
pub(crate) fn short(world: &World, step: StepId, of: &Subject) -> Vec<String> {
    let say = |(row, seen): &(&Row, Seen)| match seen {
        Ok(sightings) if sightings.is_empty() => format!("{} no", row.id),
        Ok(sightings) => {
            let all = sightings
                .iter()
                .map(|it| format!("> {} ({})", it.next.unwrap_or(row.next), it.subject));
            format!("{} {}", row.id, all.collect::<Vec<_>>().join(" "))
        }
        Err(Blocked::Unclear(why)) => format!("{} ?: {why}", row.id),
        Err(other) => format!("{} {other:?}", row.id),
    };
    look(world, step, of).0.iter().map(say).collect()
}

/// The sightings of one row, which must be decided.
pub(crate) fn sightings(world: &World, step: StepId, of: &Subject, row: &str) -> Vec<Sighting> {
    let rows = look(world, step, of).0;
    let found = rows.into_iter().find(|(it, _)| it.id == row);
    found.unwrap().1.unwrap()
}
