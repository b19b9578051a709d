//! Whether an entry may still send.
use super::Hand;
pub(super) use crate::ledger::Consent;
use crate::{ledger::Entry, plan::Content};
use jiff::Timestamp;

pub(super) fn consent(hand: &Hand, entry: &Entry, contents: &[Content], now: Timestamp) -> Consent {
    let terms = &hand.terms;
    let withdrawn = |why: String| Consent::Withdrawn(why);
    if let Some(id) = entry
        .plans
        .iter()
        .map(|it| &it.id)
        .find(|id| !hand.said.stands(id))
    {
        return withdrawn(format!("the approval of {id} was taken away"));
    }
    for content in contents {
        let letter = content.letter();
        let allowed =
            letter.is_some_and(|it| terms.letters.contains(&it) && terms.allowed.contains(&it));
        if !terms.review || !allowed {
            return withdrawn(format!("{} may no longer be approved here", content.method));
        }
        if content.deletes() && !terms.deletes {
            return withdrawn("the installation allows no plan that deletes".into());
        }
        if content.writer != terms.writer {
            return withdrawn("another identity would write than the one that was approved".into());
        }
        // What was sent under another guard is watched to its end.
        match &terms.guard {
            Ok(guard) if *guard == content.guard => {}
            Ok(_) => return withdrawn("the guard of approvals is another since".into()),
            Err(why) => return withdrawn(why.clone()),
        }
    }
    if !entry.is_accepted() && entry.expires_at.is_some_and(|end| end <= now) {
        return Consent::Expired;
    }
    if let Some(why) = terms.settling.as_ref().filter(|_| !entry.is_accepted()) {
        return Consent::Held(why.clone());
    }
    if let Some(why) = &terms.paused {
        return Consent::Held(why.clone());
    }
    if let Err(why) = &terms.writes {
        return Consent::Held(why.clone());
    }
    let targets: Vec<String> = contents
        .iter()
        .flat_map(|it| {
            let mut all = it.targets();
            all.push(it.gateway.key().to_owned());
            all
        })
        .collect();
    let other = terms.others.iter().find(|(on, _)| targets.contains(on));
    match other {
        Some((_, who)) => Consent::Held(format!("{who} is at work on the same target")),
        None => Consent::Given,
    }
}
