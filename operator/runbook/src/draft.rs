//! A method made concrete: what one finding asks to be changed, and what has to be said about it.
use crate::{
    facts::{Blocked, Facts, gateway::Gateway, inputs::Inputs},
    id::{ArmId, Subject},
    plan::{Act, Change, Edit, Need, Pointer, Verify},
    report::Finding,
    view::View,
};
use serde_json::{Value, json};

/// What the methods look at.
pub struct Case<'c, 'f> {
    /// The facts.
    pub view: &'c View<'f>,
    /// Everything that was found.
    pub findings: &'c [Finding],
}

/// What a method comes to for one finding: nothing for this case, one draft for each target, or what it
/// must know first. A field that a person must fill in is `Blocked::Tell`.
pub type Drafted = Result<Vec<Draft>, Blocked>;

/// What can go wrong with a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Risk {
    #[default]
    Low,
    Medium,
    High,
}

/// Why a plan cannot be approved (`status.plans[].withheld.reason`): reasons of content first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are those of the API reference")]
pub enum Reason {
    EvidenceTooWeak,
    NeedsInput,
    OwnedByOther,
    NotGranted,
    GatewayStopped,
    GatewayBusy,
    GatewayRetired,
    DnsBroken,
    Locked,
    PermissionMissing,
    PolicyDenies,
    DeletesOff,
    SharedTarget,
    LastHealthyMember,
    TooLarge,
    ReadOnlyMode,
    LetterNotAllowed,
    GuardMissing,
    OtherChangeUnderWay,
    Paused,
    WritesOff,
}

/// What a method would change for one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it does, in a few words, names included.
    pub title: String,
    /// The writes.
    pub changes: Vec<Change>,
    /// The way back; [`Draft::new`] makes it from the changes.
    pub undo: Vec<Change>,
    /// What must hold right before they leave.
    pub needs: Vec<Need>,
    /// How the outcome is seen.
    pub verify: Verify,
    /// What else comes of it, for whom: one line each.
    pub effects: Vec<String>,
    /// What was tried beforehand and how it went: one line each.
    pub checks: Vec<String>,
    /// The same as commands of the Azure CLI.
    pub az: Vec<String>,
    /// What can go wrong.
    pub risk: Risk,
    /// Why it cannot be approved by its content, if so: reason and a sentence.
    pub withheld: Option<(Reason, String)>,
    /// May be approved although the finding is only `Inconclusive`: the method has evidence of its own.
    pub stands_alone: bool,
}

impl Draft {
    /// A draft that changes this, with its way back.
    pub fn new(title: impl Into<String>, changes: Vec<Change>, verify: Verify) -> Self {
        let undo = changes.iter().rev().filter_map(Change::reversed).collect();
        Self {
            title: title.into(),
            changes,
            undo,
            needs: vec![],
            verify,
            effects: vec![],
            checks: vec![],
            az: vec![],
            risk: Risk::Low,
            withheld: None,
            stands_alone: false,
        }
    }
    /// What only a person can do: steps to take, one line each.
    pub fn advice(title: impl Into<String>, steps: Vec<String>) -> Self {
        Self {
            effects: steps,
            ..Self::new(title, vec![], Verify::State)
        }
    }
    /// Not to be approved, for a reason of its content; the first reason stands.
    #[must_use]
    pub fn withheld(mut self, reason: Reason, why: impl Into<String>) -> Self {
        self.withheld.get_or_insert((reason, why.into()));
        self
    }
    /// With one more effect.
    #[must_use]
    pub fn effect(mut self, line: impl Into<String>) -> Self {
        self.effects.push(line.into());
        self
    }
    /// With one more check.
    #[must_use]
    pub fn check(mut self, line: impl Into<String>) -> Self {
        self.checks.push(line.into());
        self
    }
    /// With one more need.
    #[must_use]
    pub fn need(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }
    /// With one more command.
    #[must_use]
    pub fn az(mut self, line: impl Into<String>) -> Self {
        self.az.push(line.into());
        self
    }
    /// With this risk.
    #[must_use]
    pub fn risk(mut self, risk: Risk) -> Self {
        self.risk = risk;
        self
    }
}

impl Change {
    /// Edits of one document.
    pub fn edit(on: &ArmId, edits: Vec<Edit>) -> Self {
        let (on, act) = (on.clone(), Act::Edit(edits));
        Self { on, act }
    }
    /// A resource that is not there.
    pub fn create(on: &ArmId, document: Value) -> Self {
        let (on, act) = (on.clone(), Act::Create(document));
        Self { on, act }
    }
    /// What takes it back; nothing does for a start and for an update that alters nothing.
    pub fn reversed(&self) -> Option<Self> {
        let act = match &self.act {
            Act::Edit(edits) => {
                let back = |it: &Edit| Edit {
                    at: it.at.clone(),
                    before: it.after.clone(),
                    after: it.before.clone(),
                };
                Act::Edit(edits.iter().rev().map(back).collect())
            }
            Act::Create(document) => Act::Delete(document.clone()),
            Act::Delete(document) => Act::Create(document.clone()),
            Act::Start | Act::Touch => return None,
        };
        let on = self.on.clone();
        Some(Self { on, act })
    }
}

