//! The last look, between a claim that was won and the send: everything is read afresh.
use super::{Hand, consent::consent};
use crate::{
    facts::{Blocked, Facts, Query, json::text},
    ledger::{Consent, Ticket, lost},
    plan::{Standing, standing},
};
use std::collections::BTreeSet;

/// Why the change must not leave, if so; then the try is given back (`Reply::NotSent`). `hand` and `facts` are
/// read after the claim was won, and `hand.terms.others` as [`super::others`] makes it for a claimed entry.
pub fn last_look(
    hand: &Hand,
    ticket: &Ticket,
    facts: &Facts,
) -> Result<Option<String>, BTreeSet<Query>> {
    let held = |why: &str| Ok(Some(why.to_owned()));
    let ledger = &hand.record.ledger;
    let Some(entry) = ledger.under_way() else {
        return held("nothing is under way");
    };
    let Some(contents) = entry.contents(&hand.terms.owner, ledger.epoch) else {
        return held("the record is not what its ids say");
    };
    match consent(hand, entry, &contents, facts.taken_at()) {
        Consent::Given => {}
        Consent::Held(why) | Consent::Withdrawn(why) => return Ok(Some(why)),
        Consent::Expired => return held("it was not begun in time"),
    }
    let Some(claimed) = entry.sends.last().filter(|it| it.on == ticket.change.on) else {
        return held("another change is claimed");
    };
    let seen = || -> Result<Option<String>, Blocked> {
        if standing(&ticket.change, facts)? != Standing::Before {
            return Ok(Some("the target is no longer as it was".into()));
        }
        let etag = facts.document(&ticket.change.on).ok();
        let etag = etag.and_then(|it| text(it, &["etag"])).unwrap_or_default();
        if etag != claimed.etag {
            return Ok(Some("the target moved since the claim".into()));
        }
        let lost = lost(&ticket.needs, &ticket.done, facts)?;
        Ok(lost.map(|it| format!("what the plan rests on no longer holds: {it}")))
    };
    match seen() {
        Ok(why) => Ok(why),
        Err(Blocked::Ask(needs)) => Err(needs),
        Err(_) => held("the target cannot be read"),
    }
}
