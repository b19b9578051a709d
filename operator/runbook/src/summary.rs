//! The summary: what `kubectl describe` shows, at most 40 lines of 100 columns.
use crate::{
    facts::health::few,
    report::{Confidence, Report, Word},
    step::Step,
    steps, verdict,
    walk::Walk,
};

const WIDTH: usize = 100;
const LINES: usize = 40;

/// The lines; `file` is what to file with Azure's support, if anything.
pub(crate) fn lines(report: &Report, walk: &Walk, file: &[String]) -> Vec<String> {
    let mut lines = vec![row("STEP", "SEEN", "WHAT WAS CHECKED", "WHAT WAS SEEN")];
    for (id, word) in &report.steps {
        let step = steps::get(*id);
        lines.push(row(
            id.as_str(),
            &word.as_str().to_uppercase(),
            step.title,
            &seen(report, walk, step, *word),
        ));
    }
    if !report.findings.is_empty() {
        lines.push(String::new());
    }
    for finding in &report.findings {
        let cause = match finding.letter {
            Some(letter) => format!("CAUSE {letter}"),
            None if finding.confidence == Confidence::Inconclusive => "HINT".to_owned(),
            None => "CAUSE".to_owned(),
        };
        lines.push(cut(&format!(
            "{cause}  {}  {}  {}",
            finding.confidence.as_str(),
            finding.id,
            finding.subject
        )));
        lines.extend(wrap(&finding.says));
    }
    if !file.is_empty() {
        lines.extend([String::new(), "SUPPORT  ready to file".to_owned()]);
        lines.extend(file.iter().flat_map(|sentence| wrap(sentence)));
    }
    for question in &report.questions {
        lines.push(cut(&format!("ASKED  {question}")));
    }
    for gap in &report.gaps {
        lines.push(cut(&format!("GAP    {gap}")));
    }
    if lines.len() > LINES {
        let more = lines.len() + 1 - LINES;
        lines.truncate(LINES - 1);
        lines.push(format!("… {more} lines more: see findings and gaps"));
    }
    lines
}

fn row(step: &str, word: &str, title: &str, seen: &str) -> String {
    cut(&format!("{step:<5} {word:<5} {title:<20}  {seen}"))
}

/// What a step saw, in one line: the row that led on, else what kept it undecided.
fn seen(report: &Report, walk: &Walk, step: &Step, word: Word) -> String {
    let evidence: Vec<String> = step
        .rows
        .iter()
        .flat_map(|row| walk.sightings(row.id))
        .map(|sighting| {
            let subject = sighting.subject.to_string();
            if subject == "gateway" || subject.starts_with("nsg:") || subject.starts_with("route:")
            {
                sighting.evidence.clone()
            } else {
                format!("{subject}: {}", sighting.evidence)
            }
        })
        .collect();
    let mut distinct: Vec<&str> = Vec::new();
    for text in &evidence {
        if !distinct.contains(&text.as_str()) {
            distinct.push(text);
        }
    }
    if !distinct.is_empty() {
        let mut text = few(&distinct);
        if step.id == crate::id::StepId::S1a && !report.gateway.tier.is_empty() {
            text = format!("{text}, {}", report.gateway.tier);
        }
        return text;
    }
    if word == Word::Skip {
        return step.skipped.to_owned();
    }
    let value = |row| verdict::value(step, row, walk.seen.get(row.id));
    let open = step.rows.iter().map(value).find(|value| value != "no");
    let open = open.unwrap_or_else(|| "no row of the article fits".to_owned());
    open.split_once(": ")
        .map_or(open.clone(), |(_, why)| why.to_owned())
}

/// Cut at the width, on a character.
fn cut(text: &str) -> String {
    let text = text.trim_end();
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH - 1).chain(['…']).collect()
}

/// A sentence over several indented lines.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = "     ".to_owned();
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
            lines.push(cut(&line));
            "     ".clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(cut(&line));
    lines
}
