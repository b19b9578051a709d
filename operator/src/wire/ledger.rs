//! `status.ledger` as the runbook keeps it, and back. Plans and URLs go through to the letter: an id is the
//! digest of its content.
use super::{shown::seconds, text::fit};
use appgw_crds::{
    Act, Entry as Shown, EntryPlan, Ledger as Whole, Phase as Word, Sending as Send, limits,
};
use appgw_runbook::{
    id::ArmId,
    ledger::{Entry, Ledger, Phase, Planned, Sending, Verb},
    plan::PlanId,
};
use jiff::Timestamp;

pub(super) fn read(whole: &Whole) -> Ledger {
    let Whole { epoch, entry } = whole;
    Ledger {
        epoch: u64::try_from(*epoch).unwrap_or_default(),
        entry: entry.as_ref().map(entry_of),
    }
}

pub(super) fn show(ledger: &Ledger) -> Whole {
    let Ledger { epoch, entry } = ledger;
    Whole {
        epoch: i64::try_from(*epoch).unwrap_or(i64::MAX),
        entry: entry.as_ref().map(shown),
    }
}

fn entry_of(it: &Shown) -> Entry {
    let Shown {
        phase,
        plans,
        sends,
        tries,
        claimed_at,
        expires_at,
        live_before,
    } = it;
    Entry {
        phase: match phase {
            Word::Intended => Phase::Intended,
            Word::Sent => Phase::Sent,
            Word::Settled => Phase::Settled,
            Word::Drifted => Phase::Drifted,
            Word::Failed => Phase::Failed,
            Word::Withdrawn => Phase::Withdrawn,
            Word::Expired => Phase::Expired,
            Word::RolledBack => Phase::RolledBack,
        },
        plans: plans
            .iter()
            .map(|EntryPlan { id, content }| Planned {
                id: PlanId::typed(id),
                content: content.clone(),
            })
            .collect(),
        sends: sends.iter().map(sending).collect(),
        tries: u32::try_from(*tries).unwrap_or_default(),
        claimed_at: claimed_at.as_ref().map(|at| at.0),
        expires_at: expires_at.as_ref().map(|at| at.0),
        live_before: live_before.and_then(|n| u32::try_from(n).ok()),
    }
}

fn shown(it: &Entry) -> Shown {
    let Entry {
        phase,
        plans,
        sends,
        tries,
        claimed_at,
        expires_at,
        live_before,
    } = it;
    Shown {
        phase: match phase {
            Phase::Intended => Word::Intended,
            Phase::Sent => Word::Sent,
            Phase::Settled => Word::Settled,
            Phase::Drifted => Word::Drifted,
            Phase::Failed => Word::Failed,
            Phase::Withdrawn => Word::Withdrawn,
            Phase::Expired => Word::Expired,
            Phase::RolledBack => Word::RolledBack,
        },
        plans: plans
            .iter()
            .map(|Planned { id, content }| EntryPlan {
                id: id.to_string(),
                content: content.clone(),
            })
            .collect(),
        sends: sends.iter().map(send).collect(),
        tries: i32::try_from(*tries).unwrap_or(i32::MAX),
        claimed_at: claimed_at.map(seconds),
        expires_at: expires_at.map(seconds),
        live_before: live_before.and_then(|n| i32::try_from(n).ok()),
    }
}

fn sending(it: &Send) -> Sending {
    let Send {
        on,
        act,
        etag,
        etag_seen_at,
        at,
        operation,
        answered,
        said,
    } = it;
    let when = |at: &Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| {
        at.as_ref().map_or(Timestamp::UNIX_EPOCH, |at| at.0)
    };
    Sending {
        on: ArmId::new(on),
        act: match act {
            Act::Create => Verb::Create,
            Act::Update => Verb::Update,
            Act::Delete => Verb::Delete,
            Act::Start => Verb::Start,
        },
        etag: etag.clone(),
        etag_seen_at: when(etag_seen_at),
        at: when(at),
        operation: operation.clone(),
        answered: answered.and_then(|n| u16::try_from(n).ok()),
        said: said.clone(),
    }
}

fn send(it: &Sending) -> Send {
    let Sending {
        on,
        act,
        etag,
        etag_seen_at,
        at,
        operation,
        answered,
        said,
    } = it;
    Send {
        on: on.to_string(),
        act: match act {
            Verb::Create => Act::Create,
            Verb::Update => Act::Update,
            Verb::Delete => Act::Delete,
            Verb::Start => Act::Start,
        },
        etag: etag.clone(),
        etag_seen_at: Some(seconds(*etag_seen_at)),
        at: Some(seconds(*at)),
        // A place that does not fit whole is no place: the document then tells.
        operation: if operation.len() > limits::URL {
            String::new()
        } else {
            operation.clone()
        },
        answered: answered.map(i32::from),
        said: fit(said, limits::TEXT),
    }
}
