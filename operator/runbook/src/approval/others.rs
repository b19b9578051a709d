//! One change per target at a time, across all diagnoses: who else is at work.
use crate::{ledger::Entry, plan::Content};
use jiff::Timestamp;

/// Seconds for which one that gave its claim back goes first.
const FIRST: i64 = 60;

/// For `Terms::others`: the targets of entries under way of other objects. `open`: `metadata.uid`, what to call
/// it, and the entry, from a list that is consistent. An entry that sent, or is about to, keeps its targets until
/// it ends. Where two claimed at once both give the claim back; then the lesser uid goes first, and the other
/// waits. `claimed`: this is the last look after a claim, where turns no longer count.
pub fn others<'e>(
    own: &str,
    open: impl IntoIterator<Item = (&'e str, &'e str, &'e Entry)>,
    claimed: bool,
    now: Timestamp,
) -> Vec<(String, String)> {
    let mut all = vec![];
    for (uid, who, entry) in open {
        if uid == own || entry.ended() {
            continue;
        }
        let at = entry.claimed_at.map_or(i64::MIN, Timestamp::as_second);
        let first = !claimed && uid < own && now.as_second().saturating_sub(at) < FIRST;
        if entry.sends.is_empty() && !first {
            continue;
        }
        let contents = entry
            .plans
            .iter()
            .filter_map(|it| Content::read(&it.content));
        for content in contents {
            let mut targets = content.targets();
            targets.push(content.gateway.key().to_owned());
            all.extend(targets.into_iter().map(|it| (it, who.to_owned())));
        }
    }
    all
}
