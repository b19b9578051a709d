//! From a claim that was won to what came of the send: look once more, send, and put that on record.
use crate::{
    azure::{Order, writer::facts_of},
    error::chain,
    status::{self, Saved, Won, in_time},
    wire,
    writes::Writes,
};
use appgw_crds::AppGatewayDiagnosis;
use appgw_runbook::{
    approval::last_look,
    facts::Facts,
    id::ArmId,
    ledger::{CLAIM_AGE, Entry, Reply, Ticket},
    plan::Need,
};
use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Tries to put on record what came of a send; the next visit finds it out otherwise.
const SAVES: usize = 5;

/// Sends what the claim was for, if it still may, and puts on record what came of it. It runs to its end
/// whatever becomes of the visit that began it. `begun` is from before the claim was written.
pub async fn carry_out(
    writes: Arc<Writes>,
    api: Api<AppGatewayDiagnosis>,
    claimed: AppGatewayDiagnosis,
    ticket: Ticket,
    won: Won,
    begun: Instant,
) {
    let Some(_permit) = writes.sending().await else {
        return;
    };
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
    let (documents, token, now) = tokio::join!(
        documents(writes, claimed, ticket),
        hand.prepare(),
        unmoved(api, claimed)
    );
    if let Err(why) = token {
        return not(why);
    }
    let now = match now {
        Ok(now) => now,
        Err(why) => return not(why),
    };
    // Guard, kill switch, letters, and who else is at work: all of it as it is now.
    let hold = wire::hold(&now);
    let (terms, _) = Box::pin(writes.hand(&now, hold.as_ref(), true)).await;
    let facts = facts_of(wire::said(&claimed.spec), Timestamp::now(), documents);
    match last_look(&terms, ticket, &facts) {
        Ok(None) => {}
        Ok(Some(why)) => return not(why),
        Err(_) => return not("what the change rests on could not be read".into()),
    }
    if let Err(why) = is_at_rest(&facts, claimed) {
        return not(why);
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
    // The last act before bytes leave.
    if let Err(why) = unmoved(api, claimed).await {
        return not(why);
    }
    if begun.elapsed() > Duration::from_secs(CLAIM_AGE.unsigned_abs()) {
        return not("the claim is too old to be sent on".into());
    }
    hand.send(won, &order, &ticket.correlation_id).await
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

/// Nobody is at work on the gateway, as far as a look can tell; what cannot be read is no rest.
fn is_at_rest(facts: &Facts, claimed: &AppGatewayDiagnosis) -> Result<(), String> {
    let gateway = ArmId::new(&claimed.spec.gateway.resource_id);
    let Ok(document) = facts.document(&gateway) else {
        return Err("the gateway could not be read".into());
    };
    let state = document.pointer("/properties/provisioningState");
    let state = state
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    if ["Updating", "Deleting"]
        .iter()
        .any(|it| state.eq_ignore_ascii_case(it))
    {
        return Err("the gateway is being changed by somebody else".into());
    }
    Ok(())
}

/// The object, if it is just as it was claimed.
async fn unmoved(
    api: &Api<AppGatewayDiagnosis>,
    claimed: &AppGatewayDiagnosis,
) -> Result<AppGatewayDiagnosis, String> {
    let now = in_time(api.get_opt(&claimed.name_any())).await;
    let now = now.map_err(|error| chain(&error))?;
    match now.filter(|it| it.uid() == claimed.uid()) {
        None => Err("the object is gone".into()),
        Some(now) if now.resource_version() == claimed.resource_version() => Ok(now),
        Some(_) => Err("the object moved since the claim".into()),
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
