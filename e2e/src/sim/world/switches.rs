//! How the health document is worded; nothing about the world itself.

use serde::Deserialize;

/// The ways in which health documents differ between versions and reports; the default is what the service was last
/// recorded to say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Switches {
    /// The vocabulary of `health`.
    pub words: Words,
    /// The family of texts in `healthProbeLog`.
    pub texts: Texts,
    /// The case of ids.
    pub ids: Ids,
    /// Whether `healthProbeLog` is there.
    pub log: Log,
    /// What is said if the instances cannot be asked.
    pub unknown: Unknown,
    /// What the log says if packets to the back end get lost.
    pub lost: Lost,
    /// What is said if instances differ.
    pub split: Split,
    /// The members, as written in the pool, that are being removed with draining.
    pub draining: Vec<String>,
    /// Traffic goes on although the health is unknown.
    pub unknown_serves: bool,
    /// Whether `healthProbeErrorName` is there, for what has a known name.
    pub error_names: bool,
}

/// The vocabulary of `health`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Words {
    /// `Healthy`, `Unhealthy`, as the service says it.
    #[default]
    Live,
    /// `Up`, `Down`, as the specification has it.
    Specified,
}

/// The family of texts in `healthProbeLog`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Texts {
    /// What the service was seen to send; published texts where nobody has seen one.
    #[default]
    Live,
    /// What the troubleshooting page prints.
    Published,
    /// The descriptions of the service's own reason codes.
    Codes,
}

/// The case of ids.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Ids {
    /// As in the gateway's document.
    #[default]
    Same,
    /// `resourcegroups` and `backendaddressPools`, as in the official example.
    Mixed,
}

/// Whether `healthProbeLog` is there.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Log {
    /// It is.
    #[default]
    Present,
    /// It is not.
    Missing,
    /// As `null`.
    Null,
    /// As an empty text.
    Empty,
    /// That of the last probe that succeeded, whatever came after it.
    Stale,
}

/// What is said if the instances cannot be asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Unknown {
    /// `Unknown`, as documented.
    #[default]
    Unknown,
    /// `Unhealthy`, as recorded once.
    Unhealthy,
}

/// What the log says if packets to the back end get lost.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Lost {
    /// That the back end took too long.
    #[default]
    TimedOut,
    /// That it cannot be connected to.
    CannotConnect,
}

/// What is said if instances differ.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Split {
    /// The worst of what they see.
    #[default]
    Worst,
    /// `Partial`.
    Partial,
    /// The worst of what they see as the word, and the log of the first one.
    FirstLog,
}
