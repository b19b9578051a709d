//! The operator, and the same engine without a cluster: Azure asked, the runbook consulted, the result written.
#![cfg_attr(
    test,
    allow(
        clippy::needless_pass_by_value,
        clippy::similar_names,
        clippy::single_match_else,
        clippy::too_many_lines,
        reason = "tables and helpers of tests"
    )
)]
pub mod admin;
mod apply;
pub mod args;
pub mod azure;
pub mod backoff;
pub mod cli;
pub mod cluster;
pub mod conditions;
pub mod consult;
pub mod controller;
pub mod error;
pub mod events;
pub mod guard;
pub mod leader;
pub mod malformed;
pub mod memory;
mod private_ca;
pub mod reconcile;
pub mod refusals;
pub mod run;
pub mod status;
pub mod switch;
pub mod telemetry;
pub mod timing;
pub mod tls;
pub mod turns;
pub mod waits;
pub mod watch;
pub mod wire;
pub mod writes;
