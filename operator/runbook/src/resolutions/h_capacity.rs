//! Resolution H: give the gateway more capacity.
use super::{Method, Reach::Executable};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk},
    facts::{
        Blocked,
        json::{at, list, number},
    },
    id::{ArmId, Letter::H},
    plan::{Change, Edit, Pointer, Verify},
    report::Finding,
};
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 2] = [
    Method {
        id: "H.1",
        letter: H,
        reach: Executable,
        title: "Raise the ceiling of autoscaling",
        changes: "The gateway may grow to more instances, and may cost more.",
        article: "Same change, on better evidence: the article compares capacity units with a number of instances, and one instance is ten units. The ceiling of cost is shown, and the size of the subnet is checked.",
        draft: ceiling,
    },
    Method {
        id: "H.2",
        letter: H,
        reach: Executable,
        title: "Run more instances",
        changes: "A gateway of fixed size has more instances from then on, and costs more at once.",
        article: "Same change, with the number that a person gave. A write to a stopped gateway would start it, so there it is withheld.",
        draft: count,
    },
];

/// Instances that one gateway can have.
const MOST: i64 = 125;
/// Addresses that Azure keeps in each range of a subnet.
const KEPT: i64 = 5;

fn ceiling(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let at = Pointer::fields("properties/autoscaleConfiguration/maxCapacity");
    grown(case, finding, &at, true)
}

fn count(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let at = Pointer::fields("properties/sku/capacity");
    grown(case, finding, &at, false)
}

fn grown(case: &Case<'_, '_>, finding: &Finding, to: &Pointer, autoscale: bool) -> Drafted {
    let gateway = case.gateway()?;
    let scales = at(gateway.0, &["properties", "autoscaleConfiguration"]).is_some();
    if finding.id != "capacity-at-limit" || scales != autoscale {
        return Ok(vec![]);
    }
    let (given, field) = if autoscale {
        (case.inputs().max_capacity, "spec.inputs.H.maxCapacity")
    } else {
        (case.inputs().instance_count, "spec.inputs.H.instanceCount")
    };
    let wanted = given.ok_or(Blocked::Tell(field))?;
    let id = case.view.id();
    let title = if autoscale {
        format!("Let gateway {} grow to {wanted} instances", id.name())
    } else {
        format!("Run {wanted} instances of gateway {}", id.name())
    };
    let held = |reason, why: String| {
        Ok(vec![
            Draft::new(title.clone(), vec![], Verify::Capacity).withheld(reason, why),
        ])
    };
    let path: Vec<&str> = if autoscale {
        vec!["properties", "autoscaleConfiguration", "maxCapacity"]
    } else {
        vec!["properties", "sku", "capacity"]
    };
    // Without a ceiling the service has one of its own.
    let now = number(gateway.0, &path).unwrap_or(if autoscale { MOST } else { 1 });
    if wanted <= now {
        return held(
            Reason::NeedsInput,
            format!("{field}: {wanted} is not more than the {now} of now"),
        );
    }
    if wanted > MOST {
        return held(
            Reason::NeedsInput,
            format!("{field}: a gateway has at most {MOST} instances"),
        );
    }
    let room = room(case)?;
    if wanted > room {
        return held(
            Reason::EvidenceTooWeak,
            format!(
                "the gateway's subnet has room for {room} instances, and {wanted} are asked for"
            ),
        );
    }
    let edit = Edit::of(gateway.0, to.clone(), json!(wanted));
    let cost = if autoscale {
        format!(
            "up to {} instances more are paid for while they run",
            wanted - now
        )
    } else {
        format!("{} instances more are paid for from then on", wanted - now)
    };
    let flag = if autoscale {
        "--max-capacity"
    } else {
        "--capacity"
    };
    let draft = Draft::new(
        title.clone(),
        vec![Change::edit(id, vec![edit])],
        Verify::Capacity,
    )
    .risk(Risk::Medium)
    .effect(cost)
    .effect("changing the number of instances takes Azure three to seven minutes")
    .check(format!("the subnet has room for {room} instances"))
    .az(format!(
        "az network application-gateway update --ids {id} {flag} {wanted}"
    ));
    Ok(vec![draft])
}

/// Instances that the gateway's subnet has addresses for: all but those that Azure keeps, those of others, and
/// those of the gateway's own private front ends.
fn room(case: &Case<'_, '_>) -> Result<i64, Blocked> {
    let subnet = &case.view.home()?.subnet;
    let size = |bits: u8| 1_i64.checked_shl(u32::from(bits)).unwrap_or(i64::MAX);
    let all: i64 = subnet
        .prefixes
        .iter()
        .filter(|net| net.addr().is_ipv4())
        .map(|net| size(32 - net.prefix_len()) - KEPT)
        .sum();
    let own = format!("{}/", case.view.id().key());
    let of_others = |id: &&ArmId| !id.key().starts_with(&own);
    let others = subnet.ip_configurations.iter().filter(of_others).count();
    let gateway = case.gateway()?;
    let private = list(gateway.0, &["properties", "frontendIPConfigurations"])
        .filter(|it: &&Value| at(it, &["properties", "privateIPAddress"]).is_some())
        .count();
    let taken = i64::try_from(others + private).unwrap_or(i64::MAX);
    Ok(all.saturating_sub(taken).max(0))
}
