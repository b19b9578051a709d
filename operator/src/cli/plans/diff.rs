//! A plan as a page, and as JSON.
use crate::cli::text::printable;
use appgw_crds::Plan;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Everything a person should read before saying yes.
pub(super) fn page(plan: &Plan) -> String {
    let mut out = String::new();
    let risk = plan
        .risk
        .map_or(String::new(), |it| format!(", {} risk", it.as_str()));
    // Writing to a String does not fail.
    let _ = writeln!(out, "{}  {}{risk}", plan.id, plan.state.as_str());
    let _ = writeln!(out, "  {}", printable(&plan.title));
    if let Some(withheld) = &plan.withheld {
        let reason = withheld.reason.as_str();
        let _ = writeln!(
            out,
            "  withheld: {reason}: {}",
            printable(&withheld.message)
        );
    }
    let parts = [
        ("changes", &plan.changes),
        ("effects", &plan.effects),
        ("checks", &plan.checks),
        ("verify", &plan.verify),
        ("undo", &plan.undo),
    ];
    for (name, lines) in parts {
        if !lines.is_empty() {
            let _ = writeln!(out, "  {name}");
            for line in lines {
                let _ = writeln!(out, "    {}", printable(line));
            }
        }
    }
    if let Some(end) = &plan.expires_at {
        let _ = writeln!(out, "  can be approved until {}", end.0);
    }
    out
}

/// The plan with its content as what it is.
pub(super) fn whole(plan: &Plan) -> Value {
    let content: Value = serde_json::from_str(&plan.content).unwrap_or(Value::Null);
    let mut whole = serde_json::to_value(plan).unwrap_or_else(|_| json!({}));
    whole["content"] = content;
    whole
}
