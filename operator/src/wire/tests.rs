use super::*;
use crate::{consult::Looked, refusals};
use appgw_crds::{Confidence, Letter, StepWord};
use appgw_runbook::{
    facts::Gap,
    id::{self, StepId},
    report::{self, Backends, Counts, Finding, GatewaySeen, Report, Word},
    visit::{Again, Visit},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde_json::{Value, json};

const ID: &str =
    "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/shop";

fn spec(more: &Value) -> AppGatewayDiagnosisSpec {
    let mut spec = json!({"gateway": {"resourceId": ID}});
    for (field, value) in more.as_object().unwrap() {
        spec[field] = value.clone();
    }
    serde_json::from_value(spec).unwrap()
}

/// As many and as long as those of the article.
const ROWS: &str = "\
    1a.1 1a.2 1a.3 1a.4 1a.5 1b.1 1b.2 1b.3 1b.4 1b.5 1b.6 2a.1 2a.2 2b.1 2b.2 2b.3 \
    2b.4 2c.1 2c.2 2c.3 2c.4 2c-1.1 2c-1.2 2c-1.3 2d.1 2d.2 2d.3 2d.4 3.1 3.2 3.3 \
    4.1 4.2 4.3 4.4 5.1 5.2 5.3 5.4 5.5 6a.1 6a.2 6a.3 6b.1 6b.2 6b.3 6b.4 6b.5 \
    map.1 map.2 map.3 map.4 map.5 map.6 map.7 map.8 map.9 map.10 map.11 map.12";

fn noon() -> Timestamp {
    "2026-11-22T12:00:00.123456789Z".parse().unwrap()
}

/// A report whose every text is `text` and whose every list has `lines` of them.
fn report(text: &str, lines: usize) -> Report {
    let texts = || vec![text.to_owned(); lines];
    let finding = Finding {
        id: "nsg-deny-probe",
        row: Some("2c-1.1"),
        letter: Some(id::Letter::A),
        confidence: report::Confidence::Confirmed,
        subject: text.into(),
        says: text.into(),
        because: texts(),
        against: texts(),
        correction: text.into(),
        target: text.into(),
    };
    Report {
        verdict: report::Verdict::RootCauseFound,
        conclusion: text.into(),
        findings: vec![finding; 20],
        rows: ROWS.split(' ').map(|row| (row, text.to_owned())).collect(),
        steps: StepId::ALL.map(|step| (step, Word::Fail)).to_vec(),
        path: texts(),
        questions: texts(),
        gaps: texts(),
        gateway: GatewaySeen {
            name: text.into(),
            tier: text.into(),
            region: text.into(),
            provisioning_state: text.into(),
            operational_state: text.into(),
            owner: Some(Owner::Agic),
        },
        bad_gateway: Some(212),
        counts: Some(Counts {
            servers: 120_000,
            unhealthy: 120_000,
        }),
        backends: Some(Backends::NoneHealthy),
        summary: texts(),
    }
}

fn looked(report: Report) -> Looked {
    Looked {
        visit: Visit {
            report,
            looks: 2,
            again: Again::Interval,
            unreachable: None,
            offers: vec![],
            deciding: None,
        },
        exchanges: vec![],
        remarks: vec!["model: probes/p/protocol: Tls".into()],
        azure_calls: 8,
        taken_at: noon(),
        facts: None,
    }
}

#[test]
fn the_object_without_a_cluster_is_whole_and_knows_one_time() {
    let spec = spec(&json!({"hints": {"slowToStart": true}}));
    let object = object(&spec, &looked(report("x", 1)));
    let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["apiVersion", "kind", "spec", "status"]);
    assert_eq!(object["apiVersion"], "appgwdiag.dev/v1alpha1");
    let status = &object["status"];
    assert_eq!(
        status["lastRun"],
        json!({"startedAt": "2026-11-22T12:00:00Z", "finishedAt": "2026-11-22T12:00:00Z",
               "trigger": "CommandLine", "azureCalls": 8, "looks": 2})
    );
    for condition in status["conditions"].as_array().unwrap() {
        assert_eq!(condition["lastTransitionTime"], "2026-11-22T12:00:00Z");
    }
    assert_eq!(
        status["gaps"],
        json!(["x", "model: probes/p/protocol: Tls"])
    );
    assert_eq!(status["counts"]["unhealthy"], "120000/120000");
    assert_eq!(status["counts"]["badGateway"], 212);
    assert_eq!(status["gateway"]["owner"], "AGIC");
    assert_eq!(status["fix"], "None");
    for left_out in [
        "plans",
        "approvals",
        "pending",
        "ledger",
        "observedGeneration",
    ] {
        assert_eq!(status.get(left_out), None, "{left_out}");
    }
}

