//! The pages under `docs` that are made from the catalogue, so that they cannot say anything else than the tool.
//!
//! `cargo run -p appgw-operator --bin kubectl-appgw -- docs docs` writes them; a test holds that they are up to date.
mod rights;

use super::{
    catalogue,
    failed::Failed,
    files, findings,
    flags::{self, Cli},
    markdown,
    text::escaped,
};
use appgw_runbook::{
    catalogue::{Entry, entries},
    resolutions::{self, Reach},
};
use clap::CommandFactory as _;
use std::{collections::BTreeMap, fmt::Write as _, fs};

/// Stands at the head of every page that nobody edits.
const MADE: &str = "<!-- Made by `kubectl appgw docs docs`; edits are lost. -->\n\n";

/// Writes all of them into a folder; pages of findings that are no more are removed.
pub(super) fn docs(args: &flags::Docs) -> Result<u8, Failed> {
    let failed = |error| files::wrong(&args.folder, error);
    let found = args.folder.join("findings");
    if found.exists() {
        fs::remove_dir_all(&found).map_err(failed)?;
    }
    fs::create_dir_all(&found).map_err(failed)?;
    for (name, text) in pages() {
        fs::write(args.folder.join(name), text).map_err(failed)?;
    }
    Ok(0)
}

/// Every page, by its path within the folder.
fn pages() -> BTreeMap<String, String> {
    let all = entries();
    let mut pages = BTreeMap::from([
        ("rows.md".to_owned(), rows(&all)),
        ("permissions.md".to_owned(), rights::page()),
        ("cli.md".to_owned(), cli()),
        ("resolutions.md".to_owned(), methods()),
        ("findings/README.md".to_owned(), index()),
    ]);
    for known in findings::ALL {
        let page = catalogue::finding(known, &all).markdown();
        pages.insert(format!("findings/{}.md", known.id), page);
    }
    for page in pages.values_mut() {
        *page = format!("{MADE}{}\n", page.trim_end());
    }
    pages
}

fn rows(all: &[Entry]) -> String {
    let corrected = all.iter().filter(|entry| !entry.correction.is_empty());
    let mut page = format!(
        "# The {} rows\n\nEvery row of the article under its number, in the article's order: when it holds, where the article \
         goes from there, and by step what is looked at and which Azure actions that takes. {} of them have a correction: what the \
         article would have read or done, and why the tool does not. `kubectl appgw explain ROW` shows one of them.\n",
        all.len(),
        corrected.count(),
    );
    let mut steps: Vec<&str> = all.iter().map(|entry| entry.step).collect();
    steps.dedup();
    for step in steps {
        let title = match step {
            "map" => "The decision map".to_owned(),
            step => format!("Step {step}"),
        };
        let of_it: Vec<&Entry> = all.iter().filter(|it| it.step == step).collect();
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {title}\n\n");
        // The same for every row of a step.
        if let Some(first) = of_it.first().filter(|it| !it.asks.is_empty()) {
            let (asks, needs) = (first.asks.join("; "), first.permissions.join("`, `"));
            let _ = write!(page, "Looks at: {}. Needs: `{needs}`.\n\n", escaped(&asks));
        }
        let mut table = markdown::table(&["Row", "Holds when", "Leads to", "Correction"]);
        for entry in of_it {
            let leads_to = entry.leads_to.join(", ");
            markdown::row(
                &mut table,
                [entry.id, entry.says, &leads_to, entry.correction],
            );
        }
        page += &table;
    }
    page
}

