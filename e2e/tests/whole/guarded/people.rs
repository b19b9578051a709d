//! Who tries what: people by their rights.
use super::stage::{EDGE, LAX};
use serde_json::{Value, json};

/// A user of the API server.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) user: &'static str,
    pub(crate) groups: &'static [&'static str],
}

const fn account(user: &'static str, of: &'static [&'static str]) -> Person {
    Person { user, groups: of }
}

/// The operator, with the rights of the chart; in `lax` with more.
pub(crate) const OPERATOR: Person = account(
    "system:serviceaccount:appgw-system:appgw-operator",
    &["system:serviceaccounts"],
);
/// Approves A and B in `edge` by the chart, and has no other right.
pub(crate) const ALICE: Person = account("alice@contoso.com", &[]);
/// Approves every letter as one of a group of the chart, and may edit.
pub(crate) const BOB: Person = account("bob@contoso.com", &["network-team", "editors"]);
/// Another one like Bob.
pub(crate) const ZOE: Person = account("zoe@contoso.com", &["network-team", "editors"]);
/// May create, change and delete objects and their status, and approve nothing.
pub(crate) const EDITOR: Person = account("mallory@contoso.com", &["editors"]);
/// A controller that applies what is in git: `*` on everything.
pub(crate) const GITOPS: Person = account(
    "system:serviceaccount:argocd:controller",
    &["system:serviceaccounts", "gitops"],
);
/// Approves A in `edge` by the chart.
pub(crate) const LISTED: Person = account(
    "system:serviceaccount:ci:approver",
    &["system:serviceaccounts"],
);

/// `approvers` of the chart.
pub(crate) fn approvers() -> Value {
    json!([
        {"kind": "User", "name": ALICE.user, "namespace": EDGE, "resolutions": ["A", "B"]},
        {"kind": "Group", "name": "network-team", "namespace": EDGE, "resolutions": ["A", "B", "C", "D", "E", "F", "G", "H", "I"]},
        {"kind": "ServiceAccount", "name": "approver", "serviceAccountNamespace": "ci", "namespace": EDGE, "resolutions": ["A"]},
    ])
}

/// What others gave: the right to edit, `*` for that controller, and in `lax` too much for the operator.
pub(crate) fn rights() -> Value {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let version = format!("{RBAC}/v1");
    let role = |kind: &str, meta: Value, rules: Value| json!({"apiVersion": version, "kind": kind, "metadata": meta, "rules": rules});
    let binding = |kind: &str, meta: Value, role: &str, subject: Value| {
        let of = if kind == "RoleBinding" {
            "Role"
        } else {
            "ClusterRole"
        };
        json!({"apiVersion": version, "kind": kind, "metadata": meta, "subjects": [subject],
            "roleRef": {"apiGroup": RBAC, "kind": of, "name": role}})
    };
    let group = |name: &str| json!({"apiGroup": RBAC, "kind": "Group", "name": name});
    let edits = json!([{
        "apiGroups": ["appgwdiag.dev"],
        "resources": ["appgatewaydiagnoses", "appgatewaydiagnoses/status"],
        "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"],
    }]);
    let decides = json!([{"apiGroups": ["appgwdiag.dev"], "resources": ["*"], "verbs": ["*"]}]);
    let operator = json!({"apiGroup": RBAC, "kind": "User", "name": OPERATOR.user});
    let (edit, surplus) = (
        json!({"name": "edit-agd"}),
        json!({"name": "surplus", "namespace": LAX}),
    );
    json!({"apiVersion": "v1", "kind": "List", "items": [
        role("ClusterRole", edit.clone(), edits),
        binding("ClusterRoleBinding", edit, "edit-agd", group("editors")),
        binding("ClusterRoleBinding", json!({"name": "gitops"}), "cluster-admin", group("gitops")),
        role("Role", surplus.clone(), decides),
        binding("RoleBinding", surplus, "surplus", operator),
    ]})
}
