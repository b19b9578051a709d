//! Follow the article from step 1a until every thread ends or a question is open. Each subject walks a
//! step once, so cycles of the article's graph end.
use crate::{
    beyond::CHECKS,
    decision_map::MAP,
    facts::{Blocked, Query},
    id::{StepId, Subject},
    step::{Next, RowId, Seen},
    steps,
    view::View,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// One step on the way of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The step.
    pub step: StepId,
    /// The row that led on; none where the step was left undecided.
    pub row: Option<RowId>,
}

/// One thread that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Who walked.
    pub subject: Subject,
    /// Its way.
    pub legs: Vec<Leg>,
    /// Where it ended, if a row said so.
    pub end: Option<Next>,
    /// The finding its last row points to, by position in [`Walk::findings`].
    pub finding: Option<usize>,
}

/// What the walk saw.
#[derive(Default)]
pub struct Walk {
    /// Answer these first.
    pub needs: BTreeSet<Query>,
    /// What each row said of each subject that came by.
    pub seen: BTreeMap<RowId, Vec<(Subject, Seen)>>,
    /// The threads, in the order they ended.
    pub threads: Vec<Thread>,
    /// The causes the rows pointed to.
    pub findings: Vec<crate::report::Finding>,
    /// Steps whose table had no row for what was seen: reported, never guessed over.
    pub uncharted: Vec<(StepId, Subject)>,
}

/// Walk as far as the facts carry. Pure: same view, same walk.
pub fn walk(view: &View<'_>) -> Walk {
    let mut walk = Walk::default();
    let mut visited = BTreeSet::new();
    let mut todo = VecDeque::from([(StepId::S1a, Subject::Gateway, Vec::new())]);
    loop {
        while let Some((id, subject, legs)) = todo.pop_front() {
            if !visited.insert((id, subject.clone())) {
                // Back to the step it comes from: the way ends there.
                if legs.last().is_some_and(|leg: &Leg| leg.step == id) {
                    walk.threads.push(Thread {
                        subject,
                        legs,
                        end: None,
                        finding: None,
                    });
                }
                continue;
            }
            walk.step(view, id, &subject, &legs, &mut todo);
        }
        match corroborating(view, &visited) {
            Some(id) => todo.push_back((id, Subject::Gateway, Vec::new())),
            None => break,
        }
    }
    if serves(view, &visited) {
        for (id, when) in MAP.iter().filter_map(|row| Some((row.id, row.when?))) {
            let seen = when(view, &walk);
            walk.note(id, seen);
        }
        for check in &CHECKS {
            let seen = (check.when)(view, &walk);
            walk.note(check.id, seen);
        }
    }
    walk
}

/// There is a gateway, as far as is known, and its state did not end the walk.
fn serves(view: &View<'_>, visited: &BTreeSet<(StepId, Subject)>) -> bool {
    let there = matches!(view.gateway(), Ok(_) | Err(Blocked::Ask(_)));
    there && visited.contains(&(StepId::S1b, Subject::Gateway))
}

/// What is walked whatever 1b says, once there is a gateway that may serve: the logs, which agree with the
/// rest or do not, and the way of the request that a person named.
fn corroborating(view: &View<'_>, visited: &BTreeSet<(StepId, Subject)>) -> Option<StepId> {
    if !serves(view, visited) {
        return None;
    }
    let been = |id| visited.contains(&(id, Subject::Gateway));
    let asked = view.facts.said().request.is_given();
    let more = [(StepId::S3, asked), (StepId::S6a, true)];
    more.into_iter()
        .find_map(|(id, wanted)| (wanted && !been(id)).then_some(id))
}

type Todo = VecDeque<(StepId, Subject, Vec<Leg>)>;

impl Walk {
    fn step(
        &mut self,
        view: &View<'_>,
        id: StepId,
        subject: &Subject,
        legs: &[Leg],
        todo: &mut Todo,
    ) {
        let step = steps::get(id);
        let with = |row| {
            let leg = Leg { step: id, row };
            legs.iter().copied().chain([leg]).collect::<Vec<_>>()
        };
        let (mut held, mut unsure, mut asking) = (false, false, false);
        for row in step.rows {
            let seen = (row.when)(view, subject);
            match &seen {
                Ok(sightings) => {
                    for sighting in sightings {
                        held = true;
                        let finding = sighting.finding.as_deref().map(|finding| {
                            self.findings.push(finding.clone());
                            self.findings.len() - 1
                        });
                        // A rule or route is where the fault is; who walks on is the pair or the gateway.
                        let walker = match &sighting.subject {
                            Subject::Gateway | Subject::Pair { .. } => &sighting.subject,
                            Subject::NsgRule { .. }
                            | Subject::Route { .. }
                            | Subject::Listener(_)
                            | Subject::Rule(_)
                            | Subject::Site(_) => subject,
                        };
                        let next = sighting.next.unwrap_or(row.next);
                        let legs = with(Some(row.id));
                        if let Next::Step(to) = next {
                            todo.push_back((to, walker.clone(), legs.clone()));
                        }
                        if finding.is_some() || !matches!(next, Next::Step(_)) {
                            let end = (!matches!(next, Next::Step(_))).then_some(next);
                            self.threads.push(Thread {
                                subject: walker.clone(),
                                legs,
                                end,
                                finding,
                            });
                        }
                    }
                }
                Err(Blocked::Ask(queries)) => {
                    asking = true;
                    self.needs.extend(queries.iter().cloned());
                }
                Err(Blocked::Hint(finding)) => {
                    unsure = true;
                    self.findings.push((**finding).clone());
                }
                Err(_) => unsure = true,
            }
            self.seen
                .entry(row.id)
                .or_default()
                .push((subject.clone(), seen));
        }
        if held || asking {
            return;
        }
        // A log without a failure has nothing to chart.
        let failing = || view.failures().is_some_and(|counted| counted.failed > 0);
        if !unsure && (id != StepId::S6b || failing()) {
            self.uncharted.push((id, subject.clone()));
        }
        let clear = step.rows.iter().find(|row| Some(row.id) == step.all_clear);
        match clear.map(|row| row.next) {
            // Left undecided: on to where the all-clear would have led, as far as anything carries.
            Some(Next::Step(to)) if unsure => {
                todo.push_back((to, subject.clone(), with(None)));
            }
            _ => self.threads.push(Thread {
                subject: subject.clone(),
                legs: with(None),
                end: None,
                finding: None,
            }),
        }
    }

    /// What a row of the map or a check beyond the article said.
    fn note(&mut self, id: RowId, seen: Seen) {
        match &seen {
            Ok(sightings) => {
                let found = sightings.iter().filter_map(|it| it.finding.as_deref());
                self.findings.extend(found.cloned());
            }
            Err(Blocked::Ask(queries)) => self.needs.extend(queries.iter().cloned()),
            Err(Blocked::Hint(finding)) => self.findings.push((**finding).clone()),
            Err(_) => {}
        }
        self.seen
            .entry(id)
            .or_default()
            .push((Subject::Gateway, seen));
    }

    /// The rows' sightings, undecided subjects left out.
    pub fn sightings(&self, row: RowId) -> impl Iterator<Item = &crate::step::Sighting> {
        let all = self.seen.get(row).into_iter().flatten();
        all.filter_map(|(_, seen)| seen.as_ref().ok()).flatten()
    }

    /// What kept rows from being decided.
    pub fn obstacles(&self) -> impl Iterator<Item = (RowId, &Blocked)> {
        self.seen.iter().flat_map(|(row, all)| {
            all.iter()
                .filter_map(|(_, seen)| Some((*row, seen.as_ref().err()?)))
        })
    }
}
