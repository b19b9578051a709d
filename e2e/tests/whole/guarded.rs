//! The guard of approvals on a real API server: the chart's policies against everything that got past an earlier
//! version of them. Each attack is tried with the policy that stamps names and without.
mod asking;
mod bites;
mod case;
mod chart;
mod doors;
mod gap;
mod ids;
mod installed;
mod names;
mod operator;
pub(crate) mod people;
mod right;
pub(crate) mod stage;
