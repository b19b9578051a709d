//! Resolution C: let the platform reach the gateway's instances.
use super::{Method, Reach::Executable};
use crate::{
    draft::{Case, Drafted},
    id::Letter::C,
    report::Finding,
};

pub(super) static METHODS: [Method; 1] = [Method {
    id: "C.1",
    letter: C,
    reach: Executable,
    title: "Let the platform's management traffic in",
    changes: "One new inbound rule on the NSG of the gateway's subnet, from GatewayManager to any destination on the management ports of the gateway's platform.",
    article: "The article takes any number that is free and the ports of v2. Behind the rule that blocks, an Allow does nothing: the number has to be below that one's. v1 has ports of its own, and the load balancer's probes need their rule too.",
    draft: admit,
}];

fn admit(_: &Case<'_, '_>, _: &Finding) -> Drafted {
    Ok(vec![])
}
