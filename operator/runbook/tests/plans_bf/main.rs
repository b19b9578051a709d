//! Methods of the resolutions B and F: what they draft in whole worlds, and what they refuse.
#![allow(clippy::unwrap_used, reason = "tests")]
mod advice;
mod changed;
mod made;
mod management;
mod name;
mod offered;
mod protocol;
mod rehearsal;
mod roots;
#[allow(dead_code, reason = "shared with the tests of the walk")]
#[path = "../walk/row.rs"]
mod row;
#[allow(dead_code, reason = "shared with the tests of the walk")]
#[path = "../walk/world.rs"]
mod world;
use appgw_runbook::{
    draft::{Case, Draft, Reason},
    facts::{Answer, Blocked, Facts, Gap, Query},
    id::Letter,
    offer::Offer,
    plan::{Act, Change, Edit, Need, Standing, Verify, holds, standing},
    report::Finding,
    resolutions,
    view::View,
    visit::{Thought, think},
};
use serde_json::{Value, json};
use world::{World, id};

pub(crate) const PAIR: &str = "api/https-api";

/// An answer of the probe that the gateway does not take.
pub(crate) fn status(code: u16, accepted: &str) -> String {
    format!(
        "Received invalid status code: {code} in the backend server's HTTP response. As per the health probe configuration, {accepted} is the acceptable status code. Either modify probe configuration or resolve backend issues."
    )
}

/// A world whose only server is down with this log.
pub(crate) fn down(mut world: World, log: &str) -> World {
    world.health(&[("10.2.0.4", "Unhealthy", log)]);
    world
}

/// Members of the only settings and of their probe, which asks on the port of the settings; no probe where that is null.
pub(crate) fn probed(setting: &Value, probe: &Value) -> World {
    let mut world = World::healthy();
    let all = &mut world.gateway()["properties"];
    let old = &mut all["backendHttpSettingsCollection"][0]["properties"];
    for (key, value) in setting.as_object().unwrap() {
        old[key] = value.clone();
    }
    let port = old["port"].clone();
    match probe.as_object() {
        None => old["probe"] = json!(null),
        Some(members) => {
            let own = &mut all["probes"][0]["properties"];
            own["port"] = port;
            for (key, value) in members {
                own[key] = value.clone();
            }
        }
    }
    world
}

/// The same probe on settings `web`, by which pool `web` of one live server is reached.
pub(crate) fn shared(mut world: World, log: &str) -> World {
    let gateway = world.said.gateway.clone();
    let sub = |kind: &str, name: &str| json!({"id": format!("{gateway}/{kind}/{name}")});
    let all = &mut world.gateway()["properties"];
    let mut settings = all["backendHttpSettingsCollection"][0].clone();
    settings["name"] = json!("web");
    let push = |list: &mut Value, it: Value| list.as_array_mut().unwrap().push(it);
    push(&mut all["backendHttpSettingsCollection"], settings);
    push(
        &mut all["backendAddressPools"],
        json!({"name": "web", "properties": {"backendAddresses": [{"ipAddress": "10.2.0.9"}]}}),
    );
    push(
        &mut all["requestRoutingRules"],
        json!({"name": "w", "properties": {"backendAddressPool": sub("backendAddressPools", "web"),
            "backendHttpSettings": sub("backendHttpSettingsCollection", "web")}}),
    );
    let pair = |name: &str, setting: &str, servers: Value| {
        json!({"backendAddressPool": {"id": format!("/p/{name}")}, "backendHttpSettingsCollection":
            [{"backendHttpSettings": {"id": format!("/s/{setting}")}, "servers": servers}]})
    };
    world.answer_health(Ok(json!({"backendAddressPools": [
        pair("api", "https-api", json!([{"address": "10.2.0.4", "health": "Unhealthy", "healthProbeLog": log}])),
        pair("web", "web", json!([{"address": "10.2.0.9", "health": "Healthy", "healthProbeLog": "Success. Received 200 status code"}]))]})));
    world
}

/// What a try from the gateway answers.
pub(crate) fn tried(word: &str, log: &str) -> Answer {
    Ok(
        json!({"backendAddressPool": {"id": "/p/api"}, "backendHealthHttpSettings": {
        "backendHttpSettings": {"id": "/s/https-api"},
        "servers": [{"address": "10.2.0.4", "health": word, "healthProbeLog": log}]}}),
    )
}

/// A world, what tries from the gateway answer there, and what was tried.
pub(crate) struct Drive<'w> {
    world: &'w World,
    rehearsal: Answer,
    pub(crate) tries: Vec<Value>,
    facts: Facts,
    /// Azure takes these only together.
    pub(crate) unchecked: bool,
    pub(crate) findings: Vec<Finding>,
    pub(crate) offers: Vec<Offer>,
}

