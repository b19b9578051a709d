//! Two operators, one Azure, people, and a crash at every possible moment.
mod azure;
mod found;
mod kills;
mod kinds;
mod law;
mod operator;
mod random;
mod rng;
mod store;
mod world;
