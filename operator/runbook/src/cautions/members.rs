//! A change to a probe or to settings concerns every pair that uses them: what is healthy now may not be
//! afterwards.
use super::{Held, Said};
use crate::{
    draft::{Case, Draft, Reason},
    facts::{gateway::Gateway, health::Server, inputs::Caution},
    id::{ArmId, GATEWAY_KIND, Subject},
    plan::{Act, Part, Verify},
};
use std::collections::BTreeSet;

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    let gateway = case.gateway()?;
    let touched = settings(gateway, draft);
    if touched.is_empty() {
        return Ok(None);
    }
    let meant: Vec<String> = match &draft.verify {
        Verify::Health { pairs, .. } => pairs.iter().map(|it| it.to_lowercase()).collect(),
        _ => vec![],
    };
    for pair in case.view.health()? {
        let subject = pair.subject();
        if !touched.contains(&pair.setting.to_lowercase()) || case.view.is_unused(&subject) {
            continue;
        }
        let live = pair.counted().filter(|it| Server::is_live(it)).count();
        let own = meant.contains(&subject.to_string().to_lowercase());
        // By answers, and not by health, such a change is judged where all is green.
        if live == 0 || meant.is_empty() {
            continue;
        }
        if own && live == 1 {
            let why = format!(
                "{subject} has one member left that serves, and the change may take it out as well"
            );
            return Ok(Some(Held::new(Reason::LastHealthyMember, why)));
        }
        if !own {
            let why = format!(
                "{subject} serves well by the same settings or probe, and is changed as well"
            );
            return Ok(Some(
                Held::new(Reason::SharedTarget, why).unless(Caution::SharedTarget),
            ));
        }
    }
    Ok(None)
}

/// The settings that are asked or probed in another way afterwards, in lower case.
fn settings(gateway: Gateway<'_>, draft: &Draft) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let edits = draft
        .changes
        .iter()
        .filter(|it| it.on.kind() == GATEWAY_KIND);
    let edits = edits.filter_map(|it| match &it.act {
        Act::Edit(edits) => Some(edits),
        _ => None,
    });
    for edit in edits.flatten() {
        let [
            Part::Field(_),
            Part::Field(collection),
            Part::Named { name },
            ..,
        ] = &edit.at.0[..]
        else {
            continue;
        };
        match collection.as_str() {
            "backendHttpSettingsCollection" => {
                all.insert(name.to_lowercase());
            }
            "probes" => all.extend(users(gateway, name)),
            _ => {}
        }
    }
    all
}

fn users(gateway: Gateway<'_>, probe: &str) -> Vec<String> {
    let pairs = gateway.pairs_in_use();
    let settings = pairs.into_iter().filter_map(|it| match it {
        Subject::Pair { setting, .. } => Some(setting),
        _ => None,
    });
    let by = |setting: &String| {
        let id = gateway
            .named("backendHttpSettingsCollection", setting)
            .and_then(|it| crate::facts::json::text(it, &["properties", "probe", "id"]));
        id.is_some_and(|id| ArmId::new(id).name().eq_ignore_ascii_case(probe))
    };
    settings.filter(by).map(|it| it.to_lowercase()).collect()
}
