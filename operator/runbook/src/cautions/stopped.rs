//! Any PUT starts a stopped gateway, and with it its bill (azure-facts §9.4).
use super::{Held, Said, writes_gateway};
use crate::draft::{Case, Draft, Reason};

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    let gateway = case.gateway()?;
    let word = gateway.operational().unwrap_or("unknown").to_owned();
    let off = writes_gateway(draft) && !word.eq_ignore_ascii_case("Running");
    Ok(off.then(|| {
        let why = format!("the gateway is {word}, and any write to it would start it");
        Held::new(Reason::GatewayStopped, why)
    }))
}
