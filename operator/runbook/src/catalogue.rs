//! The 60 rows as a catalogue: what each says, asks and needs.
use crate::{
    decision_map::MAP,
    step::{Next, RowId},
    steps,
};

/// One row, for people and for `rows -o json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: RowId,
    /// Its step, or `map`.
    pub step: &'static str,
    /// What holds if it does.
    pub says: &'static str,
    /// Where the article sends the reader.
    pub leads_to: Vec<String>,
    /// What is looked at.
    pub asks: Vec<&'static str>,
    /// The Azure actions that takes.
    pub permissions: Vec<&'static str>,
    /// Where real Azure and the article pull apart; empty where they agree.
    pub correction: &'static str,
}

/// All of them, in the article's order.
pub fn entries() -> Vec<Entry> {
    let of_steps = steps::rows().map(|(step, row)| Entry {
        id: row.id,
        step: step.id.as_str(),
        says: row.says,
        leads_to: leads_to(row.next),
        asks: step.looks.iter().map(|look| look.asks()).collect(),
        permissions: step
            .looks
            .iter()
            .flat_map(|look| look.permissions())
            .copied()
            .collect(),
        correction: row.correction.unwrap_or_default(),
    });
    let of_map = MAP.iter().map(|row| Entry {
        id: row.id,
        step: "map",
        says: row.says,
        leads_to: leads_to(row.next),
        asks: vec![],
        permissions: vec![],
        correction: row.correction.unwrap_or_default(),
    });
    of_steps.chain(of_map).collect()
}

fn leads_to(next: Next) -> Vec<String> {
    vec![next.to_string()]
}
