//! What whoever asks may do with our objects.
use super::{Scope, Seen};
use appgw_crds::{AppGatewayDiagnosis, GROUP};
use futures::future::join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::{Api, Client, Resource as _, api::PostParams};

const CHECK: &str = "rights";
/// Without these nothing is seen.
const READING: [&str; 3] = ["get", "list", "watch"];
/// For those who diagnose by way of the cluster.
const WRITING: [&str; 4] = ["create", "update", "patch", "delete"];

pub(super) async fn look(client: &Client, scope: &Scope) -> Vec<Seen> {
    let verbs = READING.iter().chain(&WRITING);
    let asked = verbs.map(|verb| async move { (*verb, may(client, scope, verb).await) });
    let (mut able, mut unable) = (Vec::new(), Vec::new());
    for (verb, answer) in join_all(asked).await {
        match answer {
            Ok(true) => able.push(verb),
            Ok(false) => unable.push(verb),
            Err(error) => {
                return vec![Seen::unknown(
                    CHECK,
                    "create selfsubjectaccessreviews",
                    &error,
                )];
            }
        }
    }
    let place = match &scope.namespace {
        Some(namespace) => format!("in namespace {namespace}"),
        None => "in all namespaces".to_owned(),
    };
    let of = |verbs: &[&str]| verbs.join(", ");
    let plural = AppGatewayDiagnosis::plural(&());
    if able.iter().filter(|verb| READING.contains(verb)).count() < READING.len() {
        let says = format!(
            "you may not {} {plural} {place}; a role of yours lacks it, or -n names a namespace where you may",
            of(&unable)
        );
        return vec![Seen::remark(CHECK, says)];
    }
    let reads_only = if unable.is_empty() {
        String::new()
    } else {
        format!(", not {}", of(&unable))
    };
    vec![Seen::ok(
        CHECK,
        format!("you may {} {plural} {place}{reads_only}", of(&able)),
    )]
}

async fn may(client: &Client, scope: &Scope, verb: &str) -> kube::Result<bool> {
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: Some(GROUP.to_owned()),
                resource: Some(AppGatewayDiagnosis::plural(&()).into_owned()),
                namespace: scope.namespace.clone(),
                verb: Some(verb.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let api = Api::<SelfSubjectAccessReview>::all(client.clone());
    let answer = api.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|it| it.allowed))
}
