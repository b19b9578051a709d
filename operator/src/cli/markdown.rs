//! For a ticket. Text from Azure is plain text in it, whatever it holds.
use super::text::escaped;
use appgw_crds::{AppGatewayDiagnosisStatus, Finding};
use appgw_runbook::catalogue::{Entry, entries};
use std::fmt::Write as _;

/// A whole outcome.
pub(super) fn outcome(id: &str, status: &AppGatewayDiagnosisStatus) -> String {
    let mut page = Page::default();
    let verdict = status.verdict.map_or("", |verdict| verdict.as_str());
    page.block(format!(
        "# HTTP 502 on {}: {verdict}",
        escaped(&status.gateway.name)
    ));
    page.block(escaped(&status.conclusion));
    page.list(&facts(id, status));
    for (n, finding) in status.findings.iter().enumerate() {
        page.finding(n + 1, finding);
    }
    page.section("Questions", &status.questions);
    page.section("Gaps", &status.gaps);
    page.section("Path", &status.path);
    if !status.rows.is_empty() {
        page.block("## Steps and rows");
        page.block(steps(status));
    }
    page.0
}

/// A list of rows.
pub(super) fn rows(all: &[Entry]) -> String {
    let mut table = table(&[
        "Row",
        "Holds when",
        "Leads to",
        "Looks at",
        "Needs",
        "Correction",
    ]);
    for entry in all {
        let Entry {
            id,
            step: _,
            says,
            leads_to,
            asks,
            permissions,
            correction,
        } = entry;
        let cells = [
            id,
            *says,
            &leads_to.join(", "),
            &asks.join("; "),
            &permissions.join("; "),
            correction,
        ];
        row(&mut table, cells);
    }
    table
}

/// What is known of the gateway, a line each.
fn facts(id: &str, status: &AppGatewayDiagnosisStatus) -> Vec<String> {
    let gateway = &status.gateway;
    let joined = |texts: [&str; 2]| {
        let said: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        said.join(", ")
    };
    let taken_at = status
        .last_run
        .as_ref()
        .map(|run| run.finished_at.0.to_string());
    [
        ("Gateway", id.to_owned()),
        ("Tier and region", joined([&gateway.tier, &gateway.region])),
        (
            "State",
            joined([&gateway.provisioning_state, &gateway.operational_state]),
        ),
        ("Servers down", status.counts.unhealthy.clone()),
        ("Taken at", taken_at.unwrap_or_default()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| format!("{name}: {value}"))
    .collect()
}

/// Every row in the article's order, beside its step and the word of that.
fn steps(status: &AppGatewayDiagnosisStatus) -> String {
    let mut table = table(&["Step", "Seen", "Row", "Holds when", "What was seen"]);
    let mut last = "";
    for entry in entries() {
        let word = status
            .steps
            .get(entry.step)
            .map_or("", |word| word.as_str());
        // Said once a step.
        let (step, word) = if entry.step == last {
            ("", "")
        } else {
            (entry.step, word)
        };
        last = entry.step;
        let seen = status.rows.get(entry.id).map_or("", String::as_str);
        row(&mut table, [step, word, entry.id, entry.says, seen]);
    }
    table
}

/// The head of a table.
pub(super) fn table(names: &[&str]) -> String {
    format!(
        "| {} |\n|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    )
}

/// One line of it.
pub(super) fn row<const N: usize>(table: &mut String, cells: [&str; N]) {
    // Writing to a string cannot fail.
    let _ = writeln!(table, "| {} |", cells.map(escaped).join(" | "));
}

/// Blocks with a blank line between them.
#[derive(Default)]
struct Page(String);

impl Page {
    fn block(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref().trim_end();
        if !text.is_empty() {
            let gap = if self.0.is_empty() { "" } else { "\n" };
            // Writing to a string cannot fail.
            let _ = writeln!(self.0, "{gap}{text}");
        }
    }

    fn list(&mut self, texts: &[String]) {
        let items: Vec<String> = texts
            .iter()
            .map(|text| format!("- {}", escaped(text)))
            .collect();
        self.block(items.join("\n"));
    }

    fn section(&mut self, title: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.block(format!("## {title}"));
            self.list(texts);
        }
    }

    fn finding(&mut self, n: usize, finding: &Finding) {
        // In full, so that a new part cannot be forgotten here.
        let Finding {
            id,
            row,
            letter,
            confidence,
            subject,
            says,
            because,
            against,
            correction,
            target,
            more,
        } = finding;
        self.block(format!("## Finding {n}: {}", escaped(id)));
        self.block(escaped(says));
        let letter = letter.map_or("none", |letter| letter.as_str());
        let facts = [
            ("Confidence", confidence.as_str()),
            ("Resolution", letter),
            ("Row", row),
            ("Subject", subject),
            ("Target", target),
            ("More", more),
        ];
        let said = facts.into_iter().filter(|(_, value)| !value.is_empty());
        self.list(
            &said
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>(),
        );
        for (name, texts) in [("Because", because), ("Against", against)] {
            if !texts.is_empty() {
                self.block(format!("{name}:"));
                self.list(texts);
            }
        }
        if !correction.is_empty() {
            self.block(format!("Correction: {}", escaped(correction)));
        }
    }
}
