//! `lint`: what the API server would refuse in a manifest, what this release does not obey, and what
//! is legal and likely a mistake.
mod likely;

use super::{
    check, failed::Failed, files, flags, manifest, outcome::json, shapes, text::printable,
};
use crate::{
    refusals,
    timing::Timing,
    wire::{APPROVE, APPROVED_BY, PAUSED, REASON, REJECT, REJECTED_BY, ROLLBACK, RUN_NOW},
};
use appgw_crds::{AppGatewayDiagnosisSpec, GROUP, limits};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Oftener than this by the clock is often.
const OFTEN: Duration = Duration::from_secs(300);
/// So many objects that are visited often are many: each visit is ten reads or more, and Azure
/// counts them by subscription.
const MANY: usize = 20;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// The API server takes no such object.
    Invalid,
    /// It takes it, and the operator of this release does nothing for it.
    Refused,
    /// Legal, and likely not what was meant.
    Remark,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::Refused => "REFUSED",
            Self::Remark => "REMARK",
        }
    }
}

/// One thing to say, of one object or of all.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Remark {
    /// Which document of the file, from 1; 0 for all of them together.
    document: usize,
    /// `namespace/name`, as far as it is said.
    object: String,
    level: Level,
    /// Where; empty for the whole object.
    field: String,
    says: String,
}

/// Reads the file and says what there is to say of it.
pub(super) fn lint(args: &flags::Lint) -> Result<u8, Failed> {
    let text = files::read(&args.file)?;
    let documents = manifest::documents(&text).map_err(|why| files::wrong(&args.file, why))?;
    let documents = unfolded(documents);
    if documents.is_empty() {
        return Err(files::wrong(&args.file, "there is no object in it"));
    }
    let names: Vec<String> = documents.iter().map(name).collect();
    let remarks = remarks(documents, Timestamp::now());
    files::print(&match args.output {
        flags::Remarks::Table => table(&names, &remarks),
        flags::Remarks::Json => json(&remarks)?,
    })?;
    Ok(u8::from(!remarks.is_empty()))
}

/// A List as `kubectl get -o yaml` prints it stands for what is in it.
fn unfolded(documents: Vec<Value>) -> Vec<Value> {
    let unfold = |mut document: Value| match document.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if document["kind"] == "List" => items,
        Some(other) => {
            document["items"] = other;
            vec![document]
        }
        None => vec![document],
    };
    documents.into_iter().flat_map(unfold).collect()
}

fn remarks(documents: Vec<Value>, now: Timestamp) -> Vec<Remark> {
    let mut all = Vec::new();
    let (mut names, mut gateways) = (BTreeMap::new(), BTreeMap::new());
    let mut often = 0_usize;
    for (n, document) in (1..).zip(documents) {
        let object = name(&document);
        let mut say = |level: Level, field: &str, says: String| {
            let (field, object) = (field.to_owned(), object.clone());
            all.push(Remark {
                document: n,
                object,
                level,
                field,
                says,
            });
        };
        let noted = metadata(&document);
        let spec = match manifest::object(document) {
            Ok(spec) => spec,
            Err(why) => {
                say(Level::Invalid, "", why);
                continue;
            }
        };
        for (level, field, says) in noted {
            say(level, &field, says);
        }
        let spec = match check::spec(spec) {
            Ok(spec) => spec,
            Err(lines) => {
                for line in lines {
                    let (field, says) = line.split_once(": ").unwrap_or(("", &line));
                    say(Level::Invalid, field, says.to_owned());
                }
                continue;
            }
        };
        if let Some(first) = names
            .insert(object.clone(), n)
            .filter(|_| !object.is_empty())
        {
            let says = format!("document {first} has the same name and is overwritten by this one");
            say(Level::Invalid, "metadata.name", says);
        }
        for (level, field, says) in of(&spec, now) {
            say(level, field, says);
        }
        let id = spec.gateway.resource_id.to_lowercase();
        if let Some(first) = gateways.insert(id, n) {
            let says = format!("document {first} names the same gateway: one diagnosis is enough");
            say(Level::Remark, "spec.gateway.resourceId", says);
        }
        often += usize::from(likely::shortest(&spec, now).is_some_and(|wait| wait < OFTEN));
    }
    if often > MANY {
        all.push(Remark {
            document: 0,
            object: String::new(),
            level: Level::Remark,
            field: "spec.interval".to_owned(),
            says: format!(
                "{often} diagnoses come oftener than every 5 minutes; together they may meet the limit of reads that Azure sets a subscription"
            ),
        });
    }
    all
}

