//! Why there is nothing to show.
use super::USAGE;
use crate::azure::SetupError;
use std::fmt;

/// Could not run: also the exit code of `CannotDiagnose`.
pub(super) const COULD_NOT_RUN: u8 = 3;

/// An end without a verdict.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The command line asks for something that is not there.
    Usage(String),
    /// A file, or what is in it.
    Run(String),
}

impl Failed {
    /// The exit code.
    pub(super) const fn exit(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Run(_) => COULD_NOT_RUN,
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(why) | Self::Run(why) => f.write_str(why),
        }
    }
}

impl From<SetupError> for Failed {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Usage(why) => Self::Usage(why),
            other => Self::Run(other.to_string()),
        }
    }
}
