//! One visit to one object. What is found, the runbook decides; this file only does.
use crate::{
    azure::{Bundle, Reader},
    backoff::{Backoff, jittered},
    conditions::{self, Hold, STALLED},
    consult::{Looked, consult, followed, replay},
    error::{Error, chain},
    events::{self, Events},
    guard::{SETTLES, Stand},
    memory::Memory,
    private_ca, refusals,
    status::{self, Claimed, Saved},
    timing::Timing,
    turns::Turn,
    waits::Waits,
    wire::{self, Place, Run},
    writes::{Writes, carry_out},
};
use appgw_crds::{AppGatewayDiagnosis, AppGatewayDiagnosisStatus, Fix, Trigger};
use appgw_runbook::{
    approval::{Deciding, Hand},
    facts::{Facts, Gap},
    ledger::Move,
    offer::Offer,
    visit::{Again, Visit, Visitor},
};
use jiff::{SignedDuration, Timestamp};
use kube::{Api, Client, ResourceExt as _};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How long to wait, where the article or Azure has something to be waited for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between visits where `spec.interval` does not say; zero: no visits by time.
    pub interval: Duration,
    /// While a gateway starts, stops or is created.
    pub transition: Duration,
    /// While the health of all back ends is Unknown.
    pub unknown: Duration,
    /// When Azure throttles and does not say for how long.
    pub throttled: Duration,
    /// How long Starting, Stopping or a creation may go on before that is a finding.
    pub transition_limit: Duration,
}

/// Where facts come from: Azure, or a recording of it.
pub trait Look: Send + Sync + 'static {
    /// Finds out and decides. `fresh` takes no answer that was asked for before now.
    fn look(
        &self,
        visitor: &Visitor,
        facts: Facts,
        fresh: bool,
        turn: &Turn,
    ) -> impl Future<Output = Looked> + Send;
    /// What is under way, one move on, without a diagnosis.
    fn follow(
        &self,
        visitor: &Visitor,
        facts: Facts,
        turn: &Turn,
    ) -> impl Future<Output = Option<Deciding>> + Send;
}

impl Look for Reader {
    async fn follow(&self, visitor: &Visitor, facts: Facts, turn: &Turn) -> Option<Deciding> {
        followed(visitor, facts, self, turn).await
    }
    async fn look(&self, visitor: &Visitor, facts: Facts, fresh: bool, turn: &Turn) -> Looked {
        let reader = if fresh { self.fresh() } else { self.clone() };
        consult(visitor, facts, &reader, turn).await
    }
}

impl Look for Bundle {
    async fn follow(&self, _visitor: &Visitor, _facts: Facts, _turn: &Turn) -> Option<Deciding> {
        None
    }
    async fn look(&self, visitor: &Visitor, facts: Facts, _fresh: bool, _turn: &Turn) -> Looked {
        replay(visitor, facts.said().clone(), self)
    }
}

/// What visits share.
pub struct Context<L> {
    /// Kubernetes; it must not repeat requests by itself.
    pub client: Client,
    /// Where events go.
    pub events: Events,
    /// Where facts come from.
    pub eyes: L,
    /// How long to wait.
    pub pace: Pace,
    /// Failures in a row, by uid.
    pub failures: Backoff,
    /// Writes lost in a row, by uid: somebody else keeps writing the object.
    pub losses: Backoff,
    /// Where the pages of `docs` are served, for `status.findings[].more`.
    pub docs: Option<String>,
    /// Waits under way, by uid.
    pub waits: Waits,
    /// What it takes to write.
    pub writes: Option<Arc<Writes>>,
    /// What was heard last, where an approval may come.
    pub memory: Memory,
}

impl<L> Context<L> {
    /// Nothing is remembered of an object that is gone.
    pub fn forget(&self, uid: &str) {
        self.failures.succeeded(uid);
        self.losses.succeeded(uid);
        self.waits.since(uid, None, Timestamp::now());
        self.memory.forget(uid);
    }
}

/// When to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// After this long.
    In(Duration),
    /// When the object changes, and not before.
    OnChange,
}

