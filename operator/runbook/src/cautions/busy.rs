//! A newer write cancels the one in flight without a word (azure-facts §9.3).
use super::{Held, Said};
use crate::draft::{Case, Draft, Reason};

const BUSY: [&str; 4] = ["Updating", "Deleting", "Starting", "Stopping"];

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    let gateway = case.gateway()?;
    let words = [gateway.provisioning(), gateway.operational()];
    let busy = words
        .into_iter()
        .flatten()
        .find(|word| BUSY.iter().any(|busy| word.eq_ignore_ascii_case(busy)));
    Ok(busy.filter(|_| !draft.changes.is_empty()).map(|word| {
        let why = format!(
            "the gateway is {word}: somebody else's operation is in flight, and a write would cancel it"
        );
        Held::new(Reason::GatewayBusy, why)
    }))
}
