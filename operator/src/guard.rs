//! The guard of approvals: admission policies without which nobody knows who approved. Nothing is written
//! without them, unless the installation says otherwise.
mod live;
pub mod text;

pub use live::{Guard, SETTLES};

/// How the guard stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// In force; its identity is part of every plan id.
    Enforced(String),
    /// All parts are there, and the API server may not have begun to enforce them: nothing counts yet, and nothing
    /// is lost.
    Settling(String, String),
    /// The installation does without.
    NotRequired,
    /// A part is not there, or nobody can look.
    Missing(String),
    /// A part is not what it was installed as.
    Changed(String),
    /// All parts are there, and the API server lets through what they forbid.
    NotEnforced(String),
}

impl Stand {
    /// What goes into a plan id, or why nothing can be approved.
    pub fn identity(&self) -> Result<String, String> {
        match self {
            Self::Enforced(identity) | Self::Settling(identity, _) => Ok(identity.clone()),
            Self::NotRequired => Ok("none".to_owned()),
            Self::Missing(why) | Self::Changed(why) | Self::NotEnforced(why) => Err(why.clone()),
        }
    }
}
