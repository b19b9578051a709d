//! The article's graph: every row there, once, in order, and every step reached from the first.
use appgw_runbook::{catalogue::entries, id::StepId, step::Next, steps};
use std::collections::BTreeSet;

#[test]
fn sixty_rows_in_the_article_s_order() {
    let counts = [
        ("1a", 5),
        ("1b", 6),
        ("2a", 2),
        ("2b", 4),
        ("2c", 4),
        ("2c-1", 3),
        ("2d", 6),
        ("3", 3),
        ("4", 4),
        ("5", 5),
        ("6a", 2),
        ("6b", 4),
        ("map", 12),
    ];
    let wanted: Vec<String> = counts
        .iter()
        .flat_map(|(step, n)| (1..=*n).map(move |row| format!("{step}.{row}")))
        .collect();
    let ids: Vec<&str> = entries().iter().map(|entry| entry.id).collect();
    assert_eq!(ids, wanted);
    assert_eq!(ids.len(), 60);
}

#[test]
fn every_step_is_reached_and_names_its_own_all_clear_row() {
    let mut reached = BTreeSet::from([StepId::S1a]);
    for _ in StepId::ALL {
        for (step, row) in steps::rows() {
            if let (true, Next::Step(to)) = (reached.contains(&step.id), row.next) {
                reached.insert(to);
            }
        }
    }
    assert_eq!(reached.len(), StepId::ALL.len());
    for id in StepId::ALL {
        let step = steps::get(id);
        assert_eq!(step.id, id);
        if let Some(clear) = step.all_clear {
            assert!(step.rows.iter().any(|row| row.id == clear), "{clear}");
        }
        assert!(step.rows.iter().all(|row| row.id.starts_with(id.as_str())));
    }
}

#[test]
fn the_catalogue_as_people_read_it() {
    let lines: Vec<String> = entries()
        .iter()
        .map(|e| format!("{:<7} > {:<5} {}", e.id, e.leads_to.join(","), e.says))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
