//! From words to a query.

use super::{
    KqlError,
    lexer::{self, Token, Word},
    value::{Kind, Value},
};

/// A query: a table, and what is done with it in turn.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) table: String,
    pub(super) operators: Vec<Operator>,
}

/// What can be done with a table.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    Where(Expr),
    Extend(Vec<Named>),
    Project(Vec<Named>),
    Summarize {
        what: Vec<Named>,
        by: Vec<Named>,
    },
    /// Each with whether it is descending.
    Order(Vec<(Expr, bool)>),
    Take(usize),
    Count,
}

impl Operator {
    /// As errors name it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Where(_) => "where",
            Self::Extend(_) => "extend",
            Self::Project(_) => "project",
            Self::Summarize { .. } => "summarize",
            Self::Order(_) => "order",
            Self::Take(_) => "take",
            Self::Count => "count",
        }
    }
}

/// An expression, with the name it is given.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: Option<String>,
    pub(super) expr: Expr,
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Literal(Value, Kind),
    Name(String),
    Call(String, Vec<Expr>),
    Negative(Box<Expr>),
    /// Also of words such as `contains`.
    Binary(String, Box<Expr>, Box<Expr>),
    /// `in` with its negation and disregard of case.
    In(String, Box<Expr>, Vec<Expr>),
}

/// Each weaker than the next.
const LEVELS: &[&[&str]] = &[
    &["or"],
    &["and"],
    &[
        "==",
        "!=",
        "=~",
        "!~",
        "<",
        "<=",
        ">",
        ">=",
        "contains",
        "!contains",
        "has",
        "!has",
        "startswith",
        "!startswith",
        "endswith",
        "!endswith",
    ],
    &["+", "-"],
    &["*", "/", "%"],
];
/// Where `in` stands among them.
const COMPARISONS: usize = 2;

/// Reads a query.
pub(super) fn parse(query: &str) -> Result<Query, KqlError> {
    let mut parser = Parser {
        query,
        words: lexer::words(query)?,
        at: 0,
    };
    let table = parser.name()?;
    let mut operators = Vec::new();
    while parser.takes("|") {
        operators.push(parser.operator()?);
    }
    match parser.word() {
        Word::End => Ok(Query { table, operators }),
        _ => Err(parser.wrong()),
    }
}

