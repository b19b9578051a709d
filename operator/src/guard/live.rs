//! The guard as the API server has it now.
use super::{
    Stand,
    text::{self, Terms, kind, required, same},
};
use crate::{
    error::chain,
    status::{MANAGER, in_time},
};
use appgw_crds::{AppGatewayDiagnosis, GROUP, KIND, VERSION};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{
    Api, Client, ResourceExt as _,
    api::{ApiResource, Patch, PatchParams, PostParams},
    core::{DynamicObject, GroupVersionKind},
};
use serde_json::json;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::OnceCell, time::Instant};

/// The API server needs about a second to enforce a new policy; so long nothing counts.
pub const SETTLES: Duration = Duration::from_secs(5);
/// How long an answer serves visits that decide nothing.
const KEPT: Duration = Duration::from_secs(10);
/// What the approval policy refuses in a status, whoever writes it.
const CANARY: &str = "canary: must be refused";
/// What it says then.
const REFUSED: &str = "canary refused";

/// Looks after the guard.
pub struct Guard(Option<Live>);

struct Live {
    client: Client,
    account: Option<String>,
    found: OnceCell<String>,
    approvers: Vec<String>,
    forbid_self_approval: bool,
    last: Mutex<Option<Last>>,
}

#[derive(Clone)]
struct Last {
    at: Instant,
    parts: Result<String, Stand>,
    /// Since when it is the same.
    since: Instant,
}

impl Guard {
    /// One that has to be in force, installed for these names.
    pub fn new(
        client: &Client,
        account: Option<String>,
        approvers: Vec<String>,
        forbid_self_approval: bool,
    ) -> Self {
        Self(Some(Live {
            client: client.clone(),
            account,
            found: OnceCell::new(),
            approvers,
            forbid_self_approval,
            last: Mutex::new(None),
        }))
    }

    /// The installation does without a guard.
    pub fn not_required() -> Self {
        Self(None)
    }

    /// How it stands. Where a decision waits, it is looked at now, and tried.
    pub async fn stand(&self, cr: &AppGatewayDiagnosis, waits: bool) -> Stand {
        let Some(live) = &self.0 else {
            return Stand::NotRequired;
        };
        let known = live.last().clone().filter(|it| it.at.elapsed() < KEPT);
        let last = match known.filter(|_| !waits) {
            Some(last) => last,
            None => live.look().await,
        };
        let identity = match last.parts {
            Ok(identity) => identity,
            Err(stand) => return stand,
        };
        if last.since.elapsed() < SETTLES {
            let why = "the guard was seen for the first time, or changed, less than 5 s ago";
            return Stand::Settling(identity, why.to_owned());
        }
        let tried = if waits { live.canary(cr).await } else { None };
        tried.map_or(Stand::Enforced(identity), Stand::NotEnforced)
    }
}

impl Live {
    fn last(&self) -> MutexGuard<'_, Option<Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look(&self) -> Last {
        let parts = self.parts().await;
        let now = Instant::now();
        let mut last = self.last();
        let since = match &*last {
            Some(known) if known.parts == parts => known.since,
            _ => now,
        };
        let seen = Last {
            at: now,
            parts,
            since,
        };
        *last = Some(seen.clone());
        seen
    }

    /// The user that this process is to the API server.
    async fn account(&self) -> Result<String, Stand> {
        if let Some(account) = &self.account {
            return Ok(account.clone());
        }
        let ask = || async {
            let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
            let asked = SelfSubjectReview::default();
            let told = in_time(api.create(&PostParams::default(), &asked)).await;
            let told = told.map_err(|error| chain(&error))?;
            let user = told.status.and_then(|it| it.user_info);
            user.and_then(|it| it.username)
                .ok_or_else(|| "the API server names no user".to_owned())
        };
        let found = self.found.get_or_try_init(ask).await;
        found
            .cloned()
            .map_err(|why| Stand::Missing(format!("who this operator is: {why}")))
    }

    /// Identity of all parts together: uid and generation of each, in the order of the text.
    async fn parts(&self) -> Result<String, Stand> {
        let terms = Terms {
            account: self.account().await?,
            approvers: self.approvers.clone(),
            forbid_self_approval: self.forbid_self_approval,
        };
        if let Some(why) = terms.problem() {
            return Err(Stand::Changed(why));
        }
        let wanted = required(&terms);
        let each = wanted.iter().map(|it| self.part(it));
        let found = futures::future::join_all(each).await;
        let parts: Result<Vec<String>, Stand> = found.into_iter().collect();
        Ok(appgw_runbook::plan::digest(&parts?.join(","))
            .get(..32)
            .unwrap_or_default()
            .to_owned())
    }

    async fn part(&self, wanted: &DynamicObject) -> Result<String, Stand> {
        let kind = kind(wanted);
        let gvk = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
        let resource = ApiResource::from_gvk_with_plural(&gvk, text::plural(kind));
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource);
        let name = wanted.name_any();
        match in_time(api.get_opt(&name)).await {
            Err(error) => Err(Stand::Missing(format!("{kind} {name}: {}", chain(&error)))),
            Ok(None) => Err(Stand::Missing(format!("{kind} {name} is not there"))),
            Ok(Some(found)) if !same(wanted, &found) => Err(Stand::Changed(format!(
                "{kind} {name} is not what this operator was installed with"
            ))),
            Ok(Some(found)) => {
                let generation = found.metadata.generation.unwrap_or_default();
                Ok(format!("{}.{generation}", found.uid().unwrap_or_default()))
            }
        }
    }

    /// Tries, without effect, what the guard forbids. Only its own refusal counts; says what happened else.
    async fn canary(&self, cr: &AppGatewayDiagnosis) -> Option<String> {
        let namespace = cr.namespace().unwrap_or_default();
        let api: Api<AppGatewayDiagnosis> = Api::namespaced(self.client.clone(), &namespace);
        let patch = json!({
            "apiVersion": format!("{GROUP}/{VERSION}"),
            "kind": KIND,
            "metadata": {"uid": cr.uid()},
            "status": {"conclusion": CANARY},
        });
        let how = PatchParams {
            dry_run: true,
            ..PatchParams::apply(MANAGER).force()
        };
        let tried = in_time(api.patch_status(&cr.name_any(), &how, &Patch::Apply(patch))).await;
        match tried {
            Err(crate::error::Error::Kube(kube::Error::Api(status)))
                if status.code == 403
                    && status.message.contains("appgwdiag-approval")
                    && status.message.contains(REFUSED) =>
            {
                None
            }
            Ok(_) => Some("the API server lets through what the guard forbids".into()),
            Err(error) => Some(format!(
                "whether the guard is in force cannot be seen: {}",
                chain(&error)
            )),
        }
    }
}
