//! The simulator as its clients see it: over real TLS, with reqwest.

mod arm;
mod faults;
mod fixture;
mod handshake;
mod kept;
mod lro;
mod lro_troubles;
mod meter;
mod operators_queries;
mod refusals;
mod requests;
mod tokens;
mod watched;
mod web;
mod wire_faults;
mod writes;
