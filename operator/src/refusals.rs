//! What of a `spec` that the schema takes is refused all the same, out loud and before any call to Azure: fields that
//! this release does not obey and would ignore in silence, and a schedule that no clock can obey.
use crate::timing::Timing;
use appgw_crds::{AppGatewayDiagnosisSpec, Rollback};
use std::time::Duration;

/// Why a spec is refused, with the field: `identity: not built yet`.
pub fn refusal(spec: &AppGatewayDiagnosisSpec) -> Option<String> {
    let unbuilt = field(spec).map(|field| format!("{field}: not built yet"));
    unbuilt.or_else(|| Timing::of(spec, Duration::ZERO).err())
}

/// The first field that says something this release does not obey.
fn field(spec: &AppGatewayDiagnosisSpec) -> Option<&'static str> {
    // In full, so that a new field cannot be forgotten here.
    let AppGatewayDiagnosisSpec {
        gateway: _,
        request: _,
        window: _,
        interval: _,
        schedule: _,
        onset: _,
        hints: _,
        inputs: _,
        overrides: _,
        mode: _,
        allowed_resolutions: _,
        approval: _,
        rollback,
        identity,
        suspend: _,
    } = spec;
    let said = [
        ("rollback: Automatic", *rollback == Rollback::Automatic),
        ("identity", speaks(identity)),
    ];
    said.into_iter()
        .find_map(|(field, said)| said.then_some(field))
}

fn speaks<T: Default + PartialEq>(part: &T) -> bool {
    *part != T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn with(more: &Value) -> Option<String> {
        let mut spec = json!({"gateway": {"resourceId": "/subscriptions/s"}});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        refusal(&serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn what_is_obeyed_or_says_nothing_is_no_obstacle() {
        for spec in [
            json!({}),
            json!({"interval": "0s", "suspend": true, "mode": "ReadOnly", "rollback": "Offer"}),
            json!({"hints": {"slowToStart": true, "stoppedOnPurpose": false, "healthPath": "/healthz",
                "webApp": {"resourceId": "/subscriptions/s"}, "apiManagementHost": "a.azure-api.net",
                "managedBy": "Nobody", "privateCa": {"secretRef": {"name": "a", "key": "b"}}}}),
            json!({"request": {"port": 443}, "window": "1h", "onset": {"afterPlatformUpgrade": false}}),
            json!({"schedule": {"cron": "0 6 * * *", "timeZone": "Europe/Berlin"}}),
            json!({"mode": "Review", "allowedResolutions": ["A"], "inputs": {"C": {"rulePriority": 100}},
                "overrides": ["DnsBroken"], "approval": {"forbidSelfApproval": false}, "rollback": "Never"}),
            json!({"overrides": [], "allowedResolutions": [], "request": {}, "hints": {}, "inputs": {}}),
        ] {
            assert_eq!(with(&spec), None, "{spec}");
        }
    }

    #[test]
    fn everything_else_is_named() {
        for (field, spec) in [
            ("rollback: Automatic", json!({"rollback": "Automatic"})),
            (
                "identity",
                json!({"identity": {"reader": {"serviceAccountRef": {"name": "r"}}}}),
            ),
        ] {
            assert_eq!(
                with(&spec),
                Some(format!("{field}: not built yet")),
                "{spec}"
            );
        }
    }

    #[test]
    fn a_schedule_that_no_clock_can_obey_is_named() {
        let spec = json!({"schedule": {"cron": "0 0 30 2 *"}});
        assert!(with(&spec).unwrap().starts_with("schedule.cron: "));
    }
}
