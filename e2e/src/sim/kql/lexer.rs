//! From a text to its words.

use jiff::{SignedDuration, Timestamp, civil};

use super::{KqlError, value::Value};

/// A word and where it begins, in characters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) at: usize,
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A name or a keyword; `in~` and `!in` too.
    Name(String),
    /// A number, text, moment or span of time.
    Literal(Value),
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: &[&str] = &[
    "==", "=~", "!=", "!~", "<=", ">=", "|", "(", ")", ",", "<", ">", "=", "+", "-", "*", "/", "%",
];

/// Keywords that may have `!` in front, and `~` behind if they are `in`.
const NEGATED: &[&str] = &["in", "contains", "has", "startswith", "endswith"];

/// Reads a text.
pub(super) fn words(query: &str) -> Result<Vec<Token>, KqlError> {
    let mut reader = Reader {
        query,
        text: query.chars().collect(),
        at: 0,
    };
    let mut words = Vec::new();
    loop {
        reader.skip();
        let at = reader.at;
        let word = reader.word()?;
        let end = word == Word::End;
        words.push(Token { word, at });
        if end {
            return Ok(words);
        }
    }
}

struct Reader<'a> {
    query: &'a str,
    text: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.text.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn wrong(&self, at: usize) -> KqlError {
        let token: String = self.text.iter().skip(at).take(1).collect();
        KqlError::syntax(self.query, at, &token)
    }

    /// Space and comments.
    fn skip(&mut self) {
        loop {
            if self.peek(0).is_whitespace() {
                self.at += 1;
            } else if self.peek(0) == '/' && self.peek(1) == '/' {
                while self.at < self.text.len() && self.peek(0) != '\n' {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    fn word(&mut self) -> Result<Word, KqlError> {
        let first = self.peek(0);
        if self.at >= self.text.len() {
            return Ok(Word::End);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first.is_alphabetic() || first == '_' {
            let name = self.while_fits(|own| own.is_alphanumeric() || own == '_');
            return self.named(name);
        }
        if first == '"' || first == '\'' || first == '@' && matches!(self.peek(1), '"' | '\'') {
            return self.quoted();
        }
        if first == '!' && self.peek(1).is_alphabetic() {
            let at = self.at;
            self.at += 1;
            let name = self.while_fits(char::is_alphabetic);
            if !NEGATED.contains(&name.as_str()) {
                return Err(self.wrong(at));
            }
            return Ok(Word::Name(self.with_tilde(format!("!{name}"))));
        }
        let sign = SIGNS.iter().find(|sign| {
            let mut own = sign.chars().enumerate();
            own.all(|(ahead, own)| self.peek(ahead) == own)
        });
        let sign = sign.ok_or_else(|| self.wrong(self.at))?;
        self.at += sign.len();
        Ok(Word::Sign(sign))
    }

    fn while_fits(&mut self, fits: impl Fn(char) -> bool) -> String {
        let from = self.at;
        while self.at < self.text.len() && fits(self.peek(0)) {
            self.at += 1;
        }
        self.text.iter().take(self.at).skip(from).collect()
    }

    fn with_tilde(&mut self, mut name: String) -> String {
        if name.ends_with("in") && self.peek(0) == '~' {
            self.at += 1;
            name.push('~');
        }
        name
    }

    /// A name, or a moment whose text stands bare between parentheses.
    fn named(&mut self, name: String) -> Result<Word, KqlError> {
        if name == "in" {
            return Ok(Word::Name(self.with_tilde(name)));
        }
        if name != "datetime" || self.peek(0) != '(' {
            return Ok(Word::Name(name));
        }
        let at = self.at;
        self.at += 1;
        let bare = self.while_fits(|own| own != ')');
        if self.peek(0) != ')' {
            return Err(self.wrong(at));
        }
        self.at += 1;
        let bare = bare.trim().trim_matches(['"', '\'']);
        if bare == "null" {
            return Ok(Word::Literal(Value::Null));
        }
        let moment = moment(bare).ok_or_else(|| self.wrong(at))?;
        Ok(Word::Literal(Value::Time(moment)))
    }

    fn number(&mut self) -> Result<Word, KqlError> {
        let at = self.at;
        let mut digits = self.while_fits(|own| own.is_ascii_digit());
        if self.peek(0) == '.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            let after = self.while_fits(|own| own.is_ascii_digit());
            digits = format!("{digits}.{after}");
        }
        let unit = self.while_fits(|own| own.is_alphanumeric() || own == '_');
        let value = match (unit.as_str(), digits.contains('.')) {
            ("", false) => digits.parse().ok().map(Value::Whole),
            ("", true) => digits.parse().ok().map(Value::Real),
            (unit, _) => span(&digits, unit).map(Value::Span),
        };
        value.map(Word::Literal).ok_or_else(|| self.wrong(at))
    }

    fn quoted(&mut self) -> Result<Word, KqlError> {
        let at = self.at;
        let verbatim = self.peek(0) == '@';
        self.at += usize::from(verbatim);
        let quote = self.peek(0);
        self.at += 1;
        let mut text = String::new();
        loop {
            let own = self.peek(0);
            if self.at >= self.text.len() || own == '\n' {
                return Err(self.wrong(at));
            }
            self.at += 1;
            match own {
                _ if own == quote && verbatim && self.peek(0) == quote => {
                    self.at += 1;
                    text.push(quote);
                }
                _ if own == quote => return Ok(Word::Literal(Value::text(text))),
                '\\' if !verbatim => {
                    let escaped = self.peek(0);
                    self.at += 1;
                    text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        '\\' | '"' | '\'' => escaped,
                        _ => return Err(self.wrong(self.at - 2)),
                    });
                }
                _ => text.push(own),
            }
        }
    }
}

/// A moment; without a zone it is UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let civil = || text.trim_end_matches('Z').parse::<civil::DateTime>().ok();
    let utc = |own: civil::DateTime| own.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let bare = || Some(utc(civil()?)?.timestamp());
    text.parse().ok().or_else(bare)
}

fn span(digits: &str, unit: &str) -> Option<SignedDuration> {
    let seconds = match unit {
        "d" => 86_400.0,
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 0.001,
        _ => return None,
    };
    SignedDuration::try_from_secs_f64(digits.parse::<f64>().ok()? * seconds).ok()
}
