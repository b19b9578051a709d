//! Two operators, one Azure, people, and a crash at every possible moment.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]
mod azure;
mod found;
mod kills;
mod kinds;
mod law;
mod operator;
mod people;
mod random;
mod rng;
mod store;
mod world;
