//! The plugin as people and scripts run it: the real binary, its output and its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables and helpers of tests"
)]
#![allow(unreachable_pub, reason = "modules of a test")]
mod broken;
mod doctored;
mod explained;
mod linted;
mod live;
mod manifests;
mod run;
mod shown;
mod usage;

#[path = "../azure/server.rs"]
#[allow(dead_code, reason = "this test needs a part of it")]
mod server;