#[test]
fn what_is_obeyed_is_told_to_the_runbook() {
    let spec = spec(&json!({
        "request": {"scheme": "Https", "host": "shop.contoso.com", "path": "/cart", "port": 443},
        "window": "2h",
        "onset": {"at": "2026-11-22T09:00:00Z", "afterPlatformUpgrade": true},
        "hints": {"healthPath": "/healthz", "slowToStart": true, "stoppedOnPurpose": false, "managedBy": "AGIC",
            "webApp": {"resourceId": "/subscriptions/s/sites/w"}, "apiManagementHost": "a.azure-api.net"},
    }));
    assert_eq!(refusals::refusal(&spec), None);
    let want = Said {
        request: Request {
            https: Some(true),
            host: Some("shop.contoso.com".into()),
            path: Some("/cart".into()),
            port: Some(443),
        },
        window: SignedDuration::from_hours(2),
        onset: Some("2026-11-22T09:00:00Z".parse().unwrap()),
        after_platform_upgrade: Some(true),
        health_path: Some("/healthz".into()),
        slow_to_start: Some(true),
        web_app: Some(ArmId::new("/subscriptions/s/sites/w")),
        api_management_host: Some("a.azure-api.net".into()),
        managed_by: Some(Owner::Agic),
        stopped_on_purpose: Some(false),
        ..Said::about(ArmId::new(ID))
    };
    assert_eq!(said(&spec), want);
    let plain = said(&self::spec(&json!({})));
    assert_eq!(plain, Said::about(ArmId::new(ID)));
    assert!(!plain.request.is_given());
}

#[test]
fn a_refused_field_is_an_object_too() {
    let spec = spec(&json!({"rollback": "Automatic"}));
    let object = refusal(&spec, noon()).unwrap();
    assert_eq!(object["status"]["verdict"], "CannotDiagnose");
    assert_eq!(
        object["status"]["conclusion"],
        "rollback: Automatic: not built yet"
    );
    assert_eq!(object["status"]["gateway"]["name"], "shop");
    assert_eq!(refusal(&self::spec(&json!({})), noon()), None);
}

/// The status of a report, as the API server would be sent it.
fn sent(report: Report) -> Value {
    object(&spec(&json!({})), &looked(report))["status"].clone()
}

#[test]
fn the_largest_and_oddest_report_fits() {
    for text in ["x", "\"", "𝕏", "\u{202e}\n\u{7}a", "\\\u{e0041}\\"] {
        for (length, lines) in [(1, 1_000), (10_000, 3), (10_000, 300)] {
            let status = sent(report(&text.repeat(length), lines));
            let size = status.to_string().len();
            assert!(
                size <= 32 * 1024,
                "{size} bytes of {length} x {text:?}, {lines} lines"
            );
            assert!(
                !(2_000..=8_000).contains(&size),
                "much room, little use: {size}"
            );
            assert_every_text(&status, &|text| {
                assert!(
                    !text.contains(['\n', '\u{7}', '\u{202e}', '\u{e0041}']),
                    "{text}"
                );
            });
        }
    }
}

