//! Plans of an object in the cluster: shown, approved, rejected, taken back. What is decided is decided by
//! annotation, by the user of the kubeconfig; the plugin has no rights of its own.
mod diff;
mod terraform;

use super::{
    doctor::connect,
    failed::Failed,
    files,
    flags::{self, Form},
    outcome::json,
    text::printable,
};
use crate::{
    error::chain,
    guard::text,
    wire::{APPROVE, APPROVED_BY, REASON, REJECT, REJECTED_BY, ROLLBACK},
};
use appgw_crds::{AppGatewayDiagnosis, Fix, Outcome, Plan, PlanState};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{
    Api, Client, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, BufRead as _, Write as _},
    time::{Duration, Instant},
};

type Object = AppGatewayDiagnosis;

fn block<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::Run(format!("cannot start: {error}")))?;
    runtime.block_on(work)
}

async fn api(of: &flags::Object) -> Result<(Client, Api<Object>), Failed> {
    let client = connect(of.kubeconfig.as_deref(), of.context.as_deref()).await?;
    let namespace = of
        .namespace
        .as_deref()
        .unwrap_or(client.default_namespace());
    let api = Api::namespaced(client.clone(), namespace);
    Ok((client, api))
}

async fn get(api: &Api<Object>, name: &str) -> Result<Object, Failed> {
    api.get(name).await.map_err(|error| told(name, &error))
}

fn told(name: &str, error: &kube::Error) -> Failed {
    Failed::Run(match error {
        kube::Error::Api(status) => format!("{name}: {}", status.message),
        error => format!("{name}: {}", chain(error)),
    })
}

fn plans(object: &Object) -> &[Plan] {
    object.status.as_ref().map_or(&[], |it| &it.plans)
}

/// The plan that an id, or the unambiguous beginning of one, names.
fn named<'o>(object: &'o Object, typed: &str) -> Result<&'o Plan, Failed> {
    let exact = plans(object).iter().find(|it| it.id == typed);
    if let Some(plan) = exact {
        return Ok(plan);
    }
    let mut fitting = plans(object).iter().filter(|it| it.id.starts_with(typed));
    match (fitting.next(), fitting.next()) {
        (Some(plan), None) if typed.len() >= 3 => Ok(plan),
        (Some(_), Some(_)) => Err(Failed::Usage(format!("{typed} fits more than one plan"))),
        _ => {
            let all: Vec<&str> = plans(object).iter().map(|it| it.id.as_str()).collect();
            let all = if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(", ")
            };
            Err(Failed::Run(format!("no plan {typed}; there are: {all}")))
        }
    }
}

/// `plan`: what would change, and what comes of it.
pub(super) fn plan(args: &flags::Plan) -> Result<u8, Failed> {
    let object = block(async {
        let (_, api) = api(&args.object).await?;
        get(&api, &args.object.name).await
    })?;
    let chosen: Vec<&Plan> = match &args.id {
        Some(id) => vec![named(&object, id)?],
        None => plans(&object).iter().collect(),
    };
    let owner = object.status.as_ref().and_then(|it| it.gateway.owner);
    let text = match args.output {
        Form::Diff => {
            if chosen.is_empty() {
                "no plans\n".to_owned()
            } else {
                chosen
                    .iter()
                    .map(|it| diff::page(it))
                    .collect::<Vec<_>>()
                    .join("\n")
            }
        }
        Form::Json => {
            let all: Vec<Value> = chosen.iter().map(|it| diff::whole(it)).collect();
            json(&all)?
        }
        Form::Az => lines(chosen.iter().flat_map(|it| &it.az)),
        Form::Terraform => terraform::page(&chosen),
        Form::Agic => terraform::agic(&chosen, owner),
    };
    files::print(&text)?;
    Ok(0)
}

fn lines<'t>(all: impl Iterator<Item = &'t String>) -> String {
    let mut out = String::new();
    for line in all {
        // Writing to a String does not fail.
        let _ = writeln!(out, "{}", printable(line));
    }
    out
}

