//! Every recorded exchange about metrics, activity, logs, diagnostic settings and App Service sites.
//!
//! What no recording shows, and only the tests over a told server do: a gateway's own metrics and `Valid metrics:`,
//! a 204, 401, 403 or 429 of Log Analytics and a table of ours that is missing, a second page of an activity log or
//! of a list of sites, resource health, locks, and a diagnostic setting with a workspace.
use crate::{ask, folder, recorded, support};
use appgw_operator::azure::contract;
use appgw_runbook::{
    facts::{Answer, Gap, LogTable, Query},
    id::ArmId,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What the recorded answer is an answer to.
#[derive(Clone, Copy, PartialEq)]
enum To {
    Metrics,
    Activity,
    Log,
    Document,
}
use To::{Activity, Document, Log, Metrics};

/// File, the question, places and what is there, and places that are hidden or dropped on the way.
type Seen = (
    &'static str,
    To,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);
const ANY: &[(&str, &str)] = &[
    ("/properties/ipSecurityRestrictions/0/ipAddress", "\"Any\""),
    ("/properties/ipSecurityRestrictions/0/action", "\"Allow\""),
    ("/properties/ipSecurityRestrictions/1", "none"),
];
const USER: &[&str] = &["/properties/publishingUsername"];
const NOTHING: &[(&str, &str)] = &[("/value", "[]")];
const ANSWERS: &[Seen] = &[
    (
        "metrics-list",
        Metrics,
        &[
            ("/value/0/name/value", "\"Ingress\""),
            ("/value/1/name/value", "\"Egress\""),
            ("/value/0/timeseries", "[]"),
            ("/interval", "\"PT1M\""),
        ],
        &[],
    ),
    (
        "metrics-list-2",
        Metrics,
        &[("/cost", "89278"), ("/value/1/errorCode", "\"Success\"")],
        &[],
    ),
    // Sixty minutes of a machine that told nothing: a point without a value is no zero.
    (
        "metrics-list-4",
        Metrics,
        &[
            ("/value/0/name/value", "\"Percentage CPU\""),
            (
                "/value/0/timeseries/0/data/59",
                "{\"timeStamp\":\"2024-08-26T08:09:00Z\"}",
            ),
            ("/value/0/timeseries/0/data/60", "none"),
        ],
        &[],
    ),
    (
        "metrics-list-5",
        Metrics,
        &[("/interval", "\"PT5M\""), ("/value/0/errorCode", "none")],
        &[],
    ),
    ("activitylog-list-0", Activity, NOTHING, &[]),
    ("activitylog-list-1", Activity, NOTHING, &[]),
    ("activitylog-list-2", Activity, NOTHING, &[]),
    ("activitylog-list-java", Activity, NOTHING, &[]),
    (
        "activitylog-list-net",
        Activity,
        &[
            (
                "/value/0/authorization/action",
                "\"Microsoft.Storage/storageAccounts/listKeys/action\"",
            ),
            (
                "/value/0/caller",
                "\"2bf19329-fde2-4670-9ebc-9dcc48820280\"",
            ),
            (
                "/value/0/eventTimestamp",
                "\"2018-08-21T00:38:23.7405883Z\"",
            ),
            (
                "/value/2/operationName/value",
                "\"microsoft.insights/activityLogAlerts/write\"",
            ),
            ("/value/2/status/value", "\"Succeeded\""),
            ("/value/3/status/value", "\"Started\""),
            ("/value/7/status/value", "\"Accepted\""),
            ("/value/8/properties/requestbody", "\"REDACTED\""),
            ("/value/9/properties/responseBody", "\"REDACTED\""),
            ("/value/10/status/value", "\"Started\""),
            ("/value/11", "none"),
        ],
        &[
            "/value/*/claims",
            "/value/*/httpRequest/clientIpAddress",
            "/value/*/properties/requestbody",
            "/value/*/properties/responseBody",
        ],
    ),
    (
        "la-query-200-partial-error",
        Log,
        &[
            ("/tables/0/rows", "[[2]]"),
            ("/error/code", "\"PartialError\""),
            ("/error/details/0/innererror/code", "\"-2133196788\""),
        ],
        &[],
    ),
    (
        "la-query-200-types",
        Log,
        &[
            ("/tables/0/columns/4/type", "\"long\""),
            (
                "/tables/0/rows/0",
                "[\"hello\",true,\"2000-01-02T03:04:05Z\",100,101,102.1]",
            ),
        ],
        &[],
    ),
    (
        "diag-list",
        Document,
        &[
            ("/value/0/name", "\"test01\""),
            ("/value/0/properties/workspaceId", "null"),
            (
                "/value/0/properties/logs/0/category",
                "\"NetworkSecurityGroupEvent\"",
            ),
            ("/value/0/properties/logs/1/enabled", "true"),
            ("/value/1", "none"),
        ],
        &[],
    ),
    (
        "diag-list-net",
        Document,
        &[
            ("/properties/logs", "[]"),
            ("/properties/metrics/0/category", "\"AllMetrics\""),
            ("/properties/workspaceId", "null"),
        ],
        &[],
    ),
    (
        "diag-get-service-xplat",
        Document,
        &[("/properties/logs/1/category", "\"TestLog2\"")],
        &[],
    ),
    ("web-config-get-access-restriction-add", Document, ANY, USER),
    (
        "web-config-get-access-restriction-add-service-endpoint",
        Document,
        ANY,
        USER,
    ),
    (
        "web-config-get-access-restriction-show",
        Document,
        ANY,
        USER,
    ),
    (
        "web-config-patch-access-restriction-remove",
        Document,
        ANY,
        USER,
    ),
    ("web-py-get-200-config", Document, ANY, USER),
    ("web-py-put-200-config", Document, ANY, USER),
    // The second rule is not written by a person: it is what the first one brings about.
    (
        "web-config-get-access-restriction-remove",
        Document,
        &[
            (
                "/properties/ipSecurityRestrictions/0/ipAddress",
                "\"130.220.0.0/27\"",
            ),
            ("/properties/ipSecurityRestrictions/0/priority", "200"),
            ("/properties/ipSecurityRestrictions/1/ipAddress", "\"Any\""),
            ("/properties/ipSecurityRestrictions/1/action", "\"Deny\""),
            (
                "/properties/scmIpSecurityRestrictions/0/action",
                "\"Allow\"",
            ),
            ("/properties/ipSecurityRestrictionsDefaultAction", "null"),
        ],
        USER,
    ),
    (
        "web-py-get-200-sites",
        Document,
        &[
            ("/properties/state", "\"Running\""),
            (
                "/properties/defaultHostName",
                "\"mysitexxyzz.azurewebsites.net\"",
            ),
            (
                "/properties/hostNames",
                "[\"mysitexxyzz.azurewebsites.net\"]",
            ),
            ("/properties/inboundIpAddress", "\"20.49.104.14\""),
        ],
        &["/properties/ftpUsername"],
    ),
    (
        "web-py-put-200-sites",
        Document,
        &[
            ("/properties/state", "\"Running\""),
            ("/location", "\"eastus\""),
        ],
        &["/properties/ftpUsername"],
    ),
];

/// What a refusal comes to, or how it begins.
enum Is {
    Denied(&'static str),
    TimedOut,
    Unreadable(&'static str),
}
const REFUSALS: &[(&str, To, Is)] = &[
    (
        "activitylog-403",
        Activity,
        Is::Denied("microsoft.insights/eventtypes/values/read"),
    ),
    // Another table than ours, so nothing is said about ours.
    (
        "la-query-400-semantic-sem0100",
        Log,
        Is::Unreadable(
            "HTTP 400 BadArgumentError: The request had some invalid properties: SEM0100: 'where' operator: Failed to \
            resolve table or column expression named 'AppInsights'",
        ),
    ),
    (
        "la-query-404-path-not-found",
        Log,
        Is::Unreadable("HTTP 404 PathNotFoundError: The requested path does not exist"),
    ),
    ("la-query-504-timeout", Log, Is::TimedOut),
    (
        "metrics-400",
        Metrics,
        Is::Unreadable(
            "HTTP 400 BadRequest: Metric: dtu_used does not support requested dimension",
        ),
    ),
];

pub(crate) fn names() -> Vec<&'static str> {
    let answers = ANSWERS.iter().map(|(name, ..)| *name);
    answers
        .chain(REFUSALS.iter().map(|(name, ..)| *name))
        .collect()
}

fn query(to: To, path: &str) -> Query {
    match to {
        Metrics => support::metrics("FailedRequests"),
        Activity => support::activity(support::GATEWAY),
        Log => support::log(LogTable::Dedicated),
        Document => Query::Document(ArmId::new(path)),
    }
}

/// The recorded answer to the question, and what came of it.
async fn read(name: &str, to: To) -> (Answer, Value) {
    let recorded = recorded(name);
    let (exchange, answer, _) = ask(&query(to, &recorded.path), vec![recorded.answer]).await;
    let remarks = contract::remarks(&[exchange]);
    assert!(remarks.is_empty(), "{name}: {remarks:?}");
    (answer, recorded.body)
}

/// Where two documents differ, with `*` for a place in a list.
fn differ(place: &str, a: &Value, b: &Value, all: &mut BTreeSet<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for name in a.keys().chain(b.keys()) {
                let place = format!("{place}/{name}");
                match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => differ(&place, a, b, all),
                    _ => drop(all.insert(place)),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let place = format!("{place}/*");
            a.iter().zip(b).for_each(|(a, b)| differ(&place, a, b, all));
        }
        _ if a == b => {}
        _ => drop(all.insert(place.to_owned())),
    }
}

#[tokio::test]
async fn every_answer_is_kept_but_for_what_is_hidden() {
    if folder().is_none() {
        return;
    }
    for (name, to, places, hidden) in ANSWERS {
        let (answer, sent) = read(name, *to).await;
        let body = answer.unwrap_or_else(|gap| panic!("{name}: {gap}"));
        for (place, value) in *places {
            let there = body
                .pointer(place)
                .map_or("none".to_owned(), ToString::to_string);
            assert_eq!(there, *value, "{name}: {place}");
        }
        let mut changed = BTreeSet::new();
        differ("", &sent, &body, &mut changed);
        let hidden: BTreeSet<String> = hidden.iter().map(ToString::to_string).collect();
        assert_eq!(changed, hidden, "{name}");
    }
}

#[tokio::test]
async fn every_refusal_is_the_gap_a_person_would_say_it_is() {
    if folder().is_none() {
        return;
    }
    for (name, to, is) in REFUSALS {
        let gap = read(name, *to).await.0.unwrap_err();
        let fits = match (is, &gap) {
            (Is::Denied(action), Gap::Denied { action: said }) => action == said,
            (Is::TimedOut, Gap::TimedOut) => true,
            (Is::Unreadable(begins), Gap::Unreadable { why }) => why.starts_with(begins),
            _ => false,
        };
        assert!(fits, "{name}: {gap:?}");
    }
}

/// The recorded refusal, had it been about our table.
#[tokio::test]
async fn the_recorded_words_for_a_missing_table_are_understood() {
    if folder().is_none() {
        return;
    }
    let mut told = recorded("la-query-400-semantic-sem0100").answer;
    told.body = told.body.replace("'AppInsights'", "'AGWAccessLogs'");
    let answers = || vec![told.clone()];
    let (_, answer, _) = ask(&support::log(LogTable::Dedicated), answers()).await;
    assert_eq!(answer, Err(Gap::NotFound));
    let (_, answer, _) = ask(&support::log(LogTable::Legacy), answers()).await;
    assert!(matches!(answer, Err(Gap::Unreadable { .. })), "{answer:?}");
}

/// How many there are of each kind, by the URL of the request and whatever the answer was.
#[test]
fn none_of_these_kinds_is_left_out() {
    let Some(folder) = folder() else { return };
    let mut kinds = [
        ("/providers/microsoft.insights/metrics?", 5, vec![]),
        ("/eventtypes/management/values?", 6, vec![]),
        ("/v1/workspaces/", 5, vec![]),
        ("/diagnosticsettings", 4, vec![]),
        ("/availabilitystatuses", 0, vec![]),
        ("/providers/microsoft.authorization/locks", 0, vec![]),
        ("/config/web?", 7, vec![]),
        ("/sites/*?", 3, vec![]),
    ];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let url = file["request"]["url"].as_str().unwrap_or_default();
        let url = url
            .to_ascii_lowercase()
            .replace("diagnosticsettingscategories", "");
        for (part, _, files) in &mut kinds {
            let there = match part.split_once('*') {
                None => url.contains(*part),
                Some((before, after)) => url.split_once(before).is_some_and(|(_, rest)| {
                    rest.split_once(after)
                        .is_some_and(|(name, _)| !name.contains('/'))
                }),
            };
            if there {
                files.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    // Refusals that are no business of this file.
    let elsewhere = ["diag-put-400", "web-put-504"];
    for (part, count, files) in kinds {
        assert_eq!(files.len(), count, "{part}: {files:?}");
        for file in files {
            let here = names().contains(&file.as_str()) || elsewhere.contains(&file.as_str());
            assert!(here, "{file} is not expected here");
        }
    }
}
