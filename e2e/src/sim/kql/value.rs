//! Values and their types.

use std::{cmp::Ordering, fmt::Write as _, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Long,
    Real,
    Text,
    Time,
    Span,
}

impl Kind {
    /// As answers have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Text => "string",
            Self::Time => "datetime",
            Self::Span => "timespan",
        }
    }

    /// What a column of this type holds where there is nothing: texts are never null.
    pub(crate) fn nothing(self) -> Value {
        match self {
            Self::Text => Value::text(""),
            _ => Value::Null,
        }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::Real)
    }

    /// The type that holds both, if there is one.
    pub(super) fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            _ if self == other => Some(self),
            (Self::Real, _) | (_, Self::Real) if self.is_number() && other.is_number() => {
                Some(Self::Real)
            }
            _ if self.is_number() && other.is_number() => Some(Self::Long),
            _ => None,
        }
    }
}

/// A value; texts are never null, as in the language itself.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// An `int` or a `long`.
    Whole(i64),
    Real(f64),
    Text(Arc<str>),
    Time(Timestamp),
    Span(SignedDuration),
}

impl Value {
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) const fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    pub(super) fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// As a number, whole or not.
    pub(super) fn as_real(&self) -> Option<f64> {
        match self {
            Self::Real(value) => Some(*value),
            Self::Whole(value) => Some(real(*value)),
            _ => None,
        }
    }

    /// As it is written in an answer.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => json!(value),
            Self::Whole(value) => json!(value),
            // JSON has no such numbers; the service writes them as text.
            Self::Real(value) if !value.is_finite() => json!(value.to_string()),
            Self::Real(value) => json!(value),
            Self::Text(value) => json!(&**value),
            Self::Time(value) => json!(value.to_string()),
            Self::Span(value) => json!(clock(*value)),
        }
    }

    /// What `tostring` makes of it.
    pub(super) fn shown(&self) -> Arc<str> {
        match self {
            Self::Null => "".into(),
            Self::Text(text) => text.clone(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Whole(value) => value.to_string().into(),
            Self::Real(value) => value.to_string().into(),
            Self::Time(value) => value.to_string().into(),
            Self::Span(value) => clock(*value).into(),
        }
    }

    /// The order of two values of one type; `None` if either is null or the types differ.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            (Self::Span(one), Self::Span(other)) => Some(one.cmp(other)),
            _ => Some(self.as_real()?.total_cmp(&other.as_real()?)),
        }
    }

    /// A total order for groups: nulls first.
    pub(super) fn total(&self, other: &Self) -> Ordering {
        self.order(other)
            .unwrap_or_else(|| other.is_null().cmp(&self.is_null()))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.total(other) == Ordering::Equal
    }
}

/// A whole number as a real one; none in any log is anywhere near 2^53.
pub(super) fn real(whole: i64) -> f64 {
    let near = whole.clamp(-(1 << 52), 1 << 52);
    let [high, low] = [near >> 32, near & 0xffff_ffff].map(|part| {
        let small = i32::try_from(part).map(f64::from);
        small.unwrap_or_else(|_| u32::try_from(part).map_or(0.0, f64::from))
    });
    high * 4_294_967_296.0 + low
}

/// The whole part of a real number.
pub(super) fn whole(real: f64) -> Option<i64> {
    // By its digits: no cast loses anything then.
    format!("{:.0}", real.trunc()).parse().ok()
}

/// `[d.]hh:mm:ss[.fff]`.
fn clock(span: SignedDuration) -> String {
    let seconds = span.as_secs().unsigned_abs();
    let mut text = String::new();
    if span.is_negative() {
        text.push('-');
    }
    if seconds >= 86_400 {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}.", seconds / 86_400);
    }
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    let _ = write!(text, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    let parts = span.subsec_nanos().unsigned_abs() / 100;
    if parts > 0 {
        let _ = write!(text, ".{parts:07}");
    }
    text
}
