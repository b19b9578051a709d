//! What it takes to write: who writes, under which terms, behind which guard.
use crate::{
    apply,
    azure::{Reader, Writer},
    conditions::Hold,
    guard::{Guard, Stand},
    status::in_time,
    switch::Switch,
    watch::Stores,
    wire,
};
use appgw_crds::{AppGatewayDiagnosis, Fix, Mode, Phase, Rollback as Back};
use appgw_runbook::{
    approval::{Hand, others},
    id::Letter,
    ledger::Entry,
    offer::Terms,
    plan::Rollback,
};
use jiff::Timestamp;
use kube::{Api, Client, ResourceExt as _, api::ListParams};
use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};
use tokio::sync::Semaphore;

/// What the installation allows.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// It writes at all.
    pub enabled: bool,
    /// These letters.
    pub letters: BTreeSet<Letter>,
    /// Plans that delete.
    pub deletes: bool,
    /// Seconds until a change can be seen in logs.
    pub log_lag: i64,
}

/// Everything a write needs, shared by all visits.
pub struct Writes {
    /// What the installation allows.
    pub allowed: Allowed,
    /// Looks right before a write.
    pub reader: Reader,
    /// Writes; none where the installation does not.
    pub writer: Option<Writer>,
    /// Guards approvals.
    pub guard: Guard,
    /// Stops everything.
    pub switch: Switch,
    /// Kubernetes.
    pub client: Client,
    /// What is known of all objects.
    pub stores: OnceLock<Stores>,
    /// One permit for each send under way, so that a stop can wait for them.
    sends: Arc<Semaphore>,
}

/// Sends at once; more than there can be gateways that change in the same moment.
const SENDS: u32 = 1_024;

impl Writes {
    /// Put together.
    pub fn new(
        allowed: Allowed,
        reader: Reader,
        writer: Option<Writer>,
        guard: Guard,
        switch: Switch,
        client: Client,
    ) -> Self {
        Self {
            allowed,
            reader,
            writer,
            guard,
            switch,
            client,
            stores: OnceLock::new(),
            sends: Arc::new(Semaphore::new(SENDS as usize)),
        }
    }

    /// What the visit of this object decides with, and how the guard stands where that matters. `claimed`: this is
    /// the last look after a claim.
    pub async fn hand(
        &self,
        cr: &AppGatewayDiagnosis,
        hold: Option<&Hold>,
        claimed: bool,
    ) -> (Hand, Option<Stand>) {
        let status = cr.status.clone().unwrap_or_default();
        let (said, record) = (wire::decisions(cr), wire::record(&status));
        let waits = wire::is_decided_on(cr);
        let review = cr.spec.mode == Mode::Review;
        let possible = review && self.allowed.enabled && !cr.spec.allowed_resolutions.is_empty();
        let mut stand = None;
        let guard = if possible {
            let seen = self.guard.stand(cr, waits).await;
            let guard = seen.identity();
            stand = Some(seen);
            guard
        } else {
            Ok(String::new())
        };
        let writes = match (&self.writer, self.allowed.enabled) {
            (Some(_), true) if waits => self.switch.is_on_now().await,
            (Some(_), true) => self.switch.is_on().await,
            _ => Err("the installation does not write (writes.enabled)".to_owned()),
        };
        let others = if possible {
            self.others(cr, waits, claimed).await
        } else {
            vec![]
        };
        let letters = cr.spec.allowed_resolutions.iter();
        let terms = Terms {
            owner: cr.uid().unwrap_or_default(),
            epoch: record.ledger.epoch,
            guard,
            settling: match &stand {
                Some(Stand::Settling(_, why)) => Some(why.clone()),
                _ => None,
            },
            writer: self.writer.as_ref().map_or("", Writer::name).to_owned(),
            rollback: match cr.spec.rollback {
                Back::Never => Rollback::Never,
                Back::Offer | Back::Automatic => Rollback::Offer,
            },
            review,
            letters: letters.map(|it| wire::letter(*it)).collect(),
            allowed: self.allowed.letters.clone(),
            writes,
            deletes: self.allowed.deletes,
            paused: hold.map(|hold| match hold {
                Hold::Suspended => "spec.suspend is true".to_owned(),
                Hold::Paused(why) => format!("paused: {why}"),
            }),
            others,
        };
        let hand = Hand {
            said,
            record,
            terms,
            log_lag: self.allowed.log_lag,
        };
        (hand, stand)
    }

    /// What else is at work, by target: by what the watch knows, and by a list of now where something is about to
    /// be begun.
    async fn others(
        &self,
        cr: &AppGatewayDiagnosis,
        waits: bool,
        claimed: bool,
    ) -> Vec<(String, String)> {
        let gateway = |of: &AppGatewayDiagnosis| of.spec.gateway.resource_id.to_ascii_lowercase();
        let mut all = vec![];
        if let Some(stores) = self.stores.get() {
            for other in stores.all() {
                if let Ok(other) = &other.0
                    && other.uid() != cr.uid()
                    && other
                        .status
                        .as_ref()
                        .is_some_and(|it| it.fix == Some(Fix::Verifying))
                {
                    let who = format!("the look at a change of {}", named(other));
                    all.push((gateway(other), who));
                }
            }
        }
        // Nobody begins on the word of the watch, which may be late.
        if waits {
            match self.open().await {
                Ok(open) => all.extend(at_work(cr, &open, claimed)),
                Err(why) => all.push((gateway(cr), format!("nobody knows who ({why})"))),
            }
        }
        all
    }

    /// Every object with an entry that is open, as the API server has it now.
    async fn open(&self) -> Result<Vec<AppGatewayDiagnosis>, String> {
        let api: Api<AppGatewayDiagnosis> = Api::all(self.client.clone());
        let mut all = vec![];
        for phase in [Phase::Intended, Phase::Sent] {
            let field = format!("status.ledger.entry.phase={}", phase.as_str());
            let found = in_time(api.list(&ListParams::default().fields(&field))).await;
            all.extend(found.map_err(|error| crate::error::chain(&error))?.items);
        }
        Ok(all)
    }

    /// A permit for a send; dropped when what came of it is on record.
    pub(crate) async fn sending(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.sends).acquire_owned().await.ok()
    }

    /// Until no send is under way.
    pub async fn idle(&self) {
        let _ = self.sends.acquire_many(SENDS).await;
    }
}

/// Targets of entries of others that keep this one off.
fn at_work(
    cr: &AppGatewayDiagnosis,
    open: &[AppGatewayDiagnosis],
    claimed: bool,
) -> Vec<(String, String)> {
    let read = |other: &AppGatewayDiagnosis| {
        let entry = wire::record(other.status.as_ref()?).ledger.entry?;
        let who = format!("a change of {}", named(other));
        Some((other.uid().unwrap_or_default(), who, entry))
    };
    let all: Vec<(String, String, Entry)> = open.iter().filter_map(read).collect();
    let all = all
        .iter()
        .map(|(uid, who, entry)| (uid.as_str(), who.as_str(), entry));
    let own = cr.uid().unwrap_or_default();
    others(&own, all, claimed, Timestamp::now())
}

fn named(cr: &AppGatewayDiagnosis) -> String {
    format!("{}/{}", cr.namespace().unwrap_or_default(), cr.name_any())
}

pub use apply::carry_out;
