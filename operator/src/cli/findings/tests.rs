use super::*;
use appgw_runbook::catalogue;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Words of the runbook that look like the id of a finding and are none.
const OTHERS: [&str; 8] = [
    "allow-appgw-management",
    "allow-azure-load-balancer",
    "azure-service-operator",
    "defaultprobe-http",
    "ingress-for-aks-cluster-id",
    "managed-by",
    "private-root",
    "time-out",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// Every text in the runbook that is words joined by dashes, tests left out.
fn ids() -> BTreeSet<String> {
    let mut files = vec![];
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("runbook/src"),
        &mut files,
    );
    let mut ids = BTreeSet::new();
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code: String = code
            .lines()
            .filter(|line| !line.trim().starts_with("//"))
            .collect();
        let is_id = |text: &&str| {
            let bare = text.strip_prefix("x.").unwrap_or(text);
            let word =
                |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
            bare.split('-').all(word) && (bare.contains('-') || bare != *text)
        };
        ids.extend(code.split('"').filter(is_id).map(str::to_owned));
    }
    ids
}

#[test]
fn every_finding_of_the_runbook_is_here_and_no_other() {
    let here: BTreeSet<String> = ALL.iter().map(|known| known.id.to_owned()).collect();
    let mut there = ids();
    there.retain(|id| !OTHERS.contains(&id.as_str()));
    assert_eq!(here, there);
    assert_eq!(here.len(), ALL.len());
}

#[test]
fn each_rests_on_rows_that_exist_and_says_one_sentence() {
    let entries = catalogue::entries();
    for known in ALL {
        assert!(
            !known.rows.is_empty() || known.id.starts_with("x."),
            "{}",
            known.id
        );
        for row in known.rows {
            assert!(
                entries.iter().any(|entry| entry.id == *row),
                "{}: {row}",
                known.id
            );
        }
        assert!(
            known.means.ends_with('.') && known.means.len() < 160,
            "{}",
            known.id
        );
    }
}

#[test]
fn found_by_id_and_by_the_reason_of_the_event() {
    for name in ["nsg-deny-probe", "NsgDenyProbe", " NSG-DENY-PROBE"] {
        assert_eq!(find(name).unwrap().id, "nsg-deny-probe", "{name}");
    }
    assert!(find("nsg").is_none() && find("").is_none());
}
