//! Expressions: of which type they are, and their value in a row.

use jiff::Timestamp;

use super::{
    KqlError,
    parser::Expr,
    table::Table,
    value::{Kind, Value, whole},
};

/// What an expression can see.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// For errors.
    pub(super) operator: &'static str,
    pub(super) table: &'a Table,
    pub(super) now: Timestamp,
}

/// The functions there are, with how many arguments each takes.
const FUNCTIONS: &[(&str, usize, usize)] = &[
    ("ago", 1, 1),
    ("bin", 2, 2),
    ("coalesce", 2, 64),
    ("column_ifexists", 2, 2),
    ("iff", 3, 3),
    ("iif", 3, 3),
    ("isempty", 1, 1),
    ("isnotempty", 1, 1),
    ("isnull", 1, 1),
    ("now", 0, 0),
    ("strcat", 1, 64),
    ("todouble", 1, 1),
    ("toint", 1, 1),
    ("tolong", 1, 1),
    ("tolower", 1, 1),
    ("toreal", 1, 1),
    ("tostring", 1, 1),
    ("toupper", 1, 1),
];

impl Scope<'_> {
    /// The type of an expression, all its names resolved.
    pub(super) fn kind(&self, expr: &Expr) -> Result<Kind, KqlError> {
        match expr {
            Expr::Literal(_, kind) => Ok(*kind),
            Expr::Name(name) => self
                .table
                .place(name)
                .and_then(|at| self.table.columns.get(at))
                .map(|column| column.kind)
                .ok_or_else(|| KqlError::no_column(self.operator, name)),
            Expr::Negative(of) => self.kind(of),
            Expr::In(_, of, list) => {
                for own in list.iter().chain([of.as_ref()]) {
                    self.kind(own)?;
                }
                Ok(Kind::Bool)
            }
            Expr::Binary(sign, one, other) => {
                let kinds = (self.kind(one)?, self.kind(other)?);
                match sign.as_str() {
                    "+" | "-" | "*" | "/" | "%" => Ok(match kinds {
                        (Kind::Time, Kind::Span) => Kind::Time,
                        (Kind::Time, Kind::Time) => Kind::Span,
                        (one, other) => one.with(other).unwrap_or(one),
                    }),
                    "==" | "!=" | "<" | "<=" | ">" | ">=" if kinds.0.with(kinds.1).is_none() => {
                        Err(KqlError::types(
                            self.operator,
                            kinds.0.name(),
                            kinds.1.name(),
                        ))
                    }
                    _ => Ok(Kind::Bool),
                }
            }
            Expr::Call(name, of) => self.kind_of_call(name, of),
        }
    }

    fn kind_of_call(&self, name: &str, of: &[Expr]) -> Result<Kind, KqlError> {
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let Some((_, least, most)) = known else {
            return Err(KqlError::no_function(self.operator, name));
        };
        if of.len() < *least || of.len() > *most {
            return Err(KqlError::arguments(self.operator, name));
        }
        if let ("column_ifexists", [Expr::Literal(column, _), otherwise]) = (name, of) {
            let place = self.table.place(column.as_text());
            let column = place.and_then(|at| self.table.columns.get(at));
            return column.map_or_else(|| self.kind(otherwise), |column| Ok(column.kind));
        }
        let mut kinds = Vec::new();
        for own in of {
            kinds.push(self.kind(own)?);
        }
        Ok(match name {
            "ago" | "now" => Kind::Time,
            "isempty" | "isnotempty" | "isnull" => Kind::Bool,
            "strcat" | "tolower" | "tostring" | "toupper" => Kind::Text,
            "todouble" | "toreal" => Kind::Real,
            "toint" => Kind::Int,
            "tolong" => Kind::Long,
            "iff" | "iif" => kinds.get(1).copied().unwrap_or(Kind::Text),
            _ => kinds.first().copied().unwrap_or(Kind::Text),
        })
    }

    /// Its value in a row; its names are known to be there.
    pub(super) fn value(&self, expr: &Expr, row: &[Value]) -> Value {
        match expr {
            Expr::Literal(value, _) => value.clone(),
            Expr::Name(name) => self.column(name, row).unwrap_or(Value::Null),
            Expr::Negative(of) => match self.value(of, row) {
                Value::Whole(value) => Value::Whole(value.saturating_neg()),
                Value::Real(value) => Value::Real(-value),
                Value::Span(value) => Value::Span(-value),
                _ => Value::Null,
            },
            Expr::In(word, of, list) => {
                let own = self.value(of, row);
                let blind = word.ends_with('~');
                let same = |other: &Value| {
                    if blind {
                        own.as_text().eq_ignore_ascii_case(other.as_text())
                    } else {
                        own.order(other).is_some_and(std::cmp::Ordering::is_eq)
                    }
                };
                let found = list.iter().any(|other| same(&self.value(other, row)));
                Value::Bool(found != word.starts_with('!'))
            }
            Expr::Binary(sign, one, other) => {
                binary(sign, &self.value(one, row), &self.value(other, row))
            }
            Expr::Call(name, of) => self.call(name, of, row),
        }
    }

    fn column(&self, name: &str, row: &[Value]) -> Option<Value> {
        self.table.place(name).and_then(|at| row.get(at)).cloned()
    }

    fn call(&self, name: &str, of: &[Expr], row: &[Value]) -> Value {
        let of: Vec<Value> = of.iter().map(|own| self.value(own, row)).collect();
        let first = of.first().cloned().unwrap_or(Value::Null);
        match (name, of.as_slice()) {
            ("ago", [Value::Span(span)]) => {
                Value::Time(self.now.saturating_sub(*span).unwrap_or(self.now))
            }
            ("now", _) => Value::Time(self.now),
            ("bin", [_, size]) => bin(&first, size),
            ("coalesce", all) => {
                let there = |own: &&Value| {
                    !own.is_null() && !matches!(own, Value::Text(text) if text.is_empty())
                };
                all.iter()
                    .find(there)
                    .or(all.last())
                    .cloned()
                    .unwrap_or(Value::Null)
            }
            ("column_ifexists", [column, otherwise]) => self
                .column(column.as_text(), row)
                .unwrap_or_else(|| otherwise.clone()),
            ("iff" | "iif", [test, yes, no]) => {
                if test.is_true() {
                    yes.clone()
                } else {
                    no.clone()
                }
            }
            ("isempty", _) => Value::Bool(is_empty(&first)),
            ("isnotempty", _) => Value::Bool(!is_empty(&first)),
            ("isnull", _) => Value::Bool(first.is_null()),
            ("strcat", all) => Value::text(
                all.iter()
                    .map(|own| own.shown().to_string())
                    .collect::<String>(),
            ),
            ("tolower", _) => Value::text(first.shown().to_lowercase()),
            ("toupper", _) => Value::text(first.shown().to_uppercase()),
            ("tostring", _) => Value::Text(first.shown()),
            ("todouble" | "toreal", _) => match &first {
                Value::Text(text) => text.trim().parse().map_or(Value::Null, Value::Real),
                other => other.as_real().map_or(Value::Null, Value::Real),
            },
            ("toint" | "tolong", _) => match &first {
                Value::Text(text) => {
                    let real = text.trim().parse::<f64>().ok();
                    real.and_then(whole).map_or(Value::Null, Value::Whole)
                }
                Value::Bool(own) => Value::Whole(i64::from(*own)),
                other => other
                    .as_real()
                    .and_then(whole)
                    .map_or(Value::Null, Value::Whole),
            },
            _ => Value::Null,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || matches!(value, Value::Text(text) if text.is_empty())
}

/// A sum of whole numbers.
pub(super) fn whole_of(sum: f64) -> Value {
    whole(sum).map_or(Value::Null, Value::Whole)
}

fn bin(value: &Value, size: &Value) -> Value {
    match (value, size) {
        (Value::Time(at), Value::Span(size)) if size.as_secs() > 0 => {
            let second = at.as_second().div_euclid(size.as_secs()) * size.as_secs();
            Timestamp::from_second(second).map_or(Value::Null, Value::Time)
        }
        (Value::Whole(value), Value::Whole(size)) if *size > 0 => {
            Value::Whole(value.div_euclid(*size) * size)
        }
        _ => match (value.as_real(), size.as_real()) {
            (Some(value), Some(size)) if size > 0.0 => Value::Real((value / size).floor() * size),
            _ => Value::Null,
        },
    }
}

fn binary(sign: &str, one: &Value, other: &Value) -> Value {
    let text = |value: &Value| value.shown().to_lowercase();
    let order = || one.order(other);
    Value::Bool(match sign {
        "and" => one.is_true() && other.is_true(),
        "or" => one.is_true() || other.is_true(),
        "==" => order().is_some_and(std::cmp::Ordering::is_eq),
        "!=" => !order().is_some_and(std::cmp::Ordering::is_eq),
        "<" => order().is_some_and(std::cmp::Ordering::is_lt),
        "<=" => order().is_some_and(std::cmp::Ordering::is_le),
        ">" => order().is_some_and(std::cmp::Ordering::is_gt),
        ">=" => order().is_some_and(std::cmp::Ordering::is_ge),
        "=~" => text(one) == text(other),
        "!~" => text(one) != text(other),
        "contains" => text(one).contains(&text(other)),
        "!contains" => !text(one).contains(&text(other)),
        "has" => has(one, other),
        "!has" => !has(one, other),
        "startswith" => text(one).starts_with(&text(other)),
        "!startswith" => !text(one).starts_with(&text(other)),
        "endswith" => text(one).ends_with(&text(other)),
        "!endswith" => !text(one).ends_with(&text(other)),
        _ => return arithmetic(sign, one, other),
    })
}

/// Whole words.
fn has(one: &Value, other: &Value) -> bool {
    let (one, other) = (one.shown().to_lowercase(), other.shown().to_lowercase());
    one.split(|own: char| !own.is_alphanumeric())
        .any(|word| word == other)
}

fn arithmetic(sign: &str, one: &Value, other: &Value) -> Value {
    match (sign, one, other) {
        ("+", Value::Time(at), Value::Span(span)) => {
            at.checked_add(*span).map_or(Value::Null, Value::Time)
        }
        ("-", Value::Time(at), Value::Span(span)) => {
            at.checked_sub(*span).map_or(Value::Null, Value::Time)
        }
        ("-", Value::Time(one), Value::Time(other)) => Value::Span(one.duration_since(*other)),
        ("+", Value::Whole(one), Value::Whole(other)) => Value::Whole(one.saturating_add(*other)),
        ("-", Value::Whole(one), Value::Whole(other)) => Value::Whole(one.saturating_sub(*other)),
        ("*", Value::Whole(one), Value::Whole(other)) => Value::Whole(one.saturating_mul(*other)),
        ("/", Value::Whole(one), Value::Whole(other)) => {
            one.checked_div(*other).map_or(Value::Null, Value::Whole)
        }
        ("%", Value::Whole(one), Value::Whole(other)) => {
            one.checked_rem(*other).map_or(Value::Null, Value::Whole)
        }
        _ => match (one.as_real(), other.as_real()) {
            (Some(one), Some(other)) => Value::Real(match sign {
                "+" => one + other,
                "-" => one - other,
                "*" => one * other,
                "/" => one / other,
                _ => one % other,
            }),
            _ => Value::Null,
        },
    }
}
