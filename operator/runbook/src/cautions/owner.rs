//! What another tool keeps, it writes back: the change belongs into that tool, in its own words.
use super::{Held, Said, wholes};
use crate::{
    draft::{Case, Draft, Reason},
    facts::{Owner, gateway::Gateway, inputs::Caution},
    id::GATEWAY_KIND,
};

pub(super) fn look(case: &Case<'_, '_>, draft: &Draft) -> Said {
    let said = case.view.facts.said().managed_by;
    for whole in wholes(draft) {
        let is_gateway = whole.kind() == GATEWAY_KIND;
        // Starting is an act and not a configuration: no tool takes it back.
        if is_gateway && !super::writes_gateway(draft) {
            continue;
        }
        let known = case.view.facts.document(&whole).ok().map(Gateway);
        let marked = known.and_then(Gateway::owner_by_marks);
        let owner = match (marked, said) {
            (Some((owner, mark)), _) => Some((owner, mark)),
            (None, Some(owner)) if is_gateway && owner != Owner::Nobody => {
                Some((owner, "spec.hints.managedBy".to_owned()))
            }
            _ => None,
        };
        if let Some((owner, mark)) = owner {
            let why = format!(
                "{} keeps {} ({mark}) and would write its own configuration back: {}",
                owner.as_str(),
                whole.name(),
                advice(owner)
            );
            return Ok(Some(
                Held::new(Reason::OwnedByOther, why).unless(Caution::OwnedByOther),
            ));
        }
    }
    Ok(None)
}

fn advice(owner: Owner) -> &'static str {
    match owner {
        Owner::Agic => "change the Ingress or its annotations (kubectl appgw plan -o agic)",
        Owner::Aso => "change the custom resource that describes it",
        Owner::Terraform => {
            "change its configuration and apply it (kubectl appgw plan -o terraform)"
        }
        Owner::Bicep => "change the template and deploy it",
        Owner::Nobody => "",
    }
}
