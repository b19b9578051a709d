//! Resolution B: probe what the application really answers.
mod changed;
mod given;
mod made;
mod management;

use super::{
    Method,
    Reach::Executable,
    pair::{Target, host},
};
use crate::id::Letter::B;
use changed::correct;
use given::Given;
use made::create;
use management::api_management;
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 3] = [
    Method {
        id: "B.1",
        letter: B,
        reach: Executable,
        title: "Create a probe of the application's own and attach it",
        changes: "The gateway has one more probe and these settings use it; the probe before it stays on the gateway.",
        article: "The article's probe is always Http on /health with a time-out as long as its interval. Ours speaks the protocol of the settings it is for, asks a path that a person named or that was tried on demand, never waits longer than its interval, and does not accept 400 and above.",
        draft: create,
    },
    Method {
        id: "B.2",
        letter: B,
        reach: Executable,
        title: "Correct the probe in use",
        changes: "The probe asks another path or host, accepts other codes or waits longer; every pair that uses it is probed the new way.",
        article: "The article makes a new probe for each of it, with a time-out of 30 s that is the default already. Ours changes what is wrong and nothing else, keeps the time-out within the interval, and accepts no code of 400 and above but 401 and 403, and those only where a person asked for them.",
        draft: correct,
    },
    Method {
        id: "B.3",
        letter: B,
        reach: Executable,
        title: "Probe an API Management on its status path",
        changes: "A probe for the gateway host of the API Management, attached to the settings that lead there.",
        article: "The article creates this probe and leaves it unattached. The path belongs to the gateway host alone; portal and management hosts have others.",
        draft: api_management,
    },
];

/// What was given as members of a probe; the interval grows where the time-out would be longer.
fn members(target: &Target<'_>, given: &Given) -> Vec<(&'static str, Value)> {
    let mut all = vec![];
    all.extend(given.path.as_ref().map(|it| ("path", json!(it))));
    all.extend(given.host.iter().flat_map(|it| host(it)));
    if !given.codes.is_empty() {
        all.push(("match/statusCodes", json!(given.codes)));
    }
    if let Some(timeout) = given.timeout {
        all.push(("timeout", json!(timeout)));
        if timeout > target.probe_number("interval", 30) {
            all.push(("interval", json!(timeout)));
        }
    }
    all
}
