//! What a method would change: every value before, every value after, nothing left to decide.
mod lines;
mod look;
mod pointer;

pub use lines::{changes, line};
pub use look::{Standing, holds, standing};
pub use pointer::{Part, Pointer};

use crate::id::{ArmId, Letter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// One value replaced; `null` stands for a member that is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// Where.
    pub at: Pointer,
    /// What must be there now.
    pub before: Value,
    /// What will be there.
    pub after: Value,
}

/// Closed set of writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// `POST …/start`.
    Start,
    /// `PUT` of the document just as it stands, so that Azure runs its goal state again.
    Touch,
    /// The document with these values replaced.
    Edit(Vec<Edit>),
    /// `PUT` of a resource that is not there.
    Create(Value),
    /// `DELETE` of a resource that is exactly this.
    Delete(Value),
}

/// A change to one Azure resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What.
    pub on: ArmId,
    /// How.
    pub act: Act,
}

/// What must be so right before a change leaves, besides the values it replaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    /// A value of a document is this; `null`: is not there. Texts are compared without case.
    Is {
        /// The document.
        of: ArmId,
        /// Where in it.
        at: Pointer,
        /// What must be there.
        value: Value,
    },
    /// No rule of this group has this number in this direction, but for one of this name.
    Free {
        /// The security group.
        of: ArmId,
        /// `Inbound` or `Outbound`.
        direction: String,
        /// The number.
        priority: i64,
        /// The rule that may have it.
        but: String,
    },
}

impl Need {
    /// The document that tells.
    pub fn of(&self) -> &ArmId {
        match self {
            Self::Is { of, .. } | Self::Free { of, .. } => of,
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is { of, at, value } if value.is_null() => {
                write!(f, "{} has no {at}", of.name())
            }
            Self::Is { of, at, value } => write!(f, "{at} of {} is {value}", of.name()),
            Self::Free {
                of,
                direction,
                priority,
                ..
            } => write!(
                f,
                "priority {priority} {direction} of {} is free",
                of.name()
            ),
        }
    }
}

/// By what it will be seen whether a change helped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verify {
    /// Back-end health of these pairs, `pool/settings`, two probe intervals later.
    Health {
        /// The pairs.
        pairs: Vec<String>,
        /// One probe interval, in seconds.
        interval: u32,
    },
    /// How requests are answered: access log, else the rate of 5xx.
    Answers,
    /// The listener or path entry is there; the client's own symptom cannot be seen from here.
    Entry,
    /// The gateway is `Succeeded` and Running, and health is as it was.
    State,
    /// Five points of one minute below the limit.
    Capacity,
}

/// What happens to a change that made things worse (`spec.rollback`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rollback {
    /// The way back is offered.
    #[default]
    Offer,
    /// There is no way back.
    Never,
}

/// Everything an approval agrees to, and nothing else: no time, revision or wording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Such as `A.3` or `A.3.undo`.
    pub method: String,
    /// The gateway, and the `resourceGuid` that tells it from a later one of the same name.
    pub gateway: ArmId,
    /// See `gateway`.
    pub guid: String,
    /// The writes, in order.
    pub changes: Vec<Change>,
    /// What must hold when they leave.
    pub needs: Vec<Need>,
    /// Cautions set aside.
    pub overrides: Vec<String>,
    /// How the outcome is seen.
    pub verify: Verify,
    /// The way back.
    pub undo: Vec<Change>,
    /// What happens if things get worse.
    pub rollback: Rollback,
    /// Who writes: the identity towards Azure.
    pub writer: String,
    /// The admission guard, by uid and generation of its parts.
    pub guard: String,
    /// `metadata.uid` of the diagnosis.
    pub owner: String,
    /// Occasions that are over; makes yesterday's approval worthless today.
    pub epoch: u64,
}

impl Content {
    /// As it is kept and hashed: JSON with sorted keys and no blanks.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A value made of texts, numbers and lists always becomes JSON.
        canonical(
            &serde_json::to_value(self).unwrap_or(Value::Null),
            &mut text,
        );
        text
    }
    /// From its text; `None` if it is not one.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
    /// The id of this content.
    pub fn id(&self) -> PlanId {
        PlanId::of(&self.method, &self.text())
    }
    /// The resolution it belongs to.
    pub fn letter(&self) -> Option<Letter> {
        letter(&self.method)
    }
    /// It takes another plan back.
    pub fn is_undo(&self) -> bool {
        self.method.strip_suffix(".undo").is_some()
    }
    /// It takes something away, other than as the way back.
    pub fn deletes(&self) -> bool {
        let deletes = |change: &Change| matches!(change.act, Act::Delete(_));
        !self.is_undo() && self.changes.iter().any(deletes)
    }
    /// What no two changes may work on at once: gateway, security group or site, by its key.
    pub fn targets(&self) -> Vec<String> {
        let mut all: Vec<String> = self.changes.iter().map(|it| target(&it.on)).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// The resource that is locked while a change to `on` is under way: the group of a rule, the site of its
/// settings, in lower case.
pub fn target(on: &ArmId) -> String {
    let whole = on
        .up_to("networkSecurityGroups")
        .or_else(|| on.up_to("slots"))
        .or_else(|| on.up_to("sites"));
    whole.unwrap_or_else(|| on.clone()).key().to_owned()
}

/// The letter a method or plan id begins with.
pub fn letter(method: &str) -> Option<Letter> {
    use Letter::{A, B, C, D, E, F, G, H, I};
    let all = [A, B, C, D, E, F, G, H, I];
    let head = method.split('.').next()?;
    all.into_iter().find(|it| it.as_str() == head)
}

/// `G.1-3f9c0e21b7aa5d60c1e2f4a8097b6d13`: the method, and 128 bits of SHA-256 over what would change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlanId(String);

impl PlanId {
    /// The id of a content, from its text as it is kept.
    pub fn of(method: &str, content: &str) -> Self {
        let digest = Sha256::digest(format!("appgw-plan/1\n{content}").as_bytes());
        let half = u128::from_be_bytes(std::array::from_fn(|i| digest[i]));
        Self(format!("{method}-{half:032x}"))
    }
    /// As a person or a record has it. Compared to the letter: another case is another id.
    pub fn typed(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The method in front.
    pub fn method(&self) -> &str {
        self.0.rsplit_once('-').map_or("", |(method, _)| method)
    }
    /// The resolution.
    pub fn letter(&self) -> Option<Letter> {
        letter(self.method())
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// SHA-256 of a text, in hex.
pub fn digest(text: &str) -> String {
    use fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// JSON with sorted keys, whatever features other crates turn on in `serde_json`.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

/// Plans begun together: edits of one document become one write. `None` where two touch the same place,
/// or where one document would be both edited and made, started or deleted.
pub fn fold<'c>(contents: impl IntoIterator<Item = &'c Content>) -> Option<Vec<Change>> {
    let mut all: Vec<Change> = vec![];
    for change in contents.into_iter().flat_map(|content| &content.changes) {
        let same = all.iter_mut().find(|it| it.on == change.on);
        match (same.map(|it| &mut it.act), &change.act) {
            (None, _) => all.push(change.clone()),
            (Some(Act::Edit(known)), Act::Edit(more)) => {
                let clash = |new: &Edit| known.iter().any(|old| old.at.meets(&new.at));
                if more.iter().any(clash) {
                    return None;
                }
                known.extend(more.iter().cloned());
            }
            _ => return None,
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests;