impl<'w> Drive<'w> {
    /// Diagnosed to the end.
    pub(crate) fn new(world: &'w World, rehearsal: Answer) -> Self {
        let facts = Facts::about(world.said.clone(), world.now);
        let mut drive = Self {
            world,
            rehearsal,
            tries: vec![],
            facts,
            unchecked: false,
            findings: vec![],
            offers: vec![],
        };
        loop {
            match think(&world.visitor, &drive.facts) {
                Thought::Decided(visit) => {
                    drive.findings = visit.report.findings;
                    drive.offers = visit.offers;
                    return drive;
                }
                Thought::Needs(queries) => {
                    for it in queries {
                        drive.answer(it);
                    }
                }
            }
        }
    }
    fn answer(&mut self, query: Query) {
        let answer = match &query {
            Query::Rehearsal { body, .. } => {
                self.tries.push(serde_json::from_str(body).unwrap());
                self.rehearsal.clone()
            }
            other => self.world.answer(other),
        };
        self.facts.learn(query, answer);
    }
    /// What a method drafts for every finding that it is asked about.
    pub(crate) fn drafts(&mut self, method: &str) -> Result<Vec<Draft>, Blocked> {
        let method = resolutions::find(method).unwrap();
        let (mut all, mut known): (Vec<Draft>, Vec<Draft>) = (vec![], vec![]);
        let findings = self.findings.clone();
        let asks = |it: &&Finding| {
            it.letter == Some(method.letter)
                || (it.id == "probe-status" && method.letter == Letter::F)
        };
        for finding in findings.iter().filter(asks) {
            let drafts = loop {
                let view = View::new(&self.facts, &self.world.visitor);
                let case = Case {
                    view: &view,
                    findings: &findings,
                };
                let drafted = (method.draft)(&case, finding);
                assert_eq!(drafted, (method.draft)(&case, finding), "the same facts");
                match drafted {
                    Ok(drafts) => break drafts,
                    Err(Blocked::Ask(queries)) => {
                        for it in queries {
                            self.answer(it);
                        }
                    }
                    Err(blocked) => return Err(blocked),
                }
            };
            // The same change for two findings is offered once.
            all.extend(drafts.into_iter().filter(|it| !known.contains(it)));
            known.clone_from(&all);
        }
        for draft in all.iter().filter(|_| !self.unchecked) {
            check(self.world, &self.facts, draft);
        }
        Ok(all)
    }
}

/// What a method drafts where no try from the gateway is to be had.
pub(crate) fn drafts(world: &World, method: &str) -> Result<Vec<Draft>, Blocked> {
    Drive::new(world, Err(Gap::NotInBundle)).drafts(method)
}

/// The one draft of a method.
pub(crate) fn one(world: &World, method: &str) -> Draft {
    let mut all = drafts(world, method).unwrap();
    assert_eq!(all.len(), 1, "{method}: {all:#?}");
    all.remove(0)
}

/// The method has nothing to do with this world.
pub(crate) fn none(world: &World, method: &str) {
    assert_eq!(drafts(world, method), Ok(vec![]), "{method}");
}

/// Why it is withheld; then nothing is changed, or what would be is shown.
pub(crate) fn held(draft: &Draft) -> (Reason, &str) {
    let (reason, why) = draft.withheld.as_ref().unwrap();
    (*reason, why)
}

/// The field that is missing.
pub(crate) fn missing(world: &World, method: &str) -> &'static str {
    match drafts(world, method) {
        Err(Blocked::Tell(field)) => field,
        other => panic!("{method}: {other:?}"),
    }
}

/// Where each edit is, and what comes to be there.
pub(crate) fn edits(draft: &Draft) -> Vec<(String, Value)> {
    let [change] = &draft.changes[..] else {
        panic!("{draft:#?}")
    };
    let Act::Edit(edits) = &change.act else {
        panic!("{draft:#?}")
    };
    let edit = |it: &Edit| (it.at.to_string(), it.after.clone());
    edits.iter().map(edit).collect()
}

/// Verified by the health of the pair that is meant.
pub(crate) fn verified(draft: &Draft, interval: u32) {
    let pairs = vec![PAIR.to_owned()];
    assert_eq!(draft.verify, Verify::Health { pairs, interval });
}

