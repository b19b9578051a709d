//! `rows` and `explain`: the article as a catalogue.
use super::{
    failed::Failed,
    files,
    findings::{self, checks},
    flags::{self, List},
    markdown,
    outcome::{json, yaml},
    page::Page,
};
use appgw_runbook::{
    catalogue::{Entry, entries},
    id::Letter,
    resolutions::{self, Method, Reach, purpose},
};
use serde::Serialize;

/// Every resolution of the article.
pub(super) const LETTERS: [Letter; 9] = [
    Letter::A,
    Letter::B,
    Letter::C,
    Letter::D,
    Letter::E,
    Letter::F,
    Letter::G,
    Letter::H,
    Letter::I,
];

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

/// Says what one row, finding, resolution or method is.
pub(super) fn explain(args: &flags::Explain) -> Result<u8, Failed> {
    let all = entries();
    let wanted = args.name.trim();
    let is = |name: &str| name.eq_ignore_ascii_case(wanted);
    let page = if let Some(entry) = all.iter().find(|entry| is(entry.id)) {
        row(entry)
    } else if let Some(known) = findings::find(wanted) {
        finding(known, &all)
    } else if let Some(known) = resolutions::find(wanted) {
        method(known)
    } else if let Some(letter) = LETTERS.into_iter().find(|letter| is(letter.as_str())) {
        resolution(letter, &all)
    } else if let Some(entry) = all.iter().find(|entry| is(entry.step)) {
        let why = format!(
            "{} is a step: kubectl appgw rows {0} lists its rows",
            entry.step
        );
        return Err(Failed::Usage(why));
    } else {
        let known: Vec<&str> = findings::ALL.iter().map(|known| known.id).collect();
        return Err(Failed::Usage(format!(
            "{wanted:?} is neither a row (kubectl appgw rows lists them), nor a resolution (A to I), nor a method of one (such as A.3), nor a finding: {}",
            known.join(", ")
        )));
    };
    files::print(&match args.output {
        flags::Explained::Table => page.text(),
        flags::Explained::Markdown => page.markdown(),
    })?;
    Ok(0)
}

fn row(entry: &Entry) -> Page {
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
    page
}

/// What a finding means, what it rests on, and what a person can do about it.
pub(super) fn finding(known: &findings::Known, all: &[Entry]) -> Page {
    let findings::Known {
        id,
        rows,
        letter,
        means,
    } = known;
    let rests_on: Vec<&Entry> = all
        .iter()
        .filter(|entry| rows.contains(&entry.id))
        .collect();
    let corrections = rests_on.iter().filter(|entry| !entry.correction.is_empty());
    let corrections: Vec<String> = corrections
        .map(|entry| format!("{}: {}", entry.id, entry.correction))
        .collect();
    let rows: Vec<String> = rests_on
        .iter()
        .map(|entry| format!("{}: {}", entry.id, entry.says))
        .collect();
    let named = LETTERS.into_iter().find(|it| it.as_str() == *letter);
    let letter = named.map_or_else(
        || "none: no letter of the article mends it".to_owned(),
        |letter| format!("{letter}: {}", purpose(letter)),
    );
    let checks = checks::of(id);
    let mut page = Page::titled(id);
    page.say("Means", &[means]);
    page.say("Resolution", &[letter]);
    page.say("Rows", &rows);
    page.say("Look next", &[checks.map_or("", |it| it.next)]);
    page.type_in("By hand", checks.map_or("", |it| it.by_hand));
    page.say("Correction", &corrections);
    page
}

fn resolution(letter: Letter, all: &[Entry]) -> Page {
    let mut page = Page::titled(letter.as_str());
    page.say("For", &[purpose(letter)]);
    let methods: Vec<String> = resolutions::of(letter)
        .map(|it| format!("{}: {}", it.id, it.title))
        .collect();
    page.say("Methods", &methods);
    let leads = |entry: &&Entry| entry.leads_to.iter().any(|to| to == letter.as_str());
    let rows: Vec<String> = all
        .iter()
        .filter(leads)
        .map(|entry| format!("{}: {}", entry.id, entry.says))
        .collect();
    page.say("Rows", &rows);
    let found = findings::ALL
        .iter()
        .filter(|known| known.letter == letter.as_str());
    let found: Vec<&str> = found.map(|known| known.id).collect();
    page.say("Findings", &found);
    page
}

fn method(known: &Method) -> Page {
    let Method {
        id,
        letter,
        reach,
        title,
        changes,
        article,
        draft: _,
    } = known;
    let who = match reach {
        Reach::Executable => "the operator, once a person approved the plan",
        Reach::Guided => "a person: it is shown and never run",
    };
    let mut page = Page::titled(id);
    page.say("Does", &[title]);
    page.say("Resolution", &[format!("{letter}: {}", purpose(*letter))]);
    page.say("Changes", &[changes]);
    page.say("Article", &[article]);
    page.say("Done by", &[who]);
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::page::WIDTH;

    #[test]
    fn every_row_of_a_step_says_what_it_leads_to_and_looks_at() {
        let all = entries();
        for entry in all.iter().filter(|entry| entry.step != "map") {
            let page = row(entry).text();
            for name in ["Holds when", "Step", "Leads to", "Looks at", "Needs"] {
                assert!(page.contains(&format!("\n{name}  ")), "{page}");
            }
        }
    }

    #[test]
    fn no_page_is_wider_than_a_terminal() {
        let all = entries();
        let rows = all.iter().map(row);
        let found = findings::ALL.iter().map(|known| finding(known, &all));
        let letters = LETTERS.into_iter().map(|letter| resolution(letter, &all));
        let methods = resolutions::all().map(method);
        for page in rows.chain(found).chain(letters).chain(methods) {
            let text = page.text();
            assert!(
                text.lines().all(|line| line.chars().count() <= WIDTH),
                "{text}"
            );
        }
    }
}
