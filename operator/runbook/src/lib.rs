//! The article as a program: facts in, questions and findings out.
//!
//! Nothing here waits, talks to a network, reads a clock or knows Kubernetes or the Azure SDK.
//! What a step does not know it asks for, by returning a [`facts::Query`]; the caller answers and
//! thinks again ([`visit::think`]). So a diagnosis can be replayed from one file, a missing
//! permission is a value, and a table is tested row by row.
pub mod approval;
pub mod beyond;
pub mod catalogue;
mod cautions;
pub mod decision_map;
pub mod draft;
pub mod effect;
pub mod facts;
pub mod gate;
pub mod id;
pub mod ledger;
pub mod nsg;
pub mod offer;
pub mod path;
pub mod plan;
pub mod report;
pub mod resolutions;
pub mod step;
pub mod steps;
mod summary;
mod support;
mod verdict;
pub mod view;
pub mod visit;
pub mod walk;