/// `approve`: shows the plan, asks, and sets the annotations in one patch.
pub(super) fn approve(args: &flags::Decide) -> Result<u8, Failed> {
    decide(args, true)
}

/// `reject`: the same, the other way.
pub(super) fn reject(args: &flags::Decide) -> Result<u8, Failed> {
    decide(args, false)
}

fn decide(args: &flags::Decide, yes: bool) -> Result<u8, Failed> {
    block(async {
        let (client, api) = api(&args.object).await?;
        let name = &args.object.name;
        let object = get(&api, name).await?;
        let open = |it: &&Plan| {
            matches!(it.state, PlanState::AwaitingApproval)
                || (yes && it.state == PlanState::Rejected && !args.ids.is_empty())
        };
        let chosen: Vec<&Plan> = if args.ids.is_empty() {
            let all: Vec<&Plan> = plans(&object).iter().filter(open).collect();
            if all.len() != 1 {
                let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
                return Err(Failed::Usage(format!(
                    "which plan? {} wait: {}",
                    all.len(),
                    ids.join(", ")
                )));
            }
            all
        } else {
            args.ids
                .iter()
                .map(|id| named(&object, id))
                .collect::<Result<_, _>>()?
        };
        if let Some(plan) = chosen.iter().find(|it| !open(it)) {
            let why = plan
                .withheld
                .as_ref()
                .map_or(String::new(), |it| format!(": {}", it.message));
            let state = plan.state.as_str();
            return Err(Failed::Run(format!("{} is {state}{why}", plan.id)));
        }
        let ids: BTreeSet<String> = chosen.iter().map(|it| it.id.clone()).collect();
        for plan in &chosen {
            files::print(&diff::page(plan))?;
        }
        if !args.yes && !asked(if yes { "approve" } else { "reject" })? {
            return Err(Failed::Run("nothing was decided".into()));
        }
        let me = user(&client).await?;
        let patch = annotations(&object, &ids, yes, &me, args.reason.as_deref());
        let patched = api
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        patched.map_err(|error| told(name, &error))?;
        let word = if yes { "approved" } else { "rejected" };
        for id in &ids {
            files::print(&format!("{word} {id} as {me}\n"))?;
        }
        if yes && args.wait {
            return follow(&api, name, &ids, args.timeout).await;
        }
        Ok(0)
    })
}

/// Ids that stand and are not over, with the new ones; taken out of the other annotation in the same patch.
fn annotations(
    object: &Object,
    ids: &BTreeSet<String>,
    yes: bool,
    me: &str,
    reason: Option<&str>,
) -> Value {
    let (to, by, from) = if yes {
        (APPROVE, APPROVED_BY, REJECT)
    } else {
        (REJECT, REJECTED_BY, APPROVE)
    };
    let standing = |key: &str| -> Vec<String> {
        let text = object.annotations().get(key).map_or("", String::as_str);
        text.split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let over: BTreeSet<&str> = object
        .status
        .iter()
        .flat_map(|it| &it.approvals)
        .filter(|it| it.outcome.is_some_and(|it| it != Outcome::Rejected))
        .map(|it| it.id.as_str())
        .collect();
    let mut all = standing(to);
    all.retain(|id| !over.contains(id.as_str()) && !ids.contains(id));
    all.extend(ids.iter().cloned());
    let mut other = standing(from);
    other.retain(|id| !ids.contains(id));
    let mut keys = json!({to: all.join(","), by: me});
    if object.annotations().contains_key(from) {
        keys[from] = if other.is_empty() {
            Value::Null
        } else {
            Value::from(other.join(","))
        };
    }
    if let Some(reason) = reason {
        keys[REASON] = Value::from(reason);
    }
    json!({"metadata": {"annotations": keys, "resourceVersion": object.resource_version()}})
}

/// Who the API server takes this user for.
async fn user(client: &Client) -> Result<String, Failed> {
    let api: Api<SelfSubjectReview> = Api::all(client.clone());
    let told = api
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await;
    let told = told.map_err(|error| Failed::Run(format!("who you are: {}", chain(&error))))?;
    let user = told
        .status
        .and_then(|it| it.user_info)
        .and_then(|it| it.username);
    user.ok_or_else(|| Failed::Run("the API server names no user".into()))
}

fn asked(what: &str) -> Result<bool, Failed> {
    let _ = write!(io::stderr(), "{what} this? Type yes: ");
    let _ = io::stderr().flush();
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failed::Run(format!("stdin: {error}")))?;
    Ok(line.trim() == "yes")
}

