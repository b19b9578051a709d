//! Step 6a. Is the access log kept where it can be queried?
use crate::{
    facts::{Blocked, json::one_line},
    id::{
        StepId::{S6a, S6b},
        Subject,
    },
    step::{Looks, Next, Row, Seen, Step, seen_if},
    view::View,
};

pub(super) static STEP: Step = Step {
    id: S6a,
    asks: "Is the access log kept where it can be queried?",
    title: "access logs",
    looks: &[Looks::DiagnosticSettings],
    all_clear: Some("6a.2"),
    routes: true,
    skipped: "there is no serving gateway to ask about",
    rows: &[
        Row {
            id: "6a.1",
            says: "No setting ships the access log to a workspace",
            next: Next::Map,
            when: not_kept,
            correction: Some("A workspace is not enough: the setting must ship the access log"),
        },
        Row {
            id: "6a.2",
            says: "The access log goes to a workspace",
            next: Next::Step(S6b),
            when: kept,
            correction: None,
        },
    ],
};

fn not_kept(view: &View<'_>, of: &Subject) -> Seen {
    let settings = view.log_settings()?;
    match settings.unsure {
        Some(why) if settings.usable.is_empty() => Err(Blocked::Unclear(why)),
        _ => seen_if(settings.usable.is_empty(), of, || {
            if settings.others.is_empty() {
                "no diagnostic setting".into()
            } else {
                settings.others.join("; ")
            }
        }),
    }
}

fn kept(view: &View<'_>, of: &Subject) -> Seen {
    let settings = view.log_settings()?;
    match settings.unsure {
        Some(why) if settings.usable.is_empty() => Err(Blocked::Unclear(why)),
        _ => {
            let ways = settings.usable.iter().map(|to| {
                let (workspace, table) = (one_line(to.workspace.name()), to.table.name());
                format!("{} fills {table} of workspace {workspace}", to.setting)
            });
            let ways: Vec<String> = ways.collect();
            seen_if(!ways.is_empty(), of, || ways.join("; "))
        }
    }
}