fn assert_every_text(value: &Value, holds: &impl Fn(&str)) {
    match value {
        Value::String(text) => holds(text),
        Value::Array(items) => items.iter().for_each(|it| assert_every_text(it, holds)),
        Value::Object(parts) => parts.values().for_each(|it| assert_every_text(it, holds)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let status = sent(report(&"long ".repeat(200), 100));
    let shown = status["findings"].as_array().unwrap().len();
    assert!(shown < 20);
    let more = format!("findings: {} more are not shown", 20 - shown);
    assert_eq!(status["gaps"][0], json!(more));
    let because = status["findings"][0]["because"].as_array().unwrap();
    let last = because.last().unwrap().as_str().unwrap();
    assert_eq!(last, format!("… and {} more", 100 - (because.len() - 1)));
    assert_eq!(status["summary"].as_array().unwrap().len(), 40);
}

#[test]
fn an_ordinary_report_is_shown_word_for_word() {
    let says = "Deny nsg-backend/deny-all-in (priority 200, Inbound) covers 10.1.0.0/24 -> 10.2.0.0/24:8443";
    let mut plain = report(says, 2);
    plain.findings.truncate(2);
    plain.summary = vec!["STEP  SEEN  WHAT WAS CHECKED      WHAT WAS SEEN".into()];
    let status = sent(plain);
    assert_eq!(status["findings"][1]["because"], json!([says, says]));
    assert_eq!(
        status["summary"][0],
        "STEP  SEEN  WHAT WAS CHECKED      WHAT WAS SEEN"
    );
}

#[test]
fn words_are_those_of_the_api() {
    for word in [
        Word::Pass,
        Word::Fail,
        Word::Info,
        Word::Wait,
        Word::Ask,
        Word::Gap,
        Word::Skip,
    ] {
        let mut odd = report("x", 1);
        odd.steps = vec![(StepId::S2c1, word)];
        assert_eq!(sent(odd)["steps"], json!({"2c-1": word.as_str()}));
    }
    assert_eq!(StepWord::ALL.len(), 7);
    assert_eq!((Letter::ALL.len(), Confidence::ALL.len()), (9, 3));
    for verdict in [
        report::Verdict::CannotDiagnose,
        report::Verdict::RootCauseFound,
        report::Verdict::WaitingForAzure,
        report::Verdict::NeedsInput,
        report::Verdict::Inconclusive,
        report::Verdict::NoFaultFound,
        report::Verdict::Healthy,
    ] {
        let mut odd = report("x", 1);
        odd.verdict = verdict;
        assert_eq!(sent(odd)["verdict"], verdict.as_str());
    }
}

fn conditions(looked: &Looked) -> Vec<String> {
    let status = &object(&spec(&json!({})), looked)["status"];
    let conditions: Vec<Condition> = serde_json::from_value(status["conditions"].clone()).unwrap();
    let word = |it: &Condition| format!("{}={}:{}", it.type_, it.status, it.reason);
    conditions.iter().map(word).collect()
}

#[test]
fn why_the_gateway_could_not_be_read_is_a_reason() {
    let why = String::new;
    for (gap, reason) in [
        (Gap::NotFound, "True:Ok"),
        (Gap::Denied { action: why() }, "False:Denied"),
        (Gap::Locked, "False:Denied"),
        (Gap::Credential { why: why() }, "False:AuthFailed"),
        (Gap::Throttled { retry_after: None }, "False:Throttled"),
        (Gap::TimedOut, "False:Unreachable"),
        (Gap::Unreadable { why: why() }, "False:Unreachable"),
        (Gap::Unreachable { why: why() }, "False:Unreachable"),
        (Gap::NotInBundle, "False:Unreachable"),
    ] {
        let mut looked = looked(report("x", 1));
        looked.visit.unreachable = Some(gap.clone());
        looked.visit.report.verdict = report::Verdict::CannotDiagnose;
        let words = conditions(&looked);
        assert!(
            words.contains(&format!("AzureReachable={reason}")),
            "{gap}: {words:?}"
        );
        let ready = if gap == Gap::NotFound {
            "True:Diagnosed"
        } else {
            "False:AzureUnreachable"
        };
        assert!(
            words.contains(&format!("Ready={ready}")),
            "{gap}: {words:?}"
        );
    }
}

#[test]
fn a_resource_of_another_kind_is_a_users_error_until_the_spec_changes() {
    let mut looked = looked(report("not an Application Gateway", 1));
    looked.visit.report.verdict = report::Verdict::CannotDiagnose;
    looked.visit.report.backends = None;
    looked.azure_calls = 0;
    assert_eq!(
        conditions(&looked),
        [
            "Diagnosed=False:CannotDiagnose",
            "Ready=False:InvalidSpec",
            "Stalled=True:UserErrorUntilSpecChanges",
        ]
    );
}

#[test]
fn an_absurd_run_now_is_cut_to_what_can_be_echoed_and_still_done_once() {
    let mut cr = AppGatewayDiagnosis::new("shop", spec(&json!({})));
    assert!(!is_asked_for(&cr));
    let long = "\u{1b}".to_owned() + &"9".repeat(100_000);
    cr.annotations_mut().insert(RUN_NOW.into(), long);
    assert!(is_asked_for(&cr));
    let echo = run_now(&cr);
    assert!(echo.len() <= 256 && !echo.contains('\u{1b}'), "{echo}");
    let run = Run {
        trigger: Trigger::RunNow,
        run_now: echo,
        started_at: noon(),
        finished_at: noon(),
    };
    let before = AppGatewayDiagnosisStatus::default();
    let place = Place {
        before: &before,
        generation: Some(1),
        run: &run,
        object: None,
        expires: noon(),
        guard: None,
        docs: None,
    };
    cr.status = Some(status(place, &looked(report("x", 1))));
    assert!(!is_asked_for(&cr));
    cr.annotations_mut().insert(RUN_NOW.into(), " ".into());
    assert!(!is_asked_for(&cr), "nothing was asked");
}
