//! Tables.

use serde_json::json;

use super::value::{Kind, Value};

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Column {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
        }
    }
}

/// A table; every row has as many values as there are columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Table {
    /// The place of a column; names tell upper and lower case apart.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// As it stands in an answer.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let column = |own: &Column| json!({"name": own.name, "type": own.kind.name()});
        let row = |own: &Vec<Value>| own.iter().map(Value::to_json).collect::<Vec<_>>();
        json!({
            "name": self.name,
            "columns": self.columns.iter().map(column).collect::<Vec<_>>(),
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}
