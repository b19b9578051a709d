//! The part of a write that is about the probe.
use crate::{
    draft::Case,
    facts::Blocked,
    plan::Edit,
    resolutions::pair::{Target, all_switches, command, listed, put, switches},
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
    /// Nothing where there is no custom probe, or where it is so already.
    pub(super) fn of(
        case: &Case<'_, '_>,
        target: &Target<'_>,
        set: &[(&str, Value)],
    ) -> Result<Self, Blocked> {
        let (id, setting) = (case.view.id(), target.setting);
        let (_, edits) = target.corrected(set);
        let Some(probe) = target.probe_name().filter(|_| !edits.is_empty()) else {
            return Ok(Self::default());
        };
        let others: Vec<String> = target.sharers().into_iter().map(str::to_owned).collect();
        if others.is_empty() {
            let of = |edit: &Edit| edit.at.to_string();
            let shown: Vec<String> = edits.iter().map(of).collect();
            let set = set.iter().map(|(key, value)| (*key, value));
            let set =
                set.filter(|(key, _)| shown.iter().any(|it| it.ends_with(&format!("/{key}"))));
            return Ok(Self {
                title: format!("probe {probe}"),
                az: vec![format!(
                    "{}{}",
                    command(id, "probe update", probe),
                    switches(set)
                )],
                edits,
                ..Self::default()
            });
        }
        let name = case.free_name("probes", &format!("probe-{setting}"))?;
        let mut properties = target.copied();
        for (member, value) in set {
            put(&mut properties, member, value);
        }
        Ok(Self {
            title: format!("probe {name}, a copy of {probe},"),
            edits: target.attach(case, &name, &properties),
            effects: vec![format!(
                "probe {probe} stays as it is for {}",
                listed(&others)
            )],
            az: vec![
                format!(
                    "{}{}",
                    command(id, "probe create", &name),
                    all_switches(&properties)
                ),
                format!(
                    "{} --probe {name}",
                    command(id, "http-settings update", setting)
                ),
            ],
            is_new: true,
        })
    }
}
