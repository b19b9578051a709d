//! What an operator reads and makes of it before it thinks.
use crate::{
    kinds::{Kind, gateway, nsg},
    store::Object,
    world::{EXPIRES, World, second},
};
use appgw_runbook::{
    approval::{Hand, others},
    facts::{Answer, Facts, Query, Said},
    offer::{Offer, Terms},
    plan::Rollback,
    resolutions::LETTERS,
};
use std::collections::BTreeSet;

impl World {
    /// What the object and the installation say now.
    pub(crate) fn hand(&self, seen: &Object, claimed: bool) -> Hand {
        let all = self.store.all().iter();
        let open = all.filter_map(|it| {
            Some((
                it.uid.as_str(),
                it.uid.as_str(),
                it.record.ledger.under_way()?,
            ))
        });
        let letters: BTreeSet<_> = LETTERS.into_iter().collect();
        Hand {
            said: seen.said.clone(),
            record: seen.record.clone(),
            terms: Terms {
                owner: seen.uid.clone(),
                epoch: seen.record.ledger.epoch,
                guard: self.guard.clone(),
                settling: None,
                writer: "writer".into(),
                rollback: Rollback::Offer,
                review: true,
                letters: letters.clone(),
                allowed: letters,
                writes: self.writes.clone(),
                deletes: true,
                paused: seen.paused.clone(),
                others: others(&seen.uid, open, claimed, second(self.now)),
            },
            log_lag: 0,
        }
    }

    /// What a visit of this object reads: the gateway, the targets, the group where a number must be free.
    pub(super) fn facts(&self, object: &Object) -> Facts {
        let mut facts = Facts::about(Said::about(gateway()), second(self.now));
        let group = object.kinds.contains(&Kind::Create).then(nsg);
        let targets = object.kinds.iter().map(|it| it.target());
        for id in targets.chain([gateway()]).chain(group) {
            let query = Query::Document(id);
            let answer: Answer = self.azure.answer(&query, self.now);
            facts.learn(query, answer);
        }
        facts
    }

    /// The plan of a kind, kept: the same terms make the same.
    pub(super) fn offer(&self, kind: Kind, terms: &Terms) -> Offer {
        let mut kept = self.offers.borrow_mut();
        let known = kept.iter().find(|it| it.0 == kind && it.1 == *terms);
        if let Some((_, _, offer)) = known {
            return offer.clone();
        }
        let offer = kind.offer(terms);
        kept.truncate(5);
        kept.insert(0, (kind, terms.clone(), offer.clone()));
        offer
    }

    /// Rewritten when less than half of the time is left.
    pub(super) fn until(&self, seen: &Object, offer: &Offer) -> Option<jiff::Timestamp> {
        let known = seen.record.shown.get(&offer.id).copied().flatten();
        let fresh = |it: &jiff::Timestamp| it.as_second() - self.now > EXPIRES / 2;
        Some(
            known
                .filter(fresh)
                .unwrap_or_else(|| second(self.now + EXPIRES)),
        )
    }
}
