//! From the record and a fresh look to the next move.
use super::{Entry, Phase, QUARANTINE, Sending, TRIES, Verb, accepts};
use crate::{
    facts::{
        Blocked, Facts, Gap, Query,
        json::{list, text},
    },
    plan::{Act, Change, Content, Need, Standing, holds, standing},
};
use jiff::Timestamp;
use serde_json::Value;

/// What stands behind a send at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Every plan of the entry is approved and may be carried out.
    Given,
    /// Nothing may be sent for the time being, and why.
    Held(String),
    /// An approval was taken away, or what it rests on is gone.
    Withdrawn(String),
    /// It came, or was begun, too late.
    Expired,
}

/// A write that may leave once the claim is won.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// What to do.
    pub change: Change,
    /// What must hold right before.
    pub needs: Vec<Need>,
    /// Changes of the same entry that are there already: what must hold was said of the time before them.
    pub done: Vec<Change>,
    /// `x-ms-client-request-id`.
    pub correlation_id: String,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Nothing; look again after so many seconds.
    Rest(u32),
    /// Write this down, and why it stands so, where that is to be told.
    Record(Box<Entry>, String),
    /// Write this down; if, and only if, that is won, send the change.
    Send(Box<Entry>, Box<Ticket>),
}

/// Seconds between looks at what Azure is doing.
const POLL: u32 = 5;
/// Seconds after which a success that shows nothing is one no more.
const STALE: i64 = 120;
/// Seconds after which nobody waits for an operation any more.
const LONGEST: i64 = 3_600;

impl Entry {
    /// Decide from the record and a fresh look. Every obstacle is a reason to come again.
    pub fn advance(
        &self,
        contents: &[Content],
        facts: &Facts,
        consent: &Consent,
    ) -> Result<Move, Blocked> {
        let now = facts.taken_at();
        if self.ended() {
            return Ok(Move::Rest(u32::MAX));
        }
        let Some(changes) = Self::changes(contents) else {
            let why = "two plans of this entry touch the same place";
            return Ok(self.end(Phase::Failed, why));
        };
        for (at, change) in changes.iter().enumerate() {
            let done = changes.get(..at).unwrap_or_default();
            let last = self.last(change);
            if let Some(ended) = self.followed(change, last, facts, now)? {
                return Ok(ended);
            }
            match standing(change, facts)? {
                Standing::After if matches!(change.act, Act::Touch) && last.is_none() => {
                    // Somebody else's update mended it, and nothing was sent.
                    return Ok(self.to(Phase::Drifted, change, "the gateway is no longer Failed"));
                }
                Standing::After => {}
                Standing::Busy
                    if last
                        .is_some_and(|it| it.answered.is_some_and(accepts) && overdue(it, now)) =>
                {
                    let why = "Azure is still at it after an hour";
                    return Ok(self.to(Phase::Failed, change, why));
                }
                Standing::Busy => return Ok(Move::Rest(POLL)),
                Standing::Elsewhere => {
                    let why = "what was to be changed is neither as before nor as planned";
                    return Ok(self.to(Phase::Drifted, change, why));
                }
                Standing::Before => return self.before(change, done, contents, facts, consent),
            }
        }
        Ok(self.end(Phase::Settled, ""))
    }

