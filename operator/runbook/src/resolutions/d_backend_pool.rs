//! Resolution D: fill a pool that requests are sent to.
use super::{Method, Reach::Executable};
use crate::{
    draft::{Case, Drafted},
    id::Letter::D,
    report::Finding,
};

pub(super) static METHODS: [Method; 1] = [Method {
    id: "D.1",
    letter: D,
    reach: Executable,
    title: "Add members to the pool",
    changes: "The pool has the new members besides those that it has.",
    article: "The article's switch replaces the whole list of a pool. Ours appends, and is withheld where a pool is empty on purpose: members by network interface or scale set, an ingress controller's, or one that only redirects use.",
    draft: fill,
}];

fn fill(_: &Case<'_, '_>, _: &Finding) -> Drafted {
    Ok(vec![])
}
