//! Every recorded back-end health, with the operation that it came from where that was recorded.
use crate::{ask, folder, recorded, server::Answer};
use appgw_operator::azure::contract;
use appgw_runbook::{
    facts::{
        Query,
        health::{
            self,
            Health::{Unhealthy, Unknown},
        },
        probe_log::LogClass::{self, CannotConnect, NotRetrieved, Status, UnknownError},
    },
    id::ArmId,
};

/// Pool and settings, and for each server its address, what its probe met, whether it is a NIC.
type Pair = (&'static str, &'static [(&'static str, LogClass, bool)]);

/// The operation's files in order, how many requests it takes, and what it gives.
const HEALTH: &[(&[&str], usize, &[Pair])] = &[
    (
        &[
            "backendhealth-expand-v2023-04-01-1-post202",
            "backendhealth-expand-v2023-04-01-2-poll202",
            "backendhealth-expand-v2023-04-01-3-poll200-unhealthy",
        ],
        3,
        &[(
            "azsmnet9358/azsmnet1668",
            &[
                ("10.21.1.4", CannotConnect, false),
                ("10.21.1.5", CannotConnect, false),
            ],
        )],
    ),
    (
        &[
            "backendhealth-v2019-11-01-unhealthy-1-post202",
            "backendhealth-v2019-11-01-unhealthy-2-poll202",
            "backendhealth-v2019-11-01-unhealthy-3-poll200",
        ],
        3,
        &[
            (
                "backend0ae7701631/backcfg89432",
                &[
                    ("10.0.0.13", CannotConnect, false),
                    ("10.0.0.12", CannotConnect, false),
                ],
            ),
            // Says Unhealthy, and that health could not be collected.
            (
                "nicBackend/backcfg16698",
                &[("10.0.0.13", NotRetrieved, true)],
            ),
        ],
    ),
    (
        &[
            "backendhealth-v2020-05-01-no-servers-1-post202",
            "backendhealth-v2020-05-01-no-servers-2-poll200",
        ],
        2,
        &[("appGatewayBackendPool/appGatewayBackendHttpSettings", &[])],
    ),
    (
        &["backendhealth-v2017-08-01-nic-cannot-connect"],
        2,
        &[
            (
                "backendffa91249c9/backcfg39677",
                &[
                    ("10.0.0.13", CannotConnect, false),
                    ("10.0.0.12", CannotConnect, false),
                ],
            ),
            (
                "nicBackend/backcfg10060",
                &[("10.0.0.13", CannotConnect, true)],
            ),
        ],
    ),
    (
        &["backendhealth-v2018-04-01-unknown-error-net"],
        2,
        &[
            (
                "backendd4a6896611/backcfg66317",
                &[
                    ("10.0.0.13", CannotConnect, false),
                    ("10.0.0.12", CannotConnect, false),
                ],
            ),
            (
                "nicBackend/backcfg31647",
                &[("10.0.0.13", UnknownError, true)],
            ),
        ],
    ),
    (
        &["backendhealth-v2018-06-01-unknown-error"],
        2,
        &[
            (
                "backend33c10285a0/backcfg43854",
                &[
                    ("10.0.0.13", CannotConnect, false),
                    ("10.0.0.12", CannotConnect, false),
                ],
            ),
            (
                "nicBackend/backcfg50835",
                &[("10.0.0.13", UnknownError, true)],
            ),
        ],
    ),
    (
        &["pasted/backendhealth-2025-healthProbeErrorName"],
        2,
        &[(
            "terra-frontend-addr-pool/terra-frontend-conf-https",
            &[(
                "10.0.0.123",
                Status {
                    received: Some(502),
                },
                false,
            )],
        )],
    ),
];

/// The other kind of health: one pair, an object in place of the list.
const ON_DEMAND: &[&str] = &[
    "backendhealth-ondemand-v2023-11-01-1-post202",
    "backendhealth-ondemand-v2023-11-01-2-poll202",
    "backendhealth-ondemand-v2023-11-01-3-poll200",
];

pub(crate) fn names() -> Vec<&'static str> {
    let all = HEALTH.iter().flat_map(|(files, ..)| files.iter());
    all.chain(ON_DEMAND).copied().collect()
}

fn answers(files: &[&str]) -> Vec<Answer> {
    let mut answers: Vec<Answer> = files.iter().map(|file| recorded(file).answer).collect();
    // Where only the end was recorded, the beginning is as in the others.
    if files.len() == 1 {
        let begin = Answer::new(202, "null").with(
            "location",
            "https://management.azure.com/operationResults/1",
        );
        answers.insert(0, begin);
    }
    answers
}

fn query(files: &[&str]) -> Query {
    let path = recorded(files[0]).path;
    let gateway = path
        .rsplit_once("/backendhealth")
        .map_or("/subscriptions/s", |(gateway, _)| gateway);
    Query::BackendHealth(ArmId::new(gateway))
}

#[tokio::test]
async fn every_health_body_is_had_through_its_operation_and_read() {
    if folder().is_none() {
        return;
    }
    for (files, requests, pairs) in HEALTH {
        let name = files[0];
        let (exchange, answer, asked) = ask(&query(files), answers(files)).await;
        assert_eq!(asked, *requests, "{name}");
        let read = health::read(&answer.unwrap()).unwrap();
        assert_eq!(read.len(), pairs.len(), "{name}");
        for (got, (pair, servers)) in read.iter().zip(*pairs) {
            assert_eq!(got.subject().to_string(), *pair, "{name}");
            assert_eq!(got.servers.len(), servers.len(), "{name}");
            for (got, (address, class, is_nic)) in got.servers.iter().zip(*servers) {
                // The service says Unhealthy of all of them, even where it could not tell.
                let could_tell = *class != NotRetrieved;
                let health = if could_tell { Unhealthy } else { Unknown };
                assert_eq!(
                    (got.address.as_str(), got.health, got.word.as_str()),
                    (*address, health, "Unhealthy"),
                    "{name}"
                );
                assert_eq!(
                    (&got.class, got.ip_configuration.is_some()),
                    (class, *is_nic),
                    "{name}"
                );
            }
        }
        let remarks = contract::remarks(&[exchange]);
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
    }
}

#[tokio::test]
async fn on_demand_health_ends_the_same_way_and_is_no_health_document() {
    if folder().is_none() {
        return;
    }
    let (_, answer, asked) = ask(&query(ON_DEMAND), answers(ON_DEMAND)).await;
    let body = answer.unwrap();
    assert_eq!(
        (asked, &body["backendHealthHttpSettings"]["servers"]),
        (3, &serde_json::json!([]))
    );
    assert_eq!(health::read(&body), None);
}