    /// Azure's own word on a change that it took.
    fn followed(
        &self,
        change: &Change,
        last: Option<&Sending>,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Option<Move>, Blocked> {
        let Some(last) = last.filter(|it| !it.operation.is_empty()) else {
            return Ok(None);
        };
        let too_long = overdue(last, now);
        let body = match facts.ask(Query::Operation(last.operation.clone())) {
            Ok(body) => body,
            // Azure forgets operations: then the document tells.
            Err(Blocked::Gap(_, Gap::NotFound)) => return Ok(None),
            Err(Blocked::Gap(..)) if too_long => return Ok(None),
            Err(Blocked::Gap(..)) => return Ok(Some(Move::Rest(POLL * 2))),
            Err(blocked) => return Err(blocked),
        };
        let word = text(body, &["status"]).unwrap_or_default();
        Ok(match word.to_ascii_lowercase().as_str() {
            "succeeded" => None,
            "failed" => Some(self.to(Phase::Failed, change, &error(body))),
            "canceled" | "cancelled" => {
                let why = format!(
                    "somebody else's operation took the place of ours: {}",
                    error(body)
                );
                Some(self.to(Phase::Drifted, change, &why))
            }
            // One that never ends says nothing: then the document tells.
            _ if too_long => None,
            _ => Some(Move::Rest(POLL)),
        })
    }

    /// The target is as it was: may it be sent, again or for the first time?
    fn before(
        &self,
        change: &Change,
        done: &[Change],
        contents: &[Content],
        facts: &Facts,
        consent: &Consent,
    ) -> Result<Move, Blocked> {
        let now = facts.taken_at();
        let etag = etag(change, facts)?;
        let last = self.last(change);
        if let Some(last) = last {
            if last.answered.is_some_and(accepts) {
                if seconds(last.at, now) < STALE {
                    return Ok(Move::Rest(POLL));
                }
                let why = "Azure took the change and shows the state before it";
                return Ok(self.to(Phase::Failed, change, why));
            }
            if matches!(change.act, Act::Touch) && last.is_unknown() {
                let why = "nobody knows whether Azure took the update, and it is never sent twice";
                return Ok(self.to(Phase::Failed, change, why));
            }
            // A start is harmless twice and carries no condition.
            if last.is_unknown() && last.act != Verb::Start {
                if last.etag != etag {
                    // It may have been taken and failed, or taken and put back by somebody.
                    let why =
                        "nobody knows whether Azure took the change, and the target moved since";
                    return Ok(self.to(Phase::Drifted, change, why));
                }
                let rested = seconds(last.etag_seen_at, now);
                if rested < QUARANTINE {
                    let left = u32::try_from(QUARANTINE - rested).unwrap_or(1);
                    return Ok(Move::Rest(left.max(1)));
                }
            }
        }
        match consent {
            Consent::Given => {}
            Consent::Held(_) => return Ok(Move::Rest(POLL * 2)),
            Consent::Withdrawn(why) => return Ok(self.to(Phase::Withdrawn, change, why)),
            Consent::Expired => {
                return Ok(self.to(Phase::Expired, change, "it was not begun in time"));
            }
        }
        let tries = self.sends.iter().filter(|it| it.on == change.on).count();
        if tries >= TRIES {
            let why = format!("sent {tries} times, and the state is as before");
            return Ok(self.to(Phase::Failed, change, &why));
        }
        let needs: Vec<Need> = contents.iter().flat_map(|it| it.needs.clone()).collect();
        if let Some(lost) = lost(&needs, done, facts)? {
            let why = format!("what the plan rests on no longer holds: {lost}");
            return Ok(self.to(Phase::Drifted, change, &why));
        }
        let mut next = self.clone();
        next.tries += 1;
        next.claimed_at = Some(now);
        next.sends.push(Sending {
            on: change.on.clone(),
            act: Verb::of(&change.act),
            etag,
            etag_seen_at: now,
            at: now,
            operation: String::new(),
            answered: None,
            said: String::new(),
        });
        let ticket = Ticket {
            change: change.clone(),
            needs,
            done: done.to_vec(),
            correlation_id: self.correlation_id(),
        };
        Ok(Move::Send(Box::new(next), Box::new(ticket)))
    }

    fn last(&self, change: &Change) -> Option<&Sending> {
        self.sends.iter().rfind(|it| it.on == change.on)
    }

    fn end(&self, phase: Phase, why: &str) -> Move {
        let next = Self {
            phase,
            ..self.clone()
        };
        Move::Record(Box::new(next), why.to_owned())
    }

    /// It ends so, because of this change.
    fn to(&self, phase: Phase, change: &Change, why: &str) -> Move {
        let mut next = Self {
            phase,
            ..self.clone()
        };
        let own = next.sends.iter_mut().rfind(|it| it.on == change.on);
        if let Some(last) = own {
            why.clone_into(&mut last.said);
        }
        Move::Record(Box::new(next), why.to_owned())
    }
}

/// The first need that does not hold, in words; what was done already is thought away.
pub fn lost(needs: &[Need], done: &[Change], facts: &Facts) -> Result<Option<String>, Blocked> {
    let back: Vec<Change> = done.iter().filter_map(Change::reversed).collect();
    let facts = facts.supposing(&back);
    for need in needs {
        if !holds(need, &facts)? {
            return Ok(Some(need.to_string()));
        }
    }
    Ok(None)
}

/// Azure has had an hour.
fn overdue(last: &Sending, now: Timestamp) -> bool {
    seconds(last.at, now) > LONGEST
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

/// Revision of the target; empty where it is not there.
fn etag(change: &Change, facts: &Facts) -> Result<String, Blocked> {
    match facts.document(&change.on) {
        Ok(document) => Ok(text(document, &["etag"]).unwrap_or_default().to_owned()),
        Err(Blocked::Gap(_, Gap::NotFound)) => Ok(String::new()),
        Err(blocked) => Err(blocked),
    }
}

/// Code and message of an operation that failed, details included.
fn error(body: &Value) -> String {
    let of = |value: &Value| {
        let code = text(value, &["code"]).unwrap_or("no code");
        let message = text(value, &["message"]).unwrap_or("no message");
        crate::facts::json::one_line(&format!("{code}: {message}"))
    };
    let nothing = Value::Null;
    let error = body.get("error").unwrap_or(&nothing);
    let details = list(error, &["details"]).map(of);
    std::iter::once(of(error))
        .chain(details)
        .collect::<Vec<_>>()
        .join("; ")
}
