//! Every recorded gateway: state, tier, pools and the pairs that a rule uses.
use crate::{folder, read, recorded};
use appgw_runbook::facts::gateway::{
    Gateway,
    Generation::{self, V1, V2},
};
use serde_json::Value;

/// File, `provisioningState`, `operationalState`, tier, generation, pools, pairs in use.
type Seen = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    Generation,
    usize,
    &'static [&'static str],
);

const CLI: &[&str] = &["appGatewayBackendPool/appGatewayBackendHttpSettings"];
const XPLAT: &[&str] = &["pool01/httpSettings01"];
const RUNNING: Option<&str> = Some("Running");
const STOPPED: Option<&str> = Some("Stopped");

const GATEWAYS: &[Seen] = &[
    (
        "agw-get-after-stop-net",
        "Succeeded",
        STOPPED,
        "Standard",
        V1,
        1,
        &["backend92b63176e3/backcfg33714"],
    ),
    (
        "agw-get-many-xplat",
        "Succeeded",
        RUNNING,
        "Standard",
        V1,
        2,
        XPLAT,
    ),
    (
        "agw-get-standard-succeeded-nostate-2016-12-01",
        "Succeeded",
        None,
        "Standard",
        V1,
        1,
        &["backend50732/backcfg27491"],
    ),
    (
        "agw-get-standard-succeeded-running-2019-09-01-nicbackend",
        "Succeeded",
        RUNNING,
        "Standard",
        V1,
        2,
        &["backendef609353dc/backcfg03725", "nicBackend/backcfg09045"],
    ),
    (
        "agw-get-standard-updating-running-2022-05-01-sslcert",
        "Updating",
        RUNNING,
        "Standard",
        V1,
        1,
        CLI,
    ),
    (
        "agw-get-standard-v2-succeeded-running-2020-05-01-httpsbackend-pathmap-redirect-rewrite",
        "Succeeded",
        RUNNING,
        "Standard_v2",
        V2,
        2,
        CLI,
    ),
    (
        "agw-get-standard-v2-succeeded-running-2022-05-01-trustedroot-sslcert-identity-kv",
        "Succeeded",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-standard-v2-succeeded-running-2023-11-01-clientcert",
        "Succeeded",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-standard-v2-succeeded-running-2023-11-01-sslprofile",
        "Succeeded",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-standard-v2-updating-running-2023-11-01-probes-probematch",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-standard-v2-updating-stopped-2023-11-01-autoscale-zones",
        "Updating",
        STOPPED,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-waf-disabled-rule-groups-xplat",
        "Succeeded",
        RUNNING,
        "WAF",
        V1,
        1,
        XPLAT,
    ),
    (
        "agw-get-waf-updating-running-2017-10-01-wafcfg",
        "Updating",
        RUNNING,
        "WAF",
        V1,
        1,
        CLI,
    ),
    (
        "agw-get-waf-v2-succeeded-running-2023-11-01-fwpolicy-hostnames",
        "Succeeded",
        RUNNING,
        "WAF_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-waf-v2-updating-running-2023-11-01-fwpolicy-probes-probematch",
        "Updating",
        RUNNING,
        "WAF_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-waf-v2-updating-stopped-2020-05-01",
        "Updating",
        STOPPED,
        "WAF_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-get-xplat",
        "Succeeded",
        RUNNING,
        "Standard",
        V1,
        1,
        XPLAT,
    ),
    (
        "agw-put-answers-succeeded-immediately-2",
        "Succeeded",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-create-xplat-201",
        "Updating",
        STOPPED,
        "Standard",
        V1,
        1,
        XPLAT,
    ),
    (
        "agw-put-probe-xplat",
        "Updating",
        RUNNING,
        "Standard",
        V1,
        1,
        XPLAT,
    ),
    (
        "agw-put-redirect-xplat",
        "Updating",
        RUNNING,
        "Standard",
        V1,
        1,
        XPLAT,
    ),
    (
        "agw-put-standard-updating-nostate-2016-12-01",
        "Updating",
        None,
        "Standard",
        V1,
        1,
        &["backend50732/backcfg27491"],
    ),
    (
        "agw-put-standard-updating-nostate-2016-12-01-sslcert",
        "Updating",
        None,
        "Standard",
        V1,
        2,
        &["backend33190/backcfg38990"],
    ),
    (
        "agw-put-standard-v2-updating-running-2020-05-01-httpsbackend-pathmap-redirect-rewrite",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        2,
        CLI,
    ),
    (
        "agw-put-standard-v2-updating-running-2022-05-01-privatelink",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-standard-v2-updating-running-2022-05-01-trustedroot-sslcert-identity-kv",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-standard-v2-updating-running-2023-11-01-clientcert",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-standard-v2-updating-running-2023-11-01-probes-probematch",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-standard-v2-updating-running-2023-11-01-sslprofile",
        "Updating",
        RUNNING,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-standard-v2-updating-stopped-2023-11-01",
        "Updating",
        STOPPED,
        "Standard_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-update-xplat-200",
        "Updating",
        RUNNING,
        "WAF",
        V1,
        1,
        XPLAT,
    ),
    (
        "agw-put-waf-updating-running-2017-10-01-wafcfg",
        "Updating",
        RUNNING,
        "WAF",
        V1,
        1,
        CLI,
    ),
    (
        "agw-put-waf-v2-updating-running-2023-11-01-fwpolicy-hostnames",
        "Updating",
        RUNNING,
        "WAF_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-waf-v2-updating-running-2023-11-01-fwpolicy-probes-probematch",
        "Updating",
        RUNNING,
        "WAF_v2",
        V2,
        1,
        CLI,
    ),
    (
        "agw-put-waf-v2-updating-stopped-2020-05-01-wafcfg",
        "Updating",
        STOPPED,
        "WAF_v2",
        V2,
        1,
        CLI,
    ),
];

