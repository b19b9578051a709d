//! For a terminal: the lines that `kubectl describe` shows, and the rest in full.
use appgw_crds::AppGatewayDiagnosisStatus;

/// Summary, conclusion and verdict, questions and gaps.
pub(super) fn outcome(status: &AppGatewayDiagnosisStatus) -> String {
    let mut lines = status.summary.clone();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let mut named = |name: &str, text: &str| lines.push(format!("{name:<12}{text}"));
    named("Conclusion", &status.conclusion);
    named(
        "Verdict",
        status.verdict.map_or("", |verdict| verdict.as_str()),
    );
    for question in &status.questions {
        named("Question", question);
    }
    for gap in &status.gaps {
        named("Gap", gap);
    }
    lines.join("\n") + "\n"
}
