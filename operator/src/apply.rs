//! From a claim that was won to what came of the send: look once more, send, and put that on record.
use crate::{
    azure::{Order, writer::facts_of},
    error::chain,
    status::{self, Saved, Won, in_time},
    wire,
    writes::{Writes, at_work},
};
use appgw_crds::AppGatewayDiagnosis;
use appgw_runbook::{
    facts::Blocked,
    id::ArmId,
    ledger::{CLAIM_AGE, Entry, Reply, Ticket, lost},
    plan::{Need, Standing, standing, target},
};
use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Tries to put on record what came of a send; the next visit finds it out otherwise.
const SAVES: usize = 5;

/// Sends what the claim was for, if it still may, and puts on record what came of it. It runs to its end
/// whatever becomes of the visit that began it.
pub async fn carry_out(
    writes: Arc<Writes>,
    api: Api<AppGatewayDiagnosis>,
    claimed: AppGatewayDiagnosis,
    ticket: Ticket,
    won: Won,
) {
    let Some(_permit) = writes.sending().await else {
        return;
    };
    let begun = Instant::now();
    let reply = sent(&writes, &api, &claimed, &ticket, won, begun).await;
    let on = ticket.change.on.name();
    match &reply {
        Reply::Accepted { status, .. } => {
            tracing::info!(
                on,
                status,
                correlation_id = ticket.correlation_id,
                "change sent"
            );
        }
        other => tracing::warn!(on, reply = ?other, "change not accepted"),
    }
    record(&api, claimed, &reply).await;
}

/// The last look, and the send.
async fn sent(
    writes: &Writes,
    api: &Api<AppGatewayDiagnosis>,
    claimed: &AppGatewayDiagnosis,
    ticket: &Ticket,
    won: Won,
    begun: Instant,
) -> Reply {
    let not = |said: String| Reply::NotSent { said };
    let Some(hand) = &writes.writer else {
        return not("there is no writer".into());
    };
    // All at once: one round trip, and the token meanwhile.
    let (documents, token, open) = tokio::join!(
        documents(writes, claimed, ticket),
        hand.prepare(),
        writes.open()
    );
    if let Err(why) = token {
        return not(why);
    }
    match open {
        Err(why) => return not(why),
        Ok(open) => {
            let mine = target(&ticket.change.on);
            let gateway = claimed.spec.gateway.resource_id.to_ascii_lowercase();
            let others = open.iter().flat_map(|other| at_work(claimed, other));
            let mut others = others.filter(|(on, _)| *on == mine || *on == gateway);
            if let Some((_, who)) = others.next() {
                return not(format!("{who} is at work on the same target"));
            }
        }
    }
    let facts = facts_of(wire::said(&claimed.spec), Timestamp::now(), documents);
    match standing(&ticket.change, &facts) {
        Ok(Standing::Before) => {}
        Ok(other) => return not(format!("the target moved right before the send: {other:?}")),
        Err(blocked) => return not(words(&blocked)),
    }
    if revision(facts.document(&ticket.change.on).ok()) != claimed_revision(claimed) {
        return not("the target moved since the claim".into());
    }
    match lost(&ticket.needs, &ticket.done, &facts) {
        Ok(None) => {}
        Ok(Some(need)) => return not(format!("no longer so: {need}")),
        Err(blocked) => return not(words(&blocked)),
    }
    if is_busy(&facts, claimed) {
        return not("the gateway is being changed by somebody else".into());
    }
    let document = facts.document(&ticket.change.on).ok();
    let order = match Order::of(&ticket.change, document) {
        Ok(order) => order,
        Err(why) => {
            return Reply::Refused {
                status: None,
                said: why,
            };
        }
    };
    if let Err(why) = writes.guard.still(claimed).await {
        return not(why);
    }
    if let Err(why) = writes.switch.is_on_now().await {
        return not(why);
    }
    // The last act before bytes leave.
    if let Err(why) = stands(api, claimed).await {
        return not(why);
    }
    if begun.elapsed() > Duration::from_secs(CLAIM_AGE.unsigned_abs()) {
        return not("the claim is too old to be sent on".into());
    }
    hand.send(won, &order, &ticket.correlation_id).await
}

