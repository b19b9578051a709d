//! Reasons to withhold a plan whatever its resolution, one a file. The few that a person may set aside
//! (`spec.overrides`) then are part of the plan's content and said in its effects.
mod busy;
mod dns;
mod firewall;
mod locked;
mod members;
mod owner;
mod retired;
mod stopped;

use crate::{
    draft::{Case, Draft, Reason},
    facts::{Blocked, gateway::Gateway, inputs::Caution},
    id::{ArmId, GATEWAY_KIND},
    plan::{Act, Change},
};

/// What a caution says of a draft.
pub(crate) struct Held {
    pub(crate) reason: Reason,
    pub(crate) why: String,
    /// By which word of `spec.overrides` it may be set aside, if it may.
    pub(crate) by: Option<Caution>,
}

impl Held {
    fn new(reason: Reason, why: impl Into<String>) -> Self {
        Self {
            reason,
            why: why.into(),
            by: None,
        }
    }
    fn unless(self, by: Caution) -> Self {
        Self {
            by: Some(by),
            ..self
        }
    }
}

/// Nothing to say, a reason to hold the draft back, or a question first.
type Said = Result<Option<Held>, Blocked>;
type Look = fn(&Case<'_, '_>, &Draft) -> Said;

/// In the order in which they are named: what makes the change pointless before what makes it risky.
const ALL: [Look; 8] = [
    retired::look,
    stopped::look,
    busy::look,
    dns::look,
    locked::look,
    owner::look,
    firewall::look,
    members::look,
];

/// What is left of all cautions, and which were set aside.
pub(crate) struct Weighed {
    pub(crate) held: Option<(Reason, String)>,
    pub(crate) overrides: Vec<Caution>,
    pub(crate) effects: Vec<String>,
}

/// Every caution against one draft.
pub(crate) fn weigh(case: &Case<'_, '_>, draft: &Draft) -> Result<Weighed, Blocked> {
    let mut weighed = Weighed {
        held: None,
        overrides: vec![],
        effects: effects(case, draft),
    };
    let aside = &case.view.facts.said().overrides;
    for look in ALL {
        let Some(held) = look(case, draft)? else {
            continue;
        };
        if let Some(by) = held.by.filter(|by| aside.contains(by)) {
            weighed.effects.push(format!(
                "set aside by spec.overrides ({}): {}",
                by.as_str(),
                held.why
            ));
            weighed.overrides.push(by);
        } else {
            let word = held.by.map_or(String::new(), |by| {
                format!("; spec.overrides: [{}] sets this aside", by.as_str())
            });
            let why = format!("{}{word}", held.why);
            weighed.held.get_or_insert((held.reason, why));
        }
    }
    weighed.overrides.sort();
    weighed.overrides.dedup();
    Ok(weighed)
}

/// What every write of a whole gateway brings with it (azure-facts §9.4).
fn effects(case: &Case<'_, '_>, draft: &Draft) -> Vec<String> {
    if !writes_gateway(draft) {
        return vec![];
    }
    let mut all = vec![
        "the whole gateway is written: connections that last end once their drain time-out is over"
            .to_owned(),
    ];
    let vault = case.gateway().map_or(0, Gateway::key_vault_certificates);
    if vault > 0 {
        all.push(format!(
            "Azure reads {vault} certificates from Key Vault again; where it may not, it refuses the write"
        ));
    }
    all
}

/// The draft puts the document of the gateway.
pub(crate) fn writes_gateway(draft: &Draft) -> bool {
    let puts = |it: &Change| it.on.kind() == GATEWAY_KIND && !matches!(it.act, Act::Start);
    draft.changes.iter().any(puts)
}

/// The resources whose locks and tags count: gateway, groups and sites.
fn wholes(draft: &Draft) -> Vec<ArmId> {
    let whole = |it: &Change| {
        let parent = it.on.up_to("networkSecurityGroups");
        parent
            .or_else(|| it.on.up_to("sites"))
            .unwrap_or_else(|| it.on.clone())
    };
    let mut all: Vec<ArmId> = draft.changes.iter().map(whole).collect();
    all.sort();
    all.dedup();
    all
}
