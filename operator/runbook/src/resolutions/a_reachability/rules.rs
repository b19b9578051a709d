//! The rules of a security group as a method writes them: free names and numbers, whole rules, commands.
use crate::{
    draft::part,
    facts::{
        Blocked, Facts,
        json::{list, number, one_line, text},
    },
    id::ArmId,
    nsg::Direction,
    plan::{Change, Edit, Need, Pointer},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Numbers that a rule of one's own may have.
pub(in crate::resolutions) const NUMBERS: (i64, i64) = (100, 4096);

/// The longest name of a rule.
const NAME: usize = 80;

/// A group's document.
#[derive(Clone, Copy)]
pub(in crate::resolutions) struct Rules<'d> {
    pub(in crate::resolutions) id: &'d ArmId,
    pub(in crate::resolutions) document: &'d Value,
    pub(in crate::resolutions) direction: Direction,
}

/// As Azure writes it.
pub(in crate::resolutions) const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "Inbound",
        Direction::Outbound => "Outbound",
    }
}

impl<'d> Rules<'d> {
    /// Of a group that is known.
    pub(in crate::resolutions) fn of(
        facts: &'d Facts,
        id: &'d ArmId,
        direction: Direction,
    ) -> Result<Self, Blocked> {
        Ok(Self {
            id,
            document: facts.document(id)?,
            direction,
        })
    }
    /// The group's own rules of this direction, and those whose direction cannot be read.
    pub(in crate::resolutions) fn own(self) -> impl Iterator<Item = &'d Value> {
        let other = match self.direction {
            Direction::Inbound => "Outbound",
            Direction::Outbound => "Inbound",
        };
        list(self.document, &["properties", "securityRules"]).filter(move |rule| {
            text(rule, &["properties", "direction"])
                .is_none_or(|it| !it.eq_ignore_ascii_case(other))
        })
    }
    /// A rule of the group's own by name.
    pub(in crate::resolutions) fn named(self, name: &str) -> Option<&'d Value> {
        self.own()
            .find(|rule| one_line(title(rule)).eq_ignore_ascii_case(name))
    }
    /// Who has a number, other than the one of this name.
    pub(in crate::resolutions) fn holder(self, wanted: i64, but: &str) -> Option<&'d str> {
        let mut all = self.own().map(|rule| (title(rule), position(rule)));
        all.find(|(name, own)| *own == Some(wanted) && !name.eq_ignore_ascii_case(but))
            .map(|(name, _)| name)
    }
    /// The highest number below this one that nobody has.
    pub(in crate::resolutions) fn below(self, limit: i64) -> Option<i64> {
        let taken: BTreeSet<i64> = self.own().filter_map(position).collect();
        let (first, last) = NUMBERS;
        let mut numbers = (first..limit.min(last + 1)).rev();
        numbers.find(|it| !taken.contains(it))
    }
    /// A name that no rule of the group has, in either direction: `wanted`, else with a number behind it.
    pub(in crate::resolutions) fn free_name(self, wanted: &str) -> Result<String, Blocked> {
        let rules = ["securityRules", "defaultSecurityRules"];
        let taken: BTreeSet<String> = rules
            .iter()
            .flat_map(|kind| list(self.document, &["properties", kind]))
            .map(|rule| title(rule).to_ascii_lowercase())
            .collect();
        let wanted: String = wanted.chars().take(NAME - 4).collect();
        let numbered = (2..1_000).map(|n| format!("{wanted}-{n}"));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        let free = |name: &String| !taken.contains(&name.to_ascii_lowercase());
        names.find(free).ok_or_else(|| {
            Blocked::Unclear(format!("{}: no name like {wanted} is free", self.id.name()))
        })
    }
    /// Names of the subnets, and how many interfaces, besides which the group may stand.
    pub(in crate::resolutions) fn guards(self) -> Vec<String> {
        let subnets = list(self.document, &["properties", "subnets"])
            .filter_map(|it| Some(ArmId::new(text(it, &["id"])?).name().to_owned()));
        let nics = list(self.document, &["properties", "networkInterfaces"])
            .filter_map(|it| Some(format!("NIC {}", ArmId::new(text(it, &["id"])?).name())));
        subnets.chain(nics).collect()
    }
    /// The resource that a rule of this name is.
    pub(in crate::resolutions) fn child(self, name: &str) -> ArmId {
        ArmId::new(&format!("{}/securityRules/{name}", self.id))
    }
    /// Of a rule of this group: this member is still this.
    pub(in crate::resolutions) fn still(self, rule: &str, member: &str, value: Value) -> Need {
        Need::Is {
            of: self.id.clone(),
            at: part("securityRules", rule)
                .field("properties")
                .field(member),
            value,
        }
    }
    /// Nobody but the rule of this name has the number.
    pub(in crate::resolutions) fn unused(self, priority: i64, but: &str) -> Need {
        Need::Free {
            of: self.id.clone(),
            direction: word(self.direction).into(),
            priority,
            but: but.into(),
        }
    }
    /// No rule has the name.
    pub(in crate::resolutions) fn unnamed(self, name: &str) -> Need {
        Need::Is {
            of: self.id.clone(),
            at: part("securityRules", name),
            value: Value::Null,
        }
    }
    /// Another number for a rule.
    pub(in crate::resolutions) fn renumbered(self, rule: &Value, to: i64) -> Change {
        let at = Pointer::fields("properties/priority");
        Change::edit(
            &self.child(title(rule)),
            vec![Edit::of(rule, at, json!(to))],
        )
    }
    /// Why a number that a person gave cannot be used; `field` gave it.
    pub(in crate::resolutions) fn refused(
        self,
        field: &str,
        given: i64,
        but: &str,
    ) -> Option<String> {
        let (first, last) = NUMBERS;
        if given < first || given > last {
            return Some(format!(
                "{field}: {given} is no number a rule may have: {first} to {last}"
            ));
        }
        let holder = one_line(self.holder(given, but)?);
        Some(format!(
            "{field}: {given} is taken by {}/{holder} ({})",
            self.id.name(),
            word(self.direction)
        ))
    }
}

/// Its name.
pub(in crate::resolutions) fn title(rule: &Value) -> &str {
    text(rule, &["name"]).unwrap_or("(unnamed)")
}

/// Its number.
pub(in crate::resolutions) fn position(rule: &Value) -> Option<i64> {
    number(rule, &["properties", "priority"])
}

/// It lets through; `None`: a word nobody here knows.
pub(in crate::resolutions) fn allows(rule: &Value) -> Option<bool> {
    match text(rule, &["properties", "access"])? {
        it if it.eq_ignore_ascii_case("Allow") => Some(true),
        it if it.eq_ignore_ascii_case("Deny") => Some(false),
        _ => None,
    }
}

/// A rule without what the service writes into it, so that it can be written again.
pub(in crate::resolutions) fn whole(rule: &Value) -> Value {
    let mut whole = Map::new();
    whole.insert("name".into(), json!(title(rule)));
    let members = rule.get("properties").and_then(Value::as_object);
    let kept = members
        .into_iter()
        .flatten()
        .filter(|(key, value)| key.as_str() != "provisioningState" && !value.is_null());
    let kept = kept.map(|(key, value)| (key.clone(), value.clone()));
    whole.insert("properties".into(), Value::Object(kept.collect()));
    Value::Object(whole)
}
