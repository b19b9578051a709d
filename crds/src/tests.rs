//! The schema, its rules and the examples of the API reference, held against the types.
mod examples;
mod rules;
mod schema;