/// What there is to say of a spec that has the right shape.
fn of(spec: &AppGatewayDiagnosisSpec, now: Timestamp) -> Vec<(Level, &'static str, String)> {
    let mut all = Vec::new();
    let id = &spec.gateway.resource_id;
    if id.len() > limits::ARM_ID || !shapes::is_arm_id(id) {
        let says = format!("expected {}", shapes::ARM_ID);
        all.push((Level::Invalid, "spec.gateway.resourceId", says));
    }
    if let Some(why) = refusals::refusal(spec) {
        all.push((Level::Refused, "spec", why));
    }
    let likely = likely::mistakes(spec, now).into_iter();
    all.extend(likely.map(|(field, says)| (Level::Remark, field, says)));
    all
}

/// What there is to say of name, namespace and annotations, and of a status that nobody takes.
fn metadata(document: &Value) -> Vec<(Level, String, String)> {
    let mut all = Vec::new();
    let metadata = &document["metadata"];
    let text = |field: &str| metadata[field].as_str();
    let mut wrong = |field: &str, says: &str| {
        let field = format!("metadata.{field}");
        all.push((Level::Invalid, field, says.to_owned()));
    };
    match (text("name"), text("generateName")) {
        (Some(name), _) if name.len() > 253 || !name.split('.').all(is_label) => wrong(
            "name",
            "expected lower-case letters, digits, dashes and dots, at most 253 of them",
        ),
        (None | Some(""), None | Some("")) => wrong("name", "missing"),
        _ => {}
    }
    if text("namespace").is_some_and(|name| name.len() > 63 || !is_label(name)) {
        wrong(
            "namespace",
            "expected lower-case letters, digits and dashes, at most 63 of them",
        );
    }
    let annotations = metadata["annotations"].as_object();
    for key in annotations.into_iter().flatten().map(|(key, _)| key) {
        let ours = key
            .strip_prefix(GROUP)
            .is_some_and(|key| key.starts_with('/'));
        if ours && ![RUN_NOW, PAUSED].contains(&key.as_str()) {
            let decides = [APPROVE, APPROVED_BY, REJECT, REJECTED_BY, REASON, ROLLBACK];
            let says = if decides.contains(&key.as_str()) {
                "a manifest decides nothing: plans have ids only once the object is there"
                    .to_owned()
            } else {
                format!("not obeyed by this release, which knows {RUN_NOW} and {PAUSED}")
            };
            all.push((Level::Remark, format!("metadata.annotations.{key}"), says));
        }
    }
    if document.get("status").is_some() {
        let says = "written by the operator alone; what a manifest says is dropped".to_owned();
        all.push((Level::Remark, "status".to_owned(), says));
    }
    all
}

fn is_label(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(edge) && text.ends_with(edge) && text.chars().all(|c| edge(c) || c == '-')
}

/// `namespace/name`, as far as it is said.
fn name(document: &Value) -> String {
    let metadata = &document["metadata"];
    let text = |field: &str| metadata[field].as_str().filter(|text| !text.is_empty());
    match (text("namespace"), text("name")) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        (None, Some(name)) => name.to_owned(),
        (_, None) => String::new(),
    }
}

fn table(names: &[String], remarks: &[Remark]) -> String {
    let mut lines = Vec::new();
    let shown = |n: usize, name: &str| match (n, name) {
        (0, _) => "all".to_owned(),
        (n, "") => format!("document {n}"),
        (_, name) => name.to_owned(),
    };
    for (n, name) in (1..).zip(names) {
        let of_it: Vec<&Remark> = remarks.iter().filter(|it| it.document == n).collect();
        if of_it.is_empty() {
            lines.push(format!("{:<8} {}", "OK", shown(n, name)));
        }
        lines.extend(
            of_it
                .into_iter()
                .map(|remark| line(remark, &shown(n, name))),
        );
    }
    let of_all = remarks.iter().filter(|it| it.document == 0);
    lines.extend(of_all.map(|remark| line(remark, &shown(0, ""))));
    // Names and values are a stranger's.
    printable(&(lines.join("\n") + "\n"))
}

fn line(remark: &Remark, object: &str) -> String {
    let Remark {
        document: _,
        object: _,
        level,
        field,
        says,
    } = remark;
    let place = if field.is_empty() { "" } else { ": " };
    format!(
        "{:<8} {object}: {field}{place}{}",
        level.as_str(),
        says.replace('\n', " ")
    )
}

#[cfg(test)]
mod tests;
