//! Every other recorded operation, as if it were that of back-end health: how it ends.
//!
//! The reader never starts or deletes anything; but what the service says while it works is the
//! same for all, and what ends them must end here.
use crate::{ask, folder, recorded, server::Answer};
use appgw_runbook::{
    facts::{Gap, Query},
    id::ArmId,
};

/// How it begins.
#[derive(Clone, Copy, Debug)]
enum Begin {
    /// With the first file, as it is.
    Recorded,
    /// With the first file, without `Location`: its status is watched.
    StatusOnly,
    /// The beginning was not recorded: 202 and a place to watch the status.
    WithStatus,
    /// The same with a place for the result.
    WithResult,
}
use Begin::{Recorded, StatusOnly, WithResult, WithStatus};

/// How it ends.
enum End {
    /// With a document that has this member.
    Document(&'static str),
    /// Unreadable, and this is how the text begins.
    Why(&'static str),
    NotFound,
    TimedOut,
}
use End::{Document, NotFound, TimedOut, Why};

const NO_PLACE: End = Why("the operation succeeded, and Azure named no place for its result");
const NOTHING: End = Why("HTTP 200 without a body");

/// Files in order, how it begins, how many requests there are (0: as many as the time allows), how it ends.
const OPERATIONS: &[(&[&str], Begin, usize, End)] = &[
    (
        &[
            "start-net-2019-09-01-1-post202",
            "start-net-2019-09-01-2-poll200-inprogress",
            "start-net-2019-09-01-3-poll200-inprogress",
            "start-net-2019-09-01-4-poll200-succeeded",
        ],
        StatusOnly,
        4,
        NO_PLACE,
    ),
    (
        &[
            "start-net-2019-09-01-1-post202",
            "start-net-2019-09-01-5-poll200-nobody",
        ],
        Recorded,
        2,
        NOTHING,
    ),
    (&["start-v2023-11-01-1-post202"], Recorded, 0, TimedOut),
    (&["start-200-xplat-generated"], Recorded, 2, NOTHING),
    (&["start-already-running-200-xplat"], Recorded, 2, NOTHING),
    (
        &[
            "stop-v2023-11-01-1-post202",
            "stop-v2023-11-01-2-poll200-inprogress",
            "stop-v2023-11-01-3-poll200-inprogress",
            "stop-v2023-11-01-4-poll200-succeeded",
        ],
        StatusOnly,
        4,
        NO_PLACE,
    ),
    (
        &[
            "stop-v2023-11-01-1-post202",
            "stop-v2023-11-01-5-poll200-nobody",
        ],
        Recorded,
        2,
        NOTHING,
    ),
    (
        &[
            "stop-xplat-1-post202",
            "stop-xplat-2-poll-inprogress",
            "stop-xplat-3-poll-succeeded",
        ],
        StatusOnly,
        3,
        NO_PLACE,
    ),
    (
        &[
            "delete-net-2023-04-01-1-delete202",
            "delete-net-2023-04-01-2-poll-inprogress-ra10",
            "delete-net-2023-04-01-3-poll-inprogress-ra20",
            "delete-net-2023-04-01-4-poll-inprogress-ra20",
            "delete-net-2023-04-01-5-poll-inprogress-ra40",
            "delete-net-2023-04-01-6-poll-inprogress-ra40",
            "delete-net-2023-04-01-7-poll-inprogress-ra80",
            "delete-net-2023-04-01-8-poll-inprogress-ra160",
            "delete-net-2023-04-01-9-poll-succeeded-ranone",
        ],
        StatusOnly,
        9,
        NO_PLACE,
    ),
    (
        &[
            "nsg-rule-delete-1-delete202",
            "nsg-rule-delete-2-poll200-succeeded",
        ],
        StatusOnly,
        2,
        NO_PLACE,
    ),
    (
        &["put-create-net-2019-09-01-1-put201"],
        Recorded,
        1,
        Document("sku"),
    ),
    (
        &[
            "put-create-net-2019-09-01-2-poll200-inprogress",
            "put-create-net-2019-09-01-3-poll200-inprogress",
            "put-create-net-2019-09-01-4-poll200-succeeded",
        ],
        WithStatus,
        4,
        NO_PLACE,
    ),
    (
        &[
            "effective-nsg-2022-01-01-1-post202",
            "effective-nsg-2022-01-01-2-get202",
            "effective-nsg-2022-01-01-3-get200",
        ],
        Recorded,
        3,
        Document("effectiveSecurityRules"),
    ),
    (
        &["effective-nsg-one-shot-200"],
        Recorded,
        1,
        Document("effectiveSecurityRules"),
    ),
    (
        &[
            "effective-routes-2022-01-01-1-post202",
            "effective-routes-2022-01-01-2-get202",
            "effective-routes-2022-01-01-3-get200",
        ],
        Recorded,
        3,
        Document("nextHopType"),
    ),
    (
        &["lro-failed-preconditionfailed"],
        WithStatus,
        2,
        Why("the operation ended failed: PreconditionFailed: The Zone"),
    ),
    (
        &["deployment-failed-agw-badrequest"],
        WithStatus,
        2,
        Why("the operation ended failed: DeploymentFailed: "),
    ),
    (
        &["pasted/agw-lro-canceled-superseded"],
        WithStatus,
        2,
        Why("the operation ended canceled: ResourceDeploymentFailure: "),
    ),
    // Polls that fail: four in a row are forgiven, the fifth is believed.
    (
        &["operations-get-500"],
        WithStatus,
        6,
        Why("HTTP 500 MultipleErrorsOccurred: Multiple error occurred"),
    ),
    (&["operations-get-504"], WithStatus, 6, TimedOut),
    (&["operationresults-404"], WithResult, 6, NotFound),
];

/// What a failure must name besides, since it is the cause.
const CAUSES: &[(&str, &str)] = &[
    (
        "deployment-failed-agw-badrequest",
        "ApplicationGatewayIpCofigSubnetCannotBeChanged",
    ),
    (
        "pasted/agw-lro-canceled-superseded",
        "CanceledAndSupersededDueToAnotherOperation",
    ),
    ("operations-get-500", "ServerTimeout"),
];

pub(crate) fn names() -> Vec<&'static str> {
    let mut all: Vec<&str> = OPERATIONS
        .iter()
        .flat_map(|(files, ..)| files.iter().copied())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn answers(files: &[&str], begin: Begin) -> Vec<Answer> {
    let mut answers: Vec<Answer> = files.iter().map(|file| recorded(file).answer).collect();
    let begun = |header: &str| {
        Answer::new(202, "null").with(header, "https://management.azure.com/operations/1")
    };
    match begin {
        Recorded => {}
        StatusOnly => answers[0].headers.retain(|(name, _)| name != "location"),
        WithStatus => answers.insert(0, begun("azure-asyncoperation")),
        WithResult => answers.insert(0, begun("location")),
    }
    answers
}

#[tokio::test]
async fn every_operation_ends_as_recorded() {
    if folder().is_none() {
        return;
    }
    let query = Query::BackendHealth(ArmId::new(
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/g",
    ));
    for (files, begin, requests, end) in OPERATIONS {
        let name = files[0];
        let (_, answer, asked) = ask(&query, answers(files, *begin)).await;
        let fits = match (end, &answer) {
            (Document(member), Ok(body)) => body.to_string().contains(&format!("\"{member}\":")),
            (Why(begins), Err(Gap::Unreadable { why })) => why.starts_with(begins),
            (NotFound, Err(Gap::NotFound)) | (TimedOut, Err(Gap::TimedOut)) => true,
            _ => false,
        };
        assert!(fits, "{name}: {answer:?}");
        assert!(
            *requests == 0 || asked == *requests,
            "{name}: {asked} requests"
        );
        if let Some((_, cause)) = CAUSES.iter().find(|(file, _)| *file == name) {
            let said = answer.unwrap_err().to_string();
            assert!(
                said.contains(cause) && !said.contains("20171108"),
                "{name}: {said}"
            );
        }
    }
}
