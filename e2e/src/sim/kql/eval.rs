//! What the operators do with a table.

use std::{cmp::Ordering, collections::HashSet};

use jiff::Timestamp;

use super::{
    KqlError,
    functions::{self, Scope},
    parser::{Expr, Named, Operator},
    table::{Column, Table},
    value::{Kind, Value, real},
};

/// The functions that sum up rows.
const AGGREGATES: &[&str] = &["count", "countif", "dcount", "sum", "avg", "min", "max"];

/// The table after an operator.
pub(super) fn apply(operator: &Operator, table: Table, now: Timestamp) -> Result<Table, KqlError> {
    let scope = |table| Scope {
        operator: operator.name(),
        table,
        now,
    };
    let mut table = table;
    match operator {
        Operator::Where(expr) => {
            let own = scope(&table);
            own.kind(expr)?;
            let keep: Vec<bool> = table
                .rows
                .iter()
                .map(|row| own.value(expr, row).is_true())
                .collect();
            let mut keep = keep.into_iter();
            table.rows.retain(|_| keep.next().unwrap_or_default());
        }
        Operator::Extend(all) => {
            // Each is worked out on the table as it was: a new name is not known yet.
            let own = scope(&table);
            let mut added = Vec::new();
            for named in all {
                let kind = own.kind(&named.expr)?;
                let values: Vec<Value> = table
                    .rows
                    .iter()
                    .map(|row| own.value(&named.expr, row))
                    .collect();
                added.push((Column::new(&name_of(named, added.len()), kind), values));
            }
            for (column, values) in added {
                let place = table.place(&column.name);
                for (row, value) in table.rows.iter_mut().zip(values) {
                    match place.and_then(|at| row.get_mut(at)) {
                        Some(old) => *old = value,
                        None => row.push(value),
                    }
                }
                match place.and_then(|at| table.columns.get_mut(at)) {
                    Some(old) => *old = column,
                    None => table.columns.push(column),
                }
            }
        }
        Operator::Project(all) => {
            let own = scope(&table);
            let columns = columns(&own, all)?;
            let values = |row: &Vec<Value>| {
                all.iter()
                    .map(|named| own.value(&named.expr, row))
                    .collect::<Vec<_>>()
            };
            let rows = table.rows.iter().map(values).collect();
            table = Table {
                name: table.name.clone(),
                columns,
                rows,
            };
        }
        Operator::Summarize { what, by } => table = summarize(&scope(&table), what, by)?,
        Operator::Order(keys) => {
            let own = scope(&table);
            for (expr, _) in keys {
                own.kind(expr)?;
            }
            let mut keyed: Vec<(Vec<Value>, Vec<Value>)> = table
                .rows
                .iter()
                .map(|row| {
                    let keys = keys.iter().map(|(expr, _)| own.value(expr, row));
                    (keys.collect(), row.clone())
                })
                .collect();
            keyed.sort_by(|(one, _), (other, _)| {
                let pairs = one.iter().zip(other).zip(keys);
                pairs.fold(Ordering::Equal, |order, ((one, other), (_, descending))| {
                    let own = one.total(other);
                    order.then(if *descending { own.reverse() } else { own })
                })
            });
            table.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        Operator::Take(count) => table.rows.truncate(*count),
        Operator::Count => {
            let count = Value::Whole(i64::try_from(table.rows.len()).unwrap_or(i64::MAX));
            table.columns = vec![Column::new("Count", Kind::Long)];
            table.rows = vec![vec![count]];
        }
    }
    Ok(table)
}

/// The name that an expression goes by without one of its own.
fn name_of(named: &Named, at: usize) -> String {
    match (&named.name, &named.expr) {
        (Some(name), _) | (None, Expr::Name(name)) => name.clone(),
        // `bin(Column, 1)` keeps the name of the column, `max(Column)` is `max_Column`.
        (None, Expr::Call(function, of)) => match of.first() {
            Some(Expr::Name(column)) if function == "bin" => column.clone(),
            Some(Expr::Name(column)) => format!("{function}_{column}"),
            _ => format!("{function}_"),
        },
        (None, _) => format!("Column{}", at + 1),
    }
}

fn columns(scope: &Scope<'_>, all: &[Named]) -> Result<Vec<Column>, KqlError> {
    let column = |(at, named): (usize, &Named)| {
        Ok(Column::new(&name_of(named, at), scope.kind(&named.expr)?))
    };
    all.iter().enumerate().map(column).collect()
}

fn summarize(scope: &Scope<'_>, what: &[Named], by: &[Named]) -> Result<Table, KqlError> {
    let mut columns = columns(scope, by)?;
    for (at, named) in what.iter().enumerate() {
        let Expr::Call(function, of) = &named.expr else {
            return Err(KqlError::semantic(
                "summarize",
                "SEM0000",
                "an aggregate is expected",
            ));
        };
        if !AGGREGATES.contains(&function.as_str()) {
            return Err(KqlError::no_function("summarize", function));
        }
        let kind = match (function.as_str(), of.first()) {
            ("count", None) => Kind::Long,
            ("count", _) | (_, None) => return Err(KqlError::arguments("summarize", function)),
            ("countif" | "dcount", Some(of)) => scope.kind(of).map(|_| Kind::Long)?,
            ("avg", Some(of)) => scope.kind(of).map(|_| Kind::Real)?,
            (_, Some(of)) => scope.kind(of)?,
        };
        columns.push(Column::new(&name_of(named, by.len() + at), kind));
    }
    // In the order in which groups are first met.
    let mut groups: Vec<(Vec<Value>, Vec<&Vec<Value>>)> = Vec::new();
    for row in &scope.table.rows {
        let key: Vec<Value> = by
            .iter()
            .map(|named| scope.value(&named.expr, row))
            .collect();
        match groups.iter_mut().find(|(own, _)| *own == key) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    // Without groups there is one line, even of nothing.
    if by.is_empty() && groups.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    let line = |(mut key, rows): (Vec<Value>, Vec<&Vec<Value>>)| {
        for named in what {
            if let Expr::Call(function, of) = &named.expr {
                key.push(aggregate(scope, function, of.first(), &rows));
            }
        }
        key
    };
    let rows = groups.into_iter().map(line).collect();
    Ok(Table {
        name: String::new(),
        columns,
        rows,
    })
}

fn aggregate(scope: &Scope<'_>, function: &str, of: Option<&Expr>, rows: &[&Vec<Value>]) -> Value {
    let values = || {
        let all = of
            .into_iter()
            .flat_map(|of| rows.iter().map(|row| scope.value(of, row)));
        all.filter(|value| !value.is_null())
    };
    let whole = |count: usize| Value::Whole(i64::try_from(count).unwrap_or(i64::MAX));
    match function {
        "count" => whole(rows.len()),
        "countif" => whole(values().filter(Value::is_true).count()),
        "dcount" => {
            let distinct: HashSet<String> = values().map(|own| own.shown().to_string()).collect();
            whole(distinct.len())
        }
        "sum" | "avg" => {
            let all: Vec<f64> = values().filter_map(|value| value.as_real()).collect();
            let sum: f64 = all.iter().sum();
            let is_whole = values().all(|value| matches!(value, Value::Whole(_)));
            match (function, all.len()) {
                ("avg", 0) => Value::Null,
                ("avg", count) => Value::Real(sum / real(i64::try_from(count).unwrap_or(i64::MAX))),
                _ if is_whole => functions::whole_of(sum),
                _ => Value::Real(sum),
            }
        }
        "min" => values()
            .reduce(|a, b| if a.total(&b).is_le() { a } else { b })
            .unwrap_or(Value::Null),
        _ => values()
            .reduce(|a, b| if a.total(&b).is_ge() { a } else { b })
            .unwrap_or(Value::Null),
    }
}
