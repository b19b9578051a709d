//! GUIDs that are the same on every run: made from names by a hash.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A GUID for those words.
pub(super) fn guid(words: &[&str]) -> String {
    let digest = Sha256::digest(words.join("\n").to_lowercase());
    let mut guid = String::with_capacity(36);
    for (at, byte) in digest.iter().take(16).enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            guid.push('-');
        }
        // As a random GUID is marked.
        let byte = match at {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        // Writing to a string cannot fail.
        let _ = write!(guid, "{byte:02x}");
    }
    guid
}

/// The `ETag` of a document at a revision of the world.
pub(super) fn etag(id: &str, revision: u64) -> String {
    format!("W/\"{}\"", guid(&["etag", id, &revision.to_string()]))
}
