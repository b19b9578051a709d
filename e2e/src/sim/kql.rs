//! The part of the Kusto query language that access logs are asked with: a text over tables, to a table or an error.
//!
//! Names are resolved before the first row is read, so that a wrong name fails on an empty table too.

mod error;
mod eval;
mod functions;
mod lexer;
mod parser;
mod table;
mod value;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub(super) use self::{
    error::KqlError,
    table::{Column, Table},
    value::{Kind, Value},
};

/// Runs a query over the tables that `find` knows, as at `now`.
pub(super) fn run(
    query: &str,
    find: impl FnOnce(&str) -> Option<Table>,
    now: Timestamp,
) -> Result<Table, KqlError> {
    let query = parser::parse(query)?;
    let Some(mut table) = find(&query.table) else {
        let after = query.operators.first().map_or("", parser::Operator::name);
        return Err(KqlError::no_table(after, &query.table));
    };
    for operator in &query.operators {
        table = eval::apply(operator, table, now)?;
    }
    "PrimaryResult".clone_into(&mut table.name);
    Ok(table)
}