/// What holds of any draft: lines are lines, needs hold, the way back leads back, and Azure takes the result.
fn check(world: &World, facts: &Facts, draft: &Draft) {
    let lines = [&draft.effects, &draft.checks, &draft.az];
    let lines = lines.into_iter().flatten().chain([&draft.title]);
    let why = draft.withheld.as_ref().map(|(_, why)| why);
    for line in lines.chain(why) {
        let shown = !line.is_empty() && !line.chars().any(char::is_control);
        assert!(shown && line.len() < 1_000, "{line:?}");
    }
    let Some(first) = draft.changes.first() else {
        assert!(draft.az.is_empty() && draft.undo.is_empty(), "{draft:#?}");
        return;
    };
    assert!(!draft.az.is_empty() && !draft.effects.is_empty());
    assert_eq!(
        (&first.on, draft.changes.len()),
        (&world.said.gateway, 1),
        "one PUT"
    );
    for need in &draft.needs {
        assert_eq!(holds(need, facts), Ok(true), "{need:?}");
        let Need::Is { of, .. } = need else {
            panic!("{need:?}")
        };
        assert_eq!(*of, world.said.gateway);
    }
    let before = document(world);
    let mut after = before.clone();
    apply(&mut after, &draft.changes);
    if draft.withheld.is_none() {
        accepted(&after);
    }
    for (document, wanted) in [(&before, Standing::Before), (&after, Standing::After)] {
        let mut facts = Facts::about(world.said.clone(), world.now);
        facts.learn(Query::Document(first.on.clone()), Ok(document.clone()));
        assert_eq!(standing(first, &facts), Ok(wanted));
    }
    let mut back = after;
    apply(&mut back, &draft.undo);
    assert_eq!(bare(&back), bare(&before), "the way back");
}

pub(crate) fn document(world: &World) -> Value {
    world
        .answer(&Query::Document(world.said.gateway.clone()))
        .unwrap()
}

/// The document with these changes made, each upon what it is planned for.
pub(crate) fn apply(document: &mut Value, changes: &[Change]) {
    for change in changes {
        let Act::Edit(edits) = &change.act else {
            panic!("{change:?}")
        };
        for edit in edits {
            assert_eq!(edit.at.find(document), &edit.before, "{}", edit.at);
            assert_ne!(edit.before, edit.after, "{}", edit.at);
            assert!(edit.at.set(document, &edit.after));
        }
    }
}

/// The gateway after a plan.
pub(crate) fn planned(world: &World, draft: &Draft) -> Value {
    let mut after = document(world);
    apply(&mut after, &draft.changes);
    after
}

/// Without what is empty or not there.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let full = map.iter().map(|(key, it)| (key.clone(), bare(it)));
            Value::Object(full.filter(|(_, it)| !it.is_null()).collect())
        }
        Value::Array(all) if all.is_empty() => Value::Null,
        Value::Array(all) => all.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// What Azure refuses of probes and settings (azure-facts §9.5 and §9.6).
pub(crate) fn accepted(gateway: &Value) {
    let all = &gateway["properties"];
    let list = |kind: &str| all[kind].as_array().cloned().unwrap_or_default();
    for kind in [
        "probes",
        "backendHttpSettingsCollection",
        "trustedRootCertificates",
    ] {
        let mut names: Vec<String> = list(kind)
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_lowercase())
            .collect();
        assert!(names.iter().all(|it| it.len() <= 80));
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{kind}: a name twice");
    }
    for probe in list("probes") {
        let own = &probe["properties"];
        let interval = own["interval"].as_i64().unwrap_or(30);
        let timeout = own["timeout"].as_i64().unwrap_or(30);
        assert!(
            (1..=86_400).contains(&timeout) && timeout <= interval,
            "{probe}"
        );
        assert!(
            own["path"].as_str().is_none_or(|it| it.starts_with('/')),
            "{probe}"
        );
        let named = own["host"].as_str().is_some_and(|it| !it.is_empty());
        let picks = own["pickHostNameFromBackendHttpSettings"] == true;
        assert!(!(named && picks), "{probe}");
    }
    let find = |kind: &str, reference: &Value| {
        let name = reference["id"].as_str()?.rsplit('/').next()?.to_lowercase();
        list(kind)
            .into_iter()
            .find(|it| it["name"].as_str().unwrap().to_lowercase() == name)
    };
    for settings in list("backendHttpSettingsCollection") {
        let own = &settings["properties"];
        let https = own["protocol"] == "Https";
        if !own["probe"].is_null() {
            let probe = find("probes", &own["probe"]).unwrap();
            assert_eq!(
                probe["properties"]["protocol"], own["protocol"],
                "{settings}"
            );
            let picks = probe["properties"]["pickHostNameFromBackendHttpSettings"] == true;
            let names =
                own["hostName"].is_string() || own["pickHostNameFromBackendAddress"] == true;
            assert!(!picks || names, "{settings}");
        }
        for root in own["trustedRootCertificates"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert!(
                https && find("trustedRootCertificates", root).is_some(),
                "{settings}"
            );
        }
        let both = own["hostName"].is_string() && own["pickHostNameFromBackendAddress"] == true;
        assert!(!both, "{settings}");
        assert!(
            own["sniName"].is_null() || own["validateSNI"] != false,
            "{settings}"
        );
    }
}

pub(crate) fn reference(kind: &str, name: &str) -> Value {
    json!({"id": format!("{}/{kind}/{name}", id("applicationGateways/shop"))})
}
