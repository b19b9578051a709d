//! What the query service says of a query that it does not take.

/// Why a query was not run: the innermost code and message, and which kind it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KqlError {
    /// Whether the text is no query at all, rather than one about something that is not there.
    pub(crate) syntax: bool,
    /// Such as `SEM0100`.
    pub(crate) code: &'static str,
    /// In the service's own words.
    pub(crate) message: String,
}

impl KqlError {
    pub(super) fn no_table(operator: &str, name: &str) -> Self {
        let what = format!("Failed to resolve table or column expression named '{name}'");
        Self::semantic(operator, "SEM0100", &what)
    }

    pub(super) fn no_column(operator: &str, name: &str) -> Self {
        let what = format!("Failed to resolve column or scalar expression named '{name}'");
        Self::semantic(operator, "SEM0100", &what)
    }

    pub(super) fn no_function(operator: &str, name: &str) -> Self {
        Self::semantic(operator, "SEM0260", &format!("Unknown function: '{name}'."))
    }

    pub(super) fn arguments(operator: &str, name: &str) -> Self {
        let what = format!("{name}(): function was called with a wrong number of arguments.");
        Self::semantic(operator, "SEM0219", &what)
    }

    pub(super) fn types(operator: &str, one: &str, other: &str) -> Self {
        let what =
            format!("Cannot compare values of types {one} and {other}. Try adding explicit casts");
        Self::semantic(operator, "SEM0064", &what)
    }

    pub(super) fn semantic(operator: &str, code: &'static str, what: &str) -> Self {
        let message = if operator.is_empty() {
            what.to_owned()
        } else {
            format!("'{operator}' operator: {what}")
        };
        Self {
            syntax: false,
            code,
            message,
        }
    }

    /// A place counted in characters from 0, and the text that stands there.
    pub(super) fn syntax(query: &str, at: usize, token: &str) -> Self {
        let before: Vec<char> = query.chars().take(at).collect();
        let line = 1 + before.iter().filter(|own| **own == '\n').count();
        let column = before.iter().rev().take_while(|own| **own != '\n').count();
        Self {
            syntax: true,
            code: "SYN0002",
            message: format!("Query could not be parsed at '{token}' on line [{line},{column}]"),
        }
    }
}
