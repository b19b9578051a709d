//! One look at Azure, thought through: ask what is needed, as soon as it is known to be needed.
use crate::{
    azure::{Bundle, Exchange, Reader, answer, contract},
    turns::Turn,
};
use appgw_runbook::{
    approval::Deciding,
    facts::{Facts, Gap, Query, Said},
    report::{GatewaySeen, Report, Verdict},
    visit::{Again, Thought, Visit, Visitor, follow, think},
};
use futures::FutureExt;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    sync::Arc,
    task::Poll,
};

/// What was decided, and what it was decided from.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// The decision.
    pub visit: Visit,
    /// Every question that was answered, in the order of [`Query`], without secrets.
    pub exchanges: Vec<Exchange>,
    /// What the published model does not know: lines for `status.gaps`.
    pub remarks: Vec<String>,
    /// How many questions were put to Azure; polls, pages and tries are not counted.
    pub azure_calls: usize,
    /// When: the clock of a replay.
    pub taken_at: Timestamp,
    /// Everything that was heard, of a live look.
    pub facts: Option<Facts>,
}

/// Think, ask everything that is needed at once, and think again with each answer.
///
/// There are no rounds, so the time to a decision is the longest chain of questions of which each
/// needs the last. What is under way and no longer needed is dropped: nobody waits for the health
/// of a stopped gateway. Ends, because nothing is asked twice and every question has a deadline.
/// Dropping the future drops its questions. A later look asks afresh; so does a run-now, whose
/// caller hands in [`Reader::fresh`].
pub async fn consult(visitor: &Visitor, mut facts: Facts, reader: &Reader, turn: &Turn) -> Looked {
    let reader = if visitor.look > 1 {
        reader.fresh()
    } else {
        reader.clone()
    };
    let mut heard: BTreeMap<Query, Arc<Exchange>> = BTreeMap::new();
    let visit = ask_until(&reader, &mut facts, &mut heard, turn, |facts| {
        match think(visitor, facts) {
            Thought::Decided(visit) => Ok(*visit),
            Thought::Needs(needs) => Err(needs),
        }
    })
    .await
    .unwrap_or_else(|| stuck(&facts));
    let look = visitor.look;
    let exchanges = heard
        .into_values()
        .map(|exchange| Arc::unwrap_or_clone(exchange).at_look(look))
        .collect();
    let taken_at = facts.taken_at();
    Looked {
        facts: Some(facts),
        ..looked(visit, exchanges, taken_at)
    }
}

/// What is under way, one move on: asks for what it needs and nothing else, and takes no answer of before.
pub async fn followed(
    visitor: &Visitor,
    mut facts: Facts,
    reader: &Reader,
    turn: &Turn,
) -> Option<Deciding> {
    let mut heard = BTreeMap::new();
    ask_until(&reader.fresh(), &mut facts, &mut heard, turn, |facts| {
        follow(visitor, facts)
    })
    .await
    .flatten()
}

/// Asks until nothing more is needed; `None` if there is nothing left to ask and nothing decided.
async fn ask_until<T>(
    reader: &Reader,
    facts: &mut Facts,
    heard: &mut BTreeMap<Query, Arc<Exchange>>,
    turn: &Turn,
    mut think: impl FnMut(&Facts) -> Result<T, BTreeSet<Query>>,
) -> Option<T> {
    let mut under_way = BTreeMap::new();
    loop {
        let needs = match think(facts) {
            Ok(decided) => return Some(decided),
            Err(needs) => needs,
        };
        under_way.retain(|query, _| needs.contains(query));
        for query in needs {
            if !heard.contains_key(&query) && !under_way.contains_key(&query) {
                let asked = reader.ask(&query);
                under_way.insert(query, asked);
            }
        }
        if under_way.is_empty() {
            return None;
        }
        let only_health = under_way
            .keys()
            .all(|query| matches!(query, Query::BackendHealth(_) | Query::Rehearsal { .. }));
        let next = poll_fn(|context| {
            let mut answered = Vec::new();
            for (query, asked) in &mut under_way {
                if let Poll::Ready(exchange) = asked.poll_unpin(context) {
                    answered.push((query.clone(), exchange));
                }
            }
            if answered.is_empty() {
                Poll::Pending
            } else {
                Poll::Ready(answered)
            }
        });
        let answered = if only_health {
            turn.rest(next).await
        } else {
            next.await
        };
        for (query, exchange) in answered {
            under_way.remove(&query);
            facts.hear(query.clone(), answer::heard(&query, &exchange));
            heard.insert(query, exchange);
        }
    }
}

/// The same from a file: same bundle, same result, byte for byte.
///
/// A question that the bundle does not answer is a gap, but only once nothing else is left to ask:
/// in the live run it was dropped then, and nobody missed it.
pub fn replay(visitor: &Visitor, said: Said, bundle: &Bundle) -> Looked {
    let mut facts = Facts::about(said, bundle.taken_at());
    let mut asked: BTreeSet<Query> = BTreeSet::new();
    let visit = loop {
        let needs = match think(visitor, &facts) {
            Thought::Decided(visit) => break *visit,
            Thought::Needs(needs) => needs,
        };
        let new: Vec<Query> = needs.difference(&asked).cloned().collect();
        if new.is_empty() {
            break stuck(&facts);
        }
        let answers = |query: &Query| bundle.hear(query, visitor.look);
        let answered: Vec<_> = new.iter().map(|query| (query, answers(query))).collect();
        let there = |answer: &Result<_, Gap>| !matches!(answer, Err(Gap::NotInBundle));
        let any = answered.iter().any(|(_, answer)| there(answer));
        for (query, answer) in answered {
            if there(&answer) || !any {
                asked.insert(query.clone());
                facts.hear(query.clone(), answer);
            }
        }
    };
    looked(visit, bundle.exchanges().to_vec(), bundle.taken_at())
}

fn looked(visit: Visit, exchanges: Vec<Exchange>, taken_at: Timestamp) -> Looked {
    Looked {
        visit,
        remarks: contract::remarks(&exchanges),
        azure_calls: exchanges.iter().filter(|it| it.is_azure()).count(),
        exchanges,
        taken_at,
        facts: None,
    }
}

/// The runbook asks for nothing new and decides nothing. That would be a bug of ours; it is said,
/// and ends the visit, in place of asking for ever.
fn stuck(facts: &Facts) -> Visit {
    let said = "the runbook neither decides nor asks anything new: this is a bug".to_owned();
    tracing::error!(gateway = %facts.said().gateway, "{said}");
    Visit {
        report: Report {
            verdict: Verdict::Inconclusive,
            conclusion: said.clone(),
            findings: Vec::new(),
            rows: Vec::new(),
            steps: Vec::new(),
            path: Vec::new(),
            questions: Vec::new(),
            gaps: vec![said],
            gateway: GatewaySeen::default(),
            bad_gateway: None,
            counts: None,
            backends: None,
            summary: Vec::new(),
        },
        looks: 1,
        again: Again::Interval,
        unreachable: None,
        offers: Vec::new(),
        deciding: None,
    }
}
