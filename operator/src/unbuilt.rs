//! Fields of `spec` that the schema knows and this release does not obey. A field that would be
//! ignored in silence is refused out loud, before any call to Azure.
use appgw_crds::{AppGatewayDiagnosisSpec, Hints, Mode, Rollback};

/// The first field of `spec` that says something this release does not obey: `request`,
/// `hints.healthPath`.
pub fn field(spec: &AppGatewayDiagnosisSpec) -> Option<&'static str> {
    // In full, so that a new field cannot be forgotten here.
    let AppGatewayDiagnosisSpec {
        gateway: _,
        request,
        window,
        interval: _,
        schedule,
        onset,
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
        health_path,
        slow_to_start: _,
        private_ca,
        web_app,
        api_management_host,
        managed_by,
        stopped_on_purpose: _,
    } = hints;
    let said = [
        ("request", speaks(request)),
        ("window", window.is_some()),
        ("schedule", schedule.is_some()),
        ("onset", speaks(onset)),
        ("hints.healthPath", health_path.is_some()),
        ("hints.privateCa", private_ca.is_some()),
        ("hints.webApp", web_app.is_some()),
        ("hints.apiManagementHost", api_management_host.is_some()),
        ("hints.managedBy", managed_by.is_some()),
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
            json!({"hints": {"slowToStart": true, "stoppedOnPurpose": false}}),
            json!({"overrides": [], "allowedResolutions": [], "request": {}, "hints": {}, "inputs": {}}),
        ] {
            assert_eq!(with(&spec), None, "{spec}");
        }
    }

    #[test]
    fn everything_else_is_named() {
        for (field, spec) in [
            ("request", json!({"request": {"port": 443}})),
            ("window", json!({"window": "1h"})),
            ("schedule", json!({"schedule": {"cron": "0 6 * * *"}})),
            ("onset", json!({"onset": {"afterPlatformUpgrade": false}})),
            (
                "hints.healthPath",
                json!({"hints": {"slowToStart": true, "healthPath": "/healthz"}}),
            ),
            (
                "hints.privateCa",
                json!({"hints": {"privateCa": {"secretRef": {"name": "a", "key": "b"}}}}),
            ),
            (
                "hints.webApp",
                json!({"hints": {"webApp": {"resourceId": "/subscriptions/s"}}}),
            ),
            (
                "hints.apiManagementHost",
                json!({"hints": {"apiManagementHost": "a.azure-api.net"}}),
            ),
            ("hints.managedBy", json!({"hints": {"managedBy": "Nobody"}})),
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
