//! Which rights each question takes.
use appgw_runbook::{beyond::CHECKS, id::StepId, step::Looks, steps};
use std::fmt::Write as _;

/// What stands around the table.
const HEAD: &str = "\
# Rights

## In Azure

What is looked at, who asks it, and the actions that takes; `kubectl appgw rows -o json` says the same a row. A right
that is missing leaves the rows that need it undecided, by name (`gap: not permitted: …`), and the rest goes on.

| question | asked by | actions |
|---|---|---|
";
const TAIL: &str = "
Back-end health is a POST, though it changes nothing: the role Reader does not hold that action, and a ReadOnly lock
forbids the call. A subnet is asked alone (`Microsoft.Network/virtualNetworks/subnets/read`) only where its network may
not be read. Peered networks and their groups may lie in other subscriptions, and need the same rights there.

The access log is asked of Log Analytics (`--logs-endpoint`, `APPGWDIAG_LOGS_ENDPOINT`, `logsEndpoint`), with a token of
its own.

No right to change anything is needed, and none is used. Network Contributor, which the article asks for, is far more
than that.

## In the cluster

The operator: `get`, `list` and `watch` on `appgatewaydiagnoses`, `patch` on their `status`, `create` and `patch` on
events, and one lease; where `spec.hints.privateCa` is used, also `get` on the ConfigMap or Secret it names, by a Role in
that namespace for that one name. `e2e/rbac.yaml` is the role the whole-system tests run under.

`kubectl appgw doctor`, with the rights of whoever runs it: `get` on the CRD, `list` on leases (or `get` on the one in
the namespace that `--lease-namespace` names), `list` on `appgatewaydiagnoses`, and `list` on
`validatingadmissionpolicies` and their bindings. What it may not see it says.
";

/// The whole page.
pub(super) fn page() -> String {
    // In the order in which they first come up.
    let mut table: Vec<(&str, &[&str], Vec<&str>)> = Vec::new();
    let of_steps = StepId::ALL
        .iter()
        .map(|id| (id.as_str(), steps::get(*id).looks));
    let beyond = CHECKS.iter().map(|check| (check.id, check.looks));
    for (who, looks) in of_steps.chain(beyond) {
        for look in looks {
            // What a person says takes no right.
            if matches!(look, Looks::Person(_)) {
                continue;
            }
            let asks = look.asks();
            match table.iter_mut().find(|(known, ..)| *known == asks) {
                Some((.., askers)) => askers.push(who),
                None => table.push((asks, look.permissions(), vec![who])),
            }
        }
    }
    let mut page = HEAD.to_owned();
    for (asks, actions, askers) in table {
        let actions = match actions {
            [] => "none".to_owned(),
            actions => format!("`{}`", actions.join("`, `")),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {asks} | {} | {actions} |", askers.join(", "));
    }
    page + TAIL
}
