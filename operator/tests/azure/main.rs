//! The reader over real TLS, against a server that answers as it is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables and helpers of tests"
)]
#![allow(unreachable_pub, reason = "modules of a test")]
mod bundles;
mod credentials;
mod limits;
mod log_waits;
mod logs;
mod paging;
mod questions;
mod reader;
mod secrets;
mod server;
mod sharing;
mod support;
mod waits;
