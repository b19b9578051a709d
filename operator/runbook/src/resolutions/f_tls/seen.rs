//! What a look at the back end's certificate showed on the way to the finding: evidence beside the gateway's word.
use crate::{
    draft::Case,
    facts::{Query, handshake::Shown, json::one_line},
    resolutions::pair::Target,
};

/// What failing servers of the pair showed, with their addresses; none where nobody looked.
pub(super) fn shown<'c>(case: &Case<'c, '_>, target: &Target<'c>) -> Vec<(&'c str, Shown<'c>)> {
    let (facts, port) = (case.view.facts, target.effective.port());
    let down: Vec<&str> = target.down().map(|it| it.address.as_str()).collect();
    let heard = facts
        .heard()
        .filter_map(move |(query, answer)| match query {
            Query::Handshake { host, port: at, .. } if Some(*at) == port => {
                Some((host.as_str(), Shown(answer.as_deref().ok()?)))
            }
            _ => None,
        });
    heard
        .filter(|(host, shown)| down.contains(host) && shown.has_leaf())
        .collect()
}

/// The first server whose certificate is not good for a name, and the names that it is good for.
pub(super) fn another_name(shown: &[(&str, Shown<'_>)], name: &str) -> Option<String> {
    let (server, shown) = shown
        .iter()
        .find(|(_, it)| it.covers(name) == Some(false))?;
    let names: Vec<String> = shown
        .names()
        .iter()
        .take(4)
        .map(|it| one_line(it))
        .collect();
    Some(format!(
        "{} shows a certificate for {}",
        one_line(server),
        if names.is_empty() {
            "no name".to_owned()
        } else {
            names.join(", ")
        }
    ))
}