/// Say what holds us up, or look, say what was seen, and say when to come again. `timed` is whether
/// a timer set by an earlier visit brought us here.
pub async fn reconcile<L: Look>(
    cr: &AppGatewayDiagnosis,
    cx: &Context<L>,
    turn: &Turn,
    timed: bool,
) -> Result<Next, Error> {
    // Nobody is left to tell, whatever finalizer still holds the object.
    if cr.metadata.deletion_timestamp.is_some() {
        return Ok(Next::OnChange);
    }
    let visit = Visiting::new(cr, cx);
    let before = cr.status.clone().unwrap_or_default();
    let under_way = cx.writes.is_some() && wire::is_under_way(&before);
    let hold = wire::hold(cr);
    // What Azure is at work on is watched to its end, whatever holds the rest.
    if let Some(hold) = hold.as_ref().filter(|_| !under_way) {
        let now = visit.started_at;
        let conditions = conditions::held(&before.conditions, hold, cr.metadata.generation, now);
        let next = with_conditions(&before, conditions);
        return visit.told(cr, &next, Next::OnChange).await;
    }
    let Some(trigger) = visit.due(timed) else {
        return Ok(visit.by_time());
    };
    if under_way {
        return Box::pin(visit.follow(&before, hold.as_ref(), turn)).await;
    }
    if let Some(what) = refusals::refusal(&cr.spec) {
        let run = visit.run(trigger);
        let next = wire::refused(visit.place(&before, &run, None), &cr.spec, &what);
        return visit.told(cr, &next, Next::OnChange).await;
    }
    let Some(cr) = visit.announced(cr, &before).await? else {
        return Ok(visit.lost());
    };
    let (hand, guard) = Box::pin(visit.hand(&cr, None)).await;
    let looked = Box::pin(visit.look(&before, trigger, hand, turn)).await;
    let run = visit.run(trigger);
    let next = wire::status(visit.place(&before, &run, guard.as_ref()), &looked);
    let again = visit.again(&next, &looked.visit);
    let again = match (&guard, again) {
        // It comes back without an event of ours.
        (Some(Stand::Settling(..)), _) => Next::In(SETTLES),
        (Some(Stand::Missing(_) | Stand::Changed(_) | Stand::NotEnforced(_)), Next::In(wait)) => {
            Next::In(wait.min(UNGUARDED))
        }
        (Some(Stand::Missing(_) | Stand::Changed(_) | Stand::NotEnforced(_)), Next::OnChange) => {
            Next::In(UNGUARDED)
        }
        (_, again) => again,
    };
    match looked.visit.deciding {
        Some(deciding) => Box::pin(visit.decided(&cr, next, *deciding, again, turn)).await,
        None => visit.told(&cr, &next, again).await,
    }
}

/// Until the next look at a guard that is away.
const UNGUARDED: Duration = Duration::from_secs(15);
/// Until the next look at what is under way.
const UNDER_WAY: Duration = Duration::from_secs(5);
/// Until the next visit where there is something to do already.
const AT_ONCE: Duration = Duration::from_millis(200);

struct Visiting<'a, L> {
    cx: &'a Context<L>,
    cr: &'a AppGatewayDiagnosis,
    api: Api<AppGatewayDiagnosis>,
    uid: String,
    timing: Timing,
    started_at: Timestamp,
}

impl<'a, L: Look> Visiting<'a, L> {
    fn new(cr: &'a AppGatewayDiagnosis, cx: &'a Context<L>) -> Self {
        let namespace = cr.namespace().unwrap_or_default();
        Self {
            cx,
            cr,
            api: Api::namespaced(cx.client.clone(), &namespace),
            uid: cr.uid().unwrap_or_default(),
            // What cannot be obeyed is refused before its time ever matters.
            timing: Timing::of(&cr.spec, cx.pace.interval).unwrap_or(Timing::Never),
            started_at: Timestamp::now(),
        }
    }

    /// Why to visit, if there is a reason: after a start of the operator there may be none.
    fn due(&self, timed: bool) -> Option<Trigger> {
        let run = self.cr.status.as_ref().and_then(|it| it.last_run.as_ref());
        let last = run.map_or(self.started_at, |run| run.started_at.0);
        let by_time = match &self.timing {
            Timing::Every(_) => Some(Trigger::Interval),
            timing if timing.has_passed(last, self.started_at) => Some(Trigger::Schedule),
            Timing::Never | Timing::Clock(..) => timed.then_some(Trigger::Wait),
        };
        wire::trigger(self.cr).or(by_time)
    }

    /// Nothing but time brings the next visit, if anything does.
    fn by_time(&self) -> Next {
        let wait = self.timing.wait(Timestamp::now());
        match self.timing {
            // A schedule is kept to the second: the queue sees to it that not all come at once.
            Timing::Clock(..) => wait.map_or(Next::OnChange, Next::In),
            Timing::Never | Timing::Every(_) => {
                wait.map_or(Next::OnChange, |wait| Next::In(jittered(wait)))
            }
        }
    }

