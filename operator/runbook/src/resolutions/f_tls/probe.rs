//! The part of a write that is about the probe.
use crate::{
    draft::{Case, part, reference},
    facts::Blocked,
    plan::Edit,
    resolutions::pair::{SETTINGS, Target, all_switches, command, listed, put, switches},
};
use serde_json::Value;

/// The custom probe with some members set: in place, or where other settings use it too a copy for these alone.
#[derive(Default)]
pub(super) struct Part {
    /// `probe p`.
    pub(super) title: String,
    pub(super) edits: Vec<Edit>,
    pub(super) effects: Vec<String>,
    pub(super) az: Vec<String>,
    pub(super) is_new: bool,
}

impl Part {
    /// In place, or a copy where other settings use it; nothing where there is no custom probe, or it is so already.
    pub(super) fn of(
        case: &Case<'_, '_>,
        target: &Target<'_>,
        set: &[(&str, Value)],
    ) -> Result<Self, Blocked> {
        Self::shared(case, target, set, &target.sharers(), &[])
    }
    /// The same where some of those that use it keep it as it is, and others come along.
    pub(super) fn shared(
        case: &Case<'_, '_>,
        target: &Target<'_>,
        set: &[(&str, Value)],
        kept: &[&str],
        along: &[&str],
    ) -> Result<Self, Blocked> {
        let (id, setting) = (case.view.id(), target.setting);
        let (_, edits) = target.corrected(set);
        let Some(probe) = target.probe_name().filter(|_| !edits.is_empty()) else {
            return Ok(Self::default());
        };
        let words =
            |all: &[&str]| listed(&all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        let mut effects = vec![];
        if !along.is_empty() {
            effects.push(format!("the same goes for {}", words(along)));
        }
        if kept.is_empty() {
            let changed: Vec<String> = edits.iter().map(|it| it.at.to_string()).collect();
            let is_changed = |key: &str| {
                let end = format!("/{key}");
                changed.iter().any(|it| it.ends_with(&end))
            };
            let set = set.iter().map(|(key, value)| (*key, value));
            let flags = switches(set.filter(|(key, _)| is_changed(key)));
            return Ok(Self {
                title: format!("probe {probe}"),
                az: vec![format!("{}{flags}", command(id, "probe update", probe))],
                edits,
                effects,
                is_new: false,
            });
        }
        let name = case.free_name("probes", &format!("probe-{setting}"))?;
        let mut properties = target.copied();
        for (member, value) in set {
            put(&mut properties, member, value);
        }
        effects.push(format!("probe {probe} stays as it is for {}", words(kept)));
        let mut edits = target.attach(case, &name, &properties);
        let flags = all_switches(&properties);
        let mut az = vec![format!("{}{flags}", command(id, "probe create", &name))];
        for other in along {
            let at = part(SETTINGS, other).field("properties/probe");
            edits.push(Edit::of(
                target.gateway.0,
                at,
                reference(id, "probes", &name),
            ));
        }
        for of in std::iter::once(&setting).chain(along) {
            az.push(format!(
                "{} --probe {name}",
                command(id, "http-settings update", of)
            ));
        }
        Ok(Self {
            title: format!("probe {name}, a copy of {probe},"),
            edits,
            effects,
            az,
            is_new: true,
        })
    }
}
