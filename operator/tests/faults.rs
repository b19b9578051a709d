//! `docs/article-faults.md` names a test for each fault of the article; this holds it to that.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(missing_docs, reason = "a test")]
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names of functions that are tests, in every crate.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                tests(&path, found);
            }
            continue;
        }
        if path.extension().is_none_or(|it| it != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            let named = line.trim_start_matches("async ").strip_prefix("fn ");
            if let Some(rest) = named {
                let end = rest.find(['(', '<']).unwrap_or(rest.len());
                if std::mem::take(&mut is_test) {
                    found.insert(rest[..end].to_owned());
                }
            }
        }
    }
}

#[test]
fn every_fault_of_looking_names_a_test_that_is_there() {
    let mut all = BTreeSet::new();
    for member in ["crds", "operator", "e2e"] {
        tests(&root().join(member), &mut all);
    }
    assert!(all.contains("every_fault_of_looking_names_a_test_that_is_there"));
    let page = fs::read_to_string(root().join("docs/article-faults.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| no."))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut numbers = Vec::new();
    for row in &rows {
        let [number, article, here, held] = row.as_slice() else {
            panic!("{row:?}");
        };
        numbers.push(number.parse::<usize>().unwrap());
        assert!(!article.is_empty() && !here.is_empty(), "{row:?}");
        match held.trim_matches('`') {
            // Then it has to say why.
            "—" => assert!(here.starts_with("not in the product: "), "{row:?}"),
            name => assert!(all.contains(name), "{number}: no test {name}"),
        }
    }
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
}
