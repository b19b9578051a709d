//! A gateway that has both a WAF configuration of its own and a WAF policy: Azure refuses to write it
//! (azure-facts §9.4).
use super::{Held, Said, writes_gateway};
use crate::{
    draft::{Case, Draft, Reason},
    facts::{inputs::Caution, json::at},
};

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    let gateway = case.gateway()?;
    let has = |member: &str| at(gateway.0, &["properties", member]).is_some();
    let both = has("webApplicationFirewallConfiguration") && has("firewallPolicy");
    Ok((both && writes_gateway(draft)).then(|| {
        let why = "the gateway has a WAF configuration and a WAF policy, and Azure refuses any write to it until the former is gone";
        Held::new(Reason::PolicyDenies, why).unless(Caution::PolicyDenies)
    }))
}
