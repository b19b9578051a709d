//! Names: of steps, letters and things in Azure.
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, fmt, hash};

/// A diagnostic step, numbered as in the article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the number is the name")]
pub enum StepId {
    S1a,
    S1b,
    S2a,
    S2b,
    S2c,
    S2c1,
    S2d,
    S3,
    S4,
    S5,
    S6a,
    S6b,
}

impl StepId {
    /// Every step, in the order the article takes them.
    pub const ALL: [Self; 12] = [
        Self::S1a,
        Self::S1b,
        Self::S2a,
        Self::S2b,
        Self::S2c,
        Self::S2c1,
        Self::S2d,
        Self::S3,
        Self::S4,
        Self::S5,
        Self::S6a,
        Self::S6b,
    ];

    /// As people write it: `2c-1`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S1a => "1a",
            Self::S1b => "1b",
            Self::S2a => "2a",
            Self::S2b => "2b",
            Self::S2c => "2c",
            Self::S2c1 => "2c-1",
            Self::S2d => "2d",
            Self::S3 => "3",
            Self::S4 => "4",
            Self::S5 => "5",
            Self::S6a => "6a",
            Self::S6b => "6b",
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A resolution of the article, by its letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the letter is the name")]
pub enum Letter {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
}

impl Letter {
    /// `A` … `I`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
            Self::G => "G",
            Self::H => "H",
            Self::I => "I",
        }
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The type of what is diagnosed, as [`ArmId::kind`] gives it.
pub(crate) const GATEWAY_KIND: &str = "microsoft.network/applicationgateways";

/// An Azure resource id. Shown as it was written, compared without case: Azure mixes cases in one answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ArmId {
    shown: String,
    key: String,
}

impl ArmId {
    /// Take an id as Azure or a person wrote it; a trailing slash and outer blanks are dropped. A control
    /// character, which no id has and no line of a status may have, becomes U+FFFD.
    pub fn new(id: &str) -> Self {
        let id = id.trim().trim_end_matches('/');
        let plain = id.bytes().all(|it| (0x20..0x7F).contains(&it));
        let shown = if !plain && id.contains(char::is_control) {
            id.replace(char::is_control, "\u{FFFD}")
        } else {
            id.to_owned()
        };
        let key = shown.to_ascii_lowercase();
        Self { shown, key }
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.shown
    }
    /// Lower-cased: what two spellings of one id have in common.
    pub fn key(&self) -> &str {
        &self.key
    }
    /// The last segment: the resource's own name.
    pub fn name(&self) -> &str {
        self.shown.rsplit('/').next().unwrap_or_default()
    }
    /// The segment after `kind`, such as `subscriptions` or `resourceGroups`, as it was written.
    pub fn segment(&self, kind: &str) -> Option<&str> {
        let mut parts = self.shown.split('/');
        parts.find(|part| part.eq_ignore_ascii_case(kind))?;
        parts.next().filter(|value| !value.is_empty())
    }
    /// The id up to and with the value after `kind`: the `VNet` of a subnet, the NIC of an ip configuration.
    pub fn up_to(&self, kind: &str) -> Option<Self> {
        let mut end = 0;
        let mut parts = self.shown.split('/');
        for part in parts.by_ref() {
            end += part.len() + 1;
            if part.eq_ignore_ascii_case(kind) {
                let value = parts.next().filter(|value| !value.is_empty())?;
                return Some(Self::new(self.shown.get(..end + value.len())?));
            }
        }
        None
    }
    /// Provider and type without names, lower-cased: `microsoft.network/virtualnetworks/subnets`.
    /// Empty for what is not a resource of a provider.
    pub fn kind(&self) -> String {
        let Some((_, tail)) = self.key.rsplit_once("/providers/") else {
            return String::new();
        };
        let parts: Vec<&str> = tail.split('/').collect();
        let types = parts.iter().skip(1).step_by(2);
        parts
            .first()
            .into_iter()
            .chain(types)
            .copied()
            .collect::<Vec<_>>()
            .join("/")
    }
}

impl From<String> for ArmId {
    fn from(id: String) -> Self {
        Self::new(&id)
    }
}
impl From<ArmId> for String {
    fn from(id: ArmId) -> Self {
        id.shown
    }
}
impl PartialEq for ArmId {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for ArmId {}
impl PartialOrd for ArmId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for ArmId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}
impl hash::Hash for ArmId {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
impl fmt::Display for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

/// What an observation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The gateway as a whole.
    Gateway,
    /// A pool with the settings it is reached by: what health is reported for.
    Pair {
        /// Name of the pool.
        pool: String,
        /// Name of the back-end HTTP settings.
        setting: String,
    },
    /// A rule of a network security group.
    NsgRule {
        /// Name of the group.
        nsg: String,
        /// Name of the rule.
        rule: String,
    },
    /// A listener.
    Listener(String),
    /// A request routing rule.
    Rule(String),
    /// An App Service site.
    Site(String),
    /// A route of a route table.
    Route {
        /// Name of the table.
        table: String,
        /// Name of the route.
        route: String,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway => f.write_str("gateway"),
            Self::Pair { pool, setting } => write!(f, "{pool}/{setting}"),
            Self::NsgRule { nsg, rule } => write!(f, "nsg:{nsg}/{rule}"),
            Self::Listener(name) => write!(f, "listener:{name}"),
            Self::Rule(name) => write!(f, "rule:{name}"),
            Self::Site(name) => write!(f, "site:{name}"),
            Self::Route { table, route } => write!(f, "route:{table}/{route}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const SUBNET: &str = "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s";

    #[test]
    fn spellings_of_one_id_are_equal_and_each_is_shown_as_written() {
        let (a, b) = (ArmId::new(SUBNET), ArmId::new(&SUBNET.to_uppercase()));
        assert_eq!(a, b);
        assert_eq!(a.to_string(), SUBNET);
        assert_eq!(a.name(), "s");
    }
    #[test]
    fn parts_of_an_id() {
        let id = ArmId::new(SUBNET);
        assert_eq!(id.kind(), "microsoft.network/virtualnetworks/subnets");
        assert_eq!(id.segment("resourcegroups"), Some("rg"));
        let vnet = id.up_to("virtualNetworks").unwrap();
        assert_eq!(vnet.name(), "v");
        assert_eq!(vnet.kind(), "microsoft.network/virtualnetworks");
        assert_eq!(id.up_to("networkInterfaces"), None);
        assert_eq!(ArmId::new("/subscriptions/S").kind(), "");
    }
}