struct Parser<'a> {
    query: &'a str,
    words: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn word(&self) -> &Word {
        self.words
            .get(self.at)
            .map_or(&Word::End, |token| &token.word)
    }

    fn wrong(&self) -> KqlError {
        let token = match self.word() {
            Word::Name(name) => name.clone(),
            Word::Literal(value) => value.shown().to_string(),
            Word::Sign(sign) => (*sign).to_owned(),
            Word::End => String::new(),
        };
        let at = self.words.get(self.at).map_or(0, |token| token.at);
        KqlError::syntax(self.query, at, &token)
    }

    fn is(&self, text: &str) -> bool {
        match self.word() {
            Word::Sign(sign) => *sign == text,
            Word::Name(name) => name == text,
            _ => false,
        }
    }

    /// Goes on if that word is next.
    fn takes(&mut self, text: &str) -> bool {
        let is = self.is(text);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, text: &str) -> Result<(), KqlError> {
        self.takes(text).then_some(()).ok_or_else(|| self.wrong())
    }

    fn name(&mut self) -> Result<String, KqlError> {
        let Word::Name(name) = self.word() else {
            return Err(self.wrong());
        };
        let name = name.clone();
        self.at += 1;
        Ok(name)
    }

    fn operator(&mut self) -> Result<Operator, KqlError> {
        let start = self.at;
        let name = self.name()?;
        Ok(match name.as_str() {
            "where" | "filter" => Operator::Where(self.expr(0)?),
            "extend" => Operator::Extend(self.all_named()?),
            "project" => Operator::Project(self.all_named()?),
            "summarize" => {
                let what = if self.is("by") {
                    Vec::new()
                } else {
                    self.all_named()?
                };
                let by = if self.takes("by") {
                    self.all_named()?
                } else {
                    Vec::new()
                };
                Operator::Summarize { what, by }
            }
            "order" | "sort" => {
                self.expect("by")?;
                let mut all = Vec::new();
                loop {
                    let expr = self.expr(0)?;
                    let ascending = self.takes("asc");
                    // That is what it is anyway.
                    let _ = !ascending && self.takes("desc");
                    all.push((expr, !ascending));
                    if !self.takes(",") {
                        return Ok(Operator::Order(all));
                    }
                }
            }
            "take" | "limit" => match self.word() {
                Word::Literal(Value::Whole(count)) => {
                    let count = usize::try_from(*count).unwrap_or(usize::MAX);
                    self.at += 1;
                    Operator::Take(count)
                }
                _ => return Err(self.wrong()),
            },
            "count" => Operator::Count,
            _ => {
                self.at = start;
                return Err(self.wrong());
            }
        })
    }

    fn all_named(&mut self) -> Result<Vec<Named>, KqlError> {
        let mut all = Vec::new();
        loop {
            let named = matches!(self.word(), Word::Name(_))
                && self
                    .words
                    .get(self.at + 1)
                    .is_some_and(|next| next.word == Word::Sign("="));
            let name = if named {
                let name = self.name()?;
                self.at += 1;
                Some(name)
            } else {
                None
            };
            let expr = self.expr(0)?;
            all.push(Named { name, expr });
            if !self.takes(",") {
                return Ok(all);
            }
        }
    }

    fn expr(&mut self, level: usize) -> Result<Expr, KqlError> {
        let Some(signs) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.expr(level + 1)?;
        loop {
            if level == COMPARISONS
                && let Some(word) = ["in", "!in", "in~", "!in~"]
                    .into_iter()
                    .find(|word| self.takes(word))
            {
                self.expect("(")?;
                let list = self.arguments()?;
                left = Expr::In(word.to_owned(), Box::new(left), list);
                continue;
            }
            let Some(sign) = signs.iter().find(|sign| self.takes(sign)) else {
                return Ok(left);
            };
            let right = self.expr(level + 1)?;
            left = Expr::Binary((*sign).to_owned(), Box::new(left), Box::new(right));
        }
    }

    fn unary(&mut self) -> Result<Expr, KqlError> {
        if self.takes("-") {
            return Ok(Expr::Negative(Box::new(self.unary()?)));
        }
        if self.takes("(") {
            let inner = self.expr(0)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if let Word::Literal(value) = self.word() {
            let value = value.clone();
            self.at += 1;
            let kind = match value {
                Value::Bool(_) => Kind::Bool,
                Value::Whole(_) => Kind::Long,
                Value::Real(_) => Kind::Real,
                Value::Text(_) => Kind::Text,
                Value::Span(_) => Kind::Span,
                // The only null that is one word is that of a moment.
                Value::Time(_) | Value::Null => Kind::Time,
            };
            return Ok(Expr::Literal(value, kind));
        }
        let start = self.at;
        let name = self.name()?;
        match name.as_str() {
            "true" => return Ok(Expr::Literal(Value::Bool(true), Kind::Bool)),
            "false" => return Ok(Expr::Literal(Value::Bool(false), Kind::Bool)),
            // No names of their own: an expression is missing.
            "by" | "and" | "or" | "in" => {
                self.at = start;
                return Err(self.wrong());
            }
            _ => {}
        }
        if !self.takes("(") {
            return Ok(Expr::Name(name));
        }
        if let Some(kind) = typed(&name)
            && self.takes("null")
        {
            self.expect(")")?;
            return Ok(Expr::Literal(Value::Null, kind));
        }
        Ok(Expr::Call(name, self.arguments()?))
    }

    /// Up to the closing parenthesis.
    fn arguments(&mut self) -> Result<Vec<Expr>, KqlError> {
        let mut all = Vec::new();
        if self.takes(")") {
            return Ok(all);
        }
        loop {
            all.push(self.expr(0)?);
            if !self.takes(",") {
                self.expect(")")?;
                return Ok(all);
            }
        }
    }
}

/// The type of which `real(null)` and the like are.
fn typed(name: &str) -> Option<Kind> {
    Some(match name {
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "real" | "double" => Kind::Real,
        "timespan" => Kind::Span,
        _ => return None,
    })
}
