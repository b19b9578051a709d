//! Every finding there is. Ids never change their meaning; a test holds that none is missing.
pub(super) mod checks;

/// One finding, for people.
pub(super) struct Known {
    /// As in `status.findings[].id`.
    pub(super) id: &'static str,
    /// Rows of the article it rests on; none for checks beyond the article.
    pub(super) rows: &'static [&'static str],
    /// Resolution it leads to; empty where no letter of the article mends it.
    pub(super) letter: &'static str,
    /// What it means, in one sentence.
    pub(super) means: &'static str,
}

const fn known(
    id: &'static str,
    rows: &'static [&'static str],
    letter: &'static str,
    means: &'static str,
) -> Known {
    Known {
        id,
        rows,
        letter,
        means,
    }
}

/// In the order of their rows; those beyond the article last.
pub(super) static ALL: &[Known] = &[
    known(
        "gateway-stopped",
        &["1a.2"],
        "G",
        "The gateway is switched off and accepts no connection, so whatever answers 502 meanwhile stands in front of it.",
    ),
    known(
        "gateway-retired",
        &["1a.2"],
        "",
        "A stopped gateway of the v1 platform, which Azure has retired: it is not started again, its work moves to a v2 gateway.",
    ),
    known(
        "gateway-transition-stuck",
        &["1a.3"],
        "",
        "The gateway has been starting, stopping or under creation for longer than Azure needs for it.",
    ),
    known(
        "gateway-failed",
        &["1a.4"],
        "G",
        "The last write to the gateway failed; the configuration before it usually goes on serving, so this alone is a hint.",
    ),
    known(
        "health-flapping",
        &["1b.1"],
        "",
        "A server counts as healthy although the last probe of it failed: it may come and go.",
    ),
    known(
        "health-unknown",
        &["1b.3"],
        "",
        "No probe result came back over the whole wait, and neither the management ports nor the default route explain it.",
    ),
    known(
        "nsg-blocks-management",
        &["1b.3"],
        "C",
        "A rule of the NSG on the gateway's own subnet keeps the platform away from the instances, so no health can be collected.",
    ),
    known(
        "default-route-astray",
        &["1b.3"],
        "",
        "A route of the gateway's subnet sends 0.0.0.0/0 elsewhere than to the Internet, so the platform cannot reach the instances.",
    ),
    known(
        "empty-pool",
        &["1b.4"],
        "D",
        "A rule sends requests to a pool in which there is no server.",
    ),
    known(
        "no-pools",
        &["1b.5"],
        "D",
        "Health lists no pool at all: the gateway has none, or reports none of those that its rules lead to.",
    ),
    known(
        "default-probe-status",
        &["2b.1"],
        "B",
        "The default probe is answered with a status it does not accept; a probe of one's own, with the application's host and path, mends that.",
    ),
    known(
        "unhealthy-on-success",
        &["2b.3", "2b.4"],
        "",
        "A server is down by its health although the log says that its last probe succeeded: one of the two is older.",
    ),
    known(
        "probe-path-not-found",
        &["2c.1"],
        "B",
        "The application has no such path as the probe asks for, or not under the host it is asked under.",
    ),
    known(
        "probe-host",
        &["2c.1"],
        "B",
        "The Host header or TLS name that the probe sends belongs to no site of the back end, whatever the path.",
    ),
    known(
        "probe-status",
        &["2c.1"],
        "B",
        "The back end answers the probe with a 4xx that speaks of the request or its sender, and not of a missing path.",
    ),
    known(
        "probe-redirect",
        &["2c.2"],
        "B",
        "The probe is answered with a redirect, which it does not follow and which its match does not accept.",
    ),
    known(
        "nsg-deny-probe",
        &["2c-1.1"],
        "A",
        "An NSG rule on the way from the gateway's subnet to the server drops the probe, and with it the requests.",
    ),
    known(
        "nsg-deny-partial",
        &["2c-1.1"],
        "A",
        "An NSG rule drops only a part of what the gateway's subnet may send; which instances of the gateway it meets cannot be seen.",
    ),
    known(
        "slow-start",
        &["2c-1.2"],
        "B",
        "Probes time out, no NSG drops them, and the application is known to start slowly: the probe gives up too soon.",
    ),
    known(
        "backend-not-listening",
        &["2c-1.3"],
        "A",
        "Nothing answers on the probe's port and no NSG drops the probe: the port, the host's own firewall or a route is at fault.",
    ),
    known(
        "certificate-name",
        &["2d.3"],
        "F",
        "The back end's certificate is made out to another name than the gateway asks for.",
    ),
    known(
        "trusted-root-missing",
        &["2d.4"],
        "F",
        "The back end's certificate is of a private authority, and these settings trust no root or certificate of their own.",
    ),
    known(
        "trusted-root-wrong",
        &["2d.4"],
        "F",
        "The back end's chain does not end in what these settings trust.",
    ),
    known(
        "trusted-root-corrupt",
        &["2d.4"],
        "F",
        "The root that these settings trust was uploaded as something that is no certificate.",
    ),
    known(
        "certificate-leaf-missing",
        &["2d.5"],
        "F",
        "The back end sends a chain without its own certificate.",
    ),
    known(
        "certificate-expired",
        &["2d.6"],
        "F",
        "The back end's certificate is outside its dates; only a new one mends that.",
    ),
    known(
        "certificate-invalid",
        &["2d.6"],
        "F",
        "The back end's certificate is out of date or was revoked; the log does not tell which.",
    ),
    known(
        "certificate-chain",
        &["2d.6"],
        "F",
        "The back end's chain lacks an intermediate certificate, or its certificate is self-signed.",
    ),
    known(
        "certificate-order",
        &["2d.6"],
        "F",
        "The back end sends its chain in the wrong order.",
    ),
    known(
        "certificate-unverified",
        &["2d.6"],
        "F",
        "The back end's certificate cannot be verified; the code of the error, where there is one, says why.",
    ),
    known(
        "tls-failure",
        &["2d.6"],
        "F",
        "The handshake with the back end fails, and the gateway gives no reason.",
    ),
    known(
        "no-listener-on-port",
        &["3.1"],
        "E",
        "No listener is on the port that clients are said to use.",
    ),
    known(
        "no-listener-for-host",
        &["3.1"],
        "E",
        "No listener takes the host that clients are said to ask for.",
    ),
    known(
        "rule-shadowed",
        &["3.1", "3.3"],
        "E",
        "A rule or listener is never reached, since another one takes its requests first.",
    ),
    known(
        "default-pair-dead",
        &["3.2"],
        "E",
        "The request falls to a default of its path map, and what stands behind it has no live member.",
    ),
    known(
        "path-rule-swallowed",
        &["3.2", "3.3"],
        "E",
        "A path rule is never reached, since one above it takes its paths.",
    ),
    known(
        "rule-to-empty-pool",
        &["3.3"],
        "D",
        "A rule leads to a pool in which there is no server.",
    ),
    known(
        "redirect-loop",
        &["3.3"],
        "E",
        "Redirects lead in a circle.",
    ),
    known(
        "capacity-at-limit",
        &["4.1", "4.2"],
        "H",
        "The gateway was at the limit of its capacity, long enough for requests to suffer.",
    ),
    known(
        "was-unhealthy",
        &["4.3"],
        "",
        "Servers were unhealthy within the window, and are healthy now.",
    ),
    known(
        "app-host-handed-on",
        &["5.2"],
        "I",
        "The client's own host is handed on to an App Service that does not know it.",
    ),
    known(
        "app-host-not-bound",
        &["5.3"],
        "I",
        "The App Service is asked for a host name that is not bound to it.",
    ),
    known(
        "app-access-denied",
        &["5.4"],
        "I",
        "The access restrictions of the App Service keep the gateway out.",
    ),
    known("app-stopped", &["5.4"], "", "The App Service is stopped."),
    known(
        "app-private-only",
        &["5.4"],
        "",
        "The App Service takes requests over private endpoints alone, and the gateway comes another way.",
    ),
    known(
        "no-live-backend-then",
        &["6b.1"],
        "",
        "The log speaks of a pool without a live member, which has one now.",
    ),
    known(
        "backend-timeout",
        &["6b.2"],
        "",
        "The back end took longer than the request time-out of its settings allows.",
    ),
    known(
        "backend-error-relayed",
        &["6b.3"],
        "",
        "The back end itself answered with the error, and the gateway passed it on.",
    ),
    known(
        "api-management-probe-path",
        &["map.3"],
        "B",
        "An API Management is probed on a path that is not the one of its own health.",
    ),
    known(
        "instance-addresses-after-upgrade",
        &["map.6"],
        "A",
        "Rules name single addresses of the gateway's subnet, and instances were replaced since.",
    ),
    known(
        "x.backend-error",
        &[],
        "",
        "The application answers its probe with an error of its own (5xx).",
    ),
    known(
        "x.changes",
        &[],
        "",
        "Something was changed on the gateway shortly before.",
    ),
    known(
        "x.dns-servers",
        &[],
        "",
        "Health is Unknown, and the gateway's network has DNS servers of its own, which have to resolve Azure's names.",
    ),
    known(
        "x.instance-rules",
        &[],
        "",
        "A rule on the path names single addresses of the gateway's subnet, which change as instances are replaced.",
    ),
    known(
        "x.lock",
        &[],
        "",
        "A ReadOnly lock on the gateway, its group or its subscription forbids asking for back-end health.",
    ),
    known(
        "x.name-not-resolved",
        &[],
        "",
        "The gateway cannot resolve the name of a member with the DNS servers of its network.",
    ),
    known(
        "x.platform",
        &[],
        "",
        "The platform itself reports trouble with the gateway.",
    ),
    known(
        "x.probe-body",
        &[],
        "B",
        "The probe looks for a text that the back end's answer does not hold.",
    ),
    known(
        "x.protocol-mismatch",
        &[],
        "F",
        "A setting and its probe speak different protocols.",
    ),
    known(
        "x.retired",
        &[],
        "",
        "The gateway is of the v1 platform, which Azure has retired.",
    ),
];

/// A finding by its id, or by the reason of its event.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    let bare = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        name.strip_prefix("x.").unwrap_or(&name).replace('-', "")
    };
    ALL.iter().find(|known| bare(known.id) == bare(name))
}

#[cfg(test)]
mod tests;
