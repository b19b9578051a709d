//! How much room a status gives to what. The whole is at most 32 KiB: a status that does not fit in
//! the first of [`ROOMS`] is told more briefly, and in the last one anything fits.

/// Bytes of a status as JSON.
pub(super) const MOST: usize = 32 * 1024;

/// Bytes, or lines, of the parts of a status.
pub(super) struct Room {
    /// Findings shown.
    pub(super) findings: usize,
    /// Facts for and against a finding, each.
    pub(super) facts: usize,
    /// Bytes of one sentence.
    pub(super) sentence: usize,
    /// Bytes of one line of a list.
    pub(super) line: usize,
    /// Lines of a list.
    pub(super) lines: usize,
    /// Bytes of an Azure resource id.
    pub(super) id: usize,
    /// Bytes of the value of a row.
    pub(super) row: usize,
}

/// Bytes of one line of the summary: 100 columns, and some that are wider than a byte.
pub(super) const SUMMARY: usize = 130;
/// Bytes of a word of Azure, such as a state.
pub(super) const WORD: usize = 64;

/// From ample to tight.
pub(super) const ROOMS: [Room; 3] = [
    Room {
        findings: 20,
        facts: 12,
        sentence: 900,
        line: 400,
        lines: 60,
        id: 1024,
        row: 400,
    },
    Room {
        findings: 12,
        facts: 5,
        sentence: 300,
        line: 200,
        lines: 20,
        id: 400,
        row: 120,
    },
    Room {
        findings: 5,
        facts: 3,
        sentence: 200,
        line: 120,
        lines: 10,
        id: 280,
        row: 64,
    },
];
