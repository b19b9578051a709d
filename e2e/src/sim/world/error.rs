//! What can be wrong with a world or a question to it.

use std::{fmt, io, path::PathBuf};

/// Why a world could not be made or asked.
#[derive(Debug)]
pub enum WorldError {
    /// The file could not be read.
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The text is no world file: the parser's words, with line and column.
    Malformed(String),
    /// Something in the file does not fit.
    Wrong {
        /// Where, as a path of keys: `gateways.shop.rules.main.pool`.
        place: String,
        /// What, in a few words.
        what: String,
    },
    /// The world has no such resource.
    NotThere(String),
    /// The text is no URL that a browser could ask for.
    NoUrl(String),
}

impl WorldError {
    pub(super) fn wrong(place: &str, what: impl Into<String>) -> Self {
        Self::Wrong {
            place: place.to_owned(),
            what: what.into(),
        }
    }
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, error } => write!(f, "{}: {error}", file.display()),
            Self::Malformed(error) => write!(f, "no world: {error}"),
            Self::Wrong { place, what } => write!(f, "{place}: {what}"),
            Self::NotThere(id) => write!(f, "not in this world: {id}"),
            Self::NoUrl(url) => write!(f, "no URL: {url}"),
        }
    }
}

impl std::error::Error for WorldError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            _ => None,
        }
    }
}
