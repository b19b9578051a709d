//! A write makes the instances forget the names they resolved: where DNS does not work, members that still
//! serve are lost with it (azure-facts §2.2).
use super::{Held, Said, writes_gateway};
use crate::{
    draft::{Case, Draft, Reason},
    facts::{
        health::Health,
        inputs::Caution,
        json::{list, text},
    },
};

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    if !writes_gateway(draft) {
        return Ok(None);
    }
    let held = |why: String| {
        Ok(Some(
            Held::new(Reason::DnsBroken, why).unless(Caution::DnsBroken),
        ))
    };
    if let Some(found) = case
        .findings
        .iter()
        .find(|it| it.id == "x.name-not-resolved")
    {
        return held(format!(
            "{}; a write makes the gateway forget the names that it still knows",
            found.says
        ));
    }
    let gateway = case.gateway()?;
    let named = list(gateway.0, &["properties", "backendAddressPools"])
        .flat_map(|pool| list(pool, &["properties", "backendAddresses"]))
        .any(|member| text(member, &["fqdn"]).is_some());
    let health = case.view.health()?;
    let unknown = health.iter().flat_map(|pair| &pair.servers).find(|server| {
        server.health == Health::Unknown && server.address.parse::<std::net::IpAddr>().is_err()
    });
    match unknown.filter(|_| named) {
        Some(server) => held(format!(
            "the health of {} is Unknown, which may be DNS: a write makes the gateway forget the names that it still knows",
            server.address
        )),
        None => Ok(None),
    }
}