impl Change {
    /// The document that shows the change, and what comes to stand where in it: of a security rule the group
    /// that it belongs to.
    pub(crate) fn within(&self) -> (ArmId, Vec<(Pointer, Value)>) {
        let rule = self.on.segment("securityRules");
        let group = self.on.up_to("networkSecurityGroups");
        let inside = match (group, rule) {
            (Some(group), Some(rule)) => Some((group, part("securityRules", rule))),
            _ => None,
        };
        let whole = |value: &Value| match &inside {
            Some((_, at)) => vec![(at.clone(), value.clone())],
            None => vec![],
        };
        let edits = match &self.act {
            Act::Start | Act::Touch => vec![],
            Act::Create(document) => whole(document),
            Act::Delete(_) => whole(&Value::Null),
            Act::Edit(edits) => {
                let at = |it: &Edit| match &inside {
                    Some((_, at)) => Pointer([at.0.clone(), it.at.0.clone()].concat()),
                    None => it.at.clone(),
                };
                edits.iter().map(|it| (at(it), it.after.clone())).collect()
            }
        };
        let document = inside.map_or_else(|| self.on.clone(), |(group, _)| group);
        (document, edits)
    }
}

impl Edit {
    /// From what a document says now to `after`.
    pub fn of(document: &Value, at: Pointer, after: Value) -> Self {
        let before = at.find(document).clone();
        Self { at, before, after }
    }
}

/// `{"id": GATEWAY/KIND/NAME}`: how parts of a gateway refer to each other.
pub fn reference(gateway: &ArmId, kind: &str, name: &str) -> Value {
    json!({"id": format!("{gateway}/{kind}/{name}")})
}

/// The member `properties` of a part of a gateway.
pub fn part(collection: &str, name: &str) -> Pointer {
    Pointer::fields("properties").field(collection).named(name)
}

impl<'f> Case<'_, 'f> {
    /// The gateway's document.
    pub fn gateway(&self) -> Result<Gateway<'f>, Blocked> {
        self.view.gateway()
    }
    /// The facts.
    pub fn facts(&self) -> &'f Facts {
        self.view.facts
    }
    /// What a person gave.
    pub fn inputs(&self) -> &'f Inputs {
        &self.view.facts.said().inputs
    }
    /// The pair a finding is about, if it is about one.
    pub fn pair_of(&self, finding: &Finding) -> Option<Subject> {
        let (pool, setting) = finding.subject.split_once('/')?;
        let plain = !finding.subject.contains(':');
        plain.then(|| Subject::Pair {
            pool: pool.to_owned(),
            setting: setting.to_owned(),
        })
    }
    /// Every pair in use by these settings, as `pool/settings`: whom a change of them concerns.
    pub fn pairs_by_setting(&self, setting: &str) -> Vec<String> {
        let pairs = self
            .gateway()
            .map(Gateway::pairs_in_use)
            .unwrap_or_default();
        let by = |it: &Subject| matches!(it, Subject::Pair { setting: own, .. } if own.eq_ignore_ascii_case(setting));
        pairs
            .iter()
            .filter(|it| by(it))
            .map(ToString::to_string)
            .collect()
    }
    /// A name that no element of the collection has: `wanted`, else with a number behind it.
    pub fn free_name(&self, collection: &str, wanted: &str) -> Result<String, Blocked> {
        let gateway = self.gateway()?;
        let free = |name: &String| gateway.named(collection, name).is_none();
        let wanted: String = wanted.chars().take(76).collect();
        let numbered = (2..1_000).map(|n| format!("{wanted}-{n}"));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        names
            .find(free)
            .ok_or_else(|| Blocked::Unclear(format!("no name like {wanted} is free")))
    }
    /// Verified by the health of these pairs, two intervals of their probe later.
    pub fn by_health(&self, pairs: Vec<String>, setting: &str) -> Verify {
        let probe = self.gateway().ok().and_then(|it| it.probe_of(setting));
        let interval =
            probe.and_then(|it| crate::facts::json::number(it, &["properties", "interval"]));
        let interval = interval.and_then(|it| u32::try_from(it).ok()).unwrap_or(30);
        Verify::Health { pairs, interval }
    }
}