/// Lists: the same for each member, in order.
const LISTS: &[(&str, &[Seen])] = &[
    (
        "agw-list-sub-failed-and-stopped",
        &[
            ("ag1", "Failed", STOPPED, "Standard", V1, 1, CLI),
            ("ag3", "Failed", STOPPED, "Standard", V1, 1, CLI),
        ],
    ),
    (
        "agw-list-sub-failed-but-running",
        &[
            (
                "ag1775",
                "Failed",
                RUNNING,
                "Standard",
                V1,
                2,
                &["backend1/config1"],
            ),
            (
                "ag6404",
                "Failed",
                RUNNING,
                "Standard",
                V1,
                2,
                &["backend0015049700/backcfg36691", "backend1/config1"],
            ),
            (
                "ag7293",
                "Failed",
                RUNNING,
                "Standard",
                V1,
                2,
                &["backend2/config2", "backend6996967068/backcfg57635"],
            ),
            (
                "ag8435",
                "Failed",
                RUNNING,
                "Standard",
                V1,
                2,
                &["backend2/config2", "backend7c698472a0/backcfg74925"],
            ),
        ],
    ),
    (
        "agw-list-xplat",
        &[(
            "applicationGatewayName",
            "Succeeded",
            RUNNING,
            "WAF",
            V1,
            1,
            XPLAT,
        )],
    ),
];

pub(crate) fn names() -> Vec<&'static str> {
    let lists = LISTS.iter().map(|(name, _)| *name);
    GATEWAYS.iter().map(|seen| seen.0).chain(lists).collect()
}

fn check(body: &Value, seen: &Seen) {
    let (name, provisioning, operational, tier, generation, pools, pairs) = *seen;
    let gateway = Gateway(body);
    assert_eq!(gateway.provisioning(), Some(provisioning), "{name}");
    assert_eq!(gateway.operational(), operational, "{name}");
    assert_eq!(
        (gateway.tier(), gateway.generation()),
        (tier, generation),
        "{name}"
    );
    assert_eq!(gateway.pool_count(), pools, "{name}");
    let used: Vec<String> = gateway
        .pairs_in_use()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(used, pairs, "{name}");
}

#[tokio::test]
async fn every_gateway_is_read_and_each_element_fits_or_is_said() {
    if folder().is_none() {
        return;
    }
    for seen in GATEWAYS {
        let (_, answer, remarks) = read(seen.0).await;
        check(&answer.unwrap(), seen);
        assert!(remarks.is_empty(), "{}: {remarks:?}", seen.0);
    }
    for (name, all) in LISTS {
        let (_, answer, remarks) = read(name).await;
        let answer = answer.unwrap();
        let list = answer["value"].as_array().unwrap();
        assert_eq!(list.len(), all.len(), "{name}");
        for (body, seen) in list.iter().zip(*all) {
            assert_eq!(body["name"], seen.0);
            check(body, seen);
        }
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
}

/// Nothing but what is secret or somebody's own is taken out on the way.
#[tokio::test]
async fn what_is_read_is_what_was_sent() {
    if folder().is_none() {
        return;
    }
    for (name, ..) in GATEWAYS {
        let (_, answer, _) = read(name).await;
        let (answer, sent) = (answer.unwrap(), recorded(name).body);
        for (member, value) in sent.as_object().unwrap() {
            if member != "tags" && member != "properties" {
                assert_eq!(&answer[member], value, "{name}: {member}");
            }
        }
        for (member, value) in sent["properties"].as_object().unwrap() {
            let (got, value) = (answer["properties"][member].to_string(), value.to_string());
            // A rewritten header is the one thing in them that may hold a secret.
            assert!(
                got == value || got.contains("REDACTED"),
                "{name}: {member}: {got} != {value}"
            );
        }
    }
}
