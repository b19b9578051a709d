mod server;

use super::*;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::{
    BINDINGS, CRDS, LEASES, OBJECTS, POLICIES, Server, binding, condition, lease, object, policy,
};
use std::collections::BTreeSet;

fn everywhere() -> Scope {
    Scope {
        namespace: None,
        lease_name: "appgw-diagnosis".to_owned(),
        lease_namespace: None,
    }
}

async fn seen(server: &Server) -> Vec<Seen> {
    cluster(&server.client(), &everywhere()).await
}

/// What is said of one check.
async fn about(server: &Server, check: &str) -> Vec<(Level, String)> {
    let all = seen(server)
        .await
        .into_iter()
        .filter(|it| it.check == check);
    all.map(|it| (it.level, it.says)).collect()
}

/// The one thing said of a check.
#[track_caller]
fn holds(said: &[(Level, String)], level: Level, words: &str) {
    let [(its, says)] = said else {
        panic!("{said:?}");
    };
    assert!(*its == level && says.contains(words), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_sound_cluster_gives_no_remark_and_is_only_read() {
    let server = Server::sound();
    let all = seen(&server).await;
    assert!(all.iter().all(|it| it.level == Level::Ok), "{all:#?}");
    let checks: Vec<&str> = all.iter().map(|it| it.check).collect();
    assert_eq!(checks, ["CRD", "operator", "rights", "objects", "guard"]);
    assert!(all[0].says.contains("generation 3"), "{all:?}");
    let asked = server.with(|state| state.asked.clone());
    let looks = |it: &String| it.starts_with("GET ") || it.ends_with("/selfsubjectaccessreviews?");
    assert!(asked.iter().all(looks), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_crd_that_is_missing_or_another_one_is_named() {
    let server = Server::sound();
    server.edit(CRDS, |crd| {
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
            ["window"]["maxLength"] = json!(7);
    });
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "differs first in schema.openAPIV3Schema.properties.spec.properties.window.maxLength: apply crds/",
    );
    let server = Server::sound();
    server.edit(CRDS, |crd| {
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["more"] =
            json!({"type": "string"});
    });
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "properties.more",
    );
    server.edit(CRDS, |crd| crd["spec"]["versions"][0]["name"] = json!("v1"));
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "no version v1alpha1",
    );
    server.edit(CRDS, |crd| {
        crd["status"]["conditions"][0]["status"] = json!("False");
    });
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "not established",
    );
    server.with(|state| state.things.remove(CRDS));
    holds(
        &about(&server, "CRD").await,
        Level::Remark,
        "is not installed",
    );
    server.with(|state| state.things.remove(OBJECTS));
    holds(
        &about(&server, "objects").await,
        Level::Remark,
        "is not served",
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_looked_at_is_said_and_never_taken_for_good() {
    let server = Server::sound();
    server.put("/apis/appgwdiag.dev/v1alpha1", json!({"kind": "APIResourceList", "groupVersion": "appgwdiag.dev/v1alpha1",
        "resources": [{"name": "appgatewaydiagnoses", "singularName": "", "namespaced": true, "kind": "AppGatewayDiagnosis", "verbs": []}]}));
    for path in [
        CRDS,
        LEASES,
        OBJECTS,
        POLICIES,
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ] {
        server.forbid(path);
    }
    let all = seen(&server).await;
    assert!(
        all.iter()
            .all(|it| it.level == Level::Unknown && it.says.contains("not permitted")),
        "{all:#?}"
    );
    assert!(all[0].says.contains("is served"), "{all:?}");
    assert!(all[1].says.contains("--lease-namespace"), "{all:?}");
    // Where discovery does not know it either, it is not there.
    server.with(|state| state.things.remove("/apis/appgwdiag.dev/v1alpha1"));
    holds(&about(&server, "CRD").await, Level::Remark, "is not served");
    // Bindings alone are enough to hide whether a policy bites.
    let server = Server::sound();
    server.forbid(BINDINGS);
    holds(
        &about(&server, "guard").await,
        Level::Unknown,
        "validatingadmissionpolicybindings: not permitted",
    );
}

#[tokio::test(start_paused = true)]
async fn the_operator_is_alive_as_long_as_somebody_renews_the_lease() {
    let server = Server::sound();
    holds(
        &about(&server, "operator").await,
        Level::Ok,
        "pod-a holds the lease appgw-system/appgw-diagnosis",
    );
    for (ago, renewing, level, words) in [
        (
            SignedDuration::from_mins(10),
            false,
            Level::Remark,
            "last 10 minutes ago, by its own clock): the operator pod-a is dead",
        ),
        // Clocks differ, and the lease moves.
        (
            SignedDuration::from_mins(10),
            true,
            Level::Ok,
            "its clock and ours differ",
        ),
        (
            SignedDuration::from_mins(-10),
            true,
            Level::Ok,
            "its clock and ours differ",
        ),
        (
            SignedDuration::from_mins(-10),
            false,
            Level::Remark,
            "nobody renews",
        ),
        (SignedDuration::from_secs(14), false, Level::Ok, "renews it"),
    ] {
        server.put(LEASES, json!([lease("appgw-system", ago)]));
        server.with(|state| state.renewing = renewing);
        holds(&about(&server, "operator").await, level, words);
    }
    server.edit(LEASES, |leases| {
        leases[0]["spec"]["holderIdentity"] = json!("");
    });
    holds(
        &about(&server, "operator").await,
        Level::Remark,
        "was given up",
    );
    server.put(LEASES, json!([]));
    holds(
        &about(&server, "operator").await,
        Level::Remark,
        "nobody ever held",
    );
    server.put(
        LEASES,
        json!([
            lease("a", SignedDuration::ZERO),
            lease("b", SignedDuration::ZERO)
        ]),
    );
    holds(
        &about(&server, "operator").await,
        Level::Remark,
        "in a, b: two operators",
    );
    // A name says which of them is meant.
    let scope = Scope {
        lease_namespace: Some("b".to_owned()),
        ..everywhere()
    };
    let said = cluster(&server.client(), &scope).await;
    assert!(
        said[1].level == Level::Ok && said[1].says.contains("b/appgw-diagnosis"),
        "{said:?}"
    );
    let asked = server.with(|state| state.asked.clone());
    assert!(
        asked
            .iter()
            .any(|it| it.contains("fieldSelector=metadata.name%3Dappgw-diagnosis")),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn rights_are_those_of_whoever_asks() {
    let server = Server::sound();
    server.with(|state| state.verbs = BTreeSet::from(["get", "list", "watch"]));
    holds(
        &about(&server, "rights").await,
        Level::Ok,
        "in all namespaces, not create, update, patch, delete",
    );
    server.with(|state| state.verbs = BTreeSet::from(["get", "list", "create"]));
    holds(
        &about(&server, "rights").await,
        Level::Remark,
        "you may not watch, update, patch, delete",
    );
}

#[tokio::test(start_paused = true)]
async fn objects_in_trouble_are_listed_with_their_reason() {
    let ready = |reason: &str, message: &str| condition("Ready", "False", reason, message);
    let fine = json!({"observedGeneration": 2, "conditions": [condition("Ready", "True", "Diagnosed", "x")]});
    let server = Server::sound();
    server.put(OBJECTS, json!([
        object("fine", &fine),
        object("stalled", &json!({"observedGeneration": 2, "conditions": [ready("InvalidSpec", "inputs: not built yet"), condition("Stalled", "True", "UserErrorUntilSpecChanges", "x")]})),
        object("away", &json!({"observedGeneration": 2, "conditions": [condition("AzureReachable", "False", "AuthFailed", "no\nlogin"), ready("AzureUnreachable", "x")]})),
        object("paused", &json!({"observedGeneration": 2, "conditions": [ready("Paused", "by alice")]})),
        object("new", &json!({})),
        object("old", &json!({"observedGeneration": 1, "conditions": [condition("Ready", "True", "Diagnosed", "")]})),
        // Nobody can read this one, and it hides none of the others.
        object("odd", &json!({"conditions": "none", "observedGeneration": "x"})),
    ]));
    let said = about(&server, "objects").await;
    let says: Vec<&str> = said.iter().map(|(_, says)| says.as_str()).collect();
    assert_eq!(
        says,
        [
            "edge/stalled: InvalidSpec: inputs: not built yet; nothing happens before the spec changes",
            "edge/away: AzureUnreachable, AuthFailed: no\nlogin",
            "edge/paused: Paused: by alice",
            "edge/new: never visited",
            "edge/old: generation 2 was not dealt with yet, 1 was",
            "edge/odd: never visited",
        ]
    );
    assert!(said.iter().all(|(level, _)| *level == Level::Remark));
    let asked = server.with(|state| state.asked.clone());
    assert_eq!(
        asked.iter().filter(|it| it.contains(OBJECTS)).count(),
        2,
        "two pages: {asked:?}"
    );

    // Just made, or just changed: nobody is late yet.
    let mut young = object("new", &json!({}));
    young["metadata"]["creationTimestamp"] = json!(Timestamp::now().to_string());
    server.put(OBJECTS, json!([young]));
    holds(
        &about(&server, "objects").await,
        Level::Ok,
        "1 in all, none in trouble",
    );

    let many: Vec<Value> = (0..45)
        .map(|n| object(&format!("new-{n}"), &json!({})))
        .collect();
    server.put(OBJECTS, json!(many));
    let said = about(&server, "objects").await;
    assert_eq!(said.len(), 21);
    assert_eq!(said[20].1, "and 25 more, of 45 in all");

    // Those of one namespace, if one is named.
    let scope = Scope {
        namespace: Some("other".to_owned()),
        ..everywhere()
    };
    let all = cluster(&server.client(), &scope).await;
    let mine: Vec<&str> = all
        .iter()
        .filter(|it| it.check == "objects")
        .map(|it| it.says.as_str())
        .collect();
    assert_eq!(mine, ["0 in all, none in trouble"]);
    assert!(
        all.iter().any(|it| it.says.contains("in namespace other")),
        "{all:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_guard_is_a_policy_on_our_group_that_denies() {
    let server = Server::sound();
    holds(
        &about(&server, "guard").await,
        Level::Ok,
        "policies appgwdiag-approval refuse",
    );
    server.put(
        BINDINGS,
        json!([
            binding("appgwdiag-approval", "Warn"),
            binding("other", "Deny")
        ]),
    );
    holds(
        &about(&server, "guard").await,
        Level::Remark,
        "no binding lets appgwdiag-approval refuse",
    );
    server.put(POLICIES, json!([policy("other", "apps")]));
    holds(
        &about(&server, "guard").await,
        Level::Remark,
        "nothing can be approved",
    );
}

#[test]
fn a_table_is_a_line_a_check_and_tells_a_terminal_nothing() {
    let seen = [
        Seen::ok("cluster", "fine"),
        Seen::remark("objects", "a/b: x\n\u{1b}[2Jy"),
    ];
    assert_eq!(
        table(&seen),
        "OK       cluster   fine\nREMARK   objects   a/b: x [2Jy\n"
    );
}
