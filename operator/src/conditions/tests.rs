use super::*;

const MONDAY: Timestamp = Timestamp::UNIX_EPOCH;
fn tuesday() -> Timestamp {
    MONDAY + jiff::SignedDuration::from_hours(24)
}

fn after(verdict: Verdict, reach: &Reach) -> Vec<Condition> {
    let heard = Heard {
        verdict,
        conclusion: "so it is",
        backends: Some((Truth::False, "NoneHealthy")),
        unhealthy: "3/3",
        reach,
        user_error: false,
    };
    settled(&[], diagnosed(&heard), Some(3), MONDAY)
}
fn words(conditions: &[Condition]) -> Vec<String> {
    let word = |it: &Condition| format!("{}={}: {}", it.type_, it.status, it.reason);
    conditions.iter().map(word).collect()
}

#[test]
fn a_fault_found_is_a_generation_dealt_with() {
    let told = after(Verdict::RootCauseFound, &Reach::Ok);
    assert_eq!(
        words(&told),
        [
            "AzureReachable=True: Ok",
            "BackendsHealthy=False: NoneHealthy",
            "Diagnosed=True: RootCauseFound",
            "Ready=True: Diagnosed",
        ]
    );
    assert!(told.iter().all(|it| it.observed_generation == Some(3)));
}

#[test]
fn azure_out_of_reach_is_said_with_its_reason_and_whole_cause() {
    let why = "not permitted: Microsoft.Network/applicationGateways/read";
    let told = after(Verdict::CannotDiagnose, &Reach::Denied(why.into()));
    assert!(words(&told).contains(&"AzureReachable=False: Denied".into()));
    let ready = find(&told, READY).unwrap();
    assert_eq!(
        (ready.reason.as_str(), ready.message.as_str()),
        ("AzureUnreachable", why)
    );
}

#[test]
fn only_a_wait_is_unknown() {
    for verdict in Verdict::ALL {
        let told = after(*verdict, &Reach::Ok);
        let unknown = find(&told, DIAGNOSED).unwrap().status == "Unknown";
        assert_eq!(unknown, *verdict == Verdict::WaitingForAzure);
    }
}

#[test]
fn a_refused_spec_is_stalled_and_nothing_is_said_of_azure() {
    let told = settled(&[], refused("schedule: not built yet"), Some(1), MONDAY);
    assert_eq!(
        words(&told),
        [
            "Diagnosed=False: CannotDiagnose",
            "Ready=False: InvalidSpec",
            "Stalled=True: UserErrorUntilSpecChanges",
        ]
    );
}

#[test]
fn the_time_moves_only_with_the_value() {
    let before = after(Verdict::RootCauseFound, &Reach::Ok);
    let told = vec![
        Told::new(DIAGNOSED, Truth::True, "Healthy", "now well"),
        Told::new(READY, Truth::False, "AzureUnreachable", ""),
    ];
    let next = settled(&before, told, Some(4), tuesday());
    assert_eq!(
        find(&next, DIAGNOSED).unwrap().last_transition_time,
        Time(MONDAY)
    );
    assert_eq!(
        find(&next, READY).unwrap().last_transition_time,
        Time(tuesday())
    );
}

#[test]
fn a_hold_leaves_what_was_seen_and_a_visit_leaves_ready() {
    let before = after(Verdict::RootCauseFound, &Reach::Ok);
    let next = held(&before, &Hold::Paused("lunch".into()), Some(4), tuesday());
    assert_eq!(
        words(&next),
        [
            "AzureReachable=True: Ok",
            "BackendsHealthy=False: NoneHealthy",
            "Diagnosed=True: RootCauseFound",
            "Ready=False: Paused",
        ]
    );
    assert_eq!(find(&next, DIAGNOSED).unwrap().observed_generation, Some(3));
    let next = visiting(&before, Some(4), tuesday());
    assert!(words(&next).contains(&"Reconciling=True: Visiting".into()));
    assert!(words(&next).contains(&"Ready=True: Diagnosed".into()));
}