fn revision(document: Option<&serde_json::Value>) -> &str {
    document
        .and_then(|it| it.get("etag")?.as_str())
        .unwrap_or_default()
}

/// The revision that the claim was made for.
fn claimed_revision(claimed: &AppGatewayDiagnosis) -> &str {
    let entry = claimed
        .status
        .as_ref()
        .and_then(|it| it.ledger.entry.as_ref());
    let last = entry.and_then(|it| it.sends.last());
    last.map_or("", |it| it.etag.as_str())
}

/// What is changed, what the plan rests on, and the gateway, read now and for this send alone.
async fn documents(
    writes: &Writes,
    claimed: &AppGatewayDiagnosis,
    ticket: &Ticket,
) -> Vec<(
    ArmId,
    Result<Option<serde_json::Value>, crate::azure::exchange::Failure>,
)> {
    let mut ids = vec![
        ticket.change.on.clone(),
        ArmId::new(&claimed.spec.gateway.resource_id),
    ];
    ids.extend(ticket.needs.iter().map(Need::of).cloned());
    ids.sort();
    ids.dedup();
    let each = ids.into_iter().map(|id| async {
        let document = writes.reader.raw(&id).await;
        (id, document)
    });
    futures::future::join_all(each).await
}

fn is_busy(facts: &appgw_runbook::facts::Facts, claimed: &AppGatewayDiagnosis) -> bool {
    let gateway = ArmId::new(&claimed.spec.gateway.resource_id);
    let state = facts.document(&gateway).ok();
    let state = state.and_then(|it| it.pointer("/properties/provisioningState")?.as_str());
    state.is_some_and(|it| {
        it.eq_ignore_ascii_case("Updating") || it.eq_ignore_ascii_case("Deleting")
    })
}

/// The object is as it was claimed, and every plan of the entry is still approved.
async fn stands(
    api: &Api<AppGatewayDiagnosis>,
    claimed: &AppGatewayDiagnosis,
) -> Result<(), String> {
    let now = in_time(api.get_opt(&claimed.name_any())).await;
    let now = now.map_err(|error| chain(&error))?;
    let Some(now) = now.filter(|it| it.uid() == claimed.uid()) else {
        return Err("the object is gone".into());
    };
    let said = wire::decisions(&now);
    let status = claimed.status.clone().unwrap_or_default();
    let entry = wire::record(&status).ledger.entry;
    let taken = entry
        .iter()
        .flat_map(|it| &it.plans)
        .find(|planned| !said.stands(&planned.id));
    if let Some(planned) = taken {
        return Err(format!("the approval of {} was taken away", planned.id));
    }
    if wire::hold(&now).is_some() {
        return Err("the object was paused".into());
    }
    if now.resource_version() != claimed.resource_version() {
        return Err("the object moved since the claim".into());
    }
    Ok(())
}

fn words(blocked: &Blocked) -> String {
    match blocked {
        Blocked::Gap(_, gap) => gap.to_string(),
        _ => "what is to be changed could not be read".to_owned(),
    }
}

/// What came of the send, into the record that the claim made. Whoever else wrote the object meanwhile keeps
/// what was written.
async fn record(api: &Api<AppGatewayDiagnosis>, claimed: AppGatewayDiagnosis, reply: &Reply) {
    let entry = |cr: &AppGatewayDiagnosis| -> Option<Entry> {
        wire::record(cr.status.as_ref()?).ledger.entry
    };
    let Some(mine) = entry(&claimed) else {
        return;
    };
    let mut seen = claimed;
    for _ in 0..SAVES {
        let before = seen.status.clone().unwrap_or_default();
        let answered = wire::record(&before).answered(reply, Timestamp::now());
        let next = wire::with_record(&before, &answered);
        match status::save(api, &seen, &next).await {
            Ok(Saved::Written(_) | Saved::Same) => return,
            Ok(Saved::Lost) => {}
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "what came of the send is not on record yet"
                );
                sleep(Duration::from_millis(500)).await;
            }
        }
        match in_time(api.get_opt(&seen.name_any())).await {
            Ok(Some(now)) if entry(&now).as_ref() == Some(&mine) => seen = now,
            Ok(_) => return,
            Err(_) => {}
        }
    }
}
