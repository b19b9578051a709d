//! Fields of `spec` that the schema knows and this release does not obey. A field that would be
//! ignored in silence is refused out loud, before any call to Azure.
use appgw_crds::{AppGatewayDiagnosisSpec, Hints, Mode, Rollback};

/// The first field of `spec` that says something this release does not obey: `schedule`,
/// `hints.privateCa`.
pub fn field(spec: &AppGatewayDiagnosisSpec) -> Option<&'static str> {
    // In full, so that a new field cannot be forgotten here.
    let AppGatewayDiagnosisSpec {
        gateway: _,
        request: _,
        window: _,
        interval: _,
        schedule,
        onset: _,
        hints,
        inputs,
        overrides,
        mode,
        allowed_resolutions,
        approval,
        rollback,
        identity,
        suspend: _,
    } = spec;
    let Hints {
        health_path: _,
        slow_to_start: _,
        private_ca,
        web_app: _,
        api_management_host: _,
        managed_by: _,
        stopped_on_purpose: _,
    } = hints;
    let said = [
        ("schedule", schedule.is_some()),
        ("hints.privateCa", private_ca.is_some()),
        ("inputs", speaks(inputs)),
        ("overrides", !overrides.is_empty()),
        ("mode", *mode != Mode::ReadOnly),
        ("allowedResolutions", !allowed_resolutions.is_empty()),
        ("approval", speaks(approval)),
        ("rollback", *rollback != Rollback::Offer),
        ("identity", speaks(identity)),
    ];
    said.into_iter()
        .find_map(|(field, said)| said.then_some(field))
}

/// What is said of such a field, in the condition and the conclusion.
pub fn says(field: &str) -> String {
    format!("{field}: not built yet")
}

fn speaks<T: Default + PartialEq>(part: &T) -> bool {
    *part != T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn with(more: &Value) -> Option<&'static str> {
        let mut spec = json!({"gateway": {"resourceId": "/subscriptions/s"}});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        field(&serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn what_is_obeyed_or_says_nothing_is_no_obstacle() {
        for spec in [
            json!({}),
            json!({"interval": "0s", "suspend": true, "mode": "ReadOnly", "rollback": "Offer"}),
            json!({"hints": {"slowToStart": true, "stoppedOnPurpose": false, "healthPath": "/healthz",
                "webApp": {"resourceId": "/subscriptions/s"}, "apiManagementHost": "a.azure-api.net",
                "managedBy": "Nobody"}}),
            json!({"request": {"port": 443}, "window": "1h", "onset": {"afterPlatformUpgrade": false}}),
            json!({"overrides": [], "allowedResolutions": [], "request": {}, "hints": {}, "inputs": {}}),
        ] {
            assert_eq!(with(&spec), None, "{spec}");
        }
    }

    #[test]
    fn everything_else_is_named() {
        for (field, spec) in [
            ("schedule", json!({"schedule": {"cron": "0 6 * * *"}})),
            (
                "hints.privateCa",
                json!({"hints": {"slowToStart": true, "privateCa": {"secretRef": {"name": "a", "key": "b"}}}}),
            ),
            ("inputs", json!({"inputs": {"C": {"rulePriority": 100}}})),
            ("overrides", json!({"overrides": ["DnsBroken"]})),
            (
                "mode",
                json!({"mode": "Review", "allowedResolutions": ["A"]}),
            ),
            ("allowedResolutions", json!({"allowedResolutions": ["A"]})),
            (
                "approval",
                json!({"approval": {"forbidSelfApproval": false}}),
            ),
            ("rollback", json!({"rollback": "Never"})),
            (
                "identity",
                json!({"identity": {"reader": {"serviceAccountRef": {"name": "r"}}}}),
            ),
        ] {
            assert_eq!(with(&spec), Some(field), "{spec}");
        }
    }
}
