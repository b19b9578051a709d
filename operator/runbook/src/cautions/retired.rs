//! v1 gateways were retired on 2026-04-28: nothing is written to one any more, security rules apart.
use super::{Held, Said};
use crate::{
    draft::{Case, Draft, Reason},
    facts::gateway::Generation,
    id::GATEWAY_KIND,
};

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    let on_gateway = draft.changes.iter().any(|it| it.on.kind() == GATEWAY_KIND);
    let v1 = case.gateway()?.generation() == Generation::V1;
    Ok(
        (on_gateway && v1 && case.view.is_past_retirement()).then(|| {
            let why =
                "v1 gateways were retired on 2026-04-28 and are no longer changed: migrate to v2";
            Held::new(Reason::GatewayRetired, why)
        }),
    )
}
