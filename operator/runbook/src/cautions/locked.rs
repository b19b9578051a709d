//! A lock of Azure Resource Manager on what would be written.
use super::{Held, Said, wholes};
use crate::{
    draft::{Case, Draft, Reason},
    facts::{
        Blocked,
        json::{list, one_line, text},
    },
    id::ArmId,
    plan::Act,
};

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    // Asked for only where an approval could follow: it costs a call for each resource.
    if !case.view.facts.said().rehearse {
        return Ok(None);
    }
    let deletes = draft
        .changes
        .iter()
        .chain(&draft.undo)
        .any(|it| matches!(it.act, Act::Delete(_)));
    let mut held = None;
    let mut open = None;
    for whole in wholes(draft) {
        let all = ArmId::new(&format!("{whole}/providers/Microsoft.Authorization/locks"));
        let body = match case.view.facts.document(&all) {
            Ok(body) => body,
            Err(Blocked::Ask(more)) => {
                open = Some(match open.take() {
                    None => Blocked::Ask(more),
                    Some(known) => Blocked::and(known, Blocked::Ask(more)),
                });
                continue;
            }
            // A lock that cannot be read is told by Azure when the change is sent.
            Err(_) => continue,
        };
        for lock in list(body, &["value"]) {
            let level = text(lock, &["properties", "level"]).unwrap_or_default();
            let name = one_line(text(lock, &["name"]).unwrap_or("(unnamed)"));
            if level.eq_ignore_ascii_case("ReadOnly") {
                held.get_or_insert(format!("lock {name} on {} is ReadOnly", whole.name()));
            } else if level.eq_ignore_ascii_case("CanNotDelete") && deletes {
                held.get_or_insert(format!(
                    "lock {name} on {} forbids deleting, which the change or its way back does",
                    whole.name()
                ));
            }
        }
    }
    match (open, held) {
        (Some(open), _) => Err(open),
        (None, held) => Ok(held.map(|why| Held::new(Reason::Locked, why))),
    }
}
