//! Whole-system tests: a real API server, the simulated Azure over TLS, the operator as a process. One binary,
//! one control plane, a behaviour a module, a namespace and an operator a test.
#![allow(missing_docs, reason = "tests say what they hold in their names")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]
#![allow(
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::struct_field_names,
    reason = "tables read better whole"
)]
mod bad_input;
mod credential;
mod doctor;
mod fixes;
mod guarded;
mod handshake;
mod kinds;
mod leader;
mod logged;
mod nsg_oracle;
mod plugin;
mod reads_only;
mod shared_questions;
mod stage;
mod status_writes;
mod steps;
mod surfaces;
mod when_visited;
mod worlds;