    fn run(&self, trigger: Trigger) -> Run {
        let asked = wire::run_now(self.cr);
        let before = self
            .cr
            .status
            .as_ref()
            .and_then(|status| status.last_run.as_ref());
        Run {
            trigger,
            // What was dealt with stays dealt with, also when the annotation is taken away.
            run_now: match before {
                Some(run) if asked.is_empty() => run.run_now.clone(),
                _ => asked,
            },
            started_at: self.started_at,
            finished_at: Timestamp::now(),
        }
    }

    fn place<'b>(
        &'b self,
        before: &'b AppGatewayDiagnosisStatus,
        run: &'b Run,
        guard: Option<&'b Stand>,
    ) -> Place<'b> {
        let meta = &self.cr.metadata;
        Place {
            before,
            generation: meta.generation,
            run,
            object: meta.namespace.as_deref().zip(meta.name.as_deref()),
            expires: wire::expiry(self.cr, self.started_at),
            guard,
            docs: self.cx.docs.as_deref(),
        }
    }

    /// Where a person waits for it, say that it is being worked on; never for a timer. None if the
    /// object moved, which saves the questions to Azure.
    async fn announced(
        &self,
        cr: &AppGatewayDiagnosis,
        before: &AppGatewayDiagnosisStatus,
    ) -> Result<Option<AppGatewayDiagnosis>, Error> {
        let generation = cr.metadata.generation;
        if before.observed_generation == generation && !wire::is_asked_for(cr) {
            return Ok(Some(cr.clone()));
        }
        let now = self.started_at;
        let visiting = conditions::visiting(&before.conditions, generation, now);
        let next = with_conditions(before, visiting);
        Ok(match status::save(&self.api, cr, &next).await? {
            Saved::Same => Some(cr.clone()),
            Saved::Written(now) => Some(*now),
            Saved::Lost => None,
        })
    }

    /// What this visit decides with; nothing where the installation cannot write at all.
    async fn hand(
        &self,
        cr: &AppGatewayDiagnosis,
        hold: Option<&Hold>,
    ) -> (Option<Hand>, Option<Stand>) {
        let Some(writes) = &self.cx.writes else {
            return (None, None);
        };
        let (hand, stand) = writes.hand(cr, hold, false).await;
        (Some(hand), stand)
    }

    /// What is under way, one move on.
    async fn follow(
        &self,
        before: &AppGatewayDiagnosisStatus,
        hold: Option<&Hold>,
        turn: &Turn,
    ) -> Result<Next, Error> {
        let (hand, guard) = self.hand(self.cr, hold).await;
        let limit = SignedDuration::MAX;
        let visitor = wire::visitor(before, Trigger::Approval, None, limit, hand);
        let facts = Facts::about(wire::said(&self.cr.spec), self.started_at);
        let followed = self.cx.eyes.follow(&visitor, facts, turn).await;
        let Some(deciding) = followed else {
            return Ok(Next::In(UNDER_WAY));
        };
        let run = self.run(Trigger::Approval);
        let place = self.place(before, &run, guard.as_ref());
        let mut next = wire::carried(place, &deciding);
        if let Some(hold) = hold {
            let generation = self.cr.metadata.generation;
            let now = self.started_at;
            next.conditions = conditions::held(&next.conditions, hold, generation, now);
        }
        let again = Next::In(UNDER_WAY);
        self.decided(self.cr, next, deciding, again, turn).await
    }

    /// Puts on record what was decided, and sends what is to be sent once the claim on it is won.
    async fn decided(
        &self,
        cr: &AppGatewayDiagnosis,
        mut next: AppGatewayDiagnosisStatus,
        deciding: Deciding,
        again: Next,
        turn: &Turn,
    ) -> Result<Next, Error> {
        let again = match (deciding.again, again) {
            (Some(0), _) => Next::In(AT_ONCE),
            (Some(seconds), Next::In(wait)) => {
                Next::In(wait.min(jittered(Duration::from_secs(seconds.into()))))
            }
            (Some(seconds), Next::OnChange) => {
                Next::In(jittered(Duration::from_secs(seconds.into())))
            }
            (None, again) => again,
        };
        let (Move::Send(_, ticket), Some(writes)) = (deciding.to_do, &self.cx.writes) else {
            return self.told(cr, &next, again).await;
        };
        let begun = Instant::now();
        next = wire::with_record(&next, &deciding.record.claimed(Timestamp::now()));
        let (now, won) = match status::claim(&self.api, cr, &next).await? {
            Claimed::Won(now, won) => (now, won),
            Claimed::Lost => return Ok(self.lost()),
        };
        let before = self.cr.status.clone().unwrap_or_default();
        let (writes, api, claimed) = (Arc::clone(writes), self.api.clone(), (*now).clone());
        // On its own, so that a visit that is dropped leaves nothing half sent.
        let sending = tokio::spawn(carry_out(writes, api, claimed, *ticket, won, begun));
        self.cx
            .events
            .post(&now, events::news(&before, &next))
            .await;
        if let Err(error) = turn.rest(sending).await {
            tracing::error!(error = chain(&error), "a send broke off");
        }
        Ok(Next::In(AT_ONCE))
    }

    async fn look(
        &self,
        before: &AppGatewayDiagnosisStatus,
        trigger: Trigger,
        hand: Option<Hand>,
        turn: &Turn,
    ) -> Looked {
        let now = self.started_at;
        let limit = SignedDuration::try_from(self.cx.pace.transition_limit);
        let since = self
            .cx
            .waits
            .since(&self.uid, wire::waiting_since(before), now);
        let limit = limit.unwrap_or(SignedDuration::MAX);
        let visitor = wire::visitor(before, trigger, since, limit, hand);
        let generation = self.cr.metadata.generation;
        // A person's yes is not kept waiting by questions that were answered a moment ago.
        let known = (trigger == Trigger::Approval && before.fix != Some(Fix::Verifying))
            .then(|| self.cx.memory.take(&self.uid, generation))
            .flatten();
        let mut unread = None;
        let facts = if let Some(facts) = known {
            facts
        } else {
            let mut said = wire::said(&self.cr.spec);
            unread = private_ca::learn(&mut said, &self.cx.client, self.cr).await;
            Facts::about(said, now)
        };
        let fresh = trigger == Trigger::RunNow || before.fix == Some(Fix::Verifying);
        let mut looked = self.cx.eyes.look(&visitor, facts, fresh, turn).await;
        looked.remarks.extend(unread);
        let open = looked.visit.offers.iter().any(Offer::is_open);
        if let Some(facts) = looked.facts.take().filter(|_| open) {
            self.cx.memory.keep(&self.uid, generation, facts);
        }
        looked
    }

    /// Writes what is new, and posts the events of it. An event that cannot be posted fails nothing.
    async fn told(
        &self,
        cr: &AppGatewayDiagnosis,
        next: &AppGatewayDiagnosisStatus,
        again: Next,
    ) -> Result<Next, Error> {
        match status::save(&self.api, cr, next).await? {
            Saved::Lost => return Ok(self.lost()),
            Saved::Same => {}
            Saved::Written(now) => {
                let verdict = next.verdict.map_or("", appgw_crds::Verdict::as_str);
                tracing::info!(verdict, conclusion = next.conclusion, "status written");
                let before = self.cr.status.clone().unwrap_or_default();
                self.cx.events.post(&now, events::news(&before, next)).await;
            }
        }
        self.cx.losses.succeeded(&self.uid);
        let now = Timestamp::now();
        self.cx
            .waits
            .since(&self.uid, wire::waiting_since(next), now);
        Ok(again)
    }

    /// Somebody changed the object meanwhile: decide again, soon.
    fn lost(&self) -> Next {
        tracing::debug!("the object moved; deciding again");
        Next::In(jittered(self.cx.losses.failed(&self.uid)))
    }

    fn again(&self, next: &AppGatewayDiagnosisStatus, visit: &Visit) -> Next {
        let Pace {
            interval: _,
            transition,
            unknown,
            throttled,
            transition_limit: _,
        } = self.cx.pace;
        if conditions::find(&next.conditions, STALLED).is_some() {
            self.cx.failures.succeeded(&self.uid);
            return Next::OnChange;
        }
        if let Some(
            Gap::TimedOut
            | Gap::Unreadable { .. }
            | Gap::Unreachable { .. }
            | Gap::Credential { .. },
        ) = visit.unreachable
            && visit.again == Again::Interval
        {
            // Passing trouble. Not slower than the interval, and also where there is none.
            let wait = self.cx.failures.failed(&self.uid);
            let most = self.timing.wait(Timestamp::now()).unwrap_or(wait);
            return Next::In(jittered(wait.min(most)));
        }
        self.cx.failures.succeeded(&self.uid);
        let wait = match visit.again {
            Again::Interval => return self.by_time(),
            Again::Transition => transition,
            Again::Unknown => unknown,
            Again::Throttled(None) => throttled,
            Again::Throttled(Some(seconds)) => Duration::from_secs(seconds.clamp(1, 3_600)),
        };
        Next::In(jittered(wait))
    }
}

fn with_conditions(
    before: &AppGatewayDiagnosisStatus,
    conditions: Vec<k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition>,
) -> AppGatewayDiagnosisStatus {
    AppGatewayDiagnosisStatus {
        conditions,
        ..before.clone()
    }
}