/// Says where the repair stands until it has come to an end.
async fn follow(
    api: &Api<Object>,
    name: &str,
    ids: &BTreeSet<String>,
    most: Duration,
) -> Result<u8, Failed> {
    let begun = Instant::now();
    let mut shown = String::new();
    loop {
        let object = get(api, name).await?;
        let status = object.status.unwrap_or_default();
        let past = status.approvals.iter().find(|it| ids.contains(&it.id));
        let words = match past {
            None => "waiting to be begun".to_owned(),
            Some(past) => match (past.outcome, past.effect) {
                (None, _) => "applying".to_owned(),
                (Some(outcome), None) => outcome.as_str().to_owned(),
                (Some(outcome), Some(effect)) => {
                    format!("{}, {}", outcome.as_str(), effect.as_str())
                }
            },
        };
        if words != shown {
            files::print(&format!("{words}\n"))?;
            shown = words;
        }
        let over = past.is_some_and(|it| match it.outcome {
            Some(Outcome::Settled | Outcome::RolledBack) => it.effect.is_some(),
            Some(_) => true,
            None => false,
        });
        if over {
            let good = matches!(status.fix, Some(Fix::Resolved | Fix::RolledBack));
            return Ok(u8::from(!good));
        }
        if begun.elapsed() > most {
            return Err(Failed::Run(format!(
                "still {shown} after {} s",
                most.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// `rollback`: asks for the way back of what was carried out last.
pub(super) fn rollback(args: &flags::Rollback) -> Result<u8, Failed> {
    block(async {
        let (_, api) = api(&args.object).await?;
        let name = &args.object.name;
        let object = get(&api, name).await?;
        let entry = object
            .status
            .as_ref()
            .and_then(|it| it.ledger.entry.as_ref());
        let Some(entry) = entry else {
            return Err(Failed::Run(format!("{name}: nothing was carried out")));
        };
        let typed = args.id.as_deref().unwrap_or("");
        let mut fitting = entry.plans.iter().filter(|it| it.id.starts_with(typed));
        let (Some(plan), None) = (fitting.next(), fitting.next()) else {
            let ids: Vec<&str> = entry.plans.iter().map(|it| it.id.as_str()).collect();
            return Err(Failed::Usage(format!("which plan? {}", ids.join(", "))));
        };
        let patch = json!({"metadata": {"annotations": {ROLLBACK: plan.id}}});
        let patched = api
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        patched.map_err(|error| told(name, &error))?;
        let method = plan.id.rsplit_once('-').map_or("", |(method, _)| method);
        files::print(&format!(
            "asked for the way back of {}; it is offered as {method}.undo-… and is approved like any plan\n",
            plan.id
        ))?;
        Ok(0)
    })
}

/// `policies`: the admission policies that guard approvals, to be applied where there is no Helm.
pub(super) fn policies(args: &flags::Policies) -> Result<u8, Failed> {
    let terms = text::Terms {
        account: args.account.clone(),
        approvers: args.approvers.clone(),
        forbid_self_approval: args.forbid_self_approval,
    };
    if let Some(why) = terms.problem() {
        return Err(Failed::Usage(why));
    }
    let mutating =
        |it: &&kube::core::DynamicObject| args.mutating || text::kind(it).starts_with("Validating");
    let all = text::objects(&terms);
    let parts: Vec<String> = all
        .iter()
        .filter(mutating)
        .filter_map(|it| serde_saphyr::to_string(it).ok())
        .collect();
    files::print(&parts.join("---\n"))?;
    Ok(0)
}