/// All methods by letter.
fn methods() -> String {
    let mut page = "# Resolutions\n\nWhat the article's resolutions do, a method each, under ids that never change their meaning. \
         A plan is a method made concrete; [approval.md](approval.md) says how one is approved. What is marked *by a person* is \
         shown and never run.\n"
        .to_owned();
    for letter in catalogue::LETTERS {
        let _ = write!(page, "\n## {letter}: {}\n", resolutions::purpose(letter));
        for it in resolutions::of(letter) {
            let _ = write!(
                page,
                "\n### {} {}{}\n\n{}\n\nThe article: {}\n",
                it.id,
                escaped(it.title),
                if it.reach == Reach::Guided {
                    " (by a person)"
                } else {
                    ""
                },
                escaped(it.changes),
                escaped(it.article)
            );
        }
    }
    page
}

/// One table that lists every id there is.
fn index() -> String {
    let mut page = "# Findings\n\nEvery finding there is. Ids never change their meaning; in events they read without dashes \
        (`NsgDenyProbe`). Those that begin with `x.` come from checks that the article lacks and rest on none of its rows.\n\n\
        | Finding | Rows | Resolution | Means |\n|---|---|---|---|\n"
        .to_owned();
    for known in findings::ALL {
        let _ = writeln!(
            page,
            "| [{0}]({0}.md) | {1} | {2} | {3} |",
            known.id,
            known.rows.join(", "),
            known.letter,
            escaped(known.means)
        );
    }
    page
}

/// What `--help` says, of every command.
fn cli() -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = "# kubectl appgw\n\nWhat `--help` prints, command by command.\n".to_owned();
    let mut add = |title: &str, command: &mut clap::Command| {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(
            page,
            "\n## {title}\n\n```text\n{}\n```\n",
            lines.join("\n").trim_end()
        );
    };
    add("kubectl appgw", &mut command.clone());
    let shown = |it: &&mut clap::Command| !it.is_hide_set() && it.get_name() != "help";
    for of_it in command.get_subcommands_mut().filter(shown) {
        let title = format!("kubectl appgw {}", of_it.get_name());
        add(&title, of_it);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
    }

    #[test]
    fn the_pages_on_disk_are_those_that_would_be_written() {
        let how = "stale: cargo run -p appgw-operator --bin kubectl-appgw -- docs docs";
        let pages = pages();
        for (name, text) in &pages {
            let kept = fs::read_to_string(folder().join(name)).unwrap_or_default();
            assert!(kept == *text, "docs/{name} is {how}");
        }
        for entry in fs::read_dir(folder().join("findings")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                pages.contains_key(&format!("findings/{name}")),
                "docs/findings/{name} is {how}"
            );
        }
    }

    #[test]
    fn every_row_finding_command_and_method_is_on_a_page() {
        let pages = pages();
        for entry in entries() {
            assert!(
                pages["rows.md"].contains(&format!("| {} | ", entry.id)),
                "{}",
                entry.id
            );
        }
        for known in findings::ALL {
            let page = &pages[&format!("findings/{}.md", known.id)];
            for part in ["## Means", "## Resolution", "## Look next", "## By hand"] {
                assert!(page.contains(part), "{}: {page}", known.id);
            }
        }
        for command in ["diagnose", "replay", "rows", "explain", "lint", "doctor"] {
            assert!(
                pages["cli.md"].contains(&format!("## kubectl appgw {command}\n")),
                "{command}"
            );
        }
        assert!(!pages["cli.md"].contains("## kubectl appgw docs"));
        for it in resolutions::all() {
            assert!(pages["resolutions.md"].contains(&format!("### {} ", it.id)));
        }
    }

    #[test]
    fn they_are_written_whole_and_what_is_no_more_is_removed() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("findings")).unwrap();
        fs::write(place.path().join("findings/gone.md"), "x").unwrap();
        fs::write(place.path().join("own.md"), "x").unwrap();
        let args = flags::Docs {
            folder: place.path().to_owned(),
        };
        assert_eq!(docs(&args), Ok(0));
        for (name, text) in pages() {
            assert_eq!(fs::read_to_string(place.path().join(name)).unwrap(), text);
        }
        assert!(!place.path().join("findings/gone.md").exists());
        assert!(place.path().join("own.md").exists());
    }
}
