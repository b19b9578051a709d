//! The write-ahead record of what was approved, and the only place that decides what to do with it. There is
//! no way to resume after a crash: carrying on from the record is the only way to carry on.
mod advance;

pub use advance::{Consent, Move, Ticket, lost};

use crate::{
    id::ArmId,
    plan::{Act, Change, Content, PlanId, digest, fold},
};
use jiff::Timestamp;

/// How often one change is sent before giving up; a try that surely was not sent is given back.
pub const TRIES: usize = 3;
/// Seconds that a revision must be seen unchanged before a change of unknown fate is sent again: a late first
/// send then meets a moved revision and is refused.
pub const QUARANTINE: i64 = 30;
/// Seconds after which a claim is too old to be sent on.
pub const CLAIM_AGE: i64 = 5;

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Phase {
    Intended,
    Sent,
    Settled,
    Drifted,
    Failed,
    Withdrawn,
    Expired,
    RolledBack,
}

/// What a send does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Verb {
    Create,
    Update,
    Delete,
    Start,
}

impl Verb {
    /// Of a change.
    pub fn of(act: &Act) -> Self {
        match act {
            Act::Start => Self::Start,
            Act::Touch | Act::Edit(_) => Self::Update,
            Act::Create(_) => Self::Create,
            Act::Delete(_) => Self::Delete,
        }
    }
}

/// One change sent, or about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// What is changed.
    pub on: ArmId,
    /// What is done to it.
    pub act: Verb,
    /// Revision it is changed from; empty where there is none.
    pub etag: String,
    /// Since when it rests: a claim of unknown fate is not sent again sooner than a quarantine later.
    pub etag_seen_at: Timestamp,
    /// When the try was begun.
    pub at: Timestamp,
    /// Where Azure tells how it goes.
    pub operation: String,
    /// HTTP status of the answer; none where it is not known.
    pub answered: Option<u16>,
    /// Azure's message, or what is to be said of the try.
    pub said: String,
}

/// A plan of an entry: its id and its content as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The id that was approved.
    pub id: PlanId,
    /// Canonical JSON, whole.
    pub content: String,
}

/// Plans approved together, and how far they got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub phase: Phase,
    /// The plans.
    pub plans: Vec<Planned>,
    /// What was sent.
    pub sends: Vec<Sending>,
    /// How often sending was begun.
    pub tries: u32,
    /// When it was last claimed.
    pub claimed_at: Option<Timestamp>,
    /// Until when a first send must have been accepted.
    pub expires_at: Option<Timestamp>,
    /// Members that served when it began, of the pairs it is verified by; none where that was not known.
    pub live_before: Option<u32>,
}

/// All that is remembered between visits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Occasions that are over. Part of every plan id.
    pub epoch: u64,
    /// What is under way, or the last that was.
    pub entry: Option<Entry>,
}

impl Ledger {
    /// What is under way.
    pub fn under_way(&self) -> Option<&Entry> {
        self.entry.as_ref().filter(|entry| !entry.ended())
    }
}

/// What came of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200, 201, 202: with where to follow it, if anywhere.
    Accepted {
        /// HTTP status.
        status: u16,
        /// URL of the operation; empty where the answer was final.
        operation: String,
    },
    /// Refused, and trying again cannot help.
    Refused {
        /// HTTP status; none where it was refused before it left.
        status: Option<u16>,
        /// Azure's code and message.
        said: String,
    },
    /// 412: the target is not what it was when it was read.
    Moved,
    /// Azure is busy with it or throttles: surely not accepted.
    Busy {
        /// What it said.
        said: String,
    },
    /// Nobody knows whether it was accepted.
    Unknown {
        /// HTTP status, if there was an answer at all.
        status: Option<u16>,
        /// What happened.
        said: String,
    },
    /// It did not leave.
    NotSent {
        /// Why.
        said: String,
    },
}

impl Entry {
    /// Nothing more will happen by itself.
    pub fn ended(&self) -> bool {
        !matches!(self.phase, Phase::Intended | Phase::Sent)
    }
    /// The contents, if every one is what its id says and belongs to this object and epoch. What others wrote
    /// into the record is no plan.
    pub fn contents(&self, owner: &str, epoch: u64) -> Option<Vec<Content>> {
        let read = |planned: &Planned| {
            let content = Content::read(&planned.content)?;
            let own = content.owner == owner && content.epoch == epoch;
            (own && content.id() == planned.id).then_some(content)
        };
        let all: Option<Vec<Content>> = self.plans.iter().map(read).collect();
        all.filter(|all| !all.is_empty())
    }
    /// The writes of all plans, edits of one document as one.
    pub fn changes(contents: &[Content]) -> Option<Vec<Change>> {
        fold(contents)
    }
    /// Anything may have been accepted.
    pub fn may_be_accepted(&self) -> bool {
        self.sends.iter().any(Sending::may_be_accepted)
    }
    /// A change of it may be on its way: what keeps others off the same target. One whose tries were all given
    /// back is not.
    pub fn is_on_its_way(&self) -> bool {
        self.phase == Phase::Sent || (self.phase == Phase::Intended && !self.sends.is_empty())
    }
    /// Anything was accepted for sure.
    pub fn is_accepted(&self) -> bool {
        self.sends.iter().any(|it| it.answered.is_some_and(accepts))
    }
    /// One id for every try and change of the entry, known before the first send: a UUID of version 8 from
    /// what was approved.
    pub fn correlation_id(&self) -> String {
        let ids: Vec<&str> = self.plans.iter().map(|it| it.id.as_str()).collect();
        let hex = digest(&ids.join(","));
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-8{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 15),
            part(15, 18),
            part(18, 30)
        )
    }
    /// What came of the try that was begun last. For others: `Record::answered`, which also writes an end down.
    #[must_use]
    pub(crate) fn answered(&self, reply: &Reply) -> Self {
        let mut next = self.clone();
        let Some(last) = next.sends.last_mut() else {
            return next;
        };
        match reply {
            Reply::Accepted { status, operation } => {
                last.answered = Some(*status);
                last.operation.clone_from(operation);
                next.phase = Phase::Sent;
            }
            Reply::Refused { status, said } => {
                last.answered = *status;
                last.said.clone_from(said);
                next.phase = Phase::Failed;
            }
            Reply::Moved => {
                last.answered = Some(412);
                "the target moved since it was read (412)".clone_into(&mut last.said);
            }
            Reply::Unknown { status, said } => {
                last.answered = *status;
                last.said.clone_from(said);
            }
            Reply::Busy { .. } | Reply::NotSent { .. } => {
                next.sends.pop();
                next.tries = next.tries.saturating_sub(1);
            }
        }
        next
    }
}

impl Sending {
    /// Nobody can say that it was not.
    fn may_be_accepted(&self) -> bool {
        self.answered.is_none_or(|it| accepts(it) || is_open(it))
    }
    /// Its fate is not known.
    fn is_unknown(&self) -> bool {
        self.answered.is_none_or(is_open)
    }
}

fn accepts(status: u16) -> bool {
    (200..300).contains(&status)
}

/// An answer that says nothing of whether the write was accepted.
fn is_open(status: u16) -> bool {
    status == 408 || status >= 500
}
