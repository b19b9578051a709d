//! What a person can do about each finding: where to look next, and how to see the same by hand.
//!
//! Every command only looks. `$GATEWAY` and the like stand for resource ids, words in capitals for names.

mod commands;

use commands::{
    ACCESS, ACTIVITY, CAPACITY, DNS, HEALTH, HEALTH_AND_NSG, HOSTS_THEN, LISTENING, LOCKS, LOG,
    NSG, PLATFORM, POOLS, PROBES, REDIRECTS, ROOTS, ROUTES, ROUTING, SITE, STATE, TLS,
};

/// For one finding.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Check {
    /// Where to look next, in a sentence or two.
    pub(in crate::cli) next: &'static str,
    /// Commands that show what the finding rests on.
    pub(in crate::cli) by_hand: &'static str,
}

/// For the finding with this id.
pub(in crate::cli) fn of(id: &str) -> Option<Check> {
    let found = CHECKS.iter().find(|(known, ..)| *known == id);
    found.map(|(_, next, by_hand)| Check { next, by_hand })
}

/// Id, where to look next, how to see it by hand.
static CHECKS: &[(&str, &str, &str)] = &[
    (
        "gateway-stopped",
        "Ask whoever stopped it; the activity log names the caller. If nobody meant it, it can be started (G.1).",
        STATE,
    ),
    (
        "gateway-retired",
        "Plan the move to a v2 gateway. Until then look at what stands in front: it is what answers.",
        STATE,
    ),
    (
        "gateway-transition-stuck",
        "See in the activity log which operation is under way and since when; an operation without an end is a case for Azure support.",
        ACTIVITY,
    ),
    (
        "gateway-failed",
        "The first write that failed, and its message in the activity log, say what Azure did not like; later failures only repeat it.",
        ACTIVITY,
    ),
    (
        "health-flapping",
        "Watch health over some minutes, and the application's own log at the times of the probes.",
        HEALTH,
    ),
    (
        "health-unknown",
        "Look at what decides whether the platform reaches the instances at all: NSG and routes of the gateway's subnet, and the DNS servers of its network.",
        HEALTH,
    ),
    (
        "nsg-blocks-management",
        "Find the rule on the NSG of the gateway's subnet that drops the management ports; an Allow has to come before it (C.1).",
        HEALTH_AND_NSG,
    ),
    (
        "default-route-astray",
        "Find out who sends 0.0.0.0/0 elsewhere: a route table of the subnet, or a gateway that announces it. That route has to go, or to lead to Internet.",
        ROUTES,
    ),
    (
        "empty-pool",
        "Find out who fills the pool. If it is an ingress controller, look at the Service's endpoints; if nobody does, add members (D.1).",
        POOLS,
    ),
    (
        "no-pools",
        "See whether the gateway has pools at all and which of them rules lead to.",
        POOLS,
    ),
    (
        "default-probe-status",
        "See what the application answers on / to the Host 127.0.0.1: a site that goes by names often refuses that host and not the path.",
        PROBES,
    ),
    (
        "unhealthy-on-success",
        "Ask health again after two intervals of the probe. If both still contradict each other, it is a case for Azure support.",
        HEALTH,
    ),
    (
        "probe-path-not-found",
        "Ask the same path under the probe's host and under the application's own: which of the two is unknown decides what to change.",
        PROBES,
    ),
    (
        "probe-host",
        "Compare the host that the probe sends with the names that the back end serves.",
        PROBES,
    ),
    (
        "probe-status",
        "See in the application's log why it refuses: a login, an address that it does not let in, a limit of requests.",
        PROBES,
    ),
    (
        "probe-redirect",
        "Ask the path and see where it redirects to. Probe what stands there, or a path that does not redirect.",
        PROBES,
    ),
    (
        "nsg-deny-probe",
        "Ask whoever made the rule what it is for before anything changes. An Allow for the gateway's subnet above it is the smallest change (A.3).",
        NSG,
    ),
    (
        "nsg-deny-partial",
        "Compare the rule's source with the prefixes of the gateway's subnet: only a part of them is dropped, so it depends on the instance.",
        NSG,
    ),
    (
        "slow-start",
        "Measure how long the application takes to answer the probe's path after a start, and give the probe more time than that (B.1, B.2).",
        PROBES,
    ),
    (
        "backend-not-listening",
        "On the server: is the application up, does it listen on this port and on this address, and does the host's own firewall let the gateway's subnet in? Then the routes.",
        LISTENING,
    ),
    (
        "certificate-name",
        "Compare the names in the certificate with the one that the gateway asks for; either the settings ask for another (F.1) or the certificate is issued anew.",
        TLS,
    ),
    (
        "trusted-root-missing",
        "Find the root of the authority that signed the certificate, and let the settings trust it (F.2, F.3).",
        ROOTS,
    ),
    (
        "trusted-root-wrong",
        "Compare the last certificate of the chain with the roots that the settings trust, by fingerprint and not by name.",
        ROOTS,
    ),
    (
        "trusted-root-corrupt",
        "Look at the file that was uploaded: it has to be a root certificate in base 64, and nothing else.",
        ROOTS,
    ),
    (
        "certificate-leaf-missing",
        "On the server, put its own certificate first into the file that it presents.",
        TLS,
    ),
    (
        "certificate-expired",
        "Renew the certificate on the server. If it was renewed, the server still presents the old one.",
        TLS,
    ),
    (
        "certificate-invalid",
        "Look at the dates first, and ask the authority whether it revoked the certificate.",
        TLS,
    ),
    (
        "certificate-chain",
        "On the server, put the intermediate certificates behind its own. A self-signed certificate needs to be trusted as a root, or replaced.",
        TLS,
    ),
    (
        "certificate-order",
        "On the server, put its own certificate first, then each one's issuer after it.",
        TLS,
    ),
    (
        "certificate-unverified",
        "The code at the end of the health log says why; see what the same check says from another machine.",
        TLS,
    ),
    (
        "tls-failure",
        "See which versions and ciphers the server takes, and whether it wants a certificate of the client.",
        TLS,
    ),
    (
        "no-listener-on-port",
        "See which ports have listeners, and which port clients really use. A port without a listener times out and is no 502.",
        ROUTING,
    ),
    (
        "no-listener-for-host",
        "See which host names the listeners on this port take. Without one that fits, the gateway answers 404 and not 502.",
        ROUTING,
    ),
    (
        "rule-shadowed",
        "Compare the priorities of the rules and the hosts of their listeners: the more particular one has to come first.",
        ROUTING,
    ),
    (
        "default-pair-dead",
        "See what the path map's default leads to: it takes every request that no path rule takes.",
        ROUTING,
    ),
    (
        "path-rule-swallowed",
        "Read the path rules in their order: the first whose path fits is taken.",
        ROUTING,
    ),
    (
        "rule-to-empty-pool",
        "Find out whether anybody still uses the rule; if so, its pool needs members (D.1).",
        POOLS,
    ),
    (
        "redirect-loop",
        "Follow the redirects from one listener to the next until one comes twice.",
        REDIRECTS,
    ),
    (
        "capacity-at-limit",
        "See how long it lasted and whether it comes at the same hours; then decide on the ceiling (H.1) or the number of instances (H.2).",
        CAPACITY,
    ),
    (
        "was-unhealthy",
        "See what happened to the servers at that time: a deployment, a restart, a limit of theirs.",
        HOSTS_THEN,
    ),
    (
        "app-host-handed-on",
        "Compare the host that the settings hand on with the names bound to the site (I.1, I.2).",
        SITE,
    ),
    (
        "app-host-not-bound",
        "See which names are bound to the site; bind this one, or let the settings ask for one that is (I.2).",
        SITE,
    ),
    (
        "app-access-denied",
        "Read the restrictions in their order, the last word for all others included, and see by which address the gateway comes.",
        ACCESS,
    ),
    (
        "app-stopped",
        "Find out who stopped the site and start it; the gateway has no part in it.",
        ACCESS,
    ),
    (
        "app-private-only",
        "See whether the name of the site leads to its private endpoint from the gateway's network: private DNS, and a network that is linked to it.",
        ACCESS,
    ),
    (
        "no-live-backend-then",
        "See in the metrics which pool lost its last server, and when; then in the servers' own logs why.",
        HOSTS_THEN,
    ),
    (
        "backend-timeout",
        "See which paths take so long and why. The time-out of the settings can be raised, but the client waits as long.",
        LOG,
    ),
    (
        "backend-error-relayed",
        "Look into the application's own log at the times of the errors; the gateway only passed them on.",
        LOG,
    ),
    (
        "api-management-probe-path",
        "Probe the gateway host of the API Management on the path that is made for it (B.3).",
        PROBES,
    ),
    (
        "instance-addresses-after-upgrade",
        "Put the gateway's whole subnet in place of the single addresses, in this rule and in any firewall that has such a list.",
        NSG,
    ),
    (
        "x.backend-error",
        "Look into the application's own log at the times of the probes.",
        PROBES,
    ),
    (
        "x.changes",
        "Ask the caller what the change was for; what came right before the first 502 is the first suspect.",
        ACTIVITY,
    ),
    (
        "x.dns-servers",
        "Ask those servers for the names that the gateway needs, from its own network.",
        DNS,
    ),
    (
        "x.instance-rules",
        "Put the gateway's whole subnet in place of the single addresses before the next time instances are replaced.",
        NSG,
    ),
    (
        "x.lock",
        "Ask whoever put the lock there whether it may go for the time of a diagnosis, or give the operator a copy of health by hand (a bundle for replay).",
        LOCKS,
    ),
    (
        "x.name-not-resolved",
        "Ask the DNS servers of the gateway's network for the name.",
        DNS,
    ),
    (
        "x.platform",
        "Read what the platform says and until when; wait for its end before anything is changed.",
        PLATFORM,
    ),
    (
        "x.probe-body",
        "Compare the text that the probe looks for with what the back end answers.",
        PROBES,
    ),
    (
        "x.protocol-mismatch",
        "Decide which of the two is meant, and change settings and probe together.",
        PROBES,
    ),
    ("x.retired", "Plan the move to a v2 gateway.", STATE),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::findings::ALL;

    #[test]
    fn every_finding_has_one_and_there_is_no_other() {
        let here: Vec<&str> = CHECKS.iter().map(|(id, ..)| *id).collect();
        let all: Vec<&str> = ALL.iter().map(|known| known.id).collect();
        assert_eq!(here, all);
    }

    #[test]
    fn each_says_whole_sentences_and_commands_that_only_look() {
        const WRITES: [&str; 8] = [
            " create", " update", " delete", " start", " stop", " add ", " set ", " PUT",
        ];
        for (id, next, by_hand) in CHECKS {
            assert!(next.ends_with('.') && next.len() < 260, "{id}");
            assert!(!by_hand.is_empty(), "{id}");
            for line in by_hand.lines() {
                assert!(line.chars().count() <= 88, "{id}: {line}");
                assert!(
                    WRITES.iter().all(|word| !line.contains(word)),
                    "{id}: {line}"
                );
            }
        }
    }
}
