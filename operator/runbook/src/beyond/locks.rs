//! A lock that forbids even looking.
use crate::{
    facts::{
        Blocked, Gap,
        json::{list, one_line, text},
    },
    id::{ArmId, Subject},
    report::{Confidence, Finding},
    step::{Next, Seen, Sighting},
    view::View,
    walk::Walk,
};

/// Asking for health is a POST, which a `ReadOnly` lock on the gateway, its group or its subscription forbids.
/// No cause of anything, but what keeps the best evidence away.
pub(super) fn health(view: &View<'_>, _: &Walk) -> Seen {
    let Err(Blocked::Gap(_, Gap::Locked)) = view.health() else {
        return Ok(vec![]);
    };
    let all = format!("{}/providers/Microsoft.Authorization/locks", view.id());
    let held = match view.facts.document(&ArmId::new(&all)) {
        Ok(body) => list(body, &["value"])
            .filter(|lock| {
                let level = text(lock, &["properties", "level"]);
                level.is_some_and(|level| level.eq_ignore_ascii_case("ReadOnly"))
            })
            .filter_map(named)
            .collect(),
        Err(ask @ Blocked::Ask(_)) => return Err(ask),
        // That there is one is certain: Azure said so itself.
        Err(_) => vec![],
    };
    let (which, fact) = if held.is_empty() {
        let fact = "back-end health: a ReadOnly lock forbids the call".to_owned();
        ("A ReadOnly lock that could not be found".to_owned(), fact)
    } else {
        let fact = format!("ReadOnly: {}", held.join(", "));
        (format!("Lock {}", held.join(", ")), fact)
    };
    let finding = Finding {
        id: "x.lock",
        row: None,
        letter: None,
        confidence: Confidence::Inconclusive,
        subject: Subject::Gateway.to_string(),
        says: format!(
            "{which} keeps the health of gateway {} from being asked for: the question is a POST",
            view.id().name()
        ),
        because: vec![format!("{fact} (ControlPlane)")],
        against: vec![],
        correction:
            "The article does not know of it; a reader's role does not include the question either"
                .to_owned(),
        target: view.id().to_string(),
    };
    Ok(vec![
        Sighting::new(&Subject::Gateway, fact)
            .to(Next::Stop)
            .finding(finding),
    ])
}

/// `keep-off on resource group rg-edge`.
fn named(lock: &serde_json::Value) -> Option<String> {
    let id = text(lock, &["id"])?;
    let scope = id.to_ascii_lowercase();
    let at = scope.rfind("/providers/microsoft.authorization/locks/")?;
    let on = ArmId::new(&id[..at]);
    let name = one_line(text(lock, &["name"]).unwrap_or("(unnamed)"));
    Some(match on.segment("providers") {
        Some(_) => format!("{name} on {}", one_line(on.name())),
        None if on.segment("resourceGroups").is_some() => {
            format!("{name} on resource group {}", one_line(on.name()))
        }
        None => format!("{name} on the subscription"),
    })
}
