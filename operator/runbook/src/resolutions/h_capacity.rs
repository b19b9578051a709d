//! Resolution H: give the gateway more capacity.
use super::{Method, Reach::Executable};
use crate::{
    draft::{Case, Drafted},
    id::Letter::H,
    report::Finding,
};

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

fn ceiling(_: &Case<'_, '_>, _: &Finding) -> Drafted {
    Ok(vec![])
}

fn count(_: &Case<'_, '_>, _: &Finding) -> Drafted {
    Ok(vec![])
}
