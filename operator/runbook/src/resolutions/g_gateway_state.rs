//! Resolution G: bring the gateway itself back.
use super::{
    Method,
    Reach::{Executable, Guided},
};
use crate::{
    draft::{Case, Draft, Drafted},
    facts::Blocked,
    id::Letter::G,
    plan::{Act, Change, Verify},
    report::Finding,
};

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "G.1",
        letter: G,
        reach: Executable,
        title: "Start the gateway",
        changes: "The gateway serves again, and costs again.",
        article: "Same command, but only after a person said that it was not stopped on purpose. A v1 gateway is retired and is not started.",
        draft: start,
    },
    Method {
        id: "G.2",
        letter: G,
        reach: Executable,
        title: "Write the configuration again just as it stands",
        changes: "Nothing, if it works: Azure goes over the same configuration once more.",
        article: "The article does it whenever a write failed. It would start a stopped gateway, makes the instances forget the names they resolved, and cannot mend a configuration that is wrong; so it is offered for a running gateway only, without trouble in DNS, and once.",
        draft: touch,
    },
    Method {
        id: "G.3",
        letter: G,
        reach: Guided,
        title: "Take back the change that failed",
        changes: "Nothing by itself: whoever made the change, or the tool that keeps the gateway, writes the configuration that was there before.",
        article: "The article updates the gateway again, which cannot mend a configuration that Azure refuses.",
        draft: revert,
    },
];

fn start(case: &Case<'_, '_>, _: &Finding) -> Drafted {
    let gateway = case.gateway()?;
    let is = |word: &str| {
        gateway
            .operational()
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    if !is("Stopped") {
        return Ok(vec![]);
    }
    match case.view.facts.said().stopped_on_purpose {
        Some(false) => {}
        Some(true) => return Ok(vec![]),
        None => return Err(Blocked::Tell("spec.hints.stoppedOnPurpose")),
    }
    let id = case.view.id();
    let name = id.name();
    let change = Change {
        on: id.clone(),
        act: Act::Start,
    };
    let draft = Draft::new(format!("Start gateway {name}"), vec![change], Verify::State)
        .effect("the gateway serves again, and costs again from the moment it starts")
        .effect("starting takes minutes")
        .az(format!("az network application-gateway start --ids {id}"));
    Ok(vec![draft])
}

fn touch(_: &Case<'_, '_>, _: &Finding) -> Drafted {
    Ok(vec![])
}

fn revert(_: &Case<'_, '_>, _: &Finding) -> Drafted {
    Ok(vec![])
}
