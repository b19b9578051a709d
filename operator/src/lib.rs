//! The operator: a fair queue, back-off per object, the lease and the log set-up; the controller comes next.
pub mod backoff;
pub mod error;
pub mod leader;
pub mod telemetry;
pub mod turns;
