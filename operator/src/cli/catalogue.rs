//! `rows` and `explain`: the article as a catalogue.
use super::{
    failed::Failed,
    files, findings,
    flags::{self, List},
    markdown,
    outcome::{json, yaml},
    text::wrap,
};
use appgw_runbook::catalogue::{Entry, entries};
use serde::Serialize;
use std::fmt::Write as _;

/// Columns of a text for people.
const WIDTH: usize = 100;
/// Columns of the names in front of it.
const NAME: usize = 12;

/// One row as other programs read it: nothing in it is ever null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    step: &'a str,
    says: &'a str,
    leads_to: &'a [String],
    asks: &'a [&'a str],
    permissions: &'a [&'a str],
    correction: &'a str,
}

impl<'a> Shown<'a> {
    fn of(entry: &'a Entry) -> Self {
        let Entry {
            id,
            step,
            says,
            leads_to,
            asks,
            permissions,
            correction,
        } = entry;
        Self {
            id,
            step,
            says,
            leads_to,
            asks,
            permissions,
            correction,
        }
    }
}

/// Lists rows.
pub(super) fn rows(args: &flags::Rows) -> Result<u8, Failed> {
    let mut all = entries();
    if let Some(wanted) = &args.step {
        let mut steps: Vec<&str> = all.iter().map(|entry| entry.step).collect();
        steps.dedup();
        if !steps.iter().any(|step| step.eq_ignore_ascii_case(wanted)) {
            return Err(Failed::Usage(format!(
                "{wanted:?} is no step; there are {}",
                steps.join(", ")
            )));
        }
        all.retain(|entry| entry.step.eq_ignore_ascii_case(wanted));
    }
    let shown = || all.iter().map(Shown::of).collect::<Vec<_>>();
    files::print(&match args.output {
        List::Table => table(&all),
        List::Json => json(&shown())?,
        List::Yaml => yaml(&shown())?,
        List::Markdown => markdown::rows(&all),
    })?;
    Ok(0)
}

fn table(entries: &[Entry]) -> String {
    let line = |id: &str, leads_to: &str, says: &str| format!("{id:<8}{leads_to:<10}{says}\n");
    let mut table = line("ROW", "LEADS TO", "HOLDS WHEN");
    for entry in entries {
        table += &line(entry.id, &entry.leads_to.join(", "), entry.says);
    }
    table
}

/// Says what one row or one finding means.
pub(super) fn explain(name: &str) -> Result<u8, Failed> {
    let all = entries();
    let wanted = name.trim();
    let text = if let Some(entry) = all
        .iter()
        .find(|entry| entry.id.eq_ignore_ascii_case(wanted))
    {
        row(entry)
    } else if let Some(known) = findings::find(wanted) {
        finding(known, &all)
    } else if let Some(entry) = all
        .iter()
        .find(|entry| entry.step.eq_ignore_ascii_case(wanted))
    {
        let why = format!(
            "{} is a step: kubectl appgw rows {0} lists its rows",
            entry.step
        );
        return Err(Failed::Usage(why));
    } else {
        let known: Vec<&str> = findings::ALL.iter().map(|known| known.id).collect();
        return Err(Failed::Usage(format!(
            "{name:?} is neither a row (kubectl appgw rows lists them) nor a finding: {}",
            known.join(", ")
        )));
    };
    files::print(&text)?;
    Ok(0)
}

fn row(entry: &Entry) -> String {
    let Entry {
        id,
        step,
        says,
        leads_to,
        asks,
        permissions,
        correction,
    } = entry;
    let found = findings::ALL.iter().filter(|known| known.rows.contains(id));
    let found: Vec<&str> = found.map(|known| known.id).collect();
    let mut page = Page::titled(id);
    page.say("Holds when", &[says]);
    page.say("Step", &[step]);
    page.say("Leads to", leads_to);
    page.say("Looks at", asks);
    page.say("Needs", permissions);
    page.say("Findings", &found);
    page.say("Correction", &[correction]);
    page.0
}

fn finding(known: &findings::Known, all: &[Entry]) -> String {
    let findings::Known {
        id,
        rows,
        letter,
        means,
    } = known;
    let rests_on = all.iter().filter(|entry| rows.contains(&entry.id));
    let rests_on: Vec<String> = rests_on
        .map(|entry| format!("{}: {}", entry.id, entry.says))
        .collect();
    let letter = match *letter {
        "" => "none: no letter of the article mends it",
        letter => letter,
    };
    let mut page = Page::titled(id);
    page.say("Means", &[means]);
    page.say("Resolution", &[letter]);
    page.say("Rows", &rests_on);
    page.0
}

/// Names in one column, what they say in the other.
struct Page(String);

impl Page {
    fn titled(title: &str) -> Self {
        Self(format!("{title}\n"))
    }

    /// Each text on lines of its own; one that says nothing is left out.
    fn say(&mut self, name: &str, texts: &[impl AsRef<str>]) {
        let lines = texts
            .iter()
            .flat_map(|text| wrap(text.as_ref(), WIDTH - NAME));
        for (n, line) in lines.enumerate() {
            let name = if n == 0 { name } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(self.0, "{name:<NAME$}{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_step_says_what_it_leads_to_and_looks_at() {
        let all = entries();
        for entry in all.iter().filter(|entry| entry.step != "map") {
            let page = row(entry);
            for name in ["Holds when", "Step", "Leads to", "Looks at", "Needs"] {
                assert!(page.contains(&format!("\n{name}  ")), "{page}");
            }
            assert!(
                page.lines().all(|line| line.chars().count() <= WIDTH),
                "{page}"
            );
        }
    }
}
