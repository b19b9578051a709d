//! One page of the catalogue, for a terminal and as Markdown.
use super::text::{escaped, wrap};
use std::fmt::Write as _;

/// Columns of a text for people.
pub(super) const WIDTH: usize = 100;
/// Columns of the names in front of it.
const NAME: usize = 12;

/// A title and named parts in order; a part that says nothing is left out.
pub(super) struct Page {
    title: String,
    parts: Vec<(&'static str, Part)>,
}

enum Part {
    /// Sentences, each on lines of its own.
    Texts(Vec<String>),
    /// Commands, as they are typed.
    Commands(String),
}

impl Page {
    pub(super) fn titled(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            parts: Vec::new(),
        }
    }

    pub(super) fn say(&mut self, name: &'static str, texts: &[impl AsRef<str>]) {
        let texts = texts.iter().map(AsRef::as_ref);
        let texts: Vec<String> = texts
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect();
        if !texts.is_empty() {
            self.parts.push((name, Part::Texts(texts)));
        }
    }

    pub(super) fn type_in(&mut self, name: &'static str, commands: &str) {
        if !commands.is_empty() {
            self.parts.push((name, Part::Commands(commands.to_owned())));
        }
    }

    /// Names in one column, what they say in the other.
    pub(super) fn text(&self) -> String {
        let mut out = format!("{}\n", self.title);
        for (name, part) in &self.parts {
            let lines: Vec<String> = match part {
                Part::Texts(texts) => texts
                    .iter()
                    .flat_map(|text| wrap(text, WIDTH - NAME))
                    .collect(),
                Part::Commands(commands) => commands.lines().map(str::to_owned).collect(),
            };
            for (n, line) in lines.iter().enumerate() {
                let name = if n == 0 { name } else { "" };
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{name:<NAME$}{line}");
            }
        }
        out
    }

    /// A title, and a heading a part.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("# {}\n", escaped(&self.title));
        for (name, part) in &self.parts {
            let body = match part {
                Part::Texts(texts) => match texts.as_slice() {
                    [text] => escaped(text),
                    texts => {
                        let items = texts.iter().map(|text| format!("- {}", escaped(text)));
                        items.collect::<Vec<_>>().join("\n")
                    }
                },
                Part::Commands(commands) => format!("```sh\n{commands}\n```"),
            };
            let _ = write!(out, "\n## {name}\n\n{body}\n");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_say_nothing_are_left_out_and_commands_stay_as_they_are() {
        let mut page = Page::titled("a_b");
        page.say("One", &["x * y"]);
        page.say("None", &[""; 2]);
        page.say("Two", &["a", "", "b"]);
        page.type_in("Type", "az x \\\n  | jq");
        page.type_in("Nothing", "");
        assert_eq!(
            page.text(),
            "a_b\nOne         x * y\nTwo         a\n            b\nType        az x \\\n              | jq\n"
        );
        assert_eq!(
            page.markdown(),
            "# a\\_b\n\n## One\n\nx \\* y\n\n## Two\n\n- a\n- b\n\n## Type\n\n```sh\naz x \\\n  | jq\n```\n"
        );
    }
}
