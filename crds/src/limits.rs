//! How long a text or a list may get. The schema holds these bounds, so whoever fills a status cuts to them.

/// A plan id, a finding id, a digest.
pub const ID: usize = 64;
/// A Kubernetes name, a host name.
pub const NAME: usize = 253;
/// The name of a part of a gateway.
pub const PART: usize = 80;
/// An Azure resource id.
pub const ARM_ID: usize = 1024;
/// A path of a URL.
pub const PATH: usize = 2048;
/// A URL that Azure hands out: operations carry a long signature.
pub const URL: usize = 8192;
/// A person's reason.
pub const REASON: usize = 256;
/// A name of a user, service accounts included.
pub const USER: usize = 512;
/// One line of a list, the value of a row.
pub const LINE: usize = 512;
/// A sentence or two: conclusion, finding, correction.
pub const TEXT: usize = 1024;
/// One line of the summary: 100 columns, and room for characters that take none.
pub const SUMMARY_LINE: usize = 200;
/// The canonical content of a plan.
pub const CONTENT: usize = 32_768;

/// Findings shown.
pub const FINDINGS: usize = 20;
/// Plans shown.
pub const PLANS: usize = 12;
/// Decisions remembered.
pub const APPROVALS: usize = 20;
/// Decisions under way: nine ids may stand in one annotation.
pub const PENDING: usize = 9;
/// Changes of one entry, its undo included.
pub const SENDS: usize = 40;
/// Lines of the summary.
pub const SUMMARY_LINES: usize = 40;
/// Lines of any other list.
pub const LINES: usize = 64;
/// Lines of a list inside a finding or a plan.
pub const SHORT_LIST: usize = 20;
/// Rows: the article has 60.
pub const ROWS: usize = 64;
/// Steps: the article has twelve.
pub const STEPS: usize = 16;
/// Conditions.
pub const CONDITIONS: usize = 16;
